//! What `simulate` promises: the same bytes, every pattern, the right degrees.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use ringfence::simulate::{Settings, Summary, World, simulate};

use crate::command::{output, ringfence, succeed};

fn settings(merchants: u32, seed: u64, world: World) -> Settings {
    Settings {
        merchants,
        seed,
        world,
        fraud_share: None,
        snapshots: 5,
    }
}

/// File name (with its folder for a series) to content.
fn files(folder: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).expect("the test's own files") {
        let path = entry.expect("the test's own files").path();
        let name = path
            .file_name()
            .expect("the test's own files")
            .to_str()
            .expect("the test's own files")
            .to_owned();
        if path.is_dir() {
            let inner = files(&path).into_iter();
            found.extend(inner.map(|(file, text)| (format!("{name}/{file}"), text)));
        } else {
            found.insert(
                name,
                fs::read_to_string(&path).expect("the test's own files"),
            );
        }
    }
    found
}

fn made(settings: &Settings) -> (Summary, BTreeMap<String, String>) {
    let folder = tempfile::tempdir().expect("the test's own files");
    let summary = simulate(settings, folder.path()).expect("the test's own files");
    (summary, files(folder.path()))
}

/// Rows of a table as column name to field.
fn rows(text: &str) -> Vec<BTreeMap<String, String>> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    reader
        .deserialize()
        .map(|row| row.expect("a row of text"))
        .collect()
}

#[test]
fn same_settings_same_bytes_and_other_seeds_other_markets() {
    for world in World::NAMES {
        let world = world.parse().unwrap();
        let first = made(&settings(900, 11, world)).1;
        assert_eq!(first, made(&settings(900, 11, world)).1, "{world}");
        let other = made(&settings(900, 12, world)).1;
        for (name, text) in &first {
            assert_ne!(Some(text), other.get(name), "{world} {name}");
        }
    }
}

#[test]
fn tiny_truth_knows_every_merchant_and_no_other() {
    let tiny = files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("data/tiny"));
    let ids = |table: &str| -> BTreeSet<String> {
        let rows = rows(&tiny[table]).into_iter();
        rows.map(|row| row["merchant_id"].clone()).collect()
    };
    assert_eq!(ids("merchants.csv").len(), 20);
    for table in ["truth.csv", "devices.csv", "payouts.csv", "addresses.csv"] {
        assert_eq!(ids(table), ids("merchants.csv"), "{table}");
    }
}

#[test]
fn market_that_ships_is_the_one_its_readme_makes() {
    let settings = Settings {
        fraud_share: Some(0.05),
        ..settings(3000, 2025, World::Plain)
    };
    let shipped = files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("data/market"));
    for (name, text) in made(&settings).1 {
        assert!(shipped.get(&name) == Some(&text), "{name} has other bytes");
    }
}

#[test]
fn merchants_are_as_many_as_asked_and_ids_are_unique() {
    for merchants in [1, 2, 5, 777] {
        let (summary, files) = made(&settings(merchants, 3, World::Plain));
        assert_eq!(summary.merchants, merchants);
        let ids: BTreeSet<String> = rows(&files["merchants.csv"])
            .into_iter()
            .map(|row| row["merchant_id"].clone())
            .collect();
        assert_eq!(ids.len(), usize::try_from(merchants).unwrap());
        assert_eq!(rows(&files["truth.csv"]).len(), ids.len());
    }
}

#[test]
fn every_pattern_is_there() {
    let (summary, files) = made(&settings(20_000, 5, World::Plain));
    let truth = rows(&files["truth.csv"]);
    let of = |column: &str| -> BTreeSet<String> {
        truth
            .iter()
            .map(|row| row[column].clone())
            .filter(|name| !name.is_empty())
            .collect()
    };
    let typologies: Vec<String> = of("typology").into_iter().collect();
    assert_eq!(
        typologies,
        [
            "address_mill",
            "bridge",
            "camouflage",
            "corrupt_agency",
            "device_farm",
            "payout_funnel",
            "relay_chain",
            "reuse",
            "rotation",
            "sleepers",
            "spelling",
        ]
    );
    let kinds = of("benign_kind");
    for kind in [
        "agency",
        "aggregator",
        "chain",
        "courier",
        "family",
        "food_court",
        "kiosk",
        "kitchen",
        "mall",
        "owner",
        "second_hand",
        "tower",
        "virtual_office",
    ] {
        assert!(kinds.contains(kind), "{kind}");
    }
    let share = f64::from(summary.fraud_merchants) / 20_000.0;
    assert!((share - 0.015).abs() < 0.002, "{share}");
    assert!(
        truth
            .iter()
            .all(|row| row["ring_id"].is_empty() || row["benign_group"].is_empty())
    );
}

