//! What if? What would have to be innocent for a cluster to fall apart, and could it be an accident?

use serde::Serialize;

use crate::explore::case::shared;
use crate::explore::snapshot::Snapshot;
use crate::explore::words;
use crate::model::Bits;
use crate::run::{ClusterRow, EvidenceRow, chance_sentence};

/// The fewest things found without which no more than half of the members hang together.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Dissolution {
    /// Shared values and direct ties to refute.
    pub values: u32,
    /// The shared values among them, the first to refute first.
    pub needed: Vec<NeededValue>,
    /// Evidence that has to be refuted.
    #[serde(serialize_with = "words::bits")]
    pub bits: Bits,
    /// The score that would be left.
    pub score: f64,
}

/// A shared value on which a cluster rests.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[expect(missing_docs, reason = "the columns of evidence.csv, by their names")]
pub struct NeededValue {
    pub entity_type: String,
    pub entity: String,
    pub shown: String,
    pub members: u32,
}

/// What chance says of a cluster.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CaseChance {
    /// Of the clusters whose coincidences are at least as improbable, the share that chance alone would
    /// account for.
    pub q: f64,
    /// How improbable its coincidences are where links are dealt at random; at least.
    #[serde(serialize_with = "words::bits")]
    pub surprise: Bits,
    /// Both in one plain sentence.
    pub sentence: String,
}

/// What would have to be innocent for a cluster to fall apart; `None` when the run found nothing.
pub(super) fn dissolution(snapshot: &Snapshot, row: &ClusterRow<'_>) -> Option<Dissolution> {
    let mut needed: Vec<&EvidenceRow<'_>> = snapshot
        .evidence_of(&row.cluster_id)
        .filter(|shared| shared.dissolves > 0)
        .collect();
    needed.sort_by_key(|shared| shared.dissolves);
    (row.dissolve_values > 0).then(|| Dissolution {
        values: row.dissolve_values,
        needed: needed.into_iter().map(needed_value).collect(),
        bits: row.dissolve_bits,
        score: row.dissolve_score,
    })
}

/// Whether a cluster could be an accident; `None` when the run dealt no decoys.
pub(super) fn chance(row: &ClusterRow<'_>) -> Option<CaseChance> {
    row.q.map(|q| CaseChance {
        q,
        surprise: row.surprise,
        sentence: chance_sentence(q, row.surprise),
    })
}

fn needed_value(row: &EvidenceRow<'_>) -> NeededValue {
    let value = shared(row);
    NeededValue {
        entity_type: value.entity_type,
        entity: value.entity,
        shown: value.shown,
        members: value.members,
    }
}
