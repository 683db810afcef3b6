//! A short cut for the most common form of address: a house number, a street, perhaps `#` and a unit,
//! and the place in columns of its own.
//!
//! Such an address needs no more than the one spelling of each of its words. Anything that a rule of
//! the grammar might look at twice (a sign of a unit or floor, a numbered road, a ward, a word that may
//! end the name of a place) is left to the grammar, which gives the same keys for what is plain: a law
//! that the tests below hold on made-up addresses.

use rustc_hash::FxHashMap;

use super::locality::{Area, locality_text, may_end_place, postal_code};
use super::units::{ordinal, push_unpadded};
use super::words::{
    is_direction, is_floor_sign, is_number_sign, is_numbered_road, is_silent, is_street_type,
    is_unit_sign, is_unit_word, is_ward_sign, spelling,
};
use crate::resolve::normalize::fold::fold_marks;

/// Longer addresses are left to the grammar.
const MAX_BYTES: usize = 96;
/// So are those with more words in the street.
const MAX_WORDS: usize = 10;
/// And words longer than this.
const MAX_WORD_BYTES: usize = 15;
/// Words kept in mind; beyond it they are looked up each time.
const MAX_KNOWN_WORDS: usize = 1 << 15;

/// Postal codes of this length are padded nowhere.
const WIDEST_CODE: usize = 6;

/// What is known of a word in the middle of a street.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each answers another rule's question"
)]
struct Known {
    /// The one spelling, when it is another.
    spelling: Option<&'static str>,
    /// Whether a rule of the grammar may look at it.
    is_special: bool,
    /// Whether, as the last word, it may be the end of a place's name.
    may_end_place: bool,
    is_silent: bool,
    is_street_type: bool,
    is_direction: bool,
    is_ordinal: bool,
}

/// A word, and the countries whose vocabulary it was looked up in.
type WordKey = [u8; MAX_WORD_BYTES + 1];

/// Makes the keys of plain addresses; keeps the words it has met in mind.
#[derive(Debug, Default)]
pub(in crate::resolve) struct PlainWords {
    known: FxHashMap<WordKey, Known>,
}

/// A plain address cut into words.
struct Cut<'t> {
    words: [&'t str; MAX_WORDS],
    n_words: usize,
    /// What stands behind `#`.
    unit: Option<&'t str>,
}

impl PlainWords {
    /// Writes the key of a plain address's unit over `key` and returns the bytes of its building's;
    /// `None` where only [`super::normalize_in`] can tell.
    pub(in crate::resolve) fn write_key(
        &mut self,
        area: &Area,
        raw: &str,
        postal: &str,
        key: &mut String,
    ) -> Option<usize> {
        let mut buffer = [0; MAX_BYTES];
        let text = lower_case(raw, &mut buffer)?;
        let cut = Cut::new(text)?;
        key.clear();
        key.push_str(&area.country);
        key.push('|');
        push_locality(area, postal, key)?;
        key.push('|');
        self.push_street(&cut, area, key)?;
        let building_bytes = key.len();
        key.push('|');
        if let Some(unit) = cut.unit {
            push_unpadded(unit, key);
        }
        Some(building_bytes)
    }

    fn push_street(&mut self, cut: &Cut<'_>, area: &Area, key: &mut String) -> Option<()> {
        let words = &cut.words[..cut.n_words];
        let country = area.country.as_str();
        key.push_str(words[0]);
        let (mut is_after_type, mut last) = (false, None);
        for (at, word) in words.iter().enumerate().skip(1) {
            let known = self.known(word, country)?;
            // A word behind the street's type may be a unit without a sign.
            let may_be_unit = if country == "us" {
                is_after_type && !known.is_direction
            } else {
                known.is_ordinal
            };
            if known.is_special || may_be_unit {
                return None;
            }
            is_after_type |= at > 1 && known.is_street_type;
            last = Some((*word, known));
            if !known.is_silent {
                key.push(' ');
                key.push_str(known.spelling.unwrap_or(word));
            }
        }
        let (word, known) = last?;
        let city_end = area.city_end();
        let ends_city = |word: &str| !city_end.is_empty() && word == city_end;
        let may_end_place = cut.unit.is_none()
            && (known.may_end_place || !word.bytes().all(|byte| byte.is_ascii_lowercase()));
        let is_city = ends_city(word)
            || known.spelling.is_some_and(ends_city)
            || cut.unit.is_some_and(ends_city);
        (!may_end_place && !is_city).then_some(())
    }

