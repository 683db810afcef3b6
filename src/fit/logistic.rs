//! Logistic regression with a normal prior around the weights in use, and signs that can't turn.

use super::cases::{CaseRow, Cases};

/// How far labels are expected to move a weight, in log-odds: the standard deviation of the prior. One
/// is what a reason of middling weight is worth; a hundred clear cases move it freely, ten hardly.
const PRIOR_DEVIATION: f64 = 1.0;
/// No weight is larger; the range of the strategy.
const MAX_WEIGHT: f64 = 20.0;
/// The descent ends when no weight moves further in a round, in log-odds.
const TOLERANCE: f64 = 1e-5;
/// Or after so many rounds; with separable cases the last digits take long and don't matter.
const MAX_ROUNDS: usize = 2000;

/// The constant, and a weight for each reason of the cases.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Weights {
    pub(super) prior: f64,
    pub(super) points: Vec<f64>,
}

impl Weights {
    /// The weights in use.
    pub(super) fn of(cases: &Cases, prior: f64) -> Self {
        Self {
            prior,
            points: cases.reasons.iter().map(|reason| reason.weight).collect(),
        }
    }

    /// To hundredths, as a strategy file has them.
    pub(super) fn rounded(self) -> Self {
        let round = |value: f64| (value * 100.0).round() / 100.0 + 0.0;
        Self {
            prior: round(self.prior),
            points: self.points.into_iter().map(round).collect(),
        }
    }

    pub(super) fn log_odds(&self, row: &CaseRow) -> f64 {
        let products = self.points.iter().zip(&row.applies).map(|(w, x)| w * x);
        self.prior + products.sum::<f64>()
    }
}

/// The most probable weights given the cases that `is_used` picks by position.
///
/// Minimizes the trust-weighted log loss plus `(w - w0)^2 / (2 deviation^2)` over weights of the signs
/// they have, by cyclic coordinate descent on the quadratic bound with curvature 1/4 (Böhning and
/// Lindsay 1988): every step lowers the loss, the order is fixed, so the result is the same everywhere.
/// Cost: O(rounds * cases * reasons).
pub(super) fn fit(cases: &Cases, start: &Weights, is_used: impl Fn(usize) -> bool) -> Weights {
    let used = cases.rows.iter().enumerate().filter(|(at, _)| is_used(*at));
    let rows: Vec<&CaseRow> = used.map(|(_, row)| row).collect();
    let mut weights = start.clone();
    let mut margins: Vec<f64> = rows.iter().map(|row| weights.log_odds(row)).collect();
    let free: Vec<usize> = (0..cases.reasons.len())
        .filter(|&at| cases.reasons[at].held.is_empty())
        .collect();
    for _ in 0..MAX_ROUNDS {
        let step = descend(
            &rows,
            &mut margins,
            |_| 1.0,
            weights.prior,
            start.prior,
            None,
        );
        weights.prior += step;
        let mut largest = step.abs();
        for &at in &free {
            let applies = |row: &CaseRow| row.applies[at];
            let (now, first) = (weights.points[at], start.points[at]);
            let step = descend(
                &rows,
                &mut margins,
                applies,
                now,
                first,
                Some(first.signum()),
            );
            weights.points[at] += step;
            largest = largest.max(step.abs());
        }
        if largest < TOLERANCE {
            break;
        }
    }
    weights
}

/// One step of one weight; moves the margins along and returns the step.
fn descend(
    rows: &[&CaseRow],
    margins: &mut [f64],
    applies: impl Fn(&CaseRow) -> f64,
    now: f64,
    first: f64,
    sign: Option<f64>,
) -> f64 {
    let precision = 1.0 / (PRIOR_DEVIATION * PRIOR_DEVIATION);
    let mut gradient = (now - first) * precision;
    let mut curvature = precision;
    for (row, margin) in rows.iter().zip(margins.iter()) {
        let x = applies(row);
        if x != 0.0 {
            let forecast = probability(*margin);
            let error = forecast - f64::from(u8::from(row.is_fraud));
            gradient += row.trust * error * x;
            curvature += row.trust * 0.25 * x * x;
        }
    }
    let (low, high) = match sign {
        None => (-MAX_WEIGHT, MAX_WEIGHT),
        Some(sign) if sign > 0.0 => (0.0, MAX_WEIGHT),
        Some(_) => (-MAX_WEIGHT, 0.0),
    };
    let step = (now - gradient / curvature).clamp(low, high) - now;
    for (row, margin) in rows.iter().zip(margins) {
        *margin += step * applies(row);
    }
    step
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
            labels_outside: 0,
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
}
