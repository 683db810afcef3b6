//! An evaluation as JSON and as tables for a terminal.

use comfy_table::Table;
use comfy_table::presets::NOTHING;

use super::series::summary;
use super::{Evaluation, Figure, Interval, Method, ReliabilityBin, SeriesEvaluation};

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
    parts.push(reliability(
        "clustered merchants",
        &evaluation.merchant_reliability,
    ));
    parts.push(reliability("clusters", &evaluation.cluster_reliability));
    explained(parts.join("\n\n"))
}

/// Tables with a line about their intervals, where they have any.
fn explained(tables: String) -> String {
    if tables.contains(WILSON) {
        format!("{tables}\n\n{INTERVALS}.\n")
    } else {
        tables + "\n"
    }
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
    let header = [
        "event",
        "happened",
        "judged",
        "right",
        "share",
        "95 % interval",
    ];
    let mut events = plain(&header);
    for event in &evaluation.events {
        events.add_row([
            event.event.to_owned(),
            event.happened.to_string(),
            event.judged.to_string(),
            event.right.to_string(),
            number(event.right_share),
            interval(event.interval, DECIMALS),
        ]);
    }
    let parts = [
        summary(evaluation),
        figures(&evaluation.figures),
        text(&events),
    ];
    explained(parts.join("\n\n"))
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
    value.map_or_else(|| "-".to_owned(), |value| format!("{value:.DECIMALS$}"))
}

/// `0.9011 to 0.9423`, or nothing: to as many decimals as the figure itself, or that could lie outside.
pub(super) fn interval(ends: Option<Interval>, decimals: usize) -> String {
    ends.map_or_else(String::new, |ends| {
        let mark = match ends.method {
            Method::Bootstrap => "",
            Method::Wilson => WILSON,
        };
        format!("{:.decimals$} to {:.decimals$}{mark}", ends.low, ends.high)
    })
}

/// What marks an interval that no bootstrap made.
const WILSON: &str = " (Wilson)";

/// What the intervals are.
pub(super) const INTERVALS: &str = "Intervals are 95 % bootstrap intervals; where every sample came to the same share, \
    Wilson's binomial interval stands in and is marked";

/// Decimals of a figure, and of a share in a table of bins.
pub(super) const DECIMALS: usize = 4;
pub(super) const BIN_DECIMALS: usize = 3;
/// A count's interval has no whole ends.
pub(super) const COUNT_DECIMALS: usize = 1;

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
            &interval(figure.interval(), DECIMALS),
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
            &interval(row.recovered.interval(), DECIMALS),
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
        "95 % interval",
        "review",
        "95 % interval",
        "groups in top",
        "95 % interval",
    ]);
    for row in &evaluation.harm {
        table.add_row([
            &row.kind,
            &row.groups.to_string(),
            &row.merchants.to_string(),
            &number(Some(row.enforce)),
            &interval(row.enforce_interval, DECIMALS),
            &number(Some(row.review)),
            &interval(row.review_interval, DECIMALS),
            &row.groups_in_top.to_string(),
            &interval(row.groups_in_top_interval, COUNT_DECIMALS),
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
        "95 % interval",
    ]);
    for bin in bins.iter().filter(|bin| bin.count > 0) {
        table.add_row([
            format!("{:.1} to {:.1}", bin.from, bin.from + 0.1),
            bin.count.to_string(),
            format!("{:.BIN_DECIMALS$}", bin.forecast),
            format!("{:.BIN_DECIMALS$}", bin.observed),
            interval(bin.interval, BIN_DECIMALS),
        ]);
    }
    text(&table)
}
