//! What ingest hands on: the input in columns, nothing normalized, nothing lost.

use crate::model::{EntityTypeIdx, Money, TextColumn, Timestamp};

/// The whole input. Optional columns that the input lacks are empty vectors or columns; readers use
/// `get` and take a missing row for a null.
#[derive(Clone, Debug, Default)]
pub struct Tables {
    /// One row per accepted row of `merchants`; `merchant_id` unique.
    pub merchants: MerchantTable,
    /// One table for each link type of the strategy that has a table of its own and a file.
    pub links: Vec<LinkTable>,
    /// Direct ties.
    pub relations: RelationTable,
    /// Verdicts, in input order.
    pub labels: Vec<LabelRow>,
    /// Exceptions, in input order, expired ones included.
    pub allowlist: Vec<AllowlistRow>,
    /// Every file read, sorted by path.
    pub inputs: Vec<InputFile>,
    /// Every row that was not accepted, sorted by (file, line).
    pub rejects: Vec<Reject>,
    /// The newest time in any accepted row, those of verdicts (`decided_at`) and of exceptions
    /// (`expires_at`) aside.
    pub newest: Option<Timestamp>,
    /// Rows left out because they were not known yet on the `--as-of` day.
    pub not_yet_known: u64,
    /// Rows of `merchants` whose status is none of the known ones; they count as active.
    pub unknown_status: u64,
}

/// `merchants`.
#[derive(Clone, Debug, Default)]
#[expect(
    missing_docs,
    reason = "the columns of the input contract, by their names"
)]
pub struct MerchantTable {
    pub merchant_id: TextColumn,
    pub name: TextColumn,
    pub category: TextColumn,
    pub city: TextColumn,
    pub country: TextColumn,
    pub registered_at: Vec<Option<Timestamp>>,
    pub status: Vec<Status>,
    pub owner_id: TextColumn,
    pub gmv_30d: Vec<Option<Money>>,
    /// One for each of the strategy's risk signals that the input has.
    pub signals: Vec<Signal>,
}

/// A numeric risk signal; NaN is a null.
#[derive(Clone, Debug, Default)]
pub struct Signal {
    /// The column's name.
    pub name: String,
    /// One value a merchant.
    pub values: Vec<f64>,
}

/// What the marketplace says of a merchant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Status {
    /// Trading, or not said.
    #[default]
    Active,
    /// Stopped by the marketplace.
    Suspended,
    /// Gone of its own accord.
    Closed,
}

/// A link table: merchant uses value.
#[derive(Clone, Debug, Default)]
pub struct LinkTable {
    /// The link type, a position in [`crate::strategy::Strategy::links`].
    pub entity_type: EntityTypeIdx,
    /// One id a row, never empty.
    pub merchant_id: TextColumn,
    /// One raw value a row; empty when the row had none, which only a row of `merchants` may, or one of a
    /// table that several link types read, in all but one of their columns.
    pub value: TextColumn,
    /// First use.
    pub first_seen: Vec<Option<Timestamp>>,
    /// Last use.
    pub last_seen: Vec<Option<Timestamp>>,
    /// Uses counted; 1 when not said.
    pub events: Vec<u32>,
    /// Money moved.
    pub amount: Vec<Option<Money>>,
    /// Only for tables with the address normalizer.
    pub place: Option<PlaceColumns>,
}

/// What a table of addresses says beside the address.
#[derive(Clone, Debug, Default)]
#[expect(
    missing_docs,
    reason = "the columns of the input contract, by their names"
)]
pub struct PlaceColumns {
    pub city: TextColumn,
    pub postal_code: TextColumn,
    pub country: TextColumn,
    /// Degrees north; NaN is a null.
    pub lat: Vec<f64>,
    /// Degrees east; NaN is a null.
    pub lon: Vec<f64>,
}

/// `relations`.
#[derive(Clone, Debug, Default)]
#[expect(
    missing_docs,
    reason = "the columns of the input contract, by their names"
)]
pub struct RelationTable {
    pub merchant_id: TextColumn,
    pub other_merchant_id: TextColumn,
    pub kind: TextColumn,
    pub events: Vec<u32>,
    pub amount: Vec<Option<Money>>,
    pub first_seen: Vec<Option<Timestamp>>,
    pub last_seen: Vec<Option<Timestamp>>,
}

/// A verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Label {
    /// Found to be run by a ring.
    Fraud,
    /// Found to be honest.
    Legit,
}

/// A row of `labels`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(
    missing_docs,
    reason = "the columns of the input contract, by their names"
)]
pub struct LabelRow {
    pub merchant_id: String,
    pub label: Label,
    pub decided_at: Option<Timestamp>,
}

/// What an exception is about: a merchant, an owner, or a link type of the strategy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AllowlistKind {
    /// A merchant id.
    Merchant,
    /// An owner id.
    Owner,
    /// A value of a link type.
    Entity(EntityTypeIdx),
}

/// A row of `allowlist`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(
    missing_docs,
    reason = "the columns of the input contract, by their names"
)]
pub struct AllowlistRow {
    pub kind: AllowlistKind,
    pub value: String,
    pub reason: String,
    pub expires_at: Option<Timestamp>,
}

/// A file that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InputFile {
    /// Path relative to the data directory, with `/`.
    pub path: String,
    /// The table it belongs to.
    pub table: String,
    /// Size on disk.
    pub bytes: u64,
    /// BLAKE3 of the bytes on disk, 64 hex digits.
    pub blake3: String,
    /// Data rows seen.
    pub rows: u64,
    /// Rows that are in [`Tables`].
    pub accepted: u64,
    /// Rows that are in [`Tables::rejects`].
    pub rejected: u64,
    /// Those of its columns that are read, in the order of the table's schema.
    pub columns: Vec<String>,
}

/// A row that was not accepted. `raw` may hold personal values: it goes to `rejects.csv` only.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reject {
    /// Path relative to the data directory.
    pub file: String,
    /// Line the record starts on, from 1 (the header); row number from 1 in Parquet.
    pub line: u64,
    /// Stable code and what was expected, without the value: `bad_time: first_seen: expected ...`.
    pub reason: String,
    /// The raw record; bytes that are no UTF-8 are written `\xHH`.
    pub raw: String,
}
