//! Reading verdicts: a table of labels, or a truth.

use std::collections::BTreeMap;
use std::path::Path;

use super::FitError;
use crate::evaluate::open_table;

/// Whether each labelled merchant is fraudulent.
pub(super) type Labels = BTreeMap<String, bool>;

/// A verdict with the text of its day: the later one holds, fraud where they are equal.
type Dated = (String, bool);

/// Reads `merchant_id` with `label`, or `ring_id`, or `eliminated`.
pub(super) fn read(path: &Path) -> Result<Labels, FitError> {
    let fail = |source| FitError::Read {
        path: path.to_owned(),
        source,
    };
    let bytes = open_table(path).map_err(|error| fail(error.into()))?;
    let mut rows = csv::Reader::from_reader(bytes);
    let header = rows.headers().map_err(fail)?.clone();
    let column = |name: &str| {
        let names = header.iter();
        names
            .map(|found| found.trim_start_matches('\u{feff}'))
            .position(|found| found == name)
    };
    let missing = |column| FitError::Column {
        path: path.to_owned(),
        column,
    };
    let id = column("merchant_id").ok_or_else(|| missing("merchant_id"))?;
    let verdicts = ["label", "ring_id", "eliminated"];
    let (kind, verdict) = verdicts
        .into_iter()
        .find_map(|kind| column(kind).map(|at| (kind, at)))
        .ok_or_else(|| missing("label"))?;
    let decided_at = column("decided_at");
    let mut dated: BTreeMap<String, Dated> = BTreeMap::new();
    for row in rows.records() {
        let row = row.map_err(fail)?;
        let field = |at: usize| row.get(at).unwrap_or("").trim();
        let line = row.position().map_or(0, csv::Position::line);
        let is_fraud = is_fraud(kind, field(verdict)).ok_or_else(|| FitError::Label {
            path: path.to_owned(),
            line,
        })?;
        let decided = (decided_at.map_or("", field).to_owned(), is_fraud);
        let held = dated.entry(field(id).to_owned()).or_default();
        *held = held.clone().max(decided);
    }
    let labels = dated.into_iter();
    Ok(labels.map(|(id, (_, is_fraud))| (id, is_fraud)).collect())
}

/// What a field says in a column of this name; `None` when it says nothing that is known.
fn is_fraud(kind: &str, field: &str) -> Option<bool> {
    match (kind, field) {
        ("label", "fraud") => Some(true),
        ("label", "legit") => Some(false),
        ("label", _) => None,
        ("ring_id", ring) => Some(!ring.is_empty()),
        (_, flag) => Some(matches!(flag, "1" | "true")),
    }
}
