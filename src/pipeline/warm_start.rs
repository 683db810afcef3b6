//! Where detection starts: the previous run's clusters, but for those that an exception may have drawn.

use rayon::prelude::*;

use super::merchant_of;
use super::rulings::entity_of;
use crate::graph::{EvidenceGraph, Network};
use crate::model::{EntityIdx, NodeIdx};
use crate::run::PreviousRun;

/// The previous run's cluster of each node, as any number; `None` without a previous run.
///
/// A cluster with a merchant on a value whose exception has ended is forgotten, and its members start
/// alone, as new merchants do: the previous run had to look away from what they share, so what it found is
/// no reason to keep them apart.
pub(super) fn warm_start(
    network: &Network,
    graph: &EvidenceGraph<'_>,
    previous: Option<&PreviousRun>,
) -> Option<Vec<Option<u32>>> {
    let previous = previous.filter(|_| graph.strategy().detect.warm_start)?;
    let ids = &graph.links.merchants.id;
    let nodes: Vec<Option<NodeIdx>> = (0..previous.merchant_ids.len())
        .into_par_iter()
        .map(|at| merchant_of(ids, previous.merchant_ids.get(at)))
        .map(|merchant| network.node_of(merchant?))
        .collect();
    let mut labels = vec![None; network.n_nodes()];
    for (node, &cluster) in nodes.iter().zip(&previous.cluster_of) {
        if let Some(node) = node {
            labels[node.index()] = Some(cluster);
        }
    }
    forget(&mut labels, network, graph, previous);
    Some(labels)
}

/// Takes their label from all nodes of a cluster with a merchant on a value that is evidence again.
fn forget(
    labels: &mut [Option<u32>],
    network: &Network,
    graph: &EvidenceGraph<'_>,
    previous: &PreviousRun,
) {
    let mut is_forgotten = vec![false; previous.cluster_ids.len()];
    for value in evidence_again(graph, previous) {
        for link in graph.bipartite.links_of_entity(value) {
            let node = network.node_of(link.merchant);
            if let Some(cluster) = node.and_then(|node| labels[node.index()]) {
                is_forgotten[cluster as usize] = true;
            }
        }
    }
    for label in labels {
        label.take_if(|cluster| is_forgotten[*cluster as usize]);
    }
}

/// Values that the previous run left out for an exception and that no exception names any more.
fn evidence_again(
    graph: &EvidenceGraph<'_>,
    previous: &PreviousRun,
) -> impl Iterator<Item = EntityIdx> {
    let (links, strategy) = (graph.links, graph.strategy());
    let excepted = previous.excepted.iter();
    excepted
        .filter_map(move |row| entity_of(links, strategy, &row.entity_type, &row.entity))
        .filter(|value| !links.entities.allowed[value.index()])
}
