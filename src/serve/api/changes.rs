//! What changed between two runs.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::explore::{ClusterChange, DiffCounts, MerchantChange, MerchantMove};
use crate::serve::answer::{Answer, Page, PageQuery, bounded};
use crate::serve::error::{ApiError, ErrorBody};
use crate::serve::extract::Query;
use crate::serve::limits::{MAX_CHANGES, MAX_DIFF_ROWS};
use crate::serve::state::{App, Pinned};

/// Since which run.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct SinceQuery {
    /// The id of the run that the client has taken in.
    #[param(max_length = 512)]
    since: String,
    /// Merchants at most; 50 when nothing is said.
    #[param(minimum = 1, maximum = 10_000)]
    limit: Option<usize>,
    /// `next_cursor` of the page before.
    #[param(pattern = r"^[0-9a-f]{12}\.[0-9a-f]{12}\.[0-9]{1,15}$")]
    cursor: Option<String>,
}

/// Only the merchants whose cluster id, action or score moved since a run, by id. 404 when that run is
/// not kept any more: read everything afresh.
#[utoipa::path(get, path = "/changes", tag = "look-up", params(SinceQuery), responses(
    (status = 200, body = Answer<Page<Object>>),
    (status = "default", body = ErrorBody),
))]
pub(super) async fn changes(
    State(app): State<App>,
    Pinned(run): Pinned,
    Query(query): Query<SinceQuery>,
) -> Result<Json<Answer<Page<MerchantChange>>>, ApiError> {
    bounded("since", &query.since)?;
    let page = PageQuery {
        limit: query.limit,
        cursor: query.cursor,
    };
    let slice = page.slice_up_to(&run, &format!("changes {}", query.since), MAX_CHANGES)?;
    let reading = app.clone();
    let answer = reading.read(move || {
        let before = app.run_by_id(&query.since, &run)?;
        let moves = app.moves(&before, &run);
        let items = moves.page(&before, &run, slice.start, slice.limit);
        Ok(Answer::new(&run, slice.of(items, moves.len())))
    });
    answer.await
}

/// Between which runs.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct DiffQuery {
    /// The earlier run; the one before `to` when nothing is said.
    #[param(max_length = 512)]
    from: Option<String>,
    /// The later run; the one that is served when nothing is said.
    #[param(max_length = 512)]
    to: Option<String>,
}

/// What changed, as `ringfence diff --format json`, but for the length of its lists.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct DiffAnswer {
    /// The earlier run.
    run_a: String,
    /// The later run.
    run_b: String,
    /// How much changed.
    #[schema(value_type = Object)]
    counts: DiffCounts,
    /// Clusters that changed, those with the severest action first; a thousand at most.
    #[schema(value_type = Vec<Object>)]
    clusters: Vec<ClusterChange>,
    /// Merchants whose cluster changed, by id; a thousand at most.
    #[schema(value_type = Vec<Object>)]
    merchants: Vec<MerchantMove>,
    /// Whether there are more than are listed.
    truncated: bool,
}

/// What changed between two runs.
#[utoipa::path(get, path = "/diff", tag = "runs", params(DiffQuery), responses(
    (status = 200, body = Answer<DiffAnswer>),
    (status = "default", body = ErrorBody),
))]
pub(super) async fn diff(
    State(app): State<App>,
    Pinned(run): Pinned,
    Query(query): Query<DiffQuery>,
) -> Result<Json<Answer<DiffAnswer>>, ApiError> {
    bounded("from", query.from.as_deref().unwrap_or_default())?;
    bounded("to", query.to.as_deref().unwrap_or_default())?;
    let reading = app.clone();
    let answer = reading.read(move || {
        let after = match &query.to {
            Some(to) => app.run_by_id(to, &run)?,
            None => run.clone(),
        };
        let first =
            || ApiError::not_found("the run is the first of its chain: name one with from=");
        let previous = || after.manifest().previous_run_id.clone().ok_or_else(first);
        let from = query.from.map_or_else(previous, Ok)?;
        let before = app.run_by_id(&from, &run)?;
        let diff = app.diff(&before, &after);
        let head = diff.clusters.iter().take(MAX_DIFF_ROWS).cloned().collect();
        let moved = diff.merchants.iter().take(MAX_DIFF_ROWS).cloned().collect();
        let longest = diff.clusters.len().max(diff.merchants.len());
        let answer = DiffAnswer {
            run_a: diff.run_a.clone(),
            run_b: diff.run_b.clone(),
            counts: diff.counts,
            clusters: head,
            merchants: moved,
            truncated: longest > MAX_DIFF_ROWS,
        };
        Ok(Answer::new(&run, answer))
    });
    answer.await
}
