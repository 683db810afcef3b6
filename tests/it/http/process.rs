//! The process itself: how it starts, answers on a socket, and ends.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Command, Stdio};

use super::run;
use crate::command::{connect, data, output, ringfence};

#[test]
fn it_listens_answers_and_ends_when_told_to() {
    let dir = tempfile::tempdir().unwrap();
    run(dir.path(), &data("tiny"), &[]);
    let mut child = ringfence(dir.path())
        .args(["serve", "--runs", "runs", "--listen", "127.0.0.1:0"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    let address = line.trim().strip_prefix("listening on http://").unwrap();
    let ask = |request: &str| {
        let mut stream = connect(address);
        let _ = stream.write_all(request.as_bytes());
        let (mut answer, mut part) = (Vec::new(), [0; 4096]);
        // The service closes on a head that is too long without reading its rest, which may cut off the answer.
        while let Ok(length @ 1..) = stream.read(&mut part) {
            answer.extend_from_slice(&part[..length]);
        }
        String::from_utf8(answer).unwrap()
    };
    let good = ask("GET /api/v1/run HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    assert!(
        good.starts_with("HTTP/1.1 200") && good.contains("\"run_id\""),
        "{good}"
    );
    let foreign = ask("GET / HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n");
    assert!(foreign.starts_with("HTTP/1.1 421"), "{foreign}");
    let long = "x".repeat(1 << 17);
    let huge = ask(&format!(
        "GET / HTTP/1.1\r\nHost: localhost\r\nX: {long}\r\n\r\n"
    ));
    assert!(
        huge.is_empty() || huge.starts_with("HTTP/1.1 431"),
        "{huge}"
    );
    let told = Command::new("kill")
        .args(["-TERM", &child.id().to_string()])
        .status();
    assert!(told.unwrap().success());
    assert!(child.wait().unwrap().success());
}

#[test]
fn what_it_cannot_serve_it_says() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir(dir.path().join("empty")).unwrap();
    let check = |args: &[&str], expected: &str| {
        let (code, _, stderr) = output(ringfence(dir.path()).arg("serve").args(args));
        assert_eq!(code, Some(2), "{stderr}");
        assert!(stderr.contains(expected), "{stderr}");
    };
    check(&["--runs", "nowhere"], "no RUNS directory at nowhere");
    check(&["--runs", "empty"], "no run at empty");
    run(dir.path(), &data("tiny"), &[]);
    let elsewhere = ["--runs", "runs", "--listen", "0.0.0.0:8080"];
    check(&elsewhere, "0.0.0.0:8080 is reachable from elsewhere");
}
