//! Why the input as a whole can't be used.

use std::io;
use std::path::PathBuf;

/// The input can't be used. Each message says where, what was expected, and what to do; none shows
/// a value of the input.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[expect(
    missing_docs,
    reason = "each variant's message says what its fields are"
)]
pub enum IngestError {
    /// The data directory can't be listed.
    #[error("can't list the data directory {}: check the path and its permissions", path.display())]
    Directory { path: PathBuf, source: io::Error },

    /// A required table is absent.
    #[error(
        "no table `{table}` in {}: add {table}.csv, {table}.csv.gz, {table}.csv.zst, \
         {table}.parquet or a folder {table}/ of such parts{hint}",
        directory.display()
    )]
    MissingTable {
        directory: PathBuf,
        table: String,
        hint: String,
    },

    /// Nothing says who shares what.
    #[error(
        "no links in {}: add at least one of the tables {expected} (as .csv, .csv.gz, .csv.zst, \
         .parquet or a folder of such parts)",
        directory.display()
    )]
    NoLinks {
        directory: PathBuf,
        expected: String,
    },

    /// One table lies there twice.
    #[error("the same rows lie there in two forms, {first} and {second}: remove one of them")]
    TwoForms { first: String, second: String },

    /// Named for a table, and not read.
    #[error(
        "{path} is named for the table `{table}`, but in no form that is read: expected {table}.csv, \
         {table}.csv.gz, {table}.csv.zst, {table}.parquet or a folder {table}/ of such parts; rename \
         or convert it, or move it away"
    )]
    UnreadForm { path: String, table: String },

    /// Parts in a folder within a table's folder.
    #[error(
        "{path} holds files of the table `{table}`, and folders within {table}/ are not read: put \
         the files into {table}/ itself, or move the folder away"
    )]
    NestedParts { path: String, table: String },

    /// A pipe, a socket or a device.
    #[error("{file} is no regular file: write the table to a file, and put that in its place")]
    NoFile { file: String },

    /// A folder of parts without parts.
    #[error(
        "{file}/ holds no part: put files that end in .csv, .csv.gz, .csv.zst or .parquet there, \
         or remove the folder"
    )]
    NoParts { file: String },

    /// A link type of the strategy names a table with another meaning.
    #[error(
        "the link type `{link}` reads the table `{table}`, which has a meaning of its own: \
         give it another `table` in the strategy"
    )]
    ReservedTable { link: String, table: String },

    /// The bytes can't be had.
    #[error("can't read {file}: {}", advice(source))]
    Read { file: String, source: io::Error },

    /// Not even a header.
    #[error("{file} is empty: expected a header line with the columns {expected}")]
    Empty { file: String, expected: String },

    /// Another encoding.
    #[error("{file} line 1: expected UTF-8 text, found the mark of UTF-16: save the file as UTF-8")]
    Encoding { file: String },

    /// The first record is no header.
    #[error(
        "{file} line {line}: expected a header with the columns {expected}, found a record that \
         does not end: look for a quote left open or out of place"
    )]
    Header {
        file: String,
        line: u64,
        expected: String,
    },

    /// A required column is absent.
    #[error("{file}: expected a column `{column}`, found {found}; {hint}")]
    MissingColumn {
        file: String,
        column: String,
        found: String,
        hint: String,
    },

    /// A column that is needed stands there twice.
    #[error("{file}: the column `{column}` stands there twice: rename or remove one")]
    DuplicateColumn { file: String, column: String },

    /// A Parquet column of a type that holds no such values.
    #[error(
        "{file}: the column `{column}` is of the type {found}: expected text, numbers or dates; \
         cast it when you write the file"
    )]
    ColumnType {
        file: String,
        column: String,
        found: String,
    },

    /// A Parquet column in a compression that can't be undone.
    #[error(
        "{file}: the column `{column}` is compressed with LZO: expected snappy, gzip, zstd, lz4, brotli \
         or no compression; choose one of them when you write the file"
    )]
    Codec { file: String, column: String },

    /// Not a Parquet file, or a damaged one.
    #[error(
        "{file} is no readable Parquet file: check that it is complete and undamaged, and write \
         it again"
    )]
    Parquet {
        file: String,
        source: parquet::errors::ParquetError,
    },

    /// More text than there is memory for.
    #[error(
        "{file}: the tables hold more than {limit} MiB of text, all that the memory limit leaves (what packed \
         files hold shows only when they are unpacked); raise --memory-limit or split the market by country"
    )]
    TooMuchText {
        file: String,
        /// Mebibytes.
        limit: u64,
    },

    /// An as-of day before all that the input tells.
    #[error(
        "no merchant was known on {as_of}: {rows} rows speak of later days; give a later --as-of, or \
         leave it out"
    )]
    NothingKnown { as_of: String, rows: u64 },

    /// More bad rows than the strategy allows.
    #[error(
        "{rejected} of {rows} rows are bad, more than max_reject_share = {limit} allows\n{details}\n\
         mend the export, or raise `max_reject_share` under [input] in the strategy"
    )]
    TooManyRejects {
        rejected: u64,
        rows: u64,
        limit: f64,
        /// A line for each file and each of its most frequent reasons.
        details: String,
    },
}

/// What to do about bytes that can't be had.
fn advice(source: &io::Error) -> &'static str {
    match source.kind() {
        io::ErrorKind::PermissionDenied => {
            "let the user that ringfence runs as read it, and the folders it lies in"
        }
        io::ErrorKind::NotFound => {
            "it is gone, or a link that leads nowhere; put it there, or remove the link"
        }
        _ => "check that it is complete and undamaged, and copy it here again",
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::IngestError;

    #[test]
    fn who_may_not_read_a_file_is_not_sent_to_copy_it() {
        let message = |kind: io::ErrorKind| {
            let error = IngestError::Read {
                file: "devices.csv".to_owned(),
                source: kind.into(),
            };
            error.to_string()
        };
        assert_eq!(
            message(io::ErrorKind::PermissionDenied),
            "can't read devices.csv: let the user that ringfence runs as read it, and the folders it lies in"
        );
        assert!(message(io::ErrorKind::UnexpectedEof).contains("copy it here again"));
    }
}
