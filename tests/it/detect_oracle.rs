//! Detection against plain versions: the best partition by trying all, components by petgraph.

use proptest::prelude::*;
use ringfence::detect::{Partition, detect, quality};
use ringfence::graph::Network;
use ringfence::model::Bits;
use ringfence::strategy::{Detect, Objective, Resolution};

fn config(objective: Objective, resolution: f64) -> Detect {
    Detect {
        objective,
        resolution: Resolution::Pinned(resolution),
        max_iterations: 10,
        seed: 1,
        warm_start: false,
    }
}

/// The best quality any partition has, by trying all (restricted growth strings). 4140 at n = 8.
fn best_quality(network: &Network, objective: Objective, resolution: f64) -> f64 {
    fn grow(labels: &mut Vec<u32>, n_nodes: usize, visit: &mut impl FnMut(&[u32])) {
        if labels.len() == n_nodes {
            visit(labels);
            return;
        }
        let next = labels.iter().max().map_or(0, |&label| label + 1);
        for label in 0..=next {
            labels.push(label);
            grow(labels, n_nodes, visit);
            labels.pop();
        }
    }
    let mut best = f64::NEG_INFINITY;
    grow(&mut Vec::new(), network.n_nodes(), &mut |labels| {
        let partition = Partition::from_labels(labels);
        best = best.max(quality(network, &partition, objective, resolution));
    });
    best
}

fn network(n_nodes: usize, edges: &[(u32, u32, u8)]) -> Network {
    let edges: Vec<_> = edges
        .iter()
        .map(|&(a, b, bits)| (a, b, Bits::from_f64(f64::from(bits))))
        .collect();
    Network::from_edges(n_nodes, &edges)
}

#[test]
fn drawable_graphs_get_their_best_partition() {
    let cliques = [
        (0, 1),
        (0, 2),
        (0, 3),
        (1, 2),
        (1, 3),
        (2, 3),
        (3, 4),
        (4, 5),
        (4, 6),
        (4, 7),
    ];
    let cliques = [&cliques[..], &[(5, 6), (5, 7), (6, 7)]].concat();
    let chain: Vec<_> = (1..8).map(|b| (b - 1, b)).collect();
    let star: Vec<_> = (1..8).map(|b| (0, b)).collect();
    for (name, edges) in [("cliques", cliques), ("chain", chain), ("star", star)] {
        let edges: Vec<_> = edges.iter().map(|&(a, b)| (a, b, 4)).collect();
        let network = network(8, &edges);
        for objective in [Objective::Cpm, Objective::Modularity] {
            for resolution in [0.05, 0.2, 0.9, 1.0, 2.5, 5.0] {
                let found = detect(&network, &config(objective, resolution), None);
                let best = best_quality(&network, objective, resolution);
                assert!(
                    (found.quality - best).abs() < 1e-9,
                    "{name}, {objective:?} at {resolution}: {} of {best}",
                    found.quality
                );
            }
        }
    }
}

#[test]
fn small_random_graphs_get_their_best_partition_nearly_always() {
    let mut state = 11_u64;
    let mut roll = |n: u64| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        u32::try_from((state >> 33) % n).unwrap()
    };
    let (mut n_best, mut n_all, mut share) = (0_u32, 0_u32, 0.0);
    for _ in 0..150 {
        let n_nodes = 4 + roll(4);
        let n_edges = n_nodes + roll(10);
        let edges: Vec<_> = (0..n_edges)
            .map(|_| {
                let (a, b) = (roll(u64::from(n_nodes)), roll(u64::from(n_nodes)));
                (a, b, u8::try_from(1 + roll(6)).unwrap())
            })
            .collect();
        let network = network(n_nodes as usize, &edges);
        let found = detect(&network, &config(Objective::Cpm, 1.5), None);
        let best = best_quality(&network, Objective::Cpm, 1.5);
        assert!(found.quality <= best + 1e-9, "better than the best");
        n_all += 1;
        n_best += u32::from(found.quality >= best - 1e-9);
        share += if best > 0.0 {
            found.quality / best
        } else {
            1.0
        };
    }
    println!(
        "best in {n_best} of {n_all}, mean share {}",
        share / f64::from(n_all)
    );
    assert!(n_best * 100 >= n_all * 90, "best in {n_best} of {n_all}");
    assert!(share / f64::from(n_all) >= 0.99, "{share} of {n_all}");
}

proptest! {
    #[test]
    fn components_are_petgraphs(edges in proptest::collection::vec((0..30_u32, 0..30_u32), 0..40)) {
        let graph = petgraph::graph::UnGraph::<(), ()>::from_edges(
            edges.iter().copied().chain((0..30).map(|node| (node, node))),
        );
        let edges: Vec<_> = edges.iter().map(|&(a, b)| (a, b, 1)).collect();
        // At resolution zero every component is one community.
        let found = detect(&network(30, &edges), &config(Objective::Cpm, 0.0), None);
        prop_assert_eq!(found.n_components, petgraph::algo::connected_components(&graph));
        prop_assert_eq!(found.partition.n_communities(), found.n_components);
    }
}
