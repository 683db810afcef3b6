//! Reading a data directory: every form alike, bad rows kept, broken files named.

#![expect(
    clippy::unwrap_used,
    reason = "what a test needs to go on and does not have is its failure"
)]

mod broken;
mod places;
mod rows;

use std::fs;
use std::io::Write as _;
use std::sync::Arc;

use arrow_array::types::Int32Type;
use arrow_array::{
    ArrayRef, Date32Array, DictionaryArray, Float64Array, Int64Array, LargeStringArray,
    RecordBatch, StringArray, StringViewArray, TimestampMillisecondArray,
};
use parquet::arrow::ArrowWriter;
use parquet::basic::{BrotliLevel, Compression, GzipLevel, ZstdLevel};
use parquet::file::properties::WriterProperties;
use ringfence::ingest::{ReadOptions, Tables, read_tables};
use ringfence::model::Timestamp;
use ringfence::strategy::{LinkType, Normalizer, Strategy};
use tempfile::TempDir;

const MERCHANTS: &str = "merchant_id,name,city,registered_at,status,gmv_30d,refund_rate\n\
    M1,\"Lee, Tan & Co\",Singapore,2024-01-02,active,1200.50,0.02\n\
    M2,Golden Star,,2024-05-06T07:08:09+08:00,Suspended,,\n\
    M3,\"The \"\"Best\"\" Shop\",Johor,,dormant,-3,1e-3\n";
const DEVICES: &str = "device_id,merchant_id,first_seen,last_seen,events\n\
    d1,M1,2024-02-01,2024-03-01,3\n\
    d1,M2,2024-02-02,,3.0\n\
    ,M3,,,\n\
    \"d\n2\",M9,2024-02-03,2024-02-03T12:00:00Z,5000000000\n\
    d3,M1,03/02/2024,,\n";

/// The default strategy, from the default file alone.
fn strategy() -> Strategy {
    Strategy::parse("[input]\nmax_reject_share = 0.5").expect("a valid strategy")
}

fn link_type(name: &str, table: &str, column: &str) -> LinkType {
    LinkType {
        name: name.into(),
        table: table.into(),
        column: column.into(),
        normalizer: Normalizer::Exact,
        ..strategy().links[0].clone()
    }
}

/// A data directory with these files.
fn directory<B: AsRef<[u8]>>(files: &[(&str, B)]) -> TempDir {
    let directory = TempDir::new().unwrap();
    for (name, bytes) in files {
        let path = directory.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    directory
}

fn read(directory: &TempDir) -> Tables {
    read_tables(directory.path(), &strategy(), &ReadOptions::default()).unwrap()
}

/// Everything but what names the files.
fn content(mut tables: Tables) -> String {
    tables.inputs.clear();
    for reject in &mut tables.rejects {
        (reject.file, reject.raw) = (String::new(), String::new());
        reject.line = 0;
    }
    format!("{tables:?}")
}

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

fn zstandard(text: &str) -> Vec<u8> {
    zstd::encode_all(text.as_bytes(), 1).unwrap()
}

/// The records of a CSV text, header first.
fn records(text: &str) -> Vec<Vec<String>> {
    let mut reader = csv::ReaderBuilder::new();
    let mut reader = reader.has_headers(false).from_reader(text.as_bytes());
    reader
        .records()
        .map(|record| record.unwrap().iter().map(str::to_owned).collect())
        .collect()
}

fn write_parquet(columns: Vec<(&str, ArrayRef)>) -> Vec<u8> {
    write_packed(columns, Compression::UNCOMPRESSED)
}

fn write_packed(columns: Vec<(&str, ArrayRef)>, codec: Compression) -> Vec<u8> {
    let batch = RecordBatch::try_from_iter_with_nullable(
        columns.into_iter().map(|(name, array)| (name, array, true)),
    )
    .unwrap();
    // Row groups of two rows, so that several are read.
    let properties = WriterProperties::builder()
        .set_max_row_group_row_count(Some(2))
        .set_compression(codec)
        .build();
    let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), Some(properties)).unwrap();
    writer.write(&batch).unwrap();
    writer.into_inner().unwrap()
}

/// A CSV text as Parquet with a column of texts for each of its columns.
fn text_parquet(text: &str, array: impl Fn(Vec<Option<&str>>) -> ArrayRef) -> Vec<u8> {
    let records = records(text);
    let columns = records[0].iter().enumerate().map(|(index, name)| {
        let fields = records[1..].iter().map(|record| record[index].as_str());
        let fields = fields.map(|field| (!field.is_empty()).then_some(field));
        (name.as_str(), array(fields.collect()))
    });
    write_parquet(columns.collect())
}

