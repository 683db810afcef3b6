//! The effective strategy: every key with the value that holds, and its canonical form.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Deserialize as _;
use serde_json::{Map, Value as Json};

use super::constraint::Setting;
use super::schema::{Fallback, Schema, Section};
use super::{BUILT_IN_LINKS, Strategy};

/// The value that holds for a key, and where the file sets it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Effective {
    /// The value.
    pub(super) setting: Setting,
    /// Byte offset of the value in the user's file; none for a default.
    pub(super) offset: Option<usize>,
}

/// A `[[link]]` block: its keys with the values that hold.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct LinkBlock {
    /// Byte offset of the block in the user's file.
    pub(super) offset: usize,
    /// By key; a key whose value was refused is absent.
    pub(super) keys: BTreeMap<String, Effective>,
}

/// All keys of a strategy with the values that hold.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Settings {
    /// By dotted key; a key whose value was refused is absent.
    pub(super) keys: BTreeMap<String, Effective>,
    /// The `[[link]]` blocks in file order.
    pub(super) links: Vec<LinkBlock>,
}

impl Settings {
    /// The defaults alone.
    pub(super) fn defaults(schema: &Schema) -> Self {
        let keys = schema
            .sections
            .iter()
            .flat_map(|section| &section.keys)
            .filter_map(|key| match &key.fallback {
                Fallback::Setting(setting) => Some((key.path.clone(), default(setting))),
                Fallback::SameAs(_) | Fallback::Required => None,
            })
            .collect();
        Self {
            keys,
            links: Vec::new(),
        }
    }

    /// A number that holds, unless it was refused or is a word.
    pub(super) fn number(&self, key: &str) -> Option<f64> {
        self.keys.get(key).and_then(|held| held.setting.number())
    }

    /// A text that holds, unless it was refused.
    pub(super) fn text(&self, key: &str) -> Option<&str> {
        self.keys.get(key).and_then(|held| held.setting.text())
    }

    /// The texts of a list that holds; none when it was refused.
    pub(super) fn list(&self, key: &str) -> &[String] {
        match self.keys.get(key).map(|held| &held.setting) {
            Some(Setting::List(texts)) => texts,
            _ => &[],
        }
    }

    /// One line a key, sorted by key, links last and in order: the same for any two files with the
    /// same effect, and different for any two with a different one.
    pub(super) fn canonical_text(&self) -> String {
        let mut text = String::new();
        for (key, held) in &self.keys {
            push_line(&mut text, key, &held.setting);
        }
        for (position, block) in self.links.iter().enumerate() {
            for (key, held) in &block.keys {
                push_line(&mut text, &format!("link.{position}.{key}"), &held.setting);
            }
        }
        text
    }

    /// The typed strategy of settings that passed every check.
    pub(super) fn into_strategy(self) -> Strategy {
        let hash = blake3::hash(self.canonical_text().as_bytes());
        let mut strategy = Strategy::deserialize(self.into_json())
            .expect("default.toml and the structs have the same keys and types");
        hash.to_hex().as_str().clone_into(&mut strategy.hash);
        strategy
    }

    fn into_json(self) -> Json {
        let mut document = Map::new();
        for (path, held) in &self.keys {
            insert(&mut document, path, json(&held.setting));
        }
        let mut links = Vec::with_capacity(BUILT_IN_LINKS.len() + self.links.len());
        if let Some(Json::Object(mut built_in)) = document.remove("links") {
            for (name, table, column) in BUILT_IN_LINKS {
                let mut link = built_in.remove(name).unwrap_or_default();
                for (key, text) in [("name", name), ("table", table), ("column", column)] {
                    link[key] = Json::from(text);
                }
                links.push(link);
            }
        }
        links.extend(self.links.iter().map(|block| {
            let keys = block.keys.iter();
            Json::Object(
                keys.map(|(key, held)| (key.clone(), json(&held.setting)))
                    .collect(),
            )
        }));
        document.insert("links".to_owned(), Json::Array(links));
        Json::Object(document)
    }
}

