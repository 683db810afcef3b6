//! What the previous run's input had and this one's lacks: without it a run goes on, so somebody has to say so.

use std::collections::BTreeSet;

use super::findings::finding;
use super::rulings;
use crate::ingest::table_schemas;
use crate::run::{Finding, FindingSeverity, ManifestInput};
use crate::strategy::Strategy;

/// Tables and columns that are gone from the input, though the strategy would read them.
///
/// # Panics
/// When the strategy's tables could not have been read.
pub(super) fn findings(
    before: &[ManifestInput],
    now: &[ManifestInput],
    strategy: &Strategy,
) -> Vec<Finding> {
    let schemas = table_schemas(strategy).expect("the strategy's tables have been read");
    // That a link type of the strategy file has no table is told in every run.
    let declared = strategy.declared_links().iter();
    let declared: BTreeSet<&str> = declared.map(|link| link.table.as_str()).collect();
    let (mut tables, mut columns) = (Vec::new(), Vec::new());
    for schema in &schemas {
        let table = schema.name();
        if !has(now, table) {
            if has(before, table) && !declared.contains(table) {
                tables.push(table.to_owned());
            }
            continue;
        }
        // A risk signal may have the name of another column.
        let names: BTreeSet<&str> = schema.column_names().collect();
        let lost = |name: &str| lost_column(before, now, table, name);
        columns.extend(names.into_iter().filter_map(lost));
    }
    if has(before, rulings::INPUT) && !has(now, rulings::INPUT) {
        tables.push("the record of decisions (--decisions)".to_owned());
    }
    let found = [
        told("vanished_tables", "tables", &tables),
        told("vanished_columns", "columns", &columns),
    ];
    found.into_iter().flatten().collect()
}

fn told(code: &str, what: &str, names: &[String]) -> Option<Finding> {
    let count = names.len() as u64;
    let sentence = format!(
        "{count} {what} that the previous run read are not in the input any more: {}",
        names.join(", ")
    );
    finding(code, FindingSeverity::Warn, count, sentence)
}

fn has(inputs: &[ManifestInput], table: &str) -> bool {
    inputs.iter().any(|input| input.table == table)
}

/// The name of a column that stands in fewer of the table's files than it did: in none, or no longer in all.
fn lost_column(
    before: &[ManifestInput],
    now: &[ManifestInput],
    table: &str,
    column: &str,
) -> Option<String> {
    let left = presence(now, table, column);
    if left >= presence(before, table, column) {
        return None;
    }
    let part = match left {
        Presence::Partly => " (in some files)",
        _ => "",
    };
    Some(format!("{table}.{column}{part}"))
}

/// In how many of its files a table has a column.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Presence {
    /// Or in a run of a version that did not note columns.
    Nowhere,
    Partly,
    Everywhere,
}

fn presence(inputs: &[ManifestInput], table: &str, column: &str) -> Presence {
    let mut files = inputs.iter().filter(|input| input.table == table);
    let has = |file: &ManifestInput| file.columns.iter().any(|name| name == column);
    if !files.clone().any(has) {
        Presence::Nowhere
    } else if files.all(has) {
        Presence::Everywhere
    } else {
        Presence::Partly
    }
}
