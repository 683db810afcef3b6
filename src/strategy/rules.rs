//! Rules between keys: what no single key's range can say.

use std::collections::BTreeSet;

use super::BUILT_IN_LINKS;
use super::settings::{LinkBlock, Settings};
use super::suggest::shortened;

/// A rule between keys.
#[derive(Debug)]
pub(super) struct Rule {
    /// The rule as a sentence for `docs/strategy.md`.
    pub(super) sentence: &'static str,
    /// Where settings break it; a key that was refused on its own is left alone.
    pub(super) check: fn(&Settings) -> Vec<Violation>,
}

/// A place where settings break a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Violation {
    /// Byte offset in the user's file; none where a rule is broken without the file setting a key.
    pub(super) offset: Option<usize>,
    /// The key to change.
    pub(super) key: String,
    /// What was expected and found.
    pub(super) message: String,
}

/// Names that mean something else in an output or in `allowlist`.
const RESERVED_NAMES: [&str; 5] = ["building", "relation", "merchant", "owner", "link"];
/// The group of direct ties: a link type in it would pass for one.
const RELATION_GROUP: &str = "relation";
/// Columns of `merchants` that hold no numbers.
const WORD_COLUMNS: [&str; 8] = [
    "merchant_id",
    "name",
    "category",
    "city",
    "country",
    "registered_at",
    "status",
    "owner_id",
];
/// Tables that hold no links.
const RESERVED_TABLES: [&str; 5] = ["merchants", "labels", "allowlist", "relations", "decisions"];
/// Columns of a link table that say something else.
const RESERVED_COLUMNS: [&str; 5] = ["merchant_id", "first_seen", "last_seen", "events", "amount"];
/// Most `[[link]]` blocks: a link type's number is one byte wide, and nobody can weigh so many kinds.
const MAX_LINK_BLOCKS: usize = 60;

/// Every rule, in the order of `docs/strategy.md`.
pub(super) const RULES: &[Rule] = &[
    Rule {
        sentence: "`action.review` is at most `action.enforce`: what is enforced was worth a review.",
        check: |settings| at_most(settings, "action.review", "action.enforce"),
    },
    Rule {
        sentence: "`action.fringe_membership` is at most `action.core_membership`: no member is fringe and core.",
        check: |settings| {
            at_most(
                settings,
                "action.fringe_membership",
                "action.core_membership",
            )
        },
    },
    Rule {
        sentence: "`action.min_groups` is at most the number of distinct groups of all link types, and one more for \
                   `relations`: otherwise nothing could ever be enforced.",
        check: enough_groups,
    },
    Rule {
        sentence: "The `name` of a `[[link]]` is unique, no built-in type's (`device`, `payout`, `address`, \
                   `building`), and not `relation`, `merchant`, `owner` or `link`.",
        check: names_are_free,
    },
    Rule {
        sentence: "The `group` of a link type is not `relation`: that is the group of direct ties, and independent of it.",
        check: groups_are_no_ties,
    },
    Rule {
        sentence: "`input.risk_signals` names no column of `merchants` that holds words or times (`merchant_id`, `name`, \
                   `category`, `city`, `country`, `registered_at`, `status`, `owner_id`).",
        check: signals_are_numbers,
    },
    Rule {
        sentence: "The `table` of a `[[link]]` is not `merchants`, `labels`, `allowlist`, `relations` or `decisions`.",
        check: tables_hold_links,
    },
    Rule {
        sentence: "The `column` of a `[[link]]` is not `merchant_id`, `first_seen`, `last_seen`, `events` or `amount`.",
        check: columns_hold_values,
    },
    Rule {
        sentence: "No two link types read the same column of the same table (`address` and `building` aside): one \
                   fact would count twice.",
        check: columns_are_read_once,
    },
    Rule {
        sentence: "There are at most 60 `[[link]]` blocks.",
        check: few_blocks,
    },
];

fn at_most(settings: &Settings, low: &str, high: &str) -> Vec<Violation> {
    let (Some(low_value), Some(high_value)) = (settings.number(low), settings.number(high)) else {
        return Vec::new();
    };
    if low_value <= high_value {
        return Vec::new();
    }
    let offset = |key: &str| settings.keys.get(key).and_then(|held| held.offset);
    // The place is the key that the file sets; a default can't be at fault.
    let (key, message) = if offset(low).is_some() {
        (
            low,
            format!("expected at most {high} = {high_value:?}, found {low_value:?}"),
        )
    } else {
        (
            high,
            format!("expected at least {low} = {low_value:?}, found {high_value:?}"),
        )
    };
    vec![Violation {
        offset: offset(key),
        key: key.to_owned(),
        message,
    }]
}

