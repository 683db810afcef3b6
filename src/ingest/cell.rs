//! One field: what it may say, and the reason when it says something else.
//!
//! A reason names the column and what was expected; it never shows the value.

use std::borrow::Cow;
use std::fmt::Write as _;

use memchr::memchr2;

use super::schema::MAX_ID_BYTES;
use super::tables::{AllowlistKind, Label, Status};
use crate::model::{Money, Timestamp};

/// A field as the file holds it.
#[derive(Clone, Copy, Debug)]
pub(super) enum Cell<'a> {
    /// Bytes that should be UTF-8; empty for a null.
    Bytes(&'a [u8]),
    /// Text; empty for a null.
    Text(&'a str),
    /// A time that the file format itself knows as one.
    Time(Timestamp),
    /// A number likewise, in columns of numbers and money.
    Number(f64),
    /// A whole number likewise, in columns of counts.
    Count(i64),
}

impl<'a> Cell<'a> {
    /// The text as it stands; bytes that are no UTF-8 are written `\xHH`.
    pub(super) fn raw_text(self) -> String {
        match self {
            Self::Text(text) => text.to_owned(),
            Self::Bytes(bytes) => raw_text(bytes).into_owned(),
            Self::Time(time) => time_text(time),
            Self::Number(number) => number.to_string(),
            Self::Count(count) => count.to_string(),
        }
    }

    /// Whether there is a line end in it, space around it aside.
    pub(super) fn spans_lines(self) -> bool {
        let bytes = match self {
            Self::Text(text) => text.as_bytes(),
            Self::Bytes(bytes) => bytes,
            Self::Time(_) | Self::Number(_) | Self::Count(_) => return false,
        };
        memchr2(b'\n', b'\r', bytes.trim_ascii()).is_some()
    }

    /// The text, when it is one.
    #[inline]
    fn text(self, column: &str) -> Result<Option<&'a str>, String> {
        match self {
            Self::Text(text) => Ok(Some(text)),
            Self::Bytes(bytes) => utf8(bytes, column).map(Some),
            Self::Time(_) | Self::Number(_) | Self::Count(_) => Ok(None),
        }
    }
}

const EXPECTED_TIME: &str = "expected YYYY-MM-DD or an RFC 3339 timestamp";

fn bad(code: &str, column: &str, expected: &str) -> String {
    format!("{code}: {column}: {expected}")
}

fn utf8<'a>(bytes: &'a [u8], column: &str) -> Result<&'a str, String> {
    std::str::from_utf8(bytes).map_err(|_| bad("invalid_utf8", column, "expected UTF-8 text"))
}

/// Reads a text.
pub(super) fn read_text(
    cell: Cell<'_>,
    column: &str,
    needed: bool,
    keep: impl FnOnce(&str),
) -> Result<(), String> {
    match (cell, cell.text(column)?) {
        (Cell::Time(time), _) => keep(&time_text(time)),
        (_, Some(text)) if !needed || !text.trim().is_empty() => keep(text),
        _ => return Err(bad("empty_value", column, "expected a value")),
    }
    Ok(())
}

/// Reads a merchant id.
pub(super) fn read_id(cell: Cell<'_>, column: &str, keep: impl FnOnce(&str)) -> Result<(), String> {
    let Some(text) = cell.text(column)? else {
        return read_text(cell, column, true, keep);
    };
    let is_plain = text.bytes().all(|byte| byte.is_ascii_graphic());
    if is_plain && (1..=MAX_ID_BYTES).contains(&text.len()) {
        keep(text);
        return Ok(());
    }
    // Space around an id is an export's accident; inside, it is part of the id.
    let text = text.trim_matches(' ');
    if text.is_empty() {
        return Err(bad("empty_id", column, "expected an id"));
    }
    if text.len() > MAX_ID_BYTES || has_control(text) {
        let expected = format!("expected at most {MAX_ID_BYTES} bytes, no control characters");
        return Err(bad("bad_id", column, &expected));
    }
    keep(text);
    Ok(())
}

fn has_control(text: &str) -> bool {
    if text.is_ascii() {
        return text.bytes().any(|byte| byte.is_ascii_control());
    }
    text.chars().any(char::is_control)
}