/// How many merchants of one typology use each value of a table.
fn degrees(
    files: &BTreeMap<String, String>,
    table: &str,
    column: &str,
    typology: &str,
) -> Vec<usize> {
    let members: BTreeSet<String> = rows(&files["truth.csv"])
        .into_iter()
        .filter(|row| row["typology"] == typology)
        .map(|row| row["merchant_id"].clone())
        .collect();
    let mut users: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for row in rows(&files[table]) {
        if members.contains(&row["merchant_id"]) {
            let tidy = row[column].to_uppercase().replace([' ', '-'], "");
            users
                .entry(tidy)
                .or_default()
                .insert(row["merchant_id"].clone());
        }
    }
    users.into_values().map(|users| users.len()).collect()
}

#[test]
fn the_summary_counts_the_rings_of_the_truth() {
    let settings = Settings {
        fraud_share: Some(0.1),
        ..settings(3_000, 7, World::Plain)
    };
    let (summary, files) = made(&settings);
    let truth = rows(&files["truth.csv"]);
    let rings = || truth.iter().filter(|row| !row["ring_id"].is_empty());
    let distinct: BTreeSet<&str> = rings().map(|row| row["ring_id"].as_str()).collect();
    assert_eq!(summary.rings as usize, distinct.len());
    assert_eq!(summary.fraud_merchants as usize, rings().count());
    // Two rings that a bridge joins were asked for together.
    assert!(summary.ring_groups < summary.rings);
}

#[test]
fn rings_share_as_their_typology_says() {
    // No hubs and no dirt reach these counts: rings alone, many of them.
    let settings = Settings {
        fraud_share: Some(0.4),
        ..settings(4_000, 8, World::Plain)
    };
    let files = made(&settings).1;
    let most = |table, column, typology| {
        degrees(&files, table, column, typology)
            .into_iter()
            .max()
            .unwrap()
    };
    assert!(most("devices.csv", "device_id", "device_farm") >= 5);
    assert!(most("payouts.csv", "account", "payout_funnel") >= 5);
    assert!(most("devices.csv", "device_id", "corrupt_agency") >= 5);
    let count = |typology, low: usize, high: usize| {
        let found = degrees(&files, "payouts.csv", "account", typology);
        found
            .into_iter()
            .filter(|degree| (low..=high).contains(degree))
            .count()
    };
    // An aggregator or a slip may tie a few more; what the ring itself shares serves two, or three.
    assert!(count("relay_chain", 2, 2) > 10 * count("relay_chain", 3, 5).max(1));
    assert!(count("rotation", 3, 3) > 10 * count("rotation", 4, 6).max(1));
}

#[test]
fn honest_hubs_are_large_and_chains_are_not_rings() {
    let files = made(&settings(20_000, 6, World::Plain)).1;
    let mut groups: BTreeMap<(String, String), usize> = BTreeMap::new();
    for row in rows(&files["truth.csv"]) {
        *groups
            .entry((row["benign_kind"].clone(), row["benign_group"].clone()))
            .or_default() += 1;
    }
    let sizes = |kind: &str| -> Vec<usize> {
        groups
            .iter()
            .filter(|((k, _), _)| k == kind)
            .map(|(_, n)| *n)
            .collect()
    };
    assert!(sizes("aggregator").into_iter().max().unwrap() > 200);
    assert!(sizes("agency").into_iter().max().unwrap() > 40);
    assert!(sizes("chain").into_iter().max().unwrap() > 100);
    assert!(sizes("family").iter().all(|size| *size <= 3));
    assert!(sizes("owner").iter().all(|size| (2..=14).contains(size)));
}

#[test]
fn risk_signals_tell_a_little() {
    let files = made(&settings(20_000, 4, World::Plain)).1;
    let fraud: BTreeMap<String, bool> = rows(&files["truth.csv"])
        .into_iter()
        .map(|row| (row["merchant_id"].clone(), !row["ring_id"].is_empty()))
        .collect();
    let (mut bad, mut good) = (Vec::new(), Vec::new());
    for row in rows(&files["merchants.csv"]) {
        let rate: f64 = row["refund_rate"].parse().unwrap();
        if fraud[&row["merchant_id"]] {
            bad.push(rate);
        } else {
            good.push(rate);
        }
    }
    good.sort_by(f64::total_cmp);
    let below: usize = bad
        .iter()
        .map(|rate| good.partition_point(|other| other < rate))
        .sum();
    let pairs = f64::from(u32::try_from(bad.len() * good.len()).unwrap());
    let area = f64::from(u32::try_from(below).unwrap()) / pairs;
    assert!((0.55..0.66).contains(&area), "{area}");
}

#[test]
fn worlds_have_their_character() {
    let no_time = made(&settings(500, 2, World::NoTime)).1;
    let timed = |text: &String| text.lines().next().unwrap().contains("_seen");
    assert!(!no_time.values().any(timed));
    assert!(!no_time["merchants.csv"].contains("registered_at"));

    let labelled = made(&settings(3000, 2, World::Labelled)).1;
    assert!(rows(&labelled["labels.csv"]).len() > 30);
    assert!(rows(&labelled["relations.csv"]).len() > 100);

    let dirty = made(&settings(2000, 2, World::Dirty)).1;
    let nothing = rows(&dirty["devices.csv"])
        .into_iter()
        .filter(|row| row["device_id"] == "unknown");
    assert!(nothing.count() > 10);
    assert!(dirty["devices.csv"].contains("31/12/2024"));

    let benign = made(&settings(10_000, 2, World::BenignHeavy)).0;
    assert!(benign.fraud_merchants < 80);
}

