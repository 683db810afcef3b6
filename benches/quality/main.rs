//! Measures ringfence and writes `docs/quality.md`.
//!
//!     cargo bench --bench quality -- --realdata DIR
//!
//! Simulated worlds on seeds that no constant was tuned on, plain baselines on the same files, a daily
//! series, what each idea of the method and each part of the input is worth, and real data. Not run by tests.

mod ablation;
mod baselines;
mod chicago;
mod clusters;
mod daily;
mod document;
mod engine;
mod figures;
mod hop;
mod input;
mod little_rock;
mod normalizers;
mod peeling;
mod south_bend;
mod truth;
mod worlds;

use std::io::Write;
use std::ops::Range;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::Parser;
use document::{Section, page};

/// The first seed; constants are tuned on lower ones.
const FIRST_SEED: u64 = 101;

/// Markets of each world that every variant runs on: fewer, for there are many variants.
const ABLATION_SEEDS: u64 = 3;

/// Measure ringfence and write docs/quality.md.
#[derive(Parser, Debug)]
struct Args {
    /// Folder with the real data sets; without it their sections stay as they are.
    #[arg(long, value_name = "DIR")]
    realdata: Option<PathBuf>,
    /// Markets of each world.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..=100))]
    seeds: u64,
    /// Merchants of each market.
    #[arg(long, default_value_t = 30_000)]
    merchants: u32,
    /// One seed and small markets: to see that it works, not to publish.
    #[arg(long)]
    quick: bool,
    /// Where to write the page.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Measure only sections whose title contains this; the others stay as they are.
    #[arg(long, value_name = "TEXT", default_value = "")]
    only: String,
    /// Given by `cargo bench`, and not by `cargo test`.
    #[arg(long, hide = true)]
    bench: bool,
}

const INTRODUCTION: &str = "\
# Quality

How good the findings are, on markets made up with a known truth and on real data. Generated; don't edit:

    cargo bench --bench quality -- --realdata DIR

Without `--realdata` the sections on real data stay as they are. What the figures mean stands in `ringfence
evaluate --help` and in [scoring](algorithms/scoring.md). The simulated markets are our own: their figures
compare methods and versions with each other; what a market of yours gives, only its own labels tell.";

fn main() -> Result<()> {
    let mut args = Args::parse();
    if !args.bench {
        // `cargo test --all-targets` builds and starts it too.
        return Ok(());
    }
    if args.quick {
        args.seeds = 1;
        args.merchants = args.merchants.min(10_000);
    }
    let out = args
        .out
        .clone()
        .unwrap_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs/quality.md"));
    let work = tempfile::tempdir()?;
    let measurements = measurements(&args);
    for (title, measure) in &measurements {
        if !title.to_lowercase().contains(&args.only.to_lowercase()) {
            continue;
        }
        say(title);
        let measured = measure(&args, work.path()).with_context(|| format!("section {title:?}"))?;
        // Written after each section: what was measured stays measured if a later one fails.
        let older = std::fs::read_to_string(&out).unwrap_or_default();
        let sections = SECTIONS.map(|(section, _)| Section {
            title: section,
            body: (section == *title).then(|| measured.clone()),
        });
        let text = page(INTRODUCTION, &sections, &older);
        std::fs::write(&out, text).context("the page was not written")?;
    }
    say("written");
    Ok(())
}

/// Measures a section, in a folder to work in.
type Measure = fn(&Args, &Path) -> Result<String>;

/// All sections in the order of the page.
const SECTIONS: [(&str, Measure); 9] = [
    ("Simulated worlds", |args, work| {
        worlds::section(fresh_seeds(args.seeds), args.merchants, work)
    }),
    ("A daily series", |args, work| {
        daily::section(fresh_seeds(args.seeds), args.merchants, work)
    }),
    ("What each idea is worth", |args, work| {
        let few = fresh_seeds(args.seeds.min(ABLATION_SEEDS));
        ablation::section(few, args.merchants, work)
    }),
    ("What the input is worth", |args, work| {
        let few = fresh_seeds(args.seeds.min(ABLATION_SEEDS));
        input::section(few, args.merchants, work)
    }),
    ("Real data: reported rings (hop)", |args, work| {
        hop::section(args.real()?, work)
    }),
    (
        "Real data: food businesses of a city (chicago-food)",
        |args, work| chicago::section(args.real()?, work),
    ),
    (
        "Real data: a city's licences over four years (south-bend)",
        |args, work| south_bend::section(args.real()?, work),
    ),
    (
        "Real data: openings of a city (little-rock)",
        |args, work| little_rock::section(args.real()?, work),
    ),
    ("Real data: normalizers", |args, work| {
        normalizers::section(args.real()?, work)
    }),
];

/// The sections that can be measured: those on real data only where it is.
fn measurements(args: &Args) -> Vec<(&'static str, Measure)> {
    let possible = |title: &str| args.realdata.is_some() || !title.starts_with("Real data");
    let mut sections = SECTIONS.to_vec();
    sections.retain(|(title, _)| possible(title));
    sections
}

fn fresh_seeds(count: u64) -> Range<u64> {
    FIRST_SEED..FIRST_SEED + count
}

impl Args {
    fn real(&self) -> Result<&Path> {
        self.realdata.as_deref().context("no folder of real data")
    }
}

/// Tells the one who waits what is being done.
pub(crate) fn say(what: &str) {
    let _ = writeln!(std::io::stderr(), "quality: {what}");
}
