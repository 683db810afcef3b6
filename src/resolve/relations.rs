//! Direct ties between two merchants.

use rayon::prelude::*;

use super::links::Relation;
use super::merchants::MerchantIndex;
use crate::ingest::Tables;

/// One row for each pair `a < b`, both directions and all kinds merged, sorted.
pub(super) fn relations(tables: &Tables, index: &MerchantIndex) -> Vec<Relation> {
    let given = &tables.relations;
    let mut rows: Vec<Relation> = (0..given.merchant_id.len())
        .into_par_iter()
        .filter_map(|row| {
            let one = index.get(given.merchant_id.get(row))?;
            let other = index.get(given.other_merchant_id.get(row))?;
            (one != other).then(|| Relation {
                a: one.min(other),
                b: one.max(other),
                first_seen: given.first_seen.get(row).copied().flatten(),
                last_seen: given.last_seen.get(row).copied().flatten(),
                events: given.events.get(row).copied().unwrap_or(1),
                amount: given.amount.get(row).copied().flatten().unwrap_or_default(),
            })
        })
        .collect();
    rows.par_sort_unstable_by_key(|row| (row.a, row.b));
    rows.dedup_by(|next, kept| {
        let is_same_pair = (next.a, next.b) == (kept.a, kept.b);
        if is_same_pair {
            kept.first_seen = earlier(kept.first_seen, next.first_seen);
            kept.last_seen = kept.last_seen.max(next.last_seen);
            kept.events = kept.events.saturating_add(next.events);
            kept.amount += next.amount;
        }
        is_same_pair
    });
    rows
}

/// The earlier of two times; a known one where the other is not.
pub(super) fn earlier<T: Ord + Copy>(one: Option<T>, other: Option<T>) -> Option<T> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (known, None) | (None, known) => known,
    }
}
