//! Which other groups does a group share values with? What broke off a ring still shares with the rest of it.

use rayon::prelude::*;

use super::best_first;
use super::reasons::MOST_ON_A_VALUE;
use super::ring::Ring;
use crate::graph::EvidenceGraph;
use crate::model::{EntityIdx, MerchantIdx, narrow_u32};
use crate::strategy::BUILDING;

/// The reason that holds what the company a group keeps says.
pub(super) const NEAR_RINGS: &str = "near_rings";

/// Groups that score less say nothing about who shares with them.
const SUSPICIOUS: f64 = 0.1;
/// No ring.
const NOWHERE: u32 = u32::MAX;

/// Gives every ring points for sharing values with suspicious rings: for each member the score of the most
/// suspicious other ring that it shares a value of at most a dozen merchants with, as a mean over the members.
///
/// Scores are those before, so the order of rings does not matter and nothing is passed on twice: guilt by
/// association goes one step. Cost: O(links of ringed merchants * a dozen), in parallel.
pub(super) fn look_around(rings: &mut Vec<Ring>, graph: &EvidenceGraph<'_>) {
    let weight = graph.strategy().score.points.near_rings;
    if weight == 0.0 {
        return;
    }
    let mut ring_of = vec![NOWHERE; graph.links.merchants.len()];
    let mut scores = Vec::with_capacity(rings.len());
    for (ring, at) in rings.iter().zip(0..) {
        scores.push(ring.score);
        for member in &ring.members {
            ring_of[member.merchant.index()] = at;
        }
    }
    let around = Around {
        graph,
        ring_of: &ring_of,
        scores: &scores,
    };
    rings.par_iter_mut().enumerate().for_each(|(at, ring)| {
        around.vouch(ring, narrow_u32(at), weight);
    });
    best_first(rings);
}

/// What there is around a ring.
struct Around<'a> {
    graph: &'a EvidenceGraph<'a>,
    /// By merchant, [`NOWHERE`] for who is in none.
    ring_of: &'a [u32],
    scores: &'a [f64],
}

impl Around<'_> {
    /// Gives a ring its points, if they are worth a hundredth, and what would be left of it its own.
    fn vouch(&self, ring: &mut Ring, at: u32, weight: f64) {
        let members = ring.members.len();
        let found = self.look(ring.members.iter().map(|member| member.merchant), at, &[]);
        let hundredths = hundredths(weight, &found, members);
        let refuted = ring.dissolution.iter().flat_map(|by| &by.entities);
        let refuted: Vec<EntityIdx> = refuted.copied().collect();
        let left = ring.remnant().map_or(0, |remnant| {
            let found = self.look(remnant.members.iter().copied(), at, &refuted);
            self::hundredths(weight, &found, remnant.members.len())
        });
        if hundredths != 0 {
            ring.add(
                NEAR_RINGS,
                hundredths,
                left,
                format_args!(
                    "{} of {members} members share a value with merchants of other clusters that are suspicious by themselves",
                    found.len()
                ),
            );
        }
    }

    /// For each member that shares a value with a suspicious ring the highest score of such a ring; values that
    /// are refuted aside.
    fn look(
        &self,
        members: impl Iterator<Item = MerchantIdx>,
        at: u32,
        refuted: &[EntityIdx],
    ) -> Vec<f64> {
        let highest = members.map(|member| self.most_suspicious(member, at, refuted));
        highest.flatten().collect()
    }

    /// The highest score of the suspicious rings, this one aside, that the merchant shares a value with.
    fn most_suspicious(
        &self,
        merchant: MerchantIdx,
        ring: u32,
        refuted: &[EntityIdx],
    ) -> Option<f64> {
        let bipartite = &self.graph.bipartite;
        let kinds = &self.graph.links.entities.entity_type;
        let entities = bipartite.entities_of_merchant(merchant).iter();
        let shared = entities.filter(|entity| {
            let at = entity.index();
            // What the allowlist or the strategy takes for no evidence is none here either.
            kinds[at] != BUILDING
                && self.graph.pair_bits[at] > 0.0
                && bipartite.degree(**entity) <= MOST_ON_A_VALUE
                && !refuted.contains(entity)
        });
        let others = shared.flat_map(|&entity| bipartite.links_of_entity(entity));
        let rings = others.map(|link| self.ring_of[link.merchant.index()]);
        rings
            .filter(|&other| other != NOWHERE && other != ring)
            .map(|other| self.scores[other as usize])
            .filter(|score| *score >= SUSPICIOUS)
            .reduce(f64::max)
    }
}

