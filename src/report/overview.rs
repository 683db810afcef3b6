//! The top of the page: what happened, the headline figures, what to look at first, and the shape of
//! the result.

use super::cards::{MAX_DETAIL_CHARS, anchor};
use super::cases::Case;
use super::charts::{ACTIONS, Bucket, Histogram, action_legend, action_name, histogram, ratio};
use super::html::{Html, MAX_DATA_CHARS, count, counted, money, shorten, wide};
use super::input::ReportInput;
use crate::model::Money;
use crate::run::{Action, ByChance, ClusterRow};

/// Bars of the score histogram; each a tenth wide.
const SCORE_BUCKETS: u32 = 10;
/// The size histogram shows at least sizes up to 31, and at most this many doublings.
const SIZE_BUCKETS: std::ops::RangeInclusive<usize> = 4..=12;

/// The page's title and what run it is about.
pub(super) fn masthead(page: &mut Html, input: &ReportInput) {
    page.leaf("p", &[("class", "brand")], "ringfence");
    page.leaf("h1", &[], "Merchant rings at a glance");
    page.element("p", &[("class", "lead")], |page| {
        page.text("Run ");
        page.leaf("code", &[], &shorten(input.run_id, 2 * MAX_DATA_CHARS));
        page.text(", as of ");
        page.data(input.as_of);
        match input.previous_run_id {
            Some(previous) => {
                page.text(", compared with ");
                page.leaf("code", &[], &shorten(previous, 2 * MAX_DATA_CHARS));
            }
            None => page.text(", the first of its chain"),
        }
        page.text(".");
    });
}

/// Guardrails, headline figures, and where to begin.
pub(super) fn opening(
    page: &mut Html,
    input: &ReportInput,
    clusters: &[&ClusterRow],
    cases: &[Case],
) {
    if !input.held_by.is_empty() {
        banner(page, input.held_by);
    }
    page.element("section", &[("aria-labelledby", "figures")], |page| {
        page.leaf("h2", &[("id", "figures")], "In figures");
        page.element("dl", &[("class", "figures")], |page| {
            figures(page, input, clusters);
        });
        page.element("p", &[("class", "first")], |page| {
            page.leaf("strong", &[], "Look at first: ");
            look_first(page, input, cases);
        });
    });
}

fn banner(page: &mut Html, held_by: &[String]) {
    let attributes = [("class", "banner"), ("aria-labelledby", "held")];
    page.element("section", &attributes, |page| {
        page.leaf("h2", &[("id", "held")], "Held back: this run was not published");
        page.element("ul", &[], |page| {
            for sentence in held_by {
                page.leaf("li", &[], &shorten(sentence, 300));
            }
        });
        let next = "The run is kept for inspection and the newest published run stays in force. \
                    Check the input first; if the change is real, widen the guardrail in the strategy.";
        page.leaf("p", &[], next);
    });
}

fn figures(page: &mut Html, input: &ReportInput, clusters: &[&ClusterRow]) {
    let counts = input.counts;
    let clustered = counts.clustered_merchants;
    let share = 100.0 * ratio(clustered, counts.merchants);
    let note = format!(
        "{} of them ({share:.1}\u{a0}%) in clusters",
        count(clustered)
    );
    figure(page, "", "Merchants", &count(counts.merchants), &note);
    let shared = counted(counts.shared_entities, "shared entity", "shared entities");
    let note = format!("to {shared}");
    figure(page, "", "Links", &count(counts.links), &note);
    let number = count(wide(clusters.len()));
    figure(page, "wide", "Clusters", &number, &by_action(clusters));
    for (action, members) in [
        (Action::Enforce, counts.merchants_enforce),
        (Action::Review, counts.merchants_review),
    ] {
        let name = action_name(action);
        let among = wide(clusters.iter().filter(|row| row.action == action).count());
        let note = format!("{} at {name}", counted(among, "cluster", "clusters"));
        let title = format!("Merchants to {name}");
        figure(page, name, &title, &count(members), &note);
    }
    let note = format!(
        "30-day GMV: {} in enforce, {} in review clusters",
        money(exposure(clusters, |action| action == Action::Enforce)),
        money(exposure(clusters, |action| action == Action::Review))
    );
    let all = money(exposure(clusters, |_| true));
    figure(page, "wide", "Exposure", &all, &note);
    if let Some(chance) = input.chance {
        by_chance(page, chance, clusters);
    }
}

