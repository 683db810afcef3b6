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

/// Folders within each other that are looked through for parts: as deep as partitions of a time are.
const MAX_NESTING: usize = 8;

/// A name in a directory.
struct Entry {
    name: String,
    full_path: PathBuf,
    is: EntryKind,
    bytes: u64,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum EntryKind {
    File,
    Folder,
    /// A pipe, a socket or a device: to read it may never end.
    Special,
}

/// The parts of each table, in the order of `schemas`; none for an absent one.
pub(super) fn locate(
    directory: &Path,
    schemas: &[TableSchema],
) -> Result<Vec<Vec<Part>>, IngestError> {
    let entries = list(directory)?;
    let tables = schemas.iter();
    let located = tables
        .map(|schema| table_parts(&schema.name, &entries))
        .collect::<Result<_, _>>()?;
    check_forms(&entries, schemas)?;
    Ok(located)
}

fn table_parts(table: &str, entries: &[Entry]) -> Result<Vec<Part>, IngestError> {
    let mut parts: Vec<Part> = Vec::new();
    let mut found: Option<String> = None;
    for entry in entries.iter().filter(|entry| entry.is_table(table)) {
        let is_folder = entry.is == EntryKind::Folder;
        let display = format!("{}{}", entry.name, if is_folder { "/" } else { "" });
        if let Some(first) = found {
            return Err(IngestError::TwoForms {
                first,
                second: display,
            });
        }
        if is_folder {
            parts = folder_parts(table, &entry.full_path)?;
        } else {
            parts.extend(part(entry, "")?);
        }
        found = Some(display);
    }
    Ok(parts)
}

impl Entry {
    /// Whether it holds a table in a form that is read.
    fn is_table(&self, table: &str) -> bool {
        match self.is {
            EntryKind::Folder => self.name == table,
            EntryKind::File | EntryKind::Special => {
                split_form(&self.name).is_some_and(|(stem, _)| stem == table)
            }
        }
    }

    /// Hidden files and those with a leading underscore are what other systems leave beside their own.
    fn is_hidden(&self) -> bool {
        self.name.starts_with(['.', '_'])
    }

    /// Whether it is named for a file that is read, as a checksum of it is.
    fn is_beside(&self, read: &Self) -> bool {
        read.is != EntryKind::Folder && self.name.starts_with(&read.name)
    }
}

/// Nobody may think that a table takes part which is not read: what is named for one has to be in a
/// form that is.
fn check_forms(entries: &[Entry], schemas: &[TableSchema]) -> Result<(), IngestError> {
    for entry in entries {
        let stem = entry.name.split('.').next().unwrap_or_default();
        let mut schemas = schemas.iter();
        let Some(schema) = schemas.find(|schema| schema.name.eq_ignore_ascii_case(stem)) else {
            continue;
        };
        let table = &schema.name;
        let mut read = entries.iter().filter(|entry| entry.is_table(table));
        if !read.any(|read| entry.name == read.name || entry.is_beside(read)) {
            return Err(IngestError::UnreadForm {
                path: entry.name.clone(),
                table: table.clone(),
            });
        }
    }
    Ok(())
}

/// The parts in a folder, sorted by name.
fn folder_parts(table: &str, folder: &Path) -> Result<Vec<Part>, IngestError> {
    let mut entries = list(folder)?;
    entries.retain(|entry| !entry.is_hidden());
    check_folder(table, &entries)?;
    entries.retain(|entry| entry.is != EntryKind::Folder);
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
    let mut parts = Vec::with_capacity(entries.len());
    for entry in &entries {
        parts.extend(part(entry, &prefix)?);
    }
    if parts.is_empty() {
        return Err(IngestError::NoParts {
            file: table.to_owned(),
        });
    }
    Ok(parts)
}

/// What looks like a part in a table's folder has to be one.
fn check_folder(table: &str, entries: &[Entry]) -> Result<(), IngestError> {
    let is_part = |entry: &&Entry| split_form(&entry.name).is_some();
    for entry in entries {
        if entry.is == EntryKind::Folder {
            if holds_parts(entry, MAX_NESTING)? {
                return Err(IngestError::NestedParts {
                    path: format!("{table}/{}/", entry.name),
                    table: table.to_owned(),
                });
            }
            continue;
        }
        let mut parts = entries.iter().filter(is_part);
        if looks_like_part(&entry.name) && !parts.any(|part| entry.is_beside(part)) {
            return Err(IngestError::UnreadForm {
                path: format!("{table}/{}", entry.name),
                table: table.to_owned(),
            });
        }
    }
    Ok(())
}

fn looks_like_part(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.contains(".csv") || name.contains(".parquet")
}

/// Whether there are parts anywhere in a folder that is no table itself.
fn holds_parts(folder: &Entry, depth: usize) -> Result<bool, IngestError> {
    for entry in list(&folder.full_path)? {
        let found = match entry.is {
            _ if entry.is_hidden() => false,
            EntryKind::Folder => depth > 0 && holds_parts(&entry, depth - 1)?,
            EntryKind::File | EntryKind::Special => looks_like_part(&entry.name),
        };
        if found {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The part that a file is; `None` for another file.
fn part(entry: &Entry, prefix: &str) -> Result<Option<Part>, IngestError> {
    let Some((_, form)) = split_form(&entry.name) else {
        return Ok(None);
    };
    let path = format!("{prefix}{}", entry.name);
    if entry.is == EntryKind::Special {
        return Err(IngestError::NoFile { file: path });
    }
    Ok(Some(Part {
        full_path: entry.full_path.clone(),
        path,
        form,
        bytes: entry.bytes,
    }))
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
            is: metadata.as_ref().map_or(EntryKind::File, kind),
            bytes: metadata.map_or(0, |metadata| metadata.len()),
        });
    }
    entries.sort_unstable_by(|a, b| a.name.cmp(&b.name));
    Ok(entries)
}

fn kind(metadata: &fs::Metadata) -> EntryKind {
    if metadata.is_dir() {
        EntryKind::Folder
    } else if metadata.is_file() {
        EntryKind::File
    } else {
        EntryKind::Special
    }
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
