//! The rows of every table in a run directory, in the order of their columns.
//!
//! Texts borrow from the pipeline while a run is written and are owned when one is read back.

use std::borrow::Cow;

use crate::model::{Bits, Money, Timestamp};

/// What is proposed for a cluster or a merchant. Ordered from mild to severe.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    /// Watch.
    Monitor,
    /// Let a person decide.
    Review,
    /// Act.
    Enforce,
}

/// How deep in a ring a merchant sits. Ordered from loose to tight.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Its membership is below `action.fringe_membership`.
    Fringe,
    /// Belongs.
    Member,
    /// Holds the ring together.
    Core,
}

/// `clusters.csv`.
#[derive(Clone, Debug, PartialEq)]
#[expect(
    missing_docs,
    reason = "the columns of the output contract, by their names; docs/formats.md"
)]
pub struct ClusterRow<'a> {
    pub rank: u32,
    pub cluster_id: Cow<'a, str>,
    /// 0..=1, four decimals.
    pub score: f64,
    pub action: Action,
    pub size: u32,
    pub entities: u32,
    pub bits: Bits,
    pub exposure: Money,
    pub fraud_labels: u32,
    pub legit_labels: u32,
    /// Printed as a date; the earliest time at which two members shared something.
    pub first_formed: Option<Timestamp>,
    /// `code:+1.25;code:-0.50`, largest magnitude first.
    pub reasons: Cow<'a, str>,
    // Columns beyond the contract.
    /// Points before any evidence, two decimals.
    pub prior: f64,
    /// Independent kinds (groups) of evidence, `;`-separated, strongest first.
    pub groups: Cow<'a, str>,
    /// Members with the role core.
    pub core: u32,
    /// Share of the members' evidence that leaves the cluster, 0..=1, four decimals.
    pub conductance: f64,
    /// The resolution its community was found at, four decimals.
    pub resolution: f64,
    /// `merchant` or the entity type of the weakest link, empty for none.
    pub weakest_type: Cow<'a, str>,
    /// The merchant id or entity key without which the cluster falls apart most cheaply.
    pub weakest: Cow<'a, str>,
    /// Evidence that has to be refuted for that.
    pub weakest_bits: Bits,
    /// How many members are left in the largest piece without it.
    pub weakest_left: u32,
    /// Why `action` is milder than the score alone would have it (guardrail codes, `;`-separated).
    pub held_by: Cow<'a, str>,
    /// Of the clusters whose coincidences are at least as improbable, the share that chance alone would
    /// account for, 0..=1, six decimals; null when no decoys were dealt.
    pub q: Option<f64>,
    /// How improbable its coincidences are where chance deals the uses of every value anew; at least.
    pub surprise: Bits,
    /// The fewest shared values and direct ties found without which no more than half of the members
    /// hang together; 0 for not looked for, or none found.
    pub dissolve_values: u32,
    /// Evidence that has to be refuted for that.
    pub dissolve_bits: Bits,
    /// Of the pieces that still hang together without them the highest score, four decimals; zero where none is
    /// a cluster.
    pub dissolve_score: f64,
    /// Members of that piece.
    pub dissolve_left: u32,
    /// The direct ties among them, each as the places of two members in `members.csv`, from 1: `1-4;2-3`.
    pub dissolve_ties: Cow<'a, str>,
}

/// `members.csv`.
#[derive(Clone, Debug, PartialEq)]
#[expect(
    missing_docs,
    reason = "the columns of the output contract, by their names; docs/formats.md"
)]
pub struct MemberRow<'a> {
    pub cluster_id: Cow<'a, str>,
    pub merchant_id: Cow<'a, str>,
    /// 0..=1, four decimals.
    pub membership: f64,
    pub role: Role,
    pub action: Action,
    pub links: u32,
    pub bits: Bits,
    // Columns beyond the contract.
    pub name: Cow<'a, str>,
    pub category: Cow<'a, str>,
    pub city: Cow<'a, str>,
    pub country: Cow<'a, str>,
    pub registered_at: Option<Timestamp>,
    /// `active`, `suspended`, `closed`, or `unlisted`.
    pub status: Cow<'a, str>,
    pub owner_id: Cow<'a, str>,
    pub gmv_30d: Money,
    /// `fraud`, `legit` or empty.
    pub label: Cow<'a, str>,
    /// Why `action` is milder than the cluster's (guardrail codes, `;`-separated).
    pub held_by: Cow<'a, str>,
    /// Evidence the cluster loses when the member goes, that of members who fall off with it included.
    pub bits_lost: Bits,
}

