//! What somebody may have meant by a name that is not known.

use toml_edit::Item;

use super::schema::{Schema, Section};

/// Longest part of a user's text in a message: no name of ours is longer.
const MAX_SHOWN_CHARS: usize = 64;

/// The names of a section's keys.
pub(super) fn names(section: &Section) -> impl Iterator<Item = &str> {
    section.keys.iter().map(|key| key.name.as_str())
}

/// What to say of a name that its table does not know.
pub(super) fn unknown(schema: &Schema, path: &str, name: &str, item: &Item) -> String {
    let is_table = item.is_table_like() || item.is_array_of_tables();
    if path == "links" {
        return format!(
            "unknown table{}, or a `[[link]]` block for a further link type",
            suggestion(name, schema.names_in(path).into_iter()).trim_end_matches('?')
        );
    }
    let noun = if is_table { "table" } else { "key" };
    let elsewhere: Vec<String> = schema
        .sections
        .iter()
        .filter(|section| section.key(name).is_some())
        .map(|section| format!("`[{}]`", section.path))
        .collect();
    if !is_table && !elsewhere.is_empty() {
        return format!("unknown key here; it belongs in {}", elsewhere.join(" or "));
    }
    if path.is_empty() && !is_table {
        let mut all = schema.sections.iter().flat_map(names);
        let close = nearest(name, &mut all).unwrap_or_default();
        let section = schema
            .sections
            .iter()
            .find(|section| section.key(close).is_some());
        let section = section.map_or("", |section| &section.path);
        return format!("unknown key; did you mean `{close}` in `[{section}]`?");
    }
    format!(
        "unknown {noun}{}",
        suggestion(name, schema.names_in(path).into_iter())
    )
}

/// `; did you mean ...?`, where there is anything to mean.
pub(super) fn suggestion<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> String {
    nearest(name, known).map_or_else(String::new, |near| format!("; did you mean `{near}`?"))
}

/// The candidate that takes the fewest edits, the first of equals.
pub(super) fn nearest<'a>(
    text: &str,
    candidates: impl Iterator<Item = &'a str>,
) -> Option<&'a str> {
    let text = shortened(text);
    candidates.min_by_key(|candidate| strsim::osa_distance(&text, candidate))
}

/// A text fit for a message: one line, and no longer than a key can be.
pub(super) fn shortened(text: &str) -> String {
    let mut short: String = text
        .chars()
        .take(MAX_SHOWN_CHARS)
        .map(|c| if c.is_control() { '\u{fffd}' } else { c })
        .collect();
    if text.chars().nth(MAX_SHOWN_CHARS).is_some() {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use super::{nearest, shortened};

    #[test]
    fn the_nearest_is_the_one_with_the_fewest_edits_and_the_first_of_equals() {
        let known = ["enforce", "review", "seed"];
        for (text, expected) in [
            ("enforec", "enforce"),
            ("sed", "seed"),
            ("", "seed"),
            ("xxxxxxx", "enforce"),
        ] {
            assert_eq!(nearest(text, known.into_iter()), Some(expected), "{text}");
        }
        assert_eq!(nearest("a", std::iter::empty()), None);
    }

    #[test]
    fn a_shown_text_is_one_short_line() {
        assert_eq!(shortened("a\nb"), "a\u{fffd}b");
        assert_eq!(shortened(&"é".repeat(64)), "é".repeat(64));
        assert_eq!(shortened(&"é".repeat(65)), "é".repeat(64) + "…");
    }
}
