//! All merchants, listed or only linked to, in the order of their ids.

use std::hint::black_box;

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::allowlist::Allowlist;
use super::links::Merchants;
use super::text_index::TextIndex;
use crate::ingest::{Label, MerchantTable, RelationTable, Signal, Tables};
use crate::model::{MerchantIdx, OwnerIdx, TextColumn, Timestamp, narrow_u32};

/// No merchant, or no row.
const NONE: u32 = u32::MAX;

/// Rows handed to one task; only a grain of work, results don't depend on it.
const ROWS_PER_TASK: usize = 16_384;

/// Rows whose texts are touched before the first is copied, so that the waits for memory overlap.
const ROWS_AT_ONCE: usize = 32;

/// Bytes of a text that are compared as one number before the text itself is looked at.
const PREFIX_BYTES: usize = 16;

/// From merchant ids to dense ids.
#[derive(Debug)]
pub(super) struct MerchantIndex {
    /// All ids, sorted, unique, none empty.
    ids: TextColumn,
    index: TextIndex,
    /// For each merchant its row in `merchants`, or [`NONE`].
    row_of: Vec<u32>,
    /// For each link table the merchant of each row.
    linked: Vec<Vec<MerchantIdx>>,
}

impl MerchantIndex {
    /// Indexes the merchants of all tables, and lets go of the ids of each link table. Cost: O(n log n) in
    /// the listed merchants, O(1) a link row.
    pub(super) fn new(tables: &mut Tables) -> Self {
        let given = &tables.merchants.merchant_id;
        let mut row_of = sorted_rows(given);
        let mut ids = gather(given, &row_of);
        let mut index = TextIndex::new(&ids);
        let mut linked: Vec<Vec<u32>> = Vec::with_capacity(tables.links.len());
        let mut absent: Vec<Absent> = Vec::with_capacity(tables.links.len());
        for table in &mut tables.links {
            let asked = std::mem::take(&mut table.merchant_id);
            let found = find_all(&index, &ids, &asked);
            absent.push(Absent::new(&found, &asked));
            linked.push(found);
        }
        let unlisted = unlisted(&absent, &tables.relations, &index, &ids);
        if !unlisted.is_empty() {
            let moved = merge(&mut ids, &mut row_of, &unlisted);
            index = TextIndex::new(&ids);
            for (linked, absent) in linked.iter_mut().zip(&absent) {
                let listed = linked.par_iter_mut().filter(|row| **row != NONE);
                listed.for_each(|merchant| *merchant = moved[*merchant as usize]);
                for (row, merchant) in absent.rows.iter().zip(absent.find(&index, &ids)) {
                    linked[*row as usize] = merchant;
                }
            }
        }
        let linked = linked.into_iter();
        Self {
            linked: linked
                .map(|rows| rows.into_iter().map(MerchantIdx).collect())
                .collect(),
            ids,
            index,
            row_of,
        }
    }

    /// The dense id of a merchant; `None` for the empty id only, where it comes from a table.
    pub(super) fn get(&self, id: &str) -> Option<MerchantIdx> {
        self.index.find(&self.ids, id).map(MerchantIdx)
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.ids.len()
    }

    /// The merchant of each row, one list a link table, handed out once.
    pub(super) fn take_linked(&mut self) -> Vec<Vec<MerchantIdx>> {
        std::mem::take(&mut self.linked)
    }
}

/// The rows of a column in the order of their texts, empty ones left out; of equal texts the last row.
fn sorted_rows(column: &TextColumn) -> Vec<u32> {
    let mut rows: Vec<(u128, u32)> = (0..column.len())
        .into_par_iter()
        .filter(|row| !column.get(*row).is_empty())
        .map(|row| (prefix(column.get(row)), narrow_u32(row)))
        .collect();
    let text = |row: u32| column.get(row as usize);
    rows.par_sort_unstable_by(|one, other| {
        (one.0.cmp(&other.0))
            .then_with(|| text(one.1).cmp(text(other.1)))
            .then(other.1.cmp(&one.1))
    });
    rows.dedup_by(|next, kept| next.0 == kept.0 && text(next.1) == text(kept.1));
    rows.into_iter().map(|(_, row)| row).collect()
}

/// The first bytes of a text as a number that orders as they do; zero for no text.
pub(super) fn prefix(text: &str) -> u128 {
    let mut bytes = [0; PREFIX_BYTES];
    for (slot, byte) in bytes.iter_mut().zip(text.bytes()) {
        *slot = byte;
    }
    u128::from_be_bytes(bytes)
}

