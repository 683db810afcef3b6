//! Cuts a stream of CSV into pieces that end where a record ends.
//!
//! A quote opens a quoted field only where a field starts, exactly as in the `csv` crate, so that
//! the cut is right whatever stands inside quotes; a scan that jumps from mark to mark costs far
//! less than reading the fields, which is left to many threads.
//!
//! Unlike in that crate, a closing quote ends its field, and a record that spans lines is one only
//! when it can be a row: a stray quote would swallow all rows up to the next quote. Where the next
//! record starts depends on it, so that this is not left to the threads.

use std::io::{self, Read};

use memchr::{memchr, memchr_iter, memchr2, memchr3, memrchr};

/// How a CSV file is cut.
#[derive(Clone, Copy, Debug)]
pub struct CsvLimits {
    /// Bytes read at a time, at least 1. No result depends on it.
    pub block_bytes: usize,
    /// Longest record, terminator aside; a longer one is rejected.
    pub max_record_bytes: usize,
}

/// A part of a CSV file.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Piece {
    /// Whole records.
    Records(Vec<u8>),
    /// A physical line that starts a record which is none, without its terminator and cut to the
    /// longest record; reading goes on with the next line.
    BadLine(Vec<u8>, BadRecord),
}

/// Why a record is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BadRecord {
    TooLong,
    UnclosedQuote,
    /// A closing quote before something else than a comma or the end of a line.
    TextAfterQuote,
    /// It spans lines, and has another number of fields than the header.
    FieldCount {
        found: usize,
    },
    /// It spans lines, and has more fields than the header before it ends.
    ManyFields,
    /// It spans lines within a column that has no line ends, given by its position in the schema.
    LineEnd {
        column: usize,
    },
}

/// Reads pieces one after the other.
#[derive(Debug)]
pub(super) struct Splitter<R> {
    reader: R,
    limits: CsvLimits,
    /// Fields of the header, when that is known.
    n_fields: usize,
    /// Bytes read; those before `start` are handed out already.
    buffer: Vec<u8>,
    start: usize,
    at_end: bool,
    /// In the rest of a line that was rejected before its end was read.
    skips_line: bool,
}

/// Where a record ends.
#[derive(Debug, PartialEq, Eq)]
enum RecordEnd {
    /// The next record starts here.
    Next(usize),
    NeedsMore,
    Bad(BadRecord),
}

impl<R: Read> Splitter<R> {
    /// Starts at the first byte; a byte order mark is skipped.
    pub(super) fn new(reader: R, limits: CsvLimits) -> io::Result<Self> {
        let mut splitter = Self {
            reader,
            limits,
            n_fields: usize::MAX,
            buffer: Vec::new(),
            start: 0,
            at_end: false,
            skips_line: false,
        };
        while splitter.buffer.len() < 3 && !splitter.at_end {
            splitter.read_more()?;
        }
        if splitter.buffer.starts_with(b"\xEF\xBB\xBF") {
            splitter.start = 3;
        }
        Ok(splitter)
    }

    /// Says how many fields the header has.
    pub(super) fn expect_fields(&mut self, n_fields: usize) {
        self.n_fields = n_fields;
    }

    /// Whether the stream starts with the mark of UTF-16.
    pub(super) fn is_utf16(&self) -> bool {
        self.buffer.starts_with(b"\xFF\xFE") || self.buffer.starts_with(b"\xFE\xFF")
    }

    /// The first record that is not blank, with the blank lines before it; only those at the end. A bad
    /// record gives those lines alone.
    pub(super) fn first_record(&mut self) -> io::Result<Piece> {
        let mut at = self.start;
        loop {
            match self.record_end(at, |_| None) {
                RecordEnd::NeedsMore => {
                    at -= self.start;
                    self.read_more()?;
                }
                RecordEnd::Bad(bad) => {
                    let before = self.buffer[self.start..at].to_vec();
                    return Ok(Piece::BadLine(before, bad));
                }
                RecordEnd::Next(next) => {
                    let blank = matches!(self.buffer.get(at), None | Some(b'\r' | b'\n'));
                    if !blank || next == at {
                        return Ok(Piece::Records(self.take(next)));
                    }
                    at = next;
                }
            }
        }
    }

