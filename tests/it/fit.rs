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

/// A run on the market with the labels of its first pairs in the data directory.
fn labelled_run(home: &Path, n_pairs: usize, out: &str, arguments: &[&str]) -> PathBuf {
    let labels = fs::read_to_string(home.join("labels.csv")).expect("written");
    let some: String = labels.split_inclusive('\n').take(1 + 2 * n_pairs).collect();
    fs::write(home.join("data/labels.csv"), some).expect("written");
    let mut command = ringfence(home);
    command.args(["run", "--data", "data", "--out", out, "--quiet"]);
    succeed(command.args(arguments));
    home.join(out).join("latest")
}

fn manifest(run: &Path) -> serde_json::Value {
    let text = fs::read_to_string(run.join("manifest.json")).expect("written");
    serde_json::from_str(&text).expect("JSON")
}

/// Scores of the clusters that nobody labelled, those of rings and the honest ones.
fn unlabelled_scores(run: &Path) -> [Vec<f64>; 2] {
    let mut clusters = csv::Reader::from_path(run.join("clusters.csv")).expect("a table");
    let mut scores = std::collections::BTreeMap::new();
    for row in clusters.deserialize::<std::collections::BTreeMap<String, String>>() {
        let row = row.expect("a row");
        let score: f64 = row["score"].parse().expect("a number");
        scores.insert(row["cluster_id"].clone(), score);
    }
    let mut members = csv::Reader::from_path(run.join("members.csv")).expect("a table");
    let mut found = [Vec::new(), Vec::new()];
    for row in members.deserialize::<std::collections::BTreeMap<String, String>>() {
        let row = row.expect("a row");
        let pair: u32 = row["merchant_id"][1..4].parse().expect("a pair");
        if pair >= 120 {
            found[(pair % 2) as usize].push(scores[&row["cluster_id"]]);
        }
    }
    found
}

#[test]
fn a_run_says_that_its_labels_are_too_few_to_learn_from() {
    let home = tempfile::tempdir().expect("a folder");
    let home = home.path();
    market(home, 40);
    let run = labelled_run(home, 19, "few", &[]);
    let findings = manifest(&run)["findings"].to_string();
    let expected = "10 fraudulent and 9 honest labelled clusters are too few";
    assert!(
        findings.contains("too_few_labels") && findings.contains(expected),
        "{findings}"
    );
    assert!(manifest(&run)["learned"].is_null());
    fs::remove_file(home.join("data/labels.csv")).expect("written");
    let mut command = ringfence(home);
    command.args(["run", "--data", "data", "--out", "none", "--quiet"]);
    succeed(&mut command);
    let findings = manifest(&home.join("none/latest"))["findings"].to_string();
    assert!(!findings.contains("labels"), "{findings}");
}

#[test]
fn a_run_says_that_it_does_not_believe_its_labels() {
    let home = tempfile::tempdir().expect("a folder");
    let home = home.path();
    market(home, 160);
    // Less than half are labelled, or the labels would tell how many are fraudulent; they go with nothing
    // that the pairs are told by.
    let mut labels = "merchant_id,label\n".to_owned();
    for pair in 0..72 {
        let label = ["fraud", "legit"][pair / 4 % 2];
        writeln!(labels, "m{pair:03}0,{label}\nm{pair:03}1,{label}").expect("to a string");
    }
    fs::write(home.join("labels.csv"), labels).expect("written");
    let manifest = manifest(&labelled_run(home, 72, "doubtful", &[]));
    let findings = manifest["findings"].to_string();
    let expected = "weights learned from 72 labelled clusters forecast such clusters no better";
    assert!(
        findings.contains("labels_not_learned") && findings.contains(expected),
        "{findings}"
    );
    assert!(manifest["learned"].is_null());
}

