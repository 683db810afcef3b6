//! How well a member fits in with the others: when it came, and how strongly it is tied.

use crate::graph::EvidenceGraph;
use crate::ingest::Status;
use crate::model::{Bits, MerchantIdx, Timestamp};

/// What is usual among the members of one community.
#[derive(Clone, Debug)]
pub(super) struct Usual {
    /// Median registration, in days since 1970-01-01; `None` when no member has one.
    registered: Option<f64>,
    /// Median evidence to the other members, in bits.
    bits: f64,
    /// Suspended members that left a value to another and those who took it up, ascending.
    handed_over: Vec<MerchantIdx>,
}

impl Usual {
    /// Of members with their evidence to each other, in any order.
    pub(super) fn of(
        members: impl Iterator<Item = (MerchantIdx, Bits)>,
        graph: &EvidenceGraph<'_>,
    ) -> Self {
        let (mut days, mut bits, mut all) = (Vec::new(), Vec::new(), Vec::new());
        for (merchant, evidence) in members {
            bits.push(evidence.to_f64());
            days.extend(registered(merchant, graph));
            all.push(merchant);
        }
        all.sort_unstable();
        Self {
            registered: median(days),
            bits: median(bits).unwrap_or(0.0),
            handed_over: handed_over(&all, graph),
        }
    }

    /// Days between a member's registration and the members' median; zero where either is unknown, and for
    /// a suspended one and its successor: coming later is what a successor is for.
    pub(super) fn apart_days(&self, merchant: MerchantIdx, graph: &EvidenceGraph<'_>) -> f64 {
        if self.handed_over.binary_search(&merchant).is_ok() {
            return 0.0;
        }
        registered(merchant, graph)
            .zip(self.registered)
            .map_or(0.0, |(own, usual)| (own - usual).abs())
    }

    /// A member's evidence against the members' median; one where nobody has any.
    pub(super) fn tie_share(&self, bits: Bits) -> f64 {
        if self.bits > 0.0 {
            bits.to_f64() / self.bits
        } else {
            1.0
        }
    }
}

/// Of members, ascending: those between whom a value passed after a suspension, ascending. Values that are no
/// evidence of their own hand nothing over.
fn handed_over(members: &[MerchantIdx], graph: &EvidenceGraph<'_>) -> Vec<MerchantIdx> {
    let status = &graph.links.merchants.status;
    let mut found = Vec::new();
    for &left in members {
        if status[left.index()] != Status::Suspended {
            continue;
        }
        let values = graph.bipartite.uses_of_merchant(left);
        for (_, at) in values.filter(|(entity, _)| graph.expands(*entity)) {
            let link = &graph.bipartite.links()[at as usize];
            for other in graph.bipartite.links_of_entity(link.entity) {
                if members.binary_search(&other.merchant).is_ok() && graph.is_handover(link, other)
                {
                    found.extend([left, other.merchant]);
                }
            }
        }
    }
    found.sort_unstable();
    found.dedup();
    found
}

fn registered(merchant: MerchantIdx, graph: &EvidenceGraph<'_>) -> Option<f64> {
    let time = graph.links.merchants.registered_at[merchant.index()]?;
    Some(time.days_since(Timestamp::from_seconds(0)))
}

/// The middle value; of an even number the mean of the middle two.
pub(super) fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_unstable_by(f64::total_cmp);
    let upper = *values.get(values.len() / 2)?;
    let lower = values[(values.len() - 1) / 2];
    Some(f64::midpoint(lower, upper))
}

#[cfg(test)]
mod tests {
    use super::{Usual, median};
    use crate::graph::weigh;
    use crate::ingest::Status;
    use crate::model::{Bits, EntityTypeIdx, MerchantIdx, Timestamp};
    use crate::score::drawn::draw;
    use crate::strategy::Strategy;

    #[test]
    fn a_successor_of_a_suspended_member_did_not_come_at_another_time() {
        let day = |text| Timestamp::parse(text).ok();
        // 0 is suspended, and 3 takes its device up; 4 shares it later, when nothing is handed over any more.
        let mut links = draw(5, &[(EntityTypeIdx(0), None, vec![0, 3, 4])]);
        links.merchants.registered_at = vec![
            day("2022-01-01"),
            day("2022-01-01"),
            day("2022-01-01"),
            day("2024-03-01"),
            day("2025-03-01"),
        ];
        links.merchants.status[0] = Status::Suspended;
        let spans = [
            ("2022-01-02", "2024-02-20"),
            ("2024-03-01", "2025-01-01"),
            ("2025-03-01", "2025-04-01"),
        ];
        for (link, (first, last)) in links.links.iter_mut().zip(spans) {
            (link.first_seen, link.last_seen) = (day(first), day(last));
        }
        let strategy = Strategy::default();
        let graph = weigh(&links, &strategy);
        let members = (0..5).map(|merchant| (MerchantIdx(merchant), Bits::from_f64(1.0)));
        let usual = Usual::of(members, &graph);
        let apart = [0, 1, 2, 3, 4].map(|merchant| usual.apart_days(MerchantIdx(merchant), &graph));
        assert_eq!(apart[..4], [0.0; 4]);
        assert!(apart[4] > 1000.0);
    }

    #[test]
    fn the_median_of_an_even_number_lies_between() {
        assert_eq!(median(vec![]), None);
        assert_eq!(median(vec![5.0]), Some(5.0));
        assert_eq!(median(vec![9.0, 1.0, 2.0, 4.0]), Some(3.0));
    }
}
