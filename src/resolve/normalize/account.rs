//! Payout accounts: IBAN-like, card-like, wallet-like.

use super::fold::{bounded, fold_case};

/// An account without case, spaces and separators: `GB29 NWBK 6016` is `gb29nwbk6016`.
///
/// Leading zeros count: banks tell `0012` from `12`.
pub fn normalize_account(raw: &str) -> Option<String> {
    bounded(raw, |text| {
        if text.is_ascii() {
            return alphanumerics(text).to_ascii_lowercase();
        }
        // Dropping a separator can bring two characters together that compose.
        fold_case(&alphanumerics(&fold_case(text)))
    })
}

fn alphanumerics(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).collect()
}

/// Writes the key of an ASCII account that is not too long.
pub(super) fn write_plain(raw: &str, key: &mut String) {
    let letters = raw.bytes().filter(u8::is_ascii_alphanumeric);
    key.extend(letters.map(|letter| char::from(letter.to_ascii_lowercase())));
}
