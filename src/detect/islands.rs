//! Which nodes can be together at a resolution at all.
//!
//! From single nodes, two groups join only if the weight between them is above the resolution times
//! the product of their sizes. Both are sums over the pairs across, so some pair alone is above it.
//! Hence every community lies inside one *island*: a connected component over the edges that alone
//! are worth joining for. At a fine resolution, or on the communities of one slightly finer, islands
//! are small even in a giant component: they are solved apart, side by side and in the cache.

use std::ops::Range;

use petgraph::unionfind::UnionFind;
use rayon::prelude::*;

use crate::model::narrow_u32;
use crate::strategy::Detect;

use super::leiden::rough;
use super::level::{Level, renumber};
use super::quality::{Penalty, Terms};
use super::scratch::Pool;

/// Levels up to this many nodes are solved as a whole: finding the islands costs more than it saves.
const WHOLE_MAX_NODES: usize = 512;
/// Islands are solved together until they have this many nodes: a size that stays in the cache.
const CHUNK_NODES: usize = 1 << 11;
/// Rows a worker looks through at a time.
const CHUNK_ROWS: usize = 1 << 14;
/// Stands for "no island": no edge of the node is worth joining for.
const NONE: u32 = u32::MAX;

/// Connected communities at one resolution, from single nodes: labels renumbered by smallest node, and
/// how many there are.
pub(crate) fn communities(
    level: &Level,
    terms: Terms,
    fixed: i64,
    config: &Detect,
    pool: &Pool,
) -> (Vec<u32>, usize) {
    let penalty = Penalty::Uniform(fixed);
    let n_nodes = level.n_nodes();
    if n_nodes <= WHOLE_MAX_NODES {
        let mut worth_joining = edges_of_rows(level, 0..n_nodes, terms, fixed);
        if worth_joining.next().is_none() {
            return ((0..narrow_u32(n_nodes)).collect(), n_nodes);
        }
        return renumber(&rough(level, terms, &penalty, config, pool));
    }
    let islands = Islands::of(level, terms, fixed);
    let solved: Vec<Vec<u32>> = islands
        .chunks()
        .into_par_iter()
        .map(|chunk| {
            let nodes = &islands.nodes[chunk.clone()];
            let part = islands.level_of(level, chunk);
            // Labels lie below the number of nodes: each gets the name of a node of its own outside.
            rough(&part, terms, &penalty, config, pool)
                .into_iter()
                .map(|label| nodes[label as usize])
                .collect()
        })
        .collect();
    let mut labels: Vec<u32> = (0..narrow_u32(n_nodes)).collect();
    for (&node, label) in islands.nodes.iter().zip(solved.into_iter().flatten()) {
        labels[node as usize] = label;
    }
    renumber(&labels)
}

/// The islands of two or more nodes.
struct Islands {
    /// Nodes grouped by island, ascending inside each.
    nodes: Vec<u32>,
    /// Where each island's nodes start; one more entry than islands.
    starts: Vec<usize>,
    /// Position of each node in `nodes`.
    position: Vec<u32>,
    /// Island of each node.
    island: Vec<u32>,
}

impl Islands {
    /// Cost: O(|V| + |E|).
    fn of(level: &Level, terms: Terms, fixed: i64) -> Self {
        let n_nodes = level.n_nodes();
        let mut sets = UnionFind::<u32>::new(n_nodes);
        let mut linked = vec![false; n_nodes];
        for (a, b) in edges_worth_joining(level, terms, fixed)
            .into_iter()
            .flatten()
        {
            sets.union(a, b);
            linked[a as usize] = true;
            linked[b as usize] = true;
        }
        let (mut island, mut starts) = (vec![NONE; n_nodes], vec![0]);
        let mut number = vec![NONE; n_nodes];
        for node in (0..n_nodes).filter(|&node| linked[node]) {
            let root = sets.find_mut(narrow_u32(node)) as usize;
            if number[root] == NONE {
                number[root] = narrow_u32(starts.len() - 1);
                starts.push(0);
            }
            island[node] = number[root];
            starts[island[node] as usize + 1] += 1;
        }
        for at in 1..starts.len() {
            starts[at] += starts[at - 1];
        }
        let mut next = starts.clone();
        let mut nodes = vec![0; *starts.last().expect("starts begins with 0")];
        let mut position = vec![0; n_nodes];
        for node in (0..n_nodes).filter(|&node| linked[node]) {
            let at = &mut next[island[node] as usize];
            nodes[*at] = narrow_u32(node);
            position[node] = narrow_u32(*at);
            *at += 1;
        }
        Self {
            nodes,
            starts,
            position,
            island,
        }
    }

