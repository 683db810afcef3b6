//! The sections and keys of a strategy, read from the commented `default.toml`.
//!
//! The comment block right above a key is its meaning; its last line is made of clauses, each ending
//! in a full stop:
//!
//! ```text
//! line       = { modifier " " } constraint
//! modifier   = "Required." | "Same as `KEY`." | "Unit: UNIT."
//! constraint = "Range: [WORD, or ]MIN to MAX." | "One of: WORD, ... ." | "Text: KIND." | "List of: KINDS."
//! ```
//!
//! Further link types have no values to stand in the file, so their keys are read from the block
//! that `default.toml` carries commented out.

use std::sync::LazyLock;

use toml_edit::{DocumentMut, Item, Key, Table};

use super::constraint::{Constraint, Setting};

/// Everything `default.toml` says.
#[derive(Clone, Debug)]
pub(super) struct Schema {
    /// The sections in the order of the file.
    pub(super) sections: Vec<Section>,
    /// The keys of a `[[link]]` block.
    pub(super) link: Section,
    /// The position in `sections` before which the block stands in the file.
    pub(super) link_position: usize,
}

/// A table of the strategy.
#[derive(Clone, Debug)]
pub(super) struct Section {
    /// Its dotted name, such as `links.device`.
    pub(super) path: String,
    /// What it is about: the comment right above it.
    pub(super) meaning: String,
    /// What stands between the previous section and that comment.
    pub(super) remark: String,
    /// Its keys in the order of the file.
    pub(super) keys: Vec<KeySpec>,
}

/// A key of the strategy.
#[derive(Clone, Debug)]
pub(super) struct KeySpec {
    /// Its name within its section.
    pub(super) name: String,
    /// Its dotted name, such as `action.enforce`.
    pub(super) path: String,
    /// What it means, as one paragraph.
    pub(super) meaning: String,
    /// What it is measured in.
    pub(super) unit: Option<String>,
    /// What it accepts.
    pub(super) constraint: Constraint,
    /// What holds when a file does not set it.
    pub(super) fallback: Fallback,
}

/// What holds when a file does not set a key.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Fallback {
    /// A default.
    Setting(Setting),
    /// The value of another key of the same block.
    SameAs(String),
    /// Nothing: the block has to set it.
    Required,
}

/// Where `default.toml` leaves its grammar.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{key}: expected {expected}")]
pub(super) struct GrammarError {
    key: String,
    expected: &'static str,
}

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    Schema::from_text(super::DEFAULT_TOML).expect("default.toml keeps its grammar")
});

/// The schema of [`super::DEFAULT_TOML`].
pub(super) fn schema() -> &'static Schema {
    &SCHEMA
}

impl Schema {
    fn from_text(text: &str) -> Result<Self, GrammarError> {
        let document = parse(text, "default.toml")?;
        let mut sections = Vec::new();
        read_tables(document.as_table(), "", &mut sections)?;

        let (block_start, block) = link_block(text);
        let block_document = parse(&block, "link")?;
        let table = block_document
            .get("link")
            .and_then(Item::as_array_of_tables)
            .and_then(|blocks| blocks.get(0))
            .ok_or_else(|| error("link", "a commented-out [[link]] block"))?;
        let mut link = read_section(table, "link")?;
        let link_position = sections
            .iter()
            .take_while(|section| text.find(&format!("[{}]", section.path)) < Some(block_start))
            .count();
        // What stands before the first section introduces the file.
        if let Some(first) = sections.first_mut() {
            first.remark.clear();
        }
        // The block is a comment, so what stands before it was read as part of what follows it.
        if let Some(next) = sections.get_mut(link_position) {
            link.remark = std::mem::take(&mut next.remark);
        }
        Ok(Self {
            sections,
            link,
            link_position,
        })
    }

    /// The key of a dotted path, `[[link]]` blocks aside.
    pub(super) fn key(&self, path: &str) -> Option<&KeySpec> {
        let (section, name) = path.rsplit_once('.')?;
        self.sections
            .iter()
            .find(|candidate| candidate.path == section)?
            .key(name)
    }

    /// Whether a dotted path is a section or has sections below it.
    pub(super) fn is_table(&self, path: &str) -> bool {
        self.sections.iter().any(|section| {
            section
                .path
                .strip_prefix(path)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        })
    }

