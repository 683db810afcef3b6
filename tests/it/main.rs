//! Integration tests, one binary.

mod cli_explore;
mod explore;
mod lineage;
mod publish;
mod run_format;
