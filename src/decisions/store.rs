//! The file: how it is opened, and what SQLite promises of it.

use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::error::DecisionsError;
use super::schema;
use crate::model::Timestamp;

/// How long a writer waits for another process's transaction.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// The record of decisions in one SQLite file, for use from any thread.
///
/// The journal is a write-ahead log, flushed to the disk (`fsync`) at each commit: what a call has
/// reported as recorded survives the death of the process and of the machine.
#[derive(Debug)]
pub struct DecisionStore {
    connection: Mutex<Connection>,
}

impl DecisionStore {
    /// Opens the file, or makes it, readable by its owner only: notes and exceptions name people's
    /// shops and accounts.
    ///
    /// # Errors
    /// When the file can't be opened, is something else's, or a later version's.
    pub fn create_or_open(path: &Path) -> Result<Self, DecisionsError> {
        if path.exists() {
            return Self::open(path);
        }
        if !create_private(path)? {
            // Another process made it in this very moment.
            return Self::open(path);
        }
        let made = Self::open_as(path, true, BUSY_TIMEOUT);
        if made.is_err() {
            remove_remains(path);
        }
        made
    }

    /// A number that changes when anybody else has written to the file, another process included; what
    /// this store writes does not change it.
    ///
    /// # Errors
    /// When the file can't be read.
    pub fn others_version(&self) -> Result<i64, DecisionsError> {
        let connection = self.lock();
        Ok(connection.pragma_query_value(None, "data_version", |row| row.get(0))?)
    }

    /// Opens a file that is there.
    ///
    /// # Errors
    /// When it is not, can't be opened, is something else's, or a later version's.
    pub fn open(path: &Path) -> Result<Self, DecisionsError> {
        if !path.is_file() {
            return Err(DecisionsError::Missing {
                path: path.to_path_buf(),
            });
        }
        Self::open_as(path, false, BUSY_TIMEOUT)
    }

    /// `is_new`: the file was made just now. One that was there and holds nothing was cut off or copied in part:
    /// taken for a record it would let go of every verdict and every token.
    fn open_as(path: &Path, is_new: bool, wait: Duration) -> Result<Self, DecisionsError> {
        let opened = Self::connect(path, is_new, wait);
        opened.map_err(|error| match error {
            DecisionsError::Sqlite(source) if is_busy(&source) => DecisionsError::Busy {
                path: path.to_path_buf(),
            },
            error => error,
        })
    }

    fn connect(path: &Path, is_new: bool, wait: Duration) -> Result<Self, DecisionsError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut connection = Connection::open_with_flags(path, flags)?;
        connection.busy_timeout(wait)?;
        check_ours(&connection, path, is_new)?;
        connection.pragma_update(None, "foreign_keys", true)?;
        connection.pragma_update(None, "journal_mode", "wal")?;
        connection.pragma_update(None, "synchronous", "full")?;
        // A file that somebody else has prepared runs none of its own SQL.
        connection.pragma_update(None, "trusted_schema", false)?;
        schema::migrate(&mut connection)?;
        Ok(Self {
            connection: Mutex::new(connection),
        })
    }

    /// The one connection. A panic of another thread can't have left it in a transaction: those roll
    /// back when they are dropped.
    pub(super) fn lock(&self) -> MutexGuard<'_, Connection> {
        self.connection
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// Makes an empty file for its owner only. Returns whether it was made here and now.
fn create_private(path: &Path) -> Result<bool, DecisionsError> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    match options.open(path) {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(false),
        Err(source) => Err(DecisionsError::Io {
            action: "create",
            path: path.to_path_buf(),
            source,
        }),
    }
}

/// Removes what was made of a file that could not be made whole: an empty one would be refused as cut off
/// from then on. Nobody else can have taken it for a record.
fn remove_remains(path: &Path) {
    for behind in ["", "-wal", "-shm", "-journal"] {
        let mut file = path.as_os_str().to_owned();
        file.push(behind);
        // What can't be removed is told by the next attempt.
        let _ = std::fs::remove_file(file);
    }
}

/// Whether another process kept the file locked for as long as was waited.
pub(super) fn is_busy(error: &rusqlite::Error) -> bool {
    use ErrorCode::{DatabaseBusy, DatabaseLocked};
    let code = error.sqlite_error_code();
    code.is_some_and(|code| [DatabaseBusy, DatabaseLocked].contains(&code))
}

/// A file of ours of a version we know, or one that is new.
fn check_ours(connection: &Connection, path: &Path, is_new: bool) -> Result<(), DecisionsError> {
    let foreign = || DecisionsError::Foreign {
        path: path.to_path_buf(),
    };
    let facts = connection.query_row(
        "SELECT (SELECT application_id FROM pragma_application_id),
                (SELECT count(*) FROM sqlite_schema)",
        [],
        |row| Ok((row.get::<_, i32>(0)?, row.get::<_, i64>(1)?)),
    );
    let (application_id, n_tables) = match facts {
        Ok(facts) => facts,
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::NotADatabase) => {
            return Err(foreign());
        }
        Err(error) => return Err(error.into()),
    };
    if n_tables == 0 && !is_new {
        return Err(DecisionsError::Empty {
            path: path.to_path_buf(),
        });
    }
    if n_tables > 0 && application_id != schema::APPLICATION_ID {
        return Err(foreign());
    }
    let (found, supported) = (schema::version(connection)?, schema::newest_version());
    if found > supported {
        return Err(DecisionsError::Version {
            path: path.to_path_buf(),
            found,
            supported,
        });
    }
    Ok(())
}

