//! Arrow columns as the fields a CSV file would hold, so that every form reads alike.

use std::io::Write as _;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    Date32Type, Date64Type, Decimal128Type, Decimal256Type, Float32Type, Float64Type, Int8Type,
    Int16Type, Int32Type, Int64Type, TimestampMicrosecondType, TimestampMillisecondType,
    TimestampNanosecondType, TimestampSecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{Array, ArrayRef, ArrowPrimitiveType, PrimitiveArray};
use arrow_schema::{DataType, TimeUnit};

use super::cell::Cell;
use crate::model::Timestamp;

/// A decoded column.
pub(super) enum Decoded {
    /// Row `i` ends in `bytes` at `ends[i]` and starts where the row before ends; empty is a null.
    Bytes {
        bytes: Vec<u8>,
        ends: Vec<usize>,
    },
    Time(Vec<Option<Timestamp>>),
    /// For each row the row of its value.
    Dictionary(Vec<Option<usize>>, Box<Self>),
}

const SECONDS_PER_DAY: i64 = 86_400;
/// The years 0000 to 9999, as in text.
const CALENDAR_SECONDS: std::ops::RangeInclusive<i64> = -62_167_219_200..=253_402_300_799;

impl Decoded {
    /// The field of a row.
    pub(super) fn cell(&self, row: usize) -> Cell<'_> {
        match self {
            Self::Bytes { bytes, ends } => {
                let start = if row == 0 { 0 } else { ends[row - 1] };
                Cell::Bytes(&bytes[start..ends[row]])
            }
            Self::Time(times) => times[row].map_or(Cell::Bytes(b""), Cell::Time),
            Self::Dictionary(keys, values) => {
                keys[row].map_or(Cell::Bytes(b""), |key| values.cell(key))
            }
        }
    }

    /// One field a row, each written by `write`, which writes nothing for a null.
    fn from_rows(rows: usize, mut write: impl FnMut(&mut Vec<u8>, usize)) -> Self {
        let mut bytes = Vec::new();
        let mut ends = Vec::with_capacity(rows);
        for row in 0..rows {
            write(&mut bytes, row);
            ends.push(bytes.len());
        }
        Self::Bytes { bytes, ends }
    }
}

/// The fields of an Arrow column; `None` for a type that holds no single values.
pub(super) fn decode(array: &ArrayRef) -> Option<Decoded> {
    Some(match array.data_type() {
        DataType::Null => Decoded::from_rows(array.len(), |_, _| {}),
        DataType::Boolean => {
            let values = array.as_boolean();
            Decoded::from_rows(array.len(), |bytes, row| {
                if values.is_valid(row) {
                    put(bytes, values.value(row));
                }
            })
        }
        DataType::Utf8 => texts(array, array.as_string::<i32>().iter()),
        DataType::LargeUtf8 => texts(array, array.as_string::<i64>().iter()),
        DataType::Utf8View => texts(array, array.as_string_view().iter()),
        DataType::Binary => texts(array, array.as_binary::<i32>().iter()),
        DataType::LargeBinary => texts(array, array.as_binary::<i64>().iter()),
        DataType::BinaryView => texts(array, array.as_binary_view().iter()),
        DataType::FixedSizeBinary(_) => texts(array, array.as_fixed_size_binary().iter()),
        DataType::Dictionary(_, _) => dictionary(array)?,
        DataType::Date32 | DataType::Date64 | DataType::Timestamp(_, _) => times(array)?,
        _ => numbers(array)?,
    })
}

fn texts<T: AsRef<[u8]>>(array: &ArrayRef, mut values: impl Iterator<Item = Option<T>>) -> Decoded {
    Decoded::from_rows(array.len(), |bytes, _| {
        if let Some(Some(value)) = values.next() {
            bytes.extend_from_slice(value.as_ref());
        }
    })
}

fn dictionary(array: &ArrayRef) -> Option<Decoded> {
    let dictionary = array.as_any_dictionary();
    let values = decode(dictionary.values())?;
    let keys = dictionary.normalized_keys();
    let is_valid = |row: usize| dictionary.keys().is_valid(row);
    let keys = keys.into_iter().enumerate();
    let keys = keys.map(|(row, key)| is_valid(row).then_some(key));
    Some(Decoded::Dictionary(keys.collect(), Box::new(values)))
}

