//! Which values are the same thing? Normalized keys, placeholders dropped, dense ids.
//!
//! [`resolve()`] turns tables into [`Links`]: every distinct raw value is normalized once, values with one
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
mod relations;
mod values;

pub use buildings::{Building, join_buildings};
pub use links::{DroppedValue, Entities, Link, Links, Merchants, Relation};
pub use measure::{KeyMeasure, measure_keys};

use rayon::prelude::*;

use crate::ingest::{LinkTable, Tables};
use crate::model::{EntityTypeIdx, Timestamp};
use crate::strategy::{Normalizer, Strategy};

use allowlist::Allowlist;
use entities::Drafts;
use merchants::MerchantIndex;
use placeholders::PlaceholderList;

/// Resolves the whole input.
///
/// `as_of` decides which exceptions of the allowlist have expired; without it none has.
///
/// `O(n log n)` in the number of rows; each distinct raw value is normalized at most twice.
pub fn resolve(tables: &Tables, strategy: &Strategy, as_of: Option<Timestamp>) -> Links {
    let index = MerchantIndex::new(tables);
    let allowlist = Allowlist::new(tables, strategy, as_of);
    let mut merchants = merchants::merchants(tables, &index, &allowlist);
    let placeholders = PlaceholderList::new(strategy);
    // Side by side: while one table sorts on one thread, the others keep the rest busy.
    let by_table: Vec<Drafts> = tables
        .links
        .par_iter()
        .map(|table| drafts(table, &index, &merchants, strategy, &placeholders))
        .collect();
    let mut drafts = Drafts::new(merchants.len());
    for of_table in by_table {
        drafts.append_table(of_table);
    }
    merchants.private_values = std::mem::take(&mut drafts.private_values);
    placeholders::drop_tested(&mut drafts, &merchants, strategy);
    let (entities, links, dropped) = drafts.finish(&allowlist);
    let relations = relations::relations(tables, &index);
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

/// The values of one table.
fn drafts(
    table: &LinkTable,
    index: &MerchantIndex<'_>,
    merchants: &Merchants,
    strategy: &Strategy,
    placeholders: &PlaceholderList,
) -> Drafts {
    let mut drafts = Drafts::new(merchants.len());
    let link_type = &strategy.links[table.entity_type.index()];
    if link_type.normalizer == Normalizer::Address {
        let building_type = building_type(strategy, table.entity_type);
        let addresses = values::address_keys(table, index, strategy);
        drafts.add_addresses(table.entity_type, building_type, &addresses, placeholders);
    } else {
        let raw = values::RawValues::new(table, index, merchants, link_type.normalizer);
        drafts.add_values(table.entity_type, &raw, placeholders);
    }
    drafts
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
