//! What reviewers may say, what they have said, and who looked.

use axum::Json;
use axum::extract::State;
use axum::http::header::CACHE_CONTROL;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use crate::decisions::{REASON_CODES, ReasonCode, ReviewedGroup, reviewed as reviewed_groups};
use crate::serve::error::{ApiError, ErrorBody};
use crate::serve::state::App;

/// Lines of the audit in one answer.
const AUDIT_LINES: usize = 500;

/// The reasons that a decision can have.
#[utoipa::path(get, path = "/reason-codes", tag = "decisions", responses(
    (status = 200, body = Vec<Object>),
    (status = "default", body = ErrorBody),
))]
pub(super) async fn reason_codes() -> Json<&'static [ReasonCode]> {
    Json(REASON_CODES)
}

/// How often reviewers agreed with the machine.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Reviewed {
    /// All reviewed clusters, by proposed action, and by band of scores; precision with its 95 %
    /// interval.
    #[schema(value_type = Vec<Object>)]
    groups: Vec<ReviewedGroup>,
}

/// Precision by reviewed cases, with Wilson's 95 % interval.
#[utoipa::path(get, path = "/reviewed", tag = "decisions", responses(
    (status = 200, body = Reviewed),
    (status = "default", body = ErrorBody),
))]
pub(super) async fn reviewed(State(app): State<App>) -> Result<Response, ApiError> {
    let groups = if app.keeps_decisions() {
        app.ask_record(|record| Ok(reviewed_groups(&record.history(None)?)))
            .await?
    } else {
        Vec::new()
    };
    Ok(([(CACHE_CONTROL, "no-store")], Json(Reviewed { groups })).into_response())
}

/// A line of the audit.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AuditLine {
    at: String,
    by: String,
    role: String,
    action: String,
    subject: String,
    run_id: String,
}

/// Who looked at what in full, newest first: the last 500 lines.
#[utoipa::path(get, path = "/audit", tag = "decisions", responses(
    (status = 200, body = Vec<AuditLine>),
    (status = "default", body = ErrorBody),
))]
pub(super) async fn audit(State(app): State<App>) -> Result<Response, ApiError> {
    let entries = if app.keeps_decisions() {
        app.ask_record(|record| record.audit_trail(AUDIT_LINES))
            .await?
    } else {
        Vec::new()
    };
    let lines: Vec<AuditLine> = entries
        .into_iter()
        .map(|entry| AuditLine {
            at: entry.at.to_string(),
            by: entry.by,
            role: entry.role,
            action: entry.action,
            subject: entry.subject,
            run_id: entry.run_id,
        })
        .collect();
    Ok(([(CACHE_CONTROL, "no-store")], Json(lines)).into_response())
}
