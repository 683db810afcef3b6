//! The records of a stretch of CSV in memory, field by field.
//!
//! Reads as the `csv` crate does (a quote opens a quoted field only where a field starts, blank lines
//! are skipped, LF, CR LF and a lone CR end a record), which the tests of [`super::csv`] hold against
//! it. Nearly all records have no quote: their fields are slices of the stretch.

use std::ops::Range;

use memchr::{memchr, memchr_iter, memchr3};

use super::cell::Cell;

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
            fields: Vec::new(),
            unquoted: Vec::new(),
            has_quotes: false,
        }
    }

    /// Goes on to the next record; `false` when there is none.
    pub(super) fn read(&mut self) -> bool {
        while matches!(self.bytes.get(self.at), Some(b'\n' | b'\r')) {
            self.at += 1;
        }
        let start = self.at;
        if start == self.bytes.len() {
            return false;
        }
        self.fields.clear();
        let mark = memchr3(b'"', b'\n', b'\r', &self.bytes[start..]);
        let end = mark.map_or(self.bytes.len(), |mark| start + mark);
        self.has_quotes = self.bytes.get(end) == Some(&b'"');
        if self.has_quotes {
            self.read_quoted(start);
        } else {
            self.at = end;
            let mut field = start;
            for comma in memchr_iter(b',', &self.bytes[start..end]) {
                self.fields.push(field..start + comma);
                field = start + comma + 1;
            }
            self.fields.push(field..end);
        }
        self.record = start..self.at;
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

    /// Where the record lies in the stretch, without its terminator.
    pub(super) fn record(&self) -> Range<usize> {
        self.record.clone()
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

#[cfg(test)]
mod tests {
    use super::{Cell, Scanner};

    fn records(input: &str) -> Vec<Vec<String>> {
        let mut scanner = Scanner::new(input.as_bytes());
        let mut records = Vec::new();
        while scanner.read() {
            let fields = (0..scanner.n_fields()).map(|field| match scanner.cell(field) {
                Cell::Text(text) => text.to_owned(),
                Cell::Bytes(bytes) => String::from_utf8(bytes.to_vec()).unwrap(),
                Cell::Time(_) => unreachable!("text has no times"),
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
