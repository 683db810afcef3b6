//! A column of short texts in one buffer: one allocation instead of one a row.

use std::cmp::Ordering;

/// A column of texts; an empty text is a null.
///
/// Row `i` ends in `text` at the `i`-th of `ends` and starts where row `i - 1` ends.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TextColumn {
    text: String,
    ends: Ends,
}

/// Where rows end: in 32 bits for as long as the column has less than 4 GiB of text.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Ends {
    Short(Vec<u32>),
    Long(Vec<usize>),
}

impl Default for Ends {
    fn default() -> Self {
        Self::Short(Vec::new())
    }
}

impl Ends {
    #[inline]
    fn push(&mut self, end: usize) {
        match (&mut *self, u32::try_from(end)) {
            (Self::Short(ends), Ok(end)) => ends.push(end),
            _ => self.long().push(end),
        }
    }

    /// Appends the ends of a text that starts at `base` in this one.
    fn append(&mut self, other: &Self, base: usize) {
        let last = base + other.last();
        match (&mut *self, other, u32::try_from(base), u32::try_from(last)) {
            (Self::Short(mine), Self::Short(theirs), Ok(base), Ok(_)) => {
                mine.extend(theirs.iter().map(|end| base + end));
            }
            (_, Self::Short(theirs), _, _) => {
                self.long()
                    .extend(theirs.iter().map(|end| base + *end as usize));
            }
            (_, Self::Long(theirs), _, _) => {
                self.long().extend(theirs.iter().map(|end| base + end));
            }
        }
    }

    /// The ends in full width from now on.
    #[cold]
    fn long(&mut self) -> &mut Vec<usize> {
        if let Self::Short(ends) = self {
            *self = Self::Long(ends.iter().map(|end| *end as usize).collect());
        }
        match self {
            Self::Long(ends) => ends,
            Self::Short(_) => unreachable!("they were made long"),
        }
    }

    fn reserve(&mut self, rows: usize) {
        match self {
            Self::Short(ends) => ends.reserve(rows),
            Self::Long(ends) => ends.reserve(rows),
        }
    }

    fn truncate(&mut self, rows: usize) {
        match self {
            Self::Short(ends) => ends.truncate(rows),
            Self::Long(ends) => ends.truncate(rows),
        }
    }

    fn last(&self) -> usize {
        match self {
            Self::Short(ends) => ends.last().map_or(0, |end| *end as usize),
            Self::Long(ends) => ends.last().copied().unwrap_or(0),
        }
    }

    /// Where a row starts and ends.
    #[inline]
    fn bounds(&self, row: usize) -> Option<(usize, usize)> {
        match self {
            Self::Short(ends) => {
                let end = *ends.get(row)?;
                let start = if row == 0 { 0 } else { ends[row - 1] };
                Some((start as usize, end as usize))
            }
            Self::Long(ends) => {
                let end = *ends.get(row)?;
                Some((if row == 0 { 0 } else { ends[row - 1] }, end))
            }
        }
    }

    fn len(&self) -> usize {
        match self {
            Self::Short(ends) => ends.len(),
            Self::Long(ends) => ends.len(),
        }
    }

    fn size_bytes(&self) -> usize {
        match self {
            Self::Short(ends) => ends.capacity() * size_of::<u32>(),
            Self::Long(ends) => ends.capacity() * size_of::<usize>(),
        }
    }
}

impl TextColumn {
    /// An empty column with room for `rows` rows of `bytes` bytes in all.
    pub fn with_capacity(rows: usize, bytes: usize) -> Self {
        Self {
            text: String::with_capacity(bytes),
            ends: if u32::try_from(bytes).is_ok() {
                Ends::Short(Vec::with_capacity(rows))
            } else {
                Ends::Long(Vec::with_capacity(rows))
            },
        }
    }

    /// Makes room for so many rows more; their texts make their own.
    pub fn reserve(&mut self, rows: usize) {
        self.ends.reserve(rows);
    }

    /// Appends a row.
    #[inline]
    pub fn push(&mut self, text: &str) {
        self.text.push_str(text);
        self.ends.push(self.text.len());
    }

