//! No account, device, address, name or phone in any log line, at any level.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use crate::command::{data, output, ringfence};

/// Every value of the fixture that may be personal.
fn personal_values() -> Vec<String> {
    let mut values = Vec::new();
    for (table, columns) in [
        ("merchants", &["name", "owner_id"][..]),
        ("devices", &["device_id"]),
        ("payouts", &["account"]),
        ("addresses", &["address"]),
    ] {
        let path = data("tiny").join(format!("{table}.csv"));
        let mut reader = csv::ReaderBuilder::new()
            .flexible(true)
            .from_path(path)
            .unwrap();
        let header = reader.headers().unwrap().clone();
        for record in reader.records().map(Result::unwrap) {
            for (name, value) in header.iter().zip(record.iter()) {
                // Words shorter than this stand in ordinary sentences.
                if columns.contains(&name) && value.len() >= 5 {
                    values.push(value.to_lowercase());
                }
            }
        }
    }
    assert!(values.len() > 40);
    values
}

#[test]
fn logs_hold_no_personal_value_at_any_level() {
    let home = tempfile::tempdir().unwrap();
    for format in ["text", "json"] {
        let mut command = ringfence(home.path());
        command
            .arg("-vvv")
            .arg("run")
            .arg("--data")
            .arg(data("tiny"));
        command.args(["--out", format, "--log-format", format]);
        let (code, _, log) = output(&mut command);
        assert_eq!(code, Some(0), "{log}");
        assert!(log.contains("ingest"), "the log tells the stages: {log}");
        let log = log.to_lowercase();
        for value in personal_values() {
            assert!(!log.contains(&value), "{value} is in the {format} log");
        }
    }
}

#[test]
fn errors_hold_no_personal_value() {
    let home = tempfile::tempdir().unwrap();
    let bad = home.path().join("bad");
    std::fs::create_dir(&bad).unwrap();
    std::fs::write(
        bad.join("merchants.csv"),
        "merchant_id,registered_at\nM1,SECRETVALUE\n",
    )
    .unwrap();
    std::fs::write(bad.join("payouts.csv"), "merchant_id,account\nM1,\n").unwrap();
    let mut command = ringfence(home.path());
    command.args(["-vvv", "run", "--data", "bad", "--out", "runs"]);
    let (code, stdout, stderr) = output(&mut command);
    assert_eq!(code, Some(2), "{stderr}");
    assert!(
        stderr.contains("merchants.csv") && stderr.contains("registered_at"),
        "{stderr}"
    );
    assert!(!stderr.contains("SECRETVALUE") && !stdout.contains("SECRETVALUE"));
}
