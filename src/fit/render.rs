//! A fit as JSON and as tables for a terminal.

use comfy_table::Table;
use comfy_table::presets::NOTHING;

use super::{Comparison, Fit, WeightChange};

/// The fit as one JSON object, indented.
///
/// # Panics
/// Never: every field of a fit has a JSON form.
pub fn json(fit: &Fit) -> String {
    serde_json::to_string_pretty(fit).expect("names and numbers only")
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

fn plain(header: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_style(NOTHING).set_header(header.to_vec());
    table
}

fn text(table: &Table) -> String {
    let lines = table.to_string();
    let lines: Vec<&str> = lines.lines().map(str::trim_end).collect();
    lines.join("\n")
}

fn capitalized(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(chars).collect()
    })
}
