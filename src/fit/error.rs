//! Why weights were not fitted.

use std::path::PathBuf;

use crate::evaluate::TableError;
use crate::learn::MIN_CASES;
use crate::run::RunError;

/// Why weights were not fitted.
#[derive(Debug, thiserror::Error)]
pub enum FitError {
    /// The run can't be read.
    #[error(transparent)]
    Run(#[from] RunError),
    /// The labels can't be read.
    #[error("cannot read {}; check the path and that it is a CSV file", path.display())]
    Read {
        /// Which file.
        path: PathBuf,
        /// Why.
        #[source]
        source: csv::Error,
    },
    /// The labels are not the table they should be.
    #[error(transparent)]
    Table(#[from] TableError),
    /// The run was made with other weights than those to be fitted.
    #[error(
        "the run was made with another strategy; name the one it was made with, with --strategy"
    )]
    OtherStrategy,
    /// Weights that a run brought near zero leave no trace of how far their reasons applied.
    #[error(
        "the run learned weights from its labels, so its points don't tell how far every reason applied; make one with `learn_from_labels = false` under `[score]`, and fit that"
    )]
    LearnedWeights,
    /// Nothing can be said from so few.
    #[error(
        "too few labelled clusters: {fraud} fraudulent and {legit} honest, of each at least {MIN_CASES} are needed; label more clusters and fit again"
    )]
    TooFewLabels {
        /// Labelled clusters that are mostly fraudulent.
        fraud: usize,
        /// Labelled clusters that are not.
        legit: usize,
    },
    /// The strategy file has no place for a weight.
    #[error("the strategy file can't take the fitted weights; is `score.points` a table in it?")]
    StrategyText,
}
