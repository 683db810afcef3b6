//! Tables as CSV: written in pieces by all threads, read back with line numbers in every complaint.

use std::fs::File;
use std::hint::black_box;
use std::io::{self, Read, Write};
use std::os::unix::fs::FileExt;
use std::path::Path;

use csv::StringRecord;
use rayon::prelude::*;

use super::cell_text::write_cell;
use super::columns::{Cell, Column, Fields, Row};
use super::error::RunError;

/// Rows that one thread turns into text at a time; has no bearing on the bytes.
pub(super) const PIECE_ROWS: usize = 8192;
/// Rows whose texts are touched together before the first of them is written.
const ROWS_AHEAD: usize = 32;
/// Pieces of a table held in memory at once, whatever the number of threads.
const WAVE_PIECES: usize = 8;

/// Writes a header and then the rows of pieces `0..n_pieces`, in order. Returns the number of rows.
pub(super) fn write_pieces<R: Row>(
    out: &mut impl Write,
    n_pieces: usize,
    rows_of: impl Fn(usize) -> Vec<R> + Sync,
) -> io::Result<u64> {
    write_encoded::<R>(out, n_pieces, |piece| {
        let rows = rows_of(piece);
        (encode(&rows), rows.len() as u64)
    })
}

/// Writes a header and then `rows`.
pub(super) fn write_rows<R: Row>(out: &mut impl Write, rows: &[R]) -> io::Result<u64> {
    write_encoded::<R>(out, rows.len().div_ceil(PIECE_ROWS), |piece| {
        let start = piece * PIECE_ROWS;
        let rows = &rows[start..rows.len().min(start + PIECE_ROWS)];
        (encode(rows), rows.len() as u64)
    })
}

fn write_encoded<R: Row>(
    out: &mut impl Write,
    n_pieces: usize,
    encode_piece: impl Fn(usize) -> (Vec<u8>, u64) + Sync,
) -> io::Result<u64> {
    let names: Vec<&str> = R::COLUMNS.iter().map(|column| column.name).collect();
    out.write_all(format!("{}\n", names.join(",")).as_bytes())?;
    let mut n_rows = 0;
    for wave in (0..n_pieces).step_by(WAVE_PIECES) {
        let pieces: Vec<(Vec<u8>, u64)> = (wave..n_pieces.min(wave + WAVE_PIECES))
            .into_par_iter()
            .map(&encode_piece)
            .collect();
        for (bytes, rows) in pieces {
            out.write_all(&bytes)?;
            n_rows += rows;
        }
    }
    Ok(n_rows)
}

fn encode<R: Row>(rows: &[R]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(rows.len() * R::COLUMNS.len() * 8);
    for rows in rows.chunks(ROWS_AHEAD) {
        touch_texts(rows);
        for row in rows {
            row.cells(&mut |cell| {
                write_cell(&mut bytes, cell);
                bytes.push(b',');
            });
            // The comma behind the last cell ends the line.
            if let Some(last) = bytes.last_mut() {
                *last = b'\n';
            }
        }
    }
    bytes
}

/// Looks at the start of every text. They lie all over memory, and to wait for one after the other takes
/// longer than to write them; here nothing depends on what is read, so that the waits overlap.
fn touch_texts<R: Row>(rows: &[R]) {
    let mut all = 0;
    for row in rows {
        row.cells(&mut |cell| {
            if let Cell::Text(text) = cell {
                all ^= text.as_bytes().first().copied().unwrap_or_default();
            }
        });
    }
    black_box(all);
}

/// Reads the first rows of a table, `at_most` so many.
pub(super) fn read_rows<R: Row>(path: &Path, at_most: usize) -> Result<Vec<R::Owned>, RunError> {
    let mut rows = Vec::new();
    scan::<R>(open_table(path)?, path, at_most, |fields| {
        rows.push(R::from_fields(fields)?);
        Ok(())
    })?;
    Ok(rows)
}

