//! The desk: who works on which case, what state it is in, and who looked at it.

use std::collections::BTreeMap;

use rusqlite::{Connection, params};
use serde::Serialize;

use super::error::DecisionsError;
use super::record::Verdict;
use super::store::{DecisionStore, parse_time};
use super::verdicts::check_text;
use crate::model::Timestamp;

/// Where a case stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum CaseState {
    /// Nobody has decided, or what was decided was taken back.
    #[default]
    Open,
    /// Found to be a ring; it stays so when single members are found honest.
    Confirmed,
    /// Found honest, all of it; while a member is left of whom that is not said, the case stays as it was.
    Honest,
    /// Looked at without a finding.
    Unsure,
    /// Passed on.
    Escalated,
    /// Put off until a day that has not come.
    Snoozed,
}

impl CaseState {
    /// As it is written everywhere.
    pub fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Confirmed => "confirmed",
            Self::Honest => "honest",
            Self::Unsure => "unsure",
            Self::Escalated => "escalated",
            Self::Snoozed => "snoozed",
        }
    }
}

/// What the desk knows of a cluster beside its decisions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CaseStatus {
    /// Where it stands.
    pub state: CaseState,
    /// Who works on it.
    pub assignee: Option<String>,
    /// The day on which it comes back, if it is put off; in the past when it no longer is.
    pub snoozed_until: Option<Timestamp>,
    /// When the decision that holds was made.
    pub decided_at: Option<Timestamp>,
    /// The run that was looked at when it was made.
    pub decided_on: Option<String>,
}

/// A line of the audit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEntry {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub by: String,
    /// With which role.
    pub role: String,
    /// What was done: `view_case`, `export`, ...
    pub action: String,
    /// To what: a cluster id, a merchant id, an entity type.
    pub subject: String,
    /// In which run.
    pub run_id: String,
}

impl DecisionStore {
    /// Gives a case to somebody, or to nobody.
    ///
    /// # Errors
    /// When a name breaks a rule, or this can't be written.
    pub fn assign(
        &self,
        cluster_id: &str,
        assignee: Option<&str>,
        by: &str,
        at: Timestamp,
    ) -> Result<(), DecisionsError> {
        check_text("cluster_id", cluster_id)?;
        if let Some(assignee) = assignee {
            check_text("assignee", assignee)?;
        }
        self.lock().execute(
            "INSERT INTO assignment (at, by, cluster_id, assignee) VALUES (?1, ?2, ?3, ?4)",
            params![at.to_string(), by, cluster_id, assignee],
        )?;
        Ok(())
    }

    /// Puts a case off until a day, on which it comes back, or takes it up again. A time of day in `until`
    /// says nothing.
    ///
    /// # Errors
    /// When the day has come already, or this can't be written.
    pub fn snooze(
        &self,
        cluster_id: &str,
        until: Option<Timestamp>,
        by: &str,
        at: Timestamp,
    ) -> Result<(), DecisionsError> {
        check_text("cluster_id", cluster_id)?;
        let until = until.map(Timestamp::day_start);
        if until.is_some_and(|until| until <= at) {
            return Err(DecisionsError::invalid("until", "a day that is to come"));
        }
        self.lock().execute(
            "INSERT INTO snooze (at, by, cluster_id, until, after_decision)
             VALUES (?1, ?2, ?3, ?4, (SELECT coalesce(max(id), 0) FROM decision))",
            params![
                at.to_string(),
                by,
                cluster_id,
                until.map(|until| until.to_string())
            ],
        )?;
        Ok(())
    }

    /// Where every case stands that anybody has touched, by cluster id.
    ///
    /// # Errors
    /// When the file can't be read.
    pub fn statuses(&self, now: Timestamp) -> Result<BTreeMap<String, CaseStatus>, DecisionsError> {
        let connection = self.lock();
        let mut statuses = BTreeMap::new();
        let decided = read_states(&connection, &mut statuses)?;
        read_assignees(&connection, &mut statuses)?;
        read_snoozes(&connection, &mut statuses, &decided, now)?;
        Ok(statuses)
    }

