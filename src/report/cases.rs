//! The few clusters that get a card, each with its rows from every table.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::input::ReportInput;
use crate::run::{ClusterRow, EvidenceRow, LinkRow, MemberRow, ReasonRow};

/// Clusters with a card of their own.
const MAX_CASES: usize = 12;

/// A cluster and all that is known of it.
#[derive(Debug)]
pub(super) struct Case<'a> {
    pub(super) cluster: &'a ClusterRow<'a>,
    /// Core first, then by evidence, ties by id.
    pub(super) members: Vec<&'a MemberRow<'a>>,
    /// Strongest first, ties by type and key.
    pub(super) evidence: Vec<&'a EvidenceRow<'a>>,
    /// Largest magnitude first, ties by code.
    pub(super) reasons: Vec<&'a ReasonRow<'a>>,
    /// By type, entity and merchant.
    pub(super) links: Vec<&'a LinkRow<'a>>,
}

/// All clusters, best first.
pub(super) fn by_rank<'a>(clusters: &'a [ClusterRow<'a>]) -> Vec<&'a ClusterRow<'a>> {
    let mut sorted: Vec<_> = clusters.iter().collect();
    sorted.sort_by_key(|cluster| (cluster.rank, &*cluster.cluster_id));
    sorted
}

/// The best clusters with their rows, each list in an order that does not depend on the tables'.
pub(super) fn gather<'a>(
    input: &ReportInput<'a>,
    clusters: &[&'a ClusterRow<'a>],
) -> Vec<Case<'a>> {
    let mut cases: Vec<Case> = clusters
        .iter()
        .take(MAX_CASES)
        .map(|&cluster| Case {
            cluster,
            members: Vec::new(),
            evidence: Vec::new(),
            reasons: Vec::new(),
            links: Vec::new(),
        })
        .collect();
    let position: BTreeMap<&str, usize> = cases
        .iter()
        .enumerate()
        .map(|(position, case)| (&*case.cluster.cluster_id, position))
        .collect();
    let of = |id: &str| position.get(id).copied();
    for row in input.members {
        if let Some(case) = of(&row.cluster_id) {
            cases[case].members.push(row);
        }
    }
    for row in input.evidence {
        if let Some(case) = of(&row.cluster_id) {
            cases[case].evidence.push(row);
        }
    }
    for row in input.reasons {
        if let Some(case) = of(&row.cluster_id) {
            cases[case].reasons.push(row);
        }
    }
    for row in input.links {
        if let Some(case) = of(&row.cluster_id) {
            cases[case].links.push(row);
        }
    }
    cases.iter_mut().for_each(sort_rows);
    cases
}

fn sort_rows(case: &mut Case) {
    case.members
        .sort_by_key(|row| (Reverse(row.role), Reverse(row.bits), &*row.merchant_id));
    case.evidence
        .sort_by_key(|row| (Reverse(row.bits), &*row.entity_type, &*row.entity));
    case.reasons.sort_by(|a, b| {
        let by_magnitude = b.points.abs().total_cmp(&a.points.abs());
        by_magnitude.then_with(|| a.code.cmp(&b.code))
    });
    case.links
        .sort_by_key(|row| (&*row.entity_type, &*row.entity, &*row.merchant_id));
}
