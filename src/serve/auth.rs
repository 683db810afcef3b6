//! Who asks, and what they may do: checked for every request to the API before anything else is.

use std::time::Instant;

use axum::http::header::{AUTHORIZATION, COOKIE, RETRY_AFTER};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};

pub(super) use crate::decisions::Role;

use super::clock::now;
use super::desk::{Unsure, Wait, blocking};
use super::error::ApiError;
use super::rate::Kind;
use super::router::BASE;
use super::state::App;
use crate::decisions::AuditEntry;

/// The cookie that holds a session.
pub(super) const SESSION_COOKIE: &str = "ringfence_session";
/// The header that shows that a change comes from our own page.
const CSRF_HEADER: &str = "x-csrf-token";

/// Who asks. Every request under `/api/v1` carries one as an extension.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Caller {
    pub(super) user: String,
    pub(super) role: Role,
    pub(super) proof: Proof,
    /// What a change has to bear in its header; none where a token comes with every request.
    pub(super) csrf: Option<String>,
}

/// How somebody is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Proof {
    /// Nobody needs to prove anything: no token was ever made.
    None,
    /// By a token in the request.
    Token,
    /// By a cookie, which browsers send along whoever had the request made.
    Cookie,
}

/// Finds out who asks and whether they may: the [`Caller`] with whether personal fields are to be masked in
/// the answer, or an answer of status 401, 403 or 429. What is shown in full is audited before it is seen.
pub(super) async fn admit(app: &App, head: &Parts) -> Result<(Caller, bool), Response> {
    let route = Route::of(head);
    let caller = match caller(app, &head.headers).await {
        Ok(Some(caller)) => caller,
        // To log in is how one becomes known; the document says nothing about anybody.
        Ok(None) if route.is_public => return Ok((nobody(), !route.is_lookup())),
        Ok(None) => return Err(refuse_unknown(app)),
        Err(error) => return Err(error.into_response()),
    };
    if !is_within_rate(app, &caller, &route) {
        return Err(too_many());
    }
    if !route.is_allowed(caller.role) {
        return Err(forbidden(
            "role",
            format!("the role `{}` may not do that", caller.role.name()),
        ));
    }
    if route.needs_csrf && caller.proof != Proof::Token && !bears_csrf(&caller, &head.headers) {
        return Err(forbidden(
            "csrf",
            "X-CSRF-Token: expected the `csrf` of /api/v1/me".to_owned(),
        ));
    }
    if let Some((action, subject)) = route.audited(&caller) {
        audit(app, &caller, action, subject)
            .await
            .map_err(IntoResponse::into_response)?;
    }
    let is_masked = !caller.role.may_see_personal() && !route.is_lookup();
    Ok((caller, is_masked))
}

/// Who asks, if that was found out a moment ago and their questions are not counted: a scoring service, or
/// anybody where no token was ever made.
pub(super) fn known(app: &App, headers: &HeaderMap) -> Option<Caller> {
    let caller = app.desk.caller(bearer(headers), cookie(headers), Wait::No);
    caller.ok().flatten().filter(is_uncounted)
}

/// Who comes with a good token, a good session, or needs none. Mostly that was found out a moment ago,
/// and no other thread is troubled.
async fn caller(app: &App, headers: &HeaderMap) -> Result<Option<Caller>, ApiError> {
    let (bearer, session) = (bearer(headers), cookie(headers));
    match app.desk.caller(bearer, session, Wait::No) {
        Ok(caller) => return Ok(caller),
        Err(Unsure::Failed(error)) => return Err(error.into()),
        Err(Unsure::NotAsked) => {}
    }
    let (bearer, session) = (bearer.map(str::to_owned), session.map(str::to_owned));
    let app = app.clone();
    blocking(move || {
        let (bearer, session) = (bearer.as_deref(), session.as_deref());
        let caller = app.desk.caller(bearer, session, Wait::Yes);
        caller.map_err(|unsure| match unsure {
            Unsure::Failed(error) => ApiError::from(error),
            Unsure::NotAsked => ApiError::internal(&unsure),
        })
    })
    .await
}

