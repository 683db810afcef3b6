//! Where to draw the nodes of a small graph.
//!
//! Stress majorization (Gansner, Koren and North 2004, doi:10.1007/978-3-540-31843-9_25): the
//! distance on paper should be the distance in the graph. With `d(i, j)` the number of edges between
//! two nodes and weights `d(i, j)^-2`, each node moves in turn to
//!
//! ```text
//! x(i) = sum_j d^-2 * (x(j) + d * (x(i) - x(j)) / |x(i) - x(j)|)  /  sum_j d^-2
//! ```
//!
//! which never raises the stress. Started from a few scattered positions, the best result is kept,
//! laid flat along its longest axis, and nodes that came too close are pushed apart. Only sums,
//! products, quotients and square roots are used, which IEEE 754 defines to the last bit, and the
//! starts come from an integer hash of the node's number: same graph, same picture, on any machine.
//! Cost: O(n^2) a sweep; meant for some sixty nodes.

use std::collections::VecDeque;

use crate::model::SplitMix;

/// A position; one unit is about the length of an edge.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Point {
    pub(super) x: f64,
    pub(super) y: f64,
}

/// No two nodes are nearer than this, in lengths of an edge, but in hopeless crowds.
pub(super) const MIN_SEPARATION: f64 = 0.5;

const STARTS: u64 = 4;
const SWEEPS: usize = 80;
const PUSHES: usize = 120;
/// Parts that no drawn edge joins stand this much farther apart than the longest path.
const GAP: u32 = 1;

/// A position for each of `n_nodes` nodes. Edges are pairs of nodes; loops do no harm.
pub(super) fn place(n_nodes: usize, edges: &[(usize, usize)]) -> Vec<Point> {
    let distances = distances(n_nodes, edges);
    let best = (0..STARTS)
        .map(|seed| {
            let mut points = scatter(n_nodes, seed);
            for _ in 0..SWEEPS {
                sweep(&mut points, &distances);
            }
            points
        })
        .min_by(|a, b| stress(a, &distances).total_cmp(&stress(b, &distances)));
    let mut points = best.unwrap_or_default();
    lay_flat(&mut points);
    push_apart(&mut points);
    points
}

/// Edges between every two nodes, by breadth-first search from each.
fn distances(n_nodes: usize, edges: &[(usize, usize)]) -> Vec<Vec<f64>> {
    let mut neighbors = vec![Vec::new(); n_nodes];
    for &(a, b) in edges {
        neighbors[a].push(b);
        neighbors[b].push(a);
    }
    let steps: Vec<Vec<Option<u32>>> = (0..n_nodes)
        .map(|start| breadth_first(start, &neighbors))
        .collect();
    let longest = steps.iter().flatten().flatten().max().copied().unwrap_or(0);
    steps
        .iter()
        .map(|row| {
            row.iter()
                .map(|step| f64::from(step.unwrap_or(longest + GAP)))
                .collect()
        })
        .collect()
}

fn breadth_first(start: usize, neighbors: &[Vec<usize>]) -> Vec<Option<u32>> {
    let mut steps = vec![None; neighbors.len()];
    steps[start] = Some(0);
    let mut queue = VecDeque::from([(start, 0)]);
    while let Some((node, step)) = queue.pop_front() {
        for &next in &neighbors[node] {
            if steps[next].is_none() {
                steps[next] = Some(step + 1);
                queue.push_back((next, step + 1));
            }
        }
    }
    steps
}

/// Start positions in a square, from a hash of seed and node.
fn scatter(n_nodes: usize, seed: u64) -> Vec<Point> {
    let mut stream = SplitMix::new(seed);
    let mut next = || {
        let high = u32::try_from(stream.next() >> 32).expect("32 bits are left");
        f64::from(high) / f64::from(u32::MAX) * 4.0
    };
    (0..n_nodes)
        .map(|_| Point {
            x: next(),
            y: next(),
        })
        .collect()
}

/// Moves every node once, in order, each seeing where the earlier ones went.
fn sweep(points: &mut [Point], distances: &[Vec<f64>]) {
    for node in 0..points.len() {
        let here = points[node];
        let (mut x, mut y, mut total) = (0.0, 0.0, 0.0);
        for (other, there) in points.iter().enumerate() {
            let wanted = distances[node][other];
            if other == node || wanted <= 0.0 {
                continue;
            }
            let weight = 1.0 / (wanted * wanted);
            let (dx, dy) = (here.x - there.x, here.y - there.y);
            let reach = wanted / length(dx, dy).max(1e-9);
            x += weight * (there.x + reach * dx);
            y += weight * (there.y + reach * dy);
            total += weight;
        }
        if total > 0.0 {
            points[node] = Point {
                x: x / total,
                y: y / total,
            };
        }
    }
}

fn stress(points: &[Point], distances: &[Vec<f64>]) -> f64 {
    let mut sum = 0.0;
    for (node, a) in points.iter().enumerate() {
        for (other, b) in points.iter().enumerate().take(node) {
            let wanted = distances[node][other].max(1e-9);
            let miss = (length(a.x - b.x, a.y - b.y) - wanted) / wanted;
            sum += miss * miss;
        }
    }
    sum
}

