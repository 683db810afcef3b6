//! What a table of a run directory is made of: one definition a row type, which the CSV writer, the
//! CSV reader and the Parquet writer all follow.

use std::borrow::Cow;

use csv::StringRecord;

use super::rows::{Action, LineageEvent, Role};
use crate::model::{Bits, Money, Timestamp};

/// A row of one of the tables of a run directory.
pub trait Row: Sync {
    /// The row as it is read back, borrowing nothing.
    type Owned;
    /// The table's name, which is the file's name without its ending.
    const TABLE: &'static str;
    /// The columns in their order.
    const COLUMNS: &'static [Column];

    /// Hands each cell to `sink`, in the order of [`Self::COLUMNS`].
    fn cells(&self, sink: &mut impl FnMut(Cell<'_>));

    /// The row that `fields` spell.
    ///
    /// # Errors
    /// The position in [`Self::COLUMNS`] of the first field that is not what its column holds.
    fn from_fields(fields: &mut Fields<'_>) -> Result<Self::Owned, usize>;
}

/// A column of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name in the header.
    pub name: &'static str,
    /// What its cells are.
    pub kind: Kind,
    /// Whether the contract names it. Files of earlier versions may lack the others, which then
    /// read as nulls and zeros.
    pub required: bool,
}

/// What the cells of a column are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Any text; empty is null.
    Text,
    /// One of a few words.
    Word(&'static [&'static str]),
    /// A whole number from 0.
    Count,
    /// A number with so many decimals.
    Decimal(usize),
    /// A number with so many decimals, or null.
    OptionalDecimal(usize),
    /// A point in time in UTC, or null.
    Time,
    /// A day, or null.
    Date,
    /// A day as text, never null.
    Day,
}

impl Kind {
    /// What a reader expects of a field, in words.
    pub(super) fn expectation(self) -> String {
        match self {
            Self::Text => "text".to_owned(),
            Self::Word(words) => format!("one of {}", words.join(", ")),
            Self::Count => "a whole number from 0".to_owned(),
            Self::Decimal(_) => "a number".to_owned(),
            Self::OptionalDecimal(_) => "a number or nothing".to_owned(),
            Self::Day => "YYYY-MM-DD".to_owned(),
            Self::Time | Self::Date => "YYYY-MM-DD, an RFC 3339 timestamp, or nothing".to_owned(),
        }
    }
}

/// One value on its way into a file.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Cell<'a> {
    /// Text or a word.
    Text(&'a str),
    /// A count.
    Count(u64),
    /// A number, to be written with so many decimals.
    Decimal(f64, usize),
    /// A number, to be written with so many decimals, or null.
    OptionalDecimal(Option<f64>, usize),
    /// An amount, exact to the hundredth.
    Money(Money),
    /// A point in time.
    Time(Option<Timestamp>),
    /// A day.
    Date(Option<Timestamp>),
}

/// The fields of a record in the order of a table's columns, whatever their order in the file.
#[derive(Debug)]
pub struct Fields<'a> {
    pub(super) record: &'a StringRecord,
    /// For each column of the table, where the record holds it.
    pub(super) positions: &'a [Option<usize>],
    pub(super) next: usize,
}

impl Fields<'_> {
    /// A column's text, empty when the file does not have the column.
    pub fn text(&self, column: usize) -> &str {
        self.positions[column]
            .and_then(|position| self.record.get(position))
            .unwrap_or_default()
    }

    /// Where the record starts in the file.
    pub(super) fn offset(&self) -> u64 {
        self.record.position().map_or(0, csv::Position::byte)
    }

    /// The next column's value, as its codec reads it.
    pub(super) fn take<C: Codec>(&mut self) -> Result<C::Value<'static>, usize> {
        let column = self.next;
        self.next += 1;
        let text = match self.positions[column] {
            Some(position) => self.record.get(position).unwrap_or_default(),
            None => C::ABSENT,
        };
        C::parse(text).ok_or(column)
    }
}

/// How the values of a column become cells and come back.
pub(super) trait Codec {
    /// The Rust type of the field.
    type Value<'a>;
    const KIND: Kind;
    /// What a column that the file does not have reads as.
    const ABSENT: &'static str;

    fn cell<'a>(value: &'a Self::Value<'_>) -> Cell<'a>;
    fn parse(text: &str) -> Option<Self::Value<'static>>;
}

/// A text.
pub(super) struct Text;

impl Codec for Text {
    type Value<'a> = Cow<'a, str>;
    const KIND: Kind = Kind::Text;
    const ABSENT: &'static str = "";

    fn cell<'a>(value: &'a Cow<'_, str>) -> Cell<'a> {
        Cell::Text(value)
    }

    fn parse(text: &str) -> Option<Cow<'static, str>> {
        Some(Cow::Owned(text.to_owned()))
    }
}

/// A day that is passed on as it is spelled.
pub(super) struct Day;

impl Codec for Day {
    type Value<'a> = Cow<'a, str>;
    const KIND: Kind = Kind::Day;
    const ABSENT: &'static str = "";

    fn cell<'a>(value: &'a Cow<'_, str>) -> Cell<'a> {
        Cell::Text(value)
    }

    fn parse(text: &str) -> Option<Cow<'static, str>> {
        const DAY_BYTES: usize = "YYYY-MM-DD".len();
        let is_day = text.len() == DAY_BYTES && Timestamp::parse(text).is_ok();
        is_day.then(|| Cow::Owned(text.to_owned()))
    }
}

/// A count that fits 32 bits.
pub(super) struct Count;

impl Codec for Count {
    type Value<'a> = u32;
    const KIND: Kind = Kind::Count;
    const ABSENT: &'static str = "0";

