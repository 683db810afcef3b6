//! The physical lines that the records of a stretch of CSV stand on.

use std::ops::Range;

use super::split::count_line_ends;

/// Counts lines up to the records that ask for theirs, each byte once.
pub(super) struct Lines<'a> {
    bytes: &'a [u8],
    at: usize,
    line: u64,
}

impl<'a> Lines<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            at: 0,
            line: 0,
        }
    }

    /// The lines before a record, given by where it lies, and its raw text.
    pub(super) fn record(&mut self, record: Range<usize>) -> (u64, &'a [u8]) {
        self.line += count_line_ends(&self.bytes[self.at..record.start]);
        self.at = record.start;
        (self.line, &self.bytes[record])
    }
}
