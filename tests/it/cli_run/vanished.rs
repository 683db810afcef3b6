//! What the previous run's input had and this one's lacks is a finding, once.

use serde_json::Value;

use super::{Home, manifest};
use crate::command::{output, succeed};

/// The findings about what is gone: code, count, sentence.
fn vanished(manifest: &Value) -> Vec<(String, u64, String)> {
    let findings = manifest["findings"].as_array().unwrap().iter();
    findings
        .filter(|finding| finding["code"].as_str().unwrap().starts_with("vanished_"))
        .map(|finding| {
            assert_eq!(finding["severity"], "warn");
            (
                finding["code"].as_str().unwrap().to_owned(),
                finding["count"].as_u64().unwrap(),
                finding["sentence"].as_str().unwrap().to_owned(),
            )
        })
        .collect()
}

fn found(code: &str, count: u64, what: &str, names: &str) -> (String, u64, String) {
    let sentence =
        format!("{count} {what} that the previous run read are not in the input any more: {names}");
    (code.to_owned(), count, sentence)
}

/// Takes a column out of a table, header and cells: no cell of `data/tiny` holds a comma.
fn without_column(text: &str, column: &str) -> String {
    let mut lines = text.lines();
    let header: Vec<&str> = lines.next().unwrap().split(',').collect();
    let at = header.iter().position(|name| *name == column).unwrap();
    let cut = |line: &str| {
        let mut cells: Vec<&str> = line.split(',').collect();
        cells.remove(at);
        cells.join(",") + "\n"
    };
    text.lines().map(cut).collect()
}

fn drop_column(home: &Home, file: &str, column: &str) {
    let text = std::fs::read_to_string(home.input(file)).unwrap();
    home.write(file, without_column(&text, column));
}

#[test]
fn an_optional_column_that_is_gone_is_told_once() {
    let home = Home::tiny();
    succeed(&mut home.run(&[]));
    assert_eq!(vanished(&home.manifest()), []);
    drop_column(&home, "devices.csv", "last_seen");
    drop_column(&home, "merchants.csv", "registered_at");
    drop_column(&home, "merchants.csv", "refund_rate");
    let (code, _, stderr) = output(&mut home.run(&[]));
    assert_eq!(code, Some(0), "{stderr}");
    let names = "merchants.refund_rate, merchants.registered_at, devices.last_seen";
    let told = found("vanished_columns", 3, "columns", names);
    assert_eq!(vanished(&home.manifest()), std::slice::from_ref(&told));
    assert!(
        stderr.contains(&told.2) && stderr.contains("WARN"),
        "{stderr}"
    );
    succeed(&mut home.run(&["--as-of", "2025-07-01"]));
    assert_eq!(vanished(&home.manifest()), []);
}

#[test]
fn a_column_that_nobody_asks_for_any_more_is_not_missed() {
    let home = Home::tiny();
    succeed(&mut home.run(&[]));
    drop_column(&home, "merchants.csv", "refund_rate");
    home.strategy("[input]\nrisk_signals = [\"complaint_rate\"]\n");
    succeed(&mut home.run(&["--strategy", "strategy.toml"]));
    assert_eq!(vanished(&home.manifest()), []);
}

#[test]
fn a_column_that_some_parts_of_a_table_lost_is_told() {
    let home = Home::tiny();
    let devices = std::fs::read_to_string(home.input("devices.csv")).unwrap();
    std::fs::remove_file(home.input("devices.csv")).unwrap();
    std::fs::create_dir(home.input("devices")).unwrap();
    let header = devices.lines().next().unwrap();
    let (head, tail) = devices.split_at(devices.lines().take(9).map(|line| line.len() + 1).sum());
    home.write("devices/one.csv", head);
    home.write("devices/two.csv", format!("{header}\n{tail}"));
    succeed(&mut home.run(&[]));
    let columns = |run: &Value, path: &str| -> Vec<String> {
        let mut inputs = run["inputs"].as_array().unwrap().iter();
        let input = inputs.find(|input| input["path"] == path).unwrap();
        let names = input["columns"].as_array().unwrap().iter();
        names
            .map(|name| name.as_str().unwrap().to_owned())
            .collect()
    };
    let all = [
        "merchant_id",
        "first_seen",
        "last_seen",
        "events",
        "device_id",
    ];
    assert_eq!(columns(&home.manifest(), "devices/one.csv"), all);
    drop_column(&home, "devices/one.csv", "events");
    succeed(&mut home.run(&[]));
    let part = found(
        "vanished_columns",
        1,
        "columns",
        "devices.events (in some files)",
    );
    assert_eq!(vanished(&home.manifest()), [part]);
    assert_eq!(columns(&home.manifest(), "devices/two.csv"), all);
    drop_column(&home, "devices/two.csv", "events");
    succeed(&mut home.run(&[]));
    let whole = found("vanished_columns", 1, "columns", "devices.events");
    assert_eq!(vanished(&home.manifest()), [whole]);
}

#[test]
fn a_table_that_is_gone_is_told_and_so_is_the_record_of_decisions() {
    let home = Home::tiny();
    home.write("labels.csv", "merchant_id,label\nM015,legit\n");
    home.write("allowlist.csv", "kind,value\nmerchant,M002\n");
    ringfence::decisions::DecisionStore::create_or_open(&home.path().join("decisions.db")).unwrap();
    succeed(&mut home.run(&["--decisions", "decisions.db"]));
    for table in ["labels.csv", "allowlist.csv", "relations.csv"] {
        std::fs::remove_file(home.input(table)).unwrap();
    }
    succeed(&mut home.run(&[]));
    let names = "relations, labels, allowlist, the record of decisions (--decisions)";
    let told = found("vanished_tables", 4, "tables", names);
    assert_eq!(vanished(&home.manifest()), [told]);
}

#[test]
fn a_run_of_a_version_that_noted_no_columns_is_no_reproach() {
    let home = Home::tiny();
    succeed(&mut home.run(&[]));
    let path = home.latest().join("manifest.json");
    let mut old = manifest(&home.latest());
    for input in old["inputs"].as_array_mut().unwrap() {
        input.as_object_mut().unwrap().remove("columns").unwrap();
    }
    std::fs::write(path, old.to_string()).unwrap();
    drop_column(&home, "devices.csv", "last_seen");
    succeed(&mut home.run(&[]));
    assert_eq!(vanished(&home.manifest()), []);
}
