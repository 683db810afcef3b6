//! A picture of a cluster that opens from its core and unfolds on demand, never a hairball.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::explore::export::{ClusterGraph, Value};
use crate::explore::usage::RELATION;

/// A part of a cluster's graph.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Unfolded {
    /// Merchants, then entities.
    pub nodes: Vec<UnfoldedNode>,
    /// Who uses what, and direct ties, among those nodes.
    pub links: Vec<UnfoldedLink>,
    /// Whether the cluster has more than is here.
    pub truncated: bool,
}

/// A merchant or an entity in the picture.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct UnfoldedNode {
    /// `m:MERCHANT` or `e:TYPE:KEY`.
    pub id: String,
    /// `merchant` or `entity`.
    pub kind: &'static str,
    /// A spelling for people.
    pub label: String,
    /// A merchant's role; null for an entity.
    pub role: Option<String>,
    /// A merchant's membership; null for an entity.
    pub membership: Option<f64>,
    /// An entity's type; null for a merchant.
    pub entity_type: Option<String>,
    /// An entity's hub class, where the run says; null for a merchant.
    pub hub_class: Option<String>,
    /// How many in the cluster use an entity; null for a merchant.
    pub members: Option<f64>,
    /// How many in all use an entity; null for a merchant.
    pub merchants: Option<f64>,
    /// Evidence in bits.
    pub bits: Option<f64>,
    /// Where it stands, 0..=1 from the left; the same however much is unfolded.
    pub x: f64,
    /// Where it stands, 0..=1 from above.
    pub y: f64,
    /// Neighbours in the cluster that are not here.
    pub hidden_neighbors: usize,
}

/// A line of the picture.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct UnfoldedLink {
    /// A merchant's node.
    pub source: String,
    /// An entity's node; the other merchant's for a direct tie.
    pub target: String,
    /// `uses` or `relation`.
    pub kind: &'static str,
    /// The entity's evidence for each member that uses it; null for a direct tie.
    pub bits: Option<f64>,
    /// First use.
    pub first_seen: Option<String>,
    /// Last use.
    pub last_seen: Option<String>,
}

/// The part of a cluster's graph around a node, or its core: the best members, as the run has them, with
/// the strongest things that they share; `limit` nodes at most. None when the cluster has no node
/// `focus`.
///
/// Places depend on the whole cluster only, so that what is unfolded later fits in: merchants on three
/// circles by role, those who share the same next to each other; entities between their users.
pub fn unfold(graph: &ClusterGraph, focus: Option<&str>, limit: usize) -> Option<Unfolded> {
    let ids: Vec<String> = (0..graph.nodes.len())
        .map(|at| node_id(graph, at))
        .collect();
    let neighbors = neighbor_lists(graph);
    let shown: BTreeSet<usize> = match focus {
        None => core(graph, &neighbors, limit),
        Some(focus) => {
            let at = ids.iter().position(|id| id == focus)?;
            let around = neighbors[at].iter().copied();
            std::iter::once(at).chain(around).take(limit).collect()
        }
    };
    let places = places(graph, &neighbors);
    let nodes = shown.iter().map(|&at| {
        let hidden = neighbors[at].iter().filter(|other| !shown.contains(other));
        node(graph, at, &ids, places[at], hidden.count())
    });
    let edges = graph
        .edges
        .iter()
        .filter(|edge| shown.contains(&edge.source) && shown.contains(&edge.target));
    Some(Unfolded {
        nodes: nodes.collect(),
        links: edges.map(|edge| link(graph, edge, &ids)).collect(),
        truncated: shown.len() < graph.nodes.len(),
    })
}

fn is_merchant(graph: &ClusterGraph, at: usize) -> bool {
    graph.nodes[at].kind == "merchant"
}

