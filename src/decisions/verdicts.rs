//! Recording decisions, taking them back, and reading them.

use std::collections::BTreeSet;

use rusqlite::{Transaction, TransactionBehavior, params};

use super::error::DecisionsError;
use super::reading::{read, read_all};
use super::reason_codes::REASON_CODES;
use super::record::{Decision, DecisionFilter, Exception, NewDecision, Verdict};
use super::store::DecisionStore;
use crate::model::Timestamp;

/// Longest note, in bytes.
pub(super) const MAX_NOTE_BYTES: usize = 8_000;
/// Longest name, id or value, in bytes.
pub(super) const MAX_TEXT_BYTES: usize = 1_000;
/// Most decisions in one call.
const MAX_BULK: usize = 1_000;
/// Most exceptions with one decision.
const MAX_EXCEPTIONS: usize = 50;

impl DecisionStore {
    /// Records a decision; it is on the disk when this returns.
    ///
    /// # Errors
    /// When it breaks a rule, or can't be written. Nothing has been recorded then.
    pub fn decide(&self, new: &NewDecision, at: Timestamp) -> Result<Decision, DecisionsError> {
        let mut recorded = self.decide_all(std::slice::from_ref(new), at)?;
        // One in, one out.
        Ok(recorded.swap_remove(0))
    }

    /// Records all of them or none.
    ///
    /// # Errors
    /// When one breaks a rule, or they can't be written. Nothing has been recorded then.
    pub fn decide_all(
        &self,
        new: &[NewDecision],
        at: Timestamp,
    ) -> Result<Vec<Decision>, DecisionsError> {
        if new.is_empty() || new.len() > MAX_BULK {
            let expected = format!("1 to {MAX_BULK} decisions");
            return Err(DecisionsError::invalid("decisions", expected));
        }
        for decision in new {
            check(decision, at)?;
        }
        let mut connection = self.lock();
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut recorded = Vec::with_capacity(new.len());
        for decision in new {
            let id = insert(&transaction, decision, at)?;
            recorded.push(read(&transaction, id)?);
        }
        transaction.commit()?;
        Ok(recorded)
    }

    /// Takes a decision back, by a record of its own. What it overruled holds again.
    ///
    /// # Errors
    /// When there is no such decision, it was taken back before, or this can't be written.
    pub fn undo(&self, id: i64, by: &str, at: Timestamp) -> Result<Decision, DecisionsError> {
        check_text("by", by)?;
        let mut connection = self.lock();
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let decision = read(&transaction, id)?;
        if decision.undone.is_some() {
            let what = "decision";
            return Err(DecisionsError::AlreadyRevoked { what, id });
        }
        transaction.execute(
            "INSERT INTO decision (at, by, undoes) VALUES (?1, ?2, ?3)",
            params![at.to_string(), by, id],
        )?;
        let undone = read(&transaction, id)?;
        transaction.commit()?;
        Ok(undone)
    }

    /// A decision by its id.
    ///
    /// # Errors
    /// When there is none.
    pub fn decision(&self, id: i64) -> Result<Decision, DecisionsError> {
        read(&self.lock(), id)
    }

    /// Decisions that fit the filter, newest first, undone ones included, at most `limit`.
    ///
    /// # Errors
    /// When the file can't be read.
    pub fn decisions(
        &self,
        filter: DecisionFilter<'_>,
        limit: usize,
    ) -> Result<Vec<Decision>, DecisionsError> {
        let connection = self.lock();
        let mut statement = connection.prepare(
            "SELECT id FROM decision d WHERE undoes IS NULL
             AND (?1 IS NULL OR cluster_id = ?1)
             AND (?2 IS NULL OR EXISTS (SELECT 1 FROM decision_member m
                                        WHERE m.decision_id = d.id AND m.merchant_id = ?2))
             AND (?3 IS NULL OR id < ?3)
             ORDER BY id DESC LIMIT ?4",
        )?;
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let wanted = params![
            filter.cluster_id,
            filter.merchant_id,
            filter.before_id,
            limit
        ];
        let ids = statement
            .query_map(wanted, |row| row.get(0))?
            .collect::<Result<Vec<i64>, _>>()?;
        ids.into_iter().map(|id| read(&connection, id)).collect()
    }

    /// Every decision known at `until`, oldest first; an undo after that has not happened yet.
    ///
    /// # Errors
    /// When the file can't be read.
    pub fn history(&self, until: Option<Timestamp>) -> Result<Vec<Decision>, DecisionsError> {
        let connection = self.lock();
        let mut history = read_all(&connection)?;
        if let Some(until) = until {
            history.retain(|decision| decision.decided_at <= until);
            for decision in &mut history {
                decision.undone.take_if(|undone| undone.at > until);
            }
        }
        Ok(history)
    }
}

