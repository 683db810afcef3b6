//! Integration tests, one binary.

mod strategy;
