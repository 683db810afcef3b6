//! Identity over series of runs: ids stay, are never reused, and are always answerable.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use ringfence::model::{MerchantIdx, TextColumn, Timestamp, narrow_u32};
use ringfence::publish::{Identities, assign_ids};
use ringfence::run::{LineageEvent, PreviousRun};
use ringfence::strategy::Lineage;

const CONFIG: Lineage = Lineage { min_overlap: 0.3 };

fn day(number: i64) -> Timestamp {
    Timestamp::from_seconds((20_000 + number) * 86_400)
}

fn ids_of(names: &[&str]) -> TextColumn {
    names.iter().collect()
}

/// Rings of merchants named by single letters, as positions in the alphabet.
fn rings(words: &[&str]) -> Vec<Vec<MerchantIdx>> {
    words
        .iter()
        .map(|word| {
            word.bytes()
                .map(|b| MerchantIdx(u32::from(b - b'a')))
                .collect()
        })
        .collect()
}

fn alphabet() -> TextColumn {
    (b'a'..=b'z').map(|b| char::from(b).to_string()).collect()
}

/// What the next run sees of a run.
fn remembered(
    identities: &Identities,
    rings: &[Vec<MerchantIdx>],
    merchant_ids: &TextColumn,
    as_of: Timestamp,
) -> PreviousRun {
    let members = || {
        rings
            .iter()
            .enumerate()
            .flat_map(|(ring, members)| members.iter().map(move |m| (narrow_u32(ring), m)))
    };
    PreviousRun {
        run_id: "before".to_owned(),
        as_of,
        cluster_ids: identities.cluster_ids.clone(),
        merchant_ids: members()
            .map(|(_, m)| merchant_ids.get(m.index()))
            .collect(),
        cluster_of: members().map(|(ring, _)| ring).collect(),
        ids: identities.ids.clone(),
        excepted: Vec::new(),
    }
}

/// Two runs over the alphabet: the ids of the first by their rings, and the second's identities.
fn two_runs(before: &[&str], after: &[&str]) -> (Vec<String>, Identities) {
    let first = assign_ids(&rings(before), &alphabet(), None, day(0), &CONFIG);
    let previous = remembered(&first, &rings(before), &alphabet(), day(0));
    let second = assign_ids(&rings(after), &alphabet(), Some(&previous), day(1), &CONFIG);
    (first.cluster_ids, second)
}

/// Checks the second run's lineage, written as (ring after, ring before, event, overlap).
fn check(before: &[&str], after: &[&str], expected: &[(&str, &str, LineageEvent, f64)]) {
    let (old, second) = two_runs(before, after);
    let named = |words: &[&str], ids: &[String], id: &str| -> String {
        let position = ids.iter().position(|known| known == id);
        position.map_or(String::new(), |at| words[at].to_owned())
    };
    let mut found: Vec<_> = second
        .lineage
        .iter()
        .map(|row| {
            (
                named(after, &second.cluster_ids, &row.cluster_id),
                named(before, &old, &row.previous_cluster_id),
                row.event,
                format!("{:.4}", row.overlap),
            )
        })
        .collect();
    let mut expected: Vec<_> = expected
        .iter()
        .map(|&(a, b, event, overlap)| (a.to_owned(), b.to_owned(), event, format!("{overlap:.4}")))
        .collect();
    // Ids are hashes, so that rows of one ring come in no order that can be written down here.
    found.sort();
    expected.sort();
    assert_eq!(found, expected, "{before:?} -> {after:?}");
}

