//! One city's food businesses: nobody is known to be a fraud, so nobody may be named.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::Result;
use ringfence::resolve::normalize::{Place, normalize_address};
use ringfence::run::Action;
use ringfence::strategy::Strategy;

use crate::clusters::{Cluster, read_clusters};
use crate::document::{Table, number};
use crate::engine::run_once;
use crate::truth::read_columns;

/// How many clusters an investigator would see first.
const FIRST: usize = 50;
/// How many chains and buildings count as the largest.
const LARGEST: usize = 25;

/// Measures with the defaults and with the risk signals that the city has.
pub(crate) fn section(realdata: &Path, work: &Path) -> Result<String> {
    let source = realdata.join("chicago-food");
    let city = City::read(&source)?;
    let signals =
        Strategy::parse("[input]\nrisk_signals = [\"inspection_fail_rate\", \"critical_rate\"]\n")?;
    let mut table = Table::new(&["measure", "defaults", "with the city's risk signals"]);
    let mut columns = Vec::new();
    for strategy in [Strategy::default(), signals] {
        let run = run_once(&source, &strategy, work)?;
        columns.push(city.measure(&read_clusters(&run.path)?));
    }
    let [defaults, signals] = [&columns[0], &columns[1]];
    for ((name, a), (_, b)) in defaults.iter().zip(signals) {
        table.row(&[(*name).to_owned(), a.clone(), b.clone()]);
    }
    Ok(format!("{ABOUT}\n\n{}", table.finish()))
}

const ABOUT: &str = "\
11,406 food merchants: licence, owner's account, address, inspection results; no times, no devices, no fraud label. 686 owners have \
several shops. Nothing here may rank high without being configured. A *reincarnation candidate* is an address where a \
revoked or cancelled owner meets another, active one: worth a person's look, no more. A cluster *is* a chain or a building \
when at least half of its members belong to it, and holds a candidate when one member of each kind is in it.";

/// What is known of the city.
struct City {
    /// The owner's account of each merchant.
    owner: BTreeMap<String, String>,
    /// The owners of several shops.
    chains: BTreeSet<String>,
    largest_chains: BTreeSet<String>,
    building: BTreeMap<String, String>,
    largest_buildings: BTreeSet<String>,
    /// Merchants at one address: gone, and active with another owner.
    candidates: Vec<Vec<(String, String)>>,
}

impl City {
    fn read(source: &Path) -> Result<Self> {
        let owner: BTreeMap<String, String> =
            read_columns(&source.join("payouts.csv"), ["merchant_id", "account"])?
                .into_iter()
                .map(|[merchant, account]| (merchant, account))
                .collect();
        let benign = read_columns(
            &source.join("benign_groups.csv"),
            ["merchant_id", "benign_group"],
        )?;
        let chains: Vec<String> = benign.into_iter().map(|[_, group]| group).collect();
        let columns = ["merchant_id", "address", "city", "postal_code", "country"];
        let addresses = read_columns(&source.join("addresses.csv"), columns)?;
        let mut building = BTreeMap::new();
        let mut at_address: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for [merchant, address, city, postal_code, country] in addresses {
            let place = Place {
                city: &city,
                postal_code: &postal_code,
                country: &country,
                point: None,
            };
            if let Some(key) = normalize_address(&address, &place).building {
                building.insert(merchant.clone(), key);
            }
            at_address.entry(address).or_default().push(merchant);
        }
        let status = read_columns(&source.join("merchants.csv"), ["merchant_id", "status"])?;
        let status: BTreeMap<String, String> = status.into_iter().map(|[m, s]| (m, s)).collect();
        Ok(Self {
            largest_chains: largest(&chains),
            chains: chains.into_iter().collect(),
            largest_buildings: shared_most(&building, &owner),
            candidates: candidates(&at_address, &status, &owner),
            owner,
            building,
        })
    }

