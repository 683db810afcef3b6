//! Which columns each table has, and how each is read.

use super::IngestError;
use super::tables::AllowlistKind;
use crate::model::{EntityTypeIdx, narrow_u8};
use crate::strategy::{Normalizer, Strategy};

/// The longest `merchant_id`: an id beyond it is a sign of a shifted column, not an id.
pub(super) const MAX_ID_BYTES: usize = 512;

/// What a table is called and which of its columns are read.
#[derive(Clone, Debug)]
pub struct TableSchema {
    pub(super) name: String,
    pub(super) role: TableRole,
    pub(super) columns: Vec<Column>,
    /// Link types read from this table: each with the position in `columns` of its value.
    pub(super) links: Vec<LinkColumn>,
    /// What the column `kind` of the allowlist may say.
    pub(super) allowlist_kinds: Vec<(String, AllowlistKind)>,
}

/// Where the rows of a table go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TableRole {
    Merchants,
    Links,
    Relations,
    Labels,
    Allowlist,
}

#[derive(Clone, Debug)]
pub(super) struct Column {
    pub(super) name: String,
    pub(super) kind: Kind,
    pub(super) required: bool,
}

#[derive(Clone, Debug)]
pub(super) struct LinkColumn {
    pub(super) entity_type: EntityTypeIdx,
    pub(super) column: usize,
}

/// How a field is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A merchant id: never empty, no control characters.
    Id,
    /// A text that a row makes no sense without.
    Needed,
    Text,
    /// From this time on the row is known.
    KnownFrom,
    LastSeen,
    /// A time that lies in the future by its nature.
    Expiry,
    Count,
    Money,
    Number,
    Status,
    Label,
    /// What an exception is about.
    About,
}

/// The fixed tables, whose names a `[[link]]` block can't take (`merchants` aside: a link type may
/// read one of its columns).
const RESERVED: [&str; 3] = ["relations", "labels", "allowlist"];

/// Every table the strategy asks for, `merchants` first.
///
/// # Errors
/// When a link type wants to read a table that holds something else.
pub fn table_schemas(strategy: &Strategy) -> Result<Vec<TableSchema>, IngestError> {
    let mut tables = vec![TableSchema::merchants(&strategy.input.risk_signals)];
    for (index, link) in strategy.links.iter().enumerate() {
        if RESERVED.contains(&link.table.as_str()) {
            return Err(IngestError::ReservedTable {
                link: link.name.clone(),
                table: link.table.clone(),
            });
        }
        let entity_type = EntityTypeIdx(narrow_u8(index));
        let (column, normalizer) = (&link.column, link.normalizer);
        match tables.iter_mut().find(|table| table.name == link.table) {
            Some(table) => table.add_link(column, entity_type, normalizer),
            None => tables.push(TableSchema::links(
                &link.table,
                column,
                entity_type,
                normalizer,
            )),
        }
    }
    tables.extend([relations(), labels(), allowlist(strategy)]);
    Ok(tables)
}

impl TableSchema {
    /// The table's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The names of its columns, required and optional ones.
    pub fn column_names(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().map(|column| column.name.as_str())
    }

    /// `merchants`, with these numeric risk signals beside its fixed columns.
    pub fn merchants(risk_signals: &[String]) -> Self {
        let mut table = Self::new("merchants", TableRole::Merchants, &MERCHANT_COLUMNS);
        for name in risk_signals {
            table.add(name, Kind::Number, false);
        }
        table
    }

    /// A table of links with one value column.
    pub fn links(
        name: &str,
        column: &str,
        entity_type: EntityTypeIdx,
        normalizer: Normalizer,
    ) -> Self {
        let mut table = Self::new(name, TableRole::Links, &LINK_COLUMNS);
        table.add_link(column, entity_type, normalizer);
        table
    }

    fn new(name: &str, role: TableRole, columns: &[(&str, Kind, bool)]) -> Self {
        let mut table = Self {
            name: name.to_owned(),
            role,
            columns: Vec::with_capacity(columns.len()),
            links: Vec::new(),
            allowlist_kinds: Vec::new(),
        };
        for &(name, kind, required) in columns {
            table.add(name, kind, required);
        }
        table
    }

