//! The distinct raw values of a link table, each normalized once instead of once a row.

use std::hash::BuildHasher;

use rayon::prelude::*;
use rustc_hash::{FxBuildHasher, FxHashMap, FxHashSet};

use super::buildings::{Building, join_buildings};
use super::links::Merchants;
use super::merchants::MerchantIndex;
use super::normalize::address::{Area, normalize_in};
use super::normalize::{Place, normalize};
use crate::ingest::LinkTable;
use crate::model::{MerchantIdx, TextColumn, narrow_u32};
use crate::strategy::{Normalizer, Strategy};

/// Distinct addresses handed to one task; only a grain of work, results don't depend on it.
const GROUPS_PER_TASK: usize = 4096;

/// Equal things, each as its hash and its position.
type Run<'a> = &'a [(u64, u32)];

/// The rows of a link table, grouped by equal raw value and place. Rows without a value are left out.
#[derive(Debug)]
pub(super) struct Distinct<'a> {
    pub(super) table: &'a LinkTable,
    /// One a row of the table.
    merchant: Vec<MerchantIdx>,
    /// Rows, group by group.
    rows: Vec<u32>,
    /// Where each group ends in `rows`.
    ends: Vec<u32>,
}

impl<'a> Distinct<'a> {
    /// Groups by the text and what `context` adds to it.
    fn new<C>(
        table: &'a LinkTable,
        index: &MerchantIndex<'_>,
        context: impl Fn(u32, MerchantIdx) -> C + Sync,
    ) -> Self
    where
        C: std::hash::Hash + Ord,
    {
        let merchant: Vec<MerchantIdx> = (0..table.merchant_id.len())
            .into_par_iter()
            .map(|row| {
                index
                    .get(table.merchant_id.get(row))
                    .expect("the index holds every linked merchant")
            })
            .collect();
        let value = |row: u32| {
            let text = table.value.get(row as usize);
            (text, context(row, merchant[row as usize]))
        };
        // Sorting by hash first compares texts only where they are equal, or nearly never.
        let mut hashed: Vec<(u64, u32)> = (0..narrow_u32(merchant.len()))
            .into_par_iter()
            .filter(|row| !table.value.get(*row as usize).trim().is_empty())
            .map(|row| (FxBuildHasher.hash_one(value(row)), row))
            .collect();
        hashed.par_sort_unstable();
        for equal_hashes in hashed.chunk_by_mut(|one, other| one.0 == other.0) {
            let [(_, first), others @ ..] = &*equal_hashes else {
                continue;
            };
            if others.iter().any(|(_, row)| value(*row) != value(*first)) {
                equal_hashes.sort_unstable_by(|one, other| {
                    value(one.1).cmp(&value(other.1)).then(one.1.cmp(&other.1))
                });
            }
        }
        let same = |one: &(u64, u32), other: &(u64, u32)| {
            one.0 == other.0 && value(one.1) == value(other.1)
        };
        let groups: Vec<Run<'_>> = hashed.par_chunk_by(same).collect();
        let (rows, ends) = in_row_order(groups);
        Self {
            table,
            merchant,
            rows,
            ends,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// The rows of a group, never none.
    pub(super) fn rows(&self, group: usize) -> &[u32] {
        let start = group
            .checked_sub(1)
            .map_or(0, |before| self.ends[before] as usize);
        &self.rows[start..self.ends[group] as usize]
    }

    /// The raw text of a group.
    pub(super) fn raw(&self, group: usize) -> &'a str {
        self.table.value.get(self.rows(group)[0] as usize)
    }

    pub(super) fn merchant(&self, row: u32) -> MerchantIdx {
        self.merchant[row as usize]
    }
}

/// Rows and ends of groups in the order of their first rows: work that goes group by group then walks
/// through the table, not all over it.
fn in_row_order(mut groups: Vec<Run<'_>>) -> (Vec<u32>, Vec<u32>) {
    groups.par_sort_unstable_by_key(|group| group[0].1);
    let mut rows = Vec::with_capacity(groups.iter().map(|group| group.len()).sum());
    let mut ends = Vec::with_capacity(groups.len());
    for group in groups {
        rows.extend(group.iter().map(|(_, row)| *row));
        ends.push(narrow_u32(rows.len()));
    }
    (rows, ends)
}

/// Distinct values that are normalized on demand.
#[derive(Debug)]
pub(super) struct RawValues<'a> {
    pub(super) distinct: Distinct<'a>,
    merchants: &'a Merchants,
    normalizer: Normalizer,
}

