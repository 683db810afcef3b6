//! Whatever the bytes: rows that add up, or an error. The Parquet decoder may panic inside, which
//! the reader catches; libFuzzer would stop for it, so the hook that it sets is taken out.

#![no_main]

use bytes::Bytes;
use libfuzzer_sys::fuzz_target;
use ringfence::ingest::{TableSchema, parse_parquet};
use ringfence::model::EntityTypeIdx;
use ringfence::strategy::Normalizer;

fuzz_target!(
    init: std::panic::set_hook(Box::new(|_| {})),
    |bytes: &[u8]| {
        let bytes = Bytes::copy_from_slice(bytes);
        let schemas = [
            TableSchema::merchants(&["refund_rate".to_owned()]),
            TableSchema::links("addresses", "address", EntityTypeIdx(0), Normalizer::Address),
        ];
        for schema in &schemas {
            let rows = std::panic::catch_unwind(|| {
                parse_parquet(|| Ok(bytes.clone()), "fuzz.parquet", schema, None)
                    .map(|rows| rows.validate())
            });
            if rows.is_err() {
                std::process::abort();
            }
        }
    }
);
