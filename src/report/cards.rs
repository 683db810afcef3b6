//! The top clusters, a card each.

use super::cases::Case;
use super::charts::{action_name, bar};
use super::drawing::{EntityTypes, drawing, legend, masked, role_name};
use super::html::{
    Html, MAX_DATA_CHARS, capped_note, count, count_of, counted, data_cell, mask, money,
    number_cell, points, row_header, shorten, table, wide, words,
};
use crate::model::Timestamp;
use crate::run::{ClusterRow, EvidenceRow, MemberRow, chance_sentence};

/// Reasons shown with a bar; the rest is summed up.
const MAX_REASONS: usize = 6;
const MAX_MEMBERS: usize = 12;
const MAX_EVIDENCE: usize = 10;
/// Values named that would have to be innocent.
const MAX_DISSOLVING: usize = 4;
/// Characters of a reason in words.
pub(super) const MAX_DETAIL_CHARS: usize = 160;

/// The section of cards.
pub(super) fn section(page: &mut Html, clusters: &[&ClusterRow], cases: &[Case]) {
    page.element("section", &[("aria-labelledby", "clusters")], |page| {
        page.leaf("h2", &[("id", "clusters")], "Top clusters");
        if cases.is_empty() {
            page.leaf("p", &[], "No merchants hang together: there are no clusters.");
            return;
        }
        let lead = format!(
            "The first {} of {} by score. Circles are merchants, numbered as in the list of members; \
             squares are what they share.",
            count_of(cases.len()),
            counted(wide(clusters.len()), "cluster", "clusters"),
        );
        page.leaf("p", &[("class", "lead")], &lead);
        let types = EntityTypes::of(cases);
        legend(page, &types);
        let longest = longest_bar(cases);
        page.element("div", &[("class", "cards")], |page| {
            for case in cases {
                card(page, case, &types, longest);
            }
        });
    });
}

/// One scale for all cards, so that a longer bar is a stronger reason wherever it stands.
fn longest_bar(cases: &[Case]) -> f64 {
    let reasons = cases.iter().flat_map(|case| &case.reasons);
    let priors = cases.iter().map(|case| case.cluster.prior.abs());
    reasons
        .map(|row| row.points.abs())
        .chain(priors)
        .filter(|points| points.is_finite())
        .fold(1.0, f64::max)
}

/// The anchor of a cluster's card.
pub(super) fn anchor(rank: u32) -> String {
    format!("cluster-{rank}")
}

fn card(page: &mut Html, case: &Case, types: &EntityTypes, longest: f64) {
    let cluster = case.cluster;
    let id = anchor(cluster.rank);
    let attributes = [("class", "panel card"), ("aria-labelledby", id.as_str())];
    page.element("article", &attributes, |page| {
        title(page, cluster, &id);
        facts(page, cluster);
        held(page, cluster);
        page.element("div", &[("class", "halves")], |page| {
            page.element("div", &[], |page| {
                page.leaf("h4", &[], "Who shares what");
                drawing(page, case, types);
                weakest_link(page, case);
                dissolution(page, case);
                by_chance(page, case.cluster);
            });
            page.element("div", &[], |page| {
                page.leaf("h4", &[], "Why this score");
                reasons(page, case, longest);
            });
        });
        members(page, case);
        evidence(page, case);
    });
}

fn title(page: &mut Html, cluster: &ClusterRow, id: &str) {
    page.element("div", &[("class", "title")], |page| {
        page.element("h3", &[("id", id)], |page| {
            page.leaf("span", &[("class", "rank")], &format!("#{} ", cluster.rank));
            page.data(&cluster.cluster_id);
        });
        page.element("p", &[("class", "verdict")], |page| {
            chip(page, action_name(cluster.action));
            page.text(" ");
            page.leaf("strong", &[], &format!("{:.4}", cluster.score));
        });
    });
}

/// The name of an action in its colour.
pub(super) fn chip(page: &mut Html, action: &str) {
    page.leaf("span", &[("class", &format!("chip {action}"))], action);
}

