//! What each part of the input is worth, and the size of the market: what to expect where a table or a column
//! is missing, or where there are fewer merchants or more.

use std::fs::{create_dir, read_dir};
use std::ops::Range;
use std::path::Path;

use anyhow::{Context, Result};
use ringfence::evaluate::{Evaluation, Unlisted};
use ringfence::simulate::World;
use ringfence::strategy::Strategy;

use crate::engine::{make_market, measure, run_once};
use crate::figures::{Variant, table};
use crate::say;

/// What is missing: tables, by their file's name, and columns, wherever they stand.
const MISSING: [(&str, &[&str], &[&str]); 14] = [
    ("nothing", &[], &[]),
    ("trades", &[], &["category"]),
    (
        "cities and countries of merchants",
        &[],
        &["merchants.city", "merchants.country"],
    ),
    ("names", &[], &["name"]),
    ("status", &[], &["status"]),
    ("registration", &[], &["registered_at"]),
    ("owners", &[], &["owner_id"]),
    ("risk signals", &[], &["refund_rate", "complaint_rate"]),
    ("events", &[], &["events"]),
    ("amounts", &[], &["amount", "gmv_30d"]),
    (
        "all of merchants but registration",
        &[],
        &[
            "category",
            "merchants.city",
            "merchants.country",
            "name",
            "status",
            "owner_id",
            "refund_rate",
            "complaint_rate",
            "gmv_30d",
        ],
    ),
    ("devices", &["devices"], &[]),
    ("payouts", &["payouts"], &[]),
    ("addresses", &["addresses"], &[]),
];

/// Sizes of markets, as multiples of the usual one.
const SIZES: [f64; 4] = [1.0 / 6.0, 1.0 / 3.0, 1.0, 10.0 / 3.0];

/// Measures both on the usual world.
pub(crate) fn section(seeds: Range<u64>, merchants: u32, work: &Path) -> Result<String> {
    let missing = missing(seeds.clone(), merchants, work)?;
    let sizes = sizes(seeds.clone(), merchants, work)?;
    Ok(format!(
        "World `plain`, {merchants} merchants, means over the seeds {} to {}, default strategy. A reason that has nothing to go by \
         is left out and speaks neither way.\n\n{missing}\n\
         The same world with more merchants or fewer:\n\n{sizes}",
        seeds.start,
        seeds.end - 1
    ))
}

fn missing(seeds: Range<u64>, merchants: u32, work: &Path) -> Result<String> {
    let mut variants = MISSING.map(|(name, _, _)| Variant::new(name));
    for seed in seeds {
        say(&format!("missing input, seed {seed}"));
        let folder = tempfile::tempdir_in(work)?;
        let market = folder.path().join("market");
        make_market(World::Plain, merchants, seed, &market)?;
        for ((_, tables, columns), variant) in MISSING.iter().zip(&mut variants) {
            let poorer = tempfile::tempdir_in(folder.path())?;
            let data = poorer.path().join("data");
            copy_without(&market, &data, tables, columns)?;
            variant.add(&found_in(&data, &market, poorer.path())?);
        }
    }
    Ok(table("without", &variants))
}

fn sizes(seeds: Range<u64>, merchants: u32, work: &Path) -> Result<String> {
    let mut variants = Vec::new();
    for size in SIZES {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a few times a number of merchants"
        )]
        let merchants = (f64::from(merchants) * size).round() as u32;
        let mut variant = Variant::new(merchants.to_string());
        for seed in seeds.clone() {
            say(&format!("{merchants} merchants, seed {seed}"));
            let folder = tempfile::tempdir_in(work)?;
            let market = folder.path().join("market");
            make_market(World::Plain, merchants, seed, &market)?;
            variant.add(&found_in(&market, &market, folder.path())?);
        }
        variants.push(variant);
    }
    Ok(table("merchants", &variants))
}

/// What a run on `data` finds of the truth of `market`.
fn found_in(data: &Path, market: &Path, work: &Path) -> Result<Evaluation> {
    let run = run_once(data, &Strategy::default(), work)?;
    measure(&run.path, &market.join("truth.csv"), Unlisted::Honest)
}

/// Copies a market without some tables and columns, and without its truth.
fn copy_without(market: &Path, data: &Path, tables: &[&str], columns: &[&str]) -> Result<()> {
    create_dir(data)?;
    for entry in read_dir(market)? {
        let path = entry?.path();
        let stem = path.file_stem().and_then(|stem| stem.to_str());
        let table = stem.context("a table has a name")?;
        if table == "truth" || tables.contains(&table) {
            continue;
        }
        let mut rows = csv::Reader::from_path(&path)?;
        let is_kept = |column: &str| {
            !columns.contains(&column) && !columns.contains(&format!("{table}.{column}").as_str())
        };
        let header = rows.headers()?.clone();
        let kept: Vec<usize> = (0..header.len())
            .filter(|at| is_kept(&header[*at]))
            .collect();
        let mut copy = csv::Writer::from_path(data.join(format!("{table}.csv")))?;
        copy.write_record(kept.iter().map(|at| &header[*at]))?;
        for row in rows.records() {
            let row = row?;
            copy.write_record(kept.iter().map(|at| &row[*at]))?;
        }
        copy.flush()?;
    }
    Ok(())
}