fn times(array: &ArrayRef) -> Option<Decoded> {
    use TimeUnit::{Microsecond, Millisecond, Nanosecond, Second};
    Some(match array.data_type() {
        DataType::Date32 => seconds(array.as_primitive::<Date32Type>(), |days| {
            i64::from(days) * SECONDS_PER_DAY
        }),
        DataType::Date64 => seconds(array.as_primitive::<Date64Type>(), |time| {
            time.div_euclid(1000)
        }),
        DataType::Timestamp(Second, _) => {
            seconds(array.as_primitive::<TimestampSecondType>(), |time| time)
        }
        DataType::Timestamp(Millisecond, _) => {
            seconds(array.as_primitive::<TimestampMillisecondType>(), |time| {
                time.div_euclid(1000)
            })
        }
        DataType::Timestamp(Microsecond, _) => {
            seconds(array.as_primitive::<TimestampMicrosecondType>(), |time| {
                time.div_euclid(1_000_000)
            })
        }
        DataType::Timestamp(Nanosecond, _) => {
            seconds(array.as_primitive::<TimestampNanosecondType>(), |time| {
                time.div_euclid(1_000_000_000)
            })
        }
        _ => return None,
    })
}

/// Times, or the raw number where no calendar reaches, so that the row is rejected for it.
fn seconds<T: ArrowPrimitiveType>(
    array: &PrimitiveArray<T>,
    to_seconds: impl Fn(T::Native) -> i64,
) -> Decoded {
    let all = || array.iter().map(|value| value.map(&to_seconds));
    if all().flatten().all(|time| CALENDAR_SECONDS.contains(&time)) {
        return Decoded::Time(
            all()
                .map(|time| time.map(Timestamp::from_seconds))
                .collect(),
        );
    }
    let mut values = all();
    Decoded::from_rows(array.len(), |bytes, _| {
        if let Some(Some(time)) = values.next() {
            if CALENDAR_SECONDS.contains(&time) {
                let text = super::cell::time_text(Timestamp::from_seconds(time));
                bytes.extend_from_slice(text.as_bytes());
            } else {
                put(bytes, time);
            }
        }
    })
}

fn numbers(array: &ArrayRef) -> Option<Decoded> {
    Some(match array.data_type() {
        DataType::Int8 => printed(array.as_primitive::<Int8Type>()),
        DataType::Int16 => printed(array.as_primitive::<Int16Type>()),
        DataType::Int32 => printed(array.as_primitive::<Int32Type>()),
        DataType::Int64 => printed(array.as_primitive::<Int64Type>()),
        DataType::UInt8 => printed(array.as_primitive::<UInt8Type>()),
        DataType::UInt16 => printed(array.as_primitive::<UInt16Type>()),
        DataType::UInt32 => printed(array.as_primitive::<UInt32Type>()),
        DataType::UInt64 => printed(array.as_primitive::<UInt64Type>()),
        DataType::Float32 => floats(array.as_primitive::<Float32Type>(), f32::is_nan),
        DataType::Float64 => floats(array.as_primitive::<Float64Type>(), f64::is_nan),
        DataType::Decimal128(_, _) => {
            let values = array.as_primitive::<Decimal128Type>();
            Decoded::from_rows(array.len(), |bytes, row| {
                if values.is_valid(row) {
                    put(bytes, values.value_as_string(row));
                }
            })
        }
        DataType::Decimal256(_, _) => {
            let values = array.as_primitive::<Decimal256Type>();
            Decoded::from_rows(array.len(), |bytes, row| {
                if values.is_valid(row) {
                    put(bytes, values.value_as_string(row));
                }
            })
        }
        _ => return None,
    })
}

fn printed<T: ArrowPrimitiveType<Native: std::fmt::Display>>(array: &PrimitiveArray<T>) -> Decoded {
    floats(array, |_| false)
}

/// Numbers as text. NaN is how a data frame writes a null into a column of numbers.
fn floats<T: ArrowPrimitiveType<Native: std::fmt::Display>>(
    array: &PrimitiveArray<T>,
    is_null: impl Fn(T::Native) -> bool,
) -> Decoded {
    Decoded::from_rows(array.len(), |bytes, row| {
        if array.is_valid(row) && !is_null(array.value(row)) {
            put(bytes, array.value(row));
        }
    })
}

fn put(bytes: &mut Vec<u8>, value: impl std::fmt::Display) {
    write!(bytes, "{value}").expect("memory takes any text");
}
