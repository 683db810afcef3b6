//! What the manifest says about a run in figures: counts, chance, the shape that guardrails look at.

use std::collections::BTreeMap;

use super::Job;
use crate::detect::Detection;
use crate::graph::Network;
use crate::ingest::Tables;
use crate::publish::RunShape;
use crate::resolve::Links;
use crate::run::{ByChance, ChanceLevel, LearnedWeights, ManifestInput, Yardsticks};
use crate::score::{Chance, Lesson, Ring, Severity};
use crate::strategy::{Action, Score};

pub(super) fn inputs(tables: &Tables) -> Vec<ManifestInput> {
    tables
        .inputs
        .iter()
        .map(|input| ManifestInput {
            path: input.path.clone(),
            table: input.table.clone(),
            bytes: input.bytes,
            blake3: input.blake3.clone(),
            rows: input.rows,
            accepted: input.accepted,
            rejected: input.rejected,
            columns: input.columns.clone(),
        })
        .collect()
}

pub(super) fn input_counts(tables: &Tables) -> BTreeMap<String, u64> {
    let rows = tables.inputs.iter().map(|input| input.rows).sum();
    named(&[
        ("input_rows", rows),
        ("rejected_rows", tables.rejects.len() as u64),
        ("not_yet_known_rows", tables.not_yet_known),
    ])
}

fn named(counts: &[(&str, u64)]) -> BTreeMap<String, u64> {
    let owned = counts
        .iter()
        .map(|(name, count)| ((*name).to_owned(), *count));
    owned.collect()
}

/// What was counted from resolve to score.
pub(super) fn counts(
    links: &Links,
    network: &Network,
    found: &Detection,
    rings: &[Ring],
) -> BTreeMap<String, u64> {
    let merchants = &links.merchants;
    let members = rings.iter().flat_map(|ring| &ring.members);
    let with = |action| {
        members
            .clone()
            .filter(|member| member.action == action)
            .count() as u64
    };
    let clusters = |action| rings.iter().filter(|ring| ring.action == action).count() as u64;
    named(&[
        ("merchants", merchants.len() as u64),
        (
            "unlisted_merchants",
            merchants.listed.iter().filter(|listed| !**listed).count() as u64,
        ),
        ("linked_merchants", linked_merchants(links)),
        ("shared_entities", links.entities.len() as u64),
        ("links", links.links.len() as u64),
        ("relations", links.relations.len() as u64),
        (
            "private_values",
            merchants.private_values.iter().map(|n| u64::from(*n)).sum(),
        ),
        ("dropped_placeholders", links.dropped.len() as u64),
        ("nodes", network.n_nodes() as u64),
        ("edges", network.n_edges() as u64),
        ("components", found.n_components as u64),
        ("largest_component", found.largest_component as u64),
        ("clusters", rings.len() as u64),
        ("clustered_merchants", members.clone().count() as u64),
        ("clusters_enforce", clusters(Severity::Enforce)),
        ("clusters_review", clusters(Severity::Review)),
        ("clusters_monitor", clusters(Severity::Monitor)),
        ("merchants_enforce", with(Severity::Enforce)),
        ("merchants_review", with(Severity::Review)),
        ("merchants_monitor", with(Severity::Monitor)),
    ])
}

/// What reasons are measured against that the run's readers measure too.
pub(super) fn yardsticks(score: &Score) -> Yardsticks {
    Yardsticks {
        burst_days: score.burst_days,
        family_size: score.family_size as u64,
        long_tenure_days: score.long_tenure_days,
    }
}

/// What chance alone would bring to each tenth of the score and to the thresholds of the actions.
pub(super) fn chance(chance: &Chance, rings: &[Ring], action: &Action) -> ByChance {
    let tenths = (0..10_u32).map(|tenth| f64::from(tenth) / 10.0);
    let mut scores: Vec<f64> = tenths.chain([action.review, action.enforce]).collect();
    scores.sort_unstable_by(f64::total_cmp);
    scores.dedup();
    ByChance {
        decoys: chance.decoys,
        share: chance.share,
        usual_surprise_bits: chance.usual_surprise().to_f64(),
        levels: scores
            .into_iter()
            .map(|score| ChanceLevel {
                score,
                clusters: rings.partition_point(|ring| ring.score >= score) as u64,
                expected: chance.expected(rings, score),
            })
            .collect(),
    }
}

/// Merchants with a link of any kind, to a value of their own included.
pub(super) fn linked_merchants(links: &Links) -> u64 {
    let mut linked: Vec<bool> = links
        .merchants
        .private_values
        .iter()
        .map(|n| *n > 0)
        .collect();
    for link in &links.links {
        linked[link.merchant.index()] = true;
    }
    for relation in &links.relations {
        linked[relation.a.index()] = true;
        linked[relation.b.index()] = true;
    }
    linked.into_iter().filter(|linked| *linked).count() as u64
}

/// The figures that run-level guardrails look at.
pub(super) fn shape(links: &Links, rings: &[Ring], inputs: &[ManifestInput]) -> RunShape {
    let mut rows: BTreeMap<String, u64> = BTreeMap::new();
    for input in inputs {
        *rows.entry(input.table.clone()).or_default() += input.accepted;
    }
    RunShape {
        rows,
        merchants: links.merchants.len() as u64,
        linked_merchants: linked_merchants(links),
        clusters: rings.len() as u64,
        largest_cluster: rings
            .iter()
            .map(|ring| ring.members.len() as u64)
            .max()
            .unwrap_or(0),
    }
}

pub(super) fn parameters(job: &Job<'_>) -> BTreeMap<String, String> {
    let mut parameters = BTreeMap::new();
    let mut add = |name: &str, value: String| parameters.insert(name.to_owned(), value);
    if let Some(as_of) = job.as_of {
        add("as_of", as_of.date_text());
    }
    if let Some(limit) = job.memory_limit_bytes {
        add(super::memory::LIMIT, limit.to_string());
    }
    add("parquet", job.parquet.to_string());
    parameters
}

/// What the labels taught, in figures.
pub(super) fn learned(lesson: &Lesson) -> LearnedWeights {
    let score = &lesson.strategy.score;
    LearnedWeights {
        fraud_clusters: lesson.fraud_clusters as u64,
        legit_clusters: lesson.legit_clusters as u64,
        log_loss_difference: lesson.log_loss.difference,
        interval: [lesson.log_loss.low, lesson.log_loss.high],
        prior: score.prior,
        points: score.points.by_code(),
    }
}
