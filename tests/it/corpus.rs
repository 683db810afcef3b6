//! The inputs that fuzzing and thinking brought up, given to the parsers again.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::fs;
use std::panic;
use std::path::Path;

use crate::parsers;

/// Gives each file of `tests/corpus/NAME` to a parser.
fn replay(name: &str, parse: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/corpus")
        .join(name);
    let mut n_files = 0;
    for entry in fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        let bytes = fs::read(&path).unwrap();
        let result = panic::catch_unwind(|| parse(&bytes));
        assert!(result.is_ok(), "{}", path.display());
        n_files += 1;
    }
    assert!(n_files > 2, "the corpus is there");
}

#[test]
fn csv() {
    replay("csv", parsers::csv);
}

#[test]
fn parquet() {
    replay("parquet", parsers::parquet);
}

#[test]
fn strategy() {
    replay("strategy", parsers::strategy);
}

#[test]
fn normalize() {
    replay("normalize", parsers::normalizers);
}

#[test]
fn run_reader() {
    replay("run_reader", parsers::run_reader);
}

#[test]
fn timestamp() {
    replay("timestamp", parsers::timestamp);
}

/// Every folder of inputs is replayed and has a fuzz target, and the other way round.
#[test]
fn every_corpus_has_a_target() {
    let names = |folder: &str| {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
        let entries = fs::read_dir(path).unwrap();
        let mut names: Vec<_> = entries
            .map(|entry| entry.unwrap().path().file_stem().unwrap().to_owned())
            .collect();
        names.sort();
        names
    };
    let replayed = [
        "csv",
        "normalize",
        "parquet",
        "run_reader",
        "strategy",
        "timestamp",
    ];
    assert_eq!(names("tests/corpus"), replayed);
    assert_eq!(names("tests/fuzz/targets"), replayed);
}
