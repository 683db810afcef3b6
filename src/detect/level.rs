//! The graph of one level: a component, or its communities aggregated to nodes.

use std::hint::black_box;
use std::ops::Range;

use rayon::prelude::*;

use crate::graph::Network;
use crate::model::narrow_u32;
use crate::strategy::Objective;

use super::components::Components;
use super::quality::Terms;

/// Nodes handed to one task; only a grain of work, results don't depend on it.
const NODES_PER_TASK: usize = 16_384;

/// A weighted undirected graph in CSR form whose nodes stand for one or more original nodes.
///
/// `offsets` has n + 1 entries; weights are in units of 1/1024 bit, two entries an edge.
#[derive(Clone, Debug, Default)]
pub(crate) struct Level {
    /// CSR offsets.
    pub(crate) offsets: Vec<usize>,
    /// CSR neighbours, without loops.
    pub(crate) neighbors: Vec<u32>,
    /// CSR weights.
    pub(crate) weights: Vec<u64>,
    /// The size the objective gives each node: original nodes with CPM, strength with modularity.
    pub(crate) sizes: Vec<i64>,
    /// Weight of the original edges inside each node.
    pub(crate) inner: Vec<u64>,
}

impl Level {
    /// The subgraph of one component; node `v` is the component's node of rank `v`.
    pub(crate) fn of_component(
        network: &Network,
        nodes: &[u32],
        components: &Components,
        objective: Objective,
    ) -> Self {
        let mut offsets = Vec::with_capacity(nodes.len() + 1);
        let mut n_entries = 0;
        offsets.push(0);
        for &node in nodes {
            n_entries += network.degree(node as usize);
            offsets.push(n_entries);
        }
        let mut level = Self {
            neighbors: vec![0; n_entries],
            weights: vec![0; n_entries],
            sizes: vec![1; nodes.len()],
            inner: vec![0; nodes.len()],
            offsets,
        };
        let (mut neighbors, mut weights) = (&mut level.neighbors[..], &mut level.weights[..]);
        let mut pieces = Vec::new();
        for (nodes, sizes) in nodes
            .chunks(NODES_PER_TASK)
            .zip(level.sizes.chunks_mut(NODES_PER_TASK))
        {
            let n_entries = nodes
                .iter()
                .map(|&node| network.degree(node as usize))
                .sum();
            let (mine, rest) = neighbors.split_at_mut(n_entries);
            neighbors = rest;
            let (my_weights, rest) = weights.split_at_mut(n_entries);
            weights = rest;
            pieces.push((nodes, sizes, mine, my_weights));
        }
        pieces
            .into_par_iter()
            .for_each(|(nodes, sizes, neighbors, weights)| {
                let mut at = 0;
                for (&node, size) in nodes.iter().zip(sizes) {
                    let start = at;
                    for (neighbor, weight) in network.neighbors(node as usize) {
                        neighbors[at] = components.rank(neighbor);
                        weights[at] = u64::from(weight);
                        at += 1;
                    }
                    if objective == Objective::Modularity {
                        let strength: u64 = weights[start..at].iter().sum();
                        *size = i64::try_from(strength).expect("a sum of 32-bit weights fits");
                    }
                }
            });
        level
    }

    /// Nodes.
    pub(crate) fn n_nodes(&self) -> usize {
        self.sizes.len()
    }

    /// The neighbours of a node and the weights of the edges to them.
    #[inline]
    pub(crate) fn row(&self, node: usize) -> impl Iterator<Item = (u32, u64)> + '_ {
        let row = self.offsets[node]..self.offsets[node + 1];
        self.neighbors[row.clone()]
            .iter()
            .copied()
            .zip(self.weights[row].iter().copied())
    }

    /// Brings the rows of some nodes into the cache, all at once.
    pub(crate) fn touch(&self, nodes: &[usize]) {
        let mut all = 0;
        for &node in nodes {
            let (first, end) = (self.offsets[node], self.offsets[node + 1]);
            if first < end {
                all += u64::from(self.neighbors[first]) + u64::from(self.neighbors[end - 1]);
                all += self.weights[first] + self.weights[end - 1];
            }
        }
        black_box(all);
    }

    /// The best labels where nothing has to be tried: quality is a sum over pairs, so that all nodes belong
    /// together when every pair gains by it, and none when no edge does.
    pub(crate) fn best_at_sight(&self, terms: Terms, fixed: i64) -> Option<Vec<u32>> {
        let n_nodes = self.n_nodes();
        let (mut n_gains, mut n_losses) = (0, 0);
        for (a, b, weight) in self.edges() {
            match terms.gain(weight, fixed, self.sizes[a], self.sizes[b]) {
                gain if gain > 0 => n_gains += 1,
                _ => n_losses += 1,
            }
        }
        if n_gains == n_nodes * (n_nodes - 1) / 2 {
            return Some(vec![0; n_nodes]);
        }
        (n_losses > 0 && n_gains == 0).then(|| (0..narrow_u32(n_nodes)).collect())
    }

    /// Every edge once, as (smaller node, larger node, weight).
    pub(crate) fn edges(&self) -> impl Iterator<Item = (usize, usize, u64)> + '_ {
        self.edges_of(0..self.n_nodes())
    }

    /// What `find` makes of the edges, each told once, in the order of [`Self::edges`]; on all threads.
    pub(crate) fn find_edges<T: Clone + Send>(
        &self,
        find: impl Fn((usize, usize, u64)) -> Option<T> + Sync,
    ) -> Vec<T> {
        let n_nodes = self.n_nodes();
        let chunks: Vec<Vec<T>> = (0..n_nodes.div_ceil(NODES_PER_TASK))
            .into_par_iter()
            .map(|chunk| {
                let start = chunk * NODES_PER_TASK;
                let nodes = start..n_nodes.min(start + NODES_PER_TASK);
                self.edges_of(nodes).filter_map(&find).collect()
            })
            .collect();
        chunks.concat()
    }

    /// The edges from some nodes to larger ones.
    fn edges_of(&self, nodes: Range<usize>) -> impl Iterator<Item = (usize, usize, u64)> + '_ {
        nodes.flat_map(move |a| {
            self.row(a)
                .map(move |(b, weight)| (a, b as usize, weight))
                .filter(|&(a, b, _)| a < b)
        })
    }
}

