//! Who shares what, and how telling is it? A bipartite graph with evidence, and its projection.
//!
//! [`weigh`] decides for each entity how much a pair of merchants that share it is tied by it;
//! [`project`] turns that into the merchant graph on which communities are detected.

mod bipartite;
mod brand;
mod corroboration;
mod evidence;
mod hub;
mod network;
mod pair;
mod projection;

pub use bipartite::Bipartite;
pub use brand::brands;
pub use evidence::{EvidenceGraph, RELATION_GROUP, weigh};
pub use hub::{HubClass, HubFacts, count_cities};
pub use network::Network;
pub use pair::{PairEvidence, Share};
pub use projection::{max_projection_bytes, project};
