//! Reads a data directory into [`Tables`].

use std::fmt;
use std::fs::File;
use std::path::Path;

use rayon::prelude::*;

use super::assemble::{FileRows, add_table};
use super::csv::parse_csv;
use super::locate::{Form, Part, locate, nearest_file};
use super::parquet::parse_parquet;
use super::rejects::check_rejects;
use super::schema::{TableRole, TableSchema, table_schemas};
use super::source::{hash_file, open_csv};
use super::split::CsvLimits;
use super::tables::{InputFile, Tables};
use super::text_limit::{LimitedReader, TextLimit, cause};
use super::{IngestError, Rows};
use crate::model::Timestamp;
use crate::strategy::Strategy;

/// CSV read at a time: long enough to keep a thread busy for milliseconds, short enough to stay in
/// a shared cache.
const BLOCK_BYTES: usize = 4 * 1024 * 1024;

/// How a data directory is read.
#[derive(Clone, Copy)]
pub struct ReadOptions<'a> {
    /// Rows that became known after this day are left out, as if the run were made at its end.
    pub as_of: Option<Timestamp>,
    /// Most text of all tables together, in bytes, unpacked.
    pub max_text_bytes: Option<u64>,
    /// Told how many more bytes on disk were read, from any thread.
    pub progress: &'a (dyn Fn(u64) + Sync),
}

impl Default for ReadOptions<'_> {
    fn default() -> Self {
        Self {
            as_of: None,
            max_text_bytes: None,
            progress: &|_bytes| {},
        }
    }
}

impl fmt::Debug for ReadOptions<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReadOptions")
            .field("as_of", &self.as_of)
            .finish_non_exhaustive()
    }
}

/// Reads every table of a data directory that the strategy asks for.
///
/// Whatever form a table comes in, and in however many parts, the tables are the same; only
/// [`Tables::inputs`] and the places named in [`Tables::rejects`] tell the difference. The number
/// of threads has no influence.
///
/// # Errors
/// When a table can't be had at all, more rows are bad than the strategy allows, or there is more text than
/// [`ReadOptions::max_text_bytes`]. A bad row is no
/// error: it is in [`Tables::rejects`].
pub fn read_tables(
    dir: &Path,
    strategy: &Strategy,
    options: &ReadOptions<'_>,
) -> Result<Tables, IngestError> {
    let schemas = table_schemas(strategy)?;
    let located = locate(dir, &schemas)?;
    check_present(dir, &schemas, &located)?;
    warn_of_absent(strategy, &schemas, &located);
    let limits = CsvLimits {
        block_bytes: BLOCK_BYTES,
        max_record_bytes: strategy.input.max_record_bytes,
    };
    let text_limit = TextLimit::new(options.max_text_bytes.unwrap_or(u64::MAX));
    // Side by side: what only one thread can do for a table (cut the stream, join the pieces) leaves the
    // others to another table.
    let read: Vec<Result<(Rows, Vec<FileRows>), IngestError>> = schemas
        .par_iter()
        .zip(&located)
        .map(|(schema, parts)| read_table(parts, schema, options, limits, &text_limit))
        .collect();
    let mut tables = Tables::default();
    for (schema, read) in schemas.iter().zip(read) {
        // Which error is told does not depend on which came first.
        let (rows, files) = read?;
        if !files.is_empty() {
            add_table(&mut tables, schema, rows, files);
        }
    }
    tables.inputs.sort_unstable_by(|a, b| a.path.cmp(&b.path));
    tables.rejects.sort_unstable();
    check_rejects(&tables, strategy.input.max_reject_share)?;
    check_known(&tables, options.as_of)?;
    Ok(tables)
}

/// A day before everything is a slip: the run would publish that there is no ring on an empty market.
fn check_known(tables: &Tables, as_of: Option<Timestamp>) -> Result<(), IngestError> {
    let is_nobody_known = tables.merchants.merchant_id.is_empty()
        && tables.relations.merchant_id.is_empty()
        && tables
            .links
            .iter()
            .all(|links| links.merchant_id.is_empty());
    match as_of {
        Some(as_of) if is_nobody_known && tables.not_yet_known > 0 => {
            Err(IngestError::NothingKnown {
                as_of: as_of.date_text(),
                rows: tables.not_yet_known,
            })
        }
        _ => Ok(()),
    }
}

