//! Joining neighbouring communities that several of their members hold together.
//!
//! Two shifts of one crew are denser each than both together, so a description length tells them
//! apart. An honest bridge between two groups is one merchant; where three members on either side deal
//! with each other, and most of it with each other, the two are one.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use rayon::prelude::*;

use crate::model::narrow_u32;

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
/// sort of the edges across.
pub(crate) fn join(level: &Level, labels: &mut [u32]) {
    let mut across = Across::new(level, labels);
    let mut twos = across.twos_to_join(&across.crossings);
    let mut becomes: Vec<u32> = (0..).take(level.n_nodes()).collect();
    for _ in 1..MAX_ROUNDS {
        if twos.is_empty() {
            break;
        }
        for &(smaller, larger) in &twos {
            becomes[smaller as usize] = larger;
        }
        // For two communities that are what they were, the answer is what it was.
        let changed = across.merge(&twos, &becomes);
        twos = across.twos_to_join(&changed);
    }
    for &(smaller, larger) in &twos {
        becomes[smaller as usize] = larger;
    }
    for label in labels.iter_mut() {
        // The larger part of one round may be the smaller one of the next.
        while becomes[*label as usize] != *label {
            *label = becomes[*label as usize];
        }
    }
}

/// An edge between two communities, told from the one with the smaller label.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Crossing {
    labels: (u32, u32),
    ends: (u32, u32),
    units: u64,
}

/// Communities and the edges across.
struct Across {
    /// By label.
    masses: Vec<Mass>,
    /// Weight of the edges out of each label.
    outward: Vec<u64>,
    crossings: Vec<Crossing>,
}

impl Across {
    fn new(level: &Level, labels: &[u32]) -> Self {
        let crossings = crossings(level, labels);
        let mut outward = vec![0_u64; level.n_nodes()];
        for crossing in &crossings {
            outward[crossing.labels.0 as usize] += crossing.units;
            outward[crossing.labels.1 as usize] += crossing.units;
        }
        Self {
            masses: masses(level, labels, level.n_nodes()),
            outward,
            crossings,
        }
    }

    /// Pairs of labels (smaller community, larger one) to join, no label twice, among those that these
    /// crossings tie; all of two labels stand together.
    fn twos_to_join(&self, crossings: &[Crossing]) -> Vec<(u32, u32)> {
        let mut found: Vec<(f64, u32, u32)> = crossings
            .chunk_by(|a, b| a.labels == b.labels)
            .filter_map(|tie| {
                let (a, b) = tie[0].labels;
                let is_larger = self.mass(a).nodes > self.mass(b).nodes;
                let (smaller, larger) = if is_larger { (b, a) } else { (a, b) };
                let inner = self.mass(smaller);
                let across = across(tie);
                let outward = to_f64(self.outward[smaller as usize]);
                let is_one = holds_together(inner, self.mass(larger), across)
                    && across.weight >= MIN_OUTWARD_SHARE * outward
                    && has_ends(tie);
                is_one.then_some((across.weight / inner.weight, smaller, larger))
            })
            .collect();
        found.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then((a.1, a.2).cmp(&(b.1, b.2))));
        let mut taken = BTreeSet::new();
        found.retain(|&(_, smaller, larger)| {
            let is_free = !taken.contains(&smaller) && !taken.contains(&larger);
            if is_free {
                taken.extend([smaller, larger]);
            }
            is_free
        });
        let twos = found.into_iter();
        twos.map(|(_, smaller, larger)| (smaller, larger)).collect()
    }

    /// Makes each two one; the crossings of what they became, those of two labels together.
    fn merge(&mut self, twos: &[(u32, u32)], becomes: &[u32]) -> Vec<Crossing> {
        let changed: BTreeSet<u32> = twos.iter().map(|&(_, larger)| larger).collect();
        for &(smaller, larger) in twos {
            let smaller_mass = self.mass(smaller);
            self.masses[larger as usize].add(smaller_mass);
            self.outward[larger as usize] += self.outward[smaller as usize];
        }
        let Self {
            masses,
            outward,
            crossings,
        } = self;
        crossings.retain_mut(|crossing| {
            let (a, b) = crossing.labels;
            let (new_a, new_b) = (becomes[a as usize], becomes[b as usize]);
            if new_a == new_b {
                masses[new_a as usize].add_edge(to_f64(crossing.units));
                outward[new_a as usize] -= 2 * crossing.units;
                return false;
            }
            crossing.labels = (new_a, new_b);
            if new_a > new_b {
                crossing.labels = (new_b, new_a);
                crossing.ends = (crossing.ends.1, crossing.ends.0);
            }
            true
        });
        let is_changed = |crossing: &&Crossing| {
            changed.contains(&crossing.labels.0) || changed.contains(&crossing.labels.1)
        };
        let mut of_changed: Vec<Crossing> = crossings.iter().filter(is_changed).copied().collect();
        of_changed.sort_unstable();
        of_changed
    }

    fn mass(&self, label: u32) -> Mass {
        self.masses[label as usize]
    }
}

