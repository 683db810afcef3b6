//! Which members the clusters of two runs have in common: one counting pass over the members.

use rayon::prelude::*;

use crate::model::{MerchantIdx, TextColumn, narrow_u32};
use crate::run::PreviousRun;

/// In no cluster.
pub(super) const NONE: u32 = u32::MAX;

/// A ring of this run and a cluster of the previous one that have a member in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Overlap {
    /// Position of the ring.
    pub(super) ring: u32,
    /// Position of the previous cluster.
    pub(super) previous: u32,
    /// Members in common, at least one.
    pub(super) shared: u32,
    /// Members of either.
    pub(super) union: u32,
}

impl Overlap {
    /// Jaccard overlap, 0..=1.
    pub(super) fn jaccard(self) -> f64 {
        f64::from(self.shared) / f64::from(self.union)
    }
}

/// All overlaps of two runs.
#[derive(Clone, Debug, Default)]
pub(super) struct Overlaps {
    /// Sorted by (ring, previous).
    pub(super) pairs: Vec<Overlap>,
    /// Members of each previous cluster that are still in the input.
    pub(super) present: Vec<u32>,
}

impl Overlaps {
    /// Counts the overlaps. Merchants that are gone from the input belong to their previous cluster
    /// all the same: they make overlaps smaller.
    pub(super) fn count(
        rings: &[Vec<MerchantIdx>],
        merchant_ids: &TextColumn,
        previous: &PreviousRun,
    ) -> Self {
        let n_previous = previous.cluster_ids.len();
        let mut sizes = vec![0_u32; n_previous];
        let mut present = vec![0_u32; n_previous];
        let mut previous_of = vec![NONE; merchant_ids.len()];
        for (merchant, &cluster) in find_merchants(merchant_ids, previous)
            .into_iter()
            .zip(&previous.cluster_of)
        {
            sizes[cluster as usize] += 1;
            if let Some(merchant) = merchant
                && previous_of[merchant] == NONE
            {
                present[cluster as usize] += 1;
                previous_of[merchant] = cluster;
            }
        }
        let pairs = rings
            .par_iter()
            .enumerate()
            .flat_map_iter(|(ring, members)| {
                pairs_of(narrow_u32(ring), members, &previous_of, &sizes)
            })
            .collect();
        Self { pairs, present }
    }

    /// How many merchants have a cluster id other than before; `carried` is the previous cluster
    /// whose id each ring carries on.
    pub(super) fn churn(&self, carried: &[Option<u32>]) -> Churn {
        let present: u64 = self.present.iter().copied().map(u64::from).sum();
        let stayed: u64 = self
            .pairs
            .iter()
            .filter(|pair| carried[pair.ring as usize] == Some(pair.previous))
            .map(|pair| u64::from(pair.shared))
            .sum();
        Churn {
            present,
            moved: present - stayed,
        }
    }
}

/// The position of each previously clustered merchant among today's, if it is still there.
fn find_merchants(merchant_ids: &TextColumn, previous: &PreviousRun) -> Vec<Option<usize>> {
    (0..previous.merchant_ids.len())
        .into_par_iter()
        .map(|row| merchant_ids.find_sorted(previous.merchant_ids.get(row)))
        .collect()
}

/// The overlaps of one ring, by previous cluster.
fn pairs_of(
    ring: u32,
    members: &[MerchantIdx],
    previous_of: &[u32],
    sizes: &[u32],
) -> Vec<Overlap> {
    let mut clusters: Vec<u32> = members
        .iter()
        .map(|merchant| previous_of[merchant.index()])
        .filter(|&cluster| cluster != NONE)
        .collect();
    clusters.sort_unstable();
    clusters
        .chunk_by(|a, b| a == b)
        .map(|same| {
            let (previous, shared) = (same[0], narrow_u32(same.len()));
            Overlap {
                ring,
                previous,
                shared,
                union: narrow_u32(members.len()) + sizes[previous as usize] - shared,
            }
        })
        .collect()
}

/// How much cluster ids moved between two runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Churn {
    /// Merchants that were in a cluster of the previous run and are still in the input.
    pub present: u64,
    /// Those of them that are now in a cluster with another id, or in none.
    pub moved: u64,
}

impl Churn {
    /// The share that moved, 0..=1; 0 when there was nobody to move.
    #[expect(clippy::cast_precision_loss, reason = "merchants are far below 2^53")]
    pub fn share(self) -> f64 {
        if self.present == 0 {
            return 0.0;
        }
        self.moved as f64 / self.present as f64
    }
}