fn check(new: &NewDecision, at: Timestamp) -> Result<(), DecisionsError> {
    for (field, text) in [
        ("by", &new.by),
        ("run_id", &new.run_id),
        ("cluster_id", &new.cluster_id),
    ] {
        check_text(field, text)?;
    }
    check_note("note", &new.note)?;
    if new.members.is_empty() {
        return Err(DecisionsError::invalid(
            "cluster_id",
            "a cluster with members",
        ));
    }
    let known = REASON_CODES
        .iter()
        .find(|reason| reason.code == new.reason_code);
    if !known.is_some_and(|reason| reason.verdicts.contains(&new.verdict)) {
        let expected = format!("a reason that goes with `{}`", new.verdict.name());
        return Err(DecisionsError::invalid("reason_code", expected));
    }
    if let Some(chosen) = &new.chosen {
        let members: BTreeSet<&String> = new.members.iter().collect();
        if chosen.is_empty() || !chosen.iter().all(|id| members.contains(id)) {
            let expected = "members of the cluster in that run, or null for all of it";
            return Err(DecisionsError::invalid("merchant_ids", expected));
        }
    }
    if new.exceptions.len() > MAX_EXCEPTIONS
        || !new.exceptions.is_empty() && new.verdict != Verdict::Honest
    {
        let expected = format!("at most {MAX_EXCEPTIONS}, and only with `honest`");
        return Err(DecisionsError::invalid("exceptions", expected));
    }
    new.exceptions
        .iter()
        .try_for_each(|exception| check_exception(exception, at))
}

fn check_exception(exception: &Exception, at: Timestamp) -> Result<(), DecisionsError> {
    check_text("exceptions.kind", &exception.kind)?;
    check_text("exceptions.value", &exception.value)?;
    check_note("exceptions.reason", &exception.reason)?;
    if exception.expires_at.day_end() < at {
        return Err(DecisionsError::invalid(
            "exceptions.expires_at",
            "a day that is not over",
        ));
    }
    Ok(())
}

/// What people write: not endless, and nothing that steers a terminal when it is exported.
fn check_note(field: &'static str, text: &str) -> Result<(), DecisionsError> {
    let is_unfit = |c: char| c.is_control() && c != '\n' && c != '\t';
    if text.len() <= MAX_NOTE_BYTES && !text.contains(is_unfit) {
        return Ok(());
    }
    let expected = format!(
        "at most {MAX_NOTE_BYTES} bytes without control characters but line feeds and tabs"
    );
    Err(DecisionsError::invalid(field, expected))
}

/// A name, an id, a value: there, not endless, on one line.
pub(super) fn check_text(field: &'static str, text: &str) -> Result<(), DecisionsError> {
    let is_plain = !text.trim().is_empty()
        && text.len() <= MAX_TEXT_BYTES
        && !text.chars().any(char::is_control);
    if is_plain {
        return Ok(());
    }
    let expected = format!("1 to {MAX_TEXT_BYTES} bytes without control characters");
    Err(DecisionsError::invalid(field, expected))
}