#[test]
fn each_event_is_told_as_documented() {
    use LineageEvent::{Born, Continued, Dissolved, Grown, Merged, Shrunk, Split};
    check(&[], &["ab"], &[("ab", "", Born, 0.0)]);
    check(&["abc"], &["cab"], &[("cab", "abc", Continued, 1.0)]);
    check(&["abc"], &["abd"], &[("abd", "abc", Continued, 0.5)]);
    check(&["abc"], &["abcd"], &[("abcd", "abc", Grown, 0.75)]);
    check(&["abcd"], &["abc"], &[("abc", "abcd", Shrunk, 0.75)]);
    check(&["ab"], &[], &[("", "ab", Dissolved, 0.0)]);
    check(
        &["ab"],
        &["cd"],
        &[("cd", "", Born, 0.0), ("", "ab", Dissolved, 0.0)],
    );
    // Two become one, which carries the larger one's id.
    check(
        &["abcd", "ef"],
        &["abcdef"],
        &[
            ("abcdef", "abcd", Grown, 4.0 / 6.0),
            ("abcdef", "ef", Merged, 2.0 / 6.0),
        ],
    );
    // One becomes two, the larger of which carries its id.
    check(
        &["abcdef"],
        &["abcd", "ef"],
        &[
            ("abcd", "abcdef", Shrunk, 4.0 / 6.0),
            ("ef", "abcdef", Split, 2.0 / 6.0),
        ],
    );
    // Four fuse into one that none of them is.
    check(
        &["ab", "cd", "ef", "gh"],
        &["abcdefgh"],
        &[
            ("abcdefgh", "ab", Merged, 0.25),
            ("abcdefgh", "cd", Merged, 0.25),
            ("abcdefgh", "ef", Merged, 0.25),
            ("abcdefgh", "gh", Merged, 0.25),
        ],
    );
    // One falls into four, none of which it is.
    check(
        &["abcdefgh"],
        &["ab", "cd", "ef", "gh"],
        &["ab", "cd", "ef", "gh"].map(|ring| (ring, "abcdefgh", Split, 0.25)),
    );
    // A single stray does not make a new ring a piece of the old one.
    check(
        &["abcde"],
        &["abcd", "ef"],
        &[("abcd", "abcde", Shrunk, 0.8), ("ef", "", Born, 0.0)],
    );
    // Halves that go into two old clusters leave nothing to tell but the end.
    check(
        &["abcdef", "ghijkl", "mn"],
        &["abcdefm", "ghijkln"],
        &[
            ("abcdefm", "abcdef", Grown, 6.0 / 7.0),
            ("ghijkln", "ghijkl", Grown, 6.0 / 7.0),
            ("", "mn", Dissolved, 0.0),
        ],
    );
}

#[test]
fn merchants_gone_from_the_input_do_not_overlap_but_do_not_hide_a_merger() {
    let first = assign_ids(&rings(&["abcdefgh"]), &alphabet(), None, day(0), &CONFIG);
    let previous = remembered(&first, &rings(&["abcdefgh"]), &alphabet(), day(0));
    let after = ids_of(&["a", "b", "x"]);
    let ring = vec![vec![MerchantIdx(0), MerchantIdx(1), MerchantIdx(2)]];
    let second = assign_ids(&ring, &after, Some(&previous), day(1), &CONFIG);
    assert_ne!(second.cluster_ids, first.cluster_ids);
    assert_eq!(second.lineage[0].event, LineageEvent::Merged);
    assert!((second.lineage[0].overlap - 2.0 / 9.0).abs() < 1e-12);
    assert_eq!((second.churn.present, second.churn.moved), (2, 2));
}

#[test]
fn an_id_retired_three_runs_ago_points_at_what_lives_now() {
    let days = [
        &["abcd", "ef"][..],
        &["abcdef"],
        &["abcdefghijklmnopqr"],
        &["abc", "jkl"],
        &[],
    ];
    let mut history: Vec<Identities> = Vec::new();
    let mut previous = None;
    for (number, words) in (0..).zip(days) {
        let today = rings(words);
        let identities = assign_ids(&today, &alphabet(), previous.as_ref(), day(number), &CONFIG);
        previous = Some(remembered(&identities, &today, &alphabet(), day(number)));
        history.push(identities);
    }
    let first_ef = &history[0].cluster_ids[1];
    let successors = |run: usize| -> &str {
        let row = history[run]
            .ids
            .iter()
            .find(|row| &*row.cluster_id == first_ef);
        &row.expect("every id has a row").successors
    };
    assert_eq!(successors(0), "");
    assert_eq!(successors(1), history[1].cluster_ids[0]);
    assert_eq!(successors(2), history[2].cluster_ids[0]);
    assert_eq!(successors(3), history[3].cluster_ids.join(";"));
    assert_eq!(successors(4), "-");
    let row = &history[4]
        .ids
        .iter()
        .find(|row| &*row.cluster_id == first_ef)
        .expect("a row");
    assert_eq!((&*row.born, &*row.last), ("2024-10-04", "2024-10-04"));
}

#[test]
fn the_larger_sum_of_overlaps_wins_over_the_largest_overlap() {
    // The first ring overlaps the first cluster by 5/13; but 4/11 and 4/11 the other way are more.
    let (old, second) = two_runs(&["abcdefghi", "jklmno"], &["abcdejklm", "fghixy"]);
    assert_eq!(second.cluster_ids, [old[1].clone(), old[0].clone()]);
}

/// A random division of the first merchants of a list; label 0 is "in no ring".
fn divide(labels: &[u8]) -> Vec<Vec<MerchantIdx>> {
    let mut by_label: BTreeMap<u8, Vec<MerchantIdx>> = BTreeMap::new();
    for (merchant, &label) in labels.iter().enumerate().filter(|(_, label)| **label > 0) {
        by_label
            .entry(label)
            .or_default()
            .push(MerchantIdx::new(merchant));
    }
    by_label
        .into_values()
        .filter(|ring| ring.len() >= 2)
        .collect()
}

