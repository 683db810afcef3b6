//! The routes of the embedded page.

use axum::Router;
use axum::extract::Path;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use super::assets::asset;
use super::error::ApiError;
use super::guard::{is_any, is_named};
use super::state::App;

/// A year: the name of a file under `assets/` changes with its bytes.
const FOREVER: &str = "public, max-age=31536000, immutable";

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/", get(index))
        .route("/assets/{*path}", get(file))
}

async fn index(headers: HeaderMap) -> Response {
    respond("index.html", "no-cache", &headers)
}

async fn file(Path(path): Path<String>, headers: HeaderMap) -> Response {
    respond(&format!("assets/{path}"), FOREVER, &headers)
}

/// The files are a table in the binary: a path that climbs names none of them.
fn respond(path: &str, cache: &'static str, headers: &HeaderMap) -> Response {
    let Some(asset) = asset(path) else {
        return ApiError::not_found("no such file").into_response();
    };
    let tag = HeaderValue::from_static(asset.etag);
    let known = is_any(headers) || is_named(headers, &tag);
    let head = [
        (CONTENT_TYPE, asset.content_type),
        (CACHE_CONTROL, cache),
        (ETAG, asset.etag),
    ];
    if known {
        return (StatusCode::NOT_MODIFIED, head).into_response();
    }
    (head, asset.bytes).into_response()
}
