//! Integration tests, one binary.

mod command;
mod detect;
mod floor_plan;
mod graph_laws;
mod strategy;
mod support;
mod detect;
mod report;
//! Integration tests, in one binary.

mod ingest;
mod lineage;
mod publish;
mod report;
mod run_format;
mod resolve;
mod strategy;
mod support;
