//! Who uses what, over the whole graph: as numbers in memory, as rows on disk.

use std::collections::BTreeSet;
use std::ops::Range;

use rustc_hash::FxHashMap;

use crate::explore::error::ExploreError;
use crate::explore::usage::RELATION;
use crate::model::{TextColumn, narrow_u32};
use crate::run::{IndexedTable, LinkRow, RunReader};

/// The links of a run. A *thing* is an entity with its users, or one told direction of a direct tie.
///
/// Rows come by thing, so that the rows of thing `t` are `thing_starts[t]..thing_starts[t + 1]`;
/// direct ties come last, a thing each. Memory: about 30 bytes a row.
#[derive(Debug)]
pub(super) struct LinkIndex {
    table: IndexedTable<LinkRow<'static>>,
    /// Linked merchants, ascending.
    merchants: TextColumn,
    merchant_of_row: Vec<u32>,
    thing_of_row: Vec<u32>,
    thing_starts: Vec<u32>,
    first_tie: usize,
    /// The other merchant of each direct tie.
    tie_other: Vec<u32>,
    /// Where the rows of each merchant start in `rows`.
    row_starts: Vec<u32>,
    rows: Vec<u32>,
    /// Entity types in the order of the file, with their things.
    types: Vec<(String, Range<u32>)>,
    /// Where the things of each type would start if types came by name.
    type_orders: Vec<u32>,
}

impl LinkIndex {
    pub(super) fn read(run: &RunReader) -> Result<Self, ExploreError> {
        let mut draft = Draft::default();
        let table = run.indexed::<LinkRow<'static>>(|fields| {
            draft.push(fields.text(0), fields.text(1), fields.text(2))
        })?;
        Ok(draft.finish(table))
    }

    /// The number of a linked merchant.
    pub(super) fn merchant(&self, merchant_id: &str) -> Option<u32> {
        let (mut low, mut high) = (0, self.merchants.len());
        while low < high {
            let middle = usize::midpoint(low, high);
            match self.merchants.get(middle).cmp(merchant_id) {
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
                std::cmp::Ordering::Equal => return Some(narrow_u32(middle)),
            }
        }
        None
    }

    /// Linked merchants.
    pub(super) fn n_merchants(&self) -> usize {
        self.merchants.len()
    }

    /// Entities and direct ties.
    pub(super) fn n_things(&self) -> usize {
        self.thing_starts.len() - 1
    }

    /// The things a merchant uses, ascending.
    pub(super) fn things_of(&self, merchant: u32) -> impl Iterator<Item = u32> {
        let rows = self.row_starts[merchant as usize]..self.row_starts[merchant as usize + 1];
        self.rows[rows.start as usize..rows.end as usize]
            .iter()
            .map(|&row| self.thing_of_row[row as usize])
    }

    /// The users of a thing.
    pub(super) fn users_of(&self, thing: u32) -> impl Iterator<Item = u32> {
        let rows = self.rows_of_thing(thing);
        let other = rows
            .start
            .checked_sub(self.first_tie)
            .map(|tie| self.tie_other[tie]);
        self.merchant_of_row[rows].iter().copied().chain(other)
    }

    /// How many use a thing.
    pub(super) fn n_users(&self, thing: u32) -> usize {
        let rows = self.rows_of_thing(thing);
        rows.len() + usize::from(rows.start >= self.first_tie)
    }

    /// Where a thing would come if types came by name, and not in the strategy's order.
    pub(super) fn order_of(&self, thing: u32) -> u32 {
        let at = self.types.partition_point(|(_, of)| of.end <= thing);
        self.type_orders[at] + (thing - self.types[at].1.start)
    }

    fn rows_of_thing(&self, thing: u32) -> Range<usize> {
        let at = thing as usize;
        self.thing_starts[at] as usize..self.thing_starts[at + 1] as usize
    }

    /// A merchant's own rows.
    pub(super) fn own_rows(
        &self,
        merchants: impl IntoIterator<Item = u32>,
    ) -> Result<Vec<LinkRow<'static>>, ExploreError> {
        let rows = merchants.into_iter().flat_map(|merchant| {
            let at = self.row_starts[merchant as usize]..self.row_starts[merchant as usize + 1];
            &self.rows[at.start as usize..at.end as usize]
        });
        self.read_rows(rows.map(|&row| row as usize).collect())
    }

    /// Everybody's rows of what these merchants use.
    pub(super) fn rows_around(
        &self,
        merchants: impl IntoIterator<Item = u32>,
    ) -> Result<Vec<LinkRow<'static>>, ExploreError> {
        let things: BTreeSet<u32> = merchants
            .into_iter()
            .flat_map(|merchant| self.things_of(merchant))
            .collect();
        self.rows_of_things(things)
    }

    /// All rows of some things.
    pub(super) fn rows_of_things(
        &self,
        things: impl IntoIterator<Item = u32>,
    ) -> Result<Vec<LinkRow<'static>>, ExploreError> {
        let rows = things
            .into_iter()
            .flat_map(|thing| self.rows_of_thing(thing));
        self.read_rows(rows.collect())
    }

    /// Rows by their numbers, in the order of the file, each once. Rows that stand together are read
    /// together.
    fn read_rows(&self, rows: BTreeSet<usize>) -> Result<Vec<LinkRow<'static>>, ExploreError> {
        let mut found = Vec::with_capacity(rows.len());
        let mut run: Option<Range<usize>> = None;
        for row in rows {
            match &mut run {
                Some(run) if run.end == row => run.end += 1,
                _ => {
                    if let Some(run) = run.replace(row..row + 1) {
                        found.extend(self.table.rows(run)?);
                    }
                }
            }
        }
        if let Some(run) = run {
            found.extend(self.table.rows(run)?);
        }
        Ok(found)
    }

    /// The thing that is an entity. Entities of a type come in ascending order.
    pub(super) fn entity(
        &self,
        entity_type: &str,
        entity: &str,
    ) -> Result<Option<u32>, ExploreError> {
        let Some((_, things)) = self.types.iter().find(|(name, _)| name == entity_type) else {
            return Ok(None);
        };
        let (mut low, mut high) = (things.start, things.end);
        while low < high {
            let middle = u32::midpoint(low, high);
            let row = self.table.row(self.rows_of_thing(middle).start)?;
            match row.entity.as_ref().cmp(entity) {
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
                std::cmp::Ordering::Equal => return Ok(Some(middle)),
            }
        }
        Ok(None)
    }
}

