//! Parquet columns as the fields a CSV file would hold, so that every form reads alike.

use std::fmt::Write as _;
use std::io::Write as _;

use ::parquet::basic::{ConvertedType, LogicalType, TimeUnit, Type as PhysicalType};
use ::parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use ::parquet::data_type::{AsBytes, DataType, Int96};
use ::parquet::errors::ParquetError;
use ::parquet::schema::types::Type;

use super::cell::{Cell, time_text};
use super::schema::Kind;
use crate::model::Timestamp;

/// The fields of some rows of a column.
pub(super) enum Decoded {
    /// Row `i` ends in `bytes` at `ends[i]` and starts where the row before ends; empty is a null.
    Bytes {
        bytes: Vec<u8>,
        ends: Vec<usize>,
    },
    /// The same where every field is text.
    Text {
        text: String,
        ends: Vec<usize>,
    },
    Time(Vec<Option<Timestamp>>),
    /// NaN is a null.
    Number(Vec<f64>),
    Count(Vec<Option<i64>>),
}

/// What the values of a column stand for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// Texts, bytes, truth values and numbers, as they print.
    Plain,
    /// The same in a column that is read as numbers: those of 64 bits are taken as they are.
    Number,
    /// The same in a column that is read as counts: whole numbers are taken as they are.
    Count,
    /// A whole number that is never negative, kept in a signed column.
    Unsigned,
    /// A whole number in units of a power of ten.
    Decimal {
        /// Digits after the point.
        scale: usize,
    },
    /// Days since 1970.
    Date,
    /// So many ticks a second since 1970.
    Time { ticks_per_second: i64 },
}

const SECONDS_PER_DAY: i64 = 86_400;
/// The years 0000 to 9999, as in text.
const CALENDAR_SECONDS: std::ops::RangeInclusive<i64> = -62_167_219_200..=253_402_300_799;

impl Decoded {
    /// Fields one behind the other: seen to be text all at once.
    fn of_fields(bytes: Vec<u8>, ends: Vec<usize>) -> Self {
        match String::from_utf8(bytes) {
            Ok(text) if ends.iter().all(|&end| text.is_char_boundary(end)) => {
                Self::Text { text, ends }
            }
            Ok(text) => Self::Bytes {
                bytes: text.into_bytes(),
                ends,
            },
            Err(error) => Self::Bytes {
                bytes: error.into_bytes(),
                ends,
            },
        }
    }

    /// The field of a row.
    #[inline]
    pub(super) fn cell(&self, row: usize) -> Cell<'_> {
        let field = |ends: &[usize]| {
            let start = if row == 0 { 0 } else { ends[row - 1] };
            start..ends[row]
        };
        match self {
            Self::Bytes { bytes, ends } => Cell::Bytes(&bytes[field(ends)]),
            Self::Text { text, ends } => Cell::Text(&text[field(ends)]),
            Self::Time(times) => times[row].map_or(Cell::Bytes(b""), Cell::Time),
            Self::Number(numbers) if numbers[row].is_nan() => Cell::Bytes(b""),
            Self::Number(numbers) => Cell::Number(numbers[row]),
            Self::Count(counts) => counts[row].map_or(Cell::Bytes(b""), Cell::Count),
        }
    }

    /// Bytes that the fields take, unpacked.
    pub(super) fn bytes(&self) -> usize {
        match self {
            Self::Bytes { bytes, .. } => bytes.len(),
            Self::Text { text, .. } => text.len(),
            Self::Time(times) => size_of_val(times.as_slice()),
            Self::Number(numbers) => size_of_val(numbers.as_slice()),
            Self::Count(counts) => size_of_val(counts.as_slice()),
        }
    }

    /// Rows.
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Bytes { ends, .. } | Self::Text { ends, .. } => ends.len(),
            Self::Time(times) => times.len(),
            Self::Number(numbers) => numbers.len(),
            Self::Count(counts) => counts.len(),
        }
    }
}

