//! Reads Parquet by row group, into the same rows that CSV of the same values gives.

use std::fs::File;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};

use ::parquet::arrow::ProjectionMask;
use ::parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder,
};
use ::parquet::errors::ParquetError;
use ::parquet::file::reader::ChunkReader;
use arrow_array::RecordBatch;
use rayon::prelude::*;

use super::IngestError;
use super::cell::{Cell, raw_text, time_text};
use super::decoded::{Decoded, decode};
use super::header::{Header, find_columns};
use super::locate::Part;
use super::rows::Rows;
use super::schema::TableSchema;
use crate::model::Timestamp;

/// Rows decoded at a time.
const BATCH_ROWS: usize = 8192;

/// Reads a Parquet table; `open` is called once for the footer and once for each row group, and
/// `file` is its name in errors. A reject's line is its row number, from 1.
///
/// # Errors
/// When the file is damaged, lacks a required column, or has a needed column of an odd type.
pub fn parse_parquet<R: ChunkReader + 'static>(
    open: impl Fn() -> io::Result<R> + Sync,
    file: &str,
    schema: &TableSchema,
    as_of: Option<Timestamp>,
) -> Result<Rows, IngestError> {
    let opened = || {
        open().map_err(|source| IngestError::Read {
            file: file.to_owned(),
            source,
        })
    };
    let input = opened()?;
    let metadata = guarded(file, || {
        Ok(ArrowReaderMetadata::load(
            &input,
            ArrowReaderOptions::default(),
        )?)
    })?;
    let fields = metadata.schema().fields();
    let names: Vec<_> = fields.iter().map(|field| field.name().clone()).collect();
    let header = find_columns(&names, file, schema)?;
    let mut groups = Vec::new();
    let mut first_row = 0_u64;
    for (group, facts) in metadata.metadata().row_groups().iter().enumerate() {
        groups.push((group, first_row));
        first_row = first_row.saturating_add(u64::try_from(facts.num_rows()).unwrap_or(0));
    }
    let plan = Plan {
        file,
        schema,
        header: &header,
        as_of,
    };
    let mut rows = plan.new_rows();
    for batch in groups.chunks(rayon::current_num_threads()) {
        let read: Vec<Rows> = batch
            .par_iter()
            .map(|&(group, _)| plan.read_group(opened()?, metadata.clone(), group))
            .collect::<Result<_, IngestError>>()?;
        for (group_rows, &(_, first_row)) in read.into_iter().zip(batch) {
            rows.append(group_rows, first_row);
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
    let metadata = guarded(&part.path, || {
        Ok(ArrowReaderMetadata::load(
            &file,
            ArrowReaderOptions::default(),
        )?)
    });
    u64::try_from(metadata.ok()?.metadata().file_metadata().num_rows()).ok()
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
}

impl Plan<'_> {
    fn new_rows(self) -> Rows {
        Rows::new(self.schema, |index| self.header.positions[index].is_some())
    }

    fn read_group<R: ChunkReader + 'static>(
        self,
        input: R,
        metadata: ArrowReaderMetadata,
        group: usize,
    ) -> Result<Rows, IngestError> {
        guarded(self.file, || {
            let needed = self.header.positions.iter().flatten().copied();
            let mask = ProjectionMask::roots(metadata.parquet_schema(), needed);
            let batches = ParquetRecordBatchReaderBuilder::new_with_metadata(input, metadata)
                .with_row_groups(vec![group])
                .with_projection(mask)
                .with_batch_size(BATCH_ROWS)
                .build()?;
            let mut rows = self.new_rows();
            for batch in batches {
                let batch = batch.map_err(|error| ParquetError::General(error.to_string()))?;
                self.read_batch(&batch, &mut rows)
                    .map_err(DecodeError::Ingest)?;
            }
            Ok(rows)
        })
    }

    fn read_batch(self, batch: &RecordBatch, rows: &mut Rows) -> Result<(), IngestError> {
        let columns = self.decode_columns(batch)?;
        for row in 0..batch.num_rows() {
            let cell = |index: usize| {
                let column = columns[index].as_ref();
                column.expect("only columns of the file are read").cell(row)
            };
            let line = rows.seen;
            rows.seen += 1;
            let result = rows.push(self.schema, self.as_of, cell);
            if let Err(reason) = result {
                rows.reject(line + 1, reason, raw_row(&columns, row));
            } else if result == Ok(true) && self.schema.keeps_rows() {
                rows.lines.push(line + 1);
                rows.raws.push(&raw_row(&columns, row));
            }
        }
        Ok(())
    }

    /// The columns of the schema, decoded, by their positions in it.
    fn decode_columns(self, batch: &RecordBatch) -> Result<Vec<Option<Decoded>>, IngestError> {
        // A projected batch holds the needed columns in the order of the file.
        let mut in_file: Vec<_> = self.header.positions.iter().flatten().copied().collect();
        in_file.sort_unstable();
        in_file.dedup();
        let columns = self.schema.columns.iter().zip(&self.header.positions);
        let decoded = columns.map(|(column, position)| {
            let Some(position) = position else {
                return Ok(None);
            };
            let index = in_file.partition_point(|other| other < position);
            let array = batch.column(index);
            decode(array)
                .map(Some)
                .ok_or_else(|| IngestError::ColumnType {
                    file: self.file.to_owned(),
                    column: column.name.clone(),
                    found: array.data_type().to_string(),
                })
        });
        decoded.collect()
    }
}

/// The needed columns of a row as a CSV record.
fn raw_row(columns: &[Option<Decoded>], row: usize) -> String {
    let mut raw = String::new();
    for (index, column) in columns.iter().flatten().enumerate() {
        if index > 0 {
            raw.push(',');
        }
        match column.cell(row) {
            Cell::Time(time) => raw.push_str(&time_text(time)),
            Cell::Bytes(bytes) => push_field(&mut raw, &raw_text(bytes)),
            Cell::Text(text) => push_field(&mut raw, text),
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
