//! Questions about a small run made by hand.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use ringfence::explore::{
    self, About, CASE_TABLES, CaseAnswer, DIFF_TABLES, EXPORT_TABLES, ExploreError,
    MERCHANT_TABLES, Moved, NEIGHBOR_TABLES, PATH_TABLES, TOP_TABLES, TopFilter, Verdict,
    exception_effect, load, load_about,
};
use ringfence::model::{Bits, Money, Timestamp};
use ringfence::run::{
    Action, ClusterRow, EvidenceRow, FORMAT_VERSION, HubRow, IdRow, LineageEvent, LineageRow,
    LinkRow, Manifest, MemberRow, ReasonRow, Role, RunLock, RunStatus, RunStore, Yardsticks,
};
use ringfence::strategy::Strategy;

/// What a fraudster would call a shop to break a tool.
pub(crate) const HOSTILE: &str =
    "=1+1\"'\\`<script>alert(1)</script>&]]>\n\t\u{7}\u{1b}[31m\u{202e}x";

fn day(text: &str) -> Option<Timestamp> {
    Timestamp::parse(text).ok()
}

fn cluster(rank: u32, id: &str, score: f64, action: Action, size: u32) -> ClusterRow<'static> {
    ClusterRow {
        rank,
        cluster_id: Cow::Owned(id.into()),
        score,
        action,
        size,
        entities: 4,
        bits: Bits::from_f64(84.5),
        exposure: Money::from_hundredths(123_456_700),
        fraud_labels: u32::from(rank == 1),
        legit_labels: 0,
        first_formed: day("2026-01-06"),
        reasons: "shared_value_bits:+3.10;registration_burst:+1.50;declared_owner:-0.40".into(),
        prior: -4.0,
        groups: "payout;device;place".into(),
        core: 3,
        conductance: 0.1,
        resolution: 0.5,
        weakest_type: "device".into(),
        weakest: "d1".into(),
        weakest_bits: Bits::from_f64(12.25),
        weakest_left: 6,
        held_by: Cow::Borrowed(""),
        q: Some(0.0125),
        surprise: Bits::from_f64(31.5),
        dissolve_values: 2,
        dissolve_bits: Bits::from_f64(40.25),
        dissolve_score: 0.125,
        dissolve_left: 2,
        dissolve_ties: "".into(),
    }
}

fn member(cluster_id: &str, id: &str, name: &str, at: usize) -> MemberRow<'static> {
    let roles = [Role::Core, Role::Core, Role::Core, Role::Member];
    MemberRow {
        cluster_id: Cow::Owned(cluster_id.into()),
        merchant_id: Cow::Owned(id.into()),
        membership: 0.97 - 0.05 * f64::from(u8::try_from(at).unwrap()),
        role: roles
            .get(at)
            .copied()
            .unwrap_or(if at > 8 { Role::Fringe } else { Role::Member }),
        action: if at > 8 {
            Action::Review
        } else {
            Action::Enforce
        },
        links: 3,
        bits: Bits::from_f64(20.0),
        name: Cow::Owned(name.into()),
        category: "grocery".into(),
        city: if at.is_multiple_of(3) {
            "Johor Bahru"
        } else {
            "Singapore"
        }
        .into(),
        country: "SG".into(),
        registered_at: day(&format!("2026-01-{:02}", 3 + at)),
        status: if at == 2 { "suspended" } else { "active" }.into(),
        owner_id: if at < 2 { "own-1" } else { "" }.into(),
        gmv_30d: Money::from_hundredths(1_234_500),
        label: if at == 2 { "fraud" } else { "" }.into(),
        held_by: if at > 8 { "fringe" } else { "" }.into(),
        bits_lost: Bits::from_f64(21.5),
    }
}

fn evidence(
    cluster_id: &str,
    entity_type: &'static str,
    entity: &str,
    shown: &str,
    counts: (u32, u32),
) -> EvidenceRow<'static> {
    EvidenceRow {
        cluster_id: Cow::Owned(cluster_id.into()),
        entity_type: entity_type.into(),
        entity: Cow::Owned(entity.into()),
        members: counts.0,
        merchants: counts.1,
        bits: Bits::from_f64(40.0),
        first_seen: day("2026-01-05"),
        last_seen: day("2026-03-01"),
        shown: Cow::Owned(shown.into()),
        hub_class: if entity_type == "building" {
            "mall"
        } else {
            "private"
        }
        .into(),
        dissolves: 1,
    }
}

