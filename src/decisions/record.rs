//! A decision: who found what about whom, when, and what they saw.

use serde::{Deserialize, Serialize, Serializer};

use crate::model::Timestamp;

/// What was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// A ring.
    Confirm,
    /// Honest merchants.
    Honest,
    /// Can't tell: whatever was found before no longer stands.
    Unsure,
    /// Somebody else has to tell: whatever was found before no longer stands.
    Escalate,
}

impl Verdict {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Confirm, Self::Honest, Self::Unsure, Self::Escalate];

    /// As it is written everywhere.
    pub fn name(self) -> &'static str {
        match self {
            Self::Confirm => "confirm",
            Self::Honest => "honest",
            Self::Unsure => "unsure",
            Self::Escalate => "escalate",
        }
    }

    /// By its name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|verdict| verdict.name() == name)
    }
}

/// What was on the screen when somebody decided: what later evidence is held against, and what a
/// decision is defended with.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Screen {
    /// Rank of the cluster in its run.
    pub rank: u32,
    /// Its score.
    pub score: f64,
    /// The proposed action.
    pub action: String,
    /// Its evidence, in bits.
    pub bits: f64,
    /// The points for and against.
    pub reasons: Vec<ScreenReason>,
    /// What its members shared.
    pub evidence: Vec<ScreenEvidence>,
}

/// Points on the screen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ScreenReason {
    /// The reason's code.
    pub code: String,
    /// Its points.
    pub points: f64,
}

/// A shared value on the screen.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ScreenEvidence {
    /// Its type.
    pub entity_type: String,
    /// Its key.
    pub entity: String,
}

/// An exception that goes with an honest verdict.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Exception {
    /// `merchant`, `owner`, or an entity type.
    pub kind: String,
    /// A merchant id, an owner id, or a value as people spell it.
    pub value: String,
    /// Why.
    pub reason: String,
    /// The last day on which it holds.
    #[serde(serialize_with = "as_text")]
    pub expires_at: Timestamp,
}

/// A decision to be recorded.
#[derive(Clone, Debug, PartialEq)]
pub struct NewDecision {
    /// Who decides.
    pub by: String,
    /// The run on the screen.
    pub run_id: String,
    /// The cluster.
    pub cluster_id: String,
    /// All its members in that run.
    pub members: Vec<String>,
    /// Those that the decision is about; `None` for the cluster as a whole.
    pub chosen: Option<Vec<String>>,
    /// What was found.
    pub verdict: Verdict,
    /// One of [`super::REASON_CODES`].
    pub reason_code: String,
    /// In words.
    pub note: String,
    /// What was on the screen.
    pub screen: Screen,
    /// With an honest verdict only.
    pub exceptions: Vec<Exception>,
}

/// A decision on record.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Decision {
    /// Counts up in the order of recording.
    pub id: i64,
    /// When.
    #[serde(serialize_with = "as_text")]
    pub decided_at: Timestamp,
    /// Who.
    pub decided_by: String,
    /// The run that was on the screen.
    pub run_id: String,
    /// The cluster, by its id in that run.
    pub cluster_id: String,
    /// What was found.
    pub verdict: Verdict,
    /// Whether it is about the cluster as a whole.
    pub whole: bool,
    /// Whom it is about, sorted.
    pub merchant_ids: Vec<String>,
    /// All members of the cluster on that day, sorted.
    pub cluster_members: Vec<String>,
    /// Why, as a code.
    pub reason_code: String,
    /// Why, in words.
    pub note: String,
    /// What was on the screen.
    pub screen: Screen,
    /// What was vouched for with it.
    pub exceptions: Vec<Exception>,
    /// Who took it back, if somebody did.
    pub undone: Option<Undone>,
}

/// A decision taken back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Undone {
    /// When.
    #[serde(serialize_with = "as_text")]
    pub at: Timestamp,
    /// By whom.
    pub by: String,
}

/// Which decisions are asked for; everything given has to fit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DecisionFilter<'a> {
    /// About this cluster.
    pub cluster_id: Option<&'a str>,
    /// About a cluster that held this merchant.
    pub merchant_id: Option<&'a str>,
    /// Recorded before this one.
    pub before_id: Option<i64>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
pub(super) fn as_text<S: Serializer>(time: &Timestamp, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(time)
}
