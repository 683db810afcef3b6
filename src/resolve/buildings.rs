//! Buildings that differ by a slip of the pen: typos, a space, a street's type left out.
//!
//! Only buildings with the same numbers in the same place are compared, never all pairs.

use std::cmp::{Ordering, Reverse};
use std::hash::{BuildHasher, Hash, Hasher};

use petgraph::unionfind::UnionFind;
use rayon::prelude::*;
use rustc_hash::{FxBuildHasher, FxHashSet, FxHasher};

use super::normalize::address::{is_direction, is_street_type};
use crate::model::narrow_u32;
use crate::strategy::Addresses;

/// Shorter words are never typos of each other: `n` and `s`, `st` and `ct`, `oak` and `oat`.
const MIN_WORD_LENGTH: usize = 5;

/// About 100 m in degrees, as a fraction: cells in which coordinates vouch for one place.
const CELLS_PER_DEGREE: f64 = 1000.0;

/// A distinct building of the input.
#[derive(Clone, Debug, PartialEq)]
pub struct Building<'a> {
    /// `country|locality|street`.
    pub key: &'a str,
    /// The city by its normalized name, where a column says it; empty when none does.
    pub city: &'a str,
    /// How often it is used: the most used spelling names the joined building.
    pub uses: u32,
    /// Degrees north and east, when given.
    pub point: Option<(f64, f64)>,
}

/// For each building the position of the one that it is the same as, itself when there is none.
///
/// Buildings are compared inside a block: one locality, or one coordinate cell of about 100 m, and the
/// same numbers. Two are one when their streets differ by a space, by a missing street type that only
/// one spelling supplies, or by typos in words of five letters and more that leave the streets at least
/// `min_similarity` alike (normalized Damerau-Levenshtein). A building without a postal code is the only
/// one of its city with that street and number. Blocks over `max_block` are left alone.
///
/// Keys must be distinct. The result does not depend on the order of the buildings.
pub fn join_buildings(buildings: &[Building<'_>], strategy: &Addresses) -> Vec<usize> {
    if strategy.min_similarity >= 1.0 {
        return (0..buildings.len()).collect();
    }
    let uncoded: Vec<City<'_>> = buildings
        .par_iter()
        .filter(|building| locality(building.key) == building.city)
        .map(city)
        .collect();
    let uncoded: FxHashSet<City<'_>> = uncoded.into_iter().collect();
    // Most blocks hold one building: names are compared only where their hashes are equal.
    let mut members: Vec<(BlockHash, u32)> = buildings
        .par_iter()
        .zip(0..narrow_u32(buildings.len()))
        .flat_map_iter(|(building, at)| {
            block_hashes(building, &uncoded).map(move |hash| (hash, at))
        })
        .collect();
    members.par_sort_unstable();
    let pairs: Vec<(usize, usize)> = members
        .par_chunk_by(|one, other| one.0 == other.0)
        .filter(|members| members.len() > 1)
        .flat_map_iter(|members| same_in_run(buildings, members, strategy))
        .collect();
    most_used(buildings, &pairs)
}

/// The pairs of a run of members of blocks with one hash.
fn same_in_run(
    buildings: &[Building<'_>],
    run: &[(BlockHash, u32)],
    strategy: &Addresses,
) -> Vec<(usize, usize)> {
    let kind = run[0].0.kind;
    let named = run.iter().map(|&(_, at)| {
        let building = &buildings[at as usize];
        let block = block(building, kind).expect("it was hashed");
        (block, at as usize)
    });
    let mut members: Vec<(Block<'_>, usize)> = named.collect();
    members.sort_unstable();
    members
        .chunk_by(|one, other| one.0 == other.0)
        .filter(|block| block.len() > 1 && block.len() <= strategy.max_block)
        .flat_map(|block| {
            if kind == BlockKind::City {
                same_in_city(buildings, block)
            } else {
                same_in_block(buildings, block, strategy.min_similarity)
            }
        })
        .collect()
}

/// For each building the most used of those that pairs join it to, ties by key.
fn most_used(buildings: &[Building<'_>], pairs: &[(usize, usize)]) -> Vec<usize> {
    // Few buildings are in any pair: only those are numbered and put into sets.
    let mut paired: Vec<usize> = pairs
        .iter()
        .flat_map(|&(one, other)| [one, other])
        .collect();
    paired.par_sort_unstable();
    paired.dedup();
    let number = |at: usize| paired.binary_search(&at).expect("it is in a pair");
    let mut union = UnionFind::<usize>::new(paired.len());
    for &(one, other) in pairs {
        union.union(number(one), number(other));
    }
    let label = union.into_labeling();
    let mut best: Vec<Option<usize>> = vec![None; paired.len()];
    let rank = |at: usize| (Reverse(buildings[at].uses), buildings[at].key);
    for (&at, &set) in paired.iter().zip(&label) {
        if best[set].is_none_or(|known| rank(at) < rank(known)) {
            best[set] = Some(at);
        }
    }
    let mut joined: Vec<usize> = (0..buildings.len()).collect();
    for (&at, &set) in paired.iter().zip(&label) {
        joined[at] = best[set].expect("every set has a member");
    }
    joined
}

/// Buildings that may be one: those of a place with the same numbers in the street.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Block<'a> {
    place: BlockPlace<'a>,
    numbers: Numbers<'a>,
}

/// Where the buildings of a block are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum BlockPlace<'a> {
    /// `country|locality|`.
    Locality(&'a str),
    /// A coordinate cell of about 100 m.
    Cell(i64, i64),
    /// Country and city.
    City(&'a str, &'a str),
}

/// The words of a street that hold a digit, compared in order.
#[derive(Clone, Copy, Debug)]
struct Numbers<'a> {
    street: &'a str,
}

impl<'a> Numbers<'a> {
    fn words(self) -> impl Iterator<Item = &'a str> {
        words(self.street).filter(|word| has_digit(word))
    }
}

impl PartialEq for Numbers<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.words().eq(other.words())
    }
}

