//! GEXF 1.3 (<https://gexf.net/schema.html>).

use std::io::{self, Write};

use super::xml::escaped;
use super::{ClusterGraph, Value, attribute_names};

/// Writes the graph; attributes are declared first and referred to by name.
pub(super) fn write(graph: &ClusterGraph, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>")?;
    writeln!(out, "<gexf xmlns=\"http://gexf.net/1.3\" version=\"1.3\">")?;
    let id = escaped(&graph.cluster_id);
    writeln!(
        out,
        "  <meta><creator>ringfence</creator><description>{id}</description></meta>"
    )?;
    writeln!(
        out,
        "  <graph mode=\"static\" defaultedgetype=\"undirected\">"
    )?;
    let of_nodes = attribute_names(graph.nodes.iter().map(|node| &node.attributes));
    write_declarations(out, "node", &of_nodes)?;
    let of_edges = attribute_names(graph.edges.iter().map(|edge| &edge.attributes));
    write_declarations(out, "edge", &of_edges)?;
    writeln!(out, "    <nodes>")?;
    // Nodes are numbered: two ids may be the same once they are safe.
    for (number, node) in graph.nodes.iter().enumerate() {
        let label = escaped(&node.label);
        writeln!(out, "      <node id=\"n{number}\" label=\"{label}\">")?;
        write_values(out, &node.kind, &node.attributes)?;
        writeln!(out, "      </node>")?;
    }
    writeln!(out, "    </nodes>\n    <edges>")?;
    for (number, edge) in graph.edges.iter().enumerate() {
        writeln!(
            out,
            "      <edge id=\"{number}\" source=\"n{}\" target=\"n{}\">",
            edge.source, edge.target
        )?;
        write_values(out, edge.kind, &edge.attributes)?;
        writeln!(out, "      </edge>")?;
    }
    writeln!(out, "    </edges>\n  </graph>\n</gexf>")
}

fn write_declarations(
    out: &mut dyn Write,
    class: &str,
    names: &[(&'static str, bool)],
) -> io::Result<()> {
    writeln!(out, "    <attributes class=\"{class}\">")?;
    for (name, is_number) in std::iter::once(&("kind", false)).chain(names) {
        let of = if *is_number { "double" } else { "string" };
        writeln!(
            out,
            "      <attribute id=\"{name}\" title=\"{name}\" type=\"{of}\"/>"
        )?;
    }
    writeln!(out, "    </attributes>")
}

fn write_values(
    out: &mut dyn Write,
    kind: &str,
    attributes: &[(&'static str, Value)],
) -> io::Result<()> {
    writeln!(out, "        <attvalues>")?;
    writeln!(
        out,
        "          <attvalue for=\"kind\" value=\"{}\"/>",
        escaped(kind)
    )?;
    for (name, value) in attributes {
        let text = match value {
            Value::Text(text) => escaped(text),
            Value::Number(number) => number.to_string().into(),
        };
        writeln!(out, "          <attvalue for=\"{name}\" value=\"{text}\"/>")?;
    }
    writeln!(out, "        </attvalues>")
}
