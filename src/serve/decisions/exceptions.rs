//! What an exception would change, before anybody makes it.

use axum::Json;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::explore::{ExceptionEffect, exception_effect};
use crate::serve::answer::{Answer, bounded};
use crate::serve::error::{ApiError, ErrorBody};
use crate::serve::state::{App, Pinned};

/// An exception that somebody thinks of.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Considered {
    /// `merchant`, `owner` or an entity type.
    #[schema(max_length = 512)]
    kind: String,
    /// A merchant id, an owner id, or a value as evidence has it or people spell it.
    #[schema(max_length = 512)]
    value: String,
}

/// What it would change in this run.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Preview {
    /// Clusters that rest on it, best first.
    #[schema(value_type = Vec<Object>)]
    clusters: Vec<ExceptionEffect>,
    /// Merchants in them.
    merchants: usize,
}

/// What an exception would change: the clusters that rest on it, their evidence with and without, and
/// whether they would fall apart.
#[utoipa::path(post, path = "/exceptions/preview", tag = "decisions", request_body = Considered, responses(
    (status = 200, body = Answer<Preview>),
    (status = "default", body = ErrorBody),
))]
pub(super) async fn preview(
    State(app): State<App>,
    Pinned(run): Pinned,
    given: Result<Json<Considered>, JsonRejection>,
) -> Result<Json<Answer<Preview>>, ApiError> {
    let Json(given) = given?;
    bounded("kind", &given.kind)?;
    bounded("value", &given.value)?;
    app.read(move || {
        let clusters = exception_effect(run.directory(), &given.kind, &given.value)?;
        let merchants = clusters.iter().map(|effect| effect.size).sum();
        let preview = Preview {
            clusters,
            merchants,
        };
        Ok(Answer::new(&run, preview))
    })
    .await
}
