//! The resolution chooses itself, community by community.
//!
//! A geometric profile of resolutions is run from fine to coarse, each level on the communities of the
//! one before, which gives a tree. Going up the tree, a group is told as one community unless telling
//! its parts apart makes the description shorter (`significance.rs`). All of it looks at nothing
//! outside the group, so a component's answer does not depend on other components.
//!
//! With a warm start the answer is then weighed against the previous communities, region by region
//! (`warm_start.rs`).

use rayon::prelude::*;

use crate::model::narrow_u32;
use crate::strategy::{Detect, Objective};

use super::Answer;
use super::aggregation::aggregate;
use super::fringe;
use super::leiden::{leiden, relabelled, settle};
use super::level::{Level, group, renumber};
use super::local_moving::Moving;
use super::quality::{Penalty, Terms};
use super::scratch::Pool;
use super::significance::{Mass, bits_saved, masses};
use super::warm_start;

/// Components above this many nodes get the short profile.
const LARGE_NODES: usize = 1 << 15;
/// Levels of a profile, and the factor between them.
const PROFILE: (usize, i64) = (16, 2);
/// The same for large components: fewer and further apart, to bound the cost.
const PROFILE_LARGE: (usize, i64) = (10, 2);
/// Passes of Leiden on each level of the profile: the next level and the final settling mend the rest.
const PASSES_PER_LEVEL: usize = 2;
/// The same for large components.
const PASSES_PER_LEVEL_LARGE: usize = 1;
/// Components up to this many nodes are too small to be anything but one community.
const WHOLE_MAX_NODES: usize = 3;
/// Groups a worker weighs at a time at least.
const MIN_GROUPS_PER_TASK: usize = 1 << 10;

/// Communities of one component at resolutions of their own.
pub(crate) fn choose(
    level: &Level,
    previous: Option<&[Option<u32>]>,
    config: &Detect,
    pool: &Pool,
) -> Answer {
    let n_nodes = level.n_nodes();
    let profile = profile(level);
    if n_nodes <= WHOLE_MAX_NODES {
        return Answer {
            labels: vec![0; n_nodes],
            resolution: vec![*profile.last().expect("a profile has levels")],
        };
    }
    let terms = Terms::new(Objective::Cpm, 0);
    let told = climb(level, terms, &profile, config, pool);
    let found = finish(level, terms, told, config.seed, pool);
    match previous {
        Some(previous) => warm_start::arbitrate(level, previous, found),
        None => found,
    }
}

/// Goes up the tree from single nodes, from fine to coarse.
fn climb(level: &Level, terms: Terms, profile: &[i64], config: &Detect, pool: &Pool) -> Told {
    let n_nodes = level.n_nodes();
    let config = Detect {
        max_iterations: if n_nodes > LARGE_NODES {
            PASSES_PER_LEVEL_LARGE
        } else {
            PASSES_PER_LEVEL
        },
        ..config.clone()
    };
    let mut told = Told::alone(n_nodes, profile[0]);
    let mut groups: Vec<u32> = (0..narrow_u32(n_nodes)).collect();
    let mut owned: Option<Level> = None;
    for &fixed in profile {
        let coarse = owned.as_ref().unwrap_or(level);
        let penalty = Penalty::Uniform(fixed);
        let start: Vec<u32> = (0..narrow_u32(coarse.n_nodes())).collect();
        let labels = leiden(coarse, terms, &penalty, &start, &config, pool);
        let n_labels = renumber(&labels).1;
        if n_labels == coarse.n_nodes() {
            continue;
        }
        owned = Some(aggregate(coarse, &labels, n_labels, pool));
        for node in &mut groups {
            *node = labels[*node as usize];
        }
        told.consider(level, &groups, n_labels, fixed);
        if n_labels == 1 {
            return told;
        }
    }
    if n_nodes <= LARGE_NODES {
        let last = *profile.last().expect("a profile has levels");
        told.consider(level, &vec![0; n_nodes], 1, (last / 2).max(1));
    }
    told
}

