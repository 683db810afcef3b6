//! What holds for each parser whatever bytes it is given.
//!
//! One function a parser; each panics where something does not hold. The fuzz targets
//! (`tests/fuzz/targets`) call them on what a fuzzer makes up, `corpus` on the inputs that are kept.

use std::fs;
use std::path::Path;

use ringfence::ingest::{CsvLimits, Rows, TableSchema, TextLimit, parse_csv, parse_parquet};
use ringfence::model::{EntityTypeIdx, Timestamp};
use ringfence::resolve::normalize::{Place, normalize};
use ringfence::run::{RunReader, RunStore};
use ringfence::strategy::{Normalizer, Strategy};

/// A table with fixed columns and one of links: between them every kind of column.
fn schemas() -> [TableSchema; 2] {
    [
        TableSchema::merchants(&["refund_rate".to_owned()]),
        TableSchema::links(
            "addresses",
            "address",
            EntityTypeIdx(0),
            Normalizer::Address,
        ),
    ]
}

/// CSV: every row counted once, and the same rows at every block size.
pub(crate) fn csv(bytes: &[u8]) {
    for schema in &schemas() {
        let at = |block_bytes| {
            let limits = CsvLimits {
                block_bytes,
                max_record_bytes: 256,
            };
            parse_csv(bytes, "corpus.csv", schema, None, limits)
                .inspect(Rows::validate)
                .map_err(|error| error.to_string())
        };
        let small = 1 + bytes.len() % 31;
        assert_eq!(format!("{:?}", at(small)), format!("{:?}", at(1 << 20)));
    }
}

/// Parquet: rows that add up, or an error.
pub(crate) fn parquet(bytes: &[u8]) {
    let bytes = bytes::Bytes::copy_from_slice(bytes);
    let no_limit = TextLimit::new(u64::MAX);
    for schema in &schemas() {
        if let Ok(rows) = parse_parquet(
            || Ok(bytes.clone()),
            "corpus.parquet",
            schema,
            None,
            &no_limit,
        ) {
            rows.validate();
        }
    }
}

/// A strategy file: a strategy or a message.
pub(crate) fn strategy(bytes: &[u8]) {
    match Strategy::parse(&String::from_utf8_lossy(bytes)) {
        Ok(strategy) => assert_eq!(strategy.hash.len(), 64),
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}

/// Each normalizer: a key is its own key.
pub(crate) fn normalizers(bytes: &[u8]) {
    let raw = String::from_utf8_lossy(bytes);
    for normalizer in [
        Normalizer::Exact,
        Normalizer::Device,
        Normalizer::Account,
        Normalizer::Phone,
        Normalizer::Email,
        Normalizer::Address,
    ] {
        for country in ["", "US", "JP", "SG", "VN"] {
            let place = Place {
                country,
                ..Place::default()
            };
            let key = normalize(normalizer, &raw, &place);
            let again = key
                .as_ref()
                .and_then(|key| normalize(normalizer, key, &place));
            assert_eq!(key, again, "{normalizer:?} {country}");
        }
    }
}

/// A time: printed and read again it is the same, and it lies in its day.
pub(crate) fn timestamp(bytes: &[u8]) {
    let Ok(time) = Timestamp::parse(&String::from_utf8_lossy(bytes)) else {
        return;
    };
    for time in [time, time.day_start(), time.day_end()] {
        assert_eq!(Timestamp::parse(&time.to_string()), Ok(time));
        assert_eq!(Timestamp::parse(&time.date_text()), Ok(time.day_start()));
    }
    assert!(time.day_start() <= time && time <= time.day_end());
}

/// A whole run; the file named in an input's first line is replaced by the rest of it.
const RUN: [(&str, &[u8]); 11] = [
    (
        "manifest.json",
        include_bytes!("../fixtures/run-1/manifest.json"),
    ),
    (
        "clusters.csv",
        include_bytes!("../fixtures/run-1/clusters.csv"),
    ),
    (
        "members.csv",
        include_bytes!("../fixtures/run-1/members.csv"),
    ),
    (
        "evidence.csv",
        include_bytes!("../fixtures/run-1/evidence.csv"),
    ),
    ("feed.csv", include_bytes!("../fixtures/run-1/feed.csv")),
    (
        "lineage.csv",
        include_bytes!("../fixtures/run-1/lineage.csv"),
    ),
    (
        "reasons.csv",
        include_bytes!("../fixtures/run-1/reasons.csv"),
    ),
    ("links.csv", include_bytes!("../fixtures/run-1/links.csv")),
    ("hubs.csv", include_bytes!("../fixtures/run-1/hubs.csv")),
    ("ids.csv", include_bytes!("../fixtures/run-1/ids.csv")),
    (
        "rejects.csv",
        include_bytes!("../fixtures/run-1/rejects.csv"),
    ),
];

/// A run directory in which one file is not what it was: an error, or rows that are written and read
/// again as the same.
pub(crate) fn run_reader(bytes: &[u8]) {
    let end = bytes.iter().position(|byte| *byte == b'\n');
    let (name, content) = bytes.split_at(end.unwrap_or(bytes.len()));
    let content = content.get(1..).unwrap_or_default();
    let dir = tempfile::tempdir().expect("a directory");
    for (file, original) in RUN {
        let is_replaced = name == file.as_bytes();
        let bytes = if is_replaced { content } else { original };
        fs::write(dir.path().join(file), bytes).expect("written");
    }
    let Ok(run) = RunReader::open(dir.path()) else {
        return;
    };
    drop(run.previous());
    drop(run.links_where(|key| key.entity_type == "device"));
    rewrite(&run, &dir.path().join("again"));
}

/// Writes each table that could be read; what is read from that is written as the same bytes.
fn rewrite(run: &RunReader, runs: &Path) {
    let stores = ["first", "second"].map(|name| RunStore::open(runs.join(name)).expect("opens"));
    let locks = stores.map(|store| store.lock().expect("free"));
    let [first, second] = [&locks[0], &locks[1]].map(|lock| lock.begin("again").expect("begins"));
    let manifest = "manifest.json";
    fs::copy(run.path().join(manifest), first.path().join(manifest)).expect("copied");
    macro_rules! each {
        ($($table:ident)*) => {$(
            if let Ok(rows) = run.$table() {
                first.write_table(&rows).expect("written");
                let again = RunReader::open(first.path()).expect("a run");
                let again = again.$table().expect("what was written can be read");
                second.write_table(&again).expect("written");
                let file = concat!(stringify!($table), ".csv");
                let [a, b] = [&first, &second].map(|run| fs::read(run.path().join(file)).expect("a file"));
                assert_eq!(String::from_utf8_lossy(&a), String::from_utf8_lossy(&b), "{file}");
            }
        )*};
    }
    each!(clusters members evidence feed lineage reasons links hubs ids rejects);
}
