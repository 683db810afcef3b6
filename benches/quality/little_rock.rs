//! One city's business licences with opening dates: bursts, malls and towers.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Result;
use ringfence::model::Timestamp;
use ringfence::run::{Action, RunReader};
use ringfence::strategy::Strategy;

use crate::clusters::{Cluster, read_clusters};
use crate::document::Table;
use crate::engine::run_once;

/// How many clusters are shown.
const SHOWN: usize = 15;

/// Runs with the defaults.
pub(crate) fn section(realdata: &Path, work: &Path) -> Result<String> {
    let data = realdata.join("little-rock");
    let run = run_once(&data, &Strategy::default(), work)?;
    let reader = RunReader::open(&run.path)?;
    let clusters = read_clusters(&run.path)?;
    let in_action = |action: Action| {
        let members = clusters.iter().flat_map(|cluster| &cluster.members);
        members.filter(|(_, of)| *of == action).count()
    };
    let mut classes: BTreeMap<String, (u32, u32)> = BTreeMap::new();
    for hub in reader.hubs()? {
        let name = format!("{}, {}", hub.hub_class, hub.entity_type);
        let class = classes.entry(name).or_default();
        class.0 += 1;
        class.1 = class.1.max(hub.merchants);
    }
    let mut hubs = Table::new(&["hub class", "values", "merchants on the largest"]);
    for (class, (count, most)) in &classes {
        hubs.row(&[class.clone(), count.to_string(), most.to_string()]);
    }
    Ok(format!(
        "{ABOUT}\n\n{} clusters; {} merchants in `enforce`, {} in `review`.\n\n{}The first {SHOWN} clusters:\n\n{}",
        clusters.len(),
        in_action(Action::Enforce),
        in_action(Action::Review),
        hubs.finish(),
        first(&clusters, &reader)?,
    ))
}

const ABOUT: &str = "\
14,573 licences with opening dates and addresses, names veiled word by word; no fraud label. One kind of evidence only, so nothing \
may reach `enforce`; malls and towers must be known as such, and openings in a burst at one address should stand out from them.";

fn first(clusters: &[Cluster], reader: &RunReader) -> Result<String> {
    let mut registered: BTreeMap<String, Vec<i64>> = BTreeMap::new();
    for row in reader.members()? {
        let days = registered.entry(row.cluster_id.into_owned()).or_default();
        days.extend(row.registered_at.map(Timestamp::day));
    }
    let mut reasons: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for row in reader.reasons()? {
        let codes = reasons.entry(row.cluster_id.into_owned()).or_default();
        codes.push(format!("{} {:+.1}", row.code, row.points));
    }
    let mut table = Table::new(&[
        "rank",
        "score",
        "members",
        "days from first to last opening",
        "reasons",
    ]);
    for cluster in clusters.iter().take(SHOWN) {
        let days = registered.get(&cluster.id);
        let ends = days.and_then(|days| Some((days.iter().min()?, days.iter().max()?)));
        let codes = reasons.get(&cluster.id).map_or(&[][..], Vec::as_slice);
        table.row(&[
            cluster.rank.to_string(),
            format!("{:.2}", cluster.score),
            cluster.members.len().to_string(),
            ends.map_or_else(
                || "-".to_owned(),
                |(first, last)| (last - first).to_string(),
            ),
            codes[..codes.len().min(4)].join(", "),
        ]);
    }
    Ok(table.finish())
}
