//! Integration tests, one binary.

mod lineage;
