//! The figures by which variants of one market are compared, as a table.

use ringfence::evaluate::Evaluation;

use crate::document::{Spread, Table, number, percent};
use crate::engine::figure;

/// The columns: heading, figure, whether it is shown in percent.
const FIGURES: [(&str, &str, bool); 6] = [
    ("average precision", "merchant_average_precision", false),
    ("ceiling", "ceiling_average_precision", false),
    ("precision at R", "precision_at_r", false),
    ("rings recovered", "ring_recovery", false),
    ("fraud in enforce", "enforce_precision", true),
    ("fraud that is in enforce", "enforce_recall", true),
];

/// One variant, measured on several seeds.
#[derive(Debug)]
pub(crate) struct Variant {
    name: String,
    figures: [Spread; FIGURES.len()],
}

impl Variant {
    pub(crate) fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            figures: Default::default(),
        }
    }

    pub(crate) fn add(&mut self, found: &Evaluation) {
        for ((_, name, _), spread) in FIGURES.iter().zip(&mut self.figures) {
            spread.add(figure(found, name));
        }
    }
}

/// The means of all variants, a row each.
pub(crate) fn table(heading: &str, variants: &[Variant]) -> String {
    let mut header = vec![heading];
    header.extend(FIGURES.map(|(heading, _, _)| heading));
    let mut table = Table::new(&header);
    for variant in variants {
        let mut cells = vec![variant.name.clone()];
        for ((_, _, in_percent), spread) in FIGURES.iter().zip(&variant.figures) {
            let show = if *in_percent { percent } else { number };
            cells.push(show(spread.mean()));
        }
        table.row(&cells);
    }
    table.finish()
}