/// A time as the file spells it.
pub(super) fn parse_time(
    text: &str,
    table: &'static str,
    id: i64,
) -> Result<Timestamp, DecisionsError> {
    Timestamp::parse(text).map_err(|_| DecisionsError::Damaged {
        table,
        id,
        expected: "a time",
    })
}

#[cfg(test)]
pub(super) mod tests {
    use tempfile::TempDir;

    use super::super::schema::APPEND_ONLY;
    use super::{Connection, DecisionStore, DecisionsError};
    use crate::model::Timestamp;

    /// A fresh store; the folder lives as long as the second part.
    pub(in crate::decisions) fn fresh() -> (DecisionStore, TempDir) {
        let folder = tempfile::tempdir().unwrap();
        let store = DecisionStore::create_or_open(&folder.path().join("d.db")).unwrap();
        (store, folder)
    }

    pub(in crate::decisions) fn time(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    #[test]
    fn every_commit_is_flushed_and_foreign_keys_hold() {
        let (store, _folder) = fresh();
        let connection = store.lock();
        let number = |name: &str| -> i64 {
            connection
                .pragma_query_value(None, name, |row| row.get(0))
                .unwrap()
        };
        assert_eq!(number("synchronous"), 2, "FULL");
        assert_eq!(number("foreign_keys"), 1);
        let journal: String = connection
            .pragma_query_value(None, "journal_mode", |row| row.get(0))
            .unwrap();
        assert_eq!(journal, "wal");
    }

    #[test]
    fn no_record_can_be_changed_or_deleted_in_any_table() {
        let (store, _folder) = fresh();
        let connection = store.lock();
        let mut tables: Vec<String> = connection
            .prepare(
                "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
            )
            .unwrap()
            .query_map([], |row| row.get(0))
            .unwrap()
            .map(Result::unwrap)
            .collect();
        tables.sort();
        let mut known = APPEND_ONLY.map(str::to_owned);
        known.sort();
        assert_eq!(tables, known, "a table without its triggers");
        connection
            .execute_batch(
                "INSERT INTO audit (at, by, role, action, subject, run_id) VALUES ('2025-01-01', 'a', 'admin', 'x', 's', 'r');
                 INSERT INTO decision (id, at, by, run_id, cluster_id, verdict, whole, reason_code, note, screen)
                 VALUES (1, '2025-01-01', 'a', 'r', 'c', 'honest', 1, 'x', '', '{}');",
            )
            .unwrap();
        for change in [
            "UPDATE decision SET verdict = 'confirm'",
            "DELETE FROM decision",
            "UPDATE audit SET by = 'b'",
            "DELETE FROM audit",
        ] {
            let error = connection.execute(change, []).unwrap_err().to_string();
            assert!(error.contains("stand for good"), "{change}: {error}");
        }
    }

    #[test]
    fn files_of_others_and_of_later_versions_are_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.db");
        let opened = |path: &std::path::Path| DecisionStore::create_or_open(path).map(|_| ());
        assert!(matches!(
            DecisionStore::open(&path),
            Err(DecisionsError::Missing { .. })
        ));
        std::fs::write(
            &path,
            "a long text that is no database at all, by any measure".repeat(40),
        )
        .unwrap();
        assert!(matches!(opened(&path), Err(DecisionsError::Foreign { .. })));
        std::fs::remove_file(&path).unwrap();
        let other = Connection::open(&path).unwrap();
        assert!(matches!(opened(&path), Err(DecisionsError::Empty { .. })));
        other.execute_batch("CREATE TABLE mine (x)").unwrap();
        drop(other);
        assert!(matches!(opened(&path), Err(DecisionsError::Foreign { .. })));
        std::fs::remove_file(&path).unwrap();
        opened(&path).unwrap();
        let later = Connection::open(&path).unwrap();
        later.pragma_update(None, "user_version", 99).unwrap();
        drop(later);
        assert!(matches!(
            opened(&path),
            Err(DecisionsError::Version { found: 99, .. })
        ));
    }

    #[test]
    fn a_record_that_another_process_holds_is_named() {
        let (store, folder) = fresh();
        drop(store);
        let path = folder.path().join("d.db");
        let other = Connection::open(&path).unwrap();
        other
            .pragma_update(None, "locking_mode", "exclusive")
            .unwrap();
        other.execute_batch("BEGIN EXCLUSIVE").unwrap();
        let opened = DecisionStore::open_as(&path, false, std::time::Duration::ZERO);
        let error = opened.map(|_| ()).unwrap_err();
        assert!(error.to_string().contains("d.db"), "{error}");
        assert!(matches!(error, DecisionsError::Busy { .. }));
    }

    #[test]
    fn what_others_write_is_noticed_and_ones_own_is_not() {
        let (store, folder) = fresh();
        let other = DecisionStore::open(&folder.path().join("d.db")).unwrap();
        let before = store.others_version().unwrap();
        store.assign("R1", None, "ana", time("2025-07-01")).unwrap();
        assert_eq!(store.others_version().unwrap(), before);
        other.assign("R1", None, "bo", time("2025-07-01")).unwrap();
        assert_ne!(store.others_version().unwrap(), before);
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_may_read_the_file() {
        use std::os::unix::fs::PermissionsExt as _;
        let (_store, folder) = fresh();
        let mode = std::fs::metadata(folder.path().join("d.db"))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o077, 0);
    }
}
