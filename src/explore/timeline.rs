//! When a cluster came about: registrations and first shared uses, with bursts marked.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use serde::Serialize;

use crate::explore::words::{self, counted, kind_noun};
use crate::model::Timestamp;

/// Fewer registrations together are no burst.
const MIN_BURST: usize = 3;

/// When a cluster came about.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct TimeLine {
    /// By time, ties by kind and then text.
    pub events: Vec<TimeEvent>,
    /// Registrations that came together, largest first, ties by time.
    pub bursts: Vec<Burst>,
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct TimeEvent {
    /// When.
    #[serde(serialize_with = "some_time")]
    pub at: Timestamp,
    /// What kind.
    pub kind: TimeEventKind,
    /// Who or what: a merchant id, or `device abc`.
    pub subject: String,
    /// In words.
    pub text: String,
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TimeEventKind {
    /// A member registered.
    Registered,
    /// An entity had its first user among the members.
    FirstUsed,
    /// An entity had its second user among the members, or two of them were tied: from here on it is shared.
    FirstShared,
    /// The last use of a shared entity.
    LastUsed,
}

/// Registrations that came together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Burst {
    /// The first of them.
    #[serde(serialize_with = "some_time")]
    pub from: Timestamp,
    /// The last of them.
    #[serde(serialize_with = "some_time")]
    pub to: Timestamp,
    /// How many.
    pub registrations: usize,
    /// Of how many members with a known date.
    pub of: usize,
}

/// First uses of one shared entity by the members, and its last use.
pub(super) struct EntityTimes<'a> {
    pub entity_type: &'a str,
    pub shown: &'a str,
    /// Whether its evidence reads more than `0.0 bits`.
    pub is_evidence: bool,
    pub first_uses: Vec<Timestamp>,
    pub last_use: Option<Timestamp>,
}

/// The time line of registrations (merchant id, time), entities and direct ties (`A and B`, time); registrations
/// within `burst_days` of the first are one burst.
pub(super) fn time_line(
    registrations: &[(&str, Timestamp)],
    entities: &[EntityTimes<'_>],
    ties: &[(String, Timestamp)],
    burst_days: f64,
) -> TimeLine {
    let mut events = registration_events(registrations);
    events.extend(ties.iter().map(|(ends, at)| TimeEvent {
        at: *at,
        kind: TimeEventKind::FirstShared,
        subject: format!("direct tie {ends}"),
        text: format!("{ends} tied directly from here on"),
    }));
    for entity in entities {
        events.extend(entity_events(entity));
    }
    events.sort();
    TimeLine {
        events,
        bursts: bursts(registrations, burst_days),
    }
}

fn registration_events(registrations: &[(&str, Timestamp)]) -> Vec<TimeEvent> {
    registrations
        .iter()
        .map(|(merchant, at)| TimeEvent {
            at: *at,
            kind: TimeEventKind::Registered,
            subject: (*merchant).to_owned(),
            text: format!("{merchant} registered"),
        })
        .collect()
}

fn entity_events(entity: &EntityTimes<'_>) -> Vec<TimeEvent> {
    let mut uses = entity.first_uses.clone();
    uses.sort_unstable();
    let subject = format!("{} {}", entity.entity_type, entity.shown);
    let noun = kind_noun(entity.entity_type);
    let event = |at: &Timestamp, kind, what: &str| TimeEvent {
        at: *at,
        kind,
        subject: subject.clone(),
        text: format!("{noun} {} {what}", entity.shown),
    };
    let first = uses
        .first()
        .map(|at| event(at, TimeEventKind::FirstUsed, "first used"));
    let shared_text = if entity.is_evidence {
        "shared from here on"
    } else {
        "shared from here on, which is no evidence"
    };
    let shared = uses
        .get(1)
        .map(|at| event(at, TimeEventKind::FirstShared, shared_text));
    let last = entity
        .last_use
        .as_ref()
        .map(|at| event(at, TimeEventKind::LastUsed, "last used"));
    [first, shared, last].into_iter().flatten().collect()
}

/// Cuts the registrations, by time, into windows of so many days and keeps the crowded ones.
fn bursts(registrations: &[(&str, Timestamp)], days: f64) -> Vec<Burst> {
    let mut times: Vec<Timestamp> = registrations.iter().map(|(_, at)| *at).collect();
    times.sort_unstable();
    let mut found = Vec::new();
    let mut rest = times.as_slice();
    while let Some(start) = fullest_start(rest, days) {
        let window = window(&rest[start..], days);
        if window.len() < MIN_BURST {
            break;
        }
        found.push(Burst {
            from: window[0],
            to: window[window.len() - 1],
            registrations: window.len(),
            of: times.len(),
        });
        rest = &rest[start + window.len()..];
    }
    found.sort_by_key(|burst| (Reverse(burst.registrations), burst.from));
    found
}

/// Where the first crowded window starts, or a fuller or equally full and shorter one that overlaps it.
fn fullest_start(times: &[Timestamp], days: f64) -> Option<usize> {
    let crowded = (0..times.len()).find(|&at| window(&times[at..], days).len() >= MIN_BURST)?;
    let overlapping = crowded..crowded + window(&times[crowded..], days).len();
    overlapping.max_by_key(|&at| {
        let window = window(&times[at..], days);
        let span_seconds = window[window.len() - 1].seconds() - window[0].seconds();
        (window.len(), Reverse(span_seconds), Reverse(at))
    })
}

fn window(times: &[Timestamp], days: f64) -> &[Timestamp] {
    let inside = times
        .iter()
        .take_while(|at| at.days_since(times[0]) <= days)
        .count();
    &times[..inside]
}

/// `6 of 9 registered between 2026-01-03 and 2026-01-12`.
impl std::fmt::Display for Burst {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (from, to) = (self.from.date_text(), self.to.date_text());
        write!(f, "{} of {} registered ", self.registrations, self.of)?;
        if from == to {
            return write!(f, "on {from}");
        }
        let days = (self.to.day() - self.from.day() + 1).unsigned_abs();
        let days = counted(usize::try_from(days).unwrap_or(usize::MAX), "day");
        write!(f, "within {days}, {from} to {to}")
    }
}

