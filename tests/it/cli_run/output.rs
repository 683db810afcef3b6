//! The run directory as the contract describes it, and its files against each other.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use parquet::file::reader::{FileReader, SerializedFileReader};

use super::{Home, Rows, rows};
use crate::command::{data, ringfence, succeed};

/// File and columns, in the contract's order.
const CONTRACT: [(&str, &str); 6] = [
    (
        "clusters",
        "rank,cluster_id,score,action,size,entities,bits,exposure,fraud_labels,legit_labels,first_formed,reasons",
    ),
    (
        "members",
        "cluster_id,merchant_id,membership,role,action,links,bits",
    ),
    (
        "evidence",
        "cluster_id,entity_type,entity,members,merchants,bits,first_seen,last_seen",
    ),
    (
        "feed",
        "merchant_id,cluster_id,cluster_score,cluster_rank,cluster_size,membership,action,run_id",
    ),
    ("lineage", "cluster_id,previous_cluster_id,event,overlap"),
    ("rejects", "file,line,reason,raw"),
];

#[test]
fn exposure_is_the_sum_of_what_the_members_turned_over() {
    let home = Home::with(&[
        (
            "merchants.csv",
            "merchant_id,gmv_30d\nA,100.50\nB,-1000\nC,\nD,7\n",
        ),
        (
            "devices.csv",
            "merchant_id,device_id\nA,x1y2\nB,x1y2\nC,x1y2\n",
        ),
    ]);
    succeed(&mut home.run(&[]));
    assert_eq!(home.rows("clusters")[0]["exposure"], "-899.50");
    let members = home.rows("members");
    let gmv: Vec<_> = members.iter().map(|row| row["gmv_30d"].as_str()).collect();
    assert_eq!(gmv, ["100.50", "-1000.00", "0.00"]);
    let told = succeed(ringfence(home.path()).args(["top", "--format", "csv"]));
    assert!(told.contains(",-899.50,"), "{told}");
}

#[test]
fn files_and_columns_are_those_of_the_contract() {
    let home = Home::tiny();
    succeed(&mut home.run(&[]));
    for (table, columns) in CONTRACT {
        let text = fs::read_to_string(home.latest().join(format!("{table}.csv"))).unwrap();
        let header = text.lines().next().unwrap();
        assert!(
            header == columns || header.starts_with(&format!("{columns},")),
            "{header}"
        );
    }
    let link = fs::read_link(home.latest()).unwrap();
    let manifest = home.manifest();
    assert_eq!(
        link.to_str(),
        manifest["run_id"].as_str(),
        "the link is relative"
    );
    for key in [
        "run_id",
        "status",
        "tool_version",
        "strategy_hash",
        "as_of",
        "inputs",
        "counts",
        "stages",
        "peak_memory_bytes",
        "findings",
        "previous_run_id",
    ] {
        assert!(manifest.get(key).is_some(), "{key}");
    }
    assert_eq!(manifest["status"], "published");
    assert_eq!(manifest["strategy_hash"].as_str().unwrap().len(), 64);
    let run_id = manifest["run_id"].as_str().unwrap();
    let (date, hash) = run_id.split_at(11);
    assert_eq!(date, "2025-06-30-");
    assert!(hash.len() == 12 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()));
    let page = fs::read_to_string(home.latest().join("report.html")).unwrap();
    assert!(
        !page.contains("src=\"http") && !page.contains("href=\"http"),
        "self-contained"
    );
    let (names, _) = home.published();
    assert_eq!(names.len(), 2, "the run and latest: {names:?}");
}

fn by<'a>(rows: &'a Rows, column: &str) -> BTreeMap<&'a str, Vec<&'a BTreeMap<String, String>>> {
    let mut groups: BTreeMap<&str, Vec<_>> = BTreeMap::new();
    for row in rows {
        groups.entry(&row[column]).or_default().push(row);
    }
    groups
}

fn number(row: &BTreeMap<String, String>, column: &str) -> f64 {
    let number: f64 = row[column].parse().unwrap();
    assert!(number.is_finite());
    number
}

fn market(home: &Path) -> std::path::PathBuf {
    let mut command = ringfence(home);
    command.args(["run", "--out", "runs", "--parquet", "--data"]);
    succeed(command.arg(data("market")));
    home.join("runs/latest")
}

#[test]
fn the_files_of_a_run_agree_with_each_other_and_with_their_parquet() {
    let home = tempfile::tempdir().unwrap();
    let run = market(home.path());
    let [clusters, members, evidence, feed] =
        ["clusters", "members", "evidence", "feed"].map(|table| rows(&run, table));
    check_clusters(&clusters, &members, &evidence);
    check_feed(&clusters, &members, &feed, &run);
    for (table, rows) in [
        ("clusters", &clusters),
        ("members", &members),
        ("evidence", &evidence),
        ("feed", &feed),
    ] {
        check_parquet(&run, table, rows);
    }
}

