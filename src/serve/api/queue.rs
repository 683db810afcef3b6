//! The queue: clusters, filtered, sorted, page by page.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use axum::extract::State;
use axum::http::header::CACHE_CONTROL;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize, Serializer};
use utoipa::{IntoParams, ToSchema};

use crate::explore::{ClusterColumns, ClusterLine, OpenRun};
use crate::run::{Action, reason_title};
use crate::serve::answer::{Answer, Page, PageQuery, Slice, bounded};
use crate::serve::decisions::{self, CaseState};
use crate::serve::error::{ApiError, ErrorBody};
use crate::serve::extract::Query;
use crate::serve::state::{App, Pinned};

/// A cluster in the queue.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct QueueRow {
    /// The columns of `clusters.csv`.
    #[serde(flatten)]
    #[schema(value_type = Object)]
    pub(crate) cluster: ClusterLine,
    /// Points for and against, largest magnitude first.
    pub(crate) reasons: Vec<ReasonPoints>,
    /// What people made of it; `open` without a database of decisions.
    #[serde(flatten)]
    pub(crate) state: CaseState,
}

/// A reason with its points.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub(crate) struct ReasonPoints {
    /// A stable code.
    pub(crate) code: String,
    /// What the code is called.
    pub(crate) title: &'static str,
    /// Log-odds; positive speaks for a ring.
    pub(crate) points: f64,
}

/// The reasons in `code:+1.25;code:-0.50`.
pub(crate) fn reason_points(text: &str) -> Vec<ReasonPoints> {
    let reasons = parsed(text).map(|(code, title, points)| ReasonPoints {
        code: code.to_owned(),
        title,
        points,
    });
    reasons.collect()
}

fn parsed(text: &str) -> impl Iterator<Item = (&str, &'static str, f64)> {
    let parts = text.split(';').filter_map(|part| part.split_once(':'));
    parts.map(|(code, points)| (code, reason_title(code), points.parse().unwrap_or_default()))
}

/// The same as [`reason_points`], written as JSON straight from the run's text.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct ReasonList<'a>(pub(super) &'a str);

impl Serialize for ReasonList<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Reason<'a> {
            code: &'a str,
            title: &'static str,
            points: f64,
        }
        let reasons = parsed(self.0).map(|(code, title, points)| Reason {
            code,
            title,
            points,
        });
        serializer.collect_seq(reasons)
    }
}

/// States of work.
const STATES: [&str; 6] = [
    "open",
    "confirmed",
    "honest",
    "unsure",
    "escalated",
    "snoozed",
];

/// Which clusters, in which order.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct QueueQuery {
    /// Only these proposed actions: `enforce`, `review`, `monitor`, with commas between.
    #[param(pattern = "^((enforce|review|monitor)(,|$))*$")]
    action: Option<String>,
    /// Only with this text, whatever its case, in the beginning of the cluster's id, a member's id or
    /// name, or a shared entity.
    #[param(max_length = 512)]
    q: Option<String>,
    /// Only with at least this score.
    #[param(minimum = 0, maximum = 1)]
    min_score: Option<f64>,
    /// Only in this state of work: `open`, `confirmed`, `honest`, `unsure`, `escalated`, `snoozed`.
    #[param(pattern = "^(open|confirmed|honest|unsure|escalated|snoozed)$")]
    state: Option<String>,
    /// Only assigned to this person.
    #[param(max_length = 512)]
    assignee: Option<String>,
    /// In which order; `rank` when nothing is said.
    #[serde(default)]
    #[param(inline)]
    sort: Sort,
    /// Items at most; 50 when nothing is said.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<usize>,
    /// `next_cursor` of the page before.
    #[param(pattern = r"^[0-9a-f]{12}\.[0-9a-f]{12}\.[0-9]{1,15}$")]
    cursor: Option<String>,
}

/// An order of the queue. Equals come by rank.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Sort {
    /// Best first.
    #[default]
    Rank,
    /// Most money at risk first.
    Exposure,
    /// Largest first.
    Size,
    /// First formed first.
    Age,
}

impl Sort {
    /// Which of two clusters comes first; no two are equal.
    fn compare(self, columns: &ClusterColumns, a: usize, b: usize) -> Ordering {
        let formed = |at: usize| (columns.first_formed[at].is_none(), columns.first_formed[at]);
        let order = match self {
            Self::Rank => Ordering::Equal,
            Self::Exposure => columns.exposure[b].cmp(&columns.exposure[a]),
            Self::Size => columns.size[b].cmp(&columns.size[a]),
            // Those that never shared anything at a known time come last.
            Self::Age => formed(a).cmp(&formed(b)),
        };
        order.then(a.cmp(&b))
    }
}

