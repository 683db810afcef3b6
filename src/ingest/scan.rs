//! The records of a stretch of CSV in memory, field by field.
//!
//! Reads as the `csv` crate does (a quote opens a quoted field only where a field starts, blank lines
//! are skipped, LF, CR LF and a lone CR end a record), which the tests of [`super::csv`] hold against
//! it. Nearly all records have no quote: their fields are slices of the stretch.

use std::borrow::Cow;
use std::ops::Range;

use memchr::{memchr, memchr3};

use super::cell::{Cell, raw_text};
use super::split::count_line_ends;

/// Reads the records of a stretch that starts and ends where a record does.
#[derive(Debug)]
pub(super) struct Scanner<'a> {
    bytes: &'a [u8],
    /// The stretch as text, when all of it is.
    text: Option<&'a str>,
    /// Where the next record starts, blank lines aside.
    at: usize,
    /// Where the record at hand lies, without its terminator.
    record: Range<usize>,
    /// Line ends before it.
    lines: u64,
    /// Its fields: ranges of the stretch, or of `unquoted` for a record with quotes.
    fields: Vec<Range<usize>>,
    /// The fields of a record with quotes, one behind the other; empty for one without.
    unquoted: Vec<u8>,
    has_quotes: bool,
}

impl<'a> Scanner<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            text: std::str::from_utf8(bytes).ok(),
            at: 0,
            record: 0..0,
            lines: 0,
            fields: Vec::new(),
            unquoted: Vec::new(),
            has_quotes: false,
        }
    }

    /// Goes on to the next record; `false` when there is none.
    pub(super) fn read(&mut self) -> bool {
        // Without quotes there is no line end in a record.
        if self.has_quotes {
            self.lines += count_line_ends(&self.bytes[self.record.clone()]);
        }
        while let Some(mark @ (b'\n' | b'\r')) = self.bytes.get(self.at) {
            self.at += 1;
            let is_half = *mark == b'\r' && self.bytes.get(self.at) == Some(&b'\n');
            self.lines += u64::from(!is_half);
        }
        let start = self.at;
        if start == self.bytes.len() {
            return false;
        }
        self.fields.clear();
        self.has_quotes = !self.read_plain(start);
        if self.has_quotes {
            self.fields.clear();
            self.read_quoted(start);
        }
        self.record = start..self.at;
        true
    }

    /// Reads a record; `false` at the first quote. Fields are so short that to look at eight bytes at a
    /// time, and at each that may end a field, takes less time than a search for each end.
    fn read_plain(&mut self, start: usize) -> bool {
        let (mut field, mut at) = (start, start);
        while at < self.bytes.len() {
            let mut marks = low_bytes(eight_bytes(&self.bytes[at..]));
            while marks != 0 {
                let mark = at + (marks.trailing_zeros() / u8::BITS) as usize;
                marks &= marks - 1;
                match self.bytes[mark] {
                    b',' => {
                        self.fields.push(field..mark);
                        field = mark + 1;
                    }
                    b'\n' | b'\r' => {
                        self.fields.push(field..mark);
                        self.at = mark;
                        return true;
                    }
                    b'"' => return false,
                    _ => {}
                }
            }
            at += WORD_BYTES;
        }
        self.at = self.bytes.len();
        self.fields.push(field..self.at);
        true
    }

    /// How many fields the record has.
    pub(super) fn n_fields(&self) -> usize {
        self.fields.len()
    }

    /// A field of the record.
    #[inline]
    pub(super) fn cell(&self, field: usize) -> Cell<'_> {
        let range = self.fields[field].clone();
        match self.text {
            _ if self.has_quotes => Cell::Bytes(&self.unquoted[range]),
            Some(text) => Cell::Text(&text[range]),
            None => Cell::Bytes(&self.bytes[range]),
        }
    }

    /// The text of the stretch, when all of it is text.
    pub(super) fn text(&self) -> Option<&'a str> {
        self.text
    }

    /// Where the fields of a record without quotes lie.
    pub(super) fn plain_fields(&self) -> Option<&[Range<usize>]> {
        (!self.has_quotes).then_some(&self.fields)
    }

    /// Where the record lies in the stretch, without its terminator.
    pub(super) fn record(&self) -> Range<usize> {
        self.record.clone()
    }

    /// The record as it stands, without its terminator; bytes that are no UTF-8 are written `\xHH`.
    pub(super) fn raw(&self) -> Cow<'a, str> {
        match self.text {
            Some(text) => Cow::Borrowed(&text[self.record.clone()]),
            None => raw_text(&self.bytes[self.record.clone()]),
        }
    }

    /// The physical line of the stretch that the record starts on, from 1.
    pub(super) fn line(&self) -> u64 {
        self.lines + 1
    }

    /// Reads a record with quotes.
    fn read_quoted(&mut self, start: usize) {
        self.unquoted.clear();
        self.at = start;
        loop {
            let field = self.unquoted.len();
            if self.bytes.get(self.at) == Some(&b'"') {
                self.at += 1;
                self.read_to_closing_quote();
            }
            let rest = &self.bytes[self.at..];
            let length = memchr3(b',', b'\n', b'\r', rest).unwrap_or(rest.len());
            self.unquoted.extend_from_slice(&rest[..length]);
            self.at += length;
            self.fields.push(field..self.unquoted.len());
            if self.bytes.get(self.at) != Some(&b',') {
                break;
            }
            self.at += 1;
        }
    }

    /// Reads the inside of a quoted field, in which two quotes are one.
    fn read_to_closing_quote(&mut self) {
        loop {
            let rest = &self.bytes[self.at..];
            let Some(quote) = memchr(b'"', rest) else {
                self.unquoted.extend_from_slice(rest);
                self.at = self.bytes.len();
                return;
            };
            self.unquoted.extend_from_slice(&rest[..quote]);
            self.at += quote + 1;
            if self.bytes.get(self.at) != Some(&b'"') {
                return;
            }
            self.unquoted.push(b'"');
            self.at += 1;
        }
    }
}

