//! Sessions, roles and decisions over HTTP.

#![expect(
    clippy::unwrap_used,
    clippy::format_push_string,
    reason = "a test stops at the first surprise, and makes a few lines of data"
)]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::sync::mpsc;

use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode, header};
use ringfence::decisions::{DecisionFilter, DecisionStore, Role};
use ringfence::model::Timestamp;
use ringfence::serve::{App, Settings, now};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::command::{connect, data, ringfence, succeed};

/// A service over a run of `data/tiny`, with a record of decisions.
struct Desk {
    folder: TempDir,
    service: ringfence::serve::Service,
}

/// An answer, read to its end.
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    text: String,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("no JSON: {}", self.text))
    }

    fn code(&self) -> String {
        self.json()["error"]["code"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    }
}

fn run_tiny(folder: &Path) {
    let mut run = ringfence(folder);
    run.arg("run")
        .arg("--data")
        .arg(data("tiny"))
        .args(["--out", "runs"]);
    succeed(&mut run);
}

fn service(folder: &Path) -> ringfence::serve::Service {
    let app = App::open(Settings {
        runs: folder.join("runs"),
        listen: "127.0.0.1:8080".parse().unwrap(),
        db: Some(folder.join("d.db")),
    });
    ringfence::serve::Service::new(app.unwrap())
}

impl Desk {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        run_tiny(folder.path());
        Self {
            service: service(folder.path()),
            folder,
        }
    }

    fn restart(&mut self) {
        self.service = service(self.folder.path());
    }

    fn db(&self) -> PathBuf {
        self.folder.path().join("d.db")
    }

    fn store(&self) -> DecisionStore {
        DecisionStore::open(&self.db()).unwrap()
    }

    fn token(&self, user: &str, role: Role) -> String {
        self.store().add_token(user, role, None, now()).unwrap().0
    }

    async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.service.answer(request).await;
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, usize::MAX).await.unwrap();
        Answer {
            status: parts.status,
            headers: parts.headers,
            text: String::from_utf8(bytes.to_vec()).unwrap(),
        }
    }

    async fn get(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        self.send(request("GET", path, headers, None)).await
    }

    async fn post(&self, path: &str, headers: &[(&str, &str)], body: Value) -> Answer {
        self.send(request("POST", path, headers, Some(body))).await
    }

    /// The best cluster: id and members.
    async fn best(&self, headers: &[(&str, &str)]) -> (String, Vec<String>) {
        let queue = self.get("/clusters?limit=1", headers).await.json();
        let id = queue["items"][0]["cluster_id"].as_str().unwrap().to_owned();
        let case = self.get(&format!("/clusters/{id}"), headers).await.json();
        let members = case["case"]["members"].as_array().unwrap().iter();
        let members = members.map(|member| member["merchant_id"].as_str().unwrap().to_owned());
        (id, members.collect())
    }

    async fn run_id(&self, headers: &[(&str, &str)]) -> String {
        let run = self.get("/run", headers).await.json();
        run["run_id"].as_str().unwrap().to_owned()
    }
}

fn request(
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: Option<Value>,
) -> Request<Body> {
    let mut request = Request::builder()
        .method(method)
        .uri(format!("/api/v1{path}"))
        .header(header::HOST, "localhost");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    match body {
        None => request.body(Body::empty()).unwrap(),
        Some(body) => request
            .header(header::CONTENT_TYPE, "application/json")
            .body(Body::from(body.to_string()))
            .unwrap(),
    }
}

fn decision(run_id: &str, cluster_id: &str) -> Value {
    json!({
        "cluster_id": cluster_id, "merchant_ids": null, "verdict": "confirm",
        "reason_code": "one_hand", "note": "seen", "run_id": run_id,
    })
}

