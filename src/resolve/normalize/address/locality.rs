//! City, state, postal code and country: taken off the end of the text, else read from the columns.
//!
//! What the text says of its own place beats the columns: they often hold the owner's place.

use super::super::fold::{bounded, fold_marks};
use super::latin::{Token, join, join_with_breaks, tokens};
use super::words::{canonical_word, is_direction, is_floor_sign, is_numbered_road, is_unit_sign};

/// A text split into street and place.
#[derive(Debug)]
pub(super) struct Split {
    pub(super) country: String,
    pub(super) locality: String,
    pub(super) street: String,
}

/// ISO code of a country, in lower case; other texts folded.
pub(super) fn country_code(folded: &str) -> String {
    let words: Vec<&str> = folded
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect();
    let name = words.join(" ");
    COUNTRY_NAMES
        .iter()
        .find(|(spelling, _)| *spelling == name)
        .map_or(name, |(_, code)| (*code).to_owned())
}

/// A locality in one spelling: words, single-spaced; a coordinate cell keeps its signs.
pub(super) fn locality_text(text: &str) -> String {
    let words = text
        .split(|c: char| !(c.is_alphanumeric() || matches!(c, '@' | '.' | '-')))
        .filter(|word| !word.is_empty());
    let mut spelled = String::with_capacity(text.len());
    for word in words {
        if !spelled.is_empty() {
            spelled.push(' ');
        }
        spelled.push_str(word);
    }
    spelled
}

/// City and country as the columns say them, read once for all the addresses there.
#[derive(Clone, Debug, Default)]
pub(in crate::resolve) struct Area {
    /// ISO code, in lower case.
    pub(super) country: String,
    /// The city, folded.
    pub(super) folded_city: String,
    /// The city in canonical words.
    pub(super) city: String,
    /// Where the last of them starts.
    city_end: usize,
    /// The city as keys spell it.
    pub(in crate::resolve) city_name: String,
}

impl Area {
    pub(in crate::resolve) fn new(city: &str, country: &str) -> Self {
        let country = country_code(&fold_marks(country));
        let bounded_city = bounded(city, fold_marks).unwrap_or_default();
        let words = city_words(city, &country);
        Self {
            folded_city: fold_marks(city),
            city_end: words.rfind(' ').map_or(0, |space| space + 1),
            city: words,
            city_name: locality_text(&city_words(&bounded_city, &country)),
            country,
        }
    }
}

impl Area {
    /// The last word of the city.
    pub(super) fn city_end(&self) -> &str {
        &self.city[self.city_end..]
    }
}

/// Takes the place off the end of a folded text; `point` in degrees north and east.
pub(super) fn split_locality(
    text: &str,
    area: &Area,
    postal: &str,
    point: Option<(f64, f64)>,
) -> Split {
    let mut words = tokens(text);
    let mut country = area.country.clone();
    let column_postal = postal_code(&fold_marks(postal), &country);
    let mut found = Found::default();
    loop {
        let before = words.len();
        strip_country(&mut words, &mut country);
        if found.postal.is_none() {
            found.postal = strip_postal(&mut words, &country, &column_postal);
        }
        // `Thailand 10110`: the country must not pass for the city below.
        strip_country(&mut words, &mut country);
        strip_state(&mut words, found.postal.is_some(), &country);
        if found.city.is_none() {
            found.city = strip_city(&mut words, &area.city, found.postal.is_some(), &country);
        }
        if words.len() == before {
            break;
        }
    }
    let said = [
        found.postal.as_deref().unwrap_or_default(),
        &column_postal,
        found.city.as_deref().unwrap_or_default(),
        &area.city,
    ];
    let locality = match said.into_iter().find(|locality| !locality.is_empty()) {
        Some(locality) => locality_text(locality),
        None => locality_text(&point.and_then(cell).unwrap_or_default()),
    };
    Split {
        country,
        locality,
        street: join_with_breaks(&words),
    }
}

#[derive(Default)]
struct Found {
    postal: Option<String>,
    city: Option<String>,
}

/// Where nothing else names the place, a cell of about ten kilometres does.
fn cell((lat, lon): (f64, f64)) -> Option<String> {
    (lat.is_finite() && lon.is_finite()).then(|| format!("@{lat:.1} {lon:.1}"))
}

/// A postal code in one spelling; ZIP+4 without the four, and leading zeros that a spreadsheet ate.
pub(super) fn postal_code(folded: &str, country: &str) -> String {
    let start = match country {
        "us" => folded.split('-').next().unwrap_or_default(),
        _ => folded,
    };
    let code: String = start.chars().filter(|c| c.is_alphanumeric()).collect();
    if !code.chars().any(|c| matches!(c, '1'..='9')) {
        return String::new();
    }
    let width = match country {
        "us" | "th" | "id" | "my" => 5,
        "sg" => 6,
        _ => 0,
    };
    if code.len() < width && code.bytes().all(|b| b.is_ascii_digit()) {
        return format!("{code:0>width$}");
    }
    code
}

