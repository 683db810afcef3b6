//! What became of cluster ids: those of the run before, and all those ever retired.

use crate::explore::error::ExploreError;
use crate::explore::lookup::successors;
use crate::explore::open::text_index::TextIndex;
use crate::model::{TextColumn, narrow_u32};
use crate::run::{IdRow, IndexedTable, LineageRow, Row, RunReader};

/// The lineage of a run and its ledger of ids.
#[derive(Debug)]
pub(super) struct History {
    ids: IndexedTable<IdRow<'static>>,
    id: TextIndex,
    /// A living id for each retired id that went into it, and the row of that.
    successor: TextIndex,
    retired: Vec<u32>,
    lineage: IndexedTable<LineageRow<'static>>,
    now: TextIndex,
    before: TextIndex,
}

impl History {
    pub(super) fn read(run: &RunReader) -> Result<Self, ExploreError> {
        let (mut id, mut successor, mut retired) =
            (TextColumn::default(), TextColumn::default(), Vec::new());
        let ids = run.indexed::<IdRow<'static>>(|fields| {
            let row = IdRow::from_fields(fields)?;
            for living in successors(&row) {
                successor.push(&living);
                retired.push(narrow_u32(id.len()));
            }
            id.push(&row.cluster_id);
            Ok(())
        })?;
        let (mut now, mut before) = (TextColumn::default(), TextColumn::default());
        let lineage = run.indexed::<LineageRow<'static>>(|fields| {
            now.push(fields.text(0));
            before.push(fields.text(1));
            Ok(())
        })?;
        Ok(Self {
            ids,
            id: TextIndex::new(id),
            successor: TextIndex::new(successor),
            retired,
            lineage,
            now: TextIndex::new(now),
            before: TextIndex::new(before),
        })
    }

    /// What the ledger says of an id.
    pub(super) fn id(&self, cluster_id: &str) -> Result<Option<IdRow<'static>>, ExploreError> {
        let row = self.id.find(cluster_id);
        Ok(row.map(|row| self.ids.row(row)).transpose()?)
    }

    /// The ids under which members of a cluster were known before, ascending: retired ones that went
    /// into it, and those of the previous run that it took members from.
    pub(super) fn previous_ids(&self, cluster_id: &str) -> Vec<&str> {
        let retired = self.successor.rows(cluster_id).iter();
        let retired = retired.map(|&row| self.id.get(self.retired[row as usize] as usize));
        let before = self.now.rows(cluster_id).iter();
        let before = before.map(|&row| self.before.get(row as usize));
        let mut ids: Vec<&str> = retired
            .chain(before)
            .filter(|id| !id.is_empty() && *id != cluster_id)
            .collect();
        ids.sort_unstable();
        ids.dedup();
        ids
    }

    /// What happened since the previous run to a cluster of this one.
    pub(super) fn lineage_of(
        &self,
        cluster_id: &str,
    ) -> Result<Vec<LineageRow<'static>>, ExploreError> {
        self.lineage_rows(self.now.rows(cluster_id))
    }

    /// What happened since the previous run to a cluster of that one.
    pub(super) fn lineage_from(
        &self,
        previous_cluster_id: &str,
    ) -> Result<Vec<LineageRow<'static>>, ExploreError> {
        self.lineage_rows(self.before.rows(previous_cluster_id))
    }

    fn lineage_rows(&self, rows: &[u32]) -> Result<Vec<LineageRow<'static>>, ExploreError> {
        let rows = rows.iter().map(|&row| self.lineage.row(row as usize));
        Ok(rows.collect::<Result<_, _>>()?)
    }
}
