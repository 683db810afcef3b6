//! `ringfence evaluate`: a run held against a truth.

use std::io::Write;
use std::path::PathBuf;

use anyhow::Context;

use crate::evaluate::{Options, Unlisted, evaluate, html, json, table};

/// Measure a run against a truth: precision, recall, ring recovery, calibration, harm to the honest.
#[derive(clap::Args, Debug, Clone)]
pub struct Args {
    /// The run directory.
    #[arg(long, value_name = "RUN")]
    pub run: PathBuf,
    /// The truth table: `merchant_id` and `ring_id`, or `merchant_id` and `eliminated`; .csv or .csv.gz.
    #[arg(long, value_name = "FILE")]
    pub truth: PathBuf,
    /// How to print the figures.
    #[arg(long, value_enum, default_value_t = EvaluationFormat::Table)]
    pub format: EvaluationFormat,
    /// What a merchant is that the truth does not list.
    #[arg(long, value_enum, default_value_t = UnlistedChoice::Honest)]
    pub unlisted: UnlistedChoice,
    /// Bootstrap replicates for the intervals; 0 prints none.
    #[arg(long, value_name = "N", default_value_t = 200)]
    pub replicates: u32,
}

/// How to print the figures.
#[derive(clap::ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum EvaluationFormat {
    /// Tables for a terminal.
    Table,
    /// One JSON object.
    Json,
    /// A self-contained page with curves.
    Html,
}

/// What a merchant is that the truth does not list.
#[derive(clap::ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnlistedChoice {
    /// Taken for honest.
    Honest,
    /// Left out.
    Unknown,
}

/// Evaluates and prints.
///
/// # Errors
/// When the run or the truth can't be read, or the output can't be written.
pub fn run(args: &Args, out: &mut dyn Write) -> anyhow::Result<()> {
    let options = Options {
        unlisted: match args.unlisted {
            UnlistedChoice::Honest => Unlisted::Honest,
            UnlistedChoice::Unknown => Unlisted::Unknown,
        },
        replicates: args.replicates,
        ..Options::default()
    };
    let evaluation =
        evaluate(&args.run, &args.truth, &options).context("the run was not evaluated")?;
    let text = match args.format {
        EvaluationFormat::Table => table(&evaluation),
        EvaluationFormat::Json => json(&evaluation) + "\n",
        EvaluationFormat::Html => html(&evaluation),
    };
    out.write_all(text.as_bytes())?;
    Ok(())
}
