//! The clusters of an open run, in columns.

use crate::explore::ClusterLine;
use crate::explore::error::ExploreError;
use crate::explore::open::text_index::TextIndex;
use crate::model::{Money, TextColumn, Timestamp};
use crate::run::{Action, ClusterRow, IndexedTable, Row, RunReader};

/// The clusters of a run, best first: what lists are filtered and sorted by is in memory.
#[derive(Debug)]
pub struct Clusters {
    table: IndexedTable<ClusterRow<'static>>,
    columns: ClusterColumns,
    id: TextIndex,
}

/// What lists of clusters are filtered and sorted by; one entry a cluster, best first.
#[derive(Debug, Default)]
#[expect(missing_docs, reason = "the columns of clusters.csv, by their names")]
pub struct ClusterColumns {
    pub score: Vec<f64>,
    pub action: Vec<Action>,
    pub size: Vec<u32>,
    pub exposure: Vec<Money>,
    pub first_formed: Vec<Option<Timestamp>>,
    /// `code:+1.25;code:-0.50`, largest magnitude first.
    pub reasons: TextColumn,
}

impl Clusters {
    pub(super) fn read(run: &RunReader) -> Result<Self, ExploreError> {
        let mut columns = ClusterColumns::default();
        let mut id = TextColumn::default();
        let table = run.indexed::<ClusterRow<'static>>(|fields| {
            let row = ClusterRow::from_fields(fields)?;
            id.push(&row.cluster_id);
            columns.score.push(row.score);
            columns.action.push(row.action);
            columns.size.push(row.size);
            columns.exposure.push(row.exposure);
            columns.first_formed.push(row.first_formed);
            columns.reasons.push(&row.reasons);
            Ok(())
        })?;
        Ok(Self {
            table,
            columns,
            id: TextIndex::new(id),
        })
    }

    /// Clusters in the run.
    pub fn len(&self) -> usize {
        self.columns.score.len()
    }

    /// Whether the run has no cluster.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What lists are filtered and sorted by.
    pub fn columns(&self) -> &ClusterColumns {
        &self.columns
    }

    /// Their ids, best first.
    pub fn ids(&self) -> &TextColumn {
        self.id.texts()
    }

    /// The id of a cluster.
    pub fn id(&self, position: usize) -> &str {
        self.id.get(position)
    }

    /// The position of a living cluster.
    pub fn find(&self, cluster_id: &str) -> Option<usize> {
        self.id.find(cluster_id)
    }

    /// The positions of the clusters whose id begins with a text, by id.
    pub fn beginning(&self, prefix: &str) -> impl Iterator<Item = usize> {
        let rows = self.id.beginning(prefix).iter();
        rows.map(|&row| row as usize)
    }

    /// The rows of some clusters.
    ///
    /// # Errors
    /// When the run's files changed.
    pub fn rows(
        &self,
        positions: impl IntoIterator<Item = usize>,
    ) -> Result<Vec<ClusterRow<'static>>, ExploreError> {
        let rows = positions.into_iter().map(|at| self.table.row(at));
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The lines of some clusters, with their reasons as `clusters.csv` has them.
    ///
    /// # Errors
    /// When the run's files changed.
    pub fn lines(
        &self,
        positions: impl IntoIterator<Item = usize>,
    ) -> Result<Vec<ClusterLine>, ExploreError> {
        Ok(self.rows(positions)?.iter().map(ClusterLine::new).collect())
    }
}