/// The mean over all members of what was found, times the weight.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "weights are at most 20, members far fewer than 2^53"
)]
fn hundredths(weight: f64, found: &[f64], members: usize) -> i32 {
    let applies = found.iter().sum::<f64>() / members as f64;
    (weight * applies * 100.0).round() as i32
}

#[cfg(test)]
mod tests {
    use super::super::drawn::draw;
    use super::super::{Refutations, Severity, WeightsFrom, score_refuted};
    use super::*;
    use crate::detect::detect;
    use crate::graph::{project, weigh};
    use crate::ingest::Label;
    use crate::model::Timestamp;
    use crate::resolve::Links;
    use crate::strategy::{DEVICE, PAYOUT, Strategy};

    /// Twelve groups of four, each with a device and two accounts; 0 and 1 share another device, and so do 2 and
    /// 3, by one merchant each. Group 0 has been found to be fraud.
    fn rings(prior: f64, weight: f64) -> Vec<Ring> {
        rings_where(prior, weight, |_| {})
    }

    fn rings_where(prior: f64, weight: f64, change: impl Fn(&mut Links)) -> Vec<Ring> {
        let groups = (0..12).map(|at| (4 * at..4 * at + 4).collect::<Vec<u32>>());
        let mut values: Vec<_> = groups.clone().map(|group| (DEVICE, None, group)).collect();
        values.push((DEVICE, None, vec![3, 4]));
        values.push((DEVICE, None, vec![11, 12]));
        for group in groups {
            values.push((PAYOUT, None, group.clone()));
            values.push((PAYOUT, None, group));
        }
        let mut links = draw(300, &values);
        links.merchants.label[..4].fill(Some(Label::Fraud));
        change(&mut links);
        let mut strategy = Strategy::default();
        strategy.score.prior = prior;
        strategy.score.points.near_rings = weight;
        let graph = weigh(&links, &strategy);
        let network = project(&graph);
        let found = detect(&network, &strategy.detect, None);
        let (as_of, none) = (Timestamp::from_seconds(0), Refutations::default());
        let (mut rings, _) = score_refuted(
            &graph,
            &network,
            &found,
            as_of,
            WeightsFrom::Strategy,
            &none,
        );
        rings.sort_by_key(|ring| ring.members.iter().map(|member| member.merchant).min());
        rings
    }

    /// Each group's score, and its points for the company it keeps.
    fn scored(weight: f64) -> Vec<(f64, Option<i32>)> {
        let rings = rings(-5.0, weight);
        let told = rings.iter().map(|ring| {
            let point = ring.points.iter().find(|point| point.code == NEAR_RINGS);
            (ring.score, point.map(|point| point.hundredths))
        });
        told.collect()
    }

    #[test]
    fn who_shares_with_a_ring_is_suspicious_and_who_shares_with_others_is_not() {
        let (without, with) = (scored(0.0), scored(4.0));
        assert_eq!(with.len(), 12);
        let score = with[0].0;
        assert!(score > SUSPICIOUS, "{with:?}");
        // One of four members.
        let hundredths = with[1].1.expect("a point");
        assert!((f64::from(hundredths) - 100.0 * score).abs() < 1.0);
        assert!(with[1].0 > without[1].0);
        for group in [0, 2, 3, 4] {
            assert_eq!(with[group].1, None, "{with:?}");
            assert!((with[group].0 - without[group].0).abs() < 1e-12);
        }
    }

    #[test]
    fn nobody_is_enforced_for_the_company_they_keep_alone() {
        let (without, with) = (rings(4.0, 0.0), rings(4.0, 4.0));
        assert_eq!(without[1].action, Severity::Review);
        assert!(with[1].score >= Strategy::default().action.enforce);
        assert_eq!(with[1].action, Severity::Review);
        assert_eq!(with[1].held_by, ["by_association"]);
        assert_eq!(with[0].action, Severity::Enforce);
    }

    #[test]
    fn what_the_allowlist_names_incriminates_nobody() {
        // The twelve groups' devices come first, then the one that 0 and 1 share.
        let vouched = rings_where(-5.0, 4.0, |links| links.entities.allowed[12] = true);
        assert!(vouched[0].score > SUSPICIOUS);
        let codes = vouched[1].points.iter().map(|point| point.code);
        assert!(codes.into_iter().all(|code| code != NEAR_RINGS));
    }
}
