//! Community detection on rings in a sparse mesh, three sizes, pinned and automatic resolution.
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use ringfence::detect::detect;
use ringfence::graph::Network;
use ringfence::model::Bits;
use ringfence::strategy::{Detect, Objective, Resolution};

/// Rings of ten in a chain of neighbours with accidental shares, from a fixed seed.
fn world(n_nodes: u32) -> Network {
    let mut state = 1_u64;
    let mut roll = |n: u32| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        u32::try_from((state >> 33) % u64::from(n)).expect("below n")
    };
    let mut edges = Vec::new();
    for node in 0..n_nodes {
        let ring = node / 10 * 10;
        for _ in 0..3 {
            edges.push((
                node,
                (ring + roll(10)).min(n_nodes - 1),
                Bits::from_f64(4.0),
            ));
        }
        edges.push((node, roll(n_nodes), Bits::from_f64(0.2)));
    }
    Network::from_edges(n_nodes as usize, &edges)
}

fn bench_detect(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("detect");
    group.sample_size(10);
    for n_nodes in [1_000, 30_000, 300_000] {
        let network = world(n_nodes);
        group.throughput(Throughput::Elements(network.n_edges() as u64));
        for (name, resolution) in [
            ("pinned", Resolution::Pinned(0.2)),
            ("auto", Resolution::Auto),
        ] {
            let config = Detect {
                objective: Objective::Cpm,
                resolution,
                max_iterations: 10,
                seed: 1,
                warm_start: false,
            };
            let found = detect(&network, &config, None);
            assert!(found.partition.n_communities() > network.n_nodes() / 20);
            group.bench_with_input(
                BenchmarkId::new(name, n_nodes),
                &network,
                |bench, network| {
                    bench.iter(|| detect(network, &config, None));
                },
            );
        }
    }
    group.finish();
}

criterion_group!(benches, bench_detect);
criterion_main!(benches);