fn enough_groups(settings: &Settings) -> Vec<Violation> {
    let key = "action.min_groups";
    let built_in: Option<Vec<&str>> = BUILT_IN_LINKS
        .iter()
        .map(|(name, ..)| settings.text(&format!("links.{name}.group")))
        .collect();
    let further: Option<Vec<&str>> = settings
        .links
        .iter()
        .map(|block| block.text("group"))
        .collect();
    let (Some(asked), Some(built_in), Some(further)) = (settings.number(key), built_in, further)
    else {
        return Vec::new();
    };
    let mut groups: BTreeSet<&str> = built_in.into_iter().chain(further).collect();
    groups.insert(RELATION_GROUP);
    #[expect(clippy::cast_precision_loss, reason = "a handful of groups")]
    let n_groups = groups.len() as f64;
    if asked <= n_groups {
        return Vec::new();
    }
    let offset = settings.keys.get(key).and_then(|held| held.offset);
    vec![Violation {
        offset,
        key: key.to_owned(),
        message: format!(
            "expected at most {n_groups}, the number of groups, found {asked}; to enforce nothing set \
             action.max_enforced_merchants = 0"
        ),
    }]
}

/// A violation for each block whose text under `key` is refused by `refuse`, with what it expected.
fn refuse_blocks<'a>(
    settings: &'a Settings,
    key: &str,
    mut refuse: impl FnMut(&'a LinkBlock, &'a str) -> Option<String>,
) -> Vec<Violation> {
    let mut violations = Vec::new();
    for block in &settings.links {
        let Some(text) = block.text(key) else {
            continue;
        };
        if let Some(expected) = refuse(block, text) {
            violations.push(Violation {
                offset: Some(block.offset_of(key)),
                key: format!("link.{key}"),
                message: format!("expected {expected}, found \"{}\"", shortened(text)),
            });
        }
    }
    violations
}

fn names_are_free(settings: &Settings) -> Vec<Violation> {
    let built_in = BUILT_IN_LINKS.iter().map(|&(name, ..)| name);
    let mut taken: BTreeSet<&str> = built_in.clone().collect();
    refuse_blocks(settings, "name", |_, name| {
        if RESERVED_NAMES.contains(&name) {
            Some("a name that is not reserved".to_owned())
        } else if built_in.clone().any(|taken| taken == name) {
            Some(format!(
                "a name of its own; to tune the built-in type set [links.{name}]"
            ))
        } else if !taken.insert(name) {
            Some("a name that no other [[link]] has".to_owned())
        } else {
            None
        }
    })
}

fn groups_are_no_ties(settings: &Settings) -> Vec<Violation> {
    let expected = "the name of a group of link types";
    let is_taken = |group: &str| group == RELATION_GROUP;
    let built_in = BUILT_IN_LINKS.iter().filter_map(|(name, ..)| {
        let key = format!("links.{name}.group");
        let is_broken = settings.text(&key).is_some_and(is_taken);
        is_broken.then(|| Violation {
            offset: settings.keys.get(&key).and_then(|held| held.offset),
            key,
            message: format!("expected {expected}, found \"{RELATION_GROUP}\""),
        })
    });
    let further = refuse_blocks(settings, "group", |_, group| {
        is_taken(group).then(|| expected.to_owned())
    });
    built_in.chain(further).collect()
}

fn signals_are_numbers(settings: &Settings) -> Vec<Violation> {
    let key = "input.risk_signals";
    let words: Vec<&str> = WORD_COLUMNS
        .into_iter()
        .filter(|word| settings.list(key).iter().any(|signal| signal == word))
        .collect();
    if words.is_empty() {
        return Vec::new();
    }
    vec![Violation {
        offset: settings.keys.get(key).and_then(|held| held.offset),
        key: key.to_owned(),
        message: format!(
            "expected columns of numbers in which higher means riskier, found {}",
            words.join(", ")
        ),
    }]
}

fn tables_hold_links(settings: &Settings) -> Vec<Violation> {
    refuse_blocks(settings, "table", |_, table| {
        let reserved = RESERVED_TABLES
            .iter()
            .any(|taken| taken.eq_ignore_ascii_case(table));
        reserved.then(|| "a table of links".to_owned())
    })
}

fn columns_hold_values(settings: &Settings) -> Vec<Violation> {
    refuse_blocks(settings, "column", |_, column| {
        let reserved = RESERVED_COLUMNS.contains(&column);
        reserved.then(|| "the column that holds the shared value".to_owned())
    })
}

