//! The weakest link: the one merchant or value on which a ring hangs, and what is left without it.

use petgraph::unionfind::UnionFind;

use super::anatomy::Anatomy;
use super::ring::{WeakestLink, WeakestPart};
use crate::graph::EvidenceGraph;
use crate::model::{Bits, narrow_u32};
use crate::resolve::Link;

/// In larger rings nothing single is worth looking for, and the search is quadratic.
const MAX_MEMBERS: usize = 300;
/// Only the strongest entities are tried.
const MAX_ENTITIES: usize = 64;

/// The merchant or entity whose removal leaves the smallest largest piece, if it splits the ring at
/// all; among equals the one with the least evidence to refute, then entities before merchants.
///
/// An entity's removal is reckoned without its discounts: an edge falls when the entity's bits for
/// the pair reach its weight. Cost: O((cut vertices + entities) * edges).
pub(super) fn weakest_link(
    graph: &EvidenceGraph<'_>,
    anatomy: &Anatomy,
    cut_vertices: &[u32],
) -> Option<WeakestLink> {
    let n = anatomy.size();
    if !(3..=MAX_MEMBERS).contains(&n) {
        return None;
    }
    let shared = anatomy.shared().take(MAX_ENTITIES);
    let entities = shared.map(|(evidence, uses)| WeakestLink {
        what: WeakestPart::Entity(evidence.entity),
        bits: evidence.bits,
        left: left_without_entity(graph, anatomy, uses),
    });
    let merchants = cut_vertices.iter().map(|&at| WeakestLink {
        what: WeakestPart::Merchant(anatomy.merchants[at as usize]),
        bits: anatomy.inside[at as usize],
        left: left_without_merchant(anatomy, at),
    });
    entities
        .filter(|link| (link.left as usize) < n)
        .chain(merchants)
        .min_by_key(|link| (link.left, link.bits))
}

fn left_without_merchant(anatomy: &Anatomy, at: u32) -> u32 {
    let edges = anatomy
        .edges
        .iter()
        .filter(|(a, b, _)| *a != at && *b != at);
    largest_piece(anatomy.size(), edges.map(|&(a, b, _)| (a, b)))
}

fn left_without_entity(graph: &EvidenceGraph<'_>, anatomy: &Anatomy, uses: &[Link]) -> u32 {
    let mut use_of: Vec<Option<&Link>> = vec![None; anatomy.size()];
    for link in uses {
        use_of[anatomy.position(link.merchant)] = Some(link);
    }
    let evidence = &graph.strategy().evidence;
    let stays = |a: u32, b: u32, bits: Bits| match (use_of[a as usize], use_of[b as usize]) {
        (Some(mine), Some(theirs)) => {
            let factor = if graph.same_owner(mine.merchant, theirs.merchant) {
                evidence.declared_owner_factor
            } else {
                1.0
            };
            bits.to_f64() - factor * graph.share(mine, theirs).bits > evidence.floor_bits
        }
        _ => true,
    };
    let edges = anatomy.edges.iter();
    let left: Vec<(u32, u32)> = edges
        .filter(|&&(a, b, bits)| stays(a, b, bits))
        .map(|&(a, b, _)| (a, b))
        .collect();
    // A community hangs together as long as all its edges stay.
    if left.len() == anatomy.edges.len() {
        return narrow_u32(anatomy.size());
    }
    largest_piece(anatomy.size(), left.into_iter())
}

fn largest_piece(n: usize, edges: impl Iterator<Item = (u32, u32)>) -> u32 {
    let mut pieces: UnionFind<u32> = UnionFind::new(n);
    for (a, b) in edges {
        pieces.union(a, b);
    }
    let mut sizes = vec![0; n];
    for at in 0..n {
        sizes[pieces.find_mut(narrow_u32(at)) as usize] += 1;
    }
    sizes.into_iter().max().unwrap_or(0)
}
