//! The keys of a link table's rows, hashed: what a key says is spelled again only where it is shared.

use std::hash::{BuildHasher, Hash};
use std::sync::atomic::{AtomicU64, Ordering};

use rayon::prelude::*;
use rustc_hash::{FxBuildHasher, FxHashMap};

use super::links::Merchants;
use super::normalize::{Place, normalize, write_plain_key};
use super::placeholders::PlaceholderList;
use crate::ingest::LinkTable;
use crate::model::{EntityTypeIdx, MerchantIdx, narrow_u32};
use crate::strategy::Normalizer;

/// Rows handed to one task; only a grain of work, results don't depend on it.
const ROWS_PER_TASK: usize = 16_384;

/// What the rows of a link table have for keys.
pub(super) trait RowKeys: Sync {
    /// Keys that are costly to make, kept from row to row.
    type Memo: Default;

    /// The table.
    fn table(&self) -> &LinkTable;

    /// Who uses the value of a row.
    fn merchant(&self, row: u32) -> MerchantIdx;

    /// Writes the key of a row; `false` when it has none.
    fn write_key(&self, row: u32, memo: &mut Self::Memo, key: &mut String) -> bool;

    /// The hash of a row's key, by `is_placeholder` with what it stands for; `None` when it has none.
    /// `key` is memory to write in.
    fn hash_key(
        &self,
        row: u32,
        memo: &mut Self::Memo,
        key: &mut String,
        is_placeholder: impl Fn(&str) -> bool,
    ) -> Option<KeyHash> {
        key.clear();
        let has_key = self.write_key(row, memo, key);
        has_key.then(|| KeyHash::new(key.as_str(), is_placeholder(key)))
    }

    /// Whether two rows are seen to have one key without spelling it.
    fn is_same(&self, one: u32, other: u32) -> bool;

    /// Whether the row's raw text is a spelling of the key, and not of a part of it.
    fn is_whole(&self, row: u32) -> bool;
}

/// The hash of a key; its lowest bit says whether the key is a placeholder.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct KeyHash(u64);

impl KeyHash {
    pub(super) fn new(key: impl Hash, is_placeholder: bool) -> Self {
        Self(FxBuildHasher.hash_one(key) & !1 | u64::from(is_placeholder))
    }

    /// Of a longer key that begins with this one, and stands for as much.
    pub(super) fn extended(self, rest: &str) -> Self {
        Self::new((self, rest), self.is_placeholder())
    }

    pub(super) fn is_placeholder(self) -> bool {
        self.0 & 1 == 1
    }
}

/// A row with the hash of its key, ordered by hash, then merchant, then row.
///
/// In one number, so that sorting compares without branches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct KeyedRow(u128);

impl KeyedRow {
    /// A row without a key, behind all that have one: no merchant has the largest number.
    const NONE: Self = Self(u128::MAX);

    fn new(hash: KeyHash, merchant: MerchantIdx, row: u32) -> Self {
        Self(u128::from(hash.0) << 64 | u128::from(merchant.0) << 32 | u128::from(row))
    }

    pub(super) fn has_hash_of(self, other: Self) -> bool {
        self.0 >> 64 == other.0 >> 64
    }

    pub(super) fn is_placeholder(self) -> bool {
        self.0 >> 64 & 1 == 1
    }

    pub(super) fn merchant(self) -> MerchantIdx {
        MerchantIdx(self.word(4))
    }

    pub(super) fn row(self) -> u32 {
        self.word(0)
    }

    /// The 32 bits from a byte on.
    fn word(self, start: usize) -> u32 {
        let bytes = self.0.to_le_bytes();
        u32::from_le_bytes([
            bytes[start],
            bytes[start + 1],
            bytes[start + 2],
            bytes[start + 3],
        ])
    }
}

/// The rows of a table that have keys.
pub(super) struct KeyedRows {
    /// Sorted, so that rows with one key stand together.
    pub(super) sorted: Vec<KeyedRow>,
    /// The merchants of rows whose key no other row has. Most rows are such, and need no sorting.
    pub(super) single: Vec<Vec<MerchantIdx>>,
}

/// Finds the keys of all rows; a row whose key stands for nothing is never single.
pub(super) fn keyed_rows<K: RowKeys>(
    keys: &K,
    entity_type: EntityTypeIdx,
    placeholders: &PlaceholderList,
) -> KeyedRows {
    let is_placeholder = |key: &str| placeholders.contains(entity_type, key);
    let n_rows = keys.table().value.len();
    let mut keyed = vec![KeyedRow::NONE; n_rows];
    keyed
        .par_chunks_mut(ROWS_PER_TASK)
        .enumerate()
        .for_each(|(task, slots)| {
            let mut memo = K::Memo::default();
            let mut key = String::new();
            for (slot, row) in slots.iter_mut().zip(narrow_u32(task * ROWS_PER_TASK)..) {
                if let Some(hash) = keys.hash_key(row, &mut memo, &mut key, is_placeholder) {
                    *slot = KeyedRow::new(hash, keys.merchant(row), row);
                }
            }
        });
    let sightings = Sightings::of(&keyed);
    let (sorted, single): (Vec<Vec<KeyedRow>>, Vec<Vec<MerchantIdx>>) = keyed
        .par_chunks(ROWS_PER_TASK)
        .map(|rows| {
            let (mut others, mut single) = (Vec::new(), Vec::new());
            for row in rows.iter().filter(|row| **row != KeyedRow::NONE) {
                if row.is_placeholder() || sightings.may_be_several(*row) {
                    others.push(*row);
                } else {
                    single.push(row.merchant());
                }
            }
            (others, single)
        })
        .unzip();
    drop(keyed);
    let mut sorted = sorted.concat();
    sorted.par_sort_unstable();
    KeyedRows { sorted, single }
}

