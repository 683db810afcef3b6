//! The run directory: what is written is read back, a run is seen whole or not at all, and nothing in
//! a run directory makes the reader fall over.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use proptest::prelude::*;
use ringfence::explore::OpenRun;
use ringfence::model::{Bits, Money, Timestamp};
use ringfence::run::{
    Action, ClusterRow, EvidenceRow, FORMAT_VERSION, FeedRow, HubRow, IdRow, LineageEvent,
    LineageRow, LinkRow, Manifest, MemberRow, PendingRun, ReasonRow, RejectRow, Role, Row,
    RunError, RunReader, RunStatus, RunStore, Yardsticks,
};

const RUN: &str = "2024-05-06-0123456789ab";

fn text(text: &'static str) -> Cow<'static, str> {
    Cow::Borrowed(text)
}

fn time(text: &str) -> Option<Timestamp> {
    Timestamp::parse(text).ok()
}

fn manifest(run_id: &str, status: RunStatus) -> Manifest {
    Manifest {
        format_version: FORMAT_VERSION,
        run_id: run_id.to_owned(),
        status,
        held_by: Vec::new(),
        tool_version: "0.1.0".to_owned(),
        strategy_hash: "ab".repeat(32),
        as_of: Timestamp::parse("2024-05-06").expect("a time"),
        previous_run_id: None,
        inputs: Vec::new(),
        counts: BTreeMap::new(),
        tables: BTreeMap::new(),
        findings: Vec::new(),
        chance: None,
        learned: None,
        yardsticks: Yardsticks::default(),
        parameters: BTreeMap::new(),
        threads: 1,
        stages: Vec::new(),
        peak_memory_bytes: None,
    }
}

fn cluster() -> ClusterRow<'static> {
    ClusterRow {
        rank: 1,
        cluster_id: text("R0123456789AB"),
        score: 0.9375,
        action: Action::Enforce,
        size: 2,
        entities: 1,
        bits: Bits::from_f64(12.5),
        exposure: Money::from_hundredths(123_456),
        fraud_labels: 1,
        legit_labels: 0,
        first_formed: time("2024-01-02"),
        reasons: text("exclusivity:+1.25;small_family:-0.50"),
        prior: -4.0,
        groups: text("payout;device"),
        core: 2,
        conductance: 0.125,
        resolution: 0.5,
        weakest_type: text("device"),
        weakest: text("d,1"),
        weakest_bits: Bits::from_f64(3.25),
        weakest_left: 1,
        held_by: text(""),
        q: Some(0.0125),
        surprise: Bits::from_f64(31.5),
        dissolve_values: 2,
        dissolve_bits: Bits::from_f64(40.25),
        dissolve_score: 0.125,
        dissolve_left: 2,
        dissolve_ties: "1-2".into(),
    }
}

fn member() -> MemberRow<'static> {
    MemberRow {
        cluster_id: text("R0123456789AB"),
        merchant_id: text("m1"),
        membership: 0.75,
        role: Role::Core,
        action: Action::Review,
        links: 1,
        bits: Bits::from_f64(12.5),
        name: text("Joe \"the\" Baker"),
        category: text("food"),
        city: text("Đà Nẵng"),
        country: text("VN"),
        registered_at: time("2023-01-02T03:04:05Z"),
        status: text("active"),
        owner_id: text(""),
        gmv_30d: Money::from_hundredths(-5),
        label: text("fraud"),
        held_by: text("tenure"),
        bits_lost: Bits::from_f64(21.5),
    }
}