impl<'a> RawValues<'a> {
    pub(super) fn new(
        table: &'a LinkTable,
        index: &MerchantIndex<'_>,
        merchants: &'a Merchants,
        normalizer: Normalizer,
    ) -> Self {
        // Only a phone is read by the merchant's country.
        let distinct = Distinct::new(table, index, |_, merchant| match normalizer {
            Normalizer::Phone => merchants.country.get(merchant.index()),
            _ => "",
        });
        Self {
            distinct,
            merchants,
            normalizer,
        }
    }

    pub(super) fn key(&self, group: usize) -> Option<String> {
        let merchant = self.distinct.merchant(self.distinct.rows(group)[0]);
        let place = Place {
            country: self.merchants.country.get(merchant.index()),
            ..Place::default()
        };
        normalize(self.normalizer, self.distinct.raw(group), &place)
    }
}

/// Distinct addresses with their keys.
#[derive(Debug)]
pub(super) struct AddressValues<'a> {
    pub(super) distinct: Distinct<'a>,
    /// One a group.
    keys: Keys,
}

impl AddressValues<'_> {
    /// The key of a group's building, if it names one.
    pub(super) fn building(&self, group: usize) -> Option<&str> {
        self.keys.building(group)
    }

    /// The key of a group's unit, which is empty behind the building's key where none is named.
    pub(super) fn unit(&self, group: usize) -> Option<&str> {
        self.keys.unit(group)
    }
}

/// Keys of many addresses in one buffer: the key of a unit starts with its building's.
#[derive(Debug, Default)]
struct Keys {
    /// Empty where an address names no building.
    unit: TextColumn,
    /// Bytes of the building's key.
    building_bytes: Vec<u32>,
}

impl Keys {
    fn push(&mut self, building: &str, rest: &str) {
        self.unit.push_parts(&[building, rest]);
        self.building_bytes.push(narrow_u32(building.len()));
    }

    fn append(&mut self, other: &Self) {
        self.unit.append(&other.unit);
        self.building_bytes.extend_from_slice(&other.building_bytes);
    }

    fn unit(&self, group: usize) -> Option<&str> {
        Some(self.unit.get(group)).filter(|key| !key.is_empty())
    }

    fn building(&self, group: usize) -> Option<&str> {
        let unit = self.unit(group)?;
        Some(&unit[..self.building_bytes[group] as usize])
    }
}

/// Normalizes the distinct addresses of a table and joins buildings that differ by a slip of the pen.
pub(super) fn address_keys<'a>(
    table: &'a LinkTable,
    index: &MerchantIndex<'_>,
    strategy: &Strategy,
) -> AddressValues<'a> {
    let place = |row: u32| place(table, row as usize);
    let distinct = Distinct::new(table, index, |row, _| {
        let place = place(row);
        let point = place.point.map(|(lat, lon)| (lat.to_bits(), lon.to_bits()));
        (place.city, place.postal_code, place.country, point)
    });
    let areas = areas(&distinct);
    let keys = in_pieces(distinct.len(), |group, keys| {
        let place = place(distinct.rows(group)[0]);
        let area = &areas[&(place.city, place.country)];
        let raw = distinct.raw(group);
        let found = normalize_in(area, raw, place.postal_code, place.point);
        match (&found.building, &found.unit) {
            (Some(building), Some(unit)) => keys.push(building, &unit[building.len()..]),
            _ => keys.push("", ""),
        }
    });
    let (buildings, building_of) = buildings(&distinct, &keys, &areas);
    let joined = join_buildings(&buildings, &strategy.addresses);
    let joined_keys = in_pieces(distinct.len(), |group, joined_keys| {
        let (Some(building), Some(unit)) = (keys.building(group), keys.unit(group)) else {
            joined_keys.push("", "");
            return;
        };
        let same = joined[building_of[group] as usize];
        joined_keys.push(buildings[same].key, &unit[building.len()..]);
    });
    AddressValues {
        distinct,
        keys: joined_keys,
    }
}

