//! Reading what a question needs of a run.

use std::path::Path;

use crate::explore::error::ExploreError;
use crate::explore::snapshot::{RunFacts, Snapshot, Table};
use crate::run::RunReader;

/// Reads the tables of a run, or of the newest one of a RUNS directory.
///
/// # Errors
/// [`ExploreError::Run`] when there is no run or a table is not what it should be.
pub fn load(path: &Path, tables: &[Table]) -> Result<Snapshot, ExploreError> {
    let run = RunReader::open(path)?;
    let manifest = run.manifest();
    let mut snapshot = Snapshot {
        facts: RunFacts {
            run_id: manifest.run_id.clone(),
            as_of: Some(manifest.as_of),
            previous_run_id: manifest.previous_run_id.clone().unwrap_or_default(),
        },
        ..Snapshot::default()
    };
    for table in tables {
        match table {
            Table::Clusters => snapshot.clusters = run.clusters()?,
            Table::Members => snapshot.members = run.members()?,
            Table::Evidence => snapshot.evidence = run.evidence()?,
            Table::Lineage => snapshot.lineage = run.lineage()?,
            Table::Reasons => snapshot.reasons = run.reasons()?,
            Table::Links => snapshot.links = run.links()?,
            Table::Hubs => snapshot.hubs = run.hubs()?,
            Table::Ids => snapshot.ids = run.ids()?,
        }
    }
    Ok(snapshot)
}
