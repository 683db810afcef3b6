//! What is proposed: thresholds on the score, then guardrails, each of which says that it held.

use rayon::prelude::*;

use super::Doubts;
use super::anchor::CROWDED_MARKET;
use super::belonging::{Usual, median};
use super::company::NEAR_RINGS;
use super::logistic;
use super::market::Market;
use super::ring::{Depth, Ring, RingMember, Severity};
use crate::graph::EvidenceGraph;
use crate::ingest::Label;
use crate::model::Money;
use crate::strategy::Action;

/// Decides every ring's and member's action. Rings come best first: the caps on a run spend themselves
/// on the surest, and once a cap is reached every later ring falls back to review. Where the weights are doubted,
/// nobody is enforced on their word.
pub(super) fn decide(
    rings: &mut [Ring],
    graph: &EvidenceGraph<'_>,
    market: &Market,
    doubts: Doubts,
) {
    rings
        .par_iter_mut()
        .for_each(|ring| decide_alone(ring, graph, market, doubts));
    let mut spent = Spent::default();
    for ring in rings {
        spent.hold(ring, graph);
    }
}

/// What a ring deserves whatever else there is in the run.
fn decide_alone(ring: &mut Ring, graph: &EvidenceGraph<'_>, market: &Market, doubts: Doubts) {
    let action = &graph.strategy().action;
    ring.action = by_score(ring.score, action);
    if ring.action == Severity::Enforce && ring.groups.len() < action.min_groups {
        ring.action = Severity::Review;
        ring.held_by.push("few_groups");
    }
    if ring.action == Severity::Enforce && score_alone(ring) < action.enforce {
        ring.action = Severity::Review;
        ring.held_by.push("by_association");
    }
    if ring.action == Severity::Enforce && doubts.forbid_enforcing {
        ring.action = Severity::Review;
        ring.held_by.push(CROWDED_MARKET);
    }
    if ring.is_refuted && ring.action > Severity::Monitor {
        ring.action = Severity::Monitor;
        ring.held_by.push("refuted");
    }
    // Nothing is milder than to watch, so nothing can hold.
    if ring.action == Severity::Monitor {
        return;
    }
    let evidence = ring.members.iter();
    let usual = Usual::of(evidence.map(|member| (member.merchant, member.bits)), graph);
    let few_links = graph.strategy().action.min_link_share * usual_links(ring);
    for member in &mut ring.members {
        let has_few_links = f64::from(member.links) < few_links;
        decide_member(member, ring.action, &usual, has_few_links, graph, market);
    }
}

/// The score but for the company the ring keeps: nobody is acted against for what others did.
fn score_alone(ring: &Ring) -> f64 {
    let company = ring.points.iter().find(|point| point.code == NEAR_RINGS);
    let hundredths = company.map_or(0, |point| point.hundredths.max(0));
    logistic(ring.log_odds() - f64::from(hundredths) / 100.0)
}

