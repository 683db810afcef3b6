//! What a run tells: the summary line, log lines, and values that want to do harm.

use std::fmt::Write as _;
use std::fs;

use serde_json::Value;

use super::Home;
use crate::command::{output, ringfence, succeed};

#[test]
fn the_last_line_is_for_the_scheduler() {
    let home = Home::tiny();
    let told = succeed(&mut home.run(&["--top", "1"]));
    let line = told.lines().last().unwrap();
    let (word, rest) = line.split_once(' ').unwrap();
    assert_eq!(word, "published");
    let pairs: Vec<_> = rest
        .split(' ')
        .map(|pair| pair.split_once('=').unwrap())
        .collect();
    let names: Vec<_> = pairs.iter().map(|(name, _)| *name).collect();
    assert_eq!(
        names,
        [
            "run",
            "merchants",
            "clusters",
            "enforce",
            "review",
            "rejected",
            "path"
        ]
    );
    let manifest = home.manifest();
    let value = |name: &str| pairs.iter().find(|(key, _)| *key == name).unwrap().1;
    assert_eq!(value("run"), manifest["run_id"]);
    assert_eq!(value("path"), format!("runs/{}", value("run")));
    assert_eq!(
        value("merchants"),
        manifest["counts"]["merchants"].to_string()
    );
    assert_eq!(
        value("clusters"),
        manifest["counts"]["clusters"].to_string()
    );
    assert_eq!(
        value("enforce"),
        manifest["counts"]["merchants_enforce"].to_string()
    );
    let first = home.rows("clusters")[0]["cluster_id"].clone();
    let second = home.rows("clusters")[1]["cluster_id"].clone();
    assert!(told.contains(&first) && !told.contains(&second), "{told}");
}

#[test]
fn no_clusters_are_listed_when_none_are_asked_for() {
    let home = Home::tiny();
    let told = succeed(&mut home.run(&["--top", "0"]));
    assert_eq!(told.lines().count(), 1, "{told}");
    assert!(told.starts_with("published run="), "{told}");
}

#[test]
fn a_run_that_is_out_but_cannot_be_told_of_says_so_and_fails() {
    let home = Home::tiny();
    let full = fs::File::options().write(true).open("/dev/full").unwrap();
    let mut command = home.run(&[]);
    let ended = command.stdout(full).output().unwrap();
    assert_eq!(ended.status.code(), Some(1));
    let errors = String::from_utf8(ended.stderr).unwrap();
    assert!(errors.contains("the run is published at runs/"), "{errors}");
    assert!(errors.contains("make room"), "{errors}");
    assert!(home.latest().join("manifest.json").is_file());
    let again = succeed(&mut home.run(&[]));
    assert!(again.contains("unchanged run="), "{again}");
}

#[test]
fn log_lines_are_json_when_asked_for_errors_included() {
    let home = Home::tiny();
    home.strategy("[guardrails]\nmin_merchants = 0\nmax_cluster_share = 0.2\n");
    for (arguments, exit) in [
        (&[][..], 0),
        (&["-vv", "--force"], 0),
        (&["--strategy", "strategy.toml"], 3),
        (&["--strategy", "nowhere.toml"], 2),
        (&["--previous", "nowhere"], 2),
    ] {
        let mut command = home.run(&["--log-format", "json"]);
        let (code, _, stderr) = output(command.args(arguments));
        assert_eq!(code, Some(exit), "{stderr}");
        assert!(!stderr.is_empty());
        for line in stderr.lines() {
            let line: Value = serde_json::from_str(line).expect(line);
            assert!(
                line["level"].is_string() && line["timestamp"].is_string(),
                "{line}"
            );
        }
        let last: Value = serde_json::from_str(stderr.lines().last().unwrap()).unwrap();
        if exit != 0 {
            assert_eq!(
                (&last["level"], &last["exit.code"]),
                (&"ERROR".into(), &exit.into())
            );
        }
    }
}

