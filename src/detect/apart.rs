//! Cannot-link constraints: merchants that people have told apart are in no community together.

use std::collections::{BTreeMap, BTreeSet};

use super::{Detection, Partition, quality};
use crate::graph::Network;
use crate::model::{NodeIdx, narrow_u32};
use crate::strategy::Objective;

/// Nodes that were told apart: none of `left` belongs with any of `right`. Both ascending; a node may
/// be in one of them only.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Apart {
    /// On the one side: found honest.
    pub left: Vec<NodeIdx>,
    /// On the other: found to be in a ring.
    pub right: Vec<NodeIdx>,
}

/// The network without the edges between nodes that were told apart. Cost: O(|V| + |E|) times the
/// logarithm of the sides.
pub fn cut_edges(network: &Network, told: &[Apart]) -> Network {
    let sides = Sides::new(network.n_nodes(), told);
    let mut offsets = Vec::with_capacity(network.n_nodes() + 1);
    let (mut neighbors, mut weights) = (Vec::new(), Vec::new());
    offsets.push(0);
    for node in 0..network.n_nodes() {
        for (neighbor, units) in network.neighbors(node) {
            if !sides.are_apart(node, neighbor as usize) {
                neighbors.push(neighbor);
                weights.push(units);
            }
        }
        offsets.push(neighbors.len());
    }
    Network::from_parts(offsets, neighbors, weights, network.merchants().to_vec())
}

/// Takes apart what detection has put together all the same, through third nodes: in a community that
/// holds both sides, the left side leaves. Every community is connected afterwards: what a community
/// falls into becomes communities, each at the resolution that the whole was found at.
///
/// One constraint after the other; what one has parted no later one joins, so that all hold at the
/// end. Cost: O(edges of the communities concerned) a constraint. The result depends on the network and
/// the constraints alone.
pub fn keep_apart(
    network: &Network,
    found: Detection,
    told: &[Apart],
    objective: Objective,
) -> Detection {
    let mut members = found.partition.members();
    let mut labels: Vec<u32> = found.partition.communities().to_vec();
    let mut resolution_of = found.resolution.clone();
    for apart in told {
        for (label, leaving) in broken(&labels, apart) {
            let nodes = std::mem::take(&mut members[label as usize]);
            for piece in pieces(network, &nodes, &leaving) {
                let new = narrow_u32(resolution_of.len());
                resolution_of.push(resolution_of[label as usize]);
                for &node in &piece {
                    labels[node as usize] = new;
                }
                members.push(piece);
            }
        }
    }
    if resolution_of.len() == found.resolution.len() {
        return found;
    }
    let partition = Partition::from_labels(&labels);
    let mut resolution = vec![0.0; partition.n_communities()];
    for (node, &label) in labels.iter().enumerate() {
        resolution[partition.community(node).index()] = resolution_of[label as usize];
    }
    let fixed: Vec<i64> = resolution.iter().map(|&r| quality::to_fixed(r)).collect();
    Detection {
        quality: quality::quality_at(network, &partition, objective, &fixed),
        partition,
        resolution,
        ..found
    }
}

/// Labels of communities that hold both sides, with their nodes of the left side.
fn broken(labels: &[u32], apart: &Apart) -> BTreeMap<u32, BTreeSet<u32>> {
    let label = |node: &NodeIdx| labels[node.index()];
    let right: BTreeSet<u32> = apart.right.iter().map(label).collect();
    let mut leaving: BTreeMap<u32, BTreeSet<u32>> = BTreeMap::new();
    for node in apart
        .left
        .iter()
        .filter(|node| right.contains(&label(node)))
    {
        leaving.entry(label(node)).or_default().insert(node.0);
    }
    leaving
}

/// For each node the constraints that name it, and on which side.
struct Sides {
    of_node: Vec<Vec<(u32, bool)>>,
}

impl Sides {
    fn new(n_nodes: usize, told: &[Apart]) -> Self {
        let mut of_node = vec![Vec::new(); n_nodes];
        for (at, apart) in told.iter().enumerate() {
            for (nodes, is_left) in [(&apart.left, true), (&apart.right, false)] {
                for node in nodes {
                    of_node[node.index()].push((narrow_u32(at), is_left));
                }
            }
        }
        Self { of_node }
    }

    fn are_apart(&self, a: usize, b: usize) -> bool {
        let (a, b) = (&self.of_node[a], &self.of_node[b]);
        a.iter()
            .any(|(told, is_left)| b.binary_search(&(*told, !is_left)).is_ok())
    }
}

