//! `ringfence show`: a case in one screen.

use std::io::{self, Write};

use clap::Args;
use unicode_width::UnicodeWidthStr;

use crate::cli::grid::{self, Field, Overflow, plain, write_grid};
use crate::cli::output::{AnswerArgs, Format, day_text, score_text, stdout, write_csv, write_json};
use crate::cli::page::{write_item, write_text};
use crate::cli::screen::{Screen, Tone, ellipsized, visible};
use crate::cli::show_csv::{CSV_HEADER, records};
use crate::cli::top::{action_tone, money_text, write_lines};
use crate::explore::{
    About, CASE_TABLES, Case, CaseAnswer, CaseEvidence, CaseMember, Dissolution, Ended,
    LineageStep, NearbyCluster, Reason, TimeEventKind, Verdict, Weakest, case, slices,
};
use crate::run::{LineageEvent, reason_title};

/// Arguments of `show`.
#[derive(Debug, Args)]
pub(super) struct ShowArgs {
    /// A cluster id of this or any earlier run, or the start of a living one
    #[arg(value_name = "CLUSTER")]
    cluster_id: String,
    #[command(flatten)]
    answer: AnswerArgs,
    /// List every member and everything shared, however many
    #[arg(long)]
    all: bool,
}

/// Members listed unless all are asked for.
const MAX_MEMBERS: usize = 12;
/// Shared things listed unless all are asked for.
const MAX_EVIDENCE: usize = 7;
/// Columns of the longest bar.
const BAR_COLUMNS: f64 = 5.0;

pub(super) fn execute(args: &ShowArgs, screen: &Screen) -> anyhow::Result<()> {
    let snapshot = args
        .answer
        .run
        .load_about(CASE_TABLES, About::Cluster(&args.cluster_id))?;
    let answer = case(&snapshot, &args.cluster_id)?;
    match (args.answer.format, &answer) {
        (Format::Json, answer) => write_json(&snapshot, answer),
        (Format::Csv, answer) => write_csv(screen, CSV_HEADER, records(answer)),
        (Format::Table, CaseAnswer::Living(case)) => {
            let mut out = stdout();
            write_case(&mut out, case, args.all, screen)?;
            Ok(out.flush()?)
        }
        (Format::Table, CaseAnswer::Ended(ended)) => {
            let mut out = stdout();
            write_ended(&mut out, ended, screen)?;
            Ok(out.flush()?)
        }
    }
}

fn write_ended(out: &mut dyn Write, ended: &Ended, screen: &Screen) -> io::Result<()> {
    let (id, born, last) = (&ended.cluster_id, &ended.born, &ended.last);
    let text = format!("{id} lived from {born} to {last} and is no more.");
    write_text(out, screen, "", &text)?;
    if ended.successors.is_empty() {
        let text = format!(
            "When it ended (after {last}), or what it had gone into ended later, its members were in \
             no cluster. Where one of them is now: `ringfence merchant ID`."
        );
        return write_text(out, screen, "", &text);
    }
    write_text(out, screen, "", "Its members went to:")?;
    write_lines(out, &ended.successors, screen)
}

fn write_case(out: &mut dyn Write, case: &Case, all: bool, screen: &Screen) -> io::Result<()> {
    write_head(out, case, screen)?;
    writeln!(out)?;
    for sentence in &case.why {
        write_text(out, screen, "• ", sentence)?;
    }
    writeln!(out)?;
    write_score(out, case, screen)?;
    writeln!(out)?;
    write_members(out, case, all, screen)?;
    writeln!(out)?;
    write_evidence(out, case, all, screen)?;
    writeln!(out)?;
    write_time_line(out, case, screen)?;
    if let Some(weakest) = &case.weakest {
        write_item(out, screen, "Weakest link", &weakest_text(weakest))?;
    }
    if let Some(dissolution) = &case.dissolution {
        write_item(
            out,
            screen,
            "To dissolve it",
            &dissolution_text(dissolution),
        )?;
    }
    if let Some(chance) = &case.chance {
        write_item(out, screen, "By chance", &chance.sentence)?;
    }
    write_honest(out, case, screen)?;
    if !case.nearby.is_empty() {
        let texts: Vec<String> = case.nearby.iter().map(nearby_text).collect();
        write_item(out, screen, "Nearby", &texts.join("; "))?;
    }
    Ok(())
}

