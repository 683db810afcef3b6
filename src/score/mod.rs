//! How ring-like, and why? Communities become rings with points, roles and an action.
//!
//! [`score`] looks at each community alone (its anatomy, its reasons), then ranks all and decides on
//! actions under the run's caps.

mod action;
mod anatomy;
mod market;
mod reasons;
mod refuted;
mod ring;
mod weakest;

pub use reasons::REASON_CODES;
pub use refuted::{Refutation, Refutations};
pub use ring::{Depth, Point, Ring, RingEvidence, RingMember, Severity, WeakestLink, WeakestPart};

use std::cmp::Reverse;

use rayon::prelude::*;

use crate::detect::Detection;
use crate::graph::{EvidenceGraph, Network};
use crate::model::Timestamp;
use anatomy::Anatomy;
use market::Market;
use refuted::Standing;

/// Judges every community as [`score_refuted`] does where nobody has found anything out before.
pub fn score(
    graph: &EvidenceGraph<'_>,
    network: &Network,
    detection: &Detection,
    as_of: Timestamp,
) -> Vec<Ring> {
    let refutations = Refutations::default();
    score_refuted(graph, network, detection, as_of, &refutations)
}

/// Judges every community of two or more merchants; best first: by score, then bits, then smallest
/// member. Communities below the strategy's `score.min_bits` are left out. One that people have found
/// honest before, without materially new evidence since, is watched and no more.
///
/// Cost: O(edges and links inside communities), plus the square of the members on an entity for
/// entities that expand; communities in parallel. Independent of the number of threads.
pub fn score_refuted(
    graph: &EvidenceGraph<'_>,
    network: &Network,
    detection: &Detection,
    as_of: Timestamp,
    refutations: &Refutations,
) -> Vec<Ring> {
    let market = Market::new(graph, as_of);
    let communities: Vec<(usize, Vec<u32>)> = detection
        .partition
        .members()
        .into_iter()
        .enumerate()
        .filter(|(_, nodes)| nodes.len() > 1)
        .collect();
    let mut rings: Vec<Ring> = communities
        .par_iter()
        .map_init(
            || anatomy::Scratch::new(network),
            |scratch, (community, nodes)| {
                let anatomy = Anatomy::new(graph, network, nodes, scratch);
                let standing = refutations.standing(graph, &anatomy);
                let resolution = detection.resolution[*community];
                judge(graph, &market, &anatomy, resolution, standing.as_ref())
            },
        )
        .filter(|ring| ring.bits.to_f64() >= graph.strategy().score.min_bits)
        .collect();
    rings.sort_by(|a, b| {
        b.score
            .total_cmp(&a.score)
            .then(b.bits.cmp(&a.bits))
            .then_with(|| smallest(a).cmp(&smallest(b)))
    });
    action::decide(&mut rings, graph, as_of);
    rings
}

fn smallest(ring: &Ring) -> Option<crate::model::MerchantIdx> {
    ring.members.iter().map(|member| member.merchant).min()
}

/// One community's ring, with its action still open.
fn judge(
    graph: &EvidenceGraph<'_>,
    market: &Market,
    anatomy: &Anatomy,
    resolution: f64,
    standing: Option<&Standing>,
) -> Ring {
    let strategy = graph.strategy();
    let points = reasons::points(graph, market, anatomy, standing);
    let prior = strategy.score.prior;
    let hundredths: i32 = points.iter().map(|point| point.hundredths).sum();
    let (fraud_labels, legit_labels) = anatomy.labels(graph);
    let mut members = anatomy.members(&strategy.score, &strategy.action);
    members.sort_by_key(|member| (Reverse(member.depth), Reverse(member.bits), member.merchant));
    Ring {
        members,
        evidence: anatomy.evidence.clone(),
        prior,
        points,
        score: logistic(prior + f64::from(hundredths) / 100.0),
        action: Severity::Monitor,
        held_by: Vec::new(),
        bits: anatomy.bits,
        exposure: anatomy.exposure(graph),
        fraud_labels,
        legit_labels,
        is_refuted: standing.is_some_and(|standing| !standing.is_overtaken),
        first_formed: anatomy.first_formed,
        groups: anatomy.group_names(graph),
        conductance: anatomy.conductance(),
        resolution,
        weakest_link: weakest::weakest_link(graph, anatomy),
    }
}

fn logistic(log_odds: f64) -> f64 {
    1.0 / (1.0 + (-log_odds).exp())
}
