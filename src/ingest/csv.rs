//! Reads CSV on all cores: one thread cuts the stream where records end, all of them read fields.

#[cfg(test)]
mod oracle;

use std::borrow::Cow;
use std::io::{self, Read};

use rayon::prelude::*;

use super::IngestError;
use super::batch::Batch;
use super::cell::{Cell, raw_text};
use super::header::{Header, find_columns};
use super::rows::Rows;
use super::scan::Scanner;
use super::schema::{Kind, TableSchema};
use super::split::{BadRecord, CsvLimits, Piece, Splitter, count_line_ends};
use crate::model::Timestamp;

/// Pieces read side by side for each thread: while the last ones are read, some threads are idle.
const PIECES_PER_THREAD: usize = 2;

/// Rows of one stretch of a file, and how many physical lines it is long.
struct Stretch {
    rows: Rows,
    lines: u64,
}

/// What every stretch of one file is read by.
#[derive(Clone, Copy)]
struct Plan<'a> {
    schema: &'a TableSchema,
    header: &'a Header,
    as_of: Option<Timestamp>,
    max_record_bytes: usize,
}

/// Reads a CSV table from a stream: the rows in the stream's order, each bad one as a reject with
/// its physical line. `file` is its name in errors.
///
/// At most three batches of blocks are in memory beside the rows, whatever the size of the stream.
/// The result depends neither on `limits.block_bytes` nor on the number of threads.
///
/// # Errors
/// When the stream can't be read, or its header lacks a required column.
pub fn parse_csv(
    reader: impl Read + Send,
    file: &str,
    schema: &TableSchema,
    as_of: Option<Timestamp>,
    limits: CsvLimits,
) -> Result<Rows, IngestError> {
    let unreadable = |source| IngestError::Read {
        file: file.to_owned(),
        source,
    };
    let mut splitter = Splitter::new(reader, limits).map_err(unreadable)?;
    let (header, header_lines) = read_header(&mut splitter, file, schema)?;
    splitter.expect_fields(header.fields);
    let plan = Plan {
        schema,
        header: &header,
        as_of,
        max_record_bytes: limits.max_record_bytes,
    };
    let mut rows = Rows::new(schema, |index| header.positions[index].is_some());
    let mut lines = header_lines;
    let mut batch = plan.read_batch(&mut splitter).map_err(unreadable)?;
    let mut parsed: Vec<Stretch> = Vec::new();
    // While one batch is read into rows, the next is cut and the one before is joined.
    while !batch.is_empty() {
        let done = std::mem::take(&mut parsed);
        let (stretches, next) = rayon::join(
            || batch.par_iter().map(|piece| plan.read(piece)).collect(),
            || {
                join(&mut rows, &mut lines, done);
                plan.read_batch(&mut splitter)
            },
        );
        parsed = stretches;
        batch = next.map_err(unreadable)?;
    }
    join(&mut rows, &mut lines, parsed);
    if cfg!(debug_assertions) {
        rows.validate();
    }
    Ok(rows)
}

fn read_header<R: Read>(
    splitter: &mut Splitter<R>,
    file: &str,
    schema: &TableSchema,
) -> Result<(Header, u64), IngestError> {
    if splitter.is_utf16() {
        return Err(IngestError::Encoding {
            file: file.to_owned(),
        });
    }
    let first = splitter
        .first_record()
        .map_err(|source| IngestError::Read {
            file: file.to_owned(),
            source,
        })?;
    let bytes = match first {
        Piece::Records(bytes) => bytes,
        Piece::BadLine(before, _) => {
            return Err(IngestError::Header {
                file: file.to_owned(),
                line: count_line_ends(&before) + 1,
                expected: schema.required_names(),
            });
        }
    };
    let mut scanner = Scanner::new(&bytes);
    if !scanner.read() {
        return Err(IngestError::Empty {
            file: file.to_owned(),
            expected: schema.required_names(),
        });
    }
    let fields = (0..scanner.n_fields()).map(|field| scanner.cell(field));
    let names: Vec<_> = fields.map(Cell::raw_text).collect();
    let header = find_columns(&names, file, schema)?;
    Ok((header, count_line_ends(&bytes)))
}

/// Moves the rows of stretches behind those before.
fn join(rows: &mut Rows, lines: &mut u64, stretches: Vec<Stretch>) {
    for mut stretch in stretches {
        rows.append(&mut stretch.rows, *lines);
        *lines += stretch.lines;
    }
}

