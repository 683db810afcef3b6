//! Finding things: as a person types, and by what they are.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::explore::{EntityAnswer, Hit};
use crate::serve::answer::{Answer, bounded};
use crate::serve::error::{ApiError, ErrorBody};
use crate::serve::extract::Query;
use crate::serve::limits::MAX_ENTITY_USERS;
use crate::serve::state::{App, Pinned};

/// Things found at most.
const MAX_HITS: usize = 20;

/// What to look for.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct SearchQuery {
    /// A part of an id, a name or a shared entity, whatever its case.
    #[param(max_length = 512)]
    q: String,
}

/// What was found.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Hits {
    /// Clusters, merchants, then entities, twenty at most.
    #[schema(value_type = Vec<Object>)]
    items: Vec<Hit>,
}

/// Clusters, merchants and entities as you type.
#[utoipa::path(get, path = "/search", tag = "search", params(SearchQuery), responses(
    (status = 200, body = Answer<Hits>),
    (status = "default", body = ErrorBody),
))]
pub(super) async fn search(
    State(app): State<App>,
    Pinned(run): Pinned,
    Query(query): Query<SearchQuery>,
) -> Result<Json<Answer<Hits>>, ApiError> {
    bounded("q", &query.q)?;
    app.read(move || {
        let items = run.search(&query.q, MAX_HITS)?;
        Ok(Answer::new(&run, Hits { items }))
    })
    .await
}

/// Which entity.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct EntityQuery {
    /// `device`, `payout`, ...
    #[serde(rename = "type")]
    #[param(max_length = 512)]
    entity_type: String,
    /// Its key.
    #[param(max_length = 512)]
    value: String,
}

/// An entity with those who use it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct EntityPage {
    /// The entity, the clusters it is evidence in, and the first thousand who use it.
    #[serde(flatten)]
    #[schema(value_type = Object)]
    entity: EntityAnswer,
    /// Whether more use it than are listed.
    truncated: bool,
}

/// Who uses an entity. 404 when no two merchants do.
#[utoipa::path(get, path = "/entities", tag = "search", params(EntityQuery), responses(
    (status = 200, body = Answer<EntityPage>),
    (status = "default", body = ErrorBody),
))]
pub(super) async fn entity(
    State(app): State<App>,
    Pinned(run): Pinned,
    Query(query): Query<EntityQuery>,
) -> Result<Json<Answer<EntityPage>>, ApiError> {
    bounded("type", &query.entity_type)?;
    bounded("value", &query.value)?;
    app.read(move || {
        let found = run.entity(&query.entity_type, &query.value)?;
        let missing = || ApiError::not_found("no two merchants share such an entity in this run");
        let mut entity = found.ok_or_else(missing)?;
        let truncated = entity.users.len() > MAX_ENTITY_USERS;
        entity.users.truncate(MAX_ENTITY_USERS);
        Ok(Answer::new(&run, EntityPage { entity, truncated }))
    })
    .await
}
