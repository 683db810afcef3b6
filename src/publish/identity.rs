//! Stable ids: a ring that is mostly a cluster of the previous run carries its id on.

use rayon::prelude::*;
use rustc_hash::{FxBuildHasher, FxHashSet};

use super::assignment::assign;
use super::ledger::carry_forward;
use super::lineage::trace;
use super::overlap::{Churn, Overlap, Overlaps};
use crate::model::{MerchantIdx, TextColumn, Timestamp, narrow_u32};
use crate::run::{IdRow, LineageRow, PreviousRun};
use crate::strategy::Lineage;

/// What the rings are called and what became of the previous run's clusters.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Identities {
    /// One id a ring, in the order of the rings.
    pub cluster_ids: Vec<String>,
    /// `lineage.csv`: by ring, then event and previous id; what dissolved comes last.
    pub lineage: Vec<LineageRow<'static>>,
    /// `ids.csv`, by id.
    pub ids: Vec<IdRow<'static>>,
    /// How many merchants have another cluster id than before.
    pub churn: Churn,
}

/// Names the rings. See `docs/algorithms/lineage.md`.
///
/// `rings` holds the members of each ring, best ring first; no merchant is in two. `merchant_ids`
/// is sorted. The names depend on members, as-of date and previous run only: not on the order of
/// members, and not on that of rings (but for the order of rows).
///
/// Cost: O(m log m) for m members; time and memory do not depend on pairs of rings.
///
/// ```
/// use ringfence::model::{MerchantIdx, TextColumn, Timestamp};
/// use ringfence::publish::assign_ids;
/// use ringfence::run::{LineageEvent, PreviousRun};
/// use ringfence::strategy::Lineage;
/// let merchants: TextColumn = ["a", "b", "c", "d", "e"].into_iter().collect();
/// let config = Lineage { min_overlap: 0.3 };
/// let monday = Timestamp::parse("2026-11-23")?;
/// let ring = |members: &[u32]| members.iter().map(|&m| MerchantIdx(m)).collect::<Vec<_>>();
///
/// let first = assign_ids(&[ring(&[0, 1, 2])], &merchants, None, monday, &config);
/// let previous = PreviousRun {
///     run_id: "2026-11-23-000000000000".to_owned(),
///     as_of: monday,
///     cluster_ids: first.cluster_ids.clone(),
///     merchant_ids: ["a", "b", "c"].into_iter().collect(),
///     cluster_of: vec![0, 0, 0],
///     ids: first.ids,
///     excepted: Vec::new(),
/// };
/// let tuesday = Timestamp::parse("2026-11-24")?;
/// let second = assign_ids(&[ring(&[0, 1, 2, 3])], &merchants, Some(&previous), tuesday, &config);
/// assert_eq!(second.cluster_ids, first.cluster_ids);
/// assert_eq!(second.lineage[0].event, LineageEvent::Grown);
/// # Ok::<(), ringfence::model::ParseTimeError>(())
/// ```
///
/// # Panics
/// When a ring has a member beyond `merchant_ids`.
pub fn assign_ids(
    rings: &[Vec<MerchantIdx>],
    merchant_ids: &TextColumn,
    previous: Option<&PreviousRun>,
    as_of: Timestamp,
    lineage: &Lineage,
) -> Identities {
    let overlaps = previous
        .map(|previous| Overlaps::count(rings, merchant_ids, previous))
        .unwrap_or_default();
    let previous_ids = previous.map_or(&[][..], |previous| &previous.cluster_ids);
    let carried = carry_ids(rings, previous_ids, &overlaps, lineage.min_overlap);
    let cluster_ids = name(rings, merchant_ids, &carried, previous, as_of);
    let (lineage, ids) = rayon::join(
        || trace(rings, &cluster_ids, previous_ids, &overlaps, &carried),
        || carry_forward(&cluster_ids, previous, &overlaps, as_of),
    );
    Identities {
        lineage,
        ids,
        churn: overlaps.churn(&carried),
        cluster_ids,
    }
}

/// For each ring the previous cluster whose id it carries on. Both sides are renumbered by what does
/// not change with rank: rings by smallest member, previous clusters by id.
fn carry_ids(
    rings: &[Vec<MerchantIdx>],
    previous_ids: &[String],
    overlaps: &Overlaps,
    min_overlap: f64,
) -> Vec<Option<u32>> {
    let ring_order = lasting_order(rings);
    let previous_order = order_by(previous_ids.len(), |at| &previous_ids[at]);
    let (ring_number, previous_number) = (inverse(&ring_order), inverse(&previous_order));
    let mut edges: Vec<Overlap> = overlaps
        .pairs
        .iter()
        .filter(|pair| pair.jaccard() >= min_overlap)
        .map(|pair| Overlap {
            ring: ring_number[pair.ring as usize],
            previous: previous_number[pair.previous as usize],
            ..*pair
        })
        .collect();
    edges.sort_unstable_by_key(|edge| (edge.ring, edge.previous));
    let matched = assign(rings.len(), previous_ids.len(), &edges);
    let mut carried = vec![None; rings.len()];
    for (number, previous) in matched.into_iter().enumerate() {
        carried[ring_order[number] as usize] = previous.map(|p| previous_order[p as usize]);
    }
    carried
}

fn lasting_order(rings: &[Vec<MerchantIdx>]) -> Vec<u32> {
    order_by(rings.len(), |ring| rings[ring].iter().min())
}

