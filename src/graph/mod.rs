//! Who shares what, and how telling is it? A bipartite graph with evidence, and its projection.

mod network;

pub use network::Network;
