//! How improbable a ring's coincidences are where every degree is kept.

use std::cmp::Reverse;

use petgraph::unionfind::UnionFind;

use super::anatomy::Anatomy;
use crate::graph::EvidenceGraph;
use crate::model::{Bits, EntityIdx, narrow_u32};

/// How much of each kind of sharing there is in the whole market.
#[derive(Debug)]
pub(super) struct Sharing {
    /// Uses of the shared values of each kind.
    links_of_kind: Vec<f64>,
    /// Direct ties.
    relations: f64,
}

impl Sharing {
    /// What a graph says that is a sample of `share` (above 0, at most 1) of the market.
    pub(super) fn new(graph: &EvidenceGraph<'_>, share: f64) -> Self {
        let mut links_of_kind = vec![0.0; graph.group_of_type.len()];
        for (at, kind) in graph.links.entities.entity_type.iter().enumerate() {
            let degree = graph.bipartite.degree(EntityIdx::new(at));
            links_of_kind[kind.index()] += real(degree) / share;
        }
        Self {
            links_of_kind,
            relations: real(graph.links.relations.len()) / share,
        }
    }
}

/// Bits of improbability of the uses beyond those that a group needs to hang together at all.
///
/// If chance deals the `L` uses of a kind anew, merchant `m` with `k` of them gets one of value `e`'s `d`
/// uses with probability about `k d / L`. A group that hangs together as a tree is no coincidence: any
/// group is looked at only because it hangs together. Every further use is one, worth `log2(L / (k d))`
/// bits. The tree is the maximum spanning tree, so that the most improbable uses are the ones that are
/// forgiven: the sum is a lower bound. The use of a building follows from that of a unit in it and
/// counts for nothing. Cost: O(links of the members, sorted).
pub(super) fn surprise(graph: &EvidenceGraph<'_>, sharing: &Sharing, anatomy: &Anatomy) -> Bits {
    let mut uses = entity_uses(graph, sharing, anatomy);
    uses.extend(tie_uses(graph, sharing, anatomy));
    uses.sort_unstable_by_key(|&(weight, a, b)| (Reverse(weight), a, b));
    let n_nodes = anatomy.size() + anatomy.evidence.len();
    let mut pieces: UnionFind<u32> = UnionFind::new(n_nodes);
    uses.into_iter()
        .filter(|&(_, a, b)| !pieces.union(a, b))
        .map(|(weight, _, _)| weight)
        .sum()
}

/// An edge between members and shared entities (numbered behind the members), with its bits.
type Use = (Bits, u32, u32);

fn entity_uses(graph: &EvidenceGraph<'_>, sharing: &Sharing, anatomy: &Anatomy) -> Vec<Use> {
    let mut shared: Vec<(EntityIdx, u32)> = anatomy
        .evidence
        .iter()
        .zip(narrow_u32(anatomy.size())..)
        .map(|(evidence, node)| (evidence.entity, node))
        .collect();
    shared.sort_unstable();
    let node_of = |entity: EntityIdx| {
        let found = shared.binary_search_by_key(&entity, |(known, _)| *known);
        found.ok().map(|at| shared[at].1)
    };
    let entities = &graph.links.entities;
    let mut uses = Vec::new();
    let mut own = Vec::new();
    let mut implied: Vec<EntityIdx> = Vec::new();
    let mut n_of_kind = vec![0_u32; sharing.links_of_kind.len()];
    for (member, &merchant) in (0_u32..).zip(&anatomy.merchants) {
        own.clear();
        n_of_kind.fill(0);
        for &entity in graph.bipartite.entities_of_merchant(merchant) {
            n_of_kind[entities.entity_type[entity.index()].index()] += 1;
            own.extend(node_of(entity).map(|node| (entity, node)));
        }
        implied.clear();
        implied.extend(
            own.iter()
                .filter_map(|(unit, _)| entities.building[unit.index()]),
        );
        implied.sort_unstable();
        let is_implied = |building: EntityIdx| implied.binary_search(&building).is_ok();
        for &(entity, node) in own.iter().filter(|(entity, _)| !is_implied(*entity)) {
            let kind = entities.entity_type[entity.index()].index();
            let merchants = anatomy.evidence[node as usize - anatomy.size()].merchants;
            let ends = f64::from(n_of_kind[kind]) * f64::from(merchants);
            uses.push((
                improbability(sharing.links_of_kind[kind], ends),
                member,
                node,
            ));
        }
    }
    uses
}

fn tie_uses(graph: &EvidenceGraph<'_>, sharing: &Sharing, anatomy: &Anatomy) -> Vec<Use> {
    let mut uses = Vec::new();
    if anatomy.relations == 0 {
        return uses;
    }
    for (member, &merchant) in (0_u32..).zip(&anatomy.merchants) {
        for (other, _) in graph.bipartite.relations_of_merchant(merchant) {
            let Ok(at) = anatomy.merchants.binary_search(&other) else {
                continue;
            };
            if merchant < other {
                let n_ties = |merchant| real(graph.bipartite.n_relations(merchant));
                let ends = n_ties(merchant) * n_ties(other);
                let bits = improbability(2.0 * sharing.relations, ends);
                uses.push((bits, member, narrow_u32(at)));
            }
        }
    }
    uses
}

fn improbability(all: f64, ends: f64) -> Bits {
    Bits::from_f64((all / ends.max(1.0)).log2().max(0.0))
}

fn real(count: usize) -> f64 {
    f64::from(narrow_u32(count))
}
