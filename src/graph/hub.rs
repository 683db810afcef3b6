//! What is a value that many merchants use: a mall, a chain's account, an agency's device, a mule?

use super::bipartite::Bipartite;
use crate::ingest::{Label, Status};
use crate::model::{EntityIdx, TextColumn, Timestamp, narrow_u32};
use crate::resolve::Links;
use crate::resolve::normalize::{Place, normalize_city};
use crate::strategy::{Normalizer, Strategy};

/// More merchants than this don't hand a thing on one after another with long gaps.
const MAX_ONE_AFTER_ANOTHER: usize = 64;

/// From this share of merchants suspended or found to be fraud on, an account in one hand is a mule's.
const MULE_SHARE: f64 = 0.5;

/// What an entity was taken for, by who shares it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HubClass {
    /// Too few merchants to be a hub.
    Private,
    /// Merchants that used it one after another, never at the same time.
    SecondHand,
    /// Named in the allowlist.
    Allowed,
    /// Most of its merchants have one declared owner.
    Owner,
    /// Most of its merchants trade under one brand.
    Chain,
    /// An address of merchants that have nothing else in common.
    Mall,
    /// One unit where merchants without anything else in common are registered.
    FormationAgent,
    /// A device, or another thing used on merchants' behalf, of merchants that have nothing else in common.
    Agency,
    /// An account that settles for merchants that have nothing else in common.
    Aggregator,
    /// An account on which merchants meet that meet elsewhere too, half of them or more found out.
    Mule,
    /// Any other value on which merchants meet that meet elsewhere too.
    Shared,
}

impl HubClass {
    /// The class as it is written in every output.
    pub fn name(self) -> &'static str {
        match self {
            Self::Private => "private",
            Self::SecondHand => "second_hand",
            Self::Allowed => "allowed",
            Self::Owner => "owner",
            Self::Chain => "chain",
            Self::Mall => "mall",
            Self::FormationAgent => "formation_agent",
            Self::Agency => "agency",
            Self::Aggregator => "aggregator",
            Self::Mule => "mule",
            Self::Shared => "shared",
        }
    }
}

/// What is known about the merchants on an entity.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HubFacts {
    /// Merchants.
    pub merchants: u32,
    /// Distinct declared owners.
    pub owners: u32,
    /// Merchants of the commonest declared owner, as a share of all.
    pub owner_share: f64,
    /// Merchants of the commonest brand, as a share of all.
    pub brand_share: f64,
    /// Merchants that were suspended or found to be fraud, as a share of all.
    pub found_out_share: f64,
    /// Whether its users came one after another, at least half a life apart (not looked at beyond 64 merchants).
    pub one_after_another: bool,
}

impl HubFacts {
    /// Counts the merchants on an entity. Cost: O(degree).
    #[expect(
        clippy::cast_precision_loss,
        reason = "merchant counts are far below 2^53"
    )]
    pub fn of(
        entity: EntityIdx,
        graph: &Bipartite<'_>,
        links: &Links,
        brands: &[Option<u32>],
        strategy: &Strategy,
    ) -> Self {
        let uses = graph.links_of_entity(entity);
        let mut owners: Vec<u32> = Vec::new();
        let mut names: Vec<u32> = Vec::new();
        let mut found_out = 0;
        for link in uses {
            let at = link.merchant.index();
            let is_suspended = links.merchants.status[at] == Status::Suspended;
            let is_fraud = links.merchants.label[at] == Some(Label::Fraud);
            found_out += usize::from(is_suspended || is_fraud);
            owners.extend(links.merchants.owner[at].map(|owner| owner.0));
            names.extend(brands[at]);
        }
        let share = |most: usize| most as f64 / uses.len().max(1) as f64;
        let (n_owners, most_owned) = distinct_and_most(&mut owners);
        let (_, most_named) = distinct_and_most(&mut names);
        Self {
            merchants: narrow_u32(uses.len()),
            owners: narrow_u32(n_owners),
            owner_share: share(most_owned),
            brand_share: share(most_named),
            found_out_share: share(found_out),
            one_after_another: uses.len() <= MAX_ONE_AFTER_ANOTHER
                && one_after_another(
                    uses.iter().map(|link| (link.first_seen, link.last_seen)),
                    strategy.evidence.half_life_days,
                ),
        }
    }

    /// The class of an entity with these facts; `corroboration` in 0..=1.
    pub fn class(
        &self,
        normalizer: Normalizer,
        is_building: bool,
        allowed: bool,
        corroboration: f64,
        strategy: &Strategy,
    ) -> HubClass {
        let hubs = &strategy.hubs;
        if allowed {
            return HubClass::Allowed;
        }
        if self.owner_share >= hubs.min_common_share && self.merchants > 1 {
            return HubClass::Owner;
        }
        if self.merchants >= 4 && self.brand_share >= hubs.min_common_share {
            return HubClass::Chain;
        }
        if (self.merchants as usize) < hubs.min_merchants {
            return if self.one_after_another {
                HubClass::SecondHand
            } else {
                HubClass::Private
            };
        }
        let one_hand = corroboration >= hubs.min_corroboration;
        if self.one_after_another && !one_hand {
            return HubClass::SecondHand;
        }
        match normalizer {
            // A chain's or a kitchen's account looks the same but for what became of its users.
            Normalizer::Account if one_hand && self.found_out_share >= MULE_SHARE => HubClass::Mule,
            _ if one_hand => HubClass::Shared,
            Normalizer::Account => HubClass::Aggregator,
            Normalizer::Address if is_building => HubClass::Mall,
            Normalizer::Address => HubClass::FormationAgent,
            _ => HubClass::Agency,
        }
    }
}

