//! The tables of the file, and how a file of an earlier version gets them.

use rusqlite::{Connection, TransactionBehavior};

/// `ring` in ASCII: tells a record of decisions from any other SQLite file.
pub(super) const APPLICATION_ID: i32 = 0x7269_6e67;

/// One step for each version of the format; a file of version n has had the first n.
const MIGRATIONS: [&str; 2] = [include_str!("schema_1.sql"), include_str!("schema_2.sql")];

/// Tables whose records stand for good.
pub(super) const APPEND_ONLY: [&str; 8] = [
    "decision",
    "decision_member",
    "decision_exception",
    "assignment",
    "snooze",
    "token",
    "token_revocation",
    "audit",
];

/// The newest version of the format.
pub(super) fn newest_version() -> i64 {
    i64::try_from(MIGRATIONS.len()).expect("a handful of migrations")
}

/// The version of a file; 0 for an empty one.
pub(super) fn version(connection: &Connection) -> rusqlite::Result<i64> {
    connection.pragma_query_value(None, "user_version", |row| row.get(0))
}

/// Brings a file to the newest version; two processes at once do it once. One that is there already is not
/// locked: who only reads it need not wait for who writes.
pub(super) fn migrate(connection: &mut Connection) -> rusqlite::Result<()> {
    if version(connection)? == newest_version() {
        return Ok(());
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let found = usize::try_from(version(&transaction)?).unwrap_or(0);
    for (step, migration) in MIGRATIONS.iter().enumerate().skip(found) {
        transaction.execute_batch(migration)?;
        if step == 0 {
            transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
            for table in APPEND_ONLY {
                transaction.execute_batch(&forbid_changes(table))?;
            }
        }
    }
    transaction.pragma_update(None, "user_version", newest_version())?;
    transaction.commit()
}

/// Triggers rather than care: whoever opens the file with another tool meets them too.
fn forbid_changes(table: &str) -> String {
    ["UPDATE", "DELETE"]
        .map(|change| {
            format!(
                "CREATE TRIGGER {table}_no_{change} BEFORE {change} ON {table}
                 BEGIN SELECT RAISE(ABORT, 'records of {table} stand for good'); END;"
            )
        })
        .concat()
}
