//! Text inside XML 1.0.

use std::borrow::Cow;

/// A text as XML content or attribute value: markup escaped, line ends and tabs as references so that
/// an attribute keeps them, and characters that XML 1.0 does not allow at all dropped.
pub(super) fn escaped(text: &str) -> Cow<'_, str> {
    let plain = |c: char| !matches!(c, '&' | '<' | '>' | '"' | '\'' | '\n' | '\r' | '\t');
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
            '\n' => safe.push_str("&#10;"),
            '\r' => safe.push_str("&#13;"),
            '\t' => safe.push_str("&#9;"),
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
    }
}
