//! The report page: self-contained, safe against hostile names, bounded, and always the same.

use std::fmt::Write as _;

use ringfence::model::{Bits, Money, Timestamp};
use ringfence::report::{Counts, Finding, FindingSeverity, InputFact, ReportInput, render};
use ringfence::run::{
    Action, ClusterRow, EvidenceRow, HubRow, LineageEvent, LineageRow, LinkRow, MemberRow,
    ReasonRow, RejectRow, Role,
};

/// A run in memory.
#[derive(Clone, Default)]
struct Market {
    held_by: Vec<String>,
    findings: Vec<Finding>,
    inputs: Vec<InputFact>,
    clusters: Vec<ClusterRow<'static>>,
    members: Vec<MemberRow<'static>>,
    evidence: Vec<EvidenceRow<'static>>,
    reasons: Vec<ReasonRow<'static>>,
    links: Vec<LinkRow<'static>>,
    hubs: Vec<HubRow<'static>>,
    lineage: Vec<LineageRow<'static>>,
    rejects: Vec<RejectRow<'static>>,
    previous_clusters: Vec<ClusterRow<'static>>,
}

impl Market {
    fn input(&self) -> ReportInput<'_> {
        ReportInput {
            run_id: "2026-03-31-4f0c2a91b7de",
            as_of: "2026-03-31",
            previous_run_id: (!self.lineage.is_empty()).then_some("2026-03-30-99a1e0c4d2f3"),
            tool_version: "0.1.0",
            strategy_hash: "6f1ed002ab5595859014ebf0951522d9a7d0f1f0c1e5a0b1c2d3e4f5a6b7c8d9",
            held_by: &self.held_by,
            counts: Counts {
                merchants: 48_213,
                links: 261_408,
                entities: 197_330,
                dropped_placeholders: 17,
                not_yet_known_rows: 1_204,
            },
            findings: &self.findings,
            inputs: &self.inputs,
            clusters: &self.clusters,
            members: &self.members,
            evidence: &self.evidence,
            reasons: &self.reasons,
            links: &self.links,
            hubs: &self.hubs,
            lineage: &self.lineage,
            rejects: &self.rejects,
            previous_clusters: &self.previous_clusters,
        }
    }

    fn page(&self) -> String {
        render(&self.input())
    }
}

/// How the members of a made-up cluster hang together: for each entity its type and its users.
fn shape(kind: usize, size: usize) -> Vec<(&'static str, Vec<usize>)> {
    let all: Vec<usize> = (0..size).collect();
    match kind {
        // One device farm paid into two accounts.
        0 => vec![
            ("device", all.clone()),
            ("payout", all[..size / 2 + 1].to_vec()),
            ("payout", all[size / 2..].to_vec()),
        ],
        // A chain of single shares.
        1 => (1..size).map(|m| ("phone", vec![m - 1, m])).collect(),
        // Two groups on one bridge.
        2 => {
            let half = size / 2;
            vec![
                ("device", all[..half].to_vec()),
                ("address", all[..half].to_vec()),
                ("device", all[half..].to_vec()),
                ("payout", all[half..].to_vec()),
                ("building", vec![half - 1, half]),
            ]
        }
        // Rotating devices over one address.
        3 => (0..size)
            .map(|m| ("device", vec![m, (m + 1) % size, (m + 2) % size]))
            .chain([("address", all.clone())])
            .collect(),
        // A loose heap around a building.
        _ => vec![
            ("building", all.clone()),
            ("payout", all[..2].to_vec()),
            ("device", all[size - 2..].to_vec()),
        ],
    }
}

const NAMES: [&str; 8] = [
    "Sunrise Phone Repair",
    "明るい台所",
    "Warung Bu Tini",
    "Café Ñandú & Söhne",
    "Quán Phở Hà Nội",
    "Blue Heron Trading",
    "متجر النور",
    "Golden Lotus Electronics Pte",
];

