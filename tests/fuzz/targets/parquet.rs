//! Parquet of any bytes. The decoder may panic inside, which the reader catches; libFuzzer would stop
//! for it, so the hook that it sets is taken out.

#![no_main]

#[path = "../../it/parsers.rs"]
#[expect(dead_code, reason = "each target uses one of them")]
mod parsers;

libfuzzer_sys::fuzz_target!(
    init: std::panic::set_hook(Box::new(|_| {})),
    |bytes: &[u8]| {
        if std::panic::catch_unwind(|| parsers::parquet(bytes)).is_err() {
            std::process::abort();
        }
    }
);
