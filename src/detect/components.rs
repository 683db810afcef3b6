//! Connected components of a network.

use crate::graph::Network;
use crate::model::narrow_u32;

/// Stands for "not reached yet".
const UNSEEN: u32 = u32::MAX;

/// The connected components of a network, numbered by smallest node. The nodes of one are in an order
/// that keeps neighbours together: each node's are listed when it is reached, and followed depth first.
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
        let (offsets, neighbors) = (network.offsets(), network.neighbor_ids());
        let mut rank = vec![UNSEEN; n_nodes];
        let mut nodes = Vec::with_capacity(n_nodes);
        let mut starts = vec![0];
        let mut stack = Vec::new();
        for root in 0..narrow_u32(n_nodes) {
            if rank[root as usize] != UNSEEN {
                continue;
            }
            let start = nodes.len();
            rank[root as usize] = 0;
            nodes.push(root);
            stack.push(root);
            while let Some(node) = stack.pop() {
                let node = node as usize;
                for &neighbor in &neighbors[offsets[node]..offsets[node + 1]] {
                    let rank = &mut rank[neighbor as usize];
                    if *rank == UNSEEN {
                        *rank = narrow_u32(nodes.len() - start);
                        nodes.push(neighbor);
                        stack.push(neighbor);
                    }
                }
            }
            starts.push(nodes.len());
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

    /// The nodes of a component, neighbours close together, the smallest first.
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
    fn components_are_numbered_by_smallest_node_and_keep_neighbors_together() {
        check(0, &[], &[]);
        check(3, &[], &[&[0], &[1], &[2]]);
        check(5, &[(4, 1), (2, 3)], &[&[0], &[1, 4], &[2, 3]]);
        check(5, &[(0, 4), (4, 1), (2, 3), (1, 2)], &[&[0, 4, 1, 2, 3]]);
    }
}
