//! `ringfence merchant`

use std::io::Write;

use clap::Args;

use crate::cli::grid::{self, Field, Overflow, plain, write_grid};
use crate::cli::output::{
    AnswerArgs, Format, day_text, score_text, stdout, time_text, write_csv, write_json,
};
use crate::cli::page::{write_led, write_text};
use crate::cli::screen::{Screen, Tone};
use crate::explore::{
    About, MERCHANT_TABLES, MerchantAnswer, MerchantLink, MerchantPlace, OtherUser, merchant,
};
use crate::run::reason_title;

/// Arguments of `merchant`.
#[derive(Debug, Args)]
pub(super) struct MerchantArgs {
    /// A merchant id
    #[arg(value_name = "ID")]
    merchant_id: String,
    #[command(flatten)]
    answer: AnswerArgs,
}

/// Other users named in a line of the table.
const MAX_NAMED: usize = 6;

pub(super) fn execute(args: &MerchantArgs, screen: &Screen) -> anyhow::Result<()> {
    let snapshot = args
        .answer
        .run
        .load_about(MERCHANT_TABLES, About::Merchant(&args.merchant_id))?;
    let answer = merchant(&snapshot, &args.merchant_id)?;
    match args.answer.format {
        Format::Json => write_json(&snapshot, &answer),
        Format::Csv => write_csv(screen, CSV_HEADER, records(&answer)),
        Format::Table => write_table(&answer, screen),
    }
}

const CSV_HEADER: &[&str] = &[
    "merchant_id",
    "cluster_id",
    "entity_type",
    "entity",
    "merchants",
    "hub_class",
    "first_seen",
    "last_seen",
    "events",
    "other_merchant_id",
    "other_cluster_id",
];

/// One row for each link and other user told.
fn records(answer: &MerchantAnswer) -> Vec<Vec<String>> {
    let home = answer
        .place
        .as_ref()
        .map_or("", |place| place.cluster.cluster_id.as_str());
    let row = |link: &MerchantLink, other: &OtherUser| {
        vec![
            answer.merchant_id.clone(),
            home.to_owned(),
            link.entity_type.clone(),
            link.entity.clone(),
            link.merchants.to_string(),
            link.hub_class.clone(),
            time_text(link.first_seen),
            time_text(link.last_seen),
            link.events.to_string(),
            other.merchant_id.clone(),
            other.cluster_id.clone(),
        ]
    };
    let links = answer.links.iter();
    links
        .flat_map(|link| link.others.iter().map(move |other| row(link, other)))
        .collect()
}

fn write_table(answer: &MerchantAnswer, screen: &Screen) -> anyhow::Result<()> {
    let mut out = stdout();
    match &answer.place {
        None => write_led(&mut out, screen, &answer.merchant_id, "is in no cluster.")?,
        Some(place) => write_place(&mut out, &answer.merchant_id, place, screen)?,
    }
    if answer.links.is_empty() {
        writeln!(out, "It shares nothing with another merchant.")?;
        return Ok(out.flush()?);
    }
    writeln!(out)?;
    let title = format!("Shares with others ({})", answer.links.len());
    writeln!(out, "{}", screen.paint(Tone::Strong, &title))?;
    let columns = [
        grid::id("kind"),
        grid::words("what"),
        grid::words("class").dispensable(2),
        grid::number("merchants").dispensable(1),
        grid::id("first used").dispensable(4),
        grid::id("last used").dispensable(3),
        grid::words("who else"),
    ];
    let rows = answer.links.iter().map(fields).collect();
    write_grid(&mut out, screen, &columns, rows, Overflow::Wrap)?;
    Ok(out.flush()?)
}

fn write_place(
    out: &mut dyn Write,
    id: &str,
    place: &MerchantPlace,
    screen: &Screen,
) -> std::io::Result<()> {
    let (member, cluster) = (&place.member, &place.cluster);
    let described = [
        member.name.as_str(),
        &member.category,
        &member.city,
        &member.country,
        &member.status,
    ];
    let described: Vec<&str> = described
        .into_iter()
        .filter(|text| !text.is_empty())
        .collect();
    write_led(out, screen, id, &described.join(" · "))?;
    let text = format!(
        "{} of {} (rank {}, score {}, {} merchants), belongs {:.0} %; action {}",
        member.role,
        cluster.cluster_id,
        cluster.rank,
        score_text(cluster.score),
        cluster.size,
        member.membership * 100.0,
        member.action,
    );
    write_text(out, screen, "", &text)?;
    if !member.held_by.is_empty() {
        let held: Vec<&str> = member
            .held_by
            .iter()
            .map(|code| reason_title(code))
            .collect();
        let text = format!("Held back from a severer action: {}", held.join("; "));
        write_text(out, screen, "", &text)?;
    }
    Ok(())
}

fn fields(link: &MerchantLink) -> Vec<Field> {
    let named: Vec<&str> = link
        .others
        .iter()
        .take(MAX_NAMED)
        .map(|other| other.merchant_id.as_str())
        .collect();
    let mut others = named.join(", ");
    let unnamed = link.merchants.saturating_sub(1 + named.len());
    if unnamed > 0 {
        others = format!("{others}, {unnamed} more");
    }
    let class = if link.hub_class.is_empty() {
        "-"
    } else {
        &link.hub_class
    };
    vec![
        plain(&link.entity_type),
        plain(&link.shown),
        plain(class),
        plain(link.merchants),
        plain(day_text(link.first_seen)),
        plain(day_text(link.last_seen)),
        plain(others),
    ]
}
