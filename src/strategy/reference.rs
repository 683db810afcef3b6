//! `docs/strategy.md`, made from `default.toml`.

use std::fmt::Write as _;

use super::rules::RULES;
use super::schema::{Fallback, KeySpec, Section, schema};

/// What stands above the generated part.
const PREAMBLE: &str = "\
# The strategy file

<!-- Made from src/strategy/default.toml. To make it anew: UPDATE_DOCS=1 cargo test --test it strategy -->

One TOML file holds every decision a strategy manager may want to change. `ringfence init` writes the
defaults with their comments; `ringfence run --strategy FILE` uses a file. A file holds only what differs
from the defaults below, in any order; without a file the defaults hold. How to tune it is told in
[guide-strategist.md](guide-strategist.md).

A file is checked as a whole before anything is read: an unknown key, a wrong type, a value out of range or
a broken rule between keys ends the run with exit code 2, and every problem of the file is listed with
its line, its column, what was expected and the nearest known key. A file is UTF-8 text of at most 1 MiB.
Where the default is a whole number, only whole numbers are accepted; NaN and infinity never are.

The manifest of a run holds the hash of the strategy that was in effect. Comments, order, spelling of
numbers and keys set to their defaults don't change it; every value that holds does.
";

/// The reference of every section, key and rule, in Markdown, as it stands in `docs/strategy.md`.
pub fn reference_markdown() -> String {
    let schema = schema();
    let mut page = PREAMBLE.to_owned();
    for (position, section) in schema.sections.iter().enumerate() {
        if position == schema.link_position {
            push_section(&mut page, "[[link]]", &schema.link);
        }
        push_section(&mut page, &format!("[{}]", section.path), section);
    }
    if schema.link_position == schema.sections.len() {
        push_section(&mut page, "[[link]]", &schema.link);
    }
    page.push_str("\n## Rules between keys\n\n");
    for rule in RULES {
        push(&mut page, format_args!("- {}\n", rule.sentence));
    }
    page
}

fn push_section(page: &mut String, header: &str, section: &Section) {
    push(page, format_args!("\n## `{header}`\n"));
    for paragraph in [&section.remark, &section.meaning] {
        if !paragraph.is_empty() {
            push(page, format_args!("\n{paragraph}\n"));
        }
    }
    if !section.keys.is_empty() {
        page.push_str(
            "\n| key | default | accepts | unit | meaning |\n| --- | --- | --- | --- | --- |\n",
        );
    }
    for key in &section.keys {
        let cells = [
            format!("`{}`", key.name),
            default_of(key),
            key.constraint.expected(),
            key.unit.clone().unwrap_or_default(),
            key.meaning.clone(),
        ]
        .map(|cell| cell.replace('|', "\\|"));
        push(page, format_args!("| {} |\n", cells.join(" | ")));
    }
}

fn default_of(key: &KeySpec) -> String {
    match &key.fallback {
        Fallback::Setting(setting) => {
            let json =
                serde_json::to_string(setting).expect("a setting is finite numbers and texts");
            format!("`{json}`")
        }
        Fallback::SameAs(other) => format!("that of `{other}`"),
        Fallback::Required => "required".to_owned(),
    }
}

fn push(page: &mut String, text: std::fmt::Arguments<'_>) {
    page.write_fmt(text).expect("writing to a string");
}
