//! Points in time, to the second, in UTC.

use std::fmt;
use std::num::NonZeroI64;

use jiff::civil::Date;

/// A point in time in UTC, to the second. `Option<Timestamp>` takes no more room than this.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Timestamp(NonZeroI64);

/// A text that is neither `YYYY-MM-DD` nor an RFC 3339 timestamp.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected YYYY-MM-DD or an RFC 3339 timestamp")]
pub struct ParseTimeError;

const SECONDS_PER_DAY: i64 = 86_400;
/// 0000-01-01T00:00:00Z: an offset may lead to a time before it, whose year has no four digits.
const FIRST_SECOND: i64 = -62_167_219_200;
/// 9999-12-31T23:59:59Z.
const LAST_SECOND: i64 = 253_402_300_799;

impl Timestamp {
    /// From seconds since 1970-01-01T00:00:00Z.
    ///
    /// # Panics
    /// For `i64::MIN`, which no calendar reaches.
    pub fn from_seconds(seconds: i64) -> Self {
        Self(NonZeroI64::new(seconds ^ i64::MIN).expect("i64::MIN is no time"))
    }

    /// Seconds since 1970-01-01T00:00:00Z.
    #[inline]
    pub fn seconds(self) -> i64 {
        self.0.get() ^ i64::MIN
    }

    /// Whole days since 1970-01-01, rounded down.
    #[inline]
    pub fn day(self) -> i64 {
        self.seconds().div_euclid(SECONDS_PER_DAY)
    }

    /// Midnight that starts this time's day.
    #[must_use]
    pub fn day_start(self) -> Self {
        Self::from_seconds(self.day() * SECONDS_PER_DAY)
    }

    /// The last second of this time's day.
    #[must_use]
    pub fn day_end(self) -> Self {
        Self::from_seconds(self.day() * SECONDS_PER_DAY + SECONDS_PER_DAY - 1)
    }

    /// Days from `earlier` to this time; negative when this time comes first.
    #[expect(
        clippy::cast_precision_loss,
        reason = "calendar seconds are far below 2^53"
    )]
    pub fn days_since(self, earlier: Self) -> f64 {
        (self.seconds() - earlier.seconds()) as f64 / SECONDS_PER_DAY as f64
    }

    /// Parses `YYYY-MM-DD` (midnight UTC), or an RFC 3339 timestamp (`T` or a space between date and
    /// time, fractions dropped, UTC when no offset is given) of the years 0 to 9999 in UTC.
    ///
    /// # Errors
    /// [`ParseTimeError`] for anything else, impossible dates included.
    pub fn parse(text: &str) -> Result<Self, ParseTimeError> {
        let plain: Option<&[u8; 20]> = text.as_bytes().as_array();
        if let Some(seconds) = plain.and_then(parse_plain) {
            return Ok(Self::from_seconds(seconds));
        }
        let (date, rest) = text.as_bytes().split_first_chunk().ok_or(ParseTimeError)?;
        let days = parse_date(*date)?;
        let clock = match rest {
            [] => return Ok(Self::from_seconds(days * SECONDS_PER_DAY)),
            [b'T' | b't' | b' ', clock @ ..] => clock,
            _ => return Err(ParseTimeError),
        };
        let (seconds, rest) = parse_clock(clock)?;
        let offset_seconds = parse_offset(rest)?;
        let seconds = days * SECONDS_PER_DAY + seconds - offset_seconds;
        if !(FIRST_SECOND..=LAST_SECOND).contains(&seconds) {
            return Err(ParseTimeError);
        }
        Ok(Self::from_seconds(seconds))
    }

    /// The date as `YYYY-MM-DD`.
    pub fn date_text(self) -> String {
        self.civil().0.to_string()
    }

    fn civil(self) -> (Date, i64) {
        let days = i32::try_from(self.day()).unwrap_or(i32::MAX);
        let date = Date::constant(1970, 1, 1)
            .checked_add(jiff::Span::new().try_days(days).unwrap_or_default())
            .unwrap_or(Date::MAX);
        (date, self.seconds().rem_euclid(SECONDS_PER_DAY))
    }
}

/// The numbers that pairs of digits make; one look at all of them tells whether each is a digit.
#[inline]
fn pairs<const N: usize>(digits: [[u8; 2]; N]) -> Result<[u32; N], ParseTimeError> {
    let (mut numbers, mut largest) = ([0; N], 0);
    for (number, [tens, ones]) in numbers.iter_mut().zip(digits) {
        let (tens, ones) = (tens.wrapping_sub(b'0'), ones.wrapping_sub(b'0'));
        largest = tens.max(ones).max(largest);
        *number = u32::from(tens) * 10 + u32::from(ones);
    }
    if largest > 9 {
        return Err(ParseTimeError);
    }
    Ok(numbers)
}