fn link(entity_type: &'static str, entity: &str, id: &str, cluster_id: &str) -> LinkRow<'static> {
    LinkRow {
        entity_type: entity_type.into(),
        entity: Cow::Owned(entity.into()),
        merchant_id: Cow::Owned(id.into()),
        first_seen: day("2026-01-07"),
        last_seen: day("2026-03-01"),
        events: 5,
        cluster_id: Cow::Owned(cluster_id.into()),
    }
}

fn manifest(run_id: &str, as_of: &str) -> Manifest {
    Manifest {
        format_version: FORMAT_VERSION,
        run_id: run_id.into(),
        status: RunStatus::Published,
        held_by: Vec::new(),
        tool_version: "0.0.0".into(),
        strategy_hash: String::new(),
        as_of: Timestamp::parse(as_of).unwrap(),
        previous_run_id: None,
        inputs: Vec::new(),
        counts: BTreeMap::new(),
        tables: BTreeMap::new(),
        findings: Vec::new(),
        chance: None,
        learned: None,
        yardsticks: Yardsticks::default(),
        parameters: BTreeMap::new(),
        threads: 1,
        stages: Vec::new(),
        peak_memory_bytes: None,
    }
}

const RING: &str = "c-ring0001";
const PAIR: &str = "c-pair0002";
const EVIL: &str = "c-evil0003";

fn ring_id(at: usize) -> String {
    format!("M{:03}", 100 + at)
}

fn links() -> Vec<LinkRow<'static>> {
    let mut links = Vec::new();
    links.extend((0..7).map(|at| link("payout", "p1", &ring_id(at), RING)));
    links.extend((4..10).map(|at| link("device", "d1", &ring_id(at), RING)));
    links.push(link("device", "d2", "M109", RING));
    links.push(link("device", "d2", "M200", PAIR));
    links.push(link("payout", "p2", "M200", PAIR));
    links.push(link("payout", "p2", "M201", PAIR));
    links.push(link("payout", HOSTILE, "M300", EVIL));
    links.push(link("payout", HOSTILE, "M301", EVIL));
    links.push(link("relation", "M301", "M300", EVIL));
    for id in ["M100", "M201", "M900", "M901", "M902"] {
        let home = match id {
            "M100" => RING,
            "M201" => PAIR,
            _ => "",
        };
        links.push(link("building", "b1", id, home));
    }
    links.push(link("device", "d8", "M998", ""));
    // M910 and M912 share a mall, and a chain of two private devices over M911.
    for id in ["M910", "M912", "M913", "M914", "M915", "M916"] {
        links.push(link("building", "b2", id, ""));
    }
    for (device, id) in [
        ("d10", "M910"),
        ("d10", "M911"),
        ("d11", "M911"),
        ("d11", "M912"),
    ] {
        links.push(link("device", device, id, ""));
    }
    links.push(link("device", "d9", "M998", ""));
    links.push(link("device", "d9", "M999", ""));
    links.sort_by(|a, b| {
        (&a.entity_type, &a.entity, &a.merchant_id).cmp(&(
            &b.entity_type,
            &b.entity,
            &b.merchant_id,
        ))
    });
    links
}

fn reasons(cluster_id: &str) -> Vec<ReasonRow<'static>> {
    let all = [
        (
            "shared_value_bits",
            3.1,
            "84.5 bits against chance over 4 shared values",
        ),
        (
            "registration_burst",
            1.5,
            "10 of 10 registered within 10 days",
        ),
        (
            "banned_reuse",
            1.2,
            "1 payout account of a suspended merchant is used by 6 others",
        ),
        (
            "independent_kinds",
            0.9,
            "3 independent kinds: payout, device, place",
        ),
        (
            "exclusivity",
            0.6,
            "92 % of the use of what they share is inside",
        ),
        ("declared_owner", -0.4, "2 of 10 name the same owner"),
    ];
    all.into_iter()
        .map(|(code, points, detail)| ReasonRow {
            cluster_id: Cow::Owned(cluster_id.into()),
            code: code.into(),
            points,
            detail: detail.into(),
        })
        .collect()
}

