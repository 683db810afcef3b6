//! A chain of runs held against a truth day by day: do rings keep their ids, and is the lineage right?
//!
//! A ring is *found* on a day by the cluster that overlaps it by a Jaccard index of at least one half. Only
//! what is found can be followed: each figure says over how many cases it is taken.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::bootstrap::Bootstrap;
use super::fates::{Fate, fates};
use super::{EvaluateError, Figure, Interval, Options, outcome, real, real_count, share};

/// What a series of runs did with the ids of true rings.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SeriesEvaluation {
    /// Runs.
    pub days: u32,
    /// Rings of any day.
    pub rings: u32,
    /// Rings that go on from one day to the next, counted for each pair of days.
    pub survivals: u32,
    /// Of them, found on both days.
    pub survivals_found: u32,
    /// Ids that came back after a run without them.
    pub reused_ids: u32,
    /// `id_stability` and `lineage_right`.
    pub figures: Vec<Figure>,
    /// What happened to rings, by kind.
    pub events: Vec<SeriesEvent>,
}

/// How often one kind of event happened, and how often `lineage.csv` said so.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SeriesEvent {
    /// `born`, `continued`, `grown`, `shrunk`, `merged`, `split` or `dissolved`.
    pub event: &'static str,
    /// How often it happened.
    pub happened: u32,
    /// Of them, with all rings found that it needs.
    pub judged: u32,
    /// Of those, told rightly.
    pub right: u32,
    /// The share of the judged that was told rightly, where any was judged.
    pub right_share: Option<f64>,
    /// Of that share.
    pub interval: Option<Interval>,
}

/// One run and its truth.
pub(super) struct Day {
    /// Members of each true ring.
    pub(super) rings: BTreeMap<String, BTreeSet<String>>,
    /// The cluster that each found ring is found by.
    found: BTreeMap<String, Seat>,
    clusters: BTreeSet<String>,
    lineage: BTreeSet<outcome::LineageEvent>,
}

/// The cluster that a ring is found by.
struct Seat {
    cluster: String,
    /// Whether the cluster is hardly anything but the ring.
    close: bool,
}

/// Jaccard index of ring and cluster, in tenths, from which on a cluster is hardly anything but the ring.
const CLOSE_TENTHS: usize = 8;

/// Holds a chain of runs, oldest first, against their truths. The bootstrap resamples rings.
///
/// # Errors
/// [`EvaluateError`] when a file is missing, lacks a column, or holds a field that does not read.
pub fn evaluate_series(
    days: &[(PathBuf, PathBuf)],
    options: &Options,
) -> Result<SeriesEvaluation, EvaluateError> {
    let days: Vec<Day> = days
        .iter()
        .map(|(run, truth)| read_day(run, truth))
        .collect::<Result<_, _>>()?;
    let mut tally = Tally::default();
    for pair in days.windows(2) {
        tally.follow(&pair[0], &pair[1]);
    }
    let bootstrap = Bootstrap {
        replicates: options.replicates,
        seed: options.seed,
    };
    let rings: BTreeSet<&String> = days.iter().flat_map(|day| day.rings.keys()).collect();
    Ok(SeriesEvaluation {
        days: real_count(days.len()),
        rings: real_count(rings.len()),
        survivals: tally.survivals,
        survivals_found: tally.by_ring.values().map(|ring| ring.followed).sum(),
        reused_ids: reused_ids(&days),
        figures: tally.figures(&bootstrap),
        events: tally.events(&bootstrap),
    })
}