fn columns_are_read_once(settings: &Settings) -> Vec<Violation> {
    let mut read: BTreeSet<(&str, &str)> = BUILT_IN_LINKS
        .iter()
        .map(|&(_, table, column)| (table, column))
        .collect();
    refuse_blocks(settings, "column", |block, column| {
        let table = block.text("table")?;
        let fresh = read.insert((table, column));
        (!fresh).then(|| format!("a column of {table} that no other link type reads"))
    })
}

fn few_blocks(settings: &Settings) -> Vec<Violation> {
    let n_blocks = settings.links.len();
    let Some(block) = settings.links.get(MAX_LINK_BLOCKS) else {
        return Vec::new();
    };
    vec![Violation {
        offset: Some(block.offset),
        key: "link".to_owned(),
        message: format!("expected at most {MAX_LINK_BLOCKS} blocks, found {n_blocks}"),
    }]
}

#[cfg(test)]
mod tests {
    use super::super::Strategy;
    use super::RULES;

    fn link(name: &str, table: &str, column: &str) -> String {
        format!("[[link]]\nname = \"{name}\"\ntable = \"{table}\"\ncolumn = \"{column}\"\n")
    }

    #[test]
    fn each_broken_rule_names_the_key_and_the_place() {
        let phone = link("phone", "phones", "phone");
        for (text, expected) in [
            (
                "[action]\nreview = 0.97\n".to_owned(),
                "2:10: action.review: expected at most action.enforce = 0.96, found 0.97",
            ),
            (
                "[action]\nenforce = 0.05\n".to_owned(),
                "2:11: action.enforce: expected at least action.review = 0.14, found 0.05",
            ),
            (
                "[action]\ncore_membership = 0.1\n".to_owned(),
                "2:19: action.core_membership: expected at least action.fringe_membership = 0.35, found 0.1",
            ),
            (
                "[action]\nmin_groups = 5\n".to_owned(),
                "2:14: action.min_groups: expected at most 4, the number of groups, found 5;",
            ),
            (
                link("owner", "t", "c"),
                "2:8: link.name: expected a name that is not reserved, found \"owner\"",
            ),
            (
                link("device", "t", "c"),
                "2:8: link.name: expected a name of its own; to tune the built-in type set [links.device], found",
            ),
            (
                phone.clone() + &link("phone", "t", "c"),
                "6:8: link.name: expected a name that no other [[link]] has",
            ),
            (
                "[links.address]\ngroup = \"relation\"\n".to_owned(),
                "2:9: links.address.group: expected the name of a group of link types, found \"relation\"",
            ),
            (
                phone.clone() + "group = \"relation\"\n",
                "5:9: link.group: expected the name of a group of link types, found \"relation\"",
            ),
            (
                "[input]\nrisk_signals = [\"refund_rate\", \"status\", \"name\"]\n".to_owned(),
                "2:16: input.risk_signals: expected columns of numbers in which higher means riskier, found name, status",
            ),
            (
                link("phone", "labels", "c"),
                "3:9: link.table: expected a table of links, found \"labels\"",
            ),
            (
                link("phone", "phones", "events"),
                "4:10: link.column: expected the column that holds the shared value",
            ),
            (
                link("phone", "devices", "device_id"),
                "4:10: link.column: expected a column of devices that no other link type reads",
            ),
            (
                phone.clone() + &link("mobile", "phones", "phone"),
                "8:10: link.column: expected a column of phones",
            ),
            (
                (0..61)
                    .map(|n| link(&format!("l{n}"), "t", &format!("c{n}")))
                    .collect(),
                "241:1: link: expected at most 60 blocks, found 61",
            ),
        ] {
            let message = Strategy::parse(&text).unwrap_err().to_string();
            assert!(message.contains(expected), "{message}");
        }
        Strategy::parse(&("[action]\nmin_groups = 5\n".to_owned() + &phone))
            .expect("a fifth group");
    }

    #[test]
    fn the_sentences_name_everything_that_is_refused() {
        let sentences: String = RULES.iter().map(|rule| rule.sentence).collect();
        let built_in = super::BUILT_IN_LINKS.map(|(name, ..)| name);
        for word in super::RESERVED_NAMES
            .iter()
            .chain(&super::RESERVED_TABLES)
            .chain(&super::RESERVED_COLUMNS)
            .chain(&super::WORD_COLUMNS)
            .chain(&built_in)
        {
            assert!(sentences.contains(&format!("`{word}`")), "{word}");
        }
        let limit = format!("at most {} `[[link]]`", super::MAX_LINK_BLOCKS);
        assert!(sentences.contains(&limit), "{limit}");
    }

    #[test]
    fn every_rule_is_a_sentence() {
        for rule in RULES {
            assert!(
                rule.sentence.ends_with('.') && !rule.sentence.contains('\n'),
                "{rule:?}"
            );
        }
    }
}