/// Reads a time.
pub(super) fn read_time(cell: Cell<'_>, column: &str) -> Result<Option<Timestamp>, String> {
    let text = match (cell, cell.text(column)?) {
        (Cell::Time(time), _) => return Ok(Some(time)),
        (_, text) => text.unwrap_or_default().trim_ascii(),
    };
    if text.is_empty() {
        return Ok(None);
    }
    let time = Timestamp::parse(text);
    time.map(Some)
        .map_err(|_| bad("bad_time", column, EXPECTED_TIME))
}

/// Reads a count, 1 when it is not said; what is too large for the column is as large as it gets.
pub(super) fn read_count(cell: Cell<'_>, column: &str) -> Result<u32, String> {
    let wrong = || bad("bad_number", column, "expected a whole number of 0 or more");
    if let Cell::Count(count) = cell {
        let count = u64::try_from(count).map_err(|_| wrong())?;
        return Ok(u32::try_from(count).unwrap_or(u32::MAX));
    }
    let Some(text) = cell.text(column)? else {
        return Err(wrong());
    };
    let text = text.trim_ascii();
    if text.is_empty() {
        return Ok(1);
    }
    let whole = match text.split_once('.') {
        None => text,
        Some((whole, fraction)) if fraction.bytes().all(|digit| digit == b'0') => whole,
        Some(_) => return Err(wrong()),
    };
    let whole = whole.strip_prefix('+').unwrap_or(whole);
    if whole.is_empty() || !whole.bytes().all(|digit| digit.is_ascii_digit()) {
        return Err(wrong());
    }
    Ok(whole.parse().unwrap_or(u32::MAX))
}

/// Reads a number, NaN when it is not said.
pub(super) fn read_number(cell: Cell<'_>, column: &str) -> Result<f64, String> {
    let wrong = || bad("bad_number", column, "expected a finite decimal number");
    if let Cell::Number(number) = cell {
        return if number.is_finite() {
            Ok(number)
        } else {
            Err(wrong())
        };
    }
    let Some(text) = cell.text(column)? else {
        return Err(wrong());
    };
    let text = text.trim_ascii();
    if text.is_empty() {
        return Ok(f64::NAN);
    }
    if let Some(number) = short_decimal(text.as_bytes()) {
        return Ok(number);
    }
    let number: f64 = text.parse().map_err(|_| wrong())?;
    if number.is_finite() {
        Ok(number)
    } else {
        Err(wrong())
    }
}

/// Reads an amount; `None` when it is not said.
pub(super) fn read_money(cell: Cell<'_>, column: &str) -> Result<Option<Money>, String> {
    let number = read_number(cell, column)?;
    if number.is_nan() {
        return Ok(None);
    }
    let expected = "expected an amount from -9e16 to 9e16";
    let money = Money::from_f64(number).ok_or_else(|| bad("bad_number", column, expected));
    money.map(Some)
}

/// What powers of ten the digits behind the point of a short number are worth; all of them exact.
const POWERS_OF_TEN: [f64; MAX_SHORT_DIGITS + 1] = [
    1.0,
    10.0,
    100.0,
    1000.0,
    10_000.0,
    100_000.0,
    1_000_000.0,
    10_000_000.0,
    100_000_000.0,
    1_000_000_000.0,
];

/// As many digits as always fit 32 bits.
const MAX_SHORT_DIGITS: usize = 9;

/// The number nearest to a few digits with or without a point among them; `None` for what is written
/// otherwise. Digits and power of ten are exact, so that one division rounds as it should.
fn short_decimal(text: &[u8]) -> Option<f64> {
    let (is_negative, digits) = match text {
        [b'-', digits @ ..] => (true, digits),
        digits => (false, digits),
    };
    let (mut whole, mut n_digits, mut point) = (0_u32, 0, None);
    if digits.len() > MAX_SHORT_DIGITS + 1 {
        return None;
    }
    for byte in digits {
        match byte {
            b'0'..=b'9' if n_digits < MAX_SHORT_DIGITS => {
                whole = whole * 10 + u32::from(byte - b'0');
                n_digits += 1;
            }
            b'.' if point.is_none() && n_digits > 0 => point = Some(n_digits),
            _ => return None,
        }
    }
    let behind_point = n_digits - point.unwrap_or(n_digits);
    if n_digits == 0 || point.is_some() && behind_point == 0 {
        return None;
    }
    let number = f64::from(whole) / POWERS_OF_TEN[behind_point];
    Some(if is_negative { -number } else { number })
}

