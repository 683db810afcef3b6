//! The columns of a table that people made: found by name, and the yes and no of their fields.

use std::path::{Path, PathBuf};

use csv::StringRecord;

/// What is wrong with a table of verdicts.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// A column that is needed is not there.
    #[error("{} has no column `{column}`; {hint}", path.display())]
    Missing {
        /// Which file.
        path: PathBuf,
        /// Which column.
        column: &'static str,
        /// What is likely meant, or what was expected.
        hint: String,
    },
    /// A column stands there twice: which of the two is meant, nobody knows.
    #[error("{} has the column `{column}` twice; rename or remove one", path.display())]
    Twice {
        /// Which file.
        path: PathBuf,
        /// Which column.
        column: &'static str,
    },
    /// A field that does not read as what its column holds.
    #[error("{} line {line}: expected {expected} in column `{column}`, found {found}; mend that row or leave it out", path.display())]
    Field {
        /// Which file.
        path: PathBuf,
        /// From 1, the header included.
        line: u64,
        /// Which column.
        column: &'static str,
        /// What was expected.
        expected: &'static str,
        /// The beginning of what is there.
        found: String,
    },
}

/// The header of a file.
#[derive(Debug)]
pub(crate) struct Columns<'a> {
    path: &'a Path,
    names: StringRecord,
}

impl<'a> Columns<'a> {
    pub(crate) fn new(path: &'a Path, names: StringRecord) -> Self {
        Self { path, names }
    }

    /// Where a column stands, if it does.
    pub(crate) fn find(&self, column: &'static str) -> Result<Option<usize>, TableError> {
        let mut found = (0..self.names.len()).filter(|at| plain(&self.names[*at]) == column);
        let first = found.next();
        if found.next().is_some() {
            return Err(TableError::Twice {
                path: self.path.to_owned(),
                column,
            });
        }
        Ok(first)
    }

    /// Where a column stands that has to be there. `forms` says what such a table looks like.
    pub(crate) fn need(
        &self,
        column: &'static str,
        forms: &'static str,
    ) -> Result<usize, TableError> {
        self.find(column)?
            .ok_or_else(|| self.missing(&[column], forms))
    }

    /// The error where none of some columns is there. It names the one that most likely is misspelt.
    pub(crate) fn missing(&self, columns: &[&'static str], forms: &'static str) -> TableError {
        let near = columns
            .iter()
            .find_map(|column| Some((*column, nearest(&self.names, column)?)));
        let (column, hint) = match near {
            Some((column, name)) => (column, format!("is `{name}` meant? Then rename it")),
            None => (columns[0], forms.to_owned()),
        };
        TableError::Missing {
            path: self.path.to_owned(),
            column,
            hint,
        }
    }

    /// The error of a field that does not read. Its beginning is shown, enough to find it.
    pub(crate) fn field(
        &self,
        line: u64,
        column: &'static str,
        expected: &'static str,
        field: &str,
    ) -> TableError {
        const SHOWN: usize = 20;
        let found = match field.char_indices().nth(SHOWN) {
            _ if field.is_empty() => "nothing".to_owned(),
            Some((end, _)) => format!("`{}…`", &field[..end]),
            None => format!("`{field}`"),
        };
        TableError::Field {
            path: self.path.to_owned(),
            line,
            column,
            expected,
            found,
        }
    }
}

/// What [`flag`] reads.
pub(crate) const FLAGS: &str = "true or false, yes or no, 1 or 0";

/// Yes or no, as people and programs write it; `None` for anything else.
pub(crate) fn flag(field: &str) -> Option<bool> {
    // Pandas writes 1.0 and 0.0 for a column in which a value was missing.
    const YES: [&str; 5] = ["true", "1", "yes", "t", "y"];
    const NO: [&str; 5] = ["false", "0", "no", "f", "n"];
    let field = field.strip_suffix(".0").unwrap_or(field);
    let is_of = |words: [&str; 5]| words.iter().any(|word| field.eq_ignore_ascii_case(word));
    match (is_of(YES), is_of(NO)) {
        (true, _) => Some(true),
        (_, true) => Some(false),
        _ => None,
    }
}

/// A name of a header without what editors put around it.
fn plain(name: &str) -> &str {
    name.trim_start_matches('\u{feff}').trim()
}

/// The name that is most like a column's and none itself; ties go to the first in the file.
fn nearest<'n>(names: &'n StringRecord, column: &str) -> Option<&'n str> {
    let bare = |name: &str| -> String {
        let letters = name.chars().filter(char::is_ascii_alphanumeric);
        letters.map(|c| c.to_ascii_lowercase()).collect()
    };
    let (bare_column, stem) = (bare(column), bare(column.trim_end_matches("_id")));
    let likeness = |name: &str| {
        let name = bare(name);
        if name == bare_column || name == stem {
            1.0
        } else {
            strsim::jaro_winkler(&name, &bare_column)
        }
    };
    let near = names.iter().map(plain).filter(|name| {
        // In a file without a header these are values, and none of ours to show.
        name.len() <= 40 && name.chars().filter(char::is_ascii_digit).count() <= 2
    });
    let near = near.filter(|name| likeness(name) >= 0.85);
    near.reduce(|best, name| {
        if likeness(name) > likeness(best) {
            name
        } else {
            best
        }
    })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{Columns, flag};

    #[test]
    fn a_flag_is_read_as_programs_write_it() {
        for yes in ["True", "TRUE", "true", "1", "1.0", "Yes", "T", "y"] {
            assert_eq!(flag(yes), Some(true), "{yes}");
        }
        for no in ["False", "false", "0", "0.0", "No", "F", "n"] {
            assert_eq!(flag(no), Some(false), "{no}");
        }
        for neither in ["", "maybe", "2", "10", "yes.0x", "-"] {
            assert_eq!(flag(neither), None, "{neither}");
        }
    }

    #[test]
    fn a_missing_column_names_what_is_likely_meant() {
        let check = |names: &[&str], expected: &str| {
            let columns = Columns::new(Path::new("t.csv"), names.to_vec().into());
            let error = columns.missing(&["ring_id", "eliminated"], "forms");
            assert_eq!(
                error.to_string(),
                format!("t.csv has no column {expected}"),
                "{names:?}"
            );
        };
        check(
            &["merchant_id", "Ring_ID"],
            "`ring_id`; is `Ring_ID` meant? Then rename it",
        );
        check(
            &["merchant_id", "ring"],
            "`ring_id`; is `ring` meant? Then rename it",
        );
        check(
            &["merchant_id", "Eliminated"],
            "`eliminated`; is `Eliminated` meant? Then rename it",
        );
        check(&["merchant_id", "typology"], "`ring_id`; forms");
    }
}
