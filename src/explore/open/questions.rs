//! The questions of the terminal, asked of an open run: each gets a [`Snapshot`] with the rows that
//! matter and is answered by the same function.

use std::collections::BTreeSet;

use crate::explore::open::OpenRun;
use crate::explore::usage::RELATION;
use crate::explore::{
    CaseAnswer, ClusterGraph, ExploreError, MerchantAnswer, Neighbors, PathAnswer, RunFacts,
    Snapshot, case, cluster_graph, merchant, neighbors, path,
};
use crate::run::{ClusterRow, EvidenceRow, HubRow, LinkRow, MemberRow};

impl OpenRun {
    /// The case of a cluster, or what became of it; see [`case`].
    ///
    /// # Errors
    /// [`ExploreError::UnknownCluster`], or when the run's files changed.
    pub fn case(&self, cluster_id: &str) -> Result<CaseAnswer, ExploreError> {
        let snapshot = match self.clusters.find(cluster_id) {
            Some(position) => self.about_cluster(position, true)?,
            None => self.about_retired(cluster_id)?,
        };
        case(&snapshot, cluster_id)
    }

    /// What a run knows about a merchant; see [`merchant`].
    ///
    /// # Errors
    /// [`ExploreError::UnknownMerchant`], or when the run's files changed.
    pub fn merchant(&self, merchant_id: &str) -> Result<MerchantAnswer, ExploreError> {
        merchant(&self.about_merchant(merchant_id)?, merchant_id)
    }

    /// The merchants closest to one; see [`neighbors`].
    ///
    /// # Errors
    /// As [`Self::merchant`].
    pub fn neighbors(&self, merchant_id: &str, n: usize) -> Result<Neighbors, ExploreError> {
        neighbors(&self.about_merchant(merchant_id)?, merchant_id, n)
    }

    /// The graph of a living cluster; see [`cluster_graph`].
    ///
    /// # Errors
    /// [`ExploreError::UnknownCluster`], [`ExploreError::ClusterEnded`], or when the run's files
    /// changed.
    pub fn cluster_graph(&self, cluster_id: &str) -> Result<ClusterGraph, ExploreError> {
        cluster_graph(&self.cluster_snapshot(cluster_id)?, cluster_id)
    }

    /// The rows of a living cluster: itself, its members, their evidence and their own links.
    ///
    /// # Errors
    /// As [`Self::cluster_graph`].
    pub fn cluster_snapshot(&self, cluster_id: &str) -> Result<Snapshot, ExploreError> {
        match self.clusters.find(cluster_id) {
            Some(position) => self.about_cluster(position, false),
            None => self.about_retired(cluster_id),
        }
    }

    /// How two merchants hang together; see [`path`].
    ///
    /// # Errors
    /// As [`Self::merchant`].
    pub fn path(&self, from: &str, to: &str) -> Result<PathAnswer, ExploreError> {
        let links = &self.details()?.links;
        let numbers = (links.merchant(from), links.merchant(to));
        let route = match numbers {
            (Some(start), Some(goal)) => links.route(start, goal),
            _ => None,
        };
        let (rows, gave_up) = match &route {
            Some(route) if route.found => {
                (links.rows_of_things(route.things.iter().copied())?, false)
            }
            // Their own rows tell that both are known, and lead nowhere.
            other => {
                let gave_up = other.is_some();
                let known = [numbers.0, numbers.1];
                (links.own_rows(known.into_iter().flatten())?, gave_up)
            }
        };
        let mut answer = path(&self.around(rows)?, from, to)?;
        answer.gave_up = gave_up && !answer.connected && route.is_some_and(|route| route.gave_up);
        Ok(answer)
    }

    /// With `around`, everybody's links to what the members use, else the members' own.
    fn about_cluster(&self, position: usize, around: bool) -> Result<Snapshot, ExploreError> {
        let details = self.details()?;
        let rows = self.members.of_cluster(position);
        let numbers = rows
            .clone()
            .filter_map(|row| details.links.merchant(self.members.merchant_id(row)));
        let links = if around {
            details.links.rows_around(numbers)?
        } else {
            details.links.own_rows(numbers)?
        };
        let reasons = details.reasons.rows(details.reasons.range(position))?;
        let evidence = &details.evidence.by_cluster;
        Ok(Snapshot {
            clusters: self.clusters_of(&links, [position])?,
            members: self.members.rows(rows)?,
            evidence: evidence.rows(evidence.range(position))?,
            lineage: self.history.lineage_of(self.clusters.id(position))?,
            reasons,
            links,
            ..self.empty_snapshot()
        })
    }