fn add_cluster(market: &mut Market, rank: u32, kind: usize, size: usize, score: f64) {
    let cluster_id = format!("C{:07x}", u64::from(rank) * 0x009E_3779 % 0x0FFF_FFFF);
    let action = match score {
        s if s >= 0.9 => Action::Enforce,
        s if s >= 0.5 => Action::Review,
        _ => Action::Monitor,
    };
    let day = |n: u64| Timestamp::from_seconds(i64::try_from(1_740_000_000 + n * 86_400).unwrap());
    let ids: Vec<String> = (0..size)
        .map(|m| format!("M{:05}", rank as usize * 500 + m))
        .collect();
    for (number, id) in ids.iter().enumerate() {
        let role = match number {
            n if n < size.div_ceil(3) => Role::Core,
            n if n + 1 < size || size < 4 => Role::Member,
            _ => Role::Fringe,
        };
        market.members.push(MemberRow {
            cluster_id: cluster_id.clone().into(),
            merchant_id: id.clone().into(),
            membership: 1.0 - number as f64 / (2 * size) as f64,
            role,
            action: if role == Role::Fringe {
                action.min(Action::Review)
            } else {
                action
            },
            links: 3,
            bits: Bits::from_f64(40.0 - number as f64),
            name: NAMES[(rank as usize + number) % NAMES.len()].into(),
            category: "electronics".into(),
            city: ["Jakarta", "Osaka", "Hanoi"][number % 3].into(),
            country: "ID".into(),
            registered_at: Some(day(number as u64)),
            status: if number % 7 == 6 {
                "suspended"
            } else {
                "active"
            }
            .into(),
            owner_id: "".into(),
            gmv_30d: Money::from_hundredths(1_234_500 + 77_700 * number as i64),
            label: "".into(),
            held_by: "".into(),
        });
    }
    for (number, (entity_type, users)) in shape(kind, size).into_iter().enumerate() {
        let entity = format!("{entity_type}-{rank}-{number}-8812{:04}", rank * 37 + 11);
        for &user in &users {
            market.links.push(LinkRow {
                entity_type: entity_type.into(),
                entity: entity.clone().into(),
                merchant_id: ids[user].clone().into(),
                first_seen: None,
                last_seen: None,
                events: 2,
                cluster_id: cluster_id.clone().into(),
            });
        }
        market.evidence.push(EvidenceRow {
            cluster_id: cluster_id.clone().into(),
            entity_type: entity_type.into(),
            shown: format!("SECRET {entity}").into(),
            entity: entity.into(),
            members: u32::try_from(users.len()).unwrap(),
            merchants: u32::try_from(users.len()).unwrap() + 1,
            bits: Bits::from_f64(31.5 - number as f64),
            first_seen: Some(day(10)),
            last_seen: Some(day(60)),
            hub_class: if entity_type == "building" {
                "mall"
            } else {
                "private"
            }
            .into(),
        });
    }
    if size > 4 && kind == 0 {
        market.links.push(LinkRow {
            entity_type: "relation".into(),
            entity: ids[1].clone().into(),
            merchant_id: ids[4].clone().into(),
            first_seen: None,
            last_seen: None,
            events: 9,
            cluster_id: cluster_id.clone().into(),
        });
    }
    let log_odds = (score / (1.0 - score)).ln();
    let prior = -4.0;
    let against = if kind == 4 { -1.35 } else { -0.4 };
    let main = log_odds - prior - against - 1.1 - 0.62;
    for (code, points, detail) in [
        (
            "shared_payout",
            main,
            format!(
                "{} of {size} members use one payout account",
                size.div_ceil(2)
            ),
        ),
        (
            "independent_kinds",
            1.1,
            "3 independent kinds of evidence".to_owned(),
        ),
        (
            "registration_burst",
            0.62,
            format!("{} registered within 9 days", size - 1),
        ),
        (
            "long_tenure",
            against,
            "2 members have traded for more than 3 years".to_owned(),
        ),
    ] {
        market.reasons.push(ReasonRow {
            cluster_id: cluster_id.clone().into(),
            code: code.into(),
            points,
            detail: detail.into(),
        });
    }
    market.clusters.push(ClusterRow {
        rank,
        cluster_id: cluster_id.clone().into(),
        score,
        action: if rank == 3 { Action::Review } else { action },
        size: u32::try_from(size).unwrap(),
        entities: 5,
        bits: Bits::from_f64(12.0 * size as f64),
        exposure: Money::from_hundredths(1_500_000 * size as i64),
        fraud_labels: rank % 3,
        legit_labels: 0,
        first_formed: Some(day(12)),
        reasons: "".into(),
        prior,
        groups: if kind == 4 {
            "place"
        } else {
            "device;money;place"
        }
        .into(),
        core: u32::try_from(size.div_ceil(3)).unwrap(),
        conductance: 0.08,
        resolution: 0.5,
        weakest_type: if kind == 2 { "merchant" } else { "payout" }.into(),
        weakest: if kind == 2 {
            ids[size / 2].clone()
        } else {
            "payout-1-1-88120048".into()
        }
        .into(),
        weakest_bits: Bits::from_f64(18.25),
        weakest_left: u32::try_from(size / 2).unwrap(),
        held_by: if rank == 3 { "min_groups;gmv_cap" } else { "" }.into(),
    });
}