/// Reads a status, and whether it is a known one: systems have more words for it than the contract,
/// and a merchant must not vanish for one of them.
pub(super) fn read_status(cell: Cell<'_>, column: &str) -> Result<(Status, bool), String> {
    let Some(text) = cell.text(column)? else {
        return Ok((Status::Active, false));
    };
    let text = text.trim_matches(' ');
    let is = |word: &str| text.eq_ignore_ascii_case(word);
    Ok(if text.is_empty() || is("active") {
        (Status::Active, true)
    } else if is("suspended") {
        (Status::Suspended, true)
    } else if is("closed") {
        (Status::Closed, true)
    } else {
        (Status::Active, false)
    })
}

/// Reads a verdict.
pub(super) fn read_label(cell: Cell<'_>, column: &str) -> Result<Label, String> {
    if let Some(text) = cell.text(column)? {
        let text = text.trim_matches(' ');
        if text.eq_ignore_ascii_case("fraud") {
            return Ok(Label::Fraud);
        }
        if text.eq_ignore_ascii_case("legit") {
            return Ok(Label::Legit);
        }
    }
    Err(bad("bad_label", column, "expected fraud or legit"))
}

/// Reads what an exception is about.
pub(super) fn read_allowlist_kind(
    cell: Cell<'_>,
    column: &str,
    kinds: &[(String, AllowlistKind)],
) -> Result<AllowlistKind, String> {
    if let Some(text) = cell.text(column)? {
        let text = text.trim_matches(' ');
        let known = kinds.iter().find(|kind| text.eq_ignore_ascii_case(&kind.0));
        if let Some((_, kind)) = known {
            return Ok(*kind);
        }
    }
    let names: Vec<_> = kinds.iter().map(|kind| kind.0.as_str()).collect();
    let expected = format!("expected one of {}", names.join(", "));
    Err(bad("bad_kind", column, &expected))
}

/// A time as the contract writes it: a date when it is midnight.
pub(super) fn time_text(time: Timestamp) -> String {
    let mut text = time.date_text();
    let seconds = time.seconds() - time.day_start().seconds();
    if seconds > 0 {
        let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
        let write = write!(text, "T{hours:02}:{minutes:02}:{:02}Z", seconds % 60);
        write.expect("a string takes any text");
    }
    text
}

