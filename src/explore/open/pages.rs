//! Long lists of an open run, a piece at a time.

use std::ops::Range;

use serde::Serialize;

use crate::explore::case::{member, shared};
use crate::explore::error::ExploreError;
use crate::explore::lookup::successors;
use crate::explore::open::OpenRun;
use crate::explore::words;
use crate::explore::{CaseEvidence, CaseMember};
use crate::run::LineageEvent;

/// A living cluster that members of a retired one went to.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Became {
    /// The living cluster.
    pub cluster_id: String,
    /// What happened, when it happened since the previous run; null when it is longer ago.
    #[serde(serialize_with = "words::event_or_null")]
    pub event: Option<LineageEvent>,
    /// Jaccard overlap of the two, when it happened since the previous run.
    pub overlap: Option<f64>,
}

/// What the ledger says of a cluster id.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IssuedId {
    /// Whether it lives no more.
    pub retired: bool,
    /// As-of date of the run that issued it; empty when the run has no ledger.
    pub born: String,
    /// As-of date of the last run that held it; empty when the run has no ledger.
    pub last: String,
}

impl OpenRun {
    /// What the ledger says of a cluster id; none for one that no run of this chain issued.
    ///
    /// # Errors
    /// When the run's files changed.
    pub fn issued(&self, cluster_id: &str) -> Result<Option<IssuedId>, ExploreError> {
        let row = self.history.id(cluster_id)?;
        let listed = row.map(|row| IssuedId {
            retired: !row.successors.is_empty(),
            born: row.born.into_owned(),
            last: row.last.into_owned(),
        });
        // A run without a ledger has its living ids all the same.
        let living = || self.clusters.find(cluster_id).map(|_| IssuedId::default());
        Ok(listed.or_else(living))
    }

    /// Some members of a living cluster, core first, and how many there are.
    ///
    /// # Errors
    /// As [`OpenRun::cluster_graph`].
    pub fn members_page(
        &self,
        cluster_id: &str,
        start: usize,
        limit: usize,
    ) -> Result<(Vec<CaseMember>, usize), ExploreError> {
        let all = self.members.of_cluster(self.living(cluster_id)?);
        let rows = self.members.rows(piece(&all, start, limit))?;
        Ok((rows.iter().map(member).collect(), all.len()))
    }

    /// Some of the evidence of a living cluster, strongest first, and how much there is.
    ///
    /// # Errors
    /// As [`OpenRun::cluster_graph`].
    pub fn evidence_page(
        &self,
        cluster_id: &str,
        start: usize,
        limit: usize,
    ) -> Result<(Vec<CaseEvidence>, usize), ExploreError> {
        let evidence = &self.details()?.evidence.by_cluster;
        let all = evidence.range(self.living(cluster_id)?);
        let rows = evidence.rows(piece(&all, start, limit))?;
        Ok((rows.iter().map(shared).collect(), all.len()))
    }

    /// The living clusters that the members of a retired one went to, in the order of `ids.csv`; none when
    /// they were in none in the run in which it ended.
    ///
    /// # Errors
    /// When the run's files changed.
    pub fn became(&self, retired_id: &str) -> Result<Vec<Became>, ExploreError> {
        let Some(row) = self.history.id(retired_id)? else {
            return Ok(Vec::new());
        };
        let steps = self.history.lineage_from(retired_id)?;
        let became = successors(&row).into_iter().map(|cluster_id| {
            let step = steps.iter().find(|step| step.cluster_id == cluster_id);
            Became {
                event: step.map(|step| step.event),
                overlap: step.map(|step| step.overlap),
                cluster_id,
            }
        });
        Ok(became.collect())
    }

    fn living(&self, cluster_id: &str) -> Result<usize, ExploreError> {
        if let Some(position) = self.clusters.find(cluster_id) {
            return Ok(position);
        }
        let unknown = || ExploreError::UnknownCluster {
            cluster_id: cluster_id.into(),
            run_id: self.run_id().into(),
            nearest: Vec::new(),
            is_merchant: self.members.find(cluster_id).is_some(),
        };
        let row = self.history.id(cluster_id)?.ok_or_else(unknown)?;
        Err(ExploreError::ClusterEnded {
            cluster_id: cluster_id.into(),
            last: row.last.clone().into_owned(),
            successors: successors(&row),
        })
    }
}

fn piece(all: &Range<usize>, start: usize, limit: usize) -> Range<usize> {
    let start = all.end.min(all.start.saturating_add(start));
    start..all.end.min(start.saturating_add(limit))
}