impl Eq for Numbers<'_> {}

impl PartialOrd for Numbers<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Numbers<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.words().cmp(other.words())
    }
}

/// A hash of the numbers of a street; `None` when it has none.
fn hash_of_numbers(street: &str) -> Option<u64> {
    let mut state = FxHasher::default();
    let (mut start, mut has_digit, mut has_numbers) = (0, false, false);
    let bytes = street.as_bytes();
    for end in 0..=bytes.len() {
        match bytes.get(end) {
            Some(b'0'..=b'9') => has_digit = true,
            Some(byte) if *byte != b' ' => {}
            _ => {
                if has_digit {
                    bytes[start..end].hash(&mut state);
                    (has_digit, has_numbers) = (false, true);
                }
                start = end + 1;
            }
        }
    }
    has_numbers.then(|| state.finish())
}

/// What the buildings of a block have in common beside the numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum BlockKind {
    Locality,
    Cell,
    City,
}

/// A block by a hash of its place and numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct BlockHash {
    hash: u64,
    kind: BlockKind,
}

/// The blocks of a building, hashed: its locality, and its coordinate cell, each with the numbers of the
/// street.
///
/// Its city is one too where some building has no postal code: elsewhere nothing would come of it.
fn block_hashes(
    building: &Building<'_>,
    uncoded: &FxHashSet<City<'_>>,
) -> impl Iterator<Item = BlockHash> {
    let [country, locality, street] = parts(building.key);
    let name = building.city;
    let has_city = !uncoded.is_empty() && uncoded.contains(&(country, name));
    let places = [
        // Without a locality the block would be the whole country, and one number names many streets there.
        (!locality.is_empty()).then(|| (BlockKind::Locality, hash_of((country, locality)))),
        building
            .point
            .map(|(lat, lon)| (BlockKind::Cell, hash_of((cell(lat), cell(lon))))),
        (has_city && !name.is_empty()).then(|| (BlockKind::City, hash_of((country, name)))),
    ];
    let numbers = hash_of_numbers(street);
    numbers.into_iter().flat_map(move |numbers| {
        places.into_iter().flatten().map(move |(kind, place)| {
            let hash = hash_of((place, numbers));
            BlockHash { hash, kind }
        })
    })
}

