//! Device ids: GUIDs, MAC and IMEI numbers, advertising ids, fingerprints.

use super::fold::{bounded, fold_case};

/// Digits of a device id whose separators carry no meaning: MAC, EUI-64, GUID, SHA-1, SHA-256.
const HEX_LENGTHS: [usize; 5] = [12, 16, 32, 40, 64];

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
    let is_imei = (14..=17).contains(&bare.len()) && bare.bytes().all(|b| b.is_ascii_digit());
    (is_hex || is_imei).then_some(bare)
}