    fn cell(value: &u32) -> Cell<'_> {
        Cell::Count(u64::from(*value))
    }

    fn parse(text: &str) -> Option<u32> {
        text.parse().ok()
    }
}

/// A count that may not fit 32 bits.
pub(super) struct LongCount;

impl Codec for LongCount {
    type Value<'a> = u64;
    const KIND: Kind = Kind::Count;
    const ABSENT: &'static str = "0";

    fn cell(value: &u64) -> Cell<'_> {
        Cell::Count(*value)
    }

    fn parse(text: &str) -> Option<u64> {
        text.parse().ok()
    }
}

/// A number with `DECIMALS` decimals.
pub(super) struct Decimal<const DECIMALS: usize>;

impl<const DECIMALS: usize> Codec for Decimal<DECIMALS> {
    type Value<'a> = f64;
    const KIND: Kind = Kind::Decimal(DECIMALS);
    const ABSENT: &'static str = "0";

    fn cell(value: &f64) -> Cell<'_> {
        Cell::Decimal(*value, DECIMALS)
    }

    fn parse(text: &str) -> Option<f64> {
        text.parse().ok().filter(|value: &f64| value.is_finite())
    }
}

/// A number with `DECIMALS` decimals, or null.
pub(super) struct OptionalDecimal<const DECIMALS: usize>;

impl<const DECIMALS: usize> Codec for OptionalDecimal<DECIMALS> {
    type Value<'a> = Option<f64>;
    const KIND: Kind = Kind::OptionalDecimal(DECIMALS);
    const ABSENT: &'static str = "";

    fn cell(value: &Option<f64>) -> Cell<'_> {
        Cell::OptionalDecimal(*value, DECIMALS)
    }

    fn parse(text: &str) -> Option<Option<f64>> {
        if text.is_empty() {
            return Some(None);
        }
        Decimal::<DECIMALS>::parse(text).map(Some)
    }
}

/// Evidence, two decimals.
pub(super) struct Evidence;

impl Codec for Evidence {
    type Value<'a> = Bits;
    const KIND: Kind = Kind::Decimal(2);
    const ABSENT: &'static str = "0";

    fn cell(value: &Bits) -> Cell<'_> {
        Cell::Decimal(value.to_f64(), 2)
    }

    fn parse(text: &str) -> Option<Bits> {
        Decimal::<2>::parse(text).map(Bits::from_f64)
    }
}

/// Money, two decimals, exact.
pub(super) struct Amount;

impl Codec for Amount {
    type Value<'a> = Money;
    const KIND: Kind = Kind::Decimal(2);
    const ABSENT: &'static str = "0";

    fn cell(value: &Money) -> Cell<'_> {
        Cell::Money(*value)
    }

    fn parse(text: &str) -> Option<Money> {
        text.parse().ok().and_then(Money::from_f64)
    }
}

/// A point in time.
pub(super) struct Time;

impl Codec for Time {
    type Value<'a> = Option<Timestamp>;
    const KIND: Kind = Kind::Time;
    const ABSENT: &'static str = "";

    fn cell(value: &Option<Timestamp>) -> Cell<'_> {
        Cell::Time(*value)
    }

    fn parse(text: &str) -> Option<Option<Timestamp>> {
        if text.is_empty() {
            return Some(None);
        }
        Timestamp::parse(text).ok().map(Some)
    }
}

/// A day.
pub(super) struct Date;

impl Codec for Date {
    type Value<'a> = Option<Timestamp>;
    const KIND: Kind = Kind::Date;
    const ABSENT: &'static str = "";

    fn cell(value: &Option<Timestamp>) -> Cell<'_> {
        Cell::Date(*value)
    }

    fn parse(text: &str) -> Option<Option<Timestamp>> {
        Time::parse(text)
    }
}

/// A type with a fixed set of lower-case words gets a codec of its own and the two ways to spell it.
macro_rules! words {
    ($codec:ident, $type:ident { $($variant:ident = $word:literal),* $(,)? }) => {
        impl $type {
            /// Every value, mildest or first first.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];
            const WORDS: &'static [&'static str] = &[$($word),*];

            /// The word in the files.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word),*
                }
            }

            /// The value that a word in the files stands for.
            pub fn from_word(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|value| value.as_str() == word)
            }
        }

        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        pub(super) struct $codec;

        impl Codec for $codec {
            type Value<'a> = $type;
            const KIND: Kind = Kind::Word($type::WORDS);
            // Columns of words are all in the contract: a file without them is refused.
            const ABSENT: &'static str = "";

            fn cell(value: &$type) -> Cell<'_> {
                Cell::Text(value.as_str())
            }

            fn parse(text: &str) -> Option<$type> {
                $type::from_word(text)
            }
        }
    };
}

words!(ActionWord, Action { Monitor = "monitor", Review = "review", Enforce = "enforce" });
words!(RoleWord, Role { Fringe = "fringe", Member = "member", Core = "core" });
words!(EventWord, LineageEvent {
    Born = "born",
    Continued = "continued",
    Grown = "grown",
    Shrunk = "shrunk",
    Merged = "merged",
    Split = "split",
    Dissolved = "dissolved",
});

#[cfg(test)]
mod tests {
    use super::{Cell, Codec, OptionalDecimal};

    #[test]
    fn what_is_not_known_is_not_zero() {
        assert_eq!(OptionalDecimal::<6>::parse(""), Some(None));
        assert_eq!(OptionalDecimal::<6>::parse("0.25"), Some(Some(0.25)));
        assert_eq!(OptionalDecimal::<6>::parse("NaN"), None);
        assert_eq!(
            OptionalDecimal::<6>::parse(OptionalDecimal::<6>::ABSENT),
            Some(None)
        );
        assert_eq!(
            OptionalDecimal::<6>::cell(&None),
            Cell::OptionalDecimal(None, 6)
        );
    }
}
