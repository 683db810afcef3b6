//! A run and a truth brought together, merchant by merchant.

use std::collections::{BTreeMap, BTreeSet};

use super::calibration::Forecast;
use super::outcome::{Action, Outcome};
use super::truth::{Known, Truth};
use super::{Unlisted, real};

/// Everything a measure looks at.
#[derive(Clone, Debug, Default)]
pub(super) struct Case {
    /// Merchants with a known truth, sorted by falling score, then id.
    pub(super) merchants: Vec<Merchant>,
    /// Clusters with a known member, best first.
    pub(super) clusters: Vec<Cluster>,
    /// True rings, sorted by id.
    pub(super) rings: Vec<Ring>,
    /// How many bootstrap units [`Merchant::unit`] counts.
    pub(super) units: usize,
}

#[derive(Clone, Debug)]
pub(super) struct Merchant {
    pub(super) id: String,
    pub(super) fraud: bool,
    /// Cluster score times membership; `None` when not clustered.
    pub(super) score: Option<f64>,
    /// Share of fraud in its cluster: the score that a ranker who knows the truth would give.
    pub(super) purity: Option<f64>,
    pub(super) action: Option<Action>,
    /// Its ring, its cluster, or itself: what is resampled as one.
    pub(super) unit: usize,
    pub(super) benign_group: String,
    pub(super) benign_kind: String,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Cluster {
    pub(super) score: f64,
    /// Whether somebody has to look at it: `review` or `enforce`.
    pub(super) queued: bool,
    pub(super) members: usize,
    pub(super) fraud: usize,
    /// Members by honest group.
    pub(super) groups: BTreeMap<String, usize>,
}

impl Cluster {
    /// Whether at least half its members are fraudulent.
    pub(super) fn right(&self) -> bool {
        self.fraud * 2 >= self.members
    }
}

#[derive(Clone, Debug)]
pub(super) struct Ring {
    pub(super) typology: String,
    /// The largest Jaccard index with any cluster.
    pub(super) overlap: f64,
    /// Whether a cluster holds at least half of it and is at least half this ring.
    pub(super) found: bool,
}

impl Case {
    pub(super) fn new(outcome: &Outcome, truth: &Truth, unlisted: Unlisted) -> Self {
        let honest = Known::default();
        let mut clustered = BTreeSet::new();
        let mut joined = Vec::new();
        for member in &outcome.members {
            clustered.insert(member.merchant.as_str());
            let known = truth.get(&member.merchant);
            let known = known.or((unlisted == Unlisted::Honest).then_some(&honest));
            if let Some(known) = known {
                joined.push((member.merchant.as_str(), known, Some(member)));
            }
        }
        for (id, known) in truth {
            if !clustered.contains(id.as_str()) {
                joined.push((id, known, None));
            }
        }
        let mut clusters: Vec<Cluster> = outcome
            .clusters
            .iter()
            .map(|c| Cluster {
                score: c.score,
                queued: c.action >= Action::Review,
                ..Cluster::default()
            })
            .collect();
        let mut units = Units::default();
        let mut overlaps = Overlaps::default();
        let mut merchants: Vec<Merchant> = Vec::with_capacity(joined.len());
        let mut cluster_of = Vec::with_capacity(joined.len());
        for (id, known, member) in joined {
            let cluster = member.map(|m| m.cluster);
            if let Some(cluster) = cluster {
                let cluster = &mut clusters[cluster];
                cluster.members += 1;
                cluster.fraud += usize::from(known.fraud);
                if !known.benign_group.is_empty() {
                    *cluster
                        .groups
                        .entry(known.benign_group.clone())
                        .or_default() += 1;
                }
            }
            overlaps.add(known, cluster);
            cluster_of.push(cluster);
            merchants.push(Merchant {
                id: id.to_owned(),
                fraud: known.fraud,
                score: member.map(|m| outcome.clusters[m.cluster].score * m.membership),
                purity: None,
                action: member.map(|m| m.action),
                unit: units.of(&known.ring, cluster),
                benign_group: known.benign_group.clone(),
                benign_kind: known.benign_kind.clone(),
            });
        }
        for (merchant, cluster) in merchants.iter_mut().zip(cluster_of) {
            merchant.purity = cluster.map(|c| real(clusters[c].fraud) / real(clusters[c].members));
        }
        let rings = overlaps.rings(&clusters);
        clusters.retain(|cluster| cluster.members > 0);
        merchants.sort_by(|a, b| falling(a.score, b.score).then_with(|| a.id.cmp(&b.id)));
        Self {
            merchants,
            clusters,
            rings,
            units: units.count,
        }
    }

