//! How ring-like, and why? Communities become rings with points, roles and an action.
//!
//! [`score`] looks at each community alone (its anatomy, its reasons), then at the company it keeps, then
//! ranks all and decides on actions under the run's caps.

mod action;
mod agreement;
mod anatomy;
mod anchor;
mod arrivals;
mod belonging;
mod cities;
mod company;
mod counterfactual;
mod cut;
mod decoys;
#[cfg(test)]
mod drawn;
mod lesson;
mod market;
mod points;
mod reasons;
mod refuted;
mod rewire;
mod ring;
mod risk;
mod surprise;
mod tally;
mod touch;
mod weakest;

pub use agreement::Discord;
pub use anchor::Anchor;
pub use decoys::{Chance, deal_decoys};
pub use lesson::{Learning, Lesson, learn};
pub use points::{Point, Points};
pub use reasons::REASON_CODES;
pub use refuted::{Refutation, Refutations};
pub use ring::{
    Depth, Dissolution, Remnant, Ring, RingEvidence, RingMember, Severity, WeakestLink, WeakestPart,
};

use std::cmp::Reverse;

use rayon::prelude::*;

use crate::detect::Detection;
use crate::graph::{EvidenceGraph, Network};
use crate::model::{Bits, MerchantIdx, Timestamp};
use anatomy::Anatomy;
use market::Market;
use reasons::Detail;
use refuted::Standing;
use surprise::Sharing;

/// Judges every community as [`score_refuted`] does where nobody has found anything out before.
pub fn score(
    graph: &EvidenceGraph<'_>,
    network: &Network,
    detection: &Detection,
    as_of: Timestamp,
) -> Vec<Ring> {
    let refutations = Refutations::default();
    let weights = WeightsFrom::Strategy;
    score_refuted(graph, network, detection, as_of, weights, &refutations).0
}

/// Where the weights of the reasons come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WeightsFrom {
    /// The strategy: nobody has held them against this market.
    Strategy,
    /// This market's labels, which they forecast beyond doubt.
    Labels,
}

/// Judges every community of two or more merchants; best first: by score, then bits, then smallest
/// member. Communities below the strategy's `score.min_bits` are left out. One that people have found
/// honest before, without materially new evidence since, is watched and no more. Beside the rings what the
/// weights gave way by, where this market gives reason to doubt them.
///
/// Cost: O(edges and links inside communities), plus the square of the members on an entity for
/// entities that expand; communities in parallel. Independent of the number of threads.
pub fn score_refuted(
    graph: &EvidenceGraph<'_>,
    network: &Network,
    detection: &Detection,
    as_of: Timestamp,
    weights: WeightsFrom,
    refutations: &Refutations,
) -> (Vec<Ring>, Doubts) {
    let all = communities(detection);
    let market = Market::new(graph, network, &all, as_of);
    let background = Background {
        market: &market,
        sharing: &Sharing::new(graph, 1.0),
        refutations,
        detail: Detail::Worded,
    };
    let mut rings = judge_all(
        graph,
        network,
        detection,
        &all,
        background,
        |ring, anatomy| {
            explain(ring, graph, &market, anatomy);
        },
    );
    company::look_around(&mut rings, graph);
    let discord = agreement::temper(&mut rings, graph.strategy().score.min_points_kept);
    let anchor = anchor::anchor(&mut rings, graph);
    let is_implausible = anchor.is_some_and(|anchor| anchor.is_implausible());
    let doubts = Doubts {
        discord,
        anchor,
        forbid_enforcing: is_implausible && weights == WeightsFrom::Strategy,
    };
    action::decide(&mut rings, graph, &market, doubts);
    (rings, doubts)
}

/// What makes the weights doubtful on a market, and what every ring lost for it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Doubts {
    /// What members share and who they are agree less than the points promise.
    pub discord: Option<Discord>,
    /// The scores add up to more fraud than is plausible.
    pub anchor: Option<Anchor>,
    /// The weights are so far from this market that nobody is enforced on their word.
    pub forbid_enforcing: bool,
}

/// What every community of one market is held against.
#[derive(Clone, Copy)]
struct Background<'a> {
    market: &'a Market,
    sharing: &'a Sharing,
    refutations: &'a Refutations,
    detail: Detail,
}

