//! Reading a truth table.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
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

/// The text of a table, unpacked as its name says.
pub(crate) fn open_table(path: &Path) -> io::Result<Box<dyn Read>> {
    let ending = path.extension().and_then(|ending| ending.to_str());
    if ending == Some("parquet") {
        let forms = "expected .csv, .csv.gz or .csv.zst, found Parquet";
        return Err(io::Error::new(io::ErrorKind::Unsupported, forms));
    }
    let file = File::open(path)?;
    Ok(match ending {
        Some("gz") => Box::new(MultiGzDecoder::new(file)),
        Some("zst") => Box::new(zstd::Decoder::new(file)?),
        _ => Box::new(file),
    })
}

/// Reads a truth table.
pub(super) fn read(path: &Path) -> Result<Truth, EvaluateError> {
    let fail = |source| EvaluateError::Read {
        path: path.to_owned(),
        source,
    };
    let bytes = open_table(path).map_err(|error| fail(error.into()))?;
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
        let line = row.position().map_or(0, csv::Position::line);
        add(&mut truth, field(0), known).map_err(|found| EvaluateError::Row {
            path: path.to_owned(),
            line,
            found,
        })?;
    }
    Ok(truth)
}

/// Adds a merchant, or says what is wrong with it: a figure must not rest on which of two rows came last.
fn add(truth: &mut Truth, merchant_id: &str, known: Known) -> Result<(), String> {
    if merchant_id.is_empty() {
        return Err("`merchant_id` is empty".to_owned());
    }
    match truth.insert(merchant_id.to_owned(), known) {
        Some(before) if before != truth[merchant_id] => Err(format!(
            "merchant `{merchant_id}` stands in an earlier row with another truth"
        )),
        _ => Ok(()),
    }
}