/// The raw text of a record; bytes that are no UTF-8 are written `\xHH`.
pub(super) fn raw_text(bytes: &[u8]) -> Cow<'_, str> {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Cow::Borrowed(text);
    }
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        for byte in chunk.invalid() {
            write!(text, "\\x{byte:02X}").expect("a string takes any text");
        }
    }
    Cow::Owned(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_whole_and_clamped() {
        let check = |text: &str| read_count(Cell::Bytes(text.as_bytes()), "events").ok();
        let cases = [
            ("", Some(1)),
            ("0", Some(0)),
            (" 17 ", Some(17)),
            ("3.0", Some(3)),
            ("3.", Some(3)),
            ("+4", Some(4)),
            ("4294967295", Some(u32::MAX)),
            ("99999999999999999999999", Some(u32::MAX)),
            ("-1", None),
            ("-0", None),
            ("3.5", None),
            ("1e3", None),
            (".0", None),
            ("x", None),
            ("1,000", None),
        ];
        for (text, expected) in cases {
            assert_eq!(check(text), expected, "{text:?}");
        }
    }

    #[test]
    fn numbers_are_finite() {
        let check = |text: &str| read_number(Cell::Bytes(text.as_bytes()), "amount").ok();
        for (text, expected) in [("1.50", 1.5), (" -2e3 ", -2000.0), ("+0.1", 0.1)] {
            assert_eq!(check(text), Some(expected), "{text:?}");
        }
        assert!(check("").unwrap().is_nan());
        for text in ["inf", "NaN", "-infinity", "1e999", "12,5", "0x10", "$5"] {
            assert_eq!(check(text), None, "{text:?}");
        }
    }

    #[test]
    fn a_short_number_is_the_one_that_the_standard_library_reads() {
        let mut texts: Vec<String> = ["0", "-0", "-0.0", "0.1", "999999999", "-12.345", "1251.37"]
            .map(str::to_owned)
            .to_vec();
        // Digits that a multiplication by a rounded tenth would get wrong are among them.
        texts.extend((0..20_000_u32).map(|number| {
            let digits = (number.wrapping_mul(2_654_435_761) % 1_000_000_000).to_string();
            let point = 1 + usize::try_from(number).unwrap() % digits.len();
            let (before, after) =
                digits.split_at(point.min(digits.len() - 1).max(1).min(digits.len()));
            let mark = if after.is_empty() { "" } else { "." };
            format!("{before}{mark}{after}")
        }));
        for text in texts {
            let expected: f64 = text.parse().unwrap();
            let found = short_decimal(text.as_bytes()).unwrap();
            assert_eq!(found.to_bits(), expected.to_bits(), "{text}");
        }
        for text in [
            "",
            "-",
            ".",
            "1.",
            ".5",
            "+1",
            "1e3",
            "1.2.3",
            "1234567890",
            "١",
        ] {
            assert_eq!(short_decimal(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn ids_are_short_and_printable() {
        let check = |text: &str| read_id(Cell::Bytes(text.as_bytes()), "merchant_id", |_| {});
        assert_eq!(check("M 1"), Ok(()));
        assert_eq!(check("商店-1"), Ok(()));
        assert_eq!(check(&"x".repeat(512)), Ok(()));
        for (text, code) in [
            ("", "empty_id"),
            ("  ", "empty_id"),
            ("a\nb", "bad_id"),
            ("é\u{85}", "bad_id"),
        ] {
            assert!(check(text).unwrap_err().starts_with(code), "{text:?}");
        }
        assert!(check(&"x".repeat(513)).unwrap_err().starts_with("bad_id"));
    }

    #[test]
    fn an_unknown_status_counts_as_active() {
        let check = |text: &str| read_status(Cell::Bytes(text.as_bytes()), "status").unwrap();
        let cases = [
            ("", (Status::Active, true)),
            ("Active", (Status::Active, true)),
            (" SUSPENDED", (Status::Suspended, true)),
            ("closed", (Status::Closed, true)),
            ("dormant", (Status::Active, false)),
        ];
        for (text, expected) in cases {
            assert_eq!(check(text), expected, "{text:?}");
        }
    }

    #[test]
    fn reasons_name_the_column_and_never_the_value() {
        let reason = read_time(Cell::Bytes(b"31/12/2024"), "first_seen").unwrap_err();
        let expected = "bad_time: first_seen: expected YYYY-MM-DD or an RFC 3339 timestamp";
        assert_eq!(reason, expected);
        let reason = read_text(Cell::Bytes(b"se\xFFcret"), "device_id", false, |_| {});
        let expected = "invalid_utf8: device_id: expected UTF-8 text";
        assert_eq!(reason, Err(expected.to_owned()));
        let kinds = [("merchant".to_owned(), AllowlistKind::Merchant)];
        let reason = read_allowlist_kind(Cell::Bytes(b"shop"), "kind", &kinds).unwrap_err();
        assert_eq!(reason, "bad_kind: kind: expected one of merchant");
    }

    #[test]
    fn raw_text_escapes_only_what_is_no_utf8() {
        assert_eq!(raw_text(b"a,\xFFb\xC3\xA9\xC3"), "a,\\xFFb\u{e9}\\xC3");
    }

    #[test]
    fn times_print_as_the_contract_writes_them() {
        for text in ["2024-02-29", "2024-02-29T23:00:09Z"] {
            assert_eq!(time_text(Timestamp::parse(text).unwrap()), text);
        }
    }
}
