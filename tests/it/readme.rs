//! The examples in the docs are run, and what they show is what they print.
//!
//! `UPDATE_DOCS=1 cargo test --test it readme` writes the output of today into the docs.

use std::fs;
use std::path::{Path, PathBuf};

use crate::command::{data, ringfence, succeed};

fn document(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// Compares the `text` block behind a marker with what a command printed.
fn assert_shown(name: &str, marker: &str, printed: &str) {
    let path = document(name);
    let text = fs::read_to_string(&path).expect("the document is there");
    let (before, after) = text
        .split_once(marker)
        .unwrap_or_else(|| panic!("{name} has {marker}"));
    let (lead, rest) = after.split_once("```text\n").expect("a block");
    let (shown, tail) = rest.split_once("```").expect("the end of the block");
    let printed: String = printed
        .lines()
        .map(|line| line.trim_end().to_owned() + "\n")
        .collect();
    if shown == printed {
        return;
    }
    assert!(
        update(),
        "{name} behind {marker} shows\n{shown}\nbut it prints\n{printed}"
    );
    fs::write(
        &path,
        format!("{before}{marker}{lead}```text\n{printed}```{tail}"),
    )
    .expect("the document can be written");
}

#[expect(
    clippy::disallowed_methods,
    reason = "the switch that regenerates docs, as in the other doc tests"
)]
fn update() -> bool {
    std::env::var("UPDATE_DOCS").is_ok()
}

/// `ringfence run` with relative paths, as a reader would type it.
fn run(home: &Path, name: &str, runs: &str, more: &[&str]) -> String {
    let link = home.join("data");
    if !link.exists() {
        std::os::unix::fs::symlink(data("tiny").parent().expect("a folder"), &link)
            .expect("a link");
    }
    let from = format!("data/{name}");
    succeed(
        ringfence(home)
            .args(["run", "--data", &from, "--out", runs])
            .args(more),
    )
}

#[test]
fn the_main_command_prints_what_the_readme_shows() {
    let home = tempfile::tempdir().unwrap();
    let printed = run(home.path(), "market", "runs", &[]);
    assert_shown("README.md", "<!-- main output -->", &printed);
}

#[test]
fn the_tiny_ring_is_told_as_the_readme_shows() {
    let home = tempfile::tempdir().unwrap();
    run(home.path(), "tiny", "runs-tiny", &[]);
    let clusters = fs::read_to_string(home.path().join("runs-tiny/latest/clusters.csv")).unwrap();
    let first = clusters.lines().nth(1).unwrap().split(',').nth(1).unwrap();
    let printed = succeed(ringfence(home.path()).args(["show", "--run", "runs-tiny", first]));
    assert_shown("README.md", "<!-- example: tiny -->", &printed);
}

#[test]
fn the_city_is_told_as_its_readme_shows() {
    let home = tempfile::tempdir().unwrap();
    let strategy = data("chicago-food").join("strategy.toml");
    let strategy = strategy.to_str().unwrap();
    let more = ["--strategy", strategy, "--as-of", "2014-12-31"];
    let printed = run(home.path(), "chicago-food", "runs-chicago", &more);
    assert_shown("data/chicago-food/README.md", "<!-- output -->", &printed);
}
