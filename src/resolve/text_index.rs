//! Where a text stands in a column whose rows are unique.

use std::hash::BuildHasher;
use std::hint::black_box;
use std::ops::Range;

use rustc_hash::FxBuildHasher;

use crate::model::TextColumn;

/// No row.
const NONE: u32 = u32::MAX;

/// From texts to their rows, by hash with linear probing; a found row is compared as text.
///
/// `slots` is a power of two long and at most half full. A slot is the upper half of a text's hash and
/// its row: most slots that hold another text are passed without a look at it. Memory: 16 to 32 bytes a row.
#[derive(Debug)]
pub(super) struct TextIndex {
    slots: Vec<(u32, u32)>,
}

impl TextIndex {
    /// Indexes a column.
    pub(super) fn new(column: &TextColumn) -> Self {
        let n_slots = (2 * column.len()).max(2).next_power_of_two();
        let mut slots = vec![(0, NONE); n_slots];
        for (text, row) in column.iter().zip(0..) {
            let (mut at, tag) = place(text, n_slots);
            while slots[at].1 != NONE {
                at = (at + 1) & (n_slots - 1);
            }
            slots[at] = (tag, row);
        }
        Self { slots }
    }

    /// The row of a text in the column that was indexed.
    #[inline]
    pub(super) fn find(&self, column: &TextColumn, text: &str) -> Option<u32> {
        let n_slots = self.slots.len();
        let (mut at, tag) = place(text, n_slots);
        loop {
            let (known_tag, row) = self.slots[at];
            if row == NONE {
                return None;
            }
            if known_tag == tag && column.get(row as usize) == text {
                return Some(row);
            }
            at = (at + 1) & (n_slots - 1);
        }
    }
}

/// Texts looked up side by side, so that their waits for memory overlap.
const BATCH: usize = 32;

impl TextIndex {
    /// Appends to `found` what [`TextIndex::find`] gives for each of the rows of `texts`, `absent` for none.
    pub(super) fn find_rows(
        &self,
        column: &TextColumn,
        texts: &TextColumn,
        rows: Range<usize>,
        absent: u32,
        found: &mut Vec<u32>,
    ) {
        let n_slots = self.slots.len();
        let mut candidates = [(0, 0, NONE); BATCH];
        for start in rows.clone().step_by(BATCH) {
            let batch = start..rows.end.min(start + BATCH);
            for (candidate, row) in candidates.iter_mut().zip(batch.clone()) {
                let (at, tag) = place(texts.get(row), n_slots);
                *candidate = (at, tag, NONE);
            }
            for (at, tag, row) in &mut candidates[..batch.len()] {
                *row = self.tagged(*at, *tag);
            }
            let known = candidates.map(|(_, _, row)| column.get(row as usize));
            black_box(known.map(|text| text.as_bytes().last().copied()));
            for ((known, (_, _, row)), at) in known.iter().zip(&candidates).zip(batch) {
                let text = texts.get(at);
                found.push(if *row == NONE {
                    absent
                } else if *known == text {
                    *row
                } else {
                    self.find(column, text).unwrap_or(absent)
                });
            }
        }
    }

    /// The first row with a tag from a slot on; [`NONE`] where an empty slot comes first.
    #[inline]
    fn tagged(&self, mut at: usize, tag: u32) -> u32 {
        loop {
            let (known_tag, row) = self.slots[at];
            if known_tag == tag || row == NONE {
                return row;
            }
            at = (at + 1) & (self.slots.len() - 1);
        }
    }
}

/// The first slot of a text, and its tag.
fn place(text: &str, n_slots: usize) -> (usize, u32) {
    let hash = FxBuildHasher.hash_one(text);
    let (low, high) = halves(hash);
    (low as usize & (n_slots - 1), high)
}

/// The lower and the upper half.
fn halves(hash: u64) -> (u32, u32) {
    let half = |bits: u64| u32::try_from(bits & u64::from(u32::MAX)).expect("32 bits fit");
    (half(hash), half(hash >> 32))
}

#[cfg(test)]
mod tests {
    use super::TextIndex;
    use crate::model::TextColumn;

    #[test]
    fn every_row_is_found_and_nothing_else() {
        let column: TextColumn = (0..1000).map(|row| format!("m{row}")).collect();
        let index = TextIndex::new(&column);
        for row in 0..1000 {
            assert_eq!(index.find(&column, &format!("m{row}")), Some(row));
        }
        assert_eq!(index.find(&column, "m1000"), None);
        assert_eq!(index.find(&column, ""), None);
        let asked: TextColumn = (0..2000).rev().map(|row| format!("m{row}")).collect();
        let mut found = Vec::new();
        index.find_rows(&column, &asked, 7..1993, u32::MAX, &mut found);
        let expected = (7..1993).map(|at| 1999 - at);
        let expected = expected.map(|row| if row < 1000 { row } else { u32::MAX });
        assert_eq!(found, expected.collect::<Vec<_>>());
        let empty = TextColumn::default();
        assert_eq!(TextIndex::new(&empty).find(&empty, "m1"), None);
    }
}