#[test]
fn nothing_moves_where_there_is_no_terminal() {
    let home = Home::tiny();
    let (_, stdout, stderr) = output(&mut home.run(&[]));
    for text in [&stdout, &stderr] {
        assert!(!text.contains(['\u{1b}', '\r']), "{text:?}");
    }
    let is_told = |line: &str| line.contains("INFO") || line.contains("WARN");
    assert!(stderr.lines().all(is_told), "{stderr}");
    // What a person should look at in this run is not in the manifest alone.
    assert!(
        stderr.contains("WARN") && stderr.contains("rejected_rows"),
        "{stderr}"
    );
    let (code, stdout, stderr) = output(&mut home.run(&["--force", "--quiet"]));
    assert_eq!((code, stderr.as_str()), (Some(0), ""));
    assert!(stdout.contains("published run="));
}

#[test]
fn the_strategy_that_init_writes_is_the_one_that_runs_without() {
    let home = Home::tiny();
    succeed(&mut home.run(&[]));
    succeed(ringfence(home.path()).args(["init", "mine.toml"]));
    let told = succeed(&mut home.run(&["--strategy", "mine.toml"]));
    assert!(told.contains("unchanged run="), "{told}");
}

/// Values that a terminal, a page, a spreadsheet or a shell may take for more than text.
const HOSTILE: [&str; 9] = [
    "\u{202e}evil\u{2066}",
    "\u{1b}[2J\u{1b}]0;owned\u{7}",
    "=HYPERLINK(\"\"http://evil\"\")",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "'; DROP TABLE merchants; --",
    "a;b:+9.00;c",
    "\u{0}nul\u{200b}\u{feff}",
    "two\r\nlines",
];

#[test]
fn hostile_values_do_no_harm() {
    let home = Home::empty();
    let mut merchants = String::from("merchant_id,name,category,city,country,owner_id\n");
    let mut devices = String::from("merchant_id,device_id\n");
    let mut addresses = String::from("merchant_id,address,city,postal_code,country\n");
    for (at, value) in HOSTILE.iter().enumerate() {
        for copy in ["a", "b"] {
            writeln!(
                merchants,
                "M{at}{copy},\"{value}\",\"{value}\",\"{value}\",\"{value}\",\"o{at}{copy}{value}\""
            )
            .unwrap();
            writeln!(devices, "M{at}{copy},\"{value} {at}x\"").unwrap();
            writeln!(
                addresses,
                "M{at}{copy},\"{at} {value}\",\"{value}\",\"{value}\",\"{value}\""
            )
            .unwrap();
        }
    }
    let long = "long name ".repeat(100_000);
    for copy in ["a", "b"] {
        writeln!(merchants, "ML{copy},{long},x,x,x,x{copy}").unwrap();
        writeln!(devices, "ML{copy},{long}").unwrap();
        writeln!(devices, "=M\u{202e}{copy},evil-id-77").unwrap();
    }
    home.write("merchants.csv", merchants);
    home.write("devices.csv", devices);
    home.write("addresses.csv", addresses);
    home.strategy("[guardrails]\nmax_cluster_share = 1.0\n");
    let is_safe = |text: &str| {
        !text.contains([
            '\u{202e}', '\u{2066}', '\u{1b}', '\u{7}', '\u{0}', '\u{200b}', '\r',
        ])
    };
    let (code, stdout, stderr) = output(&mut home.run(&["--strategy", "strategy.toml", "-vvv"]));
    assert_eq!(code, Some(0), "{stderr}");
    assert_eq!(home.rows("rejects").len(), 0);
    assert!(is_safe(&stdout) && is_safe(&stderr), "{stdout}{stderr}");
    assert!(home.rows("clusters").len() > HOSTILE.len() / 2);
    for cluster in home.rows("clusters") {
        let id = &cluster["cluster_id"];
        let told = succeed(ringfence(home.path()).args(["show", id]));
        assert!(is_safe(&told), "{told:?}");
        assert!(told.len() < 60_000, "{} bytes are no screen", told.len());
        let json = succeed(ringfence(home.path()).args(["show", id, "--format", "json"]));
        serde_json::from_str::<Value>(&json).unwrap();
    }
    assert!(is_safe(&succeed(ringfence(home.path()).arg("top"))));
    let page = fs::read_to_string(home.latest().join("report.html")).unwrap();
    assert!(!page.contains("<script>alert") && !page.contains("<img src=x"));
    assert!(is_safe(&page), "what turns or hides text is made visible");
    assert!(page.len() < 1_000_000, "{} bytes", page.len());
    // What the run holds can be followed by the next run.
    succeed(&mut home.run(&["--strategy", "strategy.toml", "--as-of", "2025-01-01"]));
}

