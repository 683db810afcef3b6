//! Which merchants are in one city, however each spells it.

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::model::{TextColumn, narrow_u32};
use crate::resolve::normalize::{Place, normalize_city};

/// Rows handed to one task; only a grain of work, results don't depend on it.
const ROWS_PER_TASK: usize = 1 << 16;

/// The city of each merchant, one number for all spellings that addresses take for one; `None` where none is
/// known. Numbers follow the names in canonical spelling. Cost: O(rows), and each distinct spelling is folded once.
pub(super) fn cities(column: &TextColumn) -> Vec<Option<u32>> {
    let spellings = distinct(column);
    let named: Vec<(String, &str)> = spellings
        .into_par_iter()
        .map(|spelling| (canonical(spelling), spelling))
        .filter(|(name, _)| !name.is_empty())
        .collect();
    let mut names: Vec<&str> = named.iter().map(|(name, _)| name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    let number = |name: &str| narrow_u32(names.partition_point(|other| *other < name));
    let number_of: FxHashMap<&str, u32> = (named.iter())
        .map(|(name, spelling)| (*spelling, number(name)))
        .collect();
    (0..column.len())
        .into_par_iter()
        .map(|row| number_of.get(column.get(row)).copied())
        .collect()
}

fn distinct(column: &TextColumn) -> Vec<&str> {
    let found = (0..column.len().div_ceil(ROWS_PER_TASK))
        .into_par_iter()
        .map(|task| {
            let start = task * ROWS_PER_TASK;
            let rows = start..column.len().min(start + ROWS_PER_TASK);
            rows.map(|row| column.get(row)).collect::<FxHashSet<&str>>()
        })
        .reduce(FxHashSet::default, |a, b| {
            let (mut most, few) = if a.len() < b.len() { (b, a) } else { (a, b) };
            most.extend(few);
            most
        });
    found.into_iter().collect()
}

fn canonical(spelling: &str) -> String {
    normalize_city(&Place {
        city: spelling,
        ..Place::default()
    })
}

#[cfg(test)]
mod tests {
    use super::cities;
    use crate::model::TextColumn;

    #[test]
    fn one_city_in_many_spellings_is_one() {
        let mut column = TextColumn::default();
        for city in [
            "LITTLE ROCK",
            "Little  Rock",
            "ｌｉｔｔｌｅ　ｒｏｃｋ ",
            "Hot Springs",
            "",
            " ",
        ] {
            column.push(city);
        }
        let found = cities(&column);
        assert_eq!(found, [Some(1), Some(1), Some(1), Some(0), None, None]);
    }
}
