//! The picture of a cluster.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::explore::{Unfolded, unfold};
use crate::serve::answer::{Answer, bounded};
use crate::serve::error::{ApiError, ErrorBody};
use crate::serve::extract::{Path, Query};
use crate::serve::state::{App, Pinned};

/// Nodes when nothing is said: as many as a person takes in.
const DEFAULT_NODES: usize = 60;
/// Nodes at most.
const MAX_NODES: usize = 2_000;

/// Which part of the graph.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct GraphQuery {
    /// A node (`m:MERCHANT` or `e:TYPE:KEY`) or a member's id; its neighbours in the cluster come with
    /// it. Without one, the core.
    #[param(max_length = 512)]
    focus: Option<String>,
    /// Nodes at most; 60 when nothing is said.
    #[param(minimum = 1, maximum = 2_000)]
    limit: Option<usize>,
}

/// A part of a cluster's graph: its core with the strongest things it shares, or the neighbours of a
/// node. Places are the same from visit to visit and however much is unfolded.
#[utoipa::path(get, path = "/clusters/{cluster_id}/graph", tag = "clusters",
    params(("cluster_id" = String, Path), GraphQuery), responses(
    (status = 200, body = Answer<Object>),
    (status = "default", body = ErrorBody),
))]
pub(super) async fn graph(
    State(app): State<App>,
    Pinned(run): Pinned,
    Path(cluster_id): Path<String>,
    Query(query): Query<GraphQuery>,
) -> Result<Json<Answer<Unfolded>>, ApiError> {
    bounded("cluster_id", &cluster_id)?;
    bounded("focus", query.focus.as_deref().unwrap_or_default())?;
    let limit = query.limit.unwrap_or(DEFAULT_NODES);
    if !(1..=MAX_NODES).contains(&limit) {
        return Err(ApiError::bad_request(format!(
            "limit: expected 1 to {MAX_NODES}"
        )));
    }
    app.read(move || {
        let graph = run.cluster_graph(&cluster_id)?;
        let focus = query.focus.as_deref();
        let part = unfold(&graph, focus, limit).or_else(|| {
            let merchant = format!("m:{}", focus.unwrap_or_default());
            unfold(&graph, Some(&merchant), limit)
        });
        let missing = || ApiError::not_found("focus: the cluster has no such node");
        Ok(Answer::new(&run, part.ok_or_else(missing)?))
    })
    .await
}
