//! Values compared as written.

use super::fold::bounded;

/// The value as written, but for surrounding space; `None` when nothing is left.
pub fn normalize_exact(raw: &str) -> Option<String> {
    bounded(raw, |text| text.trim().to_owned())
}
