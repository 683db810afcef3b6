//! A case on paper: one self-contained page without scripts.

use std::fmt::Write;

use crate::explore::{Case, OpenRun, is_unsafe};

/// A page of a case, to print or to file.
pub(super) fn case_file(run: &OpenRun, case: &Case) -> String {
    let mut page = String::new();
    write_case(&mut page, run, case).expect("a String takes everything");
    page
}

const STYLE: &str = "body{font:11pt/1.45 system-ui,sans-serif;max-width:52rem;margin:2rem auto;\
    padding:0 1rem;color:#111}h1{font-size:1.4rem}h2{font-size:1.1rem;margin-top:1.6rem}\
    table{border-collapse:collapse;width:100%;font-size:9.5pt}\
    th,td{border-bottom:1px solid #bbb;padding:.25rem .4rem;text-align:left;vertical-align:top;\
    overflow-wrap:anywhere}td.n{text-align:right;white-space:nowrap}tr{break-inside:avoid}";

fn write_case(page: &mut String, run: &OpenRun, case: &Case) -> std::fmt::Result {
    let cluster = &case.cluster;
    let id = safe(&cluster.cluster_id);
    write!(
        page,
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Case {id}</title>\
         <style>{STYLE}</style></head><body>\n<h1>Case {id}</h1>\n\
         <p>Run {}, as of {}. Rank {} of {}, score {:.2}, proposed: {}.</p>\n<p>{}</p>\n<ul>",
        safe(run.run_id()),
        safe(run.as_of()),
        cluster.rank,
        case.clusters_in_run,
        // Never rounded up to certainty.
        if cluster.score < 1.0 {
            cluster.score.min(0.99)
        } else {
            1.0
        },
        cluster.action,
        safe(&case.headline),
    )?;
    for sentence in &case.why {
        write!(page, "<li>{}</li>", safe(sentence))?;
    }
    page.push_str(
        "</ul>\n<h2>Points</h2>\n<table><tr><th>Reason</th><th>Points</th><th>Found</th></tr>\n",
    );
    write!(
        page,
        "<tr><td>Before any evidence</td><td class=\"n\">{:+.2}</td><td></td></tr>",
        case.prior
    )?;
    for reason in &case.reasons {
        writeln!(
            page,
            "<tr><td>{}</td><td class=\"n\">{:+.2}</td><td>{}</td></tr>",
            safe(&reason.title),
            reason.points,
            safe(&reason.detail)
        )?;
    }
    write_members(page, case)?;
    write_evidence(page, case)?;
    if let Some(weakest) = &case.weakest {
        writeln!(
            page,
            "<h2>Weakest link</h2><p>Without {} {} ({:.1} bits), {} of {} members are left in the largest piece.</p>",
            safe(&weakest.kind),
            safe(&weakest.shown),
            weakest.bits.to_f64(),
            weakest.left,
            weakest.size
        )?;
    }
    page.push_str("</body></html>\n");
    Ok(())
}

fn write_members(page: &mut String, case: &Case) -> std::fmt::Result {
    page.push_str(
        "</table>\n<h2>Members</h2>\n<table><tr><th>Merchant</th><th>Name</th><th>Role</th>\
         <th>Membership</th><th>City</th><th>Registered</th><th>Status</th><th>Action</th></tr>\n",
    );
    for member in &case.members {
        writeln!(
            page,
            "<tr><td>{}</td><td>{}</td><td>{}</td><td class=\"n\">{:.2}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>",
            safe(&member.merchant_id),
            safe(&member.name),
            member.role,
            member.membership,
            safe(&member.city),
            day(member.registered_at),
            safe(&member.status),
            member.action
        )?;
    }
    page.push_str("</table>\n");
    Ok(())
}

fn write_evidence(page: &mut String, case: &Case) -> std::fmt::Result {
    page.push_str(
        "<h2>Evidence</h2>\n<table><tr><th>Kind</th><th>What</th><th>Members</th><th>In all</th>\
         <th>Bits</th><th>First seen</th><th>Last seen</th></tr>\n",
    );
    for row in &case.evidence {
        writeln!(
            page,
            "<tr><td>{}</td><td>{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{:.1}</td><td>{}</td><td>{}</td></tr>",
            safe(&row.entity_type),
            safe(&row.shown),
            row.members,
            row.merchants,
            row.bits.to_f64(),
            day(row.first_seen),
            day(row.last_seen)
        )?;
    }
    page.push_str("</table>\n");
    Ok(())
}

fn day(time: Option<crate::model::Timestamp>) -> String {
    time.map(crate::model::Timestamp::date_text)
        .unwrap_or_default()
}

/// A value from the data as text of a page: markup is escaped, what disturbs or deceives is shown as
/// its code, and what is too long for paper is cut.
fn safe(text: &str) -> String {
    const MAX_CHARS: usize = 300;
    let mut out = String::with_capacity(text.len().min(MAX_CHARS * 4));
    for c in text.chars().take(MAX_CHARS) {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c if is_unsafe(c) => {
                write!(out, "[U+{:04X}]", u32::from(c)).expect("a String takes everything");
            }
            c => out.push(c),
        }
    }
    if text.chars().nth(MAX_CHARS).is_some() {
        out.push('…');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::safe;

    #[test]
    fn values_are_text_and_nothing_else() {
        assert_eq!(
            safe("<script>'\"&\u{202e}\n"),
            "&lt;script&gt;&#39;&quot;&amp;[U+202E][U+000A]"
        );
        assert_eq!(safe(&"x".repeat(1 << 20)).chars().count(), 301);
    }
}
