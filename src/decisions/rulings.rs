//! What a batch run takes from the record: what holds, in a form that says nothing about the file.

use std::collections::BTreeMap;

use serde::Serialize;

use super::error::DecisionsError;
use super::record::{Decision, Exception, ScreenEvidence, Verdict, as_text};
use super::store::DecisionStore;
use crate::model::Timestamp;

/// Everything in force, each list sorted and without repetitions: two records that say the same make
/// the same rulings, and the same rulings make the same run.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Rulings {
    /// Merchants found to be in a ring or honest, by merchant.
    pub labels: Vec<RuledLabel>,
    /// Exceptions that have not expired.
    pub exceptions: Vec<RuledException>,
    /// Clusters found honest as a whole.
    pub refuted: Vec<Refuted>,
    /// Members found honest out of clusters of which others were confirmed.
    pub apart: Vec<Apart>,
}

/// The newest finding about a merchant.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct RuledLabel {
    /// Who.
    pub merchant_id: String,
    /// In a ring, or honest.
    pub is_fraud: bool,
    /// Since when.
    #[serde(serialize_with = "as_text")]
    pub decided_at: Timestamp,
    /// By whom.
    pub decided_by: String,
    /// Why, as a code.
    pub reason_code: String,
    /// The cluster they were found in.
    pub cluster_id: String,
}

/// An exception that holds.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct RuledException {
    /// `merchant`, `owner`, or an entity type.
    pub kind: String,
    /// What is excepted.
    pub value: String,
    /// Why.
    pub reason: String,
    /// The last day on which it holds.
    #[serde(serialize_with = "as_text")]
    pub expires_at: Timestamp,
}

/// A cluster found honest as a whole, and what was known when it was.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Refuted {
    /// When.
    #[serde(serialize_with = "as_text")]
    pub decided_at: Timestamp,
    /// By whom.
    pub decided_by: String,
    /// The cluster, by its id then.
    pub cluster_id: String,
    /// Its members whom nobody has found otherwise since; two or more, sorted.
    pub members: Vec<String>,
    /// All its members then.
    pub size: usize,
    /// Its evidence then, in bits.
    pub bits: f64,
    /// What its members shared then, sorted.
    pub evidence: Vec<ScreenEvidence>,
}

/// Merchants that were in one cluster and don't belong together.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Apart {
    /// Found honest, sorted.
    pub honest: Vec<String>,
    /// Found to be in the ring, sorted.
    pub confirmed: Vec<String>,
}

impl DecisionStore {
    /// What holds on a day. `until` leaves out what was recorded later, for a run over the past;
    /// `as_of` is the day of the run, by which exceptions expire.
    ///
    /// # Errors
    /// When the file can't be read.
    pub fn rulings(
        &self,
        until: Option<Timestamp>,
        as_of: Timestamp,
    ) -> Result<Rulings, DecisionsError> {
        Ok(Rulings::of(&self.history(until)?, as_of))
    }
}

impl Rulings {
    /// What holds of decisions that come oldest first. For each merchant the newest decision that was
    /// not undone holds; `unsure` and `escalate` leave it without a finding.
    pub fn of(history: &[Decision], as_of: Timestamp) -> Self {
        let in_force: Vec<&Decision> = history
            .iter()
            .filter(|decision| decision.undone.is_none())
            .collect();
        let mut newest: BTreeMap<&str, &Decision> = BTreeMap::new();
        for decision in &in_force {
            for merchant in &decision.merchant_ids {
                newest.insert(merchant, decision);
            }
        }
        let holds = Holding { newest };
        let exceptions = in_force.iter().flat_map(|decision| &decision.exceptions);
        let mut refuted: Vec<Refuted> = in_force
            .iter()
            .filter(|decision| decision.whole && decision.verdict == Verdict::Honest)
            .filter_map(|decision| holds.refuted(decision))
            .collect();
        refuted.sort_by(|a, b| {
            let key = |r: &Refuted| (r.decided_at, r.cluster_id.clone(), r.decided_by.clone());
            key(a).cmp(&key(b)).then_with(|| a.members.cmp(&b.members))
        });
        Self {
            labels: holds.labels(),
            exceptions: ruled_exceptions(exceptions, as_of),
            refuted,
            apart: sorted(in_force.iter().filter_map(|decision| holds.apart(decision))),
        }
    }

