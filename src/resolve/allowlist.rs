//! Exceptions: merchants, owners and values that someone has vouched for.

use rustc_hash::FxHashSet;

use super::normalize::{Place, normalize};
use crate::ingest::{AllowlistKind, Tables};
use crate::model::{EntityTypeIdx, Timestamp};
use crate::strategy::{Normalizer, Strategy};

/// The exceptions in force, in normalized form.
#[derive(Debug, Default)]
pub(super) struct Allowlist {
    merchants: FxHashSet<String>,
    owners: FxHashSet<String>,
    values: FxHashSet<(EntityTypeIdx, String)>,
    /// Addresses without a place, as `street|unit` or `street`: good for that street anywhere.
    streets: FxHashSet<(EntityTypeIdx, String)>,
}

impl Allowlist {
    /// Leaves out what had expired before `as_of`.
    pub(super) fn new(tables: &Tables, strategy: &Strategy, as_of: Option<Timestamp>) -> Self {
        let mut allowlist = Self::default();
        for row in &tables.allowlist {
            let has_expired =
                matches!((row.expires_at, as_of), (Some(end), Some(now)) if end < now);
            if has_expired {
                continue;
            }
            match row.kind {
                AllowlistKind::Merchant => {
                    allowlist.merchants.insert(row.value.trim().to_owned());
                }
                AllowlistKind::Owner => {
                    allowlist.owners.insert(row.value.trim().to_owned());
                }
                AllowlistKind::Entity(entity_type) => {
                    allowlist.add_value(entity_type, &row.value, strategy);
                }
            }
        }
        allowlist
    }

    pub(super) fn allows_merchant(&self, id: &str, owner: Option<&str>) -> bool {
        self.merchants.contains(id) || owner.is_some_and(|owner| self.owners.contains(owner))
    }

    pub(super) fn allows_entity(&self, entity_type: EntityTypeIdx, key: &str) -> bool {
        if self.values.is_empty() && self.streets.is_empty() {
            return false;
        }
        let street = key.splitn(3, '|').nth(2).unwrap_or_default();
        self.values.contains(&(entity_type, key.to_owned()))
            || self.streets.contains(&(entity_type, street.to_owned()))
    }

    /// An address without a unit vouches for the building too.
    fn add_value(&mut self, entity_type: EntityTypeIdx, value: &str, strategy: &Strategy) {
        let Some(link_type) = strategy.links.get(entity_type.index()) else {
            return;
        };
        // A key as a run has it is taken for what it is: it is no spelling that could be read again.
        self.values.insert((entity_type, value.trim().to_owned()));
        let Some(key) = normalize(link_type.normalizer, value, &Place::default()) else {
            return;
        };
        if link_type.normalizer != Normalizer::Address {
            self.values.insert((entity_type, key));
            return;
        }
        let building_type = super::building_type(strategy, entity_type).unwrap_or(entity_type);
        if let Some(building) = key.strip_suffix('|') {
            self.add_address(building_type, building);
        }
        self.add_address(entity_type, &key);
    }

    fn add_address(&mut self, entity_type: EntityTypeIdx, key: &str) {
        let mut sections = key.splitn(3, '|').skip(1);
        if let (Some(""), Some(street)) = (sections.next(), sections.next()) {
            self.streets.insert((entity_type, street.to_owned()));
        }
        self.values.insert((entity_type, key.to_owned()));
    }
}
