//! Community detection on drawable graphs, planted worlds, and its laws.

use proptest::prelude::*;
use ringfence::detect::{Detection, detect, quality};
use ringfence::graph::Network;
use ringfence::model::{Bits, narrow_u32};
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
        u32::try_from((self.next() >> 16) % u64::from(n)).expect("below n")
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
    // Two of five are told as one of nine: that is as near to either of them as to a ring that was broken.
    for n in 6..20_u32 {
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
    let count = |n: usize| f64::from(narrow_u32(n));
    count(shared) / count(a.len() + b.len() - shared)
}

/// Mean best Jaccard overlap of planted rings with found communities.
fn recovery(found: &Detection, rings: &[Vec<u32>]) -> f64 {
    let groups = groups(found);
    let best = |ring: &Vec<u32>| groups.iter().map(|g| jaccard(ring, g)).fold(0.0, f64::max);
    rings.iter().map(best).sum::<f64>() / f64::from(narrow_u32(rings.len()))
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
            for seed in 0..3 {
                let (network, rings) = weak_world(seed, n_mass, weak, strong);
                mean += recovery(&detect(&network, &auto(), None), &rings) / 3.0;
            }
            println!("weak mass {n_mass} {weak:?} {strong:?}: {mean:.3}");
            assert!(mean >= at_least, "{n_mass} {weak:?} {strong:?}: {mean}");
        }
    }
}

#[test]
fn a_strong_ring_is_not_told_as_part_of_a_weak_clique() {
    // Twelve merchants of one courier's device, two of which are in a ring of five; two others have a
    // friend.
    let mut edges = clique(0..12, 0.3);
    edges.extend([(0, 1), (0, 12), (1, 12)].map(|(a, b)| (a, b, 11.0)));
    for other in [13, 14] {
        edges.extend([0, 1, 12].map(|ring| (ring, other, 2.6)));
    }
    edges.extend([(13, 14, 2.6), (2, 15, 20.0), (3, 16, 11.0)]);
    let found = detect(&network(17, &edges), &auto(), None);
    assert!(groups(&found).contains(&vec![0, 1, 12, 13, 14]));
}

#[test]
fn a_strong_pair_neither_leaves_its_ring_nor_breaks_it() {
    let mut edges = clique(0..12, 2.0);
    edges.push((0, 1, 9.0));
    let found = detect(&network(12, &edges), &auto(), None);
    assert_eq!(groups(&found), [(0..12).collect::<Vec<u32>>()]);
}

/// Rings whose strengths lie `spread` apart at most, each hanging on an earlier one by a share of its
/// own, in a weak mass as large as all of them.
fn bridged_world(seed: u64, spread: f64) -> (Network, Vec<Vec<u32>>) {
    let mut dice = Dice(seed);
    let (mut edges, mut rings): (Vec<Edge>, Vec<Vec<u32>>) = (Vec::new(), Vec::new());
    let mut next = 0;
    for ring in 0..30_u32 {
        let size = 5 + dice.below(16);
        let bits = 8.0 / spread.powf(dice.unit());
        let density = dice.between(0.5, 1.0);
        for (a, b, _) in clique(next..next + size, 0.0) {
            if b == a + 1 || dice.unit() < density {
                edges.push((a, b, bits * dice.between(0.7, 1.3)));
            }
        }
        if ring > 0 {
            let other = &rings[dice.below(ring) as usize];
            let from = other[dice.below(narrow_u32(other.len())) as usize];
            edges.push((from, next + dice.below(size), bits));
        }
        rings.push((next..next + size).collect());
        next += size;
    }
    for node in 0..2 * next {
        for _ in 0..3 {
            edges.push((node, dice.below(2 * next), dice.between(0.05, 0.1)));
        }
    }
    (network(2 * next, &edges), rings)
}

#[test]
fn auto_finds_rings_of_any_strength_where_no_pinned_resolution_does() {
    for (spread, at_least) in [(2.0, 0.97), (10.0, 0.95), (50.0, 0.85)] {
        let worlds: Vec<_> = (0..6).map(|seed| bridged_world(seed, spread)).collect();
        let mean = |config: &Detect| {
            let recovered = |(network, rings): &(Network, Vec<Vec<u32>>)| {
                recovery(&detect(network, config, None), rings)
            };
            worlds.iter().map(recovered).sum::<f64>() / 6.0
        };
        let found = mean(&auto());
        assert!(found >= at_least, "spread {spread}: {found}");
        for resolution in [0.05, 0.2, 1.0] {
            let pinned = mean(&cpm(resolution));
            println!("spread {spread}: auto {found:.3}, {resolution} bits per pair {pinned:.3}");
            assert!(
                found >= pinned - 0.02,
                "{found} is far below {pinned} at {resolution}"
            );
        }
    }
}

