//! Integration tests, one binary.

mod resolve;
