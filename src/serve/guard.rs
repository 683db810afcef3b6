//! What every request passes: the host it names, the time it may take, the headers its answer bears.

use std::net::IpAddr;

use axum::extract::{Request, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, ETAG, HOST, IF_NONE_MATCH, REFERRER_POLICY, VARY,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::auth::Caller;
use super::error::ApiError;
use super::limits::REQUEST_TIMEOUT;
use super::state::{App, Pinned};

/// Nothing from elsewhere, nothing inline, no frame around, no form that leaves.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; \
    font-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; \
    frame-ancestors 'none'";

/// Refuses a wrong host, ends a request that takes too long, and sets the headers of every answer.
pub(super) async fn guard(State(app): State<App>, request: Request, next: Next) -> Response {
    let loopback = app.settings.listen.ip().is_loopback();
    let mut response = if loopback && !names_loopback(&request) {
        ApiError::new(
            StatusCode::MISDIRECTED_REQUEST,
            "wrong_host",
            "the service listens on loopback and answers to localhost only",
        )
        .into_response()
    } else {
        let answer = tokio::time::timeout(REQUEST_TIMEOUT, next.run(request)).await;
        answer.unwrap_or_else(|_| ApiError::unavailable("the answer took too long").into_response())
    };
    set_headers(response.headers_mut());
    response
}

/// Whether a request names this machine itself. A page from elsewhere that had its name resolved to
/// 127.0.0.1 (DNS rebinding) still sends its own name.
fn names_loopback(request: &Request) -> bool {
    let host = request.headers().get(HOST);
    let Some(host) = host.and_then(|host| host.to_str().ok()) else {
        return false;
    };
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|digit| digit.is_ascii_digit()) => name,
        _ => host,
    };
    let address = name.trim_start_matches('[').trim_end_matches(']');
    name.eq_ignore_ascii_case("localhost")
        || address.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

fn set_headers(headers: &mut HeaderMap) {
    const FIXED: [(HeaderName, &str); 5] = [
        (CONTENT_SECURITY_POLICY, POLICY),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (X_FRAME_OPTIONS, "DENY"),
        (REFERRER_POLICY, "no-referrer"),
        (
            HeaderName::from_static("cross-origin-resource-policy"),
            "same-origin",
        ),
    ];
    for (name, value) in FIXED {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers
        .entry(CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
}

/// Pins the run that the request is answered from, and answers 304 to a client that has the answer
/// already: what is asked of one run does not change, so that the run is the entity tag.
pub(super) async fn pin_run(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let run = app.current();
    let cacheable = request.method() == Method::GET;
    let tag = entity_tag(run.run_id(), request.extensions().get::<Caller>());
    if cacheable && has(request.headers(), &tag) {
        let mut response = StatusCode::NOT_MODIFIED.into_response();
        tag_with(response.headers_mut(), &tag);
        return response;
    }
    request.extensions_mut().insert(Pinned(run));
    let mut response = next.run(request).await;
    // Answers with decisions in them say `no-store` and change within a run.
    if cacheable
        && response.status().is_success()
        && !response.headers().contains_key(CACHE_CONTROL)
    {
        tag_with(response.headers_mut(), &tag);
    }
    response
}

/// Weak: the same answer may go out compressed. The role is part of it, for what is shown depends on
/// who asks.
fn entity_tag(run_id: &str, caller: Option<&Caller>) -> String {
    let role = caller.map_or(String::new(), |caller| format!("{:?}", caller.role));
    format!("W/\"{run_id}-{role}-{}\"", env!("CARGO_PKG_VERSION"))
}

fn has(headers: &HeaderMap, tag: &str) -> bool {
    headers.get_all(IF_NONE_MATCH).iter().any(|known| {
        let known = known.to_str().unwrap_or_default();
        known.split(',').any(|known| known.trim() == tag)
    })
}

fn tag_with(headers: &mut HeaderMap, tag: &str) {
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    headers.insert(VARY, HeaderValue::from_static("Authorization, Cookie"));
    if let Ok(tag) = HeaderValue::from_str(tag) {
        headers.insert(ETAG, tag);
    }
}
