//! Is a fit better on clusters that it has not seen?

use rayon::prelude::*;
use serde::Serialize;

use super::cases::Cases;
use super::logistic::{Weights, fit, probability};
use crate::model::{SplitMix, mix};

/// Parts of the cross-validation.
pub const FOLDS: usize = 10;
/// Resamples for the intervals.
const REPLICATES: u64 = 1000;
/// How many of all verdicts are taken to be wrong: so sure a forecast can be at most. Without it a few wrong verdicts
/// on sure clusters outweigh all others, and whatever is less sure of everything looks better.
const WRONG_VERDICTS: f64 = 0.01;

/// A figure with the strategy's weights and with those fitted without the clusters it is measured on.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Comparison {
    /// With the strategy's weights.
    pub before: f64,
    /// With fitted weights.
    pub after: f64,
    /// After minus before.
    pub difference: f64,
    /// Lower end of the difference's 95 % bootstrap interval.
    pub low: f64,
    /// Its upper end.
    pub high: f64,
}

/// A held-out cluster.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Held {
    /// Its verdict.
    pub is_fraud: bool,
    /// How much that counts.
    pub trust: f64,
    /// Forecasts with the strategy's weights, and with those fitted to the other folds.
    pub forecast: [f64; 2],
}

/// Fits to nine tenths and forecasts the rest, ten times; every tenth has its share of both verdicts.
pub fn cross_validate(cases: &Cases, before: &Weights) -> Vec<Held> {
    let folds = folds(cases);
    let of_fold = |fold: usize| {
        let after = fit(cases, before, |at| folds[at] != fold).rounded();
        let rows = cases.rows.iter().zip(&folds);
        let rows = rows.filter(|(_, of)| **of == fold).map(|(row, _)| Held {
            is_fraud: row.is_fraud,
            trust: row.trust,
            forecast: [before, &after].map(|weights| probability(weights.log_odds(row))),
        });
        rows.collect::<Vec<Held>>()
    };
    (0..FOLDS).into_par_iter().flat_map_iter(of_fold).collect()
}

/// The fold of each case: in the order of the run, in turn, frauds and honest ones apart.
fn folds(cases: &Cases) -> Vec<usize> {
    let mut next = [0; 2];
    let fold = |is_fraud: bool| {
        let next = &mut next[usize::from(is_fraud)];
        *next += 1;
        (*next - 1) % FOLDS
    };
    cases
        .rows
        .iter()
        .map(|row| row.is_fraud)
        .map(fold)
        .collect()
}

/// A measure before and after, with the interval of its difference, from a bootstrap over clusters. `measure`
/// is told how often each cluster was drawn, and which forecast to look at.
pub fn compare(held: &[Held], measure: impl Fn(&[(Held, u32)], usize) -> f64 + Sync) -> Comparison {
    let once: Vec<(Held, u32)> = held.iter().map(|case| (*case, 1)).collect();
    let (before, after) = (measure(&once, 0), measure(&once, 1));
    let mut differences: Vec<f64> = (0..REPLICATES)
        .into_par_iter()
        .map(|replicate| {
            let sample = resample(held, replicate);
            measure(&sample, 1) - measure(&sample, 0)
        })
        .collect();
    differences.sort_by(f64::total_cmp);
    let cut = differences.len() / 40;
    Comparison {
        before,
        after,
        difference: after - before,
        low: differences[cut],
        high: differences[differences.len() - 1 - cut],
    }
}

/// As many cases drawn with replacement, as counts.
fn resample(held: &[Held], replicate: u64) -> Vec<(Held, u32)> {
    let mut counts = vec![0_u32; held.len()];
    let mut stream = SplitMix::new(mix(replicate ^ 0x66_69_74));
    let n = held.len() as u64;
    for _ in held {
        let at = ((stream.next() >> 32) * n) >> 32;
        counts[usize::try_from(at).expect("below a length")] += 1;
    }
    held.iter()
        .copied()
        .zip(counts)
        .filter(|(_, count)| *count > 0)
        .collect()
}

/// Mean log loss of the verdicts, of which one in a hundred is taken to be wrong, in nats, weighted by trust; less is
/// better.
pub fn log_loss(cases: &[(Held, u32)], which: usize) -> f64 {
    let (mut loss, mut all) = (0.0, 0.0);
    for (case, count) in cases {
        let right = if case.is_fraud {
            case.forecast[which]
        } else {
            1.0 - case.forecast[which]
        };
        let said = WRONG_VERDICTS + (1.0 - 2.0 * WRONG_VERDICTS) * right;
        let weight = case.trust * f64::from(*count);
        loss -= weight * said.ln();
        all += weight;
    }
    loss / all
}

#[cfg(test)]
mod tests {
    use super::{Held, log_loss};

    #[test]
    fn a_wrong_verdict_does_not_outweigh_the_right_ones() {
        let held = |is_fraud, sure: f64, vague: f64| Held {
            is_fraud,
            trust: 1.0,
            forecast: [sure, vague],
        };
        // Two verdicts of a hundred are wrong, and the vague forecasts gain by nothing else.
        let mut cases = vec![
            (held(true, 0.9999, 0.95), 98),
            (held(false, 0.9999, 0.95), 2),
        ];
        assert!(log_loss(&cases, 0) < log_loss(&cases, 1));
        // A tenth is no accident.
        cases = vec![
            (held(true, 0.9999, 0.95), 90),
            (held(false, 0.9999, 0.95), 10),
        ];
        assert!(log_loss(&cases, 0) > log_loss(&cases, 1));
    }
}
