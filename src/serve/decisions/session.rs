//! Logging in and out, and who one is.

use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::http::header::{CACHE_CONTROL, SET_COOKIE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::serve::auth::{Caller, Proof, SESSION_COOKIE, cookie, refuse_unknown};
use crate::serve::desk::blocking;
use crate::serve::error::{ApiError, ErrorBody};
use crate::serve::state::App;

/// Who one is.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Me {
    /// The name that stands beside decisions.
    user: String,
    /// `viewer`, `investigator`, `service` or `admin`.
    role: &'static str,
    /// `token`, or `open` where nobody needs one.
    auth: &'static str,
    /// What a change has to bear in the header `X-CSRF-Token`; null where a token comes with every
    /// request.
    csrf: Option<String>,
    /// Whether decisions are kept.
    keeps_decisions: bool,
}

/// Who one is, and what one may do.
#[utoipa::path(get, path = "/me", tag = "session", responses(
    (status = 200, body = Me),
    (status = "default", body = ErrorBody),
))]
pub(super) async fn me(State(app): State<App>, Extension(caller): Extension<Caller>) -> Response {
    let me = Me {
        role: caller.role.name(),
        auth: if caller.proof == Proof::None {
            "open"
        } else {
            "token"
        },
        user: caller.user,
        csrf: caller.csrf,
        keeps_decisions: app.keeps_decisions(),
    };
    ([(CACHE_CONTROL, "no-store")], Json(me)).into_response()
}

/// What logs somebody in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct LogIn {
    /// As `ringfence token add` printed it.
    #[schema(max_length = 200)]
    token: String,
}

/// Logs in: the answer sets a cookie that pages can't read and that no other site's request bears.
#[utoipa::path(post, path = "/session", tag = "session", request_body = LogIn, responses(
    (status = 204),
    (status = "default", body = ErrorBody),
))]
pub(super) async fn log_in(
    State(app): State<App>,
    headers: HeaderMap,
    given: Result<Json<LogIn>, JsonRejection>,
) -> Result<Response, ApiError> {
    let Json(given) = given?;
    let desk = app.clone();
    let session = blocking(move || Ok(desk.desk.log_in(&given.token)?)).await?;
    let Some((id, seconds)) = session else {
        return Ok(refuse_unknown(&app));
    };
    let cookie = set_cookie(&id, seconds, &headers);
    Ok((StatusCode::NO_CONTENT, [(SET_COOKIE, cookie)]).into_response())
}

/// Logs out.
#[utoipa::path(delete, path = "/session", tag = "session", responses(
    (status = 204),
    (status = "default", body = ErrorBody),
))]
pub(super) async fn log_out(State(app): State<App>, headers: HeaderMap) -> Response {
    if let Some(id) = cookie(&headers) {
        app.desk.log_out(id);
    }
    let gone = set_cookie("", 0, &headers);
    (StatusCode::NO_CONTENT, [(SET_COOKIE, gone)]).into_response()
}

/// `Secure` where the browser came by TLS, which a proxy in front of us tells. To claim it falsely
/// gains nobody anything.
fn set_cookie(id: &str, seconds: i64, headers: &HeaderMap) -> String {
    let by_tls = headers
        .get("x-forwarded-proto")
        .is_some_and(|proto| proto.as_bytes().eq_ignore_ascii_case(b"https"));
    let secure = if by_tls { "; Secure" } else { "" };
    format!("{SESSION_COOKIE}={id}; HttpOnly; SameSite=Strict; Path=/; Max-Age={seconds}{secure}")
}
