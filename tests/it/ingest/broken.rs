//! Input that is broken: said clearly, never with a value of the input, never with a panic.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arrow_array::{ArrayRef, ListArray, StringArray, types::Int32Type};
use proptest::prelude::*;
use ringfence::ingest::{
    CsvLimits, IngestError, ReadOptions, Rows, TableSchema, TextLimit, estimate, parse_csv,
    parse_parquet, read_tables,
};
use ringfence::model::EntityTypeIdx;
use ringfence::strategy::Normalizer;
use tempfile::TempDir;

use super::{
    DEVICES, MERCHANTS, directory, gzip, read, strategy, text_parquet, write_parquet, zstandard,
};

/// The error of a directory, without its path.
fn error(directory: &TempDir) -> String {
    let result = read_tables(directory.path(), &strategy(), &ReadOptions::default());
    let text = result.unwrap_err().to_string();
    text.replace(&directory.path().display().to_string(), "DIR")
}

#[test]
fn a_directory_that_lacks_a_table_is_told_which() {
    let cases: [(&[(&str, &str)], &str); 7] = [
        (
            &[("devices.csv", DEVICES)],
            "no table `merchants` in DIR: add merchants.csv, merchants.csv.gz, merchants.csv.zst, \
             merchants.parquet or a folder merchants/ of such parts",
        ),
        (
            &[("Merchant.csv", MERCHANTS)],
            "no table `merchants` in DIR: add merchants.csv, merchants.csv.gz, merchants.csv.zst, \
             merchants.parquet or a folder merchants/ of such parts (is Merchant.csv meant? Then \
             rename it)",
        ),
        (
            &[("merchants.csv", MERCHANTS), ("labels.csv", "")],
            "no links in DIR: add at least one of the tables devices, payouts, addresses, \
             relations (as .csv, .csv.gz, .csv.zst, .parquet or a folder of such parts)",
        ),
        (
            &[("merchants.csv", MERCHANTS), ("merchants/a.csv", MERCHANTS)],
            "the same rows lie there in two forms, merchants/ and merchants.csv: remove one of them",
        ),
        (
            &[("merchants.csv", ""), ("merchants.parquet", "")],
            "the same rows lie there in two forms, merchants.csv and merchants.parquet: remove one \
             of them",
        ),
        (
            &[("merchants/a.csv", ""), ("merchants/a.csv.gz", "")],
            "the same rows lie there in two forms, merchants/a.csv and merchants/a.csv.gz: remove \
             one of them",
        ),
        (
            &[("merchants/_SUCCESS", ""), ("merchants/.a.csv", "")],
            "merchants/ holds no part: put files that end in .csv, .csv.gz, .csv.zst or .parquet \
             there, or remove the folder",
        ),
    ];
    for (files, message) in cases {
        assert_eq!(error(&directory(files)), message);
    }
    let nowhere = Path::new("no/such/directory");
    let result = read_tables(nowhere, &strategy(), &ReadOptions::default());
    assert!(matches!(result, Err(IngestError::Directory { .. })));
}

