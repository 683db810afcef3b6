//! How do these two merchants hang together?

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use rustc_hash::FxHashMap;
use serde::Serialize;

use crate::explore::error::ExploreError;
use crate::explore::lookup::find_merchant;
use crate::explore::merchant::cluster_of;
use crate::explore::neighbors::{Through, told};
use crate::explore::snapshot::{Snapshot, Table};
use crate::explore::usage::Sharer;

/// The tables that [`path`] reads.
pub const PATH_TABLES: &[Table] = &[Table::Members, Table::Evidence, Table::Links, Table::Hubs];

/// Merchants settled before the search gives up: two merchants further apart than that have nothing
/// to do with each other that a person could judge.
const MAX_SETTLED: usize = 1_000_000;
/// What each step costs beside the rarity of what it goes through, so that of two chains of equally
/// rare things the shorter one wins.
const STEP_COST: u64 = 1;

/// How two merchants hang together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PathAnswer {
    /// From whom.
    pub from: String,
    /// To whom.
    pub to: String,
    /// Whether a way was found.
    pub connected: bool,
    /// Whether the search ended at its limit, so that a longer way may exist.
    pub gave_up: bool,
    /// The merchants on the way, first and last included; empty when there is none.
    pub steps: Vec<PathStep>,
}

/// A merchant on the way, and what leads to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PathStep {
    /// What the merchant before shares with this one; null for the first.
    pub through: Option<Through>,
    /// The merchant.
    pub merchant_id: String,
    /// Its cluster; empty for none.
    pub cluster_id: String,
}

/// The most telling way from one merchant to another.
///
/// Dijkstra over merchants and what they share; going through a thing with d users costs d, so that a
/// chain of private devices beats one shared mall. Ties go to the merchant and the thing that sort
/// first. Cost: O(links log links), each thing expanded once.
///
/// # Errors
/// [`ExploreError::UnknownMerchant`] when either shares nothing.
pub fn path(snapshot: &Snapshot, from: &str, to: &str) -> Result<PathAnswer, ExploreError> {
    let (start, goal) = (find_merchant(snapshot, from)?, find_merchant(snapshot, to)?);
    let Search { way, gave_up } = search(snapshot.usage(), start.0, goal.0);
    let steps = way.map_or_else(Vec::new, |way| {
        let further = way
            .into_iter()
            .map(|(thing, at)| step(snapshot, Sharer(at), Some(thing)));
        std::iter::once(step(snapshot, start, None))
            .chain(further)
            .collect()
    });
    Ok(PathAnswer {
        from: from.into(),
        to: to.into(),
        connected: !steps.is_empty(),
        gave_up,
        steps,
    })
}

/// Merchants, numbered from 0 in the order of their ids, and what they share.
pub(super) trait Sharing {
    fn n_merchants(&self) -> usize;
    fn n_things(&self) -> usize;
    /// The things a merchant uses.
    fn things_of(&self, merchant: u32) -> impl Iterator<Item = u32>;
    /// The users of a thing.
    fn users_of(&self, thing: u32) -> impl Iterator<Item = u32>;
    /// How many they are.
    fn n_users(&self, thing: u32) -> usize;
    /// Where a thing comes by type and key, which decides between ways that cost the same.
    fn order_of(&self, thing: u32) -> u32;
}

/// What a search found.
#[derive(Debug)]
pub(super) struct Search {
    /// The way, from its start: what leads to each merchant, and the merchant. None when there is none.
    pub(super) way: Option<Vec<(u32, u32)>>,
    /// Whether the limit ended it.
    pub(super) gave_up: bool,
}

/// The cheapest way from one merchant to another; see [`path`].
pub(super) fn search(graph: &impl Sharing, start: u32, goal: u32) -> Search {
    let mut came: FxHashMap<u32, (u32, u32)> = FxHashMap::default();
    let mut settled = vec![false; graph.n_merchants()];
    let mut expanded = vec![false; graph.n_things()];
    let mut n_settled = 0;
    // (cost, merchant, order of the thing, thing, merchant before): the order of the heap is that of ties.
    let mut queue = BinaryHeap::from([Reverse((0, start, 0, 0, start))]);
    while let Some(Reverse((cost, at, _, thing, before))) = queue.pop() {
        if std::mem::replace(&mut settled[at as usize], true) {
            continue;
        }
        came.insert(at, (before, thing));
        if at == goal {
            return Search {
                way: Some(way(&came, start, goal)),
                gave_up: false,
            };
        }
        n_settled += 1;
        if n_settled >= MAX_SETTLED {
            break;
        }
        for thing in graph.things_of(at) {
            // The first merchant to reach a thing reaches it most cheaply: once is enough.
            if std::mem::replace(&mut expanded[thing as usize], true) {
                continue;
            }
            let next_cost = cost + STEP_COST + graph.n_users(thing) as u64;
            let order = graph.order_of(thing);
            for next in graph.users_of(thing) {
                if !settled[next as usize] {
                    queue.push(Reverse((next_cost, next, order, thing, at)));
                }
            }
        }
    }
    Search {
        way: None,
        gave_up: n_settled >= MAX_SETTLED,
    }
}

fn way(came: &FxHashMap<u32, (u32, u32)>, start: u32, goal: u32) -> Vec<(u32, u32)> {
    let mut way = Vec::new();
    let mut at = goal;
    while at != start {
        let (before, thing) = came[&at];
        way.push((thing, at));
        at = before;
    }
    way.reverse();
    way
}

fn step(snapshot: &Snapshot, merchant: Sharer, thing: Option<u32>) -> PathStep {
    PathStep {
        through: thing.map(|thing| told(snapshot, thing)),
        merchant_id: snapshot.usage().id(merchant).to_owned(),
        cluster_id: cluster_of(snapshot, merchant).to_owned(),
    }
}
