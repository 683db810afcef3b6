//! Integration tests, in one binary.

mod cli_explore;
mod command;
mod detect;
mod detect_oracle;
mod determinism;
mod evaluate;
mod explore;
mod floor_plan;
mod graph_laws;
mod ingest;
mod kill;
mod lineage;
mod privacy;
mod publish;
mod report;
mod resolve;
mod run_format;
mod simulate;
mod strategy;
mod support;
