//! From distinct values to shared entities and merged links.

use std::hint::black_box;
use std::ops::Range;

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::allowlist::Allowlist;
use super::links::{DroppedValue, Entities, Link};
use super::merchants::prefix;
use super::placeholders::PlaceholderList;
use super::places::{AddressKeys, BuildingKeys, UnitKeys};
use super::relations::merge_spans;
use super::values::{KeyedRow, KeyedRows, RawValues, RowKeys, keyed_rows};
use crate::model::{EntityIdx, EntityTypeIdx, MerchantIdx, TextColumn, Timestamp, narrow_u32};
use crate::strategy::Normalizer;

/// Rows handed to one task; only a grain of work, results don't depend on it.
const ROWS_PER_TASK: usize = 16_384;
/// Rows whose values are touched before the first is looked at, so that the waits for memory overlap.
const ROWS_AT_ONCE: usize = 32;
/// Entities handed to one task.
const ENTITIES_PER_TASK: usize = 4096;

/// Shared entities in the making.
#[derive(Debug)]
pub(super) struct Drafts {
    pub(super) entities: Vec<Draft>,
    /// Their texts and links, as the tasks found them.
    found: Vec<Found>,
    pub(super) dropped: Vec<DroppedValue>,
    /// One a merchant.
    pub(super) private_values: Vec<u32>,
    /// One a merchant.
    pub(super) private_accounts: Vec<u32>,
    /// One a merchant.
    pub(super) private_devices: Vec<u32>,
    /// Types of units with the type of their buildings.
    building_types: Vec<(EntityTypeIdx, EntityTypeIdx)>,
}

/// An entity that two or more merchants use.
#[derive(Debug)]
pub(super) struct Draft {
    pub(super) entity_type: EntityTypeIdx,
    /// The task that found it, and the row of its texts there.
    task: u32,
    row: u32,
    /// Its links there, sorted by merchant, one each.
    links: Range<u32>,
}

/// Shared values one behind the other.
#[derive(Debug, Default)]
struct Found {
    key: TextColumn,
    shown: TextColumn,
    /// Their `entity` is not set yet.
    links: Vec<Link>,
}

impl Drafts {
    pub(super) fn new(n_merchants: usize) -> Self {
        Self {
            entities: Vec::new(),
            found: Vec::new(),
            dropped: Vec::new(),
            private_values: vec![0; n_merchants],
            private_accounts: vec![0; n_merchants],
            private_devices: vec![0; n_merchants],
            building_types: Vec::new(),
        }
    }

    /// The normalized key of an entity.
    pub(super) fn key(&self, draft: &Draft) -> &str {
        self.found[draft.task as usize].key.get(draft.row as usize)
    }

    /// Its links, sorted by merchant, one each.
    pub(super) fn links(&self, draft: &Draft) -> &[Link] {
        let links = draft.links.start as usize..draft.links.end as usize;
        &self.found[draft.task as usize].links[links]
    }

    /// Adds the values of a link type.
    pub(super) fn add_values(
        &mut self,
        entity_type: EntityTypeIdx,
        values: &RawValues<'_>,
        placeholders: &PlaceholderList,
    ) {
        let private = self.add(entity_type, values, placeholders);
        match values.normalizer() {
            Normalizer::Account => count(&mut self.private_accounts, &private),
            Normalizer::Device => count(&mut self.private_devices, &private),
            _ => {}
        }
        count(&mut self.private_values, &private);
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
        count(&mut self.private_values, &private);
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
        let KeyedRows {
            sorted: keyed,
            single,
        } = keyed_rows(keys, entity_type, placeholders);
        let n_pieces = keyed.len().div_ceil(ROWS_PER_TASK);
        let batches: Vec<Batch> = (0..n_pieces)
            .into_par_iter()
            .map(|piece| {
                let start = run_start(&keyed, piece * ROWS_PER_TASK);
                let end = run_start(&keyed, (piece + 1) * ROWS_PER_TASK);
                let mut batch = Batch::default();
                let mut speller = Speller::new(keys);
                let (mut at, mut touched) = (start, start);
                for run in keyed[start..end].chunk_by(|one, other| one.has_hash_of(*other)) {
                    if at >= touched {
                        touched = end.min(at + ROWS_AT_ONCE);
                        touch(keys, &keyed[at..touched]);
                    }
                    at += run.len();
                    batch.add_run(&mut speller, run);
                }
                batch
            })
            .collect();
        let private = batches.into_iter();
        private
            .map(|batch| self.append(entity_type, batch))
            .chain(single)
            .collect()
    }

