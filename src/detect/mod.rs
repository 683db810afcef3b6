//! Which groups hang together? Components, then Leiden inside each.

mod partition;

pub use partition::Partition;