/// Writes every table, one row each, but for clusters that start at `rank`.
fn write_tables(run: &PendingRun<'_>, rank: u32) {
    run.write_table(&[ClusterRow { rank, ..cluster() }])
        .expect("written");
    run.write_table(&[member()]).expect("written");
    run.write_table(&[EvidenceRow {
        cluster_id: text("R0123456789AB"),
        entity_type: text("device"),
        entity: text("d1"),
        members: 2,
        merchants: 3,
        bits: Bits::from_f64(12.5),
        first_seen: time("2024-01-02"),
        last_seen: None,
        shown: text("D-1"),
        hub_class: text("private"),
        dissolves: 1,
    }])
    .expect("written");
    run.write_table(&[FeedRow {
        merchant_id: text("m1"),
        cluster_id: text("R0123456789AB"),
        cluster_score: 0.9375,
        cluster_rank: 1,
        cluster_size: 2,
        membership: 0.75,
        action: Action::Review,
        run_id: text(RUN),
    }])
    .expect("written");
    run.write_table(&[LineageRow {
        cluster_id: text("R0123456789AB"),
        previous_cluster_id: text(""),
        event: LineageEvent::Born,
        overlap: 0.0,
    }])
    .expect("written");
    run.write_table(&[ReasonRow {
        cluster_id: text("R0123456789AB"),
        code: text("exclusivity"),
        points: 1.25,
        detail: text("1 of 1 shared values is used by nobody else"),
    }])
    .expect("written");
    run.write_table_in_pieces(2, |piece| {
        vec![LinkRow {
            entity_type: text("device"),
            entity: text("d1"),
            merchant_id: text(["m1", "m2"][piece]),
            first_seen: None,
            last_seen: None,
            events: 1,
            cluster_id: text("R0123456789AB"),
        }]
    })
    .expect("written");
    run.write_table::<HubRow<'_>>(&[]).expect("written");
    run.write_table(&[IdRow {
        cluster_id: text("R0123456789AB"),
        born: text("2024-05-06"),
        last: text("2024-05-06"),
        successors: text(""),
    }])
    .expect("written");
    run.write_table::<RejectRow<'_>>(&[]).expect("written");
}

fn publish(store: &RunStore, run_id: &str, status: RunStatus, rank: u32) -> PathBuf {
    let lock = store.lock().expect("nobody else runs");
    let run = lock.begin(run_id).expect("begins");
    write_tables(&run, rank);
    run.finish(&manifest(run_id, status)).expect("finishes")
}

fn names_in(dir: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(dir)
        .expect("a directory")
        .map(|entry| {
            entry
                .expect("an entry")
                .file_name()
                .into_string()
                .expect("UTF-8")
        })
        .collect();
    names.sort();
    names
}

fn store_in(dir: &tempfile::TempDir) -> RunStore {
    RunStore::open(dir.path().join("all my runs")).expect("opens")
}

#[test]
fn a_published_run_reads_back_and_latest_points_at_it() {
    let dir = tempfile::tempdir().expect("a directory");
    let store = store_in(&dir);
    assert_eq!(
        (
            store.latest().expect("latest is a link"),
            store.latest_manifest().expect("no run, no error")
        ),
        (None, None)
    );
    let home = publish(&store, RUN, RunStatus::Published, 1);
    assert_eq!(home, store.root().join(RUN));
    assert_eq!(names_in(store.root()), [".lock", RUN, "latest"]);
    assert_eq!(
        fs::read_link(store.root().join("latest")).expect("a link"),
        Path::new(RUN)
    );
    for path in [
        home.clone(),
        store.root().to_path_buf(),
        store.root().join("latest"),
    ] {
        let run = RunReader::open(&path).expect("opens");
        assert_eq!(run.path(), home);
        assert_eq!(run.manifest(), &manifest(RUN, RunStatus::Published));
        assert_eq!(run.clusters().expect("read"), [cluster()]);
        assert_eq!(run.members().expect("read"), [member()]);
        assert_eq!(run.links().expect("read").len(), 2);
        assert_eq!(run.hubs().expect("read"), []);
        assert_eq!(run.feed().expect("read")[0].run_id, RUN);
    }
    let links = RunReader::open(&home)
        .and_then(|run| {
            run.links_where(|key| key.merchant_id == "m2" && key.cluster_id == "R0123456789AB")
        })
        .expect("read");
    assert_eq!((links.len(), &*links[0].cluster_id), (1, "R0123456789AB"));
    let previous = RunReader::open(&home)
        .and_then(|run| run.previous())
        .expect("read");
    assert_eq!(previous.cluster_ids, ["R0123456789AB"]);
    assert_eq!(
        (previous.merchant_ids.get(0), &previous.cluster_of[..]),
        ("m1", &[0][..])
    );
    assert_eq!(store.find(RUN), Some(home));
    let others = ["2024-05-07-0", "../all my runs", "latest"];
    assert!(others.iter().all(|id| store.find(id).is_none()));
    assert_eq!(
        store
            .latest_manifest()
            .expect("read")
            .expect("a run")
            .run_id,
        RUN
    );
}

