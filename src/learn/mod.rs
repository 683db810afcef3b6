//! What do known verdicts make of the weights? A regression on labelled clusters, and whether to believe it.
//!
//! The weights are the mode of a logistic regression with a normal prior around the strategy's weights and
//! signs that can't turn, so that few labels move them little and none of them can come to mean its
//! opposite. Whether they are better is judged by cross-validation with intervals. The batch run learns so
//! on its way, `ringfence fit` for a strategy file; `docs/algorithms/fit.md` has the method.

mod cases;
mod logistic;
mod validate;

pub use cases::{CaseRow, Cases, ReasonColumn};
pub use logistic::{Weights, fit};
pub use validate::{Comparison, FOLDS, Held, compare, cross_validate, log_loss};

/// Fraudulent and honest clusters that have to be known, of each at least so many.
pub const MIN_CASES: usize = 10;
