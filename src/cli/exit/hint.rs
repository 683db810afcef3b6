//! What to do about an error, beside what it says itself.

use super::{BadUsage, GuardrailTripped, is_full, is_refusal, is_unusable};
use crate::decisions::DecisionsError;
use crate::explore::ExploreError;
use crate::pipeline::PipelineError;

/// What to do next, where anybody but us can do something.
pub(super) fn hint_of(error: &anyhow::Error) -> Option<String> {
    if error.chain().any(is_full) {
        return Some(
            "the disk is full, or the quota is spent: make room there, then try again".into(),
        );
    }
    for cause in error.chain() {
        if let Some(cause) = cause.downcast_ref::<BadUsage>() {
            return Some(cause.hint.clone());
        }
        if let Some(cause) = cause.downcast_ref::<GuardrailTripped>() {
            let report = cause.run.join("report.html");
            return Some(format!(
                "read {}; if the change is real, widen the guardrail in the strategy for one run",
                report.display()
            ));
        }
        if let Some(cause) = cause.downcast_ref::<ExploreError>() {
            return hint_of_explore(cause);
        }
        let of_run = cause.downcast_ref::<PipelineError>();
        let decisions = match of_run {
            Some(PipelineError::Decisions(cause)) => Some(cause),
            _ => cause.downcast_ref::<DecisionsError>(),
        };
        if let Some(decisions) = decisions {
            return hint_of_decisions(decisions).map(Into::into);
        }
        if let Some(PipelineError::Run(cause)) = of_run {
            let hint = "name a folder that can be written with --out, or mend its permissions";
            return is_refusal(cause).then(|| hint.into());
        }
    }
    None
}

fn hint_of_decisions(error: &DecisionsError) -> Option<&'static str> {
    match error {
        DecisionsError::Missing { .. } => {
            Some("`ringfence serve --db FILE` keeps one, `ringfence token add --db FILE` makes one")
        }
        _ if error.is_busy() => Some(
            "wait for the other process to end, or end it, then try again: `lsof FILE` names it; a record is on a disk of this machine, and a backup is made with SQLite's `.backup`, which locks nothing for long",
        ),
        _ if is_unusable(error) => Some(
            "name a file in a folder that is there and can be written, with --decisions for a run and --db elsewhere: to read a record takes its lock",
        ),
        _ => None,
    }
}

fn hint_of_explore(error: &ExploreError) -> Option<String> {
    let hint = match error {
        ExploreError::UnknownCluster {
            cluster_id,
            is_merchant: true,
            ..
        } => format!("that is a merchant: ask `ringfence merchant {cluster_id}`"),
        ExploreError::UnknownCluster { .. } => {
            "`ringfence top` lists the clusters, `ringfence top --search TEXT` finds them by member"
                .into()
        }
        ExploreError::AmbiguousCluster { .. } => "give more of the id".into(),
        ExploreError::ClusterEnded { cluster_id, .. } => {
            format!("`ringfence show {cluster_id}` tells what became of it")
        }
        ExploreError::UnknownMerchant { .. } => {
            "a merchant that shares nothing with another is in no cluster and in no link".into()
        }
        ExploreError::UnknownKind { .. } | ExploreError::Run(_) => return None,
    };
    Some(hint)
}