/// The rows of a column that are asked for; [`NONE`] is a null.
fn gather(column: &TextColumn, rows: &[u32]) -> TextColumn {
    if column.is_empty() {
        return rows.iter().map(|_| "").collect();
    }
    // In pieces: the rows are all over the column, and to wait for memory is most of the work.
    let pieces: Vec<TextColumn> = rows
        .par_chunks(ROWS_PER_TASK)
        .map(|rows| gather_piece(column, rows))
        .collect();
    let bytes = pieces.iter().map(TextColumn::text_bytes).sum();
    let mut gathered = TextColumn::with_capacity(rows.len(), bytes);
    for piece in pieces {
        gathered.append(&piece);
    }
    gathered
}

fn gather_piece(column: &TextColumn, rows: &[u32]) -> TextColumn {
    let mut gathered = TextColumn::with_capacity(rows.len(), 0);
    let mut texts = [""; ROWS_AT_ONCE];
    for rows in rows.chunks(ROWS_AT_ONCE) {
        for (text, row) in texts.iter_mut().zip(rows) {
            *text = column.get(*row as usize);
        }
        black_box(texts.map(|text| text.as_bytes().last().copied()));
        for text in &texts[..rows.len()] {
            gathered.push(text);
        }
    }
    gathered
}

fn find_all(index: &TextIndex, ids: &TextColumn, column: &TextColumn) -> Vec<u32> {
    (0..column.len().div_ceil(ROWS_PER_TASK))
        .into_par_iter()
        .flat_map_iter(|task| {
            let start = task * ROWS_PER_TASK;
            let rows = start..column.len().min(start + ROWS_PER_TASK);
            let mut found = Vec::with_capacity(rows.len());
            index.find_rows(ids, column, rows, NONE, &mut found);
            found
        })
        .collect()
}

/// The rows of a link table whose merchants are not listed.
#[derive(Debug)]
struct Absent {
    rows: Vec<u32>,
    ids: TextColumn,
}

impl Absent {
    fn new(found: &[u32], asked: &TextColumn) -> Self {
        let rows = found.par_iter().zip(0..narrow_u32(found.len()));
        let rows: Vec<u32> = rows
            .filter(|(merchant, _)| **merchant == NONE)
            .map(|(_, row)| row)
            .collect();
        Self {
            ids: gather(asked, &rows),
            rows,
        }
    }

    /// Where their merchants stand in an index that has them all.
    fn find(&self, index: &TextIndex, ids: &TextColumn) -> Vec<u32> {
        let rows = (0..self.rows.len()).into_par_iter();
        rows.map(|row| {
            let found = index.find(ids, self.ids.get(row));
            found.expect("the index holds every linked merchant")
        })
        .collect()
    }
}

/// The ids that `merchants` does not list, sorted, unique, none empty.
fn unlisted<'a>(
    absent: &'a [Absent],
    relations: &'a RelationTable,
    index: &TextIndex,
    ids: &TextColumn,
) -> Vec<&'a str> {
    let mut unlisted: Vec<&str> = absent.iter().flat_map(|table| table.ids.iter()).collect();
    for column in [&relations.merchant_id, &relations.other_merchant_id] {
        unlisted.par_extend(
            (0..column.len())
                .into_par_iter()
                .map(|row| column.get(row))
                .filter(|id| index.find(ids, id).is_none()),
        );
    }
    unlisted.par_sort_unstable();
    unlisted.dedup();
    unlisted.retain(|id| !id.is_empty());
    unlisted
}

/// Merges unlisted merchants into the listed ones; returns the new position of each listed one.
fn merge(ids: &mut TextColumn, row_of: &mut Vec<u32>, unlisted: &[&str]) -> Vec<u32> {
    let n_merchants = ids.len() + unlisted.len();
    let bytes = unlisted.iter().map(|id| id.len()).sum::<usize>() + ids.text_bytes();
    let mut merged = TextColumn::with_capacity(n_merchants, bytes);
    let mut merged_rows = Vec::with_capacity(n_merchants);
    let mut moved = Vec::with_capacity(ids.len());
    let mut rest = unlisted.iter().peekable();
    for (id, &row) in ids.iter().zip(&*row_of) {
        while let Some(unlisted) = rest.next_if(|unlisted| **unlisted < id) {
            merged.push(unlisted);
            merged_rows.push(NONE);
        }
        moved.push(narrow_u32(merged.len()));
        merged.push(id);
        merged_rows.push(row);
    }
    for unlisted in rest {
        merged.push(unlisted);
        merged_rows.push(NONE);
    }
    *ids = merged;
    *row_of = merged_rows;
    moved
}

