//! Who is close to this merchant, and through what?

use std::collections::BTreeMap;

use serde::Serialize;

use crate::explore::error::ExploreError;
use crate::explore::lookup::find_merchant;
use crate::explore::merchant::{cluster_of, spelling};
use crate::explore::snapshot::{Snapshot, Table};
use crate::explore::usage::{RELATION, Sharer, closeness};

/// The tables that [`neighbors`] reads.
pub const NEIGHBOR_TABLES: &[Table] = &[Table::Members, Table::Evidence, Table::Links, Table::Hubs];

/// Merchants that share something with one.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Neighbors {
    /// With whom.
    pub merchant_id: String,
    /// How many there are in all.
    pub in_all: usize,
    /// The closest of them, closest first, ties by number of shared things, then id.
    pub neighbors: Vec<Neighbor>,
}

/// A merchant that shares something.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Neighbor {
    /// Who.
    pub merchant_id: String,
    /// Its cluster; empty for none.
    pub cluster_id: String,
    /// The sum over the shared things of 1 / (their users - 1): 1 for each thing that only the two
    /// use, little for a hub.
    pub closeness: f64,
    /// What they share, rarest first, ties by type and key.
    pub through: Vec<Through>,
}

/// Something that two merchants share.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Through {
    /// Entity type; `relation` for a direct tie.
    pub entity_type: String,
    /// The key; empty for a direct tie.
    pub entity: String,
    /// A spelling for people.
    pub shown: String,
    /// Merchants that use it.
    pub merchants: usize,
}

/// The `n` merchants closest to one.
///
/// # Errors
/// [`ExploreError::UnknownMerchant`] when it shares nothing.
pub fn neighbors(
    snapshot: &Snapshot,
    merchant_id: &str,
    n: usize,
) -> Result<Neighbors, ExploreError> {
    let sharer = find_merchant(snapshot, merchant_id)?;
    let usage = snapshot.usage();
    let mut close: BTreeMap<Sharer, (f64, Vec<u32>)> = BTreeMap::new();
    for &thing in usage.things_of(sharer) {
        let shared = &usage.things()[thing as usize];
        for one in shared.users.iter().filter(|one| one.merchant != sharer) {
            let (sum, things) = close.entry(one.merchant).or_default();
            *sum += closeness(shared);
            things.push(thing);
        }
    }
    let mut ordered: Vec<(Sharer, (f64, Vec<u32>))> = close.into_iter().collect();
    ordered.sort_by(|(a, (a_sum, a_things)), (b, (b_sum, b_things))| {
        (b_sum.total_cmp(a_sum))
            .then(b_things.len().cmp(&a_things.len()))
            .then(a.cmp(b))
    });
    Ok(Neighbors {
        merchant_id: merchant_id.into(),
        in_all: ordered.len(),
        neighbors: ordered
            .into_iter()
            .take(n)
            .map(|(other, (closeness, things))| Neighbor {
                merchant_id: usage.id(other).to_owned(),
                cluster_id: cluster_of(snapshot, other).to_owned(),
                closeness,
                through: through(snapshot, things),
            })
            .collect(),
    })
}

fn through(snapshot: &Snapshot, mut things: Vec<u32>) -> Vec<Through> {
    let all = snapshot.usage().things();
    things.sort_by_key(|&thing| (all[thing as usize].users.len(), thing));
    things.iter().map(|&thing| told(snapshot, thing)).collect()
}

/// A shared thing as people read it.
pub(super) fn told(snapshot: &Snapshot, thing: u32) -> Through {
    let shared = &snapshot.usage().things()[thing as usize];
    let row = &snapshot.links[shared.row as usize];
    let entity_type = row.entity_type.to_string();
    let (entity, shown) = if entity_type == RELATION {
        (String::new(), "direct tie".to_owned())
    } else {
        let (shown, _) = spelling(snapshot, &entity_type, &row.entity);
        (row.entity.to_string(), shown)
    };
    Through {
        entity_type,
        entity,
        shown,
        merchants: shared.users.len(),
    }
}
