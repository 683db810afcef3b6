//! The Leiden algorithm (Traag, Waltman and van Eck 2019), deterministic and parallel.

use crate::model::narrow_u32;
use crate::strategy::Detect;

use super::aggregation::aggregate;
use super::level::{Level, renumber, split_disconnected};
use super::local_moving::{Communities, Moving, mix, visiting_order};
use super::quality::{Penalty, Terms};
use super::refinement::refine;
use super::scratch::Pool;

/// Labels (renumbered by smallest node) of connected communities in which no node can improve the
/// quality by moving. `start` are labels below the number of nodes.
pub(crate) fn leiden(
    level: &Level,
    terms: Terms,
    penalty: &Penalty,
    start: &[u32],
    config: &Detect,
    pool: &Pool,
) -> Vec<u32> {
    let moving = Moving {
        level,
        terms,
        penalty,
        seed: config.seed,
    };
    let (mut labels, n_labels) = renumber(start);
    // From single nodes the first half of the passes has a visiting order each, which gets out of local
    // optima. The other passes, and a warm start, have one order, so that a result started from
    // itself stays.
    let mut n_passes = 0;
    let is_cold = labels.len() == n_labels;
    while is_cold && n_passes < config.max_iterations / 2 {
        n_passes += 1;
        let seed = mix(config.seed ^ mix(!(n_passes as u64)));
        let next = iterate(Moving { seed, ..moving }, &labels, pool);
        if next == labels {
            break;
        }
        labels = next;
    }
    while n_passes < config.max_iterations {
        n_passes += 1;
        let next = iterate(moving, &labels, pool);
        let (parts, split) = split_disconnected(level, &next);
        // Local moving has just visited every node and moved none.
        if next == labels && !split {
            return labels;
        }
        labels = parts;
    }
    let (labels, _) = settle(moving, labels, pool);
    renumber(&labels).0
}

/// Communities like those of [`leiden`], from single nodes, after `max_iterations` passes at most that
/// have a visiting order each; they need not have come to rest.
pub(crate) fn rough(
    level: &Level,
    terms: Terms,
    penalty: &Penalty,
    config: &Detect,
    pool: &Pool,
) -> Vec<u32> {
    let mut labels: Vec<u32> = (0..narrow_u32(level.n_nodes())).collect();
    for pass in 1..=config.max_iterations {
        let seed = mix(config.seed ^ mix(!(pass as u64)));
        let moving = Moving {
            level,
            terms,
            penalty,
            seed,
        };
        let next = iterate(moving, &labels, pool);
        if next == labels {
            break;
        }
        labels = next;
    }
    let moving = Moving {
        level,
        terms,
        penalty,
        seed: config.seed,
    };
    settle(moving, labels, pool).0
}

/// Moves nodes and splits disconnected communities until neither changes anything; gives the labels and
/// their resolutions.
///
/// Each step improves the quality, or splits at no loss, so it ends. After the first round only nodes are
/// looked at whose community, or one beside it, has changed: for the others nothing has.
pub(crate) fn settle(moving: Moving, labels: Vec<u32>, pool: &Pool) -> (Vec<u32>, Penalty) {
    let level = moving.level;
    let mut penalty = moving.penalty.clone();
    let mut communities = Communities::new(level, labels);
    // What is left to mend is scattered, so that ranks in a row, which is how they lie in memory, do.
    let mut order: Vec<u32> = (0..narrow_u32(level.n_nodes())).collect();
    let mut is_suspect = vec![true; level.n_nodes()];
    loop {
        let resized = Moving {
            penalty: &penalty,
            ..moving
        }
        .run(&order, &mut communities, pool);
        let mut has_changed: Vec<bool> = resized.iter().map(|&batch| batch != 0).collect();
        for (suspect, &changed) in is_suspect.iter_mut().zip(&has_changed) {
            *suspect |= changed;
        }
        penalty.set_finest(communities.free());
        for (from, to) in communities.split(level, &is_suspect) {
            penalty.carry(from, to);
            has_changed[from as usize] = true;
            has_changed[to as usize] = true;
        }
        if !has_changed.contains(&true) {
            return (communities.labels, penalty);
        }
        order = beside(level, &communities.labels, &has_changed);
        is_suspect.fill(false);
    }
}

/// The nodes of some communities and their neighbours, ascending.
fn beside(level: &Level, labels: &[u32], is_meant: &[bool]) -> Vec<u32> {
    let mut is_beside = vec![false; labels.len()];
    for (node, _) in (labels.iter().enumerate()).filter(|(_, label)| is_meant[**label as usize]) {
        is_beside[node] = true;
        for (neighbor, _) in level.row(node) {
            is_beside[neighbor as usize] = true;
        }
    }
    let nodes = 0..narrow_u32(labels.len());
    nodes.filter(|&node| is_beside[node as usize]).collect()
}

/// Carries each label's resolution over to new labels that lie inside the old ones; labels without
/// nodes get the finest, so that a node set alone there draws no others in.
pub(crate) fn relabelled(penalty: &Penalty, old: &[u32], new: &[u32]) -> Penalty {
    match penalty {
        Penalty::Uniform(_) => penalty.clone(),
        Penalty::PerLabel(fixed) => {
            let finest = fixed.iter().copied().max().unwrap_or(0);
            let mut carried = vec![finest; fixed.len()];
            for (&old, &new) in old.iter().zip(new) {
                carried[new as usize] = fixed[old as usize];
            }
            Penalty::PerLabel(carried)
        }
    }
}

