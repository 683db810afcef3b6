//! The exploring commands of the real binary.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::io::Read;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;
use unicode_width::UnicodeWidthStr;

use crate::explore::{HOSTILE, write_runs};

const RING: &str = "c-ring0001";
const EVIL: &str = "c-evil0003";

fn ringfence(directory: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ringfence"));
    command
        .current_dir(directory)
        .args(args)
        .env_remove("NO_COLOR");
    command
}

fn output(directory: &Path, args: &[&str]) -> Output {
    ringfence(directory, args).output().unwrap()
}

/// Standard output of a command that succeeds.
fn answer(directory: &Path, args: &[&str]) -> String {
    let output = output(directory, args);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{args:?}: {errors}");
    assert!(errors.is_empty(), "{args:?}: {errors}");
    String::from_utf8(output.stdout).unwrap()
}

fn failure(directory: &Path, args: &[&str]) -> (i32, String) {
    let output = output(directory, args);
    assert!(output.stdout.is_empty(), "{args:?} printed a result");
    let errors = String::from_utf8(output.stderr).unwrap();
    (output.status.code().unwrap(), errors)
}

fn runs() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    write_runs(dir.path());
    dir
}

const QUESTIONS: [&[&str]; 9] = [
    &["top"],
    &["show", RING],
    &["show", EVIL],
    &["show", "c-old00009"],
    &["merchant", "M109"],
    &["merchant", "M300"],
    &["path", "M109", "M201"],
    &["neighbors", "M300"],
    &["diff", "runs/r-a", "runs/r-b"],
];

#[test]
fn every_answer_comes_in_every_form() {
    let dir = runs();
    for question in QUESTIONS {
        let json = answer(dir.path(), &[question, &["--format", "json"]].concat());
        let value: Value = serde_json::from_str(&json).unwrap();
        let run = if question[0] == "diff" {
            "run_b"
        } else {
            "run_id"
        };
        assert_eq!(value[run], "r-b", "{question:?}");
        let csv = answer(dir.path(), &[question, &["--format", "csv"]].concat());
        let mut reader = csv::Reader::from_reader(csv.as_bytes());
        assert!(reader.headers().unwrap().len() > 3);
        assert!(reader.records().all(|record| record.is_ok()));
        assert!(!answer(dir.path(), question).is_empty());
    }
}

#[test]
fn json_names_its_fields_as_documented() {
    let dir = runs();
    let json = |args: &[&str]| -> Value {
        let all = [args, &["--format", "json"]].concat();
        serde_json::from_str(&answer(dir.path(), &all)).unwrap()
    };
    let case = json(&["show", RING]);
    assert_eq!(case["kind"], "living");
    assert_eq!(case["cluster"]["action"], "enforce");
    assert_eq!(case["members"][0]["registered_at"], "2026-01-03");
    assert_eq!(case["evidence"][0]["bits"], 40.0);
    assert_eq!(case["reasons"][0]["title"], "Rare values shared");
    assert_eq!(case["weakest"]["left"], 6);
    let ended = json(&["show", "c-old00009"]);
    assert_eq!(ended["kind"], "ended");
    assert_eq!(ended["successors"][0]["cluster_id"], RING);
    assert_eq!(json(&["top", "-n", "1"])["matching"], 3);
    assert_eq!(json(&["merchant", "M900"])["place"], Value::Null);
    assert_eq!(
        json(&["merchant", "M300"])["place"]["member"]["name"],
        HOSTILE
    );
}

#[test]
fn a_case_fits_one_screen() {
    let dir = runs();
    let text = answer(dir.path(), &["show", RING]);
    assert!(text.lines().count() <= 50, "{text}");
    for line in text.lines() {
        assert!(line.width() <= 100, "{line}");
    }
    for expected in [
        "ENFORCE",
        "rank 1 of 3",
        "Weakest link",
        "Does not apply",
        "Nearby",
        "burst",
    ] {
        assert!(
            text.contains(expected),
            "{expected} is missing from\n{text}"
        );
    }
}

#[test]
fn a_narrow_screen_wraps_and_loses_no_id() {
    let dir = runs();
    for question in QUESTIONS {
        let text = answer(dir.path(), &[question, &["--width", "40"]].concat());
        for line in text.lines() {
            assert!(line.width() <= 40, "{question:?}: {line}");
        }
    }
    let text = answer(dir.path(), &["top", "--width", "60"]);
    assert!(text.contains(RING), "{text}");
}

#[test]
fn hostile_names_reach_no_terminal() {
    let dir = runs();
    for question in QUESTIONS {
        for format in ["table", "json"] {
            let text = answer(dir.path(), &[question, &["--format", format]].concat());
            let bad = |c: &char| *c != '\n' && (c.is_control() || *c == '\u{202e}');
            assert_eq!(text.chars().find(bad), None, "{question:?} {format}");
        }
    }
    let errors = failure(dir.path(), &["merchant", "\u{1b}[31mM\u{202e}"]).1;
    assert!(!errors.contains(['\u{1b}', '\u{202e}']), "{errors}");
}

