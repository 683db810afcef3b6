//! Reading a run directory, which may be anything by now.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::columns::Row;
use super::csv_file;
use super::error::RunError;
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

    fn rows<R: Row>(&self) -> Result<Vec<R::Owned>, RunError> {
        csv_file::read_rows::<R>(&self.table_path(R::TABLE))
    }

    fn table_path(&self, table: &str) -> PathBuf {
        self.path.join(format!("{table}.csv"))
    }

    /// What the next run needs to know of this one.
    ///
    /// # Errors
    /// When a table is not what it should be, or `members.csv` names a cluster that `clusters.csv`
    /// lacks.
    pub fn previous(&self) -> Result<PreviousRun, RunError> {
        let cluster_ids: Vec<String> = self
            .clusters()?
            .into_iter()
            .map(|row| row.cluster_id.into_owned())
            .collect();
        let position: BTreeMap<&str, u32> = cluster_ids
            .iter()
            .enumerate()
            .map(|(position, id)| (id.as_str(), narrow_u32(position)))
            .collect();
        let mut merchant_ids = TextColumn::default();
        let mut cluster_of = Vec::new();
        let path = self.table_path(MemberRow::TABLE);
        csv_file::read_two_columns::<MemberRow<'_>>(&path, |cluster_id, merchant_id| {
            let Some(&cluster) = position.get(cluster_id) else {
                return false;
            };
            merchant_ids.push(merchant_id);
            cluster_of.push(cluster);
            true
        })?;
        Ok(PreviousRun {
            run_id: self.manifest.run_id.clone(),
            as_of: self.manifest.as_of,
            cluster_ids,
            merchant_ids,
            cluster_of,
            ids: self.ids()?,
        })
    }
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

/// What the next run needs to know of a run: who was where, and every id ever issued.
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
}
