//! Cells as the text that stands for them in CSV.

use std::io::Write;

use super::columns::Cell;
use crate::model::{Money, Timestamp};

/// Appends a cell.
pub(super) fn write_cell(bytes: &mut Vec<u8>, cell: Cell<'_>) {
    match cell {
        Cell::Text(text) => write_text(bytes, text),
        Cell::Count(count) => write_count(bytes, count),
        Cell::Decimal(value, decimals) | Cell::OptionalDecimal(Some(value), decimals) => {
            write_decimal(bytes, value, decimals);
        }
        Cell::Money(amount) => write_money(bytes, amount),
        Cell::OptionalDecimal(None, _) | Cell::Time(None) | Cell::Date(None) => {}
        Cell::Time(Some(time)) => write_time(bytes, time),
        Cell::Date(Some(time)) => write_time(bytes, time.day_start()),
    }
}

fn append(bytes: &mut Vec<u8>, text: std::fmt::Arguments<'_>) {
    bytes.write_fmt(text).expect("a vector takes all bytes");
}

/// Quotes what has to be quoted (RFC 4180) and nothing else.
fn write_text(bytes: &mut Vec<u8>, text: &str) {
    if !needs_quotes(text.as_bytes()) {
        bytes.extend_from_slice(text.as_bytes());
        return;
    }
    bytes.push(b'"');
    for &byte in text.as_bytes() {
        if byte == b'"' {
            bytes.push(b'"');
        }
        bytes.push(byte);
    }
    bytes.push(b'"');
}

/// Whether a comma, a quote or the end of a line is in the text: eight bytes at a time, for most texts are
/// too short for a search that has to get going first.
fn needs_quotes(text: &[u8]) -> bool {
    let (words, rest) = text.as_chunks::<8>();
    let in_words = words
        .iter()
        .any(|word| has_special(u64::from_le_bytes(*word)));
    let mut last = [0; 8];
    last[..rest.len()].copy_from_slice(rest);
    in_words || has_special(u64::from_le_bytes(last))
}

/// Whether one of eight bytes has to be quoted. Subtracting one borrows into the highest bit of a byte that is
/// zero, and so does the difference from a byte that is looked for.
fn has_special(word: u64) -> bool {
    const ONES: u64 = u64::MAX / 255;
    let zero_in = |word: u64| word.wrapping_sub(ONES) & !word;
    let found = |byte: u8| zero_in(word ^ (ONES * u64::from(byte)));
    (found(b',') | found(b'"') | found(b'\n') | found(b'\r')) & (ONES << 7) != 0
}

/// Decimal digits of the largest count.
const MAX_DIGITS: usize = 20;

fn write_count(bytes: &mut Vec<u8>, count: u64) {
    let mut digits = [0; MAX_DIGITS];
    let mut start = MAX_DIGITS;
    let mut rest = count;
    loop {
        start -= 1;
        digits[start] = b'0' + (rest % 10).to_le_bytes()[0];
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    bytes.extend_from_slice(&digits[start..]);
}

/// What `Money`'s `Display` writes.
fn write_money(bytes: &mut Vec<u8>, amount: Money) {
    if amount.hundredths() < 0 {
        bytes.push(b'-');
    }
    write_fixed(bytes, amount.hundredths().unsigned_abs(), 2);
}

/// A whole number of units of the last decimal.
fn write_fixed(bytes: &mut Vec<u8>, units: u64, decimals: usize) {
    let mut unit = 1;
    for _ in 0..decimals {
        unit *= 10;
    }
    write_count(bytes, units / unit);
    bytes.push(b'.');
    let fraction = units % unit;
    let mut place = unit / 10;
    while place > 0 {
        bytes.push(b'0' + (fraction / place % 10).to_le_bytes()[0]);
        place /= 10;
    }
}

/// A number with fixed decimals; what rounds to zero has no sign.
fn write_decimal(bytes: &mut Vec<u8>, value: f64, decimals: usize) {
    match rounded(value, decimals) {
        Some((is_negative, units)) => {
            if is_negative && units > 0 {
                bytes.push(b'-');
            }
            write_fixed(bytes, units, decimals);
        }
        None => write_decimal_exactly(bytes, value, decimals),
    }
}

/// Sign and units of the last decimal of a number of everyday size; `None` where it stands so near the
/// middle of two that the product's own rounding could decide.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a whole number from 0 to 1e10"
)]
fn rounded(value: f64, decimals: usize) -> Option<(bool, u64)> {
    /// Below it the product is exact to about a millionth of a unit.
    const LARGEST: f64 = 1e6;
    const DOUBT: f64 = 1e-5;
    let unit = match decimals {
        2 => 100.0,
        4 => 10_000.0,
        _ => return None,
    };
    let units = value.abs() * unit;
    if value.is_nan() || value.abs() >= LARGEST {
        return None;
    }
    let (whole, fraction) = (units.trunc(), units.fract());
    if (fraction - 0.5).abs() < DOUBT {
        return None;
    }
    let up = u64::from(fraction > 0.5);
    Some((value < 0.0, whole as u64 + up))
}

fn write_decimal_exactly(bytes: &mut Vec<u8>, value: f64, decimals: usize) {
    let start = bytes.len();
    append(bytes, format_args!("{value:.decimals$}"));
    let digits = &bytes[start..];
    if digits.starts_with(b"-") && !digits.iter().any(|b| matches!(b, b'1'..=b'9')) {
        bytes.remove(start);
    }
}

