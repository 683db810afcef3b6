//! What speaks for honesty: the explanations that are considered for every community.

use super::wording::{Duration, Percent, verb};
use super::{Case, Finding, full_at, ratio};
use crate::graph::HubClass;

pub(super) fn sparse_tie(case: &Case<'_, '_, '_>) -> Finding {
    let bits = case.mean_strongest();
    (bits < 2.0).then(|| {
        (
            1.0 - bits / 2.0,
            case.say(format_args!("the strongest ties average {bits:.1} bits")),
        )
    })
}

/// Members behind one door: a kitchen with many brands, a family at one address. Who moved in when the others
/// had gone shares no place with anybody.
pub(super) fn one_place(case: &Case<'_, '_, '_>) -> Finding {
    if case.n_active() < 2 {
        return None;
    }
    let places = case
        .anatomy
        .evidence
        .iter()
        .filter(|evidence| case.is_door(evidence.entity));
    let most = places.map(|evidence| evidence.members).max()? as usize;
    let detail = case.say(format_args!(
        "{most} of {} members are behind one door",
        case.size()
    ));
    Some((ratio(most, case.size()), detail))
}

pub(super) fn declared_owner(case: &Case<'_, '_, '_>) -> Finding {
    let owner = &case.graph.links.merchants.owner;
    let most = case.largest_common(|merchant| owner[merchant]);
    explained(case, most, "have one declared owner")
}

pub(super) fn common_brand(case: &Case<'_, '_, '_>) -> Finding {
    let most = case.largest_common(|merchant| case.graph.brand[merchant]);
    explained(case, most, "trade under one brand")
}

fn explained(case: &Case<'_, '_, '_>, members: usize, what: &str) -> Finding {
    (members > 1).then(|| {
        let share = ratio(members, case.size());
        (
            share,
            case.say(format_args!("{members} of {} members {what}", case.size())),
        )
    })
}

pub(super) fn mall_or_tower(case: &Case<'_, '_, '_>) -> Finding {
    let is = |class| matches!(class, HubClass::Mall | HubClass::FormationAgent);
    of_hubs(
        case,
        case.class_share(is),
        "malls, towers or formation agents",
    )
}

pub(super) fn agency_or_aggregator(case: &Case<'_, '_, '_>) -> Finding {
    let is = |class| matches!(class, HubClass::Agency | HubClass::Aggregator);
    of_hubs(
        case,
        case.class_share(is),
        "agencies or payment aggregators",
    )
}

fn of_hubs(case: &Case<'_, '_, '_>, share: f64, what: &str) -> Finding {
    let detail = case.say(format_args!(
        "{} of the evidence comes from {what}",
        Percent(share)
    ));
    (share > 0.0).then_some((share, detail))
}

/// Two or three shops are what most honest owners and families have; ever less said from there to
/// `family_size`.
pub(super) fn small_family(case: &Case<'_, '_, '_>) -> Finding {
    let (size, family) = (case.size(), case.graph.strategy().score.family_size);
    (size <= family).then(|| {
        let applies = ratio(family + 1 - size, family.saturating_sub(1));
        (
            applies.min(1.0),
            case.say(format_args!("only {size} shops")),
        )
    })
}

/// How long the longest-standing quarter of the members have been there: a ring takes in an old account
/// or two, but most honest groups have grown over years.
pub(super) fn long_tenure(case: &Case<'_, '_, '_>) -> Finding {
    let times = &case.registrations;
    let quarter = times.get(times.len() / 4)?;
    let days = case.market.as_of.days_since(*quarter).max(0.0);
    let detail = case.say(format_args!(
        "a quarter of the members or more have been registered for {} or longer",
        Duration { days }
    ));
    Some((
        full_at(days, case.graph.strategy().score.long_tenure_days),
        detail,
    ))
}

pub(super) fn allowlisted(case: &Case<'_, '_, '_>) -> Finding {
    let allowed = &case.graph.links.merchants.allowed;
    let found = case.count(|merchant| allowed[merchant]);
    (found > 0).then(|| {
        let share = ratio(found, case.size());
        (
            share,
            case.say(format_args!(
                "{found} of {} members {} on the allowlist",
                case.size(),
                verb(found, "is", "are")
            )),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::super::told::told;
    use super::long_tenure;
    use crate::model::Timestamp;
    use crate::score::drawn::draw;
    use crate::strategy::DEVICE;

    #[test]
    fn a_tenure_of_days_is_not_told_in_years() {
        let mut links = draw(2, &[(DEVICE, None, vec![0, 1])]);
        for (days, words) in [(13, "13 days"), (250, "8 months"), (1200, "3.2 years")] {
            let registered = Timestamp::from_seconds(-days * 86_400);
            links.merchants.registered_at = vec![Some(registered); 2];
            let (_, told) = told(&links, 2, long_tenure).expect("dates are known");
            let expected = format!(
                "a quarter of the members or more have been registered for {words} or longer"
            );
            assert_eq!(told, expected);
        }
    }
}