/// Communities of two or more with their place in the partition.
fn communities(detection: &Detection) -> Vec<(usize, Vec<u32>)> {
    let members = detection.partition.members().into_iter().enumerate();
    members.filter(|(_, nodes)| nodes.len() > 1).collect()
}

/// Every ring of some communities, best first, with its action open; `finish` sees each once with its anatomy.
fn judge_all(
    graph: &EvidenceGraph<'_>,
    network: &Network,
    detection: &Detection,
    communities: &[(usize, Vec<u32>)],
    background: Background<'_>,
    finish: impl Fn(&mut Ring, &Anatomy) + Sync,
) -> Vec<Ring> {
    let mut rings: Vec<Ring> = communities
        .par_iter()
        .map_init(
            || anatomy::Scratch::new(network),
            |scratch, (community, nodes)| {
                let merchants = nodes.iter().map(|&node| network.merchants()[node as usize]);
                touch::touch(graph, background.market, merchants);
                let anatomy = Anatomy::new(graph, network, nodes, scratch);
                if anatomy.bits.to_f64() < graph.strategy().score.min_bits {
                    return None;
                }
                let resolution = detection.resolution[*community];
                let mut ring = judge(graph, background, &anatomy, resolution);
                finish(&mut ring, &anatomy);
                Some(ring)
            },
        )
        .flatten_iter()
        .collect();
    best_first(&mut rings);
    rings
}

/// By score, bits and smallest member; the last decides, for no merchant is in two rings.
fn best_first(rings: &mut Vec<Ring>) {
    let mut order: Vec<(f64, Bits, Option<MerchantIdx>, usize)> = (rings.par_iter().enumerate())
        .map(|(at, ring)| (ring.score, ring.bits, smallest(ring), at))
        .collect();
    order.par_sort_unstable_by(|a, b| {
        b.0.total_cmp(&a.0)
            .then(b.1.cmp(&a.1))
            .then(a.2.cmp(&b.2))
            .then(a.3.cmp(&b.3))
    });
    // A ring is large: it is moved once, not each time it is compared.
    let mut unsorted: Vec<Option<Ring>> = rings.drain(..).map(Some).collect();
    rings.extend(order.iter().filter_map(|best| unsorted[best.3].take()));
}

/// What a ring hangs on, what it would take to dissolve it, and what each member adds.
fn explain(ring: &mut Ring, graph: &EvidenceGraph<'_>, market: &Market, anatomy: &Anatomy) {
    let cuts = cut::cut_vertices(anatomy.size(), &anatomy.edges);
    ring.weakest_link = weakest::weakest_link(graph, anatomy, &cuts);
    ring.dissolution = counterfactual::dissolution(graph, market, anatomy);
    let bits_lost = counterfactual::bits_lost(anatomy, &cuts);
    for member in &mut ring.members {
        let at = anatomy.merchants.binary_search(&member.merchant);
        member.bits_lost = bits_lost[at.expect("a member of the ring is in its anatomy")];
    }
}

fn smallest(ring: &Ring) -> Option<MerchantIdx> {
    ring.members.iter().map(|member| member.merchant).min()
}

/// One community's ring, with its action still open.
fn judge(
    graph: &EvidenceGraph<'_>,
    background: Background<'_>,
    anatomy: &Anatomy,
    resolution: f64,
) -> Ring {
    let strategy = graph.strategy();
    let standing: Option<Standing> = background.refutations.standing(graph, anatomy);
    let market = background.market;
    let points = reasons::points(graph, market, anatomy, standing.as_ref(), background.detail);
    let prior = strategy.score.prior;
    let (fraud_labels, legit_labels) = anatomy.labels(graph);
    let mut members = anatomy.members(graph, background.market);
    members.sort_by_key(|member| (Reverse(member.depth), Reverse(member.bits), member.merchant));
    Ring {
        members,
        evidence: anatomy.evidence.clone(),
        prior,
        score: logistic(prior + f64::from(points.hundredths()) / 100.0),
        points,
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
        weakest_link: None,
        dissolution: None,
        surprise: surprise::surprise(graph, background.sharing, anatomy),
        q: None,
    }
}

fn logistic(log_odds: f64) -> f64 {
    1.0 / (1.0 + (-log_odds).exp())
}
