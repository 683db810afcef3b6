//! From distinct values to shared entities and merged links.

use std::ops::Range;

use rayon::prelude::*;

use super::allowlist::Allowlist;
use super::links::{DroppedValue, Entities, Link};
use super::placeholders::PlaceholderList;
use super::places::{AddressKeys, BuildingKeys, UnitKeys};
use super::relations::earlier;
use super::values::{KeyedRow, RawValues, RowKeys, keyed_rows};
use crate::model::{EntityIdx, EntityTypeIdx, MerchantIdx, narrow_u32};
use crate::strategy::Normalizer;

/// Rows handed to one task; only a grain of work, results don't depend on it.
const ROWS_PER_TASK: usize = 16_384;

/// Shared entities in the making.
#[derive(Debug)]
pub(super) struct Drafts {
    pub(super) entities: Vec<Draft>,
    /// The links of all drafts; their `entity` is not set yet.
    pub(super) links: Vec<Link>,
    pub(super) dropped: Vec<DroppedValue>,
    /// One a merchant.
    pub(super) private_values: Vec<u32>,
    /// One a merchant.
    pub(super) private_accounts: Vec<u32>,
    /// Types of units with the type of their buildings.
    building_types: Vec<(EntityTypeIdx, EntityTypeIdx)>,
}

/// An entity that two or more merchants use.
#[derive(Debug)]
pub(super) struct Draft {
    pub(super) entity_type: EntityTypeIdx,
    pub(super) key: String,
    pub(super) shown: String,
    /// Its links, sorted by merchant, one each.
    pub(super) links: Range<usize>,
}

impl Drafts {
    pub(super) fn new(n_merchants: usize) -> Self {
        Self {
            entities: Vec::new(),
            links: Vec::new(),
            dropped: Vec::new(),
            private_values: vec![0; n_merchants],
            private_accounts: vec![0; n_merchants],
            building_types: Vec::new(),
        }
    }

    /// Adds the values of a link type.
    pub(super) fn add_values(
        &mut self,
        entity_type: EntityTypeIdx,
        values: &RawValues<'_>,
        placeholders: &PlaceholderList,
    ) {
        let private = self.add(entity_type, values, placeholders);
        if values.normalizer() == Normalizer::Account {
            for merchant in private.iter().flatten() {
                self.private_accounts[merchant.index()] += 1;
            }
        }
        self.count_private(&private);
    }

    /// Adds the units of a table of addresses, and their buildings.
    pub(super) fn add_addresses(
        &mut self,
        unit_type: EntityTypeIdx,
        building_type: Option<EntityTypeIdx>,
        addresses: &AddressKeys<'_>,
        placeholders: &PlaceholderList,
    ) {
        let private = self.add(unit_type, &UnitKeys(addresses), placeholders);
        self.count_private(&private);
        if let Some(building_type) = building_type {
            self.building_types.push((unit_type, building_type));
            // A building is the same address once more, not another value of the merchant.
            self.add(building_type, &BuildingKeys(addresses), placeholders);
        }
    }

    /// Adds the values with these keys; returns the merchants of those that nobody shares, once a value.
    fn add<K: RowKeys>(
        &mut self,
        entity_type: EntityTypeIdx,
        keys: &K,
        placeholders: &PlaceholderList,
    ) -> Vec<Vec<MerchantIdx>> {
        let keyed = keyed_rows(keys, entity_type, placeholders);
        let n_pieces = keyed.len().div_ceil(ROWS_PER_TASK);
        let batches: Vec<Batch> = (0..n_pieces)
            .into_par_iter()
            .map(|piece| {
                let start = run_start(&keyed, piece * ROWS_PER_TASK);
                let end = run_start(&keyed, (piece + 1) * ROWS_PER_TASK);
                let mut batch = Batch::default();
                let mut speller = Speller::new(keys);
                for run in keyed[start..end].chunk_by(|one, other| one.has_hash_of(*other)) {
                    batch.add_run(&mut speller, entity_type, run);
                }
                batch
            })
            .collect();
        let private = batches.into_iter();
        private
            .map(|batch| self.append(entity_type, batch))
            .collect()
    }

