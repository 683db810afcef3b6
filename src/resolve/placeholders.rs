//! Values that stand for nothing: by a list, and by a test on the data.

use rayon::prelude::*;
use rustc_hash::FxHashSet;

use super::entities::Drafts;
use super::links::{DroppedValue, Link, Merchants};
use super::normalize::{Place, normalize};
use crate::model::{EntityTypeIdx, TextColumn, narrow_u32};
use crate::strategy::{Normalizer, Strategy};

/// What people and systems write for "nothing", letters and digits only; and ids that whole series of
/// phones shared by a maker's mistake (an Android id, an IMEI, a masked MAC).
const LISTED: &[&str] = &[
    "unknown",
    "unk",
    "na",
    "none",
    "null",
    "nil",
    "nan",
    "undefined",
    "empty",
    "blank",
    "test",
    "testing",
    "tests",
    "dummy",
    "default",
    "example",
    "sample",
    "temp",
    "tbd",
    "tba",
    "tbc",
    "tobeadvised",
    "tobeannounced",
    "tobeconfirmed",
    "tobedecided",
    "tobedetermined",
    "pending",
    "various",
    "other",
    "others",
    "notavailable",
    "notapplicable",
    "notprovided",
    "notgiven",
    "notset",
    "noaddress",
    "nophone",
    "noemail",
    "nodevice",
    "stilltocome",
    "tocome",
    "outoftown",
    "address",
    "phone",
    "email",
    "device",
    "account",
    "anonymous",
    "private",
    "hidden",
    "redacted",
    "withheld",
    "confidential",
    "home",
    "online",
    "same",
    "sameasabove",
    "mobile",
    "asdf",
    "asdfasdf",
    "qwerty",
    "abc",
    "abc123",
    "xyz",
    "foo",
    "foobar",
    "true",
    "false",
    "deadbeef",
    "12345",
    "123456",
    "1234567",
    "12345678",
    "123456789",
    "1234567890",
    "0123456789",
    "9876543210",
    "020000000000",
    "9774d56d682e549c",
    "004999010640000",
    "testtestcom",
    "testexamplecom",
    "emailexamplecom",
    "userexamplecom",
    "nonenonecom",
    "nanacom",
    "aacom",
    "noreplygmailcom",
    "testgmailcom",
    "不明",
    "なし",
    "未定",
    "未登録",
    "ไม่มี",
    "khongco",
    "tidakada",
    "tiada",
];

/// A market with fewer cities or categories than this asks a placeholder to be in all of them.
const MIN_SPREAD: usize = 5;

/// Keys this short say nothing by themselves.
const SHORT_KEY_CHARS: usize = 3;

/// Bytes of a bare text that are looked up first.
const START_BYTES: usize = size_of::<u32>();

/// The values that stand for nothing in each link type.
#[derive(Debug)]
pub(super) struct PlaceholderList {
    /// Bare texts, for every type.
    listed: FxHashSet<String>,
    /// How they start, shorter ones filled up with zeros.
    starts: FxHashSet<u32>,
    /// Bytes of the longest text on the list.
    longest_bytes: usize,
    /// How keys were made, by type.
    normalizer: Vec<Normalizer>,
}

impl PlaceholderList {
    pub(super) fn new(strategy: &Strategy) -> Self {
        let mut texts: Vec<String> = LISTED.iter().map(|text| (*text).to_owned()).collect();
        for value in &strategy.placeholders.values {
            texts.push(bare(value));
            for link_type in &strategy.links {
                let key = normalize(link_type.normalizer, value, &Place::default());
                let is_address = link_type.normalizer == Normalizer::Address;
                texts.extend(key.map(|key| bare(own_text(&key, is_address))));
            }
        }
        texts.retain(|text| !text.is_empty());
        let normalizer = strategy
            .links
            .iter()
            .map(|link_type| link_type.normalizer)
            .collect();
        let start = |text: &String| {
            let mut start = [0; START_BYTES];
            for (slot, byte) in start.iter_mut().zip(text.bytes()) {
                *slot = byte;
            }
            start
        };
        Self {
            starts: texts.iter().map(start).map(u32::from_le_bytes).collect(),
            longest_bytes: texts.iter().map(String::len).max().unwrap_or(0),
            listed: texts.into_iter().collect(),
            normalizer,
        }
    }