impl Meaning {
    /// What the values stand for in a column that is read as `kind`.
    pub(super) fn read_as(self, kind: Kind) -> Self {
        match (self, kind) {
            (Self::Plain, Kind::Number | Kind::Money) => Self::Number,
            (Self::Plain, Kind::Count) => Self::Count,
            (meaning, _) => meaning,
        }
    }
}

/// What a column of the file means; `None` for one that holds no single values.
pub(super) fn meaning(column: &Type) -> Option<Meaning> {
    if !column.is_primitive() {
        return None;
    }
    let info = column.get_basic_info();
    if info.has_repetition() && info.repetition() == ::parquet::basic::Repetition::REPEATED {
        return None;
    }
    match info.logical_type_ref() {
        Some(logical) => logical_meaning(logical),
        None => converted_meaning(info.converted_type(), column),
    }
}

fn logical_meaning(logical: &LogicalType) -> Option<Meaning> {
    match logical {
        LogicalType::Timestamp(time) => Some(Meaning::Time {
            ticks_per_second: match time.unit {
                TimeUnit::MILLIS => 1000,
                TimeUnit::MICROS => 1_000_000,
                TimeUnit::NANOS => 1_000_000_000,
            },
        }),
        LogicalType::Date => Some(Meaning::Date),
        LogicalType::Decimal(decimal) => decimal_of(decimal.scale),
        LogicalType::Integer(integer) if !integer.is_signed => Some(Meaning::Unsigned),
        LogicalType::Integer(_)
        | LogicalType::String
        | LogicalType::Enum
        | LogicalType::Json
        | LogicalType::Uuid
        | LogicalType::Unknown => Some(Meaning::Plain),
        _ => None,
    }
}

/// The same from what files said before there were logical types.
fn converted_meaning(converted: ConvertedType, column: &Type) -> Option<Meaning> {
    let ticks = |ticks_per_second| Some(Meaning::Time { ticks_per_second });
    match converted {
        ConvertedType::TIMESTAMP_MILLIS => ticks(1000),
        ConvertedType::TIMESTAMP_MICROS => ticks(1_000_000),
        ConvertedType::DATE => Some(Meaning::Date),
        ConvertedType::DECIMAL => decimal_of(scale_of(column)),
        ConvertedType::UINT_8
        | ConvertedType::UINT_16
        | ConvertedType::UINT_32
        | ConvertedType::UINT_64 => Some(Meaning::Unsigned),
        ConvertedType::TIME_MILLIS | ConvertedType::TIME_MICROS | ConvertedType::INTERVAL => None,
        // Twelve bytes were never anything but a time.
        _ if column.get_physical_type() == PhysicalType::INT96 => ticks(1),
        _ => Some(Meaning::Plain),
    }
}

fn decimal_of(scale: i32) -> Option<Meaning> {
    let scale = usize::try_from(scale).ok()?;
    Some(Meaning::Decimal { scale })
}

fn scale_of(column: &Type) -> i32 {
    match column {
        Type::PrimitiveType { scale, .. } => *scale,
        Type::GroupType { .. } => 0,
    }
}

/// The type of a column in words, for the message that it can't be read.
pub(super) fn type_name(column: &Type) -> String {
    if !column.is_primitive() {
        return "nested values".to_owned();
    }
    let mut name = format!("{}", column.get_physical_type());
    if let Some(logical) = column.get_basic_info().logical_type_ref() {
        write!(name, " ({logical:?})").expect("a string takes any text");
    }
    name
}