/// Labels renumbered 0.. in order of first appearance, and how many there are. Labels lie below the
/// number of nodes.
pub(crate) fn renumber(labels: &[u32]) -> (Vec<u32>, usize) {
    let mut number = vec![u32::MAX; labels.len()];
    let mut n_labels = 0;
    let renumbered = labels
        .iter()
        .map(|&label| {
            let slot = &mut number[label as usize];
            if *slot == u32::MAX {
                *slot = n_labels;
                n_labels += 1;
            }
            *slot
        })
        .collect();
    (renumbered, n_labels as usize)
}

/// Nodes grouped by label, ascending inside a group, and where each group starts (one entry more than
/// groups).
pub(crate) fn group(labels: &[u32], n_labels: usize) -> (Vec<u32>, Vec<usize>) {
    let mut starts = vec![0; n_labels + 1];
    for &label in labels {
        starts[label as usize + 1] += 1;
    }
    for label in 0..n_labels {
        starts[label + 1] += starts[label];
    }
    let mut next = starts.clone();
    let mut nodes = vec![0; labels.len()];
    for (node, &label) in labels.iter().enumerate() {
        nodes[next[label as usize]] = narrow_u32(node);
        next[label as usize] += 1;
    }
    (nodes, starts)
}

/// Splits every label whose nodes do not hang together into its connected parts; the result is
/// renumbered by smallest node. Also says whether anything was split.
pub(crate) fn split_disconnected(level: &Level, labels: &[u32]) -> (Vec<u32>, bool) {
    let mut part = vec![0; labels.len()];
    let (mut n_parts, mut split) = (0, false);
    each_piece(
        level,
        labels,
        |_| true,
        |nodes, is_further| {
            for &node in nodes {
                part[node] = n_parts;
            }
            n_parts += 1;
            split |= is_further;
        },
    );
    (part, split)
}

/// Tells the connected pieces of the labels that are meant, by smallest node: the nodes of each, and whether
/// its label had a piece before.
pub(crate) fn each_piece(
    level: &Level,
    labels: &[u32],
    is_meant: impl Fn(u32) -> bool,
    mut tell: impl FnMut(&[usize], bool),
) {
    let (mut is_seen, mut has_piece) = (vec![false; labels.len()], vec![false; labels.len()]);
    let mut piece = Vec::new();
    for root in 0..labels.len() {
        let label = labels[root];
        if is_seen[root] || !is_meant(label) {
            continue;
        }
        is_seen[root] = true;
        piece.clear();
        piece.push(root);
        let mut next = 0;
        while next < piece.len() {
            for (neighbor, _) in level.row(piece[next]) {
                let neighbor = neighbor as usize;
                if labels[neighbor] == label && !is_seen[neighbor] {
                    is_seen[neighbor] = true;
                    piece.push(neighbor);
                }
            }
            next += 1;
        }
        let is_further = std::mem::replace(&mut has_piece[label as usize], true);
        tell(&piece, is_further);
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::model::Bits;

    /// The level of a whole connected network, for the tests of this room.
    pub(crate) fn level_of(n_nodes: usize, edges: &[(u32, u32, f64)]) -> Level {
        let edges: Vec<_> = edges
            .iter()
            .map(|&(a, b, bits)| (a, b, Bits::from_f64(bits)))
            .collect();
        let network = Network::from_edges(n_nodes, &edges);
        let mut level = Level {
            offsets: network.offsets().to_vec(),
            neighbors: network.neighbor_ids().to_vec(),
            sizes: vec![1; n_nodes],
            inner: vec![0; n_nodes],
            weights: Vec::new(),
        };
        level.weights = network
            .weight_units()
            .iter()
            .map(|&w| u64::from(w))
            .collect();
        level
    }

    #[test]
    fn labels_are_renumbered_and_grouped_by_first_node() {
        assert_eq!(renumber(&[3, 1, 3, 0]), (vec![0, 1, 0, 2], 3));
        assert_eq!(
            group(&[0, 1, 0, 2], 3),
            (vec![0, 2, 1, 3], vec![0, 2, 3, 4])
        );
        assert_eq!(renumber(&[]), (vec![], 0));
    }

    #[test]
    fn a_label_in_two_places_becomes_two() {
        let path = level_of(4, &[(0, 1, 1.0), (1, 2, 1.0), (2, 3, 1.0)]);
        assert_eq!(
            split_disconnected(&path, &[2, 2, 0, 2]),
            (vec![0, 0, 1, 2], true)
        );
        assert_eq!(
            split_disconnected(&path, &[1, 1, 0, 0]),
            (vec![0, 0, 1, 1], false)
        );
    }
}
