//! Integration tests, in one binary.

mod cli_explore;
mod cli_run;
mod command;
mod compat;
mod corpus;
mod detect;
mod detect_oracle;
mod determinism;
mod evaluate;
mod explore;
mod floor_plan;
mod golden;
mod graph_laws;
mod ingest;
mod kill;
mod lineage;
mod parsers;
mod privacy;
mod publish;
mod readme;
mod report;
mod resolve;
mod run_format;
mod simulate;
mod strategy;
mod support;