/// Forty clusters of five kinds and many sizes, with everything else a page can show.
fn market() -> Market {
    let mut market = Market::default();
    let sizes = [9, 14, 6, 12, 8, 120, 3, 5, 26, 2, 18, 7];
    for rank in 1..=40_u32 {
        let score = 0.9995 - 0.0245 * f64::from(rank - 1);
        let (kind, size) = ((rank as usize - 1) % 5, sizes[rank as usize % sizes.len()]);
        let kind = if size < 4 { 0 } else { kind };
        add_cluster(&mut market, rank, kind, size, score);
    }
    for (number, hub_class) in ["mall", "agency", "aggregator", "chain", "placeholder_like"]
        .iter()
        .cycle()
        .take(22)
        .enumerate()
    {
        let number = u32::try_from(number).unwrap();
        market.hubs.push(HubRow {
            entity_type: ["building", "device", "payout"][number as usize % 3].into(),
            entity: format!("hub-{number}").into(),
            shown: format!("SECRET 12 Orchard Road {number:04}").into(),
            merchants: 4_000 - 150 * number,
            hub_class: (*hub_class).into(),
            pair_bits: Bits::from_f64(0.02 * f64::from(number)),
            cities: 1 + number,
            owners: 900 - number,
        });
    }
    add_lineage(&mut market);
    add_quality(&mut market);
    market
}

fn add_lineage(market: &mut Market) {
    use LineageEvent::{Born, Continued, Grown, Merged, Shrunk, Split};
    let events = [Continued, Grown, Shrunk, Born, Continued, Merged, Split];
    for (cluster, event) in market.clusters.iter().zip(events.into_iter().cycle()) {
        let previous = match event {
            Born => String::new(),
            Merged | Split => format!("P{}", cluster.cluster_id),
            _ => cluster.cluster_id.to_string(),
        };
        market.lineage.push(LineageRow {
            cluster_id: cluster.cluster_id.clone(),
            previous_cluster_id: previous.into(),
            event,
            overlap: 0.625,
        });
    }
    market.previous_clusters = market.clusters[..30].to_vec();
    for (number, cluster) in market.previous_clusters.iter_mut().enumerate() {
        if number % 6 == 5 {
            cluster.action = Action::Monitor;
        }
        if number % 10 == 9 {
            cluster.cluster_id = format!("Cgone{number:02}").into();
            market.lineage.push(LineageRow {
                cluster_id: "".into(),
                previous_cluster_id: cluster.cluster_id.clone(),
                event: LineageEvent::Dissolved,
                overlap: 0.0,
            });
        }
    }
}

fn add_quality(market: &mut Market) {
    for (code, severity, sentence, count) in [
        (
            "no_times",
            FindingSeverity::Note,
            "Addresses carry no times, so that shares of them count as undated.",
            8_812,
        ),
        (
            "low_coverage",
            FindingSeverity::Warning,
            "Many merchants have no payout account; check the export of payouts.",
            2_310,
        ),
        (
            "unlisted",
            FindingSeverity::Serious,
            "Links name merchants that the merchants table does not list.",
            41,
        ),
    ] {
        market.findings.push(Finding {
            code: code.into(),
            severity,
            sentence: sentence.into(),
            count,
        });
    }
    for (number, (path, rows, rejected)) in [
        ("merchants.csv", 48_172, 3),
        ("devices.csv.zst", 130_044, 0),
        ("payouts.parquet", 51_900, 28),
        ("addresses/part-000.csv.gz", 79_467, 402),
    ]
    .into_iter()
    .enumerate()
    {
        market.inputs.push(InputFact {
            path: path.into(),
            blake3: format!("{:064x}", number + 1).chars().rev().collect(),
            rows,
            accepted: rows - rejected,
            rejected,
        });
        for line in 0..rejected.min(30) {
            let reason = [
                "bad_time: first_seen: expected YYYY-MM-DD or an RFC 3339 timestamp",
                "missing_id: merchant_id: expected a value",
            ];
            market.rejects.push(RejectRow {
                file: path.into(),
                line: line + 2,
                reason: reason[usize::from(line % 5 == 0)].into(),
                raw: "SECRET raw".into(),
            });
        }
    }
}

