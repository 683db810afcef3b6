//! All routes and what lies around them.

use std::time::Instant;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{NotForContentType, Predicate as _, SizeAbove};
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;

use super::error::ApiError;
use super::limits::{MAX_BODY_BYTES, MIN_COMPRESSED_BYTES};
use super::state::App;
use super::{api, auth, decisions, guard, health, page};

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

/// The whole service as one router.
///
/// # Panics
/// Never: the document is plain data.
pub fn router(app: App) -> Router {
    let (routes, document) = described().split_for_parts();
    let document = serde_json::to_string(&document).expect("the document is plain data");
    let api = routes
        .route(
            "/api/v1/openapi.json",
            get(async move || {
                let kind = [(axum::http::header::CONTENT_TYPE, "application/json")];
                (kind, document.clone()).into_response()
            }),
        )
        .route("/api/{*path}", axum::routing::any(no_route))
        .method_not_allowed_fallback(wrong_method)
        // The innermost comes first: who asks is known when the run's entity tag is compared.
        .layer(from_fn_with_state(app.clone(), guard::pin_run))
        .layer(from_fn_with_state(app.clone(), auth::identify))
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES));
    let compress = CompressionLayer::new().compress_when(
        SizeAbove::new(MIN_COMPRESSED_BYTES)
            .and(NotForContentType::IMAGES)
            .and(NotForContentType::const_new("font/woff2")),
    );
    api.merge(page::routes())
        .merge(health::routes())
        .fallback(no_route)
        .layer(compress)
        .layer(CatchPanicLayer::custom(panicked))
        .layer(from_fn_with_state(app.clone(), guard::guard))
        .layer(from_fn_with_state(app.clone(), observe))
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

/// The panic itself was logged by the hook of the process; nothing of it goes out.
fn panicked(_: Box<dyn std::any::Any + Send>) -> Response {
    ApiError::internal(&std::io::Error::other("a handler panicked")).into_response()
}

/// Counts each answer and how long it took.
async fn observe(State(app): State<App>, request: Request, next: Next) -> Response {
    let start = Instant::now();
    let response = next.run(request).await;
    app.metrics
        .answered(response.status().as_u16(), start.elapsed());
    response
}