/// A city in one spelling, words canonical, known names of one city joined.
pub(super) fn city_words(city: &str, country: &str) -> String {
    let folded = fold_marks(city);
    let words = tokens(&folded);
    let spelled: Vec<&str> = words
        .iter()
        .map(|word| canonical_word(&word.text, country))
        .collect();
    let name = spelled.join(" ");
    CITY_NAMES
        .iter()
        .find(|(spelling, _)| *spelling == name)
        .map_or(name, |(_, city)| (*city).to_owned())
}

/// Whether the name of a country, state or city that texts end in ends in this word.
pub(super) fn may_end_place(word: &str) -> bool {
    let names = COUNTRY_NAMES
        .iter()
        .chain(CITY_NAMES)
        .map(|(name, _)| *name);
    let mut names = names.chain(STATE_NAMES.iter().copied());
    names.any(|name| name.rsplit(' ').next() == Some(word))
        || STATE_CODES.split(' ').any(|code| code == word)
}

fn strip_country(words: &mut Vec<Token<'_>>, country: &mut String) {
    for (name, code) in COUNTRY_NAMES {
        let is_this_country = country.is_empty() || country == code;
        let is_spelled_out = name.len() > 3 || matches!(*name, "usa" | "uk");
        if is_this_country && is_spelled_out && strip_phrase(words, name, "") {
            country.clear();
            country.push_str(code);
            return;
        }
    }
}

fn strip_postal(words: &mut Vec<Token<'_>>, country: &str, column: &str) -> Option<String> {
    let n = words.len();
    if n < 3 {
        return None;
    }
    let last = words[n - 1].text.clone();
    let before = words[n - 2].text.clone();
    if matches!(country, "gb" | "")
        && is_british_postcode(&format!("{before}{last}"))
        && last.len() == 3
    {
        words.truncate(n - 2);
        return Some(format!("{before}{last}"));
    }
    if matches!(country, "gb" | "") && is_british_postcode(&last) {
        words.truncate(n - 1);
        return Some(last.into_owned());
    }
    let bare = match country {
        "sg" => last.trim_start_matches('s'),
        _ => &*last,
    };
    let start = bare.split('-').next().unwrap_or_default();
    let is_digits = bare.bytes().all(|b| b.is_ascii_digit() || b == b'-');
    let has_length = match country {
        "us" => start.len() == 5 && matches!(bare.len(), 5 | 10),
        "th" | "id" | "my" => bare.len() == 5,
        "sg" => bare.len() == 6,
        "vn" | "" => matches!(bare.len(), 5 | 6),
        "jp" => matches!(bare.len(), 7 | 8),
        _ => false,
    };
    let is_someone_elses = is_unit_sign(&before)
        || is_floor_sign(&before)
        || is_numbered_road(&before)
        || before == "box";
    let code = postal_code(bare, country);
    let is_column = !code.is_empty() && code == column;
    if !is_digits || !(has_length || is_column) || is_someone_elses {
        return None;
    }
    words.truncate(n - 1);
    if country == "sg" && words.last().is_some_and(|word| word.text == "s") {
        words.pop();
    }
    Some(code)
}

fn is_british_postcode(code: &str) -> bool {
    let bytes = code.as_bytes();
    let n = bytes.len();
    (5..=7).contains(&n)
        && bytes[0].is_ascii_lowercase()
        && bytes[n - 3].is_ascii_digit()
        && bytes[n - 2..].iter().all(u8::is_ascii_lowercase)
        && bytes[..n - 3].iter().any(u8::is_ascii_digit)
        && bytes[..n - 3].iter().all(u8::is_ascii_alphanumeric)
        && bytes[..n - 3]
            .iter()
            .filter(|b| b.is_ascii_lowercase())
            .count()
            <= 3
}

/// A state is taken off before a postal code only: `IN`, `CT` and `LA` are words of streets too.
fn strip_state(words: &mut Vec<Token<'_>>, has_postal: bool, country: &str) {
    if !has_postal || !matches!(country, "us" | "") || words.len() < 3 {
        return;
    }
    if STATE_NAMES.iter().any(|name| strip_phrase(words, name, "")) {
        return;
    }
    let Some(last) = words.last() else { return };
    let is_state = last.text.len() == 2 && STATE_CODES.split(' ').any(|code| code == last.text);
    if is_state && (last.after_break || last.text != "ct") {
        words.pop();
    }
}