/// The connected pieces of a community whose `leaving` nodes are cut from the others.
fn pieces(network: &Network, nodes: &[u32], leaving: &BTreeSet<u32>) -> Vec<Vec<u32>> {
    let mut left: BTreeSet<u32> = nodes.iter().copied().collect();
    let mut pieces = Vec::new();
    while let Some(first) = left.pop_first() {
        let is_leaving = leaving.contains(&first);
        let (mut piece, mut at) = (vec![first], 0);
        while let Some(&node) = piece.get(at) {
            at += 1;
            for (neighbor, _) in network.neighbors(node as usize) {
                if leaving.contains(&neighbor) == is_leaving && left.remove(&neighbor) {
                    piece.push(neighbor);
                }
            }
        }
        pieces.push(piece);
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::{Apart, cut_edges, keep_apart};
    use crate::detect::detect;
    use crate::graph::Network;
    use crate::model::{Bits, NodeIdx};
    use crate::strategy::{Detect, Objective, Resolution};

    fn apart(left: &[u32], right: &[u32]) -> Apart {
        let nodes = |ids: &[u32]| ids.iter().map(|&id| NodeIdx(id)).collect();
        Apart {
            left: nodes(left),
            right: nodes(right),
        }
    }

    fn groups(n_nodes: usize, edges: &[(u32, u32)], told: &[Apart]) -> Vec<Vec<u32>> {
        let edges: Vec<_> = edges
            .iter()
            .map(|&(a, b)| (a, b, Bits::from_f64(8.0)))
            .collect();
        let config = Detect {
            objective: Objective::Cpm,
            resolution: Resolution::Pinned(0.1),
            max_iterations: 10,
            seed: 1,
            warm_start: false,
        };
        let network = cut_edges(&Network::from_edges(n_nodes, &edges), told);
        let found = detect(&network, &config, None);
        let kept = keep_apart(&network, found, told, config.objective);
        let mut groups = kept.partition.members();
        assert_eq!(kept.resolution.len(), groups.len());
        for group in &mut groups {
            group.sort_unstable();
        }
        groups
    }

    /// ```text
    /// 0 - 1 - 2 - 3    one community at this resolution
    /// ```
    const PATH: [(u32, u32); 3] = [(0, 1), (1, 2), (2, 3)];

    #[test]
    fn nobody_told_apart_leaves_everything_as_it_is() {
        assert_eq!(groups(4, &PATH, &[]), [[0, 1, 2, 3]]);
        assert_eq!(groups(4, &PATH, &[apart(&[0], &[])]), [[0, 1, 2, 3]]);
    }

    #[test]
    fn an_edge_between_them_is_cut() {
        assert_eq!(
            groups(2, &[(0, 1)], &[apart(&[0], &[1])]),
            [vec![0], vec![1]]
        );
    }

    #[test]
    fn those_held_together_by_a_third_one_are_taken_apart_and_stay_connected() {
        // 0 and 3 have no edge; 1 and 2 hold them together.
        assert_eq!(
            groups(4, &PATH, &[apart(&[0], &[3])]),
            [vec![0], vec![1, 2, 3]]
        );
        // 1 leaves, and what it held together falls into pieces.
        assert_eq!(
            groups(4, &PATH, &[apart(&[1], &[3])]),
            [vec![0], vec![1], vec![2, 3]]
        );
        // Two that leave together stay together.
        assert_eq!(
            groups(4, &PATH, &[apart(&[0, 1], &[3])]),
            [vec![0, 1], vec![2, 3]]
        );
    }

    /// Both leave the community for the other's sake, hand in hand, when constraints are taken at once.
    #[test]
    fn constraints_that_cross_all_hold() {
        let edges = [(0, 1), (1, 2), (2, 3), (3, 0), (1, 3)];
        let told = [apart(&[0], &[2]), apart(&[2], &[0]), apart(&[1], &[2])];
        let found = groups(4, &edges, &told);
        let of = |node: u32| {
            found
                .iter()
                .position(|group| group.contains(&node))
                .unwrap()
        };
        assert!(of(0) != of(2) && of(1) != of(2), "{found:?}");
    }

    #[test]
    fn each_constraint_stands_for_itself() {
        let told = [apart(&[0], &[9]), apart(&[8], &[1])];
        let edges = [(0, 1), (8, 9)];
        let mut expected = vec![vec![0, 1], vec![8, 9]];
        expected.extend((2..8).map(|node| vec![node]));
        expected.sort();
        let mut found = groups(10, &edges, &told);
        found.sort();
        assert_eq!(found, expected);
    }
}
