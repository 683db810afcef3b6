//! `ringfence export`

use std::io::Write;
use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::cli::new_file::write_file;
use crate::cli::output::{RunChoice, json_safe, stdout};
use crate::explore::{About, EXPORT_TABLES, ExportFormat, cluster_graph, write_graph};

/// Arguments of `export`.
#[derive(Debug, Args)]
pub(super) struct ExportArgs {
    /// A cluster id
    #[arg(value_name = "CLUSTER")]
    cluster_id: String,
    #[command(flatten)]
    run: RunChoice,
    /// The format of the graph
    #[arg(long, value_enum, default_value_t = FormatChoice::Graphml)]
    format: FormatChoice,
    /// Write to a file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum FormatChoice {
    /// `GraphML` 1.0, for yEd, Gephi, networkx, igraph
    Graphml,
    /// GEXF 1.3, for Gephi
    Gexf,
    /// Graphviz
    Dot,
    /// Elements for Cytoscape.js
    Json,
    /// MERGE statements for Neo4j and Memgraph
    Cypher,
}

impl From<FormatChoice> for ExportFormat {
    fn from(choice: FormatChoice) -> Self {
        match choice {
            FormatChoice::Graphml => Self::GraphMl,
            FormatChoice::Gexf => Self::Gexf,
            FormatChoice::Dot => Self::Dot,
            FormatChoice::Json => Self::Json,
            FormatChoice::Cypher => Self::Cypher,
        }
    }
}

pub(super) fn execute(args: &ExportArgs) -> anyhow::Result<()> {
    let snapshot = args
        .run
        .load_about(EXPORT_TABLES, About::Cluster(&args.cluster_id))?;
    let graph = cluster_graph(&snapshot, &args.cluster_id)?;
    let mut bytes = Vec::new();
    write_graph(&graph, args.format.into(), &mut bytes)?;
    if args.format == FormatChoice::Json {
        bytes = json_safe(std::str::from_utf8(&bytes)?).into_bytes();
    }
    let Some(path) = &args.output else {
        let mut out = stdout();
        out.write_all(&bytes)?;
        return Ok(out.flush()?);
    };
    write_file(path, |to| Ok(to.write_all(&bytes)?))
}
