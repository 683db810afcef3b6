//! Logistic regression with a normal prior around the strategy's weights, and signs that can't turn.

use super::cases::{CaseRow, Cases};

/// How far labels are expected to move a weight, in log-odds: the standard deviation of the prior. One
/// is what a reason of middling weight is worth; a hundred clear cases move it freely, ten hardly.
const PRIOR_DEVIATION: f64 = 1.0;
/// No weight is larger; the range of the strategy.
const MAX_WEIGHT: f64 = 20.0;
/// The descent ends when no weight moves further in a round, in log-odds.
const TOLERANCE: f64 = 1e-6;
/// Or after so many rounds; a dozen are usual.
const MAX_ROUNDS: usize = 100;
/// Sweeps over the weights of one quadratic problem; most need a few dozen.
const MAX_SWEEPS: usize = 1000;
/// A step is halved so often at most; a convex loss falls long before.
const MAX_HALVINGS: usize = 40;

/// The constant, and a weight for each reason of the cases.
#[derive(Clone, Debug, PartialEq)]
pub struct Weights {
    /// The constant, in log-odds.
    pub prior: f64,
    /// One a reason, in the order of [`Cases::reasons`].
    pub points: Vec<f64>,
}

impl Weights {
    /// The strategy's.
    pub fn of(cases: &Cases, prior: f64) -> Self {
        Self {
            prior,
            points: cases.reasons.iter().map(|reason| reason.weight).collect(),
        }
    }

    /// To hundredths, as a strategy file has them.
    #[must_use]
    pub fn rounded(self) -> Self {
        let round = |value: f64| (value * 100.0).round() / 100.0 + 0.0;
        Self {
            prior: round(self.prior),
            points: self.points.into_iter().map(round).collect(),
        }
    }

    /// The forecast for a cluster, in log-odds.
    pub fn log_odds(&self, row: &CaseRow) -> f64 {
        let products = self.points.iter().zip(&row.applies).map(|(w, x)| w * x);
        self.prior + products.sum::<f64>()
    }
}

/// The most probable weights given the cases that `is_used` picks by position.
///
/// Minimizes the trust-weighted log loss plus `(w - w0)^2 / (2 deviation^2)` over weights of the signs
/// they have, by Newton steps whose bounds are kept by coordinate descent on the quadratic (a proximal Newton
/// method: Lee, Sun and Saunders 2014, section 2; the bounds are its penalty), halved until the loss falls. The
/// problem is strictly convex and the order is fixed, so the result is the same everywhere.
///
/// The constant takes up how many of the labelled clusters are fraudulent, which tells who picked them rather
/// than what the market holds. So it is set back until the cases are forecast to hold as much fraud as before;
/// unless the labels are of most clusters.
/// Cost: O(rounds * cases * reasons²).
pub fn fit(cases: &Cases, start: &Weights, is_used: impl Fn(usize) -> bool) -> Weights {
    let used = cases.rows.iter().enumerate().filter(|(at, _)| is_used(*at));
    let problem = Problem::new(cases, start, used.map(|(_, row)| row).collect());
    let mut moved = vec![0.0; problem.n_free()];
    let mut loss = problem.loss(&moved);
    for _ in 0..MAX_ROUNDS {
        let mut step = problem.newton_step(&moved);
        let mut next = add(&moved, &step);
        for _ in 0..MAX_HALVINGS {
            if problem.loss(&next) <= loss {
                break;
            }
            for one in &mut step {
                *one /= 2.0;
            }
            next = add(&moved, &step);
        }
        let next_loss = problem.loss(&next);
        if next_loss > loss {
            break;
        }
        (moved, loss) = (next, next_loss);
        if step.iter().all(|one| one.abs() < TOLERANCE) {
            break;
        }
    }
    let mut weights = problem.weights(&moved);
    if !cases.are_most {
        weights.prior = balanced_prior(&problem.rows, start, &weights);
    }
    weights
}

/// What is minimized, in terms of how far each free weight moves; the constant is the first of them.
struct Problem<'a> {
    rows: Vec<&'a CaseRow>,
    start: &'a Weights,
    /// Reasons whose weights may move.
    free: Vec<usize>,
    /// How far each may move.
    bounds: Vec<(f64, f64)>,
    /// Log-odds of each row at the start.
    margins: Vec<f64>,
}

