//! What is known of runs as a whole.

use std::collections::BTreeMap;

use axum::Json;
use serde::Serialize;
use utoipa::ToSchema;

use crate::run::Manifest;
use crate::serve::answer::Answer;
use crate::serve::error::{ApiError, ErrorBody};
use crate::serve::state::Pinned;

/// A run at a glance, from its manifest.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RunFacts {
    tool_version: String,
    strategy_hash: String,
    /// The run before it; null for the first.
    previous_run_id: Option<String>,
    /// What was counted, by name.
    counts: BTreeMap<String, u64>,
    /// Data-quality findings.
    findings: Vec<FindingFact>,
    /// Guardrails that tripped; empty for a published run.
    held_by: Vec<String>,
    /// Seconds each stage took, in their order.
    stages: Vec<StageFact>,
    /// Most memory the process ever held, where the system told.
    peak_memory_bytes: Option<u64>,
}

/// Something about the input that a person should know.
#[derive(Debug, Serialize, ToSchema)]
struct FindingFact {
    code: String,
    /// `info` or `warn`.
    severity: &'static str,
    sentence: String,
    count: u64,
}

/// How long a stage took.
#[derive(Debug, Serialize, ToSchema)]
struct StageFact {
    stage: String,
    seconds: f64,
}

impl RunFacts {
    fn new(manifest: &Manifest) -> Self {
        use crate::run::FindingSeverity::{Info, Warn};
        Self {
            tool_version: manifest.tool_version.clone(),
            strategy_hash: manifest.strategy_hash.clone(),
            previous_run_id: manifest.previous_run_id.clone(),
            counts: manifest.counts.clone(),
            findings: manifest
                .findings
                .iter()
                .map(|finding| FindingFact {
                    code: finding.code.clone(),
                    severity: match finding.severity {
                        Info => "info",
                        Warn => "warn",
                    },
                    sentence: finding.sentence.clone(),
                    count: finding.count,
                })
                .collect(),
            held_by: manifest
                .held_by
                .iter()
                .map(|held| held.code.clone())
                .collect(),
            stages: manifest
                .stages
                .iter()
                .map(|stage| StageFact {
                    stage: stage.stage.clone(),
                    seconds: stage.seconds,
                })
                .collect(),
            peak_memory_bytes: manifest.peak_memory_bytes,
        }
    }
}

/// The run that is served.
#[utoipa::path(get, path = "/run", tag = "runs", responses(
    (status = 200, body = Answer<RunFacts>),
    (status = "default", body = ErrorBody),
))]
pub(super) async fn run(Pinned(run): Pinned) -> Result<Json<Answer<RunFacts>>, ApiError> {
    Ok(Answer::new(&run, RunFacts::new(run.manifest())))
}