/// One pass: local moving, refinement and aggregation up to the level where nothing moves any more.
fn iterate(moving: Moving, labels: &[u32], pool: &Pool) -> Vec<u32> {
    let mut flat: Option<Vec<u32>> = None;
    let mut owned: Option<Level> = None;
    let mut labels = labels.to_vec();
    for depth in 0_u64.. {
        let level = owned.as_ref().unwrap_or(moving.level);
        let here = Moving {
            level,
            seed: mix(moving.seed ^ mix(depth)),
            ..moving
        };
        let order = visiting_order(level.n_nodes(), here.seed);
        let mut communities = Communities::new(level, labels);
        here.run(&order, &mut communities, pool);
        let (moved, n_labels) = renumber(&communities.labels);
        labels = moved;
        if n_labels == level.n_nodes() {
            break;
        }
        let (parts, n_parts) = renumber(&refine(here, &order, &labels, n_labels, pool));
        if n_parts == level.n_nodes() {
            break;
        }
        let next = aggregate(level, &parts, n_parts, pool);
        let mut next_labels = vec![0; n_parts];
        for (&part, &label) in parts.iter().zip(&labels) {
            next_labels[part as usize] = label;
        }
        labels = next_labels;
        flat = Some(project(flat, &parts));
        owned = Some(next);
    }
    renumber(&match flat {
        Some(flat) => flat.iter().map(|&part| labels[part as usize]).collect(),
        None => labels,
    })
    .0
}

/// The part of each original node, given its node on this level and that node's part.
fn project(flat: Option<Vec<u32>>, parts: &[u32]) -> Vec<u32> {
    match flat {
        Some(flat) => flat.iter().map(|&node| parts[node as usize]).collect(),
        None => parts.to_vec(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::level::{Level, tests::level_of};
    use super::super::quality::exact;
    use super::*;
    use crate::strategy::Objective;

    const FIXED: i64 = 3 << 18;

    fn terms() -> Terms {
        Terms::new(Objective::Cpm, 0)
    }

    fn arbitrary() -> impl Strategy<Value = (Level, Vec<u32>, u64)> {
        let edges = proptest::collection::vec((0..16_u32, 0..16_u32, 1..6_u8), 1..50);
        let labels = proptest::collection::vec(0..16_u32, 16);
        (edges, labels, any::<u64>()).prop_map(|(edges, labels, seed)| {
            let edges: Vec<_> = edges
                .into_iter()
                .map(|(a, b, bits)| (a, b, f64::from(bits) / 2.0))
                .collect();
            (level_of(16, &edges), labels, seed)
        })
    }

    proptest! {
        #[test]
        fn gain_is_quality_after_minus_before((level, labels, _) in arbitrary(), node in 0..16_usize, target in 0..16_u32) {
            let sums = |label: u32| {
                let others = (0..16).filter(|&v| v != node && labels[v] == label);
                let size: i64 = others.map(|v| level.sizes[v]).sum();
                let between: u64 = level
                    .row(node)
                    .filter(|&(v, _)| labels[v as usize] == label)
                    .map(|(_, weight)| weight)
                    .sum();
                terms().gain(between, FIXED, level.sizes[node], size)
            };
            let gain = sums(target) - sums(labels[node]);
            let mut moved = labels.clone();
            moved[node] = target;
            let before = exact(&level, &labels, terms(), FIXED);
            prop_assert_eq!(2 * gain, exact(&level, &moved, terms(), FIXED) - before);
        }

        #[test]
        fn aggregation_keeps_quality((level, labels, seed) in arbitrary()) {
            let penalty = Penalty::Uniform(FIXED);
            let moving = Moving { level: &level, terms: terms(), penalty: &penalty, seed };
            let pool = Pool::default();
            let (labels, n_labels) = renumber(&labels);
            let order = visiting_order(level.n_nodes(), seed);
            let (parts, n_parts) = renumber(&refine(moving, &order, &labels, n_labels, &pool));
            let next = aggregate(&level, &parts, n_parts, &pool);
            let mut next_labels = vec![0; n_parts];
            for (&part, &label) in parts.iter().zip(&labels) {
                next_labels[part as usize] = label;
            }
            prop_assert_eq!(
                exact(&level, &labels, terms(), FIXED),
                exact(&next, &next_labels, terms(), FIXED)
            );
        }

        #[test]
        fn refined_parts_are_connected_and_inside_their_community((level, labels, seed) in arbitrary()) {
            let penalty = Penalty::Uniform(FIXED);
            let moving = Moving { level: &level, terms: terms(), penalty: &penalty, seed };
            let (labels, n_labels) = renumber(&labels);
            let order = visiting_order(level.n_nodes(), seed);
            let parts = refine(moving, &order, &labels, n_labels, &Pool::default());
            prop_assert!(!split_disconnected(&level, &parts).1);
            for (node, &part) in parts.iter().enumerate() {
                prop_assert_eq!(labels[node], labels[part as usize]);
            }
        }

        #[test]
        fn a_pass_never_lowers_quality((level, labels, seed) in arbitrary()) {
            let penalty = Penalty::Uniform(FIXED);
            let moving = Moving { level: &level, terms: terms(), penalty: &penalty, seed };
            let next = iterate(moving, &renumber(&labels).0, &Pool::default());
            prop_assert!(
                exact(&level, &next, terms(), FIXED) >= exact(&level, &labels, terms(), FIXED)
            );
        }
    }
}
