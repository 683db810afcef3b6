//! Golden runs: what the shipped data gives, file by file.
//!
//! A diff here is reviewed like code: would it please the person who must defend a suspension with it?
//! When it would, take it over and explain it in the commit:
//!
//! ```text
//! INSTA_UPDATE=always cargo test --test it golden
//! git diff tests/it/snapshots
//! ```
//!
//! `data/tiny` is held in full, `data/market` by a digest of each file. What names the run, the version
//! of ringfence, the strategy or the machine is blotted out, so that a new default shows only in what it
//! does.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::command::{data, ringfence, succeed};

/// Every table of a run.
const TABLES: [&str; 10] = [
    "clusters", "members", "evidence", "feed", "reasons", "links", "hubs", "lineage", "ids",
    "rejects",
];

/// Runs on data that ships, from nothing.
fn run(home: &Path, name: &str) -> PathBuf {
    let mut command = ringfence(home);
    command.args(["run", "--out", "runs", "--data"]);
    succeed(command.arg(data(name)));
    home.join("runs/latest")
}

/// A file's text without what names the run.
fn text(run: &Path, file: &str) -> String {
    let manifest = manifest(run);
    let run_id = manifest["run_id"].as_str().unwrap();
    let text = fs::read_to_string(run.join(file)).unwrap();
    text.replace(run_id, "[run_id]")
}

fn manifest(run: &Path) -> Value {
    serde_json::from_slice(&fs::read(run.join("manifest.json")).unwrap()).unwrap()
}

/// The manifest without what depends on the moment, the machine, or the build.
fn blotted(mut manifest: Value) -> String {
    for key in [
        "run_id",
        "tool_version",
        "strategy_hash",
        "threads",
        "peak_memory_bytes",
    ] {
        manifest[key] = Value::from(format!("[{key}]"));
    }
    for stage in manifest["stages"].as_array_mut().unwrap() {
        stage["seconds"] = Value::from("[seconds]");
    }
    // The tables themselves are held in full.
    for size in manifest["tables"].as_object_mut().unwrap().values_mut() {
        size["bytes"] = Value::from("[bytes]");
    }
    serde_json::to_string_pretty(&manifest).unwrap()
}

/// What a page says: its texts, one a line, without markup, styles and scripts.
fn words(page: &str) -> String {
    let mut page = page.to_owned();
    for (open, close) in [("<style", "</style>"), ("<script", "</script>")] {
        while let Some(start) = page.find(open) {
            let length = page[start..].find(close).unwrap() + close.len();
            page.replace_range(start..start + length, "");
        }
    }
    let texts = page.split('<').filter_map(|part| part.split_once('>'));
    let texts = texts.map(|(_, text)| text.split_whitespace().collect::<Vec<_>>().join(" "));
    let texts: Vec<String> = texts.filter(|text| !text.is_empty()).collect();
    texts.join("\n")
}

#[test]
fn tiny() {
    let home = tempfile::tempdir().unwrap();
    let run = run(home.path(), "tiny");
    for table in TABLES {
        insta::assert_snapshot!(format!("tiny-{table}"), text(&run, &format!("{table}.csv")));
    }
    insta::assert_snapshot!("tiny-manifest", blotted(manifest(&run)));
    let version = manifest(&run)["tool_version"].as_str().unwrap().to_owned();
    let strategy = manifest(&run)["strategy_hash"].as_str().unwrap().to_owned();
    let page = text(&run, "report.html")
        .replace(&strategy, "[strategy_hash]")
        .replace(&strategy[..12], "[strategy_hash]")
        .replace(&format!("ringfence {version}"), "ringfence [tool_version]");
    insta::assert_snapshot!("tiny-report", words(&page));
}

/// The counts come first, so that a diff says what kind of change it is.
#[test]
fn market() {
    let home = tempfile::tempdir().unwrap();
    let run = run(home.path(), "market");
    let manifest = manifest(&run);
    let counts = manifest["counts"].as_object().unwrap();
    let mut lines: Vec<String> = counts
        .iter()
        .map(|(name, n)| format!("{name} {n}"))
        .collect();
    for finding in manifest["findings"].as_array().unwrap() {
        lines.push(format!("finding {} {}", finding["code"], finding["count"]));
    }
    for table in TABLES {
        let text = text(&run, &format!("{table}.csv"));
        let digest = blake3::hash(text.as_bytes()).to_hex();
        let rows = csv::Reader::from_reader(text.as_bytes()).records().count();
        lines.push(format!("{table}.csv {rows} rows {}", &digest[..16]));
    }
    insta::assert_snapshot!("market-digests", lines.join("\n"));
}
