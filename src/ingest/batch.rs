//! Records read together, so that each column takes its fields in one go.

use std::ops::Range;

use super::cell::Cell;
use super::scan::Scanner;

/// Records in a batch: few enough that their fields stay in the nearest cache.
const BATCH_RECORDS: usize = 128;

/// Records of one stretch of text, all without quotes and with as many fields as the header.
#[derive(Debug)]
pub(super) struct Batch<'a> {
    text: &'a str,
    n_fields: usize,
    /// Those of each record behind those of the one before.
    fields: Vec<Range<usize>>,
    /// Where each record lies, and the line it starts on.
    records: Vec<(Range<usize>, u64)>,
}

impl<'a> Batch<'a> {
    pub(super) fn new(text: &'a str, n_fields: usize) -> Self {
        Self {
            text,
            n_fields,
            fields: Vec::with_capacity(BATCH_RECORDS * n_fields),
            records: Vec::with_capacity(BATCH_RECORDS),
        }
    }

    /// Takes in the record at hand; `false` when it is none for a batch.
    pub(super) fn take(&mut self, scanner: &Scanner<'a>) -> bool {
        let Some(fields) = scanner.plain_fields() else {
            return false;
        };
        let is_whole = fields.len() == self.n_fields;
        if is_whole {
            self.fields.extend_from_slice(fields);
            self.records.push((scanner.record(), scanner.line()));
        }
        is_whole
    }

    pub(super) fn is_full(&self) -> bool {
        self.records.len() == BATCH_RECORDS
    }

    pub(super) fn len(&self) -> usize {
        self.records.len()
    }

    /// A field of a record.
    #[inline]
    pub(super) fn cell(&self, record: usize, field: usize) -> Cell<'a> {
        Cell::Text(&self.text[self.fields[record * self.n_fields + field].clone()])
    }

    /// The line of a record, and the record as it stands.
    pub(super) fn record(&self, record: usize) -> (u64, &'a str) {
        let (range, line) = &self.records[record];
        (*line, &self.text[range.clone()])
    }

    pub(super) fn clear(&mut self) {
        self.fields.clear();
        self.records.clear();
    }
}
