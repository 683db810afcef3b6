//! The strategy file with the fitted weights in it.

use std::fmt::Write as _;

use toml_edit::{DocumentMut, Item, Table, value};

use super::{Fit, FitError, WeightChange};
use crate::strategy::Strategy;

/// The text of a strategy file with the weights of a fit, everything else as it stands, comments
/// included; what was done is told at its head.
///
/// # Errors
/// [`FitError::StrategyText`] when the text has no place for the weights.
pub fn fitted_strategy(text: &str, fit: &Fit) -> Result<String, FitError> {
    let mut document: DocumentMut = text.parse().map_err(|_| FitError::StrategyText)?;
    let score = table_in(document.as_table_mut(), "score")?;
    set(score, &fit.prior);
    let points = table_in(score, "points")?;
    for change in fit.weights.iter().filter(|change| change.held.is_empty()) {
        set(points, change);
    }
    let text = head(fit) + &document.to_string();
    match Strategy::parse(&text) {
        Ok(_) => Ok(text),
        Err(_) => Err(FitError::StrategyText),
    }
}

fn table_in<'t>(parent: &'t mut Table, key: &str) -> Result<&'t mut Table, FitError> {
    let child = parent.entry(key).or_insert_with(|| {
        let mut table = Table::new();
        table.set_implicit(true);
        Item::Table(table)
    });
    child.as_table_mut().ok_or(FitError::StrategyText)
}

/// Sets a weight that moved; the comment above it stays.
fn set(table: &mut Table, change: &WeightChange) {
    if (change.after - change.before).abs() < 1e-9 {
        return;
    }
    match table.get_mut(&change.code) {
        Some(item) => *item = value(change.after),
        None => {
            table.insert(&change.code, value(change.after));
        }
    }
}

/// What was fitted, to what, and why it is believed.
fn head(fit: &Fit) -> String {
    let mut head = format!(
        "# `[score.points]` fitted to the run {} and {} labels: {} fraudulent and {} honest clusters.\n",
        fit.run_id,
        fit.labels - fit.labels_outside,
        fit.fraud_clusters,
        fit.legit_clusters
    );
    let lines = [
        format!("Why: {}.", fit.why),
        format!(
            "Average precision on clusters not seen: {:.4} before, {:.4} after ({:+.4} to {:+.4}).",
            fit.average_precision.before,
            fit.average_precision.after,
            fit.average_precision.low,
            fit.average_precision.high
        ),
    ];
    for line in lines {
        writeln!(head, "# {line}").expect("writing to a string");
    }
    let moved = std::iter::once(&fit.prior).chain(&fit.weights);
    for change in moved.filter(|change| (change.after - change.before).abs() > 1e-9) {
        let (code, before, after) = (&change.code, change.before, change.after);
        writeln!(head, "#   {code}: {before} -> {after}").expect("writing to a string");
    }
    head + "\n"
}
