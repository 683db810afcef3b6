//! One canonical spelling for each value: total, deterministic, and `f(f(x)) == f(x)`.

mod account;
pub mod address;
mod device;
mod email;
mod exact;
mod fold;
mod phone;
mod plain;

pub use account::normalize_account;
pub use address::{AddressKeys, Place, normalize_address, normalize_city};
pub use device::normalize_device;
pub use email::normalize_email;
pub use exact::normalize_exact;
pub use fold::MAX_VALUE_CHARS;
pub use phone::normalize_phone;
pub(in crate::resolve) use plain::write_plain_key;

use crate::strategy::Normalizer;

/// The key of a value that stands alone; an address gives its unit key. `None` when nothing is left.
///
/// `place.country` is the country of the address, or of the merchant for a phone.
pub fn normalize(normalizer: Normalizer, raw: &str, place: &Place<'_>) -> Option<String> {
    match normalizer {
        Normalizer::Exact => normalize_exact(raw),
        Normalizer::Device => normalize_device(raw),
        Normalizer::Account => normalize_account(raw),
        Normalizer::Phone => normalize_phone(raw, place.country),
        Normalizer::Email => normalize_email(raw),
        Normalizer::Address => normalize_address(raw, place).unit,
    }
}
