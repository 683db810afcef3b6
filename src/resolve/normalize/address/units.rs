//! The part of a building: `#03-15`, `Unit 3-15`, `Ste 200`, `1ST`, `FL 2`, `Flat 3,`.

use super::latin::{Token, starts_with_digit};
use super::words::{
    is_direction, is_floor_sign, is_numbered_road, is_street_type, is_unit_sign, is_unit_word,
};

/// Takes the words of the unit out of the words of the street.
pub(super) fn take_unit<'a>(words: &mut Vec<Token<'a>>, country: &str) -> Vec<Token<'a>> {
    if is_post_box(words) {
        return Vec::new();
    }
    let mut unit = take_leading(words);
    if let Some(at) = signed_start(words, country) {
        let rest = words.split_off(at);
        unit.extend(take_signed(words, rest, country));
    } else if let Some(at) = bare_start(words, country) {
        unit.extend(words.split_off(at));
    }
    unit
}

/// One spelling of a unit: signs dropped, floors `f1`, leading zeros dropped, repetitions dropped.
pub(super) fn canonical_unit(words: &[Token<'_>]) -> String {
    let mut spelled: Vec<String> = Vec::new();
    let mut at = 0;
    while at < words.len() {
        let word = &*words[at].text;
        let next = words.get(at + 1).map_or("", |word| &*word.text);
        at += 1;
        if is_floor_sign(word) && starts_with_digit(next) {
            spelled.push(format!("f{}", unpadded(ordinal(next).unwrap_or(next))));
            at += 1;
        } else if is_floor_sign(next) && starts_with_digit(word) {
            spelled.push(format!("f{}", unpadded(ordinal(word).unwrap_or(word))));
            at += 1;
        } else if let Some(number) = ordinal(word) {
            spelled.push(format!("f{}", unpadded(number)));
        } else if !is_unit_sign(word) && !is_floor_sign(word) {
            spelled.push(unit_word(word));
        }
    }
    spelled.retain(|word| !word.is_empty());
    // Chicago writes `1 1ST` and `1 1` for the first floor.
    let floors: Vec<String> = spelled
        .iter()
        .filter(|word| is_floor(word))
        .cloned()
        .collect();
    spelled.retain(|word| !floors.iter().any(|floor| floor[1..] == **word));
    spelled.dedup();
    spelled.join(" ")
}

fn is_floor(word: &str) -> bool {
    word.strip_prefix('f').is_some_and(starts_with_digit)
}

/// The number of `1st`, `22nd`.
pub(super) fn ordinal(word: &str) -> Option<&str> {
    let number = ["st", "nd", "rd", "th"]
        .iter()
        .find_map(|suffix| word.strip_suffix(suffix))?;
    (!number.is_empty() && number.bytes().all(|b| b.is_ascii_digit())).then_some(number)
}

fn unit_word(word: &str) -> String {
    match word {
        "basement" => "bsmt".to_owned(),
        "lowerlevel" => "ll".to_owned(),
        "penthouse" => "ph".to_owned(),
        _ => unpadded(word),
    }
}

/// Each number of `03-015` without leading zeros.
fn unpadded(word: &str) -> String {
    let mut bare = String::with_capacity(word.len());
    push_unpadded(word, &mut bare);
    bare
}

/// Appends the same to a text.
pub(super) fn push_unpadded(word: &str, text: &mut String) {
    for (at, part) in word.split('-').enumerate() {
        if at > 0 {
            text.push('-');
        }
        let bare = part.trim_start_matches('0');
        let is_zero = bare.is_empty() && !part.is_empty();
        text.push_str(if is_zero { "0" } else { bare });
    }
}

fn is_post_box(words: &[Token<'_>]) -> bool {
    words
        .iter()
        .take(3)
        .any(|word| matches!(&*word.text, "box" | "pobox"))
}

/// `Flat 3, 12 High St`; `#03-15 Blk 12`; `1st floor, 12 Main St`.
fn take_leading<'a>(words: &mut Vec<Token<'a>>) -> Vec<Token<'a>> {
    let text = |at: usize| words.get(at).map_or("", |word| &*word.text);
    let is_signed = (is_unit_sign(text(0)) && text(0) != "#") || is_floor_sign(text(0));
    let is_floor = starts_with_digit(text(0)) && is_floor_sign(text(1));
    let is_hash = text(0) == "#" && text(1).contains('-');
    if !(is_signed || is_floor || is_hash) || words.len() < 4 {
        return Vec::new();
    }
    let end = (2..words.len().min(5))
        .find(|&at| words[at].after_break)
        .unwrap_or(2);
    let rest = words.split_off(end);
    std::mem::replace(words, rest)
}

