//! The batch run: the order of the stages, and nothing else.

mod facts;
mod findings;
mod memory;
mod outputs;
mod rulings;
mod vanished;
mod warm_start;
mod watch;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use crate::decisions::{DecisionsError, Rulings};
use crate::detect::{Apart, Detection, cut_edges, detect, keep_apart};
use crate::graph::{EvidenceGraph, Network, project, weigh};
use crate::ingest::{IngestError, ReadOptions, Tables, read_tables};
use crate::model::{MerchantIdx, TextColumn, Timestamp};
use crate::publish::{Identities, RunShape, assign_ids, check_guardrails, is_same_run, run_id};
use crate::resolve::{Links, resolve_taking};
use crate::run::{
    FORMAT_VERSION, Manifest, ManifestInput, PreviousRun, RunError, RunLock, RunReader, RunStatus,
    RunStore, TrippedGuardrail,
};
use crate::score::{Chance, Doubts, Lesson, Ring, WeightsFrom, deal_decoys, learn, score_refuted};
use crate::strategy::Strategy;

pub use memory::MemoryError;
use warm_start::warm_start;
use watch::Watch;

/// What a batch run is asked to do.
#[derive(Debug)]
pub struct Job<'a> {
    /// The data directory.
    pub data: &'a Path,
    /// RUNS.
    pub runs: &'a Path,
    /// The decisions of the strategy manager.
    pub strategy: &'a Strategy,
    /// The run to compare with; `None` for `RUNS/latest`, if there is one.
    pub previous: Option<&'a Path>,
    /// A time of the day to take for now; `None` for that of the newest time in the input, verdicts aside.
    pub as_of: Option<Timestamp>,
    /// The record of what people decided about earlier runs.
    pub decisions: Option<&'a Path>,
    /// Write Parquet beside CSV.
    pub parquet: bool,
    /// Compute afresh what `latest` already holds.
    pub force: bool,
    /// Refuse or degrade rather than take more memory than this.
    pub memory_limit_bytes: Option<u64>,
    /// For the manifest only.
    pub threads: usize,
}

/// What the pipeline needs from the world, injected so that nothing below reads a clock.
pub struct World<'a> {
    /// Seconds since any fixed moment.
    pub seconds: &'a dyn Fn() -> f64,
    /// Most memory the process ever held, where the system tells.
    pub peak_memory_bytes: &'a dyn Fn() -> Option<u64>,
    /// Set by a signal; looked at between stages.
    pub interrupted: &'a AtomicBool,
    /// Told when a stage begins.
    pub stage: &'a dyn Fn(&'static str),
    /// Told how many more bytes of the input were read, from any thread.
    pub advance: &'a (dyn Fn(u64) + Sync),
}

impl std::fmt::Debug for World<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("World").finish_non_exhaustive()
    }
}

/// How a run ended.
#[derive(Debug)]
pub enum Outcome {
    /// `latest` points at it.
    Published(PathBuf, Box<Manifest>),
    /// A guardrail tripped: kept for inspection, `latest` not moved.
    Held(PathBuf, Box<Manifest>),
    /// `latest` holds the very run already.
    Unchanged(PathBuf, Box<Manifest>),
}

