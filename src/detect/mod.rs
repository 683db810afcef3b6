//! Which groups hang together? Components, then Leiden inside each.
//!
//! [`detect`] is the room's one door. `docs/algorithms/leiden.md` has the formulas, the guarantees and
//! what was measured.

mod aggregation;
mod apart;
mod climb;
mod components;
mod fringe;
mod islands;
mod joining;
mod leiden;
mod level;
mod local_moving;
mod partition;
mod quality;
mod refinement;
mod resolution;
mod scratch;
mod significance;
mod warm_start;

use rayon::prelude::*;

use crate::graph::Network;
use crate::model::narrow_u32;
use crate::strategy::{Detect, Objective, Resolution};

use components::Components;
use level::Level;
use quality::{Penalty, Terms};
use scratch::Pool;

pub use apart::{Apart, cut_edges, keep_apart};
pub use partition::Partition;
pub use quality::quality;

/// Components of at least this many nodes are solved one after the other, each over all threads;
/// smaller ones side by side. The bound changes speed only, never the result.
const ALONE_MIN_NODES: usize = 1 << 15;
/// Components up to this many nodes are solved from several visiting orders, of which the best result
/// is kept: one order is now and then caught in a local optimum, and small components are cheap.
const RESTARTED_MAX_NODES: usize = 64;
/// Further visiting orders for them.
const RESTARTS: u64 = 7;

/// What community detection found.
#[derive(Clone, Debug, PartialEq)]
pub struct Detection {
    /// The community of every node.
    pub partition: Partition,
    /// The resolution each community was found at: bits per pair with CPM, a factor with modularity;
    /// zero for a node without edges. One entry a community.
    pub resolution: Vec<f64>,
    /// With CPM, bits inside communities minus resolution times pairs, summed over communities, each
    /// at its own resolution; with modularity, modularity.
    pub quality: f64,
    /// Connected components, single nodes included.
    pub n_components: usize,
    /// Nodes in the largest component.
    pub largest_component: usize,
}

/// Finds the communities of a network.
///
/// Every community is connected. With a pinned resolution the result is node-optimal: no node can
/// improve the quality by moving to another community or to one of its own. The result is the same
/// for any number of threads, and with CPM that of a component depends on nothing outside it.
///
/// `warm_start` holds the previous community label of each node, if it had one; labels are any
/// numbers. Cost: about O(|E|) a pass; 60 bytes an edge and 190 a node beside the network.
///
/// ```
/// use ringfence::detect::detect;
/// use ringfence::graph::Network;
/// use ringfence::model::Bits;
/// use ringfence::strategy::{Detect, Objective, Resolution};
///
/// // 0       4     two triangles
/// // | \     / |     on the bridge 2-3
/// // |  2---3  |
/// // | /     \ |
/// // 1       5
/// let edges = [(0, 1), (0, 2), (1, 2), (2, 3), (3, 4), (3, 5), (4, 5)];
/// let edges = edges.map(|(a, b)| (a, b, Bits::from_f64(8.0)));
/// let config = Detect {
///     objective: Objective::Cpm,
///     resolution: Resolution::Pinned(2.0),
///     max_iterations: 10,
///     seed: 1,
///     warm_start: false,
/// };
/// let found = detect(&Network::from_edges(6, &edges), &config, None);
/// assert_eq!(found.partition.communities(), [0, 0, 0, 1, 1, 1]);
/// assert_eq!(found.resolution, [2.0, 2.0]);
/// assert_eq!(found.quality, 6.0 * 8.0 - 2.0 * 6.0); // six inner edges, two times three pairs
/// ```
///
/// # Panics
/// When `warm_start` does not hold one entry a node.
pub fn detect(network: &Network, config: &Detect, warm_start: Option<&[Option<u32>]>) -> Detection {
    if let Some(labels) = warm_start {
        assert_eq!(labels.len(), network.n_nodes(), "one previous label a node");
    }
    let components = Components::of(network);
    let total_strength = network.weight_units().iter().map(|&w| u64::from(w)).sum();
    let task = Task {
        network,
        config,
        warm_start,
        components: &components,
        total_strength,
    };
    let answers = task.solve_all();
    tracing::debug!(
        detect.components = components.len(),
        detect.largest_component = components.largest(),
        "solved the components"
    );
    join(network, config, &components, &answers)
}

/// The answer for one component, by rank of its nodes.
struct Answer {
    /// Labels 0.. without gaps.
    labels: Vec<u32>,
    /// Fixed-point resolution of each label.
    resolution: Vec<i64>,
}

struct Task<'a> {
    network: &'a Network,
    config: &'a Detect,
    warm_start: Option<&'a [Option<u32>]>,
    components: &'a Components,
    total_strength: u64,
}

