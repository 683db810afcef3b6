//! Integration tests, one binary.

mod lineage;
mod publish;
mod run_format;