fn read_day(run: &Path, truth: &Path) -> Result<Day, EvaluateError> {
    let (outcome, truth) = super::read(run, truth)?;
    let mut rings: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut ring_of: BTreeMap<String, String> = BTreeMap::new();
    for (merchant, known) in truth {
        if !known.ring.is_empty() {
            let ring = rings.entry(known.ring.clone()).or_default();
            ring.insert(merchant.clone());
            ring_of.insert(merchant, known.ring);
        }
    }
    let mut sizes = vec![0; outcome.clusters.len()];
    let mut common: BTreeMap<(&str, usize), usize> = BTreeMap::new();
    for member in &outcome.members {
        sizes[member.cluster] += 1;
        if let Some(ring) = ring_of.get(&member.merchant) {
            *common.entry((ring, member.cluster)).or_default() += 1;
        }
    }
    let mut found = BTreeMap::new();
    for ((ring, cluster), both) in common {
        let all = rings[ring].len() + sizes[cluster] - both;
        // The best ranked one wins a tie of two halves.
        if both * 2 >= all {
            found.entry(ring.to_owned()).or_insert_with(|| Seat {
                cluster: outcome.clusters[cluster].id.clone(),
                close: both * 10 >= all * CLOSE_TENTHS,
            });
        }
    }
    Ok(Day {
        rings,
        found,
        clusters: outcome.clusters.into_iter().map(|c| c.id).collect(),
        lineage: outcome::read_lineage(run)?.into_iter().collect(),
    })
}

/// Ids that came back after a day without them.
fn reused_ids(days: &[Day]) -> u32 {
    let mut retired: BTreeSet<&String> = BTreeSet::new();
    let mut reused: BTreeSet<&String> = BTreeSet::new();
    for pair in days.windows(2) {
        retired.extend(pair[0].clusters.difference(&pair[1].clusters));
        reused.extend(pair[1].clusters.iter().filter(|id| retired.contains(id)));
    }
    real_count(reused.len())
}

/// What is counted of one ring.
#[derive(Clone, Copy, Default)]
struct RingTally {
    followed: u32,
    kept: u32,
    judged: u32,
    right: u32,
    judged_close: u32,
    right_close: u32,
}

/// What is counted of one kind of event.
#[derive(Default)]
struct EventTally {
    happened: u32,
    /// Judged and right, by ring.
    by_ring: BTreeMap<String, (u32, u32)>,
}

#[derive(Default)]
struct Tally {
    survivals: u32,
    by_ring: BTreeMap<String, RingTally>,
    by_event: BTreeMap<&'static str, EventTally>,
}

impl Tally {
    fn follow(&mut self, before: &Day, after: &Day) {
        self.follow_ids(before, after);
        for (ring, fate) in fates(before, after) {
            let told = judge(ring, &fate, before, after);
            let event = self.by_event.entry(fate.event()).or_default();
            event.happened += 1;
            if let Some(Verdict { right, close }) = told {
                let of_ring = event.by_ring.entry(ring.to_owned()).or_default();
                of_ring.0 += 1;
                of_ring.1 += u32::from(right);
                let ring = self.by_ring.entry(ring.to_owned()).or_default();
                ring.judged += 1;
                ring.right += u32::from(right);
                ring.judged_close += u32::from(close);
                ring.right_close += u32::from(close && right);
            }
        }
    }

    fn follow_ids(&mut self, before: &Day, after: &Day) {
        for (ring, then) in &before.rings {
            let Some(now) = after.rings.get(ring) else {
                continue;
            };
            // A ring that is another one by half has no better claim to the id than its other half.
            let both = then.intersection(now).count();
            if both * 3 <= then.len() + now.len() {
                continue;
            }
            self.survivals += 1;
            if let (Some(a), Some(b)) = (before.found.get(ring), after.found.get(ring)) {
                let tally = self.by_ring.entry(ring.clone()).or_default();
                tally.followed += 1;
                tally.kept += u32::from(a.cluster == b.cluster);
            }
        }
    }

    fn figures(&self, bootstrap: &Bootstrap) -> Vec<Figure> {
        let rings: Vec<RingTally> = self.by_ring.values().copied().collect();
        let found = bootstrap.intervals(rings.len(), |weights| {
            let sum = |of: fn(&RingTally) -> u32| {
                let terms = rings.iter().zip(weights);
                real(
                    terms
                        .map(|(ring, weight)| (of(ring) * weight) as usize)
                        .sum(),
                )
            };
            vec![
                share(sum(|r| r.kept), sum(|r| r.followed)),
                share(sum(|r| r.right), sum(|r| r.judged)),
                share(sum(|r| r.right_close), sum(|r| r.judged_close)),
            ]
        });
        let names = [
            (
                "id_stability",
                "of the rings that go on and are found on both days, the share that keep their id",
            ),
            (
                "lineage_right",
                "of what happened to found rings, the share that lineage.csv tells rightly",
            ),
            (
                "lineage_right_close",
                "the same of rings found by clusters that overlap them by a Jaccard index of at least 0.8",
            ),
        ];
        let units = |of: fn(&RingTally) -> u32| rings.iter().filter(|ring| of(ring) > 0).count();
        let units = [
            units(|r| r.followed),
            units(|r| r.judged),
            units(|r| r.judged_close),
        ];
        let named = names.into_iter().zip(found).zip(units);
        named
            .map(|(((name, about), measured), units)| {
                Figure::new(name, about, measured, Some(units))
            })
            .collect()
    }