/// Centres the points and turns them so that the longest axis runs from left to right: drawings
/// are wider than high.
fn lay_flat(points: &mut [Point]) {
    let n: f64 = points.iter().map(|_| 1.0).sum::<f64>().max(1.0);
    let center_x = points.iter().map(|p| p.x).sum::<f64>() / n;
    let center_y = points.iter().map(|p| p.y).sum::<f64>() / n;
    let (mut xx, mut xy, mut yy) = (0.0, 0.0, 0.0);
    for point in points.iter_mut() {
        point.x -= center_x;
        point.y -= center_y;
        xx += point.x * point.x;
        xy += point.x * point.y;
        yy += point.y * point.y;
    }
    // Eigenvector of the larger eigenvalue of the covariance, without an angle.
    let half = (xx - yy) / 2.0;
    let (mut axis_x, mut axis_y) = (half + length(half, xy), xy);
    if length(axis_x, axis_y) < 1e-9 {
        (axis_x, axis_y) = if yy > xx { (0.0, 1.0) } else { (1.0, 0.0) };
    }
    let norm = length(axis_x, axis_y);
    let (cosine, sine) = (axis_x / norm, axis_y / norm);
    for point in points.iter_mut() {
        let turned = Point {
            x: cosine * point.x + sine * point.y,
            y: cosine * point.y - sine * point.x,
        };
        *point = turned;
    }
}

/// Pushes nodes that are too close apart, each pair by what it lacks.
fn push_apart(points: &mut [Point]) {
    // A little more than promised, since the last pushes only come close to it.
    let wanted = MIN_SEPARATION * 1.1;
    for _ in 0..PUSHES {
        let mut moved = false;
        for a in 1..points.len() {
            for b in 0..a {
                let (dx, dy) = (points[a].x - points[b].x, points[a].y - points[b].y);
                let distance = length(dx, dy);
                if distance >= wanted {
                    continue;
                }
                moved = true;
                // Two nodes in one place part sideways.
                let (ux, uy) = if distance > 1e-6 {
                    (dx / distance, dy / distance)
                } else {
                    (1.0, 0.0)
                };
                let push = (wanted - distance) / 2.0;
                points[a].x += ux * push;
                points[a].y += uy * push;
                points[b].x -= ux * push;
                points[b].y -= uy * push;
            }
        }
        if !moved {
            return;
        }
    }
}

/// Not `f64::hypot`, whose last bit is left to the platform.
#[expect(
    clippy::imprecise_flops,
    reason = "the same bytes everywhere are worth more than the last bit"
)]
pub(super) fn length(dx: f64, dy: f64) -> f64 {
    (dx * dx + dy * dy).sqrt()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{MIN_SEPARATION, length, place};

    fn check_apart(n_nodes: usize, edges: &[(usize, usize)]) {
        let points = place(n_nodes, edges);
        assert_eq!(points.len(), n_nodes);
        for (a, p) in points.iter().enumerate() {
            assert!(p.x.is_finite() && p.y.is_finite());
            for q in &points[..a] {
                let distance = length(p.x - q.x, p.y - q.y);
                assert!(distance >= MIN_SEPARATION, "{distance} in {points:?}");
            }
        }
    }

    fn star(leaves: usize) -> Vec<(usize, usize)> {
        (1..=leaves).map(|leaf| (0, leaf)).collect()
    }

    #[test]
    fn known_shapes_come_out_without_overlap() {
        check_apart(0, &[]);
        check_apart(1, &[]);
        check_apart(1, &[(0, 0)]);
        check_apart(2, &[]);
        check_apart(2, &[(0, 1)]);
        check_apart(9, &star(8));
        check_apart(41, &star(40));
        check_apart(56, &[]);
        let path: Vec<_> = (1..20).map(|node| (node - 1, node)).collect();
        check_apart(20, &path);
        let bipartite: Vec<_> = (0..12)
            .flat_map(|m| (12..18).map(move |e| (m, e)))
            .collect();
        check_apart(18, &bipartite);
    }

    #[test]
    fn a_path_lies_flat_and_in_order() {
        let points = place(4, &[(0, 1), (1, 2), (2, 3)]);
        let forward = points[0].x < points[3].x;
        for pair in points.windows(2) {
            assert_eq!(pair[0].x < pair[1].x, forward, "{points:?}");
            assert!((length(pair[0].x - pair[1].x, pair[0].y - pair[1].y) - 1.0).abs() < 0.1);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        #[test]
        fn any_small_graph_is_drawn_without_overlap(
            n_nodes in 1_usize..30,
            edges in prop::collection::vec((0_usize..30, 0_usize..30), 0..60),
        ) {
            let edges: Vec<_> = edges
                .into_iter()
                .map(|(a, b)| (a % n_nodes, b % n_nodes))
                .collect();
            check_apart(n_nodes, &edges);
            prop_assert_eq!(place(n_nodes, &edges), place(n_nodes, &edges));
        }
    }
}