fn arbitrary_network() -> impl Strategy<Value = (u32, Vec<Edge>)> {
    (2..24_u32).prop_flat_map(|n_nodes| {
        let edge = (0..n_nodes, 0..n_nodes, 1..6_u8);
        let edges = proptest::collection::vec(edge, 0..60);
        let edges = edges.prop_map(|edges| {
            let scaled = edges
                .into_iter()
                .map(|(a, b, bits)| (a, b, f64::from(bits) / 2.0));
            scaled.collect()
        });
        (Just(n_nodes), edges)
    })
}

fn arbitrary_config() -> impl Strategy<Value = Detect> {
    prop_oneof![
        Just(auto()),
        (1..40_u8).prop_map(|tenths| cpm(f64::from(tenths) / 10.0)),
        Just(config(Objective::Modularity, Resolution::Auto)),
        (1..30_u8).prop_map(|tenths| {
            config(
                Objective::Modularity,
                Resolution::Pinned(f64::from(tenths) / 10.0),
            )
        }),
    ]
}

fn is_connected(network: &Network, group: &[u32]) -> bool {
    let mut reached = vec![group[0]];
    let mut at = 0;
    while at < reached.len() {
        for (neighbor, _) in network.neighbors(reached[at] as usize) {
            if group.contains(&neighbor) && !reached.contains(&neighbor) {
                reached.push(neighbor);
            }
        }
        at += 1;
    }
    reached.len() == group.len()
}

fn in_threads(n_threads: usize, work: impl FnOnce() -> Detection + Send) -> Detection {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(n_threads);
    pool.build().expect("a pool").install(work)
}

#[test]
fn previous_halves_of_what_is_now_a_clique_become_one() {
    for half in [2, 3, 4, 8, 20] {
        let found = |edges: &[Edge]| {
            let previous: Vec<_> = (0..2 * half).map(|node| Some(node / half)).collect();
            let network = network(2 * half, edges);
            groups(&detect(&network, &auto(), Some(&previous))).len()
        };
        assert_eq!(found(&clique(0..2 * half, 6.0)), 1, "halves of {half}");
        // Where something still tells them apart they stay.
        let mut apart = clique(0..half, 6.0);
        apart.extend(clique(half..2 * half, 6.0));
        apart.push((half - 1, half, 2.0));
        assert_eq!(found(&apart), 2, "halves of {half} on a bridge");
    }
}

