//! The strategy file: its reference page, its hash, and whatever bytes somebody hands in.

use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use proptest::strategy::Strategy as Generator;
use ringfence::strategy::{
    ADDRESS, BUILDING, DEFAULT_TOML, DEVICE, Normalizer, PAYOUT, Resolution, Strategy,
    StrategyError, reference_markdown,
};

fn project() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn hash(text: &str) -> String {
    Strategy::parse(text).expect(text).hash
}

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "UPDATE_DOCS=1 makes the page anew instead of comparing it"
)]
fn the_reference_page_is_made_from_the_defaults() {
    let path = project().join("docs/strategy.md");
    let expected = reference_markdown();
    if std::env::var("UPDATE_DOCS").is_ok() {
        fs::write(&path, &expected).expect("docs/ is writable");
    }
    let found = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        found == expected,
        "docs/strategy.md is out of date; run: UPDATE_DOCS=1 cargo test --test it strategy"
    );
}

#[test]
fn built_in_links_come_first_and_further_ones_follow_in_file_order() {
    let text = "
[[link]]
name = \"phone\"
table = \"phones\"
column = \"phone\"
normalizer = \"phone\"
[[link]]
name = \"card\"
table = \"cards\"
column = \"card_hash\"
group = \"payout\"
bits = 12
[links.device]
bits = 3
";
    let strategy = Strategy::parse(text).expect("valid");
    let names: Vec<&str> = strategy
        .links
        .iter()
        .map(|link| link.name.as_str())
        .collect();
    assert_eq!(
        names,
        ["device", "payout", "address", "building", "phone", "card"]
    );
    for (built_in, name, table, column) in [
        (DEVICE, "device", "devices", "device_id"),
        (PAYOUT, "payout", "payouts", "account"),
        (ADDRESS, "address", "addresses", "address"),
        (BUILDING, "building", "addresses", "address"),
    ] {
        assert_eq!(strategy.entity_type(name), Some(built_in));
        let link = strategy.link(built_in);
        assert_eq!((link.table.as_str(), link.column.as_str()), (table, column));
    }
    assert!((strategy.link(DEVICE).bits - 3.0).abs() < 1e-12);
    let (phone, card) = (&strategy.links[4], &strategy.links[5]);
    assert_eq!(
        (phone.normalizer, phone.group.as_str()),
        (Normalizer::Phone, "phone")
    );
    assert_eq!(
        (card.normalizer, card.group.as_str()),
        (Normalizer::Exact, "payout")
    );
    assert_eq!(strategy.entity_type("email"), None);
}

#[test]
fn the_commented_out_link_block_is_a_valid_strategy() {
    let start = DEFAULT_TOML.find("# [[link]]").expect("the block is there");
    let block: String = DEFAULT_TOML[start..]
        .lines()
        .map_while(|line| line.strip_prefix("# "))
        .fold(String::new(), |block, line| block + line + "\n");
    let strategy = Strategy::parse(&block).expect("valid");
    assert_eq!(strategy.links[4].name, "tax_number");
    // What the block shows as defaults is what its absence means.
    let short = "[[link]]\nname = 'tax_number'\ntable = 'tax_numbers'\ncolumn = 'tax_number'";
    assert_eq!(strategy.hash, hash(short));
}

#[test]
fn files_with_one_effect_have_one_hash() {
    let plain = hash("[action]\nenforce = 0.95\n[detect]\nresolution = 2.0");
    for same in [
        "# why\n[detect]\nresolution = 2 # pinned\n\n[action]\nenforce = 9.5e-1",
        "action.enforce = 0.950\ndetect = { resolution = 2.0, seed = 1 }",
        "[action]\nreview = 0.14\nenforce = 0.95\r\n[detect]\r\nresolution = 2.0\r\n",
    ] {
        assert_eq!(hash(same), plain, "{same}");
    }
    for other in [
        "",
        "[action]\nenforce = 0.95",
        "[action]\nenforce = 0.94\n[detect]\nresolution = 2.0",
    ] {
        assert_ne!(hash(other), plain, "{other}");
    }
    let link =
        |name: &str| format!("[[link]]\nname = '{name}'\ntable = '{name}'\ncolumn = 'value'\n");
    assert_ne!(
        hash(&(link("a") + &link("b"))),
        hash(&(link("b") + &link("a"))),
        "the order of links decides their ids"
    );
}

#[test]
fn a_pinned_resolution_is_a_number_and_auto_is_auto() {
    let resolution = |text: &str| Strategy::parse(text).expect(text).detect.resolution;
    assert_eq!(resolution(""), Resolution::Auto);
    assert_eq!(
        resolution("[detect]\nresolution = \"auto\""),
        Resolution::Auto
    );
    assert_eq!(
        resolution("[detect]\nresolution = 3"),
        Resolution::Pinned(3.0)
    );
}

#[test]
fn a_file_that_is_no_strategy_is_refused_with_the_reason() {
    let folder = tempfile::tempdir().expect("temporary folder");
    let load = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        fs::write(&path, bytes).expect("writable");
        Strategy::load(Some(&path)).expect_err(name)
    };
    assert!(matches!(
        Strategy::load(Some(&folder.path().join("absent.toml"))),
        Err(StrategyError::Read { .. })
    ));
    assert!(matches!(
        Strategy::load(Some(folder.path())),
        Err(StrategyError::Read { .. })
    ));
    assert!(matches!(
        load("large.toml", &vec![b'#'; (1 << 20) + 1]),
        StrategyError::TooLarge { .. }
    ));
    assert!(matches!(
        load("latin1.toml", b"# a\nx = '\xe9'"),
        StrategyError::NotUtf8 {
            line: 2,
            column: 6,
            ..
        }
    ));
    assert!(matches!(
        load("broken.toml", b"[action]\nenforce = = 1"),
        StrategyError::Syntax { line: 2, .. }
    ));
    let message = load("typo.toml", b"[action]\nenforc = 1").to_string();
    assert!(
        message.contains("typo.toml:2:1: action.enforc"),
        "{message}"
    );
}

