//! Integration tests: one binary.

mod cli_explore;
mod explore;
//! Integration tests, one binary.

mod lineage;
mod publish;
mod run_format;
