//! Reading verdicts: a table of labels, or a truth.

use std::collections::BTreeMap;
use std::path::Path;

use super::FitError;
use crate::evaluate::{Columns, FLAGS, flag, open_table};
use crate::model::Timestamp;

/// Whether each labelled merchant is fraudulent.
pub(super) type Labels = BTreeMap<String, bool>;

/// A verdict with its time: the newest holds, a dated one beats an undated one, fraud wins a tie. As in a run.
type Dated = (Option<Timestamp>, bool);

const FORMS: &str = "labels have `merchant_id` and `label`, a truth `merchant_id` and `ring_id`";

/// Reads `merchant_id` with `label`, or with `ring_id` or `eliminated`.
pub(super) fn read(path: &Path) -> Result<Labels, FitError> {
    let fail = |source| FitError::Read {
        path: path.to_owned(),
        source,
    };
    let bytes = open_table(path).map_err(|error| fail(error.into()))?;
    let mut rows = csv::Reader::from_reader(bytes);
    let columns = Columns::new(path, rows.headers().map_err(fail)?.clone());
    let id = columns.need("merchant_id", FORMS)?;
    let verdict = Verdict::find(&columns)?;
    let decided_at = columns.find("decided_at")?;
    let mut dated: BTreeMap<String, Dated> = BTreeMap::new();
    for row in rows.records() {
        let row = row.map_err(fail)?;
        let line = row.position().map_or(0, csv::Position::line);
        let field = |at: usize| row.get(at).unwrap_or("").trim();
        let merchant_id = field(id);
        if merchant_id.is_empty() {
            return Err(columns.field(line, "merchant_id", "an id", "").into());
        }
        let bad_time = |text| columns.field(line, "decided_at", TIMES, text);
        let time = match decided_at.map_or("", field) {
            "" => None,
            text => Some(Timestamp::parse(text).map_err(|_| bad_time(text))?),
        };
        let is_fraud = verdict
            .is_fraud(field)
            .map_err(|(column, expected, text)| columns.field(line, column, expected, text))?;
        let decided = (time, is_fraud);
        let held = dated.entry(merchant_id.to_owned()).or_insert(decided);
        *held = decided.max(*held);
    }
    let labels = dated.into_iter();
    Ok(labels.map(|(id, (_, is_fraud))| (id, is_fraud)).collect())
}

const TIMES: &str = "YYYY-MM-DD or an RFC 3339 timestamp";

/// The columns that say who is fraudulent.
enum Verdict {
    Label(usize),
    Truth {
        ring: Option<usize>,
        eliminated: Option<usize>,
    },
}

impl Verdict {
    fn find(columns: &Columns<'_>) -> Result<Self, FitError> {
        if let Some(at) = columns.find("label")? {
            return Ok(Self::Label(at));
        }
        let (ring, eliminated) = (columns.find("ring_id")?, columns.find("eliminated")?);
        if ring.is_none() && eliminated.is_none() {
            return Err(columns
                .missing(&["label", "ring_id", "eliminated"], FORMS)
                .into());
        }
        Ok(Self::Truth { ring, eliminated })
    }

    /// What a row says; a field that says nothing known comes back with its column and what was expected.
    fn is_fraud<'r>(
        &self,
        field: impl Fn(usize) -> &'r str,
    ) -> Result<bool, (&'static str, &'static str, &'r str)> {
        match *self {
            Self::Label(at) => match field(at) {
                label if label.eq_ignore_ascii_case("fraud") => Ok(true),
                label if label.eq_ignore_ascii_case("legit") => Ok(false),
                label => Err(("label", "fraud or legit", label)),
            },
            Self::Truth { ring, eliminated } => {
                let in_ring = ring.is_some_and(|at| !field(at).is_empty());
                match eliminated.map(field) {
                    None => Ok(in_ring),
                    // Where rings are told, a flag may say nothing; alone it has to speak.
                    Some("") if ring.is_some() => Ok(in_ring),
                    Some(text) => flag(text).map(|flagged| flagged || in_ring).ok_or((
                        "eliminated",
                        FLAGS,
                        text,
                    )),
                }
            }
        }
    }
}
