//! From a strategy file to a [`Strategy`]: everything wrong with the file in one answer.
//!
//! The file is hostile until parsed: its size is bounded before it is read, the parser bounds its
//! nesting, and messages are bounded in number and length.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use toml_edit::{Document, Item, TableLike, Value};

use super::Strategy;
use super::error::{Problem, StrategyError, place};
use super::rules::RULES;
use super::schema::{Fallback, KeySpec, Schema, Section, schema};
use super::settings::{Effective, LinkBlock, Settings};
use super::suggest::{names, shortened, suggestion, unknown};

/// Largest strategy file.
const MAX_FILE_BYTES: usize = 1 << 20;
/// Problems listed at most; further ones are counted.
const MAX_PROBLEMS: usize = 100;
/// What a text without a file is called.
const UNNAMED: &str = "strategy";

impl Strategy {
    /// The strategy of a file, which holds only what differs from the defaults; without a file, the
    /// defaults.
    ///
    /// # Errors
    /// When the file can't be read or is no valid strategy: all problems of the file at once.
    pub fn load(path: Option<&Path>) -> Result<Self, StrategyError> {
        let Some(path) = path else {
            return Ok(Self::default());
        };
        let file = path.display().to_string();
        let bytes = read_bounded(path).map_err(|source| StrategyError::Read {
            path: path.to_owned(),
            source,
        })?;
        from_bytes(&bytes, &file)
    }

    /// The strategy of a text; see [`Self::load`].
    ///
    /// ```
    /// use ringfence::strategy::Strategy;
    /// let strategy = Strategy::parse("[action]\nenforce = 0.97")?;
    /// assert_eq!(strategy.action.enforce, 0.97);
    /// assert_ne!(strategy.hash, Strategy::default().hash);
    ///
    /// let error = Strategy::parse("[action]\nenforced = 0.95").unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     "strategy:2:1: action.enforced: unknown key; did you mean `enforce`?"
    /// );
    /// # Ok::<(), ringfence::strategy::StrategyError>(())
    /// ```
    ///
    /// # Errors
    /// When the text is no valid strategy: all problems of the text at once.
    pub fn parse(text: &str) -> Result<Self, StrategyError> {
        from_bytes(text.as_bytes(), UNNAMED)
    }
}

impl Default for Strategy {
    /// What `default.toml` says.
    fn default() -> Self {
        Settings::defaults(schema()).into_strategy()
    }
}

/// A file's bytes, one more than allowed at most.
fn read_bounded(path: &Path) -> std::io::Result<Vec<u8>> {
    let limit = u64::try_from(MAX_FILE_BYTES).expect("the limit is small") + 1;
    let mut bytes = Vec::new();
    File::open(path)?.take(limit).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn from_bytes(bytes: &[u8], file: &str) -> Result<Strategy, StrategyError> {
    let file = file.to_owned();
    if bytes.len() > MAX_FILE_BYTES {
        let limit_bytes = MAX_FILE_BYTES;
        return Err(StrategyError::TooLarge { file, limit_bytes });
    }
    let text = as_text(bytes, &file)?;
    let document = Document::parse(text).map_err(|error| {
        let (line, column) = place(text, error.span().map_or(0, |span| span.start));
        let message = error.message().trim().replace('\n', "; ");
        StrategyError::Syntax {
            file: file.clone(),
            line,
            column,
            message,
        }
    })?;

    let mut reading = Reading {
        schema: schema(),
        settings: Settings::defaults(schema()),
        found: Vec::new(),
        more: 0,
    };
    reading.read_table(document.as_table(), "");
    reading.check_rules();
    if reading.found.is_empty() {
        return Ok(reading.settings.into_strategy());
    }
    Err(listed(reading.found, reading.more, text, file))
}

fn as_text<'b>(bytes: &'b [u8], file: &str) -> Result<&'b str, StrategyError> {
    std::str::from_utf8(bytes).map_err(|error| {
        let valid = String::from_utf8_lossy(&bytes[..error.valid_up_to()]);
        let (line, column) = place(&valid, valid.len());
        StrategyError::NotUtf8 {
            file: file.to_owned(),
            line,
            column,
        }
    })
}

/// The problems in file order, with their places.
fn listed(mut found: Vec<Found>, more: usize, text: &str, file: String) -> StrategyError {
    found.sort_by_key(|problem| problem.offset);
    let problems = found
        .into_iter()
        .map(|found| {
            let (line, column) = place(text, found.offset);
            Problem {
                line,
                column,
                key: found.key,
                message: found.message,
            }
        })
        .collect();
    StrategyError::Invalid {
        file,
        problems,
        more,
    }
}

/// A problem at a byte offset.
struct Found {
    offset: usize,
    key: String,
    message: String,
}