/// Decodes the next rows of a column, `most` at most.
///
/// # Errors
/// When the bytes are no such column.
pub(super) fn decode(
    reader: &mut ColumnReader,
    meaning: Meaning,
    most: usize,
) -> Result<Decoded, ParquetError> {
    match reader {
        ColumnReader::BoolColumnReader(reader) => texts(reader, most, |bytes, value| {
            put(bytes, value);
        }),
        ColumnReader::Int32ColumnReader(reader) => match meaning {
            Meaning::Unsigned => texts(reader, most, |bytes, value| {
                put(bytes, value.cast_unsigned());
            }),
            _ => integers(reader, meaning, most),
        },
        ColumnReader::Int64ColumnReader(reader) => match meaning {
            Meaning::Unsigned => texts(reader, most, |bytes, value| {
                put(bytes, value.cast_unsigned());
            }),
            _ => integers(reader, meaning, most),
        },
        ColumnReader::Int96ColumnReader(reader) => times(reader, most, Int96::to_seconds),
        // NaN is how a data frame writes a null into a column of numbers.
        ColumnReader::FloatColumnReader(reader) => texts(reader, most, |bytes, value| {
            if !value.is_nan() {
                put(bytes, value);
            }
        }),
        ColumnReader::DoubleColumnReader(reader) if meaning == Meaning::Number => {
            let next = NextRows::read(reader, most)?;
            let mut numbers = Vec::with_capacity(next.rows);
            next.each(|number| numbers.push(number.copied().unwrap_or(f64::NAN)));
            Ok(Decoded::Number(numbers))
        }
        ColumnReader::DoubleColumnReader(reader) => texts(reader, most, |bytes, value| {
            if !value.is_nan() {
                put(bytes, value);
            }
        }),
        ColumnReader::ByteArrayColumnReader(reader) => byte_texts(reader, meaning, most),
        ColumnReader::FixedLenByteArrayColumnReader(reader) => byte_texts(reader, meaning, most),
    }
}

fn integers<T: DataType<T: Copy + Into<i64>>>(
    reader: &mut ColumnReaderImpl<T>,
    meaning: Meaning,
    most: usize,
) -> Result<Decoded, ParquetError> {
    match meaning {
        Meaning::Date => times(reader, most, |&days| {
            days.into().saturating_mul(SECONDS_PER_DAY)
        }),
        Meaning::Time { ticks_per_second } => times(reader, most, |&time| {
            time.into().div_euclid(ticks_per_second)
        }),
        Meaning::Decimal { scale } => texts(reader, most, |bytes, &value| {
            let whole: i64 = value.into();
            put_decimal(bytes, i128::from(whole), scale);
        }),
        Meaning::Count => {
            let next = NextRows::read(reader, most)?;
            let mut counts = Vec::with_capacity(next.rows);
            next.each(|count| counts.push(count.map(|&count| count.into())));
            Ok(Decoded::Count(counts))
        }
        Meaning::Plain | Meaning::Number | Meaning::Unsigned => {
            texts(reader, most, |bytes, &value| put(bytes, value.into()))
        }
    }
}

fn byte_texts<T: DataType<T: AsBytes>>(
    reader: &mut ColumnReaderImpl<T>,
    meaning: Meaning,
    most: usize,
) -> Result<Decoded, ParquetError> {
    texts(reader, most, |bytes, value| match meaning {
        Meaning::Decimal { scale } => match big_endian(value.as_bytes()) {
            Some(whole) => put_decimal(bytes, whole, scale),
            // Not a number that fits anywhere: the row is rejected for it.
            None => bytes.extend_from_slice(b"?"),
        },
        _ => bytes.extend_from_slice(value.as_bytes()),
    })
}

/// The next rows of a column: their values without the nulls, and where the nulls are.
struct NextRows<V> {
    rows: usize,
    /// One a row: above zero for a value, zero for a null; empty where the column allows no nulls.
    levels: Vec<i16>,
    values: Vec<V>,
}

impl<V> NextRows<V> {
    fn read<T: DataType<T = V>>(
        reader: &mut ColumnReaderImpl<T>,
        most: usize,
    ) -> Result<Self, ParquetError> {
        let (mut levels, mut values) = (Vec::new(), Vec::new());
        let (rows, _, _) = reader.read_records(most, Some(&mut levels), None, &mut values)?;
        Ok(Self {
            rows,
            levels,
            values,
        })
    }

