//! What changed from one open run to another.

use serde::Serialize;

use crate::explore::diff::{Compared, Diff, Side, compare};
use crate::explore::open::OpenRun;
use crate::explore::words;
use crate::model::narrow_u32;
use crate::run::Action;

/// A merchant whose cluster, action or score changed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MerchantChange {
    /// Who.
    pub merchant_id: String,
    /// How it was; null when it was in no cluster.
    pub before: Option<MerchantState>,
    /// How it is; null when it is in no cluster.
    pub after: Option<MerchantState>,
}

/// A merchant in one of the runs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MerchantState {
    /// Its cluster.
    pub cluster_id: String,
    /// The cluster's score, as the feed has it.
    pub cluster_score: f64,
    /// How sure it is that the merchant belongs, as the feed has it.
    pub membership: f64,
    /// What is proposed for it.
    #[serde(serialize_with = "words::action")]
    pub action: Action,
}

/// The merchants that moved between two runs, by their rows, in the order of their ids.
///
/// Memory: 8 bytes a merchant that moved.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Moves {
    rows: Vec<(u32, u32)>,
}

/// Stands for a merchant that is in no cluster of a run.
const NOWHERE: u32 = u32::MAX;

impl Moves {
    /// The merchants whose cluster id, action or cluster score differ. Cost: O(clustered merchants).
    pub fn between(before: &OpenRun, after: &OpenRun) -> Self {
        let mut rows = Vec::new();
        let mut old = before.members.by_merchant().peekable();
        let mut new = after.members.by_merchant().peekable();
        loop {
            let ids = (
                old.peek().map(|&row| before.members.merchant_id(row)),
                new.peek().map(|&row| after.members.merchant_id(row)),
            );
            let order = match ids {
                (None, None) => return Self { rows },
                (Some(_), None) => std::cmp::Ordering::Less,
                (None, Some(_)) => std::cmp::Ordering::Greater,
                (Some(old), Some(new)) => old.cmp(new),
            };
            let left = order.is_le().then(|| old.next()).flatten();
            let right = order.is_ge().then(|| new.next()).flatten();
            let same = left.zip(right).is_some_and(|(left, right)| {
                feed_values(before, left) == feed_values(after, right)
            });
            if !same {
                let number = |row: Option<usize>| row.map_or(NOWHERE, narrow_u32);
                rows.push((number(left), number(right)));
            }
        }
    }

    /// How many moved.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether nobody moved.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Some of those that moved.
    pub fn page(
        &self,
        before: &OpenRun,
        after: &OpenRun,
        start: usize,
        limit: usize,
    ) -> Vec<MerchantChange> {
        let rows = self.rows.iter().skip(start).take(limit);
        rows.map(|&(left, right)| {
            let state = |run: &OpenRun, row: u32| {
                (row != NOWHERE).then(|| merchant_state(run, row as usize))
            };
            let merchant_id = if right == NOWHERE {
                before.members.merchant_id(left as usize)
            } else {
                after.members.merchant_id(right as usize)
            };
            MerchantChange {
                merchant_id: merchant_id.to_owned(),
                before: state(before, left),
                after: state(after, right),
            }
        })
        .collect()
    }
}

/// What counts as a move when it changes: cluster, action, and score as the feed rounds it.
fn feed_values(run: &OpenRun, row: usize) -> (&str, Action, u64) {
    let place = run.members.place(row);
    let score = run.clusters.columns().score[place.cluster];
    // Both were read from the same four decimals: equal scores have equal bits.
    (
        run.clusters.id(place.cluster),
        place.action,
        score.to_bits(),
    )
}

fn merchant_state(run: &OpenRun, row: usize) -> MerchantState {
    let place = run.members.place(row);
    MerchantState {
        cluster_id: run.clusters.id(place.cluster).to_owned(),
        cluster_score: run.clusters.columns().score[place.cluster],
        membership: place.membership,
        action: place.action,
    }
}

impl OpenRun {
    /// What changed from another run to this one; see [`crate::explore::diff`].
    pub fn diff_from(&self, before: &Self) -> Diff {
        compare(&before.compared(), &self.compared())
    }

    fn compared(&self) -> Compared<'_> {
        let columns = self.clusters.columns();
        let side = |at: usize| Side {
            rank: narrow_u32(at + 1),
            score: columns.score[at],
            action: columns.action[at],
            size: columns.size[at],
        };
        let all = 0..self.clusters.len();
        let homes = self.members.by_merchant().map(|row| {
            let cluster = self.members.cluster_of(row);
            (self.members.merchant_id(row), self.clusters.id(cluster))
        });
        Compared {
            run_id: self.run_id(),
            sides: all.map(|at| (self.clusters.id(at), side(at))).collect(),
            homes: homes.collect(),
        }
    }
}
