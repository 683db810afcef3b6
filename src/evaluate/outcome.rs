//! Reading what a run says, by column name and nothing else.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::EvaluateError;

/// The verdicts of a run.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Outcome {
    /// Best first.
    pub(super) clusters: Vec<Cluster>,
    pub(super) members: Vec<Member>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Cluster {
    pub(super) id: String,
    pub(super) rank: f64,
    pub(super) score: f64,
    pub(super) action: Action,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Member {
    /// A position in [`Outcome::clusters`].
    pub(super) cluster: usize,
    pub(super) merchant: String,
    pub(super) membership: f64,
    pub(super) action: Action,
}

/// What is proposed for a merchant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Action {
    Monitor,
    Review,
    Enforce,
}

/// Reads `clusters.csv` and `members.csv` of a run.
pub(super) fn read(run: &Path) -> Result<Outcome, EvaluateError> {
    let mut clusters: Vec<Cluster> = Vec::new();
    let columns = ["cluster_id", "rank", "score", "action"];
    rows(&run.join("clusters.csv"), columns, |row| {
        clusters.push(Cluster {
            id: row.fields[0].to_owned(),
            rank: row.number(1)?,
            score: row.number(2)?,
            action: row.action(3)?,
        });
        Ok(())
    })?;
    clusters.sort_by(|a, b| a.rank.total_cmp(&b.rank).then_with(|| a.id.cmp(&b.id)));
    let positions: BTreeMap<&str, usize> = clusters
        .iter()
        .enumerate()
        .map(|(position, cluster)| (cluster.id.as_str(), position))
        .collect();
    let mut members = Vec::new();
    let columns = ["cluster_id", "merchant_id", "membership", "action"];
    rows(&run.join("members.csv"), columns, |row| {
        let cluster = positions.get(row.fields[0]).copied();
        members.push(Member {
            cluster: cluster.ok_or_else(|| row.bad(0, "a cluster of clusters.csv"))?,
            merchant: row.fields[1].to_owned(),
            membership: row.number(2)?,
            action: row.action(3)?,
        });
        Ok(())
    })?;
    drop(positions);
    Ok(Outcome { clusters, members })
}

/// A row of `lineage.csv`: cluster, previous cluster, event.
pub(super) type LineageEvent = (String, String, String);

/// Reads `lineage.csv` of a run.
pub(super) fn read_lineage(run: &Path) -> Result<Vec<LineageEvent>, EvaluateError> {
    let mut events = Vec::new();
    let columns = ["cluster_id", "previous_cluster_id", "event"];
    rows(&run.join("lineage.csv"), columns, |row| {
        events.push(row.fields.map(str::to_owned).into());
        Ok(())
    })?;
    Ok(events)
}

/// The wanted fields of one row.
struct Row<'a, const N: usize> {
    path: &'a PathBuf,
    line: u64,
    columns: [&'static str; N],
    fields: [&'a str; N],
}

impl<const N: usize> Row<'_, N> {
    fn bad(&self, column: usize, expected: &'static str) -> EvaluateError {
        EvaluateError::Field {
            path: self.path.clone(),
            line: self.line,
            column: self.columns[column],
            expected,
        }
    }

    fn action(&self, column: usize) -> Result<Action, EvaluateError> {
        match self.fields[column] {
            "enforce" => Ok(Action::Enforce),
            "review" => Ok(Action::Review),
            "monitor" => Ok(Action::Monitor),
            _ => Err(self.bad(column, "enforce, review or monitor")),
        }
    }

    fn number(&self, column: usize) -> Result<f64, EvaluateError> {
        let number = self.fields[column].parse::<f64>().ok();
        number
            .filter(|n| n.is_finite())
            .ok_or_else(|| self.bad(column, "a number"))
    }
}

fn rows<const N: usize>(
    path: &Path,
    columns: [&'static str; N],
    mut each: impl FnMut(&Row<N>) -> Result<(), EvaluateError>,
) -> Result<(), EvaluateError> {
    let path = path.to_owned();
    let fail = |source| EvaluateError::Read {
        path: path.clone(),
        source,
    };
    let mut reader = csv::Reader::from_path(&path).map_err(fail)?;
    let header = reader.headers().map_err(fail)?.clone();
    let mut at = [0; N];
    for (position, column) in at.iter_mut().zip(columns) {
        let found = header.iter().position(|name| name == column);
        *position = found.ok_or_else(|| EvaluateError::Column {
            path: path.clone(),
            column,
            hint: "give the directory of one published run",
        })?;
    }
    for record in reader.records() {
        let record = record.map_err(fail)?;
        let fields = at.map(|i| record.get(i).unwrap_or(""));
        let line = record.position().map_or(0, csv::Position::line);
        each(&Row {
            path: &path,
            line,
            columns,
            fields,
        })?;
    }
    Ok(())
}
