//! `manifest.json`: what a run was made of, what came out, and how long it took.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::model::Timestamp;

/// The version of the run directory's format that this version of ringfence writes.
pub const FORMAT_VERSION: u64 = 1;

/// `manifest.json`. The only file of a run that holds timings and other facts of the machine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// Version of the run directory's format.
    pub format_version: u64,
    /// As-of date and a hash over inputs, strategy, version and previous run.
    pub run_id: String,
    /// Whether the run went out.
    pub status: RunStatus,
    /// Run-level guardrails that held it; empty for a published run.
    #[serde(default)]
    pub held_by: Vec<TrippedGuardrail>,
    /// Version of ringfence.
    pub tool_version: String,
    /// BLAKE3 of the effective strategy.
    pub strategy_hash: String,
    /// What the run took for now.
    #[serde(with = "time_text")]
    pub as_of: Timestamp,
    /// The run that ids and guardrails were compared with.
    #[serde(default)]
    pub previous_run_id: Option<String>,
    /// Every input file, sorted by path.
    #[serde(default)]
    pub inputs: Vec<ManifestInput>,
    /// What was counted, by name: `merchants`, `linked_merchants`, `clusters`, ...
    #[serde(default)]
    pub counts: BTreeMap<String, u64>,
    /// How much was written to each file of a table, by the file's name: one that holds less was cut off.
    /// Empty in runs of earlier versions.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tables: BTreeMap<String, TableSize>,
    /// Data-quality findings.
    #[serde(default)]
    pub findings: Vec<Finding>,
    /// What chance alone would have brought about; absent when the strategy asks for no decoys.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chance: Option<ByChance>,
    /// Weights learned from labels; absent when the strategy's were used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub learned: Option<LearnedWeights>,
    /// What reasons were measured against.
    #[serde(default)]
    pub yardsticks: Yardsticks,
    /// Settings of the command that have no place in the strategy, by name.
    #[serde(default)]
    pub parameters: BTreeMap<String, String>,
    /// Threads used.
    #[serde(default)]
    pub threads: u64,
    /// Wall time of each stage in order.
    #[serde(default)]
    pub stages: Vec<StageSeconds>,
    /// Most memory the process ever held, where the system tells.
    #[serde(default)]
    pub peak_memory_bytes: Option<u64>,
}

/// Whether a run went out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RunStatus {
    /// `latest` pointed at it once it was whole.
    Published,
    /// A guardrail tripped: kept for inspection only.
    Held,
}

/// A run-level guardrail that tripped.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrippedGuardrail {
    /// A stable code.
    pub code: String,
    /// What was found and what is allowed, in one sentence.
    pub sentence: String,
}

/// An input file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManifestInput {
    /// Path relative to the data directory, with `/`.
    pub path: String,
    /// The table it belongs to.
    pub table: String,
    /// Size on disk.
    pub bytes: u64,
    /// BLAKE3 of the bytes on disk, 64 hex digits.
    pub blake3: String,
    /// Data rows seen.
    pub rows: u64,
    /// Rows taken in.
    pub accepted: u64,
    /// Rows in `rejects.csv`.
    pub rejected: u64,
    /// Those of its columns that were read, in a fixed order; empty for what is no table, and in runs of a
    /// version that did not note them.
    #[serde(default)]
    pub columns: Vec<String>,
}

/// What a file of a table holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableSize {
    /// Rows, the header aside.
    pub rows: u64,
    /// Its length.
    pub bytes: u64,
}

/// Something about the input that a person should know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// A stable code.
    pub code: String,
    /// How much it matters.
    pub severity: FindingSeverity,
    /// What was found, in one sentence without personal values.
    pub sentence: String,
    /// How many rows, values or merchants it is about.
    pub count: u64,
}

/// What decoy markets brought about: the uses of every value dealt anew at random.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ByChance {
    /// Decoy markets dealt.
    pub decoys: u32,
    /// The share of the market each of them is a sample of, above 0 and at most 1.
    pub share: f64,
    /// The `surprise` that one chance cluster in a hundred exceeds.
    pub usual_surprise_bits: f64,
    /// Clusters found and expected by chance, by rising score.
    pub levels: Vec<ChanceLevel>,
}

/// The weights that a run learned from labels, and why it believed them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LearnedWeights {
    /// Labelled clusters of whose labelled members at least half are fraudulent.
    pub fraud_clusters: u64,
    /// The other labelled clusters.
    pub legit_clusters: u64,
    /// Mean log loss, in nats, of labelled clusters not seen: with learned weights less with the strategy's.
    pub log_loss_difference: f64,
    /// The ends of its 95 % bootstrap interval, both below zero.
    pub interval: [f64; 2],
    /// The constant in use, in log-odds.
    pub prior: f64,
    /// The weights in use by reason, in log-odds.
    pub points: BTreeMap<String, f64>,
}