    fn known(&mut self, word: &str, country: &str) -> Option<Known> {
        let mut key: WordKey = [0; MAX_WORD_BYTES + 1];
        key.get_mut(..word.len())?.copy_from_slice(word.as_bytes());
        if word.len() > MAX_WORD_BYTES {
            return None;
        }
        key[MAX_WORD_BYTES] = match country {
            "sg" | "my" | "id" => 1,
            "vn" => 2,
            "th" => 3,
            _ => 0,
        };
        if let Some(known) = self.known.get(&key) {
            return Some(*known);
        }
        let known = Known::new(word, country);
        if self.known.len() < MAX_KNOWN_WORDS {
            self.known.insert(key, known);
        }
        Some(known)
    }
}

impl Known {
    fn new(word: &str, country: &str) -> Self {
        let one = spelling(word, country).filter(|one| *one != word);
        let canonical = one.unwrap_or(word);
        let common = spelling(word, "").unwrap_or(word);
        let is_settled = spelling(canonical, country).is_none_or(|again| again == canonical);
        let has_digit = |word: &str| word.bytes().any(|byte| byte.is_ascii_digit());
        let is_glued = has_digit(word) && !word.starts_with(|c: char| c.is_ascii_digit());
        let is_sign = |word: &str| {
            is_unit_sign(word)
                || is_floor_sign(word)
                || is_unit_word(word)
                || is_ward_sign(word)
                || is_number_sign(word)
                || is_numbered_road(word)
                || matches!(word, "box" | "pobox" | "bldg" | "blk")
        };
        Self {
            spelling: one,
            is_special: is_glued
                || !is_settled
                || word.contains('-')
                || canonical.contains(['-', ' '])
                || is_sign(word)
                || is_sign(canonical),
            may_end_place: [word, canonical, common].into_iter().any(may_end_place),
            is_silent: is_silent(canonical, country),
            is_street_type: is_street_type(canonical),
            is_direction: is_direction(canonical),
            is_ordinal: ordinal(canonical).is_some(),
        }
    }
}

/// The text in lower case, when it has nothing but letters, digits and plain separators.
fn lower_case<'b>(raw: &str, buffer: &'b mut [u8; MAX_BYTES]) -> Option<&'b str> {
    let bytes = raw.as_bytes();
    let lower = buffer.get_mut(..bytes.len())?;
    let mut is_plain = true;
    for (slot, byte) in lower.iter_mut().zip(bytes) {
        *slot = PLAIN[usize::from(*byte)];
        is_plain &= *slot != 0;
    }
    std::str::from_utf8(lower).ok().filter(|_| is_plain)
}

/// Letters, digits and plain separators in lower case; zero for any other byte.
const PLAIN: [u8; 256] = {
    let mut plain = [0; 256];
    let mut byte = 0_u8;
    while byte < 128 {
        if matches!(byte, b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b' ' | b',' | b'.' | b'#' | b'-')
        {
            plain[byte as usize] = byte.to_ascii_lowercase();
        }
        byte += 1;
    }
    plain
};

impl<'t> Cut<'t> {
    /// Two or more words that start with a house number; `#` only before one last word of digits.
    fn new(text: &'t str) -> Option<Self> {
        let bytes = text.as_bytes();
        let is_letter = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_alphanumeric);
        let is_word = |at: usize| {
            is_letter(at) || (bytes[at] == b'-' && at > 0 && is_letter(at - 1) && is_letter(at + 1))
        };
        let mut cut = Self {
            words: [""; MAX_WORDS],
            n_words: 0,
            unit: None,
        };
        let (mut at, mut has_sign) = (0, false);
        while at < bytes.len() {
            if is_word(at) {
                let start = at;
                while at < bytes.len() && is_word(at) {
                    at += 1;
                }
                cut.push(&text[start..at], has_sign)?;
                continue;
            }
            match bytes[at] {
                b'-' => return None,
                b'#' if has_sign || cut.n_words < 2 => return None,
                b'#' => has_sign = true,
                _ => {}
            }
            at += 1;
        }
        let number = cut.words[0].as_bytes();
        let is_number = number
            .first()
            .is_some_and(|digit| matches!(digit, b'1'..=b'9'))
            && !number.contains(&b'-');
        (is_number && cut.n_words > 1 && has_sign == cut.unit.is_some()).then_some(cut)
    }

    fn push(&mut self, word: &'t str, is_unit: bool) -> Option<()> {
        if is_unit {
            let is_digits = word.bytes().all(|b| b.is_ascii_digit() || b == b'-');
            return (is_digits && self.unit.replace(word).is_none()).then_some(());
        }
        *self.words.get_mut(self.n_words)? = word;
        self.n_words += 1;
        Some(())
    }
}

