//! Elements JSON of Cytoscape.js (<https://js.cytoscape.org/#notation/elements-json>).

use std::io::{self, Write};

use serde_json::{Map, Value as Json, json};

use super::{ClusterGraph, Value};

/// Writes `{"data": {"id"}, "elements": {"nodes": [{"data"}], "edges": [{"data"}]}}`.
pub(super) fn write(graph: &ClusterGraph, out: &mut dyn Write) -> io::Result<()> {
    let nodes: Vec<Json> = graph
        .nodes
        .iter()
        .map(|node| {
            let own = [
                ("id", &node.id),
                ("kind", &node.kind),
                ("label", &node.label),
            ];
            element(
                own.map(|(name, text)| (name, text.as_str())),
                &node.attributes,
            )
        })
        .collect();
    let edges: Vec<Json> = graph
        .edges
        .iter()
        .enumerate()
        .map(|(number, edge)| {
            let id = format!("e{number}");
            let own = [
                ("id", id.as_str()),
                ("kind", edge.kind),
                ("source", graph.nodes[edge.source].id.as_str()),
                ("target", graph.nodes[edge.target].id.as_str()),
            ];
            element(own, &edge.attributes)
        })
        .collect();
    let document = json!({
        "data": { "id": graph.cluster_id },
        "elements": { "nodes": nodes, "edges": edges },
    });
    serde_json::to_writer_pretty(&mut *out, &document)?;
    writeln!(out)
}

fn element<const N: usize>(own: [(&str, &str); N], attributes: &[(&'static str, Value)]) -> Json {
    let mut data: Map<String, Json> = own
        .into_iter()
        .map(|(name, text)| (name.to_owned(), json!(text)))
        .collect();
    for (name, value) in attributes {
        let value = match value {
            Value::Text(text) => json!(text),
            Value::Number(number) => json!(number),
        };
        data.insert((*name).to_owned(), value);
    }
    json!({ "data": data })
}