#[test]
fn a_page_can_be_looked_at() {
    // The file is left in cargo's folder for test output, for whoever wants to see it in a browser.
    let path = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("report.html");
    let page = market().page();
    std::fs::write(&path, &page).unwrap();
    for expected in [
        "Look at first",
        "2026-03-31",
        "48,213",
        "Held at review",
        "enforce",
        "merged into",
        "BLAKE3",
    ] {
        assert!(page.contains(expected), "{expected}");
    }
}

#[test]
fn the_same_run_gives_the_same_bytes_whatever_the_order_of_its_rows() {
    let market = market();
    let mut turned = market.clone();
    turned.findings.reverse();
    turned.inputs.reverse();
    turned.clusters.reverse();
    turned.members.reverse();
    turned.evidence.reverse();
    turned.links.reverse();
    turned.hubs.reverse();
    turned.lineage.reverse();
    turned.rejects.reverse();
    turned.previous_clusters.reverse();
    assert_eq!(market.page(), market.page());
    assert_eq!(market.page(), turned.page());
}

#[test]
fn an_empty_run_has_a_page() {
    let market = Market::default();
    let mut input = market.input();
    input.counts = Counts::default();
    let page = render(&input);
    check_page(&page);
    assert!(page.contains("No cluster was found"));
    assert!(page.contains("There is no previous run"));
}

#[test]
fn a_held_run_says_so_before_anything_else() {
    let mut market = market();
    assert!(!market.page().contains("Held back"));
    market
        .held_by
        .push("The number of merchants fell by 41 %, more than the 20 % allowed.".into());
    let page = market.page();
    check_page(&page);
    let banner = page.find("Held back").expect("a banner");
    assert!(banner < page.find("In figures").unwrap());
    assert!(page.contains("fell by 41 %"));
}

#[test]
fn hostile_names_stay_text() {
    let mut market = market();
    let long = "<&\"'>".repeat(20_000);
    let hostile: [&'static str; 5] = [
        "<script>alert(1)</script>",
        "\"><img src=x onerror=alert(1)>",
        "\u{202E}drawkcab\u{2066}",
        "</title></svg><style>*{display:none}",
        "https://evil.example/",
    ];
    for (number, row) in market.members.iter_mut().enumerate() {
        row.name = hostile[number % hostile.len()].to_owned().into();
        row.city = row.name.clone();
        row.status = row.name.clone();
    }
    market.members[0].name = long.repeat(10).into();
    for row in &mut market.reasons {
        row.detail = hostile[0].into();
        row.code = hostile[1].into();
    }
    for row in &mut market.hubs {
        row.hub_class = hostile[0].into();
        row.shown = long.clone().into();
    }
    for row in &mut market.rejects {
        row.file = long.clone().into();
        row.reason = long.clone().into();
    }
    for row in &mut market.evidence {
        row.hub_class = hostile[3].into();
    }
    market.held_by.push(long.clone());
    let page = market.page();
    check_page(&page);
    assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;"));
    assert!(!page.contains("<img") && !page.contains('\u{202E}') && !page.contains('\u{2066}'));
}

#[test]
fn values_are_masked() {
    let page = market().page();
    assert!(!page.contains("SECRET"), "a value is shown in full");
    assert!(
        !page.contains("88120048"),
        "the weakest link is shown in full"
    );
    assert!(page.contains("••••0048"));
}

