//! A scored community.

use std::fmt::Arguments;

use super::logistic;
use super::points::Points;
use crate::model::{Bits, EntityIdx, MerchantIdx, Money, Timestamp};

/// A community of merchants, judged. Rings are handed on best first: by score, then bits, then
/// smallest member.
#[derive(Clone, Debug, PartialEq)]
pub struct Ring {
    /// Two or more, core first, then by evidence, ties by id.
    pub members: Vec<RingMember>,
    /// Entities that two or more members share, strongest first, ties by entity.
    pub evidence: Vec<RingEvidence>,
    /// Points before any evidence, in log-odds.
    pub prior: f64,
    /// Points for and against, largest magnitude first; in hundredths, so that what is printed adds up.
    pub points: Points,
    /// logistic(prior + points), 0..=1.
    pub score: f64,
    /// Severity proposed by score and guardrails: 0 monitor, 1 review, 2 enforce.
    pub action: Severity,
    /// Guardrail codes that made the action milder than the score alone would have it.
    pub held_by: Vec<&'static str>,
    /// Total evidence against chance.
    pub bits: Bits,
    /// Money at risk.
    pub exposure: Money,
    /// Members with a fraud verdict.
    pub fraud_labels: u32,
    /// Members with a legit verdict.
    pub legit_labels: u32,
    /// Whether people have found it honest before, and nothing materially new has come to light.
    pub is_refuted: bool,
    /// The earliest time at which two members shared something.
    pub first_formed: Option<Timestamp>,
    /// Names of the independent kinds of evidence, strongest first.
    pub groups: Vec<String>,
    /// Share of the members' evidence that leaves the ring, 0..=1.
    pub conductance: f64,
    /// The resolution its community was found at.
    pub resolution: f64,
    /// What holds it together most cheaply.
    pub weakest_link: Option<WeakestLink>,
    /// What it would take to dissolve it.
    pub dissolution: Option<Dissolution>,
    /// How improbable its coincidences are where chance deals the uses of every value anew; at least.
    pub surprise: Bits,
    /// Of the rings whose coincidences are at least as improbable, the share that chance alone would
    /// account for, 0..=1; `None` when no decoys were dealt.
    pub q: Option<f64>,
}

impl Ring {
    /// Prior and points.
    pub(super) fn log_odds(&self) -> f64 {
        self.prior + f64::from(self.points.hundredths()) / 100.0
    }

    /// One more reason; `left` of its hundredths would be left without the values that would dissolve the ring.
    pub(super) fn add(
        &mut self,
        code: &'static str,
        hundredths: i32,
        left: i32,
        detail: Arguments<'_>,
    ) {
        if let Some(dissolution) = &mut self.dissolution {
            let score = dissolution.score.clamp(f64::EPSILON, 1.0 - f64::EPSILON);
            let odds = (score / (1.0 - score)).ln();
            dissolution.score = logistic(odds + f64::from(left) / 100.0);
        }
        self.points.add(code, hundredths, detail);
        self.score = logistic(self.log_odds());
    }

    /// Refuting evidence makes nobody more suspicious, though what it had explained goes with it.
    pub(super) fn cap_dissolution(&mut self) {
        if let Some(dissolution) = &mut self.dissolution {
            dissolution.score = dissolution.score.min(self.score);
        }
    }
}

/// How severe the proposed action is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Watch.
    Monitor,
    /// Let a person decide.
    Review,
    /// Act.
    Enforce,
}

/// How deep in the ring a member sits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Depth {
    /// Hangs on by one weak thing.
    Fringe,
    /// Belongs.
    Member,
    /// Holds the ring together.
    Core,
}

/// A merchant in a ring.
#[derive(Clone, Debug, PartialEq)]
pub struct RingMember {
    /// Who.
    pub merchant: MerchantIdx,
    /// How sure its belonging is, 0..=1.
    pub membership: f64,
    /// Core, member or fringe.
    pub depth: Depth,
    /// The member's own action, never more severe than the ring's.
    pub action: Severity,
    /// Guardrail codes that made it milder than the ring's.
    pub held_by: Vec<&'static str>,
    /// Evidence links inside the ring.
    pub links: u32,
    /// Evidence that ties it to the other members.
    pub bits: Bits,
    /// Evidence the ring loses when the member goes, that of members who fall off with it included.
    pub bits_lost: Bits,
}

/// An entity shared inside a ring.
#[derive(Clone, Debug, PartialEq)]
pub struct RingEvidence {
    /// What.
    pub entity: EntityIdx,
    /// Members that use it.
    pub members: u32,
    /// Merchants that use it, members or not.
    pub merchants: u32,
    /// Evidence it adds, over all pairs of members.
    pub bits: Bits,
    /// The first time at which a member is known to have used it.
    pub first_seen: Option<Timestamp>,
    /// The last.
    pub last_seen: Option<Timestamp>,
}

/// What holds a ring together most cheaply.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WeakestLink {
    /// The merchant or entity to take out.
    pub what: WeakestPart,
    /// Evidence that has to be refuted for that.
    pub bits: Bits,
    /// Members in the largest piece left without it.
    pub left: u32,
}

/// The fewest things found without which no more than half of a ring's members hang together.
#[derive(Clone, Debug, PartialEq)]
pub struct Dissolution {
    /// Shared entities to refute, the most effective first.
    pub entities: Vec<EntityIdx>,
    /// Direct ties to refute beside them.
    pub ties: u32,
    /// Evidence that has to be refuted.
    pub bits: Bits,
    /// The score that would be left to the ring without them, 0..=1 and at most its score; zero where what is left
    /// is no cluster.
    pub score: f64,
}

/// A merchant or an entity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WeakestPart {
    /// A bridging merchant.
    Merchant(MerchantIdx),
    /// An entity on which the ring hangs.
    Entity(EntityIdx),
}
