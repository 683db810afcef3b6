//! Who works on a case, and when.

use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::http::StatusCode;
use axum::{Extension, Json};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::model::Timestamp;
use crate::serve::auth::Caller;
use crate::serve::clock::now;
use crate::serve::error::{ApiError, ErrorBody};
use crate::serve::extract::Path;
use crate::serve::state::{App, Pinned};

/// Who is to work on a case.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Assign {
    /// Their name; null for nobody. Not to be left out: a misspelt name is not nobody.
    #[serde(deserialize_with = "Option::deserialize")]
    #[schema(
        required = true,
        min_length = 1,
        max_length = 1000,
        pattern = r"^[^\u0000-\u001F\u007F-\u009F]*\S[^\u0000-\u001F\u007F-\u009F]*$"
    )]
    assignee: Option<String>,
}

/// Gives a case to somebody, or to nobody.
#[utoipa::path(post, path = "/clusters/{cluster_id}/assign", tag = "decisions",
    params(("cluster_id" = String, Path)), request_body = Assign, responses(
    (status = 204),
    (status = "default", body = ErrorBody),
))]
pub(super) async fn assign(
    State(app): State<App>,
    Pinned(run): Pinned,
    Extension(caller): Extension<Caller>,
    Path(cluster_id): Path<String>,
    given: Result<Json<Assign>, JsonRejection>,
) -> Result<StatusCode, ApiError> {
    let Json(given) = given?;
    living(&run, &cluster_id)?;
    let at = now();
    app.write_record(move |record| {
        record.assign(&cluster_id, given.assignee.as_deref(), &caller.user, at)
    })
    .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Until when a case is put off.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Snooze {
    /// The day on which it comes back, `YYYY-MM-DD`, from midnight UTC on; null to take it up again. Of a
    /// timestamp the day counts.
    #[serde(deserialize_with = "Option::deserialize")]
    #[schema(required = true, value_type = Option<String>, format = Date)]
    until: Option<String>,
}

/// Puts a case off until a day, or takes it up again.
#[utoipa::path(post, path = "/clusters/{cluster_id}/snooze", tag = "decisions",
    params(("cluster_id" = String, Path)), request_body = Snooze, responses(
    (status = 204),
    (status = "default", body = ErrorBody),
))]
pub(super) async fn snooze(
    State(app): State<App>,
    Pinned(run): Pinned,
    Extension(caller): Extension<Caller>,
    Path(cluster_id): Path<String>,
    given: Result<Json<Snooze>, JsonRejection>,
) -> Result<StatusCode, ApiError> {
    let Json(given) = given?;
    living(&run, &cluster_id)?;
    let until = given.until.as_deref().map(Timestamp::parse).transpose();
    let until = until.map_err(|error| ApiError::bad_request(format!("until: {error}")))?;
    let at = now();
    app.write_record(move |record| record.snooze(&cluster_id, until, &caller.user, at))
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

fn living(run: &crate::explore::OpenRun, cluster_id: &str) -> Result<(), ApiError> {
    let found = run.clusters().find(cluster_id);
    found
        .map(|_| ())
        .ok_or_else(|| ApiError::not_found("the run holds no living cluster of this id"))
}
