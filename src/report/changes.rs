//! What changed since the previous run: events, newcomers, the gone, merges and splits, and actions.

use std::collections::{BTreeMap, BTreeSet};

use super::cards::chip;
use super::cases::Case;
use super::charts::action_name;
use super::html::{
    Html, capped_note, count, count_of, data_cell, money, number_cell, row_header, table,
};
use super::input::ReportInput;
use super::overview::cluster_link;
use crate::run::{ClusterRow, LineageEvent, LineageRow};

/// Rows of each list.
const MAX_ROWS: usize = 8;

const EVENTS: [(LineageEvent, &str, &str); 7] = [
    (LineageEvent::Born, "born", "new, with no forerunner"),
    (
        LineageEvent::Continued,
        "continued",
        "the same id, as many members",
    ),
    (LineageEvent::Grown, "grown", "the same id, more members"),
    (LineageEvent::Shrunk, "shrunk", "the same id, fewer members"),
    (
        LineageEvent::Merged,
        "merged",
        "went into a cluster with another id",
    ),
    (
        LineageEvent::Split,
        "split",
        "came out of a cluster with another id",
    ),
    (LineageEvent::Dissolved, "dissolved", "gone"),
];

/// Clusters of one run by id.
type ById<'a> = BTreeMap<&'a str, &'a ClusterRow<'a>>;

/// The section on changes.
pub(super) fn section(
    page: &mut Html,
    input: &ReportInput,
    clusters: &[&ClusterRow],
    cases: &[Case],
) {
    page.element("section", &[("aria-labelledby", "changes")], |page| {
        page.leaf(
            "h2",
            &[("id", "changes")],
            "What changed since the previous run",
        );
        if input.previous_run_id.is_none() {
            page.leaf("p", &[], "There is no previous run to compare with.");
            return;
        }
        let now: ById = clusters
            .iter()
            .map(|row| (&*row.cluster_id, *row))
            .collect();
        let before: ById = input
            .previous_clusters
            .iter()
            .map(|row| (&*row.cluster_id, row))
            .collect();
        page.element("div", &[("class", "columns")], |page| {
            page.element("div", &[], |page| {
                page.leaf("h3", &[], "Events");
                events(page, input.lineage);
            });
            page.element("div", &[], |page| {
                page.leaf("h3", &[], "Changed actions");
                if before.is_empty() {
                    let unknown = "Not known: the clusters of the previous run are not at hand.";
                    page.leaf("p", &[("class", "note")], unknown);
                } else {
                    changed_actions(page, clusters, cases, &before);
                }
            });
            page.element("div", &[], |page| {
                page.leaf("h3", &[], "New clusters");
                newcomers(page, input.lineage, clusters, cases);
            });
            page.element("div", &[], |page| {
                page.leaf("h3", &[], "Gone clusters");
                gone(page, input.lineage, &before);
            });
        });
        page.leaf("h3", &[], "Merges and splits");
        merges_and_splits(page, input.lineage, &now);
    });
}

fn events(page: &mut Html, lineage: &[LineageRow]) {
    table(
        page,
        "Lineage events",
        &["Event", "#Rows", "Meaning"],
        |page| {
            for (event, name, meaning) in EVENTS {
                let number = lineage.iter().filter(|row| row.event == event).count();
                page.element("tr", &[], |page| {
                    row_header(page, |page| page.text(name));
                    number_cell(page, &count_of(number));
                    page.leaf("td", &[], meaning);
                });
            }
        },
    );
}

fn none(page: &mut Html) {
    page.leaf("p", &[("class", "note")], "None.");
}

fn changed_actions(page: &mut Html, clusters: &[&ClusterRow], cases: &[Case], before: &ById) {
    let mut changed: Vec<_> = clusters
        .iter()
        .filter_map(|row| Some((*row, before.get(&*row.cluster_id)?.action)))
        .filter(|(row, earlier)| row.action != *earlier)
        .collect();
    // Into the severest first; rank, which they are already in, breaks ties.
    changed.sort_by_key(|(row, _)| std::cmp::Reverse(row.action));
    if changed.is_empty() {
        return none(page);
    }
    let shown = changed.len().min(MAX_ROWS);
    table(
        page,
        "Clusters whose action changed",
        &["Cluster", "Was", "Is", "#Score"],
        |page| {
            for (row, earlier) in &changed[..shown] {
                page.element("tr", &[], |page| {
                    row_header(page, |page| cluster_link(page, row, cases));
                    page.element("td", &[], |page| chip(page, action_name(*earlier)));
                    page.element("td", &[], |page| chip(page, action_name(row.action)));
                    number_cell(page, &format!("{:.4}", row.score));
                });
            }
        },
    );
    capped_note(page, shown, changed.len(), "changed actions");
}