#[test]
fn every_form_of_the_same_rows_reads_alike() {
    let plain = read(&directory(&[
        ("merchants.csv", MERCHANTS),
        ("devices.csv", DEVICES),
    ]));
    assert_eq!(plain.merchants.merchant_id.len(), 3);
    assert_eq!(plain.links[0].merchant_id.len(), 3);
    assert_eq!(plain.unknown_status, 1);
    let half = DEVICES.len() / 2;
    let members = [gzip(&DEVICES[..half]), gzip(&DEVICES[half..])].concat();
    let crlf = MERCHANTS.replace('\n', "\r\n");
    let utf8: fn(Vec<Option<&str>>) -> ArrayRef = |texts| Arc::new(StringArray::from(texts));
    let large: fn(Vec<Option<&str>>) -> ArrayRef = |texts| Arc::new(LargeStringArray::from(texts));
    let view: fn(Vec<Option<&str>>) -> ArrayRef = |texts| Arc::new(StringViewArray::from(texts));
    let dictionary: fn(Vec<Option<&str>>) -> ArrayRef =
        |texts| Arc::new(texts.into_iter().collect::<DictionaryArray<Int32Type>>());
    let forms: [(&str, Vec<u8>, &str, Vec<u8>); 6] = [
        (
            "merchants.csv.gz",
            gzip(MERCHANTS),
            "devices.csv.gz",
            members,
        ),
        (
            "merchants.csv.zst",
            zstandard(MERCHANTS),
            "devices.csv.zst",
            zstandard(DEVICES),
        ),
        (
            "merchants.csv",
            crlf.into_bytes(),
            "devices.parquet",
            text_parquet(DEVICES, utf8),
        ),
        (
            "merchants.parquet",
            text_parquet(MERCHANTS, large),
            "devices.parquet",
            text_parquet(DEVICES, view),
        ),
        (
            "merchants.parquet",
            text_parquet(MERCHANTS, dictionary),
            "devices/a.parquet",
            text_parquet(DEVICES, dictionary),
        ),
        (
            "merchants/x.csv",
            MERCHANTS.into(),
            "devices/part-0.csv.zst",
            zstandard(DEVICES),
        ),
    ];
    for (merchants, merchant_bytes, devices, device_bytes) in forms {
        let tables = read(&directory(&[
            (merchants, merchant_bytes),
            (devices, device_bytes),
        ]));
        assert_eq!(
            content(tables),
            content(plain.clone()),
            "{merchants} and {devices}"
        );
    }
}

#[test]
fn parquet_of_any_compression_reads_alike() {
    let packed = |codec| {
        let texts = |texts: &[&str]| Arc::new(StringArray::from(texts.to_vec())) as ArrayRef;
        let columns = vec![
            ("merchant_id", texts(&["M1", "M2", "M3"])),
            ("device_id", texts(&["d1", "d1", "d2"])),
        ];
        write_packed(columns, codec)
    };
    let read_packed = |bytes| {
        let merchants = MERCHANTS.as_bytes().to_vec();
        let directory = directory(&[("merchants.csv", merchants), ("devices.parquet", bytes)]);
        read_tables(directory.path(), &strategy(), &ReadOptions::default())
    };
    let plain = packed(Compression::UNCOMPRESSED);
    let expected = content(read_packed(plain.clone()).unwrap());
    for codec in [
        Compression::SNAPPY,
        Compression::GZIP(GzipLevel::default()),
        Compression::ZSTD(ZstdLevel::default()),
        Compression::LZ4,
        Compression::LZ4_RAW,
        Compression::BROTLI(BrotliLevel::default()),
    ] {
        assert_ne!(packed(codec), plain, "{codec}");
        let tables = read_packed(packed(codec)).unwrap();
        assert_eq!(content(tables), expected, "{codec}");
    }
    // Nobody writes LZO any more: the footer alone says that this is some.
    let says = b"\x19\x18\x09device_id\x15";
    let at = plain.windows(says.len()).position(|bytes| bytes == says);
    let mut lzo = plain;
    lzo[at.unwrap() + says.len()] = 2 * 3;
    assert_eq!(
        read_packed(lzo).unwrap_err().to_string(),
        "devices.parquet: the column `device_id` is compressed with LZO: expected snappy, gzip, zstd, lz4, \
         brotli or no compression; choose one of them when you write the file"
    );
}

