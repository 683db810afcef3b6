//! What honest groups suffer.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::case::Case;
use super::outcome::Action;
use super::{real, real_count};

/// What the honest groups of one kind suffer.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Harm {
    /// `owner`, `chain`, `mall` ...
    pub kind: String,
    /// Groups of the kind.
    pub groups: u32,
    /// Their merchants.
    pub merchants: u32,
    /// Share of them in `enforce`.
    pub enforce: f64,
    /// Share of them in `review`.
    pub review: f64,
    /// Groups that make up at least half of one of the first R clusters (R: number of true rings, or 50
    /// where the truth has none).
    pub groups_in_top: u32,
}

/// How many clusters count as the top where the truth has no rings.
const TOP_WITHOUT_RINGS: usize = 50;

/// Harm by kind, sorted by name.
pub(super) fn harm(case: &Case) -> Vec<Harm> {
    let top = if case.rings.is_empty() {
        TOP_WITHOUT_RINGS
    } else {
        case.rings.len()
    };
    let in_top: BTreeSet<&str> = case
        .clusters
        .iter()
        .take(top)
        .flat_map(|c| c.groups.iter().filter(|(_, n)| **n * 2 >= c.members))
        .map(|(group, _)| group.as_str())
        .collect();
    let mut kinds: BTreeMap<&str, (BTreeSet<&str>, [usize; 3])> = BTreeMap::new();
    for merchant in case
        .merchants
        .iter()
        .filter(|m| !m.fraud && !m.benign_kind.is_empty())
    {
        let (groups, counts) = kinds.entry(&merchant.benign_kind).or_default();
        groups.insert(&merchant.benign_group);
        counts[0] += 1;
        counts[1] += usize::from(merchant.action == Some(Action::Enforce));
        counts[2] += usize::from(merchant.action == Some(Action::Review));
    }
    kinds
        .into_iter()
        .map(|(kind, (groups, [merchants, enforce, review]))| Harm {
            kind: kind.to_owned(),
            groups: real_count(groups.len()),
            merchants: real_count(merchants),
            enforce: real(enforce) / real(merchants),
            review: real(review) / real(merchants),
            groups_in_top: real_count(groups.intersection(&in_top).count()),
        })
        .collect()
}