    fn add(&mut self, name: &str, kind: Kind, required: bool) -> usize {
        self.columns.push(Column {
            name: name.to_owned(),
            kind,
            required,
        });
        self.columns.len() - 1
    }

    /// Two link types on one column (`address` and `building`) are one table, under the first.
    fn add_link(&mut self, column: &str, entity_type: EntityTypeIdx, normalizer: Normalizer) {
        let same = |link: &LinkColumn| self.columns[link.column].name == column;
        if !self.links.iter().any(same) {
            let column = self.add(column, Kind::Text, true);
            self.links.push(LinkColumn {
                entity_type,
                column,
            });
        }
        if normalizer == Normalizer::Address && !self.has_place() {
            // A table may have one of these already: `merchants` has `city` and `country`.
            for (name, kind) in PLACE {
                if !self.columns.iter().any(|known| known.name == name) {
                    self.add(name, kind, false);
                }
            }
        }
    }

    /// Whether the columns beside an address are read.
    pub(super) fn has_place(&self) -> bool {
        self.columns.iter().any(|column| column.name == "lat")
    }

    /// Whether each row's line and raw text are kept for a later verdict (duplicate merchants).
    pub(super) fn keeps_rows(&self) -> bool {
        self.role == TableRole::Merchants
    }

    /// The names of the required columns, for messages.
    pub(super) fn required_names(&self) -> String {
        let required = self.columns.iter().filter(|column| column.required);
        let names: Vec<_> = required.map(|column| column.name.as_str()).collect();
        names.join(", ")
    }
}

const PLACE: [(&str, Kind); 5] = [
    ("city", Kind::Text),
    ("postal_code", Kind::Text),
    ("country", Kind::Text),
    ("lat", Kind::Number),
    ("lon", Kind::Number),
];

const MERCHANT_COLUMNS: [(&str, Kind, bool); 9] = [
    ("merchant_id", Kind::Id, true),
    ("name", Kind::Text, false),
    ("category", Kind::Text, false),
    ("city", Kind::Text, false),
    ("country", Kind::Text, false),
    ("registered_at", Kind::KnownFrom, false),
    ("status", Kind::Status, false),
    ("owner_id", Kind::Text, false),
    ("gmv_30d", Kind::Money, false),
];

/// The columns of a table of links beside its values.
const LINK_COLUMNS: [(&str, Kind, bool); 5] = [
    ("merchant_id", Kind::Id, true),
    ("first_seen", Kind::KnownFrom, false),
    ("last_seen", Kind::LastSeen, false),
    ("events", Kind::Count, false),
    ("amount", Kind::Money, false),
];

fn relations() -> TableSchema {
    let fixed = [
        ("merchant_id", Kind::Id, true),
        ("other_merchant_id", Kind::Id, true),
        ("kind", Kind::Text, false),
        ("events", Kind::Count, false),
        ("amount", Kind::Money, false),
        ("first_seen", Kind::KnownFrom, false),
        ("last_seen", Kind::LastSeen, false),
    ];
    TableSchema::new("relations", TableRole::Relations, &fixed)
}

fn labels() -> TableSchema {
    let fixed = [
        ("merchant_id", Kind::Id, true),
        ("label", Kind::Label, true),
        ("decided_at", Kind::KnownFrom, false),
    ];
    TableSchema::new("labels", TableRole::Labels, &fixed)
}

fn allowlist(strategy: &Strategy) -> TableSchema {
    let fixed = [
        ("kind", Kind::About, true),
        ("value", Kind::Needed, true),
        ("reason", Kind::Text, false),
        ("expires_at", Kind::Expiry, false),
    ];
    let mut table = TableSchema::new("allowlist", TableRole::Allowlist, &fixed);
    table.allowlist_kinds = vec![
        ("merchant".to_owned(), AllowlistKind::Merchant),
        ("owner".to_owned(), AllowlistKind::Owner),
    ];
    let links = strategy.links.iter().enumerate().map(|(index, link)| {
        let entity_type = EntityTypeIdx(narrow_u8(index));
        (link.name.clone(), AllowlistKind::Entity(entity_type))
    });
    table.allowlist_kinds.extend(links);
    table
}

/// A table of devices, for the tests of this room.
#[cfg(test)]
pub(super) fn test_schema() -> TableSchema {
    TableSchema::links("devices", "device_id", EntityTypeIdx(0), Normalizer::Device)
}
