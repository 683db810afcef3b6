//! What is usual on this market: the background against which a community stands out.

use std::hash::Hash;

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::anchor;
use super::arrivals::Arrivals;
use super::cities::cities;
use super::reasons::{days_of_use, median};
use super::risk::RiskSignals;
use super::tally::Usual;
use crate::graph::{EvidenceGraph, Network};
use crate::ingest::Status;
use crate::model::{OwnerIdx, Timestamp, narrow_u32};
use crate::resolve::Link;
use crate::strategy::Normalizer;

/// Facts about all merchants, computed once a run.
#[derive(Debug)]
pub(super) struct Market {
    /// Registrations of all merchants.
    pub(super) arrivals: Arrivals,
    /// What is known of merchants' risk.
    pub(super) risk: RiskSignals,
    /// Payout accounts of each merchant, its own and shared ones.
    accounts: Vec<u32>,
    /// How many a merchant with any has.
    pub(super) usual_accounts: Usual,
    /// Devices of each merchant, its own and shared ones.
    devices: Vec<u32>,
    /// How many of its own a merchant with any has.
    pub(super) usual_own_devices: Usual,
    /// How many events a use of a shared device has.
    pub(super) usual_device_events: Usual,
    /// The city of each merchant, if known, however it is spelled.
    cities: Vec<Option<u32>>,
    /// The chance that two merchants picked at random are in different trades, 0..=1.
    pub(super) mixed_trades: f64,
    /// How far the shops of one declared owner are more alike in trade than any two are, 0..=1.
    pub(super) owners_keep_to_trades: f64,
    /// How far they are more alike in city.
    pub(super) owners_keep_to_cities: f64,
    /// The share of merchants that have been suspended, 0..=1.
    pub(super) suspended_share: f64,
    /// Median days from first to last use of a shared thing, places aside; `None` without times.
    pub(super) usual_days_of_use: Option<f64>,
    /// The day of the run.
    pub(super) as_of: Timestamp,
}

impl Market {
    /// `communities` are all of two merchants or more, as nodes of the network.
    pub(super) fn new(
        graph: &EvidenceGraph<'_>,
        network: &Network,
        communities: &[(usize, Vec<u32>)],
        as_of: Timestamp,
    ) -> Self {
        let merchants = &graph.links.merchants;
        let grouped: usize = communities.iter().map(|(_, nodes)| nodes.len()).sum();
        let rings = anchor::plausible(graph) / f64::from(narrow_u32(grouped.max(1)));
        let accounts = values_of(graph, Normalizer::Account, &merchants.private_accounts);
        let devices = values_of(graph, Normalizer::Device, &merchants.private_devices);
        let paid = accounts.iter().copied().filter(|accounts| *accounts > 0);
        let own_devices = merchants.private_devices.iter().zip(&devices);
        let own_devices = own_devices.filter(|(_, devices)| **devices > 0);
        let cities = cities(&merchants.city);
        let trade = |at: usize| Some(merchants.category.get(at)).filter(|trade| !trade.is_empty());
        Self {
            arrivals: Arrivals::new(merchants.registered_at.iter().flatten().copied()),
            usual_accounts: Usual::new(paid),
            accounts,
            usual_own_devices: Usual::new(own_devices.map(|(own, _)| *own)),
            devices,
            usual_device_events: Usual::new(
                links_of_kind(graph, Normalizer::Device).map(|link| link.events),
            ),
            risk: RiskSignals::new(
                &merchants.signals,
                network.merchants(),
                communities,
                rings.min(1.0),
            ),
            mixed_trades: mixed(merchants.category.len(), trade),
            owners_keep_to_trades: owners_keep_to(&merchants.owner, trade),
            owners_keep_to_cities: owners_keep_to(&merchants.owner, |at| {
                cities.get(at).copied().flatten()
            }),
            cities,
            suspended_share: suspended_share(&merchants.status),
            usual_days_of_use: usual_days_of_use(graph),
            as_of,
        }
    }

