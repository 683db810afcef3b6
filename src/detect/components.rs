//! Connected components of a network.

use petgraph::unionfind::UnionFind;

use crate::graph::Network;
use crate::model::narrow_u32;

/// The connected components of a network, numbered by smallest node; their nodes ascend.
#[derive(Debug)]
pub(crate) struct Components {
    /// Nodes grouped by component.
    nodes: Vec<u32>,
    /// Where each component's nodes start; one more entry than components.
    starts: Vec<usize>,
    /// Position of each node among the nodes of its component.
    rank: Vec<u32>,
}

impl Components {
    /// Finds the components. Cost: O(|V| + |E|), 12 bytes a node.
    pub(crate) fn of(network: &Network) -> Self {
        let n_nodes = network.n_nodes();
        let mut sets = UnionFind::<u32>::new(n_nodes);
        for node in 0..n_nodes {
            let from = narrow_u32(node);
            for &to in &network.neighbor_ids()[network.offsets()[node]..network.offsets()[node + 1]]
            {
                if to < from {
                    sets.union(from, to);
                }
            }
        }
        let (component, n_components) = super::level::renumber(&sets.into_labeling());
        let (nodes, starts) = super::level::group(&component, n_components);
        let mut rank = vec![0; n_nodes];
        for bounds in starts.windows(2) {
            for (position, &node) in nodes[bounds[0]..bounds[1]].iter().enumerate() {
                rank[node as usize] = narrow_u32(position);
            }
        }
        Self {
            nodes,
            starts,
            rank,
        }
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.starts.len() - 1
    }

    /// The nodes of a component, ascending.
    pub(crate) fn nodes(&self, component: usize) -> &[u32] {
        &self.nodes[self.starts[component]..self.starts[component + 1]]
    }

    /// The position of a node among the nodes of its component.
    pub(crate) fn rank(&self, node: u32) -> u32 {
        self.rank[node as usize]
    }

    /// Nodes of the largest.
    pub(crate) fn largest(&self) -> usize {
        self.starts
            .windows(2)
            .map(|b| b[1] - b[0])
            .max()
            .unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::Components;
    use crate::graph::Network;
    use crate::model::Bits;

    fn check(n_nodes: usize, edges: &[(u32, u32)], expected: &[&[u32]]) {
        let edges: Vec<_> = edges
            .iter()
            .map(|&(a, b)| (a, b, Bits::from_f64(1.0)))
            .collect();
        let components = Components::of(&Network::from_edges(n_nodes, &edges));
        let found: Vec<_> = (0..components.len()).map(|c| components.nodes(c)).collect();
        assert_eq!(found, expected);
        for nodes in found {
            for (rank, &node) in nodes.iter().enumerate() {
                assert_eq!(components.rank(node) as usize, rank);
            }
        }
    }

    #[test]
    fn components_are_numbered_by_smallest_node() {
        check(0, &[], &[]);
        check(3, &[], &[&[0], &[1], &[2]]);
        check(5, &[(4, 1), (2, 3)], &[&[0], &[1, 4], &[2, 3]]);
        check(5, &[(0, 4), (4, 1), (2, 3), (1, 2)], &[&[0, 1, 2, 3, 4]]);
    }
}
