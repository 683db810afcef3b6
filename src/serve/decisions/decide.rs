//! Decisions: listing, recording, taking back.

use std::sync::Arc;

use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::http::header::CACHE_CONTROL;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use serde::{Deserialize, Serialize};
use utoipa::openapi::schema::{Object, ObjectBuilder, Type};
use utoipa::{IntoParams, ToSchema};

use crate::decisions::{
    Decision, DecisionFilter, Exception, NewDecision, REASON_CODES, Screen, ScreenEvidence,
    ScreenReason, Verdict,
};
use crate::explore::{OpenRun, Snapshot};
use crate::model::Timestamp;
use crate::serve::answer::bounded;
use crate::serve::api::queue::reason_points;
use crate::serve::auth::Caller;
use crate::serve::clock::now;
use crate::serve::error::{ApiError, ErrorBody};
use crate::serve::extract::{Path, Query};
use crate::serve::limits::{DEFAULT_PAGE, MAX_PAGE};
use crate::serve::state::{App, Pinned};

/// Which decisions.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Wanted {
    /// About this cluster.
    #[param(max_length = 512)]
    cluster: Option<String>,
    /// About a cluster that held this merchant.
    #[param(max_length = 512)]
    merchant: Option<String>,
    /// Decisions at most; 50 when nothing is said.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<usize>,
    /// `next_cursor` of the page before.
    #[param(minimum = 1)]
    cursor: Option<i64>,
}

/// Decisions, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Decisions {
    #[schema(value_type = Vec<Object>)]
    items: Vec<Decision>,
    /// For the next page; null on the last one.
    next_cursor: Option<String>,
}

/// Decisions on record, newest first, those taken back included.
#[utoipa::path(get, path = "/decisions", tag = "decisions", params(Wanted), responses(
    (status = 200, body = Decisions),
    (status = "default", body = ErrorBody),
))]
pub(super) async fn list(
    State(app): State<App>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, ApiError> {
    let limit = wanted.limit.unwrap_or(DEFAULT_PAGE);
    if !(1..=MAX_PAGE).contains(&limit) {
        let expected = format!("limit: expected 1 to {MAX_PAGE}");
        return Err(ApiError::bad_request(expected));
    }
    if wanted.cursor.is_some_and(|cursor| cursor < 1) {
        let expected = "cursor: expected the next_cursor of the page before";
        return Err(ApiError::bad_request(expected));
    }
    for (name, text) in [("cluster", &wanted.cluster), ("merchant", &wanted.merchant)] {
        bounded(name, text.as_deref().unwrap_or_default())?;
    }
    let items = if app.keeps_decisions() {
        app.ask_record(move |record| {
            let filter = DecisionFilter {
                cluster_id: wanted.cluster.as_deref(),
                merchant_id: wanted.merchant.as_deref(),
                before_id: wanted.cursor,
            };
            record.decisions(filter, limit)
        })
        .await?
    } else {
        Vec::new()
    };
    let next_cursor = items.last().filter(|_| items.len() == limit);
    let next_cursor = next_cursor.map(|decision| decision.id.to_string());
    let page = Decisions { items, next_cursor };
    Ok(([(CACHE_CONTROL, "no-store")], Json(page)).into_response())
}

/// A decision to be recorded.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Decide {
    /// The cluster.
    #[schema(max_length = 512)]
    cluster_id: String,
    /// The members it is about; null for the cluster as a whole.
    #[schema(min_items = 1)]
    merchant_ids: Option<Vec<String>>,
    /// `confirm`, `honest`, `unsure` or `escalate`.
    #[schema(value_type = String, pattern = "^(confirm|honest|unsure|escalate)$")]
    verdict: Verdict,
    /// One of `/reason-codes`, and one that goes with the verdict.
    #[schema(schema_with = reason_code)]
    reason_code: String,
    /// In words.
    #[serde(default)]
    #[schema(
        max_length = 8000,
        pattern = r"^[^\u0000-\u0008\u000B-\u001F\u007F-\u009F]*$"
    )]
    note: String,
    /// The run on the screen.
    #[schema(max_length = 128)]
    run_id: String,
    /// With `honest`: what the next runs are not to take for evidence.
    #[serde(default)]
    exceptions: Vec<DecideException>,
}

fn reason_code() -> Object {
    let codes = REASON_CODES.iter().map(|reason| reason.code);
    ObjectBuilder::new()
        .schema_type(Type::String)
        .description(Some(
            "One of `/reason-codes`, and one that goes with the verdict.",
        ))
        .enum_values(Some(codes))
        .build()
}

/// An exception.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct DecideException {
    /// `merchant`, `owner` or an entity type.
    kind: String,
    /// Whom or what.
    value: String,
    /// Why.
    #[serde(default)]
    #[schema(
        max_length = 8000,
        pattern = r"^[^\u0000-\u0008\u000B-\u001F\u007F-\u009F]*$"
    )]
    reason: String,
    /// The last day on which it holds, `YYYY-MM-DD`.
    #[schema(value_type = String, format = Date)]
    expires_at: String,
}

/// Decisions to be recorded together.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct DecideAll {
    /// All of them are recorded, or none.
    #[schema(min_items = 1, max_items = 1000)]
    decisions: Vec<Decide>,
}

