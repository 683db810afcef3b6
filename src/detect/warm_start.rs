//! Starting from the previous run's communities.

use rustc_hash::FxHashMap;

use crate::model::narrow_u32;

use super::level::{Level, renumber, split_disconnected};

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