impl<'a> Problem<'a> {
    fn new(cases: &Cases, start: &'a Weights, rows: Vec<&'a CaseRow>) -> Self {
        let reasons = cases.reasons.iter().enumerate();
        let free: Vec<usize> = reasons
            .filter(|(_, reason)| reason.held.is_empty())
            .map(|(at, _)| at)
            .collect();
        let constant = (-MAX_WEIGHT - start.prior, MAX_WEIGHT - start.prior);
        let bound = |&at: &usize| match start.points[at] {
            first if first > 0.0 => (-first, MAX_WEIGHT - first),
            first => (-MAX_WEIGHT - first, -first),
        };
        Self {
            margins: rows.iter().map(|row| start.log_odds(row)).collect(),
            bounds: std::iter::once(constant)
                .chain(free.iter().map(bound))
                .collect(),
            free,
            rows,
            start,
        }
    }

    fn n_free(&self) -> usize {
        self.bounds.len()
    }

    /// How far what each free weight stands for applies: the constant always does.
    fn applies<'r>(&'r self, row: &'r CaseRow) -> impl Iterator<Item = f64> + 'r {
        std::iter::once(1.0).chain(self.free.iter().map(|&at| row.applies[at]))
    }

    fn margin(&self, at: usize, moved: &[f64]) -> f64 {
        let products = self.applies(self.rows[at]).zip(moved).map(|(x, w)| x * w);
        self.margins[at] + products.sum::<f64>()
    }

    fn loss(&self, moved: &[f64]) -> f64 {
        let of_row = |(at, row): (usize, &&CaseRow)| {
            let margin = self.margin(at, moved);
            let wrong = if row.is_fraud { -margin } else { margin };
            // ln(1 + e^wrong) without overflow.
            row.trust * (wrong.max(0.0) + (-wrong.abs()).exp().ln_1p())
        };
        let losses: f64 = self.rows.iter().enumerate().map(of_row).sum();
        let squares: f64 = moved.iter().map(|one| one * one).sum();
        losses + squares / (2.0 * PRIOR_DEVIATION * PRIOR_DEVIATION)
    }

    /// The step to the least of the quadratic that the loss looks like from here, within the bounds.
    fn newton_step(&self, moved: &[f64]) -> Vec<f64> {
        let n = self.n_free();
        let precision = 1.0 / (PRIOR_DEVIATION * PRIOR_DEVIATION);
        let mut gradient: Vec<f64> = moved.iter().map(|one| one * precision).collect();
        let mut hessian = vec![0.0; n * n];
        for at in 0..n {
            hessian[at * n + at] = precision;
        }
        for (at, row) in self.rows.iter().enumerate() {
            let forecast = probability(self.margin(at, moved));
            let error = row.trust * (forecast - f64::from(u8::from(row.is_fraud)));
            let curvature = row.trust * forecast * (1.0 - forecast);
            let applies = self.applies(row).enumerate();
            let found: Vec<(usize, f64)> = applies.filter(|(_, x)| *x != 0.0).collect();
            for &(i, x) in &found {
                gradient[i] += error * x;
                for &(j, y) in &found {
                    hessian[i * n + j] += curvature * x * y;
                }
            }
        }
        let bounds: Vec<(f64, f64)> = (self.bounds.iter().zip(moved))
            .map(|((low, high), one)| (low - one, high - one))
            .collect();
        least_within(&mut gradient, &hessian, &bounds)
    }

    fn weights(&self, moved: &[f64]) -> Weights {
        let mut weights = self.start.clone();
        weights.prior += moved[0];
        for (&at, one) in self.free.iter().zip(&moved[1..]) {
            weights.points[at] += one;
        }
        weights
    }
}

fn add(a: &[f64], b: &[f64]) -> Vec<f64> {
    a.iter().zip(b).map(|(a, b)| a + b).collect()
}

/// The least of `gradient . step + step . hessian . step / 2` within bounds, by cyclic coordinate descent; the
/// gradient is moved along.
fn least_within(gradient: &mut [f64], hessian: &[f64], bounds: &[(f64, f64)]) -> Vec<f64> {
    let n = bounds.len();
    let mut step = vec![0.0; n];
    for _ in 0..MAX_SWEEPS {
        let mut largest = 0.0_f64;
        for at in 0..n {
            let column = &hessian[at * n..][..n];
            let (low, high) = bounds[at];
            let change = (step[at] - gradient[at] / column[at]).clamp(low, high) - step[at];
            if change != 0.0 {
                step[at] += change;
                largest = largest.max(change.abs());
                for (slope, curvature) in gradient.iter_mut().zip(column) {
                    *slope += change * curvature;
                }
            }
        }
        if largest < TOLERANCE / 10.0 {
            break;
        }
    }
    step
}

