//! Why a question has no answer.

use crate::run::RunError;

/// Why a question about a run has no answer.
#[derive(Debug, thiserror::Error)]
pub enum ExploreError {
    /// No cluster of this or any earlier run has the id.
    #[error("no cluster `{cluster_id}` in run {run_id}{}", did_you_mean(nearest))]
    UnknownCluster {
        /// The id asked for.
        cluster_id: String,
        /// The run asked.
        run_id: String,
        /// Ids spelled most like it.
        nearest: Vec<String>,
        /// Whether it is a merchant's id instead.
        is_merchant: bool,
    },
    /// Several living clusters have ids that begin so.
    #[error(
        "`{start}` begins {count} cluster ids of run {run_id}, such as {}",
        quoted(first)
    )]
    AmbiguousCluster {
        /// The start of an id asked for.
        start: String,
        /// The run asked.
        run_id: String,
        /// How many ids begin so.
        count: usize,
        /// The first of them, best first.
        first: Vec<String>,
    },
    /// The cluster lives no more, and the question needs a living one.
    #[error("cluster `{cluster_id}` ended after {last}{}", went_to(successors))]
    ClusterEnded {
        /// The id asked for.
        cluster_id: String,
        /// As-of date of the last run that held it.
        last: String,
        /// The living clusters its members went to.
        successors: Vec<String>,
    },
    /// No merchant with this id shares anything in the run.
    #[error(
        "no merchant `{merchant_id}` with anything shared in run {run_id}{}",
        did_you_mean(nearest)
    )]
    UnknownMerchant {
        /// The id asked for.
        merchant_id: String,
        /// The run asked.
        run_id: String,
        /// Ids spelled most like it.
        nearest: Vec<String>,
    },
    /// No exception is of this kind.
    #[error("kind: expected {}", known.join(", "))]
    UnknownKind {
        /// The kinds there are.
        known: Vec<String>,
    },
    /// The run can't be read.
    #[error(transparent)]
    Run(#[from] RunError),
}

fn did_you_mean(nearest: &[String]) -> String {
    match nearest {
        [] => String::new(),
        ids => format!("; did you mean {}?", quoted(ids)),
    }
}

fn went_to(successors: &[String]) -> String {
    match successors {
        [] => "; its members were in no cluster then".into(),
        ids => format!("; its members went to {}", quoted(ids)),
    }
}

fn quoted(ids: &[String]) -> String {
    let quoted: Vec<String> = ids.iter().map(|id| format!("`{id}`")).collect();
    quoted.join(" or ")
}
