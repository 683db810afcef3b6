//! Which clusters first?

use std::collections::BTreeSet;

use serde::Serialize;

use crate::explore::snapshot::{Snapshot, Table};
use crate::explore::words;
use crate::model::{Bits, Money, Timestamp};
use crate::run::{Action, ClusterRow, RunError, RunReader, reason_title};

/// The tables that [`top`] reads; members and evidence only when the filter searches them.
pub const TOP_TABLES: &[Table] = &[Table::Clusters, Table::Members, Table::Evidence];

/// Which clusters to list. The default lists all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TopFilter {
    /// Only clusters with one of these proposed actions; empty for any.
    pub actions: Vec<Action>,
    /// Only clusters with at least so many members.
    pub min_size: u32,
    /// Only clusters with this text, whatever its case, in a member's id or name, or in a shared
    /// entity's key or spelling.
    pub search: Option<String>,
}

/// Clusters, best first.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Top {
    /// Clusters in the run.
    pub in_run: usize,
    /// Clusters that pass the filter.
    pub matching: usize,
    /// The first of those, best first.
    pub clusters: Vec<ClusterLine>,
}

/// A cluster in one line.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[expect(missing_docs, reason = "the columns of clusters.csv, by their names")]
pub struct ClusterLine {
    pub rank: u32,
    pub cluster_id: String,
    pub score: f64,
    #[serde(serialize_with = "words::action")]
    pub action: Action,
    pub size: u32,
    pub entities: u32,
    #[serde(serialize_with = "words::bits")]
    pub bits: Bits,
    #[serde(serialize_with = "words::money")]
    pub exposure: Money,
    pub fraud_labels: u32,
    pub legit_labels: u32,
    #[serde(serialize_with = "words::time")]
    pub first_formed: Option<Timestamp>,
    /// Independent kinds of evidence, strongest first.
    pub groups: Vec<String>,
    /// Title of the reason that speaks loudest for a ring; empty for none.
    pub main_reason: String,
    /// Guardrails that made the action milder than the score alone would have it.
    pub held_by: Vec<String>,
}

impl ClusterLine {
    /// The line of a row.
    pub(super) fn new(row: &ClusterRow<'_>) -> Self {
        Self {
            rank: row.rank,
            cluster_id: row.cluster_id.to_string(),
            score: row.score,
            action: row.action,
            size: row.size,
            entities: row.entities,
            bits: row.bits,
            exposure: row.exposure,
            fraud_labels: row.fraud_labels,
            legit_labels: row.legit_labels,
            first_formed: row.first_formed,
            groups: parts(&row.groups),
            main_reason: main_reason(&row.reasons),
            held_by: parts(&row.held_by),
        }
    }
}

/// The first `n` clusters of a run that pass a filter, best first.
pub fn top(snapshot: &Snapshot, n: usize, filter: &TopFilter) -> Top {
    let found = filter.search.as_ref().map(|text| holding(snapshot, text));
    let passes = |row: &&ClusterRow<'_>| {
        (filter.actions.is_empty() || filter.actions.contains(&row.action))
            && row.size >= filter.min_size
            && found
                .as_ref()
                .is_none_or(|ids| ids.contains(row.cluster_id.as_ref()))
    };
    let mut matching: Vec<&ClusterRow<'_>> = snapshot.clusters.iter().filter(passes).collect();
    matching.sort_by_key(|row| row.rank);
    Top {
        in_run: snapshot.clusters.len(),
        matching: matching.len(),
        clusters: matching.into_iter().take(n).map(ClusterLine::new).collect(),
    }
}

/// The first `n` clusters of a run, best first; unlike [`top`] it reads no more than those.
///
/// # Errors
/// When they can't be read.
pub fn best(run: &RunReader, n: usize) -> Result<Top, RunError> {
    let in_run = run.manifest().count("clusters");
    let in_run = usize::try_from(in_run).unwrap_or(usize::MAX);
    let rows = run.best_clusters(n)?;
    Ok(Top {
        in_run,
        matching: in_run,
        clusters: rows.iter().map(ClusterLine::new).collect(),
    })
}

/// The clusters in which a text occurs.
fn holding<'a>(snapshot: &'a Snapshot, text: &str) -> BTreeSet<&'a str> {
    let wanted = text.to_lowercase();
    let has = |value: &str| value.to_lowercase().contains(&wanted);
    let by_member = snapshot
        .members
        .iter()
        .filter(|row| has(&row.merchant_id) || has(&row.name))
        .map(|row| row.cluster_id.as_ref());
    let by_entity = snapshot
        .evidence
        .iter()
        .filter(|row| has(&row.entity) || has(&row.shown))
        .map(|row| row.cluster_id.as_ref());
    let by_id = snapshot
        .clusters
        .iter()
        .filter(|row| has(&row.cluster_id))
        .map(|row| row.cluster_id.as_ref());
    by_member.chain(by_entity).chain(by_id).collect()
}

/// The parts of a `;`-separated column.
pub(super) fn parts(text: &str) -> Vec<String> {
    text.split(';')
        .filter(|part| !part.is_empty())
        .map(String::from)
        .collect()
}

/// The title of the first reason with positive points in `code:+1.25;code:-0.50`.
fn main_reason(reasons: &str) -> String {
    reasons
        .split(';')
        .filter_map(|part| part.split_once(':'))
        .find(|(_, points)| !points.starts_with('-'))
        .map_or_else(String::new, |(code, _)| reason_title(code).to_owned())
}
