//! How ring-like, and why? Communities become rings with points, roles and an action.
//!
//! [`score`] looks at each community alone (its anatomy, its reasons), then ranks all and decides on
//! actions under the run's caps.

mod action;
mod anatomy;
mod belonging;
mod market;
mod reasons;
mod ring;
mod weakest;

pub use reasons::REASON_CODES;
pub use ring::{Depth, Point, Ring, RingEvidence, RingMember, Severity, WeakestLink, WeakestPart};

use std::cmp::Reverse;

use rayon::prelude::*;

use crate::detect::Detection;
use crate::graph::{EvidenceGraph, Network};
use crate::model::Timestamp;
use anatomy::Anatomy;
use market::Market;

/// Judges every community of two or more merchants; best first: by score, then bits, then smallest
/// member. Communities below the strategy's `score.min_bits` are left out.
///
/// Cost: O(edges and links inside communities), plus the square of the members on an entity for
/// entities that expand; communities in parallel. Independent of the number of threads.
pub fn score(
    graph: &EvidenceGraph<'_>,
    network: &Network,
    detection: &Detection,
    as_of: Timestamp,
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
                judge(graph, &market, &anatomy, detection.resolution[*community])
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
fn judge(graph: &EvidenceGraph<'_>, market: &Market, anatomy: &Anatomy, resolution: f64) -> Ring {
    let strategy = graph.strategy();
    let points = reasons::points(graph, market, anatomy);
    let prior = strategy.score.prior;
    let hundredths: i32 = points.iter().map(|point| point.hundredths).sum();
    let (fraud_labels, legit_labels) = anatomy.labels(graph);
    let mut members = anatomy.members(graph);
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
