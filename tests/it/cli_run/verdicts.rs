//! What people have decided already: labels and the allowlist.

use super::Home;
use crate::command::{output, succeed};

#[test]
fn labels_are_counted_and_move_the_score() {
    let home = Home::tiny();
    succeed(&mut home.run(&[]));
    let (ring, family) = (home.score_of("M001"), home.score_of("M015"));
    home.write(
        "labels.csv",
        "merchant_id,label,decided_at,source,note\n\
         M015,fraud,2025-02-01,team,x\nM016,fraud,,,\n\
         M001,legit,2025-02-01,,\nM002,legit,,,\nM003,fraud,2025-01-01,,\nM003,legit,2025-02-01,,\n",
    );
    succeed(&mut home.run(&[]));
    assert!(home.score_of("M015") >= family, "two of two are fraud");
    assert!(home.score_of("M001") <= ring, "three of five are honest");
    let reasons = home.rows("reasons");
    let points = |code: &str| -> f64 {
        let row = reasons.iter().find(|row| row["code"] == code).unwrap();
        row["points"].parse().unwrap()
    };
    assert!(points("fraud_label") > 0.0 && points("legit_label") < 0.0);
    let clusters = home.rows("clusters");
    let labels = |merchant: &str| {
        let feed = home.rows("feed");
        let row = feed
            .iter()
            .find(|row| row["merchant_id"] == merchant)
            .unwrap();
        let cluster = clusters
            .iter()
            .find(|cluster| cluster["cluster_id"] == row["cluster_id"])
            .unwrap();
        [
            cluster["fraud_labels"].clone(),
            cluster["legit_labels"].clone(),
        ]
    };
    assert_eq!(labels("M015"), ["2", "0"]);
    assert_eq!(labels("M001"), ["0", "3"]);
    assert!(home.reasons_of("M015").contains("fraud_label"));
    assert!(home.reasons_of("M001").contains("legit_label"));
    let members = home.rows("members");
    let action = |id: &str| {
        let row = members.iter().find(|row| row["merchant_id"] == id).unwrap();
        row["action"].clone()
    };
    assert!(
        ["M001", "M002", "M003"]
            .iter()
            .all(|id| action(id) != "enforce")
    );
}

#[test]
fn a_label_that_is_neither_is_rejected() {
    let home = Home::tiny();
    home.write("labels.csv", "merchant_id,label\nM015,crook\nM016,fraud\n");
    succeed(&mut home.run(&[]));
    let rejects = home.rows("rejects");
    let reject = rejects
        .iter()
        .find(|row| row["file"] == "labels.csv")
        .unwrap();
    assert_eq!(
        (reject["line"].as_str(), reject["raw"].as_str()),
        ("2", "M015,crook")
    );
    assert!(reject["reason"].contains("label"), "{reject:?}");
}

#[test]
fn an_allowed_merchant_is_only_watched() {
    let home = Home::tiny();
    home.write(
        "allowlist.csv",
        "kind,value,reason\nmerchant,M002,verified by hand\n",
    );
    succeed(&mut home.run(&[]));
    let members = home.rows("members");
    let row = members
        .iter()
        .find(|row| row["merchant_id"] == "M002")
        .unwrap();
    assert_eq!(
        (row["action"].as_str(), row["held_by"].as_str()),
        ("monitor", "allowlisted")
    );
    let feed = home.rows("feed");
    let row = feed
        .iter()
        .find(|row| row["merchant_id"] == "M002")
        .unwrap();
    assert_eq!(row["action"], "monitor");
    assert!(home.reasons_of("M002").contains("allowlisted"));
}

#[test]
fn exceptions_that_match_nothing_are_told_of_without_their_values() {
    let home = Home::tiny();
    let merchants = "merchant,M002\nmerchant,nobody-here\nmerchant,nor-here\n";
    home.write(
        "allowlist.csv",
        format!("kind,value\n{merchants}device,no-such-device\n"),
    );
    let (code, _, stderr) = output(&mut home.run(&[]));
    assert_eq!(code, Some(0), "{stderr}");
    let manifest = home.manifest();
    let findings = manifest["findings"].as_array().unwrap();
    let finding = findings
        .iter()
        .find(|finding| finding["code"] == "idle_exceptions");
    let finding = finding.unwrap();
    assert_eq!(finding["count"], 3);
    let sentence = finding["sentence"].as_str().unwrap();
    assert!(
        sentence.contains("2 of the kind merchant, 1 of the kind device"),
        "{sentence}"
    );
    for value in ["nobody-here", "no-such-device"] {
        assert!(!stderr.contains(value) && !manifest.to_string().contains(value));
    }
}

