//! Plain baselines on the same links: what one would write in an afternoon, and no part of the product.
//!
//! They start from normalized values (which flatters them), and see devices, accounts, units, further
//! link types and direct ties; buildings are left out, for they hurt them.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

use anyhow::Result;
use petgraph::unionfind::UnionFind;
use ringfence::detect::detect;
use ringfence::graph::Network;
use ringfence::model::Bits;
use ringfence::resolve::Links;
use ringfence::strategy::{BUILDING, Objective, Resolution, Strategy};

use crate::peeling;

/// Values with more merchants are ignored, as everybody's first remedy against hubs is.
pub(crate) const DEGREE_CAP: usize = 50;
/// The resolution of CPM for pairs weighted 1/d^2.
const CPM_RESOLUTION: f64 = 0.01;
/// Weights are kept in 1/1024; 1/d^2 needs finer ones, and a common factor changes nothing.
const SCALE: f64 = 256.0;

/// The names of the baselines, in the order of [`all`].
pub(crate) const NAMES: [&str; 4] = ["components", "Leiden, modularity", "Leiden, CPM", "peeling"];

/// What they are, for the page.
pub(crate) const ABOUT: &str = "\
*Components*: connected components over values that at most 50 merchants use, the largest first. \
*Leiden, modularity*: pairs weighted 1/d by values that d ≤ 50 merchants share, the largest weight inside first. \
*Leiden, CPM*: pairs weighted 1/d², resolution 0.01, the densest first. \
*Peeling*: FRAUDAR-like, the merchants and values with the densest links (value weight 1/ln(d + 5)), \
taken out block by block. All four start from ringfence's normalized values, which flatters them.";

/// A group with its score; members are merchant positions.
#[derive(Clone, Debug)]
pub(crate) struct Group {
    pub(crate) members: Vec<u32>,
    pub(crate) score: f64,
}

/// All baselines.
pub(crate) fn all(links: &Links) -> [Vec<Group>; 4] {
    let values = shared_values(links);
    [
        components(links.merchants.len(), &values),
        modularity(links.merchants.len(), &values),
        cpm(links.merchants.len(), &values),
        peeling::blocks(links.merchants.len(), &values),
    ]
}

/// The merchants of each value that 2 to [`DEGREE_CAP`] share; a direct tie is a value of two.
fn shared_values(links: &Links) -> Vec<Vec<u32>> {
    let mut users: BTreeMap<usize, Vec<u32>> = BTreeMap::new();
    for link in &links.links {
        let entity = link.entity.index();
        if links.entities.entity_type[entity] != BUILDING && !links.entities.allowed[entity] {
            users.entry(entity).or_default().push(link.merchant.0);
        }
    }
    let ties = links.relations.iter().map(|tie| vec![tie.a.0, tie.b.0]);
    users
        .into_values()
        .chain(ties)
        .filter(|users| (2..=DEGREE_CAP).contains(&users.len()))
        .collect()
}

fn components(n_merchants: usize, values: &[Vec<u32>]) -> Vec<Group> {
    let mut sets = UnionFind::<u32>::new(n_merchants);
    for users in values {
        for user in users {
            sets.union(users[0], *user);
        }
    }
    let mut groups: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for (merchant, set) in (0..).zip(sets.into_labeling()) {
        groups.entry(set).or_default().push(merchant);
    }
    best_first(groups.into_values().map(|members| {
        let score = real(members.len());
        Group { members, score }
    }))
}

fn modularity(n_merchants: usize, values: &[Vec<u32>]) -> Vec<Group> {
    let network = project(n_merchants, values, |d| 1.0 / d);
    let groups = leiden(&network, Objective::Modularity, 1.0);
    best_first(groups.into_iter().map(|(members, weight)| Group {
        members,
        score: weight,
    }))
}

fn cpm(n_merchants: usize, values: &[Vec<u32>]) -> Vec<Group> {
    let network = project(n_merchants, values, |d| 1.0 / (d * d));
    let groups = leiden(&network, Objective::Cpm, CPM_RESOLUTION * SCALE);
    best_first(groups.into_iter().map(|(members, weight)| {
        let n = real(members.len());
        Group {
            score: weight / (n * (n - 1.0) / 2.0).max(1.0),
            members,
        }
    }))
}

/// One edge for each pair that shares anything, weights added up.
fn project(n_merchants: usize, values: &[Vec<u32>], weight: impl Fn(f64) -> f64) -> Network {
    let mut edges: BTreeMap<(u32, u32), f64> = BTreeMap::new();
    for users in values {
        let weight = weight(real(users.len())) * SCALE;
        for (at, a) in users.iter().enumerate() {
            for b in &users[at + 1..] {
                *edges.entry((*a.min(b), *a.max(b))).or_default() += weight;
            }
        }
    }
    let edges: Vec<(u32, u32, Bits)> = edges
        .into_iter()
        .filter(|((a, b), _)| a != b)
        .map(|((a, b), weight)| (a, b, Bits::from_f64(weight)))
        .collect();
    Network::from_edges(n_merchants, &edges)
}

/// Communities with the weight inside each.
fn leiden(network: &Network, objective: Objective, resolution: f64) -> Vec<(Vec<u32>, f64)> {
    let mut config = Strategy::default().detect;
    config.objective = objective;
    config.resolution = Resolution::Pinned(resolution);
    let found = detect(network, &config, None);
    let mut groups: BTreeMap<u32, (Vec<u32>, f64)> = BTreeMap::new();
    for (node, community) in (0..).zip(found.partition.communities()) {
        let group = groups.entry(*community).or_default();
        group.0.push(node);
        for (other, units) in network.neighbors(node as usize) {
            if other > node && found.partition.communities()[other as usize] == *community {
                group.1 += f64::from(units);
            }
        }
    }
    groups.into_values().collect()
}

/// Groups of two and more by falling score, then smallest member.
fn best_first(groups: impl Iterator<Item = Group>) -> Vec<Group> {
    let mut groups: Vec<Group> = groups.filter(|group| group.members.len() > 1).collect();
    groups.sort_by(|a, b| {
        let by_score = b.score.total_cmp(&a.score);
        by_score.then_with(|| a.members[0].cmp(&b.members[0]))
    });
    groups
}

fn real(count: usize) -> f64 {
    f64::from(u32::try_from(count).expect("fewer merchants than 2^32"))
}

/// Writes groups as the two tables that `evaluate` reads. Scores are no probabilities, only an order;
/// the best half of nothing is enforced, so the actions mean nothing either.
pub(crate) fn write(groups: &[Group], links: &Links, out: &Path) -> Result<()> {
    let best = groups.first().map_or(1.0, |group| group.score);
    let mut clusters = String::from("rank,cluster_id,score,action\n");
    let mut members = String::from("cluster_id,merchant_id,membership,action\n");
    for (rank, group) in (1..).zip(groups) {
        let score = group.score / best;
        writeln!(clusters, "{rank},b{rank},{score:.12},monitor")?;
        for member in &group.members {
            let id = links.merchants.id.get(*member as usize);
            writeln!(members, "b{rank},{id},1,monitor")?;
        }
    }
    std::fs::create_dir_all(out)?;
    std::fs::write(out.join("clusters.csv"), clusters)?;
    std::fs::write(out.join("members.csv"), members)?;
    Ok(())
}
