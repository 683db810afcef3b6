//! How much ties one pair of merchants: all they share, added up without counting one fact twice.

use crate::ingest::Status;
use crate::model::{Bits, Timestamp};
use crate::resolve::Link;
use crate::strategy::Evidence;

/// One thing a pair of merchants shares, with the bits it would count for alone.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Share {
    /// The fact it states; shares of one group are not independent.
    pub group: u8,
    /// The kind of entity within the group.
    pub entity_type: u8,
    /// Bits, positive.
    pub bits: f64,
}

/// The evidence of one pair, from what it shares.
///
/// Within a kind the k-th strongest share counts `same_kind_discount^(k-1)`; within a group the
/// strongest kind counts in full and the others `same_group_discount`; groups add up. A device and
/// the network it is on are one fact, a device and an account are two.
#[derive(Clone, Debug)]
pub struct PairEvidence<'a> {
    evidence: &'a Evidence,
}

impl<'a> PairEvidence<'a> {
    /// With the strategy's discounts.
    pub fn new(evidence: &'a Evidence) -> Self {
        Self { evidence }
    }

    /// Adds up shares; sorts them in place, so that the sum does not depend on their order.
    pub fn total(&self, shares: &mut [Share], same_owner: bool) -> Bits {
        // Most pairs share one thing, which counts in full.
        if let ([share], false) = (&*shares, same_owner) {
            return Bits::from_f64(share.bits);
        }
        shares.sort_unstable_by(|a, b| {
            (a.group, a.entity_type)
                .cmp(&(b.group, b.entity_type))
                .then(b.bits.total_cmp(&a.bits))
        });
        let mut total = 0.0;
        for group in shares.chunk_by(|a, b| a.group == b.group) {
            let (mut strongest, mut sum) = (0.0_f64, 0.0);
            for kind in group.chunk_by(|a, b| a.entity_type == b.entity_type) {
                let bits = self.kind_total(kind);
                strongest = strongest.max(bits);
                sum += bits;
            }
            total += strongest + self.evidence.same_group_discount * (sum - strongest);
        }
        if same_owner {
            total *= self.evidence.declared_owner_factor;
        }
        Bits::from_f64(total)
    }

    fn kind_total(&self, strongest_first: &[Share]) -> f64 {
        let mut discount = 1.0;
        let mut bits = 0.0;
        for share in strongest_first {
            bits += share.bits * discount;
            discount *= self.evidence.same_kind_discount;
        }
        bits
    }

    /// The factor for when two merchants used a value: 1 at the same time (or when nobody knows),
    /// less the longer the gap, more when it passed from a suspended merchant to another soon after.
    /// Symmetric in the two uses.
    pub fn time_factor(&self, a: (&Link, Status), b: (&Link, Status)) -> f64 {
        let Some((earlier, later)) = in_order(a, b) else {
            return 1.0;
        };
        let gap_days = later.gap_days(&earlier);
        if self.hands_over(&earlier, &later) {
            return self.evidence.handover_factor;
        }
        if gap_days <= 0.0 {
            return 1.0;
        }
        (-gap_days / self.evidence.half_life_days)
            .exp2()
            .max(self.evidence.min_time_factor)
    }

    /// Whether the value passed from a suspended merchant to another within `handover_days`. Symmetric in
    /// the two uses.
    pub fn is_handover(&self, a: (&Link, Status), b: (&Link, Status)) -> bool {
        in_order(a, b).is_some_and(|(earlier, later)| self.hands_over(&earlier, &later))
    }

    fn hands_over(&self, earlier: &Usage, later: &Usage) -> bool {
        let gap_days = later.gap_days(earlier);
        // Uses that begin together have no earlier one: nothing was handed over.
        earlier.span.0 < later.span.0
            && earlier.status == Status::Suspended
            && later.status != Status::Suspended
            && gap_days >= 0.0
            && gap_days <= self.evidence.handover_days
    }
}

/// When a merchant of some status used a value.
struct Usage {
    span: (Timestamp, Timestamp),
    status: Status,
}

impl Usage {
    /// Days from the end of another use to the beginning of this one; negative where they overlap.
    fn gap_days(&self, earlier: &Self) -> f64 {
        self.span.0.days_since(earlier.span.1)
    }
}

/// The earlier use and the later one; `None` where nobody knows.
fn in_order(a: (&Link, Status), b: (&Link, Status)) -> Option<(Usage, Usage)> {
    let usage = |(link, status)| {
        let span = span(link)?;
        Some(Usage { span, status })
    };
    let (a, b) = (usage(a)?, usage(b)?);
    Some(if a.span <= b.span { (a, b) } else { (b, a) })
}

