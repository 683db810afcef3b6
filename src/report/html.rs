//! HTML that is balanced and escaped by construction, and the spelling of numbers and values on it.

use std::fmt::Write as _;

use crate::model::Money;

/// A page under construction. Every text and attribute value that goes in is escaped.
#[derive(Debug, Default)]
pub(super) struct Html {
    text: String,
}

/// Attribute names and values.
pub(super) type Attributes<'a> = &'a [(&'a str, &'a str)];

impl Html {
    /// `<!doctype html>`.
    pub(super) fn doctype(&mut self) {
        self.text.push_str("<!doctype html>\n");
    }

    /// An element with content.
    pub(super) fn element(
        &mut self,
        tag: &str,
        attributes: Attributes,
        body: impl FnOnce(&mut Self),
    ) {
        self.open(tag, attributes);
        body(self);
        self.text.push_str("</");
        self.text.push_str(tag);
        self.text.push('>');
        if breaks_line(tag) {
            self.text.push('\n');
        }
    }

    /// An element that holds only text.
    pub(super) fn leaf(&mut self, tag: &str, attributes: Attributes, text: &str) {
        self.element(tag, attributes, |page| page.text(text));
    }

    /// An element without content or end tag.
    pub(super) fn void(&mut self, tag: &str, attributes: Attributes) {
        self.open(tag, attributes);
        self.text.push('\n');
    }

    /// Text, escaped.
    pub(super) fn text(&mut self, text: &str) {
        escape_into(&mut self.text, text);
    }

    /// Text from the data, shortened and kept from changing the writing direction around it.
    pub(super) fn data(&mut self, text: &str) {
        self.leaf("bdi", &[], &shorten(text, MAX_DATA_CHARS));
    }

    /// The page's own style sheet; never data.
    pub(super) fn style(&mut self, css: &'static str) {
        self.text.push_str("<style>\n");
        self.text.push_str(css);
        self.text.push_str("</style>\n");
    }

    /// The finished page.
    pub(super) fn finish(self) -> String {
        self.text
    }

    fn open(&mut self, tag: &str, attributes: Attributes) {
        self.text.push('<');
        self.text.push_str(tag);
        for (name, value) in attributes {
            self.text.push(' ');
            self.text.push_str(name);
            self.text.push_str("=\"");
            escape_into(&mut self.text, value);
            self.text.push('"');
        }
        self.text.push('>');
    }
}

/// Ids and names longer than this are cut: a name of a megabyte must not fill the page.
pub(super) const MAX_DATA_CHARS: usize = 40;

/// A newline after a block keeps the file readable and diffable; after inline elements it would
/// put a space where none belongs.
fn breaks_line(tag: &str) -> bool {
    !matches!(tag, "a" | "abbr" | "b" | "bdi" | "code" | "span" | "strong")
}

/// Escapes markup; characters that steer the writing direction or have no shape become U+FFFD, so
/// that the reader sees that something was there.
fn escape_into(out: &mut String, text: &str) {
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\n' | '\t' => out.push(' '),
            _ if is_unprintable(character) => out.push('\u{FFFD}'),
            _ => out.push(character),
        }
    }
}

fn is_unprintable(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{061C}' | '\u{200B}' | '\u{200E}' | '\u{200F}' | '\u{2028}'..='\u{202E}'
                | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{E0000}'..='\u{E007F}'
        )
}

/// The text, cut to at most `max_chars` characters, the last an ellipsis when something was cut.
pub(super) fn shorten(text: &str, max_chars: usize) -> String {
    if text.char_indices().nth(max_chars).is_none() {
        return text.to_owned();
    }
    let mut cut: String = text.chars().take(max_chars - 1).collect();
    cut.push('…');
    cut
}

/// A value with all but its end hidden: at most four characters, and at most a quarter of it.
pub(super) fn mask(value: &str) -> String {
    let length = value.chars().count();
    let visible = (length / 4).min(4);
    let end: String = value.chars().skip(length - visible).collect();
    format!("••••{end}")
}

