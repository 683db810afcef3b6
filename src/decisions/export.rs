//! The record as CSV: two tables that a run reads, one for people.

use std::io::Write;

use super::error::DecisionsError;
use super::record::Decision;
use super::rulings::Rulings;

/// Verdicts in force, in the form of the input table of that name.
pub const LABELS_FILE: &str = "labels.csv";
/// Exceptions in force, in the form of the input table of that name.
pub const ALLOWLIST_FILE: &str = "allowlist.csv";
/// Every decision ever made, for people.
pub const DECISIONS_FILE: &str = "decisions.csv";

impl Rulings {
    /// Writes [`LABELS_FILE`].
    ///
    /// # Errors
    /// When it can't be written.
    pub fn write_labels(&self, to: impl Write) -> Result<(), DecisionsError> {
        let rows = self.labels.iter().map(|label| {
            [
                label.merchant_id.clone(),
                if label.is_fraud { "fraud" } else { "legit" }.to_owned(),
                label.decided_at.to_string(),
                neutralize_formula(&label.decided_by),
                format!("{} in {}", label.reason_code, label.cluster_id),
            ]
        });
        let header = ["merchant_id", "label", "decided_at", "source", "note"];
        write_table(to, LABELS_FILE, header, rows)
    }

    /// Writes [`ALLOWLIST_FILE`].
    ///
    /// # Errors
    /// When it can't be written.
    pub fn write_allowlist(&self, to: impl Write) -> Result<(), DecisionsError> {
        let rows = self.exceptions.iter().map(|exception| {
            [
                exception.kind.clone(),
                exception.value.clone(),
                neutralize_formula(&exception.reason),
                exception.expires_at.to_string(),
            ]
        });
        let header = ["kind", "value", "reason", "expires_at"];
        write_table(to, ALLOWLIST_FILE, header, rows)
    }
}

/// Writes [`DECISIONS_FILE`]: every decision, oldest first, undone ones included, safe to open in a
/// spreadsheet.
///
/// # Errors
/// When it can't be written.
pub(super) fn write_decisions(history: &[Decision], to: impl Write) -> Result<(), DecisionsError> {
    let header = [
        "id",
        "decided_at",
        "decided_by",
        "verdict",
        "about",
        "cluster_id",
        "merchant_ids",
        "reason_code",
        "note",
        "run_id",
        "rank",
        "score",
        "action",
        "bits",
        "undone_at",
        "undone_by",
    ];
    let rows = history.iter().map(|decision| {
        let undone = decision.undone.as_ref();
        let about = if decision.whole { "cluster" } else { "members" };
        [
            decision.id.to_string(),
            decision.decided_at.to_string(),
            neutralize_formula(&decision.decided_by),
            decision.verdict.name().to_owned(),
            about.to_owned(),
            neutralize_formula(&decision.cluster_id),
            neutralize_formula(&decision.merchant_ids.join(";")),
            decision.reason_code.clone(),
            neutralize_formula(&decision.note),
            neutralize_formula(&decision.run_id),
            decision.screen.rank.to_string(),
            format!("{:.4}", decision.screen.score),
            neutralize_formula(&decision.screen.action),
            format!("{:.2}", decision.screen.bits),
            undone
                .map(|undone| undone.at.to_string())
                .unwrap_or_default(),
            undone
                .map(|undone| neutralize_formula(&undone.by))
                .unwrap_or_default(),
        ]
    });
    write_table(to, DECISIONS_FILE, header, rows)
}

impl super::DecisionStore {
    /// Writes [`DECISIONS_FILE`]: every decision, oldest first, undone ones included, safe to open in a
    /// spreadsheet.
    ///
    /// # Errors
    /// When the file can't be read, or the table not be written.
    pub fn write_decisions(&self, to: impl Write) -> Result<(), DecisionsError> {
        write_decisions(&self.history(None)?, to)
    }
}

/// A text that a spreadsheet takes for a text: one that begins like a formula gets an apostrophe before
/// it, as OWASP's page on CSV injection advises. For tables that people read, never for those that
/// machines do.
///
/// ```
/// use ringfence::decisions::neutralize_formula;
/// assert_eq!(neutralize_formula("=1+1"), "'=1+1");
/// assert_eq!(neutralize_formula("a=1"), "a=1");
/// ```
pub fn neutralize_formula(text: &str) -> String {
    let starts_formula = |first: char| "=+-@\t\r\n".contains(first) || "＝＋－＠".contains(first);
    if text.trim_start_matches(' ').starts_with(starts_formula) {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}

fn write_table<const N: usize>(
    to: impl Write,
    name: &'static str,
    header: [&str; N],
    rows: impl Iterator<Item = [String; N]>,
) -> Result<(), DecisionsError> {
    let mut writer = csv::Writer::from_writer(to);
    let write = |writer: &mut csv::Writer<_>| -> Result<(), csv::Error> {
        writer.write_record(header)?;
        for row in rows {
            writer.write_record(row)?;
        }
        Ok(writer.flush()?)
    };
    write(&mut writer).map_err(|error| {
        let source = match error.into_kind() {
            csv::ErrorKind::Io(source) => source,
            // Texts in rows of one length: only the writer below can fail.
            _ => std::io::Error::other("a row could not be written"),
        };
        DecisionsError::Io {
            action: "write",
            path: name.into(),
            source,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::super::record::{Exception, Verdict};
    use super::super::store::tests::{fresh, time};
    use super::super::verdicts::tests::new;
    use super::neutralize_formula;

    #[test]
    fn people_get_no_formulas_and_machines_get_what_was_said() {
        let (store, _folder) = fresh();
        let mut evil = new("R1", &["=cmd|' /C calc'!A0", "B"], None, Verdict::Honest);
        "=HYPERLINK(\"http://x\",\"y\")".clone_into(&mut evil.note);
        "@ana".clone_into(&mut evil.by);
        evil.exceptions = vec![Exception {
            kind: "device".to_owned(),
            value: "-5".to_owned(),
            reason: "+1".to_owned(),
            expires_at: time("2025-12-31"),
        }];
        store.decide(&evil, time("2025-07-01")).unwrap();
        let text = |write: &dyn Fn(&mut Vec<u8>)| {
            let mut bytes = Vec::new();
            write(&mut bytes);
            String::from_utf8(bytes).unwrap()
        };
        let people = text(&|to| store.write_decisions(to).unwrap());
        assert!(people.contains("'@ana") && people.contains("'=cmd") && people.contains("'=HYPER"));
        for row in csv::Reader::from_reader(people.as_bytes()).records() {
            for cell in &row.unwrap() {
                assert_eq!(neutralize_formula(cell), cell, "a cell that is a formula");
            }
        }
        let rulings = store.rulings(None, time("2025-07-01")).unwrap();
        let labels = text(&|to| rulings.write_labels(to).unwrap());
        assert!(
            labels.contains("\n=cmd|' /C calc'!A0,legit,2025-07-01,'@ana,"),
            "{labels}"
        );
        let allowlist = text(&|to| rulings.write_allowlist(to).unwrap());
        assert!(
            allowlist.contains("\ndevice,-5,'+1,2025-12-31\n"),
            "{allowlist}"
        );
    }

    #[test]
    fn formulas_behind_spaces_and_in_wide_letters_are_formulas() {
        for text in ["=1", "+1", "-1", "@x", "\t=1", " =1", "＝1", "\r=1"] {
            assert!(neutralize_formula(text).starts_with('\''), "{text:?}");
        }
        for text in ["", "a", "'=1", "1-1", "R1;=1"] {
            assert_eq!(neutralize_formula(text), text);
        }
    }
}
