//! What truly became of rings from one day to the next.

use std::collections::{BTreeMap, BTreeSet};

use super::series::Day;

/// What became of a ring, or where it came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate<'a> {
    /// None of its members was in a ring before.
    Born,
    /// It goes on, `continued`, `grown` or `shrunk`.
    Kept(&'static str),
    /// Its members are in no ring any more.
    Dissolved,
    /// Most of it went into that other ring, which was there before.
    Merged(&'a str),
    /// Most of it comes out of that other ring.
    Split(&'a str),
}

impl Fate<'_> {
    /// The event as `lineage.csv` words it.
    pub(super) fn event(&self) -> &'static str {
        match self {
            Self::Born => "born",
            Self::Kept(event) => event,
            Self::Dissolved => "dissolved",
            Self::Merged(_) => "merged",
            Self::Split(_) => "split",
        }
    }
}

/// The fate of each ring of either day. A ring that another one merged into or split from has no fate
/// of its own: it is part of the other's.
pub(super) fn fates<'a>(before: &'a Day, after: &'a Day) -> Vec<(&'a str, Fate<'a>)> {
    let mut fates = Vec::new();
    let mut involved = BTreeSet::new();
    for (ring, members) in &before.rings {
        if !after.rings.contains_key(ring) {
            let heir = most_common(members, after).filter(|heir| before.rings.contains_key(*heir));
            involved.extend(heir);
            fates.push((ring.as_str(), heir.map_or(Fate::Dissolved, Fate::Merged)));
        }
    }
    for (ring, members) in &after.rings {
        if !before.rings.contains_key(ring) {
            let origin = most_common(members, before);
            involved.extend(origin);
            fates.push((ring.as_str(), origin.map_or(Fate::Born, Fate::Split)));
        }
    }
    for (ring, then) in &before.rings {
        if let Some(now) = after
            .rings
            .get(ring)
            .filter(|_| !involved.contains(ring.as_str()))
        {
            let event = match now.len().cmp(&then.len()) {
                std::cmp::Ordering::Less => "shrunk",
                std::cmp::Ordering::Equal => "continued",
                std::cmp::Ordering::Greater => "grown",
            };
            fates.push((ring.as_str(), Fate::Kept(event)));
        }
    }
    fates
}

/// The ring of a day that holds most of some merchants; `None` when none holds any.
fn most_common<'a>(members: &BTreeSet<String>, day: &'a Day) -> Option<&'a str> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for (ring, others) in &day.rings {
        let both = others.intersection(members).count();
        if both > 0 {
            counts.insert(ring, both);
        }
    }
    let best = counts
        .iter()
        .max_by_key(|(ring, both)| (**both, std::cmp::Reverse(**ring)));
    best.map(|(ring, _)| *ring)
}