fn write_head(out: &mut dyn Write, case: &Case, screen: &Screen) -> io::Result<()> {
    let cluster = &case.cluster;
    let id = visible(&cluster.cluster_id);
    let action = cluster.action.as_str().to_uppercase();
    let score = score_text(cluster.score);
    let rank = format!("rank {} of {}", cluster.rank, case.clusters_in_run);
    let one_line = format!("{id}  {action}  score {score}  {rank}").width() <= screen.width;
    writeln!(
        out,
        "{}  {}{}score {}  {rank}",
        screen.paint(Tone::Strong, &id),
        screen.paint(action_tone(cluster.action), &action),
        if one_line { "  " } else { "\n" },
        screen.paint(Tone::Strong, &score),
    )?;
    write_text(out, screen, "", &case.headline)?;
    let mut facts = vec![
        format!("{} at risk", money_text(cluster.exposure)),
        format!("{:.0} bits", cluster.bits.to_f64()),
    ];
    if cluster.first_formed.is_some() {
        facts.push(format!("evidence since {}", day_text(cluster.first_formed)));
    }
    facts.extend(case.lineage.iter().map(lineage_text));
    write_text(out, screen, "", &facts.join(" · "))?;
    if !cluster.held_by.is_empty() {
        let held: Vec<&str> = cluster
            .held_by
            .iter()
            .map(|code| reason_title(code))
            .collect();
        let text = format!("Held back from a severer action: {}", held.join("; "));
        write_text(out, screen, "", &text)?;
    }
    Ok(())
}

fn lineage_text(step: &LineageStep) -> String {
    let (previous, overlap) = (&step.previous_cluster_id, &step.overlap);
    let percent = overlap * 100.0;
    match step.event {
        LineageEvent::Born => "new in this run".into(),
        LineageEvent::Continued if *overlap >= 1.0 => "unchanged".into(),
        LineageEvent::Continued => format!("as large, others in it ({percent:.0} % overlap)"),
        LineageEvent::Grown => format!("grown ({percent:.0} % overlap)"),
        LineageEvent::Shrunk => format!("shrunk ({percent:.0} % overlap)"),
        LineageEvent::Merged => format!("took in {previous}"),
        LineageEvent::Split => format!("came out of {previous}"),
        LineageEvent::Dissolved => format!("dissolved, was {previous}"),
    }
}

fn write_score(out: &mut dyn Write, case: &Case, screen: &Screen) -> io::Result<()> {
    let points = case.log_odds - case.prior;
    let score = score_text(case.cluster.score);
    let text = format!(
        "{score} = logistic({:+.2} prior {points:+.2} points)",
        case.prior
    );
    write_item(out, screen, "Score", &text)?;
    let largest = case
        .reasons
        .iter()
        .map(|r| r.points.abs())
        .fold(0.0, f64::max);
    let columns = [
        grid::number("points"),
        grid::id("").dispensable(1),
        grid::words("reason"),
        grid::words("what was found"),
    ];
    let rows = case
        .reasons
        .iter()
        .map(|reason| reason_fields(reason, largest))
        .collect();
    write_grid(out, screen, &columns, rows, Overflow::Wrap)
}

fn reason_fields(reason: &Reason, largest: f64) -> Vec<Field> {
    let tone = if reason.points > 0.0 {
        Tone::Bad
    } else {
        Tone::Good
    };
    vec![
        (tone, format!("{:+.2}", reason.points)),
        (tone, bar(reason.points.abs() / largest)),
        plain(&reason.title),
        (Tone::Quiet, reason.detail.clone()),
    ]
}