    /// Whether a key is on the list, or is one letter or digit repeated.
    pub(super) fn contains(&self, entity_type: EntityTypeIdx, key: &str) -> bool {
        let normalizer = self.normalizer[entity_type.index()];
        let text = own_text(key, normalizer == Normalizer::Address);
        // A code as written may well be `7` or `11`; as a device or an account that is nothing.
        let may_repeat =
            normalizer == Normalizer::Exact && is_short(text) && !text.starts_with('0');
        (is_repeated(text) && !may_repeat) || self.lists(text)
    }

    /// Most keys start otherwise than anything on the list, or are longer: no need to spell them bare.
    fn lists(&self, text: &str) -> bool {
        if !text.is_ascii() {
            return self.listed.contains(&bare(text));
        }
        let letters = || text.bytes().filter(u8::is_ascii_alphanumeric);
        // The first letters rule nearly every text out.
        let start = letters().map(|letter| letter.to_ascii_lowercase());
        let mut key = [0; START_BYTES];
        for (slot, letter) in key.iter_mut().zip(start) {
            *slot = letter;
        }
        self.starts.contains(&u32::from_le_bytes(key))
            && letters().count() <= self.longest_bytes
            && self.listed.contains(&bare(text))
    }
}

/// The part of a key that the value itself said: of an address the street.
fn own_text(key: &str, is_address: bool) -> &str {
    if !is_address {
        return key;
    }
    let mut sections = key.as_bytes().split(|byte| *byte == b'|');
    let before: usize = sections
        .by_ref()
        .take(2)
        .map(|section| section.len() + 1)
        .sum();
    let length = sections.next().map_or(0, <[u8]>::len);
    key.get(before..before + length).unwrap_or_default()
}

fn bare(text: &str) -> String {
    text.chars()
        .filter(|c| c.is_alphanumeric() || !c.is_ascii())
        .flat_map(char::to_lowercase)
        .collect()
}

/// `0`, `00000000-0000-...`, `999-9999`, `xxxx`: one character and separators.
fn is_repeated(text: &str) -> bool {
    let mut chars = text.chars().filter(|c| c.is_alphanumeric());
    match chars.next() {
        None => !text.is_empty() && text.is_ascii(),
        Some(first) => chars.all(|c| c == first),
    }
}

fn is_short(text: &str) -> bool {
    text.chars().filter(|c| c.is_alphanumeric()).count() <= SHORT_KEY_CHARS
}

/// Drops values that many merchants use who have nothing else in common: defaults nobody put on a list.
///
/// All must hold: at least `min_merchants` use the value; it looks empty; its merchants are spread over
/// many cities and categories; and of their other values at most `max_corroborated_share` are shared
/// with another merchant of the value.
pub(super) fn drop_tested(drafts: &mut Drafts, merchants: &Merchants, strategy: &Strategy) {
    let settings = &strategy.placeholders;
    let n_cities = distinct(&merchants.city, 0..merchants.len(), MIN_SPREAD);
    let n_categories = distinct(&merchants.category, 0..merchants.len(), MIN_SPREAD);
    let suspects: Vec<usize> = (0..drafts.entities.len())
        .into_par_iter()
        .filter(|at| {
            let draft = &drafts.entities[*at];
            let normalizer = strategy.links[draft.entity_type.index()].normalizer;
            let users = || drafts.links(draft).iter().map(|link| link.merchant.index());
            users().len() >= settings.min_merchants
                && looks_empty(drafts.key(draft), normalizer)
                && distinct(&merchants.city, users(), MIN_SPREAD) >= n_cities
                && distinct(&merchants.category, users(), MIN_SPREAD) >= n_categories
        })
        .collect();
    if suspects.is_empty() {
        return;
    }
    let used = UsedEntities::new(drafts, merchants.len());
    let dropped: Vec<usize> = suspects
        .into_par_iter()
        .filter(|at| {
            corroborated_share(drafts, &used, *at, merchants) <= settings.max_corroborated_share
        })
        .collect();
    for at in dropped.into_iter().rev() {
        let draft = drafts.entities.swap_remove(at);
        drafts.dropped.push(DroppedValue {
            entity_type: draft.entity_type,
            merchants: narrow_u32(drafts.links(&draft).len()),
            key: drafts.key(&draft).to_owned(),
            found_by: "tested",
        });
    }
}

/// The drafts that each merchant uses.
#[derive(Debug)]
struct UsedEntities {
    /// Where each merchant's drafts begin in `drafts`; one more than there are merchants.
    starts: Vec<usize>,
    drafts: Vec<u32>,
}

