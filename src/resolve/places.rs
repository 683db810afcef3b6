//! The addresses of a link table: the building and the unit of each row.

use std::hash::BuildHasher;

use rayon::prelude::*;
use rustc_hash::{FxBuildHasher, FxHashMap, FxHashSet};

use super::buildings::{Building, join_buildings};
use super::normalize::Place;
use super::normalize::address::{Area, PlainWords, normalize_in};
use super::values::RowKeys;
use crate::ingest::LinkTable;
use crate::model::{MerchantIdx, TextColumn, narrow_u32};
use crate::strategy::Addresses;

/// Rows handed to one task; only a grain of work, results don't depend on it.
const ROWS_PER_TASK: usize = 16_384;

/// The keys of a table of addresses, buildings that differ by a slip of the pen joined.
#[derive(Debug)]
pub(super) struct AddressKeys<'a> {
    table: &'a LinkTable,
    /// One a row.
    merchant: &'a [MerchantIdx],
    keys: Keys,
    /// The row whose spelling of the building stands for the row's own.
    spelled_by: Vec<u32>,
}

impl<'a> AddressKeys<'a> {
    /// Normalizes every address and joins buildings.
    pub(super) fn new(
        table: &'a LinkTable,
        merchant: &'a [MerchantIdx],
        strategy: &Addresses,
    ) -> Self {
        let areas = areas(table);
        let keys = keys(table, &areas);
        let spelled_by = spelled_by(table, &keys, &areas, strategy);
        Self {
            table,
            merchant,
            keys,
            spelled_by,
        }
    }

    /// The key of a row's building, if it names one.
    fn building(&self, row: u32) -> Option<&str> {
        let spelled_by = *self.spelled_by.get(row as usize)?;
        self.keys.building(spelled_by as usize)
    }

    /// What the row's unit adds to its building's key: `|` and the unit, which is empty where none is named.
    fn rest(&self, row: u32) -> &str {
        self.keys.rest(row as usize)
    }

    /// Whether two rows were written alike: their keys are then the same.
    fn is_same(&self, one: u32, other: u32) -> bool {
        let (one, other) = (one as usize, other as usize);
        self.table.value.get(one) == self.table.value.get(other)
            && place(self.table, one) == place(self.table, other)
    }
}

/// The units of a table of addresses.
pub(super) struct UnitKeys<'a>(pub(super) &'a AddressKeys<'a>);

/// The buildings of a table of addresses.
pub(super) struct BuildingKeys<'a>(pub(super) &'a AddressKeys<'a>);

impl RowKeys for UnitKeys<'_> {
    type Memo = ();

    fn table(&self) -> &LinkTable {
        self.0.table
    }

    fn merchant(&self, row: u32) -> MerchantIdx {
        self.0.merchant[row as usize]
    }

    fn write_key(&self, row: u32, (): &mut (), key: &mut String) -> bool {
        let Some(building) = self.0.building(row) else {
            return false;
        };
        key.push_str(building);
        key.push_str(self.0.rest(row));
        true
    }

    fn is_same(&self, one: u32, other: u32) -> bool {
        self.0.is_same(one, other)
    }

    fn is_whole(&self, _row: u32) -> bool {
        true
    }
}

impl RowKeys for BuildingKeys<'_> {
    type Memo = ();

    fn table(&self) -> &LinkTable {
        self.0.table
    }

    fn merchant(&self, row: u32) -> MerchantIdx {
        self.0.merchant[row as usize]
    }

    fn write_key(&self, row: u32, (): &mut (), key: &mut String) -> bool {
        let building = self.0.building(row);
        key.push_str(building.unwrap_or_default());
        building.is_some()
    }

    fn is_same(&self, one: u32, other: u32) -> bool {
        self.0.is_same(one, other)
    }

    fn is_whole(&self, row: u32) -> bool {
        self.0.rest(row) == "|"
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
    fn push(&mut self, unit: &str, building_bytes: usize) {
        self.unit.push(unit);
        self.building_bytes.push(narrow_u32(building_bytes));
    }

    fn building(&self, row: usize) -> Option<&str> {
        let building = &self.unit.get(row)[..self.building_bytes[row] as usize];
        Some(building).filter(|key| !key.is_empty())
    }

    fn rest(&self, row: usize) -> &str {
        &self.unit.get(row)[self.building_bytes[row] as usize..]
    }

    fn len(&self) -> usize {
        self.building_bytes.len()
    }
}

/// The keys of all rows as they were written, made by all threads.
fn keys(table: &LinkTable, areas: &Areas<'_>) -> Keys {
    let n_rows = table.value.len();
    let pieces: Vec<Keys> = (0..n_rows.div_ceil(ROWS_PER_TASK))
        .into_par_iter()
        .map(|piece| {
            let start = piece * ROWS_PER_TASK;
            keys_of(table, areas, start..n_rows.min(start + ROWS_PER_TASK))
        })
        .collect();
    let bytes = pieces.iter().map(|piece| piece.unit.text_bytes()).sum();
    let mut keys = Keys {
        unit: TextColumn::with_capacity(n_rows, bytes),
        building_bytes: Vec::with_capacity(n_rows),
    };
    // By value: each piece is let go as soon as it is copied.
    for piece in pieces {
        keys.unit.append(&piece.unit);
        keys.building_bytes.extend_from_slice(&piece.building_bytes);
    }
    keys
}