/// What `Timestamp`'s `Display` writes. `links.csv` has two times a row; going through the calendar
/// library for each would take longer than all the rest of the row.
fn write_time(bytes: &mut Vec<u8>, time: Timestamp) {
    let Some((year, month, day)) = civil(time.day()) else {
        return append(bytes, format_args!("{time}"));
    };
    write_two_digits(bytes, year / 100);
    write_two_digits(bytes, year % 100);
    for part in [month, day] {
        bytes.push(b'-');
        write_two_digits(bytes, part);
    }
    let second = time.seconds() - time.day_start().seconds();
    if second != 0 {
        for (mark, part) in [
            (b'T', second / 3600),
            (b':', second / 60 % 60),
            (b':', second % 60),
        ] {
            bytes.push(mark);
            write_two_digits(bytes, part);
        }
        bytes.push(b'Z');
    }
}

/// Year, month and day of a day since 1970-01-01 in the years 0 to 9999: the calendar counted in
/// eras of 400 years from 0000-03-01, so that leap days come last.
fn civil(day: i64) -> Option<(i64, i64, i64)> {
    const DAYS_PER_ERA: i64 = 146_097;
    const ERA_START: i64 = -719_468;
    let since_era_start = day.checked_sub(ERA_START)?;
    let era = since_era_start.div_euclid(DAYS_PER_ERA);
    let day_of_era = since_era_start.rem_euclid(DAYS_PER_ERA);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day_of_month = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = (month_from_march + 2) % 12 + 1;
    let year = era * 400 + year_of_era + i64::from(month <= 2);
    (0..=9999)
        .contains(&year)
        .then_some((year, month, day_of_month))
}

fn write_two_digits(bytes: &mut Vec<u8>, number: i64) {
    let digit = |value: i64| b'0' + (value % 10).to_le_bytes()[0];
    bytes.extend_from_slice(&[digit(number / 10), digit(number)]);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{needs_quotes, write_cell, write_decimal, write_decimal_exactly, write_time};
    use crate::model::{Money, Timestamp};
    use crate::run::columns::Cell;

    #[test]
    fn every_byte_that_needs_quotes_is_found_wherever_it_stands() {
        for byte in 0..=u8::MAX {
            let expected = matches!(byte, b',' | b'"' | b'\n' | b'\r');
            for (length, at) in (1..20).flat_map(|length| (0..length).map(move |at| (length, at))) {
                for other in [b'a', 0, b'-', 0x0B, 0xFF] {
                    let mut text = vec![other; length];
                    text[at] = byte;
                    assert_eq!(needs_quotes(&text), expected, "{byte} at {at} of {length}");
                }
            }
        }
        assert!(!needs_quotes(b""));
    }

    #[test]
    fn numbers_have_fixed_decimals_and_no_negative_zero() {
        let check = |value: f64, decimals: usize, expected: &str| {
            let mut bytes = b"x".to_vec();
            write_decimal(&mut bytes, value, decimals);
            assert_eq!(String::from_utf8(bytes).unwrap(), format!("x{expected}"));
        };
        check(0.5, 4, "0.5000");
        check(-0.00001, 4, "0.0000");
        check(-0.0, 2, "0.00");
        check(-1.25, 2, "-1.25");
        check(1e9, 2, "1000000000.00");
    }

    fn spelled(time: Timestamp) -> String {
        let mut bytes = Vec::new();
        write_time(&mut bytes, time);
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn times_are_spelled_as_everywhere_else() {
        for year in [
            "0000", "0001", "1899", "1970", "2000", "2023", "2024", "9999",
        ] {
            for month in 1..=12 {
                for day in ["01", "28", "29", "30", "31"] {
                    let text = format!("{year}-{month:02}-{day}");
                    if let Ok(time) = Timestamp::parse(&text) {
                        assert_eq!(spelled(time), text);
                    }
                }
            }
        }
        for seconds in [i64::MAX, i64::MIN + 1, -62_167_219_201, 253_402_300_800] {
            let time = Timestamp::from_seconds(seconds);
            assert_eq!(spelled(time), time.to_string());
        }
    }

    proptest! {
        #[test]
        fn decimals_are_spelled_as_the_standard_library_does(
            value in prop_oneof![
                proptest::num::f64::ANY,
                -2e6..2e6_f64,
                -2.0..2.0_f64,
                (-100_000..100_000_i32).prop_map(|n| f64::from(n) / 20_000.0),
                (-10_000..10_000_i32).prop_map(|n| f64::from(n) / 200.0),
                (-1_000_000..1_000_000_i32).prop_map(|n| f64::from(n) / 1024.0),
            ],
        ) {
            for decimals in [2, 4] {
                let (mut fast, mut exact) = (Vec::new(), Vec::new());
                write_decimal(&mut fast, value, decimals);
                write_decimal_exactly(&mut exact, value, decimals);
                prop_assert_eq!(fast, exact);
            }
        }

        #[test]
        fn counts_and_amounts_are_spelled_as_everywhere_else(count: u64, hundredths: i64) {
            let spelled = |cell| {
                let mut bytes = Vec::new();
                write_cell(&mut bytes, cell);
                String::from_utf8(bytes).unwrap()
            };
            prop_assert_eq!(spelled(Cell::Count(count)), count.to_string());
            prop_assert_eq!(spelled(Cell::Count(count >> 50)), (count >> 50).to_string());
            for hundredths in [hundredths, hundredths >> 50] {
                let amount = Money::from_hundredths(hundredths);
                prop_assert_eq!(spelled(Cell::Money(amount)), amount.to_string());
            }
        }

        #[test]
        fn any_second_is_spelled_as_everywhere_else(seconds in -62_167_219_200_i64..253_402_300_800) {
            let time = Timestamp::from_seconds(seconds);
            prop_assert_eq!(spelled(time), time.to_string());
        }
    }
}
