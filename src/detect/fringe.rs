//! Hanging single nodes on the community they belong to.
//!
//! A node that shares one thing with one member of a dense ring lowers the ring's density, so CPM
//! leaves it alone at the resolution of the ring. It is still that ring's fringe, and no one else's.

use super::level::Level;
use super::significance::{masses, to_f64};

/// A tie at least this share as strong as the community's typical edge can hang a node on it.
const MIN_TIE_SHARE: f64 = 0.25;

/// Moves each lone node into the neighbouring community (of two or more) that holds at least half of
/// its weight with a tie that is not weak for that community. All decisions are taken on the partition
/// as it is, so that a chain of lone nodes is not reeled in.
pub(crate) fn attach(level: &Level, labels: &mut [u32]) {
    let n_nodes = level.n_nodes();
    let masses = masses(level, labels, n_nodes);
    let is_lone = |label: u32| masses[label as usize].nodes < 2.0;
    let mut moves = Vec::new();
    for node in (0..n_nodes).filter(|&node| is_lone(labels[node])) {
        let strength: u64 = level.row(node).map(|(_, weight)| weight).sum();
        let mut ties: Vec<(u32, u64)> = level
            .row(node)
            .map(|(neighbor, weight)| (labels[neighbor as usize], weight))
            .filter(|&(label, _)| !is_lone(label))
            .collect();
        ties.sort_unstable();
        let best = ties
            .chunk_by(|a, b| a.0 == b.0)
            .map(|tie| (tie.iter().map(|&(_, w)| w).sum::<u64>(), tie[0].0))
            .max_by_key(|&(weight, label)| (weight, std::cmp::Reverse(label)));
        if let Some((tie, label)) = best {
            let typical = masses[label as usize].typical_weight();
            if 2 * tie >= strength && to_f64(tie) >= MIN_TIE_SHARE * typical {
                moves.push((node, label));
            }
        }
    }
    for (node, label) in moves {
        labels[node] = label;
    }
}
