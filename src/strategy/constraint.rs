//! What a key accepts: the last comment line above it in `default.toml`, parsed, and checked
//! against a value.

use serde::Serialize;
use toml_edit::Value;

use super::suggest::{nearest, shortened};
use super::text_kind::TextKind;

/// What a key accepts.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Constraint {
    /// A number from `min` to `max`, or a word.
    Number {
        /// The word accepted instead of a number.
        word: Option<String>,
        /// Smallest number accepted.
        min: f64,
        /// Largest number accepted.
        max: f64,
        /// The range as `default.toml` writes it.
        shown: String,
        /// Whether only whole numbers are accepted, as the default is one.
        whole: bool,
    },
    /// One of these words.
    Words(Vec<String>),
    /// True or false.
    Switch,
    /// A text.
    Text(TextKind),
    /// Texts, none twice.
    List(TextKind),
}

/// A value that its key accepts, in the form that makes equal settings equal.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub(super) enum Setting {
    /// True or false.
    Switch(bool),
    /// A whole number.
    Whole(i64),
    /// A finite number; never -0.
    Number(f64),
    /// A word or a text.
    Text(String),
    /// Texts.
    List(Vec<String>),
}

/// Why a value is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mismatch {
    /// What the key accepts.
    pub(super) expected: String,
    /// What was found, without the value where it could be personal.
    pub(super) found: String,
}

/// Most texts in a list.
const MAX_LIST_LEN: usize = 10_000;

impl Constraint {
    /// Parses the clauses `Range: ...`, `One of: ...`, `Text: ...` or `List of: ...`, without the
    /// full stop; `default` tells whole numbers from others and switches from words.
    pub(super) fn from_clause(clause: &str, default: &Value) -> Option<Self> {
        let (kind, rest) = clause.split_once(": ")?;
        match kind {
            "Range" => Self::from_range(rest, default),
            "One of" if rest == "true, false" => default.is_bool().then_some(Self::Switch),
            "One of" => Some(Self::Words(rest.split(", ").map(str::to_owned).collect())),
            "Text" => Some(Self::Text(match rest {
                "name" => TextKind::Name,
                "table" => TextKind::Table,
                "column" => TextKind::Column,
                _ => return None,
            })),
            "List of" => Some(Self::List(match rest {
                "columns" => TextKind::Column,
                "texts" => TextKind::Text,
                _ => return None,
            })),
            _ => None,
        }
    }

    fn from_range(range: &str, default: &Value) -> Option<Self> {
        let (word, numbers) = match range.split_once(", or ") {
            Some((word, numbers)) => (Some(word.to_owned()), numbers),
            None => (None, range),
        };
        let (min, max) = numbers.split_once(" to ")?;
        let (min, max): (f64, f64) = (min.parse().ok()?, max.parse().ok()?);
        (min <= max).then(|| Self::Number {
            word,
            min,
            max,
            shown: numbers.to_owned(),
            whole: default.is_integer(),
        })
    }

    /// The value in its settled form, or why it is refused.
    pub(super) fn check(&self, value: &Value) -> Result<Setting, Mismatch> {
        self.accept(value).map_err(|found| Mismatch {
            expected: self.expected(),
            found,
        })
    }

    fn accept(&self, value: &Value) -> Result<Setting, String> {
        match self {
            Self::Number { word, .. } if value.is_str() => match (word, value.as_str()) {
                (Some(word), Some(text)) if word == text => Ok(Setting::Text(word.clone())),
                _ => Err(kind_of(value)),
            },
            Self::Number {
                min, max, whole, ..
            } => accept_number(value, *min, *max, *whole),
            Self::Words(words) => accept_word(value, words),
            Self::Switch => value
                .as_bool()
                .map(Setting::Switch)
                .ok_or_else(|| kind_of(value)),
            Self::Text(kind) => {
                let text = value.as_str().ok_or_else(|| kind_of(value))?;
                kind.check(text)?;
                Ok(Setting::Text(text.to_owned()))
            }
            Self::List(kind) => accept_list(value, *kind),
        }
    }

    /// What the key accepts, in words.
    pub(super) fn expected(&self) -> String {
        match self {
            Self::Number {
                word, shown, whole, ..
            } => {
                let word = word.as_ref().map(|word| format!("\"{word}\" or "));
                let noun = if *whole { "whole number" } else { "number" };
                format!("{}a {noun} from {shown}", word.unwrap_or_default())
            }
            Self::Words(words) if words.len() == 1 => format!("\"{}\"", words[0]),
            Self::Words(words) => format!("one of \"{}\"", words.join("\", \"")),
            Self::Switch => "true or false".to_owned(),
            Self::Text(kind) => kind.expected().to_owned(),
            Self::List(kind) => format!("a list of texts, each {}, none twice", kind.expected()),
        }
    }
}

fn accept_number(value: &Value, min: f64, max: f64, whole: bool) -> Result<Setting, String> {
    if let Some(number) = value.as_integer() {
        #[expect(
            clippy::cast_precision_loss,
            reason = "only compared with range ends, which are exact as floats"
        )]
        let as_float = number as f64;
        if as_float < min || as_float > max {
            return Err(number.to_string());
        }
        return Ok(if whole {
            Setting::Whole(number)
        } else {
            Setting::Number(as_float)
        });
    }
    let number = value.as_float().ok_or_else(|| kind_of(value))?;
    if whole || !number.is_finite() || number < min || number > max {
        return Err(format!("{number:?}"));
    }
    // -0 and 0 are one setting and must have one hash.
    Ok(Setting::Number(if number == 0.0 { 0.0 } else { number }))
}

