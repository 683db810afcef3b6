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
    /// Severity proposed by score and guardrails.
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
    /// The earliest time at which two members shared something that counts as evidence, or were tied directly.
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

    /// One more reason; `left` of its hundredths go to the surest piece that would be left if the ring dissolved.
    pub(super) fn add(
        &mut self,
        code: &'static str,
        hundredths: i32,
        left: i32,
        detail: Arguments<'_>,
    ) {
        let dissolution = self.dissolution.as_mut();
        if let Some(remnant) = dissolution.and_then(|by| by.surest.as_mut()) {
            remnant.hundredths += left;
            remnant.doubted += left;
        }
        self.points.add(code, hundredths, detail);
        self.score = logistic(self.log_odds());
    }

    /// The surest piece that would be left of the ring if it dissolved.
    pub fn remnant(&self) -> Option<&Remnant> {
        self.dissolution.as_ref()?.surest.as_ref()
    }

    /// What that piece would score, 0..=1; zero where no piece is a cluster, the ring's own score where it was
    /// not taken apart.
    pub fn score_dissolved(&self) -> f64 {
        match (&self.dissolution, self.remnant()) {
            (None, _) => self.score,
            (_, None) => 0.0,
            (_, Some(remnant)) => logistic(self.prior + f64::from(remnant.hundredths) / 100.0),
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
    /// Its membership is below `action.fringe_membership`.
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
    /// Direct ties to refute beside them, each from the smaller merchant to the larger.
    pub ties: Vec<(MerchantIdx, MerchantIdx)>,
    /// Evidence that has to be refuted.
    pub bits: Bits,
    /// Of the pieces that still hang together the one that would score most; `None` where none is a cluster.
    pub surest: Option<Remnant>,
}

/// A piece of a dissolved ring.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remnant {
    /// Two or more, ascending.
    pub members: Vec<MerchantIdx>,
    /// Its points, in hundredths of log-odds.
    pub hundredths: i32,
    /// Those that are no verdict of people.
    pub(super) doubted: i32,
}

/// A merchant or an entity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WeakestPart {
    /// A bridging merchant.
    Merchant(MerchantIdx),
    /// An entity on which the ring hangs.
    Entity(EntityIdx),
}