#[tokio::test]
async fn on_loopback_without_tokens_everybody_decides_with_the_pages_header() {
    let desk = Desk::new();
    let me = desk.get("/me", &[]).await.json();
    assert_eq!(
        (&me["user"], &me["role"], &me["auth"]),
        (&json!("local"), &json!("admin"), &json!("open"))
    );
    let (cluster, members) = desk.best(&[]).await;
    let given = decision(&desk.run_id(&[]).await, &cluster);
    let refused = desk.post("/decisions", &[], given.clone()).await;
    assert_eq!(
        (refused.status, refused.code().as_str()),
        (StatusCode::FORBIDDEN, "csrf")
    );
    let csrf = [("x-csrf-token", me["csrf"].as_str().unwrap())];
    let recorded = desk.post("/decisions", &csrf, given).await;
    assert_eq!(recorded.status, StatusCode::OK, "{}", recorded.text);
    let recorded = recorded.json();
    assert_eq!(recorded["decided_by"], "local");
    assert_eq!(recorded["whole"], true);
    let judged: Vec<String> = serde_json::from_value(recorded["merchant_ids"].clone()).unwrap();
    let mut sorted = members.clone();
    sorted.sort();
    assert_eq!(judged, sorted);
    // What was on the screen comes from the run, whatever the browser says.
    assert!(recorded["screen"]["bits"].as_f64().unwrap() > 0.0);
    assert!(
        !recorded["screen"]["evidence"]
            .as_array()
            .unwrap()
            .is_empty()
    );
    let list = desk
        .get(&format!("/decisions?merchant={}", members[0]), &[])
        .await;
    assert_eq!(list.headers[header::CACHE_CONTROL], "no-store");
    assert_eq!(list.json()["items"][0]["id"], recorded["id"]);
    let undo = format!("/decisions/{}/undo", recorded["id"]);
    assert_eq!(
        desk.post(&undo, &csrf, json!({})).await.json()["undone"]["by"],
        "local"
    );
    assert_eq!(
        desk.post(&undo, &csrf, json!({})).await.status,
        StatusCode::CONFLICT
    );
    let unknown = desk.post("/decisions/99/undo", &csrf, json!({})).await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn what_breaks_a_rule_is_refused_and_leaves_no_trace() {
    let desk = Desk::new();
    let me = desk.get("/me", &[]).await.json();
    let csrf = [("x-csrf-token", me["csrf"].as_str().unwrap())];
    let (cluster, _) = desk.best(&[]).await;
    let good = decision(&desk.run_id(&[]).await, &cluster);
    let with = |name: &str, value: Value| {
        let mut changed = good.clone();
        changed[name] = value;
        changed
    };
    let excepting = |kind: &str, end: &str| json!([{"kind": kind, "value": "x", "reason": "", "expires_at": end}]);
    let honest = |exceptions: Value| {
        let mut changed = with("verdict", json!("honest"));
        changed["reason_code"] = json!("one_owner");
        changed["exceptions"] = exceptions;
        changed
    };
    let cases = [
        (
            with("cluster_id", json!("R0000000000")),
            StatusCode::NOT_FOUND,
        ),
        (
            with("run_id", json!("2020-01-01-000000000000")),
            StatusCode::NOT_FOUND,
        ),
        (with("run_id", json!("../../etc")), StatusCode::NOT_FOUND),
        (with("verdict", json!("guilty")), StatusCode::BAD_REQUEST),
        (
            with("reason_code", json!("family")),
            StatusCode::BAD_REQUEST,
        ),
        (
            with("merchant_ids", json!(["M-NOBODY"])),
            StatusCode::BAD_REQUEST,
        ),
        (
            with("note", json!("x".repeat(9_000))),
            StatusCode::BAD_REQUEST,
        ),
        (with("note", json!("a\u{1b}[2Jb")), StatusCode::BAD_REQUEST),
        (with("note", json!("a\u{0}b")), StatusCode::BAD_REQUEST),
        (
            honest(
                json!([{"kind": "device", "value": "x", "reason": "\u{7}", "expires_at": "2999-01-01"}]),
            ),
            StatusCode::BAD_REQUEST,
        ),
        (
            with("exceptions", excepting("device", "2999-01-01")),
            StatusCode::BAD_REQUEST,
        ),
        (
            honest(excepting("device", "2001-01-01")),
            StatusCode::BAD_REQUEST,
        ),
        (honest(excepting("device", "soon")), StatusCode::BAD_REQUEST),
        (
            honest(excepting("fax", "2999-01-01")),
            StatusCode::BAD_REQUEST,
        ),
        // Misspelt for `merchant_ids`, it would judge them all.
        (with("merchants", json!(["M001"])), StatusCode::BAD_REQUEST),
    ];
    for (bad, status) in cases {
        let answer = desk.post("/decisions", &csrf, bad.clone()).await;
        assert_eq!(answer.status, status, "{bad} {}", answer.text);
        let bulk = json!({"decisions": [good.clone(), bad]});
        assert!(
            desk.post("/decisions/bulk", &csrf, bulk)
                .await
                .status
                .is_client_error()
        );
    }
    assert!(desk.store().history(None).unwrap().is_empty());
}

#[tokio::test]
async fn a_note_has_lines_and_tabs_and_says_what_else_it_may_not_have() {
    let desk = Desk::new();
    let me = desk.get("/me", &[]).await.json();
    let csrf = [("x-csrf-token", me["csrf"].as_str().unwrap())];
    let (cluster, _) = desk.best(&[]).await;
    let mut given = decision(&desk.run_id(&[]).await, &cluster);
    given["note"] = json!("seen\u{1b}[2J");
    let refused = desk.post("/decisions", &csrf, given.clone()).await;
    assert!(
        refused.text.contains("control characters"),
        "{}",
        refused.text
    );
    given["note"] = json!("seen:\n\tone hand");
    let done = desk.post("/decisions", &csrf, given).await;
    assert_eq!(done.status, StatusCode::OK, "{}", done.text);
}

#[tokio::test]
async fn nobody_gets_in_without_a_token_once_there_is_one() {
    let desk = Desk::new();
    let token = desk.token("ana", Role::Investigator);
    let refused = desk.get("/clusters", &[]).await;
    assert_eq!(
        (refused.status, refused.code().as_str()),
        (StatusCode::UNAUTHORIZED, "unauthorized")
    );
    let other = if token.ends_with('0') { '1' } else { '0' };
    let wrong = format!("Bearer {}{other}", &token[..token.len() - 1]);
    for bad in [wrong.as_str(), "Bearer ", "Basic YTpi", "Bearer ringfence_"] {
        let answer = desk.get("/clusters", &[("authorization", bad)]).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{bad}");
    }
    let bearer = format!("Bearer {token}");
    let bearer = [("authorization", bearer.as_str())];
    assert_eq!(desk.get("/clusters", &bearer).await.status, StatusCode::OK);
    // A token in the request needs no further proof: no browser sends it by itself.
    let (cluster, _) = desk.best(&bearer).await;
    let given = decision(&desk.run_id(&bearer).await, &cluster);
    let recorded = desk.post("/decisions", &bearer, given).await;
    assert_eq!(recorded.json()["decided_by"], "ana", "{}", recorded.text);
}

#[tokio::test]
async fn a_session_needs_the_csrf_header_for_changes_and_ends() {
    let desk = Desk::new();
    let token = desk.token("ana", Role::Investigator);
    let bad = desk
        .post("/session", &[], json!({"token": "ringfence_x"}))
        .await;
    assert_eq!(bad.status, StatusCode::UNAUTHORIZED);
    let login = desk
        .post(
            "/session",
            &[("x-forwarded-proto", "https")],
            json!({"token": token}),
        )
        .await;
    assert_eq!(login.status, StatusCode::NO_CONTENT, "{}", login.text);
    let cookie = login.headers[header::SET_COOKIE].to_str().unwrap();
    for needed in [
        "HttpOnly",
        "SameSite=Strict",
        "Path=/",
        "Secure",
        "Max-Age=",
    ] {
        assert!(cookie.contains(needed), "{cookie}");
    }
    assert!(!cookie.contains(&token), "the token itself is in no cookie");
    let cookie = cookie.split(';').next().unwrap().to_owned();
    let session = [("cookie", cookie.as_str())];
    let me = desk.get("/me", &session).await.json();
    assert_eq!((&me["user"], &me["auth"]), (&json!("ana"), &json!("token")));
    let (cluster, _) = desk.best(&session).await;
    let given = decision(&desk.run_id(&session).await, &cluster);
    assert_eq!(
        desk.post("/decisions", &session, given.clone())
            .await
            .code(),
        "csrf"
    );
    let wrong = [session[0], ("x-csrf-token", "0123")];
    assert_eq!(
        desk.post("/decisions", &wrong, given.clone()).await.code(),
        "csrf"
    );
    let right = [session[0], ("x-csrf-token", me["csrf"].as_str().unwrap())];
    assert_eq!(
        desk.post("/decisions", &right, given).await.status,
        StatusCode::OK
    );
    let out = desk.send(request("DELETE", "/session", &right, None)).await;
    assert_eq!(out.status, StatusCode::NO_CONTENT);
    assert_eq!(
        desk.get("/clusters", &session).await.status,
        StatusCode::UNAUTHORIZED
    );
}

/// A desk with a token of each role.
struct Roles {
    desk: Desk,
    viewer: String,
    investigator: String,
    service: String,
    admin: String,
}

impl Roles {
    fn new() -> Self {
        let desk = Desk::new();
        let bearer = |role| format!("Bearer {}", desk.token(&format!("{role:?}"), role));
        Self {
            viewer: bearer(Role::Viewer),
            investigator: bearer(Role::Investigator),
            service: bearer(Role::Service),
            admin: bearer(Role::Admin),
            desk,
        }
    }

    async fn get(&self, path: &str, token: &str) -> Answer {
        self.desk.get(path, &[("authorization", token)]).await
    }
}

#[tokio::test]
async fn viewers_and_services_decide_nothing() {
    let roles = Roles::new();
    let viewer = [("authorization", roles.viewer.as_str())];
    let (cluster, members) = roles.desk.best(&viewer).await;
    let given = decision(&roles.desk.run_id(&viewer).await, &cluster);
    for (path, body) in [
        ("/decisions", given.clone()),
        ("/decisions/bulk", json!({"decisions": [given.clone()]})),
        ("/decisions/1/undo", json!({})),
        (
            &format!("/clusters/{cluster}/assign"),
            json!({"assignee": "x"}),
        ),
        (
            &format!("/clusters/{cluster}/snooze"),
            json!({"until": "2999-01-01"}),
        ),
        (
            "/exceptions/preview",
            json!({"kind": "merchant", "value": members[0]}),
        ),
    ] {
        for token in [&roles.viewer, &roles.service] {
            let bearer = [("authorization", token.as_str())];
            let answer = roles.desk.post(path, &bearer, body.clone()).await;
            assert_eq!(
                (answer.status, answer.code().as_str()),
                (StatusCode::FORBIDDEN, "role"),
                "{path}"
            );
        }
    }
    assert!(roles.desk.store().history(None).unwrap().is_empty());
}

#[tokio::test]
async fn personal_fields_are_masked_for_viewers_and_audited_for_others() {
    let roles = Roles::new();
    let viewer = [("authorization", roles.viewer.as_str())];
    let (cluster, _) = roles.desk.best(&viewer).await;
    let path = format!("/clusters/{cluster}");
    let full = roles.get(&path, &roles.investigator).await;
    let masked = roles.get(&path, &roles.viewer).await;
    let case = full.json();
    let mut secrets = Vec::new();
    for member in case["case"]["members"].as_array().unwrap() {
        secrets.push(member["name"].as_str().unwrap().to_owned());
    }
    for evidence in case["case"]["evidence"].as_array().unwrap() {
        secrets.push(evidence["entity"].as_str().unwrap().to_owned());
        secrets.push(evidence["shown"].as_str().unwrap().to_owned());
    }
    secrets.retain(|secret| !secret.is_empty());
    assert!(secrets.len() > 5);
    for secret in &secrets {
        assert!(full.text.contains(secret.as_str()));
        assert!(
            !masked.text.contains(secret.as_str()),
            "a viewer sees {secret}"
        );
    }
    assert_eq!(
        masked.json()["case"]["cluster"]["score"],
        case["case"]["cluster"]["score"]
    );
    let audit = roles.get("/audit", &roles.admin).await.json();
    let views: Vec<_> = audit.as_array().unwrap().iter().collect();
    assert_eq!(views.len(), 1, "{views:?}");
    assert_eq!(
        (&views[0]["by"], &views[0]["action"], &views[0]["subject"]),
        (&json!("Investigator"), &json!("view_case"), &json!(cluster))
    );
}

/// A masked value is made anew with each start, and an answer with another value is another answer.
#[tokio::test]
async fn a_masked_answer_is_not_unchanged_after_a_restart() {
    let mut roles = Roles::new();
    let cluster = roles
        .desk
        .best(&[("authorization", roles.viewer.as_str())])
        .await
        .0;
    let path = format!("/clusters/{cluster}/members");
    let tag = |answer: &Answer| answer.headers[header::ETAG].to_str().unwrap().to_owned();
    let asked = async |roles: &Roles, path: &str, token: &str, tag: &str| {
        let headers = [("authorization", token), ("if-none-match", tag)];
        roles.desk.get(path, &headers).await.status
    };
    let masked = tag(&roles.get(&path, &roles.viewer).await);
    let full = tag(&roles.get(&path, &roles.investigator).await);
    let look_up = tag(&roles.get("/lookup/M001", &roles.service).await);
    let unchanged = StatusCode::NOT_MODIFIED;
    assert_eq!(
        asked(&roles, &path, &roles.viewer, &masked).await,
        unchanged
    );
    let head = [("authorization", roles.viewer.as_str())];
    let head = roles.desk.send(request("HEAD", &path, &head, None)).await;
    assert_eq!((head.status, tag(&head)), (StatusCode::OK, masked.clone()));
    roles.desk.restart();
    assert_eq!(
        asked(&roles, &path, &roles.viewer, &masked).await,
        StatusCode::OK
    );
    assert_eq!(
        asked(&roles, &path, &roles.investigator, &full).await,
        unchanged
    );
    let again = asked(&roles, "/lookup/M001", &roles.service, &look_up).await;
    assert_eq!(again, unchanged, "nothing in it is masked");
}

#[tokio::test]
async fn a_service_looks_up_and_only_an_admin_reads_the_audit() {
    let roles = Roles::new();
    let viewer = [("authorization", roles.viewer.as_str())];
    let (cluster, _) = roles.desk.best(&viewer).await;
    let run = roles.get("/run", &roles.service).await;
    assert_eq!(run.status, StatusCode::OK);
    let since = run.json()["run_id"].as_str().unwrap().to_owned();
    for path in [
        "/lookup/M001",
        "/merchants/M001",
        &format!("/ids/{cluster}"),
        &format!("/changes?since={since}"),
        "/runs",
        "/me",
        "/reason-codes",
        "/openapi.json",
    ] {
        let answer = roles.get(path, &roles.service).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}");
    }
    let case = format!("/clusters/{cluster}");
    for path in [
        "/clusters",
        case.as_str(),
        &format!("{case}/members"),
        "/diff",
        "/search?q=M001",
        "/entities?type=device&value=x",
        "/path?from=M001&to=M002",
        "/merchants/M001/neighbors",
        "/decisions",
        "/reviewed",
        "/audit",
    ] {
        let answer = roles.get(path, &roles.service).await;
        assert_eq!(answer.code(), "role", "{path}");
    }
    assert_eq!(
        roles.get("/audit", &roles.investigator).await.code(),
        "role"
    );
}

