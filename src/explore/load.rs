//! Reading what a question needs of a run.

use std::collections::BTreeSet;
use std::path::Path;

use crate::explore::error::ExploreError;
use crate::explore::lookup::find_living;
use crate::explore::snapshot::{RunFacts, Snapshot, Table};
use crate::explore::usage::RELATION;
use crate::run::{LinkRow, RunError, RunReader};

/// What a question is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum About<'a> {
    /// A cluster, by its id or the start of it.
    Cluster(&'a str),
    /// A merchant, by its id.
    Merchant(&'a str),
}

/// Reads the tables of a run, or of the newest one of a RUNS directory, whole; of the links those to
/// what two merchants or more use, for only they lead anywhere.
///
/// # Errors
/// [`ExploreError::Run`] when there is no run or a table is not what it should be.
pub fn load(path: &Path, tables: &[Table]) -> Result<Snapshot, ExploreError> {
    let run = RunReader::open(path)?;
    let mut snapshot = load_small(&run, tables)?;
    if tables.contains(&Table::Links) {
        snapshot.links = shared_links(&run)?;
    }
    Ok(snapshot)
}

/// As [`load`], but of the links only those that a question about one cluster or merchant needs: its
/// own, and everybody's links to what it uses. The links are as large as the input, and this holds
/// only the few that matter, for two passes over the file.
///
/// For a merchant that the run does not know, all of them are read, to find the ids most like it.
///
/// # Errors
/// As [`load`].
pub fn load_about(
    path: &Path,
    tables: &[Table],
    about: About<'_>,
) -> Result<Snapshot, ExploreError> {
    let run = RunReader::open(path)?;
    let mut snapshot = load_small(&run, tables)?;
    if !tables.contains(&Table::Links) {
        return Ok(snapshot);
    }
    let merchants = merchants_of(&snapshot, about);
    let links = links_around(&run, &merchants)?;
    let unknown = matches!(about, About::Merchant(_)) && links.is_empty();
    snapshot.links = if unknown { shared_links(&run)? } else { links };
    Ok(snapshot)
}

fn load_small(run: &RunReader, tables: &[Table]) -> Result<Snapshot, RunError> {
    let manifest = run.manifest();
    let mut snapshot = Snapshot {
        facts: RunFacts {
            run_id: manifest.run_id.clone(),
            as_of: Some(manifest.as_of),
            previous_run_id: manifest.previous_run_id.clone().unwrap_or_default(),
            n_clusters: None,
            yardsticks: manifest.yardsticks,
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
            Table::Hubs => snapshot.hubs = run.hubs()?,
            Table::Ids => snapshot.ids = run.ids()?,
            // The largest by far: read last, and not always whole.
            Table::Links => {}
        }
    }
    Ok(snapshot)
}

/// The merchants that a question is about; none for a cluster that does not live.
fn merchants_of(snapshot: &Snapshot, about: About<'_>) -> BTreeSet<String> {
    match about {
        About::Merchant(id) => BTreeSet::from([id.to_owned()]),
        About::Cluster(text) => find_living(snapshot, text)
            .into_iter()
            .flat_map(|row| snapshot.members_of(&row.cluster_id))
            .map(|member| member.merchant_id.to_string())
            .collect(),
    }
}

/// The links to what two merchants or more use, and direct ties. The run has them by entity, so that
/// such links stand together: one pass marks them, for a byte each, and another reads them.
fn shared_links(run: &RunReader) -> Result<Vec<LinkRow<'static>>, RunError> {
    let mut shared: Vec<bool> = Vec::new();
    let (mut entity_type, mut entity) = (String::new(), String::new());
    run.links_where(|key| {
        let same = key.entity_type == entity_type && key.entity == entity;
        if same {
            *shared
                .last_mut()
                .expect("the row before has the same entity") = true;
        } else {
            key.entity_type.clone_into(&mut entity_type);
            key.entity.clone_into(&mut entity);
        }
        shared.push(same || key.entity_type == RELATION);
        false
    })?;
    let mut marks = shared.into_iter();
    run.links_where(|_| marks.next().unwrap_or(false))
}

fn links_around(
    run: &RunReader,
    merchants: &BTreeSet<String>,
) -> Result<Vec<LinkRow<'static>>, RunError> {
    let own = run.links_where(|key| merchants.contains(key.merchant_id))?;
    // A tie is told by its own row; other ties to the same merchant are none of the question.
    let things: BTreeSet<(&str, &str)> = own
        .iter()
        .filter(|row| row.entity_type != RELATION)
        .map(|row| (row.entity_type.as_ref(), row.entity.as_ref()))
        .collect();
    run.links_where(|key| {
        merchants.contains(key.merchant_id)
            || (key.entity_type == RELATION && merchants.contains(key.entity))
            || things.contains(&(key.entity_type, key.entity))
    })
}
