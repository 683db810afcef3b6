//! Merchants: the look-ups of the scoring service, and all about one of them.

use axum::Json;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::queue::{ReasonList, ReasonPoints};
use crate::explore::{MerchantAnswer, Neighbors, OpenRun, PathAnswer};
use crate::serve::answer::{Answer, bounded, json};
use crate::serve::error::{ApiError, ErrorBody};
use crate::serve::extract::{Path, Query};
use crate::serve::limits::{DEFAULT_PAGE, MAX_BATCH, MAX_PAGE, MAX_TEXT_BYTES};
use crate::serve::state::{App, Pinned};

/// A merchant's cluster and place in it. All but `merchant_id` and `found` are null, or empty, when it
/// is in none.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub(super) struct Lookup<'a> {
    /// The merchant asked for.
    merchant_id: &'a str,
    /// Whether it is in a cluster.
    found: bool,
    /// Opaque, and the same from run to run.
    cluster_id: Option<&'a str>,
    /// Ids under which members of the cluster were known before.
    previous_ids: Vec<&'a str>,
    /// `core`, `member` or `fringe`.
    role: Option<&'static str>,
    /// How sure it is that the merchant belongs, 0..=1.
    membership: Option<f64>,
    /// Probability that the cluster is a ring, 0..=1.
    score: Option<f64>,
    /// The cluster's rank, from 1; changes daily.
    rank: Option<usize>,
    /// The cluster's members.
    size: Option<u32>,
    /// What is proposed for the merchant: `enforce`, `review` or `monitor`.
    action: Option<&'static str>,
    /// The cluster's reasons, largest magnitude first.
    #[schema(value_type = Vec<ReasonPoints>)]
    reasons: ReasonList<'a>,
}

impl<'a> Lookup<'a> {
    fn new(run: &'a OpenRun, merchant_id: &'a str) -> Self {
        let Some(place) = run.members().find(merchant_id) else {
            return Self {
                merchant_id,
                found: false,
                cluster_id: None,
                previous_ids: Vec::new(),
                role: None,
                membership: None,
                score: None,
                rank: None,
                size: None,
                action: None,
                reasons: ReasonList::default(),
            };
        };
        let clusters = run.clusters();
        let (columns, cluster_id) = (clusters.columns(), clusters.id(place.cluster));
        Self {
            merchant_id,
            found: true,
            cluster_id: Some(cluster_id),
            previous_ids: run.previous_ids(cluster_id),
            role: Some(place.role.as_str()),
            membership: Some(place.membership),
            score: Some(columns.score[place.cluster]),
            rank: Some(place.cluster + 1),
            size: Some(columns.size[place.cluster]),
            action: Some(place.action.as_str()),
            reasons: ReasonList(columns.reasons.get(place.cluster)),
        }
    }
}

/// The answer of [`lookup`], as it goes out.
pub(in crate::serve) fn lookup_json(run: &OpenRun, merchant_id: &str) -> Vec<u8> {
    Answer::bytes(run, Lookup::new(run, merchant_id))
}

/// The cluster of a merchant, as the scoring service asks for it: from memory, whether or not the
/// merchant is in one.
#[utoipa::path(get, path = "/lookup/{merchant_id}", tag = "look-up",
    params(("merchant_id" = String, Path)), responses(
    (status = 200, body = Answer<Lookup<'static>>),
    (status = "default", body = ErrorBody),
))]
pub(super) async fn lookup(
    Pinned(run): Pinned,
    Path(merchant_id): Path<String>,
) -> Result<Response, ApiError> {
    bounded("merchant_id", &merchant_id)?;
    Ok(json(lookup_json(&run, &merchant_id)))
}

/// The merchants of a batch look-up.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct LookupRequest {
    /// At most 10,000 ids.
    #[schema(max_items = 10_000)]
    ids: Vec<String>,
}

/// The answers of a batch look-up.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(super) struct LookupBatch<'a> {
    /// One for each id, in their order.
    items: Vec<Lookup<'a>>,
}