/// How many of the clusters that somebody has to look at chance alone would account for.
fn by_chance(page: &mut Html, chance: &ByChance, clusters: &[&ClusterRow]) {
    let acted_on = clusters.iter().filter(|row| row.action > Action::Monitor);
    let Some(least) = acted_on.map(|row| row.score).min_by(f64::total_cmp) else {
        return;
    };
    let levels = chance.levels.iter().filter(|level| level.score <= least);
    let Some(level) = levels.max_by(|a, b| a.score.total_cmp(&b.score)) else {
        return;
    };
    let note = format!(
        "of the {} with a score of {} or more could come about where links are dealt at random",
        counted(level.clusters, "cluster", "clusters"),
        level.score,
    );
    let expected = format!("at most {:.0}", level.expected.ceil());
    figure(page, "wide", "Accidents", &expected, &note);
}

fn exposure(clusters: &[&ClusterRow], counts: impl Fn(Action) -> bool) -> Money {
    let rows = clusters.iter().filter(|row| counts(row.action));
    rows.map(|row| row.exposure).sum()
}

fn by_action(clusters: &[&ClusterRow]) -> String {
    let parts = ACTIONS.map(|(action, name)| {
        let number = clusters.iter().filter(|row| row.action == action).count();
        format!("{} {name}", count(wide(number)))
    });
    parts.join(", ")
}

fn figure(page: &mut Html, class: &str, name: &str, value: &str, note: &str) {
    let class = format!("panel figure {class}");
    page.element("div", &[("class", class.trim_end())], |page| {
        page.leaf("dt", &[], name);
        page.element("dd", &[], |page| {
            page.leaf("strong", &[], value);
            page.leaf("span", &[], note);
        });
    });
}

fn look_first(page: &mut Html, input: &ReportInput, cases: &[Case]) {
    if !input.held_by.is_empty() {
        page.text("the guardrails above. Until they are explained, act on no figure on this page.");
        return;
    }
    let Some(first) = cases.first() else {
        let empty = "the data-quality findings below. No cluster was found, which is worth a check \
                     where links were expected.";
        page.text(empty);
        return;
    };
    let cluster = first.cluster;
    page.text("cluster ");
    cluster_link(page, cluster, cases);
    let facts = format!(
        ", {} with {} at risk and a score of {:.4}, proposed for {}",
        counted(cluster.size.into(), "merchant", "merchants"),
        money(cluster.exposure),
        cluster.score,
        match cluster.action {
            Action::Enforce => "enforcement",
            Action::Review => "review",
            Action::Monitor => "monitoring",
        }
    );
    page.text(&facts);
    let strongest = first.reasons.iter().find(|row| row.points > 0.0);
    if let Some(reason) = strongest.filter(|row| !row.detail.is_empty()) {
        page.text("; above all, ");
        page.leaf("bdi", &[], &shorten(&reason.detail, MAX_DETAIL_CHARS));
    }
    page.text(".");
}

/// A cluster's id, linked to its card when it has one.
pub(super) fn cluster_link(page: &mut Html, cluster: &ClusterRow, cases: &[Case]) {
    let has_card = cases
        .iter()
        .any(|case| case.cluster.cluster_id == cluster.cluster_id);
    if has_card {
        let target = format!("#{}", anchor(cluster.rank));
        page.element("a", &[("href", &target)], |page| {
            page.data(&cluster.cluster_id);
        });
    } else {
        page.data(&cluster.cluster_id);
    }
}

