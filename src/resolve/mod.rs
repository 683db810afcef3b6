//! Which values are the same thing? Normalized keys, placeholders dropped, dense ids.

mod links;

pub use links::{DroppedValue, Entities, Link, Links, Merchants, Relation};
