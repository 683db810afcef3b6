//! `run --decisions`: what people decided about one run, in the next one.

use std::path::PathBuf;

use ringfence::decisions::{
    DecisionStore, Exception, NewDecision, Screen, ScreenEvidence, Verdict,
};
use ringfence::model::Timestamp;

use super::{Home, tables};
use crate::command::{output, ringfence, succeed};

const RING: [&str; 5] = ["M001", "M002", "M003", "M004", "M005"];

fn time(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

impl Home {
    fn db(&self) -> PathBuf {
        self.path().join("decisions.db")
    }

    fn store(&self) -> DecisionStore {
        DecisionStore::create_or_open(&self.db()).unwrap()
    }

    fn run_decided(&self) -> String {
        succeed(&mut self.run(&["--decisions", "decisions.db"]))
    }

    /// A decision about the cluster of a merchant, with the newest run on the screen.
    fn seen(&self, merchant: &str, chosen: Option<&[&str]>, verdict: Verdict) -> NewDecision {
        let members = self.rows("members");
        let place = members.iter().find(|row| row["merchant_id"] == merchant);
        let cluster_id = place.unwrap()["cluster_id"].clone();
        let clusters = self.rows("clusters");
        let cluster = clusters.iter().find(|row| row["cluster_id"] == cluster_id);
        let evidence = self.rows("evidence").into_iter();
        NewDecision {
            by: "ana".to_owned(),
            run_id: self.manifest()["run_id"].as_str().unwrap().to_owned(),
            members: self.cluster_of(merchant),
            chosen: chosen.map(|ids| ids.iter().map(|id| (*id).to_owned()).collect()),
            verdict,
            reason_code: "other".to_owned(),
            note: String::new(),
            screen: Screen {
                bits: cluster.unwrap()["bits"].parse().unwrap(),
                evidence: evidence
                    .filter(|row| row["cluster_id"] == cluster_id)
                    .map(|row| ScreenEvidence {
                        entity_type: row["entity_type"].clone(),
                        entity: row["entity"].clone(),
                    })
                    .collect(),
                ..Screen::default()
            },
            exceptions: Vec::new(),
            cluster_id,
        }
    }

    fn decide(&self, merchant: &str, chosen: Option<&[&str]>, verdict: Verdict) -> i64 {
        let new = self.seen(merchant, chosen, verdict);
        self.store().decide(&new, time("2025-07-01")).unwrap().id
    }

    fn action_of(&self, merchant: &str) -> (String, String) {
        let members = self.rows("members");
        let row = members
            .iter()
            .find(|row| row["merchant_id"] == merchant)
            .unwrap();
        let clusters = self.rows("clusters");
        let cluster = clusters
            .iter()
            .find(|cluster| cluster["cluster_id"] == row["cluster_id"])
            .unwrap();
        (cluster["action"].clone(), cluster["held_by"].clone())
    }

    /// A device and an account that all of them use.
    fn share(&self, value: &str, merchants: &[&str]) {
        let rows = |kind: &str| -> Vec<String> {
            let row = |merchant| format!("{merchant},{value}-{kind},,,");
            merchants.iter().map(row).collect()
        };
        let devices = rows("DEVICE").join("\n");
        let accounts = rows("ACCOUNT").join("\n");
        self.append_columns("devices.csv", &["merchant_id", "device_id"], &devices);
        self.append_columns("payouts.csv", &["merchant_id", "account"], &accounts);
    }

    /// Rows for a table, of which only the first two fields are given: by the names of its columns.
    fn append_columns(&self, name: &str, columns: &[&str; 2], rows: &str) {
        let text = std::fs::read_to_string(self.input(name)).unwrap();
        let header: Vec<&str> = text.lines().next().unwrap().split(',').collect();
        let mut added = String::new();
        for row in rows.lines() {
            let given: Vec<&str> = row.split(',').collect();
            let cells = header.iter().map(|column| {
                let at = columns.iter().position(|known| known == column);
                at.map_or("", |at| given[at])
            });
            added += &(cells.collect::<Vec<_>>().join(",") + "\n");
        }
        self.append(name, &added);
    }
}

/// Weights that leave the score to what is shared, so that a cap is seen to cap.
const UNMOVED: &str = "[score.points]\nlegit_label = 0.0\nrefuted = 0.0\n";

#[test]
fn a_refuted_ring_does_not_come_back_the_next_night() {
    let home = Home::tiny();
    succeed(&mut home.run(&[]));
    assert_eq!(home.cluster_of("M001"), RING);
    let before = home.score_of("M001");
    assert_ne!(home.action_of("M001").0, "monitor");
    home.decide("M001", None, Verdict::Honest);
    home.run_decided();
    assert!(home.score_of("M001") < before / 2.0);
    assert_eq!(home.action_of("M001").0, "monitor");
    let reasons = home.rows("reasons");
    let reason = reasons.iter().find(|row| row["code"] == "refuted").unwrap();
    assert_eq!(
        reason["detail"],
        "5 merchants were found honest as a group on 2025-07-01 by ana"
    );
    // Whatever the score says.
    let strategy = home.strategy(UNMOVED);
    let strategy = strategy.to_str().unwrap();
    let capped = ["--decisions", "decisions.db", "--strategy", strategy];
    succeed(&mut home.run(&capped));
    assert!((home.score_of("M001") - before).abs() < 1e-4);
    assert_eq!(
        home.action_of("M001"),
        ("monitor".to_owned(), "refuted".to_owned())
    );
    // Nor grown by one.
    home.share("GROWN", &["M001", "M002", "N001"]);
    succeed(&mut home.run(&capped));
    assert!(home.cluster_of("M001").contains(&"N001".to_owned()));
    assert_eq!(
        home.action_of("M001"),
        ("monitor".to_owned(), "refuted".to_owned())
    );
}

#[test]
fn a_refuted_ring_comes_back_with_materially_new_evidence() {
    let home = Home::tiny();
    succeed(&mut home.run(&[]));
    let before = home.score_of("M001");
    home.decide("M001", None, Verdict::Honest);
    for value in ["FIRST", "SECOND", "THIRD"] {
        home.share(value, &RING);
    }
    home.run_decided();
    assert!(!home.reasons_of("M001").contains("refuted"));
    assert!(!home.reasons_of("M001").contains("legit_label"));
    let after = home.score_of("M001");
    assert!(after > 0.9 * before, "{before} {after}");
    assert_ne!(home.action_of("M001").0, "monitor");
    let members = home.rows("members");
    let ring = members
        .iter()
        .filter(|row| RING.contains(&row["merchant_id"].as_str()));
    assert!(ring.clone().count() == 5, "{ring:?}");
    for row in ring {
        assert_ne!(
            row["action"], "enforce",
            "a person decides about who was found honest"
        );
    }
}

#[test]
fn a_refuted_ring_comes_back_when_a_member_turns_out_a_fraud() {
    let home = Home::tiny();
    succeed(&mut home.run(&[]));
    home.decide("M001", None, Verdict::Honest);
    home.write(
        "labels.csv",
        "merchant_id,label,decided_at\nM003,fraud,2025-07-02\n",
    );
    home.run_decided();
    let reasons = home.reasons_of("M001");
    assert!(
        !reasons.contains("refuted") && reasons.contains("fraud_label"),
        "{reasons:?}"
    );
}

#[test]
fn members_found_honest_out_of_a_confirmed_ring_stay_apart() {
    let home = Home::tiny();
    succeed(&mut home.run(&[]));
    home.decide("M001", None, Verdict::Confirm);
    home.run_decided();
    assert_eq!(
        home.cluster_of("M001"),
        RING,
        "as long as nobody says otherwise"
    );
    home.decide("M001", Some(&["M002"]), Verdict::Honest);
    home.run_decided();
    let ring = home.cluster_of("M001");
    assert!(
        ring.len() > 1 && !ring.contains(&"M002".to_owned()),
        "{ring:?}"
    );
    let honest = home.cluster_of("M002");
    assert!(
        RING.iter()
            .all(|id| *id == "M002" || !honest.contains(&(*id).to_owned())),
        "{honest:?}"
    );
}

#[test]
fn a_confirmed_ring_raises_whoever_shares_with_it() {
    let home = Home::tiny();
    succeed(&mut home.run(&[]));
    home.decide("M001", None, Verdict::Confirm);
    home.append_columns(
        "devices.csv",
        &["merchant_id", "device_id"],
        "N001,7C1F9A20-D3E84B56\n",
    );
    succeed(&mut home.run(&[]));
    let alone = home.score_of("N001");
    home.run_decided();
    let decided = home.score_of("N001");
    assert!(decided > 0.95 && decided > alone, "{alone} {decided}");
    let feed = home.rows("feed");
    let row = feed
        .iter()
        .find(|row| row["merchant_id"] == "N001")
        .unwrap();
    assert_eq!(row["cluster_rank"], "1");
    assert!(home.reasons_of("N001").contains("fraud_label"));
}

#[test]
fn an_exception_holds_until_its_day() {
    let home = Home::tiny();
    succeed(&mut home.run(&[]));
    let mut honest = home.seen("M001", Some(&["M005"]), Verdict::Honest);
    let exception = |kind: &str, value: &str, end: &str| Exception {
        kind: kind.to_owned(),
        value: value.to_owned(),
        reason: "seen".to_owned(),
        expires_at: time(end),
    };
    honest.exceptions = vec![
        exception("device", "7C1F9A20-D3E84B56", "2025-08-01"),
        exception("merchant", "M001", "2025-07-15"),
        exception("fax", "1", "2025-08-01"),
    ];
    home.store().decide(&honest, time("2025-07-01")).unwrap();
    home.run_decided();
    let is_evidence = || {
        let evidence = home.rows("evidence");
        let mut uses = evidence
            .iter()
            .filter(|row| row["entity"] == "7c1f9a20d3e84b56");
        uses.any(|row| row["bits"] != "0.00")
    };
    assert!(!is_evidence());
    let manifest = home.manifest();
    assert_eq!(manifest["counts"]["decided_exceptions"], 3);
    let findings = manifest["findings"].to_string();
    assert!(findings.contains("unknown_exception_kinds"), "{findings}");
    succeed(&mut home.run(&["--decisions", "decisions.db", "--as-of", "2025-08-02"]));
    assert!(is_evidence());
    assert_eq!(home.manifest()["counts"]["decided_exceptions"], 0);
}

/// What the page shows and stores as an exception is what the next run leaves out.
#[test]
fn any_shared_value_is_excepted_by_its_key() {
    let home = Home::tiny();
    succeed(&mut home.run(&[]));
    let mut honest = home.seen("M001", Some(&["M005"]), Verdict::Honest);
    let evidence = home.rows("evidence");
    let telling = evidence.iter().filter(|row| row["bits"] != "0.00");
    honest.exceptions = telling
        .map(|row| Exception {
            kind: row["entity_type"].clone(),
            value: row["entity"].clone(),
            reason: String::new(),
            expires_at: time("2025-08-01"),
        })
        .collect();
    assert!(honest.exceptions.len() > 5);
    home.store().decide(&honest, time("2025-07-01")).unwrap();
    home.run_decided();
    let left: Vec<_> = home
        .rows("evidence")
        .into_iter()
        .filter(|row| row["bits"] != "0.00")
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn what_holds_is_an_input_of_the_run() {
    let home = Home::tiny();
    home.store();
    assert!(home.run_decided().contains("\npublished run="));
    assert!(home.run_decided().contains("\nunchanged run="));
    let id = home.decide("M001", None, Verdict::Confirm);
    assert!(home.run_decided().contains("\npublished run="));
    let manifest = home.manifest();
    let inputs = manifest["inputs"].as_array().unwrap();
    let input = inputs
        .iter()
        .find(|input| input["table"] == "decisions")
        .unwrap();
    assert_eq!(input["path"], "decisions");
    assert_eq!(input["rows"], 5);
    assert_eq!(input["blake3"].as_str().unwrap().len(), 64);
    // A decision that changes nothing of what holds changes no run.
    let unsure = home.decide("M015", None, Verdict::Unsure);
    assert!(home.run_decided().contains("\nunchanged run="));
    home.store()
        .undo(unsure, "ana", time("2025-07-02"))
        .unwrap();
    assert!(home.run_decided().contains("\nunchanged run="));
    home.store().undo(id, "ana", time("2025-07-02")).unwrap();
    assert!(home.run_decided().contains("\npublished run="));
    assert!(!home.reasons_of("M001").contains("fraud_label"));
}

#[test]
fn the_same_decisions_give_the_same_bytes_on_any_number_of_threads() {
    let home = Home::tiny();
    succeed(&mut home.run(&[]));
    home.decide("M001", None, Verdict::Confirm);
    home.decide("M001", Some(&["M002"]), Verdict::Honest);
    home.decide("M015", None, Verdict::Honest);
    let with = |threads: &str, runs: &str| {
        let mut command = ringfence(home.path());
        command.args(["run", "--data", "data", "--decisions", "decisions.db"]);
        command.args(["--threads", threads, "--out", runs]);
        succeed(&mut command);
        tables(&home.path().join(runs).join("latest"))
    };
    let one = with("1", "one");
    assert_eq!(one, with("8", "eight"));
    assert!(!one.is_empty());
}

#[test]
fn a_run_over_the_past_does_not_know_what_was_decided_later() {
    let home = Home::tiny();
    succeed(&mut home.run(&[]));
    home.decide("M001", None, Verdict::Confirm);
    let past = ["--decisions", "decisions.db", "--as-of", "2025-06-30"];
    succeed(&mut home.run(&past));
    assert_eq!(home.manifest()["counts"]["decided_labels"], 0);
    succeed(&mut home.run(&["--decisions", "decisions.db", "--as-of", "2025-07-01"]));
    assert_eq!(home.manifest()["counts"]["decided_labels"], 5);
}

#[test]
fn a_time_of_day_means_the_whole_day_for_tables_and_decisions_alike() {
    let home = Home::tiny();
    succeed(&mut home.run(&[]));
    let new = home.seen("M001", None, Verdict::Confirm);
    let noon = time("2025-07-01T12:00:00Z");
    home.store().decide(&new, noon).unwrap();
    let late = "M019,ab34cd56ef780912,2025-07-01T13:00:00Z,,1\n";
    home.append("devices.csv", late);
    let mut counts = Vec::new();
    for as_of in ["2025-07-01T08:00:00Z", "2025-07-01"] {
        let arguments = ["--decisions", "decisions.db", "--force", "--as-of", as_of];
        succeed(&mut home.run(&arguments));
        let manifest = home.manifest();
        assert_eq!(manifest["counts"]["decided_labels"], 5, "{as_of}");
        assert_eq!(manifest["counts"]["not_yet_known_rows"], 0, "{as_of}");
        counts.push(manifest["run_id"].clone());
    }
    assert_eq!(counts[0], counts[1], "one day, one run");
}

#[test]
fn a_record_that_is_not_there_stops_the_run() {
    let home = Home::tiny();
    let (code, _, stderr) = output(&mut home.run(&["--decisions", "nowhere.db"]));
    assert_eq!(code, Some(2));
    assert!(
        stderr.contains("no record of decisions at nowhere.db"),
        "{stderr}"
    );
    home.write("other.db", "x".repeat(5_000));
    let (code, _, stderr) = output(&mut home.run(&["--decisions", "data/other.db"]));
    assert_eq!(code, Some(2), "{stderr}");
    assert!(home.published().0.is_empty());
}

#[test]
fn what_is_exported_does_what_the_record_does() {
    let home = Home::tiny();
    succeed(&mut home.run(&[]));
    home.decide("M001", None, Verdict::Confirm);
    let mut export = ringfence(home.path());
    export.args([
        "decisions",
        "export",
        "--db",
        "decisions.db",
        "--out",
        "data",
    ]);
    succeed(&mut export);
    succeed(&mut home.run(&[]));
    let exported = home.score_of("M001");
    std::fs::remove_file(home.input("labels.csv")).unwrap();
    std::fs::remove_file(home.input("allowlist.csv")).unwrap();
    home.run_decided();
    assert!((home.score_of("M001") - exported).abs() < 1e-9);
    let mut list = ringfence(home.path());
    let people = succeed(list.args(["decisions", "export", "--db", "decisions.db"]));
    assert!(
        people.starts_with("id,decided_at,decided_by,verdict,") && people.contains("M001;M002")
    );
}

#[test]
fn tokens_are_told_once_listed_and_revoked() {
    let home = Home::empty();
    let token = |arguments: &[&str]| {
        let mut command = ringfence(home.path());
        command.arg("token").args(arguments).args(["--db", "d.db"]);
        output(&mut command)
    };
    let (code, text, _) = token(&[
        "add",
        "--role",
        "viewer",
        "--user",
        "ana",
        "--expires",
        "2999-01-01",
    ]);
    assert_eq!(code, Some(0));
    assert!(
        text.starts_with("ringfence_") && text.trim().len() == 74,
        "{text}"
    );
    let (_, list, _) = token(&["list", "--format", "json"]);
    assert!(
        list.contains("\"user\": \"ana\"") && !list.contains(text.trim()),
        "{list}"
    );
    assert_eq!(token(&["revoke", "1"]).0, Some(0));
    assert_eq!(token(&["revoke", "1"]).0, Some(2), "twice");
    assert_eq!(token(&["revoke", "9"]).0, Some(2), "none such");
    assert_eq!(
        token(&["add", "--role", "king", "--user", "ana"]).0,
        Some(2)
    );
    assert_eq!(
        token(&[
            "add",
            "--role",
            "admin",
            "--user",
            "a",
            "--expires",
            "2001-01-01"
        ])
        .0,
        Some(2)
    );
    let (_, list, _) = token(&["list", "--format", "csv"]);
    assert_eq!(list.lines().count(), 2, "{list}");
}

/// A process that may write no byte to a file stands for a full disk.
#[cfg(unix)]
#[test]
fn a_record_that_could_not_be_made_leaves_nothing_that_bars_the_next_attempt() {
    let home = Home::empty();
    let add = [
        "token", "add", "--role", "admin", "--user", "a", "--db", "d.db",
    ];
    let mut full = std::process::Command::new("sh");
    full.current_dir(home.path())
        .args(["-c", "trap '' XFSZ; ulimit -f 0; exec \"$@\"", "sh"])
        .arg(env!("CARGO_BIN_EXE_ringfence"))
        .args(add);
    let (code, _, stderr) = output(&mut full);
    assert_ne!(code, Some(0), "{stderr}");
    let left = std::fs::read_dir(home.path()).unwrap().count();
    assert_eq!(left, 1, "the folder of the data alone: {stderr}");
    succeed(ringfence(home.path()).args(add));
}
