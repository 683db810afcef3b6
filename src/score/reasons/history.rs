//! What is known of the members: stopped, judged, complained of.

use super::wording::{Rank, verb};
use super::{Case, Finding, full_at, ratio};
use crate::ingest::{Label, Status};
use crate::model::MerchantIdx;
use crate::score::risk::RISK_SHIFT;

/// Active members that began to use a thing after a suspended member had; where no date tells who came
/// first, half as much.
pub(super) fn banned_reuse(case: &Case<'_, '_, '_>) -> Finding {
    let status = |merchant: MerchantIdx| case.graph.links.merchants.status[merchant.index()];
    let suspended = case.count(|m| status(MerchantIdx::new(m)) == Status::Suspended);
    if suspended == 0 || suspended == case.size() {
        return None;
    }
    let (mut heirs, mut successors, mut sharers) = (Vec::new(), Vec::new(), Vec::new());
    for (_, uses) in case.anatomy.shared() {
        let by = |wanted| {
            uses.iter()
                .filter(move |link| status(link.merchant) == wanted)
        };
        let banned = || by(Status::Suspended);
        if banned().next().is_none() {
            continue;
        }
        let banned_first = banned().filter_map(|link| link.first_seen).min();
        let banned_gone = banned().filter_map(|link| link.last_seen).min();
        for link in by(Status::Active) {
            match banned_first.zip(link.first_seen) {
                Some((before, after)) if after > before => {
                    heirs.push(link.merchant);
                    if banned_gone.is_some_and(|gone| after > gone) {
                        successors.push(link.merchant);
                    }
                }
                Some(_) => {}
                None => sharers.push(link.merchant),
            }
        }
    }
    let active = case.count(|m| status(MerchantIdx::new(m)) == Status::Active);
    let distinct = |mut merchants: Vec<MerchantIdx>| {
        merchants.sort_unstable();
        merchants.dedup();
        merchants.len()
    };
    let (heirs, sharers) = (distinct(heirs), distinct(sharers));
    if heirs > 0 {
        let detail = case.say(format_args!(
            "{} began to use something after a suspended member had, {} of them after that one's last use",
            active_members(heirs),
            distinct(successors)
        ));
        return Some((0.5 + 0.5 * ratio(heirs, active), detail));
    }
    (sharers > 0).then(|| {
        let detail = case.say(format_args!(
            "{} on what a suspended member uses too; no date tells who came first",
            active_members(sharers)
        ));
        (0.25 + 0.25 * ratio(sharers, active), detail)
    })
}

fn active_members(count: usize) -> String {
    let noun = if count == 1 { "member" } else { "members" };
    format!("{count} active {noun}")
}

pub(super) fn fraud_label(case: &Case<'_, '_, '_>) -> Finding {
    let labels = &case.graph.links.merchants.label;
    let found = case.count(|merchant| labels[merchant] == Some(Label::Fraud));
    labelled(case, found, "found to be fraud")
}

/// Members found honest; not those who were found so as a group whose evidence is another one by now.
pub(super) fn legit_label(case: &Case<'_, '_, '_>) -> Finding {
    let labels = &case.graph.links.merchants.label;
    let overtaken = case.standing.filter(|standing| standing.is_overtaken);
    let is_overtaken = |merchant: usize| {
        overtaken.is_some_and(|standing| {
            let merchant = MerchantIdx::new(merchant);
            standing.judged.binary_search(&merchant).is_ok()
        })
    };
    let found =
        case.count(|merchant| labels[merchant] == Some(Label::Legit) && !is_overtaken(merchant));
    labelled(case, found, "found to be honest")
}

/// Found honest as a group, and nothing materially new since.
pub(super) fn refuted(case: &Case<'_, '_, '_>) -> Finding {
    let standing = case.standing.filter(|standing| !standing.is_overtaken)?;
    Some((1.0, case.say(format_args!("{}", standing.words))))
}

fn labelled(case: &Case<'_, '_, '_>, found: usize, what: &str) -> Finding {
    (found > 0).then(|| {
        let detail = case.say(format_args!(
            "{found} of {} members {} {what} before",
            case.size(),
            verb(found, "was", "were")
        ));
        (full_at(ratio(found, case.size()), 0.5), detail)
    })
}

/// How much better the members' risk signals fit merchants of a ring than merchants at large: the
/// log-likelihood ratio of two normal distributions [`RISK_SHIFT`] deviations apart, for each signal of
/// each member, summed; as many independent signals as they are [worth](super::super::risk::RiskSignals::worth).
/// Chance alone stays near zero or below; five in full.
pub(super) fn risk_signals(case: &Case<'_, '_, '_>) -> Finding {
    let risk = &case.market.risk;
    let ranks: Vec<f64> = case
        .merchants()
        .flat_map(|merchant| risk.of(merchant))
        .collect();
    if ranks.is_empty() {
        return None;
    }
    let deviations: f64 = ranks.iter().map(|&rank| deviation(rank)).sum();
    let mean = deviations * ratio(1, ranks.len());
    let worth = risk.worth(case.merchants().map(|merchant| risk.of(merchant).count()));
    let silent = RISK_SHIFT / 2.0;
    let likelihood = worth * RISK_SHIFT * (mean - silent);
    let detail = case.say(format_args!(
        "among all merchants the members' risk signals rank on average at {}{}",
        Rank { mean, silent },
        alike(ranks.len(), worth)
    ));
    Some(((likelihood / 5.0).clamp(-1.0, 1.0), detail))
}

