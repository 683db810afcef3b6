//! The language of Graphviz (<https://graphviz.org/doc/info/lang.html>).

use std::io::{self, Write};

use super::{ClusterGraph, GraphNode, Value};

/// Writes an undirected graph with merchants as boxes and entities as ellipses.
pub(super) fn write(graph: &ClusterGraph, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "graph {} {{", quoted(&graph.cluster_id))?;
    writeln!(out, "  node [fontname=\"Helvetica\"];")?;
    for node in &graph.nodes {
        writeln!(out, "  {} [{}];", quoted(&node.id), looks(node))?;
    }
    for edge in &graph.edges {
        let dashed = if edge.kind == "relation" {
            ", style=dashed"
        } else {
            ""
        };
        writeln!(
            out,
            "  {} -- {} [kind={}{dashed}{}];",
            quoted(&graph.nodes[edge.source].id),
            quoted(&graph.nodes[edge.target].id),
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
        quoted(&node.label),
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
/// control characters, which no drawing can show, become spaces.
fn quoted(text: &str) -> String {
    let mut safe = String::with_capacity(text.len() + 2);
    safe.push('"');
    for c in text.chars() {
        match c {
            '"' => safe.push_str("\\\""),
            '\\' => safe.push_str("\\\\"),
            c if c.is_control() => safe.push(' '),
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
