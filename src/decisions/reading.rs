//! From rows of the file to decisions.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension as _, Row};

use super::error::DecisionsError;
use super::record::{Decision, Exception, Undone, Verdict};
use super::store::parse_time;

const COLUMNS: &str = "d.id, d.at, d.by, d.run_id, d.cluster_id, d.verdict, d.whole, d.reason_code,
    d.note, d.screen, u.at, u.by FROM decision d LEFT JOIN decision u ON u.undoes = d.id";

/// A decision without its members and exceptions.
fn head(row: &Row<'_>) -> rusqlite::Result<Result<Decision, DecisionsError>> {
    let id: i64 = row.get(0)?;
    let (at, verdict, screen): (String, String, String) = (row.get(1)?, row.get(5)?, row.get(9)?);
    let undone: Option<(String, String)> = row.get::<_, Option<_>>(10)?.zip(row.get(11)?);
    let damaged = |expected| DecisionsError::Damaged {
        table: "decision",
        id,
        expected,
    };
    let (by, run_id, cluster_id) = (row.get(2)?, row.get(3)?, row.get(4)?);
    let (whole, reason_code, note) = (row.get(6)?, row.get(7)?, row.get(8)?);
    let parsed = || {
        Ok(Decision {
            id,
            decided_at: parse_time(&at, "decision", id)?,
            decided_by: by,
            run_id,
            cluster_id,
            verdict: Verdict::parse(&verdict).ok_or_else(|| damaged("a verdict"))?,
            whole,
            merchant_ids: Vec::new(),
            cluster_members: Vec::new(),
            reason_code,
            note,
            screen: serde_json::from_str(&screen).map_err(|_| damaged("a screen in JSON"))?,
            exceptions: Vec::new(),
            undone: match undone {
                Some((at, by)) => Some(Undone {
                    at: parse_time(&at, "decision", id)?,
                    by,
                }),
                None => None,
            },
        })
    };
    Ok(parsed())
}

/// A decision by its id.
pub(super) fn read(connection: &Connection, id: i64) -> Result<Decision, DecisionsError> {
    let mut statement = connection.prepare(&format!(
        "SELECT {COLUMNS} WHERE d.id = ?1 AND d.undoes IS NULL"
    ))?;
    let mut decision =
        statement
            .query_row([id], head)
            .optional()?
            .ok_or(DecisionsError::Unknown {
                what: "decision",
                id,
            })??;
    let mut members = connection.prepare(
        "SELECT merchant_id, chosen FROM decision_member WHERE decision_id = ?1 ORDER BY 1",
    )?;
    let mut rows = members.query([id])?;
    while let Some(row) = rows.next()? {
        push_member(&mut decision, row.get(0)?, row.get(1)?);
    }
    let mut exceptions = connection.prepare(
        "SELECT kind, value, reason, expires_at FROM decision_exception
         WHERE decision_id = ?1 ORDER BY id",
    )?;
    let mut rows = exceptions.query([id])?;
    while let Some(row) = rows.next()? {
        decision.exceptions.push(exception(row, 0, id)?);
    }
    Ok(decision)
}

/// All of them in three passes over the file, oldest first.
pub(super) fn read_all(connection: &Connection) -> Result<Vec<Decision>, DecisionsError> {
    let mut found: BTreeMap<i64, Decision> = BTreeMap::new();
    let mut heads = connection.prepare(&format!(
        "SELECT {COLUMNS} WHERE d.undoes IS NULL ORDER BY d.id"
    ))?;
    for decision in heads.query_map([], head)? {
        let decision = decision??;
        found.insert(decision.id, decision);
    }
    let mut members = connection
        .prepare("SELECT merchant_id, chosen, decision_id FROM decision_member ORDER BY 3, 1")?;
    let mut rows = members.query([])?;
    while let Some(row) = rows.next()? {
        if let Some(decision) = found.get_mut(&row.get(2)?) {
            push_member(decision, row.get(0)?, row.get(1)?);
        }
    }
    let mut exceptions = connection.prepare(
        "SELECT kind, value, reason, expires_at, decision_id FROM decision_exception ORDER BY id",
    )?;
    let mut rows = exceptions.query([])?;
    while let Some(row) = rows.next()? {
        let id = row.get(4)?;
        if let Some(decision) = found.get_mut(&id) {
            decision.exceptions.push(exception(row, 0, id)?);
        }
    }
    Ok(found.into_values().collect())
}

fn push_member(decision: &mut Decision, merchant_id: String, chosen: bool) {
    if chosen {
        decision.merchant_ids.push(merchant_id.clone());
    }
    decision.cluster_members.push(merchant_id);
}

fn exception(row: &Row<'_>, first: usize, id: i64) -> Result<Exception, DecisionsError> {
    let expires_at: String = row.get(first + 3)?;
    Ok(Exception {
        kind: row.get(first)?,
        value: row.get(first + 1)?,
        reason: row.get(first + 2)?,
        expires_at: parse_time(&expires_at, "decision_exception", id)?,
    })
}
