//! The merchant graph: who is tied to whom, and by how much, row by row.

use rayon::prelude::*;

use super::evidence::EvidenceGraph;
use super::network::Network;
use super::pair::{PairEvidence, Share};
use crate::model::{EntityIdx, MerchantIdx, narrow_u32};

/// Merchants handed to one task; independent of the thread count.
const MERCHANTS_PER_TASK: usize = 4096;
/// Bytes an undirected edge takes in a [`Network`]: neighbour and weight, in both rows.
const BYTES_PER_EDGE: usize = 16;

/// Projects the bipartite graph onto its merchants.
///
/// Row by row, two hops out and back, like a sparse product of the incidence matrix with its
/// transpose; the pairs of a hub are never written out. Two merchants have an edge when they share an
/// entity that expands (see [`EvidenceGraph::expands`]) or a direct tie; its weight is everything they
/// share, hubs included. Merchants without an edge are no nodes. Cost: O(sum of d² over expanding
/// entities, plus edges times links), memory one row a thread beside the result.
pub fn project(graph: &EvidenceGraph<'_>) -> Network {
    let expands: Vec<bool> = (0..graph.links.entities.len())
        .map(|at| graph.expands(EntityIdx::new(at)))
        .collect();
    let merchants: Vec<u32> = (0..narrow_u32(graph.links.merchants.len())).collect();
    let rows: Vec<Rows> = merchants
        .par_chunks(MERCHANTS_PER_TASK)
        .map_init(
            || Row::new(graph),
            |row, chunk| {
                let mut rows = Rows::default();
                for &merchant in chunk {
                    row.build(MerchantIdx(merchant), &expands, &mut rows);
                }
                rows
            },
        )
        .collect();
    join(&rows)
}

/// An upper bound of the memory that [`project`]'s result takes when entities with more than
/// `max_merchants` don't expand. Cost: O(entities).
pub fn max_projection_bytes(graph: &EvidenceGraph<'_>, max_merchants: usize) -> usize {
    let pairs: usize = (0..graph.links.entities.len())
        .map(EntityIdx::new)
        .filter(|&entity| graph.expands(entity))
        .map(|entity| graph.bipartite.degree(entity))
        .filter(|&degree| degree <= max_merchants)
        .map(|degree| degree * (degree - 1) / 2)
        .sum();
    (pairs + graph.links.relations.len()) * BYTES_PER_EDGE
}

/// Finished rows of consecutive merchants, neighbours still numbered as merchants.
#[derive(Default)]
struct Rows {
    merchants: Vec<MerchantIdx>,
    lengths: Vec<usize>,
    neighbors: Vec<u32>,
    weights: Vec<u32>,
}

/// What a task keeps from row to row.
struct Row<'g, 'a> {
    graph: &'g EvidenceGraph<'a>,
    pair: PairEvidence<'g>,
    /// Everything the row's merchant shares, with whom.
    shares: Vec<(u32, Share)>,
    /// Hubs of the row's merchant, ascending, with the positions of its links to them.
    hubs: Vec<(EntityIdx, u32)>,
    /// Merchants with whom it shares anything, ascending.
    others: Vec<u32>,
    one_pair: Vec<Share>,
}

impl<'g, 'a> Row<'g, 'a> {
    fn new(graph: &'g EvidenceGraph<'a>) -> Self {
        Self {
            graph,
            pair: PairEvidence::new(&graph.strategy().evidence),
            shares: Vec::new(),
            hubs: Vec::new(),
            others: Vec::new(),
            one_pair: Vec::new(),
        }
    }

    fn build(&mut self, merchant: MerchantIdx, expands: &[bool], rows: &mut Rows) {
        self.collect_shares(merchant, expands);
        if self.shares.is_empty() {
            return;
        }
        self.add_hubs();
        self.shares.sort_unstable_by_key(|(other, _)| *other);
        let before = rows.neighbors.len();
        for pair in self.shares.chunk_by(|a, b| a.0 == b.0) {
            let other = pair[0].0;
            self.one_pair.clear();
            self.one_pair.extend(pair.iter().map(|(_, share)| *share));
            let same_owner = self.graph.same_owner(merchant, MerchantIdx(other));
            let bits = self.pair.total(&mut self.one_pair, same_owner);
            if bits.units() > 0 {
                rows.neighbors.push(other);
                rows.weights
                    .push(u32::try_from(bits.units()).unwrap_or(u32::MAX));
            }
        }
        if rows.neighbors.len() > before {
            rows.merchants.push(merchant);
            rows.lengths.push(rows.neighbors.len() - before);
        }
    }

    /// Everything shared through expanding entities and direct ties; hubs are noted for later.
    fn collect_shares(&mut self, merchant: MerchantIdx, expands: &[bool]) {
        self.shares.clear();
        self.hubs.clear();
        let graph = self.graph;
        for (entity, at) in graph.bipartite.uses_of_merchant(merchant) {
            if !expands[entity.index()] {
                if graph.pair_bits[entity.index()] > 0.0 {
                    self.hubs.push((entity, at));
                }
                continue;
            }
            let link = &graph.bipartite.links()[at as usize];
            for other in graph.bipartite.links_of_entity(entity) {
                if other.merchant != merchant {
                    self.shares
                        .push((other.merchant.0, graph.share(link, other)));
                }
            }
        }
        for (other, relation) in graph.bipartite.relations_of_merchant(merchant) {
            self.shares.push((other.0, graph.relation_share(relation)));
        }
    }

    /// What the pairs found so far also share through hubs.
    fn add_hubs(&mut self) {
        if self.hubs.is_empty() {
            return;
        }
        let graph = self.graph;
        let links = graph.bipartite.links();
        self.others.clear();
        self.others
            .extend(self.shares.iter().map(|(other, _)| *other));
        self.others.sort_unstable();
        self.others.dedup();
        for &other in &self.others {
            for (entity, theirs) in graph.bipartite.uses_of_merchant(MerchantIdx(other)) {
                // Most of what others use is no hub of the merchant's: their links are not looked at.
                let found = self.hubs.binary_search_by_key(&entity, |(hub, _)| *hub);
                if let Ok(found) = found {
                    let mine = &links[self.hubs[found].1 as usize];
                    let share = graph.share(mine, &links[theirs as usize]);
                    self.shares.push((other, share));
                }
            }
        }
    }
}

/// One network from the rows of all tasks, with merchants renumbered to nodes.
fn join(rows: &[Rows]) -> Network {
    let merchants: Vec<MerchantIdx> = rows
        .iter()
        .flat_map(|r| r.merchants.iter().copied())
        .collect();
    let n_merchants = merchants.last().map_or(0, |last| last.index() + 1);
    let mut node_of = vec![u32::MAX; n_merchants];
    for (node, merchant) in merchants.iter().enumerate() {
        node_of[merchant.index()] = narrow_u32(node);
    }
    let mut offsets = Vec::with_capacity(merchants.len() + 1);
    offsets.push(0);
    let mut end = 0;
    for length in rows.iter().flat_map(|r| &r.lengths) {
        end += length;
        offsets.push(end);
    }
    let mut neighbors = Vec::with_capacity(end);
    let mut weights = Vec::with_capacity(end);
    for part in rows {
        neighbors.extend(part.neighbors.iter().map(|&other| node_of[other as usize]));
        weights.extend_from_slice(&part.weights);
    }
    Network::from_parts(offsets, neighbors, weights, merchants)
}
