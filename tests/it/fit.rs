//! `ringfence fit`: what labels make of the weights, and when they are not believed.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use ringfence::strategy::Strategy;

use crate::command::{output, ringfence, succeed};

/// Pairs that share a device and an account. Every other pair is in two cities and fraudulent: on this
/// market that is what tells.
fn market(home: &Path, pairs: u32) -> PathBuf {
    let mut merchants = "merchant_id,city,category\n".to_owned();
    let mut devices = "merchant_id,device_id\n".to_owned();
    let mut payouts = "merchant_id,account\n".to_owned();
    let mut labels = "merchant_id,label\n".to_owned();
    for pair in 0..pairs {
        let is_fraud = pair % 2 == 0;
        for side in 0..2 {
            let id = format!("m{pair:03}{side}");
            let city = if is_fraud && side == 1 {
                "Hanoi"
            } else {
                "Osaka"
            };
            let trade = ["food", "books"][(pair / 2 % 2) as usize];
            writeln!(merchants, "{id},{city},{trade}").expect("to a string");
            writeln!(devices, "{id},device-number-{pair:05}").expect("to a string");
            writeln!(payouts, "{id},ACCT{pair:012}").expect("to a string");
            let label = if is_fraud { "fraud" } else { "legit" };
            writeln!(labels, "{id},{label}").expect("to a string");
        }
    }
    let data = home.join("data");
    fs::create_dir(&data).expect("a fresh folder");
    for (name, text) in [
        ("merchants", merchants),
        ("devices", devices),
        ("payouts", payouts),
    ] {
        fs::write(data.join(format!("{name}.csv")), text).expect("written");
    }
    fs::write(home.join("labels.csv"), labels).expect("written");
    succeed(ringfence(home).args(["run", "--data", "data", "--out", "runs", "--quiet"]));
    home.join("runs")
}

const FIT: [&str; 5] = ["fit", "--run", "runs", "--labels", "labels.csv"];

#[test]
fn labels_that_speak_clearly_change_the_weights_they_speak_about() {
    let home = tempfile::tempdir().expect("a folder");
    market(home.path(), 160);
    let mut command = ringfence(home.path());
    let report = succeed(
        command
            .args(FIT)
            .args(["--out", "fitted.toml", "--format", "json"]),
    );
    let report: serde_json::Value = serde_json::from_str(&report).expect("JSON");
    assert_eq!(report["is_better"], true, "{report}");
    assert_eq!(
        (&report["fraud_clusters"], &report["legit_clusters"]),
        (&80.into(), &80.into())
    );
    assert!(report["log_loss"]["high"].as_f64().expect("a number") < 0.0);
    let text = fs::read_to_string(home.path().join("fitted.toml")).expect("written");
    assert!(
        text.starts_with("# `[score.points]` fitted to the run"),
        "{text}"
    );
    assert!(
        text.contains("# Members away from the city where most of them are"),
        "comments stay"
    );
    let (before, after) = (Strategy::default(), Strategy::parse(&text).expect("valid"));
    let (before, after) = (before.score, after.score);
    assert!(after.points.many_cities > before.points.many_cities + 0.5);
    // Verdicts in the run would explain the verdicts: their weights are not fitted.
    assert!((after.points.fraud_label - before.points.fraud_label).abs() < 1e-9);
    assert!(after.points.small_family <= 0.0 && after.points.patchwork >= 0.0);
    // The same once more, byte for byte; and the run takes the strategy.
    let mut command = ringfence(home.path());
    succeed(command.args(FIT).args(["--out", "again.toml"]));
    let again = fs::read_to_string(home.path().join("again.toml")).expect("written");
    assert_eq!(again, text);
    let mut command = ringfence(home.path());
    command.args([
        "run",
        "--data",
        "data",
        "--out",
        "other",
        "--strategy",
        "fitted.toml",
    ]);
    succeed(command.arg("--quiet"));
}

#[test]
fn evidence_is_estimated_without_labels() {
    let home = tempfile::tempdir().expect("a folder");
    market(home.path(), 20);
    let told = succeed(ringfence(home.path()).args(["fit", "--em", "--run", "runs"]));
    assert!(
        told.contains("device") && told.contains("log2(m/u)"),
        "{told}"
    );
    let mut command = ringfence(home.path());
    let json = succeed(command.args(["fit", "--em", "--run", "runs", "--format", "json"]));
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    // Twenty of the 780 pairs of forty merchants share a device; two other kinds are not there.
    let u = json["kinds"][0]["u"].as_f64().expect("a number");
    assert!((u - 20.0 / 780.0).abs() < 1e-9, "{u}");
    assert!(json["kinds"][0]["m"].is_null());
    let (code, _, stderr) = output(ringfence(home.path()).args(["fit", "--run", "runs"]));
    assert_eq!(code, Some(2), "{stderr}");
}

#[test]
fn too_few_labels_and_another_strategy_are_refused() {
    let home = tempfile::tempdir().expect("a folder");
    market(home.path(), 12);
    let (code, _, stderr) = output(ringfence(home.path()).args(FIT));
    assert_eq!(code, Some(2), "{stderr}");
    assert!(stderr.contains("6 fraudulent and 6 honest"), "{stderr}");
    fs::write(home.path().join("other.toml"), "[score]\nprior = -1.0\n").expect("written");
    let mut command = ringfence(home.path());
    let (code, _, stderr) = output(command.args(FIT).args(["--strategy", "other.toml"]));
    assert_eq!(code, Some(2), "{stderr}");
    assert!(stderr.contains("another strategy"), "{stderr}");
    fs::write(
        home.path().join("labels.csv"),
        "merchant_id,label\nm0000,maybe\n",
    )
    .expect("written");
    let (code, _, stderr) = output(ringfence(home.path()).args(FIT));
    assert_eq!(code, Some(2), "{stderr}");
    assert!(stderr.contains("line 2"), "{stderr}");
}

#[test]
fn labels_that_say_nothing_change_nothing() {
    let home = tempfile::tempdir().expect("a folder");
    market(home.path(), 60);
    // A coin for each pair, whatever is known of it.
    let mut labels = "merchant_id,label\n".to_owned();
    for pair in 0..60_u32 {
        let is_fraud = pair.wrapping_mul(2_654_435_761) >> 31 == 1;
        let label = if is_fraud { "fraud" } else { "legit" };
        writeln!(labels, "m{pair:03}0,{label}").expect("to a string");
    }
    fs::write(home.path().join("labels.csv"), labels).expect("written");
    // Such labels may still teach the constant; the weights in use are first set to it.
    fs::write(home.path().join("base.toml"), "[score]\nprior = -1.3\n").expect("written");
    let mut command = ringfence(home.path());
    command.args([
        "run",
        "--data",
        "data",
        "--out",
        "runs",
        "--strategy",
        "base.toml",
    ]);
    succeed(command.args(["--force", "--quiet"]));
    let mut command = ringfence(home.path());
    command
        .args(FIT)
        .args(["--strategy", "base.toml", "--out", "fitted.toml"]);
    let (code, stdout, stderr) = output(&mut command);
    if code == Some(2) {
        assert!(stderr.contains("no strategy was written"), "{stderr}");
        assert!(!home.path().join("fitted.toml").exists());
    }
    assert!(
        stdout.contains("log loss"),
        "the report is printed either way: {stdout}"
    );
}
