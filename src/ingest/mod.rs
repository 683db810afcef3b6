//! What did the files say? Tables in columns, and every row that could not be read.

mod tables;

pub use tables::{
    AllowlistKind, AllowlistRow, InputFile, Label, LabelRow, LinkTable, MerchantTable,
    PlaceColumns, Reject, RelationTable, Signal, Status, Tables,
};
