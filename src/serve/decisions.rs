//! What people decided: its routes, and what it adds to the read API.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;

use super::error::ApiError;
use super::state::App;

/// The routes of sessions and decisions.
pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
}

/// What people made of a cluster.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(super) struct CaseState {
    /// `open`, `confirmed`, `honest`, `unsure`, `escalated` or `snoozed`.
    pub(super) state: String,
    /// Who works on it.
    pub(super) assignee: Option<String>,
    /// Until when it rests.
    pub(super) snoozed_until: Option<String>,
    /// When it was last decided on.
    pub(super) decided_at: Option<String>,
}

impl Default for CaseState {
    fn default() -> Self {
        Self {
            state: "open".to_owned(),
            assignee: None,
            snoozed_until: None,
            decided_at: None,
        }
    }
}

/// The state of each cluster that is not just open, by id; none without a database.
#[expect(clippy::unnecessary_wraps, reason = "a database may refuse")]
pub(super) fn states(_app: &App) -> Result<Option<BTreeMap<String, CaseState>>, ApiError> {
    Ok(None)
}