fn text(attributes: &[(&'static str, Value)], name: &str) -> Option<String> {
    attributes.iter().find_map(|(known, value)| match value {
        Value::Text(text) if *known == name => Some(text.clone()),
        _ => None,
    })
}

fn number(attributes: &[(&'static str, Value)], name: &str) -> Option<f64> {
    attributes.iter().find_map(|(known, value)| match value {
        Value::Number(number) if *known == name => Some(*number),
        _ => None,
    })
}

fn node_id(graph: &ClusterGraph, at: usize) -> String {
    let node = &graph.nodes[at];
    if is_merchant(graph, at) {
        return format!(
            "m:{}",
            text(&node.attributes, "merchant_id").unwrap_or_default()
        );
    }
    let key = text(&node.attributes, "entity").unwrap_or_default();
    format!("e:{}:{key}", node.kind)
}

/// The neighbours of each node, ascending.
fn neighbor_lists(graph: &ClusterGraph) -> Vec<Vec<usize>> {
    let mut lists = vec![Vec::new(); graph.nodes.len()];
    for edge in &graph.edges {
        lists[edge.source].push(edge.target);
        lists[edge.target].push(edge.source);
    }
    for list in &mut lists {
        list.sort_unstable();
        list.dedup();
    }
    lists
}

/// The core members, or the best ones where there is no core, three in five of the nodes at most; then
/// the strongest entities that two or more of them share.
fn core(graph: &ClusterGraph, neighbors: &[Vec<usize>], limit: usize) -> BTreeSet<usize> {
    let is_core =
        |at: &usize| text(&graph.nodes[*at].attributes, "role").as_deref() == Some("core");
    let merchants = || (0..graph.nodes.len()).filter(|&at| is_merchant(graph, at));
    let most = (limit * 3).div_ceil(5);
    let mut shown: BTreeSet<usize> = merchants().filter(is_core).take(most).collect();
    if shown.len() < 2 {
        shown = merchants().take(most).collect();
    }
    let members = shown.clone();
    let shared = (0..graph.nodes.len())
        .filter(|&at| !is_merchant(graph, at))
        .filter(|&at| {
            neighbors[at]
                .iter()
                .filter(|user| members.contains(user))
                .count()
                > 1
        });
    shown.extend(shared.take(limit.saturating_sub(members.len())));
    shown
}

/// Distance from the middle for each role.
fn radius(role: Option<&str>) -> f64 {
    match role {
        Some("core") => 0.26,
        Some("member") => 0.37,
        _ => 0.46,
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "counts of nodes are far below 2^53"
)]
fn places(graph: &ClusterGraph, neighbors: &[Vec<usize>]) -> Vec<(f64, f64)> {
    // Entities come strongest first: the first one a merchant uses is what it hangs on.
    let mut merchants: Vec<usize> = (0..graph.nodes.len())
        .filter(|&at| is_merchant(graph, at))
        .collect();
    let strongest = |at: usize| {
        neighbors[at]
            .iter()
            .copied()
            .find(|&other| !is_merchant(graph, other))
    };
    merchants.sort_by_key(|&at| (strongest(at), graph.nodes[at].id.as_str()));
    let mut places = vec![(0.5, 0.5); graph.nodes.len()];
    let n = merchants.len().max(1) as f64;
    for (turn, &at) in merchants.iter().enumerate() {
        let angle = std::f64::consts::TAU * turn as f64 / n;
        let from_middle = radius(text(&graph.nodes[at].attributes, "role").as_deref());
        places[at] = (
            angle.cos().mul_add(from_middle, 0.5),
            angle.sin().mul_add(from_middle, 0.5),
        );
    }
    let mut taken: BTreeMap<(i64, i64), u32> = BTreeMap::new();
    for at in (0..graph.nodes.len()).filter(|&at| !is_merchant(graph, at)) {
        places[at] = between_users(&places, &neighbors[at], &mut taken);
    }
    for (x, y) in &mut places {
        (*x, *y) = (rounded(*x), rounded(*y));
    }
    places
}

/// Half-way between the users and the middle; entities with the same users next to each other.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    reason = "coordinates lie in 0..=1, counts far below 2^53"
)]
fn between_users(
    places: &[(f64, f64)],
    users: &[usize],
    taken: &mut BTreeMap<(i64, i64), u32>,
) -> (f64, f64) {
    let n = users.len().max(1) as f64;
    let (x, y) = users.iter().fold((0.0, 0.0), |(x, y), &user| {
        (x + places[user].0 / n, y + places[user].1 / n)
    });
    let (x, y) = if users.is_empty() { (0.5, 0.5) } else { (x, y) };
    let inward = |value: f64| (value - 0.5).mul_add(0.75, 0.5);
    let (x, y) = (inward(x), inward(y));
    let cell = ((x * 50.0) as i64, (y * 50.0) as i64);
    let before = taken.entry(cell).or_default();
    let turn = f64::from(*before) * 2.4;
    let out = 0.02 * f64::from(*before).sqrt();
    *before += 1;
    let within = |value: f64| value.clamp(0.02, 0.98);
    (
        within(turn.cos().mul_add(out, x)),
        within(turn.sin().mul_add(out, y)),
    )
}

fn rounded(value: f64) -> f64 {
    (value * 1e4).round() / 1e4
}

fn node(
    graph: &ClusterGraph,
    at: usize,
    ids: &[String],
    (x, y): (f64, f64),
    hidden_neighbors: usize,
) -> UnfoldedNode {
    let node = &graph.nodes[at];
    let known = &node.attributes;
    let is_entity = !is_merchant(graph, at);
    UnfoldedNode {
        id: ids[at].clone(),
        kind: if is_entity { "entity" } else { "merchant" },
        label: node.label.clone(),
        role: text(known, "role"),
        membership: number(known, "membership"),
        entity_type: is_entity.then(|| node.kind.clone()),
        hub_class: is_entity.then(|| text(known, "hub_class").unwrap_or_default()),
        members: number(known, "members"),
        merchants: number(known, "merchants"),
        bits: number(known, "bits"),
        x,
        y,
        hidden_neighbors,
    }
}

fn link(graph: &ClusterGraph, edge: &crate::explore::GraphEdge, ids: &[String]) -> UnfoldedLink {
    let entity = &graph.nodes[edge.target].attributes;
    let share = number(entity, "bits").zip(number(entity, "members"));
    let bits = share.filter(|_| edge.kind != RELATION);
    UnfoldedLink {
        source: ids[edge.source].clone(),
        target: ids[edge.target].clone(),
        kind: edge.kind,
        bits: bits.map(|(bits, members)| (bits / members.max(1.0) * 100.0).round() / 100.0),
        first_seen: text(&edge.attributes, "first_seen"),
        last_seen: text(&edge.attributes, "last_seen"),
    }
}