/// Says so where signals that go together count for clearly fewer than they are.
fn alike(signals: usize, worth: f64) -> String {
    if worth >= 0.8 * ratio(signals, 1) {
        return String::new();
    }
    format!(
        "; within one cluster they go together on this market, so that {signals} count as {worth:.1}"
    )
}

/// The normal deviate of a percentile rank, by the logistic distribution that is nearest to the normal
/// one; at most three, so that no single merchant decides.
pub(in crate::score) fn deviation(rank: f64) -> f64 {
    let rank = rank.clamp(1e-6, 1.0 - 1e-6);
    ((rank / (1.0 - rank)).ln() / 1.702).clamp(-3.0, 3.0)
}

/// The rank that a deviation stands for.
pub(in crate::score) fn rank(deviation: f64) -> f64 {
    1.0 / (1.0 + (-1.702 * deviation).exp())
}

/// Members that have been stopped, against the market's share: the log-likelihood ratio of a share
/// [`TIMES_AS_MANY_STOPPED`] times as large, three in full.
pub(super) fn suspended_members(case: &Case<'_, '_, '_>) -> Finding {
    let usual = case.market.suspended_share;
    if usual <= 0.0 {
        return None;
    }
    let statuses = &case.graph.links.merchants.status;
    let stopped = case.count(|merchant| statuses[merchant] == Status::Suspended);
    let raised = (usual * TIMES_AS_MANY_STOPPED).min(0.5).max(usual);
    let others = case.size() - stopped;
    let likelihood = ratio(stopped, 1) * (raised / usual).ln()
        + ratio(others, 1) * ((1.0 - raised) / (1.0 - usual).max(1e-9)).ln();
    let detail = case.say(format_args!(
        "{stopped} of {} members {} been suspended, of all merchants {:.1} %",
        case.size(),
        verb(stopped, "has", "have"),
        usual * 100.0
    ));
    Some(((likelihood / 3.0).clamp(-1.0, 1.0), detail))
}

/// How much likelier a ring's merchant is taken to be stopped than another.
const TIMES_AS_MANY_STOPPED: f64 = 4.0;

#[cfg(test)]
mod tests {
    use super::super::told::told;
    use super::{banned_reuse, deviation, risk_signals, suspended_members};
    use crate::ingest::{Signal, Status};
    use crate::model::Timestamp;
    use crate::score::drawn::draw;
    use crate::strategy::DEVICE;

    #[test]
    fn deviations_follow_the_normal_distribution_closely() {
        for (rank, normal) in [(0.5, 0.0), (0.6, 0.2533), (0.841_34, 1.0), (0.977_25, 2.0)] {
            assert!((deviation(rank) - normal).abs() < 0.22, "{rank}");
            assert!((deviation(rank) + deviation(1.0 - rank)).abs() < 1e-9);
            assert!((super::rank(deviation(rank)) - rank).abs() < 1e-9);
        }
        assert!(deviation(1.0) <= 3.0 && deviation(0.0) >= -3.0);
    }

    #[test]
    fn who_came_while_a_suspended_member_was_still_there_took_nothing_over() {
        let mut links = draw(3, &[(DEVICE, None, vec![0, 1, 2])]);
        links.merchants.status[0] = Status::Suspended;
        let day = |day: i64| Some(Timestamp::from_seconds(day * 86_400));
        for (link, first) in links.links.iter_mut().zip([-100, -90, -40]) {
            (link.first_seen, link.last_seen) = (day(first), day(first + 30));
        }
        let (_, words) = told(&links, 3, banned_reuse).expect("both came later");
        assert_eq!(
            words,
            "2 active members began to use something after a suspended member had, 1 of them after that one's last use"
        );
        let (_, words) = told(&links, 3, suspended_members).expect("one is suspended");
        assert_eq!(
            words,
            "1 of 3 members has been suspended, of all merchants 33.3 %"
        );
    }

    #[test]
    fn risk_signals_stand_on_the_side_of_their_points() {
        let mut links = draw(100, &[(DEVICE, None, vec![0, 1])]);
        let signal = |of_members: f64| {
            let others = (2..100_u8).map(f64::from);
            let values = [of_members; 2].into_iter().chain(others).collect();
            Signal {
                name: "refund_rate".to_owned(),
                values,
            }
        };
        for (of_members, words) in [
            (
                55.5,
                "among all merchants the members' risk signals rank on average at 55 %, where 58 % says nothing",
            ),
            (
                90.5,
                "among all merchants the members' risk signals rank on average at 90 %, where 58 % says nothing",
            ),
        ] {
            links.merchants.signals = vec![signal(of_members)];
            let (applies, told) = told(&links, 2, risk_signals).expect("signals are known");
            assert!((applies > 0.0) == (of_members > 60.0), "{applies}");
            assert!(told.starts_with(words), "{told}");
        }
    }
}
