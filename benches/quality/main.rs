//! Measures ringfence and writes `docs/quality.md`.
//!
//!     cargo bench --bench quality -- --realdata DIR
//!
//! Simulated worlds on seeds that no constant was tuned on, plain baselines on the same files, a daily
//! series, what each idea of the method is worth, and real data. Not run by tests.

mod ablation;
mod baselines;
mod chicago;
mod clusters;
mod daily;
mod document;
mod engine;
mod hop;
mod little_rock;
mod normalizers;
mod peeling;
mod south_bend;
mod truth;
mod worlds;

use std::io::Write;
use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Parser;
use document::{Section, page};

/// The first seed; constants are tuned on lower ones.
const FIRST_SEED: u64 = 101;

/// Markets of each world that every variant runs on: fewer, for there are many variants.
const ABLATION_SEEDS: u64 = 3;

/// A section made from the folder of real data and one to work in.
type RealSection = fn(&std::path::Path, &std::path::Path) -> Result<String>;

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
    let older = std::fs::read_to_string(&out).unwrap_or_default();
    let sections = sections(&args)?;
    let text = page(INTRODUCTION, &sections, &older);
    std::fs::write(&out, text).context("the page was not written")?;
    say("written");
    Ok(())
}

fn sections(args: &Args) -> Result<Vec<Section>> {
    let work = tempfile::tempdir()?;
    let work = work.path();
    let seeds = FIRST_SEED..FIRST_SEED + args.seeds;
    let mut sections = Vec::new();
    let mut add = |title: &'static str, possible: bool, measure: &dyn Fn() -> Result<String>| {
        let wanted = possible && title.to_lowercase().contains(&args.only.to_lowercase());
        let body = if wanted {
            say(title);
            Some(measure().with_context(|| format!("section {title:?}"))?)
        } else {
            None
        };
        sections.push(Section { title, body });
        anyhow::Ok(())
    };
    add("Simulated worlds", true, &|| {
        worlds::section(seeds.clone(), args.merchants, work)
    })?;
    add("A daily series", true, &|| {
        daily::section(seeds.clone(), args.merchants, work)
    })?;
    add("What each idea is worth", true, &|| {
        let few = seeds.start..seeds.end.min(seeds.start + ABLATION_SEEDS);
        ablation::section(few, args.merchants, work)
    })?;
    let real: [(&'static str, RealSection); 5] = [
        ("Real data: reported rings (hop)", hop::section),
        (
            "Real data: food businesses of a city (chicago-food)",
            chicago::section,
        ),
        (
            "Real data: a city's licences over four years (south-bend)",
            south_bend::section,
        ),
        (
            "Real data: openings of a city (little-rock)",
            little_rock::section,
        ),
        ("Real data: normalizers", normalizers::section),
    ];
    for (title, measure) in real {
        let folder = args.realdata.as_deref();
        add(title, folder.is_some(), &|| {
            measure(folder.context("checked to be there")?, work)
        })?;
    }
    Ok(sections)
}

/// Tells the one who waits what is being done.
pub(crate) fn say(what: &str) {
    let _ = writeln!(std::io::stderr(), "quality: {what}");
}