impl LinkBlock {
    /// A text that holds, unless it was refused.
    pub(super) fn text(&self, key: &str) -> Option<&str> {
        self.keys.get(key).and_then(|held| held.setting.text())
    }

    /// Where a key is set, or else where the block is.
    pub(super) fn offset_of(&self, key: &str) -> usize {
        let held = self.keys.get(key);
        held.and_then(|held| held.offset).unwrap_or(self.offset)
    }

    /// Fills in what the block does not say; `given` names the keys it does, refused ones included.
    pub(super) fn fill(&mut self, section: &Section, given: &[&str]) {
        for key in &section.keys {
            if given.contains(&key.name.as_str()) {
                continue;
            }
            let held = match &key.fallback {
                Fallback::Setting(setting) => Some(default(setting)),
                Fallback::SameAs(other) => self.keys.get(other).cloned(),
                Fallback::Required => None,
            };
            if let Some(held) = held {
                self.keys.insert(key.name.clone(), held);
            }
        }
    }
}

impl Setting {
    fn number(&self) -> Option<f64> {
        match self {
            #[expect(
                clippy::cast_precision_loss,
                reason = "compared with other settings only; ranges end at 2^53"
            )]
            Self::Whole(number) => Some(*number as f64),
            Self::Number(number) => Some(*number),
            Self::Switch(_) | Self::Text(_) | Self::List(_) => None,
        }
    }

    fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Switch(_) | Self::Whole(_) | Self::Number(_) | Self::List(_) => None,
        }
    }
}

fn default(setting: &Setting) -> Effective {
    Effective {
        setting: setting.clone(),
        offset: None,
    }
}

fn json(setting: &Setting) -> Json {
    serde_json::to_value(setting).expect("a setting is finite numbers and texts")
}

fn push_line(text: &mut String, key: &str, setting: &Setting) {
    writeln!(text, "{key} = {}", json(setting)).expect("writing to a string");
}

/// Puts a value at a dotted path, making the objects on the way.
fn insert(document: &mut Map<String, Json>, path: &str, value: Json) {
    match path.split_once('.') {
        None => {
            document.insert(path.to_owned(), value);
        }
        Some((first, rest)) => {
            let child = document
                .entry(first)
                .or_insert_with(|| Json::Object(Map::new()));
            let child = child.as_object_mut().expect("a table is never a key too");
            insert(child, rest, value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::constraint::Constraint;
    use super::super::schema::schema;
    use super::{Setting, Settings};

    /// Every end of every range has a place in the typed strategy: no type is narrower than its range.
    #[test]
    fn every_end_of_a_range_has_a_typed_form() {
        for key in schema().sections.iter().flat_map(|section| &section.keys) {
            let ends = match &key.constraint {
                #[expect(clippy::cast_possible_truncation, reason = "range ends are exact")]
                Constraint::Number {
                    min,
                    max,
                    whole: true,
                    ..
                } => vec![Setting::Whole(*min as i64), Setting::Whole(*max as i64)],
                Constraint::Number { min, max, .. } => {
                    vec![Setting::Number(*min), Setting::Number(*max)]
                }
                Constraint::Words(words) => words.iter().cloned().map(Setting::Text).collect(),
                _ => continue,
            };
            for setting in ends {
                let mut settings = Settings::defaults(schema());
                settings.keys.get_mut(&key.path).unwrap().setting = setting;
                assert_eq!(settings.into_strategy().hash.len(), 64, "{}", key.path);
            }
        }
    }

    #[test]
    fn the_canonical_text_is_one_sorted_line_a_key() {
        let text = Settings::defaults(schema()).canonical_text();
        let lines: Vec<&str> = text.lines().collect();
        assert!(lines.contains(&"detect.seed = 1"), "{text}");
        assert!(lines.contains(&"links.address.group = \"place\""), "{text}");
        assert!(lines.is_sorted());
    }
}