#[test]
fn clusters_and_members_are_spelled_as_the_contract_says() {
    let dir = tempfile::tempdir().expect("a directory");
    let home = publish(&store_in(&dir), RUN, RunStatus::Published, 1);
    let read = |name: &str| fs::read_to_string(home.join(name)).expect("a file");
    assert_eq!(
        read("clusters.csv"),
        "rank,cluster_id,score,action,size,entities,bits,exposure,fraud_labels,legit_labels,\
         first_formed,reasons,prior,groups,core,conductance,resolution,weakest_type,weakest,\
         weakest_bits,weakest_left,held_by,q,surprise,dissolve_values,dissolve_bits,\
         dissolve_score,dissolve_left,dissolve_ties\n\
         1,R0123456789AB,0.9375,enforce,2,1,12.50,1234.56,1,0,2024-01-02,\
         exclusivity:+1.25;small_family:-0.50,-4.00,payout;device,2,0.1250,0.5000,device,\"d,1\",\
         3.25,1,,0.012500,31.50,2,40.25,0.1250,2,1-2\n"
    );
    assert_eq!(
        read("members.csv"),
        "cluster_id,merchant_id,membership,role,action,links,bits,name,category,city,country,\
         registered_at,status,owner_id,gmv_30d,label,held_by,bits_lost\n\
         R0123456789AB,m1,0.7500,core,review,1,12.50,\"Joe \"\"the\"\" Baker\",food,Đà Nẵng,VN,\
         2023-01-02T03:04:05Z,active,,-0.05,fraud,tenure,21.50\n"
    );
    assert_eq!(read("rejects.csv"), "file,line,reason,raw\n");
}

#[test]
fn runs_of_one_day_are_listed_by_who_followed_whom() {
    let dir = tempfile::tempdir().expect("a directory");
    let store = store_in(&dir);
    // In the order in which they were published.
    let chain = [
        "2024-05-05-f",
        "2024-05-06-c",
        "2024-05-06-a",
        "2024-05-06-d",
        "2024-05-06-b",
        "2024-05-07-0",
    ];
    let mut previous = None;
    for id in chain {
        let lock = store.lock().expect("free");
        let run = lock.begin(id).expect("begins");
        let manifest = Manifest {
            previous_run_id: previous,
            ..manifest(id, RunStatus::Published)
        };
        run.finish(&manifest).expect("finishes");
        previous = Some(id.to_owned());
        let mut published = store.published().expect("listed");
        published.reverse();
        let until = chain.iter().position(|other| *other == id).expect("in it") + 1;
        assert_eq!(published, chain[..until]);
    }
    // One that follows nobody of its day: `latest` is the newest.
    publish(&store, "2024-05-06-0", RunStatus::Published, 1);
    assert_eq!(store.published().expect("listed")[1], "2024-05-06-0");
}

#[test]
fn one_run_at_a_time() {
    let dir = tempfile::tempdir().expect("a directory");
    let (store, other) = (store_in(&dir), store_in(&dir));
    let lock = store.lock().expect("free");
    let refusal = other.lock().expect_err("taken");
    assert!(matches!(refusal, RunError::Busy { pid: Some(pid), .. } if pid == std::process::id()));
    assert!(
        refusal
            .to_string()
            .contains(&format!("(process {})", std::process::id()))
    );
    drop(lock);
    // What a dead process left in the lock file does not lock.
    fs::write(store.root().join(".lock"), "4000000 and more\n").expect("written");
    drop(other.lock().expect("free again"));
    assert_eq!(
        fs::read_to_string(store.root().join(".lock"))
            .expect("a file")
            .trim(),
        std::process::id().to_string()
    );
}

