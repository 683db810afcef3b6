//! Fast local moving: nodes move to the community with the best gain until none can improve.
//!
//! Only nodes whose neighbourhood changed are looked at again (a queue). Large levels are worked in
//! batches: proposals are computed in parallel against a frozen partition, then committed in queue
//! order with the gain checked again. Batch bounds depend on the level only, not on threads.

use std::collections::VecDeque;

use rayon::prelude::*;

use crate::model::{self, GAMMA, narrow_u32};

use super::level::{Level, each_piece};
use super::quality::{Penalty, Terms};
use super::scratch::{Pool, Scratch};

/// Levels below this many nodes are worked node by node: a batch would be mostly overhead.
const BATCHED_MIN_NODES: usize = 1 << 15;
/// Nodes in a batch: at most an eighth of the smallest batched level, so that proposals stay fresh.
const BATCH_NODES: usize = 1 << 12;
/// Nodes a worker takes at a time.
const CHUNK_NODES: usize = 1 << 8;
/// Nodes whose rows are touched before the first is looked at, so that the waits for memory overlap.
const NODES_AT_ONCE: usize = 16;
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

    /// Labels without nodes.
    pub(crate) fn free(&self) -> &[u32] {
        &self.free
    }

    /// Splits those of the suspects whose nodes do not hang together; each part but the one with the
    /// smallest node gets a label of its own. The label of every split and of the part it gave, ascending
    /// by the part's smallest node.
    pub(crate) fn split(&mut self, level: &Level, is_suspect: &[bool]) -> Vec<(u32, u32)> {
        let mut parts: Vec<Vec<usize>> = Vec::new();
        let is_meant = |label: u32| is_suspect[label as usize];
        each_piece(level, &self.labels, is_meant, |nodes, is_further| {
            if is_further {
                parts.push(nodes.to_vec());
            }
        });
        let mut split_off = |part: &Vec<usize>| {
            let label = self.labels[part[0]];
            let mut own = ALONE;
            for &node in part {
                own = self.relocate(level, node, own);
            }
            (label, own)
        };
        parts.iter().map(&mut split_off).collect()
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
    /// Moves nodes until the queue, at first those in the order given, is empty. Every move improves the
    /// quality, so it ends. For each label the batch, from 1, in which it was joined or left last; zero for
    /// one that nothing happened to.
    pub(crate) fn run(self, order: &[u32], communities: &mut Communities, pool: &Pool) -> Vec<u32> {
        let n_nodes = self.level.n_nodes();
        let mut queue = Queue::new(n_nodes, order.to_vec());
        let batch_nodes = if n_nodes < BATCHED_MIN_NODES {
            1
        } else {
            BATCH_NODES
        };
        pool.with(n_nodes, |scratch| {
            while let Some(first) = queue.pop() {
                if batch_nodes == 1 {
                    let target = self.best(communities, first, scratch);
                    self.apply(communities, first, target, &mut queue);
                    continue;
                }
                queue.batch += 1;
                let mut batch = vec![first];
                batch.extend(std::iter::from_fn(|| queue.pop()).take(batch_nodes - 1));
                let targets = self.propose(communities, &batch, pool);
                for (&node, &target) in batch.iter().zip(&targets) {
                    let own = communities.labels[node];
                    if target == own {
                        continue;
                    }
                    let target = if queue.is_fresh(node, own, target) {
                        target
                    } else {
                        self.confirm(communities, node, target, scratch)
                    };
                    self.apply(communities, node, target, &mut queue);
                }
            }
        });
        queue.resized
    }

    /// The best target of each node of a batch against the partition as it stands.
    fn propose(self, communities: &Communities, batch: &[usize], pool: &Pool) -> Vec<u32> {
        let chunks: Vec<Vec<u32>> = batch
            .par_chunks(CHUNK_NODES)
            .map(|chunk| {
                pool.with(self.level.n_nodes(), |scratch| {
                    let mut targets = Vec::with_capacity(chunk.len());
                    for nodes in chunk.chunks(NODES_AT_ONCE) {
                        self.level.touch(nodes);
                        let best = nodes
                            .iter()
                            .map(|&node| self.best(communities, node, scratch));
                        targets.extend(best);
                    }
                    targets
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
    fn apply(self, communities: &mut Communities, node: usize, target: u32, queue: &mut Queue) {
        let own = communities.labels[node];
        if target == own {
            return;
        }
        let target = communities.relocate(self.level, node, target);
        queue.resized[own as usize] = queue.batch;
        queue.resized[target as usize] = queue.batch;
        for (neighbor, _) in self.level.row(node) {
            let may_move = || communities.labels[neighbor as usize] != target;
            queue.note_move_beside(neighbor as usize, may_move);
        }
    }
}

/// Nodes to look at, each at most once at a time, and what happened in the batch at hand.
struct Queue {
    nodes: VecDeque<u32>,
    /// Twice the batch in which a neighbour of each node moved last, plus one for a node that waits.
    marks: Vec<u32>,
    /// The batch in which each label was joined or left last; zero for never.
    resized: Vec<u32>,
    /// Counts from 1.
    batch: u32,
}

impl Queue {
    fn new(n_nodes: usize, order: Vec<u32>) -> Self {
        let mut marks = vec![0; n_nodes];
        for &node in &order {
            marks[node as usize] = 1;
        }
        Self {
            nodes: order.into(),
            marks,
            resized: vec![0; n_nodes],
            batch: 1,
        }
    }

    fn pop(&mut self) -> Option<usize> {
        let node = self.nodes.pop_front()? as usize;
        self.marks[node] &= !1;
        Some(node)
    }

    /// Remembers that a neighbour of the node moved; queues it if, besides, it may move.
    fn note_move_beside(&mut self, node: usize, may_move: impl FnOnce() -> bool) {
        let waits = self.marks[node] & 1;
        let joins = waits == 0 && may_move();
        self.marks[node] = 2 * self.batch + (waits | u32::from(joins));
        if joins {
            self.nodes.push_back(narrow_u32(node));
        }
    }

    /// Whether a proposal made before the batch at hand is as good as it was: neither has a neighbour moved,
    /// nor has one of the two communities grown or shrunk.
    fn is_fresh(&self, node: usize, own: u32, target: u32) -> bool {
        self.marks[node] / 2 != self.batch
            && self.resized[own as usize] != self.batch
            && (target == ALONE || self.resized[target as usize] != self.batch)
    }
}

/// Nodes in an order that looks random but depends on the seed and their ranks only.
pub(crate) fn visiting_order(n_nodes: usize, seed: u64) -> Vec<u32> {
    let mut keyed: Vec<(u64, u32)> = (0..narrow_u32(n_nodes))
        .map(|node| (mix(seed ^ mix(u64::from(node))), node))
        .collect();
    keyed.par_sort_unstable();
    keyed.into_iter().map(|(_, node)| node).collect()
}

/// A fixed bijection on 64 bits that scatters neighbouring numbers.
pub(crate) fn mix(value: u64) -> u64 {
    model::mix(value.wrapping_add(GAMMA))
}