/// First and last use; one of them stands for both when the other is unknown.
fn span(link: &Link) -> Option<(Timestamp, Timestamp)> {
    let first = link.first_seen.or(link.last_seen)?;
    Some((first, link.last_seen.unwrap_or(first)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{EntityIdx, MerchantIdx, Money};
    use crate::strategy::{Evidence, Strategy};

    fn evidence() -> Evidence {
        Strategy::default().evidence
    }

    fn share(group: u8, entity_type: u8, bits: f64) -> Share {
        Share {
            group,
            entity_type,
            bits,
        }
    }

    #[test]
    fn independent_kinds_count_more_than_repetition() {
        let evidence = evidence();
        let pair = PairEvidence::new(&evidence);
        let twice_one = pair.total(&mut [share(0, 0, 8.0), share(0, 0, 8.0)], false);
        let one_group = pair.total(&mut [share(0, 0, 8.0), share(0, 1, 8.0)], false);
        let independent = pair.total(&mut [share(0, 0, 8.0), share(1, 1, 8.0)], false);
        assert_eq!(independent, Bits::from_f64(16.0));
        assert_eq!(
            twice_one,
            Bits::from_f64(8.0 * (1.0 + evidence.same_kind_discount))
        );
        assert!(one_group < twice_one && twice_one < independent);
    }

    #[test]
    fn order_of_shares_changes_nothing_and_an_owner_explains_most() {
        let evidence = evidence();
        let pair = PairEvidence::new(&evidence);
        let mut shares = [
            share(1, 3, 0.1),
            share(0, 0, 3.3),
            share(1, 3, 7.7),
            share(0, 1, 0.2),
        ];
        let forward = pair.total(&mut shares, false);
        shares.reverse();
        assert_eq!(pair.total(&mut shares, false), forward);
        assert!(pair.total(&mut shares, true) < forward);
    }

    fn link(first: &str, last: &str) -> Link {
        Link {
            entity: EntityIdx(0),
            merchant: MerchantIdx(0),
            first_seen: Timestamp::parse(first).ok(),
            last_seen: Timestamp::parse(last).ok(),
            events: 1,
            amount: Money::ZERO,
        }
    }

    #[test]
    fn nothing_is_handed_over_at_one_and_the_same_moment() {
        let evidence = evidence();
        let pair = PairEvidence::new(&evidence);
        let moment = link("2024-01-01", "2024-01-01");
        let uses = [(&moment, Status::Suspended), (&moment, Status::Active)];
        let there = pair.time_factor(uses[0], uses[1]);
        let back = pair.time_factor(uses[1], uses[0]);
        assert!((there - 1.0).abs() < 1e-12 && (back - 1.0).abs() < 1e-12);
        let stays = link("2024-01-01", "2024-03-01");
        assert!(!pair.is_handover((&moment, Status::Suspended), (&stays, Status::Active)));
    }

    #[test]
    fn time_tells_second_hand_from_handover() {
        let evidence = evidence();
        let pair = PairEvidence::new(&evidence);
        let early = link("2024-01-01", "2024-02-01");
        let soon = link("2024-02-20", "2024-06-01");
        let late = link("2030-01-01", "2030-06-01");
        let factor = |a, b| pair.time_factor(a, b);
        let active = Status::Active;
        assert!((factor((&early, active), (&early, active)) - 1.0).abs() < 1e-12);
        let decayed = factor((&early, active), (&soon, active));
        assert!(decayed < 1.0 && decayed > 0.8);
        let oldest = factor((&early, active), (&late, active));
        assert!((oldest - evidence.min_time_factor).abs() < 1e-12);
        let handed_over = factor((&early, Status::Suspended), (&soon, active));
        assert!((handed_over - evidence.handover_factor).abs() < 1e-12);
        assert!((handed_over - factor((&soon, active), (&early, Status::Suspended))).abs() < 1e-12);
        let unknown = link("", "");
        assert!((factor((&unknown, active), (&early, active)) - 1.0).abs() < 1e-12);
        let once = link("2024-01-01", "2024-01-01");
        assert!((factor((&once, Status::Suspended), (&once, active)) - 1.0).abs() < 1e-12);
        assert!((factor((&once, active), (&once, Status::Suspended)) - 1.0).abs() < 1e-12);
    }
}
