//! Labelled clusters as cases of a regression.

use std::collections::BTreeMap;

use super::FitError;
use super::labels::Labels;
use crate::run::RunReader;
use crate::strategy::Strategy;

/// Reasons that state verdicts themselves: fitted to verdicts, they would explain everything.
const VERDICTS: [&str; 3] = ["fraud_label", "legit_label", "allowlisted"];

/// Every labelled cluster, in the order of the run.
#[derive(Clone, Debug)]
pub(super) struct Cases {
    /// What each position of [`CaseRow::applies`] stands for.
    pub(super) reasons: Vec<ReasonColumn>,
    pub(super) rows: Vec<CaseRow>,
    /// Labels on merchants in no cluster.
    pub(super) labels_outside: usize,
}

/// A reason.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct ReasonColumn {
    pub(super) code: String,
    /// The weight in use.
    pub(super) weight: f64,
    /// Why it can't be fitted; empty when it can.
    pub(super) held: &'static str,
}

/// A labelled cluster.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct CaseRow {
    /// How far each reason applies; zero for those that are held.
    pub(super) applies: Vec<f64>,
    pub(super) is_fraud: bool,
    /// How much its verdict counts, 0..=1: a cluster of which one member is labelled is half known.
    pub(super) trust: f64,
}

impl Cases {
    /// The cases of a run whose strategy is `strategy`.
    pub(super) fn new(
        run: &RunReader,
        labels: &Labels,
        strategy: &Strategy,
    ) -> Result<Self, FitError> {
        let reasons = columns(strategy);
        let position: BTreeMap<&str, usize> = (reasons.iter().map(|reason| reason.code.as_str()))
            .zip(0..)
            .collect();
        // Fraudulent and all labelled members of each cluster.
        let mut counts: BTreeMap<String, (u32, u32)> = BTreeMap::new();
        let mut inside = 0;
        for member in run.members()? {
            if let Some(is_fraud) = labels.get(member.merchant_id.as_ref()) {
                let count = counts.entry(member.cluster_id.into_owned()).or_default();
                count.0 += u32::from(*is_fraud);
                count.1 += 1;
                inside += 1;
            }
        }
        let mut applies: BTreeMap<String, Vec<f64>> = BTreeMap::new();
        for row in run.reasons()? {
            let Some(&at) = position.get(row.code.as_ref()) else {
                continue;
            };
            if counts.contains_key(row.cluster_id.as_ref()) && reasons[at].held.is_empty() {
                let zeros = || vec![0.0; reasons.len()];
                let case = applies
                    .entry(row.cluster_id.into_owned())
                    .or_insert_with(zeros);
                case[at] = row.points / reasons[at].weight;
            }
        }
        let mut rows = Vec::with_capacity(counts.len());
        for cluster in run.clusters()? {
            if let Some(&(fraud, known)) = counts.get(cluster.cluster_id.as_ref()) {
                let found = applies.remove(cluster.cluster_id.as_ref());
                rows.push(CaseRow {
                    applies: found.unwrap_or_else(|| vec![0.0; reasons.len()]),
                    is_fraud: 2 * fraud >= known,
                    trust: 1.0 - (-f64::from(known)).exp2(),
                });
            }
        }
        Ok(Self {
            reasons,
            rows,
            labels_outside: labels.len() - inside,
        })
    }

    pub(super) fn n_fraud(&self) -> usize {
        self.rows.iter().filter(|row| row.is_fraud).count()
    }
}

/// Every reason of the strategy, by code.
fn columns(strategy: &Strategy) -> Vec<ReasonColumn> {
    let weights = strategy.score.points.by_code().into_iter();
    let column = |(code, weight): (String, f64)| {
        let held = if VERDICTS.contains(&code.as_str()) {
            "states a verdict itself"
        } else if weight == 0.0 {
            "switched off: the run does not say how far it applies"
        } else {
            ""
        };
        ReasonColumn { code, weight, held }
    };
    weights.map(column).collect()
}