/// Why a run did not end.
#[derive(Debug, thiserror::Error)]
pub enum PipelineError {
    /// The input can't be used.
    #[error(transparent)]
    Ingest(#[from] IngestError),
    /// The run directory can't be read or written.
    #[error(transparent)]
    Run(#[from] RunError),
    /// The record of decisions can't be read.
    #[error(transparent)]
    Decisions(#[from] DecisionsError),
    /// It would take more memory than allowed.
    #[error(transparent)]
    Memory(#[from] MemoryError),
    /// The run that was computed before can't be computed afresh.
    #[error(
        "the run {previous} that `latest` was compared with is gone; name it with --previous, or start a new RUNS directory"
    )]
    PreviousGone {
        /// Its id.
        previous: String,
    },
    /// A signal asked it to stop; nothing was published.
    #[error("interrupted; nothing was published")]
    Interrupted,
}

/// Runs the whole batch job. A reader of RUNS sees the new run whole or not at all; dropped on the
/// way, by error or signal, the run leaves nothing behind.
///
/// # Errors
/// See [`PipelineError`]. Nothing has been published then.
pub fn run(job: &Job<'_>, world: &World<'_>) -> Result<Outcome, PipelineError> {
    let mut watch = Watch::new(world);
    let store = RunStore::open(job.runs)?;
    let lock = store.lock()?;
    memory::check_input(job)?;
    let mut tables = watch.try_stage("ingest", || ingest(job, world))?;
    let newest = tables.newest.unwrap_or_else(|| Timestamp::from_seconds(0));
    // A run speaks about a day, however the day was named.
    let as_of = job.as_of.unwrap_or(newest).day_start();
    let rulings = rulings::take(job, &mut tables, as_of)?;
    let previous = match choose_previous(job, &store, &tables, as_of)? {
        Previous::Unchanged(path, manifest) => return Ok(Outcome::Unchanged(path, manifest)),
        Previous::Compare(reader) => reader,
    };
    let context = Context {
        job,
        as_of,
        run_id: make_run_id(job, &tables, as_of, previous.as_deref().map(run_id_of)),
        previous: previous.as_deref(),
        rulings: &rulings,
    };
    let (outcome, manifest) = compute(&context, tables, &lock, &mut watch)?;
    findings::log_warnings(&manifest.findings);
    tracing::info!(
        run.id = %manifest.run_id,
        merchants = manifest.count("merchants"),
        links = manifest.count("links"),
        edges = manifest.count("edges"),
        clusters = manifest.count("clusters"),
        "finished"
    );
    Ok(match manifest.status {
        RunStatus::Published => Outcome::Published(outcome, Box::new(manifest)),
        RunStatus::Held => Outcome::Held(outcome, Box::new(manifest)),
    })
}

/// What every stage after ingest may look at.
struct Context<'a> {
    job: &'a Job<'a>,
    as_of: Timestamp,
    run_id: String,
    previous: Option<&'a RunReader>,
    rulings: &'a Rulings,
}

impl Context<'_> {
    /// The same under another strategy: other decisions, another run id.
    fn named_for(&self, strategy: &Strategy, inputs: &[ManifestInput]) -> Self {
        let previous = self.previous.map(run_id_of);
        let version = env!("CARGO_PKG_VERSION");
        Self {
            run_id: run_id(self.as_of, inputs, &strategy.hash, version, previous),
            ..*self
        }
    }
}

fn ingest(job: &Job<'_>, world: &World<'_>) -> Result<Tables, IngestError> {
    let options = ReadOptions {
        as_of: job.as_of,
        max_text_bytes: memory::max_text_bytes(job),
        progress: world.advance,
    };
    read_tables(job.data, job.strategy, &options)
}

enum Previous {
    Unchanged(PathBuf, Box<Manifest>),
    Compare(Option<Box<RunReader>>),
}

fn run_id_of(reader: &RunReader) -> &str {
    &reader.manifest().run_id
}

/// The run to compare with; or the news that `latest` holds this very run already.
fn choose_previous(
    job: &Job<'_>,
    store: &RunStore,
    tables: &Tables,
    as_of: Timestamp,
) -> Result<Previous, PipelineError> {
    let latest = match store.latest()? {
        Some(path) => Some(RunReader::open(&path)?),
        None => None,
    };
    let named = match job.previous {
        Some(path) => Some(RunReader::open(path)?),
        None => None,
    };
    let Some(latest) = latest else {
        return Ok(Previous::Compare(named.map(Box::new)));
    };
    let before = latest.manifest().previous_run_id.as_deref();
    let inputs = facts::inputs(tables);
    let version = env!("CARGO_PKG_VERSION");
    let again = memory::hash_again(job, latest.manifest())
        .is_some_and(|hash| is_same_run(latest.manifest(), as_of, &inputs, hash, version))
        && named.as_ref().is_none_or(|named| {
            Some(run_id_of(named)) == before || run_id_of(named) == run_id_of(&latest)
        });
    if !again {
        return Ok(Previous::Compare(Some(Box::new(named.unwrap_or(latest)))));
    }
    let is_complete = latest.has_tables() && (!job.parquet || latest.has_parquet());
    if is_complete && !job.force {
        let manifest = latest.manifest().clone();
        return Ok(Previous::Unchanged(
            latest.path().to_owned(),
            Box::new(manifest),
        ));
    }
    let Some(before) = before else {
        return Ok(Previous::Compare(None));
    };
    let reader = match named {
        Some(named) if run_id_of(&named) == before => Ok(named),
        _ => {
            let held = || store.root().join(format!("held-{before}"));
            RunReader::open(&store.find(before).unwrap_or_else(held))
        }
    };
    reader
        .map(|reader| Previous::Compare(Some(Box::new(reader))))
        .map_err(|_| PipelineError::PreviousGone {
            previous: before.to_owned(),
        })
}

