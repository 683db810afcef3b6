//! What the service refuses, and what every answer bears.

use axum::body::Body;
use axum::http::StatusCode;
use serde_json::json;

use super::{Service, request, write_data};

#[test]
fn every_answer_bears_the_headers_that_keep_a_browser_safe() {
    let service = Service::tiny();
    for path in ["/", "/healthz", "/api/v1/run", "/api/v1/none", "/none"] {
        let reply = service.get(path);
        let policy = reply.header("content-security-policy");
        assert!(
            policy.contains("default-src 'none'") && !policy.contains("unsafe"),
            "{path}"
        );
        assert_eq!(reply.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(reply.header("x-frame-options"), "DENY", "{path}");
        assert_eq!(reply.header("referrer-policy"), "no-referrer", "{path}");
        assert!(!reply.header("cache-control").is_empty(), "{path}");
    }
}

#[test]
fn only_names_of_this_machine_are_answered_on_loopback() {
    let service = Service::tiny();
    let status = |host: Option<&str>| {
        let mut builder = axum::http::Request::builder().uri("/healthz");
        if let Some(host) = host {
            builder = builder.header("host", host);
        }
        service.send(builder.body(Body::empty()).unwrap()).status
    };
    for host in [
        "localhost",
        "LOCALHOST:1",
        "127.0.0.1:8080",
        "127.9.9.9",
        "[::1]:8080",
        "[::1]",
    ] {
        assert_eq!(status(Some(host)), StatusCode::OK, "{host}");
    }
    for host in [
        "evil.example",
        "evil.example:8080",
        "localhost.evil.example",
        "10.0.0.1",
        "",
    ] {
        assert_eq!(
            status(Some(host)),
            StatusCode::MISDIRECTED_REQUEST,
            "{host}"
        );
    }
    assert_eq!(status(None), StatusCode::MISDIRECTED_REQUEST);
}

#[test]
fn a_client_that_has_the_answer_gets_304() {
    let service = Service::tiny();
    let reply = service.get("/api/v1/clusters");
    let tag = reply.header("etag").to_owned();
    assert!(
        tag.contains(reply.json()["run_id"].as_str().unwrap()),
        "{tag}"
    );
    let again = |tag: &str| {
        let request = request("GET", "/api/v1/clusters").header("if-none-match", tag);
        service.send(request.body(Body::empty()).unwrap())
    };
    let unchanged = again(&tag);
    assert_eq!(unchanged.status, StatusCode::NOT_MODIFIED);
    assert!(unchanged.bytes.is_empty());
    assert_eq!(again("W/\"another\"").status, StatusCode::OK);
    for any in ["*", " * ", "\"another\", *"] {
        let unchanged = again(any);
        assert_eq!(unchanged.status, StatusCode::NOT_MODIFIED, "{any}");
        assert_eq!(unchanged.header("etag"), tag, "{any}");
    }
    for (path, status) in [
        ("/", StatusCode::NOT_MODIFIED),
        ("/api/v1/lookup/M001", StatusCode::NOT_MODIFIED),
        ("/api/v1/clusters/none", StatusCode::NOT_FOUND),
        ("/api/v1/none", StatusCode::NOT_FOUND),
    ] {
        let any = request("GET", path).header("if-none-match", "*");
        let reply = service.send(any.body(Body::empty()).unwrap());
        assert_eq!(reply.status, status, "{path}");
    }
    // Only what is kept by this tag is unchanged.
    for (path, status) in [
        ("/api/v1/none", StatusCode::NOT_FOUND),
        ("/api/v1/clusters?limit=9999", StatusCode::BAD_REQUEST),
        ("/api/v1/changes?since=zzz", StatusCode::NOT_FOUND),
        ("/api/v1/me", StatusCode::OK),
        ("/api/v1/decisions", StatusCode::OK),
        ("/api/v1/run", StatusCode::NOT_MODIFIED),
    ] {
        let known = request("GET", path).header("if-none-match", &tag);
        let reply = service.send(known.body(Body::empty()).unwrap());
        assert_eq!(reply.status, status, "{path}");
    }
    assert!(
        service
            .get("/api/v1/lookup/%20")
            .header("vary")
            .contains("Cookie")
    );
    // An error is no answer to keep.
    assert_eq!(service.get("/api/v1/clusters/none").header("etag"), "");
}

#[test]
fn head_bears_what_get_does() {
    let service = Service::tiny();
    for path in ["run", "clusters", "lookup/M001", "lookup/%20", "me", "none"] {
        let path = format!("/api/v1/{path}");
        let get = service.get(&path);
        let head = service.send(request("HEAD", &path).body(Body::empty()).unwrap());
        assert!(head.bytes.is_empty());
        assert_eq!(head.status, get.status, "{path}");
        for name in ["etag", "cache-control", "vary", "content-type"] {
            assert_eq!(head.header(name), get.header(name), "{path}: {name}");
        }
    }
    let tag = service.get("/api/v1/run").header("etag").to_owned();
    let known = request("HEAD", "/api/v1/run").header("if-none-match", tag);
    let reply = service.send(known.body(Body::empty()).unwrap());
    assert_eq!(reply.status, StatusCode::NOT_MODIFIED);
}

/// The queue tells where cases stand once decisions are kept.
#[test]
fn a_tag_from_before_decisions_were_kept_hides_none() {
    let service = Service::tiny();
    let tag = service.get("/api/v1/clusters").header("etag").to_owned();
    let db = service.dir.path().join("decisions.db");
    let service = Service::opened(service.dir, Some(db));
    let known = request("GET", "/api/v1/clusters").header("if-none-match", tag);
    let reply = service.send(known.body(Body::empty()).unwrap());
    assert_eq!(reply.status, StatusCode::OK);
    assert_eq!(reply.header("etag"), "");
}

#[test]
fn long_answers_are_compressed_when_the_client_can() {
    let service = Service::tiny();
    for encoding in ["gzip", "zstd"] {
        let request = request("GET", "/api/v1/openapi.json").header("accept-encoding", encoding);
        let reply = service.send(request.body(Body::empty()).unwrap());
        assert_eq!(reply.header("content-encoding"), encoding);
    }
    assert_eq!(
        service
            .get("/api/v1/openapi.json")
            .header("content-encoding"),
        ""
    );
}

#[test]
fn a_packed_page_is_known_by_a_weak_tag() {
    let service = Service::tiny();
    let page = service.get("/").text();
    let mut parts = page.split('"');
    let Some(path) = parts.find(|part| part.starts_with("/assets/")) else {
        // Built without Node.js: a page that is too short to be packed.
        return;
    };
    let asked = |name: &str, value: &str| {
        let request = request("GET", path).header("accept-encoding", "gzip");
        service.send(request.header(name, value).body(Body::empty()).unwrap())
    };
    let whole = service.get(path);
    let packed = asked("accept", "*/*");
    assert_eq!(packed.header("etag"), format!("W/{}", whole.header("etag")));
    assert_eq!(packed.header("vary"), "Accept-Encoding");
    let again = asked("if-none-match", packed.header("etag"));
    assert_eq!(again.status, StatusCode::NOT_MODIFIED);
    let head = request("HEAD", path).header("accept-encoding", "gzip");
    let head = service.send(head.body(Body::empty()).unwrap());
    assert_eq!(head.header("content-encoding"), "");
    assert!(head.bytes.is_empty());
}

/// A look-up of a plain id takes a short way; an id that has to be decoded takes the way of every other request.
#[test]
fn a_look_up_is_answered_alike_on_the_short_way_and_the_long() {
    let service = Service::tiny();
    let queue = service.ok("/api/v1/clusters");
    let cluster = queue["items"][0]["cluster_id"].as_str().unwrap();
    let members = service.ok(&format!("/api/v1/clusters/{cluster}/members"));
    let member = members["items"][0]["merchant_id"].as_str().unwrap();
    for id in [member, "nobody", "a:b~c"] {
        let short = service.get(&format!("/api/v1/lookup/{id}"));
        let escaped = format!("%{:02X}{}", id.as_bytes()[0], &id[1..]);
        let mut long = service.get(&format!("/api/v1/lookup/{escaped}"));
        long.headers.remove("content-length");
        assert_eq!(short.status, StatusCode::OK);
        assert_eq!(short.bytes, long.bytes);
        let tag = short.header("etag").to_owned();
        assert!(!tag.is_empty());
        // Only a long answer may go out packed.
        let vary = long.headers["vary"].clone();
        long.headers.insert("vary", vary);
        assert_eq!(short.headers, long.headers, "{id}");
        let again = request("GET", &format!("/api/v1/lookup/{id}")).header("if-none-match", tag);
        let again = service.send(again.body(Body::empty()).unwrap());
        assert_eq!(again.status, StatusCode::NOT_MODIFIED);
        let elsewhere = axum::http::Request::get(format!("/api/v1/lookup/{id}"));
        let elsewhere = service.send(
            elsewhere
                .header("host", "evil.example")
                .body(Body::empty())
                .unwrap(),
        );
        assert_eq!(elsewhere.status, StatusCode::MISDIRECTED_REQUEST);
    }
}

#[test]
fn what_is_asked_for_is_bounded() {
    let service = Service::tiny();
    let long = "x".repeat(600);
    for path in [
        "/api/v1/clusters?limit=0".to_owned(),
        "/api/v1/clusters?limit=501".to_owned(),
        "/api/v1/clusters?limit=-1".to_owned(),
        "/api/v1/clusters?limit=99999999999999999999".to_owned(),
        "/api/v1/clusters?cursor=1".to_owned(),
        "/api/v1/clusters?cursor=a.b.c".to_owned(),
        "/api/v1/clusters?action=kill".to_owned(),
        "/api/v1/clusters?sort=none".to_owned(),
        "/api/v1/clusters?min_score=x".to_owned(),
        "/api/v1/clusters?min_score=1.1".to_owned(),
        "/api/v1/clusters?state=none".to_owned(),
        "/api/v1/decisions?cursor=0".to_owned(),
        format!("/api/v1/clusters?q={long}"),
        format!("/api/v1/lookup/{long}"),
        format!("/api/v1/merchants/{long}"),
        format!("/api/v1/search?q={long}"),
        "/api/v1/search".to_owned(),
        format!("/api/v1/path?from={long}&to=a"),
        "/api/v1/changes?since=a&limit=10001".to_owned(),
        "/api/v1/lookup/%FF".to_owned(),
        "/api/v1/path?from=a".to_owned(),
    ] {
        assert_eq!(
            service.refused(&path),
            (400, "bad_request".into()),
            "{path}"
        );
    }
    let most: Vec<String> = (0..10_000).map(|at| at.to_string()).collect();
    let reply = service.post(
        "/api/v1/merchants/lookup",
        json!({ "ids": most }).to_string(),
    );
    assert_eq!(reply.status, StatusCode::OK);
    let more: Vec<String> = (0..10_001).map(|at| at.to_string()).collect();
    let reply = service.post(
        "/api/v1/merchants/lookup",
        json!({ "ids": more }).to_string(),
    );
    assert_eq!(reply.status, StatusCode::BAD_REQUEST);
    let reply = service.post("/api/v1/merchants/lookup", vec![b'x'; 3 << 20]);
    assert_eq!(reply.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(reply.json()["error"]["code"], "too_large");
}

#[test]
fn errors_are_json_and_quote_nothing_sent() {
    let service = Service::tiny();
    let secret = "SG-4711-SECRET";
    for body in [format!("{{\"ids\": \"{secret}\"}}"), secret.to_owned()] {
        let reply = service.post("/api/v1/merchants/lookup", body);
        assert_eq!(reply.status, StatusCode::BAD_REQUEST);
        assert!(!reply.text().contains(secret), "{}", reply.text());
    }
    for path in [
        "merchants/ID",
        "merchants/ID/neighbors",
        "clusters/ID",
        "clusters/ID/members",
        "clusters/ID/evidence",
        "clusters/ID/graph",
        "clusters/ID/export",
        "path?from=ID&to=M001",
        "clusters?state=ID",
        "clusters?limit=ID",
        "clusters?cursor=ID",
        "changes?since=ID",
        "diff?from=ID",
    ] {
        let reply = service.get(&format!("/api/v1/{}", path.replace("ID", secret)));
        assert!(reply.status.is_client_error(), "{path}: {}", reply.status);
        assert!(!reply.text().contains(secret), "{path}: {}", reply.text());
    }
    for bad in ["/api/v1/clusters?q=%ff", "/api/v1/clusters/%ff"] {
        assert_eq!(service.refused(bad), (400, "bad_request".into()), "{bad}");
    }
    let me = service.ok("/api/v1/me");
    let csrf = me["csrf"].as_str().unwrap();
    let reply = service.send(
        request("DELETE", "/api/v1/run")
            .header("x-csrf-token", csrf)
            .body(Body::empty())
            .unwrap(),
    );
    assert_eq!(reply.status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(reply.json()["error"]["code"], "method_not_allowed");
    assert_eq!(service.refused("/api/v1/none"), (404, "not_found".into()));
    assert_eq!(service.refused("/none"), (404, "not_found".into()));
}

/// A name that is misspelt must not answer another question than the one that was meant.
#[test]
fn a_name_that_is_not_described_is_refused_with_those_that_are() {
    let service = Service::tiny();
    let message = |path: &str| {
        let reply = service.get(&format!("/api/v1/{path}"));
        assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{path}");
        assert!(!reply.text().contains("enf0rce"), "{}", reply.text());
        reply.json()["error"]["message"].to_string()
    };
    for (path, told) in [
        (
            "clusters?actoin=enf0rce",
            "unknown parameter, expected action, q, min_score, state, assignee, sort, limit, cursor",
        ),
        (
            "clusters?limit=5&enf0rce=1",
            "unknown parameter, expected action",
        ),
        (
            "clusters/R1/members?page=enf0rce",
            "unknown parameter, expected limit, cursor",
        ),
        (
            "changes?since=enf0rce&limits=1",
            "unknown parameter, expected since, limit, cursor",
        ),
        ("entities?value=enf0rce", "missing parameter type"),
        ("clusters?min_score=enf0rce", "no such value"),
    ] {
        assert!(message(path).contains(told), "{path}: {}", message(path));
    }
    for (body, told) in [
        (
            json!({"ids": [], "enf0rce": 1}),
            "unknown field, expected `ids`",
        ),
        (json!({"ids": "enf0rce, expected "}), "expected a sequence"),
        (json!({}), "missing field `ids`"),
    ] {
        let reply = service.post("/api/v1/merchants/lookup", body.to_string());
        assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{body}");
        assert!(reply.text().contains(told), "{}", reply.text());
        assert!(!reply.text().contains("enf0rce"), "{}", reply.text());
    }
}

#[test]
fn a_path_that_climbs_leads_nowhere() {
    let service = Service::tiny();
    for path in [
        "/assets/../Cargo.toml",
        "/assets/..%2f..%2fetc%2fpasswd",
        "/assets/%2e%2e/%2e%2e/etc/passwd",
        "/assets//etc/passwd",
        "/../etc/passwd",
        "/api/v1/clusters/..%2f..%2fmanifest.json",
        "/api/v1/changes?since=..%2fruns%2flatest",
        "/api/v1/changes?since=latest",
        "/api/v1/diff?from=..",
    ] {
        assert_eq!(service.get(path).status, StatusCode::NOT_FOUND, "{path}");
    }
}

/// Names that a fraudster would choose.
#[test]
fn hostile_names_stay_text() {
    let dir = tempfile::tempdir().unwrap();
    let script = "<script>alert(1)</script>";
    let bidi = "evil\u{202e}txt.exe";
    let long = "L".repeat(1 << 19);
    let mut merchants = "merchant_id,name,city\n".to_owned();
    for (at, name) in [script, bidi, "=cmd|' /C calc'!A0", &long]
        .iter()
        .enumerate()
    {
        merchants.push_str(&format!("M{at},\"{name}\",X\n"));
    }
    let shared = |column: &str| {
        let rows: String = (0..4).map(|at| format!("M{at},{column}-1\n")).collect();
        format!("merchant_id,{column}\n{rows}")
    };
    let (devices, payouts) = (shared("device_id"), shared("account"));
    write_data(
        &dir.path().join("in"),
        &[
            ("merchants.csv", &merchants),
            ("devices.csv", &devices),
            ("payouts.csv", &payouts),
        ],
    );
    let service = Service::over(&dir.path().join("in"));
    let id = service.ok("/api/v1/clusters")["items"][0]["cluster_id"].clone();
    let id = id.as_str().unwrap();
    let members = service.get(&format!("/api/v1/clusters/{id}/members"));
    assert_eq!(members.header("content-type"), "application/json");
    let names: Vec<String> = members.json()["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|member| member["name"].as_str().unwrap().to_owned())
        .collect();
    for name in [script, bidi, long.as_str()] {
        assert!(names.iter().any(|known| known == name));
    }
    let page = service
        .get(&format!("/api/v1/clusters/{id}/export?format=html"))
        .text();
    assert!(!page.contains(script) && page.contains("&lt;script&gt;"));
    assert!(!page.contains('\u{202e}') && page.contains("[U+202E]"));
    assert!(page.len() < 100_000);
    let csv = service
        .get(&format!("/api/v1/clusters/{id}/export?format=csv"))
        .text();
    assert!(csv.contains("'=cmd|") && !csv.contains(",=cmd"));
    let found = service.ok("/api/v1/search?q=%3Cscript");
    assert_eq!(found["items"][0]["label"], script);
}

#[test]
fn operators_see_how_it_is_doing() {
    let service = Service::tiny();
    assert_eq!(service.get("/healthz").text(), "ok\n");
    assert!(service.get("/readyz").text().starts_with("ready: run "));
    assert_eq!(service.get("/api/v1/none").status, StatusCode::NOT_FOUND);
    let text = service.get("/metrics").text();
    for line in [
        "ringfence_http_requests_total{class=\"2xx\"} 2",
        "ringfence_http_requests_total{class=\"4xx\"} 1",
        "ringfence_http_request_duration_seconds_count 3",
        "ringfence_run_stale 0",
    ] {
        assert!(text.lines().any(|known| known == line), "{line}\n{text}");
    }
    let run_id = service.ok("/api/v1/run")["run_id"].clone();
    assert!(text.contains(&format!("ringfence_run_info{{run_id={run_id}}} 1")));
}
