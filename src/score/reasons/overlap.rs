//! How the sets of members on different values lie to each other: across, or one within another.

use super::{Case, Finding, full_at, ratio};
use crate::model::MerchantIdx;

/// Values with more merchants than this say little about who is with whom.
const MOST_MERCHANTS: usize = 30;
/// Only so many of the strongest values are compared pair by pair.
const MOST_VALUES: usize = 15;

/// Pairs of values that some members share.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Pairs {
    /// Some members use both, some only the one, some only the other.
    across: usize,
    /// Some use both, and nobody uses the narrower one alone.
    nested: usize,
}

/// Values that overlap in part: a phone serves some of an account's merchants and others besides. Where one
/// owner keeps books, who is on the phone is on the account as well.
pub(super) fn interlocked_values(case: &Case<'_, '_, '_>) -> Finding {
    let across = pairs(case).across;
    (across > 0).then(|| {
        let detail = case.say(format_args!(
            "pairs of shared values that overlap in part: {across}"
        ));
        (full_at(ratio(across, case.size()), 0.4), detail)
    })
}

/// Values whose members are all on another shared value: one household's phone within its account.
pub(super) fn nested_values(case: &Case<'_, '_, '_>) -> Finding {
    let nested = pairs(case).nested;
    (nested > 0).then(|| {
        let detail = case.say(format_args!(
            "pairs of shared values that serve the same members, one within the other: {nested}"
        ));
        (full_at(ratio(nested, 1), 3.0), detail)
    })
}

fn pairs(case: &Case<'_, '_, '_>) -> Pairs {
    // Most communities share one value.
    if case.anatomy.evidence.len() < 2 {
        return Pairs::default();
    }
    let sets: Vec<Vec<MerchantIdx>> = case
        .anatomy
        .shared()
        .filter(|(shared, _)| {
            !case.is_place(shared.entity) && shared.merchants as usize <= MOST_MERCHANTS
        })
        .take(MOST_VALUES)
        .map(|(_, uses)| uses.iter().map(|link| link.merchant).collect())
        .collect();
    let mut pairs = Pairs::default();
    for (at, a) in sets.iter().enumerate() {
        for b in &sets[at + 1..] {
            let both = a.iter().filter(|merchant| b.contains(merchant)).count();
            if both > 0 && both < a.len().min(b.len()) {
                pairs.across += 1;
            } else if both > 0 {
                pairs.nested += 1;
            }
        }
    }
    pairs
}
