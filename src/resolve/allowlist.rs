//! Exceptions: merchants, owners and values that someone has vouched for.

use std::collections::BTreeMap;

use rustc_hash::{FxHashMap, FxHashSet};

use super::links::Links;
use super::normalize::{Place, normalize};
use crate::ingest::{AllowlistKind, AllowlistRow, Tables};
use crate::model::{EntityTypeIdx, Timestamp};
use crate::strategy::{Normalizer, Strategy};

/// What an exception vouches for, in normalized form.
#[derive(Debug)]
enum Vouched {
    Merchant(String),
    Owner(String),
    /// A key, or a spelling.
    Value(EntityTypeIdx, String),
    /// An address without a place, as `street|unit` or `street`: good for that street anywhere.
    Street(EntityTypeIdx, String),
}

/// Texts by link type.
type ByType = FxHashMap<EntityTypeIdx, FxHashSet<String>>;

/// The exceptions in force.
#[derive(Debug, Default)]
pub(super) struct Allowlist {
    merchants: FxHashSet<String>,
    owners: FxHashSet<String>,
    values: ByType,
    streets: ByType,
}

impl Allowlist {
    /// Leaves out what had expired before `as_of`.
    pub(super) fn new(tables: &Tables, strategy: &Strategy, as_of: Option<Timestamp>) -> Self {
        let mut allowlist = Self::default();
        for row in in_force(tables, as_of) {
            for vouched in vouched(row, strategy) {
                allowlist.add(vouched);
            }
        }
        allowlist
    }

    pub(super) fn allows_merchant(&self, id: &str, owner: Option<&str>) -> bool {
        self.merchants.contains(id) || owner.is_some_and(|owner| self.owners.contains(owner))
    }

    /// Whether a value is named by its key, by what people see of it, or by its street.
    pub(super) fn allows_entity(&self, entity_type: EntityTypeIdx, key: &str, shown: &str) -> bool {
        let values = self.values.get(&entity_type);
        values.is_some_and(|values| values.contains(key) || values.contains(shown.trim()))
            || has(&self.streets, entity_type, street(key))
    }

    /// What of a run's merchants and values is vouched for, whichever exception said so.
    fn of_links(links: &Links) -> Self {
        let mut used = Self::default();
        let merchants = &links.merchants;
        for at in (0..merchants.len()).filter(|&at| merchants.allowed[at]) {
            used.add(Vouched::Merchant(merchants.id.get(at).to_owned()));
            if let Some(owner) = merchants.owner[at] {
                let owner = merchants.owner_id.get(owner.index());
                used.add(Vouched::Owner(owner.to_owned()));
            }
        }
        let entities = &links.entities;
        for at in (0..entities.len()).filter(|&at| entities.allowed[at]) {
            let (entity_type, key) = (entities.entity_type[at], entities.key.get(at));
            let shown = entities.shown.get(at).trim();
            used.add(Vouched::Value(entity_type, key.to_owned()));
            used.add(Vouched::Value(entity_type, shown.to_owned()));
            used.add(Vouched::Street(entity_type, street(key).to_owned()));
        }
        used
    }

    fn add(&mut self, vouched: Vouched) {
        match vouched {
            Vouched::Merchant(id) => self.merchants.insert(id),
            Vouched::Owner(id) => self.owners.insert(id),
            Vouched::Value(entity_type, key) => {
                self.values.entry(entity_type).or_default().insert(key)
            }
            Vouched::Street(entity_type, street) => {
                self.streets.entry(entity_type).or_default().insert(street)
            }
        };
    }

    fn names(&self, vouched: &Vouched) -> bool {
        match vouched {
            Vouched::Merchant(id) => self.merchants.contains(id),
            Vouched::Owner(id) => self.owners.contains(id),
            Vouched::Value(entity_type, key) => has(&self.values, *entity_type, key),
            Vouched::Street(entity_type, street) => has(&self.streets, *entity_type, street),
        }
    }
}

/// Exceptions in force that name no merchant, no owner, and nothing that two merchants share: how many
/// by kind, kinds by name.
pub fn idle_exceptions(
    tables: &Tables,
    links: &Links,
    strategy: &Strategy,
    as_of: Option<Timestamp>,
) -> BTreeMap<String, u64> {
    let mut idle = BTreeMap::new();
    if tables.allowlist.is_empty() {
        return idle;
    }
    let used = Allowlist::of_links(links);
    for row in in_force(tables, as_of) {
        if vouched(row, strategy).iter().any(|one| used.names(one)) {
            continue;
        }
        let kind = match row.kind {
            AllowlistKind::Merchant => "merchant",
            AllowlistKind::Owner => "owner",
            AllowlistKind::Entity(entity_type) => &strategy.links[entity_type.index()].name,
        };
        *idle.entry(kind.to_owned()).or_default() += 1;
    }
    idle
}

fn in_force(tables: &Tables, as_of: Option<Timestamp>) -> impl Iterator<Item = &AllowlistRow> {
    let has_expired = move |row: &&AllowlistRow| matches!((row.expires_at, as_of), (Some(end), Some(now)) if end < now);
    tables.allowlist.iter().filter(move |row| !has_expired(row))
}

fn vouched(row: &AllowlistRow, strategy: &Strategy) -> Vec<Vouched> {
    let value = row.value.trim().to_owned();
    match row.kind {
        AllowlistKind::Merchant => vec![Vouched::Merchant(value)],
        AllowlistKind::Owner => vec![Vouched::Owner(value)],
        AllowlistKind::Entity(entity_type) => vouched_value(entity_type, value, strategy),
    }
}

/// An address without a unit vouches for the building too.
fn vouched_value(entity_type: EntityTypeIdx, value: String, strategy: &Strategy) -> Vec<Vouched> {
    let Some(link_type) = strategy.links.get(entity_type.index()) else {
        return Vec::new();
    };
    let key = normalize(link_type.normalizer, &value, &Place::default());
    // A key or a spelling as a run has it is taken for what it is: it may be none that could be read again.
    let mut all = vec![Vouched::Value(entity_type, value)];
    let Some(key) = key else { return all };
    if link_type.normalizer != Normalizer::Address {
        all.push(Vouched::Value(entity_type, key));
        return all;
    }
    let building_type = super::building_type(strategy, entity_type).unwrap_or(entity_type);
    let building = key.strip_suffix('|').map(|key| (building_type, key));
    for (entity_type, key) in building.into_iter().chain([(entity_type, key.as_str())]) {
        let mut sections = key.splitn(3, '|').skip(1);
        if let (Some(""), Some(street)) = (sections.next(), sections.next()) {
            all.push(Vouched::Street(entity_type, street.to_owned()));
        }
        all.push(Vouched::Value(entity_type, key.to_owned()));
    }
    all
}

/// What an address's key says behind its place.
fn street(key: &str) -> &str {
    key.splitn(3, '|').nth(2).unwrap_or_default()
}

fn has(texts: &ByType, entity_type: EntityTypeIdx, text: &str) -> bool {
    texts
        .get(&entity_type)
        .is_some_and(|texts| texts.contains(text))
}
