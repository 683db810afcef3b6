//! All routes, and the document that describes them.

use axum::Router;
use axum::response::IntoResponse;
use axum::routing::get;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;

use super::error::ApiError;
use super::state::App;
use super::{api, decisions, health, page};

/// Where the API lives.
pub(super) const BASE: &str = "/api/v1";

#[derive(OpenApi)]
#[openapi(info(
    title = "ringfence",
    description = "Which ring a merchant belongs to, and why. Every answer comes from one run, which it names."
))]
struct Document;

/// The API's routes with their description.
fn described() -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(Document::openapi())
        .nest(BASE, api::routes().merge(decisions::routes()))
}

/// The `OpenAPI` document, made from the routes themselves.
pub fn open_api() -> utoipa::openapi::OpenApi {
    described().into_openapi()
}

/// Every route there is. What holds for all of them is done around them, in `service`.
///
/// # Panics
/// Never: the document is plain data.
pub(super) fn routes(app: App) -> Router {
    let (routes, document) = described().split_for_parts();
    let document = serde_json::to_string(&document).expect("the document is plain data");
    routes
        .route(
            "/api/v1/openapi.json",
            get(async move || {
                let kind = [(axum::http::header::CONTENT_TYPE, "application/json")];
                (kind, document.clone()).into_response()
            }),
        )
        .route("/api/{*path}", axum::routing::any(no_route))
        .method_not_allowed_fallback(wrong_method)
        .merge(page::routes())
        .merge(health::routes())
        .fallback(no_route)
        .with_state(app)
}

async fn no_route() -> ApiError {
    ApiError::not_found("no such address; /api/v1/openapi.json lists those there are")
}

async fn wrong_method() -> ApiError {
    ApiError::new(
        axum::http::StatusCode::METHOD_NOT_ALLOWED,
        "method_not_allowed",
        "this address takes another method; /api/v1/openapi.json lists them",
    )
}
