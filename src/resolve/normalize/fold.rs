//! Folding shared by all normalizers: width, case, marks, invisible characters, length.

use std::borrow::Cow;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Longest value compared character by character. No honest account, device or address comes near;
/// of a longer one the start and a hash of the whole are compared, so that a megabyte costs little and
/// two long values with one beginning stay apart.
pub const MAX_VALUE_CHARS: usize = 512;

/// Characters kept of a longer value, small enough that start and hash stay below the cap.
const KEPT_CHARS: usize = 400;

/// Folding maps are not idempotent character by character (lower case can decompose); a few rounds
/// reach the fixed point for every character Unicode has.
const MAX_ROUNDS: usize = 4;

/// Applies `f` to the value, bounded in length before and after: compatibility forms can expand.
pub(super) fn bounded(raw: &str, f: impl Fn(&str) -> String) -> Option<String> {
    let mut text = f(&capped(raw));
    if is_too_long(&text) {
        text = f(&capped(&text));
    }
    (!text.is_empty()).then_some(text)
}

/// NFKC with width folded, lower case; control, format and bidi characters dropped; dashes and spaces
/// unified; surrounding space trimmed.
pub(super) fn fold_case(text: &str) -> String {
    if text.bytes().all(|b| matches!(b, b' '..=b'~')) {
        return text.trim().to_ascii_lowercase();
    }
    if text.is_ascii() {
        return visible(text.chars()).to_ascii_lowercase().trim().to_owned();
    }
    fixed_point(text, |text| {
        let lower: String = text.nfkc().flat_map(char::to_lowercase).collect();
        visible(lower.nfkc()).trim().to_owned()
    })
}

/// As [`fold_case`], and diacritics dropped, `đ`, `ł`, `ø`, `ß` and their like spelled in ASCII.
pub(super) fn fold_marks(text: &str) -> String {
    if text.is_ascii() {
        return fold_case(text);
    }
    fixed_point(text, |text| {
        let lower: String = text.nfkd().flat_map(char::to_lowercase).collect();
        let bare = lower
            .nfkd()
            .filter(|&c| !is_latin_mark(c))
            .flat_map(spelled);
        visible(bare.nfkc()).trim().to_owned()
    })
}

fn fixed_point(text: &str, step: impl Fn(&str) -> String) -> String {
    let mut text = step(text);
    for _ in 1..MAX_ROUNDS {
        let next = step(&text);
        if next == text {
            break;
        }
        text = next;
    }
    text
}

fn is_too_long(text: &str) -> bool {
    text.len() > MAX_VALUE_CHARS && text.chars().count() > MAX_VALUE_CHARS
}

fn capped(text: &str) -> Cow<'_, str> {
    if !is_too_long(text) {
        return Cow::Borrowed(text);
    }
    let start: String = text.chars().take(KEPT_CHARS).collect();
    let hash = blake3::hash(text.as_bytes()).to_hex();
    Cow::Owned(format!("{start} {}", &hash[..32]))
}

fn visible(chars: impl Iterator<Item = char>) -> String {
    chars
        .filter_map(|c| match c {
            c if c.is_whitespace() => Some(' '),
            c if c.is_control() || is_invisible(c) => None,
            c if is_dash(c) => Some('-'),
            c => Some(c),
        })
        .collect()
}

/// Zero-width, bidi and variation characters, and the soft hyphen: seen by nobody, so never compared.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{fff9}'..='\u{fffd}'
        | '\u{e0000}'..='\u{e0fff}')
}

fn is_dash(c: char) -> bool {
    matches!(
        c,
        '\u{2010}'
            ..='\u{2015}'
                | '\u{2043}'
                | '\u{2212}'
                | '\u{2500}'
                | '\u{2501}'
                | '\u{fe58}'
                | '\u{fe63}'
                | '\u{ff0d}'
    )
}

/// Marks that people leave out. The Japanese voicing marks change the word, and recompose after.
fn is_latin_mark(c: char) -> bool {
    is_combining_mark(c)
        && matches!(c, '\u{300}'..='\u{36f}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}' | '\u{20d0}'..='\u{20ff}')
}

fn spelled(c: char) -> impl Iterator<Item = char> {
    let text = match c {
        'đ' | 'ð' => "d",
        'ł' => "l",
        'ø' => "o",
        'ß' => "ss",
        'æ' => "ae",
        'œ' => "oe",
        'ı' => "i",
        'þ' => "th",
        _ => "",
    };
    text.chars().chain(text.is_empty().then_some(c))
}