fn id_row(id: &'static str, last: &'static str, successors: &'static str) -> IdRow<'static> {
    IdRow {
        cluster_id: id.into(),
        born: "2026-01-31".into(),
        last: last.into(),
        successors: successors.into(),
    }
}

/// Writes two published runs, `r-a` and `r-b`, and returns the RUNS directory.
pub(crate) fn write_runs(root: &Path) -> PathBuf {
    let runs = root.join("runs");
    let store = RunStore::open(&runs).unwrap();
    // One lock for both: a process that another test is just starting may still hold a copy of it.
    let lock = store.lock().unwrap();
    write_earlier(&lock);
    write_later(&lock);
    runs
}

fn write_earlier(lock: &RunLock) {
    let run = lock.begin("r-a").unwrap();
    run.write_table(&[
        cluster(1, RING, 0.72, Action::Review, 8),
        cluster(2, "c-old00009", 0.6, Action::Review, 2),
        cluster(3, "c-gone0008", 0.2, Action::Monitor, 2),
    ])
    .unwrap();
    let mut members: Vec<_> = (0..8)
        .map(|at| member(RING, &ring_id(at), "n", at))
        .collect();
    members.push(member("c-old00009", "M108", "n", 8));
    members.push(member("c-old00009", "M109", "n", 9));
    members.push(member("c-gone0008", "M900", "n", 0));
    members.push(member("c-gone0008", "M901", "n", 1));
    run.write_table(&members).unwrap();
    run.finish(&manifest("r-a", "2026-03-01")).unwrap();
}

fn write_later(lock: &RunLock) {
    let run = lock.begin("r-b").unwrap();
    run.write_table(&[
        cluster(1, RING, 0.9731, Action::Enforce, 10),
        cluster(2, PAIR, 0.61, Action::Review, 2),
        cluster(3, EVIL, 0.31, Action::Monitor, 2),
    ])
    .unwrap();
    let names = [
        "Lucky Mart",
        "Golden Mart",
        "漢字商店 Trading Company Limited",
    ];
    let mut members: Vec<_> = (0..10)
        .map(|at| member(RING, &ring_id(at), names[at % 3], at))
        .collect();
    for (id, home) in [("M200", PAIR), ("M201", PAIR)] {
        members.push(member(home, id, "Corner Shop", 0));
    }
    for id in ["M300", "M301"] {
        members.push(member(EVIL, id, HOSTILE, 0));
    }
    run.write_table(&members).unwrap();
    let long = "GB29 NWBK 6016 1331 9268 19 with a very long spelling that no column can hold";
    run.write_table(&[
        evidence(RING, "payout", "p1", long, (7, 7)),
        evidence(RING, "device", "d1", "d1", (6, 6)),
        evidence(PAIR, "payout", "p2", "p2", (2, 2)),
        evidence(EVIL, "payout", HOSTILE, HOSTILE, (2, 2)),
        evidence(EVIL, "relation", "M301", "M301", (2, 2)),
    ])
    .unwrap();
    run.write_table(&[
        LineageRow {
            cluster_id: RING.into(),
            previous_cluster_id: RING.into(),
            event: LineageEvent::Grown,
            overlap: 0.8,
        },
        LineageRow {
            cluster_id: RING.into(),
            previous_cluster_id: "c-old00009".into(),
            event: LineageEvent::Merged,
            overlap: 0.2,
        },
    ])
    .unwrap();
    run.write_table(&[RING, PAIR, EVIL].map(reasons).concat())
        .unwrap();
    run.write_table(&links()).unwrap();
    run.write_table(&[HubRow {
        entity_type: "building".into(),
        entity: "b1".into(),
        shown: "1 Mall Road".into(),
        merchants: 5,
        hub_class: "mall".into(),
        pair_bits: Bits::from_f64(0.2),
        cities: 2,
        owners: 0,
    }])
    .unwrap();
    run.write_table(&[
        id_row("c-gone0008", "2026-03-01", "-"),
        id_row("c-old00009", "2026-03-01", RING),
        id_row(RING, "2026-04-01", ""),
    ])
    .unwrap();
    run.finish(&manifest("r-b", "2026-04-01")).unwrap();
}

fn with_runs(check: impl FnOnce(&Path)) {
    let dir = tempfile::tempdir().unwrap();
    check(&write_runs(dir.path()));
}

#[test]
fn top_filters_and_counts_what_it_left_out() {
    with_runs(|runs| {
        let snapshot = load(runs, TOP_TABLES).unwrap();
        let check = |filter: TopFilter, n: usize, expected: &[&str], matching: usize| {
            let answer = explore::top(&snapshot, n, &filter);
            let ids: Vec<&str> = answer
                .clusters
                .iter()
                .map(|c| c.cluster_id.as_str())
                .collect();
            assert_eq!((ids.as_slice(), answer.matching), (expected, matching));
        };
        let search = |text: &str| TopFilter {
            search: Some(text.into()),
            ..TopFilter::default()
        };
        check(TopFilter::default(), 2, &[RING, PAIR], 3);
        check(search("corner"), 9, &[PAIR], 1);
        check(search("nwbk 6016"), 9, &[RING], 1);
        check(search("m201"), 9, &[PAIR], 1);
        let actions = vec![Action::Enforce, Action::Monitor];
        let filter = TopFilter {
            actions,
            ..TopFilter::default()
        };
        check(filter, 9, &[RING, EVIL], 2);
        let filter = TopFilter {
            min_size: 3,
            ..TopFilter::default()
        };
        check(filter, 9, &[RING], 1);
    });
}

#[test]
fn a_case_says_why_and_adds_up() {
    with_runs(|runs| {
        let snapshot = load(runs, CASE_TABLES).unwrap();
        let CaseAnswer::Living(case) = explore::case(&snapshot, RING).unwrap() else {
            panic!("it lives");
        };
        assert_eq!(
            case.headline,
            "10 merchants in Singapore (6) and Johor Bahru (4), 1 suspended, 1 labelled fraud"
        );
        assert_eq!(
            case.why[0],
            "7 of the 10 merchants use one payout account and 6 one device, which nobody else uses."
        );
        assert!(case.why[1].starts_with("10 of 10 registered within 10 days; 1 payout account"));
        assert_eq!(case.why.len(), 3);
        assert!((case.log_odds - 2.9).abs() < 1e-9);
        assert_eq!(case.time_line.bursts[0].registrations, 10);
        let nearby: Vec<_> = case
            .nearby
            .iter()
            .map(|n| (n.cluster_id.as_str(), n.through))
            .collect();
        assert_eq!(nearby, [(PAIR, 2)]);
        let owner = &case.honest[0];
        assert_eq!((owner.verdict, owner.points), (Verdict::Counted, -0.4));
        let mall = case
            .honest
            .iter()
            .find(|e| e.explanation.contains("mall"))
            .unwrap();
        assert_eq!(mall.verdict, Verdict::DoesNotApply);
        assert_eq!(case.lineage.len(), 2);
    });
}

/// One screen does not call a case long-standing, a family or a burst by other measures than its score.
#[test]
fn a_case_is_told_by_the_measures_of_its_run() {
    with_runs(|runs| {
        let mut snapshot = load(runs, CASE_TABLES).unwrap();
        // One first word, as many second ones as there are letters.
        for (member, letter) in snapshot.members.iter_mut().zip('a'..) {
            member.name = format!("Golden W{letter}k").into();
        }
        let mut told = |yardsticks: Yardsticks| {
            snapshot.facts.yardsticks = yardsticks;
            let CaseAnswer::Living(case) = explore::case(&snapshot, RING).unwrap() else {
                panic!("it lives");
            };
            let verdict = |name: &str| {
                let found = case.honest.iter().find(|e| e.explanation == name);
                found.unwrap().verdict
            };
            let verdicts = ["a family's few shops", "long tenure", "one brand or chain"];
            (verdicts.map(verdict), case.time_line.bursts.len())
        };
        let (seen, not) = (Verdict::Seen, Verdict::DoesNotApply);
        assert_eq!(told(Yardsticks::default()), ([not, not, not], 1));
        let others = Yardsticks {
            burst_days: 1.0,
            family_size: 10,
            long_tenure_days: 30.0,
        };
        assert_eq!(told(others), ([seen, seen, not], 0));
    });
}

/// What a value was taken for goes with the honest explanation whose points it takes.
#[test]
fn a_formation_agent_is_no_agency() {
    with_runs(|runs| {
        let mut snapshot = load(runs, CASE_TABLES).unwrap();
        let mut verdicts = |hub_class: &'static str| {
            snapshot.evidence[0].hub_class = hub_class.into();
            let CaseAnswer::Living(case) = explore::case(&snapshot, RING).unwrap() else {
                panic!("it lives");
            };
            ["a mall or tower", "an agency or aggregator"].map(|name| {
                let found = case.honest.iter().find(|e| e.explanation == name);
                found.unwrap().verdict
            })
        };
        let (seen, not) = (Verdict::Seen, Verdict::DoesNotApply);
        assert_eq!(verdicts("formation_agent"), [seen, not]);
        assert_eq!(verdicts("mall"), [seen, not]);
        assert_eq!(verdicts("agency"), [not, seen]);
        assert_eq!(verdicts("aggregator"), [not, seen]);
        assert_eq!(verdicts("chain"), [not, not]);
    });
}