proptest! {
    #[test]
    fn every_community_is_connected((n_nodes, edges) in arbitrary_network(), config in arbitrary_config()) {
        let network = network(n_nodes, &edges);
        let found = detect(&network, &config, None);
        for group in found.partition.members() {
            prop_assert!(is_connected(&network, &group), "{group:?}");
        }
        prop_assert_eq!(found.resolution.len(), found.partition.n_communities());
    }

    #[test]
    fn no_single_move_improves_a_pinned_result((n_nodes, edges) in arbitrary_network(), config in arbitrary_config()) {
        prop_assume!(config.resolution != Resolution::Auto);
        let Resolution::Pinned(resolution) = config.resolution else { unreachable!() };
        let network = network(n_nodes, &edges);
        let found = detect(&network, &config, None);
        let best = quality(&network, &found.partition, config.objective, resolution);
        prop_assert_eq!(best.to_bits(), found.quality.to_bits());
        for node in 0..n_nodes as usize {
            for target in 0..=found.partition.n_communities() {
                let mut labels = found.partition.communities().to_vec();
                labels[node] = narrow_u32(target);
                let moved = ringfence::detect::Partition::from_labels(&labels);
                let other = quality(&network, &moved, config.objective, resolution);
                prop_assert!(other <= best + 1e-9, "{node} to {target}: {other} > {best}");
            }
        }
    }

    #[test]
    fn a_stranger_component_changes_nothing(
        (n_nodes, edges) in arbitrary_network(),
        (n_others, others) in arbitrary_network(),
        config in arbitrary_config(),
        before in any::<bool>(),
    ) {
        prop_assume!(config.objective == Objective::Cpm);
        let alone = detect(&network(n_nodes, &edges), &config, None);
        let shift = |edges: &[Edge], by: u32| -> Vec<Edge> {
            edges.iter().map(|&(a, b, bits)| (a + by, b + by, bits)).collect()
        };
        let (mine, theirs) = if before { (n_others, 0) } else { (0, n_nodes) };
        let joined = [shift(&edges, mine), shift(&others, theirs)].concat();
        let both = detect(&network(n_nodes + n_others, &joined), &config, None);
        let range = mine as usize..(mine + n_nodes) as usize;
        let seen = ringfence::detect::Partition::from_labels(&both.partition.communities()[range.clone()]);
        prop_assert_eq!(&seen, &alone.partition);
        for (node, at) in range.enumerate() {
            let (here, there) = (alone.partition.community(node), both.partition.community(at));
            prop_assert_eq!(
                alone.resolution[here.index()].to_bits(),
                both.resolution[there.index()].to_bits()
            );
        }
    }

    #[test]
    fn starting_from_the_result_changes_nothing((n_nodes, edges) in arbitrary_network(), config in arbitrary_config()) {
        let network = network(n_nodes, &edges);
        let first = detect(&network, &config, None);
        let labels: Vec<_> = first.partition.communities().iter().map(|&c| Some(c + 100)).collect();
        let second = detect(&network, &config, Some(&labels));
        prop_assert_eq!(first.partition, second.partition);
    }

    #[test]
    fn any_warm_start_ends_connected_and_finite((n_nodes, edges) in arbitrary_network(), config in arbitrary_config(), seed in any::<u64>()) {
        let network = network(n_nodes, &edges);
        let mut dice = Dice(seed);
        let labels: Vec<_> = (0..n_nodes).map(|_| Some(dice.below(6)).filter(|&l| l > 0)).collect();
        let found = detect(&network, &config, Some(&labels));
        for group in found.partition.members() {
            prop_assert!(is_connected(&network, &group));
        }
    }
}

/// A connected network large enough for batches and parallel levels.
fn large_world() -> Network {
    let mut dice = Dice(3);
    let n_nodes = 33_000;
    let mut edges = path(0..n_nodes, 0.2);
    for node in 0..n_nodes {
        let near = (node + 1 + dice.below(12)) % n_nodes;
        edges.push((node, near, dice.between(0.5, 6.0)));
        edges.push((node, dice.below(n_nodes), 0.1));
    }
    network(n_nodes, &edges)
}

#[test]
fn any_number_of_threads_finds_the_same_in_a_giant_component() {
    let network = large_world();
    for config in [auto(), cpm(0.3)] {
        // The first pass runs on as many threads as any.
        let config = Detect {
            max_iterations: 1,
            ..config
        };
        let one = in_threads(1, || detect(&network, &config, None));
        let eight = in_threads(8, || detect(&network, &config, None));
        assert_eq!(one, eight);
        assert_eq!((one.n_components, one.largest_component), (1, 33_000));
    }
}

#[test]
fn one_new_merchant_leaves_the_other_clusters_alone() {
    let (_, rings) = bridged_world(1, 5.0);
    let (before, _) = bridged_world(1, 5.0);
    let first = detect(&before, &auto(), None);
    let n_nodes = narrow_u32(before.n_nodes());
    let mut edges: Vec<Edge> = Vec::new();
    for node in 0..n_nodes {
        for (neighbor, weight) in before.neighbors(node as usize).filter(|&(v, _)| v > node) {
            edges.push((node, neighbor, f64::from(weight) / 1024.0));
        }
    }
    // The new merchant joins the first ring and has one accidental share with the second.
    edges.extend(rings[0].iter().map(|&member| (member, n_nodes, 6.0)));
    edges.push((rings[1][0], n_nodes, 3.0));
    let mut labels: Vec<_> = first
        .partition
        .communities()
        .iter()
        .map(|&c| Some(c))
        .collect();
    labels.push(None);
    let second = detect(&network(n_nodes + 1, &edges), &auto(), Some(&labels));
    let after = second.partition.members();
    let changed = first
        .partition
        .members()
        .into_iter()
        .filter(|g| !after.contains(g))
        .count();
    println!(
        "{changed} of {} clusters changed",
        first.partition.n_communities()
    );
    assert!(changed <= 2, "{changed} clusters changed");
}
