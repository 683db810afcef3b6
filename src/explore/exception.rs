//! What an exception would change: clusters with and without a merchant, an owner or a shared value.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use petgraph::unionfind::UnionFind;
use serde::Serialize;

use crate::explore::error::ExploreError;
use crate::explore::words;
use crate::model::Bits;
use crate::run::{ClusterRow, EvidenceRow, LinkRow, MemberRow, RunReader};

const ADDRESS: &str = "address";
const BUILDING: &str = "building";
/// The entity types that every run can have, whether or not it has evidence of them.
const BUILT_IN: [&str; 4] = [ADDRESS, BUILDING, "device", "payout"];
/// What links say of a direct tie.
const RELATION: &str = "relation";

/// A cluster with and without what is excepted.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ExceptionEffect {
    /// The cluster.
    pub cluster_id: String,
    /// Members.
    pub size: usize,
    /// Its evidence.
    #[serde(serialize_with = "words::bits")]
    pub bits_before: Bits,
    /// What is left of it without the excepted value; the same for a merchant or an owner, who is
    /// vouched for but keeps what it shares.
    #[serde(serialize_with = "words::bits")]
    pub bits_after: Bits,
    /// Members in the largest piece that still hangs together.
    pub left: usize,
    /// Whether it would fall apart, or everybody in it would be vouched for.
    pub would_dissolve: bool,
}

/// The clusters that an exception would change, best first. `value` is an id, or a shared value as
/// evidence has it or as people spell it.
///
/// Bits are taken off as evidence has them, one value at a time: the next run weighs what is left
/// anew, and may differ by a little. Cost: a pass over members and evidence, and one over the links.
///
/// # Errors
/// When no exception is of this kind, or a table is not what it should be.
pub fn exception_effect(
    run: &Path,
    kind: &str,
    value: &str,
) -> Result<Vec<ExceptionEffect>, ExploreError> {
    let run = RunReader::open(run)?;
    let members = run.members()?;
    let by_cluster = |wanted: &dyn Fn(&MemberRow<'_>) -> bool| {
        let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for member in members.iter().filter(|member| wanted(member)) {
            let merchants = found.entry(member.cluster_id.to_string()).or_default();
            merchants.insert(member.merchant_id.to_string());
        }
        found
    };
    let evidence = run.evidence()?;
    let (vouched, named) = match kind {
        "merchant" => (
            by_cluster(&|member| member.merchant_id == value),
            Named::new(),
        ),
        "owner" => (by_cluster(&|member| member.owner_id == value), Named::new()),
        _ => (BTreeMap::new(), named(&evidence, kind, value)?),
    };
    let (excepted, left): (Vec<_>, Vec<_>) = evidence
        .iter()
        .partition(|row| named.contains(&(&*row.entity_type, &*row.entity)));
    let clusters = run.clusters()?;
    let concerned = |cluster: &&ClusterRow<'_>| {
        let id = cluster.cluster_id.as_ref();
        vouched.contains_key(id) || excepted.iter().any(|row| row.cluster_id == id)
    };
    let concerned: Vec<&ClusterRow<'_>> = clusters.iter().filter(concerned).collect();
    let ids: BTreeSet<&str> = concerned
        .iter()
        .map(|row| row.cluster_id.as_ref())
        .collect();
    let links = links_that_hold(&run, &ids, &left)?;
    let all = by_cluster(&|member| ids.contains(member.cluster_id.as_ref()));
    let effects = concerned.into_iter().map(|cluster| {
        let id = cluster.cluster_id.as_ref();
        let gone: Bits = excepted
            .iter()
            .filter(|row| row.cluster_id == id)
            .map(|row| row.bits)
            .sum();
        let members = &all[id];
        let left = match vouched.get(id) {
            Some(vouched) => members.len() - vouched.len(),
            None => largest_piece(members, links.iter().filter(|link| link.cluster_id == id)),
        };
        ExceptionEffect {
            cluster_id: id.to_owned(),
            size: members.len(),
            bits_before: cluster.bits,
            bits_after: (cluster.bits - gone).max(Bits::ZERO),
            left,
            would_dissolve: left < 2 || gone >= cluster.bits,
        }
    });
    Ok(effects.collect())
}

/// Values by entity type and key.
type Named<'a> = BTreeSet<(&'a str, &'a str)>;

/// The values that an exception names, by key or else by a spelling. As in the next run, an address
/// without a unit takes its building with it.
///
/// # Errors
/// When the kind is no built-in entity type, nor one in evidence.
fn named<'a>(
    evidence: &'a [EvidenceRow<'_>],
    kind: &str,
    value: &str,
) -> Result<Named<'a>, ExploreError> {
    let in_run = evidence.iter().map(|row| row.entity_type.as_ref());
    let known: BTreeSet<&str> = BUILT_IN.into_iter().chain(in_run).collect();
    if !known.contains(kind) {
        let kinds = ["merchant", "owner"].into_iter().chain(known);
        return Err(ExploreError::UnknownKind {
            known: kinds.map(str::to_owned).collect(),
        });
    }
    let rows = evidence
        .iter()
        .filter(|row| row.entity_type == kind && (row.entity == value || row.shown == value));
    let mut named: Named<'a> = rows
        .map(|row| (row.entity_type.as_ref(), row.entity.as_ref()))
        .collect();
    if kind == ADDRESS {
        let whole = named.iter().filter_map(|(_, key)| key.strip_suffix('|'));
        let buildings: Vec<_> = whole.map(|building| (BUILDING, building)).collect();
        named.extend(buildings);
    }
    Ok(named)
}

/// The links that still hold the members of some clusters together: direct ties, and uses of values that
/// are left as evidence. A mall or an aggregator's account weighs nothing and holds nobody.
fn links_that_hold(
    run: &RunReader,
    ids: &BTreeSet<&str>,
    left: &[&EvidenceRow<'_>],
) -> Result<Vec<LinkRow<'static>>, ExploreError> {
    let weighing: BTreeSet<(&str, &str, &str)> = left
        .iter()
        .filter(|row| row.bits > Bits::ZERO && ids.contains(row.cluster_id.as_ref()))
        .map(|row| (&*row.cluster_id, &*row.entity_type, &*row.entity))
        .collect();
    let links = run.links_where(|link| {
        let value = (link.cluster_id, link.entity_type, link.entity);
        weighing.contains(&value) || (link.entity_type == RELATION && ids.contains(link.cluster_id))
    })?;
    Ok(links)
}

/// The most members that what they share still holds together.
fn largest_piece<'a>(
    members: &BTreeSet<String>,
    links: impl Iterator<Item = &'a LinkRow<'static>>,
) -> usize {
    let position: BTreeMap<&str, usize> = members.iter().map(String::as_str).zip(0..).collect();
    let mut pieces = UnionFind::new(members.len());
    let mut first_user: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for link in links {
        let Some(&user) = position.get(link.merchant_id.as_ref()) else {
            continue;
        };
        let other = match link.entity_type.as_ref() {
            // A direct tie names the other merchant.
            RELATION => position.get(link.entity.as_ref()).copied().unwrap_or(user),
            kind => *first_user.entry((kind, &link.entity)).or_insert(user),
        };
        pieces.union(user, other);
    }
    let mut sizes: BTreeMap<usize, usize> = BTreeMap::new();
    for piece in pieces.into_labeling() {
        *sizes.entry(piece).or_default() += 1;
    }
    sizes.into_values().max().unwrap_or(0)
}