    fn events(&self, bootstrap: &Bootstrap) -> Vec<SeriesEvent> {
        let events = self.by_event.iter();
        events
            .map(|(event, tally)| tally.event(event, bootstrap))
            .collect()
    }
}

impl EventTally {
    fn event(&self, event: &'static str, bootstrap: &Bootstrap) -> SeriesEvent {
        let rings: Vec<(u32, u32)> = self.by_ring.values().copied().collect();
        let sums = |weights: &[u32]| {
            let terms = rings.iter().zip(weights);
            terms.fold((0, 0), |sum, ((judged, right), weight)| {
                (sum.0 + judged * weight, sum.1 + right * weight)
            })
        };
        let (judged, right) = sums(&vec![1; rings.len()]);
        let measured = bootstrap.intervals(rings.len(), |weights| {
            let (judged, right) = sums(weights);
            vec![share(f64::from(right), f64::from(judged))]
        });
        SeriesEvent {
            event,
            happened: self.happened,
            judged,
            right,
            right_share: measured[0].0,
            interval: Interval::of_share(measured[0], rings.len()),
        }
    }
}

/// What is thought of a told fate.
struct Verdict {
    right: bool,
    /// Whether all the rings it needs were found closely.
    close: bool,
}

/// Whether the lineage tells a ring's fate; `None` where a ring that it needs was not found.
fn judge(ring: &str, fate: &Fate<'_>, before: &Day, after: &Day) -> Option<Verdict> {
    let told = |cluster: &str, previous: &str, event: &str| {
        let row = (cluster.to_owned(), previous.to_owned(), event.to_owned());
        after.lineage.contains(&row)
    };
    let (seats, right) = match fate {
        Fate::Born => {
            let now = after.found.get(ring)?;
            (vec![now], told(&now.cluster, "", "born"))
        }
        Fate::Kept(event) => {
            let (then, now) = (before.found.get(ring)?, after.found.get(ring)?);
            let same = then.cluster == now.cluster;
            (
                vec![then, now],
                same && told(&now.cluster, &then.cluster, event),
            )
        }
        Fate::Dissolved => {
            let then = before.found.get(ring)?;
            (vec![then], told("", &then.cluster, "dissolved"))
        }
        Fate::Merged(into) => {
            let (one, other) = (before.found.get(ring)?, before.found.get(*into)?);
            let now = after
                .found
                .get(*into)
                .filter(|_| one.cluster != other.cluster)?;
            let went = |then: &Seat| {
                then.cluster == now.cluster || told(&now.cluster, &then.cluster, "merged")
            };
            (vec![one, other, now], went(one) && went(other))
        }
        Fate::Split(from) => {
            let (one, other) = (after.found.get(*from)?, after.found.get(ring)?);
            let then = before
                .found
                .get(*from)
                .filter(|_| one.cluster != other.cluster)?;
            let came = |now: &Seat| {
                then.cluster == now.cluster || told(&now.cluster, &then.cluster, "split")
            };
            (vec![then, one, other], came(one) && came(other))
        }
    };
    let close = seats.iter().all(|seat| seat.close);
    Some(Verdict { right, close })
}

/// A sentence with the counts.
pub(super) fn summary(evaluation: &SeriesEvaluation) -> String {
    format!(
        "{} runs, {} rings; rings went on {} times, {} of them found before and after; {} ids reused",
        evaluation.days,
        evaluation.rings,
        evaluation.survivals,
        evaluation.survivals_found,
        evaluation.reused_ids,
    )
}
