//! What would known verdicts make of the weights? `[score.points]` fitted to a run and its labels.
//!
//! Every labelled cluster of a run is a case: how far each reason applied is its points over the weight
//! that the run used. The weights are the mode of a logistic regression with a normal prior around the
//! weights in use and signs that can't turn, so that few labels move them little and none of them can
//! come to mean its opposite. Whether the fitted weights are better is judged by cross-validation with
//! intervals, and they are handed out only when they are. `docs/algorithms/fit.md` has the method.

mod cases;
mod em;
mod error;
mod labels;
mod logistic;
mod render;
mod strategy_text;
mod validate;

use std::path::Path;

use serde::Serialize;

pub use em::{EvidenceEstimate, KindEstimate, estimate_evidence};
pub use error::FitError;
pub use render::{estimate_table, json, table};
pub use strategy_text::fitted_strategy;

use crate::run::RunReader;
use crate::strategy::Strategy;
use cases::Cases;
use logistic::Weights;

/// Fraudulent and honest clusters that a fit asks for, of each at least so many.
pub const MIN_CASES: usize = 10;

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

/// A figure with the weights in use and with those fitted without the clusters it is measured on.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Comparison {
    /// With the weights in use.
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
/// When a file can't be read, the strategy is not the run's, or there are too few labelled clusters.
pub fn fit(run: &Path, labels: &Path, strategy: &Strategy) -> Result<Fit, FitError> {
    let reader = RunReader::open(run)?;
    let manifest = reader.manifest();
    if manifest.strategy_hash != strategy.hash {
        return Err(FitError::OtherStrategy);
    }
    let labels = labels::read(labels)?;
    let cases = Cases::new(&reader, &labels, strategy)?;
    let (fraud, legit) = (cases.n_fraud(), cases.rows.len() - cases.n_fraud());
    if fraud < MIN_CASES || legit < MIN_CASES {
        return Err(FitError::TooFewLabels { fraud, legit });
    }
    let before = Weights::of(&cases, strategy.score.prior);
    let after = logistic::fit(&cases, &before, |_| true).rounded();
    let validation = validate::cross_validate(&cases, &before);
    let is_better = validation.log_loss.high < 0.0;
    Ok(Fit {
        run_id: manifest.run_id.clone(),
        labels: labels.len(),
        labels_outside: cases.labels_outside,
        fraud_clusters: fraud,
        legit_clusters: legit,
        folds: validate::FOLDS,
        log_loss: validation.log_loss,
        average_precision: validation.average_precision,
        prior: WeightChange {
            code: "prior".to_owned(),
            before: before.prior,
            after: after.prior,
            clusters: cases.rows.len(),
            held: "",
        },
        weights: changes(&cases, &before, &after),
        is_better,
        why: why(&validation.log_loss, is_better),
    })
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