/// A file being read: the settings so far and what is wrong so far.
struct Reading<'s> {
    schema: &'s Schema,
    settings: Settings,
    /// [`MAX_PROBLEMS`] at most.
    found: Vec<Found>,
    /// Problems beyond those.
    more: usize,
}

impl Reading<'_> {
    fn refuse(&mut self, offset: usize, key: &str, message: impl Into<String>) {
        self.refuse_with(offset, key, || message.into());
    }

    /// Like [`Self::refuse`], for a message that takes a search: a file of nothing but mistakes must
    /// not take a search for each.
    fn refuse_with(&mut self, offset: usize, key: &str, message: impl FnOnce() -> String) {
        if self.found.len() == MAX_PROBLEMS {
            self.more += 1;
            return;
        }
        self.found.push(Found {
            offset,
            key: key.to_owned(),
            message: message(),
        });
    }

    fn read_table(&mut self, table: &dyn TableLike, path: &str) {
        for (name, item, key_offset) in entries(table) {
            let full = if path.is_empty() {
                shortened(name)
            } else {
                format!("{path}.{}", shortened(name))
            };
            let offset = item.span().map_or(key_offset, |span| span.start);
            // A quoted name may hold a full stop and so look like a path.
            let quoted = name.contains('.');
            if full == "link" {
                self.read_links(item, offset);
            } else if let (Some(key), false) = (self.schema.key(&full), quoted) {
                let held = self.check(key, &full, item, offset);
                replace(&mut self.settings.keys, &full, held);
            } else if quoted || !self.schema.is_table(&full) {
                let schema = self.schema;
                self.refuse_with(key_offset, &full, || unknown(schema, path, name, item));
            } else if let Some(child) = item.as_table_like() {
                self.read_table(child, &full);
            } else {
                let message = if full == "links" {
                    "expected tables such as `[links.device]`; a further link type is a `[[link]]` block"
                        .to_owned()
                } else {
                    format!("expected a table, written `[{full}]`")
                };
                self.refuse(key_offset, &full, message);
            }
        }
    }

    /// The value of a known key, or none and a problem.
    fn check(
        &mut self,
        key: &KeySpec,
        full: &str,
        item: &Item,
        offset: usize,
    ) -> Option<Effective> {
        let Some(value) = item.as_value() else {
            let message = format!("expected {}, found a table", key.constraint.expected());
            self.refuse(offset, full, message);
            return None;
        };
        match key.constraint.check(value) {
            Ok(setting) => Some(Effective {
                setting,
                offset: Some(offset),
            }),
            Err(mismatch) => {
                let message = format!("expected {}, found {}", mismatch.expected, mismatch.found);
                self.refuse(offset, full, message);
                None
            }
        }
    }

    fn read_links(&mut self, item: &Item, offset: usize) {
        const EXPECTED: &str = "expected blocks headed `[[link]]`, with double brackets";
        match item {
            Item::ArrayOfTables(blocks) => {
                for block in blocks {
                    let offset = block.span().map_or(offset, |span| span.start);
                    self.read_link(block, offset);
                }
            }
            Item::Value(Value::Array(blocks)) => {
                for block in blocks {
                    let offset = block.span().map_or(offset, |span| span.start);
                    match block.as_inline_table() {
                        Some(block) => self.read_link(block, offset),
                        None => self.refuse(offset, "link", EXPECTED),
                    }
                }
            }
            _ => self.refuse(offset, "link", EXPECTED),
        }
    }

    fn read_link(&mut self, table: &dyn TableLike, offset: usize) {
        let section: &Section = &self.schema.link;
        let mut block = LinkBlock {
            offset,
            keys: BTreeMap::new(),
        };
        let mut given = Vec::new();
        for (name, item, key_offset) in entries(table) {
            let full = format!("link.{}", shortened(name));
            let Some(key) = section.key(name) else {
                self.refuse_with(key_offset, &full, || {
                    format!("unknown key{}", suggestion(name, names(section)))
                });
                continue;
            };
            given.push(name);
            let value_offset = item.span().map_or(key_offset, |span| span.start);
            if let Some(held) = self.check(key, &full, item, value_offset) {
                block.keys.insert(name.to_owned(), held);
            }
        }
        for key in &section.keys {
            if key.fallback == Fallback::Required && !given.contains(&key.name.as_str()) {
                let message = format!(
                    "required, but missing; expected {}",
                    key.constraint.expected()
                );
                self.refuse(offset, &key.path, message);
            }
        }
        block.fill(section, &given);
        self.settings.links.push(block);
    }

    fn check_rules(&mut self) {
        for rule in RULES {
            for violation in (rule.check)(&self.settings) {
                // Without a place the file's defaults clash, which a test rules out.
                let offset = violation.offset.unwrap_or(0);
                self.refuse(offset, &violation.key, violation.message);
            }
        }
    }
}

