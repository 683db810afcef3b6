//! What decisions add to answers about clusters.

use axum::http::header::CACHE_CONTROL;
use axum::http::{HeaderMap, HeaderValue};
use serde::Serialize;
use utoipa::ToSchema;

use crate::serve::desk::Statuses;
use crate::serve::state::App;

/// Where a case stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct DeskColumns {
    /// `open`, `confirmed`, `honest`, `unsure`, `escalated` or `snoozed`.
    #[schema(value_type = String)]
    pub(crate) state: &'static str,
    /// Who works on it.
    pub(crate) assignee: Option<String>,
    /// Until when it is put off.
    pub(crate) snoozed_until: Option<String>,
    /// When the decision that holds was made.
    pub(crate) decided_at: Option<String>,
}

impl DeskColumns {
    /// Those of a cluster; open when nobody has touched it.
    pub(crate) fn of(statuses: &Statuses, cluster_id: &str) -> Self {
        let status = statuses.get(cluster_id).cloned().unwrap_or_default();
        Self {
            state: status.state.name(),
            assignee: status.assignee,
            snoozed_until: status.snoozed_until.map(|until| until.to_string()),
            decided_at: status.decided_at.map(|at| at.to_string()),
        }
    }
}

/// Headers of an answer with decisions in it: they change within a run, so that it must not be kept.
pub(crate) fn changing(app: &App) -> HeaderMap {
    let mut headers = HeaderMap::new();
    if app.keeps_decisions() {
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    headers
}
