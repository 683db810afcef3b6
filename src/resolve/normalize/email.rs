//! E-mail addresses.

use super::fold::{bounded, fold_case};

/// Domains that ignore dots in the local part, all one mail service.
const DOTLESS_DOMAINS: [&str; 2] = ["gmail.com", "googlemail.com"];

/// An e-mail address without case and `+tag`, for Gmail without dots too.
///
/// A text without `@` is compared as folded text.
pub fn normalize_email(raw: &str) -> Option<String> {
    bounded(raw, |text| {
        let mut bare = fold_case(text).replace(char::is_whitespace, "");
        // What one step takes away may lay bare what the next one would: `.,a@gmail.com`, `<mailto:<a@b.c>>`.
        loop {
            let next = simpler(&bare);
            if next == bare {
                return next;
            }
            bare = next;
        }
    })
}

/// One step; takes away, and never adds.
fn simpler(address: &str) -> String {
    let bare = address
        .trim_matches(|c| "<>\"',;".contains(c))
        .trim_start_matches("mailto:");
    match bare.rsplit_once('@') {
        Some((local, domain)) => fold_case(&mailbox(local, domain)),
        None => fold_case(bare),
    }
}

fn mailbox(local: &str, domain: &str) -> String {
    let domain = domain.trim_end_matches('.');
    let untagged = match local.split_once('+') {
        Some((start, _)) if !start.is_empty() => start,
        _ => local,
    };
    if DOTLESS_DOMAINS.contains(&domain) {
        let dotless = untagged.replace('.', "");
        return format!("{dotless}@{}", DOTLESS_DOMAINS[0]);
    }
    format!("{untagged}@{domain}")
}
