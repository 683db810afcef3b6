//! How much fraud there can plausibly be: the prior gives way where evidence is cheap on a market.

use super::ring::Ring;
use super::{best_first, logistic};
use crate::graph::EvidenceGraph;
use crate::ingest::Label;

/// The reason that holds what the prior gave way by.
pub(super) const CROWDED_MARKET: &str = "crowded_market";

/// Of the merchants people have found to be fraud, at least as many again go unseen.
const FRAUDS_PER_LABEL: f64 = 2.0;
/// The largest step down, in hundredths of log-odds; beyond it nothing is left to shift.
const MOST_HUNDREDTHS: i32 = 4000;

/// What a market can plausibly hold, and what it was taken to hold before the prior gave way.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Anchor {
    /// Log-odds that every ring lost, in hundredths.
    pub hundredths: i32,
    /// Fraudulent merchants that the scores summed up to before.
    pub expected: f64,
    /// Fraudulent merchants that are plausible.
    pub plausible: f64,
}

/// Scores that add up to so many times the fraud that is plausible are wrong about more than its amount.
const MOST_CROWDED: f64 = 2.0;

impl Anchor {
    /// Whether the scores were so far off that the prior alone can't be what is wrong.
    pub(super) fn is_implausible(&self) -> bool {
        self.expected > MOST_CROWDED * self.plausible
    }
}

/// Shifts every ring's log-odds down, all by the same, until the merchants that the scores take for
/// fraudulent are no more than is plausible; `None` where they are no more to begin with.
///
/// The ranking stays as it was, so a market that truly holds more loses decisions and no findings.
pub(super) fn anchor(rings: &mut Vec<Ring>, graph: &EvidenceGraph<'_>) -> Option<Anchor> {
    let plausible = plausible(graph);
    let odds: Vec<(f64, f64)> = rings.iter().map(weighed).collect();
    let before = expected(&odds, 0);
    if before <= plausible {
        return None;
    }
    // The smallest step that suffices; what is expected only falls with it.
    let (mut too_little, mut enough) = (0, MOST_HUNDREDTHS);
    while enough - too_little > 1 {
        let middle = i32::midpoint(too_little, enough);
        if expected(&odds, middle) <= plausible {
            enough = middle;
        } else {
            too_little = middle;
        }
    }
    for ring in rings.iter_mut() {
        lower(ring, enough, before, plausible);
    }
    best_first(rings);
    Some(Anchor {
        hundredths: enough,
        expected: before,
        plausible,
    })
}

/// A share of all merchants, but never fewer than a handful of rings, nor than labels bear witness to.
#[expect(
    clippy::cast_precision_loss,
    reason = "merchant counts are far below 2^53"
)]
pub(super) fn plausible(graph: &EvidenceGraph<'_>) -> f64 {
    let score = &graph.strategy().score;
    let labels = &graph.links.merchants.label;
    let found = labels.iter().filter(|label| **label == Some(Label::Fraud));
    (labels.len() as f64 * score.max_fraud_share)
        .max(score.min_fraud_merchants as f64)
        .max(FRAUDS_PER_LABEL * found.count() as f64)
}

/// A ring's log-odds, and how many merchants they are about.
fn weighed(ring: &Ring) -> (f64, f64) {
    let members = ring.members.iter().map(|member| member.membership);
    (ring.log_odds(), members.sum())
}

fn expected(odds: &[(f64, f64)], hundredths: i32) -> f64 {
    let shift = f64::from(hundredths) / 100.0;
    let merchants = odds
        .iter()
        .map(|(odds, merchants)| logistic(odds - shift) * merchants);
    merchants.sum()
}

fn lower(ring: &mut Ring, hundredths: i32, expected: f64, plausible: f64) {
    ring.add(
        CROWDED_MARKET,
        -hundredths,
        -hundredths,
        format_args!(
            "all clusters lose as much: their scores would add up to {expected:.0} fraudulent merchants, {plausible:.0} are plausible here"
        ),
    );
}

#[cfg(test)]
mod tests {
    use super::super::drawn::draw;
    use super::*;
    use crate::detect::detect;
    use crate::graph::{project, weigh};
    use crate::model::Timestamp;
    use crate::score::{Refutations, WeightsFrom, score_refuted};
    use crate::strategy::{DEVICE, PAYOUT, Strategy};

