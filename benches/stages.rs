//! Each stage from files to rings on simulated markets of three sizes; `detect` has a bench of its own.
use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use ringfence::detect::detect;
use ringfence::graph::{project, weigh};
use ringfence::ingest::{ReadOptions, Tables, read_tables};
use ringfence::model::Timestamp;
use ringfence::resolve::resolve;
use ringfence::score::score;
use ringfence::simulate::{Settings, World, simulate};
use ringfence::strategy::Strategy;
use tempfile::TempDir;

/// Merchants of the markets.
const SIZES: [u32; 3] = [1_000, 10_000, 50_000];

/// A market's files, gone with the value.
fn market(merchants: u32) -> TempDir {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let settings = Settings {
        merchants,
        seed: 1,
        world: World::Plain,
        fraud_share: None,
        snapshots: 1,
    };
    simulate(&settings, dir.path()).expect("a market");
    dir
}

fn read(dir: &TempDir, strategy: &Strategy) -> Tables {
    read_tables(dir.path(), strategy, &ReadOptions::default()).expect("readable tables")
}

fn newest(tables: &Tables) -> Timestamp {
    tables.newest.expect("a market has times")
}

fn bench_ingest(criterion: &mut Criterion) {
    let strategy = Strategy::default();
    let mut group = criterion.benchmark_group("ingest");
    group.sample_size(10);
    for merchants in SIZES {
        let dir = market(merchants);
        let tables = read(&dir, &strategy);
        assert!(tables.merchants.merchant_id.len() >= merchants as usize / 2);
        group.throughput(Throughput::Bytes(
            tables.inputs.iter().map(|input| input.bytes).sum(),
        ));
        group.bench_function(BenchmarkId::from_parameter(merchants), |bench| {
            bench.iter(|| read(&dir, &strategy));
        });
    }
    group.finish();
}

fn bench_resolve(criterion: &mut Criterion) {
    let strategy = Strategy::default();
    let mut group = criterion.benchmark_group("resolve");
    group.sample_size(10);
    for merchants in SIZES {
        let tables = read(&market(merchants), &strategy);
        let as_of = tables.newest;
        let rows: usize = tables.links.iter().map(|table| table.value.len()).sum();
        let links = resolve(&tables, &strategy, as_of);
        assert!(!links.links.is_empty() && links.links.len() < rows);
        group.throughput(Throughput::Elements(rows as u64));
        group.bench_function(BenchmarkId::from_parameter(merchants), |bench| {
            bench.iter(|| resolve(&tables, &strategy, as_of));
        });
    }
    group.finish();
}

fn bench_graph(criterion: &mut Criterion) {
    let strategy = Strategy::default();
    let mut group = criterion.benchmark_group("graph_and_project");
    group.sample_size(10);
    for merchants in SIZES {
        let tables = read(&market(merchants), &strategy);
        let links = resolve(&tables, &strategy, tables.newest);
        assert!(project(&weigh(&links, &strategy)).n_edges() > merchants as usize / 20);
        group.throughput(Throughput::Elements(links.links.len() as u64));
        group.bench_function(BenchmarkId::from_parameter(merchants), |bench| {
            bench.iter(|| project(&weigh(black_box(&links), &strategy)));
        });
    }
    group.finish();
}

fn bench_score(criterion: &mut Criterion) {
    let strategy = Strategy::default();
    let mut group = criterion.benchmark_group("score");
    group.sample_size(10);
    for merchants in SIZES {
        let tables = read(&market(merchants), &strategy);
        let as_of = newest(&tables);
        let links = resolve(&tables, &strategy, Some(as_of));
        let graph = weigh(&links, &strategy);
        let network = project(&graph);
        let found = detect(&network, &strategy.detect, None);
        let rings = score(&graph, &network, &found, as_of);
        assert!(rings.len() > 1 && rings.len() <= found.partition.n_communities());
        group.throughput(Throughput::Elements(rings.len() as u64));
        group.bench_function(BenchmarkId::from_parameter(merchants), |bench| {
            bench.iter(|| score(&graph, &network, &found, as_of));
        });
    }
    group.finish();
}

criterion_group!(
    benches,
    bench_ingest,
    bench_resolve,
    bench_graph,
    bench_score
);
criterion_main!(benches);
