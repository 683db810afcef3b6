//! What people decided: its routes, and what it adds to the read API.

use utoipa_axum::router::OpenApiRouter;

use super::state::App;

/// The routes of sessions and decisions.
pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
}
