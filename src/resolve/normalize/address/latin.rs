//! Streets in words: tokens, house numbers, word order.

use super::Parts;
use super::units::{canonical_unit, take_unit};
use super::words::{canonical_word, is_number_sign, is_numbered_road, is_silent, is_ward_sign};

/// House numbers of a range lie on one side of one street: this many numbers apart at most.
const MAX_RANGE: u32 = 98;

/// A word of an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) text: String,
    /// Whether a comma, bracket or line break stands before it.
    pub(super) after_break: bool,
}

/// Street and unit in canonical words.
pub(super) fn canonical(parts: &Parts, country: &str) -> Parts {
    let mut words = canonical_tokens(&parts.street, country);
    join_post_box(&mut words);
    drop_wards(&mut words);
    drop_leading(&mut words, |word| is_number_sign(word) || word == "blk");
    let mut unit_words = take_unit(&mut words, country);
    unit_words.extend(canonical_tokens(&parts.unit, country));
    front_house_number(&mut words, country);
    join_numbered_roads(&mut words);
    words.retain(|word| !is_silent(&word.text, country));
    if let Some(first) = words.first_mut() {
        first.text = house_number(&first.text);
    }
    Parts {
        street: join(&words),
        unit: canonical_unit(&unit_words),
    }
}

/// Cuts a folded text into words; `#` is a word, `-` and `/` hold a word together.
pub(super) fn tokens(text: &str) -> Vec<Token> {
    let chars: Vec<char> = text.chars().collect();
    let mut words: Vec<Token> = Vec::new();
    let mut word = String::new();
    let mut after_break = false;
    for (at, &c) in chars.iter().enumerate() {
        if c.is_alphanumeric() || is_word_mark(c) || (matches!(c, '-' | '/') && holds(&chars, at)) {
            word.push(c);
            continue;
        }
        // A range is written `801 - 809` too: the spaces around its dash are no end.
        if c == '\'' || (c == ' ' && is_range_space(&chars, at)) {
            continue;
        }
        flush(&mut words, &mut word, &mut after_break);
        match c {
            '#' => {
                word.push('#');
                flush(&mut words, &mut word, &mut after_break);
            }
            ',' | ';' | '(' | ')' | '、' => after_break = true,
            _ => {}
        }
    }
    flush(&mut words, &mut word, &mut after_break);
    words
}

/// The words with single spaces.
pub(super) fn join(words: &[Token]) -> String {
    words
        .iter()
        .map(|word| word.text.as_str())
        .collect::<Vec<_>>()
        .join(" ")
}

/// The words with their commas: they show where a ward or a unit ends.
pub(super) fn join_with_breaks(words: &[Token]) -> String {
    let mut text = String::new();
    for word in words {
        match (text.is_empty(), word.after_break) {
            (true, _) => {}
            (false, true) => text.push_str(", "),
            (false, false) => text.push(' '),
        }
        text.push_str(&word.text);
    }
    text
}

fn flush(words: &mut Vec<Token>, word: &mut String, after_break: &mut bool) {
    if word.is_empty() {
        return;
    }
    words.push(Token {
        text: std::mem::take(word),
        after_break: std::mem::take(after_break) && !words.is_empty(),
    });
}

/// Vowel signs of Thai and other scripts belong to the letter before them.
fn is_word_mark(c: char) -> bool {
    !c.is_ascii() && unicode_normalization::char::is_combining_mark(c)
}

fn holds(chars: &[char], at: usize) -> bool {
    let side = |c: Option<&char>| c.is_some_and(|c| c.is_alphanumeric());
    at > 0 && side(chars.get(at - 1)) && side(chars.get(at + 1)) || is_range_dash(chars, at)
}

fn is_range_dash(chars: &[char], at: usize) -> bool {
    chars[at] == '-'
        && at > 1
        && chars.get(at - 1) == Some(&' ')
        && chars.get(at + 1) == Some(&' ')
        && chars[at - 2].is_ascii_digit()
        && chars.get(at + 2).is_some_and(char::is_ascii_digit)
}

fn is_range_space(chars: &[char], at: usize) -> bool {
    (at + 1 < chars.len() && is_range_dash(chars, at + 1))
        || (at > 0 && is_range_dash(chars, at - 1))
}

fn canonical_tokens(text: &str, country: &str) -> Vec<Token> {
    tokens(text)
        .into_iter()
        .flat_map(|word| split_glued(word, country))
        .map(|word| Token {
            text: canonical_word(&word.text, country).to_owned(),
            after_break: word.after_break,
        })
        .collect()
}

/// Cuts a known prefix off its number: `us-31`, `q1`, `p5`, `blk12`, `no12`.
fn split_glued(word: Token, country: &str) -> Vec<Token> {
    let Some(start) = word.text.find(|c: char| c.is_ascii_digit()) else {
        return vec![word];
    };
    let prefix = word.text[..start].trim_end_matches('-');
    let is_prefix = match prefix {
        "us" | "sr" | "cr" | "i" => country == "us",
        "q" | "p" | "f" => country == "vn",
        "blk" | "no" => true,
        _ => false,
    };
    if !is_prefix {
        return vec![word];
    }
    let number = word.text[start..].to_owned();
    let prefix = prefix.to_owned();
    let part = |text, after_break| Token { text, after_break };
    vec![part(prefix, word.after_break), part(number, false)]
}