fn nobody() -> Caller {
    Caller {
        user: String::new(),
        role: Role::Viewer,
        proof: Proof::Token,
        csrf: None,
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// The session in the cookies of a request.
pub(super) fn cookie(headers: &HeaderMap) -> Option<&str> {
    headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, _)| *name == SESSION_COOKIE)
        .map(|(_, value)| value)
}

/// Compared as hashes, which takes the same time however much is right.
fn bears_csrf(caller: &Caller, headers: &HeaderMap) -> bool {
    let sent = headers.get(CSRF_HEADER).map(HeaderValue::as_bytes);
    let expected = caller.csrf.as_deref().map(str::as_bytes);
    match (sent, expected) {
        (Some(sent), Some(expected)) => blake3::hash(sent) == blake3::hash(expected),
        _ => false,
    }
}

fn is_within_rate(app: &App, caller: &Caller, route: &Route<'_>) -> bool {
    let kind = match (route.is_change, is_uncounted(caller)) {
        (true, _) => Kind::Write,
        (false, true) => return true,
        (false, false) => Kind::Read,
    };
    app.desk.rates.allow(kind, &caller.user, Instant::now())
}

/// A machine that looks up ids is what the service is for.
fn is_uncounted(caller: &Caller) -> bool {
    caller.role == Role::Service || caller.proof == Proof::None
}

pub(super) fn refuse_unknown(app: &App) -> Response {
    if !app.desk.rates.allow(Kind::Failure, "", Instant::now()) {
        return too_many();
    }
    ApiError::new(
        StatusCode::UNAUTHORIZED,
        "unauthorized",
        "a token is needed: log in, or send `Authorization: Bearer TOKEN`",
    )
    .into_response()
}

fn too_many() -> Response {
    let error = ApiError::new(
        StatusCode::TOO_MANY_REQUESTS,
        "too_many_requests",
        "too many requests: try again in a second",
    );
    ([(RETRY_AFTER, "1")], error).into_response()
}

fn forbidden(code: &'static str, message: String) -> Response {
    ApiError::new(StatusCode::FORBIDDEN, code, message).into_response()
}

async fn audit(
    app: &App,
    caller: &Caller,
    action: &'static str,
    subject: String,
) -> Result<(), ApiError> {
    let entry = AuditEntry {
        at: now(),
        by: caller.user.clone(),
        role: caller.role.name().to_owned(),
        action: action.to_owned(),
        subject,
        run_id: app.current().run_id().to_owned(),
    };
    app.ask_record(move |record| record.audit(&entry)).await
}

/// What a request is about, by its address alone.
struct Route<'a> {
    parts: Vec<&'a str>,
    query: &'a str,
    is_public: bool,
    /// Whether it changes the record.
    is_change: bool,
    needs_csrf: bool,
}

impl<'a> Route<'a> {
    fn of(head: &'a Parts) -> Self {
        let path = head.uri.path();
        let path = path.strip_prefix(BASE).unwrap_or(path);
        let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
        // RFC 9110, section 9.2.1. Whatever else a later version may take is guarded.
        let is_safe = matches!(
            head.method,
            Method::GET | Method::HEAD | Method::OPTIONS | Method::TRACE
        );
        let is_question = matches!(
            parts[..],
            ["merchants", "lookup"] | ["exceptions", "preview"]
        );
        let is_login = head.method == Method::POST && parts[..] == ["session"];
        Self {
            is_public: is_login || is_safe && parts[..] == ["openapi.json"],
            is_change: !is_safe && !is_question && parts[..] != ["session"],
            needs_csrf: !is_safe && !is_question && !is_login,
            query: head.uri.query().unwrap_or_default(),
            parts,
        }
    }

    /// Answers with ids, codes and numbers only: nothing in them is personal, and machines ask for
    /// thousands a second. Nor is anything in the document.
    fn is_lookup(&self) -> bool {
        matches!(
            self.parts[..],
            ["lookup" | "ids", _] | ["merchants", "lookup"] | ["changes" | "openapi.json"]
        )
    }

