//! Reading a truth table.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use flate2::read::MultiGzDecoder;

use super::EvaluateError;
use super::columns::{Columns, FLAGS, flag};

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

const FORMS: &str =
    "a truth table has `merchant_id` and `ring_id`, or `merchant_id` and `eliminated`";

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
    let columns = Columns::new(path, rows.headers().map_err(fail)?.clone());
    let id = columns.need("merchant_id", FORMS)?;
    let ring = columns.find("ring_id")?;
    let eliminated = columns.find("eliminated")?;
    if ring.is_none() && eliminated.is_none() {
        return Err(columns.missing(&["ring_id", "eliminated"], FORMS).into());
    }
    let typology = columns.find("typology")?;
    let benign_group = columns.find("benign_group")?;
    let benign_kind = columns.find("benign_kind")?;
    let mut truth = Truth::new();
    for row in rows.records() {
        let row = row.map_err(fail)?;
        let field = |at: Option<usize>| at.and_then(|at| row.get(at)).unwrap_or("").trim();
        let line = row.position().map_or(0, csv::Position::line);
        let flagged = match eliminated.map(|at| field(Some(at))) {
            None => false,
            // Where rings are told, a flag may say nothing; alone it has to speak.
            Some("") if ring.is_some() => false,
            Some(text) => {
                flag(text).ok_or_else(|| columns.field(line, "eliminated", FLAGS, text))?
            }
        };
        let ring = field(ring).to_owned();
        let known = Known {
            fraud: flagged || !ring.is_empty(),
            ring,
            typology: field(typology).to_owned(),
            benign_group: field(benign_group).to_owned(),
            benign_kind: field(benign_kind).to_owned(),
        };
        add(&mut truth, field(Some(id)), known).map_err(|found| EvaluateError::Row {
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
