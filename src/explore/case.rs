//! Why is this a ring? One cluster with everything an investigator needs to decide.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::explore::counterfactual::{self, CaseChance, Dissolution};
use crate::explore::error::ExploreError;
use crate::explore::honest::{self, HonestExplanation};
use crate::explore::lookup::{FoundCluster, find_cluster, successors};
use crate::explore::nearby::{NearbyCluster, nearby};
use crate::explore::sentences;
use crate::explore::snapshot::{Snapshot, Table};
use crate::explore::timeline::{EntityTimes, TimeLine, time_line};
use crate::explore::top::{ClusterLine, parts};
use crate::explore::usage::RELATION;
use crate::explore::words::{self, counted, listed};
use crate::model::{Bits, Money, Timestamp};
use crate::run::{
    Action, ClusterRow, EvidenceRow, IdRow, LineageEvent, LineageRow, LinkRow, MemberRow, Role,
    reason_title,
};

/// The tables that [`case`] reads.
pub const CASE_TABLES: &[Table] = &[
    Table::Clusters,
    Table::Members,
    Table::Evidence,
    Table::Lineage,
    Table::Reasons,
    Table::Links,
    Table::Ids,
];

/// Cities named in the headline.
const MAX_CITIES: usize = 3;

/// What became of a cluster id.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum CaseAnswer {
    /// The cluster lives.
    Living(Box<Case>),
    /// It ended in an earlier run.
    Ended(Ended),
}

/// A cluster that lives no more.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Ended {
    /// Its id.
    pub cluster_id: String,
    /// As-of date of the run that issued it.
    pub born: String,
    /// As-of date of the last run that held it.
    pub last: String,
    /// The living clusters its members went to, in the order of `ids.csv`; empty when they were in none in
    /// the run in which it ended, whatever they are in now.
    pub successors: Vec<ClusterLine>,
}

/// Everything about a living cluster.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Case {
    /// Its line in the list.
    pub cluster: ClusterLine,
    /// Clusters in the run.
    pub clusters_in_run: usize,
    /// Who and where in one sentence.
    pub headline: String,
    /// Up to three sentences: what they share, what else is odd, what speaks for honesty.
    pub why: Vec<String>,
    /// Points before any evidence.
    pub prior: f64,
    /// Prior and points together, in log-odds; the score is its logistic.
    pub log_odds: f64,
    /// Points for and against, largest magnitude first.
    pub reasons: Vec<Reason>,
    /// Core first, then by evidence, as the run has them.
    pub members: Vec<CaseMember>,
    /// What they share, strongest first.
    pub evidence: Vec<CaseEvidence>,
    /// When it came about.
    pub time_line: TimeLine,
    /// What it hangs on most cheaply.
    pub weakest: Option<Weakest>,
    /// What would have to be innocent for it to fall apart.
    pub dissolution: Option<Dissolution>,
    /// Whether it could be an accident; absent when the run dealt no decoys.
    pub chance: Option<CaseChance>,
    /// Honest explanations considered, those that counted first.
    pub honest: Vec<HonestExplanation>,
    /// What it was in the previous run.
    pub lineage: Vec<LineageStep>,
    /// Clusters that use something its members use, closest first.
    pub nearby: Vec<NearbyCluster>,
}

/// Points with their reason.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Reason {
    /// A stable code.
    pub code: String,
    /// What the code is called.
    pub title: String,
    /// Log-odds; positive speaks for a ring.
    pub points: f64,
    /// What was found.
    pub detail: String,
}

/// A member.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[expect(missing_docs, reason = "the columns of members.csv, by their names")]
pub struct CaseMember {
    pub merchant_id: String,
    #[serde(serialize_with = "words::role")]
    pub role: Role,
    pub membership: f64,
    #[serde(serialize_with = "words::action")]
    pub action: Action,
    pub links: u32,
    #[serde(serialize_with = "words::bits")]
    pub bits: Bits,
    pub name: String,
    pub category: String,
    pub city: String,
    pub country: String,
    #[serde(serialize_with = "words::time")]
    pub registered_at: Option<Timestamp>,
    pub status: String,
    pub owner_id: String,
    #[serde(serialize_with = "words::money")]
    pub gmv_30d: Money,
    pub label: String,
    pub held_by: Vec<String>,
    #[serde(serialize_with = "words::bits")]
    pub bits_lost: Bits,
}

