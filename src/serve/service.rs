//! What every request passes, from its head to the answer's: in one place and in one order.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::task::Poll;
use std::time::Instant;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use tower::Service as _;

use super::compress::{Encoding, packed};
use super::error::ApiError;
use super::limits::REQUEST_TIMEOUT;
use super::router::routes;
use super::state::{App, Pinned};
use super::{auth, guard, instant, mask};

/// The whole service: cheap to clone, shared by all connections.
#[derive(Clone, Debug)]
pub struct Service(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    app: App,
    routes: Router,
}

impl Service {
    /// A service over a run and the record of decisions.
    pub fn new(app: App) -> Self {
        let routes = routes(app.clone());
        Self(Arc::new(Shared { app, routes }))
    }

    /// Answers a request, whatever it is.
    pub async fn answer(&self, request: Request) -> Response {
        let start = Instant::now();
        let app = &self.0.app;
        let response = match instant::answer(app, &request) {
            Some(response) => response,
            None => Box::pin(self.guarded(request)).await,
        };
        app.metrics
            .answered(response.status().as_u16(), start.elapsed());
        response
    }

    /// Refuses a wrong host, ends what takes too long or panics, and sets the headers of every answer.
    async fn guarded(&self, request: Request) -> Response {
        let mut response = if guard::is_host_wrong(&self.0.app, request.headers()) {
            wrong_host()
        } else {
            let answer = panics_caught(self.packed(request));
            let answer = tokio::time::timeout(REQUEST_TIMEOUT, answer).await;
            answer.unwrap_or_else(|_| {
                ApiError::unavailable("the answer took too long").into_response()
            })
        };
        guard::set_headers(response.headers_mut());
        response
    }

    async fn packed(&self, request: Request) -> Response {
        let encoding = Encoding::of(request.method(), request.headers());
        let response = if request.uri().path().starts_with("/api/") {
            self.admitted(request).await
        } else {
            self.routed(request).await
        };
        packed(response, encoding).await
    }

    /// What is asked of the API: by somebody who may, and of the run that is served when the request
    /// comes in.
    async fn admitted(&self, request: Request) -> Response {
        let app = &self.0.app;
        let (head, body) = request.into_parts();
        let (caller, is_masked) = match auth::admit(app, &head).await {
            Ok(admitted) => admitted,
            Err(refusal) => return refusal,
        };
        let run = app.current();
        let mask_key = is_masked.then_some(&app.desk.mask_key);
        let tag = guard::EntityTag::of(&head.method, run.run_id(), caller.role, mask_key);
        let asked = head.headers.clone();
        let mut request = Request::from_parts(head, body);
        request.extensions_mut().insert(Pinned(run));
        request.extensions_mut().insert(caller);
        let mut response = self.routed(request).await;
        if let Some(key) = mask_key {
            response = mask::response(response, key).await;
        }
        tag.set(&asked, response)
    }

    async fn routed(&self, request: Request<Body>) -> Response {
        let Ok(response) = self.0.routes.clone().call(request).await;
        response
    }
}

fn wrong_host() -> Response {
    ApiError::new(
        StatusCode::MISDIRECTED_REQUEST,
        "wrong_host",
        "the service listens on loopback and answers to localhost only",
    )
    .into_response()
}

/// An answer even where a handler panics. The panic itself was logged by the hook of the process; nothing
/// of it goes out.
async fn panics_caught(answer: impl Future<Output = Response>) -> Response {
    let mut answer = std::pin::pin!(answer);
    std::future::poll_fn(|context| {
        // What the future holds is dropped with it and seen by nobody after a panic.
        let polled = catch_unwind(AssertUnwindSafe(|| answer.as_mut().poll(context)));
        polled.unwrap_or_else(|_| {
            let error = std::io::Error::other("a handler panicked");
            Poll::Ready(ApiError::internal(&error).into_response())
        })
    })
    .await
}

#[cfg(test)]
mod tests {
    use axum::response::Response;

    use super::panics_caught;

    #[test]
    fn a_panic_becomes_an_answer_of_status_500() {
        let runtime = tokio::runtime::Builder::new_current_thread().build();
        let answer = runtime.unwrap().block_on(panics_caught(async {
            tokio::task::yield_now().await;
            [Response::default()]
                .into_iter()
                .nth(1)
                .expect("there is one only")
        }));
        assert_eq!(answer.status(), 500);
    }
}
