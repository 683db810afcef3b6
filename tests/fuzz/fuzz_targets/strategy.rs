//! A strategy file of any bytes is a strategy or a clear error, never a panic.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ringfence::strategy::Strategy;

fuzz_target!(|text: &str| {
    match Strategy::parse(text) {
        Ok(strategy) => assert_eq!(strategy.hash.len(), 64),
        Err(error) => assert!(!error.to_string().is_empty()),
    }
});
