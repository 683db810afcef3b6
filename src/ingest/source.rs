//! The bytes of a file: hashed as they lie on disk, unpacked on the way.

use std::fs::File;
use std::io::{self, BufReader, Read};

use flate2::bufread::MultiGzDecoder;

use super::locate::{Form, Part};
use super::{IngestError, ReadOptions};

/// Packed bytes read at a time: large enough for BLAKE3 to use its wide lanes.
const PACKED_BLOCK_BYTES: usize = 256 * 1024;

/// A reader that hashes and counts whatever goes through it.
pub(super) struct HashingReader<'a> {
    file: File,
    hasher: &'a mut blake3::Hasher,
    options: &'a ReadOptions<'a>,
}

impl Read for HashingReader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(buffer)?;
        self.hasher.update(&buffer[..read]);
        (self.options.progress)(u64::try_from(read).unwrap_or(u64::MAX));
        Ok(read)
    }
}

/// The text of a CSV file, unpacked.
pub(super) fn open_csv<'a>(
    part: &Part,
    hasher: &'a mut blake3::Hasher,
    options: &'a ReadOptions<'a>,
) -> io::Result<Box<dyn Read + Send + 'a>> {
    let reader = HashingReader {
        file: File::open(&part.full_path)?,
        hasher,
        options,
    };
    Ok(match part.form {
        Form::CsvGzip => Box::new(MultiGzDecoder::new(BufReader::with_capacity(
            PACKED_BLOCK_BYTES,
            reader,
        ))),
        Form::CsvZstd => Box::new(zstd::Decoder::with_buffer(BufReader::with_capacity(
            PACKED_BLOCK_BYTES,
            reader,
        ))?),
        Form::Csv | Form::Parquet => Box::new(reader),
    })
}

/// Hashes a whole file.
pub(super) fn hash_file(
    part: &Part,
    hasher: &mut blake3::Hasher,
    options: &ReadOptions<'_>,
) -> Result<(), IngestError> {
    let unreadable = |source| IngestError::Read {
        file: part.path.clone(),
        source,
    };
    let mut reader = HashingReader {
        file: File::open(&part.full_path).map_err(unreadable)?,
        hasher,
        options,
    };
    let mut block = vec![0; PACKED_BLOCK_BYTES];
    while reader.read(&mut block).map_err(unreadable)? > 0 {}
    Ok(())
}