fn check_clusters(clusters: &Rows, members: &Rows, evidence: &Rows) {
    assert!(clusters.len() > 20);
    let (members, evidence) = (by(members, "cluster_id"), by(evidence, "cluster_id"));
    let mut last = f64::INFINITY;
    for (at, cluster) in clusters.iter().enumerate() {
        assert_eq!(cluster["rank"], (at + 1).to_string());
        let score = number(cluster, "score");
        assert!((0.0..=1.0).contains(&score) && score <= last, "best first");
        last = score;
        let id = cluster["cluster_id"].as_str();
        let mine = &members[id];
        assert_eq!(cluster["size"], mine.len().to_string());
        assert!(mine.len() >= 2);
        let shared = evidence.get(id).map_or(0, Vec::len);
        assert_eq!(cluster["entities"], shared.to_string());
        let exposure: f64 = mine.iter().map(|row| number(row, "gmv_30d")).sum();
        assert!((number(cluster, "exposure") - exposure).abs() < 0.001);
        let points: f64 = cluster["reasons"]
            .split(';')
            .map(|reason| reason.rsplit_once(':').unwrap().1.parse::<f64>().unwrap())
            .sum();
        let expected = 1.0 / (1.0 + (-(number(cluster, "prior") + points)).exp());
        assert!(
            (score - expected).abs() < 0.0051,
            "{id}: {score} {expected}"
        );
        let severity = |row: &BTreeMap<String, String>| {
            let words = ["monitor", "review", "enforce"];
            words
                .iter()
                .position(|word| *word == row["action"])
                .unwrap()
        };
        assert!(
            mine.iter().all(|row| severity(row) <= severity(cluster)),
            "{id}"
        );
    }
    for row in evidence.values().flatten() {
        let (inside, all) = (number(row, "members"), number(row, "merchants"));
        assert!(inside >= 2.0 && inside <= all, "{row:?}");
        assert!(row["first_seen"] <= row["last_seen"], "{row:?}");
    }
}

fn check_feed(clusters: &Rows, members: &Rows, feed: &Rows, run: &Path) {
    let ids: Vec<_> = feed.iter().map(|row| row["merchant_id"].as_str()).collect();
    assert!(
        ids.is_sorted_by(|a, b| a < b),
        "sorted, and each merchant once"
    );
    assert_eq!(feed.len(), members.len());
    let clusters = by(clusters, "cluster_id");
    let members = by(members, "merchant_id");
    let run_id = super::manifest(run)["run_id"].as_str().unwrap().to_owned();
    for row in feed {
        let cluster = clusters[row["cluster_id"].as_str()][0];
        let member = members[row["merchant_id"].as_str()][0];
        assert_eq!(row["cluster_id"], member["cluster_id"]);
        assert_eq!(row["cluster_score"], cluster["score"]);
        assert_eq!(row["cluster_rank"], cluster["rank"]);
        assert_eq!(row["cluster_size"], cluster["size"]);
        assert_eq!(
            (&row["membership"], &row["action"]),
            (&member["membership"], &member["action"])
        );
        assert_eq!(row["run_id"], run_id);
    }
}

/// Same columns, same values: numbers as numbers, nulls for what is empty.
fn check_parquet(run: &Path, table: &str, rows: &Rows) {
    use parquet::record::Field;
    let file = fs::File::open(run.join(format!("{table}.parquet"))).unwrap();
    let reader = SerializedFileReader::new(file).unwrap();
    let header = fs::read_to_string(run.join(format!("{table}.csv"))).unwrap();
    let header: Vec<_> = header.lines().next().unwrap().split(',').collect();
    let mut n_rows = 0;
    for (record, row) in reader.get_row_iter(None).unwrap().zip(rows) {
        n_rows += 1;
        let record = record.unwrap();
        let names: Vec<_> = record
            .get_column_iter()
            .map(|(name, _)| name.as_str())
            .collect();
        assert_eq!(names, header, "{table}");
        for (name, field) in record.get_column_iter() {
            let cell = row[name].as_str();
            let is_same = match field {
                Field::Null => cell.is_empty(),
                Field::Str(text) => text == cell,
                Field::Double(number) => (number - cell.parse::<f64>().unwrap()).abs() < 1e-9,
                Field::Long(number) => number.to_string() == cell,
                Field::Int(number) => number.to_string() == cell,
                Field::UInt(number) => number.to_string() == cell,
                Field::ULong(number) => number.to_string() == cell,
                Field::TimestampMillis(_) | Field::TimestampMicros(_) | Field::Date(_) => {
                    field.to_string().starts_with(&cell[..10])
                }
                other => panic!("{table}.{name}: {other:?}"),
            };
            assert!(is_same, "{table}.{name}: {field:?} is not {cell:?}");
        }
    }
    assert_eq!(n_rows, rows.len(), "{table}");
}

#[test]
fn the_manifest_says_what_reasons_were_measured_against() {
    let home = Home::tiny();
    home.strategy("[score]\nburst_days = 30.0\nfamily_size = 6\n");
    succeed(&mut home.run(&["--strategy", "strategy.toml"]));
    let expected = serde_json::json!({
        "burst_days": 30.0, "family_size": 6, "long_tenure_days": 1825.0,
    });
    assert_eq!(home.manifest()["yardsticks"], expected);
}
