//! What decisions add to answers about clusters.

use std::collections::BTreeMap;

use axum::http::header::CACHE_CONTROL;
use axum::http::{HeaderMap, HeaderValue};
use serde::Serialize;
use utoipa::ToSchema;

use crate::decisions::{CaseState as Standing, CaseStatus};
use crate::explore::OpenRun;
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
    let states = statuses.iter().map(|(id, status)| {
        let mut state = CaseState::from(status);
        if status.state == Standing::Honest && comes_back(run, id, status) {
            Standing::Open.name().clone_into(&mut state.state);
        }
        (id.clone(), state)
    });
    Ok(Some(states.collect()))
}

/// Whether a run that knows that a cluster was found honest, for its members are labelled so, proposes all
/// the same that somebody looks at it: without materially new evidence it would only watch it. Who judged on
/// that very run has looked.
fn comes_back(run: &OpenRun, cluster_id: &str, status: &CaseStatus) -> bool {
    let takes_decisions = (run.manifest().inputs.iter()).any(|input| input.table == "decisions");
    if !takes_decisions || status.decided_on.as_deref() == Some(run.run_id()) {
        return false;
    }
    let (clusters, at) = (run.clusters(), run.clusters().find(cluster_id));
    let columns = clusters.columns();
    at.is_some_and(|at| columns.legit_labels[at] > 0 && columns.action[at] != Action::Monitor)
}

/// Headers of an answer with decisions in it: they change within a run, so that it must not be kept.
pub(crate) fn changing(app: &App) -> HeaderMap {
    let mut headers = HeaderMap::new();
    if app.keeps_decisions() {
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    headers
}