impl Task<'_> {
    /// One answer a component, in component order.
    fn solve_all(&self) -> Vec<Answer> {
        let (large, small): (Vec<usize>, Vec<usize>) = (0..self.components.len())
            .partition(|&component| self.components.nodes(component).len() >= ALONE_MIN_NODES);
        // Side by side: the steps of a large one that only one thread can take leave the others to small ones.
        let (of_large, of_small): (Vec<Answer>, Vec<Answer>) = rayon::join(
            || {
                let pool = Pool::default();
                let solved = large.iter().map(|&component| self.solve(component, &pool));
                solved.collect()
            },
            || {
                let solved = small
                    .par_iter()
                    .map_init(Pool::default, |pool, &component| {
                        self.solve(component, pool)
                    });
                solved.collect()
            },
        );
        let mut answers: Vec<(usize, Answer)> = large.into_iter().zip(of_large).collect();
        answers.extend(small.into_iter().zip(of_small));
        answers.sort_unstable_by_key(|(component, _)| *component);
        answers.into_iter().map(|(_, answer)| answer).collect()
    }

    fn solve(&self, component: usize, pool: &Pool) -> Answer {
        let nodes = self.components.nodes(component);
        if nodes.len() == 1 {
            return Answer {
                labels: vec![0],
                resolution: vec![0],
            };
        }
        let objective = self.config.objective;
        let level = Level::of_component(self.network, nodes, self.components, objective);
        let previous = self.warm_start.map(|labels| {
            let labels: Vec<_> = nodes.iter().map(|&node| labels[node as usize]).collect();
            labels
        });
        match (objective, self.config.resolution) {
            (Objective::Cpm, Resolution::Auto) => {
                resolution::choose(&level, previous.as_deref(), self.config, pool)
            }
            (_, resolution) => self.solve_pinned(&level, previous.as_deref(), resolution, pool),
        }
    }

    fn solve_pinned(
        &self,
        level: &Level,
        previous: Option<&[Option<u32>]>,
        resolution: Resolution,
        pool: &Pool,
    ) -> Answer {
        let factor = match resolution {
            Resolution::Auto => 1.0,
            Resolution::Pinned(factor) => factor,
        };
        let fixed = quality::to_fixed(factor);
        let terms = Terms::new(self.config.objective, self.total_strength);
        let is_small = previous.is_none() && level.n_nodes() <= RESTARTED_MAX_NODES;
        let labels = if is_small {
            let at_sight = level.best_at_sight(terms, fixed);
            at_sight.unwrap_or_else(|| self.best_of_orders(level, terms, fixed, pool))
        } else {
            let start = warm_start::initial_labels(level, previous);
            self.run(level, terms, fixed, &start, self.config.seed, pool)
        };
        let n_labels = labels.iter().max().map_or(0, |&label| label as usize + 1);
        Answer {
            labels,
            resolution: vec![fixed; n_labels],
        }
    }
}

impl Task<'_> {
    /// The best result of several visiting orders, the first of equal ones.
    fn best_of_orders(&self, level: &Level, terms: Terms, fixed: i64, pool: &Pool) -> Vec<u32> {
        let start = warm_start::initial_labels(level, None);
        let mut labels = self.run(level, terms, fixed, &start, self.config.seed, pool);
        let mut most = quality::exact(level, &labels, terms, fixed);
        for restart in 1..=RESTARTS {
            let seed = local_moving::mix(self.config.seed ^ local_moving::mix(!restart));
            let other = self.run(level, terms, fixed, &start, seed, pool);
            let quality = quality::exact(level, &other, terms, fixed);
            if quality > most {
                (most, labels) = (quality, other);
            }
        }
        labels
    }

    /// One run of Leiden at one resolution.
    fn run(
        &self,
        level: &Level,
        terms: Terms,
        fixed: i64,
        start: &[u32],
        seed: u64,
        pool: &Pool,
    ) -> Vec<u32> {
        let config = Detect {
            seed,
            ..self.config.clone()
        };
        leiden::leiden(level, terms, &Penalty::Uniform(fixed), start, &config, pool)
    }
}

/// Puts the components' answers into one partition, numbered by smallest node.
fn join(
    network: &Network,
    config: &Detect,
    components: &Components,
    answers: &[Answer],
) -> Detection {
    let mut labels = vec![0; network.n_nodes()];
    let mut fixed = Vec::new();
    for (component, answer) in answers.iter().enumerate() {
        let base = narrow_u32(fixed.len());
        for (&node, &label) in components.nodes(component).iter().zip(&answer.labels) {
            labels[node as usize] = base + label;
        }
        fixed.extend_from_slice(&answer.resolution);
    }
    // No component has more labels than nodes.
    let partition = Partition::from_dense_labels(&labels);
    let mut resolution = vec![0; partition.n_communities()];
    for (node, &label) in labels.iter().enumerate() {
        resolution[partition.community(node).index()] = fixed[label as usize];
    }
    Detection {
        quality: quality::quality_at(network, &partition, config.objective, &resolution),
        resolution: resolution.into_iter().map(quality::from_fixed).collect(),
        partition,
        n_components: components.len(),
        largest_component: components.largest(),
    }
}
