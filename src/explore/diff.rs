//! What changed between two runs?

use std::collections::BTreeMap;

use serde::Serialize;

use crate::explore::snapshot::{Snapshot, Table};
use crate::explore::words;
use crate::run::{Action, ClusterRow, LineageEvent};

/// The tables that [`diff`] reads, of both runs.
pub const DIFF_TABLES: &[Table] = &[Table::Clusters, Table::Members];

/// A smaller change of a score is no move.
const MIN_SCORE_MOVE: f64 = 0.05;

/// What changed from one run to another.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Diff {
    /// The earlier run's id.
    pub run_a: String,
    /// The later run's id.
    pub run_b: String,
    /// How much changed.
    pub counts: DiffCounts,
    /// Clusters that changed, those with the severest action now first, then by score, then id.
    pub clusters: Vec<ClusterChange>,
    /// Merchants whose cluster changed, by id.
    pub merchants: Vec<MerchantMove>,
}

/// How much changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "each counts the changes it is named for")]
pub struct DiffCounts {
    pub clusters_a: usize,
    pub clusters_b: usize,
    pub continued: usize,
    pub born: usize,
    pub dissolved: usize,
    pub grown: usize,
    pub shrunk: usize,
    pub merged: usize,
    pub split: usize,
    pub action_changes: usize,
    pub score_moves: usize,
    pub merchants_joined: usize,
    pub merchants_left: usize,
    pub merchants_moved: usize,
}

/// A cluster that changed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ClusterChange {
    /// Which.
    pub cluster_id: String,
    /// What became of it, by the rules of lineage.csv. `merged`: more than half of its members went to
    /// `other`, under another id. `split`: at least half of its members, and two, came out of `other`.
    #[serde(serialize_with = "words::event")]
    pub event: LineageEvent,
    /// The other cluster of a merge or split; empty otherwise.
    pub other: String,
    /// How it was; null when it is new.
    pub before: Option<Side>,
    /// How it is; null when it is gone.
    pub after: Option<Side>,
    /// Merchants that came in.
    pub joined: usize,
    /// Merchants that went out.
    pub left: usize,
    /// Whether the proposed action changed.
    pub action_changed: bool,
    /// Whether the score moved by 0.05 or more.
    pub score_moved: bool,
}

/// A cluster in one of the runs.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[expect(missing_docs, reason = "the columns of clusters.csv, by their names")]
pub struct Side {
    pub rank: u32,
    pub score: f64,
    #[serde(serialize_with = "words::action")]
    pub action: Action,
    pub size: u32,
}

/// A merchant whose cluster changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MerchantMove {
    /// Who.
    pub merchant_id: String,
    /// How.
    pub moved: Moved,
    /// Its cluster in the earlier run; empty for none.
    pub from: String,
    /// Its cluster in the later run; empty for none.
    pub to: String,
}

/// How a merchant's cluster changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Moved {
    /// It was in none.
    Joined,
    /// It is in none.
    Left,
    /// It is in another.
    Moved,
}

/// What changed from run `a` to run `b`, which need not follow each other: clusters are told apart by
/// their ids and followed by their members.
pub fn diff(a: &Snapshot, b: &Snapshot) -> Diff {
    compare(&Compared::new(a), &Compared::new(b))
}

/// What is compared of a run.
pub(super) struct Compared<'a> {
    pub(super) run_id: &'a str,
    /// Its clusters, by id.
    pub(super) sides: BTreeMap<&'a str, Side>,
    /// Its clustered merchants with their clusters.
    pub(super) homes: Homes<'a>,
}

impl<'a> Compared<'a> {
    fn new(snapshot: &'a Snapshot) -> Self {
        Self {
            run_id: &snapshot.facts.run_id,
            sides: sides(snapshot),
            homes: homes(snapshot),
        }
    }
}