/// `evidence.csv`.
#[derive(Clone, Debug, PartialEq)]
#[expect(
    missing_docs,
    reason = "the columns of the output contract, by their names; docs/formats.md"
)]
pub struct EvidenceRow<'a> {
    pub cluster_id: Cow<'a, str>,
    pub entity_type: Cow<'a, str>,
    pub entity: Cow<'a, str>,
    pub members: u32,
    pub merchants: u32,
    pub bits: Bits,
    pub first_seen: Option<Timestamp>,
    pub last_seen: Option<Timestamp>,
    // Columns beyond the contract.
    /// A spelling for people.
    pub shown: Cow<'a, str>,
    /// `private`, or the hub class.
    pub hub_class: Cow<'a, str>,
    /// 1 for the value to refute first if the cluster is to dissolve, 2 for the second, ...; 0 for one
    /// that is not needed for it.
    pub dissolves: u32,
}

/// `feed.csv`.
#[derive(Clone, Debug, PartialEq)]
#[expect(
    missing_docs,
    reason = "the columns of the output contract, by their names; docs/formats.md"
)]
pub struct FeedRow<'a> {
    pub merchant_id: Cow<'a, str>,
    pub cluster_id: Cow<'a, str>,
    pub cluster_score: f64,
    pub cluster_rank: u32,
    pub cluster_size: u32,
    pub membership: f64,
    pub action: Action,
    pub run_id: Cow<'a, str>,
}

/// What became of a previous cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LineageEvent {
    /// A new id, and no previous cluster went into it or had it come out of it.
    Born,
    /// The same id, as many members; the very same ones when the overlap is 1.
    Continued,
    /// The same id, more members.
    Grown,
    /// The same id, fewer members.
    Shrunk,
    /// The previous cluster went into this one, which carries another id.
    Merged,
    /// This cluster came out of the previous one, which goes on elsewhere or not at all.
    Split,
    /// The previous cluster is gone and went into no other; `cluster_id` is empty.
    Dissolved,
}

/// `lineage.csv`.
#[derive(Clone, Debug, PartialEq)]
#[expect(
    missing_docs,
    reason = "the columns of the output contract, by their names; docs/formats.md"
)]
pub struct LineageRow<'a> {
    pub cluster_id: Cow<'a, str>,
    pub previous_cluster_id: Cow<'a, str>,
    pub event: LineageEvent,
    /// Jaccard overlap of the two, 0..=1, four decimals.
    pub overlap: f64,
}

/// `rejects.csv`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(
    missing_docs,
    reason = "the columns of the output contract, by their names; docs/formats.md"
)]
pub struct RejectRow<'a> {
    pub file: Cow<'a, str>,
    pub line: u64,
    pub reason: Cow<'a, str>,
    pub raw: Cow<'a, str>,
}

/// `reasons.csv` (beyond the contract): one row a cluster and reason.
#[derive(Clone, Debug, PartialEq)]
pub struct ReasonRow<'a> {
    /// The cluster.
    pub cluster_id: Cow<'a, str>,
    /// A reason code.
    pub code: Cow<'a, str>,
    /// Points, two decimals; positive speaks for a ring.
    pub points: f64,
    /// What was found, in words, with counts and without personal values: `7 of 9 members use one payout account`.
    pub detail: Cow<'a, str>,
}

/// `links.csv` (beyond the contract): who uses which shared entity, over the whole graph, sorted by
/// (entity type, entity, merchant).
#[derive(Clone, Debug, PartialEq)]
pub struct LinkRow<'a> {
    /// Entity type; `relation` for a direct tie, whose `entity` is the other merchant's id.
    pub entity_type: Cow<'a, str>,
    /// The key.
    pub entity: Cow<'a, str>,
    /// Who uses it.
    pub merchant_id: Cow<'a, str>,
    /// First use.
    pub first_seen: Option<Timestamp>,
    /// Last use.
    pub last_seen: Option<Timestamp>,
    /// Uses counted.
    pub events: u32,
    /// The merchant's cluster, empty for none.
    pub cluster_id: Cow<'a, str>,
}

/// `hubs.csv` (beyond the contract): one row an entity that many merchants use, largest first.
#[derive(Clone, Debug, PartialEq)]
pub struct HubRow<'a> {
    /// Entity type.
    pub entity_type: Cow<'a, str>,
    /// The key.
    pub entity: Cow<'a, str>,
    /// A spelling for people.
    pub shown: Cow<'a, str>,
    /// Merchants that use it.
    pub merchants: u32,
    /// What it was taken for.
    pub hub_class: Cow<'a, str>,
    /// Evidence of one pair that shares it.
    pub pair_bits: Bits,
    /// Distinct cities of its merchants.
    pub cities: u32,
    /// Distinct declared owners of its merchants.
    pub owners: u32,
}

/// `ids.csv` (beyond the contract): one row for each cluster id ever issued in this chain of runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdRow<'a> {
    /// The id.
    pub cluster_id: Cow<'a, str>,
    /// As-of date of the run that issued it, `YYYY-MM-DD`.
    pub born: Cow<'a, str>,
    /// As-of date of the last run that held it.
    pub last: Cow<'a, str>,
    /// Empty while the cluster lives; then the live ids its members went to, `;`-separated, largest
    /// share first when it ended, and successors of such a one in its place; `-` when they were in no cluster in the run in which it ended.
    pub successors: Cow<'a, str>,
}
