//! How a run looks from far: the figures whose course over runs tells whether all is well.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Serialize;

use crate::explore::error::ExploreError;
use crate::run::{ClusterRow, Row, RunReader};

/// Bars of the histogram of scores, each a tenth wide.
const SCORE_BARS: usize = 10;
/// Lower bounds of the bars of the histogram of sizes.
const SIZE_BOUNDS: [u32; 8] = [2, 3, 4, 6, 11, 21, 51, 101];

/// A run at a glance, for trends.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RunFigures {
    /// The run.
    pub run_id: String,
    /// What it took for now.
    pub as_of: String,
    /// The run before it; null for the first.
    pub previous_run_id: Option<String>,
    /// What was counted, by name, as the manifest has it.
    pub counts: BTreeMap<String, u64>,
    /// Accepted and rejected rows of each input table.
    pub inputs: BTreeMap<String, InputFigures>,
    /// Codes of the data-quality findings with what they count.
    pub findings: BTreeMap<String, u64>,
    /// Clusters by proposed action.
    pub actions: BTreeMap<&'static str, u64>,
    /// Clusters by score: ten bars from 0 to 1.
    pub scores: Vec<u64>,
    /// Clusters by size: how many have at least so many members, and fewer than the next bar says.
    pub sizes: Vec<SizeBar>,
    /// Events since the run before, by name.
    pub events: BTreeMap<&'static str, u64>,
    /// Entities that very many use.
    pub hubs: u64,
    /// Wall time of all stages.
    pub seconds: f64,
}

/// Rows of an input table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct InputFigures {
    /// Taken in.
    pub accepted: u64,
    /// In `rejects.csv`.
    pub rejected: u64,
}

/// A bar of the histogram of sizes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct SizeBar {
    /// Members at least.
    pub from: u32,
    /// Clusters.
    pub clusters: u64,
}

/// The figures of a run. Cost: O(clusters), from disk.
///
/// # Errors
/// When there is no such run or a table is not what it should be.
pub fn run_figures(path: &Path) -> Result<RunFigures, ExploreError> {
    let run = RunReader::open(path)?;
    let manifest = run.manifest();
    let mut inputs: BTreeMap<String, InputFigures> = BTreeMap::new();
    for input in &manifest.inputs {
        let table = inputs.entry(input.table.clone()).or_default();
        table.accepted += input.accepted;
        table.rejected += input.rejected;
    }
    let mut events = BTreeMap::new();
    for row in run.lineage()? {
        *events.entry(row.event.as_str()).or_default() += 1;
    }
    let mut figures = RunFigures {
        run_id: manifest.run_id.clone(),
        as_of: manifest.as_of.to_string(),
        previous_run_id: manifest.previous_run_id.clone(),
        counts: manifest.counts.clone(),
        inputs,
        findings: manifest
            .findings
            .iter()
            .map(|finding| (finding.code.clone(), finding.count))
            .collect(),
        actions: BTreeMap::new(),
        scores: vec![0; SCORE_BARS],
        sizes: SIZE_BOUNDS
            .map(|from| SizeBar { from, clusters: 0 })
            .to_vec(),
        events,
        hubs: run.hubs()?.len() as u64,
        seconds: manifest.stages.iter().map(|stage| stage.seconds).sum(),
    };
    run.indexed::<ClusterRow<'_>>(|fields| {
        figures.add(&ClusterRow::from_fields(fields)?);
        Ok(())
    })?;
    Ok(figures)
}

impl RunFigures {
    fn add(&mut self, row: &ClusterRow<'_>) {
        *self.actions.entry(row.action.as_str()).or_default() += 1;
        // The upper bounds rise by tenths: a score on a bound belongs to the bar above it.
        let bar = (1..SCORE_BARS)
            .filter(|bar| row.score * 10.0 >= f64_of(*bar))
            .count();
        self.scores[bar] += 1;
        let bar = SIZE_BOUNDS.partition_point(|&from| from <= row.size);
        self.sizes[bar.saturating_sub(1)].clusters += 1;
    }
}

#[expect(clippy::cast_precision_loss, reason = "the number of a bar")]
fn f64_of(bar: usize) -> f64 {
    bar as f64
}