    fn scored(strategy: &Strategy, labelled: u32) -> (Vec<Ring>, Option<Anchor>) {
        scored_with(strategy, WeightsFrom::Strategy, labelled)
    }

    /// Ten groups of five that share a device and an account, among forty merchants that share nothing.
    fn scored_with(
        strategy: &Strategy,
        weights: WeightsFrom,
        labelled: u32,
    ) -> (Vec<Ring>, Option<Anchor>) {
        let groups = (0..10).map(|at| (5 * at..5 * at + 5).collect::<Vec<u32>>());
        let devices = groups.clone().map(|group| (DEVICE, None, group));
        let accounts = groups.map(|group| (PAYOUT, None, group));
        let mut links = draw(90, &devices.chain(accounts).collect::<Vec<_>>());
        for label in &mut links.merchants.label[..labelled as usize] {
            *label = Some(Label::Fraud);
        }
        let graph = weigh(&links, strategy);
        let network = project(&graph);
        let found = detect(&network, &strategy.detect, None);
        let as_of = Timestamp::from_seconds(0);
        let none = Refutations::default();
        let (rings, doubts) = score_refuted(&graph, &network, &found, as_of, weights, &none);
        (rings, doubts.anchor)
    }

    fn strategy(prior: f64, max_fraud_share: f64) -> Strategy {
        let mut strategy = Strategy::default();
        strategy.score.prior = prior;
        strategy.score.max_fraud_share = max_fraud_share;
        strategy.score.min_fraud_merchants = 1;
        strategy
    }

    fn total(rings: &[Ring]) -> f64 {
        expected(&rings.iter().map(weighed).collect::<Vec<_>>(), 0)
    }

    #[test]
    fn a_market_full_of_rings_is_not_believed() {
        let (free, none) = scored(&strategy(2.0, 1.0), 0);
        assert_eq!(none, None);
        assert!(total(&free) > 30.0);
        let (held, anchor) = scored(&strategy(2.0, 0.1), 0);
        let anchor = anchor.expect("more than nine of ninety");
        assert!((anchor.expected - total(&free)).abs() < 1e-9);
        assert!(total(&held) <= 9.0);
        // One hundredth less would not have been enough.
        let odds: Vec<_> = free.iter().map(weighed).collect();
        assert!(expected(&odds, anchor.hundredths - 1) > 9.0);
        for (before, after) in free.iter().zip(&held) {
            let point = after.points.iter().find(|p| p.code == CROWDED_MARKET);
            assert_eq!(point.map(|p| -p.hundredths), Some(anchor.hundredths));
            assert_eq!(before.members.len(), after.members.len());
            assert!((logistic(after.log_odds()) - after.score).abs() < 1e-12);
        }
    }

    #[test]
    fn nobody_is_enforced_where_the_weights_are_far_off_unless_labels_taught_them() {
        let mut crowded = strategy(2.0, 0.1);
        (crowded.action.review, crowded.action.enforce) = (0.01, 0.02);
        let held = |strategy: &Strategy, weights| {
            let (rings, anchor) = scored_with(strategy, weights, 0);
            let is_held = |ring: &Ring| ring.held_by.contains(&CROWDED_MARKET);
            let held = rings.iter().filter(|ring| is_held(ring)).count();
            (held, anchor.map(|anchor| anchor.is_implausible()))
        };
        assert_eq!(held(&crowded, WeightsFrom::Strategy), (10, Some(true)));
        assert_eq!(held(&crowded, WeightsFrom::Labels), (0, Some(true)));
        // A little more than is plausible is a matter of the prior.
        crowded.score.max_fraud_share = 0.4;
        assert_eq!(held(&crowded, WeightsFrom::Strategy), (0, Some(false)));
    }

    #[test]
    fn a_market_with_few_rings_is_left_alone() {
        let (rings, anchor) = scored(&strategy(-6.0, 0.1), 0);
        assert_eq!(anchor, None);
        assert!(rings.iter().all(|ring| {
            let codes = ring.points.iter().map(|point| point.code);
            codes.into_iter().all(|code| code != CROWDED_MARKET)
        }));
    }

    #[test]
    fn labels_say_more_about_a_market_than_a_setting() {
        let (_, anchor) = scored(&strategy(2.0, 0.01), 10);
        assert_eq!(anchor.map(|anchor| anchor.plausible), Some(20.0));
    }
}
