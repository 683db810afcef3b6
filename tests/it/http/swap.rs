//! A newly published run is swapped in whole.

use std::fs;

use axum::body::Body;
use serde_json::Value;

use super::{Service, request, run, send, write_data};
use crate::command::data;

/// Three merchants on one device and account, and a fourth that joins them on the second day.
fn two_days(service_dir: &std::path::Path, day: u32) -> std::path::PathBuf {
    let dir = service_dir.join(format!("day-{day}"));
    let members: Vec<u32> = if day == 1 {
        vec![1, 2, 3]
    } else {
        vec![1, 2, 3, 4]
    };
    let merchants: String = (1..5).map(|at| format!("M{at},Shop {at}\n")).collect();
    let uses = |what: &str| -> String {
        members
            .iter()
            .map(|at| format!("M{at},{what},2026-01-0{day}\n"))
            .collect()
    };
    write_data(
        &dir,
        &[
            ("merchants.csv", &format!("merchant_id,name\n{merchants}")),
            (
                "devices.csv",
                &format!("merchant_id,device_id,first_seen\n{}", uses("d1")),
            ),
            (
                "payouts.csv",
                &format!("merchant_id,account,first_seen\n{}", uses("a1")),
            ),
        ],
    );
    dir
}

fn day(service: &Service, day: u32) {
    let input = two_days(service.dir.path(), day);
    run(
        service.dir.path(),
        &input,
        &["--as-of", &format!("2026-01-0{day}")],
    );
}

fn first_day() -> Service {
    let dir = tempfile::tempdir().unwrap();
    let input = two_days(dir.path(), 1);
    run(dir.path(), &input, &["--as-of", "2026-01-01"]);
    Service::open(dir)
}

#[test]
fn the_next_run_is_noticed_and_its_changes_are_told() {
    let service = first_day();
    let first = service.ok("/api/v1/run")["run_id"]
        .as_str()
        .unwrap()
        .to_owned();
    let since = format!("/api/v1/changes?since={first}");
    assert_eq!(service.ok(&since)["total"], 0);
    assert!(!service.app.refresh());
    day(&service, 2);
    assert_eq!(
        service.ok("/api/v1/run")["run_id"],
        first,
        "swapped only when noticed"
    );
    assert!(service.app.refresh());
    assert!(!service.app.refresh());
    let second = service.ok("/api/v1/run");
    assert_ne!(second["run_id"], first);
    assert_eq!(second["previous_run_id"], first);

    let changes = service.ok(&since);
    let items = changes["items"].as_array().unwrap();
    let joined = items
        .iter()
        .find(|item| item["merchant_id"] == "M4")
        .unwrap();
    assert_eq!(joined["before"], Value::Null);
    assert!(joined["after"]["cluster_id"].is_string());
    let page = service.ok(&format!("{since}&limit=1"));
    assert_eq!(page["items"], serde_json::json!([items[0]]));

    let mut diff = service.terminal(&["diff", &format!("runs/{first}"), "runs/latest"]);
    let answer = service.ok("/api/v1/diff");
    for field in ["run_a", "run_b", "counts", "clusters", "merchants"] {
        assert_eq!(answer[field], diff[field].take(), "{field}");
    }
    assert_eq!(service.ok("/api/v1/runs")["total"], 2);
    assert_eq!(
        service.refused("/api/v1/changes?since=2020-01-01-none").0,
        404
    );
}

#[test]
fn a_cursor_of_the_run_before_is_refused() {
    let service = first_day();
    let cluster = service.ok("/api/v1/clusters")["items"][0]["cluster_id"].clone();
    let members = format!(
        "/api/v1/clusters/{}/members?limit=1",
        cluster.as_str().unwrap()
    );
    let page = service.ok(&members);
    let next = format!("{members}&cursor={}", page["next_cursor"].as_str().unwrap());
    assert_eq!(service.get(&next).status, 200);
    day(&service, 2);
    service.app.refresh();
    assert_eq!(service.refused(&next), (409, "run_changed".into()));
    let other = format!(
        "/api/v1/clusters?cursor={}",
        page["next_cursor"].as_str().unwrap()
    );
    assert_eq!(service.refused(&other), (409, "another_list".into()));
}

