//! The community detection kernel alone, on an edge list that other libraries are given too:
//!
//! ```text
//! cargo bench --bench kernel -- EDGES.csv --objective cpm --resolution 0.05 --runs 3
//! ```
//!
//! The file has a header and the rows `source,target,weight`, nodes numbered from 0. One JSON line a run tells
//! the seconds and what the partition is worth, reckoned here from the weights as they stand in the file.
#![allow(
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a tool of ours that prints; sizes stay far below 2^53"
)]
use std::path::PathBuf;
use std::time::Instant;

use clap::{Parser, ValueEnum};
use ringfence::detect::{Partition, detect};
use ringfence::graph::Network;
use ringfence::model::Bits;
use ringfence::strategy::{Detect, Objective, Resolution};

/// Fixed point is finer by this factor, for weights of other projections are small beside bits.
const SCALE: f64 = 1024.0;

#[derive(Parser)]
struct Args {
    /// The edge list; nothing is done without one.
    edges: Option<PathBuf>,
    #[arg(long, value_enum, default_value = "cpm")]
    objective: Goal,
    #[arg(long, default_value_t = 0.05)]
    resolution: f64,
    #[arg(long, default_value_t = 10)]
    iterations: usize,
    #[arg(long, default_value_t = 3)]
    runs: usize,
    /// Asked for by `cargo bench`.
    #[arg(long)]
    bench: bool,
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum Goal {
    Cpm,
    Modularity,
}

type Edge = (u32, u32, f64);

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args = Args::parse();
    let Some(path) = &args.edges else {
        return Ok(());
    };
    let edges: Vec<Edge> = csv::Reader::from_path(path)?
        .deserialize()
        .collect::<Result<_, _>>()?;
    let n_nodes = edges.iter().map(|edge| edge.0.max(edge.1) + 1).max();
    let scaled: Vec<_> = edges
        .iter()
        .map(|&(a, b, weight)| (a, b, Bits::from_f64(weight * SCALE)))
        .collect();
    let network = Network::from_edges(n_nodes.unwrap_or(0) as usize, &scaled);
    let (objective, factor) = match args.objective {
        Goal::Cpm => (Objective::Cpm, args.resolution * SCALE),
        Goal::Modularity => (Objective::Modularity, args.resolution),
    };
    let config = Detect {
        objective,
        resolution: Resolution::Pinned(factor),
        max_iterations: args.iterations,
        seed: 1,
        warm_start: false,
    };
    for _ in 0..args.runs {
        let start = Instant::now();
        let found = detect(&network, &config, None);
        let seconds = start.elapsed().as_secs_f64();
        let value = match args.objective {
            Goal::Cpm => cpm(&edges, &found.partition, args.resolution),
            Goal::Modularity => modularity(&edges, &found.partition, args.resolution),
        };
        println!(
            "{}",
            serde_json::json!({
                "nodes": network.n_nodes(),
                "edges": network.n_edges(),
                "threads": rayon::current_num_threads(),
                "seconds": seconds,
                "value": value,
                "communities": found.partition.n_communities(),
            })
        );
    }
    Ok(())
}

/// Weight inside communities.
fn inside(edges: &[Edge], community: &[u32]) -> f64 {
    let is_inside = |edge: &&Edge| community[edge.0 as usize] == community[edge.1 as usize];
    edges.iter().filter(is_inside).map(|edge| edge.2).sum()
}

/// Weight inside communities minus resolution times pairs.
fn cpm(edges: &[Edge], partition: &Partition, resolution: f64) -> f64 {
    let pairs = |nodes: &Vec<u32>| {
        let n = nodes.len() as f64;
        n * (n - 1.0) / 2.0
    };
    let all: f64 = partition.members().iter().map(pairs).sum();
    inside(edges, partition.communities()) - resolution * all
}

/// Newman's modularity.
fn modularity(edges: &[Edge], partition: &Partition, resolution: f64) -> f64 {
    let mut strength = vec![0.0; partition.n_communities()];
    let community = partition.communities();
    for &(a, b, weight) in edges {
        strength[community[a as usize] as usize] += weight;
        strength[community[b as usize] as usize] += weight;
    }
    let twice: f64 = strength.iter().sum();
    let expected: f64 = strength.iter().map(|s| (s / twice).powi(2)).sum();
    2.0 * inside(edges, community) / twice - resolution * expected
}
