//! Brands in merchant names: `JEWEL FOOD STORE #3030` and `Jewel Food Store 4411` trade under one name.

use std::hash::BuildHasher;

use rayon::prelude::*;
use rustc_hash::FxBuildHasher;

use crate::model::{TextColumn, narrow_u32};

/// Whether a word says what a shop is or how it is incorporated, not whose it is.
fn is_common(word: &str) -> bool {
    matches!(
        word,
        "the"
            | "a"
            | "an"
            | "and"
            | "of"
            | "at"
            | "de"
            | "la"
            | "el"
            | "le"
            | "inc"
            | "llc"
            | "ltd"
            | "pte"
            | "sdn"
            | "bhd"
            | "co"
            | "corp"
            | "company"
            | "limited"
            | "plc"
            | "gmbh"
            | "kk"
            | "pt"
            | "cv"
            | "tbk"
            | "jsc"
            | "enterprise"
            | "enterprises"
            | "holdings"
            | "ventures"
            | "group"
    )
}

/// They stand inside a word: `McDonald's` is one.
const APOSTROPHES: [char; 2] = ['\'', '’'];

/// Names whose brand is fewer letters than this say too little to be compared.
const MIN_BRAND_LETTERS: usize = 4;

/// Words of a brand.
const MAX_BRAND_WORDS: usize = 2;

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
    let mut speller = Speller::default();
    (start..end)
        .filter_map(|merchant| {
            let key = speller.spell(names.get(merchant));
            (!key.is_empty()).then(|| (FxBuildHasher.hash_one(key), narrow_u32(merchant)))
        })
        .collect()
}

/// The merchants of one hash by brand, nearly always one brand; single ones left out.
fn same_keys(names: &TextColumn, run: &[(u64, u32)]) -> Vec<Vec<u32>> {
    let mut speller = Speller::default();
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

/// Spells brands, keeping its buffers.
#[derive(Debug, Default)]
struct Speller {
    lower: String,
    word: String,
    key: String,
}

impl Speller {
    /// The first two telling words of a name, lower case; empty when they say too little.
    fn spell(&mut self, name: &str) -> &str {
        self.lower.clear();
        if name.is_ascii() {
            self.lower.push_str(name);
            self.lower.make_ascii_lowercase();
        } else {
            self.lower.push_str(&name.to_lowercase());
        }
        self.key.clear();
        let mut n_words = 0;
        let words = self
            .lower
            .split(|c: char| !c.is_alphanumeric() && !APOSTROPHES.contains(&c));
        for word in words {
            let word = if word.contains(APOSTROPHES) {
                self.word.clear();
                self.word.extend(word.split(APOSTROPHES));
                &self.word
            } else {
                word
            };
            if word.is_empty() || word.contains(char::is_numeric) || is_common(word) {
                continue;
            }
            if n_words > 0 {
                self.key.push(' ');
            }
            self.key.push_str(word);
            n_words += 1;
            if n_words == MAX_BRAND_WORDS {
                break;
            }
        }
        if self.key.chars().count() < MIN_BRAND_LETTERS {
            self.key.clear();
        }
        &self.key
    }
}

#[cfg(test)]
mod tests {
    use super::{Speller, brands};

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

    #[test]
    fn keys_drop_numbers_and_legal_forms() {
        assert_eq!(
            Speller::default().spell("The McDonald's Corp. #12"),
            "mcdonalds"
        );
        assert_eq!(
            Speller::default().spell("PT. Kopi Kenangan Tbk"),
            "kopi kenangan"
        );
        assert_eq!(Speller::default().spell("A & B"), "");
    }
}
