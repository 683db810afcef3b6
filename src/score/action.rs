//! What is proposed: thresholds on the score, then guardrails, each of which says that it held.

use super::belonging::Usual;
use super::ring::{Depth, Ring, RingMember, Severity};
use crate::graph::EvidenceGraph;
use crate::ingest::Label;
use crate::model::{Money, Timestamp};
use crate::strategy::Action;

/// Decides every ring's and member's action. Rings come best first: the caps on a run spend themselves
/// on the surest, and once a cap is reached every later ring falls back to review.
pub(super) fn decide(rings: &mut [Ring], graph: &EvidenceGraph<'_>, as_of: Timestamp) {
    let action = &graph.strategy().action;
    let mut spent = Spent::default();
    for ring in rings {
        ring.action = by_score(ring.score, action);
        if ring.action == Severity::Enforce && ring.groups.len() < action.min_groups {
            ring.action = Severity::Review;
            ring.held_by.push("few_groups");
        }
        if ring.is_refuted && ring.action > Severity::Monitor {
            ring.action = Severity::Monitor;
            ring.held_by.push("refuted");
        }
        let evidence = ring
            .members
            .iter()
            .map(|member| (member.merchant, member.bits));
        let usual = Usual::of(evidence, graph);
        for member in &mut ring.members {
            decide_member(member, ring.action, &usual, graph, as_of);
        }
        spent.hold(ring, graph);
    }
}

fn by_score(score: f64, action: &Action) -> Severity {
    if score >= action.enforce {
        Severity::Enforce
    } else if score >= action.review {
        Severity::Review
    } else {
        Severity::Monitor
    }
}

/// A member never fares worse than its ring, and better where something speaks for it.
fn decide_member(
    member: &mut RingMember,
    ring: Severity,
    usual: &Usual,
    graph: &EvidenceGraph<'_>,
    as_of: Timestamp,
) {
    let merchants = &graph.links.merchants;
    let at = member.merchant.index();
    member.action = ring;
    let mut hold = |applies: bool, at_most: Severity, code: &'static str| {
        if applies && member.action > at_most {
            member.action = at_most;
            member.held_by.push(code);
        }
    };
    let tenure_days = merchants.registered_at[at].map_or(0.0, |time| as_of.days_since(time));
    let action = &graph.strategy().action;
    let apart_days = usual.apart_days(member.merchant, graph);
    let tie_share = usual.tie_share(member.bits);
    hold(merchants.allowed[at], Severity::Monitor, "allowlisted");
    hold(member.depth == Depth::Fringe, Severity::Review, "fringe");
    hold(
        merchants.label[at] == Some(Label::Legit),
        Severity::Review,
        "legit_label",
    );
    hold(
        tenure_days >= action.protected_tenure_days,
        Severity::Review,
        "tenure",
    );
    hold(
        apart_days > action.max_apart_days,
        Severity::Review,
        "apart",
    );
    hold(
        tie_share < action.min_tie_share,
        Severity::Review,
        "loose_tie",
    );
}

/// What has been enforced so far in this run.
#[derive(Default)]
struct Spent {
    merchants: usize,
    gmv: Money,
    held_by: Option<&'static str>,
}

impl Spent {
    fn hold(&mut self, ring: &mut Ring, graph: &EvidenceGraph<'_>) {
        if ring.action != Severity::Enforce {
            return;
        }
        let action = &graph.strategy().action;
        let enforced = ring
            .members
            .iter()
            .filter(|member| member.action == Severity::Enforce);
        let merchants = self.merchants + enforced.clone().count();
        let gmv = enforced
            .map(|member| graph.links.merchants.gmv_30d[member.merchant.index()].max(Money::ZERO))
            .fold(self.gmv, |sum, gmv| sum + gmv);
        if self.held_by.is_none() {
            self.held_by = if merchants > action.max_enforced_merchants {
                Some("run_cap_merchants")
            } else if gmv.to_f64() > action.max_enforced_gmv {
                Some("run_cap_gmv")
            } else {
                None
            };
        }
        let Some(code) = self.held_by else {
            self.merchants = merchants;
            self.gmv = gmv;
            return;
        };
        ring.action = Severity::Review;
        ring.held_by.push(code);
        for member in &mut ring.members {
            if member.action == Severity::Enforce {
                member.action = Severity::Review;
                member.held_by.push(code);
            }
        }
    }
}
