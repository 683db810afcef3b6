//! Exceptions that end: the case that one took apart returns with the next run, however it ended.

use std::fs;

use ringfence::decisions::{DecisionStore, Exception, NewDecision, Screen, Verdict};
use ringfence::model::Timestamp;

use super::{Home, tables};
use crate::command::succeed;

/// Six merchants of a planted ring: a phone that three of them use, another of the other three, and an account
/// of two and two. Who is not on the account comes back too.
const RING: [&str; 6] = [
    "M0026385976555",
    "M0075770440110",
    "M0400883614657",
    "M0520716926742",
    "M0598062030806",
    "M0973919865399",
];
const ACCOUNT: &str = "gb42merc530630471062";
const COLUMNS: &str = "kind,value,reason,expires_at\n";
const MONDAY: &str = "2025-12-01";
const TUESDAY: &str = "2025-12-02";

/// The market after a run on Monday that had to look away from the account and found the ring in two.
fn with_the_ring_in_two(end: &str) -> Home {
    let home = Home::copy_of("market");
    except(&home, end);
    run_on(&home, MONDAY, &[]);
    assert_in_two(&home);
    home
}

fn except(home: &Home, end: &str) {
    let row = format!("{COLUMNS}payout,{ACCOUNT},a cooperative,{end}\n");
    home.write("allowlist.csv", row);
}

fn run_on(home: &Home, day: &str, more: &[&str]) {
    succeed(home.run(&["--as-of", day]).args(more));
}

fn assert_in_two(home: &Home) {
    for half in [
        ["M0026385976555", "M0520716926742", "M0973919865399"],
        ["M0075770440110", "M0400883614657", "M0598062030806"],
    ] {
        assert_eq!(home.cluster_of(half[0]), half);
    }
}

fn is_whole(home: &Home) -> bool {
    home.cluster_of(RING[0]) == RING
}

#[test]
fn a_ring_comes_back_whole_after_the_last_day_of_its_exception() {
    let home = with_the_ring_in_two(MONDAY);
    run_on(&home, TUESDAY, &[]);
    assert!(is_whole(&home), "{:?}", home.cluster_of(RING[0]));
    // Whole once, it stays so.
    run_on(&home, "2025-12-03", &[]);
    assert!(is_whole(&home));
}

#[test]
fn a_ring_comes_back_whole_when_its_exception_is_gone_from_the_allowlist() {
    let home = with_the_ring_in_two("");
    home.write("allowlist.csv", COLUMNS);
    run_on(&home, TUESDAY, &[]);
    assert!(is_whole(&home));
    // On the same day too, for who struck the row does not wait for a new export.
    let home = with_the_ring_in_two("");
    fs::remove_file(home.input("allowlist.csv")).unwrap();
    run_on(&home, MONDAY, &[]);
    assert!(is_whole(&home));
}

#[test]
fn a_ring_comes_back_whole_when_the_decision_that_excepted_its_account_is_undone() {
    let home = Home::copy_of("market");
    let store = DecisionStore::create_or_open(&home.path().join("decisions.db")).unwrap();
    let decided_at = Timestamp::parse(MONDAY).unwrap();
    let members = RING.map(str::to_owned).to_vec();
    let honest = NewDecision {
        by: "ana".to_owned(),
        run_id: "before".to_owned(),
        cluster_id: "R0000000000000".to_owned(),
        chosen: None,
        members,
        verdict: Verdict::Honest,
        reason_code: "other".to_owned(),
        note: String::new(),
        screen: Screen::default(),
        exceptions: vec![Exception {
            kind: "payout".to_owned(),
            value: ACCOUNT.to_owned(),
            reason: String::new(),
            expires_at: Timestamp::parse("2026-12-01").unwrap(),
        }],
    };
    let id = store.decide(&honest, decided_at).unwrap().id;
    let decided = ["--decisions", "decisions.db"];
    run_on(&home, MONDAY, &decided);
    assert_in_two(&home);
    store.undo(id, "ana", decided_at).unwrap();
    run_on(&home, TUESDAY, &decided);
    assert!(is_whole(&home));
}

#[test]
fn as_long_as_the_exception_holds_nothing_moves() {
    let home = with_the_ring_in_two(TUESDAY);
    run_on(&home, TUESDAY, &[]);
    assert_in_two(&home);
    let mut events = home.rows("lineage").into_iter();
    assert!(events.all(|row| row["event"] == "continued"));
}

#[test]
fn a_run_tells_every_value_that_an_exception_named_however_few_use_it() {
    let home = with_the_ring_in_two(MONDAY);
    let hubs = home.rows("hubs");
    let mut allowed = hubs.iter().filter(|row| row["hub_class"] == "allowed");
    let row = allowed.next().unwrap();
    assert_eq!(
        [&row["entity_type"], &row["entity"], &row["merchants"]],
        ["payout", ACCOUNT, "4"]
    );
    assert_eq!(allowed.next(), None);
    let mut others = hubs.iter().filter(|row| row["hub_class"] != "allowed");
    assert!(others.all(|row| row["merchants"].parse::<u32>().unwrap() >= 8));
}

#[test]
fn the_ring_comes_back_in_the_same_bytes_on_any_number_of_threads() {
    let home = with_the_ring_in_two(MONDAY);
    let monday = fs::canonicalize(home.latest()).unwrap();
    let on = |threads: &str| {
        let mut command = home.run(&["--as-of", TUESDAY, "--threads", threads, "--force"]);
        succeed(command.arg("--previous").arg(&monday));
        tables(&home.latest())
    };
    assert_eq!(on("1"), on("8"));
}
