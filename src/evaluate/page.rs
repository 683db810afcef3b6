//! An evaluation as one self-contained page with its curves drawn.

use std::fmt::Write;

use super::render::{BIN_DECIMALS, COUNT_DECIMALS, DECIMALS, INTERVALS, counts, interval, number};
use super::series::summary;
use super::{Evaluation, Figure, ReliabilityBin, SeriesEvaluation};

const STYLE: &str = "body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;\
color:#1d2530;background:#fff}table{border-collapse:collapse;margin:1rem 0;display:block;overflow-x:auto}\
td,th{padding:.25rem .75rem;text-align:left;border-bottom:1px solid #dde3ea}\
td.n{text-align:right;font-variant-numeric:tabular-nums}figure{display:inline-block;margin:0 2rem 1rem 0}\
svg{max-width:100%;height:auto}figcaption{color:#4a5868}";

/// The evaluation as an HTML page that needs no network.
pub fn html(evaluation: &Evaluation) -> String {
    let mut page = head(&counts(evaluation));
    page += &figures(&evaluation.figures);
    let diagonal = [(0.0, 0.0), (1.0, 1.0)];
    page += &plot(
        "Precision (up) by recall (right), merchants",
        &evaluation.curve,
        &[],
    );
    page += &plot(
        "Observed (up) by forecast (right), clustered merchants",
        &points(&evaluation.merchant_reliability),
        &diagonal,
    );
    page += &plot(
        "Observed (up) by forecast (right), clusters",
        &points(&evaluation.cluster_reliability),
        &diagonal,
    );
    page += &rows(
        &["Typology", "Rings", "Recovered", "Interval"],
        evaluation.typologies.iter().map(|row| {
            let found = &row.recovered;
            vec![
                escape(&row.typology),
                row.rings.to_string(),
                number(found.value),
                interval(found.interval(), DECIMALS),
            ]
        }),
    );
    page += &rows(
        &[
            "Honest kind",
            "Groups",
            "Merchants",
            "Enforce",
            "Interval",
            "Review",
            "Interval",
            "Groups in top",
            "Interval",
        ],
        evaluation.harm.iter().map(|row| {
            vec![
                escape(&row.kind),
                row.groups.to_string(),
                row.merchants.to_string(),
                number(Some(row.enforce)),
                interval(row.enforce_interval, DECIMALS),
                number(Some(row.review)),
                interval(row.review_interval, DECIMALS),
                row.groups_in_top.to_string(),
                interval(row.groups_in_top_interval, COUNT_DECIMALS),
            ]
        }),
    );
    page += &reliability("clustered merchants", &evaluation.merchant_reliability);
    page += &reliability("clusters", &evaluation.cluster_reliability);
    page + "</html>\n"
}

/// The evaluation of a series as an HTML page that needs no network.
pub fn series_html(evaluation: &SeriesEvaluation) -> String {
    let mut page = head(&summary(evaluation));
    page += &figures(&evaluation.figures);
    page += &rows(
        &["Event", "Happened", "Judged", "Right", "Share", "Interval"],
        evaluation.events.iter().map(|row| {
            vec![
                row.event.to_owned(),
                row.happened.to_string(),
                row.judged.to_string(),
                row.right.to_string(),
                number(row.right_share),
                interval(row.interval, DECIMALS),
            ]
        }),
    );
    page + "</html>\n"
}

fn head(summary: &str) -> String {
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n\
         <title>ringfence evaluation</title>\n<style>{STYLE}</style>\n<h1>Evaluation</h1>\n\
         <p>{summary}. {INTERVALS}.</p>\n"
    )
}

fn figures(figures: &[Figure]) -> String {
    rows(
        &["Figure", "Value", "Interval", "Meaning"],
        figures.iter().map(|figure| {
            vec![
                figure.name.to_owned(),
                number(figure.value),
                interval(figure.interval(), DECIMALS),
                figure.about.to_owned(),
            ]
        }),
    )
}

fn reliability(of: &str, bins: &[ReliabilityBin]) -> String {
    let probability = format!("Probability ({of})");
    rows(
        &[&probability, "Count", "Forecast", "Observed", "Interval"],
        bins.iter().filter(|bin| bin.count > 0).map(|bin| {
            vec![
                format!("{:.1} to {:.1}", bin.from, bin.from + 0.1),
                bin.count.to_string(),
                format!("{:.BIN_DECIMALS$}", bin.forecast),
                format!("{:.BIN_DECIMALS$}", bin.observed),
                interval(bin.interval, BIN_DECIMALS),
            ]
        }),
    )
}

fn points(bins: &[ReliabilityBin]) -> Vec<(f64, f64)> {
    let filled = bins.iter().filter(|bin| bin.count > 0);
    filled.map(|bin| (bin.forecast, bin.observed)).collect()
}

/// A table, or nothing without rows.
fn rows(header: &[&str], rows: impl Iterator<Item = Vec<String>>) -> String {
    let mut table = String::new();
    for row in rows {
        let cells = row.iter().map(|cell| {
            let class = if cell.starts_with(|c: char| c.is_ascii_digit()) {
                " class=\"n\""
            } else {
                ""
            };
            format!("<td{class}>{cell}</td>")
        });
        writeln!(table, "<tr>{}</tr>", cells.collect::<String>()).expect("a string takes all");
    }
    if table.is_empty() {
        return table;
    }
    let head = header.join("</th><th scope=\"col\">");
    format!("<table>\n<tr><th scope=\"col\">{head}</th></tr>\n{table}</table>\n")
}

/// A line in the unit square, with a dashed one to compare with.
fn plot(caption: &str, line: &[(f64, f64)], compare: &[(f64, f64)]) -> String {
    let path = |points: &[(f64, f64)]| {
        let place =
            |(x, y): &(f64, f64)| format!("{:.1},{:.1}", 30.0 + x * 240.0, 250.0 - y * 240.0);
        points.iter().map(place).collect::<Vec<_>>().join(" ")
    };
    let dots: String = if compare.is_empty() {
        String::new()
    } else {
        let dot = |(x, y): &(f64, f64)| {
            format!(
                "<circle cx=\"{:.1}\" cy=\"{:.1}\" r=\"3\" fill=\"#1b6ca8\"/>",
                30.0 + x * 240.0,
                250.0 - y * 240.0
            )
        };
        line.iter().map(dot).collect()
    };
    format!(
        "<figure><svg viewBox=\"0 0 280 270\" width=\"280\" height=\"270\" role=\"img\" aria-label=\"{caption}\">\
         <path d=\"M30 10V250H270\" fill=\"none\" stroke=\"#4a5868\"/>\
         <text x=\"4\" y=\"18\" font-size=\"11\">1.0</text><text x=\"22\" y=\"264\" font-size=\"11\">0</text>\
         <text x=\"256\" y=\"264\" font-size=\"11\">1.0</text>\
         <polyline points=\"{}\" fill=\"none\" stroke=\"#9aa7b5\" stroke-dasharray=\"4 3\"/>\
         <polyline points=\"{}\" fill=\"none\" stroke=\"#1b6ca8\" stroke-width=\"2\"/>{dots}</svg>\
         <figcaption>{caption}</figcaption></figure>\n",
        path(compare),
        path(line)
    )
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
