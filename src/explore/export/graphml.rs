//! `GraphML` 1.0 (<http://graphml.graphdrawing.org/specification.html>).

use std::io::{self, Write};

use super::xml::escaped;
use super::{ClusterGraph, Value, attribute_names};

/// Writes the graph; attributes are declared as `<key>`s first, as the format asks.
pub(super) fn write(graph: &ClusterGraph, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>")?;
    writeln!(
        out,
        "<graphml xmlns=\"http://graphml.graphdrawing.org/xmlns\">"
    )?;
    for name in ["kind", "label"] {
        write_key(out, "node", name, false)?;
    }
    for (name, is_number) in attribute_names(graph.nodes.iter().map(|node| &node.attributes)) {
        write_key(out, "node", name, is_number)?;
    }
    write_key(out, "edge", "kind", false)?;
    for (name, is_number) in attribute_names(graph.edges.iter().map(|edge| &edge.attributes)) {
        write_key(out, "edge", name, is_number)?;
    }
    let id = escaped(&graph.cluster_id);
    writeln!(out, "  <graph id=\"{id}\" edgedefault=\"undirected\">")?;
    // Nodes are numbered: two ids may be the same once they are safe.
    for (number, node) in graph.nodes.iter().enumerate() {
        writeln!(out, "    <node id=\"n{number}\">")?;
        write_data(out, "node", "kind", &escaped(&node.kind))?;
        write_data(out, "node", "label", &escaped(&node.label))?;
        write_attributes(out, "node", &node.attributes)?;
        writeln!(out, "    </node>")?;
    }
    for (number, edge) in graph.edges.iter().enumerate() {
        writeln!(
            out,
            "    <edge id=\"e{number}\" source=\"n{}\" target=\"n{}\">",
            edge.source, edge.target
        )?;
        write_data(out, "edge", "kind", edge.kind)?;
        write_attributes(out, "edge", &edge.attributes)?;
        writeln!(out, "    </edge>")?;
    }
    writeln!(out, "  </graph>\n</graphml>")
}

fn write_key(out: &mut dyn Write, domain: &str, name: &str, is_number: bool) -> io::Result<()> {
    let of = if is_number { "double" } else { "string" };
    writeln!(
        out,
        "  <key id=\"{domain}_{name}\" for=\"{domain}\" attr.name=\"{name}\" attr.type=\"{of}\"/>"
    )
}

fn write_attributes(
    out: &mut dyn Write,
    domain: &str,
    attributes: &[(&'static str, Value)],
) -> io::Result<()> {
    for (name, value) in attributes {
        match value {
            Value::Text(text) => write_data(out, domain, name, &escaped(text))?,
            Value::Number(number) => write_data(out, domain, name, &number.to_string())?,
        }
    }
    Ok(())
}

fn write_data(out: &mut dyn Write, domain: &str, name: &str, safe: &str) -> io::Result<()> {
    writeln!(out, "      <data key=\"{domain}_{name}\">{safe}</data>")
}
