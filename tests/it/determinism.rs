//! Same input, same bytes: whatever the threads, the order of rows, and the form of the files.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch, StringArray};
use parquet::arrow::ArrowWriter;

use crate::command::{data, ringfence, succeed};

/// Runs on a data directory and gives back every CSV of the run, `run_id` columns and what names the
/// input files left out.
fn run(data: &Path, home: &Path, arguments: &[&str]) -> BTreeMap<String, Vec<u8>> {
    let runs = tempfile::tempdir_in(home).unwrap();
    let mut command = ringfence(home);
    command
        .arg("run")
        .arg("--data")
        .arg(data)
        .arg("--out")
        .arg(runs.path());
    succeed(command.args(arguments));
    tables(&runs.path().join("latest"))
}

fn tables(run: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut tables = BTreeMap::new();
    for entry in fs::read_dir(run).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let is_table = path.extension().is_some_and(|end| end == "csv");
        if !is_table || name == "rejects.csv" {
            continue;
        }
        let mut bytes = fs::read(&path).unwrap();
        if name == "feed.csv" {
            bytes = without_last_column(&bytes);
        }
        tables.insert(name, bytes);
    }
    assert!(tables.len() >= 9, "{:?}", tables.keys());
    tables
}

/// `run_id` is the last column of the feed and names the input files by their bytes.
fn without_last_column(csv: &[u8]) -> Vec<u8> {
    let text = std::str::from_utf8(csv).unwrap();
    let cut = |line: &str| line.rsplit_once(',').unwrap().0.to_owned() + "\n";
    text.lines().map(cut).collect::<String>().into_bytes()
}

fn assert_same(a: &BTreeMap<String, Vec<u8>>, b: &BTreeMap<String, Vec<u8>>, what: &str) {
    assert_eq!(
        a.keys().collect::<Vec<_>>(),
        b.keys().collect::<Vec<_>>(),
        "{what}"
    );
    for (name, bytes) in a {
        assert!(bytes == &b[name], "{name} differs: {what}");
    }
}

/// The tables of a data directory: name, header, records.
fn input_tables(dir: &Path) -> Vec<(String, csv::StringRecord, Vec<csv::StringRecord>)> {
    let mut tables = Vec::new();
    for name in ["merchants", "devices", "payouts", "addresses"] {
        let mut reader = csv::Reader::from_path(dir.join(format!("{name}.csv"))).unwrap();
        let header = reader.headers().unwrap().clone();
        tables.push((
            name.to_owned(),
            header,
            reader.records().map(Result::unwrap).collect(),
        ));
    }
    tables
}

fn csv_bytes(header: &csv::StringRecord, records: &[csv::StringRecord]) -> Vec<u8> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(header).unwrap();
    for record in records {
        writer.write_record(record).unwrap();
    }
    writer.into_inner().unwrap()
}

/// A permutation that is the same every time and leaves nothing where it was.
fn shuffled(records: &[csv::StringRecord]) -> Vec<csv::StringRecord> {
    let mut order: Vec<usize> = (0..records.len()).collect();
    order.sort_by_key(|&at| (at as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15));
    order.into_iter().map(|at| records[at].clone()).collect()
}

fn parquet_bytes(header: &csv::StringRecord, records: &[csv::StringRecord]) -> Vec<u8> {
    let column = |at: usize| -> ArrayRef {
        let cells = records
            .iter()
            .map(|record| Some(&record[at]).filter(|cell| !cell.is_empty()));
        Arc::new(cells.collect::<StringArray>())
    };
    let columns = header
        .iter()
        .enumerate()
        .map(|(at, name)| (name, column(at), true));
    let batch = RecordBatch::try_from_iter_with_nullable(columns).unwrap();
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut bytes, batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    bytes
}

/// A data directory whose tables are written by `write`: name, header and records to files.
fn variant(
    home: &Path,
    write: impl Fn(&str, &csv::StringRecord, &[csv::StringRecord]) -> (String, Vec<u8>),
) -> PathBuf {
    let dir = tempfile::tempdir_in(home).unwrap().keep();
    for (name, header, records) in input_tables(&data("market")) {
        let (file, bytes) = write(&name, &header, &records);
        fs::write(dir.join(file), bytes).unwrap();
    }
    dir
}

#[test]
fn threads_change_nothing() {
    let home = tempfile::tempdir().unwrap();
    let one = run(&data("market"), home.path(), &["--threads", "1"]);
    for threads in ["2", "8"] {
        let more = run(&data("market"), home.path(), &["--threads", threads]);
        assert_same(&one, &more, threads);
    }
}

#[test]
fn order_of_rows_and_form_of_files_change_nothing() {
    let home = tempfile::tempdir().unwrap();
    let plain = run(&data("market"), home.path(), &[]);
    let shuffled_dir = variant(home.path(), |name, header, records| {
        (format!("{name}.csv"), csv_bytes(header, &shuffled(records)))
    });
    assert_same(
        &plain,
        &run(&shuffled_dir, home.path(), &[]),
        "rows shuffled",
    );
    let gzip = variant(home.path(), |name, header, records| {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(&csv_bytes(header, records)).unwrap();
        (format!("{name}.csv.gz"), encoder.finish().unwrap())
    });
    assert_same(&plain, &run(&gzip, home.path(), &[]), "gzip");
    let zstd = variant(home.path(), |name, header, records| {
        let bytes = zstd::encode_all(csv_bytes(header, records).as_slice(), 1).unwrap();
        (format!("{name}.csv.zst"), bytes)
    });
    assert_same(&plain, &run(&zstd, home.path(), &[]), "zstd");
    let parquet = variant(home.path(), |name, header, records| {
        (format!("{name}.parquet"), parquet_bytes(header, records))
    });
    assert_same(&plain, &run(&parquet, home.path(), &[]), "parquet");
}

#[test]
fn a_folder_of_parts_reads_as_one_table() {
    let home = tempfile::tempdir().unwrap();
    let plain = run(&data("market"), home.path(), &[]);
    let dir = tempfile::tempdir_in(home.path()).unwrap();
    for (name, header, records) in input_tables(&data("market")) {
        let parts = dir.path().join(&name);
        fs::create_dir(&parts).unwrap();
        let (first, second) = records.split_at(records.len() / 3);
        fs::write(parts.join("a.csv"), csv_bytes(&header, first)).unwrap();
        fs::write(parts.join("b.parquet"), parquet_bytes(&header, second)).unwrap();
    }
    assert_same(&plain, &run(dir.path(), home.path(), &[]), "parts");
}

#[test]
fn a_chain_of_runs_is_the_same_twice() {
    let home = tempfile::tempdir().unwrap();
    let chain = |name: &str| {
        let runs = home.path().join(name);
        let runs = runs.to_str().unwrap();
        let market = data("market");
        for day in ["2024-06-30", "2025-06-30"] {
            let mut command = ringfence(home.path());
            command.arg("run").arg("--data").arg(&market);
            succeed(command.args(["--out", runs, "--as-of", day]));
        }
        tables(&home.path().join(name).join("latest"))
    };
    assert_same(&chain("one"), &chain("two"), "second run of a chain");
}