    /// The next piece; `None` at the end. `fault` says why a record that spans lines is none.
    pub(super) fn next_piece(
        &mut self,
        fault: impl Fn(&[u8]) -> Option<BadRecord>,
    ) -> io::Result<Option<Piece>> {
        loop {
            if !self.at_end && self.buffer.len() - self.start < self.limits.block_bytes {
                self.read_more()?;
            }
            if self.skips_line {
                self.skip_line()?;
                continue;
            }
            let mut end = self.plain_end();
            let stop = loop {
                if end == self.buffer.len() {
                    break RecordEnd::NeedsMore;
                }
                match self.record_end(end, &fault) {
                    RecordEnd::Next(next) => end = next,
                    stop => break stop,
                }
            };
            if end > self.start {
                return Ok(Some(Piece::Records(self.take(end))));
            }
            match stop {
                RecordEnd::Bad(bad) => return Ok(Some(self.take_bad_line(bad))),
                _ if self.at_end => return Ok(None),
                _ => self.read_more()?,
            }
        }
    }

    /// Where the whole records at hand end that can be told without looking at each: when there is
    /// neither a quote nor a carriage return, a line feed ends a record wherever it stands.
    fn plain_end(&self) -> usize {
        let mut end = self.start;
        if memchr2(b'"', b'\r', &self.buffer[end..]).is_some() {
            return end;
        }
        // Line by line would find records that are too long; so does a leap of the longest record.
        let longest = self.limits.max_record_bytes.saturating_add(1);
        loop {
            let rest = &self.buffer[end..];
            match memrchr(b'\n', &rest[..rest.len().min(longest)]) {
                Some(line_feed) => end += line_feed + 1,
                None => return end,
            }
        }
    }

    /// Reads one block behind what is left.
    fn read_more(&mut self) -> io::Result<()> {
        self.buffer.drain(..self.start);
        self.start = 0;
        let wanted = self.limits.block_bytes.max(1);
        self.buffer.reserve(wanted);
        let limit = u64::try_from(wanted).unwrap_or(u64::MAX);
        let read = self
            .reader
            .by_ref()
            .take(limit)
            .read_to_end(&mut self.buffer)?;
        self.at_end = read < wanted;
        Ok(())
    }

    /// Hands out everything up to `end`, copying whichever side is smaller.
    fn take(&mut self, end: usize) -> Vec<u8> {
        let rest = self.buffer.len() - end;
        if self.start > 0 || rest > end {
            let piece = self.buffer[self.start..end].to_vec();
            self.start = end;
            return piece;
        }
        let mut next = Vec::with_capacity(rest + self.limits.block_bytes);
        next.extend_from_slice(&self.buffer[end..]);
        self.buffer.truncate(end);
        std::mem::replace(&mut self.buffer, next)
    }

    fn take_bad_line(&mut self, bad: BadRecord) -> Piece {
        let line = &self.buffer[self.start..];
        let end = memchr2(b'\n', b'\r', line).unwrap_or(line.len());
        let raw = line[..end.min(self.limits.max_record_bytes)].to_vec();
        self.start += end;
        self.skips_line = true;
        Piece::BadLine(raw, bad)
    }

    /// Moves past the end of the current line, or of what is there of it.
    fn skip_line(&mut self) -> io::Result<()> {
        let rest = &self.buffer[self.start..];
        match memchr2(b'\n', b'\r', rest) {
            None => {
                self.start = self.buffer.len();
                self.skips_line = !self.at_end;
            }
            // Whether a line feed follows is not read yet.
            Some(end) if rest[end] == b'\r' && end + 1 == rest.len() && !self.at_end => {
                self.start += end;
                self.read_more()?;
            }
            Some(end) => {
                let both = rest[end..].starts_with(b"\r\n");
                self.start += end + 1 + usize::from(both);
                self.skips_line = false;
            }
        }
        Ok(())
    }