    fn measure(&self, clusters: &[Cluster]) -> Vec<(&'static str, String)> {
        let first = &clusters[..FIRST.min(clusters.len())];
        let ranks = |of: &[(String, String)]| {
            let pair = |cluster: &&Cluster| {
                let holds = |id: &str| cluster.count(|member| member == id) > 0;
                of.iter().any(|(gone, new)| holds(gone) && holds(new))
            };
            clusters.iter().find(pair).map(|cluster| cluster.rank)
        };
        let candidates: Vec<u32> = self.candidates.iter().filter_map(|c| ranks(c)).collect();
        let plain: Vec<u32> = clusters
            .iter()
            .filter(|cluster| self.one_chain(cluster))
            .map(|cluster| cluster.rank)
            .collect();
        let members = |action: Action| {
            let all = clusters.iter().flat_map(|cluster| &cluster.members);
            all.filter(|(id, of)| *of == action && self.in_chain(id))
                .count()
        };
        let in_first = |owners: &BTreeSet<String>, of: &BTreeMap<String, String>| {
            first.iter().filter(|c| is_one_of(c, owners, of)).count()
        };
        vec![
            ("clusters", clusters.len().to_string()),
            ("merchants in enforce", in_action(clusters, Action::Enforce)),
            ("merchants in review", in_action(clusters, Action::Review)),
            (
                "of several shops' owners: merchants in enforce",
                members(Action::Enforce).to_string(),
            ),
            (
                "of several shops' owners: merchants in review",
                members(Action::Review).to_string(),
            ),
            (
                "25 largest chains: among the first 50 clusters",
                in_first(&self.largest_chains, &self.owner).to_string(),
            ),
            (
                "25 largest shared buildings: among the first 50 clusters",
                in_first(&self.largest_buildings, &self.building).to_string(),
            ),
            (
                "reincarnation candidates (addresses)",
                self.candidates.len().to_string(),
            ),
            (
                "candidates that are in one cluster",
                candidates.len().to_string(),
            ),
            ("median rank of a candidate", median(&candidates)),
            (
                "candidates in the first 50 clusters",
                candidates
                    .iter()
                    .filter(|rank| **rank <= 50)
                    .count()
                    .to_string(),
            ),
            (
                "clusters that are one owner's shops",
                plain.len().to_string(),
            ),
            ("median rank of such a cluster", median(&plain)),
            (
                "chance that a candidate ranks above such a cluster",
                number(above(&candidates, &plain)),
            ),
        ]
    }

    fn in_chain(&self, merchant: &str) -> bool {
        let owner = self.owner.get(merchant);
        owner.is_some_and(|owner| self.chains.contains(owner))
    }

    /// Whether at least half of the members are one owner's of several shops.
    fn one_chain(&self, cluster: &Cluster) -> bool {
        is_one_of(cluster, &self.chains, &self.owner)
    }
}

/// Whether at least half of the members are of one of those groups.
fn is_one_of(cluster: &Cluster, groups: &BTreeSet<String>, of: &BTreeMap<String, String>) -> bool {
    let mine: BTreeSet<&String> = cluster
        .members
        .iter()
        .filter_map(|(id, _)| of.get(id))
        .collect();
    let mut mine = mine.into_iter().filter(|group| groups.contains(*group));
    mine.any(|group| cluster.mostly(|id| of.get(id) == Some(group)))
}

fn in_action(clusters: &[Cluster], action: Action) -> String {
    let members = clusters.iter().flat_map(|cluster| &cluster.members);
    members.filter(|(_, of)| *of == action).count().to_string()
}

/// The groups with most merchants.
fn largest(groups: &[String]) -> BTreeSet<String> {
    let mut counts: BTreeMap<&String, usize> = BTreeMap::new();
    for group in groups {
        *counts.entry(group).or_default() += 1;
    }
    let mut order: Vec<_> = counts.into_iter().collect();
    order.sort_by_key(|(group, count)| (std::cmp::Reverse(*count), *group));
    order
        .into_iter()
        .take(LARGEST)
        .map(|(group, _)| group.clone())
        .collect()
}

/// The buildings with most owners.
fn shared_most(
    building: &BTreeMap<String, String>,
    owner: &BTreeMap<String, String>,
) -> BTreeSet<String> {
    let pairs: BTreeSet<(&String, &String)> = building
        .iter()
        .filter_map(|(merchant, building)| Some((building, owner.get(merchant)?)))
        .collect();
    let buildings: Vec<String> = pairs.into_iter().map(|(b, _)| b.clone()).collect();
    largest(&buildings)
}

/// Addresses where a merchant that is gone meets an active one of another owner.
fn candidates(
    at_address: &BTreeMap<String, Vec<String>>,
    status: &BTreeMap<String, String>,
    owner: &BTreeMap<String, String>,
) -> Vec<Vec<(String, String)>> {
    let is = |merchant: &String, words: &[&str]| {
        status
            .get(merchant)
            .is_some_and(|status| words.contains(&status.as_str()))
    };
    let pairs = at_address.values().map(|merchants| {
        let mut pairs = Vec::new();
        for gone in merchants.iter().filter(|m| is(m, &["suspended", "closed"])) {
            for new in merchants.iter().filter(|m| is(m, &["active"])) {
                if owner.get(gone) != owner.get(new) {
                    pairs.push((gone.clone(), new.clone()));
                }
            }
        }
        pairs
    });
    pairs.filter(|pairs| !pairs.is_empty()).collect()
}

fn median(ranks: &[u32]) -> String {
    let mut ranks = ranks.to_vec();
    ranks.sort_unstable();
    ranks
        .get(ranks.len() / 2)
        .map_or_else(|| "-".to_owned(), u32::to_string)
}

/// The chance that one of the first ranks better than one of the second, ties half.
fn above(first: &[u32], second: &[u32]) -> Option<f64> {
    let mut wins = 0.0;
    let mut pairs = 0.0;
    for a in first {
        for b in second {
            pairs += 1.0;
            wins += match a.cmp(b) {
                std::cmp::Ordering::Less => 1.0,
                std::cmp::Ordering::Equal => 0.5,
                std::cmp::Ordering::Greater => 0.0,
            };
        }
    }
    (pairs > 0.0).then(|| wins / pairs)
}