/// Where a unit with a sign of its own begins.
fn signed_start(words: &[Token<'_>], country: &str) -> Option<usize> {
    (1..words.len()).find(|&at| {
        let word = &*words[at].text;
        let next = words.get(at + 1).map_or("", |word| &*word.text);
        let is_ordinal_floor = starts_with_digit(word) && is_floor_sign(next) && at > 1;
        is_unit_sign(word)
            || (is_floor_sign(word) && (next.is_empty() || starts_with_digit(next)))
            || is_ordinal_floor
            || (is_unit_word(word) && at > 1)
            || (word == "bldg" && !next.is_empty() && country == "us")
            || is_floor_and_door(word, country)
    })
}

/// `03-15`, and in Singapore and Malaysia `3-15` and `b1-07`.
fn is_floor_and_door(word: &str, country: &str) -> bool {
    let Some((floor, door)) = word.split_once('-') else {
        return false;
    };
    let digits = floor.trim_start_matches('b');
    let is_pair = (1..=2).contains(&digits.len())
        && digits.bytes().all(|b| b.is_ascii_digit())
        && (1..=5).contains(&door.len())
        && starts_with_digit(door);
    is_pair && (matches!(country, "sg" | "my") || (floor.len() == 2 && floor.starts_with('0')))
}

/// In Singapore and Malaysia the street, or the building's name, can follow the unit; elsewhere all is unit.
fn take_signed<'a>(
    words: &mut Vec<Token<'a>>,
    mut rest: Vec<Token<'a>>,
    country: &str,
) -> Vec<Token<'a>> {
    if !matches!(country, "sg" | "my") {
        return rest;
    }
    let n_signs = rest
        .iter()
        .take_while(|word| is_unit_sign(&word.text) || is_floor_sign(&word.text))
        .count();
    let after = rest.split_off((n_signs + 1).min(rest.len()));
    // With number and street said, what follows is the building's name, which most leave out.
    if words.len() < 3 {
        words.extend(after);
    }
    rest
}

/// Where a unit without a sign begins: after the street's type (`1010 w argyle st 1st`).
///
/// Only where the type ends a street's name: in Singapore `ave 3` is a name.
fn bare_start(words: &[Token<'_>], country: &str) -> Option<usize> {
    let is_end = |at: usize| {
        is_street_type(&words[at].text)
            && (at > 2 || words[1..at].iter().any(|word| !is_direction(&word.text)))
            && !is_numbered_road(&words[at - 1].text)
    };
    if !words
        .first()
        .is_some_and(|word| starts_with_digit(&word.text))
    {
        return None;
    }
    let end = if words.get(2).is_some_and(|word| word.text == "broadway") {
        2
    } else {
        (2..words.len()).rev().find(|&at| is_end(at))?
    };
    let mut start = end + 1;
    while words
        .get(start)
        .is_some_and(|word| is_direction(&word.text))
    {
        start += 1;
    }
    let first = words.get(start)?;
    if words[end].text == "hwy" && starts_with_digit(&first.text) && end < 3 {
        return None;
    }
    (country == "us" || ordinal(&first.text).is_some()).then_some(start)
}
