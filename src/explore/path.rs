//! How do these two merchants hang together?

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use serde::Serialize;

use crate::explore::error::ExploreError;
use crate::explore::lookup::find_merchant;
use crate::explore::merchant::cluster_of;
use crate::explore::neighbors::{Through, told};
use crate::explore::snapshot::{Snapshot, Table};
use crate::explore::usage::{Sharer, Usage};

/// The tables that [`path`] reads.
pub const PATH_TABLES: &[Table] = &[Table::Members, Table::Evidence, Table::Links, Table::Hubs];

/// Merchants settled before the search gives up: two merchants further apart than that have nothing
/// to do with each other that a person could judge.
pub(super) const MAX_SETTLED: usize = 1_000_000;
/// What each step costs beside the rarity of what it goes through, so that of two chains of equally
/// rare things the shorter one wins.
pub(super) const STEP_COST: u64 = 1;

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
/// chain of private devices beats one shared mall. Ties go to the thing and the merchant that sort
/// first. Cost: O(links log links), each thing expanded once.
///
/// # Errors
/// [`ExploreError::UnknownMerchant`] when either shares nothing.
pub fn path(snapshot: &Snapshot, from: &str, to: &str) -> Result<PathAnswer, ExploreError> {
    let (start, goal) = (find_merchant(snapshot, from)?, find_merchant(snapshot, to)?);
    let usage = snapshot.usage();
    let (came, gave_up) = search(usage, start, goal);
    let mut steps = Vec::new();
    if start == goal || came.contains_key(&goal) {
        let mut at = goal;
        while let Some(&(before, thing)) = came.get(&at) {
            steps.push(step(snapshot, at, Some(thing)));
            at = before;
        }
        steps.push(step(snapshot, start, None));
        steps.reverse();
    }
    Ok(PathAnswer {
        from: from.into(),
        to: to.into(),
        connected: !steps.is_empty(),
        gave_up: gave_up && steps.is_empty(),
        steps,
    })
}

/// For each merchant reached, the merchant before it and the thing between; whether the limit ended
/// the search.
fn search(usage: &Usage, start: Sharer, goal: Sharer) -> (BTreeMap<Sharer, (Sharer, u32)>, bool) {
    let mut came = BTreeMap::new();
    let mut settled = vec![false; usage.merchants().len()];
    let mut expanded = vec![false; usage.things().len()];
    let mut n_settled = 0;
    // (cost, merchant, thing, merchant before): the order of the heap is the order of ties.
    let mut queue = BinaryHeap::from([Reverse((0, start, 0, start))]);
    while let Some(Reverse((cost, at, thing, before))) = queue.pop() {
        if std::mem::replace(&mut settled[at.at()], true) {
            continue;
        }
        if at != start {
            came.insert(at, (before, thing));
        }
        if at == goal {
            return (came, false);
        }
        n_settled += 1;
        if n_settled >= MAX_SETTLED {
            return (came, true);
        }
        for &thing in usage.things_of(at) {
            // The first merchant to reach a thing reaches it most cheaply: once is enough.
            if std::mem::replace(&mut expanded[thing as usize], true) {
                continue;
            }
            let users = &usage.things()[thing as usize].users;
            let next_cost = cost + STEP_COST + users.len() as u64;
            for next in users.iter().map(|one| one.merchant) {
                if !settled[next.at()] {
                    queue.push(Reverse((next_cost, next, thing, at)));
                }
            }
        }
    }
    (came, false)
}

fn step(snapshot: &Snapshot, merchant: Sharer, thing: Option<u32>) -> PathStep {
    PathStep {
        through: thing.map(|thing| told(snapshot, thing)),
        merchant_id: snapshot.usage().id(merchant).to_owned(),
        cluster_id: cluster_of(snapshot, merchant).to_owned(),
    }
}