    /// Adds what a task found; returns the merchants of values that nobody shares.
    fn append(&mut self, entity_type: EntityTypeIdx, batch: Batch) -> Vec<MerchantIdx> {
        let task = narrow_u32(self.found.len());
        let mut start = 0;
        for (&end, row) in batch.link_ends.iter().zip(0..) {
            self.entities.push(Draft {
                entity_type,
                task,
                row,
                links: start..end,
            });
            start = end;
        }
        self.found.push(batch.found);
        let dropped = batch.dropped.into_iter();
        self.dropped
            .extend(dropped.map(|(key, n_merchants)| DroppedValue {
                entity_type,
                key,
                merchants: n_merchants,
                found_by: "listed",
            }));
        batch.private
    }

    /// Gives entities their dense ids, in the order of (type, key).
    pub(super) fn finish(
        mut self,
        allowlist: &Allowlist,
    ) -> (Entities, Vec<Link>, Vec<DroppedValue>) {
        let order = self.order();
        let buildings = self.buildings(&order);
        let pieces: Vec<(Entities, Vec<Link>)> = order
            .par_chunks(ENTITIES_PER_TASK)
            .enumerate()
            .map(|(piece, drafts)| {
                self.finish_piece(allowlist, &buildings, piece * ENTITIES_PER_TASK, drafts)
            })
            .collect();
        self.found = Vec::new();
        let n_links = pieces.iter().map(|(_, links)| links.len()).sum();
        let (mut entities, mut links) = (Entities::default(), Vec::with_capacity(n_links));
        for (more_entities, more_links) in pieces {
            links.extend_from_slice(&more_links);
            entities.entity_type.extend(more_entities.entity_type);
            entities.key.append(&more_entities.key);
            entities.shown.append(&more_entities.shown);
            entities.building.extend(more_entities.building);
            entities.allowed.extend(more_entities.allowed);
        }
        self.dropped.sort_unstable_by(|one, other| {
            (other.merchants.cmp(&one.merchants))
                .then_with(|| (one.entity_type, &one.key).cmp(&(other.entity_type, &other.key)))
        });
        (entities, links, self.dropped)
    }

    /// The drafts by type and key: the start of a key decides nearly always.
    fn order(&self) -> Vec<&Draft> {
        let mut keyed: Vec<(EntityTypeIdx, u128, &Draft)> = self
            .entities
            .par_iter()
            .map(|draft| (draft.entity_type, prefix(self.key(draft)), draft))
            .collect();
        keyed.par_sort_unstable_by(|one, other| {
            (one.0, one.1)
                .cmp(&(other.0, other.1))
                .then_with(|| self.key(one.2).cmp(self.key(other.2)))
        });
        keyed.into_par_iter().map(|(_, _, draft)| draft).collect()
    }

    /// The buildings among the drafts in order, by type and key.
    fn buildings<'d>(&'d self, order: &[&Draft]) -> Buildings<'d> {
        let drafts = order.iter().zip(0..);
        let buildings = drafts.filter(|(draft, _)| {
            let mut types = self.building_types.iter();
            types.any(|(_, building_type)| *building_type == draft.entity_type)
        });
        buildings
            .map(|(draft, at)| ((draft.entity_type, self.key(draft)), EntityIdx(at)))
            .collect()
    }

    /// The entities of a piece of the order, which starts at `start`, and their links.
    fn finish_piece(
        &self,
        allowlist: &Allowlist,
        buildings: &Buildings<'_>,
        start: usize,
        drafts: &[&Draft],
    ) -> (Entities, Vec<Link>) {
        let mut entities = Entities::default();
        let mut links = Vec::new();
        for (at, draft) in (start..).zip(drafts) {
            let found = &self.found[draft.task as usize];
            let key = self.key(draft);
            entities.entity_type.push(draft.entity_type);
            entities.key.push(key);
            let shown = found.shown.get(draft.row as usize);
            entities.shown.push(shown);
            entities
                .allowed
                .push(allowlist.allows_entity(draft.entity_type, key, shown));
            entities.building.push(self.building_of(buildings, draft));
            let entity = EntityIdx::new(at);
            links.extend(
                self.links(draft)
                    .iter()
                    .map(|link| Link { entity, ..*link }),
            );
        }
        (entities, links)
    }

    /// The shared building of a unit.
    fn building_of(&self, buildings: &Buildings<'_>, draft: &Draft) -> Option<EntityIdx> {
        let (_, building_type) = self
            .building_types
            .iter()
            .find(|(unit_type, _)| *unit_type == draft.entity_type)?;
        let (building, _) = self.key(draft).rsplit_once('|')?;
        buildings.get(&(*building_type, building)).copied()
    }
}

/// One more for each of these merchants.
fn count(values: &mut [u32], merchants: &[Vec<MerchantIdx>]) {
    for merchant in merchants.iter().flatten() {
        values[merchant.index()] += 1;
    }
}

/// Shared buildings by type and key.
type Buildings<'d> = FxHashMap<(EntityTypeIdx, &'d str), EntityIdx>;

