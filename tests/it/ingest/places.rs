//! What lies in a data directory: tables, what looks like one, and what is none.

use std::fs;
use std::os::unix::fs::symlink;

use ringfence::ingest::{ReadOptions, Tables, read_tables};
use rustix::fs::{CWD, FileType, Mode, mknodat};

use super::{DEVICES, MERCHANTS, directory, strategy};

/// Reads the tables with these files beside them.
fn with_files(files: &[&str]) -> Result<Tables, String> {
    let directory = directory(&[
        ("merchants.csv", MERCHANTS),
        ("payouts.csv", "merchant_id,account\n"),
    ]);
    for name in files {
        let path = directory.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, DEVICES).unwrap();
    }
    let result = read_tables(directory.path(), &strategy(), &ReadOptions::default());
    result.map_err(|error| error.to_string())
}

#[test]
fn what_is_named_for_a_table_and_not_read_stops_the_run() {
    let check = |files: &[&str], path: &str, table: &str| {
        let expected = format!(
            "{path} is named for the table `{table}`, but in no form that is read: expected {table}.csv, \
             {table}.csv.gz, {table}.csv.zst, {table}.parquet or a folder {table}/ of such parts; \
             rename or convert it, or move it away"
        );
        assert_eq!(with_files(files).unwrap_err(), expected);
    };
    check(&["devices.csv/part-0.csv"], "devices.csv", "devices");
    check(
        &["devices.parquet/part-0.parquet"],
        "devices.parquet",
        "devices",
    );
    check(&["devices.CSV"], "devices.CSV", "devices");
    check(&["Devices.csv"], "Devices.csv", "devices");
    check(&["devices"], "devices", "devices");
    check(&["labels.csv.bz2"], "labels.csv.bz2", "labels");
    check(&["payouts.json"], "payouts.json", "payouts");
    check(
        &["devices/a.csv", "devices/b.CSV"],
        "devices/b.CSV",
        "devices",
    );
    check(
        &["devices/a.csv", "devices/b.csv.bz2"],
        "devices/b.csv.bz2",
        "devices",
    );
    for files in [
        &["devices/a.csv", "devices/dt=2025/b.csv"][..],
        &["devices/dt=2025/month=01/b.parquet"],
    ] {
        assert_eq!(
            with_files(files).unwrap_err(),
            "devices/dt=2025/ holds files of the table `devices`, and folders within devices/ are not \
             read: put the files into devices/ itself, or move the folder away"
        );
    }
}

#[test]
fn what_is_no_table_is_passed_over() {
    let tables = with_files(&[
        "devices/a.csv",
        "devices/a.csv.crc",
        "devices/README.md",
        "devices/_temporary/0/b.csv",
        "devices/.staging/b.csv",
        "devices/docs/notes.txt",
        "payouts.csv.sha256",
        "payouts.csv~",
        "truth.csv",
        "devices_old.csv",
        ".labels.csv",
        "README.md",
        "archive/merchants.csv",
    ]);
    let inputs = tables.unwrap().inputs;
    let paths: Vec<_> = inputs.iter().map(|input| input.path.as_str()).collect();
    assert_eq!(paths, ["devices/a.csv", "merchants.csv", "payouts.csv"]);
}

#[test]
fn a_named_pipe_is_no_table() {
    for name in ["devices.csv", "devices.parquet", "devices/a.csv.gz"] {
        let directory = directory(&[("merchants.csv", MERCHANTS)]);
        let path = directory.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        mknodat(CWD, &path, FileType::Fifo, Mode::RWXU, 0).unwrap();
        let result = read_tables(directory.path(), &strategy(), &ReadOptions::default());
        assert_eq!(
            result.unwrap_err().to_string(),
            format!(
                "{name} is no regular file: write the table to a file, and put that in its place"
            )
        );
    }
}

#[test]
fn a_link_that_leads_nowhere_is_said_to_be_one() {
    for name in ["devices.csv", "devices.parquet"] {
        let directory = directory(&[("merchants.csv", MERCHANTS)]);
        symlink("nowhere", directory.path().join(name)).unwrap();
        let result = read_tables(directory.path(), &strategy(), &ReadOptions::default());
        assert_eq!(
            result.unwrap_err().to_string(),
            format!(
                "can't read {name}: it is gone, or a link that leads nowhere; put it there, or remove the link"
            )
        );
    }
}
