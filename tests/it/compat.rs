//! Runs of every format there ever was can be opened, read, and followed by a run of today.
//!
//! `tests/fixtures/run-N` is a run directory as the first version with `format_version` N wrote it. It is
//! never written again: a new format comes with a fixture of its own beside the old ones.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::fs;
use std::path::{Path, PathBuf};

use ringfence::run::{
    Action, ClusterRow, EvidenceRow, FORMAT_VERSION, FeedRow, LineageEvent, LineageRow, MemberRow,
    RejectRow, Role, Row, RunReader, RunStatus,
};

use crate::command::{data, output, ringfence, succeed};

fn fixture(version: u64) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/fixtures/run-{version}"))
}

/// A copy to spoil.
fn copy_of(run: &Path, home: &Path) -> PathBuf {
    let copy = home.join("copy");
    fs::create_dir(&copy).unwrap();
    for entry in fs::read_dir(run).unwrap() {
        let path = entry.unwrap().path();
        fs::copy(&path, copy.join(path.file_name().unwrap())).unwrap();
    }
    copy
}

#[test]
fn every_format_has_its_fixture() {
    for version in 1..=FORMAT_VERSION {
        let run = RunReader::open(&fixture(version)).unwrap();
        assert_eq!(run.manifest().format_version, version);
    }
}

#[test]
fn every_table_of_format_1_is_read() {
    let run = RunReader::open(&fixture(1)).unwrap();
    let manifest = run.manifest();
    assert_eq!(manifest.run_id, "2025-06-30-fbd7d0286f53");
    assert_eq!(manifest.status, RunStatus::Published);
    assert_eq!(manifest.as_of.date_text(), "2025-06-30");
    assert_eq!((manifest.inputs.len(), manifest.stages.len()), (5, 10));
    assert_eq!(
        (manifest.count("merchants"), manifest.count("rejected_rows")),
        (20, 1)
    );
    let clusters = run.clusters().unwrap();
    assert_eq!(clusters.len(), 4);
    let first = &clusters[0];
    assert_eq!(
        (first.rank, &*first.cluster_id, first.action, first.size),
        (1, "R9E1HBQ5GZRFR", Action::Enforce, 5)
    );
    assert_eq!(
        (first.score, first.bits.to_string().as_str()),
        (0.9984, "134.81")
    );
    assert_eq!(first.exposure.to_string(), "114861.40");
    assert!(
        first
            .reasons
            .starts_with("shared_value_bits:+2.00;independent_kinds:+2.00;")
    );
    assert_eq!(
        (&*first.groups, first.prior),
        ("device;payout;place;relation", -4.0)
    );
    let members = run.members().unwrap();
    assert_eq!(members.len(), 16);
    assert_eq!(
        (&*members[0].merchant_id, members[0].role),
        ("M005", Role::Core)
    );
    assert_eq!(
        (&*members[0].name, &*members[1].status),
        ("Lotus Toys", "suspended")
    );
    let evidence = run.evidence().unwrap();
    assert_eq!(evidence.len(), 10);
    assert_eq!(&*evidence[0].entity, "sg41bnka003911872204");
    assert_eq!(
        (&*evidence[0].hub_class, evidence[0].merchants),
        ("private", 4)
    );
    let feed = run.feed().unwrap();
    assert_eq!((feed.len(), &*feed[15].merchant_id), (16, "M016"));
    let lineage = run.lineage().unwrap();
    assert!(lineage.iter().all(|row| row.event == LineageEvent::Born));
    assert_eq!(run.reasons().unwrap().len(), 33);
    assert_eq!(run.links().unwrap().len(), 32);
    assert_eq!(run.hubs().unwrap().len(), 0);
    assert_eq!(run.ids().unwrap().len(), 4);
    let rejects = run.rejects().unwrap();
    assert_eq!((rejects[0].line, rejects.len()), (22, 1));
    let previous = run.previous().unwrap();
    assert_eq!(
        (previous.cluster_ids.len(), previous.merchant_ids.len()),
        (4, 16)
    );
}

#[test]
fn a_run_of_today_follows_one_of_format_1() {
    let home = tempfile::tempdir().unwrap();
    let mut command = ringfence(home.path());
    command.args(["run", "--out", "runs", "--as-of", "2025-07-01", "--data"]);
    succeed(command.arg(data("tiny")).arg("--previous").arg(fixture(1)));
    let run = RunReader::open(&home.path().join("runs")).unwrap();
    assert_eq!(
        run.manifest().previous_run_id.as_deref(),
        Some("2025-06-30-fbd7d0286f53")
    );
    let feed = run.feed().unwrap();
    let ring = feed.iter().find(|row| row.merchant_id == "M002").unwrap();
    assert_eq!(ring.cluster_id, "R9E1HBQ5GZRFR", "the ring keeps its id");
    let ids = run.ids().unwrap();
    for before in RunReader::open(&fixture(1)).unwrap().ids().unwrap() {
        let now = ids.iter().find(|row| row.cluster_id == before.cluster_id);
        assert_eq!(now.unwrap().born, before.born, "no id is forgotten");
    }
}

