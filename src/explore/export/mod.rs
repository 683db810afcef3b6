//! The graph of a cluster, for other tools.

mod cypher;
mod cytoscape;
mod dot;
mod gexf;
mod graphml;
mod xml;

use std::collections::BTreeSet;
use std::io::{self, Write};

use crate::explore::error::ExploreError;
use crate::explore::lookup::find_living;
use crate::explore::snapshot::{Snapshot, Table};
use crate::explore::usage::RELATION;
use crate::model::Timestamp;
use crate::run::{EvidenceRow, LinkRow, MemberRow};

/// The tables that [`cluster_graph`] reads.
pub const EXPORT_TABLES: &[Table] = &[
    Table::Clusters,
    Table::Members,
    Table::Evidence,
    Table::Links,
    Table::Ids,
];

/// A file format for graphs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ExportFormat {
    /// `GraphML` 1.0: yEd, Gephi, networkx, igraph.
    GraphMl,
    /// GEXF 1.3: Gephi.
    Gexf,
    /// Graphviz.
    Dot,
    /// Cytoscape.js elements.
    Json,
    /// `MERGE` statements for Neo4j and Memgraph.
    Cypher,
}

/// The members of a cluster, what they share, and who uses what.
#[derive(Clone, Debug, PartialEq)]
pub struct ClusterGraph {
    /// Which cluster.
    pub cluster_id: String,
    /// Merchants, then entities; each in the order of the run.
    pub nodes: Vec<GraphNode>,
    /// Merchant uses entity, or merchant is tied to merchant; sorted by node numbers.
    pub edges: Vec<GraphEdge>,
}

/// A merchant or an entity.
#[derive(Clone, Debug, PartialEq)]
pub struct GraphNode {
    /// Unique in the graph: `merchant:ID` or `TYPE:KEY`.
    pub id: String,
    /// `merchant` or the entity type.
    pub kind: String,
    /// A spelling for people.
    pub label: String,
    /// What else is known, by name; only what is known.
    pub attributes: Vec<(&'static str, Value)>,
}

/// A use of an entity or a direct tie.
#[derive(Clone, Debug, PartialEq)]
pub struct GraphEdge {
    /// Position of the merchant in the nodes.
    pub source: usize,
    /// Position of the entity, or of the other merchant, in the nodes.
    pub target: usize,
    /// `uses` or `relation`.
    pub kind: &'static str,
    /// What else is known, by name; only what is known.
    pub attributes: Vec<(&'static str, Value)>,
}

/// The value of an attribute.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A text.
    Text(String),
    /// A number.
    Number(f64),
}

/// The graph of a living cluster.
///
/// # Errors
/// [`ExploreError::UnknownCluster`], [`ExploreError::ClusterEnded`].
pub fn cluster_graph(snapshot: &Snapshot, cluster_id: &str) -> Result<ClusterGraph, ExploreError> {
    let id = find_living(snapshot, cluster_id)?.cluster_id.as_ref();
    let mut nodes: Vec<GraphNode> = snapshot.members_of(id).map(merchant_node).collect();
    nodes.extend(
        snapshot
            .evidence_of(id)
            // A tie is an edge between two merchants, not a node.
            .filter(|row| row.entity_type != RELATION)
            .map(entity_node),
    );
    Ok(ClusterGraph {
        cluster_id: id.to_owned(),
        edges: edges(snapshot, id, &nodes),
        nodes,
    })
}

/// Writes a graph in a format.
///
/// # Errors
/// Only those of `out`.
pub fn write_graph(
    graph: &ClusterGraph,
    format: ExportFormat,
    out: &mut dyn Write,
) -> io::Result<()> {
    match format {
        ExportFormat::GraphMl => graphml::write(graph, out),
        ExportFormat::Gexf => gexf::write(graph, out),
        ExportFormat::Dot => dot::write(graph, out),
        ExportFormat::Json => cytoscape::write(graph, out),
        ExportFormat::Cypher => cypher::write(graph, out),
    }
}

/// Every attribute name in use, ascending, and whether it is a number.
fn attribute_names<'a>(
    attributes: impl Iterator<Item = &'a Vec<(&'static str, Value)>>,
) -> Vec<(&'static str, bool)> {
    let names: BTreeSet<(&'static str, bool)> = attributes
        .flatten()
        .map(|(name, value)| (*name, matches!(value, Value::Number(_))))
        .collect();
    names.into_iter().collect()
}

fn text(value: &str) -> Option<Value> {
    (!value.is_empty()).then(|| Value::Text(value.to_owned()))
}

fn time(value: Option<Timestamp>) -> Option<Value> {
    value.map(|at| Value::Text(at.to_string()))
}

fn number(value: impl Into<f64>) -> Value {
    Value::Number(value.into())
}

fn known(attributes: Vec<(&'static str, Option<Value>)>) -> Vec<(&'static str, Value)> {
    attributes
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)))
        .collect()
}

