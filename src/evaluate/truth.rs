//! Reading a truth table.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use flate2::read::MultiGzDecoder;

use super::EvaluateError;

/// What is known of each listed merchant.
pub(super) type Truth = BTreeMap<String, Known>;

/// What is known of a merchant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Known {
    pub(super) fraud: bool,
    /// Empty for an honest merchant, and where only a weak label is known.
    pub(super) ring: String,
    pub(super) typology: String,
    pub(super) benign_group: String,
    pub(super) benign_kind: String,
}

const COLUMNS: [&str; 6] = [
    "merchant_id",
    "ring_id",
    "typology",
    "benign_group",
    "benign_kind",
    "eliminated",
];

/// Reads a truth table, packed with gzip where its name ends in `.gz`.
pub(super) fn read(path: &Path) -> Result<Truth, EvaluateError> {
    let fail = |source| EvaluateError::Read {
        path: path.to_owned(),
        source,
    };
    let file = File::open(path).map_err(|error| fail(error.into()))?;
    let packed = path.extension().is_some_and(|end| end == "gz");
    let bytes: Box<dyn Read> = if packed {
        Box::new(MultiGzDecoder::new(file))
    } else {
        Box::new(file)
    };
    let mut rows = csv::Reader::from_reader(bytes);
    let header = rows.headers().map_err(fail)?.clone();
    let at = COLUMNS.map(|name| {
        header
            .iter()
            .position(|h| h.trim_start_matches('\u{feff}') == name)
    });
    let missing = |column| EvaluateError::Column {
        path: path.to_owned(),
        column,
        hint: "a truth table has `merchant_id` and `ring_id`, or `merchant_id` and `eliminated`",
    };
    if at[0].is_none() {
        return Err(missing("merchant_id"));
    }
    if at[1].is_none() && at[3].is_none() && at[5].is_none() {
        return Err(missing("ring_id"));
    }
    let mut truth = Truth::new();
    for row in rows.records() {
        let row = row.map_err(fail)?;
        let field = |column: usize| at[column].and_then(|i| row.get(i)).unwrap_or("").trim();
        let ring = field(1).to_owned();
        let known = Known {
            fraud: !ring.is_empty() || matches!(field(5), "1" | "true"),
            ring,
            typology: field(2).to_owned(),
            benign_group: field(3).to_owned(),
            benign_kind: field(4).to_owned(),
        };
        truth.insert(field(0).to_owned(), known);
    }
    Ok(truth)
}
