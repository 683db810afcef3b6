//! Columns by position become the tables that the next room knows by name.

use std::cmp::Ordering;
use std::hash::BuildHasher;

use rayon::prelude::*;
use rustc_hash::FxBuildHasher;

use super::rows::{RowReject, Rows};
use super::schema::{TableRole, TableSchema};
use super::tables::{
    AllowlistKind, AllowlistRow, InputFile, Label, LabelRow, LinkTable, MerchantTable,
    PlaceColumns, Reject, RelationTable, Signal, Status, Tables,
};
use super::values::Values;
use crate::model::{Money, TextColumn, Timestamp, narrow_u32};

/// What one file gave to the rows of its table.
pub(super) struct FileRows {
    pub(super) file: InputFile,
    /// The position of its first row in the table.
    pub(super) first_row: usize,
    pub(super) rejects: Vec<RowReject>,
}

/// Adds a table that was read whole.
pub(super) fn add_table(
    tables: &mut Tables,
    schema: &TableSchema,
    mut rows: Rows,
    mut files: Vec<FileRows>,
) {
    if schema.role == TableRole::Merchants {
        reject_duplicates(&mut rows, &mut files, schema);
    }
    // A verdict is news about a merchant, not from the market: it has to move no day.
    if schema.role != TableRole::Labels {
        tables.newest = tables.newest.max(rows.newest);
    }
    tables.not_yet_known += rows.not_yet_known;
    tables.unknown_status += rows.unknown_status;
    for FileRows { file, rejects, .. } in files {
        let named = rejects.into_iter().map(|reject| Reject {
            file: file.path.clone(),
            line: reject.line,
            reason: reject.reason,
            raw: reject.raw,
        });
        tables.rejects.extend(named);
        tables.inputs.push(file);
    }
    let mut columns = Columns { schema, rows };
    add_links(&mut tables.links, &mut columns);
    match schema.role {
        TableRole::Merchants => tables.merchants = columns.merchants(),
        TableRole::Links => {}
        TableRole::Relations => tables.relations = columns.relations(),
        TableRole::Labels => tables.labels = columns.labels(),
        TableRole::Allowlist => tables.allowlist = columns.allowlist(),
    }
}

/// Keeps one row of each merchant, the smallest by what it says, so that the order of the rows in
/// the input decides nothing.
fn reject_duplicates(rows: &mut Rows, files: &mut [FileRows], schema: &TableSchema) {
    let losers = {
        let Some(Some(Values::Text(ids))) = rows.columns.first() else {
            return;
        };
        let mut hashed: Vec<(u64, u32)> = (0..rows.accepted)
            .into_par_iter()
            .map(|row| (FxBuildHasher.hash_one(ids.get(row)), narrow_u32(row)))
            .collect();
        hashed.par_sort_unstable();
        let mut losers: Vec<usize> = hashed
            .par_chunk_by(|one, other| one.0 == other.0)
            .filter(|run| run.len() > 1)
            .flat_map_iter(|run| losers_of(rows, ids, run))
            .collect();
        losers.sort_unstable();
        losers
    };
    for &row in &losers {
        let file = files.partition_point(|file| file.first_row <= row) - 1;
        let reason = "duplicate_merchant: merchant_id: expected each merchant once";
        files[file].rejects.push(RowReject {
            line: rows.lines[row],
            reason: reason.to_owned(),
            raw: rows.raws.get(row).to_owned(),
        });
        files[file].file.accepted -= 1;
        files[file].file.rejected += 1;
    }
    rows.lines = Vec::new();
    rows.raws = TextColumn::default();
    if !losers.is_empty() {
        rows.remove(&losers);
        rows.find_newest(schema);
    }
}

/// All rows of a hash but the smallest of each merchant, and of equal ones the first.
fn losers_of(rows: &Rows, ids: &TextColumn, run: &[(u64, u32)]) -> Vec<usize> {
    let mut named: Vec<(&str, usize)> = run
        .iter()
        .map(|&(_, row)| (ids.get(row as usize), row as usize))
        .collect();
    named.sort_unstable();
    let mut losers = Vec::new();
    for same in named.chunk_by(|one, other| one.0 == other.0) {
        let all = || same.iter().map(|&(_, row)| row);
        let kept = all().min_by(|&one, &other| {
            compare_rows(rows, one, other)
                .then_with(|| rows.raws.get(one).cmp(rows.raws.get(other)))
        });
        losers.extend(all().filter(|row| Some(*row) != kept));
    }
    losers
}

fn compare_rows(rows: &Rows, a: usize, b: usize) -> Ordering {
    let columns = rows.columns.iter().flatten();
    let mut orders = columns.map(|values| values.compare(a, b));
    orders
        .find(|order| order.is_ne())
        .unwrap_or(Ordering::Equal)
}

/// The columns of a table, taken one by one.
struct Columns<'a> {
    schema: &'a TableSchema,
    rows: Rows,
}

