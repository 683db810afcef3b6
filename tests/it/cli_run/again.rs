//! Running again: the same, afresh, as of another day, after another run.

use std::fs;
use std::path::Path;

use ringfence::explore::OpenRun;

use super::{Home, manifest, tables};
use crate::command::{output, ringfence, succeed};

fn run_id(home: &Home) -> String {
    home.manifest()["run_id"].as_str().unwrap().to_owned()
}

#[test]
fn what_latest_already_holds_is_not_published_again() {
    let home = Home::tiny();
    let first = succeed(&mut home.run(&[]));
    let before = home.published();
    let bytes = fs::read(home.latest().join("manifest.json")).unwrap();
    let (code, again, stderr) = output(&mut home.run(&["--threads", "1"]));
    assert_eq!(code, Some(0));
    assert!(stderr.contains("nothing new was published"), "{stderr}");
    let last = |text: &str| text.lines().last().unwrap().to_owned();
    assert_eq!(
        last(&again),
        last(&first).replacen("published", "unchanged", 1)
    );
    assert_eq!(home.published(), before);
    assert_eq!(
        fs::read(home.latest().join("manifest.json")).unwrap(),
        bytes
    );
}

#[test]
fn computed_afresh_the_tables_are_the_same_bytes() {
    let home = Home::tiny();
    succeed(&mut home.run(&["--as-of", "2025-03-31"]));
    succeed(&mut home.run(&[]));
    let (before, bytes) = (home.published(), tables(&home.latest()));
    assert_eq!(before.0.len(), 3);
    let stamp = |home: &Home| fs::metadata(home.latest().join("manifest.json")).unwrap();
    let modified = stamp(&home).modified().unwrap();
    let told = succeed(&mut home.run(&["--force", "--threads", "1"]));
    assert!(told.contains("published run="), "{told}");
    assert_eq!((home.published(), tables(&home.latest())), (before, bytes));
    assert!(
        stamp(&home).modified().unwrap() > modified,
        "it was computed"
    );
}

#[test]
fn a_run_that_lacks_a_table_is_computed_again() {
    let home = Home::tiny();
    succeed(&mut home.run(&[]));
    let bytes = tables(&home.latest());
    fs::remove_file(home.latest().join("feed.csv")).unwrap();
    let told = succeed(&mut home.run(&[]));
    assert!(told.contains("published run="), "{told}");
    assert_eq!(tables(&home.latest()), bytes);
}

/// Takes the last line of a table away.
fn cut(run: &Path, table: &str) {
    let path = run.join(table);
    let text = fs::read_to_string(&path).unwrap();
    let last_line = text.trim_end().rfind('\n').unwrap() + 1;
    fs::write(path, &text[..last_line]).unwrap();
}

#[test]
fn a_run_with_a_table_cut_off_is_computed_again() {
    let home = Home::tiny();
    succeed(&mut home.run(&["--parquet"]));
    let bytes = tables(&home.latest());
    let mended = |table: &str| {
        let told = succeed(&mut home.run(&["--parquet"]));
        assert!(told.contains("published run="), "{table}: {told}");
        assert_eq!(tables(&home.latest()), bytes, "{table}");
    };
    for table in ["ids.csv", "feed.csv"] {
        cut(&home.latest(), table);
        mended(table);
    }
    let parquet = home.latest().join("feed.parquet");
    let whole = fs::read(&parquet).unwrap();
    fs::write(&parquet, &whole[..whole.len() - 1]).unwrap();
    mended("feed.parquet");
    let told = succeed(&mut home.run(&["--parquet"]));
    assert!(told.contains("unchanged run="), "{told}");
}

