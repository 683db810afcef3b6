//! Rows on their way into columns: a row is read whole, or rejected whole.

use super::cell::Cell;
use super::schema::{Kind, TableRole, TableSchema};
use super::values::{RowFacts, Values, append_values};
use crate::model::{TextColumn, Timestamp};

/// The accepted rows of a table in columns, and the rejected ones.
#[derive(Clone, Debug, Default)]
pub struct Rows {
    /// One entry for each column of the schema; `None` while no file had it.
    pub(super) columns: Vec<Option<Values>>,
    pub(super) seen: u64,
    pub(super) accepted: usize,
    /// Lines count from 1 within what was read.
    pub(super) rejects: Vec<RowReject>,
    pub(super) newest: Option<Timestamp>,
    pub(super) not_yet_known: u64,
    pub(super) unknown_status: u64,
    /// Where each accepted row stands, when the schema asks for it.
    pub(super) lines: Vec<u64>,
    /// Its raw text.
    pub(super) raws: TextColumn,
}

/// A rejected row of one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct RowReject {
    pub(super) line: u64,
    pub(super) reason: String,
    pub(super) raw: String,
}

impl Rows {
    /// Rows that are in the columns.
    pub fn accepted(&self) -> usize {
        self.accepted
    }

    /// Rows that were rejected.
    pub fn rejected(&self) -> usize {
        self.rejects.len()
    }

    /// Checks what holds between the parts: every row is counted once, every column has every row.
    ///
    /// # Panics
    /// When it does not hold.
    pub fn validate(&self) {
        let counted = self.accepted + self.rejects.len();
        let counted = u64::try_from(counted).expect("a count fits u64") + self.not_yet_known;
        assert_eq!(self.seen, counted, "every row is counted once");
        for values in self.columns.iter().flatten() {
            assert_eq!(values.len(), self.accepted, "a column has every row");
        }
        let lines = self.rejects.iter().map(|reject| reject.line);
        assert!(
            lines.is_sorted(),
            "rejects stand in the order of their lines"
        );
    }

    /// No rows yet; a column is there when `has` says so for its position in the schema.
    pub(super) fn new(schema: &TableSchema, has: impl Fn(usize) -> bool) -> Self {
        let columns = schema.columns.iter().enumerate();
        let columns = columns.map(|(index, column)| has(index).then(|| Values::new(column.kind)));
        Self {
            columns: columns.collect(),
            ..Self::default()
        }
    }

