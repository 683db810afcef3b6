//! When bad rows are too many to go on.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::IngestError;
use super::tables::{Reject, Tables};

/// Reasons shown for each file.
const SHOWN_REASONS: usize = 3;

/// Stops a run whose input is mostly broken.
pub(super) fn check_rejects(tables: &Tables, max_share: f64) -> Result<(), IngestError> {
    let rows = tables.inputs.iter().map(|file| file.rows).sum();
    let rejected = tables.inputs.iter().map(|file| file.rejected).sum();
    if share(rejected, rows) <= max_share {
        return Ok(());
    }
    Err(IngestError::TooManyRejects {
        rejected,
        rows,
        limit: max_share,
        details: details(tables),
    })
}

#[expect(clippy::cast_precision_loss, reason = "row counts stay far below 2^53")]
fn share(rejected: u64, rows: u64) -> f64 {
    if rejected == 0 {
        return 0.0;
    }
    rejected as f64 / rows as f64
}

/// The files with bad rows, each with its most frequent reasons and where each shows first.
fn details(tables: &Tables) -> String {
    let mut lines = Vec::new();
    for file in tables.inputs.iter().filter(|file| file.rejected > 0) {
        let mut line = format!("{}: {} of {} rows", file.path, file.rejected, file.rows);
        let rejects = tables.rejects.iter();
        let of_file = rejects.filter(|reject| reject.file == file.path);
        for (reason, count, first_line) in top_reasons(of_file) {
            let count = match count {
                1 => "once".to_owned(),
                count => format!("{count} times, first"),
            };
            write!(line, "\n  {count} on line {first_line}: {reason}")
                .expect("a string takes any text");
        }
        lines.push(line);
    }
    lines.join("\n")
}

/// The most frequent reasons with their counts and first lines, ties by reason.
fn top_reasons<'a>(rejects: impl Iterator<Item = &'a Reject>) -> Vec<(&'a str, u64, u64)> {
    let mut reasons: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
    for reject in rejects {
        let entry = reasons
            .entry(reject.reason.as_str())
            .or_insert((0, reject.line));
        entry.0 += 1;
        entry.1 = entry.1.min(reject.line);
    }
    let mut top: Vec<_> = reasons
        .into_iter()
        .map(|(reason, (count, line))| (reason, count, line))
        .collect();
    top.sort_by_key(|&(_, count, _)| std::cmp::Reverse(count));
    top.truncate(SHOWN_REASONS);
    top
}