/// How scores and sizes are distributed.
pub(super) fn distributions(page: &mut Html, clusters: &[&ClusterRow]) {
    page.element("section", &[("aria-labelledby", "distributions")], |page| {
        page.leaf("h2", &[("id", "distributions")], "Distributions");
        if clusters.is_empty() {
            page.leaf("p", &[], "There are no clusters to count.");
            return;
        }
        action_legend(page);
        page.element("div", &[("class", "charts")], |page| {
            scores(page, clusters);
            sizes(page, clusters);
        });
    });
}

fn scores(page: &mut Html, clusters: &[&ClusterRow]) {
    let mut buckets: Vec<Bucket> = (0..SCORE_BUCKETS)
        .map(|tenth| Bucket {
            range: format!("{} to {}", tenths(tenth), tenths(tenth + 1)),
            edge: tenths(tenth),
            counts: [0; 3],
        })
        .collect();
    for cluster in clusters {
        buckets[tenth_of(cluster.score)].add(cluster.action);
    }
    let likely = clusters.iter().filter(|row| row.score >= 0.5).count();
    let summary = format!(
        "{} of {} score 0.5 or more: more likely a ring than not.",
        count(wide(likely)),
        counted(wide(clusters.len()), "cluster", "clusters")
    );
    histogram(
        page,
        &Histogram {
            title: "Clusters by score",
            summary: &summary,
            axis: "score (probability of a ring)",
            last_edge: "1",
            buckets: &buckets,
        },
    );
}

fn tenths(tenth: u32) -> String {
    match tenth {
        0 => "0".to_owned(),
        10 => "1".to_owned(),
        _ => format!("0.{tenth}"),
    }
}

/// The bucket of a score; the last one holds 1 as well.
fn tenth_of(score: f64) -> usize {
    let reached = (1..SCORE_BUCKETS).filter(|&tenth| score >= f64::from(tenth) / 10.0);
    reached.count()
}

fn sizes(page: &mut Html, clusters: &[&ClusterRow]) {
    let largest = clusters.iter().map(|row| row.size).max().unwrap_or(2);
    let n_buckets = (doublings(largest) + 1).clamp(*SIZE_BUCKETS.start(), *SIZE_BUCKETS.end());
    let open_end = doublings(largest) >= n_buckets;
    let edges = (0..n_buckets).map(|doubling| 2_u64 << doubling);
    let mut buckets: Vec<Bucket> = edges
        .map(|edge| Bucket {
            range: format!("{} to {}", count(edge), count(2 * edge - 1)),
            edge: count(edge),
            counts: [0; 3],
        })
        .collect();
    for cluster in clusters {
        buckets[doublings(cluster.size).min(n_buckets - 1)].add(cluster.action);
    }
    let mut last_edge = count(2_u64 << n_buckets);
    if open_end && let Some(last) = buckets.last_mut() {
        last.range = format!("{} or more", last.edge);
        "more".clone_into(&mut last_edge);
    }
    let summary = format!(
        "The largest cluster has {}. Each bar spans a doubling of size.",
        counted(largest.into(), "merchant", "merchants")
    );
    histogram(
        page,
        &Histogram {
            title: "Clusters by size",
            summary: &summary,
            axis: "merchants (log scale)",
            last_edge: &last_edge,
            buckets: &buckets,
        },
    );
}

/// How often 2 can be doubled within the size: 2 and 3 are 0, 4 to 7 are 1.
fn doublings(size: u32) -> usize {
    let doublings = size.max(2).ilog2() - 1;
    usize::try_from(doublings).expect("at most 30")
}

#[cfg(test)]
mod tests {
    use super::{doublings, tenth_of};

    #[test]
    fn buckets_hold_their_left_edge() {
        for (score, bucket) in [
            (0.0, 0),
            (0.0999, 0),
            (0.1, 1),
            (0.3, 3),
            (0.9999, 9),
            (1.0, 9),
            (f64::NAN, 0),
        ] {
            assert_eq!(tenth_of(score), bucket, "{score}");
        }
        for (size, bucket) in [
            (0, 0),
            (2, 0),
            (3, 0),
            (4, 1),
            (7, 1),
            (8, 2),
            (u32::MAX, 30),
        ] {
            assert_eq!(doublings(size), bucket, "{size}");
        }
    }
}
