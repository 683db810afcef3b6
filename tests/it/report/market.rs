//! A made-up run that has everything a page can show.

use std::borrow::Cow;

use ringfence::model::{Bits, Money, Timestamp, narrow_u32};
use ringfence::report::{Counts, ReportInput, render};
use ringfence::run::{
    Action, ClusterRow, EvidenceRow, HubRow, LineageEvent, LineageRow, LinkRow, MemberRow,
    ReasonRow, RejectRow, Role,
};
use ringfence::run::{ByChance, ChanceLevel, Finding, FindingSeverity, ManifestInput};

/// A run in memory.
#[derive(Clone, Default)]
pub(super) struct Market {
    pub(super) held_by: Vec<String>,
    pub(super) findings: Vec<Finding>,
    pub(super) chance: Option<ByChance>,
    pub(super) inputs: Vec<ManifestInput>,
    pub(super) clusters: Vec<ClusterRow<'static>>,
    pub(super) members: Vec<MemberRow<'static>>,
    pub(super) evidence: Vec<EvidenceRow<'static>>,
    pub(super) reasons: Vec<ReasonRow<'static>>,
    pub(super) links: Vec<LinkRow<'static>>,
    pub(super) hubs: Vec<HubRow<'static>>,
    pub(super) lineage: Vec<LineageRow<'static>>,
    pub(super) rejects: Vec<RejectRow<'static>>,
    pub(super) previous_clusters: Vec<ClusterRow<'static>>,
}

impl Market {
    pub(super) fn input(&self) -> ReportInput<'_> {
        let with = |action| {
            let rows = self.members.iter().filter(|row| row.action == action);
            rows.count() as u64
        };
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
                shared_entities: 197_330,
                dropped_placeholders: 17,
                not_yet_known_rows: 1_204,
                clustered_merchants: self.members.len() as u64,
                merchants_enforce: with(Action::Enforce),
                merchants_review: with(Action::Review),
            },
            findings: &self.findings,
            chance: self.chance.as_ref(),
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

    pub(super) fn page(&self) -> String {
        render(&self.input())
    }
}

/// Forty clusters of five kinds and many sizes, with everything else a page can show.
pub(super) fn market() -> Market {
    let mut market = Market::default();
    let sizes = [9, 14, 6, 12, 8, 120, 3, 5, 26, 2, 18, 7];
    for (rank, size) in (1..=40_u32).zip(sizes.into_iter().cycle().skip(1)) {
        let plan = Plan {
            rank,
            kind: if size < 4 { 0 } else { (rank - 1) % 5 },
            size,
            score: 0.9995 - 0.0245 * f64::from(rank - 1),
        };
        add_cluster(&mut market, plan);
    }
    add_hubs(&mut market);
    add_lineage(&mut market);
    add_quality(&mut market);
    market.chance = Some(ByChance {
        decoys: 1,
        share: 0.5,
        usual_surprise_bits: 6.25,
        levels: [(0.0, 40, 96.0), (0.5, 20, 3.25), (0.9, 4, 0.0)]
            .map(|(score, clusters, expected)| ChanceLevel {
                score,
                clusters,
                expected,
            })
            .into(),
    });
    market
}

fn add_hubs(market: &mut Market) {
    let classes = ["mall", "agency", "aggregator", "chain", "placeholder_like"];
    for (number, hub_class) in (0..22_u32).zip(classes.into_iter().cycle()) {
        market.hubs.push(HubRow {
            entity_type: ["building", "device", "payout"][number as usize % 3].into(),
            entity: format!("hub-{number}").into(),
            shown: format!("SECRET 12 Orchard Road {number:04}").into(),
            merchants: 4_000 - 150 * number,
            hub_class: hub_class.into(),
            pair_bits: Bits::from_f64(0.02 * f64::from(number)),
            cities: 1 + number,
            owners: 900 - number,
        });
    }
}