/// An entity that members share.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[expect(missing_docs, reason = "the columns of evidence.csv, by their names")]
pub struct CaseEvidence {
    pub entity_type: String,
    pub entity: String,
    pub shown: String,
    pub hub_class: String,
    pub members: u32,
    pub merchants: u32,
    #[serde(serialize_with = "words::bits")]
    pub bits: Bits,
    #[serde(serialize_with = "words::time")]
    pub first_seen: Option<Timestamp>,
    #[serde(serialize_with = "words::time")]
    pub last_seen: Option<Timestamp>,
    pub dissolves: u32,
}

/// What a cluster hangs on most cheaply.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Weakest {
    /// `merchant` or an entity type.
    pub kind: String,
    /// The merchant's id or the entity's key.
    pub id: String,
    /// A spelling for people.
    pub shown: String,
    /// Evidence that has to be refuted for it to fall apart.
    #[serde(serialize_with = "words::bits")]
    pub bits: Bits,
    /// Members in the largest piece left.
    pub left: u32,
    /// Members now.
    pub size: u32,
}

/// What a cluster was in the previous run.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LineageStep {
    /// What happened.
    #[serde(serialize_with = "words::event")]
    pub event: LineageEvent,
    /// The cluster of the previous run; empty when it was born.
    pub previous_cluster_id: String,
    /// Jaccard overlap of the two.
    pub overlap: f64,
}

/// The case of a cluster id, or what became of it.
///
/// # Errors
/// [`ExploreError::UnknownCluster`] when no run of this chain issued the id.
pub fn case(snapshot: &Snapshot, cluster_id: &str) -> Result<CaseAnswer, ExploreError> {
    match find_cluster(snapshot, cluster_id)? {
        FoundCluster::Living(row) => Ok(CaseAnswer::Living(Box::new(living(snapshot, row)))),
        FoundCluster::Ended(row) => Ok(CaseAnswer::Ended(ended(snapshot, row))),
    }
}

fn ended(snapshot: &Snapshot, row: &IdRow<'_>) -> Ended {
    Ended {
        cluster_id: row.cluster_id.to_string(),
        born: row.born.to_string(),
        last: row.last.to_string(),
        successors: successors(row)
            .iter()
            .filter_map(|id| snapshot.cluster(id))
            .map(ClusterLine::new)
            .collect(),
    }
}

fn living(snapshot: &Snapshot, row: &ClusterRow<'static>) -> Case {
    let id = row.cluster_id.as_ref();
    let members: Vec<CaseMember> = snapshot.members_of(id).map(member).collect();
    let evidence: Vec<CaseEvidence> = snapshot.evidence_of(id).map(shared).collect();
    let reasons = reasons(snapshot, id);
    let honest = honest::explanations(&honest::Facts {
        members: &members,
        evidence: &evidence,
        reasons: &reasons,
        as_of: snapshot.facts.as_of,
        yardsticks: snapshot.facts.yardsticks,
    });
    Case {
        cluster: ClusterLine::new(row),
        clusters_in_run: snapshot.clusters_in_run(),
        headline: headline(row, &members),
        why: sentences::why(&members, &evidence, &reasons, &honest),
        prior: row.prior,
        log_odds: row.prior + reasons.iter().map(|reason| reason.points).sum::<f64>(),
        time_line: case_time_line(snapshot, &members, &evidence),
        weakest: weakest(row, &evidence),
        dissolution: counterfactual::dissolution(snapshot, row, &members),
        chance: counterfactual::chance(row),
        lineage: lineage(snapshot, id),
        nearby: nearby(snapshot, id, &members),
        reasons,
        members,
        evidence,
        honest,
    }
}

pub(super) fn member(row: &MemberRow<'_>) -> CaseMember {
    CaseMember {
        merchant_id: row.merchant_id.to_string(),
        role: row.role,
        membership: row.membership,
        action: row.action,
        links: row.links,
        bits: row.bits,
        name: row.name.to_string(),
        category: row.category.to_string(),
        city: row.city.to_string(),
        country: row.country.to_string(),
        registered_at: row.registered_at,
        status: row.status.to_string(),
        owner_id: row.owner_id.to_string(),
        gmv_30d: row.gmv_30d,
        label: row.label.to_string(),
        held_by: parts(&row.held_by),
        bits_lost: row.bits_lost,
    }
}