fn merchant_id(id: &str) -> String {
    format!("merchant:{id}")
}

fn entity_id(entity_type: &str, key: &str) -> String {
    format!("{entity_type}:{key}")
}

fn merchant_node(row: &MemberRow<'_>) -> GraphNode {
    let label = if row.name.is_empty() {
        &row.merchant_id
    } else {
        &row.name
    };
    GraphNode {
        id: merchant_id(&row.merchant_id),
        kind: "merchant".into(),
        label: label.to_string(),
        attributes: known(vec![
            ("merchant_id", text(&row.merchant_id)),
            ("role", text(row.role.as_str())),
            ("membership", Some(number(row.membership))),
            ("action", text(row.action.as_str())),
            ("category", text(&row.category)),
            ("city", text(&row.city)),
            ("country", text(&row.country)),
            ("registered_at", time(row.registered_at)),
            ("status", text(&row.status)),
            ("fraud_label", text(&row.label)),
            ("gmv_30d", Some(number(row.gmv_30d.to_f64()))),
            ("bits", Some(number(row.bits.to_f64()))),
        ]),
    }
}

fn entity_node(row: &EvidenceRow<'_>) -> GraphNode {
    let label = if row.shown.is_empty() {
        &row.entity
    } else {
        &row.shown
    };
    GraphNode {
        id: entity_id(&row.entity_type, &row.entity),
        kind: row.entity_type.to_string(),
        label: label.to_string(),
        attributes: known(vec![
            ("entity", text(&row.entity)),
            ("hub_class", text(&row.hub_class)),
            ("members", Some(number(row.members))),
            ("merchants", Some(number(row.merchants))),
            ("bits", Some(number(row.bits.to_f64()))),
            ("first_seen", time(row.first_seen)),
            ("last_seen", time(row.last_seen)),
        ]),
    }
}

fn edges(snapshot: &Snapshot, cluster_id: &str, nodes: &[GraphNode]) -> Vec<GraphEdge> {
    let mut numbers: Vec<(&str, usize)> = nodes
        .iter()
        .enumerate()
        .map(|(number, node)| (node.id.as_str(), number))
        .collect();
    numbers.sort_unstable();
    let find = |id: &str| {
        let at = numbers.binary_search_by(|(known, _)| (*known).cmp(id));
        at.ok().map(|at| numbers[at].1)
    };
    let mut edges: Vec<GraphEdge> = snapshot
        .links
        .iter()
        .filter(|row| row.cluster_id == cluster_id)
        .filter_map(|row| edge(row, &find))
        .collect();
    edges.sort_by_key(|edge| (edge.source, edge.target));
    edges.dedup_by_key(|edge| (edge.source, edge.target));
    edges
}

fn edge(row: &LinkRow<'_>, find: &dyn Fn(&str) -> Option<usize>) -> Option<GraphEdge> {
    let own = find(&merchant_id(&row.merchant_id))?;
    let (source, target, kind) = if row.entity_type == RELATION {
        let other = find(&merchant_id(&row.entity))?;
        // One edge a tie, whichever side it is told from.
        (own.min(other), own.max(other), RELATION)
    } else {
        let entity = find(&entity_id(&row.entity_type, &row.entity))?;
        (own, entity, "uses")
    };
    Some(GraphEdge {
        source,
        target,
        kind,
        attributes: known(vec![
            ("first_seen", time(row.first_seen)),
            ("last_seen", time(row.last_seen)),
            ("events", Some(number(row.events))),
        ]),
    })
}

#[cfg(test)]
pub(super) mod samples {
    use super::{ClusterGraph, GraphEdge, GraphNode, Value};

    /// What a fraudster would put into a shop's name to break a tool.
    pub(in crate::explore) const HOSTILE: &str =
        "a\"b'c\\d`e<script>&amp;]]>\n\r\t\u{0}\u{7}\u{202e}\u{feff}é{}$x";

    pub(in crate::explore) fn hostile_graph() -> ClusterGraph {
        let node = |id: &str, kind: &str| GraphNode {
            id: format!("{kind}:{id}"),
            kind: kind.into(),
            label: HOSTILE.into(),
            attributes: vec![
                ("city", Value::Text(HOSTILE.into())),
                ("membership", Value::Number(0.5)),
            ],
        };
        ClusterGraph {
            cluster_id: HOSTILE.into(),
            nodes: vec![node(HOSTILE, "merchant"), node("k", HOSTILE)],
            edges: vec![GraphEdge {
                source: 0,
                target: 1,
                kind: "uses",
                attributes: vec![("events", Value::Number(3.0))],
            }],
        }
    }
}
