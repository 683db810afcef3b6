//! Integration tests, one binary.

mod strategy;
mod detect;
mod report;