/// Looks at the values of those rows that share their hash with a neighbour.
fn touch(keys: &impl RowKeys, rows: &[KeyedRow]) {
    let table = keys.table();
    let mut sum = 0_i64;
    for pair in rows.windows(2).filter(|pair| pair[0].has_hash_of(pair[1])) {
        for row in pair {
            let row = row.row() as usize;
            let last_seen = table.last_seen.get(row).copied().flatten();
            sum ^= last_seen.map_or(0, Timestamp::seconds);
            let text = table.value.get(row).as_bytes();
            sum ^= text.last().map_or(0, |byte| i64::from(*byte));
        }
    }
    black_box(sum);
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
    /// The key that others are compared with, and that of another row.
    key: String,
    other: String,
    /// The spellings of one value.
    spellings: Vec<&'k str>,
}

impl<'k, K: RowKeys> Speller<'k, K> {
    fn new(keys: &'k K) -> Self {
        Self {
            keys,
            memo: K::Memo::default(),
            key: String::new(),
            other: String::new(),
            spellings: Vec::new(),
        }
    }

    /// Spells the key that others are compared with.
    fn spell(&mut self, row: KeyedRow) {
        self.key.clear();
        let has_key = self
            .keys
            .write_key(row.row(), &mut self.memo, &mut self.key);
        assert!(has_key, "a keyed row has a key");
    }

    /// Whether a row has that key; `like` is a row that has it.
    fn has_key(&mut self, like: KeyedRow, row: KeyedRow) -> bool {
        if self.keys.is_same(like.row(), row.row()) {
            return true;
        }
        self.other.clear();
        self.keys
            .write_key(row.row(), &mut self.memo, &mut self.other);
        self.other == self.key
    }

    /// Appends the most frequent raw spelling of rows that have that key, ties by text; a building, seen
    /// with units only, by its key.
    fn write_shown(&mut self, rows: &[KeyedRow], shown: &mut TextColumn) {
        let keys = self.keys;
        let whole = rows.iter().filter(|row| keys.is_whole(row.row()));
        self.spellings.clear();
        self.spellings
            .extend(whole.map(|row| keys.table().value.get(row.row() as usize).trim()));
        self.spellings.sort_unstable();
        let most_frequent = self
            .spellings
            .chunk_by(|one, other| one == other)
            .map(|same| (same[0], same.len()))
            .reduce(|best, next| if next.1 > best.1 { next } else { best });
        if let Some((text, _)) = most_frequent {
            return shown.push(text);
        }
        let mut sections = self.key.split('|').skip(1);
        let locality = sections.next().unwrap_or_default();
        shown.push_parts(&[sections.next().unwrap_or(&self.key), ", ", locality]);
    }
}

/// What one task found.
#[derive(Debug, Default)]
struct Batch {
    found: Found,
    /// Where the links of each shared value end.
    link_ends: Vec<u32>,
    /// Key and merchants of values that stand for nothing.
    dropped: Vec<(String, u32)>,
    /// The merchants of values that nobody shares, once a value.
    private: Vec<MerchantIdx>,
}

impl Batch {
    /// Adds the rows whose keys have one hash: nearly always one key. They are sorted by merchant.
    fn add_run<K: RowKeys>(&mut self, speller: &mut Speller<'_, K>, run: &[KeyedRow]) {
        let (first, last) = (run[0], run[run.len() - 1]);
        // Most values have one merchant: their keys are not spelled again.
        if first.merchant() == last.merchant() && !first.is_placeholder() {
            self.private.push(first.merchant());
            return;
        }
        speller.spell(first);
        if run[1..].iter().all(|row| speller.has_key(first, *row)) {
            self.add_value(speller, run);
            return;
        }
        let mut keyed: Vec<(String, KeyedRow)> = run
            .iter()
            .map(|row| {
                speller.spell(*row);
                (speller.key.clone(), *row)
            })
            .collect();
        keyed.sort_unstable();
        for same in keyed.chunk_by(|one, other| one.0 == other.0) {
            let rows: Vec<KeyedRow> = same.iter().map(|(_, row)| *row).collect();
            speller.spell(rows[0]);
            self.add_value(speller, &rows);
        }
    }

    /// Adds the rows that have the key which was spelled last.
    fn add_value<K: RowKeys>(&mut self, speller: &mut Speller<'_, K>, rows: &[KeyedRow]) {
        let links = &mut self.found.links;
        let start = links.len();
        links.extend(rows.iter().map(|row| link(speller.keys, *row)));
        let n_links = merge_by_merchant(links, start);
        if rows[0].is_placeholder() {
            links.truncate(start);
            self.dropped
                .push((speller.key.clone(), narrow_u32(n_links)));
        } else if n_links < 2 {
            self.private
                .extend(links.drain(start..).map(|link| link.merchant));
        } else {
            self.link_ends.push(narrow_u32(links.len()));
            self.found.key.push(&speller.key);
            speller.write_shown(rows, &mut self.found.shown);
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
            let merged = merge_spans(
                (kept.first_seen, kept.last_seen),
                (next.first_seen, next.last_seen),
            );
            (kept.first_seen, kept.last_seen) = merged;
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