pub(super) fn shared(row: &EvidenceRow<'_>) -> CaseEvidence {
    let shown = if row.shown.is_empty() {
        &row.entity
    } else {
        &row.shown
    };
    CaseEvidence {
        entity_type: row.entity_type.to_string(),
        entity: row.entity.to_string(),
        shown: shown.to_string(),
        hub_class: row.hub_class.to_string(),
        members: row.members,
        merchants: row.merchants,
        bits: row.bits,
        first_seen: row.first_seen,
        last_seen: row.last_seen,
        dissolves: row.dissolves,
    }
}

fn reasons(snapshot: &Snapshot, cluster_id: &str) -> Vec<Reason> {
    snapshot
        .reasons
        .iter()
        .filter(|row| row.cluster_id == cluster_id)
        .map(|row| Reason {
            code: row.code.to_string(),
            title: reason_title(&row.code).to_owned(),
            points: row.points,
            detail: row.detail.to_string(),
        })
        .collect()
}

/// `9 merchants in Singapore (7) and Johor Bahru (2), 2 suspended, 1 with a fraud label`.
fn headline(row: &ClusterRow<'_>, members: &[CaseMember]) -> String {
    let cities = cities(members);
    let mut places: Vec<String> = cities
        .iter()
        .take(MAX_CITIES)
        .map(|(city, count)| format!("{city} ({count})"))
        .collect();
    match cities.len().saturating_sub(MAX_CITIES) {
        0 => {}
        1 => places.push("1 other city".into()),
        others => places.push(format!("{others} other cities")),
    }
    let mut text = counted(count(row.size), "merchant");
    if !places.is_empty() {
        text.push_str(" in ");
        text.push_str(&listed(&places));
    }
    let stopped = members
        .iter()
        .filter(|member| member.status == "suspended")
        .count();
    let counts = [
        (stopped, "suspended"),
        (count(row.fraud_labels), "labelled fraud"),
        (count(row.legit_labels), "labelled legit"),
    ];
    let told = counts.iter().filter(|(count, _)| *count > 0);
    let parts: Vec<String> = std::iter::once(text)
        .chain(told.map(|(count, what)| format!("{count} {what}")))
        .collect();
    parts.join(", ")
}

/// The members' cities, those with most first, spelled as most of them do.
fn cities(members: &[CaseMember]) -> Vec<(&str, usize)> {
    let mut spellings: BTreeMap<String, BTreeMap<&str, usize>> = BTreeMap::new();
    for member in members.iter().filter(|member| !member.city.is_empty()) {
        let city = spellings.entry(words::folded(&member.city)).or_default();
        *city.entry(member.city.as_str()).or_default() += 1;
    }
    let mut cities: Vec<(&str, usize)> = (spellings.values())
        .filter_map(|city| {
            let (spelling, _) = city.iter().max_by_key(|(_, members)| **members)?;
            Some((*spelling, city.values().sum()))
        })
        .collect();
    cities.sort_by_key(|(city, count)| (usize::MAX - count, *city));
    cities
}

fn count(number: u32) -> usize {
    usize::try_from(number).expect("a count of rows fits memory")
}

fn case_time_line(
    snapshot: &Snapshot,
    members: &[CaseMember],
    evidence: &[CaseEvidence],
) -> TimeLine {
    let registrations: Vec<(&str, Timestamp)> = members
        .iter()
        .filter_map(|member| Some((member.merchant_id.as_str(), member.registered_at?)))
        .collect();
    let mut links: BTreeMap<(&str, &str), Vec<&LinkRow<'_>>> = BTreeMap::new();
    let usage = snapshot.usage();
    for sharer in members
        .iter()
        .filter_map(|member| usage.find(&member.merchant_id))
    {
        for &thing in usage.things_of(sharer) {
            let own = usage.things()[thing as usize].use_of(sharer);
            let row = &snapshot.links[own.expect("the thing is the member's").row as usize];
            let key = (row.entity_type.as_ref(), row.entity.as_ref());
            links.entry(key).or_default().push(row);
        }
    }
    let entities: Vec<EntityTimes<'_>> = evidence
        .iter()
        .map(|row| {
            entity_times(
                row,
                links.get(&(row.entity_type.as_str(), row.entity.as_str())),
            )
        })
        .collect();
    let ties = ties(snapshot, members);
    let burst_days = snapshot.facts.yardsticks.burst_days;
    time_line(&registrations, &entities, &ties, burst_days)
}

