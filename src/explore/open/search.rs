//! Finding something as a person types it.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::explore::error::ExploreError;
use crate::explore::open::OpenRun;

/// What was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum HitKind {
    /// A cluster.
    Cluster,
    /// A clustered merchant.
    Merchant,
    /// An entity that is evidence of a cluster.
    Entity,
}

/// Something found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Hit {
    /// What it is.
    pub kind: HitKind,
    /// Its id or key.
    pub id: String,
    /// The entity's type; empty for others.
    pub entity_type: String,
    /// A name or spelling for people.
    pub label: String,
    /// The cluster it is in; for an entity the best-ranked one.
    pub cluster_id: String,
}

impl OpenRun {
    /// The positions of the clusters in which a text occurs, whatever its case: in their id's
    /// beginning, a member's id or name, a shared entity's key or spelling.
    ///
    /// # Errors
    /// When the run's files can't be read.
    pub fn clusters_holding(&self, text: &str) -> Result<BTreeSet<usize>, ExploreError> {
        let evidence = &self.details()?.evidence;
        let upper = text.to_uppercase();
        let mut found: BTreeSet<usize> = self.clusters.beginning(&upper).collect();
        let members = self.members.parts.holding(text);
        found.extend(
            members
                .iter()
                .map(|&row| self.members.cluster_of(row as usize)),
        );
        let rows = evidence.parts.holding(text);
        let cluster_of = |&row: &u32| evidence.by_cluster.cluster_of(row as usize);
        found.extend(rows.iter().map(cluster_of));
        Ok(found)
    }

    /// The first few things a text may mean: what is called exactly so first, then clusters, merchants
    /// and entities in which it occurs, each by rank.
    ///
    /// # Errors
    /// When the run's files changed.
    pub fn search(&self, text: &str, at_most: usize) -> Result<Vec<Hit>, ExploreError> {
        let text = text.trim();
        let mut hits: Vec<Hit> = Vec::new();
        if text.is_empty() {
            return Ok(hits);
        }
        let exact = self.members.find(text).map(|place| place.row);
        let upper = text.to_uppercase();
        let clusters = self.clusters.beginning(&upper);
        let clusters: BTreeSet<usize> = clusters.collect();
        hits.extend(
            clusters
                .into_iter()
                .take(at_most)
                .map(|at| self.cluster_hit(at)),
        );
        let third = (at_most / 3).max(1);
        hits.truncate(third);
        let members = self.members.parts.holding(text);
        let others = members.iter().map(|&row| row as usize);
        let others = others.filter(|row| Some(*row) != exact);
        for row in exact.into_iter().chain(others).take(at_most - third) {
            hits.push(self.member_hit(row)?);
        }
        self.add_entities(text, at_most, &mut hits)?;
        hits.truncate(at_most);
        Ok(hits)
    }

    fn add_entities(
        &self,
        text: &str,
        at_most: usize,
        hits: &mut Vec<Hit>,
    ) -> Result<(), ExploreError> {
        let evidence = &self.details()?.evidence;
        let mut told: BTreeSet<(String, String)> = BTreeSet::new();
        for row in evidence.parts.holding(text) {
            if hits.len() >= at_most {
                break;
            }
            let row = row as usize;
            for row in evidence.by_cluster.rows(row..row + 1)? {
                let key = (row.entity_type.to_string(), row.entity.to_string());
                if told.insert(key) {
                    hits.push(Hit {
                        kind: HitKind::Entity,
                        id: row.entity.into_owned(),
                        entity_type: row.entity_type.into_owned(),
                        label: row.shown.into_owned(),
                        cluster_id: row.cluster_id.into_owned(),
                    });
                }
            }
        }
        Ok(())
    }

    fn cluster_hit(&self, position: usize) -> Hit {
        let id = self.clusters.id(position).to_owned();
        Hit {
            kind: HitKind::Cluster,
            entity_type: String::new(),
            label: id.clone(),
            cluster_id: id.clone(),
            id,
        }
    }

    fn member_hit(&self, row: usize) -> Result<Hit, ExploreError> {
        let rows = self.members.rows(row..row + 1)?;
        let member = rows.into_iter().next().expect("one row was asked for");
        Ok(Hit {
            kind: HitKind::Merchant,
            id: member.merchant_id.into_owned(),
            entity_type: String::new(),
            label: member.name.into_owned(),
            cluster_id: member.cluster_id.into_owned(),
        })
    }
}
