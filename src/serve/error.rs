//! What a client is told when a request can't be answered.

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use crate::explore::ExploreError;

/// A request that can't be answered: a status, a stable code, and a sentence for people. What went on
/// inside goes to the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ApiError {
    status: StatusCode,
    code: &'static str,
    message: String,
}

/// The body of every answer that is an error.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ErrorBody {
    error: ErrorDetail,
}

/// What is wrong.
#[derive(Debug, Serialize, ToSchema)]
struct ErrorDetail {
    /// A stable code.
    #[schema(value_type = String, example = "not_found")]
    code: &'static str,
    /// A sentence for people.
    message: String,
}

impl ApiError {
    /// An error with a status, a stable code and a sentence.
    pub(super) fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            status,
            code,
            message: message.into(),
        }
    }

    /// 400: the request is not what the document says.
    pub(super) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "bad_request", message)
    }

    /// 404.
    pub(super) fn not_found(message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", message)
    }

    /// 409: the cursor belongs to another run.
    pub(super) fn run_changed() -> Self {
        Self::new(
            StatusCode::CONFLICT,
            "run_changed",
            "another run was published meanwhile: start from the first page",
        )
    }

    /// 409: the cursor belongs to a list with other filters or in another order.
    pub(super) fn another_list() -> Self {
        Self::new(
            StatusCode::CONFLICT,
            "another_list",
            "the cursor belongs to another list: start from the first page",
        )
    }

    /// 503: no answer for now.
    pub(super) fn unavailable(message: impl Into<String>) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", message)
    }

    /// 500: our fault. The cause goes to the log, not to the client.
    pub(super) fn internal(cause: &dyn std::error::Error) -> Self {
        tracing::error!(error = %cause, "a request failed");
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "the request failed inside; the log of the service says why",
        )
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let body = ErrorBody {
            error: ErrorDetail {
                code: self.code,
                message: self.message,
            },
        };
        (self.status, Json(body)).into_response()
    }
}

/// What is wrong with a body that is JSON, in words of ours alone. The rejection's own words quote what was
/// sent, but not behind what was expected instead, nor where a field is missing, which is the end of them.
fn fault_in_body(rejection: &JsonRejection) -> Option<String> {
    let JsonRejection::JsonDataError(error) = rejection else {
        return None;
    };
    let text = error.body_text();
    if let Some((before, expected)) = text.rsplit_once(", expected ") {
        let is_unknown = before.contains("unknown field `");
        let unknown = if is_unknown { "unknown field, " } else { "" };
        return Some(format!("{unknown}expected {expected}"));
    }
    let (_, missing) = text.rsplit_once("missing field `")?;
    Some(format!("missing field `{missing}"))
}

impl From<JsonRejection> for ApiError {
    fn from(rejection: JsonRejection) -> Self {
        let code = match rejection.status() {
            StatusCode::PAYLOAD_TOO_LARGE => "too_large",
            StatusCode::UNSUPPORTED_MEDIA_TYPE => "unsupported_media_type",
            _ => "bad_request",
        };
        let message = match code {
            "too_large" => "the body is too large".to_owned(),
            "unsupported_media_type" => "expected Content-Type: application/json".to_owned(),
            _ => {
                let sentence = "the body is not the JSON that /api/v1/openapi.json describes";
                match fault_in_body(&rejection) {
                    Some(fault) => format!("{sentence}: {fault}"),
                    None => sentence.to_owned(),
                }
            }
        };
        let status = match code {
            "bad_request" => StatusCode::BAD_REQUEST,
            _ => rejection.status(),
        };
        Self::new(status, code, message)
    }
}

impl From<ExploreError> for ApiError {
    /// The error's own words quote what was asked for, but for a kind that is none.
    fn from(error: ExploreError) -> Self {
        match &error {
            ExploreError::UnknownCluster { .. } | ExploreError::AmbiguousCluster { .. } => {
                Self::not_found("no run of this chain has issued this cluster id")
            }
            ExploreError::UnknownMerchant { .. } => {
                Self::not_found("no merchant of this id shares anything in the run")
            }
            ExploreError::ClusterEnded { .. } => Self::new(
                StatusCode::GONE,
                "cluster_ended",
                "the cluster lives no more: GET /clusters/ID tells what became of it",
            ),
            ExploreError::UnknownKind { .. } => Self::bad_request(error.to_string()),
            ExploreError::Run(_) => Self::internal(&error),
        }
    }
}
