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
    let detail = case.say(format_args!(
        "{members} of {} members registered within {} days from {}",
        case.size(),
        until.day() - from.day() + 1,
        from.date_text()
    ));
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
