//! Fast local moving: nodes move to the community with the best gain until none can improve.
//!
//! Only nodes whose neighbourhood changed are looked at again (a queue). Large levels are worked in
//! batches: proposals are computed in parallel against a frozen partition, then committed in queue
//! order with the gain checked again. Batch bounds depend on the level only, not on threads.

use std::collections::VecDeque;

use rayon::prelude::*;

use crate::model::narrow_u32;

use super::level::Level;
use super::quality::{Penalty, Terms};
use super::scratch::{Pool, Scratch};

/// Levels below this many nodes are worked node by node: a batch would be mostly overhead.
const BATCHED_MIN_NODES: usize = 1 << 15;
/// Nodes in a batch: under an eighth of the smallest batched level, so that proposals stay fresh.
const BATCH_NODES: usize = 1 << 12;
/// Neighbouring nodes visited one after the other on a batched level.
const BLOCK_NODES: usize = 1 << 5;
/// Nodes a worker takes at a time.
const CHUNK_NODES: usize = 1 << 8;
/// Up to this many neighbours' labels are summed up in a list.
const FEW_NEIGHBORS: usize = 16;
/// Stands for "a community of its own".
const ALONE: u32 = u32::MAX;

/// Labels of nodes with the sizes of the communities they make.
#[derive(Clone, Debug)]
pub(crate) struct Communities {
    /// Label of each node, below the number of nodes.
    pub(crate) labels: Vec<u32>,
    size: Vec<i64>,
    count: Vec<u32>,
    /// Labels without nodes, the next to be used last.
    free: Vec<u32>,
}

impl Communities {
    /// From labels below the number of nodes.
    pub(crate) fn new(level: &Level, labels: Vec<u32>) -> Self {
        let n_nodes = level.n_nodes();
        let mut communities = Self {
            size: vec![0; n_nodes],
            count: vec![0; n_nodes],
            free: Vec::new(),
            labels,
        };
        for (node, &label) in communities.labels.iter().enumerate() {
            communities.size[label as usize] += level.sizes[node];
            communities.count[label as usize] += 1;
        }
        let count = &communities.count;
        communities.free = (0..narrow_u32(n_nodes))
            .rev()
            .filter(|&label| count[label as usize] == 0)
            .collect();
        communities
    }

    /// Moves a node to a label, or to a community of its own.
    fn relocate(&mut self, level: &Level, node: usize, target: u32) -> u32 {
        let target = if target == ALONE {
            self.free.pop().expect("fewer communities than nodes")
        } else {
            target
        };
        let own = std::mem::replace(&mut self.labels[node], target);
        for (label, sign) in [(own as usize, -1), (target as usize, 1)] {
            self.size[label] += sign * level.sizes[node];
        }
        self.count[target as usize] += 1;
        self.count[own as usize] -= 1;
        if self.count[own as usize] == 0 {
            self.free.push(own);
        }
        target
    }
}

/// What local moving needs beside the partition.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moving<'a> {
    /// The graph.
    pub(crate) level: &'a Level,
    /// The objective.
    pub(crate) terms: Terms,
    /// The resolution.
    pub(crate) penalty: &'a Penalty,
    /// Seeds the visiting order.
    pub(crate) seed: u64,
}

