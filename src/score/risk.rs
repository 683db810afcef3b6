//! Risk signals: how far does a merchant's stand out, and how much do several say together?

use rayon::prelude::*;

use super::reasons::deviation;
use crate::ingest::Signal;
use crate::model::MerchantIdx;

/// How many deviations a ring's merchants are taken to lie above others: a signal with which a fraud
/// ranks above an honest merchant in six of ten pairs.
pub(super) const RISK_SHIFT: f64 = 0.36;

/// The risk signals of all merchants, and how alike they are.
#[derive(Debug, Default)]
pub(super) struct RiskSignals {
    /// For each signal, the merchants' percentile ranks (0..=1, NaN where there is no value).
    percentiles: Vec<Vec<f64>>,
    /// How alike the signals of one merchant are, and of two merchants of one community: correlations, 0..=1.
    within_merchant: f64,
    within_community: f64,
}

impl RiskSignals {
    /// Ranks all signals, and looks how alike they are inside communities; `rings` is the share of the
    /// communities' merchants that may be fraud, 0..=1: rings alone make the members of a community alike.
    /// Communities are nodes, each one of `merchants`.
    pub(super) fn new(
        signals: &[Signal],
        merchants: &[MerchantIdx],
        communities: &[(usize, Vec<u32>)],
        rings: f64,
    ) -> Self {
        let ranks = signals.iter().map(|signal| percentiles(&signal.values));
        let risk = Self {
            percentiles: ranks.collect(),
            ..Self::default()
        };
        let all = (0..risk.percentiles.first().map_or(0, Vec::len)).into_par_iter();
        let own = all.map(|merchant| risk.sum_of(merchant).within());
        let shared = communities.par_iter().map(|(_, nodes)| {
            let members = nodes.iter().map(|&node| merchants[node as usize]);
            Alike::between(members.map(|merchant| risk.sum_of(merchant.index())))
        });
        let expected = rings * (1.0 - rings) * RISK_SHIFT.powi(2);
        let (within_merchant, within_community) =
            (correlation(own, 0.0), correlation(shared, expected));
        Self {
            within_merchant,
            within_community,
            ..risk
        }
    }

    /// A merchant's percentile ranks, one a signal it has.
    pub(super) fn of(&self, merchant: usize) -> impl Iterator<Item = f64> + '_ {
        let ranks = self.percentiles.iter().map(move |signal| signal[merchant]);
        ranks.filter(|rank| !rank.is_nan())
    }

    /// How many independent signals those of these merchants are worth together; each merchant is given by
    /// the number of its signals. With *n* signals of correlation *r* that is *n / (1 + (n - 1) r)*: *n* by
    /// the design effect (Kish, Survey Sampling, 1965, section 5.4), here with two correlations.
    pub(super) fn worth(&self, signals: impl Iterator<Item = usize>) -> f64 {
        let (mut all, mut own_pairs) = (0.0, 0.0);
        for signals in signals.map(real) {
            all += signals;
            own_pairs += signals * (signals - 1.0);
        }
        let shared_pairs = all * (all - 1.0) - own_pairs;
        let alike = self.within_merchant * own_pairs + self.within_community * shared_pairs;
        if all > 0.0 {
            all / (1.0 + alike / all)
        } else {
            0.0
        }
    }

    fn sum_of(&self, merchant: usize) -> Sum {
        let mut sum = Sum::default();
        for deviation in self.of(merchant).map(deviation) {
            sum.signals += 1.0;
            sum.deviations += deviation;
            sum.squares += deviation * deviation;
        }
        sum
    }
}

/// The signals of one merchant, added up.
#[derive(Clone, Copy, Debug, Default)]
struct Sum {
    signals: f64,
    deviations: f64,
    squares: f64,
}

impl Sum {
    /// The pairs of signals of one merchant.
    fn within(self) -> Alike {
        let pairs = self.signals * (self.signals - 1.0) / 2.0;
        Alike {
            products: (self.deviations.powi(2) - self.squares) / 2.0,
            pairs,
            noise: pairs,
        }
    }
}

/// Products of the deviations of pairs of signals.
#[derive(Clone, Copy, Debug, Default)]
struct Alike {
    /// Their weighed sum, and the sum of the weights.
    products: f64,
    pairs: f64,
    /// The sum of the squared weights: the variance of `products` where signals are independent.
    noise: f64,
}

impl Alike {
    /// The pairs of signals of different merchants in a community, weighed so that it counts by its members.
    fn between(members: impl Iterator<Item = Sum>) -> Self {
        let (mut deviations, mut own_squares) = (0.0, 0.0);
        let (mut signals, mut own_pairs, mut having) = (0.0, 0.0, 0.0);
        for member in members.filter(|member| member.signals > 0.0) {
            having += 1.0;
            deviations += member.deviations;
            own_squares += member.deviations.powi(2);
            signals += member.signals;
            own_pairs += member.signals.powi(2);
        }
        if having < 2.0 {
            return Self::default();
        }
        let (weight, pairs) = (1.0 / (having - 1.0), (signals.powi(2) - own_pairs) / 2.0);
        Self {
            products: weight * (deviations.powi(2) - own_squares) / 2.0,
            pairs: weight * pairs,
            noise: weight.powi(2) * pairs,
        }
    }
}

