//! A case as rows.

use crate::cli::show::{dissolution_text, nearby_text, weakest_text};
use crate::explore::{CaseAnswer, Ended};

pub(super) const CSV_HEADER: &[&str] = &["section", "item", "value", "detail"];

/// A case as rows of (section, item, value, detail), in the order of the screen.
pub(super) fn records(answer: &CaseAnswer) -> Vec<Vec<String>> {
    let case = match answer {
        CaseAnswer::Living(case) => case,
        CaseAnswer::Ended(ended) => return ended_records(ended),
    };
    let row = |section: &str, item: &str, value: String, detail: &str| {
        vec![
            section.to_owned(),
            item.to_owned(),
            value,
            detail.to_owned(),
        ]
    };
    let cluster = &case.cluster;
    let mut rows = vec![row(
        "cluster",
        &cluster.cluster_id,
        cluster.score.to_string(),
        cluster.action.as_str(),
    )];
    rows.extend(
        case.why
            .iter()
            .map(|sentence| row("why", "", String::new(), sentence)),
    );
    rows.push(row("prior", "", case.prior.to_string(), ""));
    let reasons = case.reasons.iter();
    rows.extend(reasons.map(|r| row("reason", &r.code, r.points.to_string(), &r.detail)));
    let members = case.members.iter();
    rows.extend(members.map(|m| {
        row(
            "member",
            &m.merchant_id,
            m.membership.to_string(),
            m.role.as_str(),
        )
    }));
    rows.extend(case.evidence.iter().map(|e| {
        let item = format!("{}:{}", e.entity_type, e.entity);
        let detail = format!("{} of {} merchants", e.members, e.merchants);
        row("evidence", &item, e.bits.to_string(), &detail)
    }));
    let events = case.time_line.events.iter();
    rows.extend(events.map(|e| row("time", &e.subject, e.at.to_string(), &e.text)));
    rows.extend(case.weakest.iter().map(|w| {
        let item = format!("{}:{}", w.kind, w.id);
        row("weakest", &item, w.bits.to_string(), &weakest_text(w))
    }));
    rows.extend(case.dissolution.iter().map(|d| {
        row(
            "dissolution",
            &d.values.to_string(),
            d.bits.to_string(),
            &dissolution_text(d),
        )
    }));
    rows.extend(
        case.chance
            .iter()
            .map(|chance| row("chance", "q", chance.q.to_string(), &chance.sentence)),
    );
    let honest = case.honest.iter();
    rows.extend(honest.map(|e| row("honest", &e.explanation, e.points.to_string(), &e.detail)));
    rows.extend(case.lineage.iter().map(|step| {
        let overlap = step.overlap.to_string();
        row(
            "lineage",
            &step.previous_cluster_id,
            overlap,
            step.event.as_str(),
        )
    }));
    rows.extend(case.nearby.iter().map(|n| {
        let score = n.score.map(|score| score.to_string()).unwrap_or_default();
        row("nearby", &n.cluster_id, score, &nearby_text(n))
    }));
    rows
}

fn ended_records(ended: &Ended) -> Vec<Vec<String>> {
    let fact = |item: &str, value: &str| {
        vec![
            "ended".to_owned(),
            item.to_owned(),
            value.to_owned(),
            String::new(),
        ]
    };
    let mut rows = vec![
        fact("cluster_id", &ended.cluster_id),
        fact("born", &ended.born),
        fact("last", &ended.last),
    ];
    rows.extend(
        ended
            .successors
            .iter()
            .map(|line| fact("successor", &line.cluster_id)),
    );
    rows
}