#[test]
fn an_abandoned_run_leaves_nothing() {
    let dir = tempfile::tempdir().expect("a directory");
    let store = store_in(&dir);
    publish(&store, RUN, RunStatus::Published, 1);
    let lock = store.lock().expect("free");
    let run = lock.begin("2024-05-07-0123456789ab").expect("begins");
    write_tables(&run, 1);
    assert!(run.path().join("clusters.csv").is_file());
    drop(run);
    assert_eq!(names_in(store.root()), [".lock", RUN, "latest"]);
}

#[test]
fn leftovers_of_killed_runs_are_cleared_and_nothing_else() {
    let dir = tempfile::tempdir().expect("a directory");
    let store = store_in(&dir);
    publish(&store, RUN, RunStatus::Published, 1);
    let outside = dir.path().join("outside");
    fs::create_dir(&outside).expect("made");
    fs::write(outside.join("precious"), "x").expect("written");
    let root = store.root();
    fs::create_dir_all(root.join(".tmp-2024-05-07-0-99/parts")).expect("made");
    fs::write(root.join(".tmp-2024-05-07-0-99/clusters.csv"), "rank,clu").expect("written");
    fs::write(root.join(".tmp-file"), "").expect("written");
    std::os::unix::fs::symlink("2024-05-07-0", root.join(".tmp-latest-99")).expect("linked");
    std::os::unix::fs::symlink(&outside, root.join(".tmp-out")).expect("linked");
    fs::write(root.join("notes.txt"), "mine").expect("written");
    // Readers do not see any of it.
    assert_eq!(RunReader::open(root).expect("opens").manifest().run_id, RUN);
    let lock = store.lock().expect("free");
    drop(lock.begin("2024-05-08-0").expect("begins"));
    assert_eq!(names_in(root), [".lock", RUN, "latest", "notes.txt"]);
    assert!(outside.join("precious").is_file());
}

#[test]
fn a_held_run_is_kept_and_latest_stays() {
    let dir = tempfile::tempdir().expect("a directory");
    let store = store_in(&dir);
    publish(&store, RUN, RunStatus::Published, 1);
    let second = "2024-05-07-0123456789ab";
    for rank in [1, 2] {
        let home = publish(&store, second, RunStatus::Held, rank);
        assert_eq!(home, store.root().join(format!("held-{second}")));
        let held = RunReader::open(&home).expect("opens");
        assert_eq!(held.clusters().expect("read")[0].rank, rank);
    }
    assert_eq!(
        store.latest().expect("latest is a link"),
        Some(store.root().join(RUN))
    );
    let held = format!("held-{second}");
    assert_eq!(
        names_in(store.root()),
        [".lock", RUN, held.as_str(), "latest"]
    );
}

/// A run computed again takes the place of the old one while readers look on: at any moment they see
/// one of the two, whole.
#[test]
fn a_run_computed_again_never_goes_missing() {
    let dir = tempfile::tempdir().expect("a directory");
    let store = store_in(&dir);
    publish(&store, RUN, RunStatus::Published, 1);
    std::thread::scope(|scope| {
        let writer = scope.spawn(|| {
            for rank in 2..12 {
                publish(&store, RUN, RunStatus::Published, rank);
            }
        });
        let mut seen = 0;
        while !writer.is_finished() || seen == 0 {
            let run = RunReader::open(store.root()).expect("there is always a run");
            assert_eq!(run.manifest().run_id, RUN);
            seen += 1;
        }
    });
    let run = RunReader::open(store.root()).expect("opens");
    assert_eq!(run.clusters().expect("read")[0].rank, 11);
    assert_eq!(names_in(store.root()), [".lock", RUN, "latest"]);
}

