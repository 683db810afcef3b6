//! `ringfence simulate`: a market made up, with its truth.

use std::io::Write;
use std::path::PathBuf;

use anyhow::Context;

use crate::cli::exit::BadUsage;
use crate::simulate::{Settings, World, simulate};

/// Daily snapshots of a series.
const USUAL_DAYS: u32 = 10;

/// Write a synthetic marketplace with planted rings, honest sharing, and its truth.
#[derive(clap::Args, Debug, Clone)]
pub struct Args {
    /// How many merchants to make.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub merchants: u32,
    /// Another seed, another market of the same character.
    #[arg(long, value_name = "S", default_value_t = 1)]
    pub seed: u64,
    /// The market's character: plain, camouflage, benign-heavy, dirty, labelled, sparse, no-time, series.
    #[arg(long, value_name = "WORLD", default_value = "plain")]
    pub world: World,
    /// The folder to write the tables and truth.csv to; created when it isn't there.
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// Share of merchants in rings, 0 to 0.5; each world has its own usual share.
    #[arg(long, value_name = "X")]
    pub fraud_share: Option<f64>,
    /// Daily snapshots to write (world series only), 2 to 60; 10 when nothing is said.
    #[arg(long, value_name = "DAYS")]
    pub days: Option<u32>,
}

/// Makes the market and says what it holds.
///
/// # Errors
/// When a setting is out of range or the folder can't be written.
pub fn run(args: &Args, out: &mut dyn Write) -> anyhow::Result<()> {
    if args.days.is_some() && args.world != World::Series {
        return Err(BadUsage::new(
            format!("--days goes with --world series, not with {}", args.world),
            "leave it out, or ask for --world series",
        )
        .into());
    }
    let settings = Settings {
        merchants: args.merchants,
        seed: args.seed,
        world: args.world,
        fraud_share: args.fraud_share,
        snapshots: args.days.unwrap_or(USUAL_DAYS),
    };
    let made = simulate(&settings, &args.out).context("no market was made")?;
    writeln!(
        out,
        "{} merchants, {} of them in {} planted rings, world {}, seed {}: {}",
        made.merchants,
        made.fraud_merchants,
        made.rings,
        args.world,
        args.seed,
        args.out.display()
    )?;
    Ok(out.flush()?)
}