/// What the columns say of the place.
fn push_locality(area: &Area, postal: &str, key: &mut String) -> Option<()> {
    let is_code = postal.bytes().all(|byte| byte.is_ascii_digit())
        && postal.len() >= WIDEST_CODE
        && postal.bytes().any(|digit| digit != b'0');
    if is_code {
        key.push_str(postal);
        return Some(());
    }
    let code = postal_code(&fold_marks(postal), &area.country);
    let said = if code.is_empty() { &area.city } else { &code };
    if said.is_empty() {
        return None;
    }
    key.push_str(&locality_text(said));
    Some(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{Area, normalize_in};
    use super::PlainWords;

    /// Holds the short cut against the grammar; returns whether it was taken.
    fn check(raw: &str, city: &str, postal: &str, country: &str) -> bool {
        let area = Area::new(city, country);
        let mut key = "left over".to_owned();
        let Some(bytes) = PlainWords::default().write_key(&area, raw, postal, &mut key) else {
            return false;
        };
        let expected = normalize_in(&area, raw, postal, None);
        let found = (Some(&key[..bytes]), Some(&*key));
        let expected = (expected.building.as_deref(), expected.unit.as_deref());
        assert_eq!(found, expected, "{raw:?} {city:?} {postal:?} {country:?}");
        true
    }

    #[test]
    fn plain_addresses_take_the_short_cut_and_others_do_not() {
        for raw in [
            "909 Cecil Crescent #08-11",
            "12 n Main Street",
            "7B High St, #3",
        ] {
            assert!(check(raw, "Cebu", "193107", "PH"), "{raw}");
        }
        assert!(check(
            "68 Nguyen Hue Street #01-02",
            "Da Nang",
            "550000",
            "VN"
        ));
        for raw in [
            "Blk 12 High St",
            "12 High St Unit 3",
            "12 Hwy 31",
            "12 High St Cebu",
            "12 High St 6000",
            "12 High St #3 High Court",
            "012 High St",
            "１２ High St",
        ] {
            assert!(!check(raw, "Cebu", "193107", "PH"), "{raw}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4000))]
        #[test]
        fn the_short_cut_leads_where_the_grammar_does(
            words in proptest::collection::vec(
                prop_oneof![
                    4 => "[a-z]{1,7}|[0-9]{1,3}|[0-9]{1,2}(st|nd|th)|[0-9]{1,2}[a-c]|[A-Z][a-z]{2,9}",
                    4 => proptest::sample::select(VOCABULARY.to_vec()).prop_map(str::to_owned),
                ],
                1..6,
            ),
            number in "[1-9][0-9]{0,3}[ab]?|[0-9]{1,2}-[0-9]{1,2}",
            separator in " |, |,|[.] ",
            unit in "| #[0-9]{1,2}-[0-9]{1,3}| #[0-9]{1,3}|#[0-9]{2}-0[0-9]| # 12",
            city in "|Cebu|Main|Ho Chi Minh City|South Bend|New York|Da Nang|[0-9]{1,2}",
            postal in "|[0-9]{4,6}|0{5}|46628-12|SW1A 1AA",
            country in "|US|SG|MY|ID|VN|TH|GB|PH|JP|Viet Nam",
        ) {
            let raw = format!("{number} {}{unit}", words.join(&separator));
            check(&raw, &city, &postal, &country);
        }
    }

    /// Words that rules look at, in one spelling or another.
    const VOCABULARY: [&str; 66] = [
        "Street", "st", "Avenue", "Road", "rd", "Drive", "Crescent", "Lane", "Link", "Walk",
        "broadway", "hwy", "highway", "north", "n", "se", "first", "second", "floor", "fl",
        "level", "unit", "ste", "apt", "flat", "shop", "bldg", "building", "block", "blk", "no",
        "so", "box", "po", "p", "ward", "f", "d", "q", "district", "county", "state", "route",
        "us", "i", "co", "jalan", "jl", "lor", "lorong", "bukit", "sg", "soi", "thanon", "kampong",
        "ph", "ct", "la", "in", "indiana", "york", "city", "minh", "hanoi", "england", "usa",
    ];
}
