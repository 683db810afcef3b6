//! What would known verdicts make of the weights? `[score.points]` fitted to a run and its labels.
//!
//! Every labelled cluster of a run is a case: how far each reason applied is its points over the weight
//! that the run used. [`crate::learn`] has the regression; the fitted weights are handed out only when they
//! forecast clusters they have not seen better. `docs/algorithms/fit.md` has the method.

mod cases;
mod em;
mod error;
mod labels;
mod render;
mod strategy_text;

use std::path::Path;

use serde::Serialize;

pub use em::{EvidenceEstimate, KindEstimate, estimate_evidence};
pub use error::FitError;
pub use render::{estimate_table, json, table};
pub use strategy_text::fitted_strategy;

use crate::evaluate::expected_average_precision;
use crate::learn::{self, Cases, Comparison, FOLDS, Held, Weights, compare, cross_validate};
use crate::run::RunReader;
use crate::strategy::Strategy;

/// A fit and why it is believed, or not.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Fit {
    /// The run.
    pub run_id: String,
    /// Labels read.
    pub labels: usize,
    /// Of them, on merchants that are in no cluster of the run: nothing can be learned from those here.
    pub labels_outside: usize,
    /// Clusters with a label, of which at least half their labelled members are fraudulent.
    pub fraud_clusters: usize,
    /// Clusters with a label, the others.
    pub legit_clusters: usize,
    /// Parts of the cross-validation.
    pub folds: usize,
    /// Mean log loss of held-out clusters, in nats; less is better.
    pub log_loss: Comparison,
    /// Average precision of held-out clusters; more is better.
    pub average_precision: Comparison,
    /// The constant.
    pub prior: WeightChange,
    /// Each weight, those that moved most first.
    pub weights: Vec<WeightChange>,
    /// Whether the fitted weights are better beyond doubt.
    pub is_better: bool,
    /// Why they are believed, or are not, in one sentence.
    pub why: String,
}

/// What became of a weight.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct WeightChange {
    /// The reason's code, or `prior`.
    pub code: String,
    /// In use, in log-odds.
    pub before: f64,
    /// Fitted, to two decimals.
    pub after: f64,
    /// Labelled clusters to which the reason applies.
    pub clusters: usize,
    /// Why it was not fitted; empty when it was.
    pub held: &'static str,
}

/// Fits the weights of `strategy`, which the run was made with, to labels.
///
/// # Errors
/// When a file can't be read, the strategy is not the run's, the run learned weights of its own, or there are too
/// few labelled clusters.
pub fn fit(run: &Path, labels: &Path, strategy: &Strategy) -> Result<Fit, FitError> {
    let reader = RunReader::open(run)?;
    let manifest = reader.manifest();
    if manifest.strategy_hash != strategy.hash {
        return Err(FitError::OtherStrategy);
    }
    if manifest.learned.is_some() {
        return Err(FitError::LearnedWeights);
    }
    let labels = labels::read(labels)?;
    let (cases, labels_outside) = cases::cases(&reader, &labels, strategy)?;
    let (fraud, legit) = cases.count();
    if !cases.suffice() {
        return Err(FitError::TooFewLabels { fraud, legit });
    }
    let before = Weights::of(&cases, strategy.score.prior);
    let after = learn::fit(&cases, &before, |_| true).rounded();
    let held = cross_validate(&cases, &before);
    let log_loss = compare(&held, learn::log_loss);
    let is_better = log_loss.high < 0.0;
    Ok(Fit {
        run_id: manifest.run_id.clone(),
        labels: labels.len(),
        labels_outside,
        fraud_clusters: fraud,
        legit_clusters: legit,
        folds: FOLDS,
        log_loss,
        average_precision: compare(&held, average_precision),
        prior: WeightChange {
            code: "prior".to_owned(),
            before: before.prior,
            after: after.prior,
            clusters: cases.rows.len(),
            held: "",
        },
        weights: changes(&cases, &before, &after),
        is_better,
        why: why(&log_loss, is_better),
    })
}

fn average_precision(cases: &[(Held, u32)], which: usize) -> f64 {
    let repeated = cases.iter().flat_map(|(case, count)| {
        let one = (case.forecast[which], case.is_fraud);
        std::iter::repeat_n(one, *count as usize)
    });
    let mut ranked: Vec<(f64, bool)> = repeated.collect();
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0));
    expected_average_precision(&ranked).unwrap_or(0.0)
}

fn changes(cases: &Cases, before: &Weights, after: &Weights) -> Vec<WeightChange> {
    let mut changes: Vec<WeightChange> = cases
        .reasons
        .iter()
        .enumerate()
        .map(|(at, reason)| WeightChange {
            code: reason.code.clone(),
            before: before.points[at],
            after: after.points[at],
            clusters: cases
                .rows
                .iter()
                .filter(|row| row.applies[at] != 0.0)
                .count(),
            held: reason.held,
        })
        .collect();
    let moved = |change: &WeightChange| (change.after - change.before).abs();
    changes.sort_by(|a, b| {
        moved(b)
            .total_cmp(&moved(a))
            .then_with(|| a.code.cmp(&b.code))
    });
    changes
}

fn why(log_loss: &Comparison, is_better: bool) -> String {
    let interval = format!(
        "95 % interval {:+.4} to {:+.4}",
        log_loss.low, log_loss.high
    );
    let change = format!("{:+.4} nats a cluster", log_loss.difference);
    if is_better {
        format!(
            "on clusters the fit had not seen, the log loss changes by {change} ({interval}): better beyond doubt"
        )
    } else {
        format!(
            "on clusters the fit had not seen, the log loss changes by {change} ({interval}): \
             the labels don't show that the fitted weights are better"
        )
    }
}