/// A run of one cluster: M100 to M102 in a chain of two values, all in one mall; an address with a building.
fn write_chain(folder: &Path, address: &str) -> PathBuf {
    let runs = folder.join("chain");
    let store = RunStore::open(&runs).unwrap();
    let lock = store.lock().unwrap();
    let run = lock.begin("r-c").unwrap();
    run.write_table(&[
        cluster(1, RING, 0.9, Action::Review, 3),
        cluster(2, PAIR, 0.9, Action::Review, 2),
    ])
    .unwrap();
    let homes = [(RING, 0), (RING, 1), (RING, 2), (PAIR, 3), (PAIR, 4)];
    run.write_table(&homes.map(|(home, at)| member(home, &ring_id(at), "n", at)))
        .unwrap();
    let building = "sg|1|1 main st";
    let values = [
        (RING, "payout", "p1", 11.0, vec![0, 1]),
        (RING, "device", "d1", 9.0, vec![1, 2]),
        (RING, "building", "mall", 0.0, vec![0, 1, 2]),
        (PAIR, "address", address, 6.0, vec![3, 4]),
        (PAIR, "building", building, 2.0, vec![3, 4]),
    ];
    let rows = values.iter().map(|(home, kind, key, bits, _)| EvidenceRow {
        bits: Bits::from_f64(*bits),
        ..evidence(home, kind, key, key, (2, 2))
    });
    run.write_table(&rows.collect::<Vec<_>>()).unwrap();
    let uses = values.iter().flat_map(|(home, kind, key, _, users)| {
        users.iter().map(|at| link(kind, key, &ring_id(*at), home))
    });
    run.write_table(&uses.collect::<Vec<_>>()).unwrap();
    run.finish(&manifest("r-c", "2026-04-01")).unwrap();
    runs
}

