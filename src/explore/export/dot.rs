//! The language of Graphviz (<https://graphviz.org/doc/info/lang.html>).

use std::io::{self, Write};

use super::{ClusterGraph, GraphNode, Value};
use crate::explore::words::is_unsafe;

/// Writes an undirected graph with merchants as boxes and entities as ellipses.
pub(super) fn write(graph: &ClusterGraph, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "graph {} {{", quoted(&graph.cluster_id))?;
    writeln!(out, "  node [fontname=\"Helvetica\"];")?;
    // Nodes are numbered: two ids may look the same once they are safe.
    for (number, node) in graph.nodes.iter().enumerate() {
        writeln!(out, "  n{number} [{}];", looks(node))?;
    }
    for edge in &graph.edges {
        let dashed = if edge.kind == "relation" {
            ", style=dashed"
        } else {
            ""
        };
        writeln!(
            out,
            "  n{} -- n{} [kind={}{dashed}{}];",
            edge.source,
            edge.target,
            quoted(edge.kind),
            attributes(&edge.attributes)
        )?;
    }
    writeln!(out, "}}")
}

fn looks(node: &GraphNode) -> String {
    let shape = if node.kind == "merchant" {
        "box"
    } else {
        "ellipse"
    };
    format!(
        "label={}, kind={}, shape={shape}{}",
        // Graphviz reads character references in labels.
        quoted(&node.label.replace('&', "&amp;")),
        quoted(&node.kind),
        attributes(&node.attributes)
    )
}

/// `, name=value` for each attribute.
fn attributes(attributes: &[(&'static str, Value)]) -> String {
    attributes
        .iter()
        .map(|(name, value)| match value {
            Value::Text(text) => format!(", {name}={}", quoted(text)),
            Value::Number(number) => format!(", {name}={}", quoted(&number.to_string())),
        })
        .collect()
}

/// A double-quoted id. A backslash is doubled, or the label would read it as an escape such as `\N`;
/// characters that no drawing should show become spaces.
fn quoted(text: &str) -> String {
    let mut safe = String::with_capacity(text.len() + 2);
    safe.push('"');
    for c in text.chars() {
        match c {
            '"' => safe.push_str("\\\""),
            '\\' => safe.push_str("\\\\"),
            c if is_unsafe(c) => safe.push(' '),
            c => safe.push(c),
        }
    }
    safe.push('"');
    safe
}

#[cfg(test)]
mod tests {
    use super::quoted;
    use crate::explore::export::samples::HOSTILE;

    #[test]
    fn nothing_leaves_the_quotes() {
        assert_eq!(quoted("a\"b\\N\nc"), "\"a\\\"b\\\\N c\"");
        let text = quoted(HOSTILE);
        let inside = &text[1..text.len() - 1];
        let unescaped = inside.replace("\\\\", "").replace("\\\"", "");
        assert!(!unescaped.contains(['"', '\n']));
    }
}
