//! The arithmetic of a ring: its points, and what was found, in words.

use std::cmp::Reverse;
use std::fmt::{Arguments, Write};

use crate::model::narrow_u32;

/// Points for or against a ring.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Point<'a> {
    /// A stable reason code.
    pub code: &'static str,
    /// Hundredths of log-odds; positive speaks for a ring.
    pub hundredths: i32,
    /// What was found, in words, with counts and without personal values.
    pub detail: &'a str,
}

/// The points of a ring, largest magnitude first, ties as they were found.
///
/// Millions of points are kept: the words of one ring are one text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Points {
    scored: Vec<Scored>,
    words: String,
}

/// A point and where its words stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Scored {
    pub(super) code: &'static str,
    pub(super) hundredths: i32,
    pub(super) words: Words,
}

/// Where the words of a finding stand among those of all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Words {
    start: u32,
    end: u32,
}

impl Words {
    /// Writes them behind the others.
    pub(super) fn write(all: &mut String, words: Arguments<'_>) -> Self {
        let start = narrow_u32(all.len());
        all.write_fmt(words).expect("a string takes all text");
        let end = narrow_u32(all.len());
        Self { start, end }
    }
}

impl Points {
    /// Takes what was found; the words of all stand in `words`.
    pub(super) fn new(scored: Vec<Scored>, words: String) -> Self {
        let mut points = Self { scored, words };
        points.settle();
        points
    }

    /// One more.
    pub fn add(&mut self, code: &'static str, hundredths: i32, detail: Arguments<'_>) {
        let words = Words::write(&mut self.words, detail);
        self.scored.push(Scored {
            code,
            hundredths,
            words,
        });
        self.settle();
    }

    /// All, largest magnitude first.
    pub fn iter(&self) -> impl Iterator<Item = Point<'_>> {
        self.scored.iter().map(|scored| Point {
            code: scored.code,
            hundredths: scored.hundredths,
            detail: &self.words[scored.words.start as usize..scored.words.end as usize],
        })
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.scored.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.scored.is_empty()
    }

    /// Their sum, in hundredths of log-odds.
    pub fn hundredths(&self) -> i32 {
        self.scored.iter().map(|scored| scored.hundredths).sum()
    }

    /// Puts them in order and gives back what they grew by.
    fn settle(&mut self) {
        self.scored
            .sort_by_key(|scored| Reverse(scored.hundredths.abs()));
        self.scored.shrink_to_fit();
        self.words.shrink_to_fit();
    }
}

#[cfg(test)]
mod tests {
    use super::Points;

    #[test]
    fn points_are_sorted_by_magnitude_and_keep_their_words() {
        let mut points = Points::default();
        points.add("small_family", -50, format_args!("{} shops", 2));
        points.add("payout_funnel", 125, format_args!("all on one account"));
        points.add("one_place", -125, format_args!(""));
        let found: Vec<_> = (points.iter())
            .map(|point| (point.code, point.hundredths, point.detail))
            .collect();
        let expected = [
            ("payout_funnel", 125, "all on one account"),
            ("one_place", -125, ""),
            ("small_family", -50, "2 shops"),
        ];
        assert_eq!(found, expected);
        assert_eq!((points.hundredths(), points.len()), (-50, 3));
    }
}
