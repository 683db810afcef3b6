//! Whatever the bytes: no panic, every row counted once, and the same rows at every block size.

#![no_main]

use libfuzzer_sys::fuzz_target;
use ringfence::ingest::{CsvLimits, Rows, TableSchema, parse_csv};
use ringfence::model::EntityTypeIdx;
use ringfence::strategy::Normalizer;

fuzz_target!(|bytes: &[u8]| {
    let schemas = [
        TableSchema::merchants(&["refund_rate".to_owned()]),
        TableSchema::links(
            "addresses",
            "address",
            EntityTypeIdx(0),
            Normalizer::Address,
        ),
    ];
    for schema in &schemas {
        let at = |block_bytes| {
            let limits = CsvLimits {
                block_bytes,
                max_record_bytes: 256,
            };
            parse_csv(bytes, "fuzz.csv", schema, None, limits)
                .inspect(Rows::validate)
                .map_err(|error| error.to_string())
        };
        let small = 1 + bytes.len() % 31;
        assert_eq!(format!("{:?}", at(small)), format!("{:?}", at(1 << 20)));
    }
});