    /// Notes who looked at what.
    ///
    /// # Errors
    /// When it can't be written: then nothing may be shown.
    pub fn audit(&self, entry: &AuditEntry) -> Result<(), DecisionsError> {
        self.lock().execute(
            "INSERT INTO audit (at, by, role, action, subject, run_id) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            params![
                entry.at.to_string(),
                entry.by,
                entry.role,
                entry.action,
                entry.subject,
                entry.run_id
            ],
        )?;
        Ok(())
    }

    /// The audit, newest first, at most `limit` lines.
    ///
    /// # Errors
    /// When the file can't be read.
    pub fn audit_trail(&self, limit: usize) -> Result<Vec<AuditEntry>, DecisionsError> {
        let connection = self.lock();
        let mut statement = connection.prepare(
            "SELECT at, by, role, action, subject, run_id, id FROM audit ORDER BY id DESC LIMIT ?1",
        )?;
        let mut rows = statement.query([i64::try_from(limit).unwrap_or(i64::MAX)])?;
        let mut entries = Vec::new();
        while let Some(row) = rows.next()? {
            entries.push(AuditEntry {
                at: parse_time(&row.get::<_, String>(0)?, "audit", row.get(6)?)?,
                by: row.get(1)?,
                role: row.get(2)?,
                action: row.get(3)?,
                subject: row.get(4)?,
                run_id: row.get(5)?,
            });
        }
        Ok(entries)
    }
}

type Statuses = BTreeMap<String, CaseStatus>;

/// The newest decision that holds, by cluster id.
type Decided = BTreeMap<String, i64>;

fn read_states(
    connection: &Connection,
    statuses: &mut Statuses,
) -> Result<Decided, DecisionsError> {
    let mut decided = Decided::new();
    let mut statement = connection.prepare(
        "SELECT cluster_id, verdict, whole, at, id, run_id FROM decision d WHERE undoes IS NULL
         AND NOT EXISTS (SELECT 1 FROM decision u WHERE u.undoes = d.id) ORDER BY id",
    )?;
    let mut rows = statement.query([])?;
    let mut cleared = Cleared::new(connection)?;
    while let Some(row) = rows.next()? {
        let (verdict, whole): (String, bool) = (row.get(1)?, row.get(2)?);
        let cluster_id: String = row.get(0)?;
        let is_all = whole || verdict != Verdict::Honest.name() || cleared.is_last(row.get(4)?)?;
        decided.insert(cluster_id.clone(), row.get(4)?);
        let status: &mut CaseStatus = statuses.entry(cluster_id).or_default();
        let state = match Verdict::parse(&verdict) {
            Some(Verdict::Confirm) => CaseState::Confirmed,
            // The other members still wait for somebody, or are a ring without this one.
            Some(Verdict::Honest) if !is_all => status.state,
            Some(Verdict::Honest) => CaseState::Honest,
            Some(Verdict::Unsure) => CaseState::Unsure,
            Some(Verdict::Escalate) => CaseState::Escalated,
            None => CaseState::Open,
        };
        status.state = state;
        status.decided_at = Some(parse_time(
            &row.get::<_, String>(3)?,
            "decision",
            row.get(4)?,
        )?);
        status.decided_on = row.get(5)?;
    }
    Ok(decided)
}

/// Whether a decision about chosen members left none of the others undecided.
struct Cleared<'c>(rusqlite::Statement<'c>);

impl<'c> Cleared<'c> {
    fn new(connection: &'c Connection) -> Result<Self, DecisionsError> {
        let statement = connection.prepare(
            "SELECT NOT EXISTS (
                 SELECT 1 FROM decision d JOIN decision_member m ON m.decision_id = d.id
                 WHERE d.id = ?1 AND NOT EXISTS (
                     SELECT 1 FROM decision h JOIN decision_member c ON c.decision_id = h.id
                     WHERE h.cluster_id = d.cluster_id AND h.id <= d.id AND h.verdict = 'honest'
                     AND c.merchant_id = m.merchant_id AND c.chosen
                     AND NOT EXISTS (SELECT 1 FROM decision u WHERE u.undoes = h.id)))",
        )?;
        Ok(Self(statement))
    }

    /// Whether every member there was at the decision has been found honest by then.
    fn is_last(&mut self, decision_id: i64) -> Result<bool, DecisionsError> {
        Ok(self.0.query_row([decision_id], |row| row.get(0))?)
    }
}

fn read_assignees(connection: &Connection, statuses: &mut Statuses) -> Result<(), DecisionsError> {
    let mut statement =
        connection.prepare("SELECT cluster_id, assignee FROM assignment ORDER BY id")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let status: &mut CaseStatus = statuses.entry(row.get(0)?).or_default();
        status.assignee = row.get(1)?;
    }
    Ok(())
}

