//! One cluster with everything an investigator needs.

use axum::Json;
use axum::extract::{Path, State};
use serde::Serialize;
use utoipa::ToSchema;

use crate::explore::{About, CASE_TABLES, Case, CaseAnswer, case, load_about};
use crate::serve::answer::{Answer, bounded};
use crate::serve::error::{ApiError, ErrorBody};
use crate::serve::state::{App, Pinned};

/// A cluster, or what became of it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ClusterAnswer {
    /// Whether the id is retired.
    retired: bool,
    /// As `ringfence show --format json`; absent for a retired id.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    case: Option<Box<Case>>,
}

/// The case of a cluster; for a retired id what became of it.
#[utoipa::path(get, path = "/clusters/{cluster_id}", tag = "clusters",
    params(("cluster_id" = String, Path)), responses(
    (status = 200, body = Answer<ClusterAnswer>),
    (status = "default", body = ErrorBody),
))]
pub(super) async fn cluster(
    State(app): State<App>,
    Pinned(run): Pinned,
    Path(cluster_id): Path<String>,
) -> Result<Json<Answer<ClusterAnswer>>, ApiError> {
    bounded("cluster_id", &cluster_id)?;
    app.read(move || {
        let about = About::Cluster(&cluster_id);
        let snapshot = load_about(run.path(), CASE_TABLES, about)?;
        let answer = match case(&snapshot, &cluster_id)? {
            CaseAnswer::Living(case) => ClusterAnswer {
                retired: false,
                case: Some(case),
            },
            CaseAnswer::Ended(_) => ClusterAnswer {
                retired: true,
                case: None,
            },
        };
        Ok(Answer::new(&run, answer))
    })
    .await
}
