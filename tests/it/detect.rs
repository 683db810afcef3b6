//! Community detection on drawable graphs, planted worlds, and its laws.

use proptest::prelude::*;
use ringfence::detect::{Detection, detect, quality};
use ringfence::graph::Network;
use ringfence::model::Bits;
use ringfence::strategy::{Detect, Objective, Resolution};

fn config(objective: Objective, resolution: Resolution) -> Detect {
    Detect {
        objective,
        resolution,
        max_iterations: 10,
        seed: 1,
        warm_start: true,
    }
}

fn auto() -> Detect {
    config(Objective::Cpm, Resolution::Auto)
}

fn cpm(resolution: f64) -> Detect {
    config(Objective::Cpm, Resolution::Pinned(resolution))
}

type Edge = (u32, u32, f64);

fn network(n_nodes: u32, edges: &[Edge]) -> Network {
    let edges: Vec<_> = edges
        .iter()
        .map(|&(a, b, bits)| (a, b, Bits::from_f64(bits)))
        .collect();
    Network::from_edges(n_nodes as usize, &edges)
}

fn clique(nodes: std::ops::Range<u32>, bits: f64) -> Vec<Edge> {
    nodes
        .clone()
        .flat_map(|a| (a + 1..nodes.end).map(move |b| (a, b, bits)))
        .collect()
}

fn path(nodes: std::ops::Range<u32>, bits: f64) -> Vec<Edge> {
    nodes.clone().skip(1).map(|b| (b - 1, b, bits)).collect()
}

/// Communities of two or more, as sorted node lists.
fn groups(found: &Detection) -> Vec<Vec<u32>> {
    let mut groups = found.partition.members();
    groups.retain(|group| group.len() > 1);
    groups
}

/// A small generator: a counter through a 64-bit mixer.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed ^ (mixed >> 29)
    }

    fn below(&mut self, n: u32) -> u32 {
        u32::try_from(self.next() >> 16 & 0xFFFF_FFFF).unwrap() % n
    }

    fn unit(&mut self) -> f64 {
        f64::from(self.below(1 << 20)) / f64::from(1 << 20)
    }

    fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }
}

#[test]
fn nothing_and_single_nodes_are_fine() {
    for config in [
        auto(),
        cpm(1.0),
        config(Objective::Modularity, Resolution::Auto),
    ] {
        let empty = detect(&network(0, &[]), &config, None);
        assert_eq!(
            (empty.n_components, empty.partition.n_communities()),
            (0, 0)
        );
        let alone = detect(&network(3, &[]), &config, None);
        assert_eq!(alone.partition.communities(), [0, 1, 2]);
        assert_eq!(alone.resolution, [0.0; 3]);
        assert_eq!((alone.n_components, alone.largest_component), (3, 1));
    }
}

#[test]
fn auto_splits_two_rings_on_a_bridge() {
    for n in 4..20_u32 {
        let mut edges = clique(0..n, 8.0);
        edges.extend(clique(n..2 * n, 8.0));
        edges.push((n - 1, n, 8.0));
        let found = detect(&network(2 * n, &edges), &auto(), None);
        let expected: Vec<Vec<u32>> = vec![(0..n).collect(), (n..2 * n).collect()];
        assert_eq!(groups(&found), expected, "rings of {n}");
    }
}

#[test]
fn auto_splits_two_rings_sharing_one_merchant() {
    for n in 5..20_u32 {
        let mut edges = clique(0..n, 8.0);
        edges.extend(clique(n - 1..2 * n - 1, 8.0));
        let found = detect(&network(2 * n - 1, &edges), &auto(), None);
        let sizes: Vec<_> = groups(&found).iter().map(Vec::len).collect();
        assert_eq!(sizes.iter().sum::<usize>(), (2 * n - 1) as usize);
        assert_eq!(sizes.len(), 2, "rings of {n}: {sizes:?}");
        assert!(sizes[0].abs_diff(sizes[1]) == 1, "rings of {n}: {sizes:?}");
    }
}

#[test]
fn auto_keeps_a_chain_whole() {
    let mut dice = Dice(7);
    for n in 2..=16_u32 {
        let even = detect(&network(n, &path(0..n, 5.0)), &auto(), None);
        assert_eq!(even.partition.n_communities(), 1, "even chain of {n}");
        let mut edges = path(0..n, 5.0);
        for edge in &mut edges {
            edge.2 = dice.between(4.0, 6.0);
        }
        let uneven = detect(&network(n, &edges), &auto(), None);
        assert_eq!(uneven.partition.n_communities(), 1, "uneven chain of {n}");
    }
}

