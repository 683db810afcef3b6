//! What an input will cost, before it is paid.

use std::path::Path;

use super::IngestError;
use super::locate::{Form, Part, locate};
use super::schema::{Kind, TableSchema, table_schemas};
use crate::strategy::Strategy;

/// What reading a data directory will cost, from the sizes of its files alone.
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

/// Bytes of a CSV record of the usual tables.
const RECORD_BYTES: u64 = 80;

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

/// Estimates what [`read_tables`](super::read_tables) will read and hold, without opening a file.
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
    let csv_bytes: u64 = parts
        .iter()
        .map(|part| part.bytes.saturating_mul(unpacked(part.form)))
        .sum();
    let rows = csv_bytes / RECORD_BYTES;
    let row_bytes: u64 = schema.columns.iter().map(|column| width(column.kind)).sum();
    TableEstimate {
        table: schema.name.clone(),
        files: parts.len(),
        disk_bytes: parts.iter().map(|part| part.bytes).sum(),
        rows,
        memory_bytes: csv_bytes.saturating_add(rows.saturating_mul(row_bytes)),
    }
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
