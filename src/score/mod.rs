//! How ring-like, and why? Communities become rings with points, roles and an action.

mod ring;

pub use ring::{Depth, Point, Ring, RingEvidence, RingMember, Severity, WeakestLink, WeakestPart};