#[tokio::test]
async fn what_another_service_on_the_record_writes_is_seen() {
    let desk = Desk::new();
    let other = service(desk.folder.path());
    let (cluster, _) = desk.best(&[]).await;
    let run_id = desk.run_id(&[]).await;
    let state = async || {
        let queue = desk.get("/clusters?limit=1", &[]).await.json();
        queue["items"][0]["state"].clone()
    };
    assert_eq!(state().await, "open");
    let ask = async |request| {
        let desk = &other;
        let response = desk.answer(request).await;
        let bytes = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        serde_json::from_slice::<Value>(&bytes).unwrap()
    };
    let me = ask(request("GET", "/me", &[], None)).await;
    let csrf = [("x-csrf-token", me["csrf"].as_str().unwrap())];
    let given = decision(&run_id, &cluster);
    let done = ask(request("POST", "/decisions", &csrf, Some(given))).await;
    assert_eq!(done["verdict"], "confirm", "{done}");
    assert_eq!(state().await, "confirmed");
}

#[tokio::test]
async fn cases_are_assigned_snoozed_and_shown_so_in_the_queue() {
    let desk = Desk::new();
    let me = desk.get("/me", &[]).await.json();
    let csrf = [("x-csrf-token", me["csrf"].as_str().unwrap())];
    let (cluster, _) = desk.best(&[]).await;
    let row = async || desk.get("/clusters?limit=1", &[]).await.json()["items"][0].clone();
    assert_eq!(row().await["state"], "open");
    let assign = format!("/clusters/{cluster}/assign");
    let done = desk.post(&assign, &csrf, json!({"assignee": "bo"})).await;
    assert_eq!(done.status, StatusCode::NO_CONTENT, "{}", done.text);
    let snooze = format!("/clusters/{cluster}/snooze");
    let past = desk
        .post(&snooze, &csrf, json!({"until": "2001-01-01"}))
        .await;
    assert_eq!(past.status, StatusCode::BAD_REQUEST);
    let done = desk
        .post(&snooze, &csrf, json!({"until": "2999-01-01"}))
        .await;
    assert_eq!(done.status, StatusCode::NO_CONTENT);
    let snoozed = row().await;
    assert_eq!(
        (&snoozed["state"], &snoozed["assignee"]),
        (&json!("snoozed"), &json!("bo"))
    );
    assert_eq!(snoozed["snoozed_until"], "2999-01-01");
    let given = decision(&desk.run_id(&[]).await, &cluster);
    desk.post("/decisions", &csrf, given).await;
    assert_eq!(row().await["state"], "confirmed");
    for (path, misspelt) in [
        (&assign, json!({"asignee": "bo"})),
        (&assign, json!({})),
        (&snooze, json!({"date": "2999-01-01"})),
        (&snooze, json!({})),
    ] {
        let refused = desk.post(path, &csrf, misspelt.clone()).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{misspelt}");
    }
    assert_eq!(row().await["assignee"], "bo", "still");
    let nowhere = desk
        .post("/clusters/R0/assign", &csrf, json!({"assignee": null}))
        .await;
    assert_eq!(nowhere.status, StatusCode::NOT_FOUND);
}