/// The index while the file is read: merchants in the order in which they appear.
#[derive(Default)]
struct Draft {
    numbers: FxHashMap<Box<str>, u32>,
    merchant_of_row: Vec<u32>,
    thing_of_row: Vec<u32>,
    thing_starts: Vec<u32>,
    first_tie: Option<usize>,
    tie_other: Vec<u32>,
    types: Vec<(String, Range<u32>)>,
    entity: String,
}

impl Draft {
    fn push(&mut self, entity_type: &str, entity: &str, merchant: &str) -> Result<(), usize> {
        let row = self.merchant_of_row.len();
        let is_tie = entity_type == RELATION;
        let same_type = self
            .types
            .last()
            .is_some_and(|(name, _)| name == entity_type);
        if same_type && !is_tie && entity < self.entity.as_str() {
            return Err(1);
        }
        if !same_type {
            // A type's things stand together, direct ties last.
            if self.first_tie.is_some() || self.types.iter().any(|(name, _)| name == entity_type) {
                return Err(0);
            }
            let at = narrow_u32(self.thing_starts.len());
            self.types.push((entity_type.to_owned(), at..at));
        }
        if is_tie {
            self.first_tie.get_or_insert(row);
        }
        if is_tie || !same_type || entity != self.entity {
            self.thing_starts.push(narrow_u32(row));
            entity.clone_into(&mut self.entity);
            let (_, things) = self.types.last_mut().expect("the type was just seen");
            things.end += 1;
        }
        let merchant = self.number(merchant);
        self.merchant_of_row.push(merchant);
        self.thing_of_row
            .push(narrow_u32(self.thing_starts.len() - 1));
        if is_tie {
            let other = self.number(entity);
            self.tie_other.push(other);
        }
        Ok(())
    }

    fn number(&mut self, merchant: &str) -> u32 {
        if let Some(&number) = self.numbers.get(merchant) {
            return number;
        }
        let number = narrow_u32(self.numbers.len());
        self.numbers.insert(merchant.into(), number);
        number
    }

    fn finish(mut self, table: IndexedTable<LinkRow<'static>>) -> LinkIndex {
        let mut by_id: Vec<(Box<str>, u32)> =
            std::mem::take(&mut self.numbers).into_iter().collect();
        by_id.sort_unstable();
        let mut final_number = vec![0; by_id.len()];
        for (number, (_, draft)) in (0..).zip(&by_id) {
            final_number[*draft as usize] = number;
        }
        let renumber = |numbers: &mut Vec<u32>| {
            for number in numbers.iter_mut() {
                *number = final_number[*number as usize];
            }
            numbers.shrink_to_fit();
        };
        renumber(&mut self.merchant_of_row);
        renumber(&mut self.tie_other);
        let first_tie = self.first_tie.unwrap_or(self.merchant_of_row.len());
        let (row_starts, rows) = rows_by_merchant(
            by_id.len(),
            &self.merchant_of_row,
            first_tie,
            &self.tie_other,
        );
        self.thing_starts
            .push(narrow_u32(self.merchant_of_row.len()));
        LinkIndex {
            table,
            merchants: by_id.iter().map(|(id, _)| id.as_ref()).collect(),
            merchant_of_row: self.merchant_of_row,
            thing_of_row: self.thing_of_row,
            thing_starts: self.thing_starts,
            first_tie,
            tie_other: self.tie_other,
            row_starts,
            rows,
            type_orders: starts_by_name(&self.types),
            types: self.types,
        }
    }
}

/// Where the things of each type would start if types came by name.
fn starts_by_name(types: &[(String, Range<u32>)]) -> Vec<u32> {
    let mut by_name: Vec<usize> = (0..types.len()).collect();
    by_name.sort_unstable_by_key(|&at| types[at].0.as_str());
    let (mut starts, mut start) = (vec![0; types.len()], 0);
    for at in by_name {
        starts[at] = start;
        start += types[at].1.end - types[at].1.start;
    }
    starts
}

/// The rows of each merchant, ascending; a direct tie is a row of both its ends.
fn rows_by_merchant(
    n_merchants: usize,
    merchant_of_row: &[u32],
    first_tie: usize,
    tie_other: &[u32],
) -> (Vec<u32>, Vec<u32>) {
    let own = (0..)
        .zip(merchant_of_row)
        .map(|(row, &merchant)| (row, merchant));
    let other = (narrow_u32(first_tie)..)
        .zip(tie_other)
        .map(|(row, &merchant)| (row, merchant));
    let mut starts = vec![0_u32; n_merchants + 1];
    for (_, merchant) in own.clone().chain(other.clone()) {
        starts[merchant as usize + 1] += 1;
    }
    for at in 1..starts.len() {
        starts[at] += starts[at - 1];
    }
    let mut next = starts.clone();
    let mut rows = vec![0; merchant_of_row.len() + tie_other.len()];
    for (row, merchant) in own.chain(other) {
        let slot = &mut next[merchant as usize];
        rows[*slot as usize] = row;
        *slot += 1;
    }
    (starts, rows)
}