    /// Finds where the record at `start` ends.
    fn record_end(&self, start: usize, fault: impl Fn(&[u8]) -> Option<BadRecord>) -> RecordEnd {
        let (buffer, longest) = (self.buffer.as_slice(), self.limits.max_record_bytes);
        let (mut at, mut n_quoted, mut spans_lines) = (start, 0, false);
        let (end, next) = loop {
            let Some(mark) = memchr3(b'"', b'\n', b'\r', &buffer[at..]).map(|mark| at + mark)
            else {
                if self.at_end && buffer.len() - start <= longest {
                    break (buffer.len(), buffer.len());
                }
                return self.unfinished(start);
            };
            if buffer[mark] != b'"' {
                if mark - start > longest {
                    return RecordEnd::Bad(BadRecord::TooLong);
                }
                match (buffer[mark], buffer.get(mark + 1)) {
                    (b'\r', Some(b'\n')) => break (mark, mark + 2),
                    (b'\r', None) if !self.at_end => return RecordEnd::NeedsMore,
                    _ => break (mark, mark + 1),
                }
            }
            let opens = mark == start || buffer[mark - 1] == b',';
            at = mark + 1;
            if !opens {
                continue;
            }
            let Some(after) = after_closing_quote(buffer, at, self.at_end) else {
                return self.unfinished(start);
            };
            if !matches!(buffer.get(after), None | Some(b',' | b'\n' | b'\r')) {
                return self.malformed(start, after, BadRecord::TextAfterQuote);
            }
            n_quoted += 1;
            spans_lines |= memchr2(b'\n', b'\r', &buffer[at..after]).is_some();
            // Where every line opens a quote, each would otherwise be read to the end of the file.
            if spans_lines && n_quoted > self.n_fields {
                return self.malformed(start, after, BadRecord::ManyFields);
            }
            at = after;
        };
        let found = if spans_lines {
            fault(&buffer[start..end])
        } else {
            None
        };
        found.map_or(RecordEnd::Next(next), RecordEnd::Bad)
    }

    /// What becomes of a record whose end is not in the buffer.
    fn unfinished(&self, start: usize) -> RecordEnd {
        if self.buffer.len() - start > self.limits.max_record_bytes {
            RecordEnd::Bad(BadRecord::TooLong)
        } else if self.at_end {
            RecordEnd::Bad(BadRecord::UnclosedQuote)
        } else {
            RecordEnd::NeedsMore
        }
    }

    /// What becomes of a record that is none by what stands before `after`. All that is kept of its
    /// first line has to be there before it is rejected.
    fn malformed(&self, start: usize, after: usize, bad: BadRecord) -> RecordEnd {
        let (record, longest) = (&self.buffer[start..], self.limits.max_record_bytes);
        if after - start > longest {
            RecordEnd::Bad(BadRecord::TooLong)
        } else if self.at_end || record.len() > longest || memchr2(b'\n', b'\r', record).is_some() {
            RecordEnd::Bad(bad)
        } else {
            RecordEnd::NeedsMore
        }
    }
}

/// The position behind the quote that closes a field; `None` when it is not there (yet).
fn after_closing_quote(buffer: &[u8], mut at: usize, at_end: bool) -> Option<usize> {
    loop {
        let quote = at + memchr(b'"', &buffer[at..])?;
        match buffer.get(quote + 1) {
            Some(b'"') => at = quote + 2,
            None if !at_end => return None,
            _ => return Some(quote + 1),
        }
    }
}

