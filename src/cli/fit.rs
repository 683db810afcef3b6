//! `ringfence fit`: weights from verdicts.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Context;

use crate::cli::exit::BadUsage;
use crate::cli::new_file::write_new_file;
use crate::fit::{Fit, estimate_evidence, estimate_table, fit, fitted_strategy, json, table};
use crate::strategy::{DEFAULT_TOML, Strategy};

/// Fit the weights of the reasons to verdicts, and say why the fit is believed.
///
/// The weights stay near those in use unless the labels speak clearly, and keep their signs. The new
/// strategy is written only when clusters that the fit had not seen are forecast better beyond doubt.
#[derive(clap::Args, Debug, Clone)]
pub struct Args {
    /// The run whose clusters the labels are about; a RUNS directory stands for its newest run.
    #[arg(long, value_name = "RUN")]
    pub run: PathBuf,
    /// The verdicts: `merchant_id` and `label` (`fraud` or `legit`), or a truth table; .csv,
    /// .csv.gz or .csv.zst.
    #[arg(long, value_name = "FILE", required_unless_present = "em")]
    pub labels: Option<PathBuf>,
    /// Without labels: estimate by EM how telling a share of each kind is, for comparison with
    /// `[links.*] bits`; nothing is written.
    #[arg(long, conflicts_with_all = ["labels", "out", "force"])]
    pub em: bool,
    /// Where to write the strategy with the fitted weights; without it only the report is printed.
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// The strategy that the run was made with; the defaults without one.
    #[arg(long, value_name = "FILE")]
    pub strategy: Option<PathBuf>,
    /// Write the strategy even when the labels don't show that it is better, and replace the file if
    /// there is one.
    #[arg(long)]
    pub force: bool,
    /// How to print the report.
    #[arg(long, value_enum, default_value_t = FitFormat::Table)]
    pub format: FitFormat,
}

/// How to print the report.
#[derive(clap::ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum FitFormat {
    /// Tables for a terminal.
    Table,
    /// One JSON object.
    Json,
}

/// Fits, prints the report, and writes the strategy.
///
/// # Errors
/// When a file can't be read or written, there are too few labels, or they don't bear the fit out.
pub fn run(args: &Args, out: &mut dyn Write) -> anyhow::Result<()> {
    let strategy = Strategy::load(args.strategy.as_deref())?;
    let Some(labels) = &args.labels else {
        return estimate(args, &strategy, out);
    };
    let fitted = fit(&args.run, labels, &strategy).context("no weights were fitted")?;
    let report = match args.format {
        FitFormat::Table => table(&fitted),
        FitFormat::Json => json(&fitted) + "\n",
    };
    out.write_all(report.as_bytes())?;
    out.flush()?;
    match &args.out {
        None => Ok(()),
        Some(path) => write(args, path, &fitted),
    }
}

fn estimate(args: &Args, strategy: &Strategy, out: &mut dyn Write) -> anyhow::Result<()> {
    let found = estimate_evidence(&args.run, strategy).context("nothing was estimated")?;
    let report = match args.format {
        FitFormat::Table => estimate_table(&found),
        FitFormat::Json => json(&found) + "\n",
    };
    out.write_all(report.as_bytes())?;
    Ok(out.flush()?)
}

fn write(args: &Args, path: &Path, fitted: &Fit) -> anyhow::Result<()> {
    if !fitted.is_better && !args.force {
        return Err(BadUsage::new(
            "no strategy was written: the labels don't show that the fitted weights are better",
            "fit again with more labels, or write it regardless with --force",
        )
        .into());
    }
    let text = match &args.strategy {
        None => DEFAULT_TOML.to_owned(),
        Some(path) => std::fs::read_to_string(path)
            .with_context(|| format!("cannot read {}", path.display()))?,
    };
    let text = fitted_strategy(&text, fitted)?;
    write_new_file(path, args.force, &text)
}