#[test]
fn a_kill_between_the_run_and_latest_leaves_both_whole() {
    let dir = tempfile::tempdir().expect("a directory");
    let store = store_in(&dir);
    publish(&store, RUN, RunStatus::Published, 1);
    // The state after the run got its name and before `latest` moved.
    let second = "2024-05-07-0123456789ab";
    let home = publish(&store, second, RunStatus::Published, 2);
    let root = store.root();
    fs::remove_file(root.join("latest")).expect("removed");
    std::os::unix::fs::symlink(RUN, root.join("latest")).expect("linked");
    assert_eq!(RunReader::open(root).expect("opens").manifest().run_id, RUN);
    // The same run again finds its name taken by its own kind and finishes the job.
    assert_eq!(publish(&store, second, RunStatus::Published, 3), home);
    assert_eq!(store.latest().expect("latest is a link"), Some(home));
    assert_eq!(names_in(root), [".lock", RUN, second, "latest"]);
}

#[test]
fn what_is_no_run_is_refused_with_a_reason() {
    let dir = tempfile::tempdir().expect("a directory");
    let check = |path: &Path, expected: &str| {
        let error = RunReader::open(path).expect_err("refused").to_string();
        assert!(error.contains(expected), "{error}");
    };
    check(&dir.path().join("nowhere"), "no run at");
    check(dir.path(), "no run at");
    std::os::unix::fs::symlink("gone", dir.path().join("latest")).expect("linked");
    check(dir.path(), "no run at");
    let with = |json: &str| {
        fs::write(dir.path().join("manifest.json"), json).expect("written");
    };
    with("");
    check(dir.path(), "is no manifest");
    with("{\"format_version\": 99, \"anything\": {}}");
    check(dir.path(), "run format 99, expected 1 or earlier");
    with("{\"format_version\": 1}");
    check(dir.path(), "is no manifest");
    with(&"[".repeat(100_000));
    check(dir.path(), "is no manifest");
}

#[test]
fn tables_that_contradict_each_other_are_refused() {
    let dir = tempfile::tempdir().expect("a directory");
    let home = publish(&store_in(&dir), RUN, RunStatus::Published, 1);
    let members = fs::read_to_string(home.join("members.csv")).expect("a file");
    fs::write(
        home.join("members.csv"),
        members.replace("R0123456789AB", "RZ"),
    )
    .expect("written");
    let error = RunReader::open(&home)
        .and_then(|run| run.previous())
        .expect_err("refused");
    let message = error.to_string();
    assert!(
        message.contains("members.csv: line 2: cluster_id"),
        "{message}"
    );
    let clusters = fs::read_to_string(home.join("clusters.csv")).expect("a file");
    let last_line = clusters.lines().last().expect("a row");
    fs::write(
        home.join("clusters.csv"),
        format!("{clusters}{last_line}\n"),
    )
    .expect("written");
    let error = RunReader::open(&home)
        .and_then(|run| run.previous())
        .expect_err("refused");
    let message = error.to_string();
    assert!(
        message.contains("clusters.csv: line 3: cluster_id"),
        "{message}"
    );
    fs::remove_file(home.join("ids.csv")).expect("removed");
    let error = RunReader::open(&home)
        .and_then(|run| run.ids())
        .expect_err("refused");
    assert!(error.to_string().contains("ids.csv"), "{error}");
}

