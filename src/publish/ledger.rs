//! Every id ever issued and where to look for it now: the rows of `ids.csv`.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use super::overlap::Overlaps;
use crate::model::Timestamp;
use crate::run::{IdRow, PreviousRun};

/// Successors kept for one retired id, the largest first: a cluster that crumbled into hundreds of
/// others is not answered by a list of hundreds, which every later run would carry on.
const MAX_SUCCESSORS: usize = 8;
/// Successors of an id whose members were in no cluster when it ended.
const NOWHERE: &str = "-";

/// The ledger of this run: that of the previous run, brought up to date, and the new ids.
pub(super) fn carry_forward(
    cluster_ids: &[String],
    previous: Option<&PreviousRun>,
    overlaps: &Overlaps,
    as_of: Timestamp,
) -> Vec<IdRow<'static>> {
    let today = as_of.date_text();
    let mut ledger: BTreeMap<String, IdRow<'static>> = BTreeMap::new();
    if let Some(previous) = previous {
        let live: BTreeSet<&str> = cluster_ids.iter().map(String::as_str).collect();
        let heirs = heirs_of(cluster_ids, previous, overlaps, &live);
        for row in ledger_of(previous) {
            let id = row.cluster_id.to_string();
            ledger.insert(id, updated(row, &live, &heirs, &today));
        }
    }
    let mut rows: Vec<IdRow<'static>> = cluster_ids
        .par_iter()
        .filter(|id| !ledger.contains_key(*id))
        .map(|id| IdRow {
            cluster_id: Cow::Owned(id.clone()),
            born: Cow::Owned(today.clone()),
            last: Cow::Owned(today.clone()),
            successors: Cow::Borrowed(""),
        })
        .collect();
    rows.extend(ledger.into_values());
    rows.par_sort_unstable_by(|one, other| one.cluster_id.cmp(&other.cluster_id));
    rows
}

/// The previous ledger, with a row for any cluster that it should have had.
fn ledger_of(previous: &PreviousRun) -> impl Iterator<Item = IdRow<'static>> {
    let day = previous.as_of.date_text();
    let listed: BTreeSet<&str> = previous.ids.iter().map(|row| &*row.cluster_id).collect();
    let unlisted: Vec<IdRow<'static>> = previous
        .cluster_ids
        .iter()
        .filter(|id| !listed.contains(id.as_str()))
        .map(|id| IdRow {
            cluster_id: Cow::Owned(id.clone()),
            born: Cow::Owned(day.clone()),
            last: Cow::Owned(day.clone()),
            successors: Cow::Borrowed(""),
        })
        .collect();
    previous.ids.iter().cloned().chain(unlisted)
}

/// For each previous cluster whose id retires now, the live ids that its members went to: most
/// members first, ties by rank.
fn heirs_of<'a>(
    cluster_ids: &'a [String],
    previous: &'a PreviousRun,
    overlaps: &Overlaps,
    live: &BTreeSet<&str>,
) -> BTreeMap<&'a str, Vec<&'a str>> {
    let mut pairs: Vec<_> = overlaps
        .pairs
        .iter()
        .filter(|pair| !live.contains(previous.cluster_ids[pair.previous as usize].as_str()))
        .collect();
    pairs.sort_by_key(|pair| (pair.previous, std::cmp::Reverse(pair.shared), pair.ring));
    let mut heirs: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for id in &previous.cluster_ids {
        if !live.contains(id.as_str()) {
            heirs.insert(id, Vec::new());
        }
    }
    for pair in pairs {
        let retired = previous.cluster_ids[pair.previous as usize].as_str();
        let heirs = heirs.entry(retired).or_default();
        if heirs.len() < MAX_SUCCESSORS {
            heirs.push(&cluster_ids[pair.ring as usize]);
        }
    }
    heirs
}

/// A row of the previous ledger as of today.
fn updated(
    mut row: IdRow<'static>,
    live: &BTreeSet<&str>,
    heirs: &BTreeMap<&str, Vec<&str>>,
    today: &str,
) -> IdRow<'static> {
    let id: &str = &row.cluster_id;
    if live.contains(id) {
        row.last = Cow::Owned(today.to_owned());
        row.successors = Cow::Borrowed("");
        return row;
    }
    let successors = match heirs.get(id) {
        Some(heirs) => spell(heirs.iter().copied()),
        // Retired earlier. Its successors were alive yesterday: each is alive today or has heirs.
        None => spell(row.successors.split(';').flat_map(|successor| {
            match (live.get(successor), heirs.get(successor)) {
                (Some(&alive), _) => vec![alive],
                (None, Some(heirs)) => heirs.clone(),
                (None, None) => Vec::new(),
            }
        })),
    };
    row.successors = Cow::Owned(successors);
    row
}

fn spell<'a>(ids: impl Iterator<Item = &'a str>) -> String {
    let mut successors: Vec<&str> = Vec::new();
    for id in ids {
        if successors.len() < MAX_SUCCESSORS && !successors.contains(&id) {
            successors.push(id);
        }
    }
    if successors.is_empty() {
        return NOWHERE.to_owned();
    }
    successors.join(";")
}
