//! Groups that people have found honest before: do they come back, and is there anything new?

use rustc_hash::FxHashMap;

use super::anatomy::Anatomy;
use crate::graph::EvidenceGraph;
use crate::ingest::Label;
use crate::model::{Bits, EntityIdx, MerchantIdx, narrow_u32};

/// A group that somebody found honest as a whole, and what was known then.
#[derive(Clone, Debug, PartialEq)]
pub struct Refutation {
    /// The group, ascending.
    pub members: Vec<MerchantIdx>,
    /// Members on the day, those included that are gone or have been found otherwise since.
    pub n_members: u32,
    /// What the members shared, ascending, as far as it is still shared.
    pub known: Vec<EntityIdx>,
    /// Their evidence then.
    pub bits: Bits,
    /// Who found that, and when, in words.
    pub words: String,
}

/// All of them, by member.
#[derive(Debug, Default)]
pub struct Refutations {
    all: Vec<Refutation>,
    of_merchant: FxHashMap<MerchantIdx, Vec<u32>>,
}

/// What an earlier finding means for a community.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Standing {
    /// Who found it honest, and when.
    pub(super) words: String,
    /// Members of the group among those of the community, ascending.
    pub(super) judged: Vec<MerchantIdx>,
    /// Whether the evidence is materially other than what the finding rested on.
    pub(super) is_overtaken: bool,
}

impl Refutations {
    /// Indexes them; the oldest comes first.
    pub fn new(all: Vec<Refutation>) -> Self {
        let mut of_merchant: FxHashMap<MerchantIdx, Vec<u32>> = FxHashMap::default();
        for (at, refutation) in all.iter().enumerate() {
            for &member in &refutation.members {
                of_merchant.entry(member).or_default().push(narrow_u32(at));
            }
        }
        Self { all, of_merchant }
    }

    /// The finding that covers a community: two or more of its members, and at least the strategy's
    /// share of them, are of one group found honest. Of several the one with most of the members, then
    /// the newest. Cost: the members' findings.
    pub(super) fn standing(
        &self,
        graph: &EvidenceGraph<'_>,
        anatomy: &Anatomy,
    ) -> Option<Standing> {
        if self.all.is_empty() {
            return None;
        }
        let mut hits: Vec<u32> = anatomy
            .merchants
            .iter()
            .filter_map(|merchant| self.of_merchant.get(merchant))
            .flatten()
            .copied()
            .collect();
        hits.sort_unstable();
        let most = hits
            .chunk_by(|a, b| a == b)
            .max_by_key(|same| (same.len(), same[0]))?;
        let settings = &graph.strategy().decisions;
        let share = f64::from(narrow_u32(most.len())) / f64::from(narrow_u32(anatomy.size()));
        if most.len() < 2 || share < settings.min_refuted_share {
            return None;
        }
        let refutation = &self.all[most[0] as usize];
        let mut judged = anatomy.merchants.clone();
        judged.retain(|merchant| refutation.members.binary_search(merchant).is_ok());
        let is_overtaken = has_fraud_label(graph, anatomy)
            || is_materially_new(graph, anatomy, refutation, &judged);
        Some(Standing {
            words: refutation.words.clone(),
            judged,
            is_overtaken,
        })
    }
}

fn has_fraud_label(graph: &EvidenceGraph<'_>, anatomy: &Anatomy) -> bool {
    let labels = &graph.links.merchants.label;
    let mut members = anatomy.merchants.iter();
    members.any(|member| labels[member.index()] == Some(Label::Fraud))
}

/// Whether the judged members share so much today that nobody could have seen when they were judged.
///
/// What is new is counted twice, and the smaller counts: the evidence of values that were not shared
/// then, and what all evidence among them has grown by. The first alone would take values that are
/// only spelled in another way for new ones; the second alone, a change of weights for evidence. It is
/// held against the judged members' part of the evidence on the day.
fn is_materially_new(
    graph: &EvidenceGraph<'_>,
    anatomy: &Anatomy,
    refutation: &Refutation,
    judged: &[MerchantIdx],
) -> bool {
    let is_judged = |merchant: &MerchantIdx| judged.binary_search(merchant).is_ok();
    let part = f64::from(narrow_u32(judged.len())) / f64::from(refutation.n_members.max(1));
    let then = refutation.bits.to_f64() * part;
    let unseen: Bits = anatomy
        .shared()
        .filter(|(evidence, _)| refutation.known.binary_search(&evidence.entity).is_err())
        .map(|(evidence, uses)| {
            let ours = uses.iter().filter(|link| is_judged(&link.merchant));
            let uses: Vec<_> = ours.copied().collect();
            super::anatomy::entity_bits(graph, evidence.entity, &uses)
        })
        .sum();
    let now: Bits = anatomy
        .edges
        .iter()
        .filter(|(a, b, _)| {
            [a, b]
                .iter()
                .all(|&&at| is_judged(&anatomy.merchants[at as usize]))
        })
        .map(|(_, _, bits)| *bits)
        .sum();
    let grown = now.to_f64() - then;
    let new = unseen.to_f64().min(grown);
    new > 0.0 && new >= graph.strategy().decisions.new_evidence_share * then
}
