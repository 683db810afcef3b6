//! `ringfence run` through the real binary: what `docs/formats.md` and the contract promise of input,
//! output and exit codes.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod again;
mod chain;
mod decisions;
mod exceptions;
mod guardrails;
mod input;
mod output;
mod refusals;
mod terminal;
mod vanished;
mod verdicts;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::command::{data, ringfence};

/// A fresh directory with a copy of data that ships under `data`.
struct Home(TempDir);

/// The rows of a table, each a map from column to cell.
type Rows = Vec<BTreeMap<String, String>>;

impl Home {
    fn tiny() -> Self {
        Self::copy_of("tiny")
    }

    fn copy_of(name: &str) -> Self {
        let home = Self::empty();
        for entry in fs::read_dir(data(name)).unwrap() {
            let path = entry.unwrap().path();
            fs::copy(
                &path,
                home.input(path.file_name().unwrap().to_str().unwrap()),
            )
            .unwrap();
        }
        home
    }

    /// With these files as its data.
    fn with(files: &[(&str, &str)]) -> Self {
        let home = Self::empty();
        for (name, text) in files {
            home.write(name, text);
        }
        home
    }

    fn empty() -> Self {
        let home = Self(tempfile::tempdir().unwrap());
        fs::create_dir(home.path().join("data")).unwrap();
        home
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn input(&self, name: &str) -> PathBuf {
        self.path().join("data").join(name)
    }

    fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        fs::write(self.input(name), text).unwrap();
    }

    fn append(&self, name: &str, text: &str) {
        let before = fs::read_to_string(self.input(name)).unwrap();
        self.write(name, before + text);
    }

    fn strategy(&self, text: &str) -> PathBuf {
        let path = self.path().join("strategy.toml");
        fs::write(&path, text).unwrap();
        path
    }

    /// `run --data data --out runs` and what follows.
    fn run(&self, arguments: &[&str]) -> Command {
        let mut command = ringfence(self.path());
        command.args(["run", "--data", "data", "--out", "runs"]);
        command.args(arguments);
        command
    }

    fn runs(&self) -> PathBuf {
        self.path().join("runs")
    }

    fn latest(&self) -> PathBuf {
        self.runs().join("latest")
    }

    /// Everything under RUNS but the lock, and where `latest` points.
    fn published(&self) -> (BTreeSet<String>, Option<PathBuf>) {
        let latest = fs::read_link(self.latest()).ok();
        let Ok(entries) = fs::read_dir(self.runs()) else {
            return (BTreeSet::new(), latest);
        };
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        (names.filter(|name| name != ".lock").collect(), latest)
    }

    fn manifest(&self) -> serde_json::Value {
        manifest(&self.latest())
    }

    fn rows(&self, table: &str) -> Rows {
        rows(&self.latest(), table)
    }

    /// Members of the cluster of a merchant, sorted; nobody when it is in none.
    fn cluster_of(&self, merchant: &str) -> Vec<String> {
        let members = self.rows("members");
        let cluster = members.iter().find(|row| row["merchant_id"] == merchant);
        let of_cluster = members
            .iter()
            .filter(|row| Some(&row["cluster_id"]) == cluster.map(|row| &row["cluster_id"]));
        let mut ids: Vec<_> = of_cluster.map(|row| row["merchant_id"].clone()).collect();
        ids.sort();
        ids
    }

    /// The codes of the reasons of a merchant's cluster.
    fn reasons_of(&self, merchant: &str) -> BTreeSet<String> {
        let members = self.rows("members");
        let row = members
            .iter()
            .find(|row| row["merchant_id"] == merchant)
            .unwrap();
        let reasons = self.rows("reasons").into_iter();
        reasons
            .filter(|reason| reason["cluster_id"] == row["cluster_id"])
            .map(|reason| reason["code"].clone())
            .collect()
    }

    fn score_of(&self, merchant: &str) -> f64 {
        let feed = self.rows("feed");
        let row = feed
            .iter()
            .find(|row| row["merchant_id"] == merchant)
            .unwrap();
        row["cluster_score"].parse().unwrap()
    }
}

fn manifest(run: &Path) -> serde_json::Value {
    serde_json::from_slice(&fs::read(run.join("manifest.json")).unwrap()).unwrap()
}

fn rows(run: &Path, table: &str) -> Rows {
    let mut reader = csv::Reader::from_path(run.join(format!("{table}.csv"))).unwrap();
    reader.deserialize().map(Result::unwrap).collect()
}

/// Name and bytes of every CSV of a run.
fn tables(run: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(run)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let files = entries.filter(|path| path.extension().is_some_and(|end| end == "csv"));
    files
        .map(|path| {
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            (name, fs::read(path).unwrap())
        })
        .collect()
}
