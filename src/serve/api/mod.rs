//! The read API: what the scoring service and the page ask about a run.

mod cases;
mod changes;
mod export;
mod finding;
mod graph;
mod history;
mod ids;
mod merchants;
pub(super) mod queue;
mod runs;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::state::App;

pub(super) use history::Figures;
pub(super) use merchants::lookup_json;

/// The routes of the read API, below `/api/v1`.
pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(runs::run))
        .routes(routes!(history::runs))
        .routes(routes!(queue::clusters))
        .routes(routes!(cases::cluster))
        .routes(routes!(cases::members))
        .routes(routes!(cases::evidence))
        .routes(routes!(merchants::lookup))
        .routes(routes!(merchants::lookup_many))
        .routes(routes!(ids::id))
        .routes(routes!(merchants::merchant))
        .routes(routes!(merchants::neighbors))
        .routes(routes!(merchants::path))
        .routes(routes!(finding::search))
        .routes(routes!(finding::entity))
        .routes(routes!(changes::changes))
        .routes(routes!(changes::diff))
        .routes(routes!(graph::graph))
        .routes(routes!(export::export))
}