impl UsedEntities {
    fn new(drafts: &Drafts, n_merchants: usize) -> Self {
        let mut starts = vec![0; n_merchants + 1];
        for draft in &drafts.entities {
            for link in drafts.links(draft) {
                starts[link.merchant.index() + 1] += 1;
            }
        }
        for merchant in 0..n_merchants {
            starts[merchant + 1] += starts[merchant];
        }
        let mut next = starts.clone();
        let mut used = vec![0; starts[n_merchants]];
        for (at, draft) in drafts.entities.iter().enumerate() {
            for link in drafts.links(draft) {
                let slot = &mut next[link.merchant.index()];
                used[*slot] = narrow_u32(at);
                *slot += 1;
            }
        }
        Self {
            starts,
            drafts: used,
        }
    }

    fn of(&self, link: &Link) -> &[u32] {
        let merchant = link.merchant.index();
        &self.drafts[self.starts[merchant]..self.starts[merchant + 1]]
    }
}

/// How many distinct texts the rows have, counted up to `limit`.
fn distinct(column: &TextColumn, rows: impl Iterator<Item = usize>, limit: usize) -> usize {
    let mut seen: Vec<&str> = Vec::with_capacity(limit);
    for row in rows {
        let text = column.get(row);
        if !text.is_empty() && !seen.contains(&text) {
            seen.push(text);
            if seen.len() == limit {
                break;
            }
        }
    }
    seen.len()
}

fn looks_empty(key: &str, normalizer: Normalizer) -> bool {
    let text = own_text(key, normalizer == Normalizer::Address);
    let has_digit = text.chars().any(char::is_numeric);
    let expects_digits = matches!(
        normalizer,
        Normalizer::Device | Normalizer::Account | Normalizer::Phone | Normalizer::Address
    );
    is_repeated(text) || is_short(text) || (expects_digits && !has_digit)
}

/// Of the other values of the merchants that use this one, the share that two of them have in common.
///
/// A unit's own building, and a building's units, are the same fact and are left out.
#[expect(
    clippy::cast_precision_loss,
    reason = "a share, compared with a threshold"
)]
fn corroborated_share(
    drafts: &Drafts,
    used: &UsedEntities,
    at: usize,
    merchants: &Merchants,
) -> f64 {
    let draft = &drafts.entities[at];
    let users = drafts.links(draft);
    let private: usize = users
        .iter()
        .map(|user| merchants.private_values[user.merchant.index()] as usize)
        .sum();
    let mut others: Vec<u32> = users
        .iter()
        .flat_map(|user| used.of(user))
        .copied()
        .filter(|other| {
            !is_same_fact(
                drafts.key(draft),
                drafts.key(&drafts.entities[*other as usize]),
            )
        })
        .collect();
    others.sort_unstable();
    let corroborated: usize = others
        .chunk_by(PartialEq::eq)
        .map(<[u32]>::len)
        .filter(|n_users| *n_users > 1)
        .sum();
    let all = others.len() + private;
    if all == 0 {
        return 0.0;
    }
    corroborated as f64 / all as f64
}

fn is_same_fact(one: &str, other: &str) -> bool {
    one == other
        || one
            .strip_prefix(other)
            .is_some_and(|rest| rest.starts_with('|'))
        || other
            .strip_prefix(one)
            .is_some_and(|rest| rest.starts_with('|'))
}

#[cfg(test)]
mod tests {
    use super::{LISTED, bare, is_repeated, looks_empty};
    use crate::strategy::Normalizer;

    #[test]
    fn one_character_and_separators_say_nothing() {
        for text in [
            "0",
            "000-000",
            "999-9999",
            "xxxx",
            "--",
            "00000000-0000-0000-0000-000000000000",
        ] {
            assert!(is_repeated(text), "{text}");
        }
        for text in ["", "10", "112", "東京"] {
            assert!(!is_repeated(text), "{text}");
        }
    }

    #[test]
    fn a_device_without_digits_looks_empty_and_a_street_with_a_number_does_not() {
        assert!(looks_empty("webbrowser", Normalizer::Device));
        assert!(!looks_empty("a81f", Normalizer::Device));
        assert!(!looks_empty(
            "us|46628|3301 portage ave|",
            Normalizer::Address
        ));
        assert!(!looks_empty("some text", Normalizer::Exact));
        for text in ["Still  to-come", "to be confirmed", "To Be Advised"] {
            assert!(LISTED.contains(&bare(text).as_str()), "{text}");
        }
    }
}