/// Writes six rings: of sizes, money and first days that put them into another order each.
fn write_rings(folder: &Path) {
    let mut merchants = "merchant_id,name,gmv_30d\n".to_owned();
    let mut devices = "merchant_id,device_id,first_seen\n".to_owned();
    let mut payouts = "merchant_id,account,first_seen\n".to_owned();
    for ring in 0..6_u32 {
        for member in 0..3 + ring % 3 {
            let (id, day) = (format!("M{ring}{member}"), 1 + ring * 5 % 7);
            merchants += &format!("{id},Shop {id},{}\n", 100 * (1 + ring * 3 % 7));
            devices += &format!("{id},device-{ring},2026-01-0{day}\n");
            payouts += &format!("{id},account-{ring},2026-01-0{day}\n");
        }
    }
    std::fs::create_dir_all(folder).unwrap();
    for (name, text) in [
        ("merchants.csv", merchants),
        ("devices.csv", devices),
        ("payouts.csv", payouts),
    ] {
        std::fs::write(folder.join(name), text).unwrap();
    }
}

#[tokio::test]
async fn cases_decided_between_two_pages_hide_no_others() {
    let folder = tempfile::tempdir().unwrap();
    write_rings(&folder.path().join("in"));
    let mut run = ringfence(folder.path());
    succeed(run.args(["run", "--data", "in", "--out", "runs"]));
    let desk = Desk {
        service: service(folder.path()),
        folder,
    };
    let me = desk.get("/me", &[]).await.json();
    let csrf = [("x-csrf-token", me["csrf"].as_str().unwrap())];
    let run_id = desk.run_id(&[]).await;
    for sort in ["rank", "exposure", "size", "age"] {
        let list = format!("/clusters?state=open&sort={sort}");
        let ids = |page: &Value| -> Vec<String> {
            let rows = page["items"].as_array().unwrap().iter();
            rows.map(|row| row["cluster_id"].as_str().unwrap().to_owned())
                .collect()
        };
        let all = ids(&desk.get(&list, &[]).await.json());
        assert_eq!(all.len(), 6, "{sort}");
        let (mut seen, mut decided, mut next) = (Vec::new(), Vec::new(), String::new());
        loop {
            let page = desk.get(&format!("{list}&limit=2{next}"), &[]).await;
            assert_eq!(page.status, StatusCode::OK, "{}", page.text);
            let page = page.json();
            for cluster_id in ids(&page) {
                let given = decision(&run_id, &cluster_id);
                let done = desk.post("/decisions", &csrf, given).await;
                decided.push(done.json()["id"].clone());
                seen.push(cluster_id);
            }
            let Some(cursor) = page["next_cursor"].as_str() else {
                break;
            };
            next = format!("&cursor={cursor}");
        }
        assert_eq!(seen, all, "{sort}");
        for id in decided {
            let undo = format!("/decisions/{id}/undo");
            desk.post(&undo, &csrf, json!({})).await;
        }
    }
    let page = desk.get("/clusters?limit=2", &[]).await.json();
    let (tags, _) = page["next_cursor"]
        .as_str()
        .unwrap()
        .rsplit_once('.')
        .unwrap();
    let nowhere = desk
        .get(&format!("/clusters?limit=2&cursor={tags}.7"), &[])
        .await;
    assert_eq!(nowhere.status, StatusCode::BAD_REQUEST, "there are six");
}

