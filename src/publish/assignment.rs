//! Who carries whose id: a matching of rings with previous clusters of the largest total overlap.

use petgraph::unionfind::UnionFind;

use super::overlap::Overlap;

/// Components in which the smaller side has more nodes than this are matched greedily: the exact
/// method takes their size to the third power. Overlaps of 0.3 and more make components of a few.
const MAX_EXACT_SIDE: usize = 256;
/// Overlaps are compared in units of 2^-32.
const UNIT_SHIFT: u32 = 32;

/// For each ring the previous cluster it is matched with: at most one each way, only along `edges`,
/// with the largest possible sum of overlaps. Ties fall to lower positions, so that numbering both
/// sides by something lasting makes the outcome lasting.
///
/// Components beyond [`MAX_EXACT_SIDE`] take the largest overlap first, which reaches at least half
/// of the largest sum.
pub(super) fn assign(n_rings: usize, n_previous: usize, edges: &[Overlap]) -> Vec<Option<u32>> {
    let mut matched = vec![None; n_rings];
    let mut taken = vec![false; n_previous];
    // Jaccard distance is a metric, and previous clusters are at distance 1 of each other; so what
    // overlaps by two thirds overlaps with anything else by one third at most, on either side, and no
    // matching gains by leaving it out. Nearly all rings end here.
    for edge in edges.iter().filter(|edge| is_two_thirds(edge)) {
        matched[edge.ring as usize] = Some(edge.previous);
        taken[edge.previous as usize] = true;
    }
    let open: Vec<Overlap> = edges
        .iter()
        .filter(|edge| matched[edge.ring as usize].is_none() && !taken[edge.previous as usize])
        .copied()
        .collect();
    for component in components(n_rings, n_previous, open) {
        for (ring, previous) in match_component(&component) {
            matched[ring as usize] = Some(previous);
        }
    }
    matched
}

fn is_two_thirds(edge: &Overlap) -> bool {
    3 * u64::from(edge.shared) >= 2 * u64::from(edge.union)
}

/// The edges by connected component, both in the order of the edges.
fn components(n_rings: usize, n_previous: usize, edges: Vec<Overlap>) -> Vec<Vec<Overlap>> {
    let mut connected = UnionFind::<usize>::new(n_rings + n_previous);
    for edge in &edges {
        connected.union(edge.ring as usize, n_rings + edge.previous as usize);
    }
    let mut by_root = std::collections::BTreeMap::<usize, Vec<Overlap>>::new();
    for edge in edges {
        let root = connected.find_mut(edge.ring as usize);
        by_root.entry(root).or_default().push(edge);
    }
    by_root.into_values().collect()
}

fn match_component(edges: &[Overlap]) -> Vec<(u32, u32)> {
    let rings = sorted(edges.iter().map(|edge| edge.ring));
    let previous = sorted(edges.iter().map(|edge| edge.previous));
    if rings.len().min(previous.len()) > MAX_EXACT_SIDE {
        return match_greedily(edges);
    }
    let place = |sorted: &[u32], id: u32| sorted.binary_search(&id).expect("listed above");
    let by_ring = rings.len() <= previous.len();
    let (n_rows, n_columns) = (
        rings.len().min(previous.len()),
        rings.len().max(previous.len()),
    );
    let mut gain = vec![0; n_rows * n_columns];
    for edge in edges {
        let (ring, old) = (place(&rings, edge.ring), place(&previous, edge.previous));
        let (row, column) = if by_ring { (ring, old) } else { (old, ring) };
        gain[row * n_columns + column] = units(*edge);
    }
    match_exactly(&gain, n_rows, n_columns)
        .into_iter()
        .enumerate()
        .filter(|&(row, column)| gain[row * n_columns + column] > 0)
        .map(|(row, column)| {
            let (ring, old) = if by_ring {
                (row, column)
            } else {
                (column, row)
            };
            (rings[ring], previous[old])
        })
        .collect()
}

