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

#[test]
fn a_mistake_in_the_command_line_is_a_json_line_where_those_are_asked_for() {
    let home = tempfile::tempdir().expect("a folder");
    for args in [
        &["run", "--log-format", "json", "--nosuch"][..],
        &["--log-format=json", "run", "--as-of", "yesterday"],
        &["run", "--log-format", "json"],
        &["--log-format", "json", "nosuch"],
    ] {
        let (code, stdout, stderr) = output(ringfence(home.path()).args(args));
        assert_eq!(code, Some(2), "{stderr}");
        assert!(stdout.is_empty(), "{stdout}");
        let line: serde_json::Value = serde_json::from_str(&stderr).expect(&stderr);
        assert_eq!(line["exit.code"], 2, "{line}");
        assert!(!stderr.contains(r"\n"), "laid out for no terminal: {line}");
        let message = line["message"].as_str().expect("a text");
        assert!(
            !message.is_empty() && !message.starts_with("error"),
            "{line}"
        );
        assert!(
            line["hint"]
                .as_str()
                .is_some_and(|hint| hint.contains("--help")),
            "{line}"
        );
    }
    let (code, stdout, stderr) =
        output(ringfence(home.path()).args(["--log-format", "json", "--help"]));
    assert_eq!((code, stderr.as_str()), (Some(0), ""));
    assert!(stdout.contains("Usage:"), "{stdout}");
}

#[test]
fn a_flag_for_colours_wins_over_the_environment() {
    let home = tempfile::tempdir().expect("a folder");
    let colours = |args: &[&str]| {
        let (_, _, stderr) = output(
            ringfence(home.path())
                .args(["top", "--run", "nowhere"])
                .args(args),
        );
        stderr.contains('\u{1b}')
    };
    assert!(colours(&["--color", "always"]));
    assert!(!colours(&[]));
}

#[test]
fn days_are_those_of_a_series() {
    let simulate = ["simulate", "--merchants", "50", "--out", "made"];
    for (args, expected) in [
        (&["--world", "series", "--days", "61"][..], "2 to 60"),
        (&["--world", "series", "--days", "1"], "2 to 60"),
        (&["--days", "5"], "--world series"),
        (&["--world", "dirty", "--days", "5"], "--world series"),
    ] {
        refused(&[], &[&simulate[..], args].concat(), &[expected]);
    }
}
