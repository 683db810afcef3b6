//! What if? What would have to be innocent for a cluster to fall apart, and could it be an accident?

use serde::Serialize;

use crate::explore::case::{CaseMember, shared};
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
    /// The direct ties among them: the ids of two merchants each.
    pub ties: Vec<(String, String)>,
    /// Evidence that has to be refuted.
    #[serde(serialize_with = "words::bits")]
    pub bits: Bits,
    /// The highest score of a piece that still hangs together; zero where none is a cluster.
    pub score: f64,
    /// Members of that piece, zero for none.
    pub left: u32,
}

impl Dissolution {
    /// What would be left, in words.
    pub fn remnant(&self, score: &str) -> String {
        match self.left {
            0 => "left: no cluster".into(),
            left => format!("left: {left} members at {score}"),
        }
    }
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
pub(super) fn dissolution(
    snapshot: &Snapshot,
    row: &ClusterRow<'_>,
    members: &[CaseMember],
) -> Option<Dissolution> {
    let mut needed: Vec<&EvidenceRow<'_>> = snapshot
        .evidence_of(&row.cluster_id)
        .filter(|shared| shared.dissolves > 0)
        .collect();
    needed.sort_by_key(|shared| shared.dissolves);
    let ids: Vec<&str> = members.iter().map(|member| &*member.merchant_id).collect();
    (row.dissolve_values > 0).then(|| Dissolution {
        values: row.dissolve_values,
        needed: needed.into_iter().map(needed_value).collect(),
        ties: needed_ties(&row.dissolve_ties, &ids),
        bits: row.dissolve_bits,
        score: row.dissolve_score,
        left: row.dissolve_left,
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

/// The ends of direct ties that are given by the members' places, from 1; one that a damaged table places outside
/// is left out.
fn needed_ties(places: &str, members: &[&str]) -> Vec<(String, String)> {
    let id = |place: &str| {
        let at = place.parse::<usize>().ok()?.checked_sub(1)?;
        members.get(at).map(|&id| id.to_owned())
    };
    let ties = places.split(';').filter_map(|tie| tie.split_once('-'));
    ties.filter_map(|(a, b)| Some((id(a)?, id(b)?))).collect()
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

#[cfg(test)]
mod tests {
    use super::needed_ties;

    #[test]
    fn ties_are_told_by_the_merchants_at_their_places() {
        let named = |places| needed_ties(places, &["a", "b", "c"]);
        let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
        assert_eq!(named(""), []);
        assert_eq!(named("1-3;2-3"), [pair("a", "c"), pair("b", "c")]);
        assert_eq!(named("0-1;1-4;x-2;2"), []);
    }
}