fn keys_of(table: &LinkTable, areas: &Areas<'_>, rows: std::ops::Range<usize>) -> Keys {
    let mut keys = Keys::default();
    let mut plain = PlainWords::default();
    let mut unit = String::new();
    // Values that need the whole grammar are often the same few.
    let mut memo: FxHashMap<&str, Vec<(Place<'_>, String, usize)>> = FxHashMap::default();
    for row in rows {
        let raw = table.value.get(row);
        if raw.trim().is_empty() {
            keys.push("", 0);
            continue;
        }
        let place = place(table, row);
        let area = &areas[&(place.city, place.country)];
        if let Some(bytes) = plain.write_key(area, raw, place.postal_code, &mut unit) {
            keys.push(&unit, bytes);
            continue;
        }
        let known = memo.entry(raw).or_default();
        let is_known = |known: &&(Place<'_>, String, usize)| {
            known.0 == place && point_bits(&known.0) == point_bits(&place)
        };
        if let Some((_, unit, bytes)) = known.iter().find(is_known) {
            keys.push(unit, *bytes);
            continue;
        }
        let found = normalize_in(area, raw, place.postal_code, place.point);
        let bytes = found.building.as_ref().map_or(0, String::len);
        let unit = found.unit.unwrap_or_default();
        keys.push(&unit, bytes);
        known.push((place, unit, bytes));
    }
    keys
}

/// Each pair of city and country that the columns hold, read once.
type Areas<'a> = FxHashMap<(&'a str, &'a str), Area>;

fn areas(table: &LinkTable) -> Areas<'_> {
    let names: FxHashSet<(&str, &str)> = (0..table.value.len())
        .into_par_iter()
        .fold(FxHashSet::default, |mut names, row| {
            let place = place(table, row);
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

/// For each row the one whose spelling of the building stands for its own; a row without a building
/// stands for itself.
fn spelled_by(table: &LinkTable, keys: &Keys, areas: &Areas<'_>, strategy: &Addresses) -> Vec<u32> {
    let mut first_of: Vec<u32> = (0..narrow_u32(keys.len())).collect();
    let repeated = repeated_buildings(keys);
    for &(row, first) in &repeated {
        first_of[row as usize] = first;
    }
    // In the order of the rows, so that the work below walks through the table, not all over it.
    let firsts: Vec<u32> = (0..narrow_u32(keys.len()))
        .into_par_iter()
        .filter(|&row| first_of[row as usize] == row && keys.building(row as usize).is_some())
        .collect();
    let mut buildings: Vec<Building<'_>> = firsts
        .par_iter()
        .map(|&row| building(table, keys, areas, row))
        .collect();
    for (row, first) in repeated {
        let at = firsts.binary_search(&first);
        let known = &mut buildings[at.expect("a first row has a building")];
        let again = building(table, keys, areas, row);
        known.uses += 1;
        // The smallest point and city stand for it, so that the order of rows doesn't matter.
        if rank(&again) < rank(known) {
            (known.point, known.city) = (again.point, again.city);
        }
    }
    let joined = join_buildings(&buildings, strategy);
    let mut spelled_by = first_of;
    let own: Vec<(u32, u32)> = firsts
        .iter()
        .zip(joined)
        .map(|(&row, same)| (row, firsts[same]))
        .filter(|(row, spelling)| row != spelling)
        .collect();
    let spelling: FxHashMap<u32, u32> = own.into_iter().collect();
    if !spelling.is_empty() {
        spelled_by.par_iter_mut().for_each(|row| {
            *row = spelling.get(row).copied().unwrap_or(*row);
        });
    }
    spelled_by
}

/// Rows whose building another row before names too, each with the first that does.
fn repeated_buildings(keys: &Keys) -> Vec<(u32, u32)> {
    let key = |row: u32| keys.building(row as usize).unwrap_or_default();
    let mut hashed: Vec<(u64, u32)> = (0..narrow_u32(keys.len()))
        .into_par_iter()
        .filter(|row| !key(*row).is_empty())
        .map(|row| (FxBuildHasher.hash_one(key(row)), row))
        .collect();
    hashed.par_sort_unstable();
    hashed
        .par_chunk_by(|one, other| one.0 == other.0)
        .filter(|run| run.len() > 1)
        .flat_map_iter(|run| {
            let mut rows: Vec<u32> = run.iter().map(|(_, row)| *row).collect();
            let first = key(rows[0]);
            if rows.iter().any(|row| key(*row) != first) {
                rows.sort_unstable_by_key(|row| (key(*row), *row));
            }
            let mut repeated = Vec::with_capacity(rows.len() - 1);
            for same in rows.chunk_by(|one, other| key(*one) == key(*other)) {
                repeated.extend(same[1..].iter().map(|row| (*row, same[0])));
            }
            repeated
        })
        .collect()
}

/// The building of a row, used once.
fn building<'k>(
    table: &'k LinkTable,
    keys: &'k Keys,
    areas: &'k Areas<'_>,
    row: u32,
) -> Building<'k> {
    let place = place(table, row as usize);
    Building {
        key: keys.building(row as usize).unwrap_or_default(),
        city: &areas[&(place.city, place.country)].city_name,
        uses: 1,
        point: place.point,
    }
}

/// Smaller for the place that stands for a building: one with a point before one without.
fn rank<'b>(building: &Building<'b>) -> (bool, Option<(u64, u64)>, &'b str) {
    let point = building.point;
    let bits = point.map(|(lat, lon)| (lat.to_bits(), lon.to_bits()));
    (bits.is_none(), bits, building.city)
}

fn point_bits(place: &Place<'_>) -> Option<(u64, u64)> {
    let point = place.point;
    point.map(|(lat, lon)| (lat.to_bits(), lon.to_bits()))
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
