//! Who asks, and what they may do.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;

use super::state::App;

/// What a caller may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(dead_code, reason = "roles come with tokens")]
pub(super) enum Role {
    /// Sees cases, personal fields masked.
    Viewer,
    /// Look-ups and changes only.
    Service,
    /// Sees all and decides.
    Investigator,
    /// All of it.
    Admin,
}

/// Who asks. Every request under `/api/v1` carries one as an extension.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Caller {
    pub(super) user: String,
    pub(super) role: Role,
}

/// Finds out who asks. On loopback without tokens: everybody is admin `local`.
pub(super) async fn identify(
    State(_app): State<App>,
    mut request: Request,
    next: Next,
) -> Response {
    request.extensions_mut().insert(Caller {
        user: "local".to_owned(),
        role: Role::Admin,
    });
    next.run(request).await
}