#[test]
fn an_exception_leaves_what_evidence_still_holds_together() {
    let folder = tempfile::tempdir().unwrap();
    let whole = "sg|1|1 main st|";
    let runs = write_chain(folder.path(), whole);
    let left = |runs: &Path, kind: &str, value: &str| {
        let effects = exception_effect(runs, kind, value).unwrap();
        assert_eq!(effects.len(), 1, "{kind}");
        (effects[0].left, effects[0].would_dissolve)
    };
    assert_eq!(
        left(&runs, "payout", "p1"),
        (2, false),
        "a mall holds nobody"
    );
    assert_eq!(left(&runs, "building", "mall"), (3, false));
    assert_eq!(left(&runs, "merchant", "M100"), (2, false));
    assert_eq!(left(&runs, "address", whole), (1, true), "and its building");
    let other = tempfile::tempdir().unwrap();
    let unit = "sg|1|1 main st|3-15";
    let runs = write_chain(other.path(), unit);
    assert_eq!(left(&runs, "address", unit), (2, false), "one unit of it");
    let effects = exception_effect(&runs, "building", "nobody's").unwrap();
    assert!(effects.is_empty());
    let error = exception_effect(&runs, "fax", "p1").unwrap_err();
    assert_eq!(
        error.to_string(),
        "kind: expected merchant, owner, address, building, device, payout"
    );
    for built_in in Strategy::default().links {
        assert!(exception_effect(&runs, &built_in.name, "nobody's").is_ok());
    }
}

