//! From single nodes up through coarser and coarser resolutions, telling at each level which groups
//! are one community and which are better told as their parts.

use rayon::prelude::*;

use crate::model::narrow_u32;
use crate::strategy::Detect;

use super::aggregation::aggregate;
use super::islands;
use super::level::{Level, group};
use super::quality::Terms;
use super::scratch::Pool;
use super::significance::{Mass, bits_saved, pays, to_f64};

/// A part with no edge to its group this share as strong as its own typical one may be a stranger there.
const MIN_TIE_SHARE: f64 = 0.6;
/// It is one if, besides, those edges have less than this share of its inner weight: a strong pair
/// among twenty others is theirs by the number of its weak ties.
const MIN_TIES_SHARE: f64 = 0.15;
/// A part whose edges to its group weigh more than this many times its inner edges is a piece of the
/// group, however dense it is: a strong pair in a clique has one edge of its own and twenty to others.
const MAX_TIES_OF_INNER: f64 = 2.0;
/// Groups a worker weighs at a time at least.
const MIN_GROUPS_PER_TASK: usize = 1 << 8;

/// The communities told apart at the top of a tree.
pub(crate) struct Told {
    /// Part of each node: the smallest of the part's nodes.
    pub(crate) parts: Vec<u32>,
    /// Fixed-point resolution by part.
    pub(crate) resolution: Vec<i64>,
}

/// Goes up the tree from single nodes through the resolutions of a profile, from fine to coarse. Given
/// a `whole` resolution, asks in the end whether the component is one community, found at that.
pub(crate) fn climb(
    level: &Level,
    terms: Terms,
    profile: &[i64],
    whole: Option<i64>,
    config: &Detect,
    pool: &Pool,
) -> Told {
    let mut tree = Tree::alone(level, profile[0]);
    let mut owned: Option<Level> = None;
    for &fixed in profile {
        let coarse = owned.as_ref().unwrap_or(level);
        let n_nodes = coarse.n_nodes();
        let (labels, n_labels) = islands::communities(coarse, terms, fixed, config, pool);
        if n_labels == n_nodes {
            continue;
        }
        tree.join(&labels, n_labels, fixed);
        if n_labels == 1 {
            return tree.told();
        }
        owned = Some(aggregate(coarse, &labels, n_labels, pool));
    }
    if let Some(fixed) = whole {
        let n_groups = tree.groups.len();
        tree.join(&vec![0; n_groups], 1, fixed);
    }
    tree.told()
}

/// The groups of the level at hand, and the parts told apart so far.
struct Tree {
    /// What is inside each group.
    groups: Vec<Mass>,
    /// Edges between groups: two nodes and a weight.
    across: Vec<(u32, u32, u64)>,
    /// Group of each node.
    group: Vec<u32>,
    /// Part of each node, by name.
    part: Vec<u32>,
    /// Edges of each part, by name, to other parts of its group.
    ties: Vec<Ties>,
    /// Parts told apart, ascending; a part is named by its smallest node.
    parts: Vec<u32>,
    /// Group of each of `parts`.
    home: Vec<u32>,
    /// What is inside each part, by name.
    mass: Vec<Mass>,
    /// The part that each part, by name, has become a piece of; itself while it is told apart.
    parent: Vec<u32>,
    /// Fixed-point resolution of each part, by name.
    resolution: Vec<i64>,
}

impl Tree {
    fn alone(level: &Level, fixed: i64) -> Self {
        let n_nodes = level.n_nodes();
        let nodes: Vec<u32> = (0..narrow_u32(n_nodes)).collect();
        let alone = Mass {
            nodes: 1.0,
            ..Mass::default()
        };
        Self {
            groups: vec![alone; n_nodes],
            across: level.find_edges(|(a, b, weight)| Some((narrow_u32(a), narrow_u32(b), weight))),
            group: nodes.clone(),
            part: nodes.clone(),
            ties: vec![Ties::default(); n_nodes],
            parts: nodes.clone(),
            home: nodes.clone(),
            mass: vec![alone; n_nodes],
            parent: nodes,
            resolution: vec![fixed; n_nodes],
        }
    }

    /// Joins groups that have one label, and tells each new group, but for strangers in it, as one where
    /// that is shorter than telling its parts apart.
    fn join(&mut self, labels: &[u32], n_labels: usize, fixed: i64) {
        let mut n_joined = vec![0_u32; n_labels];
        for &label in labels {
            n_joined[label as usize] += 1;
        }
        self.regroup(labels, n_labels);
        let (members, starts) = group(&self.home, n_labels);
        let joined: Vec<Option<Joined>> = self
            .groups
            .par_iter()
            .zip(&n_joined)
            .zip(starts.par_windows(2))
            .with_min_len(MIN_GROUPS_PER_TASK)
            // A group that was one already has been judged.
            .map(|((whole, &n_joined), bounds)| {
                let members = &members[bounds[0]..bounds[1]];
                (n_joined > 1).then(|| self.as_one(*whole, members))?
            })
            .collect();
        for joined in joined.into_iter().flatten() {
            let name = joined.parts[0] as usize;
            for &part in &joined.parts {
                self.parent[part as usize] = joined.parts[0];
            }
            self.mass[name] = joined.mass;
            self.ties[name] = joined.ties;
            self.resolution[name] = fixed;
        }
        for part in &mut self.part {
            *part = self.parent[*part as usize];
        }
        let parent = &self.parent;
        let (parts, home) = self
            .parts
            .iter()
            .zip(&self.home)
            .filter(|&(&part, _)| parent[part as usize] == part)
            .unzip();
        (self.parts, self.home) = (parts, home);
    }