/// What reasons were measured against, by the strategy's names: whoever tells of a run measures alike.
///
/// Runs of earlier versions don't say it, and are taken to have used what the default strategy says.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Yardsticks {
    /// Registrations within so many days of each other are a burst.
    pub burst_days: f64,
    /// A family's shops are at most so many.
    pub family_size: u64,
    /// A tenure of so many days is a long one.
    pub long_tenure_days: f64,
}

impl Default for Yardsticks {
    fn default() -> Self {
        Self {
            burst_days: 14.0,
            family_size: 4,
            long_tenure_days: 1825.0,
        }
    }
}

/// A threshold on the score.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChanceLevel {
    /// At least this score.
    pub score: f64,
    /// Clusters of the run that reach it.
    pub clusters: u64,
    /// How many of them may be accidents, at most.
    pub expected: f64,
}

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FindingSeverity {
    /// Good to know.
    Info,
    /// May make results worse.
    Warn,
}

/// Wall time of a stage.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StageSeconds {
    /// The stage: `ingest`, `resolve`, ...
    pub stage: String,
    /// Seconds from its start to its end.
    pub seconds: f64,
}

impl Manifest {
    /// A count by name; zero when it was not counted.
    pub fn count(&self, name: &str) -> u64 {
        self.counts.get(name).copied().unwrap_or(0)
    }

    /// The rows that were written to a table, where the run tells.
    pub fn rows_written(&self, table: &str) -> Option<u64> {
        // What runs told before they listed their tables.
        let count = match table {
            "clusters" => "clusters",
            "members" | "feed" => "clustered_merchants",
            "rejects" => "rejected_rows",
            _ => "",
        };
        match self.tables.get(&format!("{table}.csv")) {
            Some(size) => Some(size.rows),
            None => self.counts.get(count).copied(),
        }
    }

    /// Accepted rows of each input table.
    pub fn rows_by_table(&self) -> BTreeMap<&str, u64> {
        let mut rows = BTreeMap::new();
        for input in &self.inputs {
            let sum: &mut u64 = rows.entry(input.table.as_str()).or_default();
            *sum = sum.saturating_add(input.accepted);
        }
        rows
    }

    /// The file's text: pretty JSON with keys in a fixed order and a line end behind.
    pub(super) fn to_json(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string_pretty(self).map(|json| json + "\n")
    }
}

/// Times as the CSV files spell them.
mod time_text {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    use crate::model::Timestamp;

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
    pub(super) fn serialize<S: Serializer>(time: &Timestamp, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(time)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Timestamp, D::Error> {
        let text = String::deserialize(from)?;
        Timestamp::parse(&text).map_err(D::Error::custom)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::{FORMAT_VERSION, Manifest, RunStatus, StageSeconds, Yardsticks};
    use crate::model::Timestamp;

    /// A manifest with nothing remarkable in it.
    pub(in crate::run) fn plain(run_id: &str) -> Manifest {
        Manifest {
            format_version: FORMAT_VERSION,
            run_id: run_id.to_owned(),
            status: RunStatus::Published,
            held_by: Vec::new(),
            tool_version: "0.1.0".to_owned(),
            strategy_hash: "00".repeat(32),
            as_of: Timestamp::parse("2024-05-06T07:08:09Z").unwrap(),
            previous_run_id: None,
            inputs: Vec::new(),
            counts: [("merchants".to_owned(), 3)].into(),
            tables: std::collections::BTreeMap::new(),
            findings: Vec::new(),
            chance: None,
            learned: None,
            yardsticks: Yardsticks::default(),
            parameters: std::collections::BTreeMap::new(),
            threads: 2,
            stages: vec![StageSeconds {
                stage: "ingest".to_owned(),
                seconds: 0.5,
            }],
            peak_memory_bytes: Some(1 << 20),
        }
    }

    #[test]
    fn reads_back_what_it_wrote_and_ignores_what_came_later() {
        let manifest = plain("2024-05-06-abc");
        let json = manifest.to_json().unwrap();
        assert!(json.ends_with("}\n") && json.contains("\"as_of\": \"2024-05-06T07:08:09Z\""));
        assert_eq!(serde_json::from_str::<Manifest>(&json).unwrap(), manifest);
        let later = json.replacen('{', "{\"added_later\": [1],", 1);
        assert_eq!(serde_json::from_str::<Manifest>(&later).unwrap(), manifest);
        assert_eq!(
            (manifest.count("merchants"), manifest.count("clusters")),
            (3, 0)
        );
    }
}