/// The entries of a table with the offsets of their keys.
fn entries(table: &dyn TableLike) -> impl Iterator<Item = (&str, &Item, usize)> {
    table.iter().map(|(name, item)| {
        let span = table.key(name).and_then(toml_edit::Key::span);
        // A table made by a header has its place there.
        let span = span.or_else(|| item.span());
        (name, item, span.map_or(0, |span| span.start))
    })
}

/// Puts a value in, or takes out the default of a key whose value was refused.
fn replace(keys: &mut BTreeMap<String, Effective>, key: &str, held: Option<Effective>) {
    match held {
        Some(held) => keys.insert(key.to_owned(), held),
        None => keys.remove(key),
    };
}

#[cfg(test)]
mod tests {
    use super::super::DEFAULT_TOML;
    use super::Strategy;

    fn message(text: &str) -> String {
        Strategy::parse(text).expect_err(text).to_string()
    }

    #[test]
    fn every_problem_of_a_file_is_told_with_its_place() {
        let text = "\
detcet = { seed = 1 }
[action]
enforce = 1.5
review = \"high\"
seed = 3
min_group = 1
[[detect]]
seed = 1
[links.phone]
bits = 1
[[link]]
name = \"Phone\"
colum = \"phone\"
";
        assert_eq!(
            message(text).lines().collect::<Vec<_>>(),
            [
                "strategy:1:1: detcet: unknown table; did you mean `detect`?",
                "strategy:3:11: action.enforce: expected a number from 0 to 1, found 1.5",
                "strategy:4:10: action.review: expected a number from 0 to 1, found a text",
                "strategy:5:1: action.seed: unknown key here; it belongs in `[detect]`",
                "strategy:6:1: action.min_group: unknown key; did you mean `min_groups`?",
                "strategy:7:3: detect: expected a table, written `[detect]`",
                "strategy:9:8: links.phone: unknown table; did you mean `payout`, or a `[[link]]` block for a further link type",
                "strategy:11:1: link.table: required, but missing; expected a table's name of letters, digits, `_` and `-`, without folder or extension (at most 64 bytes)",
                "strategy:11:1: link.column: required, but missing; expected a column's name without space around it (at most 64 bytes)",
                "strategy:12:8: link.name: expected a name of lower-case letters, digits and `_` that begins with a letter (at most 64 bytes), found a text of another form",
                "strategy:13:1: link.colum: unknown key; did you mean `column`?",
            ]
        );
    }

    #[test]
    fn a_table_of_the_wrong_shape_is_told_how_to_write_it() {
        for (text, expected) in [
            (
                "action = 1",
                "strategy:1:1: action: expected a table, written `[action]`",
            ),
            (
                "[[links]]",
                "links: expected tables such as `[links.device]`; a further",
            ),
            (
                "[link]\nname = 'a'",
                "link: expected blocks headed `[[link]]`",
            ),
            (
                "link = [1]",
                "strategy:1:9: link: expected blocks headed `[[link]]`",
            ),
            (
                "action.enforce.x = 1",
                "action.enforce: expected a number from 0 to 1, found a table",
            ),
            (
                "enforce = 1.0",
                "strategy:1:1: enforce: unknown key here; it belongs in `[action]`",
            ),
            (
                "\"action.enforce\" = 1.0",
                "strategy:1:1: action.enforce: unknown key",
            ),
            (
                "[\"links.device\"]\nbits = 1",
                "strategy:1:2: links.device: unknown table",
            ),
            (
                "enforc = 1.0",
                "enforc: unknown key; did you mean `enforce` in `[action]`?",
            ),
            (
                "[action]\nreview = 0.1\nreview = 0.2",
                "strategy:3:1: not valid TOML: duplicate key",
            ),
        ] {
            let message = message(text);
            assert!(message.contains(expected), "{text}: {message}");
        }
    }

    #[test]
    fn a_refused_key_breaks_no_rule_between_keys() {
        let message = message("[action]\nenforce = 7\nreview = 0.95");
        assert_eq!(message.lines().count(), 1, "{message}");
    }

    #[test]
    fn the_default_file_has_the_effect_of_no_file() {
        assert_eq!(
            Strategy::parse(DEFAULT_TOML).expect("valid"),
            Strategy::default()
        );
        let with_mark = format!("\u{feff}{DEFAULT_TOML}");
        assert_eq!(
            Strategy::parse(&with_mark).expect("valid"),
            Strategy::default()
        );
        assert_eq!(Strategy::load(None).expect("valid"), Strategy::default());
    }

    #[test]
    fn long_lists_of_problems_are_cut_and_counted() {
        let text = "[[link]]\n".repeat(250);
        let message = message(&text);
        assert_eq!(message.lines().count(), 101, "{message}");
        assert!(message.ends_with("and 651 more problems"), "{message}");
    }
}
