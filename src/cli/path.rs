//! `ringfence path`

use std::io::Write;

use clap::Args;

use crate::cli::neighbors::through_text;
use crate::cli::output::{AnswerArgs, Format, stdout, write_csv, write_json};
use crate::cli::page::{write_led, write_text};
use crate::cli::screen::{Screen, Tone, ellipsized, visible};
use crate::explore::{PATH_TABLES, PathAnswer, PathStep, path};

/// Arguments of `path`.
#[derive(Debug, Args)]
pub(super) struct PathArgs {
    /// A merchant id
    #[arg(value_name = "A")]
    from: String,
    /// Another merchant id
    #[arg(value_name = "B")]
    to: String,
    #[command(flatten)]
    answer: AnswerArgs,
}

pub(super) fn execute(args: &PathArgs, screen: &Screen) -> anyhow::Result<()> {
    let snapshot = args.answer.run.load(PATH_TABLES)?;
    let answer = path(&snapshot, &args.from, &args.to)?;
    match args.answer.format {
        Format::Json => write_json(&snapshot, &answer),
        Format::Csv => write_csv(
            screen,
            CSV_HEADER,
            answer.steps.iter().enumerate().map(record),
        ),
        Format::Table => write_table(&answer, screen),
    }
}

const CSV_HEADER: &[&str] = &[
    "step",
    "merchant_id",
    "cluster_id",
    "through_type",
    "through",
    "through_merchants",
];

fn record((number, step): (usize, &PathStep)) -> Vec<String> {
    let through = step.through.as_ref();
    vec![
        number.to_string(),
        step.merchant_id.clone(),
        step.cluster_id.clone(),
        through.map(|t| t.entity_type.clone()).unwrap_or_default(),
        through.map(|t| t.entity.clone()).unwrap_or_default(),
        through.map(|t| t.merchants.to_string()).unwrap_or_default(),
    ]
}

fn write_table(answer: &PathAnswer, screen: &Screen) -> anyhow::Result<()> {
    let mut out = stdout();
    if !answer.connected {
        let why = if answer.gave_up {
            "are too far apart: the search ended at its limit"
        } else {
            "have nothing to do with each other in this run"
        };
        let text = format!("{} and {} {why}.", answer.from, answer.to);
        write_text(&mut out, screen, "", &text)?;
        return Ok(out.flush()?);
    }
    for step in &answer.steps {
        if let Some(through) = &step.through {
            let text = through_text(through);
            let text = ellipsized(&visible(&text), screen.width - 4).into_owned();
            writeln!(out, "  │ {}", screen.paint(Tone::Quiet, &text))?;
        }
        let place = match step.cluster_id.as_str() {
            "" => String::new(),
            cluster => format!("in {cluster}"),
        };
        write_led(&mut out, screen, &step.merchant_id, &place)?;
    }
    Ok(out.flush()?)
}