/// A count with thousands separated.
pub(super) fn count(value: u64) -> String {
    let digits = value.to_string();
    let mut grouped = String::with_capacity(digits.len() * 4 / 3);
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// A length as a count.
pub(super) fn count_of(length: usize) -> String {
    count(wide(length))
}

/// A length as `u64`.
pub(super) fn wide(length: usize) -> u64 {
    u64::try_from(length).expect("a length fits u64")
}

/// A count for a narrow place: four digits at most in full, then thousands and millions.
pub(super) fn compact(value: u64) -> String {
    match value {
        0..10_000 => count(value),
        10_000..1_000_000 => format!("{}k", value / 1000),
        _ => format!("{}M", count(value / 1_000_000)),
    }
}

/// Money in whole units, thousands separated: hundredths tell nothing in a summary.
pub(super) fn money(amount: Money) -> String {
    let sign = if amount.hundredths() <= -50 {
        "−"
    } else {
        ""
    };
    let units = (amount.hundredths().unsigned_abs() + 50) / 100;
    format!("{sign}{}", count(units))
}

/// A signed number of points, two decimals, a true minus sign, and no `-0.00`.
pub(super) fn points(value: f64) -> String {
    let magnitude = format!("{:.2}", value.abs());
    match (magnitude.as_str(), value < 0.0) {
        ("0.00", _) => magnitude,
        (_, true) => format!("−{magnitude}"),
        (_, false) => format!("+{magnitude}"),
    }
}

/// A coordinate or length in a drawing: one decimal, zero for what is no number.
pub(super) fn coordinate(value: f64) -> String {
    let mut text = String::new();
    let value = if value.is_finite() { value } else { 0.0 };
    write!(text, "{value:.1}").expect("writing to a string cannot fail");
    match text.strip_suffix(".0") {
        Some("-0") => "0".to_owned(),
        Some(whole) => whole.to_owned(),
        None if text == "-0.0" => "0".to_owned(),
        None => text,
    }
}

/// A code as words: `shared_payout` reads `shared payout`.
pub(super) fn words(code: &str) -> String {
    code.replace('_', " ")
}

/// The number with the noun it counts: `1 merchant`, `2 merchants`.
pub(super) fn counted(value: u64, singular: &str, plural: &str) -> String {
    let noun = if value == 1 { singular } else { plural };
    format!("{} {noun}", count(value))
}

/// A table that scrolls inside its own box when the page is narrow.
///
/// Headers that begin with `#` stand over numbers, which are set flush right.
pub(super) fn table(
    page: &mut Html,
    caption: &str,
    headers: &[&str],
    rows: impl FnOnce(&mut Html),
) {
    let region = [
        ("class", "scroll"),
        ("role", "region"),
        ("tabindex", "0"),
        ("aria-label", caption),
    ];
    page.element("div", &region, |page| {
        page.element("table", &[], |page| {
            page.leaf("caption", &[], caption);
            page.element("thead", &[], |page| {
                page.element("tr", &[], |page| {
                    for header in headers {
                        match header.strip_prefix('#') {
                            Some(number) => {
                                page.leaf("th", &[("scope", "col"), ("class", "number")], number);
                            }
                            None => page.leaf("th", &[("scope", "col")], header),
                        }
                    }
                });
            });
            page.element("tbody", &[], rows);
        });
    });
}

/// A number cell.
pub(super) fn number_cell(page: &mut Html, text: &str) {
    page.leaf("td", &[("class", "number")], text);
}

/// A cell of text from the data.
pub(super) fn data_cell(page: &mut Html, text: &str) {
    page.element("td", &[], |page| page.data(text));
}

/// The first cell of a row, which names it.
pub(super) fn row_header(page: &mut Html, body: impl FnOnce(&mut Html)) {
    page.element("th", &[("scope", "row")], body);
}

/// Says that a list was capped, when it was.
pub(super) fn capped_note(page: &mut Html, shown: usize, total: usize, what: &str) {
    if total > shown {
        let note = format!("{} of {} {what}.", count_of(shown), count_of(total));
        page.leaf("p", &[("class", "note")], &format!("Shown: {note}"));
    }
}

#[cfg(test)]
mod tests {
    use super::{Html, compact, coordinate, count, mask, money, points, shorten};
    use crate::model::Money;

    #[test]
    fn markup_and_direction_marks_from_the_data_are_disarmed() {
        let mut page = Html::default();
        page.element("p", &[("title", "\"><b>")], |page| {
            page.text("<script>'&\u{202E}gpj\0");
        });
        assert_eq!(
            page.finish(),
            "<p title=\"&quot;&gt;&lt;b&gt;\">&lt;script&gt;&#39;&amp;\u{FFFD}gpj\u{FFFD}</p>\n"
        );
    }

    #[test]
    fn long_names_are_cut_between_characters() {
        assert_eq!(shorten("ééé", 3), "ééé");
        assert_eq!(shorten("éééé", 3), "éé…");
        assert_eq!(shorten("", 3), "");
    }

    #[test]
    fn a_mask_shows_at_most_a_quarter_and_at_most_four() {
        for (value, shown) in [
            ("", "••••"),
            ("123", "••••"),
            ("12345678", "••••78"),
            ("GB29NWBK60161331926819", "••••6819"),
            ("山田町一丁目二番", "••••二番"),
        ] {
            assert_eq!(mask(value), shown);
        }
    }

    #[test]
    fn numbers_read_as_people_write_them() {
        assert_eq!(count(0), "0");
        assert_eq!(count(999), "999");
        assert_eq!(count(1_234_567), "1,234,567");
        assert_eq!(compact(9_999), "9,999");
        assert_eq!(compact(123_456), "123k");
        assert_eq!(compact(7_000_000), "7M");
        assert_eq!(money(Money::from_hundredths(123_450)), "1,235");
        assert_eq!(money(Money::from_hundredths(-49)), "0");
        assert_eq!(
            money(Money::from_hundredths(i64::MIN)),
            "−92,233,720,368,547,758"
        );
        assert_eq!(points(1.5), "+1.50");
        assert_eq!(points(-0.001), "0.00");
        assert_eq!(points(-2.0), "−2.00");
        assert_eq!(coordinate(-0.04), "0");
        assert_eq!(coordinate(f64::NAN), "0");
        assert_eq!(coordinate(12.34), "12.3");
    }
}