/// Copies `data/tiny` to `folder`, with devices and accounts beside it that all of some merchants use.
fn write_more_shared(folder: &Path, merchants: &[String], values: &[&str]) {
    std::fs::create_dir_all(folder).unwrap();
    for file in std::fs::read_dir(data("tiny")).unwrap() {
        let file = file.unwrap();
        std::fs::copy(file.path(), folder.join(file.file_name())).unwrap();
    }
    for (name, column) in [("devices.csv", "device_id"), ("payouts.csv", "account")] {
        let mut text = std::fs::read_to_string(folder.join(name)).unwrap();
        let header: Vec<String> = text
            .lines()
            .next()
            .unwrap()
            .split(',')
            .map(str::to_owned)
            .collect();
        for (value, merchant) in values
            .iter()
            .flat_map(|v| merchants.iter().map(move |m| (v, m)))
        {
            let cells = header.iter().map(|cell| match cell.as_str() {
                "merchant_id" => merchant.clone(),
                cell if cell == column => format!("{value}-{column}"),
                _ => String::new(),
            });
            text += &(cells.collect::<Vec<_>>().join(",") + "\n");
        }
        std::fs::write(folder.join(name), text).unwrap();
    }
}

#[tokio::test]
async fn a_case_found_honest_is_open_again_once_a_run_proposes_to_look() {
    let mut desk = Desk::new();
    let (cluster, members) = desk.best(&[]).await;
    let honest = async |desk: &Desk| {
        let me = desk.get("/me", &[]).await.json();
        let csrf = [("x-csrf-token", me["csrf"].as_str().unwrap())];
        let mut given = decision(&desk.run_id(&[]).await, &cluster);
        given["verdict"] = json!("honest");
        given["reason_code"] = json!("one_owner");
        let done = desk.post("/decisions", &csrf, given).await;
        assert_eq!(done.status, StatusCode::OK, "{}", done.text);
    };
    let standing = async |desk: &Desk| {
        let case = desk.get(&format!("/clusters/{cluster}"), &[]).await.json();
        let action = case["case"]["cluster"]["action"].as_str().unwrap();
        let open = desk.get("/clusters?state=open", &[]).await.json();
        let is_listed = open["items"]
            .as_array()
            .unwrap()
            .iter()
            .any(|row| row["cluster_id"] == json!(cluster));
        let state = case["state"].as_str().unwrap().to_owned();
        assert_eq!(is_listed, state == "open");
        (state, action != "monitor")
    };
    honest(&desk).await;
    let (honest_state, open_state) = ("honest".to_owned(), "open".to_owned());
    assert_eq!(
        standing(&desk).await,
        (honest_state.clone(), true),
        "judged on this very run"
    );
    let again = |desk: &mut Desk, values: &[&str], more: &[&str]| {
        let input = desk.folder.path().join("in");
        write_more_shared(&input, &members, values);
        let mut run = ringfence(desk.folder.path());
        run.args(["run", "--data", "in", "--out", "runs"])
            .args(more);
        succeed(&mut run);
        desk.restart();
    };
    let decided = ["--decisions", "d.db"];
    again(&mut desk, &[], &decided);
    assert_eq!(
        standing(&desk).await,
        (honest_state.clone(), false),
        "nothing new"
    );
    let new = ["FIRST", "SECOND", "THIRD"];
    again(&mut desk, &new, &[]);
    assert_eq!(
        standing(&desk).await,
        (honest_state.clone(), true),
        "the run knows of no verdict"
    );
    again(&mut desk, &new, &decided);
    assert_eq!(standing(&desk).await, (open_state, true), "materially new");
    honest(&desk).await;
    assert_eq!(
        standing(&desk).await,
        (honest_state, true),
        "looked at again"
    );
}