    /// Carries masses, edges and parts over to the groups that the labels make.
    fn regroup(&mut self, labels: &[u32], n_labels: usize) {
        let mut groups = vec![Mass::default(); n_labels];
        for (mass, &label) in self.groups.iter().zip(labels) {
            groups[label as usize].add(*mass);
        }
        for group in &mut self.group {
            *group = labels[*group as usize];
        }
        let Self {
            across,
            group,
            part,
            ties,
            ..
        } = self;
        across.retain(|&(a, b, weight)| {
            let (a, b) = (a as usize, b as usize);
            let is_inner = group[a] == group[b];
            if is_inner {
                let weight = to_f64(weight);
                groups[group[a] as usize].add_edge(weight);
                ties[part[a] as usize].add(weight);
                ties[part[b] as usize].add(weight);
            }
            !is_inner
        });
        self.groups = groups;
        for home in &mut self.home {
            *home = labels[*home as usize];
        }
    }

    /// What becomes one part of a group of two or more parts, if anything does; `members` are positions
    /// in `parts`. Strangers stay apart, and the others are judged without them; where parts that pay
    /// for telling them apart speak against one, the same is asked of what is left without those.
    fn as_one(&self, whole: Mass, members: &[u32]) -> Option<Joined> {
        let parts = members.iter().map(|&member| self.parts[member as usize]);
        let mut rest = Joined {
            parts: Vec::new(),
            mass: whole,
            ties: Ties::default(),
        };
        for part in parts {
            if self.ties[part as usize].are_weak_for(self.mass[part as usize]) {
                self.leave_out(part, &mut rest);
            } else {
                rest.parts.push(part);
            }
        }
        if self.is_one(&rest) {
            return Some(rest);
        }
        let all = std::mem::take(&mut rest.parts);
        let mass = rest.mass;
        for part in all {
            if self.is_independent(part) && pays(mass, self.mass[part as usize]) {
                self.leave_out(part, &mut rest);
            } else {
                rest.parts.push(part);
            }
        }
        self.is_one(&rest).then_some(rest)
    }

    /// Takes a part out of what is to be told as one.
    fn leave_out(&self, part: u32, rest: &mut Joined) {
        let ties = self.ties[part as usize];
        rest.mass.remove(self.mass[part as usize], ties.mass);
        rest.ties.add_all(ties);
    }

    /// Whether a part is more than a piece of its group.
    fn is_independent(&self, part: u32) -> bool {
        self.ties[part as usize].mass.weight <= MAX_TIES_OF_INNER * self.mass[part as usize].weight
    }

    /// Whether parts are better told as one.
    fn is_one(&self, whole: &Joined) -> bool {
        if whole.parts.len() < 2 || whole.mass.is_thin() {
            return false;
        }
        let independent = whole
            .parts
            .iter()
            .filter(|&&part| self.is_independent(part));
        let masses: Vec<Mass> = independent.map(|&part| self.mass[part as usize]).collect();
        bits_saved(whole.mass, &masses) <= 0.0
    }

    fn told(self) -> Told {
        Told {
            parts: self.part,
            resolution: self.resolution,
        }
    }
}

/// Parts that are told as one.
struct Joined {
    /// Their names, ascending.
    parts: Vec<u32>,
    /// What is inside.
    mass: Mass,
    /// Their edges to strangers in the group.
    ties: Ties,
}

/// Edges between a part and the rest of its group.
#[derive(Clone, Copy, Default)]
struct Ties {
    /// All of them; its nodes stay zero.
    mass: Mass,
    /// The greatest weight.
    strongest: f64,
}

impl Ties {
    fn add(&mut self, weight: f64) {
        self.mass.add_edge(weight);
        self.strongest = self.strongest.max(weight);
    }

    fn add_all(&mut self, other: Self) {
        self.mass.add(other.mass);
        self.strongest = self.strongest.max(other.strongest);
    }

    /// Whether a part is a stranger in its group: not one of the edges that hold it there is like its
    /// own, nor are they many.
    fn are_weak_for(self, part: Mass) -> bool {
        self.strongest < MIN_TIE_SHARE * part.typical_weight()
            && self.mass.weight < MIN_TIES_SHARE * part.weight
    }
}