    /// Reads a row: `cell` gives the field of a column by its position in the schema. Whether the
    /// row was known on the as-of day is in the answer; a row that was not leaves no trace but a count.
    ///
    /// # Errors
    /// The reason to reject it.
    pub(super) fn push<'a>(
        &mut self,
        schema: &TableSchema,
        as_of: Option<Timestamp>,
        cell: impl Fn(usize) -> Cell<'a>,
    ) -> Result<bool, String> {
        let facts = match self.push_values(schema, as_of, cell) {
            Ok(facts) => facts,
            Err(reason) => {
                self.roll_back();
                return Err(reason);
            }
        };
        if as_of.is_some_and(|as_of| facts.known_from.is_some_and(|from| from > as_of)) {
            self.roll_back();
            self.not_yet_known += 1;
            return Ok(false);
        }
        self.accepted += 1;
        self.unknown_status += u64::from(facts.unknown_status);
        self.newest = self.newest.max(facts.known_from).max(facts.last_seen);
        Ok(true)
    }

    /// Reads rows column by column; `cell` gives the field of a row's column. `false`, and nothing is read,
    /// when one of them has to be rejected.
    pub(super) fn push_all<'a>(
        &mut self,
        schema: &TableSchema,
        n_rows: usize,
        cell: impl Fn(usize, usize) -> Cell<'a>,
    ) -> bool {
        let mut unknown_status = 0;
        for (index, (column, values)) in schema.columns.iter().zip(&mut self.columns).enumerate() {
            let Some(values) = values else { continue };
            let cells = (0..n_rows).map(|row| cell(row, index));
            let Ok(unknown) = values.push_all(cells, column, schema) else {
                self.roll_back();
                return false;
            };
            unknown_status += unknown;
        }
        let rows = self.accepted..self.accepted + n_rows;
        if rows.into_iter().any(|row| self.lacks_value(schema, row)) || !self.order_times(schema) {
            self.roll_back();
            return false;
        }
        let times = |kind| self.newest_times(schema, kind);
        let (first, last) = (times(Kind::KnownFrom), times(Kind::LastSeen));
        let newest = first.iter().chain(last).copied().max().flatten();
        self.newest = self.newest.max(newest);
        self.accepted += n_rows;
        self.unknown_status += unknown_status;
        true
    }

    /// Looks for the newest time again, when rows have been taken out.
    pub(super) fn find_newest(&mut self, schema: &TableSchema) {
        let columns = schema.columns.iter().zip(&self.columns);
        let times = columns.filter_map(|(column, values)| match (column.kind, values) {
            (Kind::KnownFrom | Kind::LastSeen, Some(Values::Time(times))) => Some(times),
            _ => None,
        });
        self.newest = times.flatten().copied().max().flatten();
    }

    /// The times that were read and not yet accepted, of the column of a kind; none where there is none.
    fn newest_times(&self, schema: &TableSchema, kind: Kind) -> &[Option<Timestamp>] {
        let columns = schema.columns.iter().zip(&self.columns);
        let mut times = columns.filter_map(|(column, values)| match values {
            Some(Values::Time(times)) if column.kind == kind => Some(&times[self.accepted..]),
            _ => None,
        });
        times.next().unwrap_or_default()
    }

    /// Makes the last uses that were read and not yet accepted no earlier than the first ones; `false`
    /// when one can't be.
    fn order_times(&mut self, schema: &TableSchema) -> bool {
        let mut columns = schema.columns.iter();
        let Some(position) = columns.position(|column| column.kind == Kind::LastSeen) else {
            return true;
        };
        let mut last = self.columns[position].take();
        let first = self.newest_times(schema, Kind::KnownFrom);
        let is_ordered = match &mut last {
            Some(Values::Time(last)) => first
                .iter()
                .zip(&mut last[self.accepted..])
                .all(|(&first, last)| last_use(first, *last).map(|time| *last = time).is_ok()),
            _ => true,
        };
        self.columns[position] = last;
        is_ordered
    }

    fn push_values<'a>(
        &mut self,
        schema: &TableSchema,
        as_of: Option<Timestamp>,
        cell: impl Fn(usize) -> Cell<'a>,
    ) -> Result<RowFacts, String> {
        let mut facts = RowFacts::default();
        for (index, (column, values)) in schema.columns.iter().zip(&mut self.columns).enumerate() {
            if let Some(values) = values {
                values.push(cell(index), column, schema, &mut facts)?;
            }
        }
        if self.lacks_value(schema, self.accepted) {
            return Err(empty_value(schema));
        }
        let last = last_use(facts.known_from, facts.last_seen)?;
        let clipped = last.map(|last| as_of.map_or(last, |as_of| last.min(as_of)));
        if clipped != facts.last_seen {
            facts.last_seen = clipped;
            self.set_last_seen(schema, clipped);
        }
        Ok(facts)
    }

    /// Whether a row of a table of links holds none of the values that the table is for. `merchants` is not
    /// such a table: not every merchant has a value in each of its columns.
    fn lacks_value(&self, schema: &TableSchema, row: usize) -> bool {
        schema.role == TableRole::Links
            && schema
                .links
                .iter()
                .all(|link| match &self.columns[link.column] {
                    Some(Values::Text(texts)) => texts.get(row).trim().is_empty(),
                    _ => true,
                })
    }

    /// Sets the last use of the newest row.
    fn set_last_seen(&mut self, schema: &TableSchema, time: Option<Timestamp>) {
        for (column, values) in schema.columns.iter().zip(&mut self.columns) {
            if column.kind == Kind::LastSeen
                && let Some(Values::Time(times)) = values
                && let Some(last) = times.last_mut()
            {
                *last = time;
            }
        }
    }

    fn roll_back(&mut self) {
        for values in self.columns.iter_mut().flatten() {
            values.truncate(self.accepted);
        }
    }

    /// Makes room for so many rows more.
    pub(super) fn reserve(&mut self, rows: usize) {
        for values in self.columns.iter_mut().flatten() {
            values.reserve(rows);
        }
    }

    /// Records a rejected row.
    pub(super) fn reject(&mut self, line: u64, reason: String, raw: String) {
        self.rejects.push(RowReject { line, reason, raw });
    }

    /// Takes all rows out of the next stretch of the same file, which starts `first_line` lines into it,
    /// and adds them.
    pub(super) fn append(&mut self, other: &mut Self, first_line: u64) {
        for (mine, theirs) in self.columns.iter_mut().zip(&mut other.columns) {
            append_values(mine, self.accepted, theirs, other.accepted);
        }
        self.seen += other.seen;
        self.accepted += other.accepted;
        let moved = other.rejects.drain(..).map(|mut reject| {
            reject.line += first_line;
            reject
        });
        self.rejects.extend(moved);
        self.newest = self.newest.max(other.newest);
        self.not_yet_known += other.not_yet_known;
        self.unknown_status += other.unknown_status;
        let lines = other.lines.iter().map(|line| line + first_line);
        self.lines.extend(lines);
        self.raws.append(&other.raws);
    }

    /// Takes rows out, given by their sorted positions.
    pub(super) fn remove(&mut self, removed: &[usize]) {
        let kept = |row: usize| removed.binary_search(&row).is_err();
        for values in self.columns.iter_mut().flatten() {
            values.retain(kept);
        }
        self.accepted -= removed.len();
    }
}

/// The last use as it is meant: a date, which is its midnight, may be that of the first use's own day.
fn last_use(
    first: Option<Timestamp>,
    last: Option<Timestamp>,
) -> Result<Option<Timestamp>, String> {
    match (first, last) {
        (Some(first), Some(last)) if first > last => {
            if last == first.day_start() {
                Ok(Some(first))
            } else {
                Err("time_order: expected first_seen not after last_seen".to_owned())
            }
        }
        _ => Ok(last),
    }
}

/// Why a row of a table of links is none, by the columns that might have made it one.
fn empty_value(schema: &TableSchema) -> String {
    let links = schema.links.iter();
    let names: Vec<&str> = links
        .map(|link| schema.columns[link.column].name.as_str())
        .collect();
    match names.as_slice() {
        [name] => format!("empty_value: {name}: expected a value"),
        names => format!("empty_value: expected a value in {}", names.join(" or ")),
    }
}