/// A bar for a share of 0..=1, to an eighth of a column.
fn bar(share: f64) -> String {
    const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    let eighths = (0_u8..)
        .take_while(|eighths| f64::from(*eighths) <= share * BAR_COLUMNS * 8.0)
        .take(usize::from(u8::MAX))
        .last()
        .map_or(0, usize::from);
    // Whatever counts is seen.
    let eighths = eighths.max(1);
    format!("{}{}", "█".repeat(eighths / 8), EIGHTHS[eighths % 8])
}

fn write_members(out: &mut dyn Write, case: &Case, all: bool, screen: &Screen) -> io::Result<()> {
    let limit = if all { usize::MAX } else { MAX_MEMBERS };
    let columns = [
        grid::id("role"),
        grid::id("merchant"),
        grid::words("name").dispensable(2),
        grid::words("city").dispensable(5),
        grid::id("registered").dispensable(6),
        grid::id("status").dispensable(3),
        grid::id("label").dispensable(4),
        grid::number("belongs").dispensable(1),
        grid::id("action"),
    ];
    let title = format!("Members ({})", case.members.len());
    writeln!(out, "{}", screen.paint(Tone::Strong, &title))?;
    let rows = case.members.iter().take(limit).map(member_fields).collect();
    write_grid(out, screen, &columns, rows, Overflow::Ellipsis)?;
    write_more(out, screen, case.members.len(), limit)
}

fn member_fields(member: &CaseMember) -> Vec<Field> {
    let label = match member.label.as_str() {
        "fraud" => (Tone::Bad, "fraud".into()),
        "legit" => (Tone::Good, "legit".into()),
        "" => plain("-"),
        other => plain(other),
    };
    let status = match member.status.as_str() {
        "" => plain("-"),
        "active" => plain("active"),
        other => (Tone::Warn, other.into()),
    };
    vec![
        plain(member.role),
        (Tone::Strong, member.merchant_id.clone()),
        plain(dash_if_empty(&member.name)),
        plain(dash_if_empty(&member.city)),
        plain(day_text(member.registered_at)),
        status,
        label,
        plain(format!("{:.0} %", member.membership * 100.0)),
        (action_tone(member.action), member.action.to_string()),
    ]
}

fn dash_if_empty(text: &str) -> &str {
    if text.is_empty() { "-" } else { text }
}

fn write_more(out: &mut dyn Write, screen: &Screen, all: usize, limit: usize) -> io::Result<()> {
    match all.saturating_sub(limit) {
        0 => Ok(()),
        more => {
            let text = format!("  … and {more} more: --all lists them");
            writeln!(out, "{}", screen.paint(Tone::Quiet, &text))
        }
    }
}

fn write_evidence(out: &mut dyn Write, case: &Case, all: bool, screen: &Screen) -> io::Result<()> {
    let limit = if all { usize::MAX } else { MAX_EVIDENCE };
    let columns = [
        grid::id("kind"),
        grid::words("what"),
        grid::number("members"),
        grid::number("others").dispensable(1),
        grid::words("class").dispensable(3),
        grid::number("bits").dispensable(2),
        grid::id("first used").dispensable(5),
        grid::id("last used").dispensable(4),
    ];
    let title = format!("Shared by them ({})", case.evidence.len());
    writeln!(out, "{}", screen.paint(Tone::Strong, &title))?;
    let rows = case
        .evidence
        .iter()
        .take(limit)
        .map(evidence_fields)
        .collect();
    write_grid(out, screen, &columns, rows, Overflow::Ellipsis)?;
    write_more(out, screen, case.evidence.len(), limit)
}

fn evidence_fields(row: &CaseEvidence) -> Vec<Field> {
    vec![
        plain(&row.entity_type),
        plain(&row.shown),
        plain(row.members),
        plain(row.merchants.saturating_sub(row.members)),
        plain(dash_if_empty(&row.hub_class)),
        plain(format!("{:.1}", row.bits.to_f64())),
        plain(day_text(row.first_seen)),
        plain(day_text(row.last_seen)),
    ]
}

