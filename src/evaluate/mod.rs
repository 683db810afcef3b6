//! How good a run is: its clusters held against a truth.
//!
//! A run is read from `clusters.csv` and `members.csv` by column name, a truth from a table with
//! `merchant_id` and `ring_id` (or a weak label, `eliminated`). Merchants are ranked by the cluster's
//! score times the membership; unclustered ones come last. Ties count with the expectation over all
//! orders, so neither luck nor file order moves a figure.
//!
//! Every figure and every share in a table has a 95 % interval from a bootstrap over what stands or falls
//! together: rings, clusters and lone merchants, for harm the honest groups, for a series the rings. Where
//! all samples of a share agree, as they do at 0 and 1, Wilson's binomial interval over the same units takes its
//! place and is named. What is no share (average precision, F1, calibration, the queue) keeps an interval
//! without width there. Counts of what was there, such as merchants of a kind, have none.

mod bootstrap;
mod calibration;
mod case;
mod columns;
mod fates;
mod harm;
mod interval;
mod measures;
mod outcome;
mod page;
mod ranking;
mod render;
mod series;
mod truth;

use std::path::{Path, PathBuf};

use serde::Serialize;

pub use calibration::ReliabilityBin;
pub use columns::TableError;
pub use harm::Harm;
pub use interval::{Interval, Method};
pub use page::{html, series_html};
pub use ranking::expected_average_precision;
pub use render::{json, series_json, series_table, table};
pub use series::{SeriesEvaluation, SeriesEvent, evaluate_series};

pub(crate) use columns::{Columns, FLAGS, flag};
pub(crate) use render::{plain, text};
pub(crate) use truth::open_table;

use bootstrap::{Bootstrap, Measured};
use case::Case;

/// What to hold against what, beside the files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// What a merchant of the run is that the truth does not list.
    pub unlisted: Unlisted,
    /// Bootstrap replicates; 0 gives no intervals.
    pub replicates: u32,
    /// Seeds the bootstrap.
    pub seed: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            unlisted: Unlisted::Honest,
            replicates: 200,
            seed: 1,
        }
    }
}

/// What a merchant is that the truth does not list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Unlisted {
    /// Taken for honest.
    #[default]
    Honest,
    /// Left out of every figure.
    Unknown,
}

/// All figures about one run.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Evaluation {
    /// Merchants with a known truth, clustered or not.
    pub merchants: u32,
    /// Of them, fraudulent.
    pub fraud_merchants: u32,
    /// Clusters with a known member.
    pub clusters: u32,
    /// Merchants that the run has in a cluster.
    pub clustered_merchants: u32,
    /// Of them, listed by the truth.
    pub clustered_in_truth: u32,
    /// True rings.
    pub rings: u32,
    /// The figures, in a fixed order.
    pub figures: Vec<Figure>,
    /// Ring recovery by typology, sorted by name; empty where the truth names none.
    pub typologies: Vec<Typology>,
    /// What honest groups suffer, by kind.
    pub harm: Vec<Harm>,
    /// Reliability of the clustered merchants' probabilities (cluster score times membership), ten bins.
    pub merchant_reliability: Vec<ReliabilityBin>,
    /// Reliability of cluster scores, ten bins.
    pub cluster_reliability: Vec<ReliabilityBin>,
    /// Recall and precision down the ranking, at most 200 points.
    pub curve: Vec<(f64, f64)>,
}

/// One figure with its 95 % interval.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Figure {
    /// A stable name.
    pub name: &'static str,
    /// What it means, in one sentence.
    pub about: &'static str,
    /// The figure; absent where it is not defined (no fraud, no clusters).
    pub value: Option<f64>,
    /// Lower end of the interval.
    pub low: Option<f64>,
    /// Upper end of the interval.
    pub high: Option<f64>,
    /// Where the interval comes from.
    pub method: Option<Method>,
}

impl Figure {
    /// `units` is how many a share rests on, `None` for what is no share.
    fn new(
        name: &'static str,
        about: &'static str,
        measured: Measured,
        units: Option<usize>,
    ) -> Self {
        let interval = match units {
            Some(units) => Interval::of_share(measured, units),
            None => Interval::of(measured),
        };
        Self {
            name,
            about,
            value: measured.0,
            low: interval.map(|ends| ends.low),
            high: interval.map(|ends| ends.high),
            method: interval.map(|ends| ends.method),
        }
    }

    fn interval(&self) -> Option<Interval> {
        Some(Interval {
            low: self.low?,
            high: self.high?,
            method: self.method?,
        })
    }
}

/// How many rings of a typology were found.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Typology {
    /// Its name.
    pub typology: String,
    /// True rings.
    pub rings: u32,
    /// The share a cluster overlaps with by a Jaccard index of at least one half.
    pub recovered: Figure,
}