#[test]
fn series_grows_day_by_day() {
    let files = made(&settings(3000, 2, World::Series)).1;
    let count = |day: u32| rows(&files[&format!("day-{day:02}/merchants.csv")]).len();
    let ids = |day: u32| -> BTreeSet<String> {
        let truth = rows(&files[&format!("day-{day:02}/truth.csv")]);
        truth
            .into_iter()
            .map(|row| row["merchant_id"].clone())
            .collect()
    };
    assert!((1..5).all(|day| count(day) > 2500));
    assert!(ids(1) != ids(5));
    assert!(ids(1).intersection(&ids(5)).count() > 2500);
    for (name, text) in &files {
        let day: u32 = name[4..6].parse().unwrap();
        let tomorrow = format!("2025-06-{:02}", 25 + day + 1);
        assert!(
            day == 5 || !text.contains(&tomorrow),
            "{name} knows of tomorrow"
        );
    }
}

#[test]
fn series_has_rings_born_vanished_merged_and_split() {
    let settings = Settings {
        fraud_share: Some(0.3),
        ..settings(3000, 2, World::Series)
    };
    let files = made(&settings).1;
    let rings = |day: u32| -> BTreeMap<String, String> {
        let truth = rows(&files[&format!("day-{day:02}/truth.csv")]).into_iter();
        let members = truth.filter(|row| !row["ring_id"].is_empty());
        members
            .map(|row| (row["merchant_id"].clone(), row["ring_id"].clone()))
            .collect()
    };
    let (first, last) = (rings(1), rings(5));
    let names = |of: &BTreeMap<String, String>| of.values().cloned().collect::<BTreeSet<_>>();
    assert!(names(&last).difference(&names(&first)).count() > 5, "born");
    assert!(names(&first).difference(&names(&last)).count() > 2, "gone");
    // Pairs of rings on the first day that are one on the last, and the other way round.
    let joined = |from: &BTreeMap<String, String>, to: &BTreeMap<String, String>| {
        let mut came: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for (merchant, ring) in from {
            if let Some(later) = to.get(merchant) {
                came.entry(later).or_default().insert(ring);
            }
        }
        came.values().filter(|rings| rings.len() > 1).count()
    };
    assert!(joined(&first, &last) > 1, "merged");
    assert!(joined(&last, &first) > 1, "split");
}

#[test]
fn two_markets_are_never_mixed_in_one_folder() {
    let folder = tempfile::tempdir().unwrap();
    simulate(&settings(50, 1, World::Labelled), folder.path()).unwrap();
    let error = simulate(&settings(50, 1, World::Plain), folder.path()).unwrap_err();
    assert!(error.to_string().contains("another market"));
    simulate(&settings(60, 2, World::Labelled), folder.path()).unwrap();
}

#[test]
fn impossible_settings_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let wrong = Settings {
        fraud_share: Some(0.9),
        ..settings(10, 1, World::Plain)
    };
    assert!(
        simulate(&wrong, folder.path())
            .unwrap_err()
            .to_string()
            .contains("0 to 0.5")
    );
}

/// Names in a folder, those of the folders in it included.
fn names(folder: &Path) -> BTreeSet<String> {
    files(folder).into_keys().collect()
}

#[cfg(unix)]
#[test]
fn a_market_that_could_not_be_written_leaves_nothing_that_passes_for_one() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    let made = |arguments: &str| {
        let mut shell = std::process::Command::new("sh");
        let command = format!(
            "{} simulate --merchants 3000 --out out {arguments}",
            env!("CARGO_BIN_EXE_ringfence")
        );
        // No file may grow beyond 32 KiB; a write that would is refused.
        let script = format!("trap '' XFSZ; ulimit -f 64; exec {command}");
        output(shell.current_dir(home).args(["-c", &script]))
    };
    let (code, _, stderr) = made("");
    assert_eq!(code, Some(1), "{stderr}");
    assert!(
        stderr.contains("no market was made") && stderr.contains("make room"),
        "{stderr}"
    );
    assert_eq!(names(&home.join("out")), BTreeSet::new());
    let (code, _, _) = made("--world series --days 2");
    assert_eq!(code, Some(1));
    assert_eq!(names(&home.join("out")), BTreeSet::new());

    // The market that was there is still whole.
    let small = ["simulate", "--merchants", "30", "--out", "out"];
    succeed(ringfence(home).args(small));
    let before = files(&home.join("out"));
    let (code, _, stderr) = made("");
    assert_eq!(code, Some(1), "{stderr}");
    assert_eq!(files(&home.join("out")), before);
}

#[test]
fn a_table_that_can_not_take_its_place_is_told_before_any_row() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("truth.csv")).unwrap();
    let refused = simulate(&settings(30, 1, World::Plain), folder.path());
    let error = refused.unwrap_err().to_string();
    assert!(error.contains("truth.csv"), "{error}");
    assert_eq!(names(folder.path()), BTreeSet::new());
}
