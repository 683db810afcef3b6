//! What questions beyond a look-up need of an open run: evidence, reasons, links, hubs.

use std::hash::{BuildHasher, BuildHasherDefault};
use std::ops::Range;

use rayon::join;
use rustc_hash::FxHasher;

use crate::explore::error::ExploreError;
use crate::explore::open::clusters::Clusters;
use crate::explore::open::links::LinkIndex;
use crate::explore::open::text_index::PartIndex;
use crate::model::{TextColumn, narrow_u32};
use crate::run::{EvidenceRow, Fields, HubRow, IndexedTable, ReasonRow, Row, RunError, RunReader};

/// The larger tables of an open run.
#[derive(Debug)]
pub(super) struct Details {
    pub(super) evidence: Evidence,
    pub(super) reasons: ByCluster<ReasonRow<'static>>,
    pub(super) links: LinkIndex,
    pub(super) hubs: Hubs,
}

impl Details {
    pub(super) fn read(run: &RunReader, clusters: &Clusters) -> Result<Self, ExploreError> {
        let ids = clusters.ids();
        let (links, rest) = join(
            || LinkIndex::read(run),
            || -> Result<_, ExploreError> {
                let evidence = Evidence::read(run, ids)?;
                let reasons = ByCluster::read(run, ids, |_| Ok(()))?;
                Ok((evidence, reasons, Hubs::read(run)?))
            },
        );
        let (evidence, reasons, hubs) = rest?;
        Ok(Self {
            evidence,
            reasons,
            links: links?,
            hubs,
        })
    }
}

/// A table whose rows come by rank of their cluster, and whose first column is the cluster.
#[derive(Debug)]
pub(super) struct ByCluster<R> {
    table: IndexedTable<R>,
    /// Where the rows of each cluster start; one entry more than clusters.
    starts: Vec<u32>,
}

impl<R: Row> ByCluster<R> {
    /// Hands the fields of every row to `take` once, which names the column it can't make sense of.
    pub(super) fn read(
        run: &RunReader,
        cluster_ids: &TextColumn,
        mut take: impl FnMut(&Fields<'_>) -> Result<(), usize>,
    ) -> Result<Self, RunError> {
        let mut starts: Vec<u32> = Vec::with_capacity(cluster_ids.len() + 1);
        let mut n_rows = 0;
        let table = run
            .indexed::<R>(|fields| {
                // The same cluster as before, or one behind it.
                while starts.is_empty() || cluster_ids.get(starts.len() - 1) != fields.text(0) {
                    if starts.len() == cluster_ids.len() {
                        return Err(0);
                    }
                    starts.push(narrow_u32(n_rows));
                }
                n_rows += 1;
                take(fields)
            })
            .map_err(|error| {
                error.expecting("cluster_id", "a cluster of clusters.csv, by its rank")
            })?;
        starts.resize(cluster_ids.len() + 1, narrow_u32(n_rows));
        Ok(Self { table, starts })
    }

    /// The row numbers of a cluster.
    pub(super) fn range(&self, cluster: usize) -> Range<usize> {
        self.starts[cluster] as usize..self.starts[cluster + 1] as usize
    }

    /// The cluster of a row.
    pub(super) fn cluster_of(&self, row: usize) -> usize {
        self.starts.partition_point(|&start| start as usize <= row) - 1
    }

    pub(super) fn rows(&self, rows: Range<usize>) -> Result<Vec<R::Owned>, RunError> {
        self.table.rows(rows)
    }
}

/// Position of `shown` in the columns of `evidence.csv`.
const SHOWN: usize = 8;

/// The evidence of a run.
#[derive(Debug)]
pub(super) struct Evidence {
    pub(super) by_cluster: ByCluster<EvidenceRow<'static>>,
    /// What a person may type to find it.
    pub(super) parts: PartIndex,
    /// (hash of type and key, row), ascending. Rows are compared once more when they are read.
    by_entity: Vec<(u64, u32)>,
}

impl Evidence {
    fn read(run: &RunReader, cluster_ids: &TextColumn) -> Result<Self, RunError> {
        let mut parts = PartIndex::default();
        let mut by_entity = Vec::new();
        let by_cluster = ByCluster::read(run, cluster_ids, |fields| {
            let (entity_type, entity) = (fields.text(1), fields.text(2));
            let at = narrow_u32(by_entity.len());
            by_entity.push((entity_hash(entity_type, entity), at));
            parts.push(&[entity, fields.text(SHOWN)]);
            Ok(())
        })?;
        by_entity.sort_unstable();
        Ok(Self {
            by_cluster,
            parts,
            by_entity,
        })
    }

    /// The rows about an entity, by rank of their cluster.
    pub(super) fn about(
        &self,
        entity_type: &str,
        entity: &str,
        at_most: usize,
    ) -> Result<Vec<EvidenceRow<'static>>, RunError> {
        let hash = entity_hash(entity_type, entity);
        let start = self.by_entity.partition_point(|(known, _)| *known < hash);
        let mut found = Vec::new();
        for &(known, row) in &self.by_entity[start..] {
            if known != hash || found.len() == at_most {
                break;
            }
            let row = row as usize;
            let rows = self.by_cluster.rows(row..row + 1)?;
            found.extend(
                rows.into_iter()
                    .filter(|row| row.entity_type == entity_type && row.entity == entity),
            );
        }
        Ok(found)
    }
}

fn entity_hash(entity_type: &str, entity: &str) -> u64 {
    BuildHasherDefault::<FxHasher>::default().hash_one((entity_type, entity))
}

/// The entities that very many use.
#[derive(Debug)]
pub(super) struct Hubs {
    /// Sorted by type and key.
    rows: Vec<HubRow<'static>>,
}

impl Hubs {
    fn read(run: &RunReader) -> Result<Self, RunError> {
        let mut rows = run.hubs()?;
        rows.sort_unstable_by(|a, b| {
            (a.entity_type.as_ref(), a.entity.as_ref())
                .cmp(&(b.entity_type.as_ref(), b.entity.as_ref()))
        });
        Ok(Self { rows })
    }

    pub(super) fn find(&self, entity_type: &str, entity: &str) -> Option<&HubRow<'static>> {
        let at = self.rows.binary_search_by(|row| {
            (row.entity_type.as_ref(), row.entity.as_ref()).cmp(&(entity_type, entity))
        });
        at.ok().map(|at| &self.rows[at])
    }
}