#[test]
fn a_large_run_has_a_small_page() {
    let mut market = market();
    let (cluster, member) = (market.clusters[0].clone(), market.members[0].clone());
    for rank in 41..100_000_u32 {
        let mut more = cluster.clone();
        more.rank = rank;
        more.cluster_id = format!("X{rank}").into();
        market.lineage.push(LineageRow {
            cluster_id: more.cluster_id.clone(),
            previous_cluster_id: "".into(),
            event: LineageEvent::Born,
            overlap: 0.0,
        });
        market.clusters.push(more);
        let mut more = member.clone();
        more.merchant_id = format!("N{rank}").into();
        market.members.push(more);
    }
    // Every card as full as a card can be.
    for cluster in &market.clusters[..12] {
        for entity in 0..60 {
            let name = format!("dense-{entity}");
            market.evidence.push(EvidenceRow {
                cluster_id: cluster.cluster_id.clone(),
                entity: name.clone().into(),
                bits: Bits::from_f64(99.0),
                ..market.evidence[0].clone()
            });
            for merchant in 0..60 {
                market.links.push(LinkRow {
                    cluster_id: cluster.cluster_id.clone(),
                    entity_type: "device".into(),
                    entity: name.clone().into(),
                    merchant_id: format!("M{:05}", cluster.rank * 500 + merchant).into(),
                    first_seen: None,
                    last_seen: None,
                    events: 1,
                });
            }
        }
    }
    let page = market.page();
    check_page(&page);
    assert!(page.contains("Drawn from the core outwards; +"));
    assert!(page.contains("Shown: 8 of"));
}

/// What holds for every page.
fn check_page(page: &str) {
    assert!(page.len() < 400_000, "{} bytes", page.len());
    let lower = page.to_lowercase();
    for forbidden in [
        "<script", "<link", "<iframe", "<object", "@import", "url(", "src=", "nan", "inf,",
        "onload=",
    ] {
        let found = lower
            .match_indices(forbidden)
            .find(|(at, _)| !is_text(&lower, *at));
        assert!(found.is_none(), "{forbidden}: {found:?}");
    }
    for scheme in ["http://", "https://"] {
        assert!(
            !lower.contains(&format!("=\"{scheme}")),
            "{scheme} in an attribute"
        );
    }
    check_balanced(page);
    check_headings(page);
    check_anchors(page);
}

/// Whether a position is in text between tags rather than in a tag; a tag's own start is in the tag.
fn is_text(page: &str, at: usize) -> bool {
    if page[at..].starts_with('<') {
        return false;
    }
    let opened = page[..at].rfind('<').unwrap_or(0);
    page[opened..at].contains('>') && !page[opened..].starts_with("<style")
}

/// Every element is closed in the order it was opened.
fn check_balanced(page: &str) {
    let mut open = Vec::new();
    for tag in page.split('<').skip(2) {
        let tag = tag.split('>').next().unwrap();
        let name = tag.split(' ').next().unwrap();
        match name.strip_prefix('/') {
            Some(name) => assert_eq!(open.pop(), Some(name)),
            None if name != "meta" => open.push(name),
            None => {}
        }
    }
    assert!(open.is_empty(), "{open:?}");
}

/// One `h1`, and no level is skipped on the way down.
fn check_headings(page: &str) {
    let levels: Vec<u32> = page
        .match_indices("<h")
        .filter_map(|(at, _)| page[at + 2..].chars().next()?.to_digit(10))
        .collect();
    assert_eq!(levels.iter().filter(|&&level| level == 1).count(), 1);
    assert_eq!(levels[0], 1);
    for pair in levels.windows(2) {
        assert!(pair[1] <= pair[0] + 1, "h{} follows h{}", pair[1], pair[0]);
    }
}

/// Every link and every label within the page leads somewhere, and ids are unique.
fn check_anchors(page: &str) {
    let values = |name: &str| -> Vec<&str> {
        let start = format!(" {name}=\"");
        page.split(start.as_str())
            .skip(1)
            .map(|rest| rest.split('"').next().unwrap())
            .collect()
    };
    let ids = values("id");
    let mut unique = ids.clone();
    unique.sort_unstable();
    unique.dedup();
    assert_eq!(unique.len(), ids.len());
    for target in values("href") {
        let target = target
            .strip_prefix('#')
            .expect("only links within the page");
        assert!(ids.contains(&target), "{target}");
    }
    for target in values("aria-labelledby") {
        assert!(ids.contains(&target), "{target}");
    }
}

#[test]
fn the_page_passes_its_own_checks() {
    check_page(&market().page());
    let mut broken = String::new();
    write!(broken, "<!doctype html><html><h1></h1><h3></h3></html>").unwrap();
    assert!(std::panic::catch_unwind(|| check_page(&broken)).is_err());
}
