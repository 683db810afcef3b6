//! Device ids: GUIDs, MAC and IMEI numbers, advertising ids, fingerprints.

use super::fold::{bounded, fold_case};

/// Digits of a device id whose separators carry no meaning: MAC, EUI-64, GUID, SHA-1, SHA-256.
const HEX_LENGTHS: [usize; 5] = [12, 16, 32, 40, 64];

/// Digits of an IMEI, with or without its check digit and software version.
const IMEI_LENGTHS: std::ops::RangeInclusive<usize> = 14..=17;

/// A device id without case, braces and quotes; of GUIDs, MACs, hashes and IMEIs without separators too.
///
/// Other ids keep their separators: `a-12` and `a1-2` are two devices.
pub fn normalize_device(raw: &str) -> Option<String> {
    bounded(raw, |text| {
        let folded = fold_case(text);
        let mut id = folded.as_str();
        loop {
            let bare = id
                .trim_matches(|c: char| c.is_whitespace() || "{}()[]<>\"'`".contains(c))
                .trim_start_matches("urn:uuid:");
            if bare == id {
                break;
            }
            id = bare;
        }
        unseparated(id).unwrap_or_else(|| fold_case(id))
    })
}

fn unseparated(id: &str) -> Option<String> {
    if !id.is_ascii() {
        return None;
    }
    let bare: String = id
        .chars()
        .filter(|c| !matches!(c, '-' | ':' | '.' | ' ' | '_'))
        .collect();
    let is_hex = HEX_LENGTHS.contains(&bare.len()) && bare.bytes().all(|b| b.is_ascii_hexdigit());
    let is_imei = IMEI_LENGTHS.contains(&bare.len()) && bare.bytes().all(|b| b.is_ascii_digit());
    (is_hex || is_imei).then_some(bare)
}

/// Writes the key of a device id of ASCII letters, digits and dashes that is not too long; nothing for
/// any other.
pub(super) fn write_plain(raw: &str, key: &mut String) {
    let (mut dashes, mut is_hex, mut is_number) = (0, true, true);
    for byte in raw.bytes() {
        match byte {
            b'0'..=b'9' => {}
            b'a'..=b'f' | b'A'..=b'F' => is_number = false,
            b'-' => dashes += 1,
            _ if byte.is_ascii_alphanumeric() => (is_hex, is_number) = (false, false),
            _ => return,
        }
    }
    let bare_length = raw.len() - dashes;
    let is_unseparated = is_hex && HEX_LENGTHS.contains(&bare_length)
        || is_number && IMEI_LENGTHS.contains(&bare_length);
    if !is_unseparated || dashes == 0 {
        key.push_str(raw);
        key.make_ascii_lowercase();
    } else {
        let letters = raw.bytes().filter(|&byte| byte != b'-');
        key.extend(letters.map(|letter| char::from(letter.to_ascii_lowercase())));
    }
}
