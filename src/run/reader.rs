//! Reading a run directory, which may be anything by now.

use std::fs;
use std::path::{Path, PathBuf};

use rustc_hash::{FxHashMap, FxHashSet};

use super::columns::{Fields, Row};
use super::csv_file;
use super::error::RunError;
use super::indexed::IndexedTable;
use super::manifest::{FORMAT_VERSION, Manifest};
use super::rows::{
    ClusterRow, EvidenceRow, FeedRow, HubRow, IdRow, LineageRow, LinkRow, MemberRow, ReasonRow,
    RejectRow,
};
use super::store::resolve_latest;
use crate::model::{TextColumn, Timestamp, narrow_u32};

pub(super) const MANIFEST_FILE: &str = "manifest.json";
/// A manifest beyond this size is none: it would be read whole into memory.
const MAX_MANIFEST_BYTES: u64 = 1 << 30;

/// A run on disk. Tables are read when asked for.
#[derive(Clone, Debug)]
pub struct RunReader {
    path: PathBuf,
    manifest: Manifest,
}

macro_rules! tables {
    ($($(#[$doc:meta])* $name:ident -> $row:ident;)*) => {
        $(
            $(#[$doc])*
            ///
            /// # Errors
            /// When the file is not there or not what it should be.
            pub fn $name(&self) -> Result<Vec<$row<'static>>, RunError> {
                self.rows::<$row<'_>>()
            }
        )*
    };
}

impl RunReader {
    /// Opens a run directory, or the newest published run of a RUNS directory.
    ///
    /// # Errors
    /// When there is no run, or one of a format this version does not know.
    pub fn open(path: &Path) -> Result<Self, RunError> {
        let path = find_run(path)?;
        let manifest = read_manifest(&path.join(MANIFEST_FILE))?;
        Ok(Self { path, manifest })
    }

    /// Where the run lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether every table is there, as long as it was written.
    pub fn has_tables(&self) -> bool {
        [
            ClusterRow::TABLE,
            EvidenceRow::TABLE,
            FeedRow::TABLE,
            HubRow::TABLE,
            IdRow::TABLE,
            LineageRow::TABLE,
            LinkRow::TABLE,
            MemberRow::TABLE,
            ReasonRow::TABLE,
            RejectRow::TABLE,
        ]
        .iter()
        .all(|table| self.check_length(&format!("{table}.csv")).is_ok())
    }

    /// Whether the tables that can be written as Parquet were.
    pub fn has_parquet(&self) -> bool {
        [
            ClusterRow::TABLE,
            MemberRow::TABLE,
            EvidenceRow::TABLE,
            FeedRow::TABLE,
        ]
        .iter()
        .all(|table| self.check_length(&format!("{table}.parquet")).is_ok())
    }

    /// Checks that a file of a table is there and, where the manifest tells, as long as it was written,
    /// without reading it.
    ///
    /// # Errors
    /// When it is not.
    pub fn check_length(&self, file_name: &str) -> Result<(), RunError> {
        let path = self.path.join(file_name);
        let found = fs::metadata(&path).map_err(RunError::io("read", &path))?;
        let found = found.len();
        match self.manifest.tables.get(file_name) {
            Some(written) if written.bytes != found => Err(RunError::Length {
                path,
                found,
                expected: written.bytes,
            }),
            _ => Ok(()),
        }
    }

    /// What was read of a table has to be all that was written to it.
    fn check_rows<R: Row>(&self, found: u64) -> Result<(), RunError> {
        match self.manifest.rows_written(R::TABLE) {
            Some(expected) if expected != found => Err(RunError::RowCount {
                path: self.table_path(R::TABLE),
                found,
                expected,
            }),
            _ => Ok(()),
        }
    }

    /// The manifest.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    tables! {
        /// `clusters.csv`, best first.
        clusters -> ClusterRow;
        /// `members.csv`, by rank of their cluster.
        members -> MemberRow;
        /// `evidence.csv`, by rank of their cluster.
        evidence -> EvidenceRow;
        /// `feed.csv`, by merchant.
        feed -> FeedRow;
        /// `lineage.csv`.
        lineage -> LineageRow;
        /// `reasons.csv`, by rank of their cluster.
        reasons -> ReasonRow;
        /// `links.csv`, by entity.
        links -> LinkRow;
        /// `hubs.csv`, largest first.
        hubs -> HubRow;
        /// `ids.csv`, by id.
        ids -> IdRow;
        /// `rejects.csv`, by file and line.
        rejects -> RejectRow;
    }

    /// Those rows of `links.csv` that `keep` wants, without holding the others in memory: the table is
    /// as large as the input.
    ///
    /// # Errors
    /// When the file is not there or not what it should be.
    pub fn links_where(
        &self,
        mut keep: impl FnMut(LinkKey<'_>) -> bool,
    ) -> Result<Vec<LinkRow<'static>>, RunError> {
        let mut rows = Vec::new();
        let path = self.table_path(LinkRow::TABLE);
        let n_rows = csv_file::scan_file::<LinkRow<'_>>(&path, |fields| {
            let key = LinkKey {
                entity_type: fields.text(0),
                entity: fields.text(1),
                merchant_id: fields.text(2),
                cluster_id: fields.text(6),
            };
            if keep(key) {
                rows.push(LinkRow::from_fields(fields)?);
            }
            Ok(())
        })?;
        self.check_rows::<LinkRow<'_>>(n_rows)?;
        Ok(rows)
    }

    /// Opens a table for reading rows by their number, and hands every row to `take` once.
    /// `take` names the column it can't make sense of.
    ///
    /// # Errors
    /// When the file is not there or not what it should be.
    pub fn indexed<R: Row>(
        &self,
        take: impl FnMut(&mut Fields<'_>) -> Result<(), usize>,
    ) -> Result<IndexedTable<R>, RunError> {
        let table = IndexedTable::open(self.table_path(R::TABLE), take)?;
        self.check_rows::<R>(table.len() as u64)?;
        Ok(table)
    }

    /// The first `n` rows of `clusters.csv`, which are its best clusters; the rest of the file is not read.
    ///
    /// # Errors
    /// When one of them is not what it should be.
    pub fn best_clusters(&self, n: usize) -> Result<Vec<ClusterRow<'static>>, RunError> {
        let rows = csv_file::read_rows::<ClusterRow<'_>>(&self.table_path(ClusterRow::TABLE), n)?;
        if rows.len() < n {
            self.check_rows::<ClusterRow<'_>>(rows.len() as u64)?;
        }
        Ok(rows)
    }

    fn rows<R: Row>(&self) -> Result<Vec<R::Owned>, RunError> {
        let rows = csv_file::read_rows::<R>(&self.table_path(R::TABLE), usize::MAX)?;
        self.check_rows::<R>(rows.len() as u64)?;
        Ok(rows)
    }

    /// Checks that no merchant is in two clusters, given those of `members.csv` in the order of its rows.
    ///
    /// # Errors
    /// When one is.
    pub fn check_members(&self, merchant_ids: &TextColumn) -> Result<(), RunError> {
        let mut known = FxHashSet::default();
        let Some(twice) = merchant_ids.iter().position(|id| !known.insert(id)) else {
            return Ok(());
        };
        // Read once more: only the file knows on which line a row begins.
        let mut row = 0;
        csv_file::scan_file::<MemberRow<'_>>(&self.table_path(MemberRow::TABLE), |_| {
            row += 1;
            if row > twice { Err(1) } else { Ok(()) }
        })
        .map(|_| ())
        .map_err(|error| error.expecting("merchant_id", "a merchant that no row above has"))
    }

    fn table_path(&self, table: &str) -> PathBuf {
        self.path.join(format!("{table}.csv"))
    }

    /// What the next run needs to know of this one.
    ///
    /// # Errors
    /// When a table is not what it should be, `clusters.csv` names a cluster twice, or `members.csv`
    /// names a merchant twice, or a cluster that `clusters.csv` lacks.
    pub fn previous(&self) -> Result<PreviousRun, RunError> {
        let (clusters, (ids, excepted)) = rayon::join(
            || self.clusters(),
            || rayon::join(|| self.ids(), || self.excepted()),
        );
        let cluster_ids: Vec<String> = clusters?
            .into_iter()
            .map(|row| row.cluster_id.into_owned())
            .collect();
        let mut position: FxHashMap<&str, u32> = FxHashMap::default();
        for (at, id) in cluster_ids.iter().enumerate() {
            if position.insert(id, narrow_u32(at)).is_some() {
                return Err(RunError::Field {
                    path: self.table_path(ClusterRow::TABLE),
                    line: at as u64 + 2,
                    column: "cluster_id",
                    expected: "an id that no other row has".to_owned(),
                });
            }
        }
        let mut merchant_ids = TextColumn::default();
        let mut cluster_of = Vec::new();
        let path = self.table_path(MemberRow::TABLE);
        let n_rows = csv_file::scan_file::<MemberRow<'_>>(&path, |fields| {
            let cluster = position.get(fields.text(0)).ok_or(0_usize)?;
            merchant_ids.push(fields.text(1));
            cluster_of.push(*cluster);
            Ok(())
        })
        .map_err(|error| error.expecting("cluster_id", "a cluster of clusters.csv"))?;
        self.check_rows::<MemberRow<'_>>(n_rows)?;
        self.check_members(&merchant_ids)?;
        Ok(PreviousRun {
            run_id: self.manifest.run_id.clone(),
            as_of: self.manifest.as_of,
            cluster_ids,
            merchant_ids,
            cluster_of,
            ids: ids?,
            excepted: excepted?,
        })
    }

    /// Those rows of `hubs.csv` that an exception named.
    fn excepted(&self) -> Result<Vec<HubRow<'static>>, RunError> {
        let mut rows = Vec::new();
        csv_file::scan_file::<HubRow<'_>>(&self.table_path(HubRow::TABLE), |fields| {
            if fields.text(4) == "allowed" {
                rows.push(HubRow::from_fields(fields)?);
            }
            Ok(())
        })?;
        Ok(rows)
    }
}

