//! How model values are spelled in answers.

use serde::Serializer;
use unicode_normalization::UnicodeNormalization;

use crate::model::{Bits, Money, Timestamp};
use crate::run::{Action, LineageEvent, Role};

/// `1 device`, `3 devices`, `2 addresses`.
pub(super) fn counted(count: usize, noun: &str) -> String {
    if count == 1 {
        return format!("1 {noun}");
    }
    format!("{count} {}", plural(noun))
}

fn plural(noun: &str) -> String {
    if noun.ends_with('s') || noun.ends_with('x') || noun.ends_with("sh") || noun.ends_with("ch") {
        return format!("{noun}es");
    }
    match noun.strip_suffix('y') {
        Some(stem) if !stem.ends_with(['a', 'e', 'i', 'o', 'u']) => format!("{stem}ies"),
        _ => format!("{noun}s"),
    }
}

/// `a`, `a and b`, `a, b and c`.
pub(super) fn listed(items: &[String]) -> String {
    match items {
        [] => String::new(),
        [only] => only.clone(),
        [head @ .., last] => format!("{} and {last}", head.join(", ")),
    }
}

/// A name without what differs between its spellings: case, width, and how much space there is.
pub(super) fn folded(name: &str) -> String {
    let letters: String = name.nfkc().flat_map(char::to_lowercase).collect();
    letters.split_whitespace().collect::<Vec<&str>>().join(" ")
}

/// What an entity type is called in a sentence.
pub(super) fn kind_noun(entity_type: &str) -> String {
    match entity_type {
        "payout" => "payout account".into(),
        "relation" => "direct tie".into(),
        other => other.replace('_', " "),
    }
}

/// Whether a character can disturb a terminal or deceive a reader: a control character, an invisible
/// one, or one that turns the reading direction.
pub fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{61c}'
                | '\u{180e}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{feff}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e007f}'
        )
}

/// Serializes evidence as a number of bits.
#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the signature serde asks for"
)]
pub(super) fn bits<S: Serializer>(bits: &Bits, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64((bits.to_f64() * 100.0).round() / 100.0)
}

/// Serializes money in units of the currency.
#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the signature serde asks for"
)]
pub(super) fn money<S: Serializer>(money: &Money, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(money.to_f64())
}

/// Serializes a time as the run's files print it, null for none.
#[expect(
    clippy::ref_option,
    clippy::trivially_copy_pass_by_ref,
    reason = "the signature serde asks for"
)]
pub(super) fn time<S: Serializer>(
    time: &Option<Timestamp>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match time {
        Some(time) => serializer.collect_str(time),
        None => serializer.serialize_none(),
    }
}

/// Serializes an action by its word.
#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the signature serde asks for"
)]
pub(super) fn action<S: Serializer>(action: &Action, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(action.as_str())
}

/// Serializes a role by its word.
#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the signature serde asks for"
)]
pub(super) fn role<S: Serializer>(role: &Role, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(role.as_str())
}

/// Serializes a lineage event by its word.
#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the signature serde asks for"
)]
pub(super) fn event<S: Serializer>(event: &LineageEvent, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(event.as_str())
}

/// Serializes a lineage event by its word, null for none.
#[expect(
    clippy::ref_option,
    clippy::trivially_copy_pass_by_ref,
    reason = "the signature serde asks for"
)]
pub(super) fn event_or_null<S: Serializer>(
    event: &Option<LineageEvent>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match event {
        Some(event) => serializer.serialize_str(event.as_str()),
        None => serializer.serialize_none(),
    }
}

#[cfg(test)]
mod tests {
    use super::{counted, folded, kind_noun, listed};

    #[test]
    fn counts_and_lists_read_as_english() {
        let check = |count, noun, expected: &str| assert_eq!(counted(count, noun), expected);
        check(1, "device", "1 device");
        check(0, "device", "0 devices");
        check(2, "address", "2 addresses");
        check(3, "tax", "3 taxes");
        check(2, "city", "2 cities");
        check(2, "day", "2 days");
        assert_eq!(listed(&[]), "");
        let items = ["a", "b", "c"].map(String::from);
        assert_eq!(listed(&items[..1]), "a");
        assert_eq!(listed(&items[..2]), "a and b");
        assert_eq!(listed(&items), "a, b and c");
        assert_eq!(kind_noun("tax_number"), "tax number");
        assert_eq!(folded("LITTLE  ROCK "), folded("Ｌittle Rock"));
    }
}
