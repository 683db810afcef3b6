//! From rings to the rows of the run directory, which borrow their texts from what they tell of.

use std::borrow::Cow;
use std::fmt::Write;

use super::overlap::NONE;
use super::ring_tables::RingTables;
use crate::ingest::{Label, Status};
use crate::model::{EntityIdx, MerchantIdx, narrow_u32};
use crate::resolve::Links;
use crate::run::{Action, ClusterRow, EvidenceRow, FeedRow, MemberRow, ReasonRow, Role};
use crate::score::{Depth, Ring, RingEvidence, RingMember, Severity, WeakestPart};
use crate::strategy::LinkType;

/// Room for a reason as it is spelled.
const LETTERS_PER_REASON: usize = 24;

/// The rows of the tables that tell of clusters.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Assembly<'a> {
    /// `clusters.csv`, best first.
    pub clusters: Vec<ClusterRow<'a>>,
    /// `members.csv`, by rank, then as in the ring.
    pub members: Vec<MemberRow<'a>>,
    /// `evidence.csv`, by rank, then as in the ring.
    pub evidence: Vec<EvidenceRow<'a>>,
    /// `feed.csv`, by merchant.
    pub feed: Vec<FeedRow<'a>>,
    /// `reasons.csv`, by rank, then as in the ring.
    pub reasons: Vec<ReasonRow<'a>>,
}

/// All the rows for `rings`, best first, which are called `cluster_ids`; see [`RingTables`].
///
/// # Panics
/// When there are not as many ids as rings.
pub fn assemble<'a>(
    rings: &'a [Ring],
    cluster_ids: &'a [String],
    links: &'a Links,
    link_types: &'a [LinkType],
    hub_class: impl Fn(EntityIdx) -> &'a str + Sync,
    run_id: &'a str,
) -> Assembly<'a> {
    RingTables::new(rings, cluster_ids, links, link_types, hub_class, run_id).all()
}

/// For each merchant the position of its ring, or [`NONE`].
pub(super) fn ring_of_merchants(rings: &[Ring], n_merchants: usize) -> Vec<u32> {
    let mut ring_of = vec![NONE; n_merchants];
    for (at, ring) in rings.iter().enumerate() {
        for member in &ring.members {
            ring_of[member.merchant.index()] = narrow_u32(at);
        }
    }
    ring_of
}

/// What rows are made from.
pub(super) struct Book<'a> {
    links: &'a Links,
    link_types: &'a [LinkType],
}

impl<'a> Book<'a> {
    pub(super) fn new(links: &'a Links, link_types: &'a [LinkType]) -> Self {
        Self { links, link_types }
    }

    pub(super) fn cluster_row(&self, ring: &'a Ring, id: &'a str, rank: u32) -> ClusterRow<'a> {
        let is_core = |member: &&RingMember| member.depth == Depth::Core;
        let (weakest_type, weakest) = self.weakest(ring);
        let dissolution = ring.dissolution.as_ref();
        ClusterRow {
            rank,
            cluster_id: Cow::Borrowed(id),
            score: ring.score,
            action: action(ring.action),
            size: narrow_u32(ring.members.len()),
            entities: narrow_u32(ring.evidence.len()),
            bits: ring.bits,
            exposure: ring.exposure,
            fraud_labels: ring.fraud_labels,
            legit_labels: ring.legit_labels,
            first_formed: ring.first_formed,
            reasons: Cow::Owned(spell_reasons(ring)),
            prior: ring.prior,
            groups: Cow::Owned(ring.groups.join(";")),
            core: narrow_u32(ring.members.iter().filter(is_core).count()),
            conductance: ring.conductance,
            resolution: ring.resolution,
            weakest_type: Cow::Borrowed(weakest_type),
            weakest: Cow::Borrowed(weakest),
            weakest_bits: ring
                .weakest_link
                .map(|weakest| weakest.bits)
                .unwrap_or_default(),
            weakest_left: ring.weakest_link.map_or(0, |weakest| weakest.left),
            held_by: Cow::Owned(ring.held_by.join(";")),
            q: ring.q,
            surprise: ring.surprise,
            dissolve_values: dissolution.map_or(0, |found| {
                narrow_u32(found.entities.len() + found.ties.len())
            }),
            dissolve_bits: dissolution.map(|found| found.bits).unwrap_or_default(),
            dissolve_score: ring.score_dissolved(),
            dissolve_left: ring
                .remnant()
                .map_or(0, |left| narrow_u32(left.members.len())),
            dissolve_ties: Cow::Owned(spell_ties(ring)),
        }
    }

    /// The type and the name of what holds a ring together most cheaply.
    fn weakest(&self, ring: &Ring) -> (&'a str, &'a str) {
        match ring.weakest_link.map(|weakest| weakest.what) {
            None => ("", ""),
            Some(WeakestPart::Merchant(merchant)) => ("merchant", self.merchant_id(merchant)),
            Some(WeakestPart::Entity(entity)) => (
                self.type_name(entity),
                self.links.entities.key.get(entity.index()),
            ),
        }
    }

    pub(super) fn member_row(&self, id: &'a str, member: &'a RingMember) -> MemberRow<'a> {
        let merchants = &self.links.merchants;
        let at = member.merchant.index();
        let owner = merchants.owner[at].map_or("", |owner| merchants.owner_id.get(owner.index()));
        MemberRow {
            cluster_id: Cow::Borrowed(id),
            merchant_id: Cow::Borrowed(merchants.id.get(at)),
            membership: member.membership,
            role: role(member.depth),
            action: action(member.action),
            links: member.links,
            bits: member.bits,
            name: Cow::Borrowed(merchants.name.get(at)),
            category: Cow::Borrowed(merchants.category.get(at)),
            city: Cow::Borrowed(merchants.city.get(at)),
            country: Cow::Borrowed(merchants.country.get(at)),
            registered_at: merchants.registered_at[at],
            status: Cow::Borrowed(status_word(merchants.status[at], merchants.listed[at])),
            owner_id: Cow::Borrowed(owner),
            gmv_30d: merchants.gmv_30d[at],
            label: Cow::Borrowed(label_word(merchants.label[at])),
            held_by: Cow::Owned(member.held_by.join(";")),
            bits_lost: member.bits_lost,
        }
    }

    pub(super) fn evidence_row(
        &self,
        ring: &Ring,
        id: &'a str,
        share: &RingEvidence,
        hub_class: &'a str,
    ) -> EvidenceRow<'a> {
        let entities = &self.links.entities;
        let at = share.entity.index();
        EvidenceRow {
            cluster_id: Cow::Borrowed(id),
            entity_type: Cow::Borrowed(self.type_name(share.entity)),
            entity: Cow::Borrowed(entities.key.get(at)),
            members: share.members,
            merchants: share.merchants,
            bits: share.bits,
            first_seen: share.first_seen,
            last_seen: share.last_seen,
            shown: Cow::Borrowed(entities.shown.get(at)),
            hub_class: Cow::Borrowed(hub_class),
            dissolves: place_in_dissolution(ring, share.entity),
        }
    }

    pub(super) fn feed_row(
        &self,
        ring: &Ring,
        id: &'a str,
        rank: u32,
        member: &RingMember,
        run_id: &'a str,
    ) -> FeedRow<'a> {
        FeedRow {
            merchant_id: Cow::Borrowed(self.merchant_id(member.merchant)),
            cluster_id: Cow::Borrowed(id),
            cluster_score: ring.score,
            cluster_rank: rank,
            cluster_size: narrow_u32(ring.members.len()),
            membership: member.membership,
            action: action(member.action),
            run_id: Cow::Borrowed(run_id),
        }
    }

    fn merchant_id(&self, merchant: MerchantIdx) -> &'a str {
        self.links.merchants.id.get(merchant.index())
    }

    fn type_name(&self, entity: EntityIdx) -> &'a str {
        let entity_type = self.links.entities.entity_type[entity.index()];
        &self.link_types[entity_type.index()].name
    }
}

