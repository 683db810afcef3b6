//! Why a strategy is refused: every problem of a file, each with its place.

use std::fmt;
use std::io;
use std::path::PathBuf;

/// Why a strategy could not be loaded.
#[derive(Debug, thiserror::Error)]
pub enum StrategyError {
    /// The file could not be read.
    #[error("{}: cannot read the strategy; check that the file is there and readable", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file is larger than a strategy can be.
    #[error("{file}: expected a strategy of at most {limit_bytes} bytes; is this the right file?")]
    TooLarge {
        /// The file.
        file: String,
        /// The limit.
        limit_bytes: usize,
    },
    /// The file is no text.
    #[error("{file}:{line}:{column}: expected UTF-8; save the strategy as UTF-8 text")]
    NotUtf8 {
        /// The file.
        file: String,
        /// Line of the first bad byte, from 1.
        line: usize,
        /// Column of the first bad byte, in characters from 1.
        column: usize,
    },
    /// The file is no TOML.
    #[error("{file}:{line}:{column}: not valid TOML: {message}")]
    Syntax {
        /// The file.
        file: String,
        /// Line, from 1.
        line: usize,
        /// Column, in characters from 1.
        column: usize,
        /// What the parser expected.
        message: String,
    },
    /// The file is TOML, but no strategy.
    #[error("{}", listed(file, problems, *more))]
    Invalid {
        /// The file.
        file: String,
        /// What is wrong, in the order of the file.
        problems: Vec<Problem>,
        /// Problems beyond those listed.
        more: usize,
    },
}

/// One thing wrong in a strategy file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Line, from 1.
    pub line: usize,
    /// Column, in characters from 1.
    pub column: usize,
    /// Dotted key or table.
    pub key: String,
    /// What was expected, what was found, and what to do.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}:{}: {}: {}",
            self.line, self.column, self.key, self.message
        )
    }
}

fn listed(file: &str, problems: &[Problem], more: usize) -> String {
    let mut lines: Vec<String> = problems
        .iter()
        .map(|problem| format!("{file}:{problem}"))
        .collect();
    if more > 0 {
        lines.push(format!("{file}: and {more} more problems"));
    }
    lines.join("\n")
}

/// Line and column of a byte offset, both from 1; the column counts characters.
pub(super) fn place(text: &str, offset: usize) -> (usize, usize) {
    let offset = text.floor_char_boundary(offset.min(text.len()));
    let before = &text[..offset];
    let line_start = before.rfind('\n').map_or(0, |end| end + 1);
    let line = 1 + before.bytes().filter(|&byte| byte == b'\n').count();
    (line, 1 + before[line_start..].chars().count())
}

#[cfg(test)]
mod tests {
    use super::place;

    #[test]
    fn places_count_from_one_and_in_characters() {
        let text = "é = 1\nb = 2";
        for (offset, expected) in [(0, (1, 1)), (2, (1, 2)), (7, (2, 1)), (99, (2, 6))] {
            assert_eq!(place(text, offset), expected, "{offset}");
        }
        assert_eq!(place("", 0), (1, 1));
        assert_eq!(place("é", 1), (1, 1));
    }
}
