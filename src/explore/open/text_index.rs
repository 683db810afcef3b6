//! Texts found by their whole, or by any part of them.

use memchr::memmem::Finder;
use rayon::prelude::*;

use crate::model::{TextColumn, narrow_u32};

/// A column of texts with its rows in ascending order. Memory: 4 bytes a row beside the texts.
#[derive(Debug, Default)]
pub(super) struct TextIndex {
    texts: TextColumn,
    sorted: Vec<u32>,
}

impl TextIndex {
    pub(super) fn new(texts: TextColumn) -> Self {
        let mut sorted: Vec<u32> = (0..narrow_u32(texts.len())).collect();
        sorted.par_sort_unstable_by_key(|&row| (texts.get(row as usize), row));
        Self { texts, sorted }
    }

    pub(super) fn get(&self, row: usize) -> &str {
        self.texts.get(row)
    }

    pub(super) fn texts(&self) -> &TextColumn {
        &self.texts
    }

    /// Rows in the order of their texts.
    pub(super) fn sorted(&self) -> &[u32] {
        &self.sorted
    }

    /// The first row that is this text.
    pub(super) fn find(&self, text: &str) -> Option<usize> {
        self.rows(text).first().map(|&row| row as usize)
    }

    /// The rows that are this text, ascending.
    pub(super) fn rows(&self, text: &str) -> &[u32] {
        let at = |row: &u32| self.texts.get(*row as usize);
        let start = self.sorted.partition_point(|row| at(row) < text);
        let length = self.sorted[start..].partition_point(|row| at(row) == text);
        &self.sorted[start..start + length]
    }

    /// The rows that begin with this text, in the order of their texts.
    pub(super) fn beginning(&self, prefix: &str) -> &[u32] {
        let at = |row: &u32| self.texts.get(*row as usize);
        let start = self.sorted.partition_point(|row| at(row) < prefix);
        let length = self.sorted[start..].partition_point(|row| at(row).starts_with(prefix));
        &self.sorted[start..start + length]
    }
}

/// Texts in which parts are found whatever their case: one long lower-case text, searched from end to
/// end. Ten megabytes take some milliseconds.
#[derive(Debug, Default)]
pub(super) struct PartIndex {
    text: String,
    /// Where each row ends.
    ends: Vec<usize>,
}

/// Between the texts of a row, and behind it: nobody searches for it.
const BETWEEN: char = '\0';

impl PartIndex {
    /// Appends a row of several texts.
    pub(super) fn push(&mut self, texts: &[&str]) {
        for text in texts {
            push_lower_case(&mut self.text, text);
            self.text.push(BETWEEN);
        }
        self.ends.push(self.text.len());
    }

    /// The rows that hold a text, ascending, each once.
    pub(super) fn holding(&self, part: &str) -> Vec<u32> {
        let part = part.to_lowercase();
        let mut rows = Vec::new();
        if part.is_empty() || part.contains(BETWEEN) {
            return rows;
        }
        let finder = Finder::new(&part);
        let mut from = 0;
        while let Some(at) = finder.find(&self.text.as_bytes()[from..]) {
            let row = self.ends.partition_point(|&end| end <= from + at);
            rows.push(narrow_u32(row));
            from = self.ends[row];
        }
        rows
    }
}

fn push_lower_case(to: &mut String, text: &str) {
    if !text.is_ascii() {
        return to.push_str(&text.to_lowercase());
    }
    let start = to.len();
    to.push_str(text);
    to[start..].make_ascii_lowercase();
}

#[cfg(test)]
mod tests {
    use super::{PartIndex, TextIndex};

    #[test]
    fn whole_texts_and_their_beginnings_are_found() {
        let index = TextIndex::new(["b", "ab", "a", "ab"].into_iter().collect());
        assert_eq!(index.find("ab"), Some(1));
        assert_eq!(index.rows("ab"), [1, 3]);
        assert_eq!(index.find("c"), None);
        assert_eq!(index.beginning("a"), [2, 1, 3]);
        assert_eq!(TextIndex::default().find(""), None);
    }

    #[test]
    fn parts_are_found_whatever_their_case_but_not_across_texts() {
        let mut index = PartIndex::default();
        index.push(&["M-1", "Éclair Shop"]);
        index.push(&["M-2", ""]);
        index.push(&["M-11", "shop shop"]);
        assert_eq!(index.holding("SHOP"), [0, 2]);
        assert_eq!(index.holding("éCLAIR"), [0]);
        assert_eq!(index.holding("m-1"), [0, 2]);
        assert!(index.holding("1éclair").is_empty());
        assert!(index.holding("").is_empty() && index.holding("\0").is_empty());
    }
}
