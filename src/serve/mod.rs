//! The investigators' page and the scoring service's API: one process over a RUNS directory.
//!
//! A request is answered from exactly one run: it is pinned when the request comes in, and a run that
//! is published meanwhile is swapped in whole for the requests behind it. The routes are those of
//! `/api/v1` with their `OpenAPI` document, the embedded page, and what operators ask (`/healthz`,
//! `/readyz`, `/metrics`).

mod answer;
mod api;
mod assets;
mod auth;
mod clock;
mod compress;
mod decisions;
mod desk;
mod error;
mod extract;
mod guard;
mod health;
mod instant;
mod limits;
mod listen;
mod mask;
mod metrics;
mod others;
mod page;
mod paper;
mod rate;
mod router;
mod service;
mod spreadsheet;
mod state;
mod watch;

pub use clock::now;
pub use listen::{ServeError, serve};
pub use router::open_api;
pub use service::Service;
pub use state::{App, OpenError, Settings};