    fn count_private(&mut self, private: &[Vec<MerchantIdx>]) {
        for merchant in private.iter().flatten() {
            self.private_values[merchant.index()] += 1;
        }
    }

    /// Adds what a task found; returns the merchants of values that nobody shares.
    fn append(&mut self, entity_type: EntityTypeIdx, batch: Batch) -> Vec<MerchantIdx> {
        let mut start = self.links.len();
        self.links.extend(batch.links);
        for (key, shown, n_links) in batch.entities {
            self.entities.push(Draft {
                entity_type,
                key,
                shown,
                links: start..start + n_links,
            });
            start += n_links;
        }
        self.dropped.extend(batch.dropped);
        batch.private
    }

    /// Gives entities their dense ids, in the order of (type, key).
    pub(super) fn finish(
        mut self,
        allowlist: &Allowlist,
    ) -> (Entities, Vec<Link>, Vec<DroppedValue>) {
        self.entities.par_sort_unstable_by(|one, other| {
            (one.entity_type, &one.key).cmp(&(other.entity_type, &other.key))
        });
        let mut entities = Entities::default();
        let mut links = Vec::with_capacity(self.links.len());
        for (at, draft) in self.entities.iter().enumerate() {
            entities.entity_type.push(draft.entity_type);
            entities.key.push(&draft.key);
            entities.shown.push(&draft.shown);
            entities
                .allowed
                .push(allowlist.allows_entity(draft.entity_type, &draft.key));
            entities.building.push(self.building_of(draft));
            let entity = EntityIdx::new(at);
            links.extend(
                self.links[draft.links.clone()]
                    .iter()
                    .map(|link| Link { entity, ..*link }),
            );
        }
        self.dropped.sort_unstable_by(|one, other| {
            (other.merchants.cmp(&one.merchants))
                .then_with(|| (one.entity_type, &one.key).cmp(&(other.entity_type, &other.key)))
        });
        (entities, links, self.dropped)
    }

    /// The shared building of a unit; entities are sorted.
    fn building_of(&self, draft: &Draft) -> Option<EntityIdx> {
        let (_, building_type) = self
            .building_types
            .iter()
            .find(|(unit_type, _)| *unit_type == draft.entity_type)?;
        let (building, _) = draft.key.rsplit_once('|')?;
        self.entities
            .binary_search_by(|known| {
                (known.entity_type, known.key.as_str()).cmp(&(*building_type, building))
            })
            .ok()
            .map(EntityIdx::new)
    }
}

/// Where the run of equal hashes that holds a position starts, or the end.
fn run_start(keyed: &[KeyedRow], at: usize) -> usize {
    let Some(row) = keyed.get(at) else {
        return keyed.len();
    };
    keyed[..at]
        .iter()
        .rposition(|before| !before.has_hash_of(*row))
        .map_or(0, |before| before + 1)
}

/// Spells the keys of rows.
struct Speller<'k, K: RowKeys> {
    keys: &'k K,
    memo: K::Memo,
    key: String,
}

impl<'k, K: RowKeys> Speller<'k, K> {
    fn new(keys: &'k K) -> Self {
        Self {
            keys,
            memo: K::Memo::default(),
            key: String::new(),
        }
    }

    fn key(&mut self, row: KeyedRow) -> &str {
        self.key.clear();
        let has_key = self
            .keys
            .write_key(row.row(), &mut self.memo, &mut self.key);
        assert!(has_key, "a keyed row has a key");
        &self.key
    }
}

/// What one task found.
#[derive(Debug, Default)]
struct Batch {
    /// Key, shown, number of links.
    entities: Vec<(String, String, usize)>,
    links: Vec<Link>,
    dropped: Vec<DroppedValue>,
    /// The merchants of values that nobody shares, once a value.
    private: Vec<MerchantIdx>,
}