#[test]
fn a_table_that_was_cut_off_is_not_taken_for_whole() {
    let dir = tempfile::tempdir().expect("a directory");
    let store = store_in(&dir);
    let lock = store.lock().expect("nobody else runs");
    let run = lock.begin(RUN).expect("begins");
    write_tables(&run, 1);
    let tables = run.tables();
    assert_eq!((tables.len(), tables["links.csv"].rows), (10, 2));
    let manifest = Manifest {
        tables,
        ..manifest(RUN, RunStatus::Published)
    };
    let home = run.finish(&manifest).expect("finishes");
    let reader = RunReader::open(&home).expect("opens");
    assert!(reader.has_tables());
    for name in [
        "clusters", "members", "evidence", "feed", "lineage", "reasons", "links", "ids",
    ] {
        let path = home.join(format!("{name}.csv"));
        let whole = fs::read_to_string(&path).expect("a file");
        let error = || match name {
            "clusters" => reader.clusters().expect_err(name),
            "members" => reader.members().expect_err(name),
            "evidence" => reader.evidence().expect_err(name),
            "feed" => reader.feed().expect_err(name),
            "lineage" => reader.lineage().expect_err(name),
            "reasons" => reader.reasons().expect_err(name),
            "links" => reader.links_where(|_| true).expect_err(name),
            _ => reader.ids().expect_err(name),
        };
        let rows = manifest.tables[&format!("{name}.csv")].rows;
        let last_line = whole.trim_end().rfind('\n').expect("a row") + 1;
        fs::write(&path, &whole[..last_line]).expect("written");
        let told = format!(
            "{name}.csv: {} rows, the manifest says {rows}: copy the run again, or run again over its data",
            rows - 1
        );
        assert!(error().to_string().ends_with(&told), "{}", error());
        assert!(!reader.has_tables(), "{name}");
        fs::write(&path, whole.trim_end()).expect("written");
        let told = error().to_string();
        assert!(told.contains("the last line has no end"), "{told}");
        assert!(!reader.has_tables(), "{name}");
        fs::write(&path, whole).expect("written");
    }
    assert!(reader.previous().is_ok());
}

#[test]
fn a_run_of_before_tells_by_its_counts_what_was_cut_off() {
    let dir = tempfile::tempdir().expect("a directory");
    let store = store_in(&dir);
    let lock = store.lock().expect("nobody else runs");
    let run = lock.begin(RUN).expect("begins");
    write_tables(&run, 1);
    let counts = [("clusters", 1), ("clustered_merchants", 2)];
    let manifest = Manifest {
        counts: counts.map(|(name, n)| (name.to_owned(), n)).into(),
        ..manifest(RUN, RunStatus::Published)
    };
    let home = run.finish(&manifest).expect("finishes");
    let reader = RunReader::open(&home).expect("opens");
    assert_eq!(reader.clusters().expect("read").len(), 1);
    let told = reader.members().expect_err("cut off").to_string();
    assert!(
        told.contains("members.csv: 1 rows, the manifest says 2"),
        "{told}"
    );
    assert_eq!(reader.ids().expect("nobody counted them").len(), 1);
}

#[test]
fn rows_that_no_run_writes_are_refused() {
    let check = |table: &str, old: &str, new: &str, expected: &str| {
        let dir = tempfile::tempdir().expect("a directory");
        let home = publish(&store_in(&dir), RUN, RunStatus::Published, 1);
        let path = home.join(table);
        let text = fs::read_to_string(&path).expect("a file");
        assert!(text.contains(old), "{text}");
        fs::write(&path, text.replace(old, new)).expect("written");
        let reader = RunReader::open(&home).expect("opens");
        let told = reader.previous().expect_err("refused").to_string();
        assert!(told.contains(expected), "{told}");
        assert!(OpenRun::open(&home).is_err(), "{expected}");
    };
    let member = "R0123456789AB,m1,0.7500,core,review,1,12.50,B,,,,,active,,0.00,,,0.00\n";
    check(
        "members.csv",
        "R0123456789AB,m1",
        &format!("{member}R0123456789AB,m1"),
        "members.csv: line 3: merchant_id: expected a merchant that no row above has",
    );
    check(
        "members.csv",
        "R0123456789AB",
        "RZ",
        "members.csv: line 2: cluster_id: expected a cluster of clusters.csv",
    );
    for day in ["2024-13-01", "", "soon", "2024-05-06T00:00:00Z"] {
        let row = format!("R0123456789AB,2024-05-06,{day},");
        let told = "ids.csv: line 2: last: expected YYYY-MM-DD";
        check(
            "ids.csv",
            "R0123456789AB,2024-05-06,2024-05-06,",
            &row,
            told,
        );
    }
}