#[test]
fn an_allowed_owner_speaks_for_all_its_shops() {
    let home = Home::tiny();
    home.write("allowlist.csv", "kind,value\nowner,O-KOPI\n");
    succeed(&mut home.run(&[]));
    let members = home.rows("members");
    let held = members.iter().filter(|row| row["owner_id"] == "O-KOPI");
    assert!(held.clone().count() > 0);
    assert!(held.clone().all(|row| row["action"] == "monitor"));
    assert!(home.reasons_of("M006").contains("allowlisted"));
}

#[test]
fn an_allowed_value_is_no_evidence_however_it_is_spelled() {
    let home = Home::tiny();
    home.write(
        "allowlist.csv",
        "kind,value,reason,expires_at\n\
         device,7C1F9A20-D3E84B56,repair shop,\n\
         device,E05B6D1144AA9C37,repair shop,\n\
         payout,sg41 bnka 0039 1187 2204,clearing account,\n\
         address,57 Geylang Avenue 2 #03-15,office,\n",
    );
    succeed(&mut home.run(&[]));
    let evidence = home.rows("evidence");
    for key in [
        "7c1f9a20d3e84b56",
        "e05b6d1144aa9c37",
        "sg41bnka003911872204",
    ] {
        let rows = evidence.iter().filter(|row| row["entity"] == key);
        for row in rows {
            assert_eq!(
                (row["bits"].as_str(), row["hub_class"].as_str()),
                ("0.00", "allowed")
            );
        }
    }
    assert_ne!(
        home.cluster_of("M001"),
        ["M001", "M002", "M003", "M004", "M005"]
    );
    let links = home.rows("links");
    assert!(
        links.iter().any(|row| row["entity"] == "7c1f9a20d3e84b56"),
        "it is still shown"
    );
    // Fewer merchants than a hub's, and in no evidence: the list says why.
    let hubs = home.rows("hubs");
    let allowed = hubs.iter().find(|row| row["entity"] == "7c1f9a20d3e84b56");
    assert_eq!(allowed.unwrap()["hub_class"], "allowed");
}

#[test]
fn an_exception_ends_on_its_day() {
    let home = Home::tiny();
    home.write(
        "allowlist.csv",
        "kind,value,reason,expires_at\nmerchant,M002,x,2025-06-29\nmerchant,M004,x,2025-06-30\n",
    );
    succeed(&mut home.run(&[]));
    let members = home.rows("members");
    let held_by = |id: &str| {
        let row = members.iter().find(|row| row["merchant_id"] == id).unwrap();
        row["held_by"].clone()
    };
    assert_eq!(held_by("M002"), "");
    assert_eq!(held_by("M004"), "allowlisted");
}

#[test]
fn an_exception_of_an_unknown_kind_is_rejected() {
    let home = Home::tiny();
    home.write(
        "allowlist.csv",
        "kind,value\nshop,M002\nmerchant,\nmerchant,M004\n",
    );
    succeed(&mut home.run(&[]));
    let rejects = home.rows("rejects");
    let lines: Vec<_> = rejects
        .iter()
        .filter(|row| row["file"] == "allowlist.csv")
        .collect();
    assert_eq!(lines.len(), 2);
    assert!(
        lines[0]["reason"].contains("merchant"),
        "the kinds are listed: {:?}",
        lines[0]
    );
}

#[test]
fn a_verdict_does_not_move_the_day_of_the_run() {
    let home = Home::tiny();
    home.write(
        "labels.csv",
        "merchant_id,label,decided_at\nM019,legit,2026-02-03\n",
    );
    succeed(&mut home.run(&[]));
    assert_eq!(home.manifest()["as_of"], "2025-06-30");
    let unknown = |home: &Home| home.manifest()["counts"]["not_yet_known_rows"].clone();
    assert_eq!(unknown(&home), 0, "and it counts all the same");
    succeed(&mut home.run(&["--as-of", "2025-06-30"]));
    assert_eq!(unknown(&home), 1);
}