#[tokio::test]
async fn an_exception_tells_its_effect_before_it_is_made() {
    let desk = Desk::new();
    let (cluster, members) = desk.best(&[]).await;
    let case = desk.get(&format!("/clusters/{cluster}"), &[]).await.json();
    let evidence = &case["case"]["evidence"][0];
    for value in [&evidence["entity"], &evidence["shown"]] {
        let considered = json!({"kind": evidence["entity_type"], "value": value});
        let preview = desk
            .post("/exceptions/preview", &[], considered)
            .await
            .json();
        let effects = preview["clusters"].as_array().unwrap();
        let effect = effects
            .iter()
            .find(|effect| effect["cluster_id"] == json!(cluster))
            .unwrap();
        let bits = |name: &str| effect[name].as_f64().unwrap();
        assert!(bits("bits_after") < bits("bits_before"), "{effect}");
        assert_eq!(effect["size"], members.len());
    }
    let considered = json!({"kind": "merchant", "value": members[0]});
    let preview = desk
        .post("/exceptions/preview", &[], considered)
        .await
        .json();
    assert_eq!(preview["clusters"][0]["left"], members.len() - 1);
    let considered = json!({"kind": "device", "value": "nobody's"});
    let preview = desk
        .post("/exceptions/preview", &[], considered)
        .await
        .json();
    assert_eq!(
        (
            preview["clusters"].as_array().unwrap().len(),
            &preview["merchants"]
        ),
        (0, &json!(0))
    );
    let considered = json!({"kind": "divice", "value": "x"});
    let refused = desk.post("/exceptions/preview", &[], considered).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
    assert!(refused.text.contains("device"), "{}", refused.text);
    assert!(!refused.text.contains("divice"), "{}", refused.text);
}

