//! openCypher statements that can be run again without doubling anything.

use std::io::{self, Write};

use super::{ClusterGraph, GraphNode, Value};
use crate::explore::words::is_unsafe;

/// Writes one `MERGE` statement a node and an edge.
pub(super) fn write(graph: &ClusterGraph, out: &mut dyn Write) -> io::Result<()> {
    for node in &graph.nodes {
        write!(
            out,
            "MERGE (n:{} {{id: {}}}) SET n.kind = {}, n.label = {}, n.cluster_id = {}",
            label(node),
            quoted(&node.id),
            quoted(&node.kind),
            quoted(&node.label),
            quoted(&graph.cluster_id)
        )?;
        write_set(out, "n", &node.attributes)?;
    }
    for edge in &graph.edges {
        let (source, target) = (&graph.nodes[edge.source], &graph.nodes[edge.target]);
        let kind = if edge.kind == "uses" {
            "USES"
        } else {
            "TIED_TO"
        };
        write!(
            out,
            "MATCH (a:{} {{id: {}}}), (b:{} {{id: {}}}) MERGE (a)-[r:{kind}]->(b) SET r.cluster_id = {}",
            label(source),
            quoted(&source.id),
            label(target),
            quoted(&target.id),
            quoted(&graph.cluster_id)
        )?;
        write_set(out, "r", &edge.attributes)?;
    }
    Ok(())
}

/// Labels are ours alone: an entity type comes from a strategy file and may be any text.
fn label(node: &GraphNode) -> &'static str {
    if node.kind == "merchant" {
        "Merchant"
    } else {
        "Entity"
    }
}

fn write_set(
    out: &mut dyn Write,
    variable: &str,
    attributes: &[(&'static str, Value)],
) -> io::Result<()> {
    for (name, value) in attributes {
        let value = match value {
            Value::Text(text) => quoted(text),
            Value::Number(number) => number.to_string(),
        };
        write!(out, ", {variable}.{name} = {value}")?;
    }
    writeln!(out, ";")
}

/// A single-quoted literal. Whatever could end the line or deceive is written as `\uXXXX`, which every
/// dialect reads the same.
fn quoted(text: &str) -> String {
    use std::fmt::Write as _;

    let mut safe = String::with_capacity(text.len() + 2);
    safe.push('\'');
    for c in text.chars() {
        match c {
            '\'' => safe.push_str("\\'"),
            '\\' => safe.push_str("\\\\"),
            c if is_unsafe(c) => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    write!(safe, "\\u{unit:04X}").expect("a String takes everything");
                }
            }
            c => safe.push(c),
        }
    }
    safe.push('\'');
    safe
}

#[cfg(test)]
mod tests {
    use super::{quoted, write};
    use crate::explore::export::samples::hostile_graph;

    #[test]
    fn a_literal_ends_where_it_should() {
        assert_eq!(quoted("it's \\ ok\n"), "'it\\'s \\\\ ok\\u000A'");
    }

    #[test]
    fn every_statement_is_one_line() {
        let mut text = Vec::new();
        write(&hostile_graph(), &mut text).unwrap();
        let text = String::from_utf8(text).unwrap();
        assert_eq!(text.lines().count(), 3);
        assert!(text.lines().all(|line| line.ends_with(';')));
        assert!(
            text.lines()
                .all(|line| line.starts_with("MERGE") || line.starts_with("MATCH"))
        );
    }
}
