//! Measures of a ranking in which ties have no order.

/// Average precision of a ranking, expected over all orders of its ties.
///
/// `ranked` holds (score, fraud), sorted by falling score. Of a tie of `n` with `p` frauds, after `r`
/// ranks with `f` frauds, place `i` adds `p/n * (f + 1 + (i-1)(p-1)/(n-1)) / (r + i)`: the chance that a
/// fraud stands there, times the precision expected if it does. `None` when there is no fraud.
///
/// ```
/// use ringfence::evaluate::expected_average_precision;
/// // One fraud first, one third of three: (1/1 + 2/3) / 2.
/// let ranked = [(0.9, true), (0.5, false), (0.1, true)];
/// assert!((expected_average_precision(&ranked).unwrap() - 5.0 / 6.0).abs() < 1e-12);
/// ```
pub fn expected_average_precision(ranked: &[(f64, bool)]) -> Option<f64> {
    weighted_average_precision(ranked, |_| 1)
}

/// The same with every row counted `weight(row)` times.
pub(super) fn weighted_average_precision(
    ranked: &[(f64, bool)],
    weight: impl Fn(usize) -> u32,
) -> Option<f64> {
    let (mut ranks, mut frauds, mut sum) = (0.0, 0.0, 0.0);
    for (n, p) in ties(ranked, weight) {
        if p > 0 {
            sum += tie_precision(n, f64::from(p), ranks, frauds);
        }
        ranks += f64::from(n);
        frauds += f64::from(p);
    }
    super::share(sum, frauds)
}

fn tie_precision(n: u32, p: f64, ranks: f64, frauds: f64) -> f64 {
    let spread = if n > 1 {
        (p - 1.0) / (f64::from(n) - 1.0)
    } else {
        0.0
    };
    let places = (1..=n).map(f64::from);
    let precision: f64 = places
        .map(|i| (frauds + 1.0 + (i - 1.0) * spread) / (ranks + i))
        .sum();
    p / f64::from(n) * precision
}

/// The largest F1 over all thresholds.
pub(super) fn best_f1(ranked: &[(f64, bool)], weight: impl Fn(usize) -> u32) -> Option<f64> {
    let cuts: Vec<(f64, f64)> = cumulated(ranked, weight);
    let total = cuts.last()?.1;
    let f1 = cuts
        .iter()
        .map(|(ranks, frauds)| 2.0 * frauds / (ranks + total));
    (total > 0.0).then(|| f1.fold(0.0, f64::max))
}

/// (recall, precision) at thresholds, thinned to at most `points`.
pub(super) fn curve(ranked: &[(f64, bool)], points: usize) -> Vec<(f64, f64)> {
    let cuts = cumulated(ranked, |_| 1);
    let Some(&(_, total)) = cuts.last() else {
        return Vec::new();
    };
    if total == 0.0 {
        return Vec::new();
    }
    let step = cuts.len().div_ceil(points.saturating_sub(1).max(1));
    let last = cuts.len() - 1;
    let kept = cuts
        .iter()
        .enumerate()
        .filter(|(i, _)| i % step == 0 || *i == last);
    kept.map(|(_, (ranks, frauds))| (frauds / total, frauds / ranks))
        .collect()
}

/// (ranks, frauds) after each tie that weighs anything.
fn cumulated(ranked: &[(f64, bool)], weight: impl Fn(usize) -> u32) -> Vec<(f64, f64)> {
    let mut sum = (0.0, 0.0);
    let add = |(n, p): (u32, u32)| {
        sum = (sum.0 + f64::from(n), sum.1 + f64::from(p));
        sum
    };
    ties(ranked, weight)
        .into_iter()
        .filter(|(n, _)| *n > 0)
        .map(add)
        .collect()
}

/// (rows, frauds) of each tie, from the top.
fn ties(ranked: &[(f64, bool)], weight: impl Fn(usize) -> u32) -> Vec<(u32, u32)> {
    let mut ties: Vec<(u32, u32)> = Vec::new();
    let mut previous = None;
    for (row, (score, fraud)) in ranked.iter().enumerate() {
        if previous != Some(*score) {
            ties.push((0, 0));
            previous = Some(*score);
        }
        let tie = ties.last_mut().expect("pushed for the first score");
        tie.0 += weight(row);
        tie.1 += if *fraud { weight(row) } else { 0 };
    }
    ties
}

#[cfg(test)]
mod tests {
    use super::{best_f1, expected_average_precision};

    fn check(ranked: &[(f64, bool)], expected: Option<f64>) {
        match (expected_average_precision(ranked), expected) {
            (Some(found), Some(expected)) => assert!((found - expected).abs() < 1e-12, "{found}"),
            (found, expected) => assert_eq!(found, expected),
        }
    }

    #[test]
    fn ties_count_with_the_mean_over_their_orders() {
        check(&[], None);
        check(&[(0.5, false)], None);
        check(&[(0.5, true)], Some(1.0));
        // Two orders: 1 and 1/2.
        check(&[(0.5, true), (0.5, false)], Some(0.75));
        // Three orders of two frauds and one honest: 1, (1 + 2/3)/2, (1/2 + 2/3)/2.
        let mean = (1.0 + 5.0 / 6.0 + 7.0 / 12.0) / 3.0;
        check(&[(0.5, true), (0.5, true), (0.5, false)], Some(mean));
        // After one honest merchant, one fraud among two: (1/2 + 1/3) / 2.
        check(&[(0.9, false), (0.5, true), (0.5, false)], Some(5.0 / 12.0));
    }

    #[test]
    fn best_f1_is_taken_over_all_thresholds() {
        // Cuts: 1 of 1 found, F1 2/3; 2 of 3, F1 4/5.
        let ranked = [(0.9, true), (0.5, false), (0.5, true), (0.1, false)];
        assert!((best_f1(&ranked, |_| 1).unwrap() - 0.8).abs() < 1e-12);
    }

    /// Average precision of one order.
    fn plain_average_precision(order: &[bool]) -> f64 {
        let (mut ranks, mut frauds, mut sum) = (0.0, 0.0, 0.0);
        for fraud in order {
            ranks += 1.0;
            if *fraud {
                frauds += 1.0;
                sum += frauds / ranks;
            }
        }
        sum / frauds
    }

    /// Every order of the rows that the scores allow.
    fn orders(rows: &[(f64, bool)]) -> Vec<Vec<bool>> {
        let Some(best) = rows.iter().map(|row| row.0).reduce(f64::max) else {
            return vec![Vec::new()];
        };
        let mut all = Vec::new();
        for first in (0..rows.len()).filter(|row| rows[*row].0 >= best) {
            let mut rest = rows.to_vec();
            let (_, fraud) = rest.remove(first);
            for mut order in orders(&rest) {
                order.insert(0, fraud);
                all.push(order);
            }
        }
        all
    }

    proptest::proptest! {
        #[test]
        fn expectation_is_the_mean_over_all_orders(
            rows in proptest::collection::vec((0_u8..3, proptest::bool::ANY), 1..7),
        ) {
            let mut rows: Vec<(f64, bool)> =
                rows.into_iter().map(|(score, fraud)| (f64::from(score), fraud)).collect();
            rows.sort_by(|a, b| b.0.total_cmp(&a.0));
            if rows.iter().any(|row| row.1) {
                let all = orders(&rows);
                let count = f64::from(u32::try_from(all.len()).unwrap());
                let mean = all.iter().map(|order| plain_average_precision(order)).sum::<f64>() / count;
                let found = expected_average_precision(&rows).unwrap();
                proptest::prop_assert!((found - mean).abs() < 1e-9, "{found} {mean}");
            }
        }
    }
}