/// Counts of events of one kind in `n` equal slices of the time between two days.
pub fn slices(line: &TimeLine, kind: TimeEventKind, n: usize) -> Vec<usize> {
    let mut counts = vec![0; n];
    let (Some(first), Some(last)) = (line.events.first(), line.events.last()) else {
        return counts;
    };
    let from = first.at.day();
    let days = usize::try_from(last.at.day() - from + 1).unwrap_or(1);
    let mut by_slice: BTreeMap<usize, usize> = BTreeMap::new();
    for event in line.events.iter().filter(|event| event.kind == kind) {
        let day = usize::try_from(event.at.day() - from).unwrap_or(0);
        *by_slice.entry(day * n / days).or_default() += 1;
    }
    for (slice, count) in by_slice {
        counts[slice] = count;
    }
    counts
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the signature serde asks for"
)]
fn some_time<S: serde::Serializer>(time: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    words::time(&Some(*time), serializer)
}

#[cfg(test)]
mod tests {
    use super::{EntityTimes, TimeEventKind, slices, time_line};
    use crate::model::Timestamp;

    fn day(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    #[test]
    fn bursts_are_found_whatever_surrounds_them() {
        let check = |days: &[&str], expected: &[&str]| {
            let registrations: Vec<_> = days.iter().map(|text| ("m", day(text))).collect();
            let line = time_line(&registrations, &[], &[], 14.0);
            let texts: Vec<String> = line.bursts.iter().map(ToString::to_string).collect();
            assert_eq!(texts, expected);
        };
        check(&[], &[]);
        check(&["2026-01-01", "2026-01-02"], &[]);
        check(
            &[
                "2020-05-05",
                "2026-01-20",
                "2026-01-01",
                "2026-01-03",
                "2026-01-10",
            ],
            &["3 of 5 registered within 10 days, 2026-01-01 to 2026-01-10"],
        );
        check(
            &["2026-01-01", "2026-01-01", "2026-01-01"],
            &["3 of 3 registered on 2026-01-01"],
        );
        // Two early ones must not hide the denser burst that they overlap.
        check(
            &[
                "2026-01-01",
                "2026-01-12",
                "2026-01-13",
                "2026-01-14",
                "2026-01-20",
            ],
            &["4 of 5 registered within 9 days, 2026-01-12 to 2026-01-20"],
        );
    }

    #[test]
    fn a_burst_is_as_long_as_the_run_took_one_to_be() {
        let days = ["2026-01-01", "2026-01-05", "2026-01-25"];
        let registrations = days.map(|text| ("m", day(text)));
        let n_bursts = |days| time_line(&registrations, &[], &[], days).bursts.len();
        assert_eq!((n_bursts(14.0), n_bursts(30.0)), (0, 1));
    }

    fn device(shown: &str, is_evidence: bool) -> EntityTimes<'_> {
        EntityTimes {
            entity_type: "device",
            shown,
            is_evidence,
            first_uses: vec![day("2026-01-05"), day("2026-01-01")],
            last_use: Some(day("2026-02-01")),
        }
    }

    #[test]
    fn direct_ties_stand_in_it_and_what_is_no_evidence_says_so() {
        let ties = [("m1 and m2".to_owned(), day("2025-12-01"))];
        let line = time_line(&[], &[device("d1", false)], &ties, 14.0);
        let shared = line
            .events
            .iter()
            .filter(|event| event.kind == TimeEventKind::FirstShared);
        let texts: Vec<&str> = shared.map(|event| event.text.as_str()).collect();
        let expected = [
            "m1 and m2 tied directly from here on",
            "device d1 shared from here on, which is no evidence",
        ];
        assert_eq!(texts, expected);
    }

    #[test]
    fn a_shared_entity_tells_first_second_and_last_use() {
        let entity = device("d1", true);
        let line = time_line(&[("m1", day("2026-01-01"))], &[entity], &[], 14.0);
        let texts: Vec<&str> = line
            .events
            .iter()
            .map(|event| event.text.as_str())
            .collect();
        let expected = [
            "m1 registered",
            "device d1 first used",
            "device d1 shared from here on",
            "device d1 last used",
        ];
        assert_eq!(texts, expected);
        assert_eq!(slices(&line, TimeEventKind::FirstShared, 32)[4], 1);
        assert_eq!(slices(&line, TimeEventKind::Registered, 1), [1]);
    }
}