#[test]
fn deep_nesting_and_endless_mistakes_are_refused_and_not_followed() {
    for text in [
        (0..100_000).fold(String::new(), |text, n| text + &format!("k{n}=1\n")),
        format!("x = {}{}", "[".repeat(100_000), "]".repeat(100_000)),
        format!("x = {}", "{a = ".repeat(100_000)),
        format!("{}x = 1", "a.".repeat(100_000)),
        format!("[{}x]", "a.".repeat(100_000)),
        format!("[action]\n{}x = 1", "enforce.".repeat(70)),
        "[[link]]\n".repeat(100_000),
        "[links.x]\n[links.x.y]\n".to_owned(),
    ] {
        let message = Strategy::parse(&text).expect_err("no strategy").to_string();
        assert!(message.len() < 50_000, "{}", message.len());
    }
}

#[test]
fn a_message_quotes_no_listed_value() {
    let text = "[placeholders]\nvalues = [\"+65 8123 4567\", \"+65 8123 4567\"]\n[input]\nrisk_signals = \"Ms Tan\"";
    let message = Strategy::parse(text).expect_err("repeated").to_string();
    assert_eq!(message.lines().count(), 2, "{message}");
    assert!(
        !message.contains("8123") && !message.contains("Tan"),
        "{message}"
    );
}

/// Each file of the corpus is loaded; its first line says what must come of it: `# accepted`, or
/// `# refused: ` and a part of the message. A file without such a line must only not panic.
#[test]
fn the_corpus_is_answered_as_its_first_lines_say() {
    let mut paths: Vec<PathBuf> = fs::read_dir(project().join("tests/corpus/strategy"))
        .expect("the corpus is there")
        .map(|entry| entry.expect("readable").path())
        .collect();
    paths.sort();
    assert!(paths.len() >= 10, "the corpus is there");
    for path in paths {
        let bytes = fs::read(&path).expect("readable");
        let text = String::from_utf8_lossy(&bytes);
        let expected = text.lines().next().unwrap_or_default();
        let answer = Strategy::load(Some(&path)).map_err(|error| error.to_string());
        if expected == "# accepted" {
            assert!(answer.is_ok(), "{}: {answer:?}", path.display());
        } else if let Some(part) = expected.strip_prefix("# refused: ") {
            let message = answer.expect_err("refused");
            assert!(message.contains(part), "{}: {message}", path.display());
        }
    }
}

/// Text that looks enough like a strategy to get past the parser often.
fn likely_text() -> impl Generator<Value = String> {
    let header = prop::sample::select(vec![
        "[action]",
        "[detect]",
        "[links.device]",
        "[[link]]",
        "[links]",
        "[x]",
        "",
    ]);
    let key = prop::sample::select(vec![
        "enforce",
        "review",
        "seed",
        "bits",
        "group",
        "name",
        "table",
        "column",
        "normalizer",
        "objective",
    ]);
    let value = prop::sample::select(vec![
        "0",
        "1",
        "-1",
        "0.5",
        "1e400",
        "nan",
        "-inf",
        "true",
        "\"cpm\"",
        "\"phone\"",
        "[]",
        "[1]",
        "{}",
        "{ a = 1 }",
        "1979-05-27",
        "9223372036854775807",
        "\"\\u0000\"",
    ]);
    let line = (header, key, value)
        .prop_map(|(header, key, value)| format!("{header}\n{key} = {value}\n"));
    prop::collection::vec(line, 0..8).prop_map(|lines| lines.concat())
}

proptest! {
    #[test]
    fn any_text_is_a_strategy_or_a_clear_error(text in prop_oneof![any::<String>(), likely_text()]) {
        match Strategy::parse(&text) {
            Ok(strategy) => prop_assert_eq!(strategy.hash.len(), 64),
            Err(error) => prop_assert!(!error.to_string().is_empty()),
        }
    }

    #[test]
    fn a_value_is_accepted_exactly_within_its_range(value in -2.0_f64..3.0) {
        let text = format!("[lineage]\nmin_overlap = {value:?}");
        prop_assert_eq!(Strategy::parse(&text).is_ok(), (0.0..=1.0).contains(&value));
    }

    #[test]
    fn the_hash_tells_any_two_values_apart(a in 0.0_f64..=1.0, b in 0.0_f64..=1.0) {
        let text = |value: f64| format!("[lineage]\nmin_overlap = {value:?}");
        prop_assert_eq!(hash(&text(a)) == hash(&text(b)), a.to_bits() == b.to_bits());
    }
}

#[test]
fn the_examples_of_the_strategists_guide_are_valid() {
    let guide =
        fs::read_to_string(project().join("docs/guide-strategist.md")).expect("the guide is there");
    let examples: Vec<&str> = guide
        .split("```toml\n")
        .skip(1)
        .filter_map(|rest| rest.split("```").next())
        .collect();
    assert!(examples.len() >= 4, "{}", examples.len());
    for example in examples {
        assert!(Strategy::parse(example).is_ok(), "{example}");
    }
}
