//! What became of yesterday's clusters, and may this go out?

mod assemble;
mod assignment;
mod guardrails;
mod identity;
mod ledger;
mod lineage;
mod link_rows;
mod overlap;
mod ring_tables;
mod run_id;

pub use assemble::{Assembly, assemble};
pub use guardrails::{RunShape, check_guardrails};
pub use identity::{Identities, assign_ids};
pub use link_rows::LinkTable;
pub use overlap::Churn;
pub use ring_tables::RingTables;
pub use run_id::{is_same_run, run_id};
