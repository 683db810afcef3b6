//! The clustered merchants of an open run, in columns.

use std::ops::Range;

use rayon::prelude::*;

use crate::explore::error::ExploreError;
use crate::explore::open::clusters::Clusters;
use crate::model::{TextColumn, narrow_u32};
use crate::run::{Action, IndexedTable, MemberRow, Role, Row, RunReader};

/// The clustered merchants of a run, in the order of `members.csv`.
#[derive(Debug)]
pub struct Members {
    table: IndexedTable<MemberRow<'static>>,
    merchant_id: TextColumn,
    membership: Vec<f32>,
    role: Vec<Role>,
    action: Vec<Action>,
    /// Where the members of each cluster start; one entry more than clusters.
    starts: Vec<u32>,
    /// Rows by merchant.
    by_merchant: Vec<u32>,
}

/// A merchant's place in a run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Place {
    /// Its row in `members.csv`.
    pub row: usize,
    /// The position of its cluster.
    pub cluster: usize,
    /// How sure it is that the merchant belongs, 0..=1.
    pub membership: f64,
    /// How deep it sits.
    pub role: Role,
    /// What is proposed for it.
    pub action: Action,
}

impl Members {
    pub(super) fn read(run: &RunReader, clusters: &Clusters) -> Result<Self, ExploreError> {
        let ids = &clusters.columns().cluster_id;
        let mut merchant_id = TextColumn::default();
        let (mut membership, mut role, mut action) = (Vec::new(), Vec::new(), Vec::new());
        let mut starts: Vec<u32> = Vec::with_capacity(ids.len() + 1);
        let table = run.indexed::<MemberRow<'static>>(|fields| {
            let row = MemberRow::from_fields(fields)?;
            // Members come by rank of their cluster: the same one, or a next one.
            while starts.is_empty() || ids.get(starts.len() - 1) != row.cluster_id {
                if starts.len() == ids.len() {
                    return Err(0);
                }
                starts.push(narrow_u32(role.len()));
            }
            merchant_id.push(&row.merchant_id);
            #[expect(clippy::cast_possible_truncation, reason = "four decimals, no more")]
            membership.push(row.membership as f32);
            role.push(row.role);
            action.push(row.action);
            Ok(())
        })?;
        starts.resize(ids.len() + 1, narrow_u32(role.len()));
        let mut by_merchant: Vec<u32> = (0..narrow_u32(role.len())).collect();
        by_merchant.par_sort_unstable_by_key(|&row| merchant_id.get(row as usize));
        Ok(Self {
            table,
            merchant_id,
            membership,
            role,
            action,
            starts,
            by_merchant,
        })
    }

    /// Clustered merchants in the run.
    pub fn len(&self) -> usize {
        self.role.len()
    }

    /// Whether no merchant is in a cluster.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Where a merchant is, if it is in a cluster.
    pub fn find(&self, merchant_id: &str) -> Option<Place> {
        let at = self
            .by_merchant
            .binary_search_by(|&row| self.merchant_id.get(row as usize).cmp(merchant_id));
        at.ok().map(|at| self.place(self.by_merchant[at] as usize))
    }

    /// The place of the merchant in a row.
    pub fn place(&self, row: usize) -> Place {
        let cluster = self.starts.partition_point(|&start| start as usize <= row) - 1;
        Place {
            row,
            cluster,
            membership: (f64::from(self.membership[row]) * 1e4).round() / 1e4,
            role: self.role[row],
            action: self.action[row],
        }
    }

    /// The merchant in a row.
    pub fn merchant_id(&self, row: usize) -> &str {
        self.merchant_id.get(row)
    }

    /// Rows by merchant id.
    pub fn by_merchant(&self) -> impl Iterator<Item = usize> {
        self.by_merchant.iter().map(|&row| row as usize)
    }

    /// The rows of a cluster's members.
    pub fn of_cluster(&self, cluster: usize) -> Range<usize> {
        self.starts[cluster] as usize..self.starts[cluster + 1] as usize
    }

    /// Reads rows of `members.csv`.
    ///
    /// # Errors
    /// When the run's files changed.
    pub fn rows(&self, rows: Range<usize>) -> Result<Vec<MemberRow<'static>>, ExploreError> {
        Ok(self.table.rows(rows)?)
    }
}
