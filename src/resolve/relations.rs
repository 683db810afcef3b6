//! Direct ties between two merchants.

use rayon::prelude::*;

use super::links::Relation;
use super::merchants::MerchantIndex;
use crate::ingest::Tables;
use crate::model::Timestamp;

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
            let merged = merge_spans(
                (kept.first_seen, kept.last_seen),
                (next.first_seen, next.last_seen),
            );
            (kept.first_seen, kept.last_seen) = merged;
            kept.events = kept.events.saturating_add(next.events);
            kept.amount += next.amount;
        }
        is_same_pair
    });
    rows
}

/// First and last use.
type Span = (Option<Timestamp>, Option<Timestamp>);

/// The span of two uses. One that knows one of its times was at least then: an end left open must not be
/// closed by an earlier use.
pub(super) fn merge_spans(one: Span, other: Span) -> Span {
    let whole = |(first, last): Span| (first.or(last), last.or(first));
    let ((first, last), (other_first, other_last)) = (whole(one), whole(other));
    let earliest = first.into_iter().chain(other_first).min();
    (earliest, last.max(other_last))
}

#[cfg(test)]
mod tests {
    use super::merge_spans;
    use crate::model::Timestamp;

    #[test]
    fn an_open_end_is_not_closed_by_an_earlier_use() {
        let at = |second| Some(Timestamp::from_seconds(second));
        let closed = (at(1), at(5));
        assert_eq!(merge_spans(closed, (at(9), None)), (at(1), at(9)));
        assert_eq!(merge_spans((None, at(0)), closed), (at(0), at(5)));
        assert_eq!(merge_spans((at(7), None), (None, at(2))), (at(2), at(7)));
        assert_eq!(merge_spans((None, None), closed), closed);
        assert_eq!(merge_spans((None, None), (None, None)), (None, None));
    }
}
