//! The records of a stretch of CSV in memory, and the physical lines they stand on.

use std::io::{self, Read};

use csv::{ByteRecord, ReaderBuilder};

use super::split::count_line_ends;

/// A reader of records in memory.
///
/// The `csv` crate drops a byte order mark at the start of what it reads; in the middle of a file
/// it is a part of a value. A blank line before, which counts for nothing, saves it.
pub(super) type RecordReader<'a> = ::csv::Reader<io::Chain<&'static [u8], &'a [u8]>>;

const BLANK_LINE: &[u8] = b"\n";

pub(super) fn reader_of(bytes: &[u8]) -> RecordReader<'_> {
    ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .buffer_capacity(64 * 1024)
        .from_reader(BLANK_LINE.chain(bytes))
}

pub(super) fn next_record(reader: &mut RecordReader<'_>, record: &mut ByteRecord) -> bool {
    let read = reader.read_byte_record(record);
    read.expect("memory can be read, and records of any length are taken")
}

/// How far a reader is in its bytes.
pub(super) fn position(reader: &RecordReader<'_>) -> usize {
    let byte = usize::try_from(reader.position().byte()).expect("a position in memory");
    byte.saturating_sub(BLANK_LINE.len())
}

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

    /// The lines before the record in a stretch of the bytes, and its raw text. The stretch may start
    /// with the rest of the terminator before it and with blank lines.
    pub(super) fn record(&mut self, start: usize, end: usize) -> (u64, &'a [u8]) {
        let is_end = |byte: &u8| matches!(byte, b'\r' | b'\n');
        let stretch = &self.bytes[start..end];
        let blank = stretch.iter().take_while(|byte| is_end(byte)).count();
        let kept = stretch.iter().rev().take_while(|byte| is_end(byte)).count();
        let record_start = start + blank;
        self.line += count_line_ends(&self.bytes[self.at..record_start]);
        self.at = record_start;
        let record_end = (end - kept).max(record_start);
        (self.line, &self.bytes[record_start..record_end])
    }
}