/// The merchants' own columns; the `private_` ones are all zero. Each given column is let go as soon as it
/// is in the merchants' order.
pub(super) fn merchants(
    mut given: MerchantTable,
    labels: Vec<Option<Label>>,
    index: MerchantIndex,
    allowlist: &Allowlist,
) -> Merchants {
    let row_of = &index.row_of;
    let n_merchants = index.len();
    given.merchant_id = TextColumn::default();
    let texts = [given.name, given.category, given.city, given.country];
    let texts: Vec<TextColumn> = texts
        .into_par_iter()
        .map(|column| gather(&column, row_of))
        .collect();
    let [name, category, city, country] =
        <[TextColumn; 4]>::try_from(texts).expect("four columns stay four");
    let (owner_id, owner) = owners(&given.owner_id, row_of);
    let allowed = (0..n_merchants)
        .map(|merchant| {
            let owner = owner[merchant].map(|owner| owner_id.get(owner.index()));
            allowlist.allows_merchant(index.ids.get(merchant), owner)
        })
        .collect();
    Merchants {
        id: index.ids,
        name,
        category,
        city,
        country,
        registered_at: column(row_of, &given.registered_at, None),
        status: column(row_of, &given.status, crate::ingest::Status::default()),
        owner,
        owner_id,
        gmv_30d: column(row_of, &given.gmv_30d, None)
            .into_iter()
            .map(Option::unwrap_or_default)
            .collect(),
        signals: given
            .signals
            .into_iter()
            .map(|signal| Signal {
                values: column(row_of, &signal.values, f64::NAN),
                name: signal.name,
            })
            .collect(),
        label: labels,
        listed: row_of.iter().map(|row| *row != NONE).collect(),
        allowed,
        private_values: vec![0; n_merchants],
        private_accounts: vec![0; n_merchants],
        private_devices: vec![0; n_merchants],
    }
}

fn column<T: Copy + Send + Sync>(row_of: &[u32], given: &[T], null: T) -> Vec<T> {
    row_of
        .par_iter()
        .map(|row| given.get(*row as usize).copied().unwrap_or(null))
        .collect()
}

fn owners(given: &TextColumn, row_of: &[u32]) -> (TextColumn, Vec<Option<OwnerIdx>>) {
    if given.is_empty() {
        return (TextColumn::default(), vec![None; row_of.len()]);
    }
    let owner_of = |row: &u32| {
        let owner = given.get(*row as usize).trim();
        (!owner.is_empty()).then_some(owner)
    };
    let mut sorted: Vec<&str> = row_of.iter().filter_map(owner_of).collect();
    sorted.par_sort_unstable();
    sorted.dedup();
    let dense: FxHashMap<&str, OwnerIdx> = sorted
        .iter()
        .enumerate()
        .map(|(index, owner)| (*owner, OwnerIdx(narrow_u32(index))))
        .collect();
    let owner = row_of
        .iter()
        .map(|row| owner_of(row).map(|owner| dense[owner]))
        .collect();
    (sorted.into_iter().collect(), owner)
}

/// The newest verdict of each merchant; a dated one beats an undated one, fraud wins a tie.
pub(super) fn labels(tables: &Tables, index: &MerchantIndex) -> Vec<Option<Label>> {
    let mut newest: Vec<Option<(Option<Timestamp>, bool)>> = vec![None; index.len()];
    for row in &tables.labels {
        if let Some(merchant) = index.get(&row.merchant_id) {
            let verdict = (row.decided_at, row.label == Label::Fraud);
            let known = &mut newest[merchant.index()];
            *known = (*known).max(Some(verdict));
        }
    }
    newest
        .into_iter()
        .map(|verdict| {
            verdict.map(|(_, is_fraud)| if is_fraud { Label::Fraud } else { Label::Legit })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{gather, merge, sorted_rows};
    use crate::model::TextColumn;

    #[test]
    fn rows_are_sorted_by_text_beyond_the_prefix_and_empty_ones_left_out() {
        let texts = ["0123456789abcdefz", "", "b", "0123456789abcdef", "a", "b"];
        let column: TextColumn = texts.into_iter().collect();
        let rows = sorted_rows(&column);
        assert_eq!(rows, [3, 0, 4, 5]);
        let sorted = gather(&column, &rows);
        assert!(sorted.iter().is_sorted());
    }

    #[test]
    fn unlisted_merchants_find_their_places_among_the_listed() {
        let mut ids: TextColumn = ["b", "d"].into_iter().collect();
        let mut row_of = vec![7, 3];
        let moved = merge(&mut ids, &mut row_of, &["a", "c", "e"]);
        assert_eq!(ids.iter().collect::<Vec<_>>(), ["a", "b", "c", "d", "e"]);
        assert_eq!(moved, [1, 3]);
        assert_eq!(row_of, [u32::MAX, 7, u32::MAX, 3, u32::MAX]);
    }
}
