//! The run directory: its format, writer and reader.

mod rows;

pub use rows::{
    Action, ClusterRow, EvidenceRow, FeedRow, HubRow, IdRow, LineageEvent, LineageRow, LinkRow,
    MemberRow, ReasonRow, RejectRow, Role,
};