/// Direct ties between members: `A and B`, and since when.
fn ties(snapshot: &Snapshot, members: &[CaseMember]) -> Vec<(String, Timestamp)> {
    let usage = snapshot.usage();
    let is_member = |id: &str| members.iter().any(|member| member.merchant_id == id);
    let sharers = (members.iter()).filter_map(|member| usage.find(&member.merchant_id));
    let mut ties: Vec<u32> = (sharers.flat_map(|sharer| usage.things_of(sharer).iter().copied()))
        .filter(|&thing| {
            let thing = &usage.things()[thing as usize];
            snapshot.links[thing.row as usize].entity_type == RELATION
                && thing
                    .users
                    .iter()
                    .all(|one| is_member(usage.id(one.merchant)))
        })
        .collect();
    ties.sort_unstable();
    ties.dedup();
    let told = ties.iter().filter_map(|&tie| {
        let tie = &usage.things()[tie as usize];
        let ends: Vec<String> = (tie.users.iter())
            .map(|one| usage.id(one.merchant).to_owned())
            .collect();
        let since = snapshot.links[tie.row as usize].first_seen?;
        Some((listed(&ends), since))
    });
    told.collect()
}

fn entity_times<'a>(row: &'a CaseEvidence, links: Option<&Vec<&LinkRow<'_>>>) -> EntityTimes<'a> {
    let mut first_uses: Vec<Timestamp> = links
        .into_iter()
        .flatten()
        .filter_map(|link| link.first_seen)
        .collect();
    if first_uses.is_empty() {
        first_uses.extend(row.first_seen);
    }
    EntityTimes {
        entity_type: &row.entity_type,
        shown: &row.shown,
        is_evidence: sentences::tells(row.bits),
        first_uses,
        last_use: row.last_seen,
    }
}

fn weakest(row: &ClusterRow<'_>, evidence: &[CaseEvidence]) -> Option<Weakest> {
    if row.weakest.is_empty() {
        return None;
    }
    let shown = evidence
        .iter()
        .find(|shared| shared.entity_type == row.weakest_type && shared.entity == row.weakest)
        .map_or(row.weakest.as_ref(), |shared| shared.shown.as_str());
    Some(Weakest {
        kind: row.weakest_type.to_string(),
        id: row.weakest.to_string(),
        shown: shown.to_owned(),
        bits: row.weakest_bits,
        left: row.weakest_left,
        size: row.size,
    })
}

fn lineage(snapshot: &Snapshot, cluster_id: &str) -> Vec<LineageStep> {
    let step = |row: &LineageRow<'_>| LineageStep {
        event: row.event,
        previous_cluster_id: row.previous_cluster_id.to_string(),
        overlap: row.overlap,
    };
    snapshot
        .lineage
        .iter()
        .filter(|row| row.cluster_id == cluster_id)
        .map(step)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{CaseMember, cities};
    use crate::model::{Bits, Money};
    use crate::run::{Action, Role};

    fn member(city: &str) -> CaseMember {
        CaseMember {
            merchant_id: "m1".into(),
            role: Role::Core,
            membership: 1.0,
            action: Action::Review,
            links: 1,
            bits: Bits::ZERO,
            name: String::new(),
            category: String::new(),
            city: city.into(),
            country: String::new(),
            registered_at: None,
            status: String::new(),
            owner_id: String::new(),
            gmv_30d: Money::ZERO,
            label: String::new(),
            held_by: Vec::new(),
            bits_lost: Bits::ZERO,
        }
    }

    #[test]
    fn a_city_is_told_once_however_it_is_spelled() {
        let members = [
            "Leeds",
            "LITTLE ROCK",
            "Little Rock",
            "Little  Rock",
            "Little Rock",
            "",
        ];
        let members: Vec<CaseMember> = members.into_iter().map(member).collect();
        assert_eq!(cities(&members), [("Little Rock", 4), ("Leeds", 1)]);
    }
}