#[test]
fn auto_keeps_fringe_with_its_clique() {
    for n in 4..24_u32 {
        for n_pendants in 1..=4_u32 {
            let mut edges = clique(0..n, 6.0);
            edges.extend((0..n_pendants).map(|pendant| (pendant, n + pendant, 6.0)));
            let found = detect(&network(n + n_pendants, &edges), &auto(), None);
            assert_eq!(
                found.partition.n_communities(),
                1,
                "clique of {n} with {n_pendants}: {:?}",
                found.partition.communities()
            );
        }
    }
}

/// Rings in a weak mass: each ring a near-clique, every node with weak edges to anyone.
fn weak_world(
    seed: u64,
    n_mass: u32,
    weak: (f64, f64),
    strong: (f64, f64),
) -> (Network, Vec<Vec<u32>>) {
    let mut dice = Dice(seed);
    let (mut edges, mut rings) = (Vec::new(), Vec::new());
    let mut next = n_mass;
    for size in [4, 5, 6, 8, 10, 14] {
        let ring: Vec<u32> = (next..next + size).collect();
        for edge in clique(next..next + size, 0.0) {
            if dice.unit() < 0.85 {
                edges.push((edge.0, edge.1, dice.between(strong.0, strong.1)));
            }
        }
        next += size;
        rings.push(ring);
    }
    for node in 0..next {
        for _ in 0..5 {
            edges.push((node, dice.below(next), dice.between(weak.0, weak.1)));
        }
    }
    (network(next, &edges), rings)
}

fn jaccard(a: &[u32], b: &[u32]) -> f64 {
    let shared = a.iter().filter(|node| b.contains(node)).count();
    let count = |n: usize| f64::from(u32::try_from(n).unwrap());
    count(shared) / count(a.len() + b.len() - shared)
}

/// Mean best Jaccard overlap of planted rings with found communities.
fn recovery(found: &Detection, rings: &[Vec<u32>]) -> f64 {
    let groups = groups(found);
    let best = |ring: &Vec<u32>| groups.iter().map(|g| jaccard(ring, g)).fold(0.0, f64::max);
    rings.iter().map(best).sum::<f64>() / f64::from(u32::try_from(rings.len()).unwrap())
}

#[test]
fn auto_finds_strong_rings_in_a_weak_mass() {
    for (weak, strong, at_least) in [
        ((0.05, 0.3), (5.0, 10.0), 0.95),
        ((0.05, 0.3), (2.0, 10.0), 0.95),
        ((0.3, 0.6), (3.0, 6.0), 0.9),
    ] {
        for n_mass in [200, 500, 1500] {
            let mut mean = 0.0;
            for seed in 0..5 {
                let (network, rings) = weak_world(seed, n_mass, weak, strong);
                mean += recovery(&detect(&network, &auto(), None), &rings) / 5.0;
            }
            println!("weak mass {n_mass} {weak:?} {strong:?}: {mean:.3}");
            assert!(mean >= at_least, "{n_mass} {weak:?} {strong:?}: {mean}");
        }
    }
}

/// Rings of several densities and strengths, each hanging on the next by one accidental share.
fn bridged_world(seed: u64) -> (Network, Vec<Vec<u32>>) {
    let mut dice = Dice(seed);
    let (mut edges, mut rings): (Vec<Edge>, Vec<Vec<u32>>) = (Vec::new(), Vec::new());
    let mut next = 0;
    for _ in 0..30 {
        let size = 5 + dice.below(16);
        let bits = dice.between(1.0, 8.0);
        let density = dice.between(0.5, 1.0);
        for (a, b, _) in clique(next..next + size, 0.0) {
            if b == a + 1 || dice.unit() < density {
                edges.push((a, b, bits * dice.between(0.7, 1.3)));
            }
        }
        if let Some(other) = rings.last() {
            let from = other[dice.below(u32::try_from(other.len()).unwrap()) as usize];
            edges.push((from, next + dice.below(size), dice.between(1.0, 8.0)));
        }
        rings.push((next..next + size).collect());
        next += size;
    }
    (network(next, &edges), rings)
}

#[test]
fn auto_finds_rings_of_many_kinds_that_hang_on_each_other() {
    let mut means = Vec::new();
    for seed in 0..10 {
        let (network, rings) = bridged_world(seed);
        means.push(recovery(&detect(&network, &auto(), None), &rings));
    }
    let mean = means.iter().sum::<f64>() / 10.0;
    println!("bridged rings: {mean:.3}");
    for gamma in [0.05, 0.2, 0.5, 1.0, 2.0] {
        let mut pinned = 0.0;
        for seed in 0..10 {
            let (network, rings) = bridged_world(seed);
            pinned += recovery(&detect(&network, &cpm(gamma), None), &rings) / 10.0;
        }
        println!("bridged rings pinned {gamma}: {pinned:.3}");
        assert!(mean >= pinned, "auto {mean} below pinned {gamma}: {pinned}");
    }
    assert!(mean >= 0.9, "{mean}");
}