fn ids_of<'a>(
    lineage: &'a [LineageRow],
    event: LineageEvent,
    id: impl Fn(&'a LineageRow) -> &'a str,
) -> BTreeSet<&'a str> {
    lineage
        .iter()
        .filter(|row| row.event == event)
        .map(id)
        .collect()
}

fn newcomers(page: &mut Html, lineage: &[LineageRow], clusters: &[&ClusterRow], cases: &[Case]) {
    let born = ids_of(lineage, LineageEvent::Born, |row| &row.cluster_id);
    let rows: Vec<_> = clusters
        .iter()
        .filter(|row| born.contains(&*row.cluster_id))
        .collect();
    if rows.is_empty() {
        return none(page);
    }
    let shown = rows.len().min(MAX_ROWS);
    let headers = ["Cluster", "Action", "#Score", "#Size", "#Exposure"];
    table(page, "New clusters, best first", &headers, |page| {
        for row in &rows[..shown] {
            page.element("tr", &[], |page| {
                row_header(page, |page| cluster_link(page, row, cases));
                page.element("td", &[], |page| chip(page, action_name(row.action)));
                number_cell(page, &format!("{:.4}", row.score));
                number_cell(page, &count(row.size.into()));
                number_cell(page, &money(row.exposure));
            });
        }
    });
    capped_note(page, shown, rows.len(), "new clusters");
}

fn gone(page: &mut Html, lineage: &[LineageRow], before: &ById) {
    let ids = ids_of(lineage, LineageEvent::Dissolved, |row| {
        &row.previous_cluster_id
    });
    if ids.is_empty() {
        return none(page);
    }
    let mut rows: Vec<_> = ids.iter().map(|id| (before.get(id), *id)).collect();
    // Those that ranked best first, then those of which nothing is known.
    rows.sort_by_key(|(row, id)| (row.map_or(u32::MAX, |row| row.rank), *id));
    let shown = rows.len().min(MAX_ROWS);
    let headers = ["Cluster", "Action was", "#Score was", "#Size was"];
    table(page, "Gone clusters, best first", &headers, |page| {
        for (row, id) in &rows[..shown] {
            page.element("tr", &[], |page| {
                row_header(page, |page| page.data(id));
                page.element("td", &[], |page| match row {
                    Some(row) => chip(page, action_name(row.action)),
                    None => page.text("not known"),
                });
                let score = row.map(|row| format!("{:.4}", row.score));
                number_cell(page, &score.unwrap_or_default());
                let size = row.map(|row| count(row.size.into()));
                number_cell(page, &size.unwrap_or_default());
            });
        }
    });
    capped_note(page, shown, rows.len(), "gone clusters");
}

fn merges_and_splits(page: &mut Html, lineage: &[LineageRow], now: &ById) {
    let mut rows: Vec<_> = lineage
        .iter()
        .filter(|row| matches!(row.event, LineageEvent::Merged | LineageEvent::Split))
        .map(|row| {
            (
                now.get(&*row.cluster_id).map_or(0, |cluster| cluster.size),
                row,
            )
        })
        .collect();
    if rows.is_empty() {
        return none(page);
    }
    rows.sort_by_key(|(size, row)| {
        let ids = (&*row.cluster_id, &*row.previous_cluster_id);
        (std::cmp::Reverse(*size), ids, row.event)
    });
    let shown = rows.len().min(MAX_ROWS);
    let headers = [
        "Event",
        "Previous cluster",
        "Cluster now",
        "#Size now",
        "#Overlap",
    ];
    table(
        page,
        "Merges and splits, largest cluster first",
        &headers,
        |page| {
            for (size, row) in &rows[..shown] {
                page.element("tr", &[], |page| {
                    let merged = row.event == LineageEvent::Merged;
                    row_header(page, |page| {
                        page.text(if merged { "merged into" } else { "split off" });
                    });
                    data_cell(page, &row.previous_cluster_id);
                    data_cell(page, &row.cluster_id);
                    number_cell(page, &count((*size).into()));
                    number_cell(page, &format!("{:.4}", row.overlap));
                });
            }
        },
    );
    capped_note(page, shown, rows.len(), "merges and splits");
}