/// Bytes looked at at a time.
const WORD_BYTES: usize = 8;
/// A one in each byte.
const ONES: u64 = u64::MAX / 0xFF;
/// The highest bit of each byte.
const HIGH_BITS: u64 = ONES << 7;

/// One more than a comma.
const BOUND: u64 = 0x2D;

/// The first bytes of a text, filled up with bytes that mark nothing.
#[inline]
fn eight_bytes(text: &[u8]) -> u64 {
    if let Some(word) = text.first_chunk() {
        return u64::from_le_bytes(*word);
    }
    let mut word = [u8::MAX; WORD_BYTES];
    word[..text.len()].copy_from_slice(text);
    u64::from_le_bytes(word)
}

/// The highest bit of each byte that is no larger than a comma: all marks of CSV are, and few others.
#[inline]
fn low_bytes(word: u64) -> u64 {
    // No byte borrows from the next: each is at least 0x80 when the bound is taken off.
    let above = (word | HIGH_BITS) - ONES * BOUND;
    !above & !word & HIGH_BITS
}

#[cfg(test)]
mod tests {
    use super::{Cell, Scanner, eight_bytes, low_bytes};

    #[test]
    fn bytes_up_to_a_comma_are_marked_and_no_others() {
        for at in 0..8 {
            for byte in 0..=u8::MAX {
                let mut text = *b"zzzz\xFFzzz";
                text[at] = byte;
                let marked = byte <= b',';
                let expected = if marked { 0x80 << (8 * at) } else { 0 };
                assert_eq!(low_bytes(eight_bytes(&text)), expected, "{byte} at {at}");
            }
        }
        assert_eq!(low_bytes(eight_bytes(b"a,")), 0x8000);
    }

    fn records(input: &str) -> Vec<Vec<String>> {
        let mut scanner = Scanner::new(input.as_bytes());
        let mut records = Vec::new();
        while scanner.read() {
            let fields = (0..scanner.n_fields()).map(|field| match scanner.cell(field) {
                Cell::Text(text) => text.to_owned(),
                Cell::Bytes(bytes) => String::from_utf8(bytes.to_vec()).unwrap(),
                _ => unreachable!("text has neither times nor numbers"),
            });
            records.push(fields.collect());
        }
        records
    }

    #[test]
    fn fields_are_read_as_the_csv_crate_reads_them() {
        for input in [
            "",
            "\n\r\n",
            "a,b\nc,d",
            "a,\n,\n\n,,",
            "\"a\",\"b,c\"\r\n\"d\"\"e\",\"f\ng\"\rh,i",
            "\"a\"b\"c\",d\ne\"f,\"\"\n\"\"\"\",\"",
            "é,\"ü\"\n\u{feff}a,b\n",
        ] {
            let mut reader = csv::ReaderBuilder::new()
                .has_headers(false)
                .flexible(true)
                .from_reader(input.as_bytes());
            let expected: Vec<Vec<String>> = reader
                .records()
                .map(|record| record.unwrap().iter().map(str::to_owned).collect())
                .collect();
            assert_eq!(records(input), expected, "{input:?}");
        }
    }
}