#[tokio::test]
async fn reviewed_cases_have_a_precision() {
    let desk = Desk::new();
    let me = desk.get("/me", &[]).await.json();
    let csrf = [("x-csrf-token", me["csrf"].as_str().unwrap())];
    let (cluster, _) = desk.best(&[]).await;
    let given = decision(&desk.run_id(&[]).await, &cluster);
    desk.post("/decisions", &csrf, given).await;
    let reviewed = desk.get("/reviewed", &[]).await.json();
    let groups = reviewed["groups"].as_array().unwrap();
    let all = groups.iter().find(|group| group["by"] == "all").unwrap();
    assert_eq!(
        (&all["reviewed"], &all["confirmed"]),
        (&json!(1), &json!(1))
    );
    assert!(
        all["precision"]["low"].as_f64().unwrap() < 0.3,
        "one case says little"
    );
    let codes = desk.get("/reason-codes", &[]).await.json();
    assert!(
        codes
            .as_array()
            .unwrap()
            .iter()
            .any(|code| code["code"] == "one_hand")
    );
}

#[tokio::test]
async fn guessing_tokens_is_slowed_and_slows_nobody_else() {
    let desk = Desk::new();
    let bearer = format!("Bearer {}", desk.token("ana", Role::Viewer));
    let guess = [("authorization", "Bearer ringfence_0")];
    assert_eq!(
        desk.get("/run", &guess).await.status,
        StatusCode::UNAUTHORIZED
    );
    // Attempts come back at five a second; however slow this machine is, some of these are closer together.
    let mut is_slowed = false;
    for _ in 0..2_000 {
        let answer = desk.get("/run", &guess).await;
        is_slowed |= answer.status == StatusCode::TOO_MANY_REQUESTS;
        if is_slowed {
            break;
        }
    }
    assert!(is_slowed);
    let answer = desk.get("/run", &[("authorization", &bearer)]).await;
    assert_eq!(answer.status, StatusCode::OK);
}

