//! Look-ups of one merchant, which the scoring service asks for by the thousand: answered from memory at
//! once, by the same rules as any other request but without the way through the routes.

use axum::body::Body;
use axum::extract::Request;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, Method};
use axum::response::Response;

use super::limits::MAX_TEXT_BYTES;
use super::state::App;
use super::{api, auth, guard};

const PREFIX: &str = "/api/v1/lookup/";

/// The answer, if it can be given here and now. `None`: the request takes the long way, on which anything
/// that is not as it should be is refused.
pub(super) fn answer(app: &App, request: &Request) -> Option<Response> {
    let merchant_id = request.uri().path().strip_prefix(PREFIX)?;
    let is_plain = !merchant_id.is_empty()
        && merchant_id.len() <= MAX_TEXT_BYTES
        && merchant_id.bytes().all(is_unescaped);
    if !is_plain || request.method() != Method::GET || guard::is_host_wrong(app, request.headers())
    {
        return None;
    }
    let caller = auth::known(app, request.headers())?;
    let run = app.current();
    let tag = guard::EntityTag::of(request.method(), run.run_id(), caller.role, None);
    let mut response = tag.unchanged(request.headers()).unwrap_or_else(|| {
        let mut response = Response::new(Body::from(api::lookup_json(&run, merchant_id)));
        let kind = HeaderValue::from_static("application/json");
        response.headers_mut().reserve(12);
        response.headers_mut().insert(CONTENT_TYPE, kind);
        tag.set(request.headers(), response)
    });
    guard::set_headers(response.headers_mut());
    Some(response)
}

/// Whether a byte of a path stands for itself and for nothing else.
fn is_unescaped(byte: u8) -> bool {
    byte.is_ascii_graphic() && !matches!(byte, b'%' | b'/')
}
