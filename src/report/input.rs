//! What the page is made of.

use crate::run::{
    ByChance, ClusterRow, EvidenceRow, Finding, HubRow, LineageRow, LinkRow, ManifestInput,
    MemberRow, ReasonRow, RejectRow,
};

/// Everything the page shows: the run's tables and the facts of its manifest that are no times.
#[derive(Clone, Copy, Debug)]
pub struct ReportInput<'a> {
    /// The run.
    pub run_id: &'a str,
    /// `YYYY-MM-DD`.
    pub as_of: &'a str,
    /// The run this one was compared with.
    pub previous_run_id: Option<&'a str>,
    /// Version of the tool.
    pub tool_version: &'a str,
    /// BLAKE3 of the effective strategy, 64 hex digits.
    pub strategy_hash: &'a str,
    /// One sentence for each guardrail that kept the run from being published; empty when it was.
    pub held_by: &'a [String],
    /// How much there was.
    pub counts: Counts,
    /// What the engine noticed about the data.
    pub findings: &'a [Finding],
    /// What chance alone would have brought about; `None` when no decoys were dealt.
    pub chance: Option<&'a ByChance>,
    /// The files read.
    pub inputs: &'a [ManifestInput],
    /// `clusters.csv`.
    pub clusters: &'a [ClusterRow<'a>],
    /// `members.csv`; rows beyond the best clusters are not needed.
    pub members: &'a [MemberRow<'a>],
    /// `evidence.csv`; rows beyond the best clusters are not needed.
    pub evidence: &'a [EvidenceRow<'a>],
    /// `reasons.csv`; rows beyond the best clusters are not needed.
    pub reasons: &'a [ReasonRow<'a>],
    /// `links.csv`; rows outside clusters are not needed.
    pub links: &'a [LinkRow<'a>],
    /// `hubs.csv`.
    pub hubs: &'a [HubRow<'a>],
    /// `lineage.csv`.
    pub lineage: &'a [LineageRow<'a>],
    /// `rejects.csv`; the raw texts are not shown.
    pub rejects: &'a [RejectRow<'a>],
    /// `clusters.csv` of the previous run, when it can be read: tells whose action changed.
    pub previous_clusters: &'a [ClusterRow<'a>],
}

/// How much there was.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Merchants, unlisted ones included.
    pub merchants: u64,
    /// Links between a merchant and a shared entity, repeats merged.
    pub links: u64,
    /// Entities that two merchants or more use.
    pub shared_entities: u64,
    /// Values taken for placeholders and dropped.
    pub dropped_placeholders: u64,
    /// Rows left out because they were not known yet on the as-of day.
    pub not_yet_known_rows: u64,
    /// Merchants in clusters.
    pub clustered_merchants: u64,
    /// Those of them to enforce.
    pub merchants_enforce: u64,
    /// Those of them to review.
    pub merchants_review: u64,
}