    /// The names of the tables and keys right below a table; `""` is the whole file.
    pub(super) fn names_in(&self, path: &str) -> Vec<&str> {
        let prefix = if path.is_empty() {
            String::new()
        } else {
            format!("{path}.")
        };
        let mut names: Vec<&str> = self
            .sections
            .iter()
            .filter_map(|section| section.path.strip_prefix(&prefix))
            .filter_map(|rest| rest.split('.').next())
            .collect();
        names.dedup();
        match self.sections.iter().find(|section| section.path == path) {
            Some(section) => names.extend(section.keys.iter().map(|key| key.name.as_str())),
            None if path.is_empty() => names.push("link"),
            None => {}
        }
        names
    }
}

impl Section {
    /// The key of a name.
    pub(super) fn key(&self, name: &str) -> Option<&KeySpec> {
        self.keys.iter().find(|key| key.name == name)
    }
}

fn error(key: &str, expected: &'static str) -> GrammarError {
    GrammarError {
        key: key.to_owned(),
        expected,
    }
}

fn parse(text: &str, name: &str) -> Result<DocumentMut, GrammarError> {
    text.parse().map_err(|_| error(name, "valid TOML"))
}

/// Where the commented-out `[[link]]` block starts, and its text with one `# ` taken off each line.
fn link_block(text: &str) -> (usize, String) {
    let Some(header) = text.find("# [[link]]") else {
        return (text.len(), String::new());
    };
    // The block's own comment stands right above it, its lines led by two marks.
    let start = text[..header]
        .rmatch_indices('\n')
        .map(|(end, _)| end + 1)
        .take_while(|&start| text[start..].starts_with("# # ") || start == header)
        .last()
        .unwrap_or(header);
    let block = text[start..]
        .lines()
        .map_while(|line| line.strip_prefix("# "))
        .fold(String::new(), |block, line| block + line + "\n");
    (start, block)
}

fn read_tables(table: &Table, path: &str, sections: &mut Vec<Section>) -> Result<(), GrammarError> {
    if !path.is_empty() && !table.is_implicit() {
        sections.push(read_section(table, path)?);
    }
    for (name, item) in table {
        if let Item::Table(child) = item {
            let path = if path.is_empty() {
                name.to_owned()
            } else {
                format!("{path}.{name}")
            };
            read_tables(child, &path, sections)?;
        } else if path.is_empty() {
            return Err(error(name, "a key inside a table"));
        }
    }
    Ok(())
}

fn read_section(table: &Table, path: &str) -> Result<Section, GrammarError> {
    let (remark, lines) = comment_of(table.decor().prefix().and_then(|raw| raw.as_str()));
    if lines.is_empty() {
        return Err(error(path, "a comment above the table"));
    }
    let mut section = Section {
        path: path.to_owned(),
        meaning: lines.join(" "),
        remark,
        keys: Vec::new(),
    };
    for (name, item) in table {
        if item.is_table() {
            continue;
        }
        let key = table.key(name).expect("the name comes from the table");
        section.keys.push(read_key(key, item, path)?);
    }
    Ok(section)
}

fn read_key(key: &Key, item: &Item, section: &str) -> Result<KeySpec, GrammarError> {
    let path = format!("{section}.{}", key.get());
    let value = item.as_value().ok_or_else(|| error(&path, "a value"))?;
    let (_, mut lines) = comment_of(key.leaf_decor().prefix().and_then(|raw| raw.as_str()));
    let clauses = lines
        .pop()
        .and_then(|line| line.strip_suffix('.'))
        .ok_or_else(|| error(&path, "a last comment line that ends in a full stop"))?;
    if lines.is_empty() {
        return Err(error(&path, "a comment that says what the key means"));
    }
    let mut unit = None;
    let mut constraint = None;
    let mut fallback = None;
    for clause in clauses.split(". ") {
        if let Some(text) = clause.strip_prefix("Unit: ") {
            unit = Some(text.to_owned());
        } else if clause == "Required" {
            fallback = Some(Fallback::Required);
        } else if let Some(other) = clause.strip_prefix("Same as ") {
            fallback = Some(Fallback::SameAs(other.trim_matches('`').to_owned()));
        } else {
            let parsed = Constraint::from_clause(clause, value);
            constraint = Some(parsed.ok_or_else(|| error(&path, "a clause of the grammar"))?);
        }
    }
    let constraint =
        constraint.ok_or_else(|| error(&path, "a clause that says what it accepts"))?;
    let setting = constraint
        .check(value)
        .map_err(|_| error(&path, "a default that the key accepts"))?;
    Ok(KeySpec {
        name: key.get().to_owned(),
        path,
        meaning: lines.join(" "),
        unit,
        constraint,
        fallback: fallback.unwrap_or(Fallback::Setting(setting)),
    })
}

