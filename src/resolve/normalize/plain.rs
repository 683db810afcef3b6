//! Short cuts: the keys of values that need none of the rules but letter case and separators.

use super::fold::MAX_VALUE_CHARS;
use super::{account, device};
use crate::strategy::Normalizer;

/// Writes the key of a plain value over `key` and says so; `false` where only [`super::normalize`] can
/// tell, which gives the same key for what is plain.
pub(in crate::resolve) fn write_plain_key(
    normalizer: Normalizer,
    raw: &str,
    key: &mut String,
) -> bool {
    key.clear();
    if !raw.is_ascii() || raw.len() > MAX_VALUE_CHARS {
        return false;
    }
    match normalizer {
        Normalizer::Device => device::write_plain(raw, key),
        Normalizer::Account => account::write_plain(raw, key),
        Normalizer::Exact => key.push_str(raw.trim()),
        Normalizer::Phone | Normalizer::Email | Normalizer::Address => {}
    }
    !key.is_empty()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{Place, normalize};
    use super::write_plain_key;
    use crate::strategy::Normalizer;

    fn check(normalizer: Normalizer, raw: &str) {
        let mut key = "left over".to_owned();
        if write_plain_key(normalizer, raw, &mut key) {
            let expected = normalize(normalizer, raw, &Place::default());
            assert_eq!(Some(key), expected, "{normalizer:?} {raw:?}");
        } else {
            assert_eq!(key, "", "{normalizer:?} {raw:?}");
        }
    }

    #[test]
    fn plain_devices_and_accounts_take_the_short_cut() {
        for (normalizer, raw) in [
            (Normalizer::Device, "D08abfcbac400"),
            (Normalizer::Device, "AA-BB-CC-DD-EE-FF"),
            (Normalizer::Account, "GB29 NWBK-6016"),
            (Normalizer::Exact, " as Written "),
        ] {
            assert!(
                write_plain_key(normalizer, raw, &mut String::new()),
                "{raw}"
            );
            check(normalizer, raw);
        }
    }

    proptest! {
        #[test]
        fn a_plain_key_is_the_key(
            raw in "[a-fA-F0-9-]{0,44}|[0-9 -]{12,20}|\\PC{0,12}|[ -~]{0,24}|[a-f0-9]{510,514}"
        ) {
            for normalizer in [Normalizer::Device, Normalizer::Account, Normalizer::Exact] {
                check(normalizer, &raw);
            }
        }
    }
}