/// `docs/formats.md` has a row for every column, in order, under the heading of its file.
#[test]
fn every_column_is_documented_in_its_place() {
    fn check<R: Row>(text: &str) {
        let heading = format!("### `{}.csv`\n", R::TABLE);
        let (_, section) = text
            .split_once(&heading)
            .expect("a heading for every table");
        let section = section.split("\n#").next().unwrap_or_default();
        let documented: Vec<&str> = section
            .lines()
            .filter_map(|line| line.strip_prefix("| `")?.split('`').next())
            .collect();
        let columns: Vec<&str> = R::COLUMNS.iter().map(|column| column.name).collect();
        assert_eq!(documented, columns, "{}", R::TABLE);
    }
    let text = include_str!("../../docs/formats.md");
    check::<ClusterRow<'_>>(text);
    check::<MemberRow<'_>>(text);
    check::<EvidenceRow<'_>>(text);
    check::<FeedRow<'_>>(text);
    check::<LineageRow<'_>>(text);
    check::<ReasonRow<'_>>(text);
    check::<LinkRow<'_>>(text);
    check::<HubRow<'_>>(text);
    check::<IdRow<'_>>(text);
    check::<RejectRow<'_>>(text);
}

/// Reads everything; whether it worked is not the question.
fn read_all(path: &Path) {
    let Ok(run) = RunReader::open(path) else {
        return;
    };
    drop(run.clusters());
    drop(run.members());
    drop(run.evidence());
    drop(run.feed());
    drop(run.lineage());
    drop(run.reasons());
    drop(run.links());
    drop(run.hubs());
    drop(run.ids());
    drop(run.rejects());
    drop(run.previous());
}

static FILES: OnceLock<Vec<(String, Vec<u8>)>> = OnceLock::new();

/// Name and content of every file of a run.
fn files_of_a_run() -> Vec<(String, Vec<u8>)> {
    let dir = tempfile::tempdir().expect("a directory");
    let home = publish(&store_in(&dir), RUN, RunStatus::Published, 1);
    names_in(&home)
        .into_iter()
        .map(|name| {
            let bytes = fs::read(home.join(&name)).expect("a file");
            (name, bytes)
        })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// Bytes overwritten, inserted or cut off anywhere in any file: an error or not, never a panic.
    #[test]
    fn no_damage_makes_the_reader_panic(
        file in any::<prop::sample::Index>(),
        at in any::<prop::sample::Index>(),
        junk in proptest::collection::vec(any::<u8>(), 0..6),
        keep_rest in any::<bool>(),
    ) {
        let files = FILES.get_or_init(files_of_a_run);
        let dir = tempfile::tempdir().expect("a directory");
        for (name, bytes) in files {
            fs::write(dir.path().join(name), bytes).expect("written");
        }
        let (name, bytes) = &files[file.index(files.len())];
        let mut bytes = bytes.clone();
        let cut = at.index(bytes.len() + 1);
        let rest = bytes.split_off(cut);
        bytes.extend_from_slice(&junk);
        if keep_rest {
            bytes.extend_from_slice(&rest);
        }
        fs::write(dir.path().join(name), bytes).expect("written");
        read_all(dir.path());
    }
}

#[test]
fn a_run_that_names_no_yardsticks_used_those_of_the_default_strategy() {
    let score = ringfence::strategy::Strategy::default().score;
    let expected = Yardsticks {
        burst_days: score.burst_days,
        family_size: score.family_size as u64,
        long_tenure_days: score.long_tenure_days,
    };
    assert_eq!(Yardsticks::default(), expected);
    let mut json = serde_json::to_value(manifest(RUN, RunStatus::Published)).unwrap();
    json.as_object_mut().unwrap().remove("yardsticks").unwrap();
    let earlier: Manifest = serde_json::from_value(json).unwrap();
    assert_eq!(earlier.yardsticks, expected);
}