/// Seconds since 1970-01-01T00:00:00Z of `YYYY-MM-DDTHH:MM:SSZ`, the form that most times have: eight bytes
/// are checked and read at a time. `None` for any other form, and for what is no time.
#[inline]
fn parse_plain(text: &[u8; 20]) -> Option<i64> {
    let [century, _, year, _, _, month, ..] = pairs_of(*text.first_chunk()?, *b"0000-00-")?;
    let [day, _, _, hour, ..] = pairs_of(*text[8..].first_chunk()?, *b"00T00:00")?;
    let [_, _, minute, _, _, second, ..] = pairs_of(*text.last_chunk()?, *b"0:00:00Z")?;
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let year = u32::from(century) * 100 + u32::from(year);
    let days = days(year, u32::from(month), u32::from(day)).ok()?;
    let clock = i64::from(hour) * 3600 + i64::from(minute) * 60 + i64::from(second);
    Some(days * SECONDS_PER_DAY + clock)
}

/// For each byte the number that it and the next make, where both are digits; `None` where the text is not
/// of the form, in which a zero stands for a digit and anything else for itself.
#[inline]
fn pairs_of(text: [u8; 8], form: [u8; 8]) -> Option<[u8; 8]> {
    let is_digit = u64::from_le_bytes([
        digit_mask(form[0]),
        digit_mask(form[1]),
        digit_mask(form[2]),
        digit_mask(form[3]),
        digit_mask(form[4]),
        digit_mask(form[5]),
        digit_mask(form[6]),
        digit_mask(form[7]),
    ]);
    // A digit differs from zero by its value, and what stands for itself by nothing.
    let values = u64::from_le_bytes(text) ^ u64::from_le_bytes(form);
    let low_halves = u64::from_le_bytes([0x0F; 8]);
    let is_above_nine = ((values & low_halves) + u64::from_le_bytes([6; 8])) & !low_halves;
    if values & !(is_digit & low_halves) != 0 || is_above_nine != 0 {
        return None;
    }
    Some((values * 10 + (values >> 8)).to_le_bytes())
}

/// All ones for the zero of a form.
const fn digit_mask(mark: u8) -> u8 {
    if mark == b'0' { u8::MAX } else { 0 }
}

/// Days of each month but for the 29th of February.
const MONTH_DAYS: [u32; 12] = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/// Days from 1 March of the year -400 to 1970-01-01.
const DAYS_BEFORE_1970: i64 = 719_468 + 146_097;

/// Days since 1970-01-01 of `YYYY-MM-DD`.
#[inline]
fn parse_date(bytes: [u8; 10]) -> Result<i64, ParseTimeError> {
    let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = bytes else {
        return Err(ParseTimeError);
    };
    let [century, year, month, day] = pairs([[y1, y2], [y3, y4], [m1, m2], [d1, d2]])?;
    days(century * 100 + year, month, day)
}

/// Days since 1970-01-01 of a date in the years 0 to 9999.
#[inline]
fn days(year: u32, month: u32, day: u32) -> Result<i64, ParseTimeError> {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let of_month = (month as usize).wrapping_sub(1);
    let month_days =
        MONTH_DAYS.get(of_month).ok_or(ParseTimeError)? + u32::from(leap && month == 2);
    if day < 1 || day > month_days {
        return Err(ParseTimeError);
    }
    // Days in the proleptic Gregorian calendar, counted from March so that leap days come last.
    let march_year = year + 400 - u32::from(month <= 2);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let leap_days = march_year / 4 - march_year / 100 + march_year / 400;
    Ok(i64::from(march_year * 365 + leap_days + day_of_year) - DAYS_BEFORE_1970)
}

/// Seconds since midnight of `HH:MM[:SS[.fraction]]`, and what follows.
#[inline]
fn parse_clock(bytes: &[u8]) -> Result<(i64, &[u8]), ParseTimeError> {
    let &[h1, h2, b':', m1, m2, ref rest @ ..] = bytes else {
        return Err(ParseTimeError);
    };
    let (mut rest, mut seconds) = (rest, [b'0'; 2]);
    if let &[b':', tens, ones, ref after @ ..] = rest {
        (rest, seconds) = (after, [tens, ones]);
        if let [b'.', fraction @ ..] = rest {
            let length = fraction.iter().take_while(|b| b.is_ascii_digit()).count();
            if length == 0 {
                return Err(ParseTimeError);
            }
            rest = &fraction[length..];
        }
    }
    let [hour, minute, second] = pairs([[h1, h2], [m1, m2], seconds])?;
    // A leap second (60) is the first second of the next minute: nothing here is that precise.
    if hour > 23 || minute > 59 || second > 60 {
        return Err(ParseTimeError);
    }
    Ok((i64::from(hour * 3600 + minute * 60 + second), rest))
}

