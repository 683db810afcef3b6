//! The values of one column: fields are read into the type the schema says.

use std::cmp::Ordering;

use super::cell::{
    Cell, read_count, read_id, read_label, read_money, read_number, read_text, read_time,
};
use super::schema::{Column, Kind, TableSchema};
use super::tables::{AllowlistKind, Label, Status};
use crate::model::{Money, TextColumn, Timestamp};

/// The values of a column.
#[derive(Clone, Debug)]
pub(super) enum Values {
    Text(TextColumn),
    Time(Vec<Option<Timestamp>>),
    Count(Vec<u32>),
    Money(Vec<Option<Money>>),
    Number(Vec<f64>),
    Status(Vec<Status>),
    Label(Vec<Label>),
    AllowlistKind(Vec<AllowlistKind>),
}

/// What the columns of one row say together.
#[derive(Default)]
pub(super) struct RowFacts {
    pub(super) known_from: Option<Timestamp>,
    pub(super) last_seen: Option<Timestamp>,
    pub(super) unknown_status: bool,
}

/// Applies one expression to the vector inside, whatever its type.
macro_rules! each_vector {
    ($values:expr, $text:ident => $for_text:expr, $vector:ident => $for_vector:expr) => {
        match $values {
            Values::Text($text) => $for_text,
            Values::Time($vector) => $for_vector,
            Values::Count($vector) => $for_vector,
            Values::Money($vector) => $for_vector,
            Values::Number($vector) => $for_vector,
            Values::Status($vector) => $for_vector,
            Values::Label($vector) => $for_vector,
            Values::AllowlistKind($vector) => $for_vector,
        }
    };
}

impl Values {
    pub(super) fn new(kind: Kind) -> Self {
        match kind {
            Kind::Id | Kind::Needed | Kind::Text => Self::Text(TextColumn::default()),
            Kind::KnownFrom | Kind::LastSeen | Kind::Expiry => Self::Time(Vec::new()),
            Kind::Count => Self::Count(Vec::new()),
            Kind::Money => Self::Money(Vec::new()),
            Kind::Number => Self::Number(Vec::new()),
            Kind::Status => Self::Status(Vec::new()),
            Kind::Label => Self::Label(Vec::new()),
            Kind::About => Self::AllowlistKind(Vec::new()),
        }
    }

    /// An empty column of the same type.
    fn like(&self) -> Self {
        match self {
            Self::Text(_) => Self::Text(TextColumn::default()),
            Self::Time(_) => Self::Time(Vec::new()),
            Self::Count(_) => Self::Count(Vec::new()),
            Self::Money(_) => Self::Money(Vec::new()),
            Self::Number(_) => Self::Number(Vec::new()),
            Self::Status(_) => Self::Status(Vec::new()),
            Self::Label(_) => Self::Label(Vec::new()),
            Self::AllowlistKind(_) => Self::AllowlistKind(Vec::new()),
        }
    }

    /// Reads a field and appends it.
    #[inline]
    pub(super) fn push(
        &mut self,
        cell: Cell<'_>,
        column: &Column,
        schema: &TableSchema,
        facts: &mut RowFacts,
    ) -> Result<(), String> {
        let name = column.name.as_str();
        match self {
            Self::Text(texts) => match column.kind {
                Kind::Id => read_id(cell, name, |text| texts.push(text)),
                kind => read_text(cell, name, kind == Kind::Needed, |text| texts.push(text)),
            }?,
            Self::Time(times) => {
                let time = read_time(cell, name)?;
                match column.kind {
                    Kind::KnownFrom => facts.known_from = time,
                    Kind::LastSeen => facts.last_seen = time,
                    _ => {}
                }
                times.push(time);
            }
            Self::Count(counts) => counts.push(read_count(cell, name)?),
            Self::Money(amounts) => amounts.push(read_money(cell, name)?),
            Self::Number(numbers) => numbers.push(read_number(cell, name)?),
            Self::Status(statuses) => {
                let (status, known) = super::cell::read_status(cell, name)?;
                facts.unknown_status = !known;
                statuses.push(status);
            }
            Self::Label(labels) => labels.push(read_label(cell, name)?),
            Self::AllowlistKind(kinds) => {
                kinds.push(super::cell::read_allowlist_kind(
                    cell,
                    name,
                    &schema.allowlist_kinds,
                )?);
            }
        }
        Ok(())
    }