/// The members' median number of evidence links.
fn usual_links(ring: &Ring) -> f64 {
    let links = ring.members.iter().map(|member| f64::from(member.links));
    median(links.collect()).unwrap_or(0.0)
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
    has_few_links: bool,
    graph: &EvidenceGraph<'_>,
    market: &Market,
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
    let tenure_days = merchants.registered_at[at].map_or(0.0, |time| market.as_of.days_since(time));
    let action = &graph.strategy().action;
    let apart_days = usual.apart_days(member.merchant, graph);
    let tie_share = usual.tie_share(member.bits);
    let is_undated = merchants.registered_at[at].is_none();
    let deviation = market.account_deviation(at);
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
    hold(
        is_undated && deviation < action.min_undated_deviation,
        Severity::Review,
        "undated",
    );
    hold(has_few_links, Severity::Review, "few_links");
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
        // Refunds above sales make no room for others: a cap is there for the money that is stopped.
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

#[cfg(test)]
mod tests {
    use super::super::drawn::draw;
    use super::Severity;
    use crate::detect::detect;
    use crate::graph::{project, weigh};
    use crate::model::{Money, Timestamp};
    use crate::resolve::Links;
    use crate::score::score;
    use crate::strategy::{DEVICE, PAYOUT, Strategy};

    type Decided = Vec<(u32, Severity, Vec<&'static str>)>;

    /// Five merchants on a device and an account, forty others with an account each; merchant 0 has
    /// two accounts more.
    fn actions(registered_at: Option<Timestamp>) -> Decided {
        let group: Vec<u32> = (0..5).collect();
        let values = [(DEVICE, None, group.clone()), (PAYOUT, None, group)];
        let mut links = draw(45, &values);
        links.merchants.registered_at.fill(registered_at);
        links.merchants.private_accounts[5..].fill(1);
        links.merchants.private_accounts[0] = 2;
        decided(&links, &Strategy::default())
    }

    /// What becomes of each member of the first ring when it is as good as certain.
    fn decided(links: &Links, strategy: &Strategy) -> Decided {
        let mut strategy = strategy.clone();
        strategy.score.prior = 10.0;
        let graph = weigh(links, &strategy);
        let network = project(&graph);
        let found = detect(&network, &strategy.detect, None);
        let rings = score(&graph, &network, &found, Timestamp::from_seconds(0));
        let mut members: Vec<_> = rings[0]
            .members
            .iter()
            .map(|member| (member.merchant.0, member.action, member.held_by.clone()))
            .collect();
        members.sort_by_key(|member| member.0);
        members
    }

    #[test]
    fn a_negative_turnover_makes_no_room_under_the_cap() {
        let group: Vec<u32> = (0..5).collect();
        let values = [(DEVICE, None, group.clone()), (PAYOUT, None, group)];
        let mut links = draw(45, &values);
        let amount = |units: i64| Money::from_hundredths(units * 100);
        links.merchants.gmv_30d[..5].fill(amount(10));
        links.merchants.gmv_30d[4] = amount(-40);
        links
            .merchants
            .registered_at
            .fill(Some(Timestamp::from_seconds(0)));
        let mut strategy = Strategy::default();
        strategy.action.max_enforced_gmv = 40.0;
        let enforced =
            |members: Decided| members.iter().all(|member| member.1 == Severity::Enforce);
        assert!(enforced(decided(&links, &strategy)));
        strategy.action.max_enforced_gmv = 39.0;
        for (_, action, held_by) in decided(&links, &strategy) {
            assert_eq!((action, held_by), (Severity::Review, vec!["run_cap_gmv"]));
        }
    }

    #[test]
    fn who_shares_far_fewer_values_than_the_others_is_looked_at_first() {
        let (all, core): (Vec<u32>, Vec<u32>) = ((0..5).collect(), (0..4).collect());
        let values = [
            (DEVICE, None, all),
            (DEVICE, None, core.clone()),
            (DEVICE, None, core.clone()),
            (PAYOUT, None, core),
        ];
        let mut links = draw(45, &values);
        links
            .merchants
            .registered_at
            .fill(Some(Timestamp::from_seconds(0)));
        let mut strategy = Strategy::default();
        strategy.action.min_tie_share = 0.0;
        strategy.action.fringe_membership = 0.0;
        let held = decided(&links, &strategy);
        assert_eq!(held[4], (4, Severity::Review, vec!["few_links"]));
        assert!(held[..4].iter().all(|member| member.1 == Severity::Enforce));
        strategy.action.min_link_share = 0.25;
        let enough = decided(&links, &strategy);
        assert_eq!(enough[4], (4, Severity::Enforce, vec![]));
    }

    #[test]
    fn without_a_date_only_further_accounts_tell_who_belongs() {
        for (merchant, action, held_by) in actions(None) {
            if merchant == 0 {
                assert_eq!((action, held_by), (Severity::Enforce, vec![]));
            } else {
                assert_eq!((action, held_by), (Severity::Review, vec!["undated"]));
            }
        }
        let dated = actions(Some(Timestamp::from_seconds(0)));
        assert!(dated.iter().all(|member| member.1 == Severity::Enforce));
    }
}