/// The newest record of a case put off, or taken up again.
struct Snooze {
    until: Option<Timestamp>,
    at: Timestamp,
    after_decision: Option<i64>,
}

/// A snooze ends on its day, and at the next decision.
fn read_snoozes(
    connection: &Connection,
    statuses: &mut Statuses,
    decided: &Decided,
    now: Timestamp,
) -> Result<(), DecisionsError> {
    let mut statement = connection
        .prepare("SELECT cluster_id, until, at, after_decision, id FROM snooze ORDER BY id")?;
    let mut rows = statement.query([])?;
    let mut newest: BTreeMap<String, Snooze> = BTreeMap::new();
    while let Some(row) = rows.next()? {
        let id = row.get(4)?;
        let until = row.get::<_, Option<String>>(1)?;
        let until = until.map(|text| parse_time(&text, "snooze", id));
        let snooze = Snooze {
            // Records of version 1 may hold a time of day.
            until: until.transpose()?.map(Timestamp::day_start),
            at: parse_time(&row.get::<_, String>(2)?, "snooze", id)?,
            after_decision: row.get(3)?,
        };
        newest.insert(row.get(0)?, snooze);
    }
    for (cluster_id, snooze) in newest {
        let is_decided = decided.get(&cluster_id).is_some_and(|&id| {
            let known = snooze.after_decision;
            known.is_some_and(|known| id > known)
        });
        let status = statuses.entry(cluster_id).or_default();
        // Without the order of the records their times have to do.
        let is_later = |decided_at| snooze.after_decision.is_none() && decided_at > snooze.at;
        let is_decided = is_decided || status.decided_at.is_some_and(is_later);
        status.snoozed_until = snooze.until;
        if snooze.until.is_some_and(|until| until > now) && !is_decided {
            status.state = CaseState::Snoozed;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use super::super::record::Verdict;
    use super::super::store::tests::{fresh, time};
    use super::super::verdicts::tests::new;
    use super::{AuditEntry, CaseState, DecisionStore};

    #[test]
    fn the_state_follows_what_holds() {
        let (store, _folder) = fresh();
        let at = time("2025-07-01");
        let state = |cluster: &str| {
            let statuses = store.statuses(time("2025-07-10")).unwrap();
            statuses
                .get(cluster)
                .map(|status| status.state)
                .unwrap_or_default()
        };
        assert_eq!(state("R1"), CaseState::Open);
        let whole = new("R1", &["A", "B"], None, Verdict::Confirm);
        store.decide(&whole, at).unwrap();
        let one = new("R1", &["A", "B"], Some(&["A"]), Verdict::Honest);
        store.decide(&one, at).unwrap();
        assert_eq!(state("R1"), CaseState::Confirmed, "one honest member");
        let honest = new("R1", &["A", "B"], None, Verdict::Honest);
        let id = store.decide(&honest, at).unwrap().id;
        assert_eq!(state("R1"), CaseState::Honest);
        store.undo(id, "ana", at).unwrap();
        assert_eq!(state("R1"), CaseState::Confirmed);
    }

    #[test]
    fn a_case_stays_open_until_the_last_member_is_decided() {
        let (store, _folder) = fresh();
        let at = time("2025-07-01");
        let state = || store.statuses(time("2025-07-10")).unwrap()["R1"].state;
        let honest = |who: &[&str]| {
            let new = new("R1", &["A", "B", "C"], Some(who), Verdict::Honest);
            store.decide(&new, at).unwrap().id
        };
        honest(&["A"]);
        assert_eq!(state(), CaseState::Open, "B and C wait");
        let second = honest(&["B"]);
        honest(&["C"]);
        assert_eq!(state(), CaseState::Honest, "nobody is left");
        store.undo(second, "ana", at).unwrap();
        assert_eq!(state(), CaseState::Open, "B waits again");
        let other = new("R2", &["A", "B"], Some(&["A", "B"]), Verdict::Honest);
        store.decide(&other, at).unwrap();
        let statuses = store.statuses(at).unwrap();
        assert_eq!(
            statuses["R2"].state,
            CaseState::Honest,
            "all of them chosen"
        );
    }

    #[test]
    fn a_snooze_ends_on_its_day_and_at_a_decision() {
        let (store, _folder) = fresh();
        let until = Some(time("2025-07-20"));
        store
            .snooze("R1", until, "ana", time("2025-07-01"))
            .unwrap();
        let state = |now: &str| store.statuses(time(now)).unwrap()["R1"].state;
        assert_eq!(state("2025-07-10"), CaseState::Snoozed);
        assert_eq!(state("2025-07-20"), CaseState::Open);
        assert!(
            store
                .snooze("R1", until, "ana", time("2025-07-20"))
                .is_err()
        );
        let decided = new("R1", &["A", "B"], None, Verdict::Unsure);
        store.decide(&decided, time("2025-07-02")).unwrap();
        assert_eq!(state("2025-07-10"), CaseState::Unsure);
        store
            .snooze("R1", until, "ana", time("2025-07-03"))
            .unwrap();
        assert_eq!(state("2025-07-10"), CaseState::Snoozed);
        store.snooze("R1", None, "ana", time("2025-07-03")).unwrap();
        assert_eq!(state("2025-07-10"), CaseState::Unsure);
    }

    #[test]
    fn of_a_decision_and_a_snooze_in_one_second_the_later_record_holds() {
        let (store, _folder) = fresh();
        let at = time("2025-07-01T09:00:00Z");
        let state = || store.statuses(at).unwrap()["R1"].state;
        let decided = new("R1", &["A", "B"], None, Verdict::Escalate);
        store.decide(&decided, at).unwrap();
        let until = Some(time("2025-07-20"));
        store.snooze("R1", until, "ana", at).unwrap();
        assert_eq!(state(), CaseState::Snoozed);
        store.decide(&decided, at).unwrap();
        assert_eq!(state(), CaseState::Escalated);
        let id = store.decide(&decided, at).unwrap().id;
        store.snooze("R1", until, "ana", at).unwrap();
        store.undo(id, "ana", at).unwrap();
        assert_eq!(state(), CaseState::Snoozed, "no decision came since");
    }

    #[test]
    fn a_case_comes_back_with_the_day_whatever_the_time_said() {
        let (store, _folder) = fresh();
        let at = time("2025-07-01T09:00:00Z");
        let until = Some(time("2025-07-20T15:00:00Z"));
        store.snooze("R1", until, "ana", at).unwrap();
        let status = |now: &str| store.statuses(time(now)).unwrap()["R1"].clone();
        assert_eq!(status("2025-07-19T23:59:59Z").state, CaseState::Snoozed);
        assert_eq!(status("2025-07-20").state, CaseState::Open);
        assert_eq!(status("2025-07-20").snoozed_until, Some(time("2025-07-20")));
        let today = Some(time("2025-07-01T23:00:00Z"));
        assert!(store.snooze("R1", today, "ana", at).is_err());
    }

    #[test]
    fn a_record_of_version_1_keeps_what_was_put_off() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("d.db");
        let old = Connection::open(&path).unwrap();
        old.execute_batch(include_str!("schema_1.sql")).unwrap();
        let application = super::super::schema::APPLICATION_ID;
        old.pragma_update(None, "application_id", application)
            .unwrap();
        old.pragma_update(None, "user_version", 1).unwrap();
        old.execute_batch(
            "INSERT INTO snooze (at, by, cluster_id, until) VALUES ('2025-07-01', 'a', 'R1', '2025-07-09T12:00:00Z');",
        )
        .unwrap();
        drop(old);
        let store = DecisionStore::open(&path).unwrap();
        let state = |now: &str| store.statuses(time(now)).unwrap()["R1"].state;
        assert_eq!(state("2025-07-08"), CaseState::Snoozed);
        assert_eq!(state("2025-07-09"), CaseState::Open);
    }

    #[test]
    fn the_newest_assignment_holds_and_the_audit_keeps_all() {
        let (store, _folder) = fresh();
        let at = time("2025-07-01");
        for assignee in [Some("ana"), Some("bo"), None, Some("cy")] {
            store.assign("R1", assignee, "lead", at).unwrap();
        }
        assert!(store.assign("R1", Some("a\nb"), "lead", at).is_err());
        let statuses = store.statuses(at).unwrap();
        assert_eq!(statuses["R1"].assignee.as_deref(), Some("cy"));
        let entry = AuditEntry {
            at,
            by: "ana".to_owned(),
            role: "investigator".to_owned(),
            action: "view_case".to_owned(),
            subject: "R1".to_owned(),
            run_id: "r".to_owned(),
        };
        store.audit(&entry).unwrap();
        store
            .audit(&AuditEntry {
                by: "bo".to_owned(),
                ..entry.clone()
            })
            .unwrap();
        let trail = store.audit_trail(10).unwrap();
        assert_eq!((trail[0].by.as_str(), &trail[1]), ("bo", &entry));
    }
}
