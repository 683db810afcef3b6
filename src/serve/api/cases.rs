//! One cluster with everything an investigator needs.

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use serde::Serialize;
use utoipa::ToSchema;

use crate::decisions::{Decision, DecisionFilter};
use crate::explore::{Became, Case, CaseAnswer, CaseEvidence, CaseMember, Ended};
use crate::serve::answer::{Answer, Page, PageQuery, bounded};
use crate::serve::decisions::{CaseState, changing, states};
use crate::serve::error::{ApiError, ErrorBody};
use crate::serve::extract::{Path, Query};
use crate::serve::state::{App, Pinned};

/// A cluster, or what became of it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ClusterAnswer {
    cluster_id: String,
    /// Whether the id is retired.
    retired: bool,
    /// As `ringfence show --format json`; null for a retired id.
    #[schema(value_type = Option<Object>)]
    case: Option<Box<Case>>,
    /// Ids under which members were known before.
    previous_ids: Vec<String>,
    /// When a retired id was issued and last held; null for a living one.
    #[schema(value_type = Option<Object>)]
    ended: Option<Ended>,
    /// What became of a retired id, in the order of `ids.csv`; empty for a living one, and when the members were
    /// in no cluster in the run in which it ended, whatever they are in now.
    #[schema(value_type = Vec<Object>)]
    became: Vec<Became>,
    /// Where the case stands.
    #[serde(flatten)]
    desk: CaseState,
    /// What was decided about it, newest first, what was taken back included.
    #[schema(value_type = Vec<Object>)]
    decisions: Vec<Decision>,
}

/// Decisions that a case shows; `/decisions` has the others.
const SHOWN_DECISIONS: usize = 100;

/// The case of a cluster; for a retired id what became of it.
#[utoipa::path(get, path = "/clusters/{cluster_id}", tag = "clusters",
    params(("cluster_id" = String, Path, description = "An id of this or any earlier run.")),
    responses(
    (status = 200, body = Answer<ClusterAnswer>),
    (status = "default", body = ErrorBody),
))]
pub(super) async fn cluster(
    State(app): State<App>,
    Pinned(run): Pinned,
    Path(cluster_id): Path<String>,
) -> Result<(HeaderMap, Json<Answer<ClusterAnswer>>), ApiError> {
    bounded("cluster_id", &cluster_id)?;
    let decisions = decisions_of(&app, &cluster_id).await?;
    let headers = changing(&app);
    let reading = app.clone();
    app.read(move || {
        let states = states(&reading, &run)?.unwrap_or_default();
        let desk = states.get(&cluster_id).cloned().unwrap_or_default();
        let previous_ids = run.previous_ids(&cluster_id);
        let previous_ids = previous_ids.into_iter().map(String::from).collect();
        let answer = match run.case(&cluster_id)? {
            CaseAnswer::Living(case) => ClusterAnswer {
                cluster_id,
                retired: false,
                case: Some(case),
                previous_ids,
                ended: None,
                became: Vec::new(),
                desk,
                decisions,
            },
            CaseAnswer::Ended(ended) => ClusterAnswer {
                became: run.became(&cluster_id)?,
                cluster_id,
                retired: true,
                case: None,
                previous_ids,
                ended: Some(ended),
                desk,
                decisions,
            },
        };
        Ok((headers, Answer::new(&run, answer)))
    })
    .await
}

async fn decisions_of(app: &App, cluster_id: &str) -> Result<Vec<Decision>, ApiError> {
    if !app.keeps_decisions() {
        return Ok(Vec::new());
    }
    let cluster_id = cluster_id.to_owned();
    app.ask_record(move |record| {
        let filter = DecisionFilter {
            cluster_id: Some(&cluster_id),
            ..DecisionFilter::default()
        };
        record.decisions(filter, SHOWN_DECISIONS)
    })
    .await
}

/// The members of a cluster, page by page: core first, then by evidence.
#[utoipa::path(get, path = "/clusters/{cluster_id}/members", tag = "clusters",
    params(("cluster_id" = String, Path), PageQuery), responses(
    (status = 200, body = Answer<Page<Object>>),
    (status = "default", body = ErrorBody),
))]
pub(super) async fn members(
    State(app): State<App>,
    Pinned(run): Pinned,
    Path(cluster_id): Path<String>,
    Query(page): Query<PageQuery>,
) -> Result<Json<Answer<Page<CaseMember>>>, ApiError> {
    let slice = page.slice(&run, &format!("members {cluster_id}"))?;
    app.read(move || {
        let (members, total) = run.members_page(&cluster_id, slice.start, slice.limit)?;
        Ok(Answer::new(&run, slice.of(members, total)))
    })
    .await
}

/// What the members of a cluster share, page by page, strongest first.
#[utoipa::path(get, path = "/clusters/{cluster_id}/evidence", tag = "clusters",
    params(("cluster_id" = String, Path), PageQuery), responses(
    (status = 200, body = Answer<Page<Object>>),
    (status = "default", body = ErrorBody),
))]
pub(super) async fn evidence(
    State(app): State<App>,
    Pinned(run): Pinned,
    Path(cluster_id): Path<String>,
    Query(page): Query<PageQuery>,
) -> Result<Json<Answer<Page<CaseEvidence>>>, ApiError> {
    let slice = page.slice(&run, &format!("evidence {cluster_id}"))?;
    app.read(move || {
        let (evidence, total) = run.evidence_page(&cluster_id, slice.start, slice.limit)?;
        Ok(Answer::new(&run, slice.of(evidence, total)))
    })
    .await
}
