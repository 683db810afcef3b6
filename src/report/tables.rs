//! The lower part of the page: data quality, hubs, and the facts of the run.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::cards::fact;
use super::html::{
    Html, MAX_DATA_CHARS, capped_note, count, count_of, counted, data_cell, mask, number_cell,
    row_header, shorten, table, wide, words,
};
use super::input::ReportInput;
use crate::run::HubRow;
use crate::run::{Finding, FindingSeverity};

const MAX_FINDINGS: usize = 30;
const MAX_REJECT_ROWS: usize = 20;
const MAX_HUBS: usize = 15;
const MAX_INPUTS: usize = 40;
const MAX_SENTENCE_CHARS: usize = 300;
/// Hex digits of a hash that tell it from any other on the page.
const SHORT_HASH: usize = 12;

/// What was wrong with the data.
pub(super) fn quality(page: &mut Html, input: &ReportInput) {
    page.element("section", &[("aria-labelledby", "quality")], |page| {
        page.leaf("h2", &[("id", "quality")], "Data quality");
        let rejected: u64 = input.inputs.iter().map(|file| file.rejected).sum();
        let rows: u64 = input.inputs.iter().map(|file| file.rows).sum();
        page.element("dl", &[("class", "facts panel")], |page| {
            let share = 100.0 * super::charts::ratio(rejected, rows);
            let of = format!("{} of {} ({share:.2} %)", count(rejected), count(rows));
            fact(page, "Rows rejected", &of);
            let dropped = count(input.counts.dropped_placeholders);
            fact(page, "Values dropped as placeholders", &dropped);
            let later = count(input.counts.not_yet_known_rows);
            fact(page, "Rows not yet known on the as-of day", &later);
        });
        page.leaf("h3", &[], "Findings");
        findings(page, input.findings);
        page.leaf("h3", &[], "Rejected rows");
        rejects(page, input);
    });
}

fn findings(page: &mut Html, findings: &[Finding]) {
    if findings.is_empty() {
        page.leaf("p", &[("class", "note")], "Nothing stood out.");
        return;
    }
    let mut sorted: Vec<_> = findings.iter().collect();
    sorted.sort_by_key(|row| (Reverse(row.severity), &row.code, &row.sentence, row.count));
    let shown = sorted.len().min(MAX_FINDINGS);
    let headers = ["Severity", "Finding", "#Count", "Code"];
    table(page, "Findings, gravest first", &headers, |page| {
        for row in &sorted[..shown] {
            page.element("tr", &[], |page| {
                row_header(page, |page| {
                    let name = severity_name(row.severity);
                    page.leaf("span", &[("class", &format!("chip {name}"))], name);
                });
                prose_cell(page, &row.sentence);
                number_cell(page, &count(row.count));
                let code = shorten(&row.code, MAX_DATA_CHARS);
                page.element("td", &[], |page| page.leaf("code", &[], &code));
            });
        }
    });
    capped_note(page, shown, sorted.len(), "findings; manifest.json has all");
}

/// A cell of a sentence, which stays readable on a narrow page by being wide.
fn prose_cell(page: &mut Html, sentence: &str) {
    let sentence = shorten(sentence, MAX_SENTENCE_CHARS);
    page.leaf("td", &[("class", "prose")], &sentence);
}

fn severity_name(severity: FindingSeverity) -> &'static str {
    match severity {
        FindingSeverity::Info => "info",
        FindingSeverity::Warn => "warning",
    }
}

/// Rejects by file and reason code, with one reason spelled out for each: the smallest, since any
/// will do and it must always be the same.
fn rejects(page: &mut Html, input: &ReportInput) {
    let mut groups: BTreeMap<(&str, &str), (usize, &str)> = BTreeMap::new();
    for row in input.rejects {
        let code = row.reason.split(':').next().unwrap_or_default();
        let (number, example) = groups.entry((&row.file, code)).or_insert((0, &row.reason));
        *number += 1;
        *example = (*example).min(&row.reason);
    }
    if groups.is_empty() {
        page.leaf("p", &[("class", "note")], "None.");
        return;
    }
    let mut sorted: Vec<_> = groups.into_iter().collect();
    sorted.sort_by_key(|(key, (number, _))| (Reverse(*number), *key));
    let shown = sorted.len().min(MAX_REJECT_ROWS);
    let headers = ["File", "Reason", "#Rows", "For instance"];
    table(page, "Rejected rows by file and reason", &headers, |page| {
        for ((file, code), (number, example)) in &sorted[..shown] {
            page.element("tr", &[], |page| {
                row_header(page, |page| page.data(file));
                data_cell(page, &words(code));
                number_cell(page, &count_of(*number));
                let said = example.strip_prefix(code).unwrap_or(example);
                let said = said.trim_start_matches([':', ' ']);
                prose_cell(page, said);
            });
        }
    });
    capped_note(
        page,
        shown,
        sorted.len(),
        "files and reasons; rejects.csv has every row",
    );
}

