//! The clusters of an open run, in columns.

use crate::explore::ClusterLine;
use crate::explore::error::ExploreError;
use crate::explore::open::text_index::TextIndex;
use crate::model::{Money, TextColumn, Timestamp};
use crate::run::{Action, ClusterRow, Fields, IndexedTable, RunReader};

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
    pub legit_labels: Vec<u32>,
    pub first_formed: Vec<Option<Timestamp>>,
    /// `code:+1.25;code:-0.50`, largest magnitude first.
    pub reasons: TextColumn,
}

impl Clusters {
    pub(super) fn read(run: &RunReader) -> Result<Self, ExploreError> {
        let mut columns = ClusterColumns::default();
        let mut id = TextColumn::default();
        let table = run.indexed::<ClusterRow<'static>>(|fields| {
            id.push(fields.text(1));
            columns.score.push(number(fields, 2)?);
            columns
                .action
                .push(Action::from_word(fields.text(3)).ok_or(3_usize)?);
            columns
                .size
                .push(fields.text(4).parse().map_err(|_| 4_usize)?);
            let exposure = Money::from_f64(number(fields, 7)?);
            columns.exposure.push(exposure.ok_or(7_usize)?);
            columns
                .legit_labels
                .push(fields.text(9).parse().map_err(|_| 9_usize)?);
            columns.first_formed.push(time(fields, 10)?);
            columns.reasons.push(fields.text(11));
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

/// A column read as a number.
fn number(fields: &Fields<'_>, column: usize) -> Result<f64, usize> {
    let number: f64 = fields.text(column).parse().map_err(|_| column)?;
    if number.is_finite() {
        Ok(number)
    } else {
        Err(column)
    }
}

/// A column read as a time, or none.
fn time(fields: &Fields<'_>, column: usize) -> Result<Option<Timestamp>, usize> {
    let text = fields.text(column);
    let time = (!text.is_empty()).then(|| Timestamp::parse(text));
    time.transpose().map_err(|_| column)
}
