//! Who uses what: the run's links, indexed both ways.

use std::collections::BTreeMap;

use crate::explore::path::Sharing;
use crate::model::narrow_u32;
use crate::run::LinkRow;

/// Entity type of a direct tie between two merchants.
pub(super) const RELATION: &str = "relation";

/// A merchant that shares something: its position in [`Usage::merchants`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sharer(pub u32);

impl Sharer {
    /// The position.
    pub fn at(self) -> usize {
        self.0 as usize
    }
}

/// One merchant's use of a shared thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Use {
    /// Who.
    pub merchant: Sharer,
    /// The row of `links.csv` that says so.
    pub row: u32,
}

/// An entity that merchants share, or a direct tie between two of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SharedThing {
    /// The row that names it: its `entity_type` and `entity` are the thing's.
    pub row: u32,
    /// Its users, by merchant, each once.
    pub users: Vec<Use>,
}

impl SharedThing {
    /// A merchant's use of the thing, if it is one of the users.
    pub fn use_of(&self, sharer: Sharer) -> Option<Use> {
        let at = self.users.binary_search_by_key(&sharer, |one| one.merchant);
        at.ok().map(|at| self.users[at])
    }
}

/// The run's links, indexed both ways.
///
/// Direct ties are things with two users, whichever side the row was written from. `of_merchant` has
/// one list a merchant, of positions in `things`, ascending.
#[derive(Clone, Debug, Default)]
pub struct Usage {
    merchants: Vec<String>,
    things: Vec<SharedThing>,
    of_merchant: Vec<Vec<u32>>,
}

impl Usage {
    /// Indexes links. Cost: O(links log links), whatever their order.
    pub(super) fn new(links: &[LinkRow<'_>]) -> Self {
        let merchants = merchant_ids(links);
        let mut users: BTreeMap<(&str, &str, &str), Vec<Use>> = BTreeMap::new();
        for (row, link) in links.iter().enumerate() {
            let row = narrow_u32(row);
            let of = |merchant: &str| Use {
                merchant: position(&merchants, merchant),
                row,
            };
            let (own, other) = (link.merchant_id.as_ref(), link.entity.as_ref());
            if link.entity_type == RELATION {
                let tie = (RELATION, own.min(other), own.max(other));
                users.entry(tie).or_default().extend([of(own), of(other)]);
            } else {
                let key = (link.entity_type.as_ref(), other, "");
                users.entry(key).or_default().push(of(own));
            }
        }
        let things: Vec<SharedThing> = users
            .into_values()
            .map(|mut users| {
                let row = users[0].row;
                users.sort_unstable();
                users.dedup_by_key(|one| one.merchant);
                SharedThing { row, users }
            })
            .collect();
        let mut of_merchant = vec![Vec::new(); merchants.len()];
        for (thing, shared) in things.iter().enumerate() {
            for one in &shared.users {
                of_merchant[one.merchant.at()].push(narrow_u32(thing));
            }
        }
        Self {
            merchants,
            things,
            of_merchant,
        }
    }

    /// Every merchant that shares something, ascending.
    pub fn merchants(&self) -> &[String] {
        &self.merchants
    }

    /// The position of a merchant, if it shares anything.
    pub fn find(&self, merchant_id: &str) -> Option<Sharer> {
        self.merchants
            .binary_search_by(|id| id.as_str().cmp(merchant_id))
            .ok()
            .map(|at| Sharer(narrow_u32(at)))
    }

    /// A merchant's id.
    pub fn id(&self, merchant: Sharer) -> &str {
        &self.merchants[merchant.at()]
    }

    /// Everything shared, sorted by (type, key).
    pub fn things(&self) -> &[SharedThing] {
        &self.things
    }

    /// The things a merchant uses, as positions in [`Self::things`].
    pub fn things_of(&self, merchant: Sharer) -> &[u32] {
        &self.of_merchant[merchant.at()]
    }
}

fn merchant_ids(links: &[LinkRow<'_>]) -> Vec<String> {
    let mut ids: Vec<&str> = links
        .iter()
        .flat_map(|link| {
            let other = (link.entity_type == RELATION).then_some(link.entity.as_ref());
            [Some(link.merchant_id.as_ref()), other]
        })
        .flatten()
        .collect();
    ids.sort_unstable();
    ids.dedup();
    ids.into_iter().map(String::from).collect()
}

fn position(merchants: &[String], id: &str) -> Sharer {
    let at = merchants
        .binary_search_by(|known| known.as_str().cmp(id))
        .expect("every merchant of a link was listed");
    Sharer(narrow_u32(at))
}

/// Closeness that one shared thing gives to each pair of its users: 1 for two users, falling with
/// each further one.
#[expect(
    clippy::cast_precision_loss,
    reason = "counts of users are far below 2^53"
)]
pub(super) fn closeness(thing: &SharedThing) -> f64 {
    1.0 / (thing.users.len().max(2) - 1) as f64
}

impl Sharing for Usage {
    fn n_merchants(&self) -> usize {
        self.merchants.len()
    }

    fn n_things(&self) -> usize {
        self.things.len()
    }

    fn things_of(&self, merchant: u32) -> impl Iterator<Item = u32> {
        self.of_merchant[merchant as usize].iter().copied()
    }

    fn users_of(&self, thing: u32) -> impl Iterator<Item = u32> {
        let users = &self.things[thing as usize].users;
        users.iter().map(|one| one.merchant.0)
    }

    fn n_users(&self, thing: u32) -> usize {
        self.things[thing as usize].users.len()
    }

    fn order_of(&self, thing: u32) -> u32 {
        thing
    }
}
