//! Starting from the previous run's communities.

use rustc_hash::FxHashMap;

use crate::model::narrow_u32;

use super::Answer;
use super::level::{Level, group, renumber, split_disconnected};
use super::significance::{Mass, bits_saved, masses};

/// New communities take the place of previous ones when they tell the edges at least this many bits
/// shorter: odds of a thousand to one.
const SWITCH_BITS: f64 = 10.0;
/// And this many more for each node of the region: in a large thin mesh two divisions of no
/// significance differ by chance, the more the larger it is.
const SWITCH_BITS_PER_NODE: f64 = 0.25;
/// Previous communities found as one become one when pairs across are tied at least this share as densely
/// as pairs inside. A clique in two halves costs too few bits to show by the description length.
const SAME_DENSITY: f64 = 0.5;

/// Labels to start from: those of the previous run, nodes without one alone, and a community whose
/// nodes no longer hang together split into its connected parts.
pub(crate) fn initial_labels(level: &Level, previous: Option<&[Option<u32>]>) -> Vec<u32> {
    let n_nodes = level.n_nodes();
    let Some(previous) = previous else {
        return (0..narrow_u32(n_nodes)).collect();
    };
    // The label of a community is its smallest node, whatever its name was in the previous run.
    let mut first = FxHashMap::default();
    let labels: Vec<u32> = (0..narrow_u32(n_nodes))
        .zip(previous)
        .map(|(node, label)| label.map_or(node, |label| *first.entry(label).or_insert(node)))
        .collect();
    split_disconnected(level, &renumber(&labels).0).0
}

/// Keeps the previous communities wherever what was found is not clearly better.
///
/// The component falls into the smallest regions that hold only whole communities of both kinds. In
/// each, the previous communities stay unless the found ones describe it clearly shorter ([`SWITCH_BITS`]),
/// or it is found as one and nothing is left that tells the previous ones apart ([`SAME_DENSITY`]).
/// New nodes join the previous community that most of their found community came from.
pub(crate) fn arbitrate(level: &Level, previous: &[Option<u32>], found: Answer) -> Answer {
    let n_nodes = level.n_nodes();
    let old = with_new_nodes(level, previous, &found.labels);
    let (regions, n_regions) = regions(&old, &found.labels);
    let whole = masses(level, &regions, n_regions);
    let old_masses = masses(level, &old, n_nodes);
    let found_masses = masses(level, &found.labels, n_nodes);
    let (members, starts) = group(&regions, n_regions);
    // Found communities keep their labels, previous ones follow behind.
    let offset = found.resolution.len();
    let mut labels = found.labels.clone();
    let mut resolution = found.resolution;
    resolution.resize(offset + n_nodes, i64::MAX);
    for (whole, bounds) in whole.iter().zip(starts.windows(2)) {
        let members = &members[bounds[0]..bounds[1]];
        let parts_of = |labels: &[u32], masses: &[Mass]| -> Vec<Mass> {
            let mut parts: Vec<u32> = members.iter().map(|&v| labels[v as usize]).collect();
            parts.sort_unstable();
            parts.dedup();
            parts.iter().map(|&part| masses[part as usize]).collect()
        };
        let found_parts = parts_of(&found.labels, &found_masses);
        let old_parts = parts_of(&old, &old_masses);
        let margin = SWITCH_BITS + SWITCH_BITS_PER_NODE * whole.nodes;
        let is_shorter =
            bits_saved(*whole, &found_parts) >= bits_saved(*whole, &old_parts) + margin;
        if is_shorter || (found_parts.len() == 1 && are_alike(*whole, &old_parts)) {
            continue;
        }
        for &node in members {
            let label = offset + old[node as usize] as usize;
            let fixed = resolution[found.labels[node as usize] as usize];
            // The coarsest resolution that any of its nodes was found at.
            resolution[label] = resolution[label].min(fixed);
            labels[node as usize] = narrow_u32(label);
        }
    }
    compact(&labels, &resolution)
}

/// Whether pairs of nodes of different parts are tied about as densely as pairs of one part, by weight and by
/// count.
fn are_alike(whole: Mass, parts: &[Mass]) -> bool {
    let mut inner = Mass::default();
    let mut inner_pairs = 0.0;
    for part in parts {
        inner.add(*part);
        inner_pairs += part.pairs();
    }
    let is_as_dense = |inner: f64, all: f64| {
        (all - inner) * inner_pairs >= SAME_DENSITY * inner * (whole.pairs() - inner_pairs)
    };
    is_as_dense(inner.weight, whole.weight) && is_as_dense(inner.edges, whole.edges)
}

/// The previous communities, each new node put where most of its found community was, ties to the
/// community of the smallest node.
fn with_new_nodes(level: &Level, previous: &[Option<u32>], found: &[u32]) -> Vec<u32> {
    let n_nodes = level.n_nodes();
    let old = initial_labels(level, Some(previous));
    let (members, starts) = group(found, n_nodes);
    let mut labels = old.clone();
    for bounds in starts.windows(2) {
        let (new, known): (Vec<u32>, Vec<u32>) = members[bounds[0]..bounds[1]]
            .iter()
            .partition(|&&node| previous[node as usize].is_none());
        let mut before: Vec<u32> = known.iter().map(|&node| old[node as usize]).collect();
        before.sort_unstable();
        let most = before
            .chunk_by(|a, b| a == b)
            .max_by_key(|same| (same.len(), std::cmp::Reverse(same[0])));
        let home = most.map(|same| same[0]);
        for &node in &new {
            labels[node as usize] = home.unwrap_or(old[new[0] as usize]);
        }
    }
    split_disconnected(level, &labels).0
}

/// The finest division both are divisions of, and how many regions it has.
fn regions(a: &[u32], b: &[u32]) -> (Vec<u32>, usize) {
    let n_nodes = a.len();
    let mut sets = petgraph::unionfind::UnionFind::<u32>::new(n_nodes);
    for labels in [a, b] {
        let mut first = vec![u32::MAX; n_nodes];
        for (node, &label) in (0..narrow_u32(n_nodes)).zip(labels) {
            let first = &mut first[label as usize];
            if *first == u32::MAX {
                *first = node;
            }
            sets.union(*first, node);
        }
    }
    renumber(&sets.into_labeling())
}

/// The answer without labels that no node has.
fn compact(labels: &[u32], resolution: &[i64]) -> Answer {
    let mut number = vec![u32::MAX; resolution.len()];
    let mut kept = Vec::new();
    let labels = labels
        .iter()
        .map(|&label| {
            let slot = &mut number[label as usize];
            if *slot == u32::MAX {
                *slot = narrow_u32(kept.len());
                kept.push(resolution[label as usize]);
            }
            *slot
        })
        .collect();
    Answer {
        labels,
        resolution: kept,
    }
}

#[cfg(test)]
mod tests {
    use super::super::level::tests::level_of;
    use super::initial_labels;

    #[test]
    fn new_nodes_start_alone_and_broken_communities_in_parts() {
        let path = level_of(4, &[(0, 1, 1.0), (1, 2, 1.0), (2, 3, 1.0)]);
        let check = |previous: Option<&[Option<u32>]>, expected: &[u32]| {
            assert_eq!(initial_labels(&path, previous), expected);
        };
        check(None, &[0, 1, 2, 3]);
        check(Some(&[Some(9), Some(9), None, Some(4)]), &[0, 0, 1, 2]);
        check(Some(&[Some(9), Some(4), Some(9), Some(9)]), &[0, 1, 2, 2]);
        check(Some(&[Some(0), Some(0), Some(0), Some(0)]), &[0, 0, 0, 0]);
    }
}
