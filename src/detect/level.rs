//! The graph of one level: a component, or its communities aggregated to nodes.

use rayon::prelude::*;

use crate::graph::Network;
use crate::model::narrow_u32;
use crate::strategy::Objective;

use super::components::Components;

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
        let mut pieces: Vec<Self> = nodes
            .par_chunks(NODES_PER_TASK)
            .map(|nodes| Self::piece(network, nodes, components, objective))
            .collect();
        if pieces.len() == 1 {
            return pieces.swap_remove(0);
        }
        let mut level = Self {
            offsets: vec![0],
            ..Self::default()
        };
        for piece in pieces {
            let before = level.neighbors.len();
            let ends = piece.offsets[1..].iter();
            level.offsets.extend(ends.map(|end| before + end));
            level.neighbors.extend_from_slice(&piece.neighbors);
            level.weights.extend_from_slice(&piece.weights);
            level.sizes.extend_from_slice(&piece.sizes);
            level.inner.extend_from_slice(&piece.inner);
        }
        level
    }

    /// The rows of some of a component's nodes.
    fn piece(
        network: &Network,
        nodes: &[u32],
        components: &Components,
        objective: Objective,
    ) -> Self {
        let mut piece = Self {
            offsets: Vec::with_capacity(nodes.len() + 1),
            inner: vec![0; nodes.len()],
            ..Self::default()
        };
        piece.offsets.push(0);
        for &node in nodes {
            let mut strength = 0;
            for (neighbor, weight) in network.neighbors(node as usize) {
                piece.neighbors.push(components.rank(neighbor));
                piece.weights.push(u64::from(weight));
                strength += i64::from(weight);
            }
            piece.offsets.push(piece.neighbors.len());
            piece.sizes.push(match objective {
                Objective::Cpm => 1,
                Objective::Modularity => strength,
            });
        }
        piece
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

    /// Every edge once, as (smaller node, larger node, weight).
    pub(crate) fn edges(&self) -> impl Iterator<Item = (usize, usize, u64)> + '_ {
        (0..self.n_nodes()).flat_map(move |a| {
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
    let mut part = vec![u32::MAX; labels.len()];
    let mut seen = vec![false; labels.len()];
    let mut stack = Vec::new();
    let (mut n_parts, mut split) = (0, false);
    for root in 0..labels.len() {
        if part[root] != u32::MAX {
            continue;
        }
        let label = labels[root];
        split |= std::mem::replace(&mut seen[label as usize], true);
        part[root] = n_parts;
        stack.push(root);
        while let Some(node) = stack.pop() {
            for (neighbor, _) in level.row(node) {
                let neighbor = neighbor as usize;
                if labels[neighbor] == label && part[neighbor] == u32::MAX {
                    part[neighbor] = n_parts;
                    stack.push(neighbor);
                }
            }
        }
        n_parts += 1;
    }
    (part, split)
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
