//! How values look in a table.

use super::places::COUNTRIES;
use super::random::{Random, hash, slot};
use super::shop::{Stay, Value};
use crate::model::Timestamp;

const BANKS: [&str; 6] = ["BNKA", "UNIT", "MERC", "PEOP", "TRST", "CITY"];

pub(super) fn text_hash(text: &str) -> u64 {
    text.bytes()
        .fold(7, |state, byte| hash(&[state, u64::from(byte)]))
}

pub(super) fn day_text(day: i32) -> String {
    Timestamp::from_seconds(i64::from(day) * 86_400).to_string()
}

pub(super) fn address_row(id: &str, stay: &Stay) -> Vec<String> {
    let city = stay.address.city;
    let text = stay
        .placeholder
        .map_or_else(|| stay.address.written(stay.spelling), str::to_owned);
    let mut row = vec![id.to_owned(), text, city.name().to_owned()];
    let hidden = stay.spelling.bare || stay.placeholder.is_some();
    row.push(if hidden {
        String::new()
    } else {
        stay.address.postal_code()
    });
    row.push(city.country_code().to_owned());
    // Coordinates come from a form that not everybody fills in.
    if hidden || stay.spelling.style % 5 >= 3 {
        row.extend([String::new(), String::new()]);
    } else {
        let (lat, lon) = stay.address.coordinates();
        row.extend([format!("{lat:.5}"), format!("{lon:.5}")]);
    }
    row
}

pub(super) fn device_text(value: Value) -> String {
    let key = match value {
        Value::Text(text) => return text.to_owned(),
        Value::Key(key) => hash(&[key, 8]),
    };
    let more = hash(&[key]);
    match key >> 3 & 3 {
        0 => format!(
            "{:08x}-{:04x}-4{:03x}-a{:03x}-{:012x}",
            key >> 32,
            key >> 16 & 0xffff,
            key & 0xfff,
            more >> 52,
            more & 0xffff_ffff_ffff
        ),
        1 => format!("35{:013}", key % 10_000_000_000_000),
        _ => format!("{key:016x}"),
    }
}

pub(super) fn account_text(value: Value, dirt: f64, id: &str) -> String {
    let key = match value {
        Value::Text(text) => return text.to_owned(),
        Value::Key(key) => key,
    };
    let country = COUNTRIES[slot(key & 7, COUNTRIES.len())].code;
    let bank = BANKS[slot(key >> 3, BANKS.len())];
    let plain = format!(
        "{country}{:02}{bank}{:012}",
        10 + key / 64 % 88,
        key / 8192 % 1_000_000_000_000
    );
    let mut random = Random::new(&[7, text_hash(id), key]);
    if !random.chance(0.02 + dirt * 3.0) {
        return plain;
    }
    if random.chance(0.3) {
        return plain.to_lowercase();
    }
    let separator = if random.chance(0.7) { " " } else { "-" };
    let letters: Vec<char> = plain.chars().collect();
    let groups: Vec<String> = letters
        .chunks(4)
        .map(|group| group.iter().collect())
        .collect();
    groups.join(separator)
}
