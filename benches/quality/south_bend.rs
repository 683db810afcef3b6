//! Four yearly snapshots of one city's business licences: a real series.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use ringfence::model::Timestamp;
use ringfence::resolve::normalize::{Place, normalize_address};
use ringfence::run::{LineageEvent, RunReader};
use ringfence::strategy::Strategy;

use crate::clusters::{Cluster, read_clusters};
use crate::document::{Table, percent};
use crate::engine::run;
use crate::truth::read_columns;

const YEARS: [&str; 4] = ["2020", "2021", "2022", "2023"];

/// Phones are a link type of their own here.
const PHONES: &str = "[[link]]\nname = \"phone\"\ntable = \"phones\"\ncolumn = \"phone\"\n\
    normalizer = \"phone\"\nbits = 8.0\n";

const EVENTS: [(LineageEvent, &str); 7] = [
    (LineageEvent::Born, "born"),
    (LineageEvent::Continued, "continued"),
    (LineageEvent::Grown, "grown"),
    (LineageEvent::Shrunk, "shrunk"),
    (LineageEvent::Merged, "merged"),
    (LineageEvent::Split, "split"),
    (LineageEvent::Dissolved, "dissolved"),
];

/// One year's run.
struct Year {
    merchants: BTreeSet<String>,
    rejected: u64,
    held: usize,
    clusters: Vec<Cluster>,
    events: Vec<LineageEvent>,
    /// Name and building of each merchant, as far as either is known.
    identity: BTreeMap<String, String>,
}

/// Runs the four years in a row.
pub(crate) fn section(realdata: &Path, work: &Path) -> Result<String> {
    let runs = tempfile::tempdir_in(work)?;
    let mut years: Vec<Year> = Vec::new();
    let mut previous: Option<PathBuf> = None;
    let strategy = Strategy::parse(PHONES)?;
    for name in YEARS {
        let data = realdata.join("south-bend").join(name);
        let end = Timestamp::parse(&format!("{name}-12-31")).context("a date")?;
        let as_of = Some(end.day_end());
        let finished = run(&data, runs.path(), &strategy, previous.as_deref(), as_of)?;
        let reader = RunReader::open(&finished.path)?;
        years.push(Year {
            merchants: merchants(&data)?,
            rejected: finished.manifest.count("rejected_rows"),
            held: finished.manifest.held_by.len(),
            clusters: read_clusters(&finished.path)?,
            events: reader.lineage()?.iter().map(|row| row.event).collect(),
            identity: identities(&data)?,
        });
        previous = Some(finished.path);
    }
    Ok(format!(
        "{ABOUT}\n\n{}{}",
        events(&years),
        persistence(&years)
    ))
}

const ABOUT: &str = "\
About 900 licences a year with addresses and phones (last digits of some veiled), a run a year on each year's end, each compared with \
the year before. No fraud label, and no times. Licence numbers change form in 2021 and carry the year, so a merchant hardly ever \
keeps its id: every ring then looks new, and lineage, which goes by merchant ids, can't do better. The last columns show what \
could be followed by name and building instead: a tie that has to be made before ringfence sees the data.";

fn merchants(data: &Path) -> Result<BTreeSet<String>> {
    let rows = read_columns(&data.join("merchants.csv"), ["merchant_id"])?;
    Ok(rows.into_iter().map(|[id]| id).collect())
}

/// Name and building in one text, for merchants that have both.
fn identities(data: &Path) -> Result<BTreeMap<String, String>> {
    let names = read_columns(&data.join("merchants.csv"), ["merchant_id", "name"])?;
    let names: BTreeMap<String, String> = names.into_iter().map(|[id, name]| (id, name)).collect();
    let columns = ["merchant_id", "address", "city", "postal_code", "country"];
    let mut identities = BTreeMap::new();
    for [id, address, city, postal_code, country] in
        read_columns(&data.join("addresses.csv"), columns)?
    {
        let place = Place {
            city: &city,
            postal_code: &postal_code,
            country: &country,
            point: None,
        };
        let building = normalize_address(&address, &place).building;
        if let (Some(building), Some(name)) = (building, names.get(&id)) {
            let name: String = name
                .chars()
                .filter(|c| c.is_alphanumeric())
                .flat_map(char::to_lowercase)
                .collect();
            identities.insert(id, format!("{name}|{building}"));
        }
    }
    Ok(identities)
}

fn events(years: &[Year]) -> String {
    let mut header = vec![
        "year",
        "merchants",
        "rows rejected",
        "clusters",
        "guardrails tripped",
    ];
    header.extend(EVENTS.map(|(_, name)| name));
    let mut table = Table::new(&header);
    for (name, year) in YEARS.iter().zip(years) {
        let mut cells = vec![
            (*name).to_owned(),
            year.merchants.len().to_string(),
            year.rejected.to_string(),
            year.clusters.len().to_string(),
            year.held.to_string(),
        ];
        cells.extend(EVENTS.map(|(event, _)| {
            let same = year.events.iter().filter(|of| **of == event);
            same.count().to_string()
        }));
        table.row(&cells);
    }
    table.finish()
}

fn persistence(years: &[Year]) -> String {
    let mut table = Table::new(&[
        "from year to year",
        "merchant ids that persist",
        "cluster ids that persist",
        "merchants that persist by name and building",
        "clusters that persist by name and building",
    ]);
    for (at, pair) in years.windows(2).enumerate() {
        let [before, after] = pair else { continue };
        let ids = |year: &Year| -> BTreeSet<String> {
            year.clusters
                .iter()
                .map(|cluster| cluster.id.clone())
                .collect()
        };
        let identities = |year: &Year| year.identity.values().cloned().collect();
        table.row(&[
            format!("{} to {}", YEARS[at], YEARS[at + 1]),
            percent(kept(&before.merchants, &after.merchants)),
            percent(kept(&ids(before), &ids(after))),
            percent(kept(&identities(before), &identities(after))),
            percent(clusters_kept(before, after)),
        ]);
    }
    table.finish()
}

fn kept(before: &BTreeSet<String>, after: &BTreeSet<String>) -> Option<f64> {
    let both = before.intersection(after).count();
    share(both, before.len())
}

/// Clusters that overlap one of the next year as much as lineage asks for, by name and building.
fn clusters_kept(before: &Year, after: &Year) -> Option<f64> {
    let min_overlap = Strategy::default().lineage.min_overlap;
    let sets = |year: &Year| -> Vec<BTreeSet<String>> {
        let clusters = year.clusters.iter();
        clusters
            .map(|cluster| {
                let members = cluster.members.iter();
                members
                    .filter_map(|(id, _)| year.identity.get(id).cloned())
                    .collect()
            })
            .collect()
    };
    let (before, after) = (sets(before), sets(after));
    let goes_on = |cluster: &&BTreeSet<String>| {
        after.iter().any(|other| {
            let both = cluster.intersection(other).count();
            let all = cluster.len() + other.len() - both;
            share(both, all).is_some_and(|overlap| overlap >= min_overlap)
        })
    };
    share(before.iter().filter(goes_on).count(), before.len())
}

fn share(part: usize, whole: usize) -> Option<f64> {
    let real = |n: usize| f64::from(u32::try_from(n).expect("few"));
    (whole > 0).then(|| real(part) / real(whole))
}