/// The correlation beyond what is expected anyhow, as far as two standard errors leave no doubt, 0..=1: those
/// of independent signals, or those by which merchants or communities differ where these are larger.
/// Deviations of ranks have a mean of 0 and a variance of about 1.
fn correlation(parts: impl IndexedParallelIterator<Item = Alike>, expected: f64) -> f64 {
    // Collected first: sums are taken in order, so that no thread decides on their last digits.
    let parts: Vec<Alike> = parts.collect();
    let pairs: f64 = parts.iter().map(|part| part.pairs).sum();
    if pairs <= 0.0 {
        return 0.0;
    }
    let seen = parts.iter().map(|part| part.products).sum::<f64>() / pairs;
    let noise: f64 = parts.iter().map(|part| part.noise).sum();
    let apart = parts
        .iter()
        .map(|part| (part.products - seen * part.pairs).powi(2));
    let standard_error = noise.max(apart.sum()).sqrt() / pairs;
    (seen - expected - 2.0 * standard_error).clamp(0.0, 1.0)
}

/// Mid-rank percentiles: ties share one rank, so that a signal that is zero for most says little.
fn percentiles(values: &[f64]) -> Vec<f64> {
    let mut sorted: Vec<f64> = values
        .iter()
        .copied()
        .filter(|value| !value.is_nan())
        .collect();
    sorted.par_sort_unstable_by(f64::total_cmp);
    let n = real(sorted.len().max(1));
    values
        .par_iter()
        .map(|&value| {
            if value.is_nan() {
                return f64::NAN;
            }
            let below = sorted.partition_point(|&other| other < value);
            let through = sorted.partition_point(|&other| other <= value);
            real(below + through) / 2.0 / n
        })
        .collect()
}

#[expect(
    clippy::cast_precision_loss,
    reason = "merchant counts are far below 2^53"
)]
fn real(count: usize) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::{RiskSignals, percentiles};
    use crate::ingest::Signal;
    use crate::model::MerchantIdx;

    /// Two signals of 2000 merchants in communities of four, each a `noise` of its own and what the
    /// community has in common.
    fn market(in_common: f64) -> RiskSignals {
        let noise = |seed: usize| {
            let mixed = (seed as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
            f64::from(u32::try_from((mixed ^ mixed >> 29) >> 33).expect("31 bits fit"))
                / f64::from(1 << 31)
        };
        let signal = |salt: usize| Signal {
            name: format!("signal {salt}"),
            values: (0..2000)
                .map(|at| noise(2 * at + salt) + in_common * noise(9000 + at / 4))
                .collect(),
        };
        let merchants: Vec<MerchantIdx> = (0..2000).map(MerchantIdx).collect();
        let communities: Vec<(usize, Vec<u32>)> = (0..500)
            .map(|at| (0, (4 * at..4 * at + 4).collect()))
            .collect();
        RiskSignals::new(&[signal(0), signal(1)], &merchants, &communities, 0.0)
    }

    #[test]
    fn independent_signals_count_one_by_one_and_alike_ones_for_less() {
        let of_ten = |risk: &RiskSignals| risk.worth([2; 10].into_iter());
        assert!(of_ten(&market(0.0)) > 19.0);
        let alike = of_ten(&market(1.0));
        assert!(alike < 4.0 && alike > 1.0, "{alike}");
        let half = market(1.0).worth([2].into_iter());
        assert!(half < 2.0 && half > 1.0, "{half}");
    }

    #[test]
    fn few_merchants_prove_no_likeness() {
        let values = vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
        let name = "signal".to_owned();
        let merchants: Vec<MerchantIdx> = (0..6).map(MerchantIdx).collect();
        let pair = |at| (0, vec![at, at + 1]);
        let pairs = [pair(0), pair(2), pair(4)];
        let risk = RiskSignals::new(&[Signal { name, values }], &merchants, &pairs, 0.0);
        assert!((risk.worth([1, 1].into_iter()) - 2.0).abs() < 1e-12);
        assert!(risk.worth(std::iter::empty()).abs() < 1e-12);
    }

    #[test]
    fn ties_share_a_rank() {
        let ranks = percentiles(&[1.0, 3.0, 3.0, f64::NAN, 7.0]);
        assert_eq!(&ranks[..3], [0.125, 0.5, 0.5]);
        assert!(ranks[3].is_nan());
        assert!((ranks[4] - 0.875).abs() < 1e-12);
    }
}
