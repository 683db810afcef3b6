//! Phone numbers in E.164, by the merchant's country.

use phonenumber::{Mode, country};

use super::fold::{bounded, fold_case};

/// More digits than any number has (15 in E.164), with room for a trunk and a dialling prefix; a longer
/// run is not handed to the parser.
const MAX_DIGITS: usize = 20;

/// A phone number in E.164 (`+15742324138`), or its digits when it is no valid number of `country`.
///
/// Extensions are dropped: they name a desk, not a line. `None` when there is no digit.
pub fn normalize_phone(raw: &str, country: &str) -> Option<String> {
    bounded(raw, |text| {
        let folded = fold_case(text);
        let line = without_extension(&folded);
        let digits: String = line.chars().filter(char::is_ascii_digit).collect();
        let is_international = line.trim_start_matches(['(', ' ']).starts_with('+');
        let prefix = if is_international && !digits.is_empty() {
            "+"
        } else {
            ""
        };
        e164(&digits, is_international, country).unwrap_or_else(|| format!("{prefix}{digits}"))
    })
}

fn e164(digits: &str, is_international: bool, country: &str) -> Option<String> {
    if digits.is_empty() || digits.len() > MAX_DIGITS {
        return None;
    }
    let country: Option<country::Id> = country.trim().to_ascii_uppercase().parse().ok();
    let international = || parse(None, &format!("+{digits}"));
    if is_international {
        return international();
    }
    parse(country, digits).or_else(|| parse(None, &format!("+{}", digits.strip_prefix("00")?)))
}

fn parse(country: Option<country::Id>, number: &str) -> Option<String> {
    if country.is_none() && !number.starts_with('+') {
        return None;
    }
    let parsed = phonenumber::parse(country, number).ok()?;
    phonenumber::is_valid(&parsed).then(|| parsed.format().mode(Mode::E164).to_string())
}

/// The text before `x123`, `ext. 123`, `#123`.
fn without_extension(text: &str) -> &str {
    let cut = text
        .char_indices()
        .skip(1)
        .find(|&(start, c)| {
            (c == 'x' || c == '#' || text[start..].starts_with("ext"))
                && text[..start].chars().any(|c| c.is_ascii_digit())
        })
        .map_or(text.len(), |(start, _)| start);
    &text[..cut]
}
