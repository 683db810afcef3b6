//! Exit codes and messages for what the user has to put right, over all commands.

use std::fs;

use crate::command::{output, ringfence};

/// Refused with exit code 2, with these words, and nothing on standard output.
fn refused(files: &[(&str, &[u8])], args: &[&str], expected: &[&str]) {
    let home = tempfile::tempdir().expect("a folder");
    for (name, bytes) in files {
        fs::write(home.path().join(name), bytes).expect("a file");
    }
    let (code, stdout, stderr) = output(ringfence(home.path()).args(args));
    assert_eq!(code, Some(2), "{args:?}: {stderr}");
    assert!(stdout.is_empty(), "{args:?}: {stdout}");
    for part in expected {
        assert!(stderr.contains(part), "{part:?} is not in: {stderr}");
    }
}

#[test]
fn a_file_that_can_not_be_normalized_is_bad_input() {
    let hint = "hint: name a CSV file in UTF-8";
    let normalize = |file, column| ["normalize", file, "--as", "device", "--column", column];
    refused(&[], &normalize("nowhere.csv", "v"), &["nowhere.csv", hint]);
    refused(
        &[("a.csv", b"v\nx\n")],
        &normalize("a.csv", "w"),
        &["a.csv has no column `w`", "header row"],
    );
    refused(
        &[("a.csv", b"v\n\xff\xfe\n")],
        &normalize("a.csv", "v"),
        &["a.csv", "line 2", hint],
    );
    refused(
        &[("a.csv", b"v,w\nx\n")],
        &normalize("a.csv", "v"),
        &["a.csv", "line: 2", hint],
    );
}

#[test]
fn a_path_that_can_not_be_written_is_bad_usage() {
    let tokens = ["token", "add", "--role", "admin", "--user", "a", "--db"];
    refused(
        &[],
        &[&tokens[..], &["nowhere/d.db"]].concat(),
        &[
            "nowhere/d.db",
            "hint: name a file in a folder that is there",
        ],
    );
    let tiny = crate::command::data("tiny");
    let run = ["run", "--data", tiny.to_str().expect("UTF-8"), "--out"];
    refused(
        &[],
        // No folder can be made there, not even by root.
        &[&run[..], &["/proc/runs"]].concat(),
        &["/proc/runs", "--out"],
    );
}
