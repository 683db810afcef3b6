//! A cluster as a file: its graph for other tools, its members for a spreadsheet, its case on paper.

use axum::extract::State;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use crate::explore::{CaseAnswer, CaseMember, ExportFormat, OpenRun, write_graph};
use crate::serve::answer::bounded;
use crate::serve::error::{ApiError, ErrorBody};
use crate::serve::extract::{Path, Query};
use crate::serve::state::{App, Pinned};
use crate::serve::{paper, spreadsheet};

/// In which form.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct ExportQuery {
    /// The file's format.
    #[param(inline)]
    format: FileFormat,
}

/// A file's format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum FileFormat {
    /// `GraphML` 1.0: yEd, Gephi, networkx, igraph.
    Graphml,
    /// GEXF 1.3: Gephi.
    Gexf,
    /// Graphviz.
    Dot,
    /// Cytoscape.js elements.
    Json,
    /// `MERGE` statements for Neo4j and Memgraph.
    Cypher,
    /// The members, for a spreadsheet.
    Csv,
    /// The case, to print.
    Html,
}

impl FileFormat {
    /// The graph format, the file's ending and its media type.
    fn facts(self) -> (Option<ExportFormat>, &'static str, &'static str) {
        match self {
            Self::Graphml => (Some(ExportFormat::GraphMl), "graphml", "application/xml"),
            Self::Gexf => (Some(ExportFormat::Gexf), "gexf", "application/xml"),
            Self::Dot => (
                Some(ExportFormat::Dot),
                "dot",
                "text/vnd.graphviz; charset=utf-8",
            ),
            Self::Json => (Some(ExportFormat::Json), "json", "application/json"),
            Self::Cypher => (
                Some(ExportFormat::Cypher),
                "cypher",
                "text/plain; charset=utf-8",
            ),
            Self::Csv => (None, "csv", "text/csv; charset=utf-8"),
            Self::Html => (None, "html", "text/html; charset=utf-8"),
        }
    }
}

/// A cluster as a file to download.
#[utoipa::path(get, path = "/clusters/{cluster_id}/export", tag = "clusters",
    params(("cluster_id" = String, Path), ExportQuery), responses(
    (status = 200, description = "The file.", content(
        (String = "application/xml"), (Object = "application/json"), (String = "text/csv"), (String = "text/html"),
        (String = "text/plain"), (String = "text/vnd.graphviz"),
    )),
    (status = "default", body = ErrorBody),
))]
pub(super) async fn export(
    State(app): State<App>,
    Pinned(run): Pinned,
    Path(cluster_id): Path<String>,
    Query(query): Query<ExportQuery>,
) -> Result<Response, ApiError> {
    bounded("cluster_id", &cluster_id)?;
    let (graph_format, ending, media_type) = query.format.facts();
    let name = file_name(&cluster_id, ending);
    let bytes = app.read(move || match graph_format {
        Some(format) => graph_file(&run, &cluster_id, format),
        None if query.format == FileFormat::Csv => members_file(&run, &cluster_id),
        None => case_file(&run, &cluster_id),
    });
    let head = [
        (CONTENT_TYPE, media_type.to_owned()),
        (
            CONTENT_DISPOSITION,
            format!("attachment; filename=\"{name}\""),
        ),
    ];
    Ok((head, bytes.await?).into_response())
}

/// Ids are opaque: whatever could not stand in a header or a file's name is left out.
fn file_name(cluster_id: &str, ending: &str) -> String {
    let plain = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let id: String = cluster_id.chars().filter(plain).take(64).collect();
    format!("ringfence-{id}.{ending}")
}

fn graph_file(run: &OpenRun, cluster_id: &str, format: ExportFormat) -> Result<Vec<u8>, ApiError> {
    let graph = run.cluster_graph(cluster_id)?;
    let mut bytes = Vec::new();
    write_graph(&graph, format, &mut bytes).map_err(|error| ApiError::internal(&error))?;
    Ok(bytes)
}

const MEMBER_COLUMNS: &[&str] = &[
    "merchant_id",
    "name",
    "role",
    "membership",
    "action",
    "category",
    "city",
    "country",
    "registered_at",
    "status",
    "owner_id",
    "gmv_30d",
    "label",
    "links",
    "bits",
    "held_by",
];

fn members_file(run: &OpenRun, cluster_id: &str) -> Result<Vec<u8>, ApiError> {
    let (members, _) = run.members_page(cluster_id, 0, usize::MAX)?;
    Ok(spreadsheet::write(
        MEMBER_COLUMNS,
        members.iter().map(member_cells),
    ))
}

fn member_cells(member: &CaseMember) -> Vec<String> {
    vec![
        member.merchant_id.clone(),
        member.name.clone(),
        member.role.to_string(),
        member.membership.to_string(),
        member.action.to_string(),
        member.category.clone(),
        member.city.clone(),
        member.country.clone(),
        member
            .registered_at
            .map(|at| at.to_string())
            .unwrap_or_default(),
        member.status.clone(),
        member.owner_id.clone(),
        member.gmv_30d.to_f64().to_string(),
        member.label.clone(),
        member.links.to_string(),
        format!("{:.2}", member.bits.to_f64()),
        member.held_by.join(";"),
    ]
}

fn case_file(run: &OpenRun, cluster_id: &str) -> Result<Vec<u8>, ApiError> {
    match run.case(cluster_id)? {
        CaseAnswer::Living(case) => Ok(paper::case_file(run, &case).into_bytes()),
        CaseAnswer::Ended(_) => Err(ApiError::new(
            axum::http::StatusCode::GONE,
            "cluster_ended",
            "the cluster ended: ask for one of those its members went to",
        )),
    }
}