    /// (score, fraud) down the ranking; a lower score than any stands for unclustered.
    pub(super) fn ranking(&self) -> Vec<(f64, bool)> {
        self.merchants
            .iter()
            .map(|m| (m.score.unwrap_or(-1.0), m.fraud))
            .collect()
    }

    /// Positions of the merchants in the order of a ranker who knows the share of fraud in each cluster.
    pub(super) fn ceiling(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.merchants.len()).collect();
        order.sort_by(|a, b| falling(self.merchants[*a].purity, self.merchants[*b].purity));
        order
    }

    /// The probability of every clustered merchant.
    pub(super) fn merchant_forecasts(&self) -> Vec<Forecast> {
        let forecast = |m: &Merchant| {
            Some(Forecast {
                probability: m.score?,
                came_true: m.fraud,
                unit: m.unit,
            })
        };
        self.merchants.iter().filter_map(forecast).collect()
    }

    /// The probability of every cluster.
    pub(super) fn cluster_forecasts(&self) -> Vec<Forecast> {
        let forecast = |(unit, c): (usize, &Cluster)| Forecast {
            probability: c.score,
            came_true: c.right(),
            unit,
        };
        self.clusters.iter().enumerate().map(forecast).collect()
    }
}

fn falling(a: Option<f64>, b: Option<f64>) -> std::cmp::Ordering {
    b.unwrap_or(-1.0).total_cmp(&a.unwrap_or(-1.0))
}

/// Numbers for what is resampled as one.
#[derive(Default)]
struct Units {
    rings: BTreeMap<String, usize>,
    clusters: BTreeMap<usize, usize>,
    count: usize,
}

impl Units {
    fn of(&mut self, ring: &str, cluster: Option<usize>) -> usize {
        let next = self.count;
        let unit = if !ring.is_empty() {
            *self.rings.entry(ring.to_owned()).or_insert(next)
        } else if let Some(cluster) = cluster {
            *self.clusters.entry(cluster).or_insert(next)
        } else {
            next
        };
        self.count += usize::from(unit == next);
        unit
    }
}

/// Ring sizes, and how many members they have in which cluster.
#[derive(Default)]
struct Overlaps<'a> {
    rings: BTreeMap<&'a str, (usize, &'a str, BTreeMap<usize, usize>)>,
}

impl<'a> Overlaps<'a> {
    fn add(&mut self, known: &'a Known, cluster: Option<usize>) {
        if known.ring.is_empty() {
            return;
        }
        let empty = || (0, known.typology.as_str(), BTreeMap::new());
        let ring = self.rings.entry(&known.ring).or_insert_with(empty);
        ring.0 += 1;
        if let Some(cluster) = cluster {
            *ring.2.entry(cluster).or_default() += 1;
        }
    }

    fn rings(&self, clusters: &[Cluster]) -> Vec<Ring> {
        self.rings
            .values()
            .map(|(size, typology, both)| {
                let overlap = |(cluster, both): (&usize, &usize)| {
                    real(*both) / real(size + clusters[*cluster].members - both)
                };
                let mutual = |(cluster, both): (&usize, &usize)| {
                    both * 2 >= *size && both * 2 >= clusters[*cluster].members
                };
                Ring {
                    typology: (*typology).to_owned(),
                    overlap: both.iter().map(overlap).fold(0.0, f64::max),
                    found: both.iter().any(mutual),
                }
            })
            .collect()
    }
}