#[test]
fn an_old_id_answers_with_what_became_of_it() {
    let service = first_day();
    let cluster = service.ok("/api/v1/clusters")["items"][0]["cluster_id"].clone();
    let cluster = cluster.as_str().unwrap();
    // The ring is gone on the third day.
    let input = service.dir.path().join("day-3");
    write_data(
        &input,
        &[
            (
                "merchants.csv",
                "merchant_id,name\nM1,a\nM2,b\nM8,c\nM9,d\n",
            ),
            ("devices.csv", "merchant_id,device_id\nM8,d9\nM9,d9\n"),
            ("payouts.csv", "merchant_id,account\nM8,a9\nM9,a9\n"),
        ],
    );
    run(service.dir.path(), &input, &["--as-of", "2026-01-03"]);
    assert!(service.app.refresh());
    let answer = service.ok(&format!("/api/v1/clusters/{cluster}"));
    assert_eq!(
        (&answer["retired"], &answer["case"]),
        (&Value::Bool(true), &Value::Null)
    );
    assert_eq!(answer["became"], serde_json::json!([]));
    assert_eq!(
        service
            .refused(&format!("/api/v1/clusters/{cluster}/members"))
            .1,
        "cluster_ended"
    );
    let short = service.ok(&format!("/api/v1/ids/{cluster}"));
    let date = |day: u32| Value::from(format!("2026-01-0{day}"));
    assert_eq!(
        (&short["retired"], &short["became"]),
        (&Value::Bool(true), &answer["became"])
    );
    assert_eq!((&short["born"], &short["last"]), (&date(1), &date(1)));
    let living = service.ok("/api/v1/clusters")["items"][0]["cluster_id"].clone();
    let living = service.ok(&format!("/api/v1/ids/{}", living.as_str().unwrap()));
    assert_eq!(
        (&living["retired"], &living["born"]),
        (&Value::Bool(false), &date(3))
    );
    for unknown in ["/api/v1/clusters/none", "/api/v1/ids/none"] {
        assert_eq!(service.refused(unknown), (404, "not_found".into()));
    }
}

#[test]
fn a_run_that_cannot_be_loaded_leaves_the_old_one_in_place() {
    let service = first_day();
    let first = service.ok("/api/v1/run")["run_id"].clone();
    day(&service, 2);
    let broken = service.runs().join("latest").join("members.csv");
    let whole = fs::read(&broken).unwrap();
    fs::write(&broken, "no,table\n").unwrap();
    assert!(!service.app.refresh());
    assert_eq!(service.ok("/api/v1/run")["run_id"], first);
    let ready = service.get("/readyz").text();
    assert!(
        ready.contains("not the newest") && ready.contains("members.csv"),
        "{ready}"
    );
    let metrics = service.get("/metrics").text();
    assert!(metrics.contains("ringfence_run_stale 1"), "{metrics}");
    assert!(
        metrics.contains("ringfence_run_load_failures_total 1"),
        "{metrics}"
    );
    fs::write(&broken, whole).unwrap();
    assert!(service.app.refresh());
    assert_eq!(
        service
            .get("/metrics")
            .text()
            .matches("ringfence_run_stale 0")
            .count(),
        1
    );
}

/// Points `latest` elsewhere, as an operator does.
fn point_latest_at(service: &Service, run_id: &str) {
    let link = service.runs().join("latest");
    fs::remove_file(&link).unwrap();
    std::os::unix::fs::symlink(run_id, link).unwrap();
}

#[test]
fn latest_put_back_from_a_broken_run_is_the_newest_again() {
    let service = first_day();
    let first = service.ok("/api/v1/run")["run_id"]
        .as_str()
        .unwrap()
        .to_owned();
    fs::create_dir(service.runs().join("broken")).unwrap();
    point_latest_at(&service, "broken");
    assert!(!service.app.refresh());
    assert!(service.get("/readyz").text().contains("not the newest"));
    point_latest_at(&service, &first);
    assert!(!service.app.refresh());
    assert_eq!(
        service.get("/readyz").text(),
        format!("ready: run {first}\n")
    );
    assert!(
        service
            .get("/metrics")
            .text()
            .contains("ringfence_run_stale 0")
    );
}

