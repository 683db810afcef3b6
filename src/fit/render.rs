//! A fit as JSON and as tables for a terminal.

use serde::Serialize;

use crate::evaluate::{plain, text};

use super::{EvidenceEstimate, Fit, WeightChange};
use crate::learn::Comparison;

/// A fit, or an estimate of evidence, as one JSON object, indented.
///
/// # Panics
/// Never: every field of either has a JSON form.
pub fn json(report: &impl Serialize) -> String {
    serde_json::to_string_pretty(report).expect("names and numbers only")
}

/// An estimate of evidence as a table.
pub fn estimate_table(estimate: &EvidenceEstimate) -> String {
    let head = format!(
        "{} merchants of run {}; estimated without labels, for comparison with [links.*] bits",
        estimate.merchants, estimate.run_id
    );
    let mut table = plain(&[
        "kind",
        "strangers share one (u)",
        "one hand shares one (m)",
        "log2(m/u)",
        "bits set",
        "pairs",
        "of one hand",
    ]);
    let or_dash = |value: Option<String>| value.unwrap_or_else(|| "-".to_owned());
    for kind in &estimate.kinds {
        table.add_row([
            kind.entity_type.clone(),
            format!("{:.2e}", kind.u),
            or_dash(kind.m.map(|m| format!("{m:.3}"))),
            or_dash(kind.bits.map(|bits| format!("{bits:.1}"))),
            format!("{:.1}", kind.setting_bits),
            kind.pairs.to_string(),
            or_dash(kind.one_hand.map(|share| format!("{:.0} %", share * 100.0))),
        ]);
    }
    format!("{head}\n\n{}\n", text(&table))
}

/// The fit as tables.
pub fn table(fit: &Fit) -> String {
    let labels = format!(
        "{} labels, {} of them in no cluster; {} fraudulent and {} honest clusters of run {}",
        fit.labels, fit.labels_outside, fit.fraud_clusters, fit.legit_clusters, fit.run_id
    );
    let parts = [
        labels,
        figures(fit),
        weights(fit),
        capitalized(&fit.why) + ".",
    ];
    parts.join("\n\n") + "\n"
}

fn figures(fit: &Fit) -> String {
    let mut table = plain(&[
        "on clusters not seen",
        "before",
        "after",
        "difference",
        "95 % interval",
    ]);
    let mut add = |name: &str, figure: &Comparison| {
        table.add_row([
            name.to_owned(),
            format!("{:.4}", figure.before),
            format!("{:.4}", figure.after),
            format!("{:+.4}", figure.difference),
            format!("{:+.4} to {:+.4}", figure.low, figure.high),
        ]);
    };
    add("log loss (less is better)", &fit.log_loss);
    add("average precision", &fit.average_precision);
    text(&table)
}

fn weights(fit: &Fit) -> String {
    let mut table = plain(&["weight", "before", "after", "clusters", "note"]);
    let mut add = |change: &WeightChange| {
        table.add_row([
            change.code.clone(),
            format!("{:+.2}", change.before),
            format!("{:+.2}", change.after),
            change.clusters.to_string(),
            change.held.to_owned(),
        ]);
    };
    add(&fit.prior);
    fit.weights.iter().for_each(add);
    text(&table)
}

fn capitalized(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(chars).collect()
    })
}
