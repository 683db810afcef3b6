//! How much text may be read: what a packed file holds shows only when it is unpacked.

use std::io::{self, Read};
use std::sync::atomic::{AtomicU64, Ordering};

use super::IngestError;

/// A limit on the text of all files together.
#[derive(Debug)]
pub struct TextLimit {
    max_bytes: u64,
    read_bytes: AtomicU64,
}

impl TextLimit {
    /// At most so many bytes.
    pub fn new(max_bytes: u64) -> Self {
        Self {
            max_bytes,
            read_bytes: AtomicU64::new(0),
        }
    }

    /// Counts bytes that were read.
    ///
    /// # Errors
    /// When they are more than may be read; `file` is named.
    pub(super) fn spend(&self, bytes: usize, file: &str) -> Result<(), IngestError> {
        let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
        let read = self.read_bytes.fetch_add(bytes, Ordering::Relaxed) + bytes;
        if read <= self.max_bytes {
            return Ok(());
        }
        Err(IngestError::TooMuchText {
            file: file.to_owned(),
            limit: self.max_bytes >> 20,
        })
    }
}

/// Text that comes to an end with an error where the limit is passed.
pub(super) struct LimitedReader<'a, R> {
    pub(super) text: R,
    pub(super) limit: &'a TextLimit,
    pub(super) file: &'a str,
}

impl<R: Read> Read for LimitedReader<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.text.read(buffer)?;
        self.limit
            .spend(read, self.file)
            .map_err(io::Error::other)?;
        Ok(read)
    }
}

/// What went wrong: the limit, if that was passed while text was read.
pub(super) fn cause(error: IngestError) -> IngestError {
    match error {
        IngestError::Read { file, source } => match source.downcast::<IngestError>() {
            Ok(passed) => passed,
            Err(source) => IngestError::Read { file, source },
        },
        error => error,
    }
}