    /// Reads fields and appends them; returns how many statuses are unknown.
    pub(super) fn push_all<'a>(
        &mut self,
        mut cells: impl Iterator<Item = Cell<'a>>,
        column: &Column,
        schema: &TableSchema,
    ) -> Result<u64, String> {
        let name = column.name.as_str();
        match (self, column.kind) {
            (Self::Text(texts), Kind::Id) => {
                cells.try_for_each(|cell| read_id(cell, name, |text| texts.push(text)))?;
            }
            (Self::Text(texts), kind) => {
                let needed = kind == Kind::Needed;
                cells
                    .try_for_each(|cell| read_text(cell, name, needed, |text| texts.push(text)))?;
            }
            (Self::Time(times), _) => {
                for cell in cells {
                    times.push(read_time(cell, name)?);
                }
            }
            (values, _) => {
                let (mut facts, mut unknown) = (RowFacts::default(), 0);
                for cell in cells {
                    values.push(cell, column, schema, &mut facts)?;
                    unknown += u64::from(facts.unknown_status);
                }
                return Ok(unknown);
            }
        }
        Ok(0)
    }

    pub(super) fn len(&self) -> usize {
        each_vector!(self, text => text.len(), vector => vector.len())
    }

    pub(super) fn reserve(&mut self, rows: usize) {
        each_vector!(self, text => text.reserve(rows), vector => vector.reserve(rows));
    }

    pub(super) fn truncate(&mut self, rows: usize) {
        each_vector!(self, text => text.truncate(rows), vector => vector.truncate(rows));
    }

    /// Keeps the rows whose position passes.
    pub(super) fn retain(&mut self, kept: impl Fn(usize) -> bool) {
        let mut row = 0;
        let mut next = || {
            row += 1;
            kept(row - 1)
        };
        each_vector!(
            self,
            text => *text = text.iter().filter(|_| next()).collect(),
            vector => vector.retain(|_| next())
        );
    }

    /// Orders two rows of the column by value.
    pub(super) fn compare(&self, a: usize, b: usize) -> Ordering {
        match self {
            Self::Text(texts) => texts.get(a).cmp(texts.get(b)),
            Self::Time(times) => {
                let seconds = |row: usize| times[row].map(Timestamp::seconds);
                seconds(a).cmp(&seconds(b))
            }
            Self::Count(counts) => counts[a].cmp(&counts[b]),
            Self::Money(amounts) => amounts[a].cmp(&amounts[b]),
            Self::Number(numbers) => numbers[a].total_cmp(&numbers[b]),
            Self::Status(statuses) => statuses[a].cmp(&statuses[b]),
            Self::Label(labels) => labels[a].cmp(&labels[b]),
            Self::AllowlistKind(kinds) => kinds[a].cmp(&kinds[b]),
        }
    }

    /// Appends nulls. Labels and kinds are required columns, so that no file lacks them.
    fn pad(&mut self, rows: usize) {
        match self {
            Self::Text(texts) => (0..rows).for_each(|_| texts.push("")),
            Self::Time(times) => times.resize(times.len() + rows, None),
            Self::Count(counts) => counts.resize(counts.len() + rows, 1),
            Self::Money(amounts) => amounts.resize(amounts.len() + rows, None),
            Self::Number(numbers) => numbers.resize(numbers.len() + rows, f64::NAN),
            Self::Status(statuses) => statuses.resize(statuses.len() + rows, Status::Active),
            Self::Label(_) | Self::AllowlistKind(_) => {}
        }
    }

    fn append(&mut self, other: &Self) {
        match (self, other) {
            (Self::Text(mine), Self::Text(theirs)) => mine.append(theirs),
            (Self::Time(mine), Self::Time(theirs)) => mine.extend(theirs),
            (Self::Count(mine), Self::Count(theirs)) => mine.extend(theirs),
            (Self::Money(mine), Self::Money(theirs)) => mine.extend(theirs),
            (Self::Number(mine), Self::Number(theirs)) => mine.extend(theirs),
            (Self::Status(mine), Self::Status(theirs)) => mine.extend(theirs),
            (Self::Label(mine), Self::Label(theirs)) => mine.extend(theirs),
            (Self::AllowlistKind(mine), Self::AllowlistKind(theirs)) => mine.extend(theirs),
            _ => unreachable!("columns of one schema have one type"),
        }
    }
}

/// Moves a column of a stretch behind that of the one before; the one that lacks it is padded with nulls.
pub(super) fn append_values(
    mine: &mut Option<Values>,
    my_rows: usize,
    theirs: &mut Option<Values>,
    their_rows: usize,
) {
    match (mine.as_mut(), theirs.as_mut()) {
        (None, None) => {}
        (Some(mine), Some(theirs)) => {
            if my_rows == 0 {
                std::mem::swap(mine, theirs);
            } else {
                mine.append(theirs);
            }
            theirs.truncate(0);
        }
        (Some(mine), None) => mine.pad(their_rows),
        (None, Some(theirs)) => {
            let mut padded = theirs.like();
            padded.pad(my_rows);
            padded.append(theirs);
            theirs.truncate(0);
            *mine = Some(padded);
        }
    }
}