#[test]
fn parquet_columns_of_numbers_and_times_read_as_their_texts_do() {
    let devices = "merchant_id,device_id,first_seen,last_seen,events,amount\n\
        1,7.5,2024-02-01,2024-03-01T00:00:01Z,3,0.1\n2,8,,,,\n3,9,1969-12-31,,0,2\n";
    let plain = read(&directory(&[
        ("merchants.csv", "merchant_id\n1\n2\n"),
        ("devices.csv", devices),
    ]));
    let day = |text: &str| i32::try_from(Timestamp::parse(text).unwrap().day()).unwrap();
    let last = Timestamp::parse("2024-03-01T00:00:01Z").unwrap().seconds() * 1000 + 999;
    let parquet = write_parquet(vec![
        (
            "merchant_id",
            Arc::new(Int64Array::from(vec![1, 2, 3])) as ArrayRef,
        ),
        (
            "amount",
            Arc::new(arrow_array::Float32Array::from(vec![
                Some(0.1),
                None,
                Some(2.0),
            ])),
        ),
        (
            "last_seen",
            Arc::new(
                TimestampMillisecondArray::from(vec![Some(last), None, None])
                    .with_timezone("+08:00"),
            ),
        ),
        (
            "device_id",
            Arc::new(Float64Array::from(vec![7.5, 8.0, 9.0])),
        ),
        (
            "first_seen",
            Arc::new(Date32Array::from(vec![
                Some(day("2024-02-01")),
                None,
                Some(day("1969-12-31")),
            ])),
        ),
        (
            "events",
            Arc::new(Float64Array::from(vec![
                Some(3.0),
                Some(f64::NAN),
                Some(0.0),
            ])),
        ),
    ]);
    let merchants = write_parquet(vec![(
        "merchant_id",
        Arc::new(Int64Array::from(vec![1, 2])) as ArrayRef,
    )]);
    let tables = read(&directory(&[
        ("merchants.parquet", merchants),
        ("devices.parquet", parquet),
    ]));
    assert_eq!(content(tables), content(plain));
}

#[test]
fn parquet_numbers_are_refused_where_their_texts_are() {
    let amounts = [
        Some(0.1),
        None,
        Some(f64::NAN),
        Some(f64::INFINITY),
        Some(-2.5),
        Some(1.0),
    ];
    let events = [
        Some(3),
        None,
        Some(0),
        Some(1),
        Some(5_000_000_000),
        Some(-1),
    ];
    let text = |number: Option<String>| number.unwrap_or_default();
    let rows = amounts.iter().zip(&events).map(|(amount, count)| {
        let amount = text(amount.filter(|x: &f64| !x.is_nan()).map(|x| x.to_string()));
        let count = text(count.map(|n: i64| n.to_string()));
        format!("1,d,{amount},{count}\n")
    });
    let devices = format!(
        "merchant_id,device_id,amount,events\n{}",
        rows.collect::<String>()
    );
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("merchant_id", Arc::new(StringArray::from(vec!["1"; 6]))),
        ("device_id", Arc::new(StringArray::from(vec!["d"; 6]))),
        ("amount", Arc::new(Float64Array::from(amounts.to_vec()))),
        ("events", Arc::new(Int64Array::from(events.to_vec()))),
    ];
    let merchants = ("merchants.csv", b"merchant_id\n1\n".to_vec());
    let with = |devices: (&str, Vec<u8>)| {
        let read = read(&directory(&[merchants.clone(), devices]));
        let bad = read.rejects.iter().map(|reject| reject.reason.clone());
        (
            read.links[0].amount.clone(),
            read.links[0].events.clone(),
            bad.collect::<Vec<_>>(),
        )
    };
    let plain = with(("devices.csv", devices.into_bytes()));
    assert_eq!(plain.2.len(), 2, "infinity and a negative count");
    assert_eq!(with(("devices.parquet", write_parquet(columns))), plain);
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let directory = directory(&[
        (
            "merchants.parquet",
            text_parquet(MERCHANTS, |texts| Arc::new(StringArray::from(texts))),
        ),
        ("devices/0.csv.gz", gzip(DEVICES)),
        (
            "devices/1.parquet",
            text_parquet(DEVICES, |texts| Arc::new(StringArray::from(texts))),
        ),
        ("devices/2.csv", DEVICES.into()),
    ]);
    let with = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
        format!("{:?}", pool.build().unwrap().install(|| read(&directory)))
    };
    let one = with(1);
    assert_eq!(one.matches("bad_time").count(), 3);
    for threads in [2, 3, 8] {
        assert_eq!(with(threads), one, "{threads} threads");
    }
}
