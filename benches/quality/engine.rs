//! Markets, runs and evaluations in folders that are gone afterwards.

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use anyhow::{Context, Result};
use ringfence::evaluate::{Evaluation, Options, Unlisted, evaluate};
use ringfence::ingest::{ReadOptions, read_tables};
use ringfence::model::Timestamp;
use ringfence::pipeline::{self, Job, Outcome};
use ringfence::resolve::{Links, resolve};
use ringfence::run::Manifest;
use ringfence::simulate::{Settings, World, simulate};
use ringfence::strategy::Strategy;

/// Makes a market with its truth.
pub(crate) fn make_market(world: World, merchants: u32, seed: u64, out: &Path) -> Result<()> {
    let settings = Settings {
        merchants,
        seed,
        world,
        fraud_share: None,
        snapshots: 10,
    };
    simulate(&settings, out).context("no market was made")?;
    Ok(())
}

/// A run, published or held.
#[derive(Debug)]
pub(crate) struct Finished {
    pub(crate) path: PathBuf,
    pub(crate) manifest: Manifest,
}

/// Runs the whole pipeline. A run that a guardrail holds is measured like any other.
pub(crate) fn run(
    data: &Path,
    runs: &Path,
    strategy: &Strategy,
    previous: Option<&Path>,
    as_of: Option<Timestamp>,
) -> Result<Finished> {
    let job = Job {
        data,
        runs,
        strategy,
        previous,
        as_of,
        decisions: None,
        parquet: false,
        force: false,
        memory_limit_bytes: None,
        threads: rayon::current_num_threads(),
    };
    let interrupted = AtomicBool::new(false);
    let world = pipeline::World {
        seconds: &|| 0.0,
        peak_memory_bytes: &|| None,
        interrupted: &interrupted,
        stage: &|_| {},
        advance: &|_| {},
    };
    let outcome = pipeline::run(&job, &world).context("the run failed")?;
    let (Outcome::Published(path, manifest)
    | Outcome::Held(path, manifest)
    | Outcome::Unchanged(path, manifest)) = outcome;
    Ok(Finished {
        path,
        manifest: *manifest,
    })
}

/// Runs on a data folder in a fresh RUNS folder inside `work`.
pub(crate) fn run_once(data: &Path, strategy: &Strategy, work: &Path) -> Result<Finished> {
    let runs = tempfile::tempdir_in(work)?.keep();
    run(data, &runs, strategy, None, None)
}

/// The links that baselines work on: the same files, the same normalizers.
pub(crate) fn links(data: &Path, strategy: &Strategy) -> Result<Links> {
    let tables = read_tables(data, strategy, &ReadOptions::default())?;
    let newest = tables.newest;
    Ok(resolve(&tables, strategy, newest))
}

/// Evaluates without intervals: the spread over seeds says more.
pub(crate) fn measure(run: &Path, truth: &Path, unlisted: Unlisted) -> Result<Evaluation> {
    let options = Options {
        unlisted,
        replicates: 0,
        ..Options::default()
    };
    evaluate(run, truth, &options).context("the run was not evaluated")
}

/// A figure by its name; `None` where it is not defined.
pub(crate) fn figure(evaluation: &Evaluation, name: &str) -> Option<f64> {
    let mut figures = evaluation.figures.iter();
    let found = figures.find(|figure| figure.name == name);
    found.and_then(|figure| figure.value)
}

/// The defaults with some keys set.
pub(crate) fn strategy(text: &str) -> Result<Strategy> {
    Strategy::parse(text).context("the strategy of a measurement does not load")
}