/// How many distinct cities the merchants on an entity are in, as far as known, however each spells its own.
/// Cost: O(degree), sorted.
pub fn count_cities(entity: EntityIdx, graph: &Bipartite<'_>, cities: &TextColumn) -> u32 {
    let uses = graph.links_of_entity(entity).iter();
    let mut found: Vec<&str> = uses
        .map(|link| cities.get(link.merchant.index()))
        .filter(|city| !city.is_empty())
        .collect();
    found.sort_unstable();
    found.dedup();
    let canonical = found.iter().map(|city| {
        normalize_city(&Place {
            city,
            ..Place::default()
        })
    });
    let mut names: Vec<String> = canonical.filter(|name| !name.is_empty()).collect();
    names.sort_unstable();
    names.dedup();
    narrow_u32(names.len())
}

/// How many distinct values there are, and how often the commonest stands there.
fn distinct_and_most(values: &mut [u32]) -> (usize, usize) {
    values.sort_unstable();
    let runs = values.chunk_by(PartialEq::eq).map(<[u32]>::len);
    runs.fold((0, 0), |(n_runs, most), run| (n_runs + 1, most.max(run)))
}

/// Whether each use ended at least `min_gap_days` before the next began.
fn one_after_another(
    uses: impl Iterator<Item = (Option<Timestamp>, Option<Timestamp>)>,
    min_gap_days: f64,
) -> bool {
    let spans: Option<Vec<_>> = uses.map(|(first, last)| first.zip(last)).collect();
    let Some(mut spans) = spans else {
        return false;
    };
    spans.sort_unstable();
    spans.len() > 1
        && spans
            .windows(2)
            .all(|pair| pair[1].0.days_since(pair[0].1) >= min_gap_days)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thing_handed_on_is_second_hand_however_many_had_it() {
        let strategy = Strategy::default();
        let facts = |merchants, one_after_another| HubFacts {
            merchants,
            owners: 0,
            owner_share: 0.0,
            brand_share: 0.0,
            found_out_share: 0.0,
            one_after_another,
        };
        let class = |facts: HubFacts, corroboration| {
            facts.class(Normalizer::Device, false, false, corroboration, &strategy)
        };
        assert_eq!(class(facts(3, true), 0.0), HubClass::SecondHand);
        assert_eq!(class(facts(20, true), 0.0), HubClass::SecondHand);
        assert_eq!(class(facts(20, false), 0.0), HubClass::Agency);
        // Who meet elsewhere too did not buy it from one another by accident.
        assert_eq!(class(facts(20, true), 1.0), HubClass::Shared);
    }

    #[test]
    fn an_account_is_no_mules_until_its_merchants_were_found_out() {
        let strategy = Strategy::default();
        let class = |found_out_share, corroboration| {
            let facts = HubFacts {
                merchants: 20,
                owners: 0,
                owner_share: 0.0,
                brand_share: 0.0,
                found_out_share,
                one_after_another: false,
            };
            facts.class(Normalizer::Account, false, false, corroboration, &strategy)
        };
        assert_eq!(class(0.0, 1.0), HubClass::Shared);
        assert_eq!(class(0.45, 1.0), HubClass::Shared);
        assert_eq!(class(0.5, 1.0), HubClass::Mule);
        assert_eq!(class(1.0, 0.0), HubClass::Aggregator);
    }
}