fn make_run_id(
    job: &Job<'_>,
    tables: &Tables,
    as_of: Timestamp,
    previous_run_id: Option<&str>,
) -> String {
    let inputs = facts::inputs(tables);
    run_id(
        as_of,
        &inputs,
        &job.strategy.hash,
        env!("CARGO_PKG_VERSION"),
        previous_run_id,
    )
}

/// The rings, scored and held against chance. Decoys need nothing of the rings: the two keep each other's
/// cores busy.
fn scored(
    context: &Context<'_>,
    graph: &EvidenceGraph<'_>,
    network: &Network,
    found: &Detection,
    lesson: Option<&Lesson>,
) -> (Vec<Ring>, Doubts, Option<Chance>) {
    let as_of = context.as_of;
    let refutations = rulings::refutations(context.rulings, graph.links, graph.strategy());
    let weights = match lesson {
        None => WeightsFrom::Strategy,
        Some(_) => WeightsFrom::Labels,
    };
    let ((mut rings, doubts), chance) = rayon::join(
        || score_refuted(graph, network, found, as_of, weights, &refutations),
        || deal_decoys(graph, as_of),
    );
    let chance = chance.filter(|_| !rings.is_empty());
    if let Some(chance) = &chance {
        chance.set_q(&mut rings);
    }
    (rings, doubts, chance)
}

/// The resolved input and what the previous run said, side by side: to read that is work for one thread only.
fn resolved(
    context: &Context<'_>,
    tables: &mut Tables,
) -> Result<(Links, Option<PreviousRun>), RunError> {
    let (links, previous) = rayon::join(
        || resolve_taking(tables, context.job.strategy, Some(context.as_of)),
        || context.previous.map(RunReader::previous).transpose(),
    );
    Ok((links, previous?))
}

/// Everything from tables in memory to the run in its place.
fn compute(
    context: &Context<'_>,
    mut tables: Tables,
    lock: &RunLock,
    watch: &mut Watch<'_>,
) -> Result<(PathBuf, Manifest), PipelineError> {
    let strategy = context.job.strategy;
    let mut findings = findings::of_input(context, &tables);
    let inputs = facts::inputs(&tables);
    let mut counts = facts::input_counts(&tables);
    counts.extend(rulings::counts(context.rulings, context.job));
    let rejects = std::mem::take(&mut tables.rejects);
    let (links, previous) = watch.try_stage("resolve", || resolved(context, &mut tables))?;
    let unknown_labels =
        findings::unknown_labels(&tables, |id| merchant_of(&links.merchants.id, id));
    findings.extend(findings::idle_exceptions(context, &tables, &links));
    drop(tables);
    findings.extend(findings::of_links(&links, strategy));
    findings.extend(findings::lonely_newest(context, &links));
    findings.extend(unknown_labels);
    findings.extend(rulings::finding(context.rulings, strategy));
    let graph = watch.stage("graph", || weigh(&links, strategy))?;
    let (degraded, renamed);
    let (context, graph) = match memory::degrade(context.job, &graph)? {
        None => (context, graph),
        Some((strategy, finding)) => {
            findings.push(finding);
            degraded = strategy;
            renamed = context.named_for(&degraded, &inputs);
            (&renamed, watch.stage("graph", || weigh(&links, &degraded))?)
        }
    };
    let network = watch.stage("project", || project(&graph))?;
    let told_apart = rulings::told_apart(context.rulings, &links.merchants.id, &network);
    let network = without_edges(network, &told_apart);
    let found = watch.stage("detect", || {
        let labels = warm_start(&network, &graph, previous.as_ref());
        detected(&network, labels.as_deref(), &told_apart, strategy)
    })?;
    let learning = watch.stage("learn", || learn(&graph, &network, &found, context.as_of))?;
    let lesson = learning.lesson();
    let graph = taught(graph, lesson);
    let (rings, doubts, chance) = watch.stage("score", || {
        scored(context, &graph, &network, &found, lesson)
    })?;
    findings.extend(findings::of_weights(&learning, doubts));
    let identities = watch.stage("identify", || {
        identify(&rings, &links.merchants.id, previous.as_ref(), context)
    })?;
    counts.extend(facts::counts(&links, &network, &found, &rings));
    // Nothing that is written tells of edges.
    let_go((network, found, previous));
    let shape = facts::shape(&links, &rings, &inputs);
    let held_by = held_by(context, &shape, &identities);
    let manifest = Manifest {
        format_version: FORMAT_VERSION,
        run_id: context.run_id.clone(),
        status: status(&held_by),
        held_by,
        tool_version: env!("CARGO_PKG_VERSION").to_owned(),
        strategy_hash: graph.strategy().hash.clone(),
        as_of: context.as_of,
        previous_run_id: context.previous.map(|reader| run_id_of(reader).to_owned()),
        inputs,
        counts,
        tables: BTreeMap::new(),
        findings,
        chance: chance.map(|chance| facts::chance(&chance, &rings, &strategy.action)),
        learned: lesson.map(facts::learned),
        yardsticks: facts::yardsticks(&strategy.score),
        parameters: facts::parameters(context.job),
        threads: context.job.threads as u64,
        stages: Vec::new(),
        peak_memory_bytes: None,
    };
    let run = Computed {
        graph: &graph,
        rings: &rings,
        identities: &identities,
        rejects: &rejects,
        manifest,
    };
    let written = outputs::write(context, run, lock, watch);
    drop(graph);
    let_go((links, rings, identities, rejects));
    written
}

