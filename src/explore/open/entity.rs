//! Who uses this entity?

use serde::Serialize;

use crate::explore::ClusterLine;
use crate::explore::error::ExploreError;
use crate::explore::open::OpenRun;
use crate::explore::words;
use crate::model::Timestamp;

/// Clusters told of an entity.
const MAX_CLUSTERS: usize = 50;

/// An entity with those who use it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct EntityAnswer {
    /// `device`, `payout`, ...
    pub entity_type: String,
    /// The key.
    pub entity: String,
    /// A spelling for people.
    pub shown: String,
    /// `private` or the hub class; empty when the run does not say.
    pub hub_class: String,
    /// Merchants that use it.
    pub merchants: usize,
    /// Clusters in which it is evidence, best first, fifty at most.
    pub clusters: Vec<ClusterLine>,
    /// Those who use it, by merchant.
    pub users: Vec<EntityUser>,
}

/// A merchant that uses an entity.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct EntityUser {
    /// Who.
    pub merchant_id: String,
    /// Its cluster; empty for none.
    pub cluster_id: String,
    /// First use.
    #[serde(serialize_with = "words::time")]
    pub first_seen: Option<Timestamp>,
    /// Last use.
    #[serde(serialize_with = "words::time")]
    pub last_seen: Option<Timestamp>,
    /// Uses counted.
    pub events: u32,
}

impl OpenRun {
    /// An entity with its users; none when no two merchants share it.
    ///
    /// # Errors
    /// When the run's files changed.
    pub fn entity(
        &self,
        entity_type: &str,
        entity: &str,
    ) -> Result<Option<EntityAnswer>, ExploreError> {
        let details = self.details()?;
        let Some(thing) = details.links.entity(entity_type, entity)? else {
            return Ok(None);
        };
        let rows = details.links.rows_of_things([thing])?;
        let evidence = details.evidence.about(entity_type, entity, MAX_CLUSTERS)?;
        let hub = details.hubs.find(entity_type, entity);
        let spelled = evidence.first().map(|row| (&row.shown, &row.hub_class));
        let (shown, hub_class) = spelled
            .or(hub.map(|row| (&row.shown, &row.hub_class)))
            .map_or(("", ""), |(shown, class)| (shown.as_ref(), class.as_ref()));
        let positions = evidence
            .iter()
            .filter_map(|row| self.clusters.find(&row.cluster_id));
        Ok(Some(EntityAnswer {
            entity_type: entity_type.into(),
            entity: entity.into(),
            shown: if shown.is_empty() { entity } else { shown }.into(),
            hub_class: hub_class.into(),
            merchants: rows.len(),
            clusters: self.clusters.lines(positions)?,
            users: rows
                .into_iter()
                .map(|row| EntityUser {
                    merchant_id: row.merchant_id.into_owned(),
                    cluster_id: row.cluster_id.into_owned(),
                    first_seen: row.first_seen,
                    last_seen: row.last_seen,
                    events: row.events,
                })
                .collect(),
        }))
    }
}