fn facts(page: &mut Html, cluster: &ClusterRow) {
    let merchants = format!(
        "{} ({} core)",
        count(cluster.size.into()),
        count(cluster.core.into())
    );
    let labels = format!(
        "{} fraud, {} legit",
        count(cluster.fraud_labels.into()),
        count(cluster.legit_labels.into())
    );
    let formed = cluster.first_formed.map(Timestamp::date_text);
    let groups = list_of_codes(&cluster.groups);
    page.element("dl", &[("class", "facts")], |page| {
        fact(page, "Merchants", &merchants);
        fact(page, "Exposure", &money(cluster.exposure));
        fact(page, "Evidence", &format!("{} bits", cluster.bits));
        fact(page, "Kinds of evidence", &groups);
        fact(page, "Labels", &labels);
        fact(
            page,
            "First formed",
            formed.as_deref().unwrap_or("not known"),
        );
    });
}

/// A term and what it is.
pub(super) fn fact(page: &mut Html, term: &str, description: &str) {
    page.element("div", &[], |page| {
        page.leaf("dt", &[], term);
        page.element("dd", &[], |page| page.leaf("bdi", &[], description));
    });
}

fn list_of_codes(codes: &str) -> String {
    let list = codes.split(';').filter(|code| !code.is_empty());
    let list: Vec<String> = list.map(words).collect();
    if list.is_empty() {
        return "none".to_owned();
    }
    shorten(&list.join(", "), MAX_DETAIL_CHARS)
}

fn held(page: &mut Html, cluster: &ClusterRow) {
    if cluster.held_by.is_empty() {
        return;
    }
    let sentence = format!(
        "Held at {}, milder than its score alone would have it: {}.",
        action_name(cluster.action),
        list_of_codes(&cluster.held_by)
    );
    page.leaf("p", &[("class", "held")], &sentence);
}

fn weakest_link(page: &mut Html, case: &Case) {
    let cluster = case.cluster;
    if cluster.weakest_type.is_empty() {
        return;
    }
    page.element("p", &[], |page| {
        page.leaf("strong", &[], "Weakest link: ");
        page.data(&cluster.weakest_type);
        page.text(" ");
        page.data(&weakest_name(case));
        let rest = format!(
            ", {} bits. Without it, the largest piece keeps {} of {}.",
            cluster.weakest_bits,
            count(cluster.weakest_left.into()),
            counted(cluster.size.into(), "merchant", "merchants"),
        );
        page.text(&rest);
    });
}

/// What would have to turn out innocent for the cluster to fall apart.
fn dissolution(page: &mut Html, case: &Case) {
    let cluster = case.cluster;
    if cluster.dissolve_values == 0 {
        return;
    }
    let shared = case.evidence.iter().copied();
    let mut needed: Vec<&EvidenceRow> = shared.filter(|row| row.dissolves > 0).collect();
    needed.sort_by_key(|row| row.dissolves);
    page.element("p", &[], |page| {
        page.leaf("strong", &[], "To dissolve it: ");
        let values = counted(
            cluster.dissolve_values.into(),
            "shared value or tie",
            "shared values or ties",
        );
        let left = match cluster.dissolve_left {
            0 => "no cluster is left".to_owned(),
            left => format!(
                "the surest piece left, of {left} merchants, scores {:.4}",
                cluster.dissolve_score
            ),
        };
        let text = format!(
            "refute {values} ({} bits), then {left}",
            cluster.dissolve_bits
        );
        page.text(&text);
        for (at, row) in needed.iter().take(MAX_DISSOLVING).enumerate() {
            page.text(if at == 0 { ": " } else { ", " });
            page.data(&row.entity_type);
            page.text(" ");
            page.data(&masked(row));
        }
        page.text(".");
    });
}

/// Whether the cluster could be an accident.
fn by_chance(page: &mut Html, cluster: &ClusterRow) {
    let Some(q) = cluster.q else {
        return;
    };
    page.element("p", &[], |page| {
        page.leaf("strong", &[], "By chance: ");
        page.text(&chance_sentence(q, cluster.surprise));
        page.text(".");
    });
}

/// Merchants by id; anything else masked, in its spelling for people where the evidence has one.
fn weakest_name(case: &Case) -> String {
    let cluster = case.cluster;
    if cluster.weakest_type == "merchant" {
        return cluster.weakest.clone().into_owned();
    }
    let spelled = case
        .evidence
        .iter()
        .find(|row| row.entity_type == cluster.weakest_type && row.entity == cluster.weakest);
    spelled.map_or_else(|| mask(&cluster.weakest), |row| masked(row))
}

