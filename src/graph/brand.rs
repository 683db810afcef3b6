//! Brands in merchant names: `JEWEL FOOD STORE #3030` and `Jewel Food Store 4411` trade under one name.

use rustc_hash::FxHashMap;

use crate::model::{TextColumn, narrow_u32};

/// Words that say what a shop is or how it is incorporated, not whose it is.
const COMMON_WORDS: &[&str] = &[
    "the",
    "a",
    "an",
    "and",
    "of",
    "at",
    "de",
    "la",
    "el",
    "le",
    "inc",
    "llc",
    "ltd",
    "pte",
    "sdn",
    "bhd",
    "co",
    "corp",
    "company",
    "limited",
    "plc",
    "gmbh",
    "kk",
    "pt",
    "cv",
    "tbk",
    "jsc",
    "enterprise",
    "enterprises",
    "holdings",
    "ventures",
    "group",
];

/// Names whose brand is fewer letters than this say too little to be compared.
const MIN_BRAND_LETTERS: usize = 4;

/// The brand of each merchant: the number of the group of merchants whose names begin alike, `None`
/// where no other merchant has that brand.
///
/// A brand is the first two telling words of a name, digits and legal forms aside (one word when
/// there is only one). Groups are numbered in order of first merchant. Cost: O(total name length).
pub fn brands(names: &TextColumn) -> Vec<Option<u32>> {
    let keys: Vec<String> = names.iter().map(brand_key).collect();
    let mut count: FxHashMap<&str, u32> = FxHashMap::default();
    for key in keys.iter().filter(|key| !key.is_empty()) {
        *count.entry(key).or_default() += 1;
    }
    let mut number: FxHashMap<&str, u32> = FxHashMap::default();
    keys.iter()
        .map(|key| {
            if count.get(key.as_str()).is_none_or(|&n| n < 2) {
                return None;
            }
            let next = narrow_u32(number.len());
            Some(*number.entry(key).or_insert(next))
        })
        .collect()
}

/// The first two telling words of a name, lower case; empty when they say too little.
fn brand_key(name: &str) -> String {
    let mut key = String::new();
    let lower = name.to_lowercase();
    let words = lower
        .split(|c: char| !c.is_alphanumeric() && c != '\'' && c != '’')
        .map(|word| word.replace(['\'', '’'], ""))
        .filter(|word| !word.is_empty() && !word.chars().any(char::is_numeric))
        .filter(|word| !COMMON_WORDS.contains(&word.as_str()));
    for word in words.take(2) {
        if !key.is_empty() {
            key.push(' ');
        }
        key.push_str(&word);
    }
    if key.chars().count() < MIN_BRAND_LETTERS {
        key.clear();
    }
    key
}

#[cfg(test)]
mod tests {
    use super::{brand_key, brands};

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
        assert_eq!(brand_key("The McDonald's Corp. #12"), "mcdonalds");
        assert_eq!(brand_key("PT. Kopi Kenangan Tbk"), "kopi kenangan");
        assert_eq!(brand_key("A & B"), "");
    }
}
