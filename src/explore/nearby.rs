//! Which clusters touch a cluster through something that both use?

use std::collections::BTreeMap;

use serde::Serialize;

use crate::explore::case::CaseMember;
use crate::explore::merchant::cluster_of;
use crate::explore::snapshot::Snapshot;
use crate::explore::usage::closeness;

/// Neighbouring clusters told.
const MAX_NEARBY: usize = 5;

/// A cluster that touches this one.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NearbyCluster {
    /// Which.
    pub cluster_id: String,
    /// Its score; null when the run does not list it.
    pub score: Option<f64>,
    /// How many shared things connect the two.
    pub through: usize,
    /// The kinds of those things, ascending.
    pub kinds: Vec<String>,
    /// How many of its merchants use them.
    pub merchants: usize,
}

/// What connects this cluster with another one.
#[derive(Default)]
struct Bridge<'a> {
    closeness: f64,
    things: usize,
    kinds: Vec<&'a str>,
    merchants: Vec<u32>,
}

/// The clusters whose merchants use something that members use, closest first, ties by id.
pub(super) fn nearby(
    snapshot: &Snapshot,
    cluster_id: &str,
    members: &[CaseMember],
) -> Vec<NearbyCluster> {
    let usage = snapshot.usage();
    let mut things: Vec<u32> = members
        .iter()
        .filter_map(|member| usage.find(&member.merchant_id))
        .flat_map(|sharer| usage.things_of(sharer).iter().copied())
        .collect();
    things.sort_unstable();
    things.dedup();
    let mut bridges: BTreeMap<&str, Bridge<'_>> = BTreeMap::new();
    for thing in things.iter().map(|&thing| &usage.things()[thing as usize]) {
        let mut touched: BTreeMap<&str, Vec<u32>> = BTreeMap::new();
        for one in &thing.users {
            let other = cluster_of(snapshot, one.merchant);
            if !other.is_empty() && other != cluster_id {
                touched.entry(other).or_default().push(one.merchant.0);
            }
        }
        for (other, merchants) in touched {
            let bridge = bridges.entry(other).or_default();
            bridge.closeness += closeness(thing);
            bridge.things += 1;
            bridge
                .kinds
                .push(snapshot.links[thing.row as usize].entity_type.as_ref());
            bridge.merchants.extend(merchants);
        }
    }
    let mut ordered: Vec<(&str, Bridge<'_>)> = bridges.into_iter().collect();
    // A stable sort over ids ascending: equally close clusters stay in that order.
    ordered.sort_by(|a, b| b.1.closeness.total_cmp(&a.1.closeness));
    ordered
        .into_iter()
        .take(MAX_NEARBY)
        .map(|(id, bridge)| nearby_cluster(snapshot, id, bridge))
        .collect()
}

fn nearby_cluster(snapshot: &Snapshot, cluster_id: &str, mut bridge: Bridge<'_>) -> NearbyCluster {
    bridge.kinds.sort_unstable();
    bridge.kinds.dedup();
    bridge.merchants.sort_unstable();
    bridge.merchants.dedup();
    NearbyCluster {
        cluster_id: cluster_id.into(),
        score: snapshot.cluster(cluster_id).map(|row| row.score),
        through: bridge.things,
        kinds: bridge.kinds.into_iter().map(String::from).collect(),
        merchants: bridge.merchants.len(),
    }
}