#[test]
fn an_old_id_is_answered_by_its_successors() {
    with_runs(|runs| {
        let snapshot = load(runs, CASE_TABLES).unwrap();
        let check = |id: &str, expected: &[&str]| {
            let CaseAnswer::Ended(ended) = explore::case(&snapshot, id).unwrap() else {
                panic!("it ended");
            };
            let ids: Vec<&str> = ended
                .successors
                .iter()
                .map(|c| c.cluster_id.as_str())
                .collect();
            assert_eq!(ids, expected);
            assert_eq!(ended.last, "2026-03-01");
        };
        check("c-old00009", &[RING]);
        check("c-gone0008", &[]);
        // The start of an id is enough when only one living cluster starts so.
        assert!(matches!(
            explore::case(&snapshot, "c-ri"),
            Ok(CaseAnswer::Living(_))
        ));
        let error = explore::case(&snapshot, "c-ring0002").unwrap_err();
        let ExploreError::UnknownCluster { nearest, .. } = &error else {
            panic!("it is unknown");
        };
        assert_eq!(nearest, &[RING]);
        let graph = load(runs, EXPORT_TABLES).unwrap();
        let error = explore::cluster_graph(&graph, "c-old00009").unwrap_err();
        assert!(
            error.to_string().contains("went to `c-ring0001`"),
            "{error}"
        );
    });
}

#[test]
fn a_merchant_is_answered_in_a_cluster_or_not() {
    with_runs(|runs| {
        let snapshot = load(runs, MERCHANT_TABLES).unwrap();
        let inside = explore::merchant(&snapshot, "M109").unwrap();
        assert_eq!(inside.place.unwrap().cluster.cluster_id, RING);
        let kinds: Vec<_> = inside
            .links
            .iter()
            .map(|l| (l.entity.as_str(), l.merchants))
            .collect();
        assert_eq!(kinds, [("d2", 2), ("d1", 6)]);
        assert_eq!(inside.links[0].others[0].cluster_id, PAIR);
        let outside = explore::merchant(&snapshot, "M900").unwrap();
        assert!(outside.place.is_none());
        assert_eq!(outside.links[0].shown, "1 Mall Road");
        assert_eq!(outside.links[0].hub_class, "mall");
        // A direct tie is told from either end.
        let tied = explore::merchant(&snapshot, "M301").unwrap();
        let tie = tied
            .links
            .iter()
            .find(|l| l.entity_type == "relation")
            .unwrap();
        assert_eq!(tie.entity, "M300");
        let error = explore::merchant(&snapshot, "M1O9")
            .unwrap_err()
            .to_string();
        assert!(error.contains("did you mean `M109`"), "{error}");
    });
}

#[test]
fn a_path_prefers_rare_things_to_a_mall() {
    with_runs(|runs| {
        let snapshot = load(runs, PATH_TABLES).unwrap();
        let way = |from: &str, to: &str| -> Vec<String> {
            let answer = explore::path(&snapshot, from, to).unwrap();
            answer
                .steps
                .into_iter()
                .map(|step| step.merchant_id)
                .collect()
        };
        // Where there is nothing rarer, the mall it is.
        assert_eq!(way("M100", "M201"), ["M100", "M201"]);
        // A longer way through what only two use beats the mall that both are in.
        assert_eq!(way("M910", "M912"), ["M910", "M911", "M912"]);
        assert_eq!(way("M109", "M201"), ["M109", "M200", "M201"]);
        assert_eq!(way("M201", "M109"), ["M201", "M200", "M109"]);
        assert_eq!(way("M100", "M100"), ["M100"]);
        let apart = explore::path(&snapshot, "M100", "M999").unwrap();
        assert!(!apart.connected && !apart.gave_up && apart.steps.is_empty());
    });
}

