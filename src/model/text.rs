//! A column of short texts in one buffer: one allocation instead of one a row.

/// A column of texts; an empty text is a null.
///
/// `ends[i]` is where row `i` ends in `bytes`; row `i` starts where row `i - 1` ends.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TextColumn {
    text: String,
    ends: Vec<usize>,
}

impl TextColumn {
    /// An empty column with room for `rows` rows of `bytes` bytes in all.
    pub fn with_capacity(rows: usize, bytes: usize) -> Self {
        Self {
            text: String::with_capacity(bytes),
            ends: Vec::with_capacity(rows),
        }
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
        self.ends.extend(other.ends.iter().map(|end| base + end));
    }

    /// Drops every row from position `rows` on.
    pub fn truncate(&mut self, rows: usize) {
        if rows < self.ends.len() {
            self.ends.truncate(rows);
            self.text.truncate(self.ends.last().copied().unwrap_or(0));
        }
    }

    /// The text of a row; empty for a null and for a row past the end, so that a column that the
    /// input did not have reads as nulls.
    #[inline]
    pub fn get(&self, row: usize) -> &str {
        let Some(&end) = self.ends.get(row) else {
            return "";
        };
        let start = if row == 0 { 0 } else { self.ends[row - 1] };
        &self.text[start..end]
    }

    /// Rows in the column.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether the column has no rows.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// All rows in order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.len()).map(|row| self.get(row))
    }

    /// Bytes held.
    pub fn size_bytes(&self) -> usize {
        self.text.capacity() + self.ends.capacity() * size_of::<usize>()
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
    use super::TextColumn;

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
