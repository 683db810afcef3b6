//! What became of each cluster: the rows of `lineage.csv`. Definitions in `docs/algorithms/lineage.md`.

use std::borrow::Cow;

use super::overlap::{Overlap, Overlaps};
use crate::model::MerchantIdx;
use crate::run::{LineageEvent, LineageRow};

/// The events between the previous run's clusters and this run's rings. Every previous cluster and
/// every ring is in at least one.
pub(super) fn trace(
    rings: &[Vec<MerchantIdx>],
    cluster_ids: &[String],
    previous_ids: &[String],
    overlaps: &Overlaps,
    carried: &[Option<u32>],
) -> Vec<LineageRow<'static>> {
    let mut lives_on = vec![false; previous_ids.len()];
    for &previous in carried.iter().flatten() {
        lives_on[previous as usize] = true;
    }
    let mut told_of = vec![false; previous_ids.len()];
    let mut rows = Vec::new();
    let mut rest = &overlaps.pairs[..];
    for (ring, cluster_id) in cluster_ids.iter().enumerate() {
        let (pairs, later) = rest.split_at(rest.partition_point(|p| p.ring as usize <= ring));
        rest = later;
        let start = rows.len();
        for pair in pairs {
            let previous = pair.previous as usize;
            let event = if carried[ring] == Some(pair.previous) {
                Some(carried_event(pair, rings[ring].len()))
            } else {
                let stays = (carried[ring].is_some(), lives_on[previous]);
                moved_event(pair, rings[ring].len(), overlaps.present[previous], stays)
            };
            if let Some(event) = event {
                told_of[previous] = true;
                rows.push(row(
                    cluster_id,
                    &previous_ids[previous],
                    event,
                    pair.jaccard(),
                ));
            }
        }
        if rows.len() == start {
            rows.push(row(cluster_id, "", LineageEvent::Born, 0.0));
        }
        rows[start..].sort_by(|a, b| {
            (a.event, &a.previous_cluster_id).cmp(&(b.event, &b.previous_cluster_id))
        });
    }
    rows.extend(dissolved(previous_ids, &told_of));
    rows
}

/// The event of a ring that carries the previous cluster's id on.
fn carried_event(pair: &Overlap, ring_size: usize) -> LineageEvent {
    let previous_size = (pair.union + pair.shared) as usize - ring_size;
    match ring_size.cmp(&previous_size) {
        std::cmp::Ordering::Less => LineageEvent::Shrunk,
        std::cmp::Ordering::Equal => LineageEvent::Continued,
        std::cmp::Ordering::Greater => LineageEvent::Grown,
    }
}

/// The event of a ring and a previous cluster whose id it does not carry, if there is anything to
/// tell. `(old_ring, lives_on)` say whether the ring carries another previous cluster's id and
/// whether another ring carries this one's.
fn moved_event(
    pair: &Overlap,
    ring_size: usize,
    present: u32,
    (old_ring, lives_on): (bool, bool),
) -> Option<LineageEvent> {
    let shared = u64::from(pair.shared);
    if !lives_on && 2 * shared > u64::from(present) {
        return Some(LineageEvent::Merged);
    }
    let is_half_of_ring = 2 * shared >= ring_size as u64;
    (!old_ring && shared >= 2 && is_half_of_ring).then_some(LineageEvent::Split)
}

fn dissolved<'a>(
    previous_ids: &'a [String],
    told_of: &[bool],
) -> impl Iterator<Item = LineageRow<'static>> + use<'a> {
    let mut gone: Vec<&String> = previous_ids
        .iter()
        .zip(told_of)
        .filter_map(|(id, told)| (!told).then_some(id))
        .collect();
    gone.sort_unstable();
    gone.into_iter()
        .map(|id| row("", id, LineageEvent::Dissolved, 0.0))
}

fn row(
    cluster_id: &str,
    previous_cluster_id: &str,
    event: LineageEvent,
    overlap: f64,
) -> LineageRow<'static> {
    LineageRow {
        cluster_id: Cow::Owned(cluster_id.to_owned()),
        previous_cluster_id: Cow::Owned(previous_cluster_id.to_owned()),
        event,
        overlap,
    }
}
