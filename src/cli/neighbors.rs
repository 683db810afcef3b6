//! `ringfence neighbors`

use std::io::Write;

use clap::Args;

use crate::cli::grid::{self, Field, Overflow, plain, write_grid};
use crate::cli::output::{AnswerArgs, Format, stdout, write_csv, write_json};
use crate::cli::page::write_text;
use crate::cli::screen::{Screen, Tone};
use crate::explore::{About, NEIGHBOR_TABLES, Neighbor, Neighbors, Through, neighbors};

/// Arguments of `neighbors`.
#[derive(Debug, Args)]
pub(super) struct NeighborsArgs {
    /// A merchant id
    #[arg(value_name = "ID")]
    merchant_id: String,
    #[command(flatten)]
    answer: AnswerArgs,
    /// Merchants to list at most
    #[arg(short = 'n', long = "limit", value_name = "N", default_value_t = 20)]
    limit: usize,
}

pub(super) fn execute(args: &NeighborsArgs, screen: &Screen) -> anyhow::Result<()> {
    let snapshot = args
        .answer
        .run
        .load_about(NEIGHBOR_TABLES, About::Merchant(&args.merchant_id))?;
    let answer = neighbors(&snapshot, &args.merchant_id, args.limit)?;
    match args.answer.format {
        Format::Json => write_json(&snapshot, &answer),
        Format::Csv => write_csv(screen, CSV_HEADER, records(&answer)),
        Format::Table => write_table(&answer, screen),
    }
}

const CSV_HEADER: &[&str] = &[
    "merchant_id",
    "neighbor_id",
    "cluster_id",
    "closeness",
    "entity_type",
    "entity",
    "merchants",
];

/// One row for each neighbor and thing shared with it.
fn records(answer: &Neighbors) -> Vec<Vec<String>> {
    let row = |neighbor: &Neighbor, through: &Through| {
        vec![
            answer.merchant_id.clone(),
            neighbor.merchant_id.clone(),
            neighbor.cluster_id.clone(),
            format!("{:.4}", neighbor.closeness),
            through.entity_type.clone(),
            through.entity.clone(),
            through.merchants.to_string(),
        ]
    };
    let found = answer.neighbors.iter();
    found
        .flat_map(|neighbor| {
            neighbor
                .through
                .iter()
                .map(move |through| row(neighbor, through))
        })
        .collect()
}

fn write_table(answer: &Neighbors, screen: &Screen) -> anyhow::Result<()> {
    let mut out = stdout();
    let columns = [
        grid::id("merchant"),
        grid::id("cluster"),
        grid::number("closeness").dispensable(1),
        grid::words("through"),
    ];
    let rows = answer.neighbors.iter().map(fields).collect();
    write_grid(&mut out, screen, &columns, rows, Overflow::Wrap)?;
    let foot = format!(
        "{} of {} merchants that share something with {}",
        answer.neighbors.len(),
        answer.in_all,
        answer.merchant_id
    );
    write_text(&mut out, screen, "", &foot)?;
    Ok(out.flush()?)
}

fn fields(neighbor: &Neighbor) -> Vec<Field> {
    let through: Vec<String> = neighbor.through.iter().map(through_text).collect();
    let cluster = if neighbor.cluster_id.is_empty() {
        "-"
    } else {
        &neighbor.cluster_id
    };
    vec![
        (Tone::Strong, neighbor.merchant_id.clone()),
        plain(cluster),
        plain(format!("{:.2}", neighbor.closeness)),
        plain(through.join("; ")),
    ]
}

/// `device d1 (3 merchants)`.
pub(super) fn through_text(through: &Through) -> String {
    if through.entity.is_empty() {
        return through.shown.clone();
    }
    let (kind, shown) = (&through.entity_type, &through.shown);
    format!("{kind} {shown} ({} merchants)", through.merchants)
}
