//! Which files hold which table.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::IngestError;
use super::schema::TableSchema;

/// A file of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) full_path: PathBuf,
    /// Relative to the data directory, with `/`.
    pub(super) path: String,
    pub(super) form: Form,
    pub(super) bytes: u64,
}

/// How a file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Csv,
    CsvGzip,
    CsvZstd,
    Parquet,
}

const FORMS: [(&str, Form); 4] = [
    (".csv", Form::Csv),
    (".csv.gz", Form::CsvGzip),
    (".csv.zst", Form::CsvZstd),
    (".parquet", Form::Parquet),
];

/// A name in a directory.
struct Entry {
    name: String,
    full_path: PathBuf,
    is_folder: bool,
    bytes: u64,
}

/// The parts of each table, in the order of `schemas`; none for an absent one.
pub(super) fn locate(
    directory: &Path,
    schemas: &[TableSchema],
) -> Result<Vec<Vec<Part>>, IngestError> {
    let entries = list(directory)?;
    let tables = schemas.iter();
    tables
        .map(|schema| table_parts(&schema.name, &entries))
        .collect()
}

fn table_parts(table: &str, entries: &[Entry]) -> Result<Vec<Part>, IngestError> {
    let mut parts: Vec<Part> = Vec::new();
    let mut found: Option<String> = None;
    for entry in entries {
        let display = if entry.is_folder && entry.name == table {
            format!("{table}/")
        } else if !entry.is_folder && split_form(&entry.name).is_some_and(|(stem, _)| stem == table)
        {
            entry.name.clone()
        } else {
            continue;
        };
        if let Some(first) = found {
            return Err(IngestError::TwoForms {
                first,
                second: display,
            });
        }
        if entry.is_folder {
            parts = folder_parts(table, &entry.full_path)?;
        } else {
            parts.extend(part(entry, ""));
        }
        found = Some(display);
    }
    Ok(parts)
}

/// The parts in a folder, sorted by name. Hidden files and those with a leading underscore are what
/// other systems leave beside their parts.
fn folder_parts(table: &str, folder: &Path) -> Result<Vec<Part>, IngestError> {
    let mut entries = list(folder)?;
    entries.retain(|entry| !entry.is_folder && !entry.name.starts_with(['.', '_']));
    let mut stems: Vec<(&str, &str)> = entries
        .iter()
        .filter_map(|entry| split_form(&entry.name).map(|(stem, _)| (stem, entry.name.as_str())))
        .collect();
    stems.sort_unstable();
    if let Some(twice) = stems.windows(2).find(|pair| pair[0].0 == pair[1].0) {
        return Err(IngestError::TwoForms {
            first: format!("{table}/{}", twice[0].1),
            second: format!("{table}/{}", twice[1].1),
        });
    }
    let prefix = format!("{table}/");
    let parts: Vec<Part> = entries
        .iter()
        .filter_map(|entry| part(entry, &prefix))
        .collect();
    if parts.is_empty() {
        return Err(IngestError::NoParts {
            file: table.to_owned(),
        });
    }
    Ok(parts)
}

fn part(entry: &Entry, prefix: &str) -> Option<Part> {
    let (_, form) = split_form(&entry.name)?;
    Some(Part {
        full_path: entry.full_path.clone(),
        path: format!("{prefix}{}", entry.name),
        form,
        bytes: entry.bytes,
    })
}

/// What stands before the extension, and the form it names.
fn split_form(name: &str) -> Option<(&str, Form)> {
    let mut forms = FORMS.into_iter();
    forms.find_map(|(extension, form)| Some((name.strip_suffix(extension)?, form)))
}

/// Everything in a directory, sorted by name; a name that is no UTF-8 is none of ours.
fn list(directory: &Path) -> Result<Vec<Entry>, IngestError> {
    let unreadable = |source: io::Error| IngestError::Directory {
        path: directory.to_owned(),
        source,
    };
    let mut entries = Vec::new();
    for entry in fs::read_dir(directory).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let Ok(name) = entry.file_name().into_string() else {
            continue;
        };
        // A link that leads nowhere is an error only if it is a table's; reading it will tell.
        let metadata = fs::metadata(entry.path());
        entries.push(Entry {
            name,
            full_path: entry.path(),
            is_folder: metadata.as_ref().is_ok_and(fs::Metadata::is_dir),
            bytes: metadata.map_or(0, |metadata| metadata.len()),
        });
    }
    entries.sort_unstable_by(|a, b| a.name.cmp(&b.name));
    Ok(entries)
}

/// A file in the directory whose name is close to a table's, for a hint.
pub(super) fn nearest_file(directory: &Path, table: &str) -> Option<String> {
    let entries = list(directory).ok()?;
    let near = entries.into_iter().filter(|entry| {
        let stem = entry.name.split('.').next().unwrap_or_default();
        strsim::jaro_winkler(&stem.to_lowercase(), table) >= 0.85
    });
    near.map(|entry| entry.name).next()
}