fn hash_of(value: impl Hash) -> u64 {
    FxBuildHasher.hash_one(value)
}

/// The block of a kind that a building is in.
fn block<'a>(building: &Building<'a>, kind: BlockKind) -> Option<Block<'a>> {
    let key = building.key;
    let [country, _, street] = parts(key);
    let place = match kind {
        BlockKind::Locality => BlockPlace::Locality(&key[..key.len() - street.len()]),
        BlockKind::Cell => {
            let (lat, lon) = building.point?;
            BlockPlace::Cell(cell(lat), cell(lon))
        }
        BlockKind::City => BlockPlace::City(country, building.city),
    };
    let numbers = Numbers { street };
    Some(Block { place, numbers })
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "degrees are small, and the cast saturates"
)]
fn cell(degrees: f64) -> i64 {
    (degrees * CELLS_PER_DEGREE).floor() as i64
}

/// Buildings whose locality is the city itself, each with the only one of its street that has a postal code.
fn same_in_city(buildings: &[Building<'_>], block: &[(Block<'_>, usize)]) -> Vec<(usize, usize)> {
    let of = |at: usize| &buildings[block[at].1];
    let is_coded = |at: usize| locality(of(at).key) != of(at).city;
    let mut same = Vec::new();
    for one in (0..block.len()).filter(|at| !is_coded(*at)) {
        let mut coded = (0..block.len())
            .filter(|at| is_coded(*at) && street(of(*at).key) == street(of(one).key));
        if let (Some(only), None) = (coded.next(), coded.next()) {
            same.push((block[one].1, block[only].1));
        }
    }
    same
}

fn same_in_block(
    buildings: &[Building<'_>],
    block: &[(Block<'_>, usize)],
    min_similarity: f64,
) -> Vec<(usize, usize)> {
    let street_of = |at: usize| street(buildings[block[at].1].key);
    let mut same = Vec::new();
    for one in 0..block.len() {
        for other in one + 1..block.len() {
            if is_typo(street_of(one), street_of(other), min_similarity) {
                same.push((block[one].1, block[other].1));
            }
        }
        let supplied = supplied_types(street_of(one), (0..block.len()).map(street_of));
        if let [typed] = supplied[..] {
            let target = (0..block.len()).find(|at| street_of(*at) == typed);
            same.extend(target.map(|target| (block[one].1, block[target].1)));
        }
    }
    same
}

/// The distinct streets that are this one with a street type added.
fn supplied_types<'a>(bare: &str, streets: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    if bare.rsplit(' ').next().is_none_or(is_street_type) || !words(bare).any(is_name) {
        return Vec::new();
    }
    let mut supplied: Vec<&str> = streets
        .filter(|street| {
            street
                .strip_prefix(bare)
                .and_then(|rest| rest.strip_prefix(' '))
                .is_some_and(is_street_type)
        })
        .collect();
    supplied.sort_unstable();
    supplied.dedup();
    supplied
}

/// A word that names a street rather than numbers or points.
fn is_name(word: &str) -> bool {
    word.chars().any(char::is_alphabetic) && !is_direction(word) && !is_house_number(word)
}

fn is_house_number(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_digit())
        && !["st", "nd", "rd", "th"]
            .iter()
            .any(|suffix| word.ends_with(suffix))
}

fn is_typo(one: &str, other: &str, min_similarity: f64) -> bool {
    if without_spaces(one).eq(without_spaces(other)) {
        return true;
    }
    let n_words = words(one).count();
    let is_long =
        |word: &str| word.len() >= MIN_WORD_LENGTH && word.bytes().all(|b| b.is_ascii_alphabetic());
    n_words == words(other).count()
        && words(one)
            .zip(words(other))
            .all(|(one, other)| one == other || (is_long(one) && is_long(other)))
        && strsim::normalized_damerau_levenshtein(one, other) >= min_similarity
}