    /// How many payout accounts a merchant has.
    pub(super) fn accounts_of(&self, merchant: usize) -> u32 {
        self.accounts[merchant]
    }

    /// How far that lies above what is usual, in deviations, -3..=3; zero for a merchant without any.
    /// It tells less and less where merchants have many.
    pub(super) fn account_deviation(&self, merchant: usize) -> f64 {
        match self.accounts[merchant] {
            0 => 0.0,
            accounts => telling(self.usual_accounts.mean) * self.usual_accounts.deviation(accounts),
        }
    }

    /// A merchant's city, if known; one number for all spellings of it.
    pub(super) fn city_of(&self, merchant: usize) -> Option<u32> {
        self.cities.get(merchant).copied().flatten()
    }

    /// How many devices a merchant has.
    pub(super) fn devices_of(&self, merchant: usize) -> u32 {
        self.devices[merchant]
    }
}

/// Where merchants have up to this many accounts on average, one more than usual is worth a look in full;
const FEW_ACCOUNTS: f64 = 2.0;
/// from this many on it says who is busy, and nothing else.
const MANY_ACCOUNTS: f64 = 3.0;

/// Rows handed to one task; only a grain of work, results don't depend on it.
const ROWS_PER_TASK: usize = 1 << 16;

/// How far the number of accounts says anything where this many are usual, 0..=1.
fn telling(usual: f64) -> f64 {
    ((MANY_ACCOUNTS - usual) / (MANY_ACCOUNTS - FEW_ACCOUNTS)).clamp(0.0, 1.0)
}

/// The values of a kind that each merchant uses, those of its own included.
fn values_of(graph: &EvidenceGraph<'_>, kind: Normalizer, own: &[u32]) -> Vec<u32> {
    let mut values = own.to_vec();
    for link in links_of_kind(graph, kind) {
        values[link.merchant.index()] += 1;
    }
    values
}

/// Uses of shared values of a kind.
fn links_of_kind<'g>(
    graph: &EvidenceGraph<'g>,
    kind: Normalizer,
) -> impl Iterator<Item = &'g Link> {
    let is_of_kind: Vec<bool> = (graph.strategy().links.iter())
        .map(|link| link.normalizer == kind)
        .collect();
    let links = graph.links;
    links.links.iter().filter(move |link| {
        let entity_type = links.entities.entity_type[link.entity.index()];
        is_of_kind[entity_type.index()]
    })
}

#[expect(
    clippy::cast_precision_loss,
    reason = "merchant counts are far below 2^53"
)]
fn suspended_share(statuses: &[Status]) -> f64 {
    let suspended = statuses
        .iter()
        .filter(|status| **status == Status::Suspended);
    suspended.count() as f64 / statuses.len().max(1) as f64
}

fn usual_days_of_use(graph: &EvidenceGraph<'_>) -> Option<f64> {
    let entities = &graph.links.entities;
    let is_thing = |link: &&Link| {
        let entity_type = entities.entity_type[link.entity.index()];
        graph.strategy().link(entity_type).normalizer != Normalizer::Address
    };
    let links = graph.links.links.iter().filter(is_thing);
    median(links.filter_map(days_of_use).collect())
}

/// The chance that two rows picked at random differ, nulls aside (the Gini-Simpson index).
#[expect(
    clippy::cast_precision_loss,
    reason = "merchant counts are far below 2^53"
)]
#[expect(
    clippy::iter_over_hash_type,
    reason = "counts add up to the same in any order"
)]
fn mixed<T: Copy + Hash + Ord + Send>(
    rows: usize,
    value: impl Fn(usize) -> Option<T> + Sync,
) -> f64 {
    let rows_of = (0..rows.div_ceil(ROWS_PER_TASK))
        .into_par_iter()
        .map(|task| {
            let start = task * ROWS_PER_TASK;
            count_values((start..rows.min(start + ROWS_PER_TASK)).filter_map(&value))
        })
        .reduce(FxHashMap::default, |mut all, some| {
            for (value, rows) in some {
                *all.entry(value).or_default() += rows;
            }
            all
        });
    let mut rows_of: Vec<(T, usize)> = rows_of.into_iter().collect();
    // The sum of shares depends on their order in its last digits.
    rows_of.sort_unstable();
    let all: usize = rows_of.iter().map(|(_, rows)| rows).sum();
    let all = all.max(1) as f64;
    let shares = rows_of.into_iter().map(|(_, rows)| rows as f64 / all);
    1.0 - shares.map(|share| share * share).sum::<f64>()
}

