//! The clusters of a run with their members.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Result;
use ringfence::run::{Action, RunReader};

/// A cluster, as far as measurements ask.
#[derive(Debug)]
pub(crate) struct Cluster {
    pub(crate) id: String,
    pub(crate) rank: u32,
    pub(crate) score: f64,
    /// Member ids with what is proposed for each.
    pub(crate) members: Vec<(String, Action)>,
}

/// All clusters of a run, best first.
pub(crate) fn read_clusters(run: &Path) -> Result<Vec<Cluster>> {
    let reader = RunReader::open(run)?;
    let mut clusters = Vec::new();
    let mut positions = BTreeMap::new();
    for row in reader.clusters()? {
        positions.insert(row.cluster_id.to_string(), clusters.len());
        clusters.push(Cluster {
            id: row.cluster_id.into_owned(),
            rank: row.rank,
            score: row.score,
            members: Vec::new(),
        });
    }
    for row in reader.members()? {
        let position = positions[row.cluster_id.as_ref()];
        let member = (row.merchant_id.into_owned(), row.action);
        clusters[position].members.push(member);
    }
    Ok(clusters)
}

impl Cluster {
    /// Members that a test holds for.
    pub(crate) fn count(&self, test: impl Fn(&str) -> bool) -> usize {
        self.members.iter().filter(|(id, _)| test(id)).count()
    }

    /// Whether a test holds for at least half of the members.
    pub(crate) fn mostly(&self, test: impl Fn(&str) -> bool) -> bool {
        self.count(test) * 2 >= self.members.len()
    }
}