    /// Ranges of `nodes`, each whole islands.
    fn chunks(&self) -> Vec<Range<usize>> {
        let (mut chunks, mut start) = (Vec::new(), 0);
        for &end in &self.starts[1..] {
            if end - start >= CHUNK_NODES || end == self.nodes.len() {
                chunks.push(start..end);
                start = end;
            }
        }
        chunks
    }

    /// The level of some whole islands, with the edges inside each.
    fn level_of(&self, level: &Level, chunk: Range<usize>) -> Level {
        let first = narrow_u32(chunk.start);
        let mut part = Level::default();
        part.offsets.reserve(chunk.len() + 1);
        part.offsets.push(0);
        for &node in &self.nodes[chunk] {
            let node = node as usize;
            for (neighbor, weight) in level.row(node) {
                if self.island[neighbor as usize] == self.island[node] {
                    part.neighbors
                        .push(self.position[neighbor as usize] - first);
                    part.weights.push(weight);
                }
            }
            part.offsets.push(part.neighbors.len());
            part.sizes.push(level.sizes[node]);
            part.inner.push(level.inner[node]);
        }
        part
    }
}

/// Every edge whose ends would gain by joining alone, once, in row order.
fn edges_worth_joining(level: &Level, terms: Terms, fixed: i64) -> Vec<Vec<(u32, u32)>> {
    let n_nodes = level.n_nodes();
    (0..n_nodes.div_ceil(CHUNK_ROWS))
        .into_par_iter()
        .map(|chunk| {
            let rows = chunk * CHUNK_ROWS..((chunk + 1) * CHUNK_ROWS).min(n_nodes);
            edges_of_rows(level, rows, terms, fixed).collect()
        })
        .collect()
}

/// Those of some rows, from the smaller node to the larger.
fn edges_of_rows(
    level: &Level,
    rows: Range<usize>,
    terms: Terms,
    fixed: i64,
) -> impl Iterator<Item = (u32, u32)> + '_ {
    rows.flat_map(move |node| {
        let larger = level.row(node).filter(move |(to, _)| *to as usize > node);
        let size = level.sizes[node];
        larger
            .filter(move |&(to, weight)| {
                terms.gain(weight, fixed, size, level.sizes[to as usize]) > 0
            })
            .map(move |(to, _)| (narrow_u32(node), to))
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::level::tests::level_of;
    use super::*;
    use crate::strategy::{Objective, Resolution};

    proptest! {
        #[test]
        fn a_resolution_at_which_nothing_joins_is_seen_without_trying(
            edges in proptest::collection::vec((0..12_u32, 0..12_u32, 1..6_u8), 1..30),
            fixed in 1..4_i64 << 20,
        ) {
            let edges: Vec<_> = edges.into_iter().map(|(a, b, bits)| (a, b, f64::from(bits))).collect();
            let level = level_of(12, &edges);
            let terms = Terms::new(Objective::Cpm, 0);
            let config = Detect {
                objective: Objective::Cpm,
                resolution: Resolution::Auto,
                max_iterations: 2,
                seed: 1,
                warm_start: false,
            };
            let pool = Pool::default();
            let tried = rough(&level, terms, &Penalty::Uniform(fixed), &config, &pool);
            prop_assert_eq!(communities(&level, terms, fixed, &config, &pool), renumber(&tried));
        }
    }
}
