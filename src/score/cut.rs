//! Which members hold a community together?

use petgraph::algo::articulation_points::articulation_points;
use petgraph::graph::UnGraph;

use crate::model::{Bits, narrow_u32};

/// The nodes of a connected graph without whom the others fall into pieces, ascending.
///
/// `edges` are pairs of nodes below `n`, each pair once. Cost: O(edges).
pub(super) fn cut_vertices(n: usize, edges: &[(u32, u32, Bits)]) -> Vec<u32> {
    // Most small communities are cliques on one value, and nothing is to be searched there.
    if n < 3 || edges.len() == n * (n - 1) / 2 {
        return Vec::new();
    }
    let graph: UnGraph<(), (), u32> = UnGraph::from_edges(edges.iter().map(|&(a, b, _)| (a, b)));
    let mut cuts: Vec<u32> = articulation_points(&graph)
        .into_iter()
        .map(|node| narrow_u32(node.index()))
        .collect();
    cuts.sort_unstable();
    cuts
}

#[cfg(test)]
mod tests {
    use petgraph::unionfind::UnionFind;
    use proptest::prelude::*;

    use super::*;

    /// Whether the nodes but `gone` are in more than one piece.
    fn falls_apart(n: usize, edges: &[(u32, u32, Bits)], gone: u32) -> bool {
        let mut pieces: UnionFind<u32> = UnionFind::new(n);
        for &(a, b, _) in edges.iter().filter(|(a, b, _)| *a != gone && *b != gone) {
            pieces.union(a, b);
        }
        let others = (0..narrow_u32(n)).filter(|&node| node != gone);
        let mut roots: Vec<u32> = others.map(|node| pieces.find_mut(node)).collect();
        roots.sort_unstable();
        roots.dedup();
        roots.len() > 1
    }

    proptest! {
        #[test]
        fn exactly_those_whose_removal_splits_the_rest(
            parents in proptest::collection::vec(any::<proptest::sample::Index>(), 1..12),
            more in proptest::collection::vec((0..13_u32, 0..13_u32), 0..10),
        ) {
            let n = parents.len() + 1;
            let tree = (1_u32..).zip(&parents).map(|(node, parent)| (narrow_u32(parent.index(node as usize)), node));
            let more = more.into_iter().map(|(a, b)| (a.min(b), a.max(b)));
            let more = more.filter(|&(a, b)| a < b && (b as usize) < n);
            let mut edges: Vec<_> = tree.chain(more).map(|(a, b)| (a, b, Bits::ZERO)).collect();
            edges.sort_unstable();
            edges.dedup();
            let slow: Vec<u32> = (0..narrow_u32(n)).filter(|&node| falls_apart(n, &edges, node)).collect();
            prop_assert_eq!(cut_vertices(n, &edges), slow);
        }
    }
}
