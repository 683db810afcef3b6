//! What decisions add to answers about clusters.

use std::collections::BTreeMap;
use std::time::UNIX_EPOCH;

use axum::http::header::CACHE_CONTROL;
use axum::http::{HeaderMap, HeaderValue};
use serde::Serialize;
use utoipa::ToSchema;

use crate::decisions::{CaseState as Standing, CaseStatus};
use crate::explore::OpenRun;
use crate::model::Timestamp;
use crate::run::Action;
use crate::serve::error::ApiError;
use crate::serve::state::App;

/// What people made of a cluster.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct CaseState {
    /// `open`, `confirmed`, `honest`, `unsure`, `escalated` or `snoozed`.
    pub(crate) state: String,
    /// Who works on it.
    pub(crate) assignee: Option<String>,
    /// Until when it rests.
    pub(crate) snoozed_until: Option<String>,
    /// When the decision that holds was made.
    pub(crate) decided_at: Option<String>,
}

impl Default for CaseState {
    fn default() -> Self {
        Self::from(&CaseStatus::default())
    }
}

impl From<&CaseStatus> for CaseState {
    fn from(status: &CaseStatus) -> Self {
        Self {
            state: status.state.name().to_owned(),
            assignee: status.assignee.clone(),
            snoozed_until: status.snoozed_until.map(|until| until.to_string()),
            decided_at: status.decided_at.map(|at| at.to_string()),
        }
    }
}

/// The state of each cluster that anybody has touched, by id; none where no decisions are kept. Blocks:
/// the first call after a change takes a pass over the decisions.
pub(crate) fn states(
    app: &App,
    run: &OpenRun,
) -> Result<Option<BTreeMap<String, CaseState>>, ApiError> {
    let Some(statuses) = app.statuses()? else {
        return Ok(None);
    };
    let known_at = decisions_known_at(run);
    let states = statuses.iter().map(|(id, status)| {
        let mut state = CaseState::from(status);
        if status.state == Standing::Honest && comes_back(run, id, status, known_at) {
            Standing::Open.name().clone_into(&mut state.state);
        }
        (id.clone(), state)
    });
    Ok(Some(states.collect()))
}

/// Whether a run that knows that a cluster was found honest proposes all the same that somebody looks at
/// it: without materially new evidence it would only watch it.
fn comes_back(
    run: &OpenRun,
    cluster_id: &str,
    status: &CaseStatus,
    known_at: Option<Timestamp>,
) -> bool {
    let is_known = known_at.is_some_and(|known| status.decided_at.is_some_and(|at| at <= known));
    let clusters = run.clusters();
    let action = || Some(clusters.columns().action[clusters.find(cluster_id)?]);
    is_known && action().is_some_and(|action| action != Action::Monitor)
}

/// Until when a run knows what was decided: until it was written, if it took decisions in at all. Its own
/// day may be long before.
fn decisions_known_at(run: &OpenRun) -> Option<Timestamp> {
    let mut inputs = run.manifest().inputs.iter();
    inputs.find(|input| input.table == "decisions")?;
    let written = std::fs::metadata(run.directory().join("manifest.json")).ok()?;
    let since_1970 = written.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
    let seconds = i64::try_from(since_1970.as_secs()).ok()?;
    Some(Timestamp::from_seconds(seconds))
}

/// Headers of an answer with decisions in it: they change within a run, so that it must not be kept.
pub(crate) fn changing(app: &App) -> HeaderMap {
    let mut headers = HeaderMap::new();
    if app.keeps_decisions() {
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    headers
}
