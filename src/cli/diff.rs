//! `ringfence diff`

use std::io::Write;
use std::path::PathBuf;

use clap::Args;

use crate::cli::grid::{self, Field, Overflow, plain, write_grid};
use crate::cli::output::{Format, load_run, score_text, stdout, write_csv, write_document};
use crate::cli::screen::{Screen, Tone, wrapped};
use crate::explore::{ClusterChange, DIFF_TABLES, Diff, MerchantMove, Moved, Side, diff};

/// Arguments of `diff`.
#[derive(Debug, Args)]
pub(super) struct DiffArgs {
    /// The earlier run
    #[arg(value_name = "RUN_A")]
    run_a: PathBuf,
    /// The later run
    #[arg(value_name = "RUN_B")]
    run_b: PathBuf,
    /// How the answer is written
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
    /// Clusters to list at most in the table
    #[arg(short = 'n', long = "limit", value_name = "N", default_value_t = 30)]
    limit: usize,
}

pub(super) fn execute(args: &DiffArgs, screen: &Screen) -> anyhow::Result<()> {
    let a = load_run(&args.run_a, DIFF_TABLES)?;
    let b = load_run(&args.run_b, DIFF_TABLES)?;
    let answer = diff(&a, &b);
    match args.format {
        Format::Json => write_document(&answer),
        Format::Csv => write_csv(screen, CSV_HEADER, records(&answer)),
        Format::Table => write_table(&answer, args.limit, screen),
    }
}

const CSV_HEADER: &[&str] = &[
    "what",
    "id",
    "event",
    "other",
    "size_before",
    "size_after",
    "score_before",
    "score_after",
    "action_before",
    "action_after",
    "joined",
    "left",
];

/// Clusters, then merchants: for a merchant, `id` is its own, `other` is where it was and
/// `action_after` is empty.
fn records(answer: &Diff) -> Vec<Vec<String>> {
    let clusters = answer.clusters.iter().map(cluster_record);
    clusters
        .chain(answer.merchants.iter().map(merchant_record))
        .collect()
}

fn cluster_record(change: &ClusterChange) -> Vec<String> {
    let of = |side: &Option<Side>, text: fn(&Side) -> String| {
        side.as_ref().map(text).unwrap_or_default()
    };
    let size: fn(&Side) -> String = |side| side.size.to_string();
    let score: fn(&Side) -> String = |side| side.score.to_string();
    let action: fn(&Side) -> String = |side| side.action.to_string();
    let (before, after) = (&change.before, &change.after);
    vec![
        "cluster".into(),
        change.cluster_id.clone(),
        change.event.to_string(),
        change.other.clone(),
        of(before, size),
        of(after, size),
        of(before, score),
        of(after, score),
        of(before, action),
        of(after, action),
        change.joined.to_string(),
        change.left.to_string(),
    ]
}

fn merchant_record(one: &MerchantMove) -> Vec<String> {
    let event = match one.moved {
        Moved::Joined => "joined",
        Moved::Left => "left",
        Moved::Moved => "moved",
    };
    let other = match one.moved {
        Moved::Joined => one.to.clone(),
        Moved::Left => one.from.clone(),
        Moved::Moved => format!("{};{}", one.from, one.to),
    };
    let mut record = vec![
        "merchant".into(),
        one.merchant_id.clone(),
        event.into(),
        other,
    ];
    record.resize(CSV_HEADER.len(), String::new());
    record
}

fn write_table(answer: &Diff, limit: usize, screen: &Screen) -> anyhow::Result<()> {
    let mut out = stdout();
    let title = format!("{} → {}", answer.run_a, answer.run_b);
    writeln!(out, "{}", screen.paint(Tone::Strong, &title))?;
    for line in counts_text(answer)
        .iter()
        .flat_map(|text| wrapped(text, screen.width))
    {
        writeln!(out, "{line}")?;
    }
    if answer.clusters.is_empty() {
        return Ok(out.flush()?);
    }
    writeln!(out)?;
    let columns = [
        grid::id("cluster"),
        grid::id("event"),
        grid::id("size").dispensable(3),
        grid::id("score").dispensable(2),
        grid::id("action"),
        grid::words("what happened").dispensable(1),
    ];
    let rows = answer.clusters.iter().take(limit).map(fields).collect();
    write_grid(&mut out, screen, &columns, rows, Overflow::Wrap)?;
    let more = answer.clusters.len().saturating_sub(limit);
    if more > 0 {
        let text = format!("  … and {more} more: -n lists more, --format csv all");
        writeln!(out, "{}", screen.paint(Tone::Quiet, &text))?;
    }
    Ok(out.flush()?)
}

fn counts_text(answer: &Diff) -> [String; 3] {
    let c = &answer.counts;
    [
        format!(
            "Clusters: {} before, {} now; {} continued, {} born, {} dissolved, {} grown, {} shrunk, {} merged, {} split.",
            c.clusters_a,
            c.clusters_b,
            c.continued,
            c.born,
            c.dissolved,
            c.grown,
            c.shrunk,
            c.merged,
            c.split
        ),
        format!(
            "Decisions: {} with another action, {} with a score moved by 0.05 or more.",
            c.action_changes, c.score_moves
        ),
        format!(
            "Merchants: {} joined a cluster, {} left one, {} moved to another.",
            c.merchants_joined, c.merchants_left, c.merchants_moved
        ),
    ]
}

fn fields(change: &ClusterChange) -> Vec<Field> {
    let sides = |text: fn(&Side) -> String| match (&change.before, &change.after) {
        (Some(before), Some(after)) if text(before) == text(after) => text(after),
        (Some(before), Some(after)) => format!("{} → {}", text(before), text(after)),
        (Some(before), None) => format!("{} → -", text(before)),
        (None, Some(after)) => text(after),
        (None, None) => String::new(),
    };
    let tone = if change.action_changed {
        Tone::Warn
    } else {
        Tone::Plain
    };
    vec![
        (Tone::Strong, change.cluster_id.clone()),
        plain(change.event),
        plain(sides(|side| side.size.to_string())),
        plain(sides(|side| score_text(side.score))),
        (tone, sides(|side| side.action.to_string())),
        plain(what_happened(change)),
    ]
}

fn what_happened(change: &ClusterChange) -> String {
    let mut parts = Vec::new();
    match (change.other.as_str(), change.after) {
        ("", _) => {}
        (other, None) => parts.push(format!("went into {other}")),
        (other, Some(_)) => parts.push(format!("came out of {other}")),
    }
    if change.before.is_some() && change.joined > 0 {
        parts.push(format!("{} joined", change.joined));
    }
    if change.after.is_some() && change.left > 0 {
        parts.push(format!("{} left", change.left));
    }
    parts.join(", ")
}