/// Lets single nodes move at their communities' resolutions, then hangs the fringe on.
fn finish(level: &Level, terms: Terms, told: Told, seed: u64, pool: &Pool) -> Answer {
    let parts = renumber(&told.parts).0;
    let penalty = relabelled(&Penalty::PerLabel(told.resolution), &told.parts, &parts);
    let moving = Moving {
        level,
        terms,
        penalty: &penalty,
        seed,
    };
    let (mut labels, penalty) = settle(moving, parts, pool);
    fringe::attach(level, &mut labels);
    let (renumbered, n_labels) = renumber(&labels);
    let mut resolution = vec![0; n_labels];
    for (&label, &new) in labels.iter().zip(&renumbered) {
        resolution[new as usize] = penalty.of(label);
    }
    Answer {
        labels: renumbered,
        resolution,
    }
}

/// Fixed-point resolutions from the typical edge weight downwards, each at least one unit.
fn profile(level: &Level) -> Vec<i64> {
    let (n_levels, factor) = if level.n_nodes() > LARGE_NODES {
        PROFILE_LARGE
    } else {
        PROFILE
    };
    let (mut weight, mut squares) = (0_u128, 0_u128);
    for &units in &level.weights {
        weight += u128::from(units);
        squares += u128::from(units) * u128::from(units);
    }
    let typical = i64::try_from(squares / weight.max(1)).unwrap_or(i64::MAX >> 10);
    // Weights are in 2^-10 bit, resolutions in 2^-20 bit.
    let mut fixed = typical.saturating_mul(1 << 10).max(1);
    let mut profile = Vec::new();
    for _ in 0..n_levels {
        profile.push(fixed);
        if fixed == 1 {
            break;
        }
        fixed = (fixed / factor).max(1);
    }
    profile
}

/// The communities told apart so far, going up the tree.
struct Told {
    /// Part of each node: labels below the number of nodes.
    parts: Vec<u32>,
    /// Fixed-point resolution by part.
    resolution: Vec<i64>,
}

impl Told {
    fn alone(n_nodes: usize, fixed: i64) -> Self {
        Self {
            parts: (0..narrow_u32(n_nodes)).collect(),
            resolution: vec![fixed; n_nodes],
        }
    }

    /// Tells each group as one where that is shorter than telling its parts apart. Parts lie inside
    /// groups, which are labels 0..`n_groups`.
    fn consider(&mut self, level: &Level, groups: &[u32], n_groups: usize, fixed: i64) {
        let (whole, part) = rayon::join(
            || masses(level, groups, n_groups),
            || masses(level, &self.parts, level.n_nodes()),
        );
        let (members, starts) = group(groups, n_groups);
        let merged: Vec<Option<u32>> = whole
            .par_iter()
            .zip(starts.par_windows(2))
            .with_min_len(MIN_GROUPS_PER_TASK)
            .map(|(whole, bounds)| self.as_one(*whole, &part, &members[bounds[0]..bounds[1]]))
            .collect();
        for (merged, bounds) in merged.iter().zip(starts.windows(2)) {
            if let Some(one) = *merged {
                for &node in &members[bounds[0]..bounds[1]] {
                    self.parts[node as usize] = one;
                }
                self.resolution[one as usize] = fixed;
            }
        }
    }

    /// The part that a group becomes when it is told as one; `None` when its parts are told apart, or
    /// when it is one already: then it keeps the resolution it was first found at.
    fn as_one(&self, whole: Mass, part: &[Mass], members: &[u32]) -> Option<u32> {
        let mut parts: Vec<u32> = members.iter().map(|&v| self.parts[v as usize]).collect();
        parts.sort_unstable();
        parts.dedup();
        if parts.len() == 1 || whole.is_thin() {
            return None;
        }
        let masses: Vec<Mass> = parts.iter().map(|&p| part[p as usize]).collect();
        (bits_saved(whole, &masses) <= 0.0).then_some(parts[0])
    }
}
