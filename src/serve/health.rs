//! What operators ask: is it up, is it ready, how is it doing?

use std::sync::PoisonError;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::routing::get;

use super::metrics::{family, line};
use super::state::App;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/healthz", get(async || "ok\n"))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
}

/// Ready as soon as a run is served; says so when it is not the newest.
async fn ready(State(app): State<App>) -> impl IntoResponse {
    let run_id = app.current().run_id().to_owned();
    let failure = app.failure.read().unwrap_or_else(PoisonError::into_inner);
    match failure.as_ref().map(|failure| &failure.why) {
        None => (StatusCode::OK, format!("ready: run {run_id}\n")),
        Some(why) => (
            StatusCode::OK,
            format!("ready: run {run_id}, which is not the newest: {why}\n"),
        ),
    }
}

async fn metrics(State(app): State<App>) -> impl IntoResponse {
    let mut text = app.metrics.render();
    let run = app.current();
    let stale = app
        .failure
        .read()
        .unwrap_or_else(PoisonError::into_inner)
        .is_some();
    family(
        &mut text,
        "ringfence_run_info",
        "gauge",
        "The run that is served.",
    );
    line(
        &mut text,
        &format!("ringfence_run_info{{run_id=\"{}\"}}", run.run_id()),
        1,
    );
    family(
        &mut text,
        "ringfence_run_stale",
        "gauge",
        "Whether a newer run could not be loaded.",
    );
    line(&mut text, "ringfence_run_stale", u64::from(stale));
    (
        [(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")],
        text,
    )
}