/// `p o box 7`, `pobox 7` and `post office box 7` are `po box 7`.
fn join_post_box(words: &mut Vec<Token>) {
    for spelling in [
        &["p", "o", "box"][..],
        &["post", "office", "box"],
        &["pobox"],
    ] {
        let is_spelled = |at: usize| {
            let found = words[at..].iter().map(|word| word.text.as_str());
            found.take(spelling.len()).eq(spelling.iter().copied())
        };
        let Some(at) = (0..words.len()).find(|at| is_spelled(*at)) else {
            continue;
        };
        let after_break = words[at].after_break;
        let part = |text: &str, after_break| Token {
            text: text.to_owned(),
            after_break,
        };
        let joined = [part("po", after_break), part("box", false)];
        words.splice(at..at + spelling.len(), joined);
    }
}

/// Wards and villages are left out as often as not; the street and the district say enough.
fn drop_wards(words: &mut Vec<Token>) {
    let mut is_ward = false;
    let mut position = 0;
    words.retain(|word| {
        if word.after_break || position == 0 {
            is_ward = word.after_break && is_ward_sign(&word.text);
        }
        position += 1;
        !is_ward
    });
}

/// Puts the house number first: `jalan sudirman no 12`, `jalan sudirman 12`, `blk 12`, `no 12`, `# 12`.
fn front_house_number(words: &mut Vec<Token>, country: &str) {
    drop_leading(words, |word| {
        is_number_sign(word) || matches!(word, "#" | "blk")
    });
    if words
        .first()
        .is_none_or(|word| starts_with_digit(&word.text))
    {
        return;
    }
    let signed = (1..words.len().saturating_sub(1))
        .find(|&at| is_number_sign(&words[at].text) && starts_with_digit(&words[at + 1].text));
    if let Some(at) = signed {
        words.remove(at);
        let number = words.remove(at);
        words.insert(0, number);
        return;
    }
    let is_trailing = country == "id"
        && words.len() > 2
        && matches!(words[0].text.as_str(), "jalan" | "gang")
        && words
            .last()
            .is_some_and(|word| starts_with_digit(&word.text))
        && !words[words.len() - 2].text.starts_with("kav");
    if is_trailing && let Some(number) = words.pop() {
        words.insert(0, number);
    }
}

/// Drops signs before a leading number.
fn drop_leading(words: &mut Vec<Token>, is_sign: impl Fn(&str) -> bool) {
    let n_signs = words.iter().take_while(|word| is_sign(&word.text)).count();
    if words
        .get(n_signs)
        .is_some_and(|word| starts_with_digit(&word.text))
    {
        words.drain(..n_signs);
    }
}

/// One name for numbered roads: `county rd 50` is `cr 50`, `us hwy 31` is `us 31`, `sr 23 hwy` is `sr 23`.
fn join_numbered_roads(words: &mut Vec<Token>) {
    let mut at = 0;
    while at + 2 < words.len() {
        let short = match (words[at].text.as_str(), words[at + 1].text.as_str()) {
            ("county" | "co", "rd" | "hwy") => "cr",
            ("state", "rd" | "route" | "hwy") => "sr",
            ("us", "hwy" | "route") => "us",
            _ => "",
        };
        if !short.is_empty() && starts_with_digit(&words[at + 2].text) {
            short.clone_into(&mut words[at].text);
            words.remove(at + 1);
        } else if is_numbered_road(&words[at].text)
            && starts_with_digit(&words[at + 1].text)
            && words[at + 2].text == "hwy"
        {
            words.remove(at + 2);
        }
        at += 1;
    }
}

/// Leading zeros dropped; of a range the lower number, which is the one people give alone.
fn house_number(word: &str) -> String {
    let bare = word.trim_start_matches('0');
    if !starts_with_digit(bare) {
        return word.to_owned();
    }
    let Some((low, high)) = bare.split_once('-') else {
        return bare.to_owned();
    };
    let (Ok(low_number), Ok(_)) = (low.parse::<u32>(), high.parse::<u32>()) else {
        return bare.to_owned();
    };
    // `8938-40` means `8938-8940`; a high number with a leading zero is a block or a floor.
    let prefix_length = low.len().saturating_sub(high.len());
    let high_number: Option<u32> = format!("{}{high}", &low[..prefix_length]).parse().ok();
    let is_range = !high.starts_with('0')
        && high_number.is_some_and(|high| {
            high > low_number && high - low_number <= MAX_RANGE && (high - low_number) % 2 == 0
        });
    if is_range {
        low.to_owned()
    } else {
        bare.to_owned()
    }
}

pub(super) fn starts_with_digit(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_digit())
}
