//! What can go wrong with the record of decisions.

use std::io;
use std::path::PathBuf;

use super::store::is_busy;

/// The record could not be read, or refused what was to be written. No variant holds a note, a token
/// or a shared value.
#[derive(Debug, thiserror::Error)]
pub enum DecisionsError {
    /// There is no such file.
    #[error("no record of decisions at {path}", path = .path.display())]
    Missing {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// The operating system refused.
    #[error("cannot {action} {path}", path = .path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// The file is a database of something else.
    #[error("{path} is no record of decisions of ringfence", path = .path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// The file is there, and nothing is in it.
    #[error(
        "{path} holds no record: cut off, or copied without the -wal file beside it? Put a backup in its place, or remove it to begin anew",
        path = .path.display()
    )]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// A later version of ringfence wrote it.
    #[error(
        "{path} has format version {found}, this version of ringfence knows up to {supported}: use a later one",
        path = .path.display()
    )]
    Version {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: i64,
        /// The newest one known.
        supported: i64,
    },
    /// Another process has the file locked.
    #[error("{path} is in use: another process keeps it locked", path = .path.display())]
    Busy {
        /// The file.
        path: PathBuf,
    },
    /// SQLite refused.
    #[error("the record of decisions failed")]
    Sqlite(#[from] rusqlite::Error),
    /// A record in the file is not what this version wrote.
    #[error("record {id} of {table} is damaged: expected {expected}")]
    Damaged {
        /// The table.
        table: &'static str,
        /// Its id there.
        id: i64,
        /// What should be there.
        expected: &'static str,
    },
    /// What was to be recorded breaks a rule.
    #[error("{field}: expected {expected}")]
    Invalid {
        /// The field of the request.
        field: &'static str,
        /// What was expected.
        expected: String,
    },
    /// No record has this id.
    #[error("no {what} with the id {id}")]
    Unknown {
        /// A decision, a token.
        what: &'static str,
        /// The id asked for.
        id: i64,
    },
    /// It was revoked before.
    #[error("{what} {id} was revoked before")]
    AlreadyRevoked {
        /// A decision, a token.
        what: &'static str,
        /// Its id.
        id: i64,
    },
    /// The system gave no random numbers.
    #[error("the system gives no random numbers")]
    Random,
}

impl DecisionsError {
    pub(super) fn invalid(field: &'static str, expected: impl Into<String>) -> Self {
        Self::Invalid {
            field,
            expected: expected.into(),
        }
    }

    /// Whether the caller can put it right, as opposed to a disk or a database that failed.
    pub fn is_bad_request(&self) -> bool {
        !matches!(
            self,
            Self::Io { .. }
                | Self::Busy { .. }
                | Self::Sqlite(_)
                | Self::Damaged { .. }
                | Self::Random
        )
    }

    /// Whether another process kept the file locked for as long as was waited.
    pub fn is_busy(&self) -> bool {
        match self {
            Self::Busy { .. } => true,
            Self::Sqlite(source) => is_busy(source),
            _ => false,
        }
    }
}