#[test]
fn a_table_cut_off_is_refused_by_whoever_reads_it() {
    let home = Home::tiny();
    succeed(&mut home.run(&[]));
    cut(&home.latest(), "members.csv");
    let before = home.published();
    let told = "members.csv: 15 rows, the manifest says 16";
    let (code, _, stderr) = output(&mut home.run(&["--as-of", "2025-07-01"]));
    assert_eq!((code, stderr.contains(told)), (Some(2), true), "{stderr}");
    assert_eq!(home.published(), before);
    let truth = home.input("truth.csv");
    let asked: [&[&str]; 3] = [
        &[
            "evaluate",
            "--run",
            "runs",
            "--truth",
            truth.to_str().unwrap(),
        ],
        &["merchant", "M001", "--run", "runs"],
        &["diff", "runs", "runs"],
    ];
    for arguments in asked {
        let (code, _, stderr) = output(ringfence(home.path()).args(arguments));
        assert_eq!(code, Some(2), "{arguments:?}: {stderr}");
        assert!(stderr.contains(told), "{arguments:?}: {stderr}");
    }
    let told_open = OpenRun::open(&home.latest()).unwrap_err().to_string();
    assert!(told_open.contains(told), "{told_open}");
}

#[test]
fn parquet_asked_for_later_is_written() {
    let home = Home::tiny();
    succeed(&mut home.run(&[]));
    let bytes = tables(&home.latest());
    succeed(&mut home.run(&["--parquet"]));
    assert!(home.latest().join("feed.parquet").is_file());
    assert_eq!(tables(&home.latest()), bytes);
    let told = succeed(&mut home.run(&["--parquet"]));
    assert!(told.contains("unchanged run="), "{told}");
}

#[test]
fn as_of_knows_nothing_of_what_came_later() {
    let home = Home::tiny();
    succeed(&mut home.run(&["--as-of", "2025-01-31"]));
    let manifest = home.manifest();
    assert_eq!(manifest["as_of"], "2025-01-31");
    assert!(
        run_id(&home).starts_with("2025-01-31-"),
        "{}",
        run_id(&home)
    );
    // M005 opened in March: its row, two devices, its account and its address.
    assert_eq!(manifest["counts"]["not_yet_known_rows"], 5);
    assert_eq!(manifest["counts"]["merchants"], 19);
    assert_eq!(home.cluster_of("M001"), ["M001", "M002", "M003", "M004"]);
    for (name, bytes) in tables(&home.latest()) {
        let text = String::from_utf8(bytes).unwrap();
        assert!(!text.contains("M005"), "{name} knows M005");
        let later = ["2025-02", "2025-03", "2025-04", "2025-05", "2025-06"];
        if name != "rejects.csv" {
            assert!(
                !later.iter().any(|month| text.contains(month)),
                "{name}: {text}"
            );
        }
    }
}

#[test]
fn as_of_is_the_newest_time_of_the_input_unless_said() {
    let home = Home::tiny();
    succeed(&mut home.run(&[]));
    assert_eq!(home.manifest()["as_of"], "2025-06-30");
    home.append(
        "devices.csv",
        "M019,ab34cd56ef780912,2024-03-01,2025-07-02T23:30:00-02:00,1\n",
    );
    succeed(&mut home.run(&[]));
    assert_eq!(home.manifest()["as_of"], "2025-07-03");
    assert!(run_id(&home).starts_with("2025-07-03-"));
    assert_eq!(home.published().0.len(), 3, "two runs and latest");
}

#[test]
fn previous_names_the_run_to_compare_with() {
    let home = Home::tiny();
    succeed(&mut home.run(&["--as-of", "2025-01-31"]));
    let first = run_id(&home);
    succeed(&mut home.run(&["--as-of", "2025-05-31"]));
    assert_eq!(home.manifest()["previous_run_id"], first.as_str());
    let path = home.runs().join(&first);
    succeed(&mut home.run(&["--previous", path.to_str().unwrap()]));
    let third = home.manifest();
    assert_eq!(third["previous_run_id"], first.as_str());
    let lineage = home.rows("lineage");
    let ring = lineage.iter().find(|row| row["event"] == "grown").unwrap();
    assert_eq!(ring["cluster_id"], ring["previous_cluster_id"]);
    assert_eq!(ring["overlap"], "0.8000");
    // A RUNS directory stands for its newest run.
    succeed(&mut home.run(&["--as-of", "2025-07-01", "--previous", "runs"]));
    assert_eq!(home.manifest()["previous_run_id"], third["run_id"]);
}