/// What changed from one run to another.
pub(super) fn compare(a: &Compared<'_>, b: &Compared<'_>) -> Diff {
    let flows = flows(&a.homes, &b.homes);
    let mut changes: Vec<ClusterChange> = Vec::new();
    for (id, after) in &b.sides {
        changes.push(living(id, *after, a.sides.get(id).copied(), &flows));
    }
    for (id, before) in a.sides.iter().filter(|(id, _)| !b.sides.contains_key(*id)) {
        changes.push(gone(id, *before, &flows));
    }
    let merchants = moves(&a.homes, &b.homes);
    let counts = counts(a, b, &changes, &merchants);
    changes.retain(|change| {
        change.event != LineageEvent::Continued
            || change.joined > 0
            || change.action_changed
            || change.score_moved
    });
    changes.sort_by(severest_first);
    Diff {
        run_a: a.run_id.to_owned(),
        run_b: b.run_id.to_owned(),
        counts,
        clusters: changes,
        merchants,
    }
}

fn severest_first(x: &ClusterChange, y: &ClusterChange) -> std::cmp::Ordering {
    let weight = |change: &ClusterChange| {
        let side = change.after.or(change.before);
        side.map_or((Action::Monitor, 0.0), |side| (side.action, side.score))
    };
    let (x_action, x_score) = weight(x);
    let (y_action, y_score) = weight(y);
    y_action
        .cmp(&x_action)
        .then(y_score.total_cmp(&x_score))
        .then_with(|| x.cluster_id.cmp(&y.cluster_id))
}

pub(super) type Homes<'a> = BTreeMap<&'a str, &'a str>;

fn homes(snapshot: &Snapshot) -> Homes<'_> {
    snapshot
        .members
        .iter()
        .map(|row| (row.merchant_id.as_ref(), row.cluster_id.as_ref()))
        .collect()
}

/// How many merchants went from which cluster to which; empty ids stand for none.
struct Flows<'a> {
    out: BTreeMap<&'a str, BTreeMap<&'a str, usize>>,
    into: BTreeMap<&'a str, BTreeMap<&'a str, usize>>,
}

fn flows<'a>(home_a: &Homes<'a>, home_b: &Homes<'a>) -> Flows<'a> {
    let mut flows = Flows {
        out: BTreeMap::new(),
        into: BTreeMap::new(),
    };
    let mut add = |from: &'a str, to: &'a str| {
        *flows.out.entry(from).or_default().entry(to).or_default() += 1;
        *flows.into.entry(to).or_default().entry(from).or_default() += 1;
    };
    for (merchant, from) in home_a {
        add(from, home_b.get(merchant).copied().unwrap_or_default());
    }
    for (_, to) in home_b
        .iter()
        .filter(|(merchant, _)| !home_a.contains_key(*merchant))
    {
        add("", to);
    }
    flows
}

/// Merchants that flow between a cluster and anything but itself.
fn changed(flow: Option<&BTreeMap<&str, usize>>, id: &str) -> usize {
    flow.into_iter()
        .flatten()
        .filter(|(other, _)| **other != id)
        .map(|(_, merchants)| merchants)
        .sum()
}

/// The cluster that most merchants flow to or from, ties to the smaller id; empty for none with which
/// enough are shared.
fn main_partner<'a>(
    flow: Option<&BTreeMap<&'a str, usize>>,
    is_enough: impl Fn(usize) -> bool,
) -> &'a str {
    flow.into_iter()
        .flatten()
        .filter(|(id, shared)| !id.is_empty() && is_enough(**shared))
        .max_by(|x, y| x.1.cmp(y.1).then(y.0.cmp(x.0)))
        .map_or("", |(id, _)| *id)
}

fn size(side: &Side) -> usize {
    usize::try_from(side.size).expect("a count of rows fits memory")
}

fn sides(snapshot: &Snapshot) -> BTreeMap<&str, Side> {
    let side = |row: &ClusterRow<'_>| Side {
        rank: row.rank,
        score: row.score,
        action: row.action,
        size: row.size,
    };
    snapshot
        .clusters
        .iter()
        .map(|row| (row.cluster_id.as_ref(), side(row)))
        .collect()
}