/// The tables without which there is nothing to find.
fn check_present(
    dir: &Path,
    schemas: &[TableSchema],
    located: &[Vec<Part>],
) -> Result<(), IngestError> {
    let tables = || schemas.iter().zip(located);
    let merchants = tables().find(|(schema, _)| schema.role == TableRole::Merchants);
    if merchants.is_some_and(|(_, parts)| parts.is_empty()) {
        let near = nearest_file(dir, "merchants");
        let hint = near.map(|name| format!(" (is {name} meant? Then rename it)"));
        return Err(IngestError::MissingTable {
            directory: dir.to_owned(),
            table: "merchants".to_owned(),
            hint: hint.unwrap_or_default(),
        });
    }
    let gives_links =
        |schema: &TableSchema| schema.role == TableRole::Relations || !schema.links.is_empty();
    if !tables().any(|(schema, parts)| gives_links(schema) && !parts.is_empty()) {
        let links = schemas.iter().filter(|schema| gives_links(schema));
        let names: Vec<_> = links.map(|schema| schema.name.as_str()).collect();
        return Err(IngestError::NoLinks {
            directory: dir.to_owned(),
            expected: names.join(", "),
        });
    }
    Ok(())
}

/// Tables that somebody asked for in the strategy: that one is not there may be a slip of an export.
fn warn_of_absent(strategy: &Strategy, schemas: &[TableSchema], located: &[Vec<Part>]) {
    let tables = schemas.iter().zip(located);
    let absent = tables.filter(|(_, parts)| parts.is_empty());
    let absent: Vec<&str> = absent.map(|(schema, _)| schema.name.as_str()).collect();
    for link in strategy.declared_links() {
        if absent.contains(&link.table.as_str()) {
            let (name, table) = (&link.name, &link.table);
            tracing::warn!(
                link.name = name,
                link.table = table,
                "no table `{table}`: nothing is known of the link type {name} of the strategy"
            );
        }
    }
}

/// All parts of a table, one behind the other.
fn read_table(
    parts: &[Part],
    schema: &TableSchema,
    options: &ReadOptions<'_>,
    limits: CsvLimits,
    text_limit: &TextLimit,
) -> Result<(Rows, Vec<FileRows>), IngestError> {
    let mut rows = Rows::new(schema, |_| false);
    let mut files = Vec::with_capacity(parts.len());
    for part in parts {
        let (part_rows, file) = read_part(part, schema, options, limits, text_limit)?;
        tracing::debug!(
            input.file = file.path,
            input.rows = file.rows,
            input.rejected = file.rejected,
            "read an input file"
        );
        files.push(rows.append_file(part_rows, file));
    }
    Ok((rows, files))
}

fn read_part(
    part: &Part,
    schema: &TableSchema,
    options: &ReadOptions<'_>,
    limits: CsvLimits,
    text_limit: &TextLimit,
) -> Result<(Rows, InputFile), IngestError> {
    let as_of = options.as_of.map(Timestamp::day_end);
    let mut hasher = blake3::Hasher::new();
    let rows = match part.form {
        Form::Parquet => {
            let (hashed, rows) = rayon::join(
                || hash_file(part, &mut hasher, options),
                || {
                    let open = || File::open(&part.full_path);
                    parse_parquet(open, &part.path, schema, as_of, text_limit)
                },
            );
            hashed?;
            rows?
        }
        Form::Csv | Form::CsvGzip | Form::CsvZstd => {
            let unreadable = |source| IngestError::Read {
                file: part.path.clone(),
                source,
            };
            let reader = open_csv(part, &mut hasher, options).map_err(unreadable)?;
            // An unpacker would call a packed file without a byte damaged.
            if part.bytes == 0 {
                return Err(IngestError::Empty {
                    file: part.path.clone(),
                    expected: schema.required_names(),
                });
            }
            let limited = LimitedReader {
                text: reader,
                limit: text_limit,
                file: &part.path,
            };
            parse_csv(limited, &part.path, schema, as_of, limits).map_err(cause)?
        }
    };
    let file = InputFile {
        path: part.path.clone(),
        table: schema.name.clone(),
        bytes: part.bytes,
        blake3: hasher.finalize().to_hex().to_string(),
        rows: rows.seen,
        accepted: u64::try_from(rows.accepted).expect("a count fits u64"),
        rejected: u64::try_from(rows.rejects.len()).expect("a count fits u64"),
        columns: rows.column_names(schema),
    };
    Ok((rows, file))
}

impl Rows {
    /// The columns that the file has.
    fn column_names(&self, schema: &TableSchema) -> Vec<String> {
        let columns = schema.column_names().zip(&self.columns);
        let present = columns.filter(|(_, values)| values.is_some());
        present.map(|(name, _)| name.to_owned()).collect()
    }

    /// Adds the rows of the next file and sets its rejects apart.
    fn append_file(&mut self, mut other: Self, file: InputFile) -> FileRows {
        let first_row = self.accepted;
        self.append(&mut other, 0);
        FileRows {
            file,
            first_row,
            rejects: std::mem::take(&mut self.rejects),
        }
    }
}