#[test]
fn a_file_that_is_no_table_is_named() {
    let cut = |mut bytes: Vec<u8>| {
        bytes.truncate(bytes.len() - 9);
        bytes
    };
    let utf16: Vec<u8> = "\u{feff}merchant_id"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    let damaged = "check that it is complete and undamaged, and copy it here again";
    let parquet = text_parquet(DEVICES, |texts| Arc::new(StringArray::from(texts)));
    let list = ListArray::from_iter_primitive::<Int32Type, _, _>(vec![Some(vec![Some(1)])]);
    let list = write_parquet(vec![
        ("merchant_id", Arc::new(list) as ArrayRef),
        ("device_id", Arc::new(StringArray::from(vec!["d"]))),
    ]);
    let cases: [(&str, Vec<u8>, &str); 12] = [
        (
            "devices.csv",
            vec![],
            "devices.csv is empty: expected a header line with the columns merchant_id, device_id",
        ),
        (
            "devices.csv",
            b"\xEF\xBB\xBF\r\n\n".into(),
            "devices.csv is empty: expected a header line with the columns merchant_id, device_id",
        ),
        (
            "devices.csv.gz",
            vec![],
            "devices.csv.gz is empty: expected a header line with the columns merchant_id, device_id",
        ),
        (
            "devices.csv",
            utf16,
            "devices.csv line 1: expected UTF-8 text, found the mark of UTF-16: save the file as UTF-8",
        ),
        (
            "devices.csv",
            b"\n\"merchant_id,device_id\nM1,d\n".into(),
            "devices.csv line 2: expected a header with the columns merchant_id, device_id, found a record that does not end: look for a quote left open or out of place",
        ),
        (
            "devices.csv",
            b"merchant_id,\"device\"_id\nM1,d\n".into(),
            "devices.csv line 1: expected a header with the columns merchant_id, device_id, found a record that does not end: look for a quote left open or out of place",
        ),
        (
            "devices.csv",
            b"merchant_id,Device_Id\n".into(),
            "devices.csv: expected a column `device_id`, found merchant_id, Device_Id; is `Device_Id` meant? Then rename it to `device_id`",
        ),
        ("devices.csv.gz", cut(gzip(DEVICES)), damaged),
        ("devices.csv.zst", cut(zstandard(DEVICES)), damaged),
        ("devices.csv.zst", DEVICES.into(), damaged),
        (
            "devices.parquet",
            cut(parquet),
            "devices.parquet is no readable Parquet file: check that it is complete and undamaged, and write it again",
        ),
        (
            "devices.parquet",
            list,
            "devices.parquet: the column `merchant_id` is of the type nested values",
        ),
    ];
    for (name, bytes, message) in cases {
        let found = error(&directory(&[
            ("merchants.csv", MERCHANTS.as_bytes()),
            (name, &bytes),
        ]));
        assert!(found.contains(message), "{name}: {found}");
        assert!(
            found.starts_with(name) || found.contains(&format!("read {name}")),
            "{found}"
        );
    }
}

#[test]
fn a_header_alone_is_a_table_without_rows() {
    let tables = read(&directory(&[
        ("merchants.csv", "\u{feff}merchant_id"),
        ("relations.csv", "merchant_id,other_merchant_id\r\n"),
        ("relations.csv.bak", "what else lies there"),
        ("notes.txt", "is ignored"),
    ]));
    assert!(tables.merchants.merchant_id.is_empty() && tables.links.is_empty());
    assert_eq!((tables.inputs.len(), tables.rejects.len()), (2, 0));
}

#[test]
fn too_many_bad_rows_stop_the_run_and_say_where() {
    let merchants = |bad: usize| {
        let mut text = "merchant_id,name,registered_at\n".to_owned();
        for row in 0..20 - bad {
            writeln!(text, "M{row},\"Jane\nDoe\",2024-01-01").unwrap();
        }
        text.push_str(&"Mx,Jane Doe,soon\n".repeat(bad));
        text
    };
    let with = |bad: usize| {
        let merchants = merchants(bad);
        let directory = directory(&[
            ("merchants.csv", merchants.as_str()),
            ("devices.csv", "merchant_id,device_id\n"),
        ]);
        let mut strategy = strategy();
        strategy.input.max_reject_share = 0.05;
        read_tables(directory.path(), &strategy, &ReadOptions::default())
    };
    assert_eq!(
        with(1).unwrap().rejects.len(),
        1,
        "5 % is not more than 5 %"
    );
    let message = with(2).unwrap_err().to_string();
    let expected = "2 of 20 rows are bad, more than max_reject_share = 0.05 allows\n\
        merchants.csv: 2 of 20 rows\n  \
        2 times, first on line 38: bad_time: registered_at: expected YYYY-MM-DD or an RFC 3339 timestamp\n\
        mend the export, or raise `max_reject_share` under [input] in the strategy";
    assert_eq!(message, expected);
}

#[test]
fn a_quote_left_open_swallows_one_line() {
    let mut devices = "merchant_id,device_id\nM1,d1\nM2,\"d2\n".to_owned();
    for row in 3..200 {
        writeln!(devices, "M{row},d{row}").unwrap();
    }
    let mut strategy = strategy();
    for (max_record_bytes, reason) in [
        (
            1024,
            "record_too_long: expected at most 1024 bytes, look for a quote left open",
        ),
        (
            1 << 20,
            "unclosed_quote: expected a closing quote before the end of the file",
        ),
    ] {
        strategy.input.max_record_bytes = max_record_bytes;
        let directory = directory(&[
            ("merchants.csv", "merchant_id\n"),
            ("devices.csv", &devices),
        ]);
        let tables = read_tables(directory.path(), &strategy, &ReadOptions::default()).unwrap();
        assert_eq!(tables.links[0].merchant_id.len(), 198);
        assert_eq!(tables.rejects.len(), 1);
        let reject = &tables.rejects[0];
        assert_eq!(
            (reject.line, reject.raw.as_str(), reject.reason.as_str()),
            (3, "M2,\"d2", reason)
        );
    }
}

