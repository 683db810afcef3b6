//! Aggregation: the parts of a partition become the nodes of the next level.

use rayon::prelude::*;

use crate::model::narrow_u32;

use super::level::{Level, group};
use super::scratch::{Pool, Scratch};

/// Parts a worker takes at a time.
const CHUNK_PARTS: usize = 1 << 12;

/// The level whose nodes are the parts; `parts` are labels 0..`n_parts`. Weights between parts and
/// inside them add up exactly, so that quality is kept.
pub(crate) fn aggregate(level: &Level, parts: &[u32], n_parts: usize, pool: &Pool) -> Level {
    let (members, starts) = group(parts, n_parts);
    let part_ids: Vec<usize> = (0..n_parts).collect();
    let chunks: Vec<Rows> = part_ids
        .par_chunks(CHUNK_PARTS)
        .map(|chunk| {
            pool.with(n_parts, |scratch| {
                let mut rows = Rows::default();
                for &part in chunk {
                    let nodes = &members[starts[part]..starts[part + 1]];
                    rows.push(level, parts, nodes, narrow_u32(part), scratch);
                }
                rows
            })
        })
        .collect();

    let n_entries = chunks.iter().map(|rows| rows.neighbors.len()).sum();
    let mut next = Level {
        offsets: Vec::with_capacity(n_parts + 1),
        neighbors: Vec::with_capacity(n_entries),
        weights: Vec::with_capacity(n_entries),
        sizes: vec![0; n_parts],
        inner: Vec::with_capacity(n_parts),
    };
    next.offsets.push(0);
    for rows in chunks {
        let base = next.neighbors.len();
        next.offsets.extend(rows.ends.iter().map(|end| base + end));
        next.neighbors.extend_from_slice(&rows.neighbors);
        next.weights.extend_from_slice(&rows.weights);
        next.inner.extend_from_slice(&rows.inner);
    }
    for (node, &part) in parts.iter().enumerate() {
        next.sizes[part as usize] += level.sizes[node];
    }
    next
}

/// CSR rows of consecutive parts.
#[derive(Default)]
struct Rows {
    ends: Vec<usize>,
    neighbors: Vec<u32>,
    weights: Vec<u64>,
    inner: Vec<u64>,
}

impl Rows {
    fn push(
        &mut self,
        level: &Level,
        parts: &[u32],
        nodes: &[u32],
        part: u32,
        scratch: &mut Scratch,
    ) {
        let mut inner = 0;
        for &node in nodes {
            inner += level.inner[node as usize];
            for (neighbor, weight) in level.row(node as usize) {
                scratch.add(parts[neighbor as usize], weight);
            }
        }
        for &other in scratch.touched() {
            if other != part {
                self.neighbors.push(other);
                self.weights.push(scratch.sum(other));
            }
        }
        // Each inner edge was met from both its ends.
        self.inner.push(inner + scratch.sum(part) / 2);
        self.ends.push(self.neighbors.len());
        scratch.clear();
    }
}
