//! The addresses of a link table: the building and the unit of each row.

use std::ops::Range;

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::buildings::{Building, join_buildings};
use super::normalize::Place;
use super::normalize::address::{Area, PlainWords, normalize_in};
use super::values::{KeyHash, RowKeys};
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
    /// Normalizes every address and joins buildings; `is_placeholder` is asked of a building's key.
    pub(super) fn new(
        table: &'a LinkTable,
        merchant: &'a [MerchantIdx],
        strategy: &Addresses,
        is_placeholder: impl Fn(&str) -> bool + Sync,
    ) -> Self {
        let areas = Areas::new(table);
        let keys = keys(table, &areas, is_placeholder);
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

    /// The hash of that key.
    fn building_hash(&self, row: u32) -> Option<KeyHash> {
        let spelled_by = *self.spelled_by.get(row as usize)? as usize;
        let is_named = self.keys.building_bytes[spelled_by] > 0;
        is_named.then(|| self.keys.building_hash[spelled_by])
    }

    /// Whether two rows name the same building.
    fn has_same_building(&self, one: u32, other: u32) -> bool {
        self.building(one) == self.building(other)
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

    /// What an address stands for is what its building does: a key is judged by its street.
    fn hash_key(
        &self,
        row: u32,
        (): &mut (),
        _key: &mut String,
        _is_placeholder: impl Fn(&str) -> bool,
    ) -> Option<KeyHash> {
        let building = self.0.building_hash(row)?;
        Some(building.extended(self.0.rest(row)))
    }

    fn is_same(&self, one: u32, other: u32) -> bool {
        self.0.rest(one) == self.0.rest(other) && self.0.has_same_building(one, other)
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

    fn hash_key(
        &self,
        row: u32,
        (): &mut (),
        _key: &mut String,
        _is_placeholder: impl Fn(&str) -> bool,
    ) -> Option<KeyHash> {
        self.0.building_hash(row)
    }

    fn is_same(&self, one: u32, other: u32) -> bool {
        self.0.has_same_building(one, other)
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
    building_hash: Vec<KeyHash>,
}

impl Keys {
    fn push(&mut self, unit: &str, building_bytes: usize, is_placeholder: impl Fn(&str) -> bool) {
        let building = &unit[..building_bytes];
        self.unit.push(unit);
        self.building_bytes.push(narrow_u32(building_bytes));
        self.building_hash
            .push(KeyHash::new(building, is_placeholder(building)));
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
fn keys(table: &LinkTable, areas: &Areas, is_placeholder: impl Fn(&str) -> bool + Sync) -> Keys {
    let n_rows = table.value.len();
    let pieces: Vec<Keys> = (0..n_rows.div_ceil(ROWS_PER_TASK))
        .into_par_iter()
        .map(|piece| {
            let start = piece * ROWS_PER_TASK;
            let rows = start..n_rows.min(start + ROWS_PER_TASK);
            keys_of(table, areas, rows, &is_placeholder)
        })
        .collect();
    let bytes = pieces.iter().map(|piece| piece.unit.text_bytes()).sum();
    let mut keys = Keys {
        unit: TextColumn::with_capacity(n_rows, bytes),
        building_bytes: Vec::with_capacity(n_rows),
        building_hash: Vec::with_capacity(n_rows),
    };
    // By value: each piece is let go as soon as it is copied.
    for piece in pieces {
        keys.unit.append(&piece.unit);
        keys.building_bytes.extend_from_slice(&piece.building_bytes);
        keys.building_hash.extend_from_slice(&piece.building_hash);
    }
    keys
}

fn keys_of(
    table: &LinkTable,
    areas: &Areas,
    rows: Range<usize>,
    is_placeholder: impl Fn(&str) -> bool,
) -> Keys {
    let mut keys = Keys::default();
    let mut plain = PlainWords::default();
    let mut unit = String::new();
    // Values that need the whole grammar are often the same few.
    let mut memo: FxHashMap<&str, Vec<(Place<'_>, String, usize)>> = FxHashMap::default();
    for row in rows {
        let raw = table.value.get(row);
        if raw.trim().is_empty() {
            keys.push("", 0, &is_placeholder);
            continue;
        }
        let area = areas.of(row);
        let columns = table.place.as_ref();
        let postal_code = columns.map_or("", |columns| columns.postal_code.get(row));
        if let Some(bytes) = plain.write_key(area, raw, postal_code, &mut unit) {
            keys.push(&unit, bytes, &is_placeholder);
            continue;
        }
        let place = place(table, row);
        let known = memo.entry(raw).or_default();
        let is_known = |known: &&(Place<'_>, String, usize)| {
            known.0 == place && point_bits(&known.0) == point_bits(&place)
        };
        if let Some((_, unit, bytes)) = known.iter().find(is_known) {
            keys.push(unit, *bytes, &is_placeholder);
            continue;
        }
        let found = normalize_in(area, raw, place.postal_code, place.point);
        let bytes = found.building.as_ref().map_or(0, String::len);
        let unit = found.unit.unwrap_or_default();
        keys.push(&unit, bytes, &is_placeholder);
        known.push((place, unit, bytes));
    }
    keys
}

/// Each pair of city and country that the columns hold, read once.
struct Areas {
    distinct: Vec<Area>,
    /// One a row: its position in `distinct`.
    of_row: Vec<u32>,
}

impl Areas {
    fn new(table: &LinkTable) -> Self {
        let n_rows = table.value.len();
        let mut of_row = vec![0; n_rows];
        let named: Vec<Vec<(&str, &str)>> = of_row
            .par_chunks_mut(ROWS_PER_TASK)
            .enumerate()
            .map(|(piece, of_row)| number_areas(table, piece * ROWS_PER_TASK, of_row))
            .collect();
        let mut names: Vec<(&str, &str)> = named.concat();
        names.sort_unstable();
        names.dedup();
        of_row
            .par_chunks_mut(ROWS_PER_TASK)
            .zip(&named)
            .for_each(|(of_row, named)| {
                let at = |name| names.binary_search(name).expect("every name is listed");
                let numbers: Vec<u32> = named.iter().map(|name| narrow_u32(at(name))).collect();
                for area in of_row {
                    *area = numbers[*area as usize];
                }
            });
        let distinct = names.into_par_iter();
        Self {
            distinct: distinct
                .map(|(city, country)| Area::new(city, country))
                .collect(),
            of_row,
        }
    }

    fn of(&self, row: usize) -> &Area {
        &self.distinct[self.of_row[row] as usize]
    }
}

/// Numbers the areas of the rows from `start` on as they come; returns their cities and countries.
fn number_areas<'a>(
    table: &'a LinkTable,
    start: usize,
    of_row: &mut [u32],
) -> Vec<(&'a str, &'a str)> {
    let mut names = Vec::new();
    let mut known: FxHashMap<(&str, &str), u32> = FxHashMap::default();
    for (area, row) in of_row.iter_mut().zip(start..) {
        let place = place(table, row);
        let name = (place.city, place.country);
        *area = *known.entry(name).or_insert_with(|| {
            names.push(name);
            narrow_u32(names.len() - 1)
        });
    }
    names
}

/// For each row the one whose spelling of the building stands for its own; the row itself where that
/// is spelled alike.
fn spelled_by(table: &LinkTable, keys: &Keys, areas: &Areas, strategy: &Addresses) -> Vec<u32> {
    let mut first_of: Vec<u32> = (0..narrow_u32(keys.len())).collect();
    let repeated = repeated_buildings(keys);
    for &(row, first) in &repeated {
        first_of[row as usize] = first;
    }
    // In the order of the rows, so that the work below walks through the table, not all over it.
    let firsts: Vec<u32> = (0..narrow_u32(keys.len()))
        .into_par_iter()
        .filter(|&row| first_of[row as usize] == row && keys.building_bytes[row as usize] > 0)
        .collect();
    let mut buildings: Vec<Building<'_>> = firsts
        .par_iter()
        .map(|&row| building(table, keys, areas, row))
        .collect();
    let mut used_again: Vec<(u32, Building<'_>)> = repeated
        .par_chunk_by(|one, other| one.1 == other.1)
        .map(|rows| (rows[0].1, used_again(table, keys, areas, rows)))
        .collect();
    used_again.par_sort_unstable_by_key(|(first, _)| *first);
    let mut again = used_again.into_iter().peekable();
    for (first, known) in firsts.iter().zip(&mut buildings) {
        if let Some((_, again)) = again.next_if(|(repeated, _)| repeated == first) {
            known.uses += again.uses;
            // The smallest point and city stand for it, so that the order of rows doesn't matter.
            if rank(&again) < rank(known) {
                (known.point, known.city) = (again.point, again.city);
            }
        }
    }
    let joined = join_buildings(&buildings, strategy);
    let spelling: FxHashMap<u32, u32> = firsts
        .iter()
        .zip(joined)
        .map(|(&row, same)| (row, firsts[same]))
        .filter(|(row, spelling)| row != spelling)
        .collect();
    let own = (0..narrow_u32(keys.len())).into_par_iter();
    own.zip(first_of)
        .map(|(row, first)| spelling.get(&first).copied().unwrap_or(row))
        .collect()
}

/// The building of rows that all name the same one: its uses together, the smallest point and city.
fn used_again<'k>(
    table: &LinkTable,
    keys: &'k Keys,
    areas: &'k Areas,
    rows: &[(u32, u32)],
) -> Building<'k> {
    let named = rows
        .iter()
        .map(|(row, _)| building(table, keys, areas, *row));
    let smallest = named.min_by(|one, other| rank(one).cmp(&rank(other)));
    Building {
        uses: narrow_u32(rows.len()),
        ..smallest.expect("a run has rows")
    }
}

/// Rows whose building another row before names too, each with the first that does.
fn repeated_buildings(keys: &Keys) -> Vec<(u32, u32)> {
    let key = |row: u32| keys.building(row as usize).unwrap_or_default();
    let mut hashed: Vec<(KeyHash, u32)> = (0..narrow_u32(keys.len()))
        .into_par_iter()
        .filter(|row| keys.building_bytes[*row as usize] > 0)
        .map(|row| (keys.building_hash[row as usize], row))
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
fn building<'k>(table: &LinkTable, keys: &'k Keys, areas: &'k Areas, row: u32) -> Building<'k> {
    let row = row as usize;
    Building {
        key: keys.building(row).unwrap_or_default(),
        city: &areas.of(row).city_name,
        uses: 1,
        point: point(table, row),
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
    Place {
        city: columns.city.get(row),
        postal_code: columns.postal_code.get(row),
        country: columns.country.get(row),
        point: point(table, row),
    }
}

fn point(table: &LinkTable, row: usize) -> Option<(f64, f64)> {
    let columns = table.place.as_ref()?;
    let degrees = |column: &[f64]| {
        column
            .get(row)
            .copied()
            .filter(|degrees| degrees.is_finite())
    };
    degrees(&columns.lat).zip(degrees(&columns.lon))
}