/// The entities that most merchants use.
pub(super) fn hubs(page: &mut Html, input: &ReportInput) {
    page.element("section", &[("aria-labelledby", "hubs")], |page| {
        page.leaf("h2", &[("id", "hubs")], "Hubs");
        if input.hubs.is_empty() {
            page.leaf("p", &[], "No value is used by unusually many merchants.");
            return;
        }
        let lead = "Values that many merchants use, what they were taken for, and what evidence is \
                    left for two merchants that share one. A misjudged hub is corrected in the allowlist.";
        page.leaf("p", &[("class", "lead")], lead);
        let mut sorted: Vec<&HubRow> = input.hubs.iter().collect();
        sorted.sort_by_key(|row| (Reverse(row.merchants), &*row.entity_type, &*row.entity));
        let shown = sorted.len().min(MAX_HUBS);
        let headers = ["Type", "Value", "Taken for", "#Merchants", "#Cities", "#Owners", "#Bits a pair"];
        table(page, "Largest hubs", &headers, |page| {
            for row in &sorted[..shown] {
                page.element("tr", &[], |page| hub(page, row));
            }
        });
        page.leaf("p", &[("class", "note")], "Values are masked; hubs.csv has them in full.");
        capped_note(page, shown, sorted.len(), "hubs");
    });
}

fn hub(page: &mut Html, row: &HubRow) {
    let spelling = if row.shown.is_empty() {
        &row.entity
    } else {
        &row.shown
    };
    row_header(page, |page| page.data(&row.entity_type));
    data_cell(page, &mask(spelling));
    data_cell(page, &words(&row.hub_class));
    number_cell(page, &count(row.merchants.into()));
    number_cell(page, &count(row.cities.into()));
    number_cell(page, &count(row.owners.into()));
    number_cell(page, &row.pair_bits.to_string());
}

/// What was read, and by what.
pub(super) fn facts(page: &mut Html, input: &ReportInput) {
    page.element("section", &[("aria-labelledby", "facts")], |page| {
        page.leaf("h2", &[("id", "facts")], "Run facts");
        page.element("dl", &[("class", "facts panel")], |page| {
            fact(page, "Run", &shorten(input.run_id, 2 * MAX_DATA_CHARS));
            fact(page, "As of", &shorten(input.as_of, MAX_DATA_CHARS));
            let previous = input.previous_run_id.unwrap_or("none");
            fact(page, "Previous run", &shorten(previous, 2 * MAX_DATA_CHARS));
            let version = format!("ringfence {}", shorten(input.tool_version, MAX_DATA_CHARS));
            fact(page, "Version", &version);
            fact(page, "Strategy (BLAKE3)", &short_hash(input.strategy_hash));
            let status = if input.held_by.is_empty() {
                "published"
            } else {
                "held back"
            };
            fact(page, "Status", status);
        });
        page.leaf("h3", &[], "Input files");
        inputs(page, input);
    });
}

fn inputs(page: &mut Html, input: &ReportInput) {
    if input.inputs.is_empty() {
        page.leaf("p", &[("class", "note")], "None.");
        return;
    }
    let mut sorted: Vec<_> = input.inputs.iter().collect();
    sorted.sort_by_key(|file| &file.path);
    let shown = sorted.len().min(MAX_INPUTS);
    let caption = format!(
        "What was read from {}",
        counted(wide(sorted.len()), "file", "files")
    );
    let headers = ["File", "#Rows", "#Accepted", "#Rejected", "BLAKE3"];
    table(page, &caption, &headers, |page| {
        for file in &sorted[..shown] {
            page.element("tr", &[], |page| {
                row_header(page, |page| page.data(&file.path));
                number_cell(page, &count(file.rows));
                number_cell(page, &count(file.accepted));
                number_cell(page, &count(file.rejected));
                let hash = short_hash(&file.blake3);
                page.element("td", &[], |page| page.leaf("code", &[], &hash));
            });
        }
    });
    capped_note(
        page,
        shown,
        sorted.len(),
        "files; manifest.json has all, with whole hashes",
    );
}

fn short_hash(hash: &str) -> String {
    hash.chars().take(SHORT_HASH).collect()
}
