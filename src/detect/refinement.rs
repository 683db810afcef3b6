//! Refinement: inside each community, nodes merge into well-connected parts.
//!
//! The paper draws a part at random among those that do not lower the quality; here the best is taken,
//! ties by smallest label, so that the result needs no random numbers.

use rayon::prelude::*;

use super::level::{Level, group};
use super::local_moving::Moving;
use super::scratch::{Pool, Scratch};

/// Communities a worker takes at a time.
const CHUNK_COMMUNITIES: usize = 1 << 10;

/// Refined labels of all nodes; a label is one of its part's nodes. Parts are connected and lie inside
/// one community. `order` is a visiting order of all nodes; `labels` are renumbered, `n_labels` of them.
pub(crate) fn refine(
    moving: Moving,
    order: &[u32],
    labels: &[u32],
    n_labels: usize,
    pool: &Pool,
) -> Vec<u32> {
    let n_nodes = moving.level.n_nodes();
    // Grouping the nodes in visiting order gives each community's nodes in that order.
    let ordered_labels: Vec<u32> = order.iter().map(|&v| labels[v as usize]).collect();
    let (positions, starts) = group(&ordered_labels, n_labels);
    let members: Vec<u32> = positions.iter().map(|&p| order[p as usize]).collect();

    let bounds: Vec<(usize, usize)> = starts.windows(2).map(|b| (b[0], b[1])).collect();
    let chunks: Vec<Vec<(u32, u32)>> = bounds
        .par_chunks(CHUNK_COMMUNITIES)
        .map(|chunk| {
            pool.with(n_nodes, |scratch| {
                scratch.reserve_refinement(n_nodes);
                let mut refined = Vec::new();
                for &(start, end) in chunk {
                    refine_one(moving, labels, &members[start..end], scratch);
                    let parts = members[start..end].iter();
                    refined.extend(parts.map(|&v| (v, scratch.refined[v as usize])));
                }
                refined
            })
        })
        .collect();
    let mut refined = vec![0; n_nodes];
    for (node, part) in chunks.into_iter().flatten() {
        refined[node as usize] = part;
    }
    refined
}

/// Refines one community, given its members in visiting order.
fn refine_one(moving: Moving, labels: &[u32], members: &[u32], scratch: &mut Scratch) {
    let level = moving.level;
    let total = start_alone(level, labels, members, scratch);
    if members.len() == 1 {
        return;
    }
    let penalty = moving.penalty.of(labels[members[0] as usize]);
    let well_connected = |scratch: &Scratch, part: u32| {
        let size = scratch.refined_size[part as usize];
        let cut = scratch.refined_cut[part as usize];
        moving.terms.gain(cut, penalty, size, total - size) >= 0
    };
    for &node in members {
        // Only nodes that are still alone may move, which keeps parts connected.
        if scratch.refined_count[node as usize] != 1
            || scratch.refined[node as usize] != node
            || !well_connected(scratch, node)
        {
            continue;
        }
        for (neighbor, weight) in level.row(node as usize) {
            if labels[neighbor as usize] == labels[node as usize] {
                scratch.add(scratch.refined[neighbor as usize], weight);
            }
        }
        let mut best: Option<(i128, u32)> = None;
        for &part in scratch.touched() {
            let size = scratch.refined_size[part as usize];
            let gain =
                moving
                    .terms
                    .gain(scratch.sum(part), penalty, level.sizes[node as usize], size);
            let better = best.is_none_or(|(most, at)| gain > most || (gain == most && part < at));
            if gain >= 0 && better && well_connected(scratch, part) {
                best = Some((gain, part));
            }
        }
        if let Some((_, part)) = best {
            join(level, node, part, scratch);
        }
        scratch.clear();
    }
}

/// Puts every member into a part of its own; the size of the whole community.
fn start_alone(level: &Level, labels: &[u32], members: &[u32], scratch: &mut Scratch) -> i64 {
    let mut total = 0;
    for &node in members {
        let at = node as usize;
        scratch.refined[at] = node;
        scratch.refined_size[at] = level.sizes[at];
        scratch.refined_count[at] = 1;
        scratch.refined_cut[at] = level
            .row(at)
            .filter(|&(neighbor, _)| labels[neighbor as usize] == labels[at])
            .map(|(_, weight)| weight)
            .sum();
        total += level.sizes[at];
    }
    total
}

/// Moves a lone node into a part.
fn join(level: &Level, node: u32, part: u32, scratch: &mut Scratch) {
    let (from, to) = (node as usize, part as usize);
    scratch.refined[from] = part;
    scratch.refined_count[from] = 0;
    scratch.refined_count[to] += 1;
    scratch.refined_size[to] += level.sizes[from];
    // Weight between the two was cut on both sides and is inside now.
    scratch.refined_cut[to] =
        scratch.refined_cut[to] + scratch.refined_cut[from] - 2 * scratch.sum(part);
}
