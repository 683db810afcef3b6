//! A run killed at any moment leaves no half run, no moved `latest`, no lost lock.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::command::{data, output, ringfence, succeed};

const KILLS: u32 = 50;

fn run(home: &Path, as_of: &str) -> std::process::Command {
    let mut command = ringfence(home);
    command.arg("run").arg("--data").arg(data("market"));
    command.args(["--out", "runs", "--as-of", as_of]);
    command
}

/// On a market so small that most of a run's life is writing and publishing, where kills hurt.
fn tiny_run(home: &Path, as_of: &str) -> std::process::Command {
    let mut command = ringfence(home);
    command.arg("run").arg("--data").arg(data("tiny"));
    command.args(["--out", "runs", "--as-of", as_of]);
    command
}

/// Every run directory that a reader can see, whole or not.
fn visible_runs(runs: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(runs)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    entries
        .filter(|path| {
            let name = path.file_name().unwrap().to_str().unwrap();
            !name.starts_with('.') && name != "latest"
        })
        .collect()
}

/// What a whole run directory holds.
fn assert_whole(run: &Path) {
    let reader = ringfence::run::RunReader::open(run).unwrap();
    let clusters = reader.clusters().unwrap();
    let members = reader.members().unwrap();
    assert_eq!(
        u64::try_from(clusters.len()).unwrap(),
        reader.manifest().count("clusters")
    );
    assert_eq!(members.len(), reader.feed().unwrap().len());
    assert!(run.join("report.html").metadata().unwrap().len() > 1000);
}

#[test]
fn a_killed_run_leaves_nothing_half_done() {
    let home = tempfile::tempdir().unwrap();
    succeed(&mut tiny_run(home.path(), "2024-06-30"));
    let runs = home.path().join("runs");
    let first = fs::read_link(runs.join("latest")).unwrap();
    let began = Instant::now();
    succeed(
        ringfence(home.path())
            .args(["run", "--data"])
            .arg(data("tiny"))
            .args(["--out", "elsewhere", "--as-of", "2025-06-30"]),
    );
    let life = began.elapsed();
    let mut before = first;
    for kill in 0..KILLS {
        let mut child = tiny_run(home.path(), "2025-06-30")
            .arg("--force")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // Spread over the whole life of a run, and a little past it.
        wait(life * kill / (KILLS - 5));
        let _ = child.kill();
        child.wait().unwrap();
        let latest = fs::read_link(runs.join("latest")).unwrap();
        for run in visible_runs(&runs) {
            assert_whole(&run);
        }
        assert_whole(&runs.join(&latest));
        // `latest` moves only to a run that is whole, and never back.
        assert!(
            latest >= before,
            "kill {kill}: {} after {}",
            latest.display(),
            before.display()
        );
        before = latest;
    }
    let (code, _, stderr) = output(tiny_run(home.path(), "2025-06-30").arg("--force"));
    assert_eq!(code, Some(0), "the lock is free again: {stderr}");
    let leftovers = fs::read_dir(&runs).unwrap().filter(|entry| {
        let name = entry.as_ref().unwrap().file_name();
        name.to_str().unwrap().starts_with(".tmp-")
    });
    assert_eq!(
        leftovers.count(),
        0,
        "the next run clears what killed ones left"
    );
}

/// Lets a child live for a while. Nothing is asserted about time: a slow machine only moves the kill.
fn wait(span: Duration) {
    let until = Instant::now() + span;
    while Instant::now() < until {
        std::thread::park_timeout(until - Instant::now());
    }
}

#[test]
fn an_interrupted_run_says_so_and_cleans_up() {
    let home = tempfile::tempdir().unwrap();
    let mut child = run(home.path(), "2025-06-30")
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let pid = child.id().to_string();
    // The lock file holds the process id once the run has begun.
    let lock = home.path().join("runs/.lock");
    while fs::read_to_string(&lock).map_or(true, |text| text.trim() != pid) {
        assert!(child.try_wait().unwrap().is_none(), "it ended unlocked");
        std::thread::yield_now();
    }
    assert!(
        std::process::Command::new("kill")
            .args(["-TERM", &pid])
            .status()
            .unwrap()
            .success()
    );
    let output = child.wait_with_output().unwrap();
    let runs = home.path().join("runs");
    if output.status.code() == Some(0) {
        // It was faster than the signal.
        assert_whole(&runs.join("latest"));
        return;
    }
    assert_eq!(
        output.status.code(),
        Some(130),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert_eq!(visible_runs(&runs), Vec::<PathBuf>::new());
    let hidden = fs::read_dir(&runs).unwrap().filter(|entry| {
        entry
            .as_ref()
            .unwrap()
            .file_name()
            .to_str()
            .unwrap()
            .starts_with(".tmp-")
    });
    assert_eq!(hidden.count(), 0);
}

#[test]
fn two_runs_at_once_do_not_mix() {
    let home = tempfile::tempdir().unwrap();
    let runs = home.path().join("runs");
    fs::create_dir(&runs).unwrap();
    let store = ringfence::run::RunStore::open(&runs).unwrap();
    let lock = store.lock().unwrap();
    let (code, _, stderr) = output(&mut run(home.path(), "2025-06-30"));
    assert_eq!(code, Some(2), "{stderr}");
    assert!(stderr.contains("another run"), "{stderr}");
    drop(lock);
    succeed(&mut run(home.path(), "2025-06-30"));
}
