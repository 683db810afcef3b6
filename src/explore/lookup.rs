//! Finding what an id typed by a person means.

use std::collections::BTreeSet;

use crate::explore::error::ExploreError;
use crate::explore::snapshot::Snapshot;
use crate::explore::usage::Sharer;
use crate::run::{ClusterRow, IdRow};

/// Ids offered when one is unknown.
const MAX_NEAREST: usize = 3;
/// A shorter text is not taken for the start of an id.
const MIN_PREFIX_CHARS: usize = 4;

/// What a cluster id stands for.
pub(super) enum FoundCluster<'a> {
    Living(&'a ClusterRow<'static>),
    Ended(&'a IdRow<'static>),
}

/// The cluster with an id, living or ended, or the only living one whose id starts with the text.
///
/// # Errors
/// [`ExploreError::AmbiguousCluster`], or [`ExploreError::UnknownCluster`] with the nearest ids.
pub(super) fn find_cluster<'a>(
    snapshot: &'a Snapshot,
    text: &str,
) -> Result<FoundCluster<'a>, ExploreError> {
    if let Some(cluster) = snapshot.cluster(text) {
        return Ok(FoundCluster::Living(cluster));
    }
    if let Some(ended) = snapshot.ids.iter().find(|row| row.cluster_id == text) {
        return Ok(FoundCluster::Ended(ended));
    }
    let begun = with_prefix(&snapshot.clusters, text);
    match begun.as_slice() {
        [cluster] if text.chars().count() >= MIN_PREFIX_CHARS => {
            return Ok(FoundCluster::Living(cluster));
        }
        [_, _, ..] => return Err(ambiguous(snapshot, text, &begun)),
        _ => {}
    }
    let known = snapshot
        .clusters
        .iter()
        .map(|row| row.cluster_id.as_ref())
        .chain(snapshot.ids.iter().map(|row| row.cluster_id.as_ref()));
    Err(ExploreError::UnknownCluster {
        cluster_id: text.into(),
        run_id: snapshot.facts.run_id.clone(),
        nearest: nearest(known, text),
        is_merchant: snapshot.members.iter().any(|row| row.merchant_id == text),
    })
}

/// The living cluster with an id.
///
/// # Errors
/// As [`find_cluster`], and [`ExploreError::ClusterEnded`].
pub(super) fn find_living<'a>(
    snapshot: &'a Snapshot,
    text: &str,
) -> Result<&'a ClusterRow<'static>, ExploreError> {
    match find_cluster(snapshot, text)? {
        FoundCluster::Living(cluster) => Ok(cluster),
        FoundCluster::Ended(row) => Err(ExploreError::ClusterEnded {
            cluster_id: row.cluster_id.clone().into_owned(),
            last: row.last.clone().into_owned(),
            successors: successors(row),
        }),
    }
}

/// The living clusters that an ended one's members went to, in the order of `ids.csv`.
pub(super) fn successors(row: &IdRow<'_>) -> Vec<String> {
    row.successors
        .split(';')
        .filter(|id| !id.is_empty() && *id != "-")
        .map(String::from)
        .collect()
}

/// A merchant that shares something.
///
/// # Errors
/// [`ExploreError::UnknownMerchant`] with the nearest ids.
pub(super) fn find_merchant(
    snapshot: &Snapshot,
    merchant_id: &str,
) -> Result<Sharer, ExploreError> {
    snapshot
        .usage()
        .find(merchant_id)
        .ok_or_else(|| unknown_merchant(snapshot, merchant_id))
}

/// The error for a merchant that neither a cluster nor a link knows.
pub(super) fn unknown_merchant(snapshot: &Snapshot, merchant_id: &str) -> ExploreError {
    let known = snapshot.usage().merchants().iter().map(String::as_str);
    ExploreError::UnknownMerchant {
        merchant_id: merchant_id.into(),
        run_id: snapshot.facts.run_id.clone(),
        nearest: nearest(known, merchant_id),
    }
}

/// The clusters whose id starts with a text; none for an empty one.
fn with_prefix<'a>(
    clusters: &'a [ClusterRow<'static>],
    text: &str,
) -> Vec<&'a ClusterRow<'static>> {
    let starts =
        |cluster: &&ClusterRow<'_>| !text.is_empty() && cluster.cluster_id.starts_with(text);
    clusters.iter().filter(starts).collect()
}

fn ambiguous(snapshot: &Snapshot, text: &str, begun: &[&ClusterRow<'static>]) -> ExploreError {
    let first = begun.iter().take(MAX_NEAREST);
    ExploreError::AmbiguousCluster {
        start: text.into(),
        run_id: snapshot.facts.run_id.clone(),
        count: begun.len(),
        first: first
            .map(|row| row.cluster_id.clone().into_owned())
            .collect(),
    }
}

/// The known ids spelled most like a text, nearest first, ties by id; none when all are far.
pub(super) fn nearest<'a>(known: impl Iterator<Item = &'a str>, text: &str) -> Vec<String> {
    let wanted = text.to_lowercase();
    let length = wanted.chars().count();
    let most = (length / 3).max(2);
    let mut best: BTreeSet<(usize, &str)> = BTreeSet::new();
    for id in known.filter(|id| id.chars().count().abs_diff(length) <= most) {
        let distance = strsim::osa_distance(&id.to_lowercase(), &wanted);
        if distance <= most {
            best.insert((distance, id));
            if best.len() > MAX_NEAREST {
                best.pop_last();
            }
        }
    }
    best.into_iter().map(|(_, id)| id.to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn nearest_ids_come_by_distance_then_id() {
        let known = ["M-101", "M-100", "M-110", "X-999", "m-1"];
        let check = |text: &str, expected: &[&str]| {
            assert_eq!(nearest(known.into_iter(), text), expected, "{text}");
        };
        check("M-1O0", &["M-100", "M-110", "M-101"]);
        check("m-999", &["X-999"]);
        check("nothing like it at all", &[]);
    }
}