    fn is_allowed(&self, role: Role) -> bool {
        if self.is_change {
            return role.may_decide();
        }
        match self.parts[..] {
            ["audit"] => role == Role::Admin,
            ["clusters", _, "export"] | ["exceptions", "preview"] => role.may_see_personal(),
            ["me" | "session" | "run" | "runs" | "changes" | "openapi.json" | "reason-codes"]
            | ["merchants" | "lookup" | "ids", _] => true,
            _ => role.may_see_cases(),
        }
    }

    /// What is shown in full, and to be audited. Where nobody needs a token there is nobody to tell
    /// apart, and single look-ups are left out.
    fn audited(&self, caller: &Caller) -> Option<(&'static str, String)> {
        if !caller.role.may_see_personal() || self.is_change {
            return None;
        }
        let is_known = caller.proof != Proof::None;
        match self.parts[..] {
            ["clusters", id] if is_known => Some(("view_case", id.to_owned())),
            ["clusters", id, "members" | "evidence" | "graph"] if is_known => {
                Some(("view_case_part", id.to_owned()))
            }
            ["clusters", id, "export"] if is_known => Some(("export_case", id.to_owned())),
            ["merchants", id] | ["merchants", id, _] if is_known && id != "lookup" => {
                Some(("view_merchant", id.to_owned()))
            }
            // Which value was asked for is personal itself; its type says enough.
            ["entities"] if is_known => {
                let mut pairs = self
                    .query
                    .split('&')
                    .filter_map(|pair| pair.split_once('='));
                let kind = pairs.find(|(name, _)| *name == "type");
                Some(("view_entity", kind.map_or("", |(_, kind)| kind).to_owned()))
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::http::{HeaderMap, HeaderValue, Request, header};

    use super::{Role, Route, cookie};

    fn allowed(method: &str, path: &str) -> Vec<Role> {
        let request = Request::builder()
            .method(method)
            .uri(format!("/api/v1{path}"))
            .body(Body::empty())
            .unwrap();
        let (head, _) = request.into_parts();
        let route = Route::of(&head);
        Role::ALL
            .into_iter()
            .filter(|role| route.is_allowed(*role))
            .collect()
    }

    #[test]
    fn each_role_may_do_its_work_and_no_more() {
        use Role::{Admin, Investigator, Service, Viewer};
        let check = |method, path, expected: &[Role]| {
            assert_eq!(allowed(method, path), expected, "{method} {path}");
        };
        let people = &[Viewer, Investigator, Admin];
        let deciders = &[Investigator, Admin];
        check("GET", "/clusters", people);
        check("GET", "/clusters/R1/graph?focus=m:1", people);
        check("GET", "/clusters/R1/export", deciders);
        check("GET", "/merchants/M1", &Role::ALL);
        check("GET", "/ids/R1", &Role::ALL);
        check("GET", "/merchants/M1/neighbors", people);
        check(
            "POST",
            "/merchants/lookup",
            &[Viewer, Investigator, Service, Admin],
        );
        check("GET", "/changes?since=x", &Role::ALL);
        check("POST", "/decisions", deciders);
        check("POST", "/decisions/bulk", deciders);
        check("POST", "/decisions/1/undo", deciders);
        check("POST", "/clusters/R1/assign", deciders);
        check("POST", "/clusters/R1/snooze", deciders);
        check("PUT", "/of/a/later/version", deciders);
        check("GET", "/of/a/later/version", people);
        check("GET", "/audit", &[Admin]);
        check("DELETE", "/session", &Role::ALL);
    }

    #[test]
    fn the_session_is_found_among_other_cookies() {
        let mut headers = HeaderMap::new();
        assert_eq!(cookie(&headers), None);
        headers.insert(
            header::COOKIE,
            HeaderValue::from_static("a=b; xringfence_session=no; ringfence_session=yes; c=d"),
        );
        assert_eq!(cookie(&headers), Some("yes"));
    }
}