/// Runs elsewhere with these arguments; the run's id.
fn id_elsewhere(home: &Home, arguments: &[&str]) -> String {
    let out = tempfile::tempdir_in(home.path()).unwrap();
    let mut command = crate::command::ringfence(home.path());
    command
        .args(["run", "--data", "data", "--out"])
        .arg(out.path());
    succeed(command.args(arguments));
    let manifest = manifest(&out.path().join("latest"));
    manifest["run_id"].as_str().unwrap().to_owned()
}

#[test]
fn the_run_id_names_what_the_run_was_made_of_and_nothing_else() {
    let home = Home::tiny();
    let base = id_elsewhere(&home, &[]);
    assert_eq!(
        id_elsewhere(&home, &["--threads", "1", "--parquet", "-v"]),
        base
    );
    home.strategy("# only a comment\n");
    assert_eq!(id_elsewhere(&home, &["--strategy", "strategy.toml"]), base);
    home.strategy("[score]\nprior = -3.5\n");
    let strategy = id_elsewhere(&home, &["--strategy", "strategy.toml"]);
    let as_of = id_elsewhere(&home, &["--as-of", "2025-06-29"]);
    let fixture = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/run-1");
    let previous = id_elsewhere(&home, &["--previous", fixture]);
    home.append("payouts.csv", "\n");
    let input = id_elsewhere(&home, &[]);
    let mut ids = vec![base, strategy, as_of, previous, input];
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 5, "{ids:?}");
}

#[test]
fn a_market_without_rows_is_a_run_without_clusters() {
    let home = Home::with(&[
        ("merchants.csv", "merchant_id\n"),
        ("devices.csv", "merchant_id,device_id\n"),
    ]);
    let told = succeed(&mut home.run(&["--parquet"]));
    assert!(told.contains("merchants=0 clusters=0 "), "{told}");
    assert_eq!(home.rows("feed").len(), 0);
    succeed(crate::command::ringfence(home.path()).arg("top"));
    // And the next run can follow it.
    home.write("merchants.csv", "merchant_id\nA\nB\n");
    home.write("devices.csv", "merchant_id,device_id\nA,x1y2\nB,x1y2\n");
    succeed(&mut home.run(&[]));
    assert_eq!(home.cluster_of("A"), ["A", "B"]);
}

#[test]
fn a_run_may_look_back_behind_the_one_before() {
    let home = Home::tiny();
    succeed(&mut home.run(&[]));
    let before = home.rows("clusters")[0]["cluster_id"].clone();
    succeed(&mut home.run(&["--as-of", "2025-01-31"]));
    assert_eq!(home.manifest()["as_of"], "2025-01-31");
    assert_eq!(home.rows("clusters")[0]["cluster_id"], before);
    let events = home.rows("lineage");
    assert!(
        events.iter().any(|row| row["event"] == "shrunk"),
        "{events:?}"
    );
}

#[test]
fn a_latest_that_leads_nowhere_is_refused() {
    let home = Home::tiny();
    succeed(&mut home.run(&[]));
    let run = fs::read_link(home.latest()).unwrap();
    fs::remove_dir_all(home.runs().join(&run)).unwrap();
    let (code, _, stderr) = output(&mut home.run(&[]));
    assert_eq!(code, Some(2), "{stderr}");
    assert!(stderr.contains("latest is no link to a run"), "{stderr}");
    fs::remove_file(home.latest()).unwrap();
    succeed(&mut home.run(&[]));
    assert_eq!(fs::read_link(home.latest()).unwrap(), run);
}
