//! What did the files say? Tables in columns, and every row that could not be read.
//!
//! The schema says which columns a table has; [`parse_csv`] and [`parse_parquet`] read a file into
//! [`Rows`] by it; [`read_tables`] finds the files and puts their rows together as [`Tables`].

mod assemble;
mod batch;
mod cell;
mod csv;
mod decoded;
mod error;
mod estimate;
mod header;
mod locate;
mod parquet;
mod read;
mod rejects;
mod rows;
mod scan;
mod schema;
mod source;
mod split;
mod tables;
mod text_limit;
mod values;

pub use csv::parse_csv;
pub use error::IngestError;
pub use estimate::{InputEstimate, TableEstimate, estimate};
pub use parquet::parse_parquet;
pub use read::{ReadOptions, read_tables};
pub use rows::Rows;
pub use schema::{TableSchema, table_schemas};
pub use split::CsvLimits;
pub use tables::{
    AllowlistKind, AllowlistRow, InputFile, Label, LabelRow, LinkTable, MerchantTable,
    PlaceColumns, Reject, RelationTable, Signal, Status, Tables,
};
pub use text_limit::TextLimit;
