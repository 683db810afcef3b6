//! A time of any bytes.

#![no_main]

#[path = "../../it/parsers.rs"]
#[expect(dead_code, reason = "each target uses one of them")]
mod parsers;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| parsers::timestamp(bytes));
