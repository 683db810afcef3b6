//! `ringfence run`

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use anyhow::Context;
use clap::Args;
use signal_hook::consts::{SIGINT, SIGTERM};

use crate::cli::exit::{BadUsage, GuardrailTripped};
use crate::cli::output::stdout;
use crate::cli::progress::Progress;
use crate::cli::screen::Screen;
use crate::cli::top;
use crate::model::Timestamp;
use crate::pipeline::{self, Job, Outcome, World};
use crate::run::Manifest;
use crate::strategy::Strategy;

/// Arguments of `run`.
#[derive(Debug, Args)]
pub(super) struct RunArgs {
    /// The data directory: merchants, devices, payouts, addresses, ...
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// Where runs are published; made when it is not there
    #[arg(long, value_name = "RUNS")]
    out: PathBuf,
    /// The strategy file; the defaults without one
    #[arg(long, value_name = "FILE")]
    strategy: Option<PathBuf>,
    /// The run to compare with; RUNS/latest without one
    #[arg(long, value_name = "RUN")]
    previous: Option<PathBuf>,
    /// The day to take for now: what was not known then is left out [default: newest time in the input, verdicts aside]
    #[arg(long, value_name = "DATE", value_parser = end_of_day)]
    as_of: Option<Timestamp>,
    /// What people decided about earlier runs, as `serve` records it: verdicts, exceptions
    #[arg(long, value_name = "DB")]
    decisions: Option<PathBuf>,
    /// Write clusters, members, evidence and feed as Parquet too
    #[arg(long)]
    parquet: bool,
    /// Compute afresh what RUNS/latest already holds
    #[arg(long)]
    force: bool,
    /// Refuse or degrade rather than take more memory, such as 4GiB or 800MB
    #[arg(long, value_name = "SIZE", value_parser = bytes)]
    memory_limit: Option<u64>,
    /// Clusters to list at the end
    #[arg(long, value_name = "N", default_value_t = 10)]
    top: usize,
}

/// A run speaks about a day, which counts as a whole; a time of day names its day in UTC.
fn end_of_day(text: &str) -> Result<Timestamp, String> {
    let time = Timestamp::parse(text).map_err(|error| error.to_string())?;
    Ok(time.day_end())
}

/// A size such as `4GiB`, `800MB` or `1000000`.
fn bytes(text: &str) -> Result<u64, String> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = match text[digits.len()..].to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "k" | "kb" => 1000,
        "kib" => 1 << 10,
        "m" | "mb" => 1_000_000,
        "mib" => 1 << 20,
        "g" | "gb" => 1_000_000_000,
        "gib" => 1 << 30,
        _ => return Err("expected a size such as 4GiB, 800MB or 1000000".to_owned()),
    };
    digits
        .trim()
        .parse::<u64>()
        .ok()
        .and_then(|number| number.checked_mul(unit))
        .filter(|&size| size > 0)
        .ok_or_else(|| "expected a size such as 4GiB, 800MB or 1000000".to_owned())
}

/// Runs the batch job, then lists the top clusters and where the run lies.
pub(super) fn execute(args: &RunArgs, screen: &Screen) -> anyhow::Result<()> {
    let strategy = Strategy::load(args.strategy.as_deref())?;
    if !args.data.is_dir() {
        return Err(BadUsage::new(
            format!("{} is no directory", args.data.display()),
            "name the folder that holds merchants.csv and the link tables with --data",
        )
        .into());
    }
    let job = Job {
        data: &args.data,
        runs: &args.out,
        strategy: &strategy,
        previous: args.previous.as_deref(),
        as_of: args.as_of,
        decisions: args.decisions.as_deref(),
        parquet: args.parquet,
        force: args.force,
        memory_limit_bytes: args.memory_limit,
        threads: rayon::current_num_threads(),
    };
    let interrupted = catch_signals()?;
    let progress = Progress::new(input_bytes(&job));
    let began = Instant::now();
    let world = World {
        seconds: &|| began.elapsed().as_secs_f64(),
        peak_memory_bytes: &peak_memory_bytes,
        interrupted: &interrupted,
        stage: &|name| progress.stage(name),
        advance: &|bytes| progress.advance(bytes),
    };
    let outcome = pipeline::run(&job, &world);
    progress.finish();
    let (word, path, manifest) = match outcome? {
        Outcome::Published(path, manifest) => ("published", path, manifest),
        Outcome::Held(path, manifest) => ("held", path, manifest),
        Outcome::Unchanged(path, manifest) => ("unchanged", path, manifest),
    };
    let told = top::list(&path, args.top, screen).and_then(|()| tell(word, &path, &manifest));
    // A reader that has seen enough must not hide that the run was held.
    if word == "held" {
        let sentences = manifest.held_by.iter().map(|held| held.sentence.as_str());
        return Err(GuardrailTripped {
            sentence: sentences.collect::<Vec<_>>().join("; "),
            run: path,
        }
        .into());
    }
    // To run it again does no harm: it is unchanged then, and that can be told.
    told.with_context(|| {
        let path = path.display();
        format!("the run is {word} at {path}, but that could not be told on standard output")
    })
}

/// The first signal asks the run to stop between two stages, the second one stops it at once: what
/// it leaves then is a hidden folder that the next run clears.
fn catch_signals() -> anyhow::Result<Arc<AtomicBool>> {
    let interrupted = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        signal_hook::flag::register_conditional_shutdown(signal, 130, Arc::clone(&interrupted))?;
        signal_hook::flag::register(signal, Arc::clone(&interrupted))?;
    }
    debug_assert!(
        !interrupted.load(Ordering::Relaxed),
        "nobody has pressed anything yet"
    );
    Ok(interrupted)
}

/// How much there is to read; nothing when it can't be told, for the run will say why.
fn input_bytes(job: &Job<'_>) -> u64 {
    crate::ingest::estimate(job.data, job.strategy).map_or(0, |estimate| estimate.disk_bytes())
}

/// The high-water mark of the process, from `/proc` where there is one.
fn peak_memory_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024)
}

/// The line for the scheduler: one word, then `name=value`.
fn tell(word: &str, path: &Path, manifest: &Manifest) -> anyhow::Result<()> {
    let count = |name| manifest.count(name);
    if word == "unchanged" {
        tracing::info!(run.id = %manifest.run_id, "latest holds this very run already; nothing new was published");
    }
    let mut out = stdout();
    writeln!(
        out,
        "{word} run={} merchants={} clusters={} enforce={} review={} rejected={} path={}",
        manifest.run_id,
        count("merchants"),
        count("clusters"),
        count("merchants_enforce"),
        count("merchants_review"),
        count("rejected_rows"),
        path.display(),
    )?;
    Ok(out.flush()?)
}

#[cfg(test)]
mod tests {
    use super::{bytes, end_of_day};

    #[test]
    fn sizes_have_units() {
        assert_eq!(bytes("4GiB"), Ok(4 << 30));
        assert_eq!(bytes("800MB"), Ok(800_000_000));
        assert_eq!(bytes("1 kib"), Ok(1024));
        for bad in ["", "GiB", "4 parsec", "-1", "99999999999GiB", "0"] {
            assert!(bytes(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_day_lasts_until_midnight() {
        let day = end_of_day("2024-05-06").unwrap();
        assert_eq!(day.to_string(), "2024-05-06T23:59:59Z");
        assert_eq!(
            end_of_day("2024-05-06T01:02:03Z").unwrap().to_string(),
            "2024-05-06T23:59:59Z"
        );
        assert!(end_of_day("yesterday").is_err());
    }
}
