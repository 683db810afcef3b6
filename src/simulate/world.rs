//! The characters a market can have.

use std::fmt;
use std::str::FromStr;

/// The character of a market.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum World {
    /// Every honest pattern and every kind of ring in usual numbers.
    #[default]
    Plain,
    /// Rings that hide among malls, agencies and aggregators.
    Camouflage,
    /// Much honest sharing and few rings (0.3 % of merchants).
    BenignHeavy,
    /// Placeholders, misspellings, missing and wrong values.
    Dirty,
    /// Verdicts of the past and direct ties come along.
    Labelled,
    /// Rings that share little.
    Sparse,
    /// No table has a time.
    NoTime,
    /// Daily snapshots in which rings are born, grow, merge, split and vanish.
    Series,
}

/// A name that is no world.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected one of {}", World::NAMES.join(", "))]
pub struct UnknownWorld;

impl World {
    const ALL: [Self; 8] = [
        Self::Plain,
        Self::Camouflage,
        Self::BenignHeavy,
        Self::Dirty,
        Self::Labelled,
        Self::Sparse,
        Self::NoTime,
        Self::Series,
    ];

    /// The names of all worlds, as on the command line.
    pub const NAMES: [&str; 8] = [
        "plain",
        "camouflage",
        "benign-heavy",
        "dirty",
        "labelled",
        "sparse",
        "no-time",
        "series",
    ];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Camouflage => "camouflage",
            Self::BenignHeavy => "benign-heavy",
            Self::Dirty => "dirty",
            Self::Labelled => "labelled",
            Self::Sparse => "sparse",
            Self::NoTime => "no-time",
            Self::Series => "series",
        }
    }
}

impl FromStr for World {
    type Err = UnknownWorld;

    fn from_str(text: &str) -> Result<Self, UnknownWorld> {
        let position = Self::NAMES.iter().position(|name| *name == text);
        position.map(|p| Self::ALL[p]).ok_or(UnknownWorld)
    }
}

impl fmt::Display for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What a world does to the generators. Shares and chances lie in 0..=1, factors are about 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Character {
    /// Merchants that belong to a ring.
    pub(super) fraud_share: f64,
    /// Factor on the number of honest groups and on the use of hubs.
    pub(super) honest_sharing: f64,
    /// Chance that a ring's link is there to be seen.
    pub(super) ring_link_kept: f64,
    /// Chance that a ring shares a second kind of thing beside its own.
    pub(super) ring_second_kind: f64,
    /// Factor on ring members' use of honest hubs.
    pub(super) ring_hub_use: f64,
    /// Rate of placeholders, missing and wrong values.
    pub(super) dirt: f64,
    /// Whether verdicts and direct ties are written.
    pub(super) labelled: bool,
    /// Whether times are written.
    pub(super) timed: bool,
}

impl Character {
    pub(super) fn of(world: World) -> Self {
        let plain = Self {
            fraud_share: 0.015,
            honest_sharing: 1.0,
            ring_link_kept: 0.97,
            ring_second_kind: 0.55,
            ring_hub_use: 1.0,
            dirt: 0.01,
            labelled: false,
            timed: true,
        };
        match world {
            World::Plain | World::Series => plain,
            World::Camouflage => Self {
                ring_hub_use: 5.0,
                ring_second_kind: 0.4,
                ..plain
            },
            World::BenignHeavy => Self {
                fraud_share: 0.003,
                honest_sharing: 1.7,
                ..plain
            },
            World::Dirty => Self {
                dirt: 0.08,
                ..plain
            },
            World::Labelled => Self {
                labelled: true,
                ..plain
            },
            World::Sparse => Self {
                ring_link_kept: 0.94,
                ring_second_kind: 0.15,
                ..plain
            },
            World::NoTime => Self {
                timed: false,
                ..plain
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::World;

    #[test]
    fn names_are_read_back() {
        for name in World::NAMES {
            assert_eq!(name.parse::<World>().unwrap().to_string(), name);
        }
        assert!("Plain".parse::<World>().is_err());
    }
}
