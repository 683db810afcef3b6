//! Small markets for tests, drawn value by value.

use crate::ingest::{Label, Status};
use crate::model::{EntityIdx, EntityTypeIdx, MerchantIdx, Money};
use crate::resolve::{Link, Links, Relation};

/// `n` merchants, and values with their kind, their building by position, and their users. Kinds come in
/// ascending order, as resolved links do.
pub(super) fn draw(n: u32, values: &[(EntityTypeIdx, Option<usize>, Vec<u32>)]) -> Links {
    let mut links = Links::default();
    let rows = n as usize;
    for at in 0..n {
        links.merchants.id.push(&format!("m{at:03}"));
        links.merchants.name.push("");
    }
    links.merchants.registered_at = vec![None; rows];
    links.merchants.status = vec![Status::Active; rows];
    links.merchants.owner = vec![None; rows];
    links.merchants.gmv_30d = vec![Money::ZERO; rows];
    links.merchants.label = vec![None::<Label>; rows];
    links.merchants.listed = vec![true; rows];
    links.merchants.allowed = vec![false; rows];
    links.merchants.private_values = vec![0; rows];
    links.merchants.private_accounts = vec![0; rows];
    links.merchants.private_devices = vec![0; rows];
    for (at, (kind, building, users)) in values.iter().enumerate() {
        links.entities.entity_type.push(*kind);
        links.entities.key.push(&format!("e{at:03}"));
        links.entities.shown.push("");
        links.entities.building.push(building.map(EntityIdx::new));
        links.entities.allowed.push(false);
        links.links.extend(users.iter().map(|&user| Link {
            entity: EntityIdx::new(at),
            merchant: MerchantIdx(user),
            first_seen: None,
            last_seen: None,
            events: 1,
            amount: Money::ZERO,
        }));
    }
    links
}

/// A direct tie.
pub(super) fn tie(a: u32, b: u32) -> Relation {
    Relation {
        a: MerchantIdx(a),
        b: MerchantIdx(b),
        first_seen: None,
        last_seen: None,
        events: 1,
        amount: Money::ZERO,
    }
}
