//! What do this market's labels make of the weights? The strategy's, unless labelled clusters speak beyond doubt.

use std::collections::BTreeMap;

use super::market::Market;
use super::reasons::Detail;
use super::ring::Ring;
use super::surprise::Sharing;
use super::{Background, Refutations, communities, judge_all};
use crate::detect::Detection;
use crate::graph::{EvidenceGraph, Network};
use crate::learn::{CaseRow, Cases, Comparison, Weights, compare, cross_validate, fit, log_loss};
use crate::model::Timestamp;
use crate::strategy::Strategy;

/// More labelled clusters than this are not learned from: the strategy's weights hardly count beside so many, and
/// the cost grows with them.
const MAX_CASES: usize = 4000;

/// What the labels taught, and why it is believed.
#[derive(Clone, Debug, PartialEq)]
pub struct Lesson {
    /// The strategy with the learned weights, under the hash it had: labels and strategy decide on the weights.
    pub strategy: Strategy,
    /// Labelled clusters of whose labelled members at least half are fraudulent.
    pub fraud_clusters: usize,
    /// The other labelled clusters.
    pub legit_clusters: usize,
    /// Mean log loss of labelled clusters not seen, in nats.
    pub log_loss: Comparison,
}

/// What became of the labels.
#[derive(Clone, Debug, PartialEq)]
pub enum Learning {
    /// The strategy says not to learn, or no cluster has a label.
    NotAsked,
    /// Too few labelled clusters of one kind or the other.
    TooFew {
        /// Fraudulent ones.
        fraud_clusters: usize,
        /// Honest ones.
        legit_clusters: usize,
    },
    /// Learned weights forecast labelled clusters no better beyond doubt: the strategy's stay.
    Doubtful {
        /// Labelled clusters.
        clusters: usize,
        /// As in [`Lesson`].
        log_loss: Comparison,
    },
    /// The learned weights are used.
    Learned(Box<Lesson>),
}

impl Learning {
    /// What was learned, if it is used.
    pub fn lesson(&self) -> Option<&Lesson> {
        match self {
            Self::Learned(lesson) => Some(lesson),
            _ => None,
        }
    }
}

/// Learns the weights of the reasons from the labelled communities, where there are enough of them and
/// cross-validation leaves no doubt that they forecast better so. The method is [`crate::learn`]'s.
///
/// Cost: that of scoring the labelled communities, at most 4000 of them, and some dozens of passes over them.
pub fn learn(
    graph: &EvidenceGraph<'_>,
    network: &Network,
    detection: &Detection,
    as_of: Timestamp,
) -> Learning {
    let strategy = graph.strategy();
    if !strategy.score.learn_from_labels {
        return Learning::NotAsked;
    }
    let mut cases = Cases::none(strategy);
    let all = communities(detection);
    let labels = &graph.links.merchants.label;
    let is_labelled = |node: &u32| labels[network.merchants()[*node as usize].index()].is_some();
    let known = |nodes: &[u32]| nodes.iter().filter(|node| is_labelled(node)).count();
    let is_case = |community: &&(usize, Vec<u32>)| known(&community.1) > 0;
    let mut labelled: Vec<(usize, Vec<u32>)> = all.iter().filter(is_case).cloned().collect();
    cases.are_most = 2 * labelled.len() >= all.len();
    labelled.sort_by_cached_key(|(_, nodes)| std::cmp::Reverse(known(nodes)));
    labelled.truncate(MAX_CASES);
    if labelled.is_empty() {
        return Learning::NotAsked;
    }
    let background = Background {
        market: &Market::new(graph, network, &all, as_of),
        sharing: &Sharing::new(graph, 1.0),
        refutations: &Refutations::default(),
        detail: Detail::Silent,
    };
    let rings = judge_all(graph, network, detection, &labelled, background, |_, _| {});
    cases.rows = rings.iter().map(|ring| case(ring, &cases)).collect();
    let (fraud_clusters, legit_clusters) = cases.count();
    if !cases.suffice() {
        return Learning::TooFew {
            fraud_clusters,
            legit_clusters,
        };
    }
    let before = Weights::of(&cases, strategy.score.prior);
    let log_loss = compare(&cross_validate(&cases, &before), log_loss);
    if log_loss.high >= 0.0 {
        return Learning::Doubtful {
            clusters: fraud_clusters + legit_clusters,
            log_loss,
        };
    }
    let learned = fit(&cases, &before, |_| true).rounded();
    let codes = cases.reasons.iter().map(|reason| reason.code.clone());
    let points: BTreeMap<String, f64> = codes.zip(learned.points).collect();
    Learning::Learned(Box::new(Lesson {
        strategy: strategy.with_weights(learned.prior, &points),
        fraud_clusters,
        legit_clusters,
        log_loss,
    }))
}

fn case(ring: &Ring, cases: &Cases) -> CaseRow {
    let applies = cases.reasons.iter().map(|reason| {
        let point = ring.points.iter().find(|point| point.code == reason.code);
        point.map_or(0.0, |point| {
            reason.applies(f64::from(point.hundredths) / 100.0)
        })
    });
    let (fraud, legit) = (ring.fraud_labels, ring.legit_labels);
    CaseRow::new(applies.collect(), fraud, fraud + legit)
}
