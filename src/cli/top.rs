//! `ringfence top`

use std::io::Write;
use std::path::Path;

use clap::{Args, ValueEnum};

use crate::cli::grid::{self, Field, Overflow, plain, write_grid};
use crate::cli::output::{
    AnswerArgs, Format, day_text, score_text, stdout, time_text, write_csv, write_json,
};
use crate::cli::screen::{Screen, Tone};
use crate::explore::{ClusterLine, Table, Top, TopFilter, best, top};
use crate::run::{Action, RunReader};

/// Arguments of `top`.
#[derive(Debug, Args)]
pub(super) struct TopArgs {
    #[command(flatten)]
    answer: AnswerArgs,
    /// Clusters to list at most
    #[arg(short = 'n', long = "limit", value_name = "N", default_value_t = 20)]
    limit: usize,
    /// Only clusters with this proposed action; may be given more than once
    #[arg(long, value_enum, value_name = "ACTION")]
    action: Vec<ActionChoice>,
    /// Only clusters with at least so many members
    #[arg(long, value_name = "N", default_value_t = 0)]
    min_size: u32,
    /// Only clusters with this text in a member's id or name, or in something shared
    #[arg(long, value_name = "TEXT")]
    search: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum ActionChoice {
    Enforce,
    Review,
    Monitor,
}

impl From<ActionChoice> for Action {
    fn from(choice: ActionChoice) -> Self {
        match choice {
            ActionChoice::Enforce => Self::Enforce,
            ActionChoice::Review => Self::Review,
            ActionChoice::Monitor => Self::Monitor,
        }
    }
}

pub(super) fn execute(args: TopArgs, screen: &Screen) -> anyhow::Result<()> {
    let tables: &[Table] = if args.search.is_some() {
        crate::explore::TOP_TABLES
    } else {
        &[Table::Clusters]
    };
    let snapshot = args.answer.run.load(tables)?;
    let filter = TopFilter {
        actions: args.action.into_iter().map(Action::from).collect(),
        min_size: args.min_size,
        search: args.search,
    };
    let answer = top(&snapshot, args.limit, &filter);
    match args.answer.format {
        Format::Json => write_json(&snapshot, &answer),
        Format::Csv => write_csv(screen, HEADER, answer.clusters.iter().map(record)),
        Format::Table => write_table(&snapshot.facts.run_id, &answer, screen),
    }
}

/// Lists the top clusters of a run that was just made.
pub(super) fn list(run: &Path, limit: usize, screen: &Screen) -> anyhow::Result<()> {
    if limit == 0 {
        return Ok(());
    }
    let run = RunReader::open(run)?;
    write_table(&run.manifest().run_id, &best(&run, limit)?, screen)
}

const HEADER: &[&str] = &[
    "rank",
    "cluster_id",
    "score",
    "action",
    "size",
    "entities",
    "bits",
    "exposure",
    "fraud_labels",
    "legit_labels",
    "first_formed",
    "groups",
    "main_reason",
    "held_by",
];

fn record(line: &ClusterLine) -> Vec<String> {
    vec![
        line.rank.to_string(),
        line.cluster_id.clone(),
        // As in clusters.csv.
        format!("{:.4}", line.score),
        line.action.to_string(),
        line.size.to_string(),
        line.entities.to_string(),
        line.bits.to_string(),
        line.exposure.to_string(),
        line.fraud_labels.to_string(),
        line.legit_labels.to_string(),
        time_text(line.first_formed),
        line.groups.join(";"),
        line.main_reason.clone(),
        line.held_by.join(";"),
    ]
}

fn write_table(run_id: &str, answer: &Top, screen: &Screen) -> anyhow::Result<()> {
    let mut out = stdout();
    if answer.clusters.is_empty() {
        writeln!(
            out,
            "No cluster of the {} in run {run_id} passes.",
            answer.in_run
        )?;
        return Ok(out.flush()?);
    }
    write_lines(&mut out, &answer.clusters, screen)?;
    let (shown, all) = (answer.clusters.len(), answer.matching);
    let foot = format!("{shown} of {all} clusters, run {run_id}");
    writeln!(out, "{}", screen.paint(Tone::Quiet, &foot))?;
    Ok(out.flush()?)
}

/// Writes clusters, a line each.
pub(super) fn write_lines(
    out: &mut dyn Write,
    clusters: &[ClusterLine],
    screen: &Screen,
) -> std::io::Result<()> {
    let columns = [
        grid::number("rank").dispensable(1),
        grid::id("cluster"),
        grid::number("score"),
        grid::id("action"),
        grid::number("size").dispensable(1),
        grid::number("at risk").dispensable(3),
        grid::id("formed").dispensable(4),
        grid::id("labels").dispensable(5),
        grid::words("main reason").dispensable(2),
    ];
    let rows = clusters.iter().map(fields).collect();
    write_grid(out, screen, &columns, rows, Overflow::Ellipsis)
}

fn fields(line: &ClusterLine) -> Vec<Field> {
    vec![
        plain(line.rank),
        (Tone::Strong, line.cluster_id.clone()),
        (score_tone(line.score), score_text(line.score)),
        (action_tone(line.action), line.action.to_string()),
        plain(line.size),
        plain(money_text(line.exposure)),
        plain(day_text(line.first_formed)),
        plain(labels_text(line)),
        plain(&line.main_reason),
    ]
}

fn labels_text(line: &ClusterLine) -> String {
    match (line.fraud_labels, line.legit_labels) {
        (0, 0) => "-".into(),
        (fraud, 0) => format!("{fraud} fraud"),
        (0, legit) => format!("{legit} legit"),
        (fraud, legit) => format!("{fraud} fraud, {legit} legit"),
    }
}

/// Whole units with separators: `1,234,567`.
pub(super) fn money_text(amount: crate::model::Money) -> String {
    // Rounded as in the report: one amount must not read two ways.
    let units = (amount.hundredths().unsigned_abs() + 50) / 100;
    let digits = units.to_string();
    let is_negative = units > 0 && amount.hundredths() < 0;
    let mut text = String::from(if is_negative { "-" } else { "" });
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// The tone of a proposed action.
pub(super) fn action_tone(action: Action) -> Tone {
    match action {
        Action::Enforce => Tone::Bad,
        Action::Review => Tone::Warn,
        Action::Monitor => Tone::Plain,
    }
}

fn score_tone(score: f64) -> Tone {
    if score >= 0.9 {
        Tone::Bad
    } else if score >= 0.5 {
        Tone::Warn
    } else {
        Tone::Plain
    }
}

#[cfg(test)]
mod tests {
    use super::money_text;
    use crate::model::Money;

    #[test]
    fn money_is_rounded_and_grouped_by_thousands() {
        let check = |hundredths, expected: &str| {
            assert_eq!(money_text(Money::from_hundredths(hundredths)), expected);
        };
        check(0, "0");
        check(99_999, "1,000");
        check(123_456_789, "1,234,568");
        check(-100_000, "-1,000");
        check(49, "0");
        check(-49, "0");
        check(-50, "-1");
    }
}
