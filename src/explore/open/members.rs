//! The clustered merchants of an open run, in columns.

use std::ops::Range;

use crate::explore::error::ExploreError;
use crate::explore::open::clusters::Clusters;
use crate::explore::open::details::ByCluster;
use crate::explore::open::text_index::{PartIndex, TextIndex};
use crate::model::TextColumn;
use crate::run::{Action, MemberRow, Role, RunReader};

/// Position of `name` in the columns of `members.csv`.
const NAME: usize = 7;

/// The clustered merchants of a run, in the order of `members.csv`.
#[derive(Debug)]
pub struct Members {
    by_cluster: ByCluster<MemberRow<'static>>,
    merchant_id: TextIndex,
    /// Four decimals: more than a single-precision number holds exactly, and rounded when asked for.
    membership: Vec<f32>,
    role: Vec<Role>,
    action: Vec<Action>,
    /// What a person may type to find them.
    pub(super) parts: PartIndex,
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
        let mut merchant_id = TextColumn::default();
        let (mut membership, mut role, mut action) = (Vec::new(), Vec::new(), Vec::new());
        let mut parts = PartIndex::default();
        let by_cluster = ByCluster::read(run, clusters.ids(), |fields| {
            merchant_id.push(fields.text(1));
            parts.push(&[fields.text(1), fields.text(NAME)]);
            membership.push(fields.text(2).parse().map_err(|_| 2_usize)?);
            role.push(Role::from_word(fields.text(3)).ok_or(3_usize)?);
            action.push(Action::from_word(fields.text(4)).ok_or(4_usize)?);
            Ok(())
        })?;
        run.check_members(&merchant_id)?;
        Ok(Self {
            by_cluster,
            merchant_id: TextIndex::new(merchant_id),
            membership,
            role,
            action,
            parts,
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
        self.merchant_id
            .find(merchant_id)
            .map(|row| self.place(row))
    }

    /// The place of the merchant in a row.
    pub fn place(&self, row: usize) -> Place {
        let cluster = self.by_cluster.cluster_of(row);
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
        self.merchant_id.sorted().iter().map(|&row| row as usize)
    }

    /// The position of the cluster of a row.
    pub fn cluster_of(&self, row: usize) -> usize {
        self.by_cluster.cluster_of(row)
    }

    /// The rows of a cluster's members.
    pub fn of_cluster(&self, cluster: usize) -> Range<usize> {
        self.by_cluster.range(cluster)
    }

    /// Reads rows of `members.csv`.
    ///
    /// # Errors
    /// When the run's files changed.
    pub fn rows(&self, rows: Range<usize>) -> Result<Vec<MemberRow<'static>>, ExploreError> {
        Ok(self.by_cluster.rows(rows)?)
    }
}
