//! How well a member fits in with the others: when it came, and how strongly it is tied.

use crate::graph::EvidenceGraph;
use crate::model::{Bits, MerchantIdx, Timestamp};

/// What is usual among the members of one community.
#[derive(Clone, Copy, Debug)]
pub(super) struct Usual {
    /// Median registration, in days since 1970-01-01; `None` when no member has one.
    registered: Option<f64>,
    /// Median evidence to the other members, in bits.
    bits: f64,
}

impl Usual {
    /// Of members with their evidence to each other, in any order.
    pub(super) fn of(
        members: impl Iterator<Item = (MerchantIdx, Bits)>,
        graph: &EvidenceGraph<'_>,
    ) -> Self {
        let (mut days, mut bits) = (Vec::new(), Vec::new());
        for (merchant, evidence) in members {
            bits.push(evidence.to_f64());
            days.extend(registered(merchant, graph));
        }
        Self {
            registered: median(days),
            bits: median(bits).unwrap_or(0.0),
        }
    }

    /// Days between a member's registration and the members' median; zero where either is unknown.
    pub(super) fn apart_days(&self, merchant: MerchantIdx, graph: &EvidenceGraph<'_>) -> f64 {
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

fn registered(merchant: MerchantIdx, graph: &EvidenceGraph<'_>) -> Option<f64> {
    let time = graph.links.merchants.registered_at[merchant.index()]?;
    Some(time.days_since(Timestamp::from_seconds(0)))
}

/// The middle value; of an even number the mean of the middle two.
fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_unstable_by(f64::total_cmp);
    let upper = *values.get(values.len() / 2)?;
    let lower = values[(values.len() - 1) / 2];
    Some(f64::midpoint(lower, upper))
}

#[cfg(test)]
mod tests {
    use super::median;

    #[test]
    fn the_median_of_an_even_number_lies_between() {
        assert_eq!(median(vec![]), None);
        assert_eq!(median(vec![5.0]), Some(5.0));
        assert_eq!(median(vec![9.0, 1.0, 2.0, 4.0]), Some(3.0));
    }
}