fn living(id: &str, after: Side, before: Option<Side>, flows: &Flows<'_>) -> ClusterChange {
    let into = flows.into.get(id);
    let joined = changed(into, id);
    let (mut left, mut other) = (0, "");
    let event = if before.is_some() {
        left = changed(flows.out.get(id), id);
        match (joined, left) {
            (joined, left) if joined > left => LineageEvent::Grown,
            (joined, left) if joined < left => LineageEvent::Shrunk,
            _ => LineageEvent::Continued,
        }
    } else {
        other = main_partner(into, |shared| shared >= 2 && 2 * shared >= size(&after));
        if other.is_empty() {
            LineageEvent::Born
        } else {
            LineageEvent::Split
        }
    };
    ClusterChange {
        cluster_id: id.into(),
        event,
        other: other.into(),
        before,
        after: Some(after),
        joined,
        left,
        action_changed: before.is_some_and(|before| before.action != after.action),
        score_moved: before
            .is_some_and(|before| (before.score - after.score).abs() >= MIN_SCORE_MOVE),
    }
}

fn gone(id: &str, before: Side, flows: &Flows<'_>) -> ClusterChange {
    let out = flows.out.get(id);
    let other = main_partner(out, |shared| 2 * shared > size(&before));
    ClusterChange {
        cluster_id: id.into(),
        event: if other.is_empty() {
            LineageEvent::Dissolved
        } else {
            LineageEvent::Merged
        },
        other: other.into(),
        before: Some(before),
        after: None,
        joined: 0,
        left: changed(out, id),
        action_changed: false,
        score_moved: false,
    }
}

fn moves(home_a: &Homes<'_>, home_b: &Homes<'_>) -> Vec<MerchantMove> {
    let mut moves: BTreeMap<&str, (&str, &str)> = BTreeMap::new();
    for (merchant, from) in home_a {
        moves.insert(merchant, (from, ""));
    }
    for (merchant, to) in home_b {
        moves.entry(merchant).or_default().1 = to;
    }
    moves
        .into_iter()
        .filter(|(_, (from, to))| from != to)
        .map(|(merchant, (from, to))| MerchantMove {
            merchant_id: merchant.into(),
            moved: match (from.is_empty(), to.is_empty()) {
                (true, _) => Moved::Joined,
                (_, true) => Moved::Left,
                _ => Moved::Moved,
            },
            from: from.into(),
            to: to.into(),
        })
        .collect()
}

fn counts(
    a: &Compared<'_>,
    b: &Compared<'_>,
    changes: &[ClusterChange],
    merchants: &[MerchantMove],
) -> DiffCounts {
    let events = |event| {
        changes
            .iter()
            .filter(|change| change.event == event)
            .count()
    };
    let moved = |how| merchants.iter().filter(|one| one.moved == how).count();
    DiffCounts {
        clusters_a: a.sides.len(),
        clusters_b: b.sides.len(),
        continued: events(LineageEvent::Continued),
        born: events(LineageEvent::Born),
        dissolved: events(LineageEvent::Dissolved),
        grown: events(LineageEvent::Grown),
        shrunk: events(LineageEvent::Shrunk),
        merged: events(LineageEvent::Merged),
        split: events(LineageEvent::Split),
        action_changes: changes
            .iter()
            .filter(|change| change.action_changed)
            .count(),
        score_moves: changes.iter().filter(|change| change.score_moved).count(),
        merchants_joined: moved(Moved::Joined),
        merchants_left: moved(Moved::Left),
        merchants_moved: moved(Moved::Moved),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::main_partner;

    #[test]
    fn a_single_member_makes_no_merge_and_no_split() {
        let flow = BTreeMap::from([("", 5), ("c-a", 1), ("c-b", 1)]);
        assert_eq!(main_partner(Some(&flow), |shared| shared >= 2), "");
        assert_eq!(main_partner(Some(&flow), |shared| shared >= 1), "c-a");
    }
}
