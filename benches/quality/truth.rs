//! Small readers for tables that come with data, by column name.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;

use anyhow::{Context, Result};

/// The ring of each merchant that is in one.
pub(crate) type Truth = BTreeMap<String, String>;

/// Reads `merchant_id` and `ring_id`; merchants without a ring are left out.
pub(crate) fn read_rings(path: &Path) -> Result<Truth> {
    let rows = read_columns(path, ["merchant_id", "ring_id"])?;
    let in_rings = rows.into_iter().filter(|[_, ring]| !ring.is_empty());
    Ok(in_rings.map(|[merchant, ring]| (merchant, ring)).collect())
}

/// The wanted columns of a table, `.gz` or not; a column that is not there is empty.
pub(crate) fn read_columns<const N: usize>(
    path: &Path,
    columns: [&str; N],
) -> Result<Vec<[String; N]>> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let file = std::fs::File::open(path).with_context(|| format!("cannot open {name}"))?;
    let bytes: Box<dyn Read> = if name.ends_with(".gz") {
        Box::new(flate2::read::MultiGzDecoder::new(file))
    } else {
        Box::new(file)
    };
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(bytes);
    let header = reader.headers()?.clone();
    let at = columns.map(|column| header.iter().position(|name| name == column));
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.with_context(|| format!("cannot read {name}"))?;
        rows.push(at.map(|at| {
            let field = at.and_then(|at| record.get(at));
            field.unwrap_or_default().trim().to_owned()
        }));
    }
    Ok(rows)
}