#[test]
fn a_run_learns_from_the_labels_it_is_given() {
    let home = tempfile::tempdir().expect("a folder");
    let home = home.path();
    market(home, 160);
    let learned = labelled_run(home, 120, "learned", &["--threads", "1"]);
    let about = &manifest(&learned)["learned"];
    assert_eq!(
        (&about["fraud_clusters"], &about["legit_clusters"]),
        (&60.into(), &60.into())
    );
    assert!(about["interval"][1].as_f64().expect("a number") < 0.0);
    let findings = manifest(&learned)["findings"].to_string();
    assert!(findings.contains("learned_weights"), "{findings}");

    fs::write(
        home.join("kept.toml"),
        "[score]\nlearn_from_labels = false\n",
    )
    .expect("written");
    let kept = labelled_run(home, 120, "kept", &["--strategy", "kept.toml"]);
    assert!(manifest(&kept)["learned"].is_null());
    // What nobody labelled is told apart better.
    let gap = |run: &Path| {
        let [rings, honest] = unlabelled_scores(run);
        assert_eq!((rings.len(), honest.len()), (40, 40));
        let least = rings.into_iter().fold(1.0, f64::min);
        least / honest.into_iter().fold(0.0, f64::max)
    };
    assert!(gap(&learned) > 1.5 * gap(&kept));
    let clusters = fs::read_to_string(learned.join("clusters.csv")).expect("a table");
    assert!(
        clusters.contains(&format!(",{},", about["prior"])),
        "{about}"
    );

    // The same for any number of threads.
    let again = labelled_run(home, 120, "again", &["--threads", "2"]);
    for table in ["clusters.csv", "reasons.csv", "members.csv"] {
        let read = |run: &Path| fs::read(run.join(table)).expect("a table");
        assert!(read(&learned) == read(&again), "{table}");
    }

    // A file is fitted to a run that did not learn, and comes to the same weights.
    let fit = |run: &str| {
        let mut command = ringfence(home);
        command.args(["fit", "--run", run, "--labels", "data/labels.csv"]);
        command.args(["--format", "json"]);
        command
    };
    let (code, _, stderr) = output(&mut fit("learned"));
    assert_eq!(code, Some(2), "{stderr}");
    assert!(stderr.contains("learn_from_labels = false"), "{stderr}");
    let report = succeed(fit("kept").args(["--strategy", "kept.toml"]));
    let report: serde_json::Value = serde_json::from_str(&report).expect("JSON");
    for weight in report["weights"].as_array().expect("a list") {
        let code = weight["code"].as_str().expect("a code");
        assert_eq!(weight["after"], about["points"][code], "{code}");
    }
    assert_eq!(report["prior"]["after"], about["prior"]);
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
    assert!(
        stderr.contains("line 2: expected fraud or legit in column `label`, found `maybe`"),
        "{stderr}"
    );
}

/// The report of a fit to a table of labels.
fn fit_to(home: &Path, labels: &str) -> Result<serde_json::Value, String> {
    fs::write(home.join("labels.csv"), labels).expect("written");
    let (code, stdout, stderr) = output(ringfence(home).args(FIT).args(["--format", "json"]));
    match code {
        Some(0) => Ok(serde_json::from_str(&stdout).expect("JSON")),
        _ => Err(stderr),
    }
}

#[test]
fn the_newest_verdict_holds_whatever_form_its_time_has() {
    let home = tempfile::tempdir().expect("a folder");
    market(home.path(), 40);
    // Forty verdicts of fraud, every second taken back by a later one that comes first as a text.
    let times = [
        ("2025-01-02T01:00:00+09:00", "2025-01-01T20:00:00Z"),
        ("2025-01-01T23:00:00Z", "2025-01-01T22:00:00-08:00"),
        ("2025-01-01", "2025-01-01 00:30"),
        ("", "2025-01-01"),
    ];
    let mut labels = "merchant_id,label,decided_at\n".to_owned();
    for pair in 0..40 {
        let (old, new) = times[pair / 2 % times.len()];
        writeln!(labels, "m{pair:03}0,Fraud,{old}").expect("to a string");
        if pair % 2 == 1 {
            writeln!(labels, "m{pair:03}0,LEGIT,{new}").expect("to a string");
        }
    }
    let report = fit_to(home.path(), &labels).expect("a fit");
    assert_eq!(
        (&report["fraud_clusters"], &report["legit_clusters"]),
        (&20.into(), &20.into())
    );
    let error = fit_to(
        home.path(),
        "merchant_id,label,decided_at\nm0000,fraud,2025-01-01\nm0000,legit,soon\n",
    );
    let error = error.expect_err("no time");
    assert!(
        error.contains("labels.csv line 3: expected YYYY-MM-DD or an RFC 3339 timestamp")
            && error.contains("`decided_at`, found `soon`"),
        "{error}"
    );
}

#[test]
fn a_truth_to_fit_to_is_read_as_evaluate_reads_it() {
    let home = tempfile::tempdir().expect("a folder");
    market(home.path(), 40);
    let table = |header: &str, yes: &str, no: &str| {
        let mut text = format!("merchant_id,{header}\n");
        for pair in 0..40 {
            let says = if pair % 4 == 0 { yes } else { no };
            writeln!(text, "m{pair:03}0,{says}").expect("to a string");
        }
        text
    };
    let flags = fit_to(home.path(), &table("eliminated", "True", "False")).expect("a fit");
    let rings = fit_to(home.path(), &table("ring_id", "A", "")).expect("a fit");
    let both = table("ring_id,eliminated", ",yes", ",no");
    for report in [flags, rings, fit_to(home.path(), &both).expect("a fit")] {
        assert_eq!(
            (&report["fraud_clusters"], &report["legit_clusters"]),
            (&10.into(), &30.into())
        );
    }
    let check = |text: &str, expected: &str| {
        let error = fit_to(home.path(), text).expect_err("no labels");
        assert!(error.contains(expected), "{error}");
    };
    check(
        &table("eliminated", "1", "maybe"),
        "line 3: expected true or false",
    );
    check(
        &table("Ring_ID", "A", ""),
        "no column `ring_id`; is `Ring_ID` meant?",
    );
    check(
        &table("Label", "fraud", "legit"),
        "no column `label`; is `Label` meant?",
    );
    check(
        &table("label,label", "fraud,fraud", "legit,legit"),
        "column `label` twice",
    );
    check(
        "merchant_id,label\n,fraud\n",
        "line 2: expected an id in column `merchant_id`",
    );
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