/// Takes the first column of a name out, or an empty one when no file had it.
macro_rules! take {
    ($function:ident, $variant:ident, $type:ty) => {
        fn $function(&mut self, name: &str) -> $type {
            let mut columns = self.schema.columns.iter();
            let position = columns.position(|column| column.name == name);
            let position = position.expect("a table asks for the columns of its schema");
            match self.rows.columns[position].take() {
                None => <$type>::default(),
                Some(Values::$variant(values)) => values,
                Some(_) => unreachable!("a column's kind fixes the type of its values"),
            }
        }
    };
}

impl Columns<'_> {
    take!(text, Text, TextColumn);
    take!(times, Time, Vec<Option<Timestamp>>);
    take!(counts, Count, Vec<u32>);
    take!(money, Money, Vec<Option<Money>>);
    take!(numbers, Number, Vec<f64>);
    take!(statuses, Status, Vec<Status>);
    take!(labels_column, Label, Vec<Label>);
    take!(kinds, AllowlistKind, Vec<AllowlistKind>);

    fn merchants(&mut self) -> MerchantTable {
        let signals = self.signals();
        MerchantTable {
            merchant_id: self.text("merchant_id"),
            name: self.text("name"),
            category: self.text("category"),
            city: self.text("city"),
            country: self.text("country"),
            registered_at: self.times("registered_at"),
            status: self.statuses("status"),
            owner_id: self.text("owner_id"),
            gmv_30d: self.money("gmv_30d"),
            signals,
        }
    }

    /// By position: a signal may carry the name of another column, such as `gmv_30d`.
    fn signals(&mut self) -> Vec<Signal> {
        let columns = self.schema.columns.iter().zip(&mut self.rows.columns);
        let signals = columns.filter_map(|(column, values)| {
            let place = column.name == "lat" || column.name == "lon";
            match values {
                Some(Values::Number(numbers)) if !place => Some(Signal {
                    name: column.name.clone(),
                    values: std::mem::take(numbers),
                }),
                _ => None,
            }
        });
        signals.collect()
    }

    fn relations(&mut self) -> RelationTable {
        RelationTable {
            merchant_id: self.text("merchant_id"),
            other_merchant_id: self.text("other_merchant_id"),
            kind: self.text("kind"),
            events: self.counts("events"),
            amount: self.money("amount"),
            first_seen: self.times("first_seen"),
            last_seen: self.times("last_seen"),
        }
    }

    fn labels(&mut self) -> Vec<LabelRow> {
        let ids = self.text("merchant_id");
        let decided_at = self.times("decided_at");
        let labels = self.labels_column("label").into_iter().enumerate();
        let rows = labels.map(|(row, label)| LabelRow {
            merchant_id: ids.get(row).to_owned(),
            label,
            decided_at: decided_at.get(row).copied().flatten(),
        });
        rows.collect()
    }

    fn allowlist(&mut self) -> Vec<AllowlistRow> {
        let values = self.text("value");
        let reasons = self.text("reason");
        let expires_at = self.times("expires_at");
        let kinds = self.kinds("kind").into_iter().enumerate();
        let rows = kinds.map(|(row, kind)| AllowlistRow {
            kind,
            value: values.get(row).to_owned(),
            reason: reasons.get(row).to_owned(),
            expires_at: expires_at.get(row).copied().flatten(),
        });
        rows.collect()
    }

    fn links(&mut self) -> LinkTable {
        LinkTable {
            merchant_id: self.text("merchant_id"),
            first_seen: self.times("first_seen"),
            last_seen: self.times("last_seen"),
            events: self.counts("events"),
            amount: self.money("amount"),
            place: self.schema.has_place().then(|| self.place()),
            ..LinkTable::default()
        }
    }

    /// What `merchants` itself says beside a link value: it has no times and counts.
    fn merchant_links(&mut self) -> LinkTable {
        LinkTable {
            merchant_id: self.text("merchant_id"),
            place: self.schema.has_place().then(|| self.place()),
            ..LinkTable::default()
        }
    }

    fn place(&mut self) -> PlaceColumns {
        PlaceColumns {
            city: self.text("city"),
            postal_code: self.text("postal_code"),
            country: self.text("country"),
            lat: self.numbers("lat"),
            lon: self.numbers("lon"),
        }
    }
}

/// One link table for each value column. Where several link types read one table, each gets its own
/// copy of the other columns.
fn add_links(links: &mut Vec<LinkTable>, columns: &mut Columns<'_>) {
    let schema = columns.schema;
    if schema.links.is_empty() {
        return;
    }
    let mut values: Vec<_> = schema
        .links
        .iter()
        .map(|link| match columns.rows.columns[link.column].take() {
            Some(Values::Text(values)) => values,
            _ => TextColumn::default(),
        })
        .collect();
    let mut shared = match schema.role {
        TableRole::Merchants => {
            let mut rest = Columns {
                schema,
                rows: columns.rows.clone(),
            };
            rest.merchant_links()
        }
        _ => columns.links(),
    };
    let last = schema.links.len() - 1;
    for (index, link) in schema.links.iter().enumerate() {
        let base = if index == last {
            std::mem::take(&mut shared)
        } else {
            shared.clone()
        };
        links.push(LinkTable {
            entity_type: link.entity_type,
            value: std::mem::take(&mut values[index]),
            ..base
        });
    }
}
