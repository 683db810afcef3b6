//! FRAUDAR-like peeling: the baseline that takes dense blocks out one after the other.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use ringfence::model::Bits;

use crate::baselines::Group;

/// Blocks taken out at most.
const MAX_BLOCKS: usize = 60;
/// Weights are kept as [`Bits`], so that the order of a sum changes nothing; a common factor does not either.
const SCALE: f64 = 64.0;

/// Dense blocks, the first found first. A block's score falls with its turn.
pub(crate) fn blocks(n_merchants: usize, values: &[Vec<u32>]) -> Vec<Group> {
    let mut graph = Graph::new(n_merchants, values);
    let mut groups = Vec::new();
    for turn in 0..MAX_BLOCKS {
        let members = graph.densest();
        if members.len() < 2 {
            break;
        }
        graph.take_out(&members);
        groups.push(Group {
            members,
            score: 1.0 / f64::from(u32::try_from(turn + 1).expect("few turns")),
        });
    }
    groups
}

/// Merchants first, then values; only links between nodes still in.
struct Graph {
    n_merchants: usize,
    links: Vec<Vec<u32>>,
    weights: Vec<u64>,
    gone: Vec<bool>,
}

impl Graph {
    fn new(n_merchants: usize, values: &[Vec<u32>]) -> Self {
        let mut links = vec![Vec::new(); n_merchants + values.len()];
        let mut weights = vec![0; n_merchants + values.len()];
        for (value, users) in (n_merchants..).zip(values) {
            let degree = f64::from(u32::try_from(users.len()).expect("below the cap"));
            weights[value] = u64::try_from(Bits::from_f64(SCALE / (degree + 5.0).ln()).units())
                .expect("a weight is positive");
            for user in users {
                let node = u32::try_from(value).expect("fewer nodes than 2^32");
                links[*user as usize].push(node);
                links[value].push(*user);
            }
        }
        let gone = links.iter().map(Vec::is_empty).collect();
        Self {
            n_merchants,
            links,
            weights,
            gone,
        }
    }

    /// The weight of the link between a node and its neighbour: its value's.
    fn weight(&self, a: usize, b: usize) -> u64 {
        self.weights[a.max(b)]
    }

    /// Takes away the node with the least weight until none is left; the merchants that were there when
    /// weight per node was largest.
    fn densest(&self) -> Vec<u32> {
        let mut gone = self.gone.clone();
        let mut inside: Vec<u64> = vec![0; gone.len()];
        let mut heap = BinaryHeap::new();
        let (mut total, mut count) = (0, 0);
        for node in (0..gone.len()).filter(|node| !self.gone[*node]) {
            let neighbours = self.links[node].iter().map(|other| *other as usize);
            let open = neighbours.filter(|other| !self.gone[*other]);
            inside[node] = open.map(|other| self.weight(node, other)).sum();
            heap.push(Reverse((inside[node], node)));
            total += inside[node];
            count += 1_u64;
        }
        total /= 2;
        let mut order = Vec::new();
        let (mut best, mut kept_from) = ((0, 1), 0);
        while let Some(Reverse((weight, node))) = heap.pop() {
            if gone[node] || weight != inside[node] {
                continue;
            }
            // total / count > best: cross-multiplied to stay exact.
            if u128::from(total) * u128::from(best.1) > u128::from(best.0) * u128::from(count) {
                best = (total, count);
                kept_from = order.len();
            }
            gone[node] = true;
            order.push(node);
            total -= inside[node];
            count -= 1;
            for other in self.links[node].iter().map(|other| *other as usize) {
                if !gone[other] {
                    inside[other] -= self.weight(node, other);
                    heap.push(Reverse((inside[other], other)));
                }
            }
        }
        let mut members: Vec<u32> = order[kept_from..]
            .iter()
            .filter(|node| **node < self.n_merchants)
            .map(|node| u32::try_from(*node).expect("a merchant's position"))
            .collect();
        members.sort_unstable();
        members
    }

    /// Takes a block's merchants away, and the values nobody is left on.
    fn take_out(&mut self, members: &[u32]) {
        for member in members {
            self.gone[*member as usize] = true;
        }
        for value in self.n_merchants..self.gone.len() {
            let users = self.links[value].iter();
            let left = users.filter(|user| !self.gone[**user as usize]).count();
            self.gone[value] = left < 2;
        }
    }
}