/// The comment lines right above a key or table, and the paragraphs before them.
fn comment_of(prefix: Option<&str>) -> (String, Vec<&str>) {
    let prefix = prefix.unwrap_or_default().trim_end();
    let (before, last) = prefix.rsplit_once("\n\n").unwrap_or(("", prefix));
    let without_mark = |line: &str| line.trim_start_matches('#').trim().to_owned();
    // The commented-out block is a section of its own.
    let remark = before
        .lines()
        .take_while(|line| !line.starts_with("# # "))
        .map(without_mark)
        .collect::<Vec<_>>()
        .join(" ");
    let lines = last
        .lines()
        .map(|line| line.trim_start_matches('#').trim())
        .filter(|line| !line.is_empty())
        .collect();
    (remark.trim().to_owned(), lines)
}

#[cfg(test)]
mod tests {
    use super::{Fallback, Schema, schema};

    #[test]
    fn every_key_has_a_meaning_a_constraint_and_a_default_within_it() {
        let schema = Schema::from_text(super::super::DEFAULT_TOML).expect("grammar");
        assert!(schema.sections.len() > 10);
        for section in schema.sections.iter().chain([&schema.link]) {
            assert!(
                section.meaning.ends_with('.'),
                "[{}] {}",
                section.path,
                section.meaning
            );
            for key in &section.keys {
                assert!(key.meaning.ends_with('.'), "{}: {}", key.path, key.meaning);
                assert!(
                    !key.meaning.contains("Range:"),
                    "{}: two constraints",
                    key.path
                );
            }
        }
    }

    #[test]
    fn the_commented_block_gives_the_keys_of_a_link() {
        let keys: Vec<(&str, bool)> = schema()
            .link
            .keys
            .iter()
            .map(|key| (key.name.as_str(), key.fallback == Fallback::Required))
            .collect();
        assert_eq!(
            keys,
            [
                ("name", true),
                ("table", true),
                ("column", true),
                ("normalizer", false),
                ("bits", false),
                ("rarity", false),
                ("group", false)
            ]
        );
        let before = &schema().sections[schema().link_position - 1];
        assert_eq!(before.path, "links.building");
    }

    #[test]
    fn names_are_known_by_their_place() {
        assert_eq!(schema().key("action.enforce").unwrap().name, "enforce");
        assert!(schema().key("action.bits").is_none());
        assert!(schema().is_table("links") && schema().is_table("links.device"));
        assert!(!schema().is_table("link") && !schema().is_table("action.enforce"));
        assert!(schema().names_in("").contains(&"links"));
        assert_eq!(
            schema().names_in("links"),
            ["device", "payout", "address", "building"]
        );
    }

    #[test]
    fn a_file_outside_the_grammar_names_the_key() {
        let block = "# # B.\n# [[link]]\n# # N.\n# # Required. Text: name.\n# name = \"a\"\n";
        for (key, expected) in [
            (
                "# M.\n# Range: 0 to 1.\nk = 2.0",
                "s.k: expected a default that the key accepts",
            ),
            (
                "# Range: 0 to 1.\nk = 1.0",
                "s.k: expected a comment that says what the key means",
            ),
            (
                "# M.\n# Range 0 to 1.\nk = 1.0",
                "s.k: expected a clause of the grammar",
            ),
            (
                "# M.\n# Unit: bits.\nk = 1.0",
                "s.k: expected a clause that says what it accepts",
            ),
            (
                "k = 1.0",
                "s.k: expected a last comment line that ends in a full stop",
            ),
        ] {
            let text = format!("{block}\n# S.\n[s]\n{key}\n");
            assert_eq!(Schema::from_text(&text).unwrap_err().to_string(), expected);
        }
    }
}
