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