/// What a row of `links.csv` is looked for by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(
    missing_docs,
    reason = "the columns of links.csv, by their names; docs/formats.md"
)]
pub struct LinkKey<'a> {
    pub entity_type: &'a str,
    pub entity: &'a str,
    pub merchant_id: &'a str,
    pub cluster_id: &'a str,
}

/// The run directory that a path means.
fn find_run(path: &Path) -> Result<PathBuf, RunError> {
    let path = match fs::read_link(path) {
        // A link is followed once and for all: `latest` may move while we read.
        Ok(target) => path.parent().unwrap_or(Path::new("")).join(target),
        Err(_) => path.to_path_buf(),
    };
    if path.join(MANIFEST_FILE).is_file() {
        return Ok(path);
    }
    resolve_latest(&path)
        .filter(|run| run.join(MANIFEST_FILE).is_file())
        .ok_or(RunError::NoRun { path })
}

fn read_manifest(path: &Path) -> Result<Manifest, RunError> {
    let broken = |source| RunError::Manifest {
        path: path.to_path_buf(),
        source,
    };
    let size = fs::metadata(path)
        .map_err(RunError::io("read", path))?
        .len();
    if size > MAX_MANIFEST_BYTES {
        return Err(broken(serde::de::Error::custom("expected at most 1 GiB")));
    }
    let bytes = fs::read(path).map_err(RunError::io("read", path))?;
    // The version is looked at first: a later format may have another manifest altogether.
    let version: FormatVersion = serde_json::from_slice(&bytes).map_err(broken)?;
    if version.format_version == 0 || version.format_version > FORMAT_VERSION {
        return Err(RunError::Format {
            path: path.to_path_buf(),
            found: version.format_version,
            supported: FORMAT_VERSION,
        });
    }
    serde_json::from_slice(&bytes).map_err(broken)
}

#[derive(serde::Deserialize)]
struct FormatVersion {
    format_version: u64,
}

/// What the next run needs to know of a run: who was where, every id ever issued, and what it left out.
#[derive(Clone, Debug, PartialEq)]
pub struct PreviousRun {
    /// Its id.
    pub run_id: String,
    /// What it took for now.
    pub as_of: Timestamp,
    /// Its clusters, best first.
    pub cluster_ids: Vec<String>,
    /// Its clustered merchants.
    pub merchant_ids: TextColumn,
    /// The cluster of each of them, a position in `cluster_ids`.
    pub cluster_of: Vec<u32>,
    /// Its `ids.csv`.
    pub ids: Vec<IdRow<'static>>,
    /// Its rows of `hubs.csv` on values that an exception named.
    pub excepted: Vec<HubRow<'static>>,
}
