//! What honest groups suffer.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::bootstrap::Bootstrap;
use super::case::Case;
use super::outcome::Action;
use super::{Interval, real, real_count, share};

/// What the honest groups of one kind suffer.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Harm {
    /// `owner`, `chain`, `mall` ...
    pub kind: String,
    /// Groups of the kind; a merchant without one is one of its own.
    pub groups: u32,
    /// Their merchants.
    pub merchants: u32,
    /// Share of them in `enforce`.
    pub enforce: f64,
    /// Of that share.
    pub enforce_interval: Option<Interval>,
    /// Share of them in `review`.
    pub review: f64,
    /// Of that share.
    pub review_interval: Option<Interval>,
    /// Groups that make up at least half of one of the first R clusters (R: number of true rings, or 50
    /// where the truth has none).
    pub groups_in_top: u32,
    /// Of that count.
    pub groups_in_top_interval: Option<Interval>,
}

/// How many clusters count as the top where the truth has no rings.
const TOP_WITHOUT_RINGS: usize = 50;

/// What one group suffers.
#[derive(Clone, Copy, Debug, Default)]
struct Group {
    merchants: u32,
    enforce: u32,
    review: u32,
    in_top: bool,
}

/// Harm by kind, sorted by name. A group stands or falls together, so groups are resampled.
pub(super) fn harm(case: &Case, bootstrap: &Bootstrap) -> Vec<Harm> {
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
    let mut kinds: BTreeMap<&str, BTreeMap<(&str, &str), Group>> = BTreeMap::new();
    for merchant in case
        .merchants
        .iter()
        .filter(|m| !m.fraud && !m.benign_kind.is_empty())
    {
        let name = merchant.benign_group.as_str();
        let alone = if name.is_empty() { &merchant.id } else { "" };
        let groups = kinds.entry(&merchant.benign_kind).or_default();
        let group = groups.entry((name, alone)).or_default();
        group.merchants += 1;
        group.enforce += u32::from(merchant.action == Some(Action::Enforce));
        group.review += u32::from(merchant.action == Some(Action::Review));
        group.in_top = in_top.contains(name);
    }
    kinds
        .into_iter()
        .map(|(kind, groups)| harm_of(kind, &groups.into_values().collect::<Vec<_>>(), bootstrap))
        .collect()
}

fn harm_of(kind: &str, groups: &[Group], bootstrap: &Bootstrap) -> Harm {
    let count = |of: fn(&Group) -> u32| groups.iter().map(of).sum::<u32>();
    let measured = bootstrap.intervals(groups.len(), |weights| {
        let sum = |of: fn(&Group) -> u32| -> f64 {
            let terms = groups.iter().zip(weights);
            terms.map(|(group, n)| f64::from(of(group) * n)).sum()
        };
        let merchants = sum(|group| group.merchants);
        vec![
            share(sum(|group| group.enforce), merchants),
            share(sum(|group| group.review), merchants),
            share(sum(|group| u32::from(group.in_top)), sum(|_| 1)),
        ]
    });
    let interval = |at: usize| Interval::of_share(measured[at], groups.len());
    Harm {
        kind: kind.to_owned(),
        groups: real_count(groups.len()),
        merchants: count(|group| group.merchants),
        enforce: measured[0].0.unwrap_or(0.0),
        enforce_interval: interval(0),
        review: measured[1].0.unwrap_or(0.0),
        review_interval: interval(1),
        groups_in_top: count(|group| u32::from(group.in_top)),
        groups_in_top_interval: interval(2).map(|found| found.times(real(groups.len()))),
    }
}
