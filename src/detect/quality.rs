//! Quality and gain, exact in fixed point.
//!
//! Both objectives have the same shape. With `k` the weight between a node and a community, `s` the
//! size of the node and `S` that of the community, the gain of joining is
//! `link * k - penalty * s * S`: CPM takes one as size, modularity takes strength.

use crate::graph::Network;
use crate::model::Bits;
use crate::strategy::Objective;

use super::partition::Partition;

/// Fixed-point resolution 1: units of 2^-20, so that gains are exact integers.
const FIXED_ONE: i64 = 1 << 20;

/// A resolution in fixed point; never negative.
#[expect(
    clippy::cast_possible_truncation,
    reason = "the strategy limits a resolution to 1000, and the cast saturates"
)]
pub(crate) fn to_fixed(resolution: f64) -> i64 {
    ((resolution * 1_048_576.0).round() as i64).max(0)
}

/// A fixed-point resolution as a number.
#[expect(
    clippy::cast_precision_loss,
    reason = "fixed-point resolutions stay below 2^31"
)]
pub(crate) fn from_fixed(fixed: i64) -> f64 {
    fixed as f64 / 1_048_576.0
}

/// What a unit of weight is worth, by objective.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Terms {
    link: i128,
}

impl Terms {
    /// `total_strength` is twice the weight of all edges, of which only modularity takes notice.
    pub(crate) fn new(objective: Objective, total_strength: u64) -> Self {
        let link = match objective {
            Objective::Cpm => i128::from(FIXED_ONE / Bits::UNITS_PER_BIT),
            Objective::Modularity => i128::from(total_strength) * i128::from(FIXED_ONE),
        };
        Self { link }
    }

    /// The gain of joining two groups of sizes `a` and `b` with weight `between` them.
    #[inline]
    pub(crate) fn gain(self, between: u64, penalty: i64, a: i64, b: i64) -> i128 {
        self.link * i128::from(between) - i128::from(penalty) * (i128::from(a) * i128::from(b))
    }
}

/// The fixed-point resolution of each community.
#[derive(Clone, Debug)]
pub(crate) enum Penalty {
    /// One for all.
    Uniform(i64),
    /// By label.
    PerLabel(Vec<i64>),
}

impl Penalty {
    /// The resolution of a label.
    #[inline]
    pub(crate) fn of(&self, label: u32) -> i64 {
        match self {
            Self::Uniform(fixed) => *fixed,
            Self::PerLabel(fixed) => fixed[label as usize],
        }
    }

    /// Gives a label the resolution of another.
    pub(crate) fn carry(&mut self, from: u32, to: u32) {
        if let Self::PerLabel(fixed) = self {
            fixed[to as usize] = fixed[from as usize];
        }
    }

    /// Gives labels without nodes the finest, so that a node set alone there draws no others in.
    pub(crate) fn set_finest(&mut self, free: &[u32]) {
        if let Self::PerLabel(fixed) = self {
            let finest = fixed.iter().copied().max().unwrap_or(0);
            for &label in free {
                fixed[label as usize] = finest;
            }
        }
    }
}

/// The quality of a partition at one resolution.
///
/// With CPM, in bits: the sum over communities of inner weight minus `resolution` times the number of
/// pairs. With modularity: the sum of inner weight share minus `resolution` times squared strength
/// share; zero without edges. Cost: O(|V| + |E|).
///
/// ```
/// use ringfence::detect::{Partition, quality};
/// use ringfence::graph::Network;
/// use ringfence::model::Bits;
/// use ringfence::strategy::Objective;
/// // 0---1   2---3
/// let edges = [(0, 1, Bits::from_f64(1.0)), (2, 3, Bits::from_f64(1.0))];
/// let network = Network::from_edges(4, &edges);
/// let pairs = Partition::from_labels(&[0, 0, 1, 1]);
/// assert_eq!(quality(&network, &pairs, Objective::Cpm, 0.25), 2.0 - 2.0 * 0.25);
/// assert_eq!(quality(&network, &pairs, Objective::Modularity, 1.0), 0.5);
/// ```
pub fn quality(
    network: &Network,
    partition: &Partition,
    objective: Objective,
    resolution: f64,
) -> f64 {
    let fixed = vec![to_fixed(resolution); partition.n_communities()];
    quality_at(network, partition, objective, &fixed)
}

/// The quality with a fixed-point resolution for each community.
#[expect(
    clippy::cast_precision_loss,
    reason = "the exact integer is rounded once, for display and comparison by people"
)]
pub(crate) fn quality_at(
    network: &Network,
    partition: &Partition,
    objective: Objective,
    fixed: &[i64],
) -> f64 {
    let labels = partition.communities();
    let mut size = vec![0_i128; partition.n_communities()];
    let mut twice_inner = 0_i128;
    let mut total_strength = 0_i128;
    for (node, &label) in labels.iter().enumerate() {
        let mut strength = 0;
        for (neighbor, weight) in network.neighbors(node) {
            strength += i128::from(weight);
            if labels[neighbor as usize] == label {
                twice_inner += i128::from(weight);
            }
        }
        total_strength += strength;
        size[label as usize] += match objective {
            Objective::Cpm => 1,
            Objective::Modularity => strength,
        };
    }
    let penalized = |square: fn(i128) -> i128| -> i128 {
        size.iter()
            .zip(fixed)
            .map(|(&size, &fixed)| i128::from(fixed) * square(size))
            .sum()
    };
    match objective {
        Objective::Cpm => {
            let link = i128::from(FIXED_ONE / Bits::UNITS_PER_BIT);
            let twice = link * twice_inner - penalized(|n| n * (n - 1));
            twice as f64 / (2.0 * 1_048_576.0)
        }
        Objective::Modularity if total_strength == 0 => 0.0,
        Objective::Modularity => {
            let total = total_strength as f64;
            twice_inner as f64 / total - penalized(|k| k * k) as f64 / 1_048_576.0 / total / total
        }
    }
}

/// Twice the exact quality of labels on a level, but for a constant of the level's original nodes.
pub(crate) fn exact(
    level: &super::level::Level,
    labels: &[u32],
    terms: Terms,
    penalty: i64,
) -> i128 {
    let inner: u64 = level.inner.iter().sum::<u64>()
        + level
            .edges()
            .filter(|&(a, b, _)| labels[a] == labels[b])
            .map(|(_, _, weight)| weight)
            .sum::<u64>();
    let mut size = vec![0_i128; level.n_nodes()];
    for (node, &label) in labels.iter().enumerate() {
        size[label as usize] += i128::from(level.sizes[node]);
    }
    let squares: i128 = size.iter().map(|size| size * size).sum();
    2 * terms.link * i128::from(inner) - i128::from(penalty) * squares
}