impl Moving<'_> {
    /// Moves nodes until the queue, at first all nodes in the order given, is empty; says how many moves
    /// there were. Every move improves the quality, so it ends.
    pub(crate) fn run(self, order: &[u32], communities: &mut Communities, pool: &Pool) -> usize {
        let n_nodes = self.level.n_nodes();
        let mut queue = Queue::new(order.to_vec());
        let batch_nodes = if n_nodes < BATCHED_MIN_NODES {
            1
        } else {
            BATCH_NODES
        };
        pool.with(n_nodes, |scratch| {
            let mut n_moves = 0;
            while let Some(first) = queue.pop() {
                if batch_nodes == 1 {
                    let target = self.best(communities, first, scratch);
                    n_moves += self.apply(communities, first, target, &mut queue);
                    continue;
                }
                let mut batch = vec![first];
                batch.extend(std::iter::from_fn(|| queue.pop()).take(batch_nodes - 1));
                let targets = self.propose(communities, &batch, pool);
                for (&node, &target) in batch.iter().zip(&targets) {
                    if target != communities.labels[node] {
                        let target = self.confirm(communities, node, target, scratch);
                        n_moves += self.apply(communities, node, target, &mut queue);
                    }
                }
            }
            n_moves
        })
    }

    /// The best target of each node of a batch against the partition as it stands.
    fn propose(self, communities: &Communities, batch: &[usize], pool: &Pool) -> Vec<u32> {
        let chunks: Vec<Vec<u32>> = batch
            .par_chunks(CHUNK_NODES)
            .map(|chunk| {
                pool.with(self.level.n_nodes(), |scratch| {
                    chunk
                        .iter()
                        .map(|&node| self.best(communities, node, scratch))
                        .collect()
                })
            })
            .collect();
        chunks.concat()
    }

    /// The proposal if it still improves the quality, else the best target now.
    fn confirm(
        self,
        communities: &Communities,
        node: usize,
        target: u32,
        scratch: &mut Scratch,
    ) -> u32 {
        if target != ALONE && communities.count[target as usize] > 0 {
            let own = communities.labels[node];
            let (mut to_own, mut to_target) = (0, 0);
            for (neighbor, weight) in self.level.row(node) {
                let label = communities.labels[neighbor as usize];
                if label == own {
                    to_own += weight;
                } else if label == target {
                    to_target += weight;
                }
            }
            let stay = self.value(communities, node, own, to_own);
            if self.value(communities, node, target, to_target) > stay.max(0) {
                return target;
            }
        }
        self.best(communities, node, scratch)
    }

    /// What belonging to a label is worth to a node that has weight `between` to its other nodes.
    #[inline]
    fn value(self, communities: &Communities, node: usize, label: u32, between: u64) -> i128 {
        let size = self.level.sizes[node];
        let mut others = communities.size[label as usize];
        if communities.labels[node] == label {
            others -= size;
        }
        self.terms
            .gain(between, self.penalty.of(label), size, others)
    }

    /// The label a node does best in: its own unless another is strictly better, then the smallest of
    /// the best, a community of its own last.
    fn best(self, communities: &Communities, node: usize, scratch: &mut Scratch) -> u32 {
        let labels = &communities.labels;
        let own = labels[node];
        let offsets = &self.level.offsets;
        if offsets[node + 1] - offsets[node] <= FEW_NEIGHBORS {
            // Few sums are found faster in a short list than all over a dense array.
            let mut ties = std::mem::take(&mut scratch.ties);
            for (neighbor, weight) in self.level.row(node) {
                let label = labels[neighbor as usize];
                match ties.iter_mut().find(|tie| tie.0 == label) {
                    Some((_, sum)) => *sum += weight,
                    None => ties.push((label, weight)),
                }
            }
            let to_own = ties.iter().find(|tie| tie.0 == own);
            let to_own = to_own.map_or(0, |tie| tie.1);
            let best = self.best_of(communities, node, to_own, ties.iter().copied());
            ties.clear();
            scratch.ties = ties;
            return best;
        }
        for (neighbor, weight) in self.level.row(node) {
            scratch.add(labels[neighbor as usize], weight);
        }
        let ties = scratch.touched().iter();
        let ties = ties.map(|&label| (label, scratch.sum(label)));
        let best = self.best_of(communities, node, scratch.sum(own), ties);
        scratch.clear();
        best
    }

    /// The same, given the node's weight to its own label and to each neighbouring one.
    #[inline]
    fn best_of(
        self,
        communities: &Communities,
        node: usize,
        to_own: u64,
        ties: impl Iterator<Item = (u32, u64)>,
    ) -> u32 {
        let own = communities.labels[node];
        let stay = self.value(communities, node, own, to_own);
        let (mut best_value, mut best) = if stay < 0 { (0, ALONE) } else { (stay, own) };
        for (label, between) in ties.filter(|tie| tie.0 != own) {
            let value = self.value(communities, node, label, between);
            if value > best_value || (value == best_value && best != own && label < best) {
                (best_value, best) = (value, label);
            }
        }
        best
    }

    /// Makes a move, if it is one, and queues the neighbours it may matter to.
    fn apply(
        self,
        communities: &mut Communities,
        node: usize,
        target: u32,
        queue: &mut Queue,
    ) -> usize {
        if target == communities.labels[node] {
            return 0;
        }
        let target = communities.relocate(self.level, node, target);
        for (neighbor, _) in self.level.row(node) {
            if communities.labels[neighbor as usize] != target {
                queue.push(neighbor as usize);
            }
        }
        1
    }
}

/// Nodes to look at, each at most once at a time.
struct Queue {
    nodes: VecDeque<u32>,
    waiting: Vec<bool>,
}

impl Queue {
    fn new(order: Vec<u32>) -> Self {
        Self {
            waiting: vec![true; order.len()],
            nodes: order.into(),
        }
    }

    fn pop(&mut self) -> Option<usize> {
        let node = self.nodes.pop_front()? as usize;
        self.waiting[node] = false;
        Some(node)
    }

    fn push(&mut self, node: usize) {
        if !std::mem::replace(&mut self.waiting[node], true) {
            self.nodes.push_back(narrow_u32(node));
        }
    }
}

/// Nodes in an order that looks random but depends on the seed and their ranks only; on large levels
/// some neighbouring ranks at a time, which share cache lines.
pub(crate) fn visiting_order(n_nodes: usize, seed: u64) -> Vec<u32> {
    let block_nodes = if n_nodes < BATCHED_MIN_NODES {
        1
    } else {
        BLOCK_NODES
    };
    let mut keyed: Vec<(u64, usize)> = (0..n_nodes.div_ceil(block_nodes))
        .map(|block| (mix(seed ^ mix(block as u64)), block))
        .collect();
    keyed.sort_unstable();
    let mut order = Vec::with_capacity(n_nodes);
    for (_, block) in keyed {
        let nodes = block * block_nodes..((block + 1) * block_nodes).min(n_nodes);
        order.extend(nodes.map(narrow_u32));
    }
    order
}

/// A fixed bijection on 64 bits that scatters neighbouring numbers (multiply, xor-shift).
pub(crate) fn mix(value: u64) -> u64 {
    let mut mixed = value.wrapping_add(0x9E37_79B9_7F4A_7C15);
    for (shift, factor) in [(30, 0xBF58_476D_1CE4_E5B9), (27, 0x94D0_49BB_1331_11EB)] {
        mixed = (mixed ^ (mixed >> shift)).wrapping_mul(factor);
    }
    mixed ^ (mixed >> 31)
}