    /// Records in it: what the manifest counts as rows.
    pub fn n_records(&self) -> usize {
        self.labels.len() + self.exceptions.len() + self.refuted.len() + self.apart.len()
    }

    /// One text for one meaning, to be hashed.
    ///
    /// # Panics
    /// Never: numbers and texts make JSON.
    pub fn canonical_text(&self) -> String {
        serde_json::to_string(self).expect("numbers and texts make JSON")
    }
}

/// The newest decision about each merchant.
struct Holding<'a> {
    newest: BTreeMap<&'a str, &'a Decision>,
}

impl Holding<'_> {
    fn verdict(&self, merchant: &str) -> Option<Verdict> {
        self.newest.get(merchant).map(|decision| decision.verdict)
    }

    fn labels(&self) -> Vec<RuledLabel> {
        let labels = self.newest.iter().filter_map(|(merchant, decision)| {
            let is_fraud = match decision.verdict {
                Verdict::Confirm => true,
                Verdict::Honest => false,
                Verdict::Unsure | Verdict::Escalate => return None,
            };
            Some(RuledLabel {
                merchant_id: (*merchant).to_owned(),
                is_fraud,
                decided_at: decision.decided_at,
                decided_by: decision.decided_by.clone(),
                reason_code: decision.reason_code.clone(),
                cluster_id: decision.cluster_id.clone(),
            })
        });
        labels.collect()
    }

    fn refuted(&self, decision: &Decision) -> Option<Refuted> {
        let mut members = decision.merchant_ids.clone();
        members.retain(|id| self.verdict(id) == Some(Verdict::Honest));
        let mut evidence = decision.screen.evidence.clone();
        evidence.sort_unstable();
        evidence.dedup();
        (members.len() > 1).then(|| Refuted {
            decided_at: decision.decided_at,
            decided_by: decision.decided_by.clone(),
            cluster_id: decision.cluster_id.clone(),
            members,
            size: decision.cluster_members.len(),
            bits: decision.screen.bits,
            evidence,
        })
    }

    /// Whom a decision about chosen members tells apart: those of its cluster that are honest now from
    /// those that are confirmed now.
    fn apart(&self, decision: &Decision) -> Option<Apart> {
        if decision.whole {
            return None;
        }
        let found = |members: &[String], wanted| -> Vec<String> {
            let found = members.iter().filter(|id| self.verdict(id) == Some(wanted));
            found.cloned().collect()
        };
        let (honest, confirmed) = match decision.verdict {
            Verdict::Honest => (&decision.merchant_ids, &decision.cluster_members),
            Verdict::Confirm => (&decision.cluster_members, &decision.merchant_ids),
            Verdict::Unsure | Verdict::Escalate => return None,
        };
        let apart = Apart {
            honest: found(honest, Verdict::Honest),
            confirmed: found(confirmed, Verdict::Confirm),
        };
        (!apart.honest.is_empty() && !apart.confirmed.is_empty()).then_some(apart)
    }
}

/// Those that hold on the day; of the same exception the one that lasts longest.
fn ruled_exceptions<'a>(
    exceptions: impl Iterator<Item = &'a Exception>,
    as_of: Timestamp,
) -> Vec<RuledException> {
    let mut lasting: BTreeMap<(&str, &str), &Exception> = BTreeMap::new();
    for exception in exceptions.filter(|exception| exception.expires_at >= as_of.day_start()) {
        lasting
            .entry((&exception.kind, &exception.value))
            .and_modify(|known| {
                if exception.expires_at > known.expires_at {
                    *known = exception;
                }
            })
            .or_insert(exception);
    }
    lasting
        .into_values()
        .map(|exception| RuledException {
            kind: exception.kind.clone(),
            value: exception.value.clone(),
            reason: exception.reason.clone(),
            expires_at: exception.expires_at,
        })
        .collect()
}

fn sorted<T: Ord>(items: impl Iterator<Item = T>) -> Vec<T> {
    let mut items: Vec<T> = items.collect();
    items.sort();
    items.dedup();
    items
}

#[cfg(test)]
mod tests {
    use super::super::record::Verdict::{self, Confirm, Honest, Unsure};
    use super::super::store::DecisionStore;
    use super::super::store::tests::{fresh, time};
    use super::super::verdicts::tests::new;
    use super::{Apart, Exception, Rulings};