#[test]
fn a_latest_that_leads_nowhere_is_told() {
    let service = first_day();
    let first = service.ok("/api/v1/run")["run_id"]
        .as_str()
        .unwrap()
        .to_owned();
    let told = |failures: u32| {
        assert!(!service.app.refresh_if_moved());
        let ready = service.get("/readyz").text();
        let metrics = service.get("/metrics").text();
        assert!(
            ready.contains(&first) && ready.contains("latest"),
            "{ready}"
        );
        assert!(ready.contains("not the newest"), "{ready}");
        assert!(metrics.contains("ringfence_run_stale 1"), "{metrics}");
        let count = format!("ringfence_run_load_failures_total {failures}");
        assert!(metrics.contains(&count), "{metrics}");
    };
    point_latest_at(&service, "2026-01-09-gone");
    told(1);
    told(1);
    fs::remove_file(service.runs().join("latest")).unwrap();
    told(2);
    assert_eq!(service.ok("/api/v1/run")["run_id"], first);
    std::os::unix::fs::symlink(&first, service.runs().join("latest")).unwrap();
    assert!(!service.app.refresh_if_moved());
    let ready = service.get("/readyz").text();
    assert_eq!(ready, format!("ready: run {first}\n"));
}

#[test]
fn a_broken_run_is_not_read_again_while_latest_stands_still() {
    let service = first_day();
    day(&service, 2);
    let broken = service.runs().join("latest").join("members.csv");
    let whole = fs::read(&broken).unwrap();
    fs::write(&broken, "no,table\n").unwrap();
    assert!(!service.app.refresh_if_moved());
    fs::write(&broken, whole).unwrap();
    assert!(!service.app.refresh_if_moved(), "left alone for a minute");
    assert!(service.get("/readyz").text().contains("not the newest"));
    assert!(service.app.refresh(), "told to look");
}

#[test]
fn a_run_that_was_removed_is_neither_listed_nor_compared_with() {
    let service = first_day();
    let first = service.ok("/api/v1/run")["run_id"]
        .as_str()
        .unwrap()
        .to_owned();
    day(&service, 2);
    assert!(service.app.refresh());
    let since = format!("/api/v1/changes?since={first}");
    service.ok(&since);
    let listed = service.get("/api/v1/runs");
    let tag = listed.header("etag").to_owned();
    assert_ne!(tag, service.get("/api/v1/run").header("etag"));
    let again = || {
        let request = request("GET", "/api/v1/runs").header("if-none-match", &tag);
        service.send(request.body(Body::empty()).unwrap())
    };
    assert_eq!(again().status, 304);
    fs::remove_dir_all(service.runs().join(&first)).unwrap();
    assert_eq!(again().status, 200);
    assert_eq!(again().json()["total"], 1);
    assert_eq!(service.refused(&since), (404, "not_found".into()));
}

/// Every answer is of one run, whole, however often runs are swapped under it.
#[test]
fn answers_under_load_come_from_one_run_each() {
    let service = first_day();
    day(&service, 2);
    let runs = service.runs();
    let ids: Vec<String> = service.ok("/api/v1/runs")["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|run| run["run_id"].as_str().unwrap().to_owned())
        .collect();
    let size_of = |run_id: &str| {
        if run_id.starts_with("2026-01-01") {
            3
        } else {
            4
        }
    };
    std::thread::scope(|scope| {
        let swapping = scope.spawn(|| {
            let mut swaps = 0;
            for turn in 0..200 {
                let next = runs.join(".next");
                std::os::unix::fs::symlink(&ids[turn % 2], &next).unwrap();
                fs::rename(&next, runs.join("latest")).unwrap();
                swaps += u32::from(service.app.refresh());
            }
            swaps
        });
        let asked_service = service.answers.clone();
        let asked = service.runtime.block_on(async {
            let mut asked = 0;
            while !swapping.is_finished() || asked < 10 {
                for path in ["/api/v1/lookup/M1", "/api/v1/clusters"] {
                    let request = request("GET", path).body(Body::empty()).unwrap();
                    let reply = send(&asked_service, request).await;
                    assert_eq!(reply.status, 200, "{}", reply.text());
                    let answer = reply.json();
                    let size = answer["size"]
                        .as_u64()
                        .or(answer["items"][0]["size"].as_u64());
                    let run_id = answer["run_id"].as_str().unwrap();
                    assert_eq!(size, Some(size_of(run_id)), "{run_id}");
                }
                asked += 1;
            }
            asked
        });
        assert!(asked >= 10);
        assert!(swapping.join().unwrap() > 100);
    });
}

#[test]
fn a_run_replaced_under_the_service_stays_readable() {
    let service = Service::tiny();
    let id = service.ok("/api/v1/clusters")["items"][0]["cluster_id"].clone();
    let path = format!("/api/v1/clusters/{}", id.as_str().unwrap());
    let before = service.ok(&path);
    run(service.dir.path(), &data("tiny"), &["--force"]);
    assert_eq!(service.ok(&path), before);
}