/// Why a run could not be evaluated.
#[derive(Debug, thiserror::Error)]
pub enum EvaluateError {
    /// A file that can't be read.
    #[error("cannot read {}; check the path and that it is a CSV file", path.display())]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: csv::Error,
    },
    /// The truth is not the table it should be.
    #[error(transparent)]
    Table(#[from] TableError),
    /// A column of the run that is not there.
    #[error("{} has no column `{column}`; {hint}", path.display())]
    Column {
        /// Where.
        path: PathBuf,
        /// Which.
        column: &'static str,
        /// What to do.
        hint: &'static str,
    },
    /// A truth that says nothing.
    #[error("{} lists no merchant; expected a row for each", path.display())]
    Empty {
        /// Which.
        path: PathBuf,
    },
    /// A truth about other merchants.
    #[error("{} lists {listed} merchants, and none of the {clustered} clustered ones of {} is among them; give the truth of the market that the run was made of, with its ids as they stand in the tables", path.display(), run.display())]
    Unmatched {
        /// The truth.
        path: PathBuf,
        /// The run.
        run: PathBuf,
        /// Merchants of the truth.
        listed: usize,
        /// Merchants in clusters of the run.
        clustered: usize,
    },
    /// A row of a truth that can't be true.
    #[error("{} line {line}: {found}; expected one row for each merchant, with its id", path.display())]
    Row {
        /// Where.
        path: PathBuf,
        /// From 1, the header included.
        line: u64,
        /// What is wrong, with the merchant's id.
        found: String,
    },
    /// A field that does not read as what its column holds.
    #[error("{} line {line}: expected {expected} in column `{column}`; was the file edited?", path.display())]
    Field {
        /// Where.
        path: PathBuf,
        /// From 1, the header included.
        line: u64,
        /// Which column.
        column: &'static str,
        /// What was expected.
        expected: &'static str,
    },
}

/// Holds a run directory against a truth table.
///
/// # Errors
/// [`EvaluateError`] when a file is missing, lacks a column, or holds a field that does not read, and when the
/// truth is about other merchants.
pub fn evaluate(run: &Path, truth: &Path, options: &Options) -> Result<Evaluation, EvaluateError> {
    let (outcome, truth) = read(run, truth)?;
    let listed = |member: &&outcome::Member| truth.contains_key(&member.merchant);
    let clustered_in_truth = outcome.members.iter().filter(listed).count();
    let case = Case::new(&outcome, &truth, options.unlisted);
    let bootstrap = Bootstrap {
        replicates: options.replicates,
        seed: options.seed,
    };
    Ok(Evaluation {
        merchants: real_count(case.merchants.len()),
        fraud_merchants: real_count(case.merchants.iter().filter(|m| m.fraud).count()),
        clusters: real_count(case.clusters.len()),
        clustered_merchants: real_count(outcome.members.len()),
        clustered_in_truth: real_count(clustered_in_truth),
        rings: real_count(case.rings.len()),
        figures: measures::figures(&case, &bootstrap),
        typologies: measures::typologies(&case, &bootstrap),
        harm: harm::harm(&case, &bootstrap),
        merchant_reliability: calibration::reliability(
            &case.merchant_forecasts(),
            case.units,
            &bootstrap,
        ),
        cluster_reliability: calibration::reliability(
            &case.cluster_forecasts(),
            case.clusters.len(),
            &bootstrap,
        ),
        curve: ranking::curve(&case.ranking(), 200),
    })
}

/// A run and its truth. A truth of other merchants would make every cluster look wrong.
fn read(run: &Path, truth: &Path) -> Result<(outcome::Outcome, truth::Truth), EvaluateError> {
    let path = truth;
    let truth = truth::read(path)?;
    let outcome = outcome::read(run)?;
    if truth.is_empty() {
        return Err(EvaluateError::Empty {
            path: path.to_owned(),
        });
    }
    let mut members = outcome.members.iter();
    if !outcome.members.is_empty() && !members.any(|m| truth.contains_key(&m.merchant)) {
        return Err(EvaluateError::Unmatched {
            path: path.to_owned(),
            run: run.to_owned(),
            listed: truth.len(),
            clustered: outcome.members.len(),
        });
    }
    Ok((outcome, truth))
}

fn real_count(count: usize) -> u32 {
    crate::model::narrow_u32(count)
}

/// A count as a number to divide by.
fn real(count: usize) -> f64 {
    f64::from(real_count(count))
}

/// A share, where there is something to take it of; never a negative zero.
fn share(part: f64, whole: f64) -> Option<f64> {
    (whole > 0.0).then(|| part / whole + 0.0)
}