#[test]
fn csv_keeps_values_as_they_are() {
    let dir = runs();
    let csv = answer(dir.path(), &["merchant", "M300", "--format", "csv"]);
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let found = reader
        .records()
        .any(|record| &record.unwrap()[3] == HOSTILE);
    assert!(found);
}

#[test]
fn colours_only_where_they_are_wanted() {
    let dir = runs();
    let colored = |args: &[&str]| answer(dir.path(), args).contains("\u{1b}[");
    assert!(!colored(&["show", RING]));
    assert!(colored(&["show", RING, "--color", "always"]));
    assert!(!colored(&["show", RING, "--color", "never"]));
}

#[test]
fn graphs_are_well_formed_whatever_the_names() {
    let dir = runs();
    let export = |format: &str| answer(dir.path(), &["export", EVIL, "--format", format]);
    for format in ["graphml", "gexf"] {
        let text = export(format);
        assert_well_formed(&text);
        assert!(text.contains("&lt;script&gt;") && !text.contains("<script>"));
    }
    let json: Value = serde_json::from_str(&export("json")).unwrap();
    let nodes = json["elements"]["nodes"].as_array().unwrap();
    assert_eq!(nodes.len(), 3);
    assert_eq!(nodes[0]["data"]["label"], HOSTILE);
    assert_eq!(json["elements"]["edges"].as_array().unwrap().len(), 3);
    let dot = export("dot");
    assert_eq!(dot.lines().count(), 3 + 3 + 3);
    assert_eq!(
        export("cypher")
            .lines()
            .filter(|line| line.ends_with(';'))
            .count(),
        6
    );
    for format in ["graphml", "gexf", "json", "dot", "cypher"] {
        let bad = |c: char| c != '\n' && (c.is_control() || c == '\u{202e}');
        assert!(!export(format).contains(bad), "{format}");
    }
    let file = dir.path().join("ring.graphml");
    answer(dir.path(), &["export", RING, "-o", file.to_str().unwrap()]);
    assert_well_formed(&std::fs::read_to_string(file).unwrap());
}

/// Checks nesting, quoting and references of XML without a document type.
fn assert_well_formed(text: &str) {
    let mut open: Vec<&str> = Vec::new();
    let mut rest = text.split_once("?>").expect("a declaration").1;
    while let Some((before, after)) = rest.split_once('<') {
        assert_references(before);
        let (tag, after) = after.split_once('>').expect("a tag ends");
        assert!(tag.matches('"').count().is_multiple_of(2), "{tag}");
        assert_references(tag);
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name));
        } else if !tag.ends_with('/') {
            open.push(tag.split_whitespace().next().unwrap());
        }
        rest = after;
    }
    assert!(open.is_empty() && rest.trim().is_empty());
    let allowed = |c: char| matches!(c, '\n' | ' '..='\u{fffd}' | '\u{10000}'..);
    assert!(text.chars().all(allowed));
}

fn assert_references(text: &str) {
    for part in text.split('&').skip(1) {
        let name = part.split_once(';').expect("a reference ends").0;
        let known = ["amp", "lt", "gt", "quot"].contains(&name);
        assert!(known || name.starts_with('#'), "&{name};");
    }
}

#[test]
fn errors_say_what_to_do_next() {
    let dir = runs();
    let check = |args: &[&str], expected: &[&str]| {
        let (code, errors) = failure(dir.path(), args);
        assert_eq!(code, 2, "{args:?}: {errors}");
        assert_eq!(errors.matches("error:").count(), 1, "{errors}");
        for text in expected {
            assert!(
                errors.contains(text),
                "{args:?}: {text} is missing from {errors}"
            );
        }
    };
    check(
        &["show", "c-ring0002"],
        &["did you mean `c-ring0001`?", "hint:", "ringfence top"],
    );
    check(
        &["show", "M109"],
        &["that is a merchant", "ringfence merchant M109"],
    );
    check(&["merchant", "M1O9"], &["did you mean `M109`", "hint:"]);
    check(&["path", "M100", "nobody"], &["no merchant `nobody`"]);
    check(
        &["export", "c-old00009"],
        &["ended after 2026-03-01", "c-ring0001"],
    );
    check(
        &["export", "c-gone0008"],
        &["ended after 2026-03-01; its members were in no cluster then"],
    );
    for start in ["c-", "c"] {
        let begins = format!("`{start}` begins 3 cluster ids of run r-b, such as `c-ring0001` or");
        check(&["show", start], &[&begins, "hint: give more of the id"]);
    }
    check(&["show", ""], &["no cluster ``"]);
    check(&["top", "--run", "nowhere"], &["no run at nowhere"]);
    check(&["top", "--format", "yaml"], &["yaml"]);
    check(&["top", "--threads", "0"], &["--threads"]);
    check(&["topp"], &["top"]);
    let empty = tempfile::tempdir().unwrap();
    let (code, errors) = failure(empty.path(), &["top"]);
    assert_eq!(code, 2);
    assert!(
        errors.contains("no run at runs/latest") && errors.contains("--run"),
        "{errors}"
    );
}

