//! A table that stays on disk: read through once, then any rows by their numbers.
//!
//! The file is kept open, so that its rows stay readable when the run's directory is replaced.

use std::fs::File;
use std::marker::PhantomData;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;

use super::columns::{Fields, Row};
use super::csv_file;
use super::error::RunError;

/// A table on disk with the place of each of its rows.
///
/// `starts` has n+1 entries: where each row starts, and where the last one ends. Memory: 8 bytes a row.
#[derive(Debug)]
pub struct IndexedTable<R> {
    file: File,
    path: PathBuf,
    positions: Vec<Option<usize>>,
    starts: Vec<u64>,
    row: PhantomData<fn() -> R>,
}

impl<R: Row> IndexedTable<R> {
    pub(super) fn open(
        path: PathBuf,
        mut take: impl FnMut(&mut Fields<'_>) -> Result<(), usize>,
    ) -> Result<Self, RunError> {
        let file = csv_file::open_table(&path)?;
        let mut starts = Vec::new();
        let scanned = csv_file::scan_open_file::<R>(&file, &path, |fields| {
            starts.push(fields.offset());
            take(fields)
        })?;
        starts.push(scanned.end);
        starts.shrink_to_fit();
        Ok(Self {
            file,
            path,
            positions: scanned.positions,
            starts,
            row: PhantomData,
        })
    }

    /// Rows in the table.
    pub fn len(&self) -> usize {
        self.starts.len() - 1
    }

    /// Whether the table has no rows.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Reads some rows that stand together.
    ///
    /// # Errors
    /// When the file changed since it was opened, or the disk refuses.
    ///
    /// # Panics
    /// When there are no such rows.
    pub fn rows(&self, rows: Range<usize>) -> Result<Vec<R::Owned>, RunError> {
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let (start, end) = (self.starts[rows.start], self.starts[rows.end]);
        let length = usize::try_from(end - start).expect("rows asked for fit memory");
        let mut bytes = vec![0; length];
        self.file
            .read_exact_at(&mut bytes, start)
            .map_err(RunError::io("read", &self.path))?;
        let found = csv_file::read_piece::<R>(&bytes, &self.positions, &self.path)?;
        if found.len() == rows.len() {
            return Ok(found);
        }
        Err(RunError::Record {
            path: self.path.clone(),
            line: 0,
            expected: "the rows it had when it was opened",
        })
    }

    /// Reads one row.
    ///
    /// # Errors
    /// As [`Self::rows`].
    ///
    /// # Panics
    /// When there is no such row.
    pub fn row(&self, row: usize) -> Result<R::Owned, RunError> {
        let mut rows = self.rows(row..row + 1)?;
        Ok(rows.pop().expect("as many rows as were asked for"))
    }
}
