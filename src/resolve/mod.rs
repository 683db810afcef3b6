//! Which values are the same thing? Normalized keys, placeholders dropped, dense ids.

mod links;
mod measure;
pub mod normalize;

pub use links::{DroppedValue, Entities, Link, Links, Merchants, Relation};
pub use measure::{KeyMeasure, measure_keys};
