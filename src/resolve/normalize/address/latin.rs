//! Streets in words: tokens, house numbers, word order.

use std::borrow::Cow;
use std::ops::Range;

use super::Parts;
use super::units::{canonical_unit, take_unit};
use super::words::{canonical_word, is_number_sign, is_numbered_road, is_silent, is_ward_sign};

/// House numbers of a range lie on one side of one street: this many numbers apart at most.
const MAX_RANGE: u32 = 98;

/// A word of an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token<'a> {
    pub(super) text: Cow<'a, str>,
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
        first.text = Cow::Owned(house_number(&first.text));
    }
    Parts {
        street: join(&words),
        unit: canonical_unit(&unit_words),
    }
}

/// Cuts a folded text into words; `#` is a word, `-` and `/` hold a word together.
pub(super) fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut words = Words {
        text,
        done: Vec::with_capacity(8),
        piece: 0..0,
        head: String::new(),
        after_break: false,
    };
    if text.is_ascii() {
        let bytes = text.as_bytes();
        words.cut(bytes.iter().map(|&b| char::from(b)).enumerate(), bytes);
    } else {
        let chars: Vec<char> = text.chars().collect();
        words.cut(text.char_indices(), &chars);
    }
    words.done
}

/// Words on their way out of a text.
struct Words<'a> {
    text: &'a str,
    done: Vec<Token<'a>>,
    /// Where the word at hand starts and ends, while it is a piece of the text.
    piece: Range<usize>,
    /// What came before `piece` of the word, with a character left out in between.
    head: String,
    after_break: bool,
}

impl Words<'_> {
    /// `chars` with the bytes they start at, and `all` of them to look around in.
    fn cut<C: Copy + Into<char>>(&mut self, chars: impl Iterator<Item = (usize, char)>, all: &[C]) {
        for (at, (start, c)) in chars.enumerate() {
            if c.is_alphanumeric() || is_word_mark(c) || (matches!(c, '-' | '/') && holds(all, at))
            {
                self.push(start, c);
                continue;
            }
            // A range is written `801 - 809` too: the spaces around its dash are no end.
            if c == '\'' || (c == ' ' && is_range_space(all, at)) {
                continue;
            }
            self.flush();
            match c {
                '#' => {
                    self.push(start, c);
                    self.flush();
                }
                ',' | ';' | '(' | ')' | '、' => self.after_break = true,
                _ => {}
            }
        }
        self.flush();
    }

    fn push(&mut self, start: usize, c: char) {
        if self.piece.end != start {
            self.head.push_str(&self.text[self.piece.clone()]);
            self.piece.start = start;
        }
        self.piece.end = start + c.len_utf8();
    }

    fn flush(&mut self) {
        let piece = &self.text[std::mem::take(&mut self.piece)];
        let text = if self.head.is_empty() {
            Cow::Borrowed(piece)
        } else {
            self.head.push_str(piece);
            Cow::Owned(std::mem::take(&mut self.head))
        };
        if text.is_empty() {
            return;
        }
        self.done.push(Token {
            text,
            after_break: std::mem::take(&mut self.after_break) && !self.done.is_empty(),
        });
    }
}

