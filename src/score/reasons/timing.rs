//! When things happened.

use super::{Case, Finding, full_at, ratio};
use crate::resolve::Link;

/// Members that came within days of each other.
pub(super) fn registration_burst(case: &Case<'_, '_, '_>) -> Finding {
    registered_within(case, case.graph.strategy().score.burst_days)
}

/// Members that came within a season: a ring takes on merchants for weeks or months and stops, a market
/// that serves strangers takes them as they come.
pub(super) fn registration_wave(case: &Case<'_, '_, '_>) -> Finding {
    registered_within(case, case.graph.strategy().score.wave_days)
}

/// The densest span of some days: how many members it holds against how many of the whole market.
fn registered_within(case: &Case<'_, '_, '_>, span_days: f64) -> Finding {
    let times = &case.registrations;
    let (mut best, mut span) = (0.0, None);
    for (at, &from) in times.iter().enumerate() {
        let until = times.partition_point(|time| time.days_since(from) <= span_days);
        let members = until - at;
        let share = ratio(members, case.size());
        // No surprise makes a span count for more than the share of the members in it.
        if members < 3 || share <= best {
            continue;
        }
        let usual = case.market.arrivals.share(from, times[until - 1]);
        let usual = usual.clamp(1e-9, 1.0);
        // Bits of surprise by the binomial tail's exponent, 20 counting in full.
        let surprise = if share > usual {
            ratio(case.size(), 1) * divergence_bits(share, usual)
        } else {
            0.0
        };
        let applies = share * full_at(surprise, 20.0);
        if applies > best {
            best = applies;
            span = Some((members, from, times[until - 1]));
        }
    }
    let (members, from, until) = span?;
    let (first, last) = (from.date_text(), until.date_text());
    let size = case.size();
    let detail = if first == last {
        case.say(format_args!(
            "{members} of {size} members registered on {first}"
        ))
    } else {
        case.say(format_args!(
            "{members} of {size} members registered from {first} to {last}"
        ))
    };
    Some((best, detail))
}

/// Kullback-Leibler divergence of two coins, in bits.
fn divergence_bits(p: f64, q: f64) -> f64 {
    let term = |p: f64, q: f64| if p > 0.0 { p * (p / q).log2() } else { 0.0 };
    term(p, q) + term(1.0 - p, (1.0 - q).max(1e-12))
}

/// What the members share is used for a shorter time than shared things usually are: fronts, phones and
/// mule accounts are thrown away.
pub(super) fn short_lived_use(case: &Case<'_, '_, '_>) -> Finding {
    let usual = case.market.usual_days_of_use?;
    let days = median(case.uses_of_things().filter_map(days_of_use).collect())?;
    let applies = 1.0 - days / usual.max(1.0);
    (applies > 0.0).then(|| {
        let detail = case.say(format_args!(
            "a member's use of what they share lasts {days:.0} days, on this market {usual:.0} (medians)"
        ));
        (applies, detail)
    })
}

/// Members have left what they share, a year counting in full; others of them may go on using it.
pub(super) fn given_up_values(case: &Case<'_, '_, '_>) -> Finding {
    let last_uses = case.uses_of_things().filter_map(|link| link.last_seen);
    let days = median(
        last_uses
            .map(|last| case.market.as_of.days_since(last))
            .collect(),
    )?;
    (days >= 1.0).then(|| {
        let detail = case.say(format_args!(
            "half of the members' uses of what they share ended {days:.0} days ago or earlier"
        ));
        (full_at(days, 365.0), detail)
    })
}

/// From first to last use, where both are known.
pub(in crate::score) fn days_of_use(link: &Link) -> Option<f64> {
    let (first, last) = link.first_seen.zip(link.last_seen)?;
    Some(last.days_since(first).max(0.0))
}

/// The upper median.
pub(in crate::score) fn median(mut values: Vec<f64>) -> Option<f64> {
    let middle = values.len() / 2;
    if values.is_empty() {
        return None;
    }
    let (_, median, _) = values.select_nth_unstable_by(middle, f64::total_cmp);
    Some(*median)
}

#[cfg(test)]
mod tests {
    use super::super::told::told;
    use super::registration_burst;
    use crate::model::Timestamp;
    use crate::resolve::Links;
    use crate::score::drawn::draw;
    use crate::strategy::DEVICE;

    #[test]
    fn a_burst_is_told_by_its_first_and_last_day() {
        let mut links = draw(60, &[(DEVICE, None, vec![0, 1, 2])]);
        let hours = |hours: i64| Some(Timestamp::from_seconds(hours * 3600));
        links.merchants.registered_at = (0..60).map(|at| hours(-24 * 30 * at)).collect();
        // Fourteen times 24 hours touch fifteen days of the calendar.
        for (at, hour) in [(0, -12), (1, -100), (2, -12 - 14 * 24)] {
            links.merchants.registered_at[at] = hours(hour);
        }
        let words = |links: &Links| told(links, 3, registration_burst).map(|told| told.1);
        assert_eq!(
            words(&links).as_deref(),
            Some("3 of 3 members registered from 1969-12-17 to 1969-12-31")
        );
        links.merchants.registered_at[..3].fill(hours(-12));
        assert_eq!(
            words(&links).as_deref(),
            Some("3 of 3 members registered on 1969-12-31")
        );
    }
}