/// Calls `take` on the fields of each record of a table; `take` names the column it can't make
/// sense of. Returns the number of records.
pub(super) fn scan_file<R: Row>(
    path: &Path,
    take: impl FnMut(&mut Fields<'_>) -> Result<(), usize>,
) -> Result<u64, RunError> {
    let scanned = scan::<R>(open_table(path)?, path, usize::MAX, take)?;
    Ok(scanned.rows)
}

/// As [`scan_file`], on a file that is kept open.
pub(super) fn scan_open_file<R: Row>(
    file: &File,
    path: &Path,
    take: impl FnMut(&mut Fields<'_>) -> Result<(), usize>,
) -> Result<Scanned, RunError> {
    scan::<R>(file, path, usize::MAX, take)
}

/// Opens a table's file. Only plain files are tables: a pipe or a device in a run directory would never end.
/// Every line of a table has an end: without one, the file was cut off, perhaps within its last field.
pub(super) fn open_table(path: &Path) -> Result<File, RunError> {
    let file = File::open(path).map_err(RunError::io("read", path))?;
    let metadata = file.metadata().map_err(RunError::io("read", path))?;
    if !metadata.is_file() {
        let refusal = io::Error::new(io::ErrorKind::InvalidInput, "expected a plain file");
        return Err(RunError::io("read", path)(refusal));
    }
    let mut last = [b'\n'];
    if let Some(before_last) = metadata.len().checked_sub(1) {
        file.read_exact_at(&mut last, before_last)
            .map_err(RunError::io("read", path))?;
    }
    if last != *b"\n" {
        return Err(RunError::CutOff {
            path: path.to_path_buf(),
        });
    }
    Ok(file)
}

/// What a scan learned of a file beside its records.
pub(super) struct Scanned {
    /// For each column of the table, where a record holds it.
    pub(super) positions: Vec<Option<usize>>,
    /// Where the last record ends.
    pub(super) end: u64,
    /// Records.
    pub(super) rows: u64,
}

fn scan<R: Row>(
    input: impl Read,
    path: &Path,
    at_most: usize,
    mut take: impl FnMut(&mut Fields<'_>) -> Result<(), usize>,
) -> Result<Scanned, RunError> {
    let mut reader = csv::ReaderBuilder::new()
        .buffer_capacity(1 << 18)
        .from_reader(input);
    let header = reader.headers().map_err(|error| explain(&error, path))?;
    let positions = find_columns(header, R::COLUMNS, path)?;
    let mut record = StringRecord::new();
    let mut rows = 0;
    for _ in 0..at_most {
        let is_record = reader.read_record(&mut record);
        if !is_record.map_err(|error| explain(&error, path))? {
            break;
        }
        let mut fields = Fields {
            record: &record,
            positions: &positions,
            next: 0,
        };
        take(&mut fields).map_err(|column| RunError::Field {
            path: path.to_path_buf(),
            line: record.position().map_or(0, csv::Position::line),
            column: R::COLUMNS[column].name,
            expected: R::COLUMNS[column].kind.expectation(),
        })?;
        rows += 1;
    }
    Ok(Scanned {
        end: reader.position().byte(),
        positions,
        rows,
    })
}

/// The rows in a piece of a table that [`scan_open_file`] went through before.
pub(super) fn read_piece<R: Row>(
    bytes: &[u8],
    positions: &[Option<usize>],
    path: &Path,
) -> Result<Vec<R::Owned>, RunError> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .from_reader(bytes);
    let mut record = StringRecord::new();
    let mut rows = Vec::new();
    while reader
        .read_record(&mut record)
        .map_err(|error| explain(&error, path))?
    {
        let mut fields = Fields {
            record: &record,
            positions,
            next: 0,
        };
        let row = R::from_fields(&mut fields).map_err(|column| RunError::Field {
            path: path.to_path_buf(),
            line: 0,
            column: R::COLUMNS[column].name,
            expected: R::COLUMNS[column].kind.expectation(),
        })?;
        rows.push(row);
    }
    Ok(rows)
}

fn find_columns(
    header: &StringRecord,
    columns: &[Column],
    path: &Path,
) -> Result<Vec<Option<usize>>, RunError> {
    columns
        .iter()
        .map(|column| {
            let position = header.iter().position(|name| name == column.name);
            if position.is_none() && column.required {
                return Err(RunError::MissingColumn {
                    path: path.to_path_buf(),
                    column: column.name,
                });
            }
            Ok(position)
        })
        .collect()
}

/// The csv crate's complaint without the values it may quote.
fn explain(error: &csv::Error, path: &Path) -> RunError {
    let expected = match error.kind() {
        csv::ErrorKind::Io(source) => {
            return RunError::io("read", path)(io::Error::new(source.kind(), source.to_string()));
        }
        csv::ErrorKind::Utf8 { .. } => "UTF-8",
        _ => "as many fields as the header has",
    };
    RunError::Record {
        path: path.to_path_buf(),
        line: error.position().map_or(1, csv::Position::line),
        expected,
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;
    use std::path::Path;

    use proptest::prelude::*;

    use super::{Fields, PIECE_ROWS, RunError, read_rows, scan, write_pieces, write_rows};
    use crate::model::{Bits, Timestamp};
    use crate::run::{EvidenceRow, LineageRow, RejectRow, Row};

    fn rejects(raws: &[&str]) -> Vec<RejectRow<'static>> {
        raws.iter()
            .zip(1..)
            .map(|(raw, line)| RejectRow {
                file: Cow::Borrowed("devices.csv"),
                line,
                reason: Cow::Borrowed("bad_time"),
                raw: Cow::Owned((*raw).to_owned()),
            })
            .collect()
    }

    fn text_of<R: Row>(rows: &[R]) -> String {
        let mut bytes = Vec::new();
        write_rows(&mut bytes, rows).unwrap();
        String::from_utf8(bytes).unwrap()
    }

    fn parse<R: Row>(text: &str) -> Result<Vec<R::Owned>, RunError> {
        let mut rows = Vec::new();
        scan::<R>(
            text.as_bytes(),
            Path::new("t.csv"),
            usize::MAX,
            |fields: &mut Fields<'_>| {
                rows.push(R::from_fields(fields)?);
                Ok(())
            },
        )?;
        Ok(rows)
    }

    #[test]
    fn quotes_only_what_must_be_quoted() {
        let text = text_of(&rejects(&["plain", "a,b", "say \"no\"", "two\nlines", ""]));
        assert_eq!(
            text,
            "file,line,reason,raw\n\
             devices.csv,1,bad_time,plain\n\
             devices.csv,2,bad_time,\"a,b\"\n\
             devices.csv,3,bad_time,\"say \"\"no\"\"\"\n\
             devices.csv,4,bad_time,\"two\nlines\"\n\
             devices.csv,5,bad_time,\n"
        );
        assert_eq!(text_of::<RejectRow>(&[]), "file,line,reason,raw\n");
    }

    #[test]
    fn absent_extra_columns_read_as_nulls_and_others_are_ignored() {
        let rows = parse::<EvidenceRow>(
            "more,cluster_id,entity_type,entity,members,merchants,bits,first_seen,last_seen\n\
             x,R1,device,d1,2,3,4.50,2024-01-01,\n",
        )
        .unwrap();
        assert_eq!(rows.len(), 1);
        assert_eq!(rows[0].bits, Bits::from_f64(4.5));
        assert_eq!(rows[0].first_seen, Timestamp::parse("2024-01-01").ok());
        assert_eq!((rows[0].last_seen, &*rows[0].shown), (None, ""));
    }

    #[test]
    fn complaints_name_file_line_column_and_expectation() {
        let check = |text: &str, expected: &str| {
            let error = parse::<LineageRow>(text).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        };
        let header = "cluster_id,previous_cluster_id,event,overlap\n";
        check("", "t.csv: line 1: expected a column `cluster_id`");
        check(
            "cluster_id,event\n",
            "expected a column `previous_cluster_id`",
        );
        check(
            &format!("{header}R1,,born,0.0\nR1,,secret,0.0\n"),
            "t.csv: line 3: event: expected one of born,",
        );
        check(
            &format!("{header}R1,,born,NaN\n"),
            "line 2: overlap: expected a number",
        );
        check(
            &format!("{header}R1,,born\n"),
            "line 2: expected as many fields",
        );
        check(
            &format!("{header}\"R1,,born,0\n"),
            "line 2: expected as many fields",
        );
        let error = parse::<LineageRow>(&format!("{header}R1,,secret,0.0\n")).unwrap_err();
        assert!(!error.to_string().contains("secret"));
    }

    #[test]
    fn no_more_is_read_than_asked_for() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lineage.csv");
        let text = "cluster_id,previous_cluster_id,event,overlap\nR1,,born,0.0\nR2,,secret,0.0\n";
        std::fs::write(&path, text).unwrap();
        assert_eq!(read_rows::<LineageRow>(&path, 0).unwrap().len(), 0);
        assert_eq!(read_rows::<LineageRow>(&path, 1).unwrap().len(), 1);
        assert!(read_rows::<LineageRow>(&path, 2).is_err());
    }

    #[test]
    fn a_directory_or_nothing_is_no_table() {
        let dir = tempfile::tempdir().unwrap();
        assert!(read_rows::<LineageRow>(dir.path(), 1).is_err());
        assert!(read_rows::<LineageRow>(&dir.path().join("none.csv"), 1).is_err());
    }

    #[test]
    fn pieces_and_threads_do_not_show() {
        let raws: Vec<String> = (0..3 * PIECE_ROWS + 17)
            .map(|row| format!("r{row}"))
            .collect();
        let rows = rejects(&raws.iter().map(String::as_str).collect::<Vec<_>>());
        let whole = text_of(&rows);
        for n_threads in [1, 8] {
            let pool = rayon::ThreadPoolBuilder::new()
                .num_threads(n_threads)
                .build()
                .unwrap();
            let mut bytes = Vec::new();
            let written = pool
                .install(|| {
                    write_pieces(&mut bytes, rows.len().div_ceil(100), |piece| {
                        rows[piece * 100..rows.len().min(piece * 100 + 100)].to_vec()
                    })
                })
                .unwrap();
            assert_eq!(written, rows.len() as u64);
            assert!(bytes == whole.as_bytes());
        }
    }

    proptest! {
        #[test]
        fn what_was_written_reads_back(raws in proptest::collection::vec("\\PC*|[,\"\n\r ]{0,4}", 0..8)) {
            let rows = rejects(&raws.iter().map(String::as_str).collect::<Vec<_>>());
            prop_assert_eq!(parse::<RejectRow>(&text_of(&rows)).unwrap(), rows);
        }
    }
}
