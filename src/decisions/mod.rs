//! What did people decide, and who may? An append-only record in one SQLite file.
//!
//! [`DecisionStore`] keeps decisions, what goes with them (exceptions, assignments, snoozes), the
//! tokens that say who may decide, and an audit of who looked at what. Nothing is ever changed or
//! deleted, which triggers in the file itself see to: what revokes something is a record too. A record
//! is on the disk before the call that made it returns. [`Rulings`] is what a batch run takes from it.
//!
//! Nothing here reads a clock: every call that writes is told the time.

mod desk;
mod error;
mod export;
mod precision;
mod reading;
mod reason_codes;
mod record;
mod rulings;
mod schema;
mod store;
mod tokens;
mod verdicts;

pub use desk::{AuditEntry, CaseState, CaseStatus};
pub use error::DecisionsError;
pub use export::{ALLOWLIST_FILE, DECISIONS_FILE, LABELS_FILE, neutralize_formula};
pub use precision::{Interval, ReviewedGroup, reviewed, wilson};
pub use reason_codes::{REASON_CODES, ReasonCode};
pub use record::{
    Decision, DecisionFilter, Exception, NewDecision, Screen, ScreenEvidence, ScreenReason, Undone,
    Verdict,
};
pub use rulings::{Apart, Refuted, RuledException, RuledLabel, Rulings};
pub use store::DecisionStore;
pub use tokens::{Identity, Role, Token};