/// How often each value occurs.
fn count_values<T: Hash + Eq>(values: impl Iterator<Item = T>) -> FxHashMap<T, usize> {
    let mut rows_of = FxHashMap::default();
    for value in values {
        *rows_of.entry(value).or_default() += 1;
    }
    rows_of
}

/// How alike the shops of one declared owner are in some value, against any two merchants: one where an owner's
/// shops never differ, zero where they differ like any two. Owners are what is known to be honest company.
#[expect(
    clippy::cast_precision_loss,
    reason = "merchant counts are far below 2^53"
)]
fn owners_keep_to<T: Copy + Hash + Ord + Send>(
    owner: &[Option<OwnerIdx>],
    value: impl Fn(usize) -> Option<T> + Sync,
) -> f64 {
    let owned = owner.iter().enumerate();
    let mut shops: Vec<(OwnerIdx, T)> = owned
        .filter_map(|(at, owner)| Some(((*owner)?, value(at)?)))
        .collect();
    shops.par_sort_unstable();
    let (mut owners, mut all, mut differing) = (0.0, 0.0, 0.0);
    for shops in shops.chunk_by(|a, b| a.0 == b.0) {
        let n = shops.len() as f64;
        if shops.len() < 2 || shops.len() > MOST_SHOPS {
            continue;
        }
        let alike: f64 = shops
            .chunk_by(|a, b| a.1 == b.1)
            .map(|alike| (alike.len() * (alike.len() - 1)) as f64)
            .sum();
        owners += 1.0;
        all += n;
        differing += n * (1.0 - alike / (n * (n - 1.0)));
    }
    if all <= 0.0 {
        return USUALLY_KEPT;
    }
    let any_two = mixed(owner.len(), value);
    if any_two <= 0.0 {
        return USUALLY_KEPT;
    }
    let kept = (1.0 - differing / all / any_two).clamp(0.0, 1.0);
    (owners * kept + OWNERS_TO_KNOW * USUALLY_KEPT) / (owners + OWNERS_TO_KNOW)
}

/// More shops than this are a chain, which says little about owners.
const MOST_SHOPS: usize = 30;
/// What is taken for granted of owners where none is declared.
const USUALLY_KEPT: f64 = 0.4;
/// So many declared owners count as much as what is taken for granted.
const OWNERS_TO_KNOW: f64 = 30.0;

#[cfg(test)]
mod tests {
    use super::{owners_keep_to, telling};
    use crate::model::OwnerIdx;

    #[test]
    fn declared_owners_are_the_yardstick_of_honest_company() {
        let trades = |alike: bool| move |at: usize| Some((if alike { at / 2 } else { at }) % 4);
        let owner: Vec<Option<OwnerIdx>> = (0..400).map(|at| Some(OwnerIdx(at / 2))).collect();
        let alike = owners_keep_to(&owner, trades(true));
        let unlike = owners_keep_to(&owner, trades(false));
        assert!(alike > 0.9 && unlike < 0.1, "{alike} {unlike}");
        let unknown = owners_keep_to(&[None; 400], trades(true));
        assert!(unlike < unknown && unknown < alike);
    }

    #[test]
    fn where_many_accounts_are_usual_their_number_says_nothing() {
        assert!((telling(1.2) - 1.0).abs() < 1e-12 && (telling(2.0) - 1.0).abs() < 1e-12);
        assert!((telling(2.5) - 0.5).abs() < 1e-12);
        assert!(telling(3.0).abs() < 1e-12 && telling(9.0).abs() < 1e-12);
    }
}
