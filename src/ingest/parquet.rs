//! Reads Parquet by row group, into the same rows that CSV of the same values gives.

use std::fs::File;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};

use ::parquet::basic::Compression;
use ::parquet::column::reader::ColumnReader;
use ::parquet::errors::ParquetError;
use ::parquet::file::reader::{ChunkReader, FileReader as _, SerializedFileReader};
use rayon::prelude::*;

use super::IngestError;
use super::cell::{Cell, raw_text};
use super::decoded::{Decoded, Meaning, decode, meaning, type_name};
use super::header::{Header, find_columns};
use super::locate::Part;
use super::rows::Rows;
use super::schema::TableSchema;
use super::text_limit::TextLimit;
use crate::model::Timestamp;

/// Rows decoded at a time.
const BATCH_ROWS: usize = 8192;
/// Rows read column by column; where one of them is bad, each by itself.
const ROWS_AT_ONCE: usize = 512;

/// Reads a Parquet table; `open` is called once for the footer and once for each row group, and
/// `file` is its name in errors. A reject's line is its row number, from 1.
///
/// # Errors
/// When the file is damaged, lacks a required column, has a needed column of an odd type, or holds more than
/// `limit` leaves.
pub fn parse_parquet<R: ChunkReader + 'static>(
    open: impl Fn() -> io::Result<R> + Sync,
    file: &str,
    schema: &TableSchema,
    as_of: Option<Timestamp>,
    limit: &TextLimit,
) -> Result<Rows, IngestError> {
    let opened = || {
        open().map_err(|source| IngestError::Read {
            file: file.to_owned(),
            source,
        })
    };
    let input = opened()?;
    let reader = guarded(file, || Ok(SerializedFileReader::new(input)?))?;
    let metadata = reader.metadata();
    let fields = metadata
        .file_metadata()
        .schema_descr()
        .root_schema()
        .get_fields();
    let names: Vec<_> = fields.iter().map(|field| field.name().to_owned()).collect();
    let header = find_columns(&names, file, schema)?;
    let mut groups = Vec::new();
    let mut first_row = 0_u64;
    for (group, facts) in metadata.row_groups().iter().enumerate() {
        groups.push((group, first_row));
        first_row = first_row.saturating_add(u64::try_from(facts.num_rows()).unwrap_or(0));
    }
    let said = u64::try_from(metadata.file_metadata().num_rows()).ok();
    if said != Some(first_row) {
        return Err(IngestError::Parquet {
            file: file.to_owned(),
            source: ParquetError::General("its parts don't add up to its rows".to_owned()),
        });
    }
    let plan = Plan {
        file,
        schema,
        header: &header,
        as_of,
        limit,
    };
    let mut rows = plan.new_rows();
    for batch in groups.chunks(rayon::current_num_threads()) {
        let read: Vec<Rows> = batch
            .par_iter()
            .map(|&(group, _)| plan.read_group(opened()?, group))
            .collect::<Result<_, IngestError>>()?;
        for (mut group_rows, &(_, first_row)) in read.into_iter().zip(batch) {
            rows.append(&mut group_rows, first_row);
        }
    }
    if cfg!(debug_assertions) {
        rows.validate();
    }
    Ok(rows)
}

/// The rows of a file by its footer; `None` when that can't be read.
pub(super) fn count_rows(part: &Part) -> Option<u64> {
    let file = File::open(&part.full_path).ok()?;
    let reader = guarded(&part.path, || Ok(SerializedFileReader::new(file)?));
    u64::try_from(reader.ok()?.metadata().file_metadata().num_rows()).ok()
}

/// Runs a decoder on bytes that nobody vouches for. It reports most damage and panics on some; both
/// are the same news to the user.
fn guarded<T>(
    file: &str,
    decode: impl FnOnce() -> Result<T, DecodeError>,
) -> Result<T, IngestError> {
    let panicked = || ParquetError::General("the decoder gave up".to_owned());
    let result = catch_unwind(AssertUnwindSafe(decode));
    match result.unwrap_or_else(|_| Err(DecodeError::Parquet(panicked()))) {
        Ok(value) => Ok(value),
        Err(DecodeError::Ingest(error)) => Err(error),
        Err(DecodeError::Parquet(source)) => Err(IngestError::Parquet {
            file: file.to_owned(),
            source,
        }),
    }
}

enum DecodeError {
    Parquet(ParquetError),
    Ingest(IngestError),
}

impl From<ParquetError> for DecodeError {
    fn from(error: ParquetError) -> Self {
        Self::Parquet(error)
    }
}

/// What every row group of one file is read by.
#[derive(Clone, Copy)]
struct Plan<'a> {
    file: &'a str,
    schema: &'a TableSchema,
    header: &'a Header,
    as_of: Option<Timestamp>,
    limit: &'a TextLimit,
}