/// The clusters of many merchants, in the order asked for.
#[utoipa::path(post, path = "/merchants/lookup", tag = "look-up", request_body = LookupRequest,
    responses(
    (status = 200, body = Answer<LookupBatch<'static>>),
    (status = "default", body = ErrorBody),
))]
pub(super) async fn lookup_many(
    State(app): State<App>,
    Pinned(run): Pinned,
    request: Result<Json<LookupRequest>, JsonRejection>,
) -> Result<Response, ApiError> {
    let Json(request) = request?;
    if request.ids.len() > MAX_BATCH {
        return Err(ApiError::bad_request(format!(
            "ids: expected at most {MAX_BATCH}"
        )));
    }
    if request.ids.iter().any(|id| id.len() > MAX_TEXT_BYTES) {
        return Err(ApiError::bad_request(format!(
            "ids: expected at most {MAX_TEXT_BYTES} bytes each"
        )));
    }
    app.read(move || {
        let items = request.ids.iter().map(|id| Lookup::new(&run, id)).collect();
        Ok(json(Answer::bytes(&run, LookupBatch { items })))
    })
    .await
}

/// All about a merchant.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct MerchantPage<'a> {
    #[serde(flatten)]
    lookup: Lookup<'a>,
    /// As `ringfence merchant --format json`.
    #[schema(value_type = Object)]
    merchant: MerchantAnswer,
}

/// All about a merchant: its place, and who else uses what it uses. 404 when it is in no cluster and
/// shares nothing.
#[utoipa::path(get, path = "/merchants/{merchant_id}", tag = "merchants",
    params(("merchant_id" = String, Path)), responses(
    (status = 200, body = Answer<MerchantPage<'static>>),
    (status = "default", body = ErrorBody),
))]
pub(super) async fn merchant(
    State(app): State<App>,
    Pinned(run): Pinned,
    Path(merchant_id): Path<String>,
) -> Result<Response, ApiError> {
    bounded("merchant_id", &merchant_id)?;
    app.read(move || {
        let page = MerchantPage {
            merchant: run.merchant(&merchant_id)?,
            lookup: Lookup::new(&run, &merchant_id),
        };
        Ok(json(Answer::bytes(&run, page)))
    })
    .await
}

/// How many.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct LimitQuery {
    /// Items at most; 50 when nothing is said.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<usize>,
}

/// The merchants closest to one: those who share rare things with it. As `ringfence neighbors --format
/// json`.
#[utoipa::path(get, path = "/merchants/{merchant_id}/neighbors", tag = "merchants",
    params(("merchant_id" = String, Path), LimitQuery), responses(
    (status = 200, body = Answer<Object>),
    (status = "default", body = ErrorBody),
))]
pub(super) async fn neighbors(
    State(app): State<App>,
    Pinned(run): Pinned,
    Path(merchant_id): Path<String>,
    Query(query): Query<LimitQuery>,
) -> Result<Json<Answer<Neighbors>>, ApiError> {
    bounded("merchant_id", &merchant_id)?;
    let limit = query.limit.unwrap_or(DEFAULT_PAGE);
    if !(1..=MAX_PAGE).contains(&limit) {
        return Err(ApiError::bad_request(format!(
            "limit: expected 1 to {MAX_PAGE}"
        )));
    }
    app.read(move || Ok(Answer::new(&run, run.neighbors(&merchant_id, limit)?)))
        .await
}

/// From whom to whom.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct PathQuery {
    /// A merchant.
    #[param(max_length = 512)]
    from: String,
    /// Another merchant.
    #[param(max_length = 512)]
    to: String,
}

/// How two merchants hang together, through the rarest things. As `ringfence path --format json`.
#[utoipa::path(get, path = "/path", tag = "merchants", params(PathQuery), responses(
    (status = 200, body = Answer<Object>),
    (status = "default", body = ErrorBody),
))]
pub(super) async fn path(
    State(app): State<App>,
    Pinned(run): Pinned,
    Query(query): Query<PathQuery>,
) -> Result<Json<Answer<PathAnswer>>, ApiError> {
    bounded("from", &query.from)?;
    bounded("to", &query.to)?;
    app.read(move || Ok(Answer::new(&run, run.path(&query.from, &query.to)?)))
        .await
}