#[test]
fn an_id_that_led_nowhere_is_told_of_in_the_past_tense() {
    let dir = runs();
    let told = answer(dir.path(), &["show", "c-gone0008", "--width", "200"]);
    assert!(told.contains("(after 2026-03-01)"), "{told}");
    assert!(told.contains("its members were in no cluster"), "{told}");
    assert!(told.contains("`ringfence merchant ID`"), "{told}");
}

#[test]
fn scores_have_the_digits_of_the_table() {
    let dir = runs();
    let listed = answer(dir.path(), &["top", "--format", "csv"]);
    let table = std::fs::read_to_string(dir.path().join("runs/r-b/clusters.csv")).unwrap();
    let scores = |text: &str| -> Vec<String> {
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        reader
            .records()
            .map(|row| row.unwrap()[2].to_owned())
            .collect()
    };
    assert_eq!(scores(&table)[1], "0.6100");
    assert_eq!(scores(&listed), scores(&table));
}

#[test]
fn an_export_that_fails_leaves_the_file_that_was_there() {
    let dir = runs();
    let file = dir.path().join("graph.xml");
    answer(dir.path(), &["export", RING, "-o", "graph.xml"]);
    let good = std::fs::read(&file).unwrap();
    answer(dir.path(), &["export", RING, "-o", "graph.xml"]);
    assert_eq!(std::fs::read(&file).unwrap(), good);
    let (code, errors) = failure(dir.path(), &["export", RING, "-o", "/dev/full"]);
    assert_eq!(code, 1);
    assert!(
        errors.contains("cannot write /dev/full") && errors.contains("make room"),
        "{errors}"
    );
    let (code, errors) = failure(dir.path(), &["export", RING, "-o", "nowhere/graph.xml"]);
    assert_eq!(code, 2);
    assert!(errors.contains("nowhere/graph.xml"), "{errors}");
    let names = std::fs::read_dir(dir.path()).unwrap().count();
    assert_eq!(names, 2, "runs and the graph, nothing half-made");
}

#[test]
fn init_writes_the_default_and_replaces_nothing_unasked() {
    let dir = tempfile::tempdir().unwrap();
    answer(dir.path(), &["init", "s.toml"]);
    let file = dir.path().join("s.toml");
    assert_eq!(
        std::fs::read_to_string(&file).unwrap(),
        ringfence::strategy::DEFAULT_TOML
    );
    std::fs::write(&file, "mine").unwrap();
    let (code, errors) = failure(dir.path(), &["init", "s.toml"]);
    assert_eq!(code, 2);
    assert!(errors.contains("--force"), "{errors}");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "mine");
    answer(dir.path(), &["init", "s.toml", "--force"]);
    assert_eq!(
        std::fs::read_to_string(&file).unwrap(),
        ringfence::strategy::DEFAULT_TOML
    );
    assert_eq!(
        answer(dir.path(), &["init", "-"]),
        ringfence::strategy::DEFAULT_TOML
    );
}

#[test]
fn a_reader_who_has_seen_enough_is_no_error() {
    let dir = runs();
    let questions: [&[&str]; 4] = [
        &["top"],
        &["show", RING, "--format", "csv"],
        &["export", RING],
        &["completions", "bash"],
    ];
    for question in questions {
        let mut child = ringfence(dir.path(), question)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // Closed before anything can be written.
        drop(child.stdout.take());
        let mut errors = String::new();
        child
            .stderr
            .take()
            .unwrap()
            .read_to_string(&mut errors)
            .unwrap();
        assert!(child.wait().unwrap().success(), "{question:?}: {errors}");
        assert!(errors.is_empty(), "{question:?}: {errors}");
    }
}

#[test]
fn completions_and_manual_pages_are_there() {
    let dir = tempfile::tempdir().unwrap();
    for shell in ["bash", "zsh", "fish"] {
        assert!(answer(dir.path(), &["completions", shell]).contains("neighbors"));
    }
    assert!(answer(dir.path(), &["man"]).contains(".TH ringfence"));
    answer(dir.path(), &["man", "pages"]);
    assert!(dir.path().join("pages/ringfence-show.1").is_file());
    assert!(answer(dir.path(), &["--help"]).contains("Exit codes"));
    assert!(answer(dir.path(), &["--version"]).starts_with("ringfence "));
}

#[test]
fn logs_go_to_standard_error_in_the_form_asked_for() {
    let dir = runs();
    let args = ["top", "-vv", "--log-format", "json"];
    let output = output(dir.path(), &args);
    assert!(output.status.success());
    let errors = String::from_utf8(output.stderr).unwrap();
    let line: Value = serde_json::from_str(errors.lines().next().unwrap()).unwrap();
    assert_eq!(line["run.id"], "r-b");
    assert!(String::from_utf8(output.stdout).unwrap().contains(RING));
}
