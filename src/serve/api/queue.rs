//! The queue: clusters, filtered, sorted, page by page.

use axum::Json;
use axum::extract::{Query, State};
use axum::http::HeaderMap;
use serde::Serialize;
use utoipa::ToSchema;

use crate::explore::ClusterLine;
use crate::run::reason_title;
use crate::serve::answer::{Answer, Page, PageQuery};
use crate::serve::decisions::columns::{DeskColumns, changing};
use crate::serve::error::{ApiError, ErrorBody};
use crate::serve::state::{App, Pinned};

/// A cluster in the queue.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct QueueRow {
    /// The columns of `clusters.csv`.
    #[serde(flatten)]
    #[schema(value_type = Object)]
    pub(crate) cluster: ClusterLine,
    /// Points for and against, largest magnitude first.
    pub(crate) reasons: Vec<ReasonPoints>,
    /// Where the case stands.
    #[serde(flatten)]
    pub(crate) desk: DeskColumns,
}

/// A reason with its points.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub(crate) struct ReasonPoints {
    /// A stable code.
    pub(crate) code: String,
    /// What the code is called.
    pub(crate) title: &'static str,
    /// Log-odds; positive speaks for a ring.
    pub(crate) points: f64,
}

/// The reasons in `code:+1.25;code:-0.50`.
pub(crate) fn reason_points(text: &str) -> Vec<ReasonPoints> {
    text.split(';')
        .filter_map(|part| part.split_once(':'))
        .map(|(code, points)| ReasonPoints {
            code: code.to_owned(),
            title: reason_title(code),
            points: points.parse().unwrap_or_default(),
        })
        .collect()
}

/// Clusters, best first.
#[utoipa::path(get, path = "/clusters", tag = "clusters", params(PageQuery), responses(
    (status = 200, body = Answer<Page<QueueRow>>),
    (status = "default", body = ErrorBody),
))]
pub(super) async fn clusters(
    State(app): State<App>,
    Pinned(run): Pinned,
    Query(page): Query<PageQuery>,
) -> Result<(HeaderMap, Json<Answer<Page<QueueRow>>>), ApiError> {
    let statuses = app.statuses().await?;
    let slice = page.slice(&run, "clusters")?;
    let total = run.clusters().len();
    let end = total.min(slice.start.saturating_add(slice.limit));
    let start = slice.start.min(end);
    let reasons = &run.clusters().columns().reasons;
    let rows = run.clusters().lines(start..end)?;
    let items = (start..)
        .zip(rows)
        .map(|(at, cluster)| QueueRow {
            desk: DeskColumns::of(&statuses, &cluster.cluster_id),
            cluster,
            reasons: reason_points(reasons.get(at)),
        })
        .collect();
    Ok((changing(&app), Answer::new(&run, slice.of(items, total))))
}