/// The keys of all groups, made by all threads.
fn in_pieces(n_groups: usize, push: impl Fn(usize, &mut Keys) + Sync) -> Keys {
    let pieces: Vec<Keys> = (0..n_groups.div_ceil(GROUPS_PER_TASK))
        .into_par_iter()
        .map(|piece| {
            let mut keys = Keys::default();
            let start = piece * GROUPS_PER_TASK;
            for group in start..n_groups.min(start + GROUPS_PER_TASK) {
                push(group, &mut keys);
            }
            keys
        })
        .collect();
    let mut keys = Keys::default();
    for piece in &pieces {
        keys.append(piece);
    }
    keys
}

/// Each pair of city and country that the columns hold, read once.
type Areas<'a> = FxHashMap<(&'a str, &'a str), Area>;

fn areas<'a>(distinct: &Distinct<'a>) -> Areas<'a> {
    let table = distinct.table;
    let names: FxHashSet<(&str, &str)> = (0..distinct.len())
        .into_par_iter()
        .fold(FxHashSet::default, |mut names, group| {
            let place = place(table, distinct.rows(group)[0] as usize);
            names.insert((place.city, place.country));
            names
        })
        .reduce(FxHashSet::default, |mut names, others| {
            names.extend(others);
            names
        });
    names
        .into_par_iter()
        .map(|(city, country)| ((city, country), Area::new(city, country)))
        .collect()
}

/// The distinct buildings in an order that says nothing, and the position of each group's.
fn buildings<'k>(
    distinct: &'k Distinct<'_>,
    keys: &'k Keys,
    areas: &'k Areas<'_>,
) -> (Vec<Building<'k>>, Vec<u32>) {
    let key = |group: u32| keys.building(group as usize).unwrap_or_default();
    let mut hashed: Vec<(u64, u32)> = (0..narrow_u32(distinct.len()))
        .into_par_iter()
        .filter(|group| !key(*group).is_empty())
        .map(|group| (FxBuildHasher.hash_one(key(group)), group))
        .collect();
    hashed.par_sort_unstable();
    for equal_hashes in hashed.chunk_by_mut(|one, other| one.0 == other.0) {
        let first = equal_hashes[0].1;
        if equal_hashes
            .iter()
            .any(|(_, group)| key(*group) != key(first))
        {
            equal_hashes.sort_unstable_by_key(|(_, group)| key(*group));
        }
    }
    let same =
        |one: &(u64, u32), other: &(u64, u32)| one.0 == other.0 && key(one.1) == key(other.1);
    let (buildings, groups): (Vec<Building<'_>>, Vec<Run<'_>>) = hashed
        .par_chunk_by(same)
        .map(|groups| (building(distinct, key(groups[0].1), groups, areas), groups))
        .unzip();
    let mut building_of = vec![u32::MAX; distinct.len()];
    for (at, groups) in groups.iter().enumerate() {
        for (_, group) in *groups {
            building_of[*group as usize] = narrow_u32(at);
        }
    }
    (buildings, building_of)
}

/// A building from all the groups that name it. The smallest point and city stand for it, so that the
/// order of rows doesn't matter.
fn building<'k>(
    distinct: &'k Distinct<'_>,
    key: &'k str,
    groups: Run<'_>,
    areas: &'k Areas<'_>,
) -> Building<'k> {
    let rows = |group: &(u64, u32)| distinct.rows(group.1 as usize);
    let places = groups.iter().map(|group| {
        let place = place(distinct.table, rows(group)[0] as usize);
        let city = areas[&(place.city, place.country)].city_name.as_str();
        let bits = place.point.map(|(lat, lon)| (lat.to_bits(), lon.to_bits()));
        (bits.is_none(), bits, city)
    });
    let (_, bits, city) = places.min().expect("a building has a group");
    let uses = groups.iter().map(|group| rows(group).len()).sum();
    Building {
        key,
        city,
        uses: narrow_u32(uses),
        point: bits.map(|(lat, lon)| (f64::from_bits(lat), f64::from_bits(lon))),
    }
}

fn place(table: &LinkTable, row: usize) -> Place<'_> {
    let Some(columns) = &table.place else {
        return Place::default();
    };
    let degrees = |column: &[f64]| {
        column
            .get(row)
            .copied()
            .filter(|degrees| degrees.is_finite())
    };
    Place {
        city: columns.city.get(row),
        postal_code: columns.postal_code.get(row),
        country: columns.country.get(row),
        point: degrees(&columns.lat).zip(degrees(&columns.lon)),
    }
}
