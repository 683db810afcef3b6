//! What became of a cluster id, for programs that keep ids.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use crate::explore::{Became, IssuedId};
use crate::serve::answer::{Answer, bounded};
use crate::serve::error::{ApiError, ErrorBody};
use crate::serve::extract::Path;
use crate::serve::state::{App, Pinned};

/// A cluster id, living or retired; nothing personal.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct IdAnswer {
    cluster_id: String,
    /// Whether the id is retired.
    retired: bool,
    /// As-of date of the run that issued it.
    born: String,
    /// As-of date of the last run that held it.
    last: String,
    /// The living clusters that the members of a retired one went to, as `/clusters/{cluster_id}` has them;
    /// empty for a living one, and when the members were in no cluster in the run in which it ended.
    #[schema(value_type = Vec<Object>)]
    became: Vec<Became>,
}

/// Whether a cluster id lives, and what became of it if not.
#[utoipa::path(get, path = "/ids/{cluster_id}", tag = "look-up",
    params(("cluster_id" = String, Path, description = "An id of this or any earlier run.")),
    responses(
    (status = 200, body = Answer<IdAnswer>),
    (status = "default", body = ErrorBody),
))]
pub(super) async fn id(
    State(app): State<App>,
    Pinned(run): Pinned,
    Path(cluster_id): Path<String>,
) -> Result<Json<Answer<IdAnswer>>, ApiError> {
    bounded("cluster_id", &cluster_id)?;
    app.read(move || {
        let unknown = || ApiError::not_found("no run of this chain issued the id");
        let IssuedId {
            retired,
            born,
            last,
        } = run.issued(&cluster_id)?.ok_or_else(unknown)?;
        let became = if retired {
            run.became(&cluster_id)?
        } else {
            Vec::new()
        };
        let answer = IdAnswer {
            cluster_id,
            retired,
            born,
            last,
            became,
        };
        Ok(Answer::new(&run, answer))
    })
    .await
}