/// Positions `0..n` sorted by a key.
fn order_by<K: Ord + Send>(n: usize, key: impl Fn(usize) -> K + Sync) -> Vec<u32> {
    let mut keyed: Vec<(K, u32)> = (0..n)
        .into_par_iter()
        .map(|position| (key(position), narrow_u32(position)))
        .collect();
    // Of equal keys the smaller position comes first.
    keyed.par_sort_unstable();
    keyed.into_iter().map(|(_, position)| position).collect()
}

fn inverse(order: &[u32]) -> Vec<u32> {
    let mut inverse = vec![0; order.len()];
    for (at, &position) in order.iter().enumerate() {
        inverse[position as usize] = narrow_u32(at);
    }
    inverse
}

/// Carried ids, and fresh ones that were never issued before.
fn name(
    rings: &[Vec<MerchantIdx>],
    merchant_ids: &TextColumn,
    carried: &[Option<u32>],
    previous: Option<&PreviousRun>,
    as_of: Timestamp,
) -> Vec<String> {
    let mut issued: FxHashSet<String> =
        FxHashSet::with_capacity_and_hasher(rings.len(), FxBuildHasher);
    if let Some(previous) = previous {
        issued.extend(previous.ids.iter().map(|row| row.cluster_id.to_string()));
        issued.extend(previous.cluster_ids.iter().cloned());
    }
    let hasher = id_hasher(as_of);
    let hashed = |ring: usize| hash_members(&hasher, &rings[ring], merchant_ids);
    let mut first: Vec<String> = (0..rings.len())
        .into_par_iter()
        .map(|ring| numbered_id(&hashed(ring), 0))
        .collect();
    let mut names = vec![String::new(); rings.len()];
    for ring in lasting_order(rings) {
        let ring = ring as usize;
        let previous_id = carried[ring]
            .zip(previous)
            .map(|(cluster, previous)| previous.cluster_ids[cluster as usize].clone());
        names[ring] = previous_id.unwrap_or_else(|| {
            let first = std::mem::take(&mut first[ring]);
            fresh_id(first, || hashed(ring), &mut issued)
        });
    }
    names
}

/// What the ids of one day have in common.
fn id_hasher(as_of: Timestamp) -> blake3::Hasher {
    let mut hasher = blake3::Hasher::new_derive_key("ringfence 2026 cluster id");
    hasher.update(as_of.date_text().as_bytes());
    hasher
}

fn hash_members(
    hasher: &blake3::Hasher,
    members: &[MerchantIdx],
    merchant_ids: &TextColumn,
) -> blake3::Hasher {
    let mut members = members.to_vec();
    members.sort_unstable();
    let mut hasher = hasher.clone();
    for member in members {
        let id = merchant_ids.get(member.index());
        hasher.update(&(id.len() as u64).to_le_bytes());
        hasher.update(id.as_bytes());
    }
    hasher
}

/// `R` and 60 bits of a hash of as-of date and member ids; hashed again with a counter for as long as
/// the id was issued before.
fn fresh_id(
    first: String,
    hashed: impl FnOnce() -> blake3::Hasher,
    issued: &mut FxHashSet<String>,
) -> String {
    if issued.insert(first.clone()) {
        return first;
    }
    let hasher = hashed();
    for counter in 1.. {
        let id = numbered_id(&hasher, counter);
        if issued.insert(id.clone()) {
            return id;
        }
    }
    unreachable!("2^64 hashes do not all collide")
}

fn numbered_id(hasher: &blake3::Hasher, counter: u64) -> String {
    let mut hasher = hasher.clone();
    let hash = hasher.update(&counter.to_le_bytes()).finalize();
    format!("R{}", crockford(hash.as_bytes()))
}

/// Twelve characters of Crockford's base 32: no I, L, O or U to misread over the telephone.
fn crockford(hash: &[u8; 32]) -> String {
    const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    let mut head = [0; 8];
    head.copy_from_slice(&hash[..8]);
    let bits = u64::from_be_bytes(head);
    (0..12)
        .map(|place| {
            let digit = bits >> (59 - 5 * place) & 31;
            char::from(ALPHABET[usize::from(digit.to_le_bytes()[0])])
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{FxHashSet, crockford, fresh_id, hash_members, id_hasher, numbered_id};
    use crate::model::{MerchantIdx, TextColumn, Timestamp};

    #[test]
    fn an_issued_id_is_never_issued_again() {
        let ids: TextColumn = ["a", "b", "c"].into_iter().collect();
        let as_of = Timestamp::parse("2024-01-01T05:00:00Z").unwrap();
        let members = [MerchantIdx(1), MerchantIdx(0)];
        let mut issued = FxHashSet::default();
        let hashed = hash_members(&id_hasher(as_of), &members, &ids);
        let id = numbered_id(&hashed, 0);
        let first = fresh_id(id.clone(), || hashed.clone(), &mut issued);
        let second = fresh_id(id, || hashed.clone(), &mut issued);
        assert_ne!(first, second);
        assert_eq!(first.len(), 13);
        // The order of members and the hour do not count.
        let swapped = [MerchantIdx(0), MerchantIdx(1)];
        let morning = as_of.day_start();
        let hashed = hash_members(&id_hasher(morning), &swapped, &ids);
        assert_eq!(numbered_id(&hashed, 0), first);
    }

    #[test]
    fn sixty_bits_are_spelled_from_the_top() {
        let mut hash = [0; 32];
        hash[0] = 0b1111_1000;
        hash[7] = 0b0001_1111;
        assert_eq!(crockford(&hash), "Z00000000001");
    }
}