/// Records a decision. It is on the disk when the answer comes.
#[utoipa::path(post, path = "/decisions", tag = "decisions", request_body = Decide, responses(
    (status = 200, body = Object),
    (status = "default", body = ErrorBody),
))]
pub(super) async fn decide(
    State(app): State<App>,
    Pinned(run): Pinned,
    Extension(caller): Extension<Caller>,
    given: Result<Json<Decide>, JsonRejection>,
) -> Result<Json<Decision>, ApiError> {
    let Json(given) = given?;
    let user = caller.user.clone();
    let looking = app.clone();
    let new = app
        .read(move || new_decision(&looking, &run, &given, &user))
        .await?;
    let at = now();
    let decision = app
        .write_record(move |record| record.decide(&new, at))
        .await?;
    Ok(Json(decision))
}

/// Records several decisions, all or none. They are on the disk when the answer comes.
#[utoipa::path(post, path = "/decisions/bulk", tag = "decisions", request_body = DecideAll, responses(
    (status = 200, body = Decisions),
    (status = "default", body = ErrorBody),
))]
pub(super) async fn decide_all(
    State(app): State<App>,
    Pinned(run): Pinned,
    Extension(caller): Extension<Caller>,
    given: Result<Json<DecideAll>, JsonRejection>,
) -> Result<Json<Decisions>, ApiError> {
    let Json(given) = given?;
    let user = caller.user.clone();
    let looking = app.clone();
    let new: Vec<NewDecision> = app
        .read(move || {
            let given = given.decisions.iter();
            given
                .map(|given| new_decision(&looking, &run, given, &user))
                .collect()
        })
        .await?;
    let at = now();
    let items = app
        .write_record(move |record| record.decide_all(&new, at))
        .await?;
    Ok(Json(Decisions {
        items,
        next_cursor: None,
    }))
}

/// Takes a decision back, by a record of its own.
#[utoipa::path(post, path = "/decisions/{id}/undo", tag = "decisions",
    params(("id" = i64, Path)), responses(
    (status = 200, body = Object),
    (status = "default", body = ErrorBody),
))]
pub(super) async fn undo(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<i64>,
) -> Result<Json<Decision>, ApiError> {
    let at = now();
    let undone = app
        .write_record(move |record| record.undo(id, &caller.user, at))
        .await?;
    Ok(Json(undone))
}

/// The decision with what was on the screen, taken from the run that was on it and not from what the
/// browser says was.
fn new_decision(
    app: &App,
    current: &Arc<OpenRun>,
    given: &Decide,
    user: &str,
) -> Result<NewDecision, ApiError> {
    bounded("run_id", &given.run_id)?;
    bounded("cluster_id", &given.cluster_id)?;
    let run = app.run_by_id(&given.run_id, current)?;
    let snapshot = run.cluster_snapshot(&given.cluster_id)?;
    let unknown = || ApiError::not_found("the run holds no living cluster of this cluster_id");
    let exceptions = given.exceptions.iter();
    let exceptions = exceptions.map(|given| exception(given, &snapshot));
    Ok(NewDecision {
        by: user.to_owned(),
        run_id: snapshot.facts.run_id.clone(),
        cluster_id: given.cluster_id.clone(),
        members: snapshot
            .members_of(&given.cluster_id)
            .map(|member| member.merchant_id.clone().into_owned())
            .collect(),
        chosen: given.merchant_ids.clone(),
        verdict: given.verdict,
        reason_code: given.reason_code.clone(),
        note: given.note.clone(),
        screen: screen(&snapshot, &given.cluster_id).ok_or_else(unknown)?,
        exceptions: exceptions.collect::<Result<_, _>>()?,
    })
}

fn screen(snapshot: &Snapshot, cluster_id: &str) -> Option<Screen> {
    let cluster = snapshot.cluster(cluster_id)?;
    let reasons = reason_points(&cluster.reasons).into_iter();
    Some(Screen {
        rank: cluster.rank,
        score: cluster.score,
        action: cluster.action.as_str().to_owned(),
        bits: cluster.bits.to_f64(),
        reasons: reasons
            .map(|reason| ScreenReason {
                code: reason.code,
                points: reason.points,
            })
            .collect(),
        evidence: snapshot
            .evidence_of(cluster_id)
            .map(|row| ScreenEvidence {
                entity_type: row.entity_type.clone().into_owned(),
                entity: row.entity.clone().into_owned(),
            })
            .collect(),
    })
}

/// An exception is about a merchant, an owner, or a value of a kind that the case shows. A spelling on
/// the screen becomes its key, which means the same value in every run.
fn exception(given: &DecideException, snapshot: &Snapshot) -> Result<Exception, ApiError> {
    let of_kind = snapshot.evidence.iter();
    let mut of_kind = of_kind
        .filter(|row| row.entity_type == given.kind)
        .peekable();
    let is_id = matches!(given.kind.as_str(), "merchant" | "owner");
    if !is_id && of_kind.peek().is_none() {
        return Err(ApiError::bad_request(
            "exceptions.kind: expected merchant, owner, or an entity type of the case",
        ));
    }
    let known = of_kind.find(|row| row.entity == given.value || row.shown == given.value);
    let expires_at = Timestamp::parse(&given.expires_at)
        .map_err(|error| ApiError::bad_request(format!("exceptions.expires_at: {error}")))?;
    Ok(Exception {
        kind: given.kind.clone(),
        value: known.map_or_else(|| given.value.clone(), |row| row.entity.to_string()),
        reason: given.reason.clone(),
        expires_at: expires_at.day_start(),
    })
}