    /// Gives each row its value, or `None` for a null.
    fn each(&self, mut give: impl FnMut(Option<&V>)) {
        let mut values = self.values.iter();
        for row in 0..self.rows {
            let is_value = self.levels.get(row).is_none_or(|&level| level > 0);
            give(if is_value { values.next() } else { None });
        }
    }

    /// One field a row, each written by `write`, and nothing for a null.
    fn written(&self, mut write: impl FnMut(&mut Vec<u8>, &V)) -> Decoded {
        let (mut bytes, mut ends) = (Vec::new(), Vec::with_capacity(self.rows));
        self.each(|value| {
            if let Some(value) = value {
                write(&mut bytes, value);
            }
            ends.push(bytes.len());
        });
        Decoded::of_fields(bytes, ends)
    }
}

fn texts<T: DataType>(
    reader: &mut ColumnReaderImpl<T>,
    most: usize,
    write: impl FnMut(&mut Vec<u8>, &T::T),
) -> Result<Decoded, ParquetError> {
    Ok(NextRows::read(reader, most)?.written(write))
}

/// Times, or the raw number where no calendar reaches, so that the row is rejected for it.
fn times<T: DataType>(
    reader: &mut ColumnReaderImpl<T>,
    most: usize,
    to_seconds: impl Fn(&T::T) -> i64,
) -> Result<Decoded, ParquetError> {
    let next = NextRows::read(reader, most)?;
    let is_calendar = |time: i64| CALENDAR_SECONDS.contains(&time);
    if !next
        .values
        .iter()
        .all(|value| is_calendar(to_seconds(value)))
    {
        return Ok(next.written(|bytes, value| {
            let time = to_seconds(value);
            if is_calendar(time) {
                put(bytes, time_text(Timestamp::from_seconds(time)));
            } else {
                put(bytes, time);
            }
        }));
    }
    let mut times = Vec::with_capacity(next.rows);
    next.each(|value| times.push(value.map(|value| Timestamp::from_seconds(to_seconds(value)))));
    Ok(Decoded::Time(times))
}

fn put(bytes: &mut Vec<u8>, value: impl std::fmt::Display) {
    write!(bytes, "{value}").expect("memory takes any text");
}

fn put_decimal(bytes: &mut Vec<u8>, whole: i128, scale: usize) {
    let digits = format!("{:0>width$}", whole.unsigned_abs(), width = scale + 1);
    let (before, after) = digits.split_at(digits.len() - scale);
    let sign = if whole < 0 { "-" } else { "" };
    let point = if scale > 0 { "." } else { "" };
    put(bytes, format_args!("{sign}{before}{point}{after}"));
}

/// A two's complement number, the most telling byte first.
fn big_endian(bytes: &[u8]) -> Option<i128> {
    let first = *bytes.first()?;
    let fill = if first < 0x80 { 0 } else { 0xFF };
    let (extra, used) = bytes.split_at(bytes.len().saturating_sub(16));
    if extra.iter().any(|&byte| byte != fill) {
        return None;
    }
    let mut wide = [fill; 16];
    wide[16 - used.len()..].copy_from_slice(used);
    Some(i128::from_be_bytes(wide))
}

#[cfg(test)]
mod tests {
    use super::{big_endian, put_decimal};

    #[test]
    fn decimals_print_with_their_point() {
        let check = |whole, scale, expected: &str| {
            let mut bytes = Vec::new();
            put_decimal(&mut bytes, whole, scale);
            assert_eq!(bytes, expected.as_bytes());
        };
        check(0, 0, "0");
        check(5, 2, "0.05");
        check(-5, 2, "-0.05");
        check(12_345, 2, "123.45");
        check(-100, 0, "-100");
    }

    #[test]
    fn bytes_of_any_length_are_a_signed_number() {
        assert_eq!(big_endian(&[]), None);
        assert_eq!(big_endian(&[0xFF]), Some(-1));
        assert_eq!(big_endian(&[0x01, 0x00]), Some(256));
        assert_eq!(big_endian(&[0xFF; 20]), Some(-1));
        assert_eq!(big_endian(&[0x7F; 17]), None);
    }
}