fn insert(
    transaction: &Transaction<'_>,
    new: &NewDecision,
    at: Timestamp,
) -> Result<i64, DecisionsError> {
    let screen = serde_json::to_string(&new.screen).expect("numbers and texts make JSON");
    transaction.execute(
        "INSERT INTO decision (at, by, run_id, cluster_id, verdict, whole, reason_code, note, screen)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        params![
            at.to_string(),
            new.by,
            new.run_id,
            new.cluster_id,
            new.verdict.name(),
            new.chosen.is_none(),
            new.reason_code,
            new.note,
            screen
        ],
    )?;
    let id = transaction.last_insert_rowid();
    let chosen: Option<BTreeSet<&String>> = new.chosen.as_ref().map(|ids| ids.iter().collect());
    let mut add_member =
        transaction.prepare("INSERT OR IGNORE INTO decision_member VALUES (?1, ?2, ?3)")?;
    for member in &new.members {
        let is_chosen = chosen.as_ref().is_none_or(|chosen| chosen.contains(member));
        add_member.execute(params![id, member, is_chosen])?;
    }
    let mut add_exception = transaction.prepare(
        "INSERT INTO decision_exception (decision_id, kind, value, reason, expires_at)
         VALUES (?1, ?2, ?3, ?4, ?5)",
    )?;
    for exception in &new.exceptions {
        let expires_at = exception.expires_at.to_string();
        let (kind, value, reason) = (&exception.kind, &exception.value, &exception.reason);
        add_exception.execute(params![id, kind, value, reason, expires_at])?;
    }
    Ok(id)
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::record::Screen;
    use super::super::store::tests::{fresh, time};
    use super::{DecisionFilter, DecisionsError, Exception, NewDecision, Verdict};

    pub(in crate::decisions) fn new(
        cluster_id: &str,
        members: &[&str],
        chosen: Option<&[&str]>,
        verdict: Verdict,
    ) -> NewDecision {
        let owned = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect::<Vec<_>>();
        NewDecision {
            by: "ana".to_owned(),
            run_id: "2025-06-30-aaaaaaaaaaaa".to_owned(),
            cluster_id: cluster_id.to_owned(),
            members: owned(members),
            chosen: chosen.map(owned),
            verdict,
            reason_code: "other".to_owned(),
            note: String::new(),
            screen: Screen::default(),
            exceptions: Vec::new(),
        }
    }

    fn exception(expires_at: &str) -> Exception {
        Exception {
            kind: "address".to_owned(),
            value: "1 Mall Road".to_owned(),
            reason: "a mall".to_owned(),
            expires_at: time(expires_at),
        }
    }

    #[test]
    fn reads_back_what_was_decided() {
        let (store, _folder) = fresh();
        let mut given = new("R1", &["B", "A", "C"], Some(&["C", "A"]), Verdict::Honest);
        given.note = "=HYPERLINK()\n<script>".to_owned();
        given.screen.score = 0.1 + 0.2;
        given.exceptions = vec![exception("2025-07-01")];
        let at = time("2025-07-01T10:00:00Z");
        let decision = store.decide(&given, at).unwrap();
        assert_eq!(decision.merchant_ids, ["A", "C"]);
        assert_eq!(decision.cluster_members, ["A", "B", "C"]);
        assert_eq!((decision.decided_at, decision.whole), (at, false));
        assert_eq!(
            (&decision.note, &decision.screen),
            (&given.note, &given.screen)
        );
        assert_eq!(decision.exceptions, given.exceptions);
        assert_eq!(store.decision(decision.id).unwrap(), decision);
        assert_eq!(store.history(None).unwrap(), [decision]);
    }

    #[test]
    fn an_undo_is_a_record_and_happens_once() {
        let (store, _folder) = fresh();
        let first = new("R1", &["A", "B"], None, Verdict::Confirm);
        let id = store.decide(&first, time("2025-07-01")).unwrap().id;
        let undone = store.undo(id, "bo", time("2025-07-03")).unwrap();
        assert_eq!(undone.undone.unwrap().by, "bo");
        assert!(matches!(
            store.undo(id, "bo", time("2025-07-04")),
            Err(DecisionsError::AlreadyRevoked { .. })
        ));
        // The undo's own record is no decision.
        assert!(matches!(
            store.undo(id + 1, "bo", time("2025-07-04")),
            Err(DecisionsError::Unknown { .. })
        ));
        let before = store.history(Some(time("2025-07-02"))).unwrap();
        assert!(before[0].undone.is_none(), "not yet undone on that day");
        assert!(store.history(Some(time("2025-06-30"))).unwrap().is_empty());
    }

    #[test]
    fn what_breaks_a_rule_leaves_no_trace() {
        let (store, _folder) = fresh();
        let good = new("R1", &["A", "B"], None, Verdict::Honest);
        let with = |change: &dyn Fn(&mut NewDecision)| {
            let mut bad = good.clone();
            change(&mut bad);
            bad
        };
        let bad = [
            with(&|d| d.members.clear()),
            with(&|d| d.chosen = Some(vec!["Z".to_owned()])),
            with(&|d| d.chosen = Some(Vec::new())),
            with(&|d| d.reason_code = "one_hand".to_owned()),
            with(&|d| d.note = "x".repeat(9_000)),
            with(&|d| d.by = "\u{7}".to_owned()),
            with(&|d| d.exceptions = vec![exception("2025-06-30")]),
            with(&|d| {
                d.verdict = Verdict::Confirm;
                d.exceptions = vec![exception("2026-06-30")];
            }),
        ];
        for bad in bad {
            let both = [good.clone(), bad];
            let error = store.decide_all(&both, time("2025-07-01")).unwrap_err();
            assert!(error.is_bad_request(), "{error}");
        }
        assert!(store.history(None).unwrap().is_empty());
    }

    #[test]
    fn decisions_are_found_by_cluster_and_by_merchant() {
        let (store, _folder) = fresh();
        let at = time("2025-07-01");
        for (cluster, members) in [("R1", ["A", "B"]), ("R2", ["B", "C"]), ("R1", ["A", "B"])] {
            store
                .decide(&new(cluster, &members, None, Verdict::Unsure), at)
                .unwrap();
        }
        let ids = |filter| -> Vec<i64> {
            let found = store.decisions(filter, 10).unwrap();
            found.iter().map(|decision| decision.id).collect()
        };
        let all = DecisionFilter::default();
        assert_eq!(ids(all), [3, 2, 1]);
        assert_eq!(
            ids(DecisionFilter {
                cluster_id: Some("R1"),
                ..all
            }),
            [3, 1]
        );
        assert_eq!(
            ids(DecisionFilter {
                merchant_id: Some("C"),
                ..all
            }),
            [2]
        );
        assert_eq!(
            ids(DecisionFilter {
                before_id: Some(3),
                merchant_id: Some("B"),
                ..all
            }),
            [2, 1]
        );
    }
}