/// A quote opens on line 2, and a hundred rows later stands one that could close it.
#[test]
fn a_stray_quote_swallows_one_line() {
    let text_after = "text_after_quote: expected a comma or a line end after a closing quote, look for a quote left open";
    let cases = [
        ("M1,\"d1,2025-01-01,", "M2,d\"2,,", text_after),
        ("\"M\"1,d1,2025-01-01,", "M2,d2,,", text_after),
        ("M1,\"d1,2025-01-01,", "M2,\"d2\",,", text_after),
        (
            "M1,d1,,\"2025-01-01",
            "M2,d2\",,",
            "field_count: expected 4 fields, found 6 on several lines, look for a quote left open",
        ),
        (
            "M1,d1,\"2025-01-01,",
            "M2,d2\",",
            "line_end: first_seen: expected a value on one line, look for a quote left open",
        ),
    ];
    for (opening, closing, reason) in cases {
        for line_end in ["\n", "\r\n"] {
            let rows = (0..100).map(|row| format!("N{row},d{row},,{line_end}"));
            let devices = [
                format!("merchant_id,device_id,first_seen,last_seen{line_end}{opening}{line_end}"),
                rows.collect(),
                format!("{closing}{line_end}M3,\"3, \"\"the{line_end}third\"\"\",,{line_end}"),
            ];
            let directory = directory(&[
                ("merchants.csv", "merchant_id\n"),
                ("devices.csv", &devices.concat()),
            ]);
            let tables = read(&directory);
            let reject = &tables.rejects[0];
            let found = (reject.line, reject.reason.as_str(), reject.raw.as_str());
            assert_eq!(found, (2, reason, opening));
            let links = &tables.links[0];
            let is_short = closing.ends_with("d2\",");
            assert_eq!(tables.rejects.len(), 1 + usize::from(is_short), "{closing}");
            assert_eq!(links.merchant_id.len(), 102 - usize::from(is_short));
            let last = links.value.iter().last();
            assert_eq!(last, Some(format!("3, \"the{line_end}third\"").as_str()));
        }
    }
}

#[test]
fn no_error_shows_a_value() {
    let secret = "S3cretAcc0unt99";
    for devices in [
        format!("{secret},{secret}\n"),
        format!("merchant_id,device_id,first_seen\n{secret},{secret},{secret}\n"),
        format!("merchant_id,device_id\n\"{secret}\n"),
        format!("merchant_id,{secret}\n"),
    ] {
        let directory = directory(&[
            ("merchants.csv", "merchant_id\n"),
            ("devices.csv", &devices),
        ]);
        let found = error(&directory);
        assert!(!found.contains(secret), "{found}");
    }
}

#[test]
fn progress_counts_every_byte_and_the_estimate_knows_the_size() {
    let parquet = text_parquet(DEVICES, |texts| Arc::new(StringArray::from(texts)));
    let directory = directory(&[
        ("merchants.csv.gz", gzip(MERCHANTS)),
        ("devices/0.parquet", parquet),
        ("devices/1.csv", DEVICES.into()),
    ]);
    let seen = AtomicU64::new(0);
    let progress = |bytes: u64| {
        seen.fetch_add(bytes, Ordering::Relaxed);
    };
    let options = ReadOptions {
        progress: &progress,
        ..ReadOptions::default()
    };
    let tables = read_tables(directory.path(), &strategy(), &options).unwrap();
    let total: u64 = tables.inputs.iter().map(|file| file.bytes).sum();
    assert_eq!(seen.load(Ordering::Relaxed), total);
    for file in &tables.inputs {
        let bytes = fs::read(directory.path().join(&file.path)).unwrap();
        assert_eq!(
            file.blake3,
            blake3::hash(&bytes).to_hex().as_str(),
            "{}",
            file.path
        );
    }
    let estimate = estimate(directory.path(), &strategy()).unwrap();
    let names: Vec<_> = estimate
        .tables
        .iter()
        .map(|table| (table.table.as_str(), table.files))
        .collect();
    assert_eq!(names, [("merchants", 1), ("devices", 2)]);
    assert_eq!(estimate.disk_bytes(), total);
    assert!(estimate.memory_bytes() > total);
}

