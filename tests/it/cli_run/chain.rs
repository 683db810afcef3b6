//! A chain of runs over a market that changes from day to day.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use super::{Home, Rows};
use crate::command::{ringfence, succeed};

const DAYS: usize = 6;

/// The merchants of each cluster.
fn members(rows: &Rows) -> BTreeMap<&str, BTreeSet<&str>> {
    let mut clusters: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for row in rows {
        clusters
            .entry(&row["cluster_id"])
            .or_default()
            .insert(&row["merchant_id"]);
    }
    clusters
}

/// One day's clusters, lineage and ledger.
struct Day {
    members: Rows,
    lineage: Rows,
    ids: Rows,
}

fn days() -> Vec<Day> {
    let home = Home::empty();
    let days = DAYS.to_string();
    succeed(ringfence(home.path()).args([
        "simulate",
        "--world",
        "series",
        "--merchants",
        "900",
        "--fraud-share",
        "0.3",
        "--seed",
        "7",
        "--days",
        &days,
        "--out",
        "series",
    ]));
    home.strategy("[guardrails]\nmax_id_churn = 1.0\nmax_cluster_change = 10.0\n");
    let mut folders: Vec<_> = fs::read_dir(home.path().join("series"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .collect();
    folders.sort();
    assert_eq!(folders.len(), DAYS);
    let run = |folder: std::path::PathBuf| {
        let mut command = ringfence(home.path());
        command.args([
            "run",
            "--out",
            "runs",
            "--strategy",
            "strategy.toml",
            "--data",
        ]);
        succeed(command.arg(folder));
        Day {
            members: home.rows("members"),
            lineage: home.rows("lineage"),
            ids: home.rows("ids"),
        }
    };
    folders.into_iter().map(run).collect()
}

#[test]
fn ids_are_never_used_twice_and_lineage_tells_what_became_of_each() {
    let days = days();
    let mut ever: BTreeSet<&str> = BTreeSet::new();
    let mut seen_events: BTreeSet<&str> = BTreeSet::new();
    for (at, day) in days.iter().enumerate() {
        let now = members(&day.members);
        let before = at
            .checked_sub(1)
            .map_or_else(BTreeMap::new, |at| members(&days[at].members));
        for id in now.keys().filter(|id| !before.contains_key(*id)) {
            assert!(
                !ever.contains(id),
                "day {at}: {id} was retired and came back"
            );
        }
        ever.extend(now.keys());
        let ledger: BTreeSet<&str> = day
            .ids
            .iter()
            .map(|row| row["cluster_id"].as_str())
            .collect();
        assert_eq!(
            ledger, ever,
            "day {at}: the ledger holds every id ever issued"
        );
        for row in &day.ids {
            let lives = row["successors"].is_empty();
            assert_eq!(
                lives,
                now.contains_key(row["cluster_id"].as_str()),
                "{row:?}"
            );
            for successor in row["successors"]
                .split(';')
                .filter(|id| !matches!(*id, "" | "-"))
            {
                assert!(
                    now.contains_key(successor),
                    "day {at}: {successor} lives no more"
                );
            }
        }
        check_lineage(&day.lineage, &before, &now);
        seen_events.extend(day.lineage.iter().map(|row| row["event"].as_str()));
    }
    for event in ["born", "continued", "grown"] {
        assert!(seen_events.contains(event), "{seen_events:?}");
    }
    assert!(seen_events.len() >= 5, "{seen_events:?}");
}

fn check_lineage(
    lineage: &Rows,
    before: &BTreeMap<&str, BTreeSet<&str>>,
    now: &BTreeMap<&str, BTreeSet<&str>>,
) {
    let mut told: BTreeSet<&str> = BTreeSet::new();
    for row in lineage {
        let id = row["cluster_id"].as_str();
        let previous = row["previous_cluster_id"].as_str();
        told.extend([id, previous]);
        assert_eq!(id.is_empty(), row["event"] == "dissolved", "{row:?}");
        assert_eq!(previous.is_empty(), row["event"] == "born", "{row:?}");
        let (Some(old), Some(new)) = (before.get(previous), now.get(id)) else {
            assert!(id.is_empty() || previous.is_empty(), "{row:?}");
            continue;
        };
        let kept = old.intersection(new).count();
        match row["event"].as_str() {
            "continued" => assert_eq!((id, old.len()), (previous, new.len()), "{row:?}"),
            "grown" => assert!(id == previous && new.len() > old.len(), "{row:?}"),
            "shrunk" => assert!(id == previous && new.len() < old.len(), "{row:?}"),
            "merged" | "split" => assert!(id != previous && kept > 0, "{row:?}"),
            other => panic!("{other}"),
        }
    }
    for id in before.keys().chain(now.keys()) {
        assert!(told.contains(id), "lineage says nothing of {id}");
    }
}