impl Batch {
    /// Adds the rows whose keys have one hash: nearly always one key. They are sorted by merchant.
    fn add_run<K: RowKeys>(
        &mut self,
        speller: &mut Speller<'_, K>,
        entity_type: EntityTypeIdx,
        run: &[KeyedRow],
    ) {
        let (first, last) = (run[0], run[run.len() - 1]);
        // Most values have one merchant: their keys are not spelled again.
        if first.merchant() == last.merchant() && !first.is_placeholder() {
            self.private.push(first.merchant());
            return;
        }
        let key = speller.key(first).to_owned();
        let is_one_key = run[1..]
            .iter()
            .all(|row| speller.keys.is_same(first.row(), row.row()) || speller.key(*row) == key);
        if is_one_key {
            self.add_value(speller.keys, entity_type, key, run);
            return;
        }
        let mut keyed: Vec<(String, KeyedRow)> = run
            .iter()
            .map(|row| (speller.key(*row).to_owned(), *row))
            .collect();
        keyed.sort_unstable();
        for same in keyed.chunk_by(|one, other| one.0 == other.0) {
            let rows: Vec<KeyedRow> = same.iter().map(|(_, row)| *row).collect();
            self.add_value(speller.keys, entity_type, same[0].0.clone(), &rows);
        }
    }

    fn add_value(
        &mut self,
        keys: &impl RowKeys,
        entity_type: EntityTypeIdx,
        key: String,
        rows: &[KeyedRow],
    ) {
        let start = self.links.len();
        self.links.extend(rows.iter().map(|row| link(keys, *row)));
        let n_links = merge_by_merchant(&mut self.links, start);
        if rows[0].is_placeholder() {
            self.links.truncate(start);
            self.dropped.push(DroppedValue {
                entity_type,
                key,
                merchants: narrow_u32(n_links),
                found_by: "listed",
            });
        } else if n_links < 2 {
            self.private
                .extend(self.links.drain(start..).map(|link| link.merchant));
        } else {
            let shown = shown(keys, &key, rows);
            self.entities.push((key, shown, n_links));
        }
    }
}

fn link(keys: &impl RowKeys, keyed: KeyedRow) -> Link {
    let table = keys.table();
    let at = keyed.row() as usize;
    Link {
        entity: EntityIdx::default(),
        merchant: keyed.merchant(),
        first_seen: table.first_seen.get(at).copied().flatten(),
        last_seen: table.last_seen.get(at).copied().flatten(),
        events: table.events.get(at).copied().unwrap_or(1),
        amount: table.amount.get(at).copied().flatten().unwrap_or_default(),
    }
}

/// Merges the links from `start` on, one a merchant; returns how many are left.
fn merge_by_merchant(links: &mut Vec<Link>, start: usize) -> usize {
    links[start..].sort_unstable_by_key(|link| link.merchant);
    let mut end = start;
    for at in start..links.len() {
        let next = links[at];
        if end > start && links[end - 1].merchant == next.merchant {
            let kept = &mut links[end - 1];
            kept.first_seen = earlier(kept.first_seen, next.first_seen);
            kept.last_seen = kept.last_seen.max(next.last_seen);
            kept.events = kept.events.saturating_add(next.events);
            kept.amount += next.amount;
        } else {
            links[end] = next;
            end += 1;
        }
    }
    links.truncate(end);
    end - start
}

/// The most frequent raw spelling, ties by text; a building, seen with units only, by its key.
fn shown(keys: &impl RowKeys, key: &str, rows: &[KeyedRow]) -> String {
    let table = keys.table();
    let mut spellings: Vec<&str> = rows
        .iter()
        .filter(|row| keys.is_whole(row.row()))
        .map(|row| table.value.get(row.row() as usize).trim())
        .collect();
    spellings.sort_unstable();
    let most_frequent = spellings
        .chunk_by(|one, other| one == other)
        .map(|same| (same[0], same.len()))
        .reduce(|best, next| if next.1 > best.1 { next } else { best });
    if let Some((text, _)) = most_frequent {
        return text.to_owned();
    }
    let mut sections = key.split('|').skip(1);
    let locality = sections.next().unwrap_or_default();
    format!("{}, {locality}", sections.next().unwrap_or(key))
}
