//! `ringfence decisions`

use std::fs;
use std::io::Write;
use std::path::PathBuf;

use anyhow::Context;
use clap::{Args, Subcommand};

use crate::cli::new_file::write_file;
use crate::cli::output::stdout;
use crate::decisions::{ALLOWLIST_FILE, DECISIONS_FILE, DecisionStore, LABELS_FILE};
use crate::model::Timestamp;
use crate::serve::now;

/// Arguments of `decisions`.
#[derive(Debug, Args)]
pub(super) struct DecisionsArgs {
    #[command(subcommand)]
    command: DecisionsCommand,
}

#[derive(Debug, Subcommand)]
enum DecisionsCommand {
    /// Write what was decided as CSV
    Export(ExportArgs),
}

#[derive(Debug, Args)]
struct ExportArgs {
    /// The record of decisions
    #[arg(long, value_name = "DB")]
    db: PathBuf,
    /// The folder for labels.csv, allowlist.csv and decisions.csv; decisions.csv to standard output
    /// without one
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// What held on that day [default: today]
    #[arg(long, value_name = "DATE", value_parser = Timestamp::parse)]
    as_of: Option<Timestamp>,
}

pub(super) fn execute(args: &DecisionsArgs) -> anyhow::Result<()> {
    match &args.command {
        DecisionsCommand::Export(args) => export(args),
    }
}

fn export(args: &ExportArgs) -> anyhow::Result<()> {
    let store = DecisionStore::open(&args.db)?;
    let Some(folder) = &args.out else {
        let mut out = stdout();
        store.write_decisions(&mut out)?;
        return Ok(out.flush()?);
    };
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let until = args.as_of.map(Timestamp::day_end);
    let rulings = store.rulings(until, args.as_of.unwrap_or_else(now))?;
    let file = |name| folder.join(name);
    write_file(&file(LABELS_FILE), |to| Ok(rulings.write_labels(to)?))?;
    write_file(&file(ALLOWLIST_FILE), |to| Ok(rulings.write_allowlist(to)?))?;
    write_file(&file(DECISIONS_FILE), |to| Ok(store.write_decisions(to)?))?;
    let mut out = stdout();
    writeln!(
        out,
        "Wrote {LABELS_FILE}, {ALLOWLIST_FILE} and {DECISIONS_FILE} to {}.",
        folder.display()
    )?;
    Ok(out.flush()?)
}