/// Seconds east of UTC of `Z`, `+HH:MM`, `-HHMM` or nothing.
#[inline]
fn parse_offset(bytes: &[u8]) -> Result<i64, ParseTimeError> {
    let (sign, clock) = match bytes {
        [] | [b'Z' | b'z'] => return Ok(0),
        [b'+', clock @ ..] => (1, clock),
        [b'-', clock @ ..] => (-1, clock),
        _ => return Err(ParseTimeError),
    };
    let [hour, minute] = match *clock {
        [a, b, b':', c, d] | [a, b, c, d] => pairs([[a, b], [c, d]])?,
        [a, b] => pairs([[a, b], [b'0'; 2]])?,
        _ => return Err(ParseTimeError),
    };
    if hour > 23 || minute > 59 {
        return Err(ParseTimeError);
    }
    Ok(sign * i64::from(hour * 3600 + minute * 60))
}

impl PartialOrd for Timestamp {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Timestamp {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.seconds().cmp(&other.seconds())
    }
}

impl fmt::Display for Timestamp {
    /// `YYYY-MM-DD` at midnight, else `YYYY-MM-DDTHH:MM:SSZ`: what [`Timestamp::parse`] reads back.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (date, second) = self.civil();
        if second == 0 {
            return write!(f, "{date}");
        }
        let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
        write!(f, "{date}T{hour:02}:{minute:02}:{second:02}Z")
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Timestamp({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::Timestamp;

    #[test]
    fn reads_dates_and_offsets() {
        let check = |text: &str, expected: &str| {
            assert_eq!(
                Timestamp::parse(text).map(|t| t.to_string()),
                Ok(expected.into())
            );
        };
        check("1970-01-01", "1970-01-01");
        check("2024-02-29", "2024-02-29");
        check("2024-02-29T23:30:00+08:00", "2024-02-29T15:30:00Z");
        check("2024-01-01 00:30:00-0030", "2024-01-01T01:00:00Z");
        check("2024-01-01T00:00:00.123456Z", "2024-01-01");
        check("2024-01-01T07:00", "2024-01-01T07:00:00Z");
        check("1969-12-31T23:59:59Z", "1969-12-31T23:59:59Z");
    }

    /// Eight bytes at a time find what digit by digit is found, and refuse what it refuses.
    #[test]
    fn the_common_form_is_read_as_any_other() {
        let forms = [
            "2024-02-29T23:30:07Z",
            "1900-12-31T00:00:59Z",
            "0000-01-01T19:09:49Z",
        ];
        for form in forms {
            for at in 0..form.len() {
                for byte in 0..=127_u8 {
                    let mut text = form.as_bytes().to_vec();
                    text[at] = byte;
                    let text = String::from_utf8(text).unwrap();
                    // A fraction sends the same text the other way.
                    let (clock, zone) = text.split_at(19);
                    let slow = Timestamp::parse(&format!("{clock}.0{zone}"));
                    let fast = Timestamp::parse(&text);
                    if zone == "Z" || fast.is_ok() {
                        assert_eq!(fast, slow, "{text}");
                    }
                }
            }
        }
    }

    #[test]
    fn refuses_what_is_no_time() {
        for text in [
            "",
            "2024",
            "2024-13-01",
            "2023-02-29",
            "2024-1-1",
            "2024-01-01X00:00:00",
            "2024-01-01T24:00:00Z",
            "2024-01-01T00:00:00+25:00",
            "2024-01-01T00:00:00.Z",
            "01/02/2024",
            "２０２４-01-01",
        ] {
            assert!(Timestamp::parse(text).is_err(), "{text}");
        }
    }

    /// What was accepted and printed with a year of five digits could not be read back.
    #[test]
    fn an_offset_leads_to_no_year_without_four_digits() {
        for text in [
            "0000-01-01T00:00:00+00:01",
            "9999-12-31T23:59:60Z",
            "9999-12-31T23:59:59-00:01",
        ] {
            assert!(Timestamp::parse(text).is_err(), "{text}");
        }
        for text in ["0000-01-01", "9999-12-31T23:59:59Z"] {
            let time = Timestamp::parse(text).unwrap();
            assert_eq!(time.to_string(), text);
        }
    }

    #[test]
    fn option_costs_nothing() {
        assert_eq!(size_of::<Option<Timestamp>>(), size_of::<Timestamp>());
    }
}