/// The run-level guardrails that trip.
fn held_by(
    context: &Context<'_>,
    shape: &RunShape,
    identities: &Identities,
) -> Vec<TrippedGuardrail> {
    let before = context.previous.map(RunReader::manifest);
    check_guardrails(
        shape,
        before,
        identities.churn,
        &context.job.strategy.guardrails,
    )
}

/// The graph under the weights that the labels taught.
fn taught<'a>(graph: EvidenceGraph<'a>, lesson: Option<&'a Lesson>) -> EvidenceGraph<'a> {
    match lesson {
        None => graph,
        Some(lesson) => graph.under(&lesson.strategy),
    }
}

/// Frees a value on another thread: to give back millions of small pieces takes most of a second, and
/// nobody has to wait for it.
fn let_go<T: Send + 'static>(value: T) {
    rayon::spawn(move || drop(value));
}

/// The communities, begun from those of the previous run, in none of which are merchants told apart.
fn detected(
    network: &Network,
    labels: Option<&[Option<u32>]>,
    told_apart: &[Apart],
    strategy: &Strategy,
) -> Detection {
    let found = detect(network, &strategy.detect, labels);
    keep_apart(network, found, told_apart, strategy.detect.objective)
}

/// Without the edges between merchants that people have told apart.
fn without_edges(network: Network, told_apart: &[Apart]) -> Network {
    if told_apart.is_empty() {
        return network;
    }
    cut_edges(&network, told_apart)
}

fn status<T>(held_by: &[T]) -> RunStatus {
    if held_by.is_empty() {
        RunStatus::Published
    } else {
        RunStatus::Held
    }
}

/// A merchant by its id.
fn merchant_of(ids: &TextColumn, id: &str) -> Option<MerchantIdx> {
    ids.find_sorted(id).map(MerchantIdx::new)
}

fn identify(
    rings: &[Ring],
    ids: &TextColumn,
    previous: Option<&PreviousRun>,
    context: &Context<'_>,
) -> Identities {
    let members: Vec<Vec<MerchantIdx>> = rings
        .iter()
        .map(|ring| ring.members.iter().map(|member| member.merchant).collect())
        .collect();
    assign_ids(
        &members,
        ids,
        previous,
        context.as_of,
        &context.job.strategy.lineage,
    )
}

/// Everything a run directory is written from.
struct Computed<'a> {
    graph: &'a EvidenceGraph<'a>,
    rings: &'a [Ring],
    identities: &'a Identities,
    rejects: &'a [crate::ingest::Reject],
    manifest: Manifest,
}
