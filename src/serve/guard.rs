//! What holds for every request: the host it names, the headers and the tag its answer bears.

use std::net::IpAddr;

use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, ETAG, HOST, IF_NONE_MATCH, REFERRER_POLICY, VARY,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};

use super::auth::Role;
use super::mask;
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
/// entity tag. The role is part of it, for what is shown depends on who asks, and so is what masked values are
/// made with, where they are.
#[derive(Debug)]
pub(super) struct EntityTag(Option<HeaderValue>);

impl EntityTag {
    /// Weak: the same answer may go out packed. Only answers to `GET` have one, and to `HEAD`, which
    /// asks what `GET` would bear.
    pub(super) fn of(
        method: &Method,
        run_id: &str,
        role: Role,
        mask_key: Option<&[u8; 32]>,
    ) -> Self {
        let tag = || {
            let masks = mask_key.map(mask::mark_of).unwrap_or_default();
            let (role, version) = (role.name(), env!("CARGO_PKG_VERSION"));
            format!("W/\"{run_id}-{role}{masks}-{version}\"")
        };
        let is_read = method == Method::GET || method == Method::HEAD;
        Self(
            is_read
                .then(|| HeaderValue::from_str(&tag()).ok())
                .flatten(),
        )
    }

    /// 304 for a client that has the answer already, before it is made: only where every answer has a tag.
    pub(super) fn unchanged(&self, headers: &HeaderMap) -> Option<Response> {
        let tag = self.0.as_ref()?;
        is_named(headers, tag).then(|| unchanged(tag.clone()))
    }

    /// Tags an answer that may be kept, or makes it 304 for a client that has it. Those with decisions in
    /// them say `no-store` and change within a run,
    /// and an error is nobody's to keep: only the answer itself tells.
    pub(super) fn set(&self, headers: &HeaderMap, mut response: Response) -> Response {
        let may_be_kept =
            response.status().is_success() && !response.headers().contains_key(CACHE_CONTROL);
        let Some(tag) = self.0.as_ref().filter(|_| may_be_kept) else {
            return response;
        };
        let tag = match response.extensions().get::<Besides>() {
            Some(besides) => besides.added_to(tag),
            None => tag.clone(),
        };
        if is_any(headers) || is_named(headers, &tag) {
            return unchanged(tag);
        }
        insert(response.headers_mut(), tag);
        response
    }
}

/// What an answer depends on beside the run: part of its tag.
#[derive(Clone, Debug)]
pub(super) struct Besides(blake3::Hash);

impl Besides {
    /// These texts, in their order.
    pub(super) fn of<'a>(texts: impl IntoIterator<Item = &'a str>) -> Self {
        let mut hasher = blake3::Hasher::new();
        for text in texts {
            hasher.update(text.as_bytes()).update(b"\n");
        }
        Self(hasher.finalize())
    }

    fn added_to(&self, tag: &HeaderValue) -> HeaderValue {
        let tag = tag.to_str().unwrap_or_default().trim_end_matches('"');
        let tag = format!("{tag}-{}\"", &self.0.to_hex()[..12]);
        HeaderValue::from_str(&tag).expect("a tag and hex digits")
    }
}

fn unchanged(tag: HeaderValue) -> Response {
    let mut response = StatusCode::NOT_MODIFIED.into_response();
    insert(response.headers_mut(), tag);
    response
}

fn insert(headers: &mut HeaderMap, tag: HeaderValue) {
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    headers.insert(VARY, HeaderValue::from_static("Authorization, Cookie"));
    headers.insert(ETAG, tag);
}

/// The tags of the answers that a client has.
fn known(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    let lists = headers.get_all(IF_NONE_MATCH).iter();
    lists
        .filter_map(|list| list.to_str().ok())
        .flat_map(|list| list.split(',').map(str::trim))
}

/// Whether a client wants no answer, whichever it would be.
pub(super) fn is_any(headers: &HeaderMap) -> bool {
    known(headers).any(|tag| tag == "*")
}

/// Whether a client has the answer with a tag; that tag is weak where the answer went out packed.
pub(super) fn is_named(headers: &HeaderMap, tag: &HeaderValue) -> bool {
    let tag = opaque(tag.to_str().unwrap_or_default());
    known(headers).any(|known| opaque(known) == tag)
}

fn opaque(tag: &str) -> &str {
    tag.trim_start_matches("W/")
}