/// Clusters, best first.
#[utoipa::path(get, path = "/clusters", tag = "clusters", params(QueueQuery), responses(
    (status = 200, body = Answer<Page<QueueRow>>),
    (status = "default", body = ErrorBody),
))]
pub(super) async fn clusters(
    State(app): State<App>,
    Pinned(run): Pinned,
    Query(mut query): Query<QueueQuery>,
) -> Result<Response, ApiError> {
    let page = query.take_page();
    let actions = query.actions()?;
    query.check()?;
    let slice = page.slice(&run, &format!("clusters {query:?}"))?;
    let reading = app.clone();
    let answer = reading.read(move || {
        let states = decisions::states(&app, &run)?;
        let positions = query.positions(&run, &actions, states.as_ref())?;
        let (here, last) = query.piece(&run, &positions, &slice)?;
        let rows = queue_rows(&run, here, states.as_ref())?;
        Ok((
            Answer::new(&run, slice.page(rows, positions.len(), last)),
            states.is_some(),
        ))
    });
    let (answer, has_states) = answer.await?;
    if has_states {
        return Ok(([(CACHE_CONTROL, "no-store")], answer).into_response());
    }
    Ok(answer.into_response())
}

fn queue_rows(
    run: &OpenRun,
    positions: &[usize],
    states: Option<&States>,
) -> Result<Vec<QueueRow>, ApiError> {
    let clusters = run.clusters();
    let lines = clusters.lines(positions.iter().copied())?;
    let rows = positions.iter().zip(lines).map(|(&at, cluster)| QueueRow {
        reasons: reason_points(clusters.columns().reasons.get(at)),
        state: states.map_or_else(CaseState::default, |states| {
            state_of(states, clusters.id(at))
        }),
        cluster,
    });
    Ok(rows.collect())
}

type States = BTreeMap<String, CaseState>;

fn state_of(states: &States, cluster_id: &str) -> CaseState {
    states.get(cluster_id).cloned().unwrap_or_default()
}

impl QueueQuery {
    /// Which page; what is left names the list.
    fn take_page(&mut self) -> PageQuery {
        PageQuery {
            limit: self.limit.take(),
            cursor: self.cursor.take(),
        }
    }

    /// What the document sets bounds to.
    fn check(&self) -> Result<(), ApiError> {
        for (name, text) in [("q", &self.q), ("assignee", &self.assignee)] {
            bounded(name, text.as_deref().unwrap_or_default())?;
        }
        if self
            .min_score
            .is_some_and(|least| !(0.0..=1.0).contains(&least))
        {
            return Err(ApiError::bad_request("min_score: expected 0 to 1"));
        }
        let is_known = |state: &String| STATES.contains(&state.as_str());
        if !self.state.as_ref().is_none_or(is_known) {
            let expected = format!("state: expected {}", STATES.join(", "));
            return Err(ApiError::bad_request(expected));
        }
        Ok(())
    }

    /// The actions asked for; empty for any.
    fn actions(&self) -> Result<Vec<Action>, ApiError> {
        let words = self.action.as_deref().unwrap_or_default().split(',');
        let actions = words.filter(|word| !word.is_empty()).map(|word| {
            let expected = "action: expected enforce, review or monitor";
            Action::from_word(word).ok_or_else(|| ApiError::bad_request(expected))
        });
        actions.collect()
    }

    /// The positions of the clusters asked for, in the order asked for.
    fn positions(
        &self,
        run: &OpenRun,
        actions: &[Action],
        states: Option<&States>,
    ) -> Result<Vec<usize>, ApiError> {
        let columns = run.clusters().columns();
        let q = self.q.as_deref().map(str::trim).filter(|q| !q.is_empty());
        let holding = q.map(|q| run.clusters_holding(q)).transpose()?;
        let passes = |at: &usize| {
            (actions.is_empty() || actions.contains(&columns.action[*at]))
                && self
                    .min_score
                    .is_none_or(|least| columns.score[*at] >= least)
                && holding.as_ref().is_none_or(|found| found.contains(at))
                && self.has_state(run.clusters().id(*at), states)
        };
        let mut positions: Vec<usize> = (0..run.clusters().len()).filter(passes).collect();
        positions.sort_by(|&a, &b| self.sort.compare(columns, a, b));
        Ok(positions)
    }

    /// The positions of a page, and the rank of its last cluster if more follow. A page begins behind the
    /// cluster whose rank the cursor holds, whether or not that still passes the filters: what people decide
    /// between two pages takes clusters out of the list, and of those that stay none is to be passed over.
    fn piece<'p>(
        &self,
        run: &OpenRun,
        positions: &'p [usize],
        slice: &Slice,
    ) -> Result<(&'p [usize], Option<usize>), ApiError> {
        if slice.start > run.clusters().len() {
            return Err(Slice::refused());
        }
        let columns = run.clusters().columns();
        let start = slice.start.checked_sub(1).map_or(0, |last| {
            positions.partition_point(|&at| self.sort.compare(columns, at, last).is_le())
        });
        let end = positions.len().min(start + slice.limit);
        let here = &positions[start..end];
        let last = here.last().filter(|_| end < positions.len());
        Ok((here, last.map(|at| at + 1)))
    }

    fn has_state(&self, cluster_id: &str, states: Option<&States>) -> bool {
        if self.state.is_none() && self.assignee.is_none() {
            return true;
        }
        let Some(states) = states else {
            return self.assignee.is_none() && self.state.as_deref() == Some("open");
        };
        let found = state_of(states, cluster_id);
        self.state
            .as_ref()
            .is_none_or(|state| *state == found.state)
            && (self.assignee.is_none() || self.assignee == found.assignee)
    }
}