/// The words with single spaces.
pub(super) fn join(words: &[Token<'_>]) -> String {
    let mut text = String::with_capacity(words.iter().map(|word| word.text.len() + 1).sum());
    for word in words {
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(&word.text);
    }
    text
}

/// The words with their commas: they show where a ward or a unit ends.
pub(super) fn join_with_breaks(words: &[Token<'_>]) -> String {
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

/// Vowel signs of Thai and other scripts belong to the letter before them.
fn is_word_mark(c: char) -> bool {
    !c.is_ascii() && unicode_normalization::char::is_combining_mark(c)
}

fn holds<C: Copy + Into<char>>(chars: &[C], at: usize) -> bool {
    let is_word = |at: usize| char_at(chars, at).is_some_and(char::is_alphanumeric);
    at > 0 && is_word(at - 1) && is_word(at + 1) || is_range_dash(chars, at)
}

fn is_range_dash<C: Copy + Into<char>>(chars: &[C], at: usize) -> bool {
    let is_digit = |at: usize| char_at(chars, at).is_some_and(|c| c.is_ascii_digit());
    let is_space = |at: usize| char_at(chars, at) == Some(' ');
    at > 1
        && char_at(chars, at) == Some('-')
        && is_space(at - 1)
        && is_space(at + 1)
        && is_digit(at - 2)
        && is_digit(at + 2)
}

fn is_range_space<C: Copy + Into<char>>(chars: &[C], at: usize) -> bool {
    is_range_dash(chars, at + 1) || (at > 0 && is_range_dash(chars, at - 1))
}

fn char_at<C: Copy + Into<char>>(chars: &[C], at: usize) -> Option<char> {
    chars.get(at).map(|&c| c.into())
}

fn canonical_tokens<'a>(text: &'a str, country: &str) -> Vec<Token<'a>> {
    let mut words = Vec::with_capacity(8);
    for word in tokens(text) {
        match glued_prefix(&word.text, country) {
            None => words.push(word.canonical(country)),
            Some((prefix_end, number_start)) => {
                let number = word.part(number_start..word.text.len(), false);
                let prefix = word.part(0..prefix_end, word.after_break);
                words.extend([prefix.canonical(country), number.canonical(country)]);
            }
        }
    }
    words
}

impl Token<'_> {
    fn canonical(self, country: &str) -> Self {
        let text = match self.text {
            Cow::Borrowed(text) => Cow::Borrowed(canonical_word(text, country)),
            Cow::Owned(text) => Cow::Owned(canonical_word(&text, country).to_owned()),
        };
        Self { text, ..self }
    }

    fn part(&self, range: Range<usize>, after_break: bool) -> Self {
        let text = match &self.text {
            Cow::Borrowed(text) => Cow::Borrowed(&text[range]),
            Cow::Owned(text) => Cow::Owned(text[range].to_owned()),
        };
        Self { text, after_break }
    }
}

/// Where a known prefix ends and its number starts: `us-31`, `q1`, `p5`, `blk12`, `no12`.
fn glued_prefix(word: &str, country: &str) -> Option<(usize, usize)> {
    let start = word.find(|c: char| c.is_ascii_digit())?;
    let prefix = word[..start].trim_end_matches('-');
    let is_prefix = match prefix {
        "us" | "sr" | "cr" | "i" => country == "us",
        "q" | "p" | "f" => country == "vn",
        "blk" | "no" => true,
        _ => false,
    };
    is_prefix.then_some((prefix.len(), start))
}

/// `p o box 7`, `pobox 7` and `post office box 7` are `po box 7`.
fn join_post_box(words: &mut Vec<Token<'_>>) {
    for spelling in [
        &["p", "o", "box"][..],
        &["post", "office", "box"],
        &["pobox"],
    ] {
        let is_spelled = |at: usize| {
            let found = words[at..].iter().map(|word| &*word.text);
            found.take(spelling.len()).eq(spelling.iter().copied())
        };
        let Some(at) = (0..words.len()).find(|at| is_spelled(*at)) else {
            continue;
        };
        let after_break = words[at].after_break;
        let part = |text: &'static str, after_break| Token {
            text: Cow::Borrowed(text),
            after_break,
        };
        let joined = [part("po", after_break), part("box", false)];
        words.splice(at..at + spelling.len(), joined);
    }
}

/// Wards and villages are left out as often as not; the street and the district say enough.
fn drop_wards(words: &mut Vec<Token<'_>>) {
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
fn front_house_number(words: &mut Vec<Token<'_>>, country: &str) {
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
        && matches!(&*words[0].text, "jalan" | "gang")
        && words
            .last()
            .is_some_and(|word| starts_with_digit(&word.text))
        && !words[words.len() - 2].text.starts_with("kav");
    if is_trailing && let Some(number) = words.pop() {
        words.insert(0, number);
    }
}

/// Drops signs before a leading number.
fn drop_leading(words: &mut Vec<Token<'_>>, is_sign: impl Fn(&str) -> bool) {
    let n_signs = words.iter().take_while(|word| is_sign(&word.text)).count();
    if words
        .get(n_signs)
        .is_some_and(|word| starts_with_digit(&word.text))
    {
        words.drain(..n_signs);
    }
}

/// One name for numbered roads: `county rd 50` is `cr 50`, `us hwy 31` is `us 31`, `sr 23 hwy` is `sr 23`.
fn join_numbered_roads(words: &mut Vec<Token<'_>>) {
    let mut at = 0;
    while at + 2 < words.len() {
        let short = match (&*words[at].text, &*words[at + 1].text) {
            ("county" | "co", "rd" | "hwy") => "cr",
            ("state", "rd" | "route" | "hwy") => "sr",
            ("us", "hwy" | "route") => "us",
            _ => "",
        };
        if !short.is_empty() && starts_with_digit(&words[at + 2].text) {
            words[at].text = Cow::Borrowed(short);
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
