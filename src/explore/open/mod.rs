//! A run kept open for question after question.
//!
//! What every look-up needs is in memory, in columns: who is in which cluster, how clusters rank. The
//! rest stays in the run's files and is read row by row when a question needs it, so that a run of a
//! million merchants opens in well under a second and takes some hundred megabytes. A question about
//! one cluster or merchant gets a [`Snapshot`](crate::explore::Snapshot) with just the rows it needs,
//! and is answered by the same functions as on the terminal.

mod changes;
mod clusters;
mod details;
mod entity;
mod history;
mod links;
mod members;
mod pages;
mod questions;
mod route;
mod search;
mod text_index;

use std::path::Path;
use std::sync::{Mutex, OnceLock, PoisonError};

use crate::explore::error::ExploreError;
use crate::explore::open::details::Details;
use crate::explore::open::history::History;
use crate::run::{Manifest, RunReader};

pub use changes::{MerchantChange, MerchantState, Moves};
pub use clusters::{ClusterColumns, Clusters};
pub use entity::{EntityAnswer, EntityUser};
pub use members::{Members, Place};
pub use pages::{Became, IssuedId};
pub use search::{Hit, HitKind};

/// A run kept open.
#[derive(Debug)]
pub struct OpenRun {
    reader: RunReader,
    as_of: String,
    clusters: Clusters,
    members: Members,
    history: History,
    details: OnceLock<Details>,
    /// Held while `details` are read, so that they are read once.
    reading: Mutex<()>,
}

impl OpenRun {
    /// Opens a run, or the newest one of a RUNS directory.
    ///
    /// # Errors
    /// When there is no run or a table is not what it should be.
    pub fn open(path: &Path) -> Result<Self, ExploreError> {
        let reader = RunReader::open(path)?;
        let clusters = Clusters::read(&reader)?;
        let (members, history) = rayon::join(
            || Members::read(&reader, &clusters),
            || History::read(&reader),
        );
        let (members, history) = (members?, history?);
        Ok(Self {
            as_of: reader.manifest().as_of.to_string(),
            reader,
            clusters,
            members,
            history,
            details: OnceLock::new(),
            reading: Mutex::new(()),
        })
    }

    /// The run's id.
    pub fn run_id(&self) -> &str {
        &self.reader.manifest().run_id
    }

    /// What the run took for now, as its files spell it.
    pub fn as_of(&self) -> &str {
        &self.as_of
    }

    /// Where the run lay when it was opened.
    pub fn directory(&self) -> &Path {
        self.reader.path()
    }

    /// The run's manifest.
    pub fn manifest(&self) -> &Manifest {
        self.reader.manifest()
    }

    /// Its clusters.
    pub fn clusters(&self) -> &Clusters {
        &self.clusters
    }

    /// Its clustered merchants.
    pub fn members(&self) -> &Members {
        &self.members
    }

    /// The earlier ids of a cluster's members, as far as this chain of runs knows, ascending.
    pub fn previous_ids(&self, cluster_id: &str) -> Vec<&str> {
        self.history.previous_ids(cluster_id)
    }

    /// Reads what questions beyond look-ups need, now instead of at the first such question.
    ///
    /// # Errors
    /// When a table is not what it should be.
    pub fn complete(&self) -> Result<(), ExploreError> {
        self.details().map(|_| ())
    }

    /// Whether questions beyond look-ups are answered at once.
    pub fn is_complete(&self) -> bool {
        self.details.get().is_some()
    }

    fn details(&self) -> Result<&Details, ExploreError> {
        if let Some(details) = self.details.get() {
            return Ok(details);
        }
        let _reading = self.reading.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(details) = self.details.get() {
            return Ok(details);
        }
        let details = Details::read(&self.reader, &self.clusters)?;
        Ok(self.details.get_or_init(|| details))
    }
}
