//! Sessions, decisions, and what belongs to working on cases together.

mod cases;
mod columns;
mod decide;
mod exceptions;
mod review;
mod session;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::state::App;

pub(crate) use columns::{CaseState, changing, states};

/// The routes of sessions and decisions, below `/api/v1`.
pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(session::me))
        .routes(routes!(session::log_in, session::log_out))
        .routes(routes!(decide::list, decide::decide))
        .routes(routes!(decide::decide_all))
        .routes(routes!(decide::undo))
        .routes(routes!(cases::assign))
        .routes(routes!(cases::snooze))
        .routes(routes!(exceptions::preview))
        .routes(routes!(review::reason_codes))
        .routes(routes!(review::reviewed))
        .routes(routes!(review::audit))
}