fn without_spaces(street: &str) -> impl Iterator<Item = u8> {
    street.bytes().filter(|byte| *byte != b' ')
}

/// Country and city of a building.
type City<'a> = (&'a str, &'a str);

fn city<'a>(building: &Building<'a>) -> City<'a> {
    let [country, ..] = parts(building.key);
    (country, building.city)
}

fn locality(key: &str) -> &str {
    let [_, locality, _] = parts(key);
    locality
}

fn street(key: &str) -> &str {
    let [_, _, street] = parts(key);
    street
}

/// What stands between spaces. Words are so short that a search made for long texts takes longer.
fn words(street: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(street);
    std::iter::from_fn(move || {
        let text = rest?;
        let Some(space) = text.bytes().position(|byte| byte == b' ') else {
            rest = None;
            return Some(text);
        };
        rest = Some(&text[space + 1..]);
        Some(&text[..space])
    })
}

/// The parts of a key: country, locality, street.
fn parts(key: &str) -> [&str; 3] {
    let mut parts = [""; 3];
    let mut start = 0;
    for part in &mut parts[..2] {
        let rest = &key[start..];
        let Some(bar) = rest.bytes().position(|byte| byte == b'|') else {
            *part = rest;
            return parts;
        };
        *part = &rest[..bar];
        start += bar + 1;
    }
    parts[2] = &key[start..];
    parts
}

fn has_digit(word: &str) -> bool {
    word.bytes().any(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::{Building, join_buildings};
    use crate::strategy::Addresses;

    fn check(keys: &[&str], expected: &[usize]) {
        let buildings: Vec<Building<'_>> = keys
            .iter()
            .enumerate()
            .map(|(at, key)| Building {
                key,
                city: "chicago",
                uses: if at == 0 { 2 } else { 1 },
                point: None,
            })
            .collect();
        let strategy = Addresses {
            min_similarity: 0.92,
            max_block: 400,
        };
        assert_eq!(join_buildings(&buildings, &strategy), expected, "{keys:?}");
    }

    #[test]
    fn a_slip_of_the_pen_is_joined_to_the_most_used_spelling() {
        check(
            &["us|60623|55 w cermak rd", "us|60623|55 w cermack rd"],
            &[0, 0],
        );
        check(
            &["us|46628|12 lincoln way w", "us|46628|12 lincolnway w"],
            &[0, 0],
        );
        check(
            &["us|60609|4800 s paulina", "us|60609|4800 s paulina st"],
            &[0, 0],
        );
    }

    #[test]
    fn a_missing_postal_code_is_supplied_by_the_only_building_it_can_be() {
        check(&["us|60616|9 s oak st", "us|chicago|9 s oak st"], &[0, 0]);
        check(
            &[
                "us|60616|9 s oak st",
                "us|chicago|9 s oak st",
                "us|60617|9 s oak st",
            ],
            &[0, 1, 2],
        );
    }

    #[test]
    fn what_tells_buildings_apart_is_no_typo() {
        check(
            &["us|1|100 n michigan ave", "us|1|100 s michigan ave"],
            &[0, 1],
        );
        check(&["us|1|100 michigan ave", "us|1|102 michigan ave"], &[0, 1]);
        check(&["us|1|100 michigan st", "us|1|100 michigan ct"], &[0, 1]);
        check(&["us|1|100 w cermak rd", "us|2|100 w cermack rd"], &[0, 1]);
        check(&["us||100 w cermak rd", "us||100 w cermack rd"], &[0, 1]);
        // Which of the two streets is meant?
        check(
            &["us|1|9 s oak", "us|1|9 s oak st", "us|1|9 s oak ct"],
            &[0, 1, 2],
        );
    }
}
