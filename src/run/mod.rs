//! The run directory: its format, writer and reader.

mod cell_text;
mod columns;
mod csv_file;
mod error;
mod indexed;
mod manifest;
mod parquet_file;
mod reader;
mod reasons;
mod rows;
mod store;
mod tables;

pub use columns::{Cell, Column, Fields, Kind, Row};
pub use error::RunError;
pub use indexed::IndexedTable;
pub use manifest::{
    ByChance, ChanceLevel, FORMAT_VERSION, Finding, FindingSeverity, LearnedWeights, Manifest,
    ManifestInput, RunStatus, StageSeconds, TableSize, TrippedGuardrail, Yardsticks,
};
pub use reader::{LinkKey, PreviousRun, RunReader};
pub use reasons::{chance_sentence, reason_title};
pub use rows::{
    Action, ClusterRow, EvidenceRow, FeedRow, HubRow, IdRow, LineageEvent, LineageRow, LinkRow,
    MemberRow, ReasonRow, RejectRow, Role,
};
pub use store::{PendingRun, RunLock, RunStore};