fn sorted(ids: impl Iterator<Item = u32>) -> Vec<u32> {
    let mut ids: Vec<u32> = ids.collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

/// The overlap in units of 2^-32, at least one.
fn units(edge: Overlap) -> i64 {
    let units = (u64::from(edge.shared) << UNIT_SHIFT) / u64::from(edge.union);
    i64::try_from(units).unwrap_or(i64::MAX).max(1)
}

/// Largest overlap first, ties by position.
fn match_greedily(edges: &[Overlap]) -> Vec<(u32, u32)> {
    let mut order: Vec<&Overlap> = edges.iter().collect();
    order.sort_by_key(|edge| (std::cmp::Reverse(units(**edge)), edge.previous, edge.ring));
    let mut rings = rustc_hash::FxHashSet::default();
    let mut previous = rustc_hash::FxHashSet::default();
    let mut matched = Vec::new();
    for edge in order {
        if !rings.contains(&edge.ring) && !previous.contains(&edge.previous) {
            rings.insert(edge.ring);
            previous.insert(edge.previous);
            matched.push((edge.ring, edge.previous));
        }
    }
    matched
}

/// The Hungarian method with potentials (Kuhn 1955, Munkres 1957; shortest augmenting paths as in
/// Jonker and Volgenant 1987): for each row of an `n_rows` x `n_columns` matrix the column it is
/// matched with, so that the sum of `gain` is largest. `n_rows <= n_columns`; every row is matched.
/// Time: rows squared times columns.
fn match_exactly(gain: &[i64], n_rows: usize, n_columns: usize) -> Vec<usize> {
    // Rows and columns count from 1; row 0 and column 0 stand for "none yet".
    let mut row_potential = vec![0_i64; n_rows + 1];
    let mut column_potential = vec![0_i64; n_columns + 1];
    let mut row_of = vec![0_usize; n_columns + 1];
    for row in 1..=n_rows {
        row_of[0] = row;
        let mut slack = vec![i64::MAX; n_columns + 1];
        let mut came_from = vec![0_usize; n_columns + 1];
        let mut reached = vec![false; n_columns + 1];
        let mut column = 0;
        // Grow the tree of tight edges until it reaches a free column.
        while row_of[column] != 0 {
            reached[column] = true;
            let at = row_of[column];
            let (mut delta, mut next) = (i64::MAX, 0);
            for candidate in 1..=n_columns {
                if reached[candidate] {
                    continue;
                }
                let cost = -gain[(at - 1) * n_columns + candidate - 1]
                    - row_potential[at]
                    - column_potential[candidate];
                if cost < slack[candidate] {
                    slack[candidate] = cost;
                    came_from[candidate] = column;
                }
                if slack[candidate] < delta {
                    delta = slack[candidate];
                    next = candidate;
                }
            }
            for seen in 0..=n_columns {
                if reached[seen] {
                    row_potential[row_of[seen]] += delta;
                    column_potential[seen] -= delta;
                } else {
                    slack[seen] = slack[seen].saturating_sub(delta);
                }
            }
            column = next;
        }
        // Turn the path around.
        while column != 0 {
            let before = came_from[column];
            row_of[column] = row_of[before];
            column = before;
        }
    }
    let mut column_of = vec![0; n_rows];
    for column in 1..=n_columns {
        if row_of[column] != 0 {
            column_of[row_of[column] - 1] = column - 1;
        }
    }
    column_of
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{MAX_EXACT_SIDE, Overlap, assign, match_exactly, units};

    fn edge(ring: u32, previous: u32, shared: u32, union: u32) -> Overlap {
        Overlap {
            ring,
            previous,
            shared,
            union,
        }
    }

    #[test]
    fn takes_the_largest_sum_not_the_largest_first() {
        // 0-0 is the largest overlap, but 0-1 and 1-0 together are more.
        let edges = [edge(0, 0, 4, 10), edge(0, 1, 3, 10), edge(1, 0, 3, 10)];
        assert_eq!(assign(2, 2, &edges), [Some(1), Some(0)]);
        assert_eq!(assign(2, 2, &edges[..1]), [Some(0), None]);
        assert_eq!(assign(0, 0, &[]), []);
    }

    #[test]
    fn ties_fall_to_lower_positions() {
        assert_eq!(
            assign(1, 2, &[edge(0, 0, 1, 2), edge(0, 1, 1, 2)]),
            [Some(0)]
        );
        assert_eq!(
            assign(2, 1, &[edge(0, 0, 1, 2), edge(1, 0, 1, 2)]),
            [Some(0), None]
        );
    }

    #[test]
    fn huge_components_are_matched_too() {
        // A path too long for the exact method: every second edge is heavier.
        let n = u32::try_from(MAX_EXACT_SIDE + 10).unwrap();
        let mut edges = Vec::new();
        for v in 0..n {
            edges.push(edge(v, v, 3, 10));
            edges.push(edge(v, (v + 1) % n, 2, 10));
        }
        let matched = assign(n as usize, n as usize, &edges);
        assert!(matched.iter().zip(0..).all(|(&m, v)| m == Some(v)));
    }

    /// The best sum by trying everything.
    fn best(gain: &[i64], n_columns: usize, row: usize, free: u32) -> i64 {
        if (row + 1) * n_columns > gain.len() {
            return 0;
        }
        let skip = best(gain, n_columns, row + 1, free);
        (0..n_columns)
            .filter(|column| free >> column & 1 == 1)
            .map(|column| {
                gain[row * n_columns + column]
                    + best(gain, n_columns, row + 1, free & !(1 << column))
            })
            .fold(skip, i64::max)
    }

    proptest! {
        #[test]
        fn is_as_good_as_trying_everything(
            (n_rows, n_columns, gain) in (1_usize..5).prop_flat_map(|rows| (Just(rows), rows..6))
                .prop_flat_map(|(rows, columns)| {
                    (Just(rows), Just(columns), proptest::collection::vec(0_i64..20, rows * columns))
                })
        ) {
            let columns = match_exactly(&gain, n_rows, n_columns);
            let sum: i64 = columns.iter().enumerate().map(|(r, &c)| gain[r * n_columns + c]).sum();
            prop_assert_eq!(sum, best(&gain, n_columns, 0, u32::MAX));
        }

        /// Two divisions of twelve merchants: committing two-thirds overlaps first costs nothing.
        #[test]
        fn two_thirds_first_is_exact(
            old in proptest::collection::vec(0_u32..5, 12),
            new in proptest::collection::vec(0_u32..5, 12),
        ) {
            let size = |labels: &[u32], label: u32| labels.iter().filter(|&&l| l == label).count();
            let mut edges = Vec::new();
            for ring in 0..5 {
                for previous in 0..5 {
                    let shared = old.iter().zip(&new).filter(|&(&o, &n)| o == previous && n == ring).count();
                    if shared > 0 {
                        let union = size(&old, previous) + size(&new, ring) - shared;
                        edges.push(edge(ring, previous, shared.try_into().unwrap(), union.try_into().unwrap()));
                    }
                }
            }
            let mut gain = vec![0; 25];
            for e in &edges {
                gain[(e.ring * 5 + e.previous) as usize] = units(*e);
            }
            let matched = assign(5, 5, &edges);
            let sum: i64 = (0..5).filter_map(|r| matched[r].map(|p| gain[r * 5 + p as usize])).sum();
            // Overlaps are rounded down to 2^-32 each.
            prop_assert!(best(&gain, 5, 0, u32::MAX) - sum <= 5);
        }
    }
}
