//! A run in memory, as far as a question needs it.

use std::sync::OnceLock;

use crate::explore::usage::Usage;
use crate::model::Timestamp;
use crate::run::{
    ClusterRow, EvidenceRow, HubRow, IdRow, LineageRow, LinkRow, MemberRow, ReasonRow, Yardsticks,
};

/// A table of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Table {
    /// `clusters.csv`
    Clusters,
    /// `members.csv`
    Members,
    /// `evidence.csv`
    Evidence,
    /// `lineage.csv`
    Lineage,
    /// `reasons.csv`
    Reasons,
    /// `links.csv`, by far the largest.
    Links,
    /// `hubs.csv`
    Hubs,
    /// `ids.csv`
    Ids,
}

/// What a run says about itself.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RunFacts {
    /// The run's id.
    pub run_id: String,
    /// What the run took for now; none only for a snapshot that no run was read into.
    pub as_of: Option<Timestamp>,
    /// The run before it; empty for none.
    pub previous_run_id: String,
    /// Clusters in the run, where [`Snapshot::clusters`] holds but a part of them.
    pub n_clusters: Option<usize>,
    /// What the run's reasons were measured against.
    pub yardsticks: Yardsticks,
}

/// The tables of one run that a question needs, rows in the order of the files. A table that was not
/// asked for is empty.
#[derive(Clone, Debug, Default)]
#[expect(missing_docs, reason = "one field a table, named like its file")]
pub struct Snapshot {
    pub facts: RunFacts,
    pub clusters: Vec<ClusterRow<'static>>,
    pub members: Vec<MemberRow<'static>>,
    pub evidence: Vec<EvidenceRow<'static>>,
    pub lineage: Vec<LineageRow<'static>>,
    pub reasons: Vec<ReasonRow<'static>>,
    pub links: Vec<LinkRow<'static>>,
    pub hubs: Vec<HubRow<'static>>,
    pub ids: Vec<IdRow<'static>>,
    /// Who uses what, indexed on first use; private so that it always agrees with `links`.
    pub(super) usage: OnceLock<Usage>,
}

impl Snapshot {
    /// Who uses what, indexed once from `links`.
    pub fn usage(&self) -> &Usage {
        self.usage.get_or_init(|| Usage::new(&self.links))
    }

    /// Clusters in the run.
    pub fn clusters_in_run(&self) -> usize {
        self.facts.n_clusters.unwrap_or(self.clusters.len())
    }

    /// The row of a living cluster.
    pub fn cluster(&self, cluster_id: &str) -> Option<&ClusterRow<'static>> {
        self.clusters
            .iter()
            .find(|cluster| cluster.cluster_id == cluster_id)
    }

    /// The members of a cluster, in file order.
    pub fn members_of<'a>(
        &'a self,
        cluster_id: &'a str,
    ) -> impl Iterator<Item = &'a MemberRow<'static>> {
        self.members
            .iter()
            .filter(move |member| member.cluster_id == cluster_id)
    }

    /// The evidence of a cluster, in file order.
    pub fn evidence_of<'a>(
        &'a self,
        cluster_id: &'a str,
    ) -> impl Iterator<Item = &'a EvidenceRow<'static>> {
        self.evidence
            .iter()
            .filter(move |row| row.cluster_id == cluster_id)
    }
}
