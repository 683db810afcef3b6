//! Text inside XML 1.0.

use std::borrow::Cow;
use std::fmt::Write as _;

use crate::explore::words::is_unsafe;

/// A text as XML content or attribute value: markup escaped, line ends and other characters that could
/// be lost or deceive written as references, and characters that XML 1.0 does not allow dropped.
pub(super) fn escaped(text: &str) -> Cow<'_, str> {
    let plain = |c: char| !is_unsafe(c) && !matches!(c, '&' | '<' | '>' | '"' | '\'');
    if text.chars().all(|c| is_allowed(c) && plain(c)) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 16);
    for c in text.chars().filter(|c| is_allowed(*c)) {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            c if is_unsafe(c) => {
                write!(safe, "&#{};", u32::from(c)).expect("a String takes everything");
            }
            other => safe.push(other),
        }
    }
    Cow::Owned(safe)
}

/// The `Char` production of XML 1.0, fifth edition; a Rust `char` is never a surrogate.
fn is_allowed(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{fffd}' | '\u{10000}'..)
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn markup_is_escaped_and_forbidden_characters_dropped() {
        let check = |text: &str, expected: &str| assert_eq!(escaped(text), expected);
        check("plain é 漢", "plain é 漢");
        check(
            "<a b=\"c\" d='e'>&",
            "&lt;a b=&quot;c&quot; d=&#39;e&#39;&gt;&amp;",
        );
        check("a\0b\u{1b}c\u{fffe}d", "abcd");
        check("x\ny\tz\r", "x&#10;y&#9;z&#13;");
        check("]]>", "]]&gt;");
        check("😀", "😀");
        check("a\u{202e}b\u{85}", "a&#8238;b&#133;");
    }
}
