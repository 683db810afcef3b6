//! From distinct values to shared entities and merged links.

use std::borrow::Cow;
use std::hash::BuildHasher;
use std::ops::Range;

use rayon::prelude::*;
use rustc_hash::FxBuildHasher;

use super::allowlist::Allowlist;
use super::links::{DroppedValue, Entities, Link};
use super::placeholders::PlaceholderList;
use super::relations::earlier;
use super::values::{AddressValues, Distinct, RawValues};
use crate::model::{EntityIdx, EntityTypeIdx, MerchantIdx, narrow_u32};

/// Runs of equal keys handed to one task; only a grain of work, results don't depend on it.
const RUNS_PER_TASK: usize = 4096;

/// Shared entities in the making.
#[derive(Debug)]
pub(super) struct Drafts {
    pub(super) entities: Vec<Draft>,
    /// The links of all drafts; their `entity` is not set yet.
    pub(super) links: Vec<Link>,
    pub(super) dropped: Vec<DroppedValue>,
    /// One a merchant.
    pub(super) private_values: Vec<u32>,
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
        let kind = Kind {
            entity_type,
            distinct: &values.distinct,
            placeholders,
            buildings: None,
        };
        self.add(&kind, |group| values.key(group).map(Cow::Owned));
    }

    /// Adds the units of a table of addresses, and their buildings.
    pub(super) fn add_addresses(
        &mut self,
        unit_type: EntityTypeIdx,
        building_type: Option<EntityTypeIdx>,
        addresses: &AddressValues<'_>,
        placeholders: &PlaceholderList,
    ) {
        let mut kind = Kind {
            entity_type: unit_type,
            distinct: &addresses.distinct,
            placeholders,
            buildings: None,
        };
        self.add(&kind, |group| addresses.unit(group).map(Cow::Borrowed));
        if let Some(building_type) = building_type {
            kind.entity_type = building_type;
            kind.buildings = Some(addresses);
            self.building_types.push((unit_type, building_type));
            self.add(&kind, |group| addresses.building(group).map(Cow::Borrowed));
        }
    }

    fn add<'k>(&mut self, kind: &Kind<'_>, key: impl Fn(usize) -> Option<Cow<'k, str>> + Sync) {
        let mut hashed: Vec<HashedGroup> = (0..narrow_u32(kind.distinct.len()))
            .into_par_iter()
            .filter_map(|group| {
                let key = key(group as usize)?;
                Some(HashedGroup {
                    key_hash: FxBuildHasher.hash_one(&*key),
                    group,
                    is_placeholder: kind.placeholders.contains(kind.entity_type, &key),
                })
            })
            .collect();
        hashed.par_sort_unstable();
        let runs: Vec<&[HashedGroup]> = hashed
            .chunk_by(|one, other| one.key_hash == other.key_hash)
            .collect();
        let batches: Vec<Batch> = runs
            .par_chunks(RUNS_PER_TASK)
            .map(|runs| {
                let mut batch = Batch::default();
                for run in runs {
                    batch.add_run(kind, run, &key);
                }
                batch
            })
            .collect();
        for batch in batches {
            self.append(kind, batch);
        }
    }

    fn append(&mut self, kind: &Kind<'_>, batch: Batch) {
        let mut start = self.links.len();
        self.links.extend(batch.links);
        for (key, shown, n_links) in batch.entities {
            self.entities.push(Draft {
                entity_type: kind.entity_type,
                key,
                shown,
                links: start..start + n_links,
            });
            start += n_links;
        }
        self.dropped.extend(batch.dropped);
        // A building is the same address once more, not another value of the merchant.
        if kind.buildings.is_none() {
            for merchant in batch.private {
                self.private_values[merchant.index()] += 1;
            }
        }
    }

    /// Adds what was found in another table.
    pub(super) fn append_table(&mut self, other: Self) {
        let base = self.links.len();
        self.links.extend(other.links);
        self.entities
            .extend(other.entities.into_iter().map(|draft| Draft {
                links: base + draft.links.start..base + draft.links.end,
                ..draft
            }));
        self.dropped.extend(other.dropped);
        self.building_types.extend(other.building_types);
        for (count, others) in self.private_values.iter_mut().zip(other.private_values) {
            *count += others;
        }
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

/// A distinct value and its key's hash: keys themselves are kept only where they are shared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct HashedGroup {
    key_hash: u64,
    group: u32,
    is_placeholder: bool,
}

