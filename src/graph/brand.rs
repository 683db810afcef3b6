//! Brands in merchant names: `JEWEL FOOD STORE #3030` and `Jewel Food Store 4411` trade under one name.

use std::hash::BuildHasher;

use rayon::prelude::*;
use rustc_hash::FxBuildHasher;

use crate::model::{BrandSpeller, TextColumn, narrow_u32};

/// Names handed to one task; only a grain of work, results don't depend on it.
const NAMES_PER_TASK: usize = 16_384;

/// The brand of each merchant: the number of the group of merchants whose names begin alike, `None`
/// where no other merchant has that brand.
///
/// A brand is the first two telling words of a name, digits and legal forms aside (one word when
/// there is only one). Groups are numbered in order of first merchant. Cost: O(total name length), and a sort of hashes.
pub fn brands(names: &TextColumn) -> Vec<Option<u32>> {
    let mut hashed: Vec<(u64, u32)> = (0..names.len().div_ceil(NAMES_PER_TASK))
        .into_par_iter()
        .flat_map_iter(|task| hashed_keys(names, task * NAMES_PER_TASK))
        .collect();
    hashed.par_sort_unstable();
    // The merchants of each brand, in order.
    let mut shared: Vec<Vec<u32>> = hashed
        .par_chunk_by(|one, other| one.0 == other.0)
        .filter(|run| run.len() > 1)
        .flat_map_iter(|run| same_keys(names, run))
        .collect();
    shared.par_sort_unstable_by_key(|merchants| merchants[0]);
    let mut brands = vec![None; names.len()];
    for (number, merchants) in (0..).zip(shared) {
        for merchant in merchants {
            brands[merchant as usize] = Some(number);
        }
    }
    brands
}

/// The hashes of the brands of one task's merchants, with the merchant; those without one left out.
fn hashed_keys(names: &TextColumn, start: usize) -> Vec<(u64, u32)> {
    let end = names.len().min(start + NAMES_PER_TASK);
    let mut speller = BrandSpeller::default();
    (start..end)
        .filter_map(|merchant| {
            let key = speller.spell(names.get(merchant));
            (!key.is_empty()).then(|| (FxBuildHasher.hash_one(key), narrow_u32(merchant)))
        })
        .collect()
}

/// The merchants of one hash by brand, nearly always one brand; single ones left out.
fn same_keys(names: &TextColumn, run: &[(u64, u32)]) -> Vec<Vec<u32>> {
    let mut speller = BrandSpeller::default();
    let mut keyed: Vec<(String, u32)> = run
        .iter()
        .map(|(_, merchant)| {
            let key = speller.spell(names.get(*merchant as usize));
            (key.to_owned(), *merchant)
        })
        .collect();
    keyed.sort_unstable();
    keyed
        .chunk_by(|one, other| one.0 == other.0)
        .filter(|same| same.len() > 1)
        .map(|same| same.iter().map(|(_, merchant)| *merchant).collect())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::brands;

    #[test]
    fn branches_have_one_brand_and_strangers_none() {
        let names = [
            "JEWEL FOOD STORE #3030",
            "Jewel Food Store 44",
            "Naha",
            "",
            "7",
        ];
        let found = brands(&names.into_iter().collect());
        assert_eq!(found, [Some(0), Some(0), None, None, None]);
    }
}