/// The direct ties to refute, each as the places of two members in the order in which they are published, from 1.
fn spell_ties(ring: &Ring) -> String {
    let place = |merchant| {
        let found = ring
            .members
            .iter()
            .position(|member| member.merchant == merchant);
        found.expect("a tie of the ring is between members") + 1
    };
    let ties = ring.dissolution.iter().flat_map(|found| &found.ties);
    let spelled =
        ties.map(|&(a, b)| format!("{}-{}", place(a).min(place(b)), place(a).max(place(b))));
    spelled.collect::<Vec<_>>().join(";")
}

/// From 1, in the order in which values are to be refuted; 0 for one that need not be.
fn place_in_dissolution(ring: &Ring, entity: EntityIdx) -> u32 {
    let needed = ring.dissolution.iter().flat_map(|found| &found.entities);
    let place = needed.zip(1..).find(|(needed, _)| **needed == entity);
    place.map_or(0, |(_, place)| place)
}

pub(super) fn reason_rows<'a>(ring: &'a Ring, id: &'a str) -> impl Iterator<Item = ReasonRow<'a>> {
    ring.points.iter().map(move |point| ReasonRow {
        cluster_id: Cow::Borrowed(id),
        code: Cow::Borrowed(point.code),
        points: f64::from(point.hundredths) / 100.0,
        detail: Cow::Borrowed(point.detail),
    })
}

/// `code:+1.25;code:-0.50`.
fn spell_reasons(ring: &Ring) -> String {
    let mut spelled = String::with_capacity(ring.points.len() * LETTERS_PER_REASON);
    for point in ring.points.iter() {
        if !spelled.is_empty() {
            spelled.push(';');
        }
        let sign = if point.hundredths < 0 { '-' } else { '+' };
        let magnitude = point.hundredths.unsigned_abs();
        let (whole, rest) = (magnitude / 100, magnitude % 100);
        write!(spelled, "{}:{sign}{whole}.{rest:02}", point.code).expect("a string takes all text");
    }
    spelled
}

fn action(severity: Severity) -> Action {
    match severity {
        Severity::Monitor => Action::Monitor,
        Severity::Review => Action::Review,
        Severity::Enforce => Action::Enforce,
    }
}

fn role(depth: Depth) -> Role {
    match depth {
        Depth::Fringe => Role::Fringe,
        Depth::Member => Role::Member,
        Depth::Core => Role::Core,
    }
}

fn status_word(status: Status, listed: bool) -> &'static str {
    match status {
        _ if !listed => "unlisted",
        Status::Active => "active",
        Status::Suspended => "suspended",
        Status::Closed => "closed",
    }
}

fn label_word(label: Option<Label>) -> &'static str {
    match label {
        None => "",
        Some(Label::Fraud) => "fraud",
        Some(Label::Legit) => "legit",
    }
}
