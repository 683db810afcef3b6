//! A run and its labels as cases.

use std::collections::BTreeMap;

use super::FitError;
use super::labels::Labels;
use crate::learn::{CaseRow, Cases};
use crate::run::RunReader;
use crate::strategy::Strategy;

/// The labelled clusters of a run whose strategy is `strategy`; and how many labels are on merchants in no
/// cluster.
pub(super) fn cases(
    run: &RunReader,
    labels: &Labels,
    strategy: &Strategy,
) -> Result<(Cases, usize), FitError> {
    let mut cases = Cases::none(strategy);
    let position: BTreeMap<&str, usize> = (cases.reasons.iter())
        .map(|reason| reason.code.as_str())
        .zip(0..)
        .collect();
    // Fraudulent and all labelled members of each cluster.
    let mut counts: BTreeMap<String, (u32, u32)> = BTreeMap::new();
    let mut inside = 0;
    for member in run.members()? {
        if let Some(is_fraud) = labels.get(member.merchant_id.as_ref()) {
            let count = counts.entry(member.cluster_id.into_owned()).or_default();
            count.0 += u32::from(*is_fraud);
            count.1 += 1;
            inside += 1;
        }
    }
    let zeros = || vec![0.0; position.len()];
    let mut applies: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    for row in run.reasons()? {
        let Some(&at) = position.get(row.code.as_ref()) else {
            continue;
        };
        if counts.contains_key(row.cluster_id.as_ref()) {
            let case = applies
                .entry(row.cluster_id.into_owned())
                .or_insert_with(zeros);
            case[at] = cases.reasons[at].applies(row.points);
        }
    }
    let mut clusters = 0;
    for cluster in run.clusters()? {
        clusters += 1;
        if let Some(&(fraud, known)) = counts.get(cluster.cluster_id.as_ref()) {
            let found = applies.remove(cluster.cluster_id.as_ref());
            let applies = found.unwrap_or_else(zeros);
            cases.rows.push(CaseRow::new(applies, fraud, known));
        }
    }
    cases.are_most = 2 * cases.rows.len() >= clusters;
    Ok((cases, labels.len() - inside))
}