fn accept_word(value: &Value, words: &[String]) -> Result<Setting, String> {
    let text = value.as_str().ok_or_else(|| kind_of(value))?;
    if words.iter().any(|word| word == text) {
        return Ok(Setting::Text(text.to_owned()));
    }
    let nearest = nearest(text, words.iter().map(String::as_str));
    Err(match nearest {
        Some(nearest) if words.len() > 1 => {
            format!("\"{}\"; did you mean \"{nearest}\"?", shortened(text))
        }
        _ => format!("\"{}\"", shortened(text)),
    })
}

fn accept_list(value: &Value, kind: TextKind) -> Result<Setting, String> {
    let array = value.as_array().ok_or_else(|| kind_of(value))?;
    if array.len() > MAX_LIST_LEN {
        return Err(format!("more than {MAX_LIST_LEN} texts"));
    }
    let mut texts: Vec<String> = Vec::with_capacity(array.len());
    let mut seen = std::collections::BTreeSet::new();
    for (position, item) in array.iter().enumerate() {
        let refuse = |found: &str| Err(format!("{found} at position {}", position + 1));
        let Some(text) = item.as_str() else {
            return refuse(&kind_of(item));
        };
        if let Err(found) = kind.check(text) {
            return refuse(&found);
        }
        if !seen.insert(text) {
            return refuse("a repeated text");
        }
        texts.push(text.to_owned());
    }
    Ok(Setting::List(texts))
}

/// A value's type, with its article.
fn kind_of(value: &Value) -> String {
    match value {
        Value::String(_) => "a text",
        Value::Integer(_) | Value::Float(_) => "a number",
        Value::Boolean(_) => "true or false",
        Value::Datetime(_) => "a date or time",
        Value::Array(_) => "a list",
        Value::InlineTable(_) => "a table",
    }
    .to_owned()
}

#[cfg(test)]
mod tests {
    use super::{Constraint, Setting};

    fn check(clause: &str, default: &str, value: &str) -> Result<Setting, String> {
        Constraint::from_clause(clause, &default.parse().unwrap())
            .expect(clause)
            .check(&value.parse().unwrap())
            .map_err(|mismatch| format!("expected {}, found {}", mismatch.expected, mismatch.found))
    }

    #[test]
    fn accepts_what_the_clause_says_in_a_settled_form() {
        for (clause, default, value, expected) in [
            ("Range: 0 to 1", "0.5", "1", Setting::Number(1.0)),
            ("Range: -1 to 1", "0.5", "-0.0", Setting::Number(0.0)),
            ("Range: 0 to 9", "5", "9", Setting::Whole(9)),
            (
                "Range: auto, or 0 to 9",
                "'auto'",
                "4",
                Setting::Number(4.0),
            ),
            (
                "Range: auto, or 0 to 9",
                "'auto'",
                "'auto'",
                Setting::Text("auto".into()),
            ),
            (
                "One of: true, false",
                "true",
                "false",
                Setting::Switch(false),
            ),
            (
                "Text: column",
                "''",
                "'Phone No.'",
                Setting::Text("Phone No.".into()),
            ),
            (
                "List of: texts",
                "[]",
                "['a', 'b']",
                Setting::List(vec!["a".into(), "b".into()]),
            ),
        ] {
            assert_eq!(
                check(clause, default, value).as_ref(),
                Ok(&expected),
                "{clause}: {value}"
            );
        }
    }

    #[test]
    fn refuses_with_what_was_expected_and_found() {
        for (clause, default, value, expected) in [
            (
                "Range: 0 to 1",
                "0.5",
                "1.5",
                "expected a number from 0 to 1, found 1.5",
            ),
            (
                "Range: 0 to 1",
                "0.5",
                "nan",
                "expected a number from 0 to 1, found NaN",
            ),
            (
                "Range: 0 to 1",
                "0.5",
                "-inf",
                "expected a number from 0 to 1, found -inf",
            ),
            (
                "Range: 0 to 1",
                "0.5",
                "'1'",
                "expected a number from 0 to 1, found a text",
            ),
            (
                "Range: 0 to 9",
                "5",
                "3.0",
                "expected a whole number from 0 to 9, found 3.0",
            ),
            (
                "Range: auto, or 0 to 9",
                "'auto'",
                "'atuo'",
                "expected \"auto\" or a number from 0 to 9, found a text",
            ),
            (
                "One of: cpm, modularity",
                "'cpm'",
                "'cmp'",
                "expected one of \"cpm\", \"modularity\", found \"cmp\"; did you mean \"cpm\"?",
            ),
            (
                "One of: true, false",
                "true",
                "1",
                "expected true or false, found a number",
            ),
        ] {
            assert_eq!(check(clause, default, value), Err(expected.to_owned()));
        }
        for (clause, value) in [
            ("Text: name", "'Phone'"),
            ("Text: name", "'1st'"),
            ("Text: name", "''"),
            ("Text: table", "'../phones'"),
            ("Text: table", "'phones.csv'"),
            ("Text: column", "' phone'"),
            ("Text: column", "\"a\\nb\""),
            ("List of: texts", "['a', 'a']"),
            ("List of: texts", "['a', 1]"),
            ("List of: texts", "'a'"),
        ] {
            assert!(check(clause, "''", value).is_err(), "{clause}: {value}");
        }
    }

    #[test]
    fn a_clause_outside_the_grammar_is_no_constraint() {
        let default = "1.0".parse().unwrap();
        for clause in [
            "Range: 1 to 0",
            "Range: 0..1",
            "Text: prose",
            "List of: names",
            "Unit: bits",
        ] {
            assert_eq!(Constraint::from_clause(clause, &default), None, "{clause}");
        }
    }
}