/// As [`divide`], but label 5 means "not in the input".
fn divide_those_present(labels: &[u8]) -> (TextColumn, Vec<Vec<MerchantIdx>>) {
    let all = names(labels.len());
    let present = || {
        labels
            .iter()
            .zip(all.iter())
            .filter(|(label, _)| **label != 5)
    };
    let ids: TextColumn = present().map(|(_, name)| name).collect();
    let labels: Vec<u8> = present().map(|(&label, _)| label).collect();
    (ids, divide(&labels))
}

fn names(n: usize) -> TextColumn {
    (0..n).map(|number| format!("m{number:03}")).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Over a series of runs: an id belongs to one unbroken life, every id ever issued has a row,
    /// successors live, every cluster of both runs is told of.
    #[test]
    fn ids_are_never_reused_and_always_answerable(
        series in proptest::collection::vec(proptest::collection::vec(0_u8..6, 24), 1..7),
        same_day in any::<bool>(),
        min_overlap in prop::sample::select(vec![0.0, 0.3, 0.7, 1.0]),
    ) {
        let config = Lineage { min_overlap };
        let mut previous: Option<PreviousRun> = None;
        let mut ever: BTreeSet<String> = BTreeSet::new();
        for (number, labels) in (0..).zip(&series) {
            let (merchants, today) = divide_those_present(labels);
            let as_of = day(if same_day { 0 } else { number });
            let found = assign_ids(&today, &merchants, previous.as_ref(), as_of, &config);
            let old: BTreeSet<String> =
                previous.iter().flat_map(|run| run.cluster_ids.iter().cloned()).collect();
            let live: BTreeSet<String> = found.cluster_ids.iter().cloned().collect();
            prop_assert_eq!(live.len(), today.len(), "ids are distinct");
            for id in live.difference(&old) {
                prop_assert!(!ever.contains(id), "{} was issued before", id);
            }
            ever.extend(live.iter().cloned());
            let listed: BTreeSet<String> = found.ids.iter().map(|row| row.cluster_id.to_string()).collect();
            prop_assert_eq!(&listed, &ever);
            for row in &found.ids {
                prop_assert_eq!(row.successors.is_empty(), live.contains(&*row.cluster_id));
                let answers = row.successors.split(';').filter(|id| !id.is_empty() && *id != "-");
                for id in answers {
                    prop_assert!(live.contains(id), "{} does not live", id);
                }
            }
            for id in &live {
                prop_assert!(found.lineage.iter().any(|row| row.cluster_id == *id));
            }
            for id in &old {
                prop_assert!(found.lineage.iter().any(|row| row.previous_cluster_id == *id));
            }
            prop_assert!(found.churn.moved <= found.churn.present);
            previous = Some(remembered(&found, &today, &merchants, as_of));
        }
    }

    #[test]
    fn the_same_division_continues_everywhere(labels in proptest::collection::vec(0_u8..6, 24)) {
        let merchants = names(24);
        let today = divide(&labels);
        let first = assign_ids(&today, &merchants, None, day(0), &CONFIG);
        let previous = remembered(&first, &today, &merchants, day(0));
        let second = assign_ids(&today, &merchants, Some(&previous), day(1), &CONFIG);
        prop_assert_eq!(&second.cluster_ids, &first.cluster_ids);
        prop_assert!(second.lineage.iter().all(|row| row.event == LineageEvent::Continued));
        prop_assert_eq!(second.churn.moved, 0);
    }

    /// The order of rings and members, in either run, changes no name and no event.
    #[test]
    fn order_does_not_count(
        before in proptest::collection::vec(0_u8..6, 24),
        after in proptest::collection::vec(0_u8..6, 24),
    ) {
        let merchants = names(24);
        let turn = |rings: &[Vec<MerchantIdx>]| -> Vec<Vec<MerchantIdx>> {
            rings.iter().rev().map(|ring| ring.iter().rev().copied().collect()).collect()
        };
        let run = |before: &[Vec<MerchantIdx>], after: &[Vec<MerchantIdx>]| {
            let first = assign_ids(before, &merchants, None, day(0), &CONFIG);
            let previous = remembered(&first, before, &merchants, day(0));
            assign_ids(after, &merchants, Some(&previous), day(1), &CONFIG)
        };
        let (before, after) = (divide(&before), divide(&after));
        let straight = run(&before, &after);
        let turned = run(&turn(&before), &turn(&after));
        let mut ids = turned.cluster_ids.clone();
        ids.reverse();
        prop_assert_eq!(&ids, &straight.cluster_ids);
        let events = |found: &Identities| -> BTreeSet<String> {
            found.lineage.iter().map(|row| format!("{row:?}")).collect()
        };
        prop_assert_eq!(events(&turned), events(&straight));
        prop_assert_eq!(turned.churn, straight.churn);
    }
}
