//! Labelled clusters as cases of a regression.

use super::MIN_CASES;
use crate::strategy::Strategy;

/// Reasons that state verdicts themselves: fitted to verdicts, they would explain everything.
const VERDICTS: [&str; 4] = ["fraud_label", "legit_label", "refuted", "allowlisted"];
/// Reasons that may follow from a verdict: who is found to be fraud is stopped. What they say is counted, but
/// their weights don't learn from it.
const CONSEQUENCES: [&str; 2] = ["suspended_members", "banned_reuse"];
/// A reason that tells what the weights, and verdicts, make of other clusters.
const OF_OTHERS: &str = "near_rings";

/// Every labelled cluster, in the order of the run.
#[derive(Clone, Debug)]
pub struct Cases {
    /// What each position of [`CaseRow::applies`] stands for.
    pub reasons: Vec<ReasonColumn>,
    /// The clusters.
    pub rows: Vec<CaseRow>,
    /// Whether the labels tell how many clusters are fraudulent, and not only which: whoever labels picks
    /// what looks suspicious, unless most are labelled.
    pub are_most: bool,
}

/// A reason.
#[derive(Clone, Debug, PartialEq)]
pub struct ReasonColumn {
    /// Its code.
    pub code: String,
    /// The strategy's weight, which the points were made with.
    pub weight: f64,
    /// Why it can't be fitted; empty when it can.
    pub held: &'static str,
}

impl ReasonColumn {
    /// How far the reason applies to a cluster that has so many points for it; zero where that can't be told,
    /// or mustn't be known.
    pub fn applies(&self, points: f64) -> f64 {
        let code = self.code.as_str();
        if self.weight == 0.0 || VERDICTS.contains(&code) || code == OF_OTHERS {
            0.0
        } else {
            points / self.weight
        }
    }
}

/// A labelled cluster.
#[derive(Clone, Debug, PartialEq)]
pub struct CaseRow {
    /// How far each reason applies, see [`ReasonColumn::applies`].
    pub applies: Vec<f64>,
    /// Whether at least half of its labelled members are fraudulent.
    pub is_fraud: bool,
    /// How much its verdict counts, 0..=1: a cluster of which one member is labelled is half known.
    pub trust: f64,
}

impl CaseRow {
    /// A cluster of whose members `known` are labelled, `fraud` of them fraudulent.
    pub fn new(applies: Vec<f64>, fraud: u32, known: u32) -> Self {
        Self {
            applies,
            is_fraud: 2 * fraud >= known,
            trust: 1.0 - (-f64::from(known)).exp2(),
        }
    }
}

impl Cases {
    /// No case yet, for points made with the weights of a strategy.
    pub fn none(strategy: &Strategy) -> Self {
        let weights = strategy.score.points.by_code().into_iter();
        let column = |(code, weight): (String, f64)| {
            let held = if VERDICTS.contains(&code.as_str()) {
                "states a verdict itself"
            } else if CONSEQUENCES.contains(&code.as_str()) {
                "may follow from a verdict"
            } else if code == OF_OTHERS {
                "depends on other clusters' scores"
            } else if weight == 0.0 {
                "switched off: the run does not say how far it applies"
            } else {
                ""
            };
            ReasonColumn { code, weight, held }
        };
        Self {
            reasons: weights.map(column).collect(),
            rows: Vec::new(),
            are_most: false,
        }
    }

    /// Fraudulent and honest ones.
    pub fn count(&self) -> (usize, usize) {
        let fraud = self.rows.iter().filter(|row| row.is_fraud).count();
        (fraud, self.rows.len() - fraud)
    }

    /// Whether there are enough of either to say anything.
    pub fn suffice(&self) -> bool {
        let (fraud, legit) = self.count();
        fraud >= MIN_CASES && legit >= MIN_CASES
    }
}
