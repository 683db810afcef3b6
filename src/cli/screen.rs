//! The screen: how wide it is, whether it has colours, and which characters are safe to show on it.

use std::borrow::Cow;
use std::io::{self, IsTerminal};

use crate::explore::is_unsafe;
use clap::ValueEnum;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Width of the page where there is no terminal to ask.
const DEFAULT_WIDTH: usize = 100;
/// Nothing can be laid out on less.
const MIN_WIDTH: usize = 30;
/// Lines longer than this are hard to read, however wide the terminal.
const MAX_WIDTH: usize = 160;

/// When to use colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ColorChoice {
    /// On a terminal, unless `NO_COLOR` is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// What a piece of text says beside its words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// Nothing.
    Plain,
    /// A heading.
    Strong,
    /// Of lesser importance.
    Quiet,
    /// Speaks for a ring.
    Bad,
    /// Needs a look.
    Warn,
    /// Speaks for honesty.
    Good,
}

/// Where answers are shown.
#[derive(Clone, Copy, Debug)]
pub struct Screen {
    /// Columns.
    pub width: usize,
    /// Whether standard output takes colours.
    pub color: bool,
    /// Whether standard error takes colours.
    pub log_color: bool,
    /// Whether standard output is a terminal, which must not be sent control characters.
    pub is_terminal: bool,
}

impl Screen {
    /// Looks at standard output and standard error.
    pub fn detect(color: ColorChoice, width: Option<usize>) -> Self {
        let is_terminal = io::stdout().is_terminal();
        let detected = || {
            let size = terminal_size::terminal_size_of(io::stdout());
            size.filter(|_| is_terminal)
                .map(|(columns, _)| usize::from(columns.0))
        };
        let width = width.or_else(detected).unwrap_or(DEFAULT_WIDTH);
        let wants_color = |terminal: bool| match color {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto => terminal && !no_color(),
        };
        Self {
            width: width.clamp(MIN_WIDTH, MAX_WIDTH),
            color: wants_color(is_terminal),
            log_color: wants_color(io::stderr().is_terminal()),
            is_terminal,
        }
    }

    /// A text in its tone, for standard output.
    pub fn paint(&self, tone: Tone, text: &str) -> String {
        painted(self.color, tone, text)
    }

    /// A text in its tone, for standard error.
    pub fn paint_error(&self, tone: Tone, text: &str) -> String {
        painted(self.log_color, tone, text)
    }
}

/// Whether standard error is a terminal, where progress can be seen.
pub(super) fn shows_progress() -> bool {
    io::stderr().is_terminal()
}

fn painted(color: bool, tone: Tone, text: &str) -> String {
    let code = match tone {
        Tone::Plain => return text.to_owned(),
        Tone::Strong => "1",
        Tone::Quiet => "2",
        Tone::Bad => "1;31",
        Tone::Warn => "33",
        Tone::Good => "32",
    };
    if color {
        format!("\x1b[{code}m{text}\x1b[0m")
    } else {
        text.to_owned()
    }
}

/// <https://no-color.org>: set and not empty, whatever its value.
fn no_color() -> bool {
    std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
}

/// A text that can do nothing to a terminal or to the order of what is read: control characters, and
/// characters that are invisible or turn the reading direction, are spelled out.
pub(super) fn visible(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_unsafe) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '\n' => safe.push_str("\\n"),
            '\r' => safe.push_str("\\r"),
            '\t' => safe.push_str("\\t"),
            c if is_unsafe(c) => safe.extend(c.escape_unicode()),
            c => safe.push(c),
        }
    }
    Cow::Owned(safe)
}

/// A text of at most so many columns, ending in an ellipsis where something is left out.
pub(super) fn ellipsized(text: &str, columns: usize) -> Cow<'_, str> {
    if text.width() <= columns {
        return Cow::Borrowed(text);
    }
    let mut kept = String::new();
    let mut used = 1;
    for c in text.chars() {
        used += c.width().unwrap_or(0);
        if used > columns {
            break;
        }
        kept.push(c);
    }
    kept.push('…');
    Cow::Owned(kept)
}

/// The lines of a text of at most so many columns each, broken between words; a longer word is cut.
pub(super) fn wrapped(text: &str, columns: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let mut word = word.to_owned();
        loop {
            let line = lines.last_mut().expect("there is always a line");
            let space = usize::from(!line.is_empty());
            if line.width() + space + word.width() <= columns {
                line.push_str(&" "[..space]);
                line.push_str(&word);
                break;
            }
            if space == 1 {
                lines.push(String::new());
                continue;
            }
            let rest = word.split_off(cut_at(&word, columns));
            line.push_str(&word);
            if rest.is_empty() {
                break;
            }
            word = rest;
            lines.push(String::new());
        }
    }
    lines
}

/// Where the part of a word that fits so many columns ends; at least one character fits.
fn cut_at(word: &str, columns: usize) -> usize {
    let mut used = 0;
    for (at, c) in word.char_indices() {
        used += c.width().unwrap_or(0);
        if used > columns && at > 0 {
            return at;
        }
    }
    word.len()
}

#[cfg(test)]
mod tests {
    use super::{ellipsized, visible, wrapped};

    #[test]
    fn nothing_unsafe_is_shown() {
        let check = |text: &str, expected: &str| assert_eq!(visible(text), expected);
        check("plain é 漢字 😀", "plain é 漢字 😀");
        check("\x1b[2Jgone", "\\u{1b}[2Jgone");
        check("a\nb\tc", "a\\nb\\tc");
        check("evil\u{202e}gnp.exe", "evil\\u{202e}gnp.exe");
        check("\u{9b}31m", "\\u{9b}31m");
    }

    #[test]
    fn wide_characters_count_two_columns() {
        assert_eq!(ellipsized("漢字漢字", 8), "漢字漢字");
        assert_eq!(ellipsized("漢字漢字", 6), "漢字…");
        assert_eq!(ellipsized("abc", 2), "a…");
        assert_eq!(wrapped("one two three", 7), ["one two", "three"]);
        assert_eq!(wrapped("abcdefgh", 3), ["abc", "def", "gh"]);
        assert_eq!(wrapped("漢字漢", 1), ["漢", "字", "漢"]);
        assert_eq!(wrapped("", 5), [""]);
    }
}