    fn about_retired(&self, cluster_id: &str) -> Result<Snapshot, ExploreError> {
        let ids: Vec<_> = self.history.id(cluster_id)?.into_iter().collect();
        let living = ids.iter().flat_map(crate::explore::lookup::successors);
        let positions: BTreeSet<usize> = living.filter_map(|id| self.clusters.find(&id)).collect();
        let place = self.members.find(cluster_id);
        Ok(Snapshot {
            clusters: self.clusters.rows(positions)?,
            // So that the answer can say that the id is a merchant's.
            members: self.member_rows(place.map(|place| place.row))?,
            ids,
            ..self.empty_snapshot()
        })
    }

    fn about_merchant(&self, merchant_id: &str) -> Result<Snapshot, ExploreError> {
        let links = &self.details()?.links;
        let rows = links.rows_around(links.merchant(merchant_id))?;
        let place = self.members.find(merchant_id);
        let mut snapshot = self.around(rows)?;
        snapshot.members = self.member_rows(place.map(|place| place.row))?;
        if let Some(place) = place {
            snapshot.clusters = self.clusters_of(&snapshot.links, [place.cluster])?;
        }
        Ok(snapshot)
    }

    /// Links with how their entities are spelled, and the clusters they name.
    fn around(&self, links: Vec<LinkRow<'static>>) -> Result<Snapshot, ExploreError> {
        let (evidence, hubs) = self.spellings(&links)?;
        Ok(Snapshot {
            clusters: self.clusters_of(&links, [])?,
            evidence,
            hubs,
            links,
            ..self.empty_snapshot()
        })
    }

    fn spellings(&self, links: &[LinkRow<'_>]) -> Result<Spellings, ExploreError> {
        let details = self.details()?;
        let entities: BTreeSet<(&str, &str)> = links
            .iter()
            .filter(|row| row.entity_type != RELATION)
            .map(|row| (row.entity_type.as_ref(), row.entity.as_ref()))
            .collect();
        let (mut evidence, mut hubs) = (Vec::new(), Vec::new());
        for (entity_type, entity) in entities {
            let found = details.evidence.about(entity_type, entity, 1)?;
            if found.is_empty() {
                hubs.extend(details.hubs.find(entity_type, entity).cloned());
            }
            evidence.extend(found);
        }
        Ok((evidence, hubs))
    }

    /// The rows of the clusters that links name, and of some more, best first.
    fn clusters_of(
        &self,
        links: &[LinkRow<'_>],
        more: impl IntoIterator<Item = usize>,
    ) -> Result<Vec<ClusterRow<'static>>, ExploreError> {
        let named: BTreeSet<&str> = links.iter().map(|row| row.cluster_id.as_ref()).collect();
        let mut positions: BTreeSet<usize> = more.into_iter().collect();
        positions.extend(named.into_iter().filter_map(|id| self.clusters.find(id)));
        self.clusters.rows(positions)
    }

    fn member_rows(&self, row: Option<usize>) -> Result<Vec<MemberRow<'static>>, ExploreError> {
        row.map_or(Ok(Vec::new()), |row| self.members.rows(row..row + 1))
    }

    pub(super) fn empty_snapshot(&self) -> Snapshot {
        let manifest = self.manifest();
        Snapshot {
            facts: RunFacts {
                run_id: manifest.run_id.clone(),
                as_of: Some(manifest.as_of),
                previous_run_id: manifest.previous_run_id.clone().unwrap_or_default(),
                n_clusters: Some(self.clusters.len()),
                yardsticks: manifest.yardsticks,
            },
            ..Snapshot::default()
        }
    }
}

type Spellings = (Vec<EvidenceRow<'static>>, Vec<HubRow<'static>>);