#[test]
fn what_can_not_be_written_is_an_internal_error() {
    let home = Home::tiny();
    succeed(&mut home.run(&[]));
    for question in [
        &["top"][..],
        &["merchant", "M001", "--format", "json"],
        &["man"],
        &["init", "-"],
        &["run", "--data", "data", "--out", "runs", "--top", "0"],
        &["simulate", "--merchants", "9", "--out", "made"],
        &["evaluate", "--run", "runs", "--truth", "data/truth.csv"],
        &["fit", "--em", "--run", "runs"],
        &[
            "normalize",
            "data/devices.csv",
            "--as",
            "device",
            "--column",
            "device_id",
        ],
        &[
            "normalize",
            "data/devices.csv",
            "--as",
            "device",
            "--column",
            "device_id",
            "--truth",
            "merchant_id",
        ],
    ] {
        let full = fs::File::options().write(true).open("/dev/full").unwrap();
        let mut command = ringfence(home.path());
        let status = command
            .args(question)
            .stdout(full)
            .stderr(std::process::Stdio::null());
        assert_eq!(status.status().unwrap().code(), Some(1), "{question:?}");
    }
}

#[test]
fn a_run_can_be_measured_against_its_truth() {
    let home = Home::tiny();
    succeed(&mut home.run(&[]));
    let mut command = ringfence(home.path());
    let told = succeed(command.args([
        "evaluate",
        "--run",
        "runs/latest",
        "--truth",
        "data/truth.csv",
    ]));
    assert!(told.to_lowercase().contains("precision"), "{told}");
}

#[test]
fn what_the_user_can_mend_is_no_internal_error() {
    let home = Home::tiny();
    succeed(&mut home.run(&[]));
    fs::write(home.path().join("file"), "").unwrap();
    for (arguments, expected) in [
        (
            &["evaluate", "--run", "runs", "--truth", "nowhere.csv"][..],
            "nowhere.csv",
        ),
        (
            &["evaluate", "--run", "runs", "--truth", "data/devices.csv"],
            "ring_id",
        ),
        (
            &["evaluate", "--run", "data", "--truth", "data/truth.csv"],
            "data",
        ),
        (
            &[
                "simulate",
                "--merchants",
                "9",
                "--fraud-share",
                "7",
                "--out",
                "x",
            ],
            "fraud",
        ),
        (&["simulate", "--merchants", "9", "--out", "file"], "file"),
        (
            &["simulate", "--merchants", "9", "--out", "data"],
            "another market",
        ),
        (&["top", "--run", "nowhere"], "nowhere"),
        (&["diff", "runs", "nowhere"], "nowhere"),
        (&["init", "data"], "data"),
        (&["init", "file/below.toml"], "below"),
        (&["init", "nowhere/below.toml"], "below"),
        (&["man", "file"], "file"),
    ] {
        let (code, _, stderr) = output(ringfence(home.path()).args(arguments));
        assert_eq!(code, Some(2), "{arguments:?}: {stderr}");
        assert!(stderr.contains(expected), "{arguments:?}: {stderr}");
    }
}
