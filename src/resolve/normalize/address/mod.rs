//! Addresses: the building, and the unit in it.
//!
//! A key reads `country|locality|street` for a building and `country|locality|street|unit` for a unit; the
//! unit is empty when the address names none. Rules and their price: `docs/algorithms/normalization.md`.

mod japan;
mod latin;
mod locality;
mod plain;
mod units;
mod words;

pub(in crate::resolve) use locality::Area;
pub(in crate::resolve) use plain::PlainWords;
pub(in crate::resolve) use words::{is_direction, is_street_type};

use super::fold::{bounded, fold_marks};

/// Parts of a key are canonical after one round but for odd garbage; a few rounds settle that too.
const MAX_ROUNDS: usize = 6;

/// What a row says of a place beside the address itself; empty texts are nulls.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Place<'a> {
    /// City or district.
    pub city: &'a str,
    /// Postal code.
    pub postal_code: &'a str,
    /// Country: ISO 3166 code or English name.
    pub country: &'a str,
    /// Degrees north and east.
    pub point: Option<(f64, f64)>,
}

/// The two keys of an address.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AddressKeys {
    /// `country|locality|street`; `None` when the text names no building.
    pub building: Option<String>,
    /// The building's key, `|`, and the unit, which is empty when the address names none.
    pub unit: Option<String>,
}

/// Street and unit of an address, canonical, without the locality.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Parts {
    street: String,
    unit: String,
}

/// The keys of an address as written. A key is an address too, and its own key.
///
/// ```
/// use ringfence::resolve::normalize::{Place, normalize_address};
/// let place = Place { city: "South Bend", postal_code: "46628", country: "US", point: None };
/// let short = normalize_address("3301 Portage Ave", &place);
/// let long = normalize_address("3301 PORTAGE AVENUE SOUTH BEND, IN 46628", &place);
/// assert_eq!(short, long);
/// assert_eq!(short.unit.as_deref(), Some("us|46628|3301 portage ave|"));
/// ```
pub fn normalize_address(raw: &str, place: &Place<'_>) -> AddressKeys {
    let area = Area::new(place.city, place.country);
    normalize_in(&area, raw, place.postal_code, place.point)
}

/// As [`normalize_address`], with city and country read before.
pub(in crate::resolve) fn normalize_in(
    area: &Area,
    raw: &str,
    postal_code: &str,
    point: Option<(f64, f64)>,
) -> AddressKeys {
    let Some(text) = bounded(raw, fold_lines) else {
        return AddressKeys::default();
    };
    if text.contains('|') {
        let sections: Vec<&str> = text.split('|').collect();
        if let [country, locality, street] | [country, locality, street, _] = sections[..] {
            let unit = sections.get(3).copied().unwrap_or_default();
            let country = locality::country_code(country);
            let locality = locality::locality_text(locality);
            return keys(&country, &locality, street, unit);
        }
        return keys_of_text(area, &text.replace('|', " "), postal_code, point);
    }
    keys_of_text(area, &text, postal_code, point)
}

/// Folds a text in which an end of line is a comma.
fn fold_lines(text: &str) -> String {
    if text.contains(['\n', '\r']) {
        return fold_marks(&text.replace(['\n', '\r'], ","));
    }
    fold_marks(text)
}

fn keys_of_text(
    area: &Area,
    text: &str,
    postal_code: &str,
    point: Option<(f64, f64)>,
) -> AddressKeys {
    if japan::is_japanese(text, &area.country) {
        let town = japan::without_prefecture(text, &area.folded_city);
        return keys("jp", "", &town, "");
    }
    let split = locality::split_locality(text, area, postal_code, point);
    keys(&split.country, &split.locality, &split.street, "")
}

/// The city of a place in the spelling that keys have, empty when no column says it.
pub fn normalize_city(place: &Place<'_>) -> String {
    Area::new(place.city, place.country).city_name
}

/// Builds the keys, once street and unit no longer change.
fn keys(country: &str, locality: &str, street: &str, unit: &str) -> AddressKeys {
    let mut parts = Parts {
        street: street.to_owned(),
        unit: unit.to_owned(),
    };
    for _ in 0..MAX_ROUNDS {
        let next = if japan::is_japanese(&parts.street, country) {
            japan::canonical(&parts)
        } else {
            latin::canonical(&parts, country)
        };
        if next == parts {
            break;
        }
        parts = next;
    }
    if !parts.street.chars().any(char::is_alphanumeric) {
        return AddressKeys::default();
    }
    let building = [country, "|", locality, "|", &parts.street].concat();
    AddressKeys {
        unit: Some([&building, "|", &parts.unit].concat()),
        building: Some(building),
    }
}
