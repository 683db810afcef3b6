//! A merchant in the making, with what it uses.

use super::addresses::{Address, Spelling};
use super::places::City;

/// A merchant before it is written.
#[derive(Clone, Debug)]
pub(super) struct Shop {
    pub(super) name: String,
    /// A position in [`super::names::CATEGORIES`].
    pub(super) category: usize,
    pub(super) city: City,
    /// Days since 1970-01-01, as all days here.
    pub(super) registered: i32,
    pub(super) standing: Standing,
    pub(super) owner: Option<u64>,
    pub(super) gmv: f64,
    pub(super) refund_rate: f64,
    pub(super) complaint_rate: f64,
    pub(super) devices: Vec<Use>,
    pub(super) payouts: Vec<Use>,
    pub(super) addresses: Vec<Stay>,
    pub(super) truth: Truth,
    /// The snapshots it is seen in.
    pub(super) snapshots: Snapshots,
}

/// What the marketplace says of a shop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    Active,
    /// Since the day.
    Suspended(i32),
    /// Since the day.
    Closed(i32),
}

/// What is known of a shop because it was made up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Truth {
    /// Ring and typology.
    pub(super) ring: Option<(u64, &'static str)>,
    /// The ring it belongs to from a snapshot on, after a merger or a split (series only).
    pub(super) later_ring: Option<(u32, u64)>,
    /// Honest group and its kind.
    pub(super) benign: Option<(u64, &'static str)>,
}

/// A device or an account in use.
#[derive(Clone, Debug)]
pub(super) struct Use {
    pub(super) value: Value,
    pub(super) first: i32,
    pub(super) last: i32,
    pub(super) events: u32,
    pub(super) snapshots: Snapshots,
}

/// What stands in a device or account column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Value {
    /// A device or account by its number, written in the usual form.
    Key(u64),
    /// A placeholder, as somebody typed it.
    Text(&'static str),
}

/// An address in use.
#[derive(Clone, Debug)]
pub(super) struct Stay {
    pub(super) address: Address,
    pub(super) spelling: Spelling,
    /// Written instead of the address.
    pub(super) placeholder: Option<&'static str>,
    pub(super) first: i32,
    pub(super) last: i32,
}

/// The daily snapshots something is seen in, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Snapshots {
    pub(super) from: u32,
    pub(super) to: u32,
}

impl Snapshots {
    pub(super) const ALL: Self = Self {
        from: 0,
        to: u32::MAX,
    };

    pub(super) fn holds(self, day: u32) -> bool {
        self.from <= day && day <= self.to
    }
}

impl Shop {
    /// The last day on which it does anything.
    pub(super) fn ends(&self, last_day: i32) -> i32 {
        match self.standing {
            Standing::Active => last_day,
            Standing::Suspended(day) | Standing::Closed(day) => day,
        }
    }

    /// Says to which honest group it belongs, unless it is in one already or in a ring.
    pub(super) fn belongs_to(&mut self, group: u64, kind: &'static str) {
        if self.truth.ring.is_none() && self.truth.benign.is_none() {
            self.truth.benign = Some((group, kind));
        }
    }
}
