//! What holds for every request: the host it names, the headers and the tag its answer bears.

use std::net::IpAddr;

use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, ETAG, HOST, IF_NONE_MATCH, REFERRER_POLICY, VARY,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};

use super::auth::Role;
use super::state::App;

/// Nothing from elsewhere, nothing inline, no frame around, no form that leaves.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; \
    font-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; \
    frame-ancestors 'none'";

/// Whether a request on loopback names another machine.
pub(super) fn is_host_wrong(app: &App, headers: &HeaderMap) -> bool {
    app.settings.listen.ip().is_loopback() && !names_loopback(headers)
}

/// Whether a request names this machine itself. A page from elsewhere that had its name resolved to
/// 127.0.0.1 (DNS rebinding) still sends its own name.
fn names_loopback(headers: &HeaderMap) -> bool {
    let Some(host) = headers.get(HOST).and_then(|host| host.to_str().ok()) else {
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

/// Sets what every answer bears.
pub(super) fn set_headers(headers: &mut HeaderMap) {
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

/// What an answer of the API is known by: what is asked of one run does not change, so that the run is the
/// entity tag. The role is part of it, for what is shown depends on who asks.
#[derive(Debug)]
pub(super) struct EntityTag(Option<HeaderValue>);

impl EntityTag {
    /// Weak: the same answer may go out packed. Only answers to `GET` have one.
    pub(super) fn of(method: &Method, run_id: &str, role: Role) -> Self {
        let tag = || {
            format!(
                "W/\"{run_id}-{}-{}\"",
                role.name(),
                env!("CARGO_PKG_VERSION")
            )
        };
        let is_get = method == Method::GET;
        Self(is_get.then(|| HeaderValue::from_str(&tag()).ok()).flatten())
    }

    /// 304 for a client that has the answer already.
    pub(super) fn unchanged(&self, headers: &HeaderMap) -> Option<Response> {
        let tag = self.0.as_ref()?.to_str().ok()?;
        let is_known = headers.get_all(IF_NONE_MATCH).iter().any(|known| {
            let known = known.to_str().unwrap_or_default();
            known.split(',').any(|known| known.trim() == tag)
        });
        is_known.then(|| {
            let mut response = StatusCode::NOT_MODIFIED.into_response();
            self.insert(response.headers_mut());
            response
        })
    }

    /// Tags an answer that may be kept. Those with decisions in them say `no-store` and change within a run.
    pub(super) fn set(&self, response: &mut Response) {
        if response.status().is_success() && !response.headers().contains_key(CACHE_CONTROL) {
            self.insert(response.headers_mut());
        }
    }

    fn insert(&self, headers: &mut HeaderMap) {
        if let Some(tag) = &self.0 {
            headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
            headers.insert(VARY, HeaderValue::from_static("Authorization, Cookie"));
            headers.insert(ETAG, tag.clone());
        }
    }
}