impl Plan<'_> {
    fn new_rows(self) -> Rows {
        Rows::new(self.schema, |index| self.header.positions[index].is_some())
    }

    fn read_group<R: ChunkReader + 'static>(
        self,
        input: R,
        group: usize,
    ) -> Result<Rows, IngestError> {
        guarded(self.file, || {
            let reader = SerializedFileReader::new(input)?;
            let mut columns = self.open_columns(&reader, group)?;
            let mut rows = self.new_rows();
            loop {
                let decoded = columns
                    .iter_mut()
                    .map(|(reader, meaning)| decode(reader, *meaning, BATCH_ROWS))
                    .collect::<Result<Vec<_>, _>>()?;
                let n_rows = decoded.first().map_or(0, Decoded::len);
                if decoded.iter().any(|column| column.len() != n_rows) {
                    let uneven = "the columns of a row group differ in length";
                    return Err(ParquetError::General(uneven.to_owned()).into());
                }
                if n_rows == 0 {
                    return Ok(rows);
                }
                let bytes = decoded.iter().map(Decoded::bytes).sum();
                let spent = self.limit.spend(bytes, self.file);
                spent.map_err(DecodeError::Ingest)?;
                self.read_batch(&decoded, n_rows, &mut rows);
            }
        })
    }

    /// A reader of each needed column, in the order of the schema.
    fn open_columns<R: ChunkReader + 'static>(
        self,
        reader: &SerializedFileReader<R>,
        group: usize,
    ) -> Result<Vec<(ColumnReader, Meaning)>, DecodeError> {
        let group = reader.get_row_group(group)?;
        let schema = reader.metadata().file_metadata().schema_descr();
        let fields = schema.root_schema().get_fields();
        let mut columns = Vec::new();
        for (column, position) in self.schema.columns.iter().zip(&self.header.positions) {
            let Some(position) = *position else { continue };
            let field = &fields[position];
            let Some(meaning) = meaning(field) else {
                return Err(DecodeError::Ingest(IngestError::ColumnType {
                    file: self.file.to_owned(),
                    column: column.name.clone(),
                    found: type_name(field),
                }));
            };
            // Nested columns before it have leaves of their own.
            let leaf = (0..schema.num_columns())
                .find(|&leaf| schema.get_column_root_idx(leaf) == position)
                .expect("a column of single values is a leaf");
            // The decoder knows of it, but can't unpack it: no damage, as it would have it.
            if group.metadata().column(leaf).compression() == Compression::LZO {
                return Err(DecodeError::Ingest(IngestError::Codec {
                    file: self.file.to_owned(),
                    column: column.name.clone(),
                }));
            }
            let meaning = meaning.read_as(column.kind);
            columns.push((group.get_column_reader(leaf)?, meaning));
        }
        Ok(columns)
    }

    fn read_batch(self, decoded: &[Decoded], n_rows: usize, rows: &mut Rows) {
        let mut next = 0;
        let index_of: Vec<Option<usize>> = self
            .header
            .positions
            .iter()
            .map(|position| {
                position.map(|_| {
                    next += 1;
                    next - 1
                })
            })
            .collect();
        let column = |column: usize| {
            let index = index_of[column].expect("only columns of the file are read");
            &decoded[index]
        };
        for start in (0..n_rows).step_by(ROWS_AT_ONCE) {
            let batch = start..n_rows.min(start + ROWS_AT_ONCE);
            let cell = |row: usize, index: usize| column(index).cell(start + row);
            if self.as_of.is_none() && rows.push_all(self.schema, batch.len(), cell) {
                for row in batch {
                    rows.seen += 1;
                    self.keep_row(decoded, row, rows);
                }
                continue;
            }
            for row in batch {
                rows.seen += 1;
                let result = rows.push(self.schema, self.as_of, |index| column(index).cell(row));
                if let Err(reason) = result {
                    rows.reject(rows.seen, reason, raw_row(decoded, row));
                } else if result == Ok(true) {
                    self.keep_row(decoded, row, rows);
                }
            }
        }
    }

    /// Keeps where the row stands that was read last, when the schema asks for it.
    fn keep_row(self, decoded: &[Decoded], row: usize, rows: &mut Rows) {
        if self.schema.keeps_rows() {
            rows.lines.push(rows.seen);
            rows.raws.push(&raw_row(decoded, row));
        }
    }
}

/// The needed columns of a row as a CSV record.
fn raw_row(columns: &[Decoded], row: usize) -> String {
    let mut raw = String::new();
    for (index, column) in columns.iter().enumerate() {
        if index > 0 {
            raw.push(',');
        }
        match column.cell(row) {
            Cell::Bytes(bytes) => push_field(&mut raw, &raw_text(bytes)),
            Cell::Text(text) => push_field(&mut raw, text),
            plain => raw.push_str(&plain.raw_text()),
        }
    }
    raw
}

fn push_field(raw: &mut String, field: &str) {
    if field.contains(['"', ',', '\r', '\n']) {
        raw.push('"');
        raw.push_str(&field.replace('"', "\"\""));
        raw.push('"');
    } else {
        raw.push_str(field);
    }
}
