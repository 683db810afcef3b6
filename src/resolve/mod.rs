//! Which values are the same thing? Normalized keys, placeholders dropped, dense ids.
//!
//! [`resolve_taking`] turns tables into [`Links`]: the key of every row is hashed, values with one
//! key become one entity, values that stand for nothing are dropped, and what only one merchant uses
//! is counted and let go. Nothing depends on the order of the rows or the number of threads.

mod allowlist;
mod buildings;
mod entities;
mod links;
mod measure;
mod merchants;
pub mod normalize;
mod placeholders;
mod places;
mod relations;
mod text_index;
mod values;

pub use allowlist::idle_exceptions;
pub use buildings::{Building, join_buildings};
pub use links::{DroppedValue, Entities, Link, Links, Merchants, Relation};
pub use measure::{KeyMeasure, measure_keys};

use crate::ingest::{LinkTable, RelationTable, Tables};
use crate::model::{EntityTypeIdx, MerchantIdx, Timestamp};
use crate::strategy::{Normalizer, Strategy};

use allowlist::Allowlist;
use entities::Drafts;
use merchants::MerchantIndex;
use placeholders::PlaceholderList;
use places::AddressKeys;
use values::RawValues;

/// Resolves the whole input, for a caller who keeps it: see [`resolve_taking`].
pub fn resolve(tables: &Tables, strategy: &Strategy, as_of: Option<Timestamp>) -> Links {
    resolve_taking(&mut tables.clone(), strategy, as_of)
}

/// Resolves the whole input, letting go of what it has read: merchants, links and relations are empty
/// afterwards. Each table is gone before the next is looked at, for memory.
///
/// `as_of` decides which exceptions of the allowlist have expired; without it none has.
///
/// `O(n log n)` in the number of rows. Each row's value is normalized once and only the key's hash is
/// kept; the keys of shared values are spelled again, and compared.
pub fn resolve_taking(tables: &mut Tables, strategy: &Strategy, as_of: Option<Timestamp>) -> Links {
    let mut index = MerchantIndex::new(tables);
    let allowlist = Allowlist::new(tables, strategy, as_of);
    let relations = relations::relations(tables, &index);
    tables.relations = RelationTable::default();
    let labels = merchants::labels(tables, &index);
    let links = std::mem::take(&mut tables.links);
    let linked = index.take_linked();
    let given = std::mem::take(&mut tables.merchants);
    let mut merchants = merchants::merchants(given, labels, index, &allowlist);
    let placeholders = PlaceholderList::new(strategy);
    let mut drafts = Drafts::new(merchants.len());
    for (table, merchant) in links.into_iter().zip(linked) {
        add_table(
            &mut drafts,
            &table,
            &merchant,
            &merchants,
            strategy,
            &placeholders,
        );
    }
    merchants.private_values = std::mem::take(&mut drafts.private_values);
    merchants.private_accounts = std::mem::take(&mut drafts.private_accounts);
    merchants.private_devices = std::mem::take(&mut drafts.private_devices);
    placeholders::drop_tested(&mut drafts, &merchants, strategy);
    let (entities, links, dropped) = drafts.finish(&allowlist);
    tracing::debug!(
        merchants.count = merchants.len(),
        entities.count = entities.len(),
        links.count = links.len(),
        relations.count = relations.len(),
        dropped.count = dropped.len(),
        "resolved values"
    );
    Links {
        merchants,
        entities,
        links,
        relations,
        dropped,
    }
}

/// Adds the values of one table, whose rows are these merchants'.
fn add_table(
    drafts: &mut Drafts,
    table: &LinkTable,
    merchant: &[MerchantIdx],
    merchants: &Merchants,
    strategy: &Strategy,
    placeholders: &PlaceholderList,
) {
    let link_type = &strategy.links[table.entity_type.index()];
    if link_type.normalizer == Normalizer::Address {
        let building_type = building_type(strategy, table.entity_type);
        let is_placeholder = |key: &str| placeholders.contains(table.entity_type, key);
        let addresses = AddressKeys::new(table, merchant, &strategy.addresses, is_placeholder);
        drafts.add_addresses(table.entity_type, building_type, &addresses, placeholders);
    } else {
        let raw = RawValues::new(table, merchant, merchants, link_type.normalizer);
        drafts.add_values(table.entity_type, &raw, placeholders);
    }
}

/// The type without a table of its own that reads this type's addresses without their units.
fn building_type(strategy: &Strategy, address: EntityTypeIdx) -> Option<EntityTypeIdx> {
    let table = &strategy.links[address.index()].table;
    strategy
        .links
        .iter()
        .position(|link| {
            link.name == "building"
                && link.normalizer == Normalizer::Address
                && link.table == *table
        })
        .map(EntityTypeIdx::new)
        .filter(|building| *building != address)
}