fn reasons(page: &mut Html, case: &Case, longest: f64) {
    let headers = ["Reason", "#Points", "Against or for"];
    let (shown, rest) = case.reasons.split_at(case.reasons.len().min(MAX_REASONS));
    table(page, "Points for and against", &headers, |page| {
        reason(page, "Before any evidence", "", case.cluster.prior, longest);
        for row in shown {
            reason(page, &row.detail, &row.code, row.points, longest);
        }
        if !rest.is_empty() {
            let others = counted(wide(rest.len()), "smaller reason", "smaller reasons");
            let sum = rest.iter().map(|row| row.points).sum();
            reason(page, &others, "", sum, longest);
        }
        let all = case.cluster.prior + case.reasons.iter().map(|row| row.points).sum::<f64>();
        page.element("tr", &[("class", "sum")], |page| {
            row_header(page, |page| page.text("Log-odds together"));
            number_cell(page, &points(all));
            let score = format!("score {:.4}", case.cluster.score);
            page.leaf("td", &[], &score);
        });
    });
}

fn reason(page: &mut Html, detail: &str, code: &str, value: f64, longest: f64) {
    page.element("tr", &[], |page| {
        row_header(page, |page| {
            page.leaf("bdi", &[], &shorten(detail, MAX_DETAIL_CHARS));
            if !code.is_empty() {
                page.text(" ");
                page.leaf("code", &[], &shorten(code, MAX_DATA_CHARS));
            }
        });
        number_cell(page, &points(value));
        page.element("td", &[("class", "bars")], |page| {
            bar(page, value / longest);
        });
    });
}

fn members(page: &mut Html, case: &Case) {
    let shown = case.members.len().min(MAX_MEMBERS);
    page.element("details", &[], |page| {
        page.leaf(
            "summary",
            &[],
            &format!("Members ({}), core first", count_of(case.members.len())),
        );
        let headers = [
            "#No.",
            "Merchant",
            "Name",
            "City",
            "Status",
            "Role",
            "#Membership",
            "Action",
            "#GMV 30 d",
        ];
        table(page, "Members, core first", &headers, |page| {
            for (position, row) in case.members[..shown].iter().enumerate() {
                page.element("tr", &[], |page| member(page, position + 1, row));
            }
        });
        capped_note(
            page,
            shown,
            case.members.len(),
            "members; members.csv has all",
        );
    });
}

fn member(page: &mut Html, number: usize, row: &MemberRow) {
    number_cell(page, &count_of(number));
    row_header(page, |page| page.data(&row.merchant_id));
    data_cell(page, &row.name);
    data_cell(page, &row.city);
    data_cell(page, &row.status);
    page.leaf("td", &[], role_name(row.role));
    number_cell(page, &format!("{:.2}", row.membership));
    page.element("td", &[], |page| chip(page, action_name(row.action)));
    number_cell(page, &money(row.gmv_30d));
}

fn evidence(page: &mut Html, case: &Case) {
    let shown = case.evidence.len().min(MAX_EVIDENCE);
    page.element("details", &[], |page| {
        let summary = format!(
            "Shared values ({}), masked, strongest first",
            count_of(case.evidence.len())
        );
        page.leaf("summary", &[], &summary);
        let headers = [
            "Type",
            "Value",
            "Taken for",
            "#Members",
            "#Merchants in all",
            "#Bits",
            "First seen",
            "Last seen",
        ];
        table(page, "Shared values, strongest first", &headers, |page| {
            for row in &case.evidence[..shown] {
                page.element("tr", &[], |page| evidence_cells(page, row));
            }
        });
        page.leaf(
            "p",
            &[("class", "note")],
            "Values are masked; see evidence.csv.",
        );
        capped_note(page, shown, case.evidence.len(), "shared values");
    });
}

fn evidence_cells(page: &mut Html, row: &EvidenceRow) {
    row_header(page, |page| page.data(&row.entity_type));
    data_cell(page, &masked(row));
    data_cell(page, &words(&row.hub_class));
    number_cell(page, &count(row.members.into()));
    number_cell(page, &count(row.merchants.into()));
    number_cell(page, &row.bits.to_string());
    let date = |time: Option<Timestamp>| time.map(Timestamp::date_text);
    page.leaf("td", &[], &date(row.first_seen).unwrap_or_default());
    page.leaf("td", &[], &date(row.last_seen).unwrap_or_default());
}
