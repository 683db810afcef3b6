//! What an input will cost, before it is paid.

use std::io::{self, Read};
use std::path::Path;

use super::locate::{Form, Part, locate};
use super::parquet::count_rows;
use super::schema::{Kind, TableSchema, table_schemas};
use super::source::open_csv;
use super::split::count_line_ends;
use super::{IngestError, ReadOptions};
use crate::strategy::Strategy;

/// What reading a data directory will cost, from the sizes of its files and a look at their starts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InputEstimate {
    /// One for each table that is there.
    pub tables: Vec<TableEstimate>,
}

/// What reading a table will cost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableEstimate {
    /// The table's name.
    pub table: String,
    /// Files it is in.
    pub files: usize,
    /// Bytes on disk.
    pub disk_bytes: u64,
    /// Rows, within a factor of about two.
    pub rows: u64,
    /// Memory of its columns, on the high side.
    pub memory_bytes: u64,
}

/// Bytes of a CSV record of the usual tables, where a file does not show its own.
const RECORD_BYTES: u64 = 80;

/// How much of a table is looked at.
const SAMPLE_BYTES: u64 = 64 * 1024;

impl InputEstimate {
    /// Bytes on disk in all.
    pub fn disk_bytes(&self) -> u64 {
        self.tables.iter().map(|table| table.disk_bytes).sum()
    }

    /// Rows in all.
    pub fn rows(&self) -> u64 {
        self.tables.iter().map(|table| table.rows).sum()
    }

    /// Memory of all columns.
    pub fn memory_bytes(&self) -> u64 {
        self.tables.iter().map(|table| table.memory_bytes).sum()
    }
}

/// Estimates what [`read_tables`](super::read_tables) will read and hold; the start of one file
/// of each table is looked at, so that it takes no time. A file that can't be read is no error yet.
///
/// # Errors
/// When the directory can't be listed, or a table lies there in two forms.
pub fn estimate(dir: &Path, strategy: &Strategy) -> Result<InputEstimate, IngestError> {
    let schemas = table_schemas(strategy)?;
    let located = locate(dir, &schemas)?;
    let tables = schemas.iter().zip(located);
    let present = tables.filter(|(_, parts)| !parts.is_empty());
    Ok(InputEstimate {
        tables: present
            .map(|(schema, parts)| table(schema, &parts))
            .collect(),
    })
}

fn table(schema: &TableSchema, parts: &[Part]) -> TableEstimate {
    let record_bytes = parts.first().and_then(|part| record_bytes(part).ok());
    let record_bytes = record_bytes.flatten().unwrap_or(RECORD_BYTES);
    let (mut rows, mut text_bytes) = (0_u64, 0_u64);
    for part in parts {
        let unpacked_bytes = part.bytes.saturating_mul(unpacked(part.form));
        let part_rows = match part.form {
            Form::Parquet => count_rows(part).unwrap_or(unpacked_bytes / RECORD_BYTES),
            Form::Csv | Form::CsvGzip | Form::CsvZstd => unpacked_bytes / record_bytes,
        };
        rows = rows.saturating_add(part_rows);
        text_bytes = text_bytes.saturating_add(unpacked_bytes);
    }
    let row_bytes: u64 = schema.columns.iter().map(|column| width(column.kind)).sum();
    TableEstimate {
        table: schema.name.clone(),
        files: parts.len(),
        disk_bytes: parts.iter().map(|part| part.bytes).sum(),
        rows,
        memory_bytes: text_bytes.saturating_add(rows.saturating_mul(row_bytes)),
    }
}

/// The mean length of the first records of a CSV file; `None` for another form or no whole record.
fn record_bytes(part: &Part) -> io::Result<Option<u64>> {
    if part.form == Form::Parquet {
        return Ok(None);
    }
    let (mut hasher, options) = (blake3::Hasher::new(), ReadOptions::default());
    let reader = open_csv(part, &mut hasher, &options)?;
    let mut sample = Vec::new();
    reader.take(SAMPLE_BYTES).read_to_end(&mut sample)?;
    let bytes = u64::try_from(sample.len()).unwrap_or(SAMPLE_BYTES);
    // The header counts as a row here; a file has many.
    let mean = bytes.checked_div(count_line_ends(&sample));
    Ok(mean.map(|mean| mean.max(1)))
}

/// How many times larger the same rows are as plain CSV; identifiers compress badly, dates well.
fn unpacked(form: Form) -> u64 {
    match form {
        Form::Csv => 1,
        Form::CsvGzip => 4,
        Form::CsvZstd | Form::Parquet => 5,
    }
}

/// Bytes a value takes beside its text.
fn width(kind: Kind) -> u64 {
    match kind {
        Kind::Money => 16,
        Kind::Count => 4,
        Kind::Status | Kind::Label => 1,
        Kind::About => 2,
        Kind::Id
        | Kind::Needed
        | Kind::Text
        | Kind::KnownFrom
        | Kind::LastSeen
        | Kind::Expiry
        | Kind::Number => 8,
    }
}