#[test]
fn neighbors_come_closest_first() {
    with_runs(|runs| {
        let snapshot = load(runs, NEIGHBOR_TABLES).unwrap();
        let answer = explore::neighbors(&snapshot, "M109", 2).unwrap();
        let ids: Vec<&str> = answer
            .neighbors
            .iter()
            .map(|n| n.merchant_id.as_str())
            .collect();
        assert_eq!((ids.as_slice(), answer.in_all), (&["M200", "M104"][..], 6));
        assert!((answer.neighbors[0].closeness - 1.0).abs() < 1e-9);
        assert!((answer.neighbors[1].closeness - 0.2).abs() < 1e-9);
        // A shared account and a direct tie count both.
        let tied = explore::neighbors(&snapshot, "M301", 9).unwrap();
        assert_eq!(tied.neighbors[0].through.len(), 2);
    });
}

#[test]
fn a_diff_follows_clusters_by_id_and_members() {
    with_runs(|runs| {
        let a = load(&runs.join("r-a"), DIFF_TABLES).unwrap();
        let b = load(&runs.join("r-b"), DIFF_TABLES).unwrap();
        let answer = explore::diff(&a, &b);
        let events: Vec<(&str, LineageEvent, &str)> = answer
            .clusters
            .iter()
            .map(|c| (c.cluster_id.as_str(), c.event, c.other.as_str()))
            .collect();
        let expected = [
            (RING, LineageEvent::Grown, ""),
            (PAIR, LineageEvent::Born, ""),
            ("c-old00009", LineageEvent::Merged, RING),
            (EVIL, LineageEvent::Born, ""),
            ("c-gone0008", LineageEvent::Dissolved, ""),
        ];
        assert_eq!(events, expected);
        let c = answer.counts;
        assert_eq!((c.grown, c.born, c.merged, c.dissolved), (1, 2, 1, 1));
        assert_eq!((c.action_changes, c.score_moves), (1, 1));
        assert_eq!(
            (c.merchants_joined, c.merchants_left, c.merchants_moved),
            (4, 2, 2)
        );
        assert_eq!(answer.merchants[0].moved, Moved::Moved);
        // Against itself nothing changed.
        let same = explore::diff(&b, &b);
        assert!(same.clusters.is_empty() && same.merchants.is_empty());
        // Backwards it is the mirror image.
        let back = explore::diff(&b, &a);
        assert_eq!(
            (back.counts.shrunk, back.counts.split, back.counts.dissolved),
            (1, 1, 2)
        );
    });
}

#[test]
fn the_order_of_links_changes_no_answer() {
    with_runs(|runs| {
        let snapshot = load(runs, CASE_TABLES).unwrap();
        let mut turned = load(runs, CASE_TABLES).unwrap();
        turned.links.reverse();
        let case = |snapshot| explore::case(snapshot, RING).unwrap();
        assert_eq!(case(&snapshot), case(&turned));
        let near = |snapshot| explore::neighbors(snapshot, "M301", 9).unwrap();
        assert_eq!(near(&snapshot), near(&turned));
    });
}

#[test]
fn reading_only_the_links_about_an_id_changes_no_answer() {
    with_runs(|runs| {
        for id in [RING, PAIR, EVIL, "c-old00009"] {
            let whole = load(runs, CASE_TABLES).unwrap();
            let part = load_about(runs, CASE_TABLES, About::Cluster(id)).unwrap();
            assert!(part.links.len() < whole.links.len(), "{id}");
            let case = |snapshot| explore::case(snapshot, id).unwrap();
            assert_eq!(case(&whole), case(&part));
        }
        for id in ["M100", "M109", "M300", "M301", "M900"] {
            let whole = load(runs, MERCHANT_TABLES).unwrap();
            let part = load_about(runs, MERCHANT_TABLES, About::Merchant(id)).unwrap();
            assert!(part.links.len() < whole.links.len(), "{id}");
            let merchant = |snapshot| explore::merchant(snapshot, id).unwrap();
            assert_eq!(merchant(&whole), merchant(&part));
            let near = |snapshot| explore::neighbors(snapshot, id, 9).unwrap();
            assert_eq!(near(&whole), near(&part));
        }
    });
}

#[test]
fn links_that_lead_nowhere_are_not_held() {
    with_runs(|runs| {
        let snapshot = load(runs, PATH_TABLES).unwrap();
        assert!(snapshot.links.iter().all(|row| row.entity != "d8"));
        assert_eq!(snapshot.links.len(), links().len() - 1);
    });
}