#[test]
fn an_estimate_is_close_for_the_forms_that_show_their_rows() {
    let mut devices = "merchant_id,device_id\n".to_owned();
    for row in 10_000..12_000 {
        writeln!(devices, "M{row},d{row}").unwrap();
    }
    let parquet = text_parquet(DEVICES, |texts| Arc::new(StringArray::from(texts)));
    let directory = directory(&[
        ("merchants.csv", MERCHANTS.as_bytes()),
        ("devices.csv", devices.as_bytes()),
        ("payouts.parquet", &parquet),
        ("addresses.csv.zst", DEVICES.as_bytes()),
    ]);
    let estimate = estimate(directory.path(), &strategy()).unwrap();
    let rows = |table: usize| estimate.tables[table].rows;
    assert!((1990..=2010).contains(&rows(1)), "{} devices", rows(1));
    assert_eq!(rows(2), 5);
    assert!(rows(3) < 20, "a damaged file is judged by its size");
}

fn schemas() -> [TableSchema; 2] {
    let signals = ["refund_rate".to_owned()];
    [
        TableSchema::merchants(&signals),
        TableSchema::links(
            "addresses",
            "address",
            EntityTypeIdx(0),
            Normalizer::Address,
        ),
    ]
}

/// The files of a folder of `tests/corpus`, sorted.
fn corpus(folder: &str) -> Vec<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/corpus")
        .join(folder);
    let files = fs::read_dir(path).unwrap();
    let mut files: Vec<_> = files.map(|file| file.unwrap().path()).collect();
    files.sort();
    assert!(!files.is_empty());
    files
}

/// What reading gave, as text, after a look at its inner order.
fn outcome(result: Result<Rows, IngestError>) -> String {
    match result {
        Ok(rows) => {
            rows.validate();
            format!("{rows:?}")
        }
        Err(error) => error.to_string(),
    }
}

#[test]
fn the_csv_corpus_reads_alike_at_every_block_size() {
    for path in corpus("csv") {
        let bytes = fs::read(&path).unwrap();
        for schema in schemas() {
            for max_record_bytes in [24, 1 << 20] {
                let at = |block_bytes| {
                    let limits = CsvLimits {
                        block_bytes,
                        max_record_bytes,
                    };
                    outcome(parse_csv(bytes.as_slice(), "x.csv", &schema, None, limits))
                };
                let whole = at(1 << 20);
                for block_bytes in [1, 2, 7, 64] {
                    assert_eq!(at(block_bytes), whole, "{} {block_bytes}", path.display());
                }
            }
        }
    }
}

/// 64 kB of text in a few hundred bytes, in each form that packs it.
#[test]
fn a_packed_file_that_holds_more_than_allowed_is_refused() {
    let text = format!(
        "{DEVICES}{}",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa,M1,,,\n".repeat(2000)
    );
    let parquet = text_parquet(&text, |texts| Arc::new(StringArray::from(texts)));
    for (name, bytes) in [
        ("devices.csv", text.clone().into_bytes()),
        ("devices.csv.gz", gzip(&text)),
        ("devices.csv.zst", zstandard(&text)),
        ("devices.parquet", parquet),
    ] {
        let directory = directory(&[("merchants.csv", MERCHANTS.into()), (name, bytes)]);
        let read = |max_text_bytes| {
            let options = ReadOptions {
                max_text_bytes: Some(max_text_bytes),
                ..ReadOptions::default()
            };
            read_tables(directory.path(), &strategy(), &options)
        };
        assert!(read(1 << 20).is_ok(), "{name}");
        let error = read(40_000).unwrap_err().to_string();
        assert!(
            error.starts_with(&format!("{name}: the tables hold more than")),
            "{error}"
        );
    }
}

#[test]
fn the_parquet_corpus_reads_or_is_refused() {
    for path in corpus("parquet") {
        let good = path
            .file_name()
            .unwrap()
            .to_string_lossy()
            .starts_with("good");
        let read = schemas().map(|schema| {
            let result = parse_parquet(
                || File::open(&path),
                "x.parquet",
                &schema,
                None,
                &TextLimit::new(u64::MAX),
            );
            let is_ok = result.is_ok();
            outcome(result);
            is_ok
        });
        assert_eq!(read.contains(&true), good, "{}", path.display());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_flipped_bit_in_parquet_never_panics(place in 0.0..1.0_f64, bit in 0..8_u32) {
        let mut bytes = fs::read(&corpus("parquet")[0]).unwrap();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "a share of the file's length")]
        let at = (place * bytes.len() as f64) as usize;
        bytes[at] ^= 1 << bit;
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), bytes).unwrap();
        for schema in schemas() {
            outcome(parse_parquet(|| File::open(file.path()), "x.parquet", &schema, None, &TextLimit::new(u64::MAX)));
        }
    }
}