/// The edges between communities, those of two communities together.
fn crossings(level: &Level, labels: &[u32]) -> Vec<Crossing> {
    let mut crossings = level.find_edges(|(a, b, units)| {
        let (label_a, label_b) = (labels[a], labels[b]);
        let ends = (narrow_u32(a), narrow_u32(b));
        let (labels, ends) = match label_a.cmp(&label_b) {
            Ordering::Less => ((label_a, label_b), ends),
            Ordering::Equal => return None,
            Ordering::Greater => ((label_b, label_a), (ends.1, ends.0)),
        };
        Some(Crossing {
            labels,
            ends,
            units,
        })
    });
    crossings.par_sort_unstable();
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
    let mut ends: Vec<u32> = tie.iter().map(|crossing| crossing.ends.0).collect();
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

    /// Cliques of six, 0..6, 6..12 and so on, with the given edges between them, told apart: whether they
    /// become one.
    fn joined(n_cliques: u32, between: &[(u32, u32)], bits: f64) -> bool {
        let mut edges = Vec::new();
        for start in (0..n_cliques).map(|clique| 6 * clique) {
            for a in start..start + 6 {
                edges.extend((a + 1..start + 6).map(|b| (a, b, Bits::from_f64(4.0))));
            }
        }
        edges.extend(between.iter().map(|&(a, b)| (a, b, Bits::from_f64(bits))));
        let network = Network::from_edges(6 * n_cliques as usize, &edges);
        let components = Components::of(&network);
        let nodes = components.nodes(0);
        let level = Level::of_component(&network, nodes, &components, Objective::Cpm);
        let mut labels: Vec<u32> = nodes.iter().map(|&node| node / 6).collect();
        join(&level, &mut labels);
        labels.iter().all(|&label| label == labels[0])
    }

    #[test]
    fn many_hands_hold_two_groups_together() {
        assert!(joined(2, &[(0, 6), (1, 7), (2, 8)], 4.1));
    }

    #[test]
    fn a_third_and_a_fourth_group_join_what_two_became() {
        let chain = |n: u32| {
            (0..n).flat_map(|at| (0..3).map(move |hand| (6 * at + hand, 6 * at + 6 + hand)))
        };
        for n_cliques in 2..=5 {
            let between: Vec<_> = chain(n_cliques - 1).collect();
            assert!(joined(n_cliques, &between, 20.0), "{n_cliques} cliques");
        }
    }

    #[test]
    fn one_bridge_does_not_however_strong() {
        assert!(!joined(2, &[(0, 6), (0, 7), (0, 8), (0, 9)], 8.0));
        assert!(!joined(2, &[(0, 6), (1, 6), (2, 6), (3, 6)], 8.0));
        assert!(!joined(2, &[(0, 6), (1, 7)], 40.0));
    }

    #[test]
    fn weak_ties_do_not() {
        assert!(!joined(2, &[(0, 6), (1, 7), (2, 8)], 3.9));
    }
}