    fn decide(store: &DecisionStore, chosen: Option<&[&str]>, verdict: Verdict, day: &str) -> i64 {
        let new = new("R1", &["A", "B", "C", "D"], chosen, verdict);
        store.decide(&new, time(day)).unwrap().id
    }

    fn rulings(store: &DecisionStore) -> Rulings {
        store.rulings(None, time("2025-08-01")).unwrap()
    }

    fn labels(rulings: &Rulings) -> Vec<(&str, bool)> {
        let labels = rulings.labels.iter();
        labels
            .map(|label| (label.merchant_id.as_str(), label.is_fraud))
            .collect()
    }

    #[test]
    fn the_newest_decision_that_was_not_undone_holds() {
        let (store, _folder) = fresh();
        decide(&store, None, Confirm, "2025-07-01");
        let undone = decide(&store, Some(&["A"]), Honest, "2025-07-02");
        decide(&store, Some(&["B"]), Honest, "2025-07-03");
        decide(&store, Some(&["C"]), Unsure, "2025-07-04");
        store.undo(undone, "ana", time("2025-07-05")).unwrap();
        let now = rulings(&store);
        assert_eq!(labels(&now), [("A", true), ("B", false), ("D", true)]);
        let apart = Apart {
            honest: vec!["B".to_owned()],
            confirmed: vec!["A".to_owned(), "D".to_owned()],
        };
        assert_eq!(now.apart, [apart]);
        let then = store
            .rulings(Some(time("2025-07-02")), time("2025-07-02"))
            .unwrap();
        assert_eq!(
            labels(&then),
            [("A", false), ("B", true), ("C", true), ("D", true)]
        );
    }

    #[test]
    fn a_cluster_stays_refuted_for_the_members_nobody_has_found_otherwise() {
        let (store, _folder) = fresh();
        decide(&store, None, Honest, "2025-07-01");
        assert_eq!(rulings(&store).refuted[0].members, ["A", "B", "C", "D"]);
        decide(&store, Some(&["D"]), Confirm, "2025-07-02");
        let now = rulings(&store);
        assert_eq!(now.refuted[0].members, ["A", "B", "C"]);
        assert_eq!(
            now.apart.len(),
            1,
            "the confirmed one is told apart from the honest ones"
        );
        let again = decide(&store, None, Unsure, "2025-07-03");
        let now = rulings(&store);
        assert!(now.refuted.is_empty() && now.labels.is_empty() && now.apart.is_empty());
        store.undo(again, "ana", time("2025-07-04")).unwrap();
        assert_eq!(rulings(&store).refuted.len(), 1);
    }

    #[test]
    fn exceptions_end_on_their_day_and_with_their_decision() {
        let (store, _folder) = fresh();
        let mut honest = new("R1", &["A", "B"], None, Honest);
        honest.exceptions = ["2025-07-31", "2025-08-31"]
            .map(|day| Exception {
                kind: "address".to_owned(),
                value: "1 Mall Road".to_owned(),
                reason: "a mall".to_owned(),
                expires_at: time(day),
            })
            .to_vec();
        let id = store.decide(&honest, time("2025-07-01")).unwrap().id;
        let end = |day: &str| {
            let rulings = store.rulings(None, time(day)).unwrap();
            rulings
                .exceptions
                .first()
                .map(|exception| exception.expires_at)
        };
        assert_eq!(end("2025-08-31T12:00:00Z"), Some(time("2025-08-31")));
        assert_eq!(end("2025-09-01"), None);
        store.undo(id, "ana", time("2025-07-02")).unwrap();
        assert_eq!(end("2025-07-31"), None);
    }

    #[test]
    fn the_same_meaning_is_the_same_text_whatever_led_there() {
        let (short, _one) = fresh();
        let (long, _two) = fresh();
        decide(&long, None, Confirm, "2025-06-01");
        let undone = decide(&long, Some(&["A"]), Honest, "2025-06-02");
        long.undo(undone, "ana", time("2025-06-03")).unwrap();
        for store in [&short, &long] {
            decide(store, None, Honest, "2025-07-01");
        }
        assert_eq!(
            rulings(&short).canonical_text(),
            rulings(&long).canonical_text()
        );
        decide(&short, Some(&["A"]), Unsure, "2025-07-02");
        assert_ne!(
            rulings(&short).canonical_text(),
            rulings(&long).canonical_text()
        );
    }
}