/// Takes off the column's city, or, before a postal code, whatever stands after the last comma.
fn strip_city(
    words: &mut Vec<Token<'_>>,
    column: &str,
    has_postal: bool,
    country: &str,
) -> Option<String> {
    let has_names = matches!(country, "vn" | "th" | "id" | "");
    for (spelling, city) in CITY_NAMES.iter().filter(|_| has_names) {
        if strip_phrase(words, spelling, country) {
            return Some((*city).to_owned());
        }
    }
    if !column.is_empty() && strip_phrase(words, column, country) {
        return Some(column.to_owned());
    }
    let segment = words.iter().rposition(|word| word.after_break)?;
    let name = &words[segment..];
    let is_name = name
        .iter()
        .all(|word| word.text.chars().all(char::is_alphabetic))
        && !is_unit_sign(&name[0].text)
        && !is_floor_sign(&name[0].text);
    if !has_postal || segment < 2 || !is_name {
        return None;
    }
    let city = city_words(&join(name), country);
    words.truncate(segment);
    Some(city)
}

/// Takes a phrase off the end, when what is left still names a street.
fn strip_phrase(words: &mut Vec<Token<'_>>, phrase: &str, country: &str) -> bool {
    // Nearly every phrase fails on its last word, so that one is looked at first.
    let Some(last) = words.last().map(|word| &*word.text) else {
        return false;
    };
    if !phrase.ends_with(last)
        && (country.is_empty() || !phrase.ends_with(canonical_word(last, country)))
    {
        return false;
    }
    let n_phrase = phrase.split(' ').count();
    let Some(start) = words.len().checked_sub(n_phrase) else {
        return false;
    };
    let is_equal = words[start..]
        .iter()
        .zip(phrase.split(' '))
        .all(|(word, expected)| {
            canonical_word(&word.text, country) == expected || word.text == expected
        });
    if !is_equal {
        return false;
    }
    let names_street = words[..start].iter().any(|word| {
        let text = canonical_word(&word.text, country);
        text.chars().count() > 1 && text.chars().any(char::is_alphabetic) && !is_direction(text)
    });
    if !names_street {
        return false;
    }
    words.truncate(start);
    true
}

const COUNTRY_NAMES: &[(&str, &str)] = &[
    ("united states of america", "us"),
    ("united states", "us"),
    ("usa", "us"),
    ("united kingdom", "gb"),
    ("great britain", "gb"),
    ("england", "gb"),
    ("scotland", "gb"),
    ("gbr", "gb"),
    ("uk", "gb"),
    ("singapore", "sg"),
    ("sgp", "sg"),
    ("thailand", "th"),
    ("tha", "th"),
    ("indonesia", "id"),
    ("idn", "id"),
    ("viet nam", "vn"),
    ("vietnam", "vn"),
    ("vnm", "vn"),
    ("malaysia", "my"),
    ("mys", "my"),
    ("japan", "jp"),
    ("jpn", "jp"),
];

/// Cities that go by several names; longer spellings first.
const CITY_NAMES: &[(&str, &str)] = &[
    ("thanh pho ho chi minh", "ho chi minh"),
    ("tp ho chi minh", "ho chi minh"),
    ("ho chi minh city", "ho chi minh"),
    ("ho chi minh", "ho chi minh"),
    ("tp hcm", "ho chi minh"),
    ("tphcm", "ho chi minh"),
    ("hcmc", "ho chi minh"),
    ("hcm", "ho chi minh"),
    ("sai gon", "ho chi minh"),
    ("saigon", "ho chi minh"),
    ("thanh pho ha noi", "ha noi"),
    ("tp ha noi", "ha noi"),
    ("ha noi", "ha noi"),
    ("hanoi", "ha noi"),
    ("krung thep maha nakhon", "bangkok"),
    ("krung thep", "bangkok"),
    ("bangkok", "bangkok"),
    ("bkk", "bangkok"),
    ("กรุงเทพมหานคร", "bangkok"),
    ("กรุงเทพ", "bangkok"),
    ("dki jakarta", "jakarta"),
];

const STATE_CODES: &str = "al ak az ar ca co ct dc de fl ga hi ia id il in ks ky la ma md me mi mn mo ms \
    mt nc nd ne nh nj nm nv ny oh ok or pa ri sc sd tn tx ut va vt wa wi wv wy";

const STATE_NAMES: &[&str] = &[
    "alabama",
    "alaska",
    "arizona",
    "arkansas",
    "california",
    "colorado",
    "connecticut",
    "delaware",
    "florida",
    "georgia",
    "hawaii",
    "idaho",
    "illinois",
    "indiana",
    "iowa",
    "kansas",
    "kentucky",
    "louisiana",
    "maine",
    "maryland",
    "massachusetts",
    "michigan",
    "minnesota",
    "mississippi",
    "missouri",
    "montana",
    "nebraska",
    "nevada",
    "n hampshire",
    "n jersey",
    "new hampshire",
    "new jersey",
    "new mexico",
    "new york",
    "n carolina",
    "n dakota",
    "ohio",
    "oklahoma",
    "oregon",
    "pennsylvania",
    "rhode island",
    "s carolina",
    "s dakota",
    "tennessee",
    "texas",
    "utah",
    "vermont",
    "virginia",
    "washington",
    "w virginia",
    "wisconsin",
    "wyoming",
];
