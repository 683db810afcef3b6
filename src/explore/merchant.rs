//! What about this merchant? Its cluster, its role, and who else uses what it uses.

use serde::Serialize;

use crate::explore::case::{CaseMember, member};
use crate::explore::error::ExploreError;
use crate::explore::lookup::unknown_merchant;
use crate::explore::snapshot::{Snapshot, Table};
use crate::explore::top::ClusterLine;
use crate::explore::usage::{RELATION, SharedThing, Sharer, Usage};
use crate::explore::words;
use crate::model::Timestamp;

/// The tables that [`merchant`] reads.
pub const MERCHANT_TABLES: &[Table] = &[
    Table::Clusters,
    Table::Members,
    Table::Evidence,
    Table::Links,
    Table::Hubs,
];

/// Other users told for each link; their number is told in full.
const MAX_OTHERS: usize = 20;

/// What a run knows about a merchant.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MerchantAnswer {
    /// Who.
    pub merchant_id: String,
    /// Its cluster and its place in it; null when it is in none.
    pub place: Option<MerchantPlace>,
    /// What it shares, rarest first, ties by type and key.
    pub links: Vec<MerchantLink>,
}

/// A merchant's place in a cluster.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MerchantPlace {
    /// The cluster.
    pub cluster: ClusterLine,
    /// The merchant as a member of it.
    pub member: CaseMember,
}

/// Something that a merchant shares.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MerchantLink {
    /// Entity type; `relation` for a direct tie.
    pub entity_type: String,
    /// The key; for a direct tie the other merchant's id.
    pub entity: String,
    /// A spelling for people.
    pub shown: String,
    /// `private` or the hub class; empty when the run does not say.
    pub hub_class: String,
    /// Merchants that use it, this one included.
    pub merchants: usize,
    /// First use by this merchant.
    #[serde(serialize_with = "words::time")]
    pub first_seen: Option<Timestamp>,
    /// Last use by this merchant.
    #[serde(serialize_with = "words::time")]
    pub last_seen: Option<Timestamp>,
    /// Uses counted.
    pub events: u32,
    /// The first twenty others that use it, those of the own cluster first, then by id.
    pub others: Vec<OtherUser>,
}

/// Another merchant that uses the same thing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OtherUser {
    /// Who.
    pub merchant_id: String,
    /// Its cluster; empty for none.
    pub cluster_id: String,
}

/// What a run knows about a merchant, clustered or not.
///
/// # Errors
/// [`ExploreError::UnknownMerchant`] when it is in no cluster and shares nothing.
pub fn merchant(snapshot: &Snapshot, merchant_id: &str) -> Result<MerchantAnswer, ExploreError> {
    let row = snapshot
        .members
        .iter()
        .find(|row| row.merchant_id == merchant_id);
    let sharer = snapshot.usage().find(merchant_id);
    if row.is_none() && sharer.is_none() {
        return Err(unknown_merchant(snapshot, merchant_id));
    }
    let place = row.and_then(|row| {
        Some(MerchantPlace {
            cluster: ClusterLine::new(snapshot.cluster(&row.cluster_id)?),
            member: member(row),
        })
    });
    let home = row.map_or("", |row| row.cluster_id.as_ref());
    Ok(MerchantAnswer {
        merchant_id: merchant_id.into(),
        links: sharer.map_or_else(Vec::new, |sharer| links(snapshot, sharer, home)),
        place,
    })
}

fn links(snapshot: &Snapshot, sharer: Sharer, home: &str) -> Vec<MerchantLink> {
    let usage = snapshot.usage();
    let mut links: Vec<MerchantLink> = usage
        .things_of(sharer)
        .iter()
        .map(|&thing| &usage.things()[thing as usize])
        .filter(|thing| thing.users.len() > 1)
        .map(|thing| link(snapshot, thing, sharer, home))
        .collect();
    // A stable sort: things come by type and key.
    links.sort_by_key(|link| link.merchants);
    links
}

fn link(snapshot: &Snapshot, thing: &SharedThing, sharer: Sharer, home: &str) -> MerchantLink {
    let usage = snapshot.usage();
    let own = thing
        .use_of(sharer)
        .expect("the thing is one of the merchant's");
    let row = &snapshot.links[own.row as usize];
    let entity = if row.entity_type == RELATION {
        other_end(usage, thing, sharer).to_owned()
    } else {
        row.entity.to_string()
    };
    let (shown, hub_class) = spelling(snapshot, &row.entity_type, &entity);
    MerchantLink {
        entity_type: row.entity_type.to_string(),
        shown,
        hub_class,
        merchants: thing.users.len(),
        first_seen: row.first_seen,
        last_seen: row.last_seen,
        events: row.events,
        others: others(snapshot, thing, sharer, home),
        entity,
    }
}

/// The merchant at the other end of a direct tie; the same one when it is tied to itself.
fn other_end<'a>(usage: &'a Usage, tie: &SharedThing, sharer: Sharer) -> &'a str {
    let other = tie.users.iter().find(|one| one.merchant != sharer);
    usage.id(other.map_or(sharer, |one| one.merchant))
}

/// How an entity is shown to people, and its hub class, where the run says so.
pub(super) fn spelling(snapshot: &Snapshot, entity_type: &str, entity: &str) -> (String, String) {
    let in_evidence = snapshot
        .evidence
        .iter()
        .filter(|row| row.entity_type == entity_type && row.entity == entity)
        .map(|row| (row.shown.as_ref(), row.hub_class.as_ref()));
    let in_hubs = snapshot
        .hubs
        .iter()
        .filter(|row| row.entity_type == entity_type && row.entity == entity)
        .map(|row| (row.shown.as_ref(), row.hub_class.as_ref()));
    let (shown, hub_class) = in_evidence.chain(in_hubs).next().unwrap_or((entity, ""));
    let shown = if shown.is_empty() { entity } else { shown };
    (shown.to_owned(), hub_class.to_owned())
}

fn others(snapshot: &Snapshot, thing: &SharedThing, sharer: Sharer, home: &str) -> Vec<OtherUser> {
    let mut others: Vec<(bool, OtherUser)> = thing
        .users
        .iter()
        .filter(|one| one.merchant != sharer)
        .map(|one| {
            let cluster_id = cluster_of(snapshot, one.merchant);
            let user = OtherUser {
                merchant_id: snapshot.usage().id(one.merchant).to_owned(),
                cluster_id: cluster_id.to_owned(),
            };
            (home.is_empty() || cluster_id != home, user)
        })
        .collect();
    // A stable sort: users come by id.
    others.sort_by_key(|(elsewhere, _)| *elsewhere);
    others.truncate(MAX_OTHERS);
    others.into_iter().map(|(_, user)| user).collect()
}

/// A sharing merchant's cluster; empty for none. Its own links tell it, the members' table only for a
/// merchant that is nothing but the other end of a direct tie.
pub(super) fn cluster_of(snapshot: &Snapshot, sharer: Sharer) -> &str {
    let usage = snapshot.usage();
    let id = usage.id(sharer);
    let by_link = usage
        .things_of(sharer)
        .iter()
        .filter_map(|&thing| usage.things()[thing as usize].use_of(sharer))
        .map(|one| &snapshot.links[one.row as usize])
        .find(|row| row.merchant_id == id)
        .map(|row| row.cluster_id.as_ref());
    let by_member = || {
        let row = snapshot.members.iter().find(|row| row.merchant_id == id);
        row.map_or("", |row| row.cluster_id.as_ref())
    };
    by_link.unwrap_or_else(by_member)
}
