//! May this run go out? Its shape against the previous run's and against fixed limits.

use std::collections::BTreeMap;

use super::overlap::Churn;
use crate::run::{Manifest, TrippedGuardrail};
use crate::strategy::Guardrails;

/// Tables whose rows may come and go: verdicts and exceptions.
const NOT_COMPARED: [&str; 3] = ["labels", "allowlist", "decisions"];

/// The figures of a run that guardrails look at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RunShape {
    /// Accepted rows of each input table.
    pub rows: BTreeMap<String, u64>,
    /// Merchants, unlisted ones included. `counts.merchants` in the manifest.
    pub merchants: u64,
    /// Merchants with a link of any kind.
    pub linked_merchants: u64,
    /// Clusters. `counts.clusters` in the manifest.
    pub clusters: u64,
    /// Members of the largest cluster.
    pub largest_cluster: u64,
}

/// The run-level guardrails that trip, in a fixed order. None: the run may go out.
///
/// A run that follows one of fewer than `min_merchants` merchants is not compared with it; of a run so small
/// itself neither the largest cluster nor the coverage is asked. A table that the previous run did not have is not compared; one that is gone
/// has changed by 100 %.
pub fn check_guardrails(
    current: &RunShape,
    previous: Option<&Manifest>,
    churn: Churn,
    guardrails: &Guardrails,
) -> Vec<TrippedGuardrail> {
    let min_merchants = guardrails.min_merchants as u64;
    let mut tripped = Vec::new();
    let previous = previous.filter(|previous| previous.count("merchants") >= min_merchants);
    if let Some(previous) = previous {
        tripped.extend(check_rows(current, previous, guardrails.max_row_change));
        tripped.extend(check_change(
            "cluster_change",
            "clusters",
            (previous.count("clusters"), current.clusters),
            ("max_cluster_change", guardrails.max_cluster_change),
        ));
        tripped.extend(check_churn(churn, guardrails.max_id_churn));
    }
    if current.merchants >= min_merchants {
        tripped.extend(check_largest(current, guardrails.max_cluster_share));
        tripped.extend(check_coverage(current, guardrails.min_link_coverage));
    }
    tripped
}

fn check_rows(current: &RunShape, previous: &Manifest, allowed: f64) -> Vec<TrippedGuardrail> {
    let limit = ("max_row_change", allowed);
    let merchants = (previous.count("merchants"), current.merchants);
    let merchants = check_change("row_change", "merchants", merchants, limit);
    // Merchants that are gone from their table live on in the links, without all that is said of them.
    let is_told = |table: &str| table == "merchants" && merchants.is_some();
    let tables = previous
        .rows_by_table()
        .into_iter()
        .filter(|(table, _)| !NOT_COMPARED.contains(table) && !is_told(table))
        .filter_map(|(table, before)| {
            let now = current.rows.get(table).copied().unwrap_or(0);
            check_change(
                "row_change",
                &format!("rows of {table}"),
                (before, now),
                limit,
            )
        });
    let tables: Vec<TrippedGuardrail> = tables.collect();
    merchants.into_iter().chain(tables).collect()
}

fn check_change(
    code: &str,
    what: &str,
    (before, now): (u64, u64),
    (key, allowed): (&str, f64),
) -> Option<TrippedGuardrail> {
    if before == 0 {
        return None;
    }
    let change = share(now.abs_diff(before), before);
    (change > allowed).then(|| TrippedGuardrail {
        code: code.to_owned(),
        sentence: format!(
            "{now} {what} against {before} in the previous run: changed by {}, guardrails.{key} allows {}",
            percent(change),
            percent(allowed)
        ),
    })
}

fn check_churn(churn: Churn, allowed: f64) -> Option<TrippedGuardrail> {
    (churn.share() > allowed).then(|| TrippedGuardrail {
        code: "id_churn".to_owned(),
        sentence: format!(
            "{} of {} merchants of the previous run's clusters changed cluster: {}, guardrails.max_id_churn allows {}",
            churn.moved,
            churn.present,
            percent(churn.share()),
            percent(allowed)
        ),
    })
}

fn check_largest(current: &RunShape, allowed: f64) -> Option<TrippedGuardrail> {
    let found = share(current.largest_cluster, current.merchants);
    (found > allowed).then(|| TrippedGuardrail {
        code: "cluster_share".to_owned(),
        sentence: format!(
            "one cluster holds {} of {} merchants: {}, guardrails.max_cluster_share allows {}",
            current.largest_cluster,
            current.merchants,
            percent(found),
            percent(allowed)
        ),
    })
}

fn check_coverage(current: &RunShape, needed: f64) -> Option<TrippedGuardrail> {
    let found = share(current.linked_merchants, current.merchants);
    (found < needed).then(|| TrippedGuardrail {
        code: "link_coverage".to_owned(),
        sentence: format!(
            "{} of {} merchants have a link: {}, guardrails.min_link_coverage asks for {}",
            current.linked_merchants,
            current.merchants,
            percent(found),
            percent(needed)
        ),
    })
}

/// A part of a whole; the whole of nothing is nothing.
#[expect(
    clippy::cast_precision_loss,
    reason = "counts of rows are far below 2^53"
)]
fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 {
        0.0
    } else {
        part as f64 / whole as f64
    }
}

fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}

#[cfg(test)]
mod tests {
    use super::{Churn, Guardrails, RunShape, check_guardrails};
    use crate::model::Timestamp;
    use crate::run::{FORMAT_VERSION, Manifest, ManifestInput, RunStatus, Yardsticks};

    fn limits() -> Guardrails {
        Guardrails {
            max_row_change: 0.5,
            max_cluster_change: 1.0,
            max_id_churn: 0.3,
            max_cluster_share: 0.2,
            min_link_coverage: 0.1,
            min_merchants: 100,
        }
    }

    fn manifest(merchants: u64, devices: u64, clusters: u64) -> Manifest {
        let input = |table: &str, rows: u64| ManifestInput {
            path: format!("{table}.csv"),
            table: table.to_owned(),
            bytes: 1,
            blake3: String::new(),
            rows,
            accepted: rows,
            rejected: 0,
            columns: Vec::new(),
        };
        Manifest {
            format_version: FORMAT_VERSION,
            run_id: "r".to_owned(),
            status: RunStatus::Published,
            held_by: Vec::new(),
            tool_version: String::new(),
            strategy_hash: String::new(),
            as_of: Timestamp::from_seconds(0),
            previous_run_id: None,
            tables: std::collections::BTreeMap::new(),
            inputs: vec![
                input("devices", devices / 2),
                input("devices", devices - devices / 2),
                input("merchants", merchants),
                input("labels", 9),
            ],
            counts: [
                ("merchants".to_owned(), merchants),
                ("clusters".to_owned(), clusters),
            ]
            .into(),
            findings: Vec::new(),
            chance: None,
            learned: None,
            yardsticks: Yardsticks::default(),
            parameters: std::collections::BTreeMap::new(),
            threads: 1,
            stages: Vec::new(),
            peak_memory_bytes: None,
        }
    }

    fn shape(merchants: u64, devices: u64, clusters: u64) -> RunShape {
        RunShape {
            rows: [
                ("devices".to_owned(), devices),
                ("merchants".to_owned(), merchants),
                ("phones".to_owned(), 7),
            ]
            .into(),
            merchants,
            linked_merchants: merchants,
            clusters,
            largest_cluster: 1,
        }
    }

    #[test]
    fn each_guardrail_trips_beyond_its_limit_and_not_at_it() {
        let check = |current: &RunShape, moved: u64, expected: &[&str]| {
            let churn = Churn { present: 10, moved };
            let tripped =
                check_guardrails(current, Some(&manifest(200, 400, 10)), churn, &limits());
            assert_eq!(
                tripped.iter().map(|t| t.code.as_str()).collect::<Vec<_>>(),
                expected
            );
        };
        check(&shape(200, 400, 10), 0, &[]);
        check(&shape(300, 600, 20), 3, &[]);
        check(&shape(100, 200, 0), 3, &[]);
        check(&shape(301, 400, 10), 0, &["row_change"]);
        check(&shape(99, 199, 10), 0, &["row_change", "row_change"]);
        check(&shape(200, 400, 21), 0, &["cluster_change"]);
        check(&shape(200, 400, 10), 4, &["id_churn"]);
        let giant = RunShape {
            largest_cluster: 41,
            ..shape(200, 400, 10)
        };
        check(&giant, 0, &["cluster_share"]);
        let bare = RunShape {
            linked_merchants: 19,
            ..shape(200, 400, 10)
        };
        check(&bare, 0, &["link_coverage"]);
        let mut gone = shape(200, 400, 10);
        gone.rows.remove("devices");
        check(&gone, 0, &["row_change"]);
        let mut unlisted = shape(200, 400, 10);
        unlisted.rows.insert("merchants".to_owned(), 0);
        check(&unlisted, 0, &["row_change"]);
    }

    #[test]
    fn small_runs_and_first_runs_are_not_compared() {
        let churn = Churn {
            present: 10,
            moved: 10,
        };
        let giant = RunShape {
            largest_cluster: 99,
            ..shape(99, 1, 1)
        };
        assert_eq!(check_guardrails(&giant, None, churn, &limits()), []);
        assert_eq!(
            check_guardrails(&giant, Some(&manifest(99, 400, 10)), churn, &limits()),
            []
        );
        // A small run after a large one is what the guardrail is for.
        assert_eq!(
            check_guardrails(
                &giant,
                Some(&manifest(999, 1, 1)),
                Churn::default(),
                &limits()
            )
            .len(),
            1
        );
        let unlimited = Guardrails {
            min_merchants: 0,
            ..limits()
        };
        assert_eq!(
            check_guardrails(
                &shape(0, 0, 0),
                Some(&manifest(0, 0, 0)),
                Churn::default(),
                &unlimited
            )
            .len(),
            1
        );
    }

    #[test]
    fn the_sentence_says_what_was_found_and_what_is_allowed() {
        let tripped = check_guardrails(
            &shape(200, 100, 10),
            Some(&manifest(200, 400, 10)),
            Churn::default(),
            &limits(),
        );
        assert_eq!(
            tripped[0].sentence,
            "100 rows of devices against 400 in the previous run: changed by 75.0 %, guardrails.max_row_change allows 50.0 %"
        );
    }
}
