//! What can go wrong with a run directory.

use std::io;
use std::path::{Path, PathBuf};

/// A run directory could not be written or read. No variant holds a value of a table.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The operating system refused.
    #[error("cannot {action} {path}", path = .path.display())]
    Io {
        /// What was tried: `write`, `rename`, ...
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// Another run is at work in the same RUNS directory.
    #[error(
        "another run{holder} is at work in {path}: wait for it to end, or give --out another directory",
        holder = .pid.map(|pid| format!(" (process {pid})")).unwrap_or_default(),
        path = .path.display()
    )]
    Busy {
        /// The RUNS directory.
        path: PathBuf,
        /// The process that holds the lock, where it said so.
        pid: Option<u32>,
    },
    /// A run id that cannot name a directory.
    #[error("run id does not name a directory: expected letters, digits, `-`, `_` and `.`")]
    BadRunId,
    /// There is no run where one was expected.
    #[error(
        "no run at {path}: expected a run directory with manifest.json, or a RUNS directory with `latest`",
        path = .path.display()
    )]
    NoRun {
        /// Where.
        path: PathBuf,
    },
    /// `latest` is there and names no run.
    #[error(
        "{path} is no link to a run: point it at the run that counts, or remove it to begin a new history",
        path = .path.display()
    )]
    BrokenLatest {
        /// The link.
        path: PathBuf,
    },
    /// The run was written in a format this version does not know.
    #[error(
        "{path} has run format {found}, expected {supported} or earlier: read it with the version of ringfence that wrote it, or run again",
        path = .path.display()
    )]
    Format {
        /// The manifest.
        path: PathBuf,
        /// Its format version.
        found: u64,
        /// The newest format version this version reads.
        supported: u64,
    },
    /// The manifest is not what it should be.
    #[error("{path} is no manifest of a run: copy the run again or run afresh", path = .path.display())]
    Manifest {
        /// The manifest.
        path: PathBuf,
        /// Where it goes wrong.
        #[source]
        source: serde_json::Error,
    },
    /// A table lacks a column.
    #[error(
        "{path}: line 1: expected a column `{column}`: copy the run again or run afresh",
        path = .path.display()
    )]
    MissingColumn {
        /// The table's file.
        path: PathBuf,
        /// The column.
        column: &'static str,
    },
    /// A field is not what its column holds.
    #[error(
        "{path}: line {line}: {column}: expected {expected}: copy the run again or run afresh",
        path = .path.display()
    )]
    Field {
        /// The table's file.
        path: PathBuf,
        /// The line the record starts on, from 1.
        line: u64,
        /// The column.
        column: &'static str,
        /// What was expected.
        expected: String,
    },
    /// A record is no record: wrong number of fields, or no UTF-8.
    #[error(
        "{path}: line {line}: expected {expected}: copy the run again or run afresh",
        path = .path.display()
    )]
    Record {
        /// The table's file.
        path: PathBuf,
        /// The line the record starts on, from 1.
        line: u64,
        /// What was expected.
        expected: &'static str,
    },
    /// A table has other rows than were written to it.
    #[error(
        "{path}: {found} rows, the manifest says {expected}: copy the run again, or run again over its data",
        path = .path.display()
    )]
    RowCount {
        /// The table's file.
        path: PathBuf,
        /// Rows in it.
        found: u64,
        /// Rows that were written.
        expected: u64,
    },
    /// A table's file is longer or shorter than what was written.
    #[error(
        "{path}: {found} bytes, the manifest says {expected}: copy the run again, or run again over its data",
        path = .path.display()
    )]
    Length {
        /// The table's file.
        path: PathBuf,
        /// Its length in bytes.
        found: u64,
        /// The length that was written.
        expected: u64,
    },
    /// A table ends in the middle of a line.
    #[error(
        "{path}: the last line has no end, expected whole lines: copy the run again, or run again over its data",
        path = .path.display()
    )]
    CutOff {
        /// The table's file.
        path: PathBuf,
    },
    /// Parquet could not be written.
    #[error("cannot write {path}", path = .path.display())]
    Parquet {
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: parquet::errors::ParquetError,
    },
}

impl RunError {
    /// What a column that ties a row to others holds; its kind alone would tell nothing.
    #[must_use]
    pub fn expecting(mut self, tied: &str, what: &str) -> Self {
        if let Self::Field {
            column, expected, ..
        } = &mut self
            && *column == tied
        {
            what.clone_into(expected);
        }
        self
    }

    /// For `map_err`: what was tried on which path.
    pub(super) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| Self::Io {
            action,
            path,
            source,
        }
    }
}
