//! The distinct raw values of a link table, each normalized once instead of once a row.

use std::hash::BuildHasher;

use rayon::prelude::*;
use rustc_hash::FxBuildHasher;

use super::buildings::{Building, join_buildings};
use super::links::Merchants;
use super::merchants::MerchantIndex;
use super::normalize::{AddressKeys, Place, normalize, normalize_address, normalize_city};
use crate::ingest::LinkTable;
use crate::model::{MerchantIdx, narrow_u32};
use crate::strategy::{Normalizer, Strategy};

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
            let first = value(equal_hashes[0].1);
            if equal_hashes.iter().any(|(_, row)| value(*row) != first) {
                equal_hashes.sort_unstable_by(|one, other| {
                    value(one.1).cmp(&value(other.1)).then(one.1.cmp(&other.1))
                });
            }
        }
        let mut ends = Vec::new();
        let mut end = 0;
        for group in
            hashed.chunk_by(|one, other| one.0 == other.0 && value(one.1) == value(other.1))
        {
            end += group.len();
            ends.push(narrow_u32(end));
        }
        let rows = hashed.into_iter().map(|(_, row)| row).collect();
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
    pub(super) keys: Vec<AddressKeys>,
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
    let mut keys: Vec<AddressKeys> = (0..distinct.len())
        .into_par_iter()
        .map(|group| normalize_address(distinct.raw(group), &place(distinct.rows(group)[0])))
        .collect();
    let buildings = buildings(&distinct, &keys);
    let joined = join_buildings(&buildings, &strategy.addresses);
    keys.par_iter_mut().for_each(|keys| {
        let AddressKeys {
            building: Some(building),
            unit: Some(unit),
        } = keys
        else {
            return;
        };
        let at = buildings
            .binary_search_by(|known| known.key.as_str().cmp(building))
            .expect("every building is in the list");
        if joined[at] != at {
            let same = &buildings[joined[at]].key;
            *unit = format!("{same}{}", &unit[building.len()..]);
            same.clone_into(building);
        }
    });
    AddressValues { distinct, keys }
}

/// The distinct buildings, sorted by key.
fn buildings(distinct: &Distinct<'_>, keys: &[AddressKeys]) -> Vec<Building> {
    let mut buildings: Vec<Building> = keys
        .par_iter()
        .enumerate()
        .filter_map(|(group, keys)| {
            let rows = distinct.rows(group);
            let place = place(distinct.table, rows[0] as usize);
            Some(Building {
                key: keys.building.clone()?,
                city: normalize_city(&place),
                uses: narrow_u32(rows.len()),
                point: place.point,
            })
        })
        .collect();
    // The smallest point and city stand for the building, so that the order of rows doesn't matter.
    let bits = |building: &Building| {
        building
            .point
            .map(|(lat, lon)| (lat.to_bits(), lon.to_bits()))
    };
    buildings.par_sort_unstable_by(|one, other| {
        let has_no_point = (one.point.is_none(), other.point.is_none());
        one.key
            .cmp(&other.key)
            .then(has_no_point.0.cmp(&has_no_point.1))
            .then_with(|| (bits(one), &one.city).cmp(&(bits(other), &other.city)))
    });
    buildings.dedup_by(|next, kept| {
        let is_same = next.key == kept.key;
        if is_same {
            kept.uses = kept.uses.saturating_add(next.uses);
        }
        is_same
    });
    buildings
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