/// The real service, killed with everything it has in hand.
struct Service {
    child: Child,
    address: String,
}

impl Service {
    fn start(folder: &Path) -> Self {
        let mut command = ringfence(folder);
        command.args([
            "serve",
            "--runs",
            "runs",
            "--db",
            "d.db",
            "--listen",
            "127.0.0.1:0",
        ]);
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        stdout.read_line(&mut line).unwrap();
        let address = line.trim().rsplit_once("http://").unwrap().1.to_owned();
        Self { child, address }
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A request on a connection that is kept; `None` when the service is gone.
fn ask(stream: &mut TcpStream, method: &str, path: &str, csrf: &str, body: &str) -> Option<Value> {
    let request = format!(
        "{method} /api/v1{path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
         X-CSRF-Token: {csrf}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).ok()?;
    let mut reader = BufReader::new(stream);
    let (mut line, mut length) = (String::new(), 0);
    loop {
        line.clear();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        if line == "\r\n" {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    serde_json::from_slice(&body).ok()
}

#[test]
fn a_kill_in_a_storm_of_decisions_loses_no_acknowledged_one() {
    let folder = tempfile::tempdir().unwrap();
    run_tiny(folder.path());
    let mut service = Service::start(folder.path());
    let mut stream = connect(&service.address);
    let me = ask(&mut stream, "GET", "/me", "", "").unwrap();
    let csrf = me["csrf"].as_str().unwrap().to_owned();
    let queue = ask(&mut stream, "GET", "/clusters?limit=1", "", "").unwrap();
    let cluster = queue["items"][0]["cluster_id"].as_str().unwrap();
    let given = decision(queue["run_id"].as_str().unwrap(), cluster).to_string();
    let (acknowledge, acknowledged) = mpsc::channel();
    let storm: Vec<_> = (0..4)
        .map(|_| {
            let (acknowledge, csrf, given) = (acknowledge.clone(), csrf.clone(), given.clone());
            let mut stream = connect(&service.address);
            std::thread::spawn(move || {
                while let Some(recorded) = ask(&mut stream, "POST", "/decisions", &csrf, &given) {
                    let Some(id) = recorded["id"].as_i64() else {
                        return;
                    };
                    acknowledge.send(id).unwrap();
                }
            })
        })
        .collect();
    drop(acknowledge);
    let mut ids: Vec<i64> = acknowledged.iter().take(40).collect();
    service.child.kill().unwrap();
    service.child.wait().unwrap();
    for thread in storm {
        thread.join().unwrap();
    }
    ids.extend(acknowledged.try_iter());
    assert!(ids.len() >= 40);
    let store = DecisionStore::open(&folder.path().join("d.db")).unwrap();
    for id in &ids {
        let decision = store.decision(*id).unwrap();
        assert!(!decision.merchant_ids.is_empty(), "{id} is whole");
    }
    // What was under way is there whole or not at all, and the next service goes on from there.
    let all = store
        .decisions(DecisionFilter::default(), usize::MAX)
        .unwrap();
    assert!(
        all.iter()
            .all(|decision| decision.merchant_ids == all[0].merchant_ids)
    );
    drop(store);
    let service = Service::start(folder.path());
    let mut stream = connect(&service.address);
    let list = ask(&mut stream, "GET", "/decisions?limit=500", "", "").unwrap();
    assert_eq!(list["items"].as_array().unwrap().len(), all.len());
}

#[test]
fn an_address_beyond_loopback_needs_a_token_on_record() {
    let folder = tempfile::tempdir().unwrap();
    run_tiny(folder.path());
    let mut command = ringfence(folder.path());
    command.args([
        "serve",
        "--runs",
        "runs",
        "--db",
        "d.db",
        "--listen",
        "0.0.0.0:0",
    ]);
    let (code, _, stderr) = crate::command::output(&mut command);
    assert_eq!(code, Some(2));
    assert!(stderr.contains("token"), "{stderr}");
    assert!(Timestamp::parse("2025-01-01").unwrap() < now());
}