/// Which hashes were seen once, and which more often: two bits for each of many classes of hashes. Several
/// that fall into one class are taken for one that was seen more often.
///
/// Memory: 2 to 4 bytes a row.
struct Sightings {
    once: Vec<AtomicU64>,
    again: Vec<AtomicU64>,
}

/// Classes a row at least: then at most one in eight single rows is not seen to be one.
const CLASSES_PER_ROW: usize = 8;

impl Sightings {
    /// The order in which threads come to the rows decides nothing: of two rows of a class one is second.
    fn of(keyed: &[KeyedRow]) -> Self {
        let n_words = (CLASSES_PER_ROW * keyed.len())
            .div_ceil(64)
            .next_power_of_two();
        let zeros = || (0..n_words).map(|_| AtomicU64::new(0)).collect();
        let sightings = Self {
            once: zeros(),
            again: zeros(),
        };
        keyed.par_chunks(ROWS_PER_TASK).for_each(|rows| {
            for row in rows.iter().filter(|row| **row != KeyedRow::NONE) {
                let (word, bit) = sightings.class(*row);
                if sightings.once[word].fetch_or(bit, Ordering::Relaxed) & bit != 0 {
                    sightings.again[word].fetch_or(bit, Ordering::Relaxed);
                }
            }
        });
        sightings
    }

    fn may_be_several(&self, row: KeyedRow) -> bool {
        let (word, bit) = self.class(row);
        self.again[word].load(Ordering::Relaxed) & bit != 0
    }

    /// Word and bit of the class of a row's hash.
    fn class(&self, row: KeyedRow) -> (usize, u64) {
        let mixed = FxBuildHasher.hash_one(row.word(8));
        let word = row.word(12) as usize & (self.once.len() - 1);
        (word, 1 << (mixed >> 58))
    }
}

/// Values whose keys are made on demand.
#[derive(Debug)]
pub(super) struct RawValues<'a> {
    table: &'a LinkTable,
    /// One a row.
    merchant: &'a [MerchantIdx],
    merchants: &'a Merchants,
    normalizer: Normalizer,
}

impl<'a> RawValues<'a> {
    pub(super) fn normalizer(&self) -> Normalizer {
        self.normalizer
    }

    pub(super) fn new(
        table: &'a LinkTable,
        merchant: &'a [MerchantIdx],
        merchants: &'a Merchants,
        normalizer: Normalizer,
    ) -> Self {
        Self {
            table,
            merchant,
            merchants,
            normalizer,
        }
    }

    fn raw(&self, row: u32) -> &'a str {
        self.table.value.get(row as usize)
    }

    /// The merchant's country, where a value is read by it.
    fn country(&self, row: u32) -> &'a str {
        match self.normalizer {
            Normalizer::Phone => self.merchants.country.get(self.merchant(row).index()),
            _ => "",
        }
    }
}

impl<'a> RowKeys for RawValues<'a> {
    /// By raw text and country.
    type Memo = FxHashMap<(&'a str, &'a str), Option<String>>;

    fn table(&self) -> &LinkTable {
        self.table
    }

    fn merchant(&self, row: u32) -> MerchantIdx {
        self.merchant[row as usize]
    }

    fn write_key(&self, row: u32, memo: &mut Self::Memo, key: &mut String) -> bool {
        let raw = self.raw(row);
        if write_plain_key(self.normalizer, raw, key) {
            return true;
        }
        if raw.trim().is_empty() {
            return false;
        }
        let country = self.country(row);
        let found = memo.entry((raw, country)).or_insert_with(|| {
            let place = Place {
                country,
                ..Place::default()
            };
            normalize(self.normalizer, raw, &place)
        });
        key.clear();
        key.push_str(found.as_deref().unwrap_or_default());
        found.is_some()
    }

    fn is_same(&self, one: u32, other: u32) -> bool {
        self.raw(one) == self.raw(other) && self.country(one) == self.country(other)
    }

    fn is_whole(&self, _row: u32) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::{KeyHash, KeyedRow};
    use crate::model::MerchantIdx;

    #[test]
    fn a_keyed_row_orders_by_key_merchant_and_row_and_gives_them_back() {
        let row = |key: &str, merchant, row| {
            KeyedRow::new(KeyHash::new(key, false), MerchantIdx(merchant), row)
        };
        let keyed = row("k", 7, u32::MAX - 1);
        assert_eq!(
            (keyed.merchant(), keyed.row()),
            (MerchantIdx(7), u32::MAX - 1)
        );
        assert!(row("k", 6, 9) < row("k", 7, 0) && row("k", 7, 0) < row("k", 7, 1));
        assert!(row("k", 6, 9).has_hash_of(keyed) && !row("l", 7, 1).has_hash_of(keyed));
        let placeholder = KeyedRow::new(KeyHash::new("k", true), MerchantIdx(7), 1);
        assert!(placeholder.is_placeholder() && !keyed.is_placeholder());
        assert!(!placeholder.has_hash_of(keyed) && placeholder < KeyedRow::NONE);
    }
}
