//! `ringfence evaluate`: a run held against a truth.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Context;

use crate::cli::exit::BadUsage;
use crate::evaluate::{
    Options, Unlisted, evaluate, evaluate_series, html, json, series_html, series_json,
    series_table, table,
};
use crate::run::RunReader;

/// Measure a run against a truth: precision, recall, ring recovery, calibration, harm to the honest.
///
/// Several runs, each with its truth in the same order, are a series: do rings keep their ids from run to
/// run, and is the lineage right?
#[derive(clap::Args, Debug, Clone)]
pub struct Args {
    /// The run directory; again for each further run of a series, oldest first.
    #[arg(long, value_name = "RUN", required = true)]
    pub run: Vec<PathBuf>,
    /// The truth table: `merchant_id` and `ring_id`, or `merchant_id` and `eliminated`; .csv,
    /// .csv.gz or .csv.zst; again for each further run.
    #[arg(long, value_name = "FILE", required = true)]
    pub truth: Vec<PathBuf>,
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

/// A RUNS directory stands for its newest run, as in every other command.
fn newest(path: &Path) -> PathBuf {
    let latest = path.join("latest");
    if latest.is_dir() {
        latest
    } else {
        path.to_owned()
    }
}

/// A table that was cut off would be scored as if the rest had never been found. A folder without a manifest
/// is taken as it is.
fn check_whole(run: &Path) -> anyhow::Result<()> {
    if !run.join("manifest.json").is_file() {
        return Ok(());
    }
    let reader = RunReader::open(run)?;
    drop((reader.clusters()?, reader.members()?));
    Ok(())
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
    let runs: Vec<PathBuf> = args.run.iter().map(|run| newest(run)).collect();
    for run in &runs {
        check_whole(run)?;
    }
    let text = match (runs.as_slice(), args.truth.as_slice()) {
        ([run], [truth]) => one(run, truth, &options, args.format),
        (runs, truths) if runs.len() == truths.len() => {
            let days: Vec<_> = runs.iter().cloned().zip(truths.iter().cloned()).collect();
            series(&days, &options, args.format)
        }
        _ => Err(BadUsage::new(
            "as many --truth as --run are needed",
            "give each run of a series its own truth, in the same order",
        )
        .into()),
    };
    let text = text.context("the run was not evaluated")?;
    out.write_all(text.as_bytes())?;
    Ok(out.flush()?)
}

fn one(
    run: &Path,
    truth: &Path,
    options: &Options,
    format: EvaluationFormat,
) -> anyhow::Result<String> {
    let evaluation = evaluate(run, truth, options)?;
    Ok(match format {
        EvaluationFormat::Table => table(&evaluation),
        EvaluationFormat::Json => json(&evaluation) + "\n",
        EvaluationFormat::Html => html(&evaluation),
    })
}

fn series(
    days: &[(PathBuf, PathBuf)],
    options: &Options,
    format: EvaluationFormat,
) -> anyhow::Result<String> {
    let evaluation = evaluate_series(days, options)?;
    Ok(match format {
        EvaluationFormat::Table => series_table(&evaluation),
        EvaluationFormat::Json => series_json(&evaluation) + "\n",
        EvaluationFormat::Html => series_html(&evaluation),
    })
}