impl Plan<'_> {
    /// Reads as many pieces as keep every thread busy.
    fn read_batch<R: Read>(self, splitter: &mut Splitter<R>) -> io::Result<Vec<Piece>> {
        let pieces = PIECES_PER_THREAD * rayon::current_num_threads();
        let mut batch = Vec::with_capacity(pieces);
        while batch.len() < pieces
            && let Some(piece) = splitter.next_piece(|record| self.fault(record))?
        {
            batch.push(piece);
        }
        Ok(batch)
    }

    /// Why a record that spans lines can't be a row, whatever its columns of text say.
    fn fault(self, record: &[u8]) -> Option<BadRecord> {
        let mut scanner = Scanner::new(record);
        scanner.read();
        let found = scanner.n_fields();
        if found != self.header.fields {
            return Some(BadRecord::FieldCount { found });
        }
        let mut columns = self.schema.columns.iter().zip(&self.header.positions);
        let column = columns.position(|(column, position)| {
            let is_text = matches!(column.kind, Kind::Text | Kind::Needed);
            !is_text && position.is_some_and(|position| scanner.cell(position).spans_lines())
        });
        column.map(|column| BadRecord::LineEnd { column })
    }

    fn read(self, piece: &Piece) -> Stretch {
        let rows = self.new_rows();
        match piece {
            Piece::Records(bytes) => {
                let lines = count_line_ends(bytes);
                Stretch {
                    rows: self.read_records(bytes, lines, rows),
                    lines,
                }
            }
            Piece::BadLine(raw, bad) => self.reject_line(raw, *bad, rows),
        }
    }

    fn new_rows(self) -> Rows {
        Rows::new(self.schema, |index| self.header.positions[index].is_some())
    }

    fn reject_line(self, raw: &[u8], bad: BadRecord, mut rows: Rows) -> Stretch {
        rows.seen = 1;
        let reason = self.reason(bad);
        rows.reject(1, reason, raw_text(raw).into_owned());
        Stretch { rows, lines: 1 }
    }

    fn reason(self, bad: BadRecord) -> String {
        const ADVICE: &str = "look for a quote left open";
        match bad {
            BadRecord::TooLong => {
                let longest = self.max_record_bytes;
                format!("record_too_long: expected at most {longest} bytes, {ADVICE}")
            }
            BadRecord::UnclosedQuote => {
                "unclosed_quote: expected a closing quote before the end of the file".to_owned()
            }
            BadRecord::TextAfterQuote => format!(
                "text_after_quote: expected a comma or a line end after a closing quote, {ADVICE}"
            ),
            BadRecord::FieldCount { found } => {
                let expected = self.header.fields;
                format!(
                    "field_count: expected {expected} fields, found {found} on several lines, {ADVICE}"
                )
            }
            BadRecord::ManyFields => {
                let expected = self.header.fields;
                format!(
                    "field_count: expected {expected} fields, found more on several lines, {ADVICE}"
                )
            }
            BadRecord::LineEnd { column } => {
                let column = &self.schema.columns[column].name;
                format!("line_end: {column}: expected a value on one line, {ADVICE}")
            }
        }
    }

    fn read_records(self, bytes: &[u8], lines: u64, mut rows: Rows) -> Rows {
        rows.reserve(usize::try_from(lines).unwrap_or(0));
        let mut scanner = Scanner::new(bytes);
        let mut batch = Batch::new(scanner.text().unwrap_or_default(), self.header.fields);
        while scanner.read() {
            rows.seen += 1;
            if scanner.text().is_some() && batch.take(&scanner) {
                if batch.is_full() {
                    self.push_batch(&mut rows, &mut batch);
                }
                continue;
            }
            self.push_batch(&mut rows, &mut batch);
            let (expected, found) = (self.header.fields, scanner.n_fields());
            if found == expected {
                let cell = |field| scanner.cell(field);
                self.push(&mut rows, cell, scanner.line(), || scanner.raw());
            } else {
                let reason = format!("field_count: expected {expected} fields, found {found}");
                rows.reject(scanner.line(), reason, scanner.raw().into_owned());
            }
        }
        self.push_batch(&mut rows, &mut batch);
        rows
    }

    /// Reads all records of a batch column by column; where one of them is not simply accepted, each by
    /// itself.
    fn push_batch(self, rows: &mut Rows, batch: &mut Batch<'_>) {
        let cell = |row, column| batch.cell(row, self.position(column));
        if self.as_of.is_none() && rows.push_all(self.schema, batch.len(), cell) {
            if self.schema.keeps_rows() {
                for (line, raw) in (0..batch.len()).map(|row| batch.record(row)) {
                    rows.lines.push(line);
                    rows.raws.push(raw);
                }
            }
        } else {
            for row in 0..batch.len() {
                let (line, raw) = batch.record(row);
                self.push(rows, |field| batch.cell(row, field), line, || raw.into());
            }
        }
        batch.clear();
    }

    /// Reads a record of as many fields as the header.
    fn push<'a>(
        self,
        rows: &mut Rows,
        cell: impl Fn(usize) -> Cell<'a>,
        line: u64,
        raw: impl Fn() -> Cow<'a, str>,
    ) {
        let result = rows.push(self.schema, self.as_of, |column| {
            cell(self.position(column))
        });
        if let Err(reason) = result {
            rows.reject(line, reason, raw().into_owned());
        } else if result == Ok(true) && self.schema.keeps_rows() {
            rows.lines.push(line);
            rows.raws.push(&raw());
        }
    }

    /// Where a column stands in the file.
    #[inline]
    fn position(self, column: usize) -> usize {
        self.header.positions[column].expect("only columns of the file are read")
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use proptest::prelude::*;

    use super::oracle::{HEADER, Read, oracle};
    use super::*;
    use crate::ingest::schema::test_schema;
    use crate::ingest::values::Values;

    fn read(input: &[u8], block_bytes: usize) -> Rows {
        let limits = CsvLimits {
            block_bytes,
            max_record_bytes: 1 << 20,
        };
        parse_csv(input, "devices.csv", &test_schema(), None, limits).unwrap()
    }

    /// Accepted rows in order, then rejects in order.
    fn flatten(rows: &Rows) -> Vec<Read> {
        let text = |column: usize, row: usize| match &rows.columns[column] {
            Some(Values::Text(texts)) => texts.get(row).to_owned(),
            _ => panic!("a text column"),
        };
        let accepted = (0..rows.accepted).map(|row| Read::Row(text(0, row), text(5, row)));
        let rejects = rows.rejects.iter();
        let rejects = rejects.map(|reject| Read::Reject(reject.line, reject.raw.clone()));
        accepted.chain(rejects).collect()
    }

    proptest! {
        /// Wherever the blocks are cut, quotes and all, the rows are those of the plain way.
        #[test]
        fn blocks_of_any_size_read_as_the_plain_way_reads_the_whole(
            marks in proptest::collection::vec(
                prop::sample::select(vec![
                    "\"", "\",", "\"\n", ",\"", ",", "\n", "\r\n", "\r", "a", "b", "\u{feff}", "a,b\n",
                ]),
                0..40,
            ),
            block_bytes in 1_usize..40,
        ) {
            let input = [HEADER, &marks.concat()].concat();
            let expected = oracle(&input.as_bytes()[HEADER.len()..]);
            let rows = read(input.as_bytes(), block_bytes);
            prop_assert_eq!(flatten(&rows), expected);
            prop_assert_eq!(rows.seen, rows.accepted as u64 + rows.rejects.len() as u64);
            let whole = read(input.as_bytes(), 1 << 20);
            prop_assert_eq!(format!("{rows:?}"), format!("{whole:?}"));
        }

        /// Where a record is too long does not depend on what was in memory at the time.
        #[test]
        fn long_records_are_cut_alike_at_every_block_size(
            marks in proptest::collection::vec(
                prop::sample::select(vec!["\"", ",", "\n", "\r\n", "\r", "a", "\u{feff}", "a,b\n"]),
                0..60,
            ),
            max_record_bytes in 1_usize..20,
            block_bytes in 1_usize..40,
        ) {
            let input = ["merchant_id,device_id\n", &marks.concat()].concat();
            let at = |block_bytes| {
                // The header is longer than the records that are let through.
                let limits = CsvLimits { block_bytes, max_record_bytes: 21 + max_record_bytes };
                let rows = parse_csv(input.as_bytes(), "x.csv", &test_schema(), None, limits);
                format!("{:?}", rows.unwrap())
            };
            prop_assert_eq!(at(block_bytes), at(1 << 20));
        }
    }

    #[test]
    fn rejects_stand_on_their_physical_lines() {
        let input = "\u{feff}device_id,merchant_id,more\r\n\r\n\"d\r\n1\",M1,x\r\nd2,M2\r\n\
                     \"d\n\n3\",,\"\"\"x\"\nd\u{feff}4,M4,\n";
        for block_bytes in [1, 3, 8, 4096] {
            let found = flatten(&read(input.as_bytes(), block_bytes));
            let expected = [
                Read::Row("M1".into(), "d\r\n1".into()),
                Read::Row("M4".into(), "d\u{feff}4".into()),
                Read::Reject(5, "d2,M2".into()),
                Read::Reject(6, "\"d\n\n3\",,\"\"\"x\"".into()),
            ];
            assert_eq!(found, expected, "blocks of {block_bytes}");
        }
    }

    /// Each line opens a quote that the next one closes: reading each to the end would take hours.
    #[test]
    fn quotes_that_never_come_to_an_end_cost_each_line_once() {
        let mut input = HEADER.to_owned();
        input.push_str(&"M1\",\"d\",\"\n".repeat(100_000));
        let rows = read(input.as_bytes(), 1 << 20);
        assert_eq!((rows.accepted, rows.rejects.len()), (0, 100_000));
    }

    #[test]
    fn the_number_of_threads_changes_nothing() {
        let mut input = HEADER.to_owned();
        for row in 0..3000 {
            writeln!(input, "M{row},\"d\n{}\"", row % 7).unwrap();
            if row % 50 == 0 {
                input.push_str("short\n");
            }
            if row % 70 == 0 {
                input.push_str("open,\"d\n");
            }
        }
        let with = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
            let rows = pool
                .build()
                .unwrap()
                .install(|| read(input.as_bytes(), 777));
            format!("{rows:?}")
        };
        let one = with(1);
        for threads in [2, 3, 8] {
            assert_eq!(with(threads), one, "{threads} threads");
        }
    }
}