/// What all values of a link type have in common.
#[derive(Debug)]
struct Kind<'a> {
    entity_type: EntityTypeIdx,
    distinct: &'a Distinct<'a>,
    placeholders: &'a PlaceholderList,
    /// The addresses, where values are their buildings.
    buildings: Option<&'a AddressValues<'a>>,
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
    /// Adds the groups whose keys have one hash: nearly always one key.
    fn add_run<'k>(
        &mut self,
        kind: &Kind<'_>,
        run: &[HashedGroup],
        key: &impl Fn(usize) -> Option<Cow<'k, str>>,
    ) {
        if let Some(merchant) = only_merchant(kind, run) {
            self.private.push(merchant);
            return;
        }
        let mut keyed: Vec<(Cow<'k, str>, usize)> = run
            .iter()
            .filter_map(|hashed| Some((key(hashed.group as usize)?, hashed.group as usize)))
            .collect();
        keyed.sort_unstable();
        for same in keyed.chunk_by(|one, other| one.0 == other.0) {
            let groups: Vec<usize> = same.iter().map(|(_, group)| *group).collect();
            self.add_value(kind, &same[0].0, &groups);
        }
    }

    fn add_value(&mut self, kind: &Kind<'_>, key: &str, groups: &[usize]) {
        let start = self.links.len();
        let rows = groups.iter().flat_map(|group| kind.distinct.rows(*group));
        self.links.extend(rows.map(|row| link(kind.distinct, *row)));
        let n_links = merge_by_merchant(&mut self.links, start);
        if kind.placeholders.contains(kind.entity_type, key) {
            self.links.truncate(start);
            self.dropped.push(DroppedValue {
                entity_type: kind.entity_type,
                key: key.to_owned(),
                merchants: narrow_u32(n_links),
                found_by: "listed",
            });
        } else if n_links < 2 {
            self.private
                .extend(self.links.drain(start..).map(|link| link.merchant));
        } else {
            let shown = shown(kind, key, groups);
            self.entities.push((key.to_owned(), shown, n_links));
        }
    }
}

/// The one merchant of a value that nobody shares: most values, so their keys are not made again.
fn only_merchant(kind: &Kind<'_>, run: &[HashedGroup]) -> Option<MerchantIdx> {
    if run.iter().any(|hashed| hashed.is_placeholder) {
        return None;
    }
    let mut merchants = run
        .iter()
        .flat_map(|hashed| kind.distinct.rows(hashed.group as usize))
        .map(|row| kind.distinct.merchant(*row));
    let first = merchants.next()?;
    merchants.all(|merchant| merchant == first).then_some(first)
}

fn link(distinct: &Distinct<'_>, row: u32) -> Link {
    let table = distinct.table;
    let at = row as usize;
    Link {
        entity: EntityIdx::default(),
        merchant: distinct.merchant(row),
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
fn shown(kind: &Kind<'_>, key: &str, groups: &[usize]) -> String {
    let is_whole = |group: usize| {
        let unit = kind.buildings.and_then(|addresses| addresses.unit(group));
        unit.is_none_or(|unit| unit.ends_with('|'))
    };
    let mut spellings: Vec<(&str, usize)> = groups
        .iter()
        .filter(|group| is_whole(**group))
        .map(|group| {
            (
                kind.distinct.raw(*group).trim(),
                kind.distinct.rows(*group).len(),
            )
        })
        .collect();
    spellings.sort_unstable();
    let most_frequent = spellings
        .chunk_by(|one, other| one.0 == other.0)
        .map(|same| {
            (
                same[0].0,
                same.iter().map(|(_, n_rows)| n_rows).sum::<usize>(),
            )
        })
        .reduce(|best, next| if next.1 > best.1 { next } else { best });
    if let Some((text, _)) = most_frequent {
        return text.to_owned();
    }
    let mut sections = key.split('|').skip(1);
    let locality = sections.next().unwrap_or_default();
    format!("{}, {locality}", sections.next().unwrap_or(key))
}