/// Two strips of small bars between the first and the last day, then the bursts in words.
fn write_time_line(out: &mut dyn Write, case: &Case, screen: &Screen) -> io::Result<()> {
    let events = &case.time_line.events;
    let (Some(first), Some(last)) = (events.first(), events.last()) else {
        return Ok(());
    };
    let span = format!("{} to {}", first.at.date_text(), last.at.date_text());
    write_item(out, screen, "Time line", &span)?;
    let room = screen.width.saturating_sub(18).min(60);
    for (kind, name) in [
        (TimeEventKind::Registered, "registered"),
        (TimeEventKind::FirstShared, "sharing starts"),
    ] {
        let counts = slices(&case.time_line, kind, room);
        if counts.iter().any(|count| *count > 0) {
            writeln!(out, "  {name:<14}  {}", strip(&counts))?;
        }
    }
    for burst in &case.time_line.bursts {
        write_text(out, screen, "  ", &format!("burst: {burst}"))?;
    }
    Ok(())
}

fn strip(counts: &[usize]) -> String {
    const HEIGHTS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let largest = counts.iter().copied().max().unwrap_or(0).max(1);
    let text: String = counts
        .iter()
        .map(|&count| match count {
            0 => '·',
            count => HEIGHTS[(count * 8).div_ceil(largest).clamp(1, 8) - 1],
        })
        .collect();
    text
}

pub(super) fn weakest_text(weakest: &Weakest) -> String {
    format!(
        "{} {} ({:.1} bits): without it the largest piece keeps {} of {} members",
        weakest.kind,
        weakest.shown,
        weakest.bits.to_f64(),
        weakest.left,
        weakest.size
    )
}

/// Values and ties named that would have to be innocent.
const MAX_NEEDED: usize = 3;
/// Columns of each.
const MAX_NEEDED_COLUMNS: usize = 20;

pub(super) fn dissolution_text(dissolution: &Dissolution) -> String {
    let values = usize::try_from(dissolution.values).unwrap_or(usize::MAX);
    let needed = dissolution.needed.iter();
    let needed = needed.map(|value| {
        let shown = ellipsized(&value.shown, MAX_NEEDED_COLUMNS);
        format!("{} {shown}", value.entity_type)
    });
    let ties = dissolution.ties.iter();
    let ties = ties.map(|(a, b)| format!("the direct tie of {a} and {b}"));
    let mut named: Vec<String> = needed.chain(ties).take(MAX_NEEDED).collect();
    match values - named.len().min(values) {
        0 => {}
        more => named.push(format!("{more} more")),
    }
    format!(
        "refute {} ({:.1} bits); {}",
        named.join(", "),
        dissolution.bits.to_f64(),
        dissolution.remnant(&score_text(dissolution.score))
    )
}

fn write_honest(out: &mut dyn Write, case: &Case, screen: &Screen) -> io::Result<()> {
    for (verdict, name) in [
        (Verdict::Counted, "Speaks for honesty"),
        (Verdict::Seen, "Looked at, no points"),
        (Verdict::DoesNotApply, "Does not apply"),
    ] {
        let texts: Vec<String> = case
            .honest
            .iter()
            .filter(|explanation| explanation.verdict == verdict)
            .map(|e| match verdict {
                Verdict::Counted => format!("{} ({:+.2}: {})", e.explanation, e.points, e.detail),
                _ => format!("{} ({})", e.explanation, e.detail),
            })
            .collect();
        if !texts.is_empty() {
            write_item(out, screen, name, &texts.join("; "))?;
        }
    }
    Ok(())
}

pub(super) fn nearby_text(nearby: &NearbyCluster) -> String {
    let score = nearby.score.map_or_else(String::new, |score| {
        format!(" (score {})", score_text(score))
    });
    let merchants = match nearby.merchants {
        1 => "1 merchant".into(),
        many => format!("{many} merchants"),
    };
    let things = match nearby.through {
        1 => "1 thing".into(),
        many => format!("{many} things"),
    };
    let kinds = nearby.kinds.join(", ");
    format!(
        "{}{score}: {merchants} through {things} ({kinds})",
        nearby.cluster_id
    )
}
