//! The resolution chooses itself, community by community.
//!
//! A geometric profile of resolutions is run from fine to coarse, each level on the communities of the
//! one before, which gives a tree. Going up the tree, a group is told as one community unless telling
//! its parts apart makes the description shorter (`significance.rs`). All of it looks at nothing
//! outside the group, so a component's answer does not depend on other components.
//!
//! With a warm start the answer is then weighed against the previous communities, region by region
//! (`warm_start.rs`).

use crate::strategy::{Detect, Objective};

use super::Answer;
use super::climb::{Told, climb};
use super::fringe;
use super::joining;
use super::leiden::{relabelled, settle};
use super::level::{Level, renumber};
use super::local_moving::Moving;
use super::quality::{Penalty, Terms};
use super::scratch::Pool;
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
    let is_large = n_nodes > LARGE_NODES;
    let config = Detect {
        max_iterations: if is_large {
            PASSES_PER_LEVEL_LARGE
        } else {
            PASSES_PER_LEVEL
        },
        ..config.clone()
    };
    let last = *profile.last().expect("a profile has levels");
    let whole = (!is_large).then_some((last / 2).max(1));
    let told = climb(level, terms, &profile, whole, &config, pool);
    let found = finish(level, terms, told, config.seed, pool);
    match previous {
        Some(previous) => warm_start::arbitrate(level, previous, found),
        None => found,
    }
}

/// Lets single nodes move at their communities' resolutions, then hangs the fringe on and joins what
/// many hands hold together.
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
    joining::join(level, &mut labels);
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
    let mut fixed = typical(level);
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

/// The weight that a random unit of weight finds on its edge, as a fixed-point resolution.
fn typical(level: &Level) -> i64 {
    let (mut weight, mut squares) = (0_u128, 0_u128);
    for &units in &level.weights {
        weight += u128::from(units);
        squares += u128::from(units) * u128::from(units);
    }
    let typical = i64::try_from(squares / weight.max(1)).unwrap_or(i64::MAX >> 10);
    // Weights are in 2^-10 bit, resolutions in 2^-20 bit.
    typical.saturating_mul(1 << 10).max(1)
}