    /// Appends a row made of several texts.
    #[inline]
    pub fn push_parts(&mut self, parts: &[&str]) {
        for part in parts {
            self.text.push_str(part);
        }
        self.ends.push(self.text.len());
    }

    /// Appends all rows of another column.
    pub fn append(&mut self, other: &Self) {
        let base = self.text.len();
        self.text.push_str(&other.text);
        self.ends.append(&other.ends, base);
    }

    /// Drops every row from position `rows` on.
    pub fn truncate(&mut self, rows: usize) {
        if rows < self.len() {
            self.ends.truncate(rows);
            self.text.truncate(self.ends.last());
        }
    }

    /// The row of a text in a column that is sorted and has no text twice. Cost: log n comparisons.
    ///
    /// ```
    /// use ringfence::model::TextColumn;
    /// let column: TextColumn = ["a", "b", "d"].into_iter().collect();
    /// let found = ["", "a", "b", "c", "d", "e"].map(|text| column.find_sorted(text));
    /// assert_eq!(found, [None, Some(0), Some(1), None, Some(2), None]);
    /// assert_eq!(TextColumn::default().find_sorted("a"), None);
    /// ```
    pub fn find_sorted(&self, text: &str) -> Option<usize> {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = low.midpoint(high);
            match self.get(middle).cmp(text) {
                Ordering::Less => low = middle + 1,
                Ordering::Equal => return Some(middle),
                Ordering::Greater => high = middle,
            }
        }
        None
    }

    /// The text of a row; empty for a null and for a row past the end, so that a column that the
    /// input did not have reads as nulls.
    #[inline]
    pub fn get(&self, row: usize) -> &str {
        match self.ends.bounds(row) {
            Some((start, end)) => &self.text[start..end],
            None => "",
        }
    }

    /// Rows in the column.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether the column has no rows.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All rows in order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.len()).map(|row| self.get(row))
    }

    /// Bytes of all texts together.
    pub fn text_bytes(&self) -> usize {
        self.text.len()
    }

    /// Bytes held.
    pub fn size_bytes(&self) -> usize {
        self.text.capacity() + self.ends.size_bytes()
    }
}

impl<S: AsRef<str>> FromIterator<S> for TextColumn {
    fn from_iter<I: IntoIterator<Item = S>>(rows: I) -> Self {
        let mut column = Self::default();
        for row in rows {
            column.push(row.as_ref());
        }
        column
    }
}

#[cfg(test)]
mod tests {
    use super::{Ends, TextColumn};

    #[test]
    fn ends_beyond_four_gibibytes_are_kept_in_full() {
        let limit = u32::MAX as usize;
        let mut ends = Ends::default();
        ends.push(limit);
        assert!(matches!(ends, Ends::Short(_)));
        ends.push(limit + 7);
        assert_eq!(ends.bounds(1), Some((limit, limit + 7)));
        let mut appended = Ends::default();
        appended.append(&Ends::Short(vec![3, 9]), limit - 5);
        assert_eq!(appended.bounds(1), Some((limit - 2, limit + 4)));
        appended.append(&ends, 1);
        appended.truncate(3);
        assert_eq!((appended.len(), appended.last()), (3, limit + 1));
        assert_eq!(appended.bounds(3), None);
    }

    #[test]
    fn appended_columns_read_as_one() {
        let mut column: TextColumn = ["a", "", "ccc"].into_iter().collect();
        let more: TextColumn = ["é", "e"].into_iter().collect();
        column.append(&more);
        assert_eq!(
            column.iter().collect::<Vec<_>>(),
            ["a", "", "ccc", "é", "e"]
        );
        assert_eq!(column.get(99), "");
    }

    #[test]
    fn truncated_rows_leave_no_text_behind() {
        let mut column: TextColumn = ["a", "bb", "ccc"].into_iter().collect();
        column.truncate(9);
        assert_eq!(column.len(), 3);
        column.truncate(1);
        column.push("d");
        assert_eq!(column.iter().collect::<Vec<_>>(), ["a", "d"]);
        column.truncate(0);
        assert_eq!(column, TextColumn::default());
    }
}