/// The constant with which the cases are forecast to hold as much fraud as with the weights at the start.
fn balanced_prior(rows: &[&CaseRow], start: &Weights, weights: &Weights) -> f64 {
    let expected = |weights: &Weights, shift: f64| {
        let forecasts = rows
            .iter()
            .map(|row| row.trust * probability(weights.log_odds(row) + shift));
        forecasts.sum::<f64>()
    };
    let plausible = expected(start, 0.0);
    let (mut low, mut high) = (-MAX_WEIGHT, MAX_WEIGHT);
    // Halved so often, the interval is far below a hundredth.
    for _ in 0..40 {
        let middle = low.midpoint(high);
        if expected(weights, middle) < plausible {
            low = middle;
        } else {
            high = middle;
        }
    }
    (weights.prior + low.midpoint(high)).clamp(-MAX_WEIGHT, MAX_WEIGHT)
}

pub(super) fn probability(log_odds: f64) -> f64 {
    1.0 / (1.0 + (-log_odds).exp())
}

#[cfg(test)]
mod tests {
    use super::super::cases::ReasonColumn;
    use super::*;

    fn cases(rows: &[(f64, f64, bool)]) -> Cases {
        let reason = |code: &str, weight| ReasonColumn {
            code: code.to_owned(),
            weight,
            held: "",
        };
        Cases {
            reasons: vec![reason("honest", -1.0), reason("ring", 1.0)],
            rows: rows
                .iter()
                .map(|&(a, b, is_fraud)| CaseRow {
                    applies: vec![a, b],
                    is_fraud,
                    trust: 1.0,
                })
                .collect(),
            are_most: true,
        }
    }

    #[test]
    fn few_cases_move_little_and_many_move_much() {
        let few = cases(&[(0.0, 1.0, true), (0.0, 0.0, false)]);
        let start = Weights::of(&few, -1.0);
        let little = fit(&few, &start, |_| true).points[1] - 1.0;
        let rows: Vec<_> = (0..400)
            .map(|at| (0.0, f64::from(at % 2), at % 2 == 1))
            .collect();
        let many = cases(&rows);
        let much = fit(&many, &start, |_| true).points[1] - 1.0;
        assert!(little > 0.0 && little < 0.5, "{little}");
        assert!(much > 2.0, "{much}");
        assert_eq!(fit(&many, &start, |_| false), start);
    }

    #[test]
    fn no_weight_turns_its_sign_and_the_end_is_a_minimum() {
        // The reason for honesty is found in rings only, and the other way about.
        let rows: Vec<_> = (0..300)
            .map(|at| (f64::from(at % 2), f64::from((at + 1) % 2), at % 2 == 1))
            .collect();
        let wrong = cases(&rows);
        let start = Weights::of(&wrong, 0.0);
        let found = fit(&wrong, &start, |_| true);
        assert_eq!(found.points, [0.0, 0.0]);
        // What is left of the gradient in the constant is within the tolerance.
        let gradient: f64 = wrong
            .rows
            .iter()
            .map(|row| probability(found.log_odds(row)) - f64::from(u8::from(row.is_fraud)))
            .sum();
        assert!((gradient + found.prior).abs() < 1e-2, "{gradient}");
    }

    #[test]
    fn labels_tell_which_clusters_are_fraudulent_and_not_how_many() {
        // Half of what somebody picked is fraudulent.
        let rows: Vec<_> = (0..200)
            .map(|at| (0.0, f64::from(at % 2), at % 2 == 1))
            .collect();
        let mut picked = cases(&rows);
        picked.are_most = false;
        let start = Weights::of(&picked, -4.0);
        let found = fit(&picked, &start, |_| true);
        let expected = |weights: &Weights| {
            let forecasts = picked.rows.iter().map(|row| weights.log_odds(row));
            forecasts.map(probability).sum::<f64>()
        };
        assert!(found.points[1] > 2.0, "{found:?}");
        assert!((expected(&found) - expected(&start)).abs() < 1e-6);
        picked.are_most = true;
        let free = fit(&picked, &start, |_| true);
        assert!(expected(&free) > 90.0, "{free:?}");
    }
}
