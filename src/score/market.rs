//! What is usual on this market: the background against which a community stands out.

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use crate::graph::EvidenceGraph;
use crate::model::{TextColumn, Timestamp};

/// Facts about all merchants, computed once a run.
#[derive(Debug)]
pub(super) struct Market {
    /// Registration times of all merchants that have one, ascending, in seconds.
    registered: Vec<i64>,
    /// For each risk signal, the merchants' percentile ranks (0..=1, NaN where there is no value).
    percentiles: Vec<Vec<f64>>,
    /// The chance that two merchants picked at random are in different trades, 0..=1.
    pub(super) mixed_trades: f64,
    /// The day of the run.
    pub(super) as_of: Timestamp,
}

impl Market {
    pub(super) fn new(graph: &EvidenceGraph<'_>, as_of: Timestamp) -> Self {
        let merchants = &graph.links.merchants;
        let mut registered: Vec<i64> = merchants
            .registered_at
            .iter()
            .flatten()
            .map(|time| time.seconds())
            .collect();
        registered.par_sort_unstable();
        let signals = merchants.signals.iter();
        Self {
            registered,
            percentiles: signals.map(|signal| percentiles(&signal.values)).collect(),
            mixed_trades: mixed(&merchants.category),
            as_of,
        }
    }

    /// The share of all merchants that registered in a span of time, ends included; 0..=1.
    #[expect(
        clippy::cast_precision_loss,
        reason = "merchant counts are far below 2^53"
    )]
    pub(super) fn registered_share(&self, from: Timestamp, to: Timestamp) -> f64 {
        let before = self
            .registered
            .partition_point(|&time| time < from.seconds());
        let through = self
            .registered
            .partition_point(|&time| time <= to.seconds());
        (through - before) as f64 / self.registered.len().max(1) as f64
    }

    /// A merchant's percentile ranks, one a signal it has.
    pub(super) fn risk_of(&self, merchant: usize) -> impl Iterator<Item = f64> + '_ {
        self.percentiles
            .iter()
            .map(move |signal| signal[merchant])
            .filter(|rank| !rank.is_nan())
    }
}

/// The chance that two rows picked at random differ, nulls aside (the Gini-Simpson index).
#[expect(
    clippy::cast_precision_loss,
    reason = "merchant counts are far below 2^53"
)]
fn mixed(column: &TextColumn) -> f64 {
    let mut rows_of: FxHashMap<&str, usize> = FxHashMap::default();
    for value in column.iter().filter(|value| !value.is_empty()) {
        *rows_of.entry(value).or_default() += 1;
    }
    let mut rows_of: Vec<(&str, usize)> = rows_of.into_iter().collect();
    // The sum of shares depends on their order in its last digits.
    rows_of.sort_unstable();
    let all: usize = rows_of.iter().map(|(_, rows)| rows).sum();
    let all = all.max(1) as f64;
    let shares = rows_of.into_iter().map(|(_, rows)| rows as f64 / all);
    1.0 - shares.map(|share| share * share).sum::<f64>()
}

/// Mid-rank percentiles: ties share one rank, so that a signal that is zero for most says little.
#[expect(
    clippy::cast_precision_loss,
    reason = "merchant counts are far below 2^53"
)]
fn percentiles(values: &[f64]) -> Vec<f64> {
    let mut sorted: Vec<f64> = values
        .iter()
        .copied()
        .filter(|value| !value.is_nan())
        .collect();
    sorted.par_sort_unstable_by(f64::total_cmp);
    let n = sorted.len().max(1) as f64;
    values
        .par_iter()
        .map(|&value| {
            if value.is_nan() {
                return f64::NAN;
            }
            let below = sorted.partition_point(|&other| other < value);
            let through = sorted.partition_point(|&other| other <= value);
            (below + through) as f64 / 2.0 / n
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::percentiles;

    #[test]
    fn ties_share_a_rank() {
        let ranks = percentiles(&[1.0, 3.0, 3.0, f64::NAN, 7.0]);
        assert_eq!(&ranks[..3], [0.125, 0.5, 0.5]);
        assert!(ranks[3].is_nan());
        assert!((ranks[4] - 0.875).abs() < 1e-12);
    }
}
