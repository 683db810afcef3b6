//! Integration tests: one binary.

mod cli_explore;
mod explore;
