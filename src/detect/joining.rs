//! Joining neighbouring communities that several of their members hold together.
//!
//! Two shifts of one crew are denser each than both together, so a description length tells them
//! apart. An honest bridge between two groups is one merchant; where three members on either side deal
//! with each other, and most of it with each other, the two are one.

use super::level::Level;
use super::significance::{Mass, masses, to_f64};

/// Members on either side whose edges cross. With two, rings that an honest merchant's shops lie
/// between become one.
const MIN_ENDS: usize = 3;
/// At least this share of what leads out of the smaller one leads to the other.
const MIN_OUTWARD_SHARE: f64 = 0.3;
/// What crosses weighs at least this share of what is inside the smaller one.
const MIN_INNER_SHARE: f64 = 0.2;
/// Together they have at most this many nodes: a mesh of groups must not run together.
const MAX_NODES: f64 = 40.0;
/// Each round joins communities in twos; beyond these rounds `MAX_NODES` has long said no.
const MAX_ROUNDS: usize = 8;

/// Joins communities in twos, the most closely tied first, until none is left to join. Labels lie
/// below the number of nodes; a joined community has the label of its larger part. Cost: O(|E|) and a
/// sort of the edges across for each round.
pub(crate) fn join(level: &Level, labels: &mut [u32]) {
    for _ in 0..MAX_ROUNDS {
        let twos = twos_to_join(level, labels);
        if twos.is_empty() {
            return;
        }
        let mut becomes: Vec<u32> = (0..).take(level.n_nodes()).collect();
        for (smaller, larger) in twos {
            becomes[smaller as usize] = larger;
        }
        for label in labels.iter_mut() {
            *label = becomes[*label as usize];
        }
    }
}

/// An edge between two communities, told from the one with the smaller label.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Crossing {
    labels: (u32, u32),
    ends: (usize, usize),
    units: u64,
}

/// Pairs of labels (smaller community, larger one) to join, no label twice.
fn twos_to_join(level: &Level, labels: &[u32]) -> Vec<(u32, u32)> {
    let masses = masses(level, labels, level.n_nodes());
    let crossings = crossings(level, labels);
    let mut outward = vec![0_u64; level.n_nodes()];
    for crossing in &crossings {
        outward[crossing.labels.0 as usize] += crossing.units;
        outward[crossing.labels.1 as usize] += crossing.units;
    }
    let mut found: Vec<(f64, u32, u32)> = crossings
        .chunk_by(|a, b| a.labels == b.labels)
        .filter_map(|tie| {
            let (a, b) = tie[0].labels;
            let is_larger = masses[a as usize].nodes > masses[b as usize].nodes;
            let (smaller, larger) = if is_larger { (b, a) } else { (a, b) };
            let inner = masses[smaller as usize];
            let across = across(tie);
            let is_one = holds_together(inner, masses[larger as usize], across)
                && across.weight >= MIN_OUTWARD_SHARE * to_f64(outward[smaller as usize])
                && has_ends(tie);
            is_one.then_some((across.weight / inner.weight, smaller, larger))
        })
        .collect();
    found.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then((a.1, a.2).cmp(&(b.1, b.2))));
    let mut is_taken = vec![false; level.n_nodes()];
    found.retain(|&(_, smaller, larger)| {
        let is_free = !is_taken[smaller as usize] && !is_taken[larger as usize];
        if is_free {
            is_taken[smaller as usize] = true;
            is_taken[larger as usize] = true;
        }
        is_free
    });
    let twos = found.into_iter();
    twos.map(|(_, smaller, larger)| (smaller, larger)).collect()
}

/// The edges between communities, those of two communities together.
fn crossings(level: &Level, labels: &[u32]) -> Vec<Crossing> {
    let mut crossings: Vec<Crossing> = level
        .edges()
        .filter(|&(a, b, _)| labels[a] != labels[b])
        .map(|(a, b, units)| {
            let (a, b) = if labels[a] < labels[b] {
                (a, b)
            } else {
                (b, a)
            };
            Crossing {
                labels: (labels[a], labels[b]),
                ends: (a, b),
                units,
            }
        })
        .collect();
    crossings.sort_unstable();
    crossings
}

fn across(tie: &[Crossing]) -> Mass {
    let mut mass = Mass::default();
    for crossing in tie {
        mass.add_edge(to_f64(crossing.units));
    }
    mass
}

fn holds_together(smaller: Mass, larger: Mass, across: Mass) -> bool {
    let mut whole = smaller;
    whole.add(larger);
    whole.add(across);
    whole.nodes <= MAX_NODES
        && !whole.is_thin()
        && smaller.weight > 0.0
        && across.weight >= MIN_INNER_SHARE * smaller.weight
}

/// Whether several members on either side have a part in it.
fn has_ends(tie: &[Crossing]) -> bool {
    let mut ends: Vec<usize> = tie.iter().map(|crossing| crossing.ends.0).collect();
    ends.dedup();
    if ends.len() < MIN_ENDS {
        return false;
    }
    ends.clear();
    ends.extend(tie.iter().map(|crossing| crossing.ends.1));
    ends.sort_unstable();
    ends.dedup();
    ends.len() >= MIN_ENDS
}

#[cfg(test)]
mod tests {
    use super::super::components::Components;
    use super::{Level, join};
    use crate::graph::Network;
    use crate::model::Bits;
    use crate::strategy::Objective;

    /// Two cliques of six, 0..6 and 6..12, with the given edges between them, told apart.
    fn joined(between: &[(u32, u32)], bits: f64) -> bool {
        let mut edges = Vec::new();
        for a in 0..6 {
            for b in a + 1..6 {
                edges.push((a, b, Bits::from_f64(4.0)));
                edges.push((a + 6, b + 6, Bits::from_f64(4.0)));
            }
        }
        edges.extend(between.iter().map(|&(a, b)| (a, b, Bits::from_f64(bits))));
        let network = Network::from_edges(12, &edges);
        let components = Components::of(&network);
        let nodes = components.nodes(0);
        let level = Level::of_component(&network, nodes, &components, Objective::Cpm);
        let mut labels: Vec<u32> = nodes.iter().map(|&node| node / 6).collect();
        join(&level, &mut labels);
        labels.iter().all(|&label| label == labels[0])
    }

    #[test]
    fn many_hands_hold_two_groups_together() {
        assert!(joined(&[(0, 6), (1, 7), (2, 8)], 4.1));
    }

    #[test]
    fn one_bridge_does_not_however_strong() {
        assert!(!joined(&[(0, 6), (0, 7), (0, 8), (0, 9)], 8.0));
        assert!(!joined(&[(0, 6), (1, 6), (2, 6), (3, 6)], 8.0));
        assert!(!joined(&[(0, 6), (1, 7)], 40.0));
    }

    #[test]
    fn weak_ties_do_not() {
        assert!(!joined(&[(0, 6), (1, 7), (2, 8)], 3.9));
    }
}