/// Line ends in a stretch of text: LF, CR LF, or a CR alone.
pub(super) fn count_line_ends(bytes: &[u8]) -> u64 {
    let line_feeds = memchr_iter(b'\n', bytes).count();
    let lone = memchr_iter(b'\r', bytes).filter(|&at| bytes.get(at + 1) != Some(&b'\n'));
    u64::try_from(line_feeds + lone.count()).expect("a count fits u64")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Pieces as text, records joined, at a block size.
    fn pieces(input: &str, block_bytes: usize) -> Vec<String> {
        let limits = CsvLimits {
            block_bytes,
            max_record_bytes: 12,
        };
        let mut splitter = Splitter::new(input.as_bytes(), limits).unwrap();
        splitter.expect_fields(2);
        // As if every row had two fields.
        let fault = |record: &[u8]| {
            let found = 1 + memchr_iter(b',', record).count();
            (found != 2).then_some(BadRecord::FieldCount { found })
        };
        let mut pieces = vec![String::new()];
        while let Some(piece) = splitter.next_piece(fault).unwrap() {
            match piece {
                Piece::Records(bytes) => {
                    let text = String::from_utf8(bytes).unwrap();
                    pieces.last_mut().unwrap().push_str(&text);
                }
                Piece::BadLine(raw, bad) => {
                    let raw = String::from_utf8(raw).unwrap();
                    pieces.extend([format!("{bad:?}: {raw}"), String::new()]);
                }
            }
        }
        pieces.retain(|piece| !piece.is_empty());
        pieces
    }

    #[test]
    fn bad_lines_are_cut_out_whatever_the_block_size() {
        let cases: [(&str, &[&str]); 16] = [
            ("", &[]),
            ("\u{feff}a,b\nc,d", &["a,b\nc,d"]),
            ("a,\"b\nc\"\r\nd\n", &["a,\"b\nc\"\r\nd\n"]),
            ("123456789012\r\nx", &["123456789012\r\nx"]),
            ("1234567890123\r\nx", &["TooLong: 123456789012", "x"]),
            (
                "a\r1234567890123456\rb",
                &["a\r", "TooLong: 123456789012", "b"],
            ),
            (
                "a,\"b\nccc\nddd\neee\nf\n",
                &["TooLong: a,\"b", "ccc\nddd\neee\nf\n"],
            ),
            ("a,\"b\nc\n", &["UnclosedQuote: a,\"b", "c\n"]),
            (
                "a\"b\nc,d\"\n\"e\"\"",
                &["a\"b\nc,d\"\n", "UnclosedQuote: \"e\"\""],
            ),
            ("\"a\"b,c\nd", &["TextAfterQuote: \"a\"b,c", "d"]),
            (
                "a,\"b\r\nc,d\"e\r\nf\r\n",
                &["TextAfterQuote: a,\"b", "c,d\"e\r\nf\r\n"],
            ),
            (
                "\"a\"b,678901234\nd",
                &["TextAfterQuote: \"a\"b,6789012", "d"],
            ),
            ("\"123456789012\"b\nc", &["TooLong: \"12345678901", "c"]),
            ("\"a\",\"b\",\"c\"\n", &["\"a\",\"b\",\"c\"\n"]),
            (
                "a,\"\n\",\"\",\"\"\nb",
                &["ManyFields: a,\"", "UnclosedQuote: \",\"\",\"\"", "b"],
            ),
            (
                "a,\"b\nc\",d\n\"e\nf\",g",
                &["FieldCount { found: 3 }: a,\"b", "c\",d\n\"e\nf\",g"],
            ),
        ];
        for (input, expected) in cases {
            for block_bytes in [1, 2, 3, 5, 7, 64] {
                assert_eq!(
                    pieces(input, block_bytes),
                    expected,
                    "{input:?} {block_bytes}"
                );
            }
        }
    }

    #[test]
    fn line_ends_are_counted_as_an_editor_does() {
        for (text, count) in [("", 0), ("a\nb\r\nc\rd", 3), ("\r\r\n\n", 3)] {
            assert_eq!(count_line_ends(text.as_bytes()), count, "{text:?}");
        }
    }
}
