//! The way from one merchant to another, over the numbers of the link index.

use crate::explore::open::links::LinkIndex;
use crate::explore::path::{Search, Sharing, search};

/// What lies on the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Route {
    pub(super) found: bool,
    /// Whether the search ended at its limit.
    pub(super) gave_up: bool,
    pub(super) things: Vec<u32>,
}

/// Told in both directions, a direct tie is two things here: the second changes no way, for whoever reaches
/// it reaches the first for the same.
impl Sharing for LinkIndex {
    fn n_merchants(&self) -> usize {
        self.n_merchants()
    }

    fn n_things(&self) -> usize {
        self.n_things()
    }

    fn things_of(&self, merchant: u32) -> impl Iterator<Item = u32> {
        self.things_of(merchant)
    }

    fn users_of(&self, thing: u32) -> impl Iterator<Item = u32> {
        self.users_of(thing)
    }

    fn n_users(&self, thing: u32) -> usize {
        self.n_users(thing)
    }

    fn order_of(&self, thing: u32) -> u32 {
        self.order_of(thing)
    }
}

impl LinkIndex {
    /// The things on the way that [`crate::explore::path()`] finds, on the whole graph without its texts.
    ///
    /// None when a merchant is asked for the way to itself: there is nothing on it.
    pub(super) fn route(&self, start: u32, goal: u32) -> Option<Route> {
        if start == goal {
            return None;
        }
        let Search { way, gave_up } = search(self, start, goal);
        Some(Route {
            found: way.is_some(),
            gave_up,
            things: way.into_iter().flatten().map(|(thing, _)| thing).collect(),
        })
    }
}
