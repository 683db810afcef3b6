//! What is left of a community without some of what holds it together.

use std::cmp::Reverse;

use super::Anatomy;
use crate::graph::EvidenceGraph;
use crate::model::{Bits, EntityIdx, MerchantIdx, narrow_u32};
use crate::resolve::Link;

/// What turned out to be innocent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::score) struct Refuted {
    /// Shared entities.
    pub(in crate::score) entities: Vec<EntityIdx>,
    /// Direct ties, each from the smaller merchant to the larger.
    pub(in crate::score) ties: Vec<(MerchantIdx, MerchantIdx)>,
}

impl Anatomy {
    /// Some of the members as a community of their own, without what was refuted. `members` are positions,
    /// ascending; `left` has what each edge is worth without it.
    pub(in crate::score) fn piece(
        &self,
        graph: &EvidenceGraph<'_>,
        members: &[u32],
        left: &[Bits],
        refuted: &Refuted,
    ) -> Self {
        let merchants = members.iter().map(|&at| self.merchants[at as usize]);
        let mut piece = Self::unweighed(merchants.collect(), self.group_bits.len());
        for (outside, &at) in piece.outside.iter_mut().zip(members) {
            *outside = self.outside[at as usize];
        }
        piece.take_edges(self, members, left);
        piece.take_shared(self, graph, &refuted.entities);
        piece.weigh_relations(graph, |a, b| !refuted.ties.contains(&(a, b)));
        piece
    }

    fn take_edges(&mut self, whole: &Self, members: &[u32], left: &[Bits]) {
        let place = |at: u32| members.binary_search(&at).ok();
        let edges = whole.edges.iter().zip(left);
        for (&(a, b, _), &bits) in edges.filter(|(_, bits)| **bits > Bits::ZERO) {
            match (place(a), place(b)) {
                (Some(a), Some(b)) => {
                    self.edges.push((narrow_u32(a), narrow_u32(b), bits));
                    self.bits += bits;
                    for at in [a, b] {
                        self.inside[at] += bits;
                        self.strongest[at] = self.strongest[at].max(bits);
                    }
                }
                (Some(at), None) | (None, Some(at)) => self.outside[at] += bits,
                (None, None) => {}
            }
        }
    }

    fn take_shared(&mut self, whole: &Self, graph: &EvidenceGraph<'_>, refuted: &[EntityIdx]) {
        let mut shared = Vec::new();
        let kept = whole.shared();
        for (evidence, uses) in kept.filter(|(evidence, _)| !refuted.contains(&evidence.entity)) {
            let is_here = |link: &&Link| self.merchants.binary_search(&link.merchant).is_ok();
            let uses: Vec<Link> = uses.iter().filter(is_here).copied().collect();
            if uses.len() > 1 {
                shared.push((self.note_shared(graph, evidence.entity, &uses), uses));
            }
        }
        shared.sort_by_key(|(evidence, _)| (Reverse(evidence.bits), evidence.entity));
        for (evidence, uses) in shared {
            self.evidence.push(evidence);
            self.uses.extend(uses);
        }
    }
}