#[test]
fn the_exploring_commands_read_format_1() {
    let home = tempfile::tempdir().unwrap();
    for question in [
        &["top"][..],
        &["show", "R9E1HBQ5GZRFR"],
        &["merchant", "M001"],
        &["path", "M003", "M005"],
        &["neighbors", "M001"],
        &["export", "R9E1HBQ5GZRFR"],
    ] {
        let mut command = ringfence(home.path());
        let answer = succeed(command.args(question).arg("--run").arg(fixture(1)));
        let is_answer = answer.contains("M00") || answer.contains("R9E1HBQ5GZRFR");
        assert!(is_answer, "{question:?}: {answer}");
    }
}

#[test]
fn a_later_format_is_refused_with_a_way_out() {
    let home = tempfile::tempdir().unwrap();
    let copy = copy_of(&fixture(1), home.path());
    let manifest = fs::read_to_string(copy.join("manifest.json")).unwrap();
    let later = format!("\"format_version\": {}", FORMAT_VERSION + 1);
    let manifest = manifest.replace("\"format_version\": 1", &later);
    fs::write(copy.join("manifest.json"), manifest).unwrap();
    let expected = format!(
        "run format {}, expected {FORMAT_VERSION} or earlier",
        FORMAT_VERSION + 1
    );
    let error = RunReader::open(&copy).unwrap_err().to_string();
    assert!(error.contains(&expected), "{error}");
    let (code, _, stderr) = output(ringfence(home.path()).args(["top", "--run", "copy"]));
    assert_eq!(code, Some(2));
    assert!(stderr.contains(&expected), "{stderr}");
    let mut command = ringfence(home.path());
    command.args(["run", "--out", "runs", "--previous", "copy", "--data"]);
    let (code, _, stderr) = output(command.arg(data("tiny")));
    assert_eq!(code, Some(2));
    assert!(stderr.contains(&expected), "{stderr}");
}

/// Rewrites a table with only those columns that `keep` wants, and one that no version knows in front.
fn keep_columns(run: &Path, table: &str, keep: impl Fn(&str) -> bool) {
    let path = run.join(format!("{table}.csv"));
    let mut reader = csv::Reader::from_path(&path).unwrap();
    let header = reader.headers().unwrap().clone();
    let mut writer = csv::Writer::from_writer(Vec::new());
    let records = std::iter::once(header.clone()).chain(reader.records().map(Result::unwrap));
    for (at, record) in records.enumerate() {
        let new = if at == 0 { "added_later" } else { "x" };
        let kept = header.iter().zip(record.iter());
        let kept = kept.filter(|(name, _)| keep(name)).map(|(_, cell)| cell);
        writer
            .write_record(std::iter::once(new).chain(kept))
            .unwrap();
    }
    fs::write(path, writer.into_inner().unwrap()).unwrap();
}

/// The columns that the contract names, in its order.
fn contract<R: Row>() -> (&'static str, Vec<&'static str>) {
    let required = R::COLUMNS.iter().filter(|column| column.required);
    (R::TABLE, required.map(|column| column.name).collect())
}

fn contract_tables() -> [(&'static str, Vec<&'static str>); 6] {
    [
        contract::<ClusterRow<'_>>(),
        contract::<MemberRow<'_>>(),
        contract::<EvidenceRow<'_>>(),
        contract::<FeedRow<'_>>(),
        contract::<LineageRow<'_>>(),
        contract::<RejectRow<'_>>(),
    ]
}

#[test]
fn columns_beyond_the_contract_may_be_absent_and_unknown_ones_present() {
    let home = tempfile::tempdir().unwrap();
    let copy = copy_of(&fixture(1), home.path());
    for (table, columns) in contract_tables() {
        keep_columns(&copy, table, |name| columns.contains(&name));
    }
    let run = RunReader::open(&copy).unwrap();
    let clusters = run.clusters().unwrap();
    assert_eq!(
        (clusters[0].size, clusters[0].core, &*clusters[0].groups),
        (5, 0, "")
    );
    let members = run.members().unwrap();
    assert_eq!((&*members[0].name, members[0].registered_at), ("", None));
    assert_eq!(&*run.evidence().unwrap()[0].hub_class, "");
    assert_eq!(run.previous().unwrap().merchant_ids.len(), 16);
    succeed(ringfence(home.path()).args(["show", "R9E1HBQ5GZRFR", "--run", "copy"]));
    let mut command = ringfence(home.path());
    command.args([
        "run",
        "--out",
        "runs",
        "--as-of",
        "2025-07-01",
        "--previous",
        "copy",
        "--data",
    ]);
    succeed(command.arg(data("tiny")));
}

#[test]
fn a_column_of_the_contract_may_not_be_absent() {
    for (table, columns) in contract_tables() {
        for column in columns {
            let home = tempfile::tempdir().unwrap();
            let copy = copy_of(&fixture(1), home.path());
            keep_columns(&copy, table, |name| name != column);
            let run = RunReader::open(&copy).unwrap();
            let error = match table {
                "clusters" => run.clusters().err(),
                "members" => run.members().err(),
                "evidence" => run.evidence().err(),
                "feed" => run.feed().err(),
                "lineage" => run.lineage().err(),
                _ => run.rejects().err(),
            };
            let message = error.expect("refused").to_string();
            assert!(
                message.contains(&format!("{table}.csv")) && message.contains(column),
                "{message}"
            );
        }
    }
}