/// How the members of a made-up cluster hang together: for each entity its type and its users.
fn shape(kind: u32, size: u32) -> Vec<(&'static str, Vec<u32>)> {
    let all: Vec<u32> = (0..size).collect();
    let part = |range: std::ops::Range<u32>| range.collect::<Vec<u32>>();
    let half = size / 2;
    match kind {
        // One device farm paid into two accounts.
        0 => vec![
            ("device", all),
            ("payout", part(0..half + 1)),
            ("payout", part(half..size)),
        ],
        // A chain of single shares.
        1 => (1..size).map(|m| ("phone", vec![m - 1, m])).collect(),
        // Two groups on one bridge.
        2 => vec![
            ("device", part(0..half)),
            ("address", part(0..half)),
            ("device", part(half..size)),
            ("payout", part(half..size)),
            ("building", part(half - 1..half + 1)),
        ],
        // Rotating devices over one address.
        3 => (0..size)
            .map(|m| ("device", vec![m, (m + 1) % size, (m + 2) % size]))
            .chain([("address", all)])
            .collect(),
        // A loose heap around a building.
        _ => vec![
            ("building", all),
            ("payout", part(0..2)),
            ("device", part(size - 2..size)),
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

/// A day in the spring of 2025.
fn day(number: u32) -> Timestamp {
    let seconds = 1_740_000_000 + i64::from(number) * 86_400;
    Timestamp::from_seconds(seconds)
}

/// The id of a member of the cluster of a rank.
pub(super) fn merchant_id(rank: u32, number: u32) -> String {
    format!("M{:05}", rank * 500 + number)
}

/// What a made-up cluster is to be.
#[derive(Clone, Copy)]
struct Plan {
    rank: u32,
    kind: u32,
    size: u32,
    score: f64,
}

impl Plan {
    fn id(self) -> Cow<'static, str> {
        format!("C{:07x}", u64::from(self.rank) * 0x009E_3779 % 0x0FFF_FFFF).into()
    }

    fn action(self) -> Action {
        match self.score {
            score if score >= 0.9 => Action::Enforce,
            score if score >= 0.5 => Action::Review,
            _ => Action::Monitor,
        }
    }

    fn core(self) -> u32 {
        self.size.div_ceil(3)
    }
}

fn add_cluster(market: &mut Market, plan: Plan) {
    for number in 0..plan.size {
        market.members.push(member(plan, number));
    }
    for (number, (entity_type, users)) in (0..).zip(shape(plan.kind, plan.size)) {
        let entity = format!(
            "{entity_type}-{}-{number}-8812{:04}",
            plan.rank,
            plan.rank * 37 + 11
        );
        for &user in &users {
            market.links.push(link(plan, entity_type, &entity, user));
        }
        market.evidence.push(evidence(
            plan,
            entity_type,
            entity,
            number,
            narrow_u32(users.len()),
        ));
    }
    if plan.size > 4 && plan.kind == 0 {
        market
            .links
            .push(link(plan, "relation", &merchant_id(plan.rank, 1), 4));
    }
    add_reasons(market, plan);
    market.clusters.push(cluster(plan));
}

fn member(plan: Plan, number: u32) -> MemberRow<'static> {
    let role = match number {
        n if n < plan.core() => Role::Core,
        n if n + 1 < plan.size || plan.size < 4 => Role::Member,
        _ => Role::Fringe,
    };
    let action = if role == Role::Fringe {
        Action::Review
    } else {
        Action::Enforce
    };
    MemberRow {
        cluster_id: plan.id(),
        merchant_id: merchant_id(plan.rank, number).into(),
        membership: 1.0 - f64::from(number) / f64::from(2 * plan.size),
        role,
        action: plan.action().min(action),
        links: 3,
        bits: Bits::from_f64(200.0 - f64::from(number)),
        name: NAMES[(plan.rank + number) as usize % NAMES.len()].into(),
        category: "electronics".into(),
        city: ["Jakarta", "Osaka", "Hanoi"][number as usize % 3].into(),
        country: "ID".into(),
        registered_at: Some(day(number)),
        status: if number % 7 == 6 {
            "suspended"
        } else {
            "active"
        }
        .into(),
        owner_id: "".into(),
        gmv_30d: Money::from_hundredths(1_234_500 + 77_700 * i64::from(number)),
        label: "".into(),
        held_by: "".into(),
        bits_lost: Bits::from_f64(210.0 - f64::from(number)),
    }
}

fn link(plan: Plan, entity_type: &'static str, entity: &str, user: u32) -> LinkRow<'static> {
    LinkRow {
        entity_type: entity_type.into(),
        entity: entity.to_owned().into(),
        merchant_id: merchant_id(plan.rank, user).into(),
        first_seen: None,
        last_seen: None,
        events: 2,
        cluster_id: plan.id(),
    }
}

fn evidence(
    plan: Plan,
    entity_type: &'static str,
    entity: String,
    number: u32,
    members: u32,
) -> EvidenceRow<'static> {
    EvidenceRow {
        cluster_id: plan.id(),
        entity_type: entity_type.into(),
        shown: format!("SECRET {entity}").into(),
        entity: entity.into(),
        members,
        merchants: members + 1,
        bits: Bits::from_f64(31.5 - f64::from(number)),
        first_seen: Some(day(10)),
        last_seen: Some(day(60)),
        hub_class: if entity_type == "building" {
            "mall"
        } else {
            "private"
        }
        .into(),
        dissolves: u32::from(number == 0),
    }
}

const PRIOR: f64 = -4.0;

/// Reasons that add up to the score.
fn add_reasons(market: &mut Market, plan: Plan) {
    let log_odds = (plan.score / (1.0 - plan.score)).ln();
    let tenure = if plan.kind == 4 { -1.35 } else { -0.4 };
    let (kinds, burst) = (1.1, 0.62);
    let shared = log_odds - PRIOR - tenure - kinds - burst;
    let (size, half) = (plan.size, plan.size.div_ceil(2));
    for (code, points, detail) in [
        (
            "shared_payout",
            shared,
            format!("{half} of {size} members use one payout account"),
        ),
        (
            "independent_kinds",
            kinds,
            "3 independent kinds of evidence".to_owned(),
        ),
        (
            "registration_burst",
            burst,
            format!("{} registered within 9 days", size - 1),
        ),
        (
            "long_tenure",
            tenure,
            "2 members have traded for more than 3 years".to_owned(),
        ),
    ] {
        market.reasons.push(ReasonRow {
            cluster_id: plan.id(),
            code: code.into(),
            points,
            detail: detail.into(),
        });
    }
}

fn cluster(plan: Plan) -> ClusterRow<'static> {
    let held = plan.rank == 3;
    let (weakest_type, weakest) = if plan.kind == 2 {
        ("merchant", merchant_id(plan.rank, plan.size / 2))
    } else {
        ("payout", "payout-1-1-88120048".to_owned())
    };
    ClusterRow {
        rank: plan.rank,
        cluster_id: plan.id(),
        score: plan.score,
        action: if held { Action::Review } else { plan.action() },
        size: plan.size,
        entities: 5,
        bits: Bits::from_f64(12.0 * f64::from(plan.size)),
        exposure: Money::from_hundredths(1_500_000 * i64::from(plan.size)),
        fraud_labels: plan.rank % 3,
        legit_labels: 0,
        first_formed: Some(day(12)),
        reasons: "".into(),
        prior: PRIOR,
        groups: if plan.kind == 4 {
            "place"
        } else {
            "device;money;place"
        }
        .into(),
        core: plan.core(),
        conductance: 0.08,
        resolution: 0.5,
        weakest_type: weakest_type.into(),
        weakest: weakest.into(),
        weakest_bits: Bits::from_f64(18.25),
        weakest_left: plan.size / 2,
        held_by: if held { "min_groups;gmv_cap" } else { "" }.into(),
        q: (plan.rank < 30).then_some(0.0004 * f64::from(plan.rank)),
        surprise: Bits::from_f64(41.5),
        dissolve_values: plan.rank % 4,
        dissolve_bits: Bits::from_f64(22.5),
        dissolve_score: 0.125,
        dissolve_left: 2,
        dissolve_ties: "1-2".into(),
    }
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
            FindingSeverity::Info,
            "Addresses carry no times, so that shares of them count as undated.",
            8_812,
        ),
        (
            "low_coverage",
            FindingSeverity::Warn,
            "Many merchants have no payout account; check the export of payouts.",
            2_310,
        ),
        (
            "unlisted",
            FindingSeverity::Warn,
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
        market.inputs.push(ManifestInput {
            table: "devices".into(),
            bytes: 1000,
            path: path.into(),
            blake3: format!("{:064x}", number + 1).chars().rev().collect(),
            rows,
            accepted: rows - rejected,
            rejected,
            columns: Vec::new(),
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
