//! An evaluation as JSON and as tables for a terminal.

use comfy_table::Table;
use comfy_table::presets::NOTHING;

use super::series::summary;
use super::{Evaluation, Figure, ReliabilityBin, SeriesEvaluation};

/// The evaluation as one JSON object, indented.
///
/// # Panics
/// Never: every field of an evaluation has a JSON form.
pub fn json(evaluation: &Evaluation) -> String {
    serde_json::to_string_pretty(evaluation).expect("names and numbers only")
}

/// The evaluation as tables.
pub fn table(evaluation: &Evaluation) -> String {
    let mut parts = vec![counts(evaluation), figures(&evaluation.figures)];
    if !evaluation.typologies.is_empty() {
        parts.push(typologies(evaluation));
    }
    if !evaluation.harm.is_empty() {
        parts.push(harm(evaluation));
    }
    parts.push(reliability("merchants", &evaluation.merchant_reliability));
    parts.push(reliability("clusters", &evaluation.cluster_reliability));
    parts.join("\n\n") + "\n"
}

/// The evaluation of a series as one JSON object, indented.
///
/// # Panics
/// Never: every field of an evaluation has a JSON form.
pub fn series_json(evaluation: &SeriesEvaluation) -> String {
    serde_json::to_string_pretty(evaluation).expect("names and numbers only")
}

/// The evaluation of a series as tables.
pub fn series_table(evaluation: &SeriesEvaluation) -> String {
    let mut events = plain(&["event", "happened", "judged", "right"]);
    for event in &evaluation.events {
        let counts = [event.happened, event.judged, event.right].map(|n| n.to_string());
        events.add_row([event.event, &counts[0], &counts[1], &counts[2]]);
    }
    let parts = [
        summary(evaluation),
        figures(&evaluation.figures),
        text(&events),
    ];
    parts.join("\n\n") + "\n"
}

/// A sentence with the counts. Where the truth does not list all that the run clustered, the figures rest
/// on what the others are taken for, so it says how many those are.
pub(super) fn counts(evaluation: &Evaluation) -> String {
    let text = format!(
        "{} merchants, {} of them fraud, {} rings; {} clusters",
        evaluation.merchants, evaluation.fraud_merchants, evaluation.rings, evaluation.clusters
    );
    let (listed, clustered) = (
        evaluation.clustered_in_truth,
        evaluation.clustered_merchants,
    );
    if listed < clustered {
        return format!("{text}; the truth lists {listed} of the {clustered} clustered merchants");
    }
    text
}

/// `0.9213`, or a dash where a figure is not defined.
pub(super) fn number(value: Option<f64>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| format!("{value:.4}"))
}

/// `0.90 to 0.94`, or nothing.
pub(super) fn interval(figure: &Figure) -> String {
    match (figure.low, figure.high) {
        (Some(low), Some(high)) => format!("{low:.3} to {high:.3}"),
        _ => String::new(),
    }
}

/// A table without lines.
pub(crate) fn plain(header: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_style(NOTHING).set_header(header.to_vec());
    table
}

/// The table as text, without the blanks at the ends of its lines.
pub(crate) fn text(table: &Table) -> String {
    let lines = table.to_string();
    let lines: Vec<&str> = lines.lines().map(str::trim_end).collect();
    lines.join("\n")
}

fn figures(figures: &[Figure]) -> String {
    let mut table = plain(&["figure", "value", "95 % interval", "meaning"]);
    for figure in figures {
        table.add_row([
            figure.name,
            &number(figure.value),
            &interval(figure),
            figure.about,
        ]);
    }
    text(&table)
}

fn typologies(evaluation: &Evaluation) -> String {
    let mut table = plain(&["typology", "rings", "recovered", "95 % interval"]);
    for row in &evaluation.typologies {
        table.add_row([
            &row.typology,
            &row.rings.to_string(),
            &number(row.recovered.value),
            &interval(&row.recovered),
        ]);
    }
    text(&table)
}

fn harm(evaluation: &Evaluation) -> String {
    let mut table = plain(&[
        "honest kind",
        "groups",
        "merchants",
        "enforce",
        "review",
        "groups in top",
    ]);
    for row in &evaluation.harm {
        table.add_row([
            &row.kind,
            &row.groups.to_string(),
            &row.merchants.to_string(),
            &format!("{:.4}", row.enforce),
            &format!("{:.4}", row.review),
            &row.groups_in_top.to_string(),
        ]);
    }
    text(&table)
}

fn reliability(of: &str, bins: &[ReliabilityBin]) -> String {
    let mut table = plain(&[
        &format!("probability ({of})"),
        "count",
        "forecast",
        "observed",
    ]);
    for bin in bins.iter().filter(|bin| bin.count > 0) {
        table.add_row([
            format!("{:.1} to {:.1}", bin.from, bin.from + 0.1),
            bin.count.to_string(),
            format!("{:.3}", bin.forecast),
            format!("{:.3}", bin.observed),
        ]);
    }
    text(&table)
}
