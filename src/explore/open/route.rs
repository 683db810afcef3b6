//! The way from one merchant to another, over the numbers of the link index.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use rustc_hash::FxHashMap;

use crate::explore::open::links::LinkIndex;
use crate::explore::path::{MAX_SETTLED, STEP_COST};

/// What lies on the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Route {
    pub(super) found: bool,
    /// Whether the search ended at its limit.
    pub(super) gave_up: bool,
    pub(super) things: Vec<u32>,
}

impl LinkIndex {
    /// The things on the cheapest way between two merchants, where going through a thing costs as much
    /// as it has users: the search of [`crate::explore::path`], on the whole graph without its texts.
    ///
    /// None when a merchant is asked for the way to itself: there is nothing on it.
    pub(super) fn route(&self, start: u32, goal: u32) -> Option<Route> {
        let mut settled = vec![false; self.n_merchants()];
        let mut expanded = vec![false; self.n_things()];
        let mut came: FxHashMap<u32, (u32, u32)> = FxHashMap::default();
        let mut n_settled = 0;
        // (cost, merchant, thing, merchant before): the order of the heap is the order of ties.
        let mut queue = BinaryHeap::from([Reverse((0, start, 0, start))]);
        while let Some(Reverse((cost, at, thing, before))) = queue.pop() {
            if std::mem::replace(&mut settled[at as usize], true) {
                continue;
            }
            came.insert(at, (before, thing));
            if at == goal {
                return (start != goal).then(|| found(&came, start, goal));
            }
            n_settled += 1;
            if n_settled >= MAX_SETTLED {
                break;
            }
            for thing in self.things_of(at) {
                if std::mem::replace(&mut expanded[thing as usize], true) {
                    continue;
                }
                let next_cost = cost + STEP_COST + self.n_users(thing) as u64;
                for next in self.users_of(thing) {
                    if !settled[next as usize] {
                        queue.push(Reverse((next_cost, next, thing, at)));
                    }
                }
            }
        }
        Some(Route {
            found: false,
            gave_up: n_settled >= MAX_SETTLED,
            things: Vec::new(),
        })
    }
}

fn found(came: &FxHashMap<u32, (u32, u32)>, start: u32, goal: u32) -> Route {
    let mut things = Vec::new();
    let mut at = goal;
    while at != start {
        let (before, thing) = came[&at];
        things.push(thing);
        at = before;
    }
    Route {
        found: true,
        gave_up: false,
        things,
    }
}
