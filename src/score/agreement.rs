//! Do what members share and who they are point to the same clusters, as often as the weights promise?
//!
//! The weights say how telling a reason is where they were fitted. Two views of a cluster that tell nothing about
//! each other but by what the cluster is must meet on the same clusters the more often, the more each tells
//! (co-training: Blum and Mitchell 1998; Dasgupta, Littman and `McAllester` 2001 bound the error of one view by
//! how seldom it agrees with the other). Where they meet less often than their own points promise, the points
//! promise too much on this market, and no label is needed to see it.

use rayon::prelude::*;

use super::company::NEAR_RINGS;
use super::points::Points;
use super::ring::Ring;
use super::{best_first, logistic};

/// The reason that holds what the points gave way by.
pub(super) const DISCORDANT_MARKET: &str = "discordant_market";

/// Reasons that look at who the members are, when they came and what is known of them. All others but those of
/// [`BESIDE`] look at what they share and use.
const OF_PEOPLE: [&str; 10] = [
    "mixed_trades",
    "many_cities",
    "registration_burst",
    "registration_wave",
    "suspended_members",
    "risk_signals",
    "declared_owner",
    "common_brand",
    "small_family",
    "long_tenure",
];
/// What people have found out belongs to neither view and is not doubted.
const BESIDE: [&str; 4] = ["fraud_label", "legit_label", "refuted", "allowlisted"];

/// So many standard errors are taken for chance.
const BENEFIT: f64 = 2.0;
/// Halvings of the interval in which a view's constant is sought; the interval then is 2^-39 log-odds.
const HALVINGS: usize = 46;
/// The constant lies within this many log-odds of zero.
const MOST_LOG_ODDS: f64 = 60.0;

/// How well the views agree, and what that costs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Discord {
    /// How often the views meet, as a multiple of what the points promise; below 1.
    pub agreement: f64,
    /// The standard error it would have if the points held what they promise.
    pub standard_error: f64,
    /// Percent of its points that every ring has kept.
    pub percent_kept: i32,
}

/// Lets every ring keep the same share of its points, no less than `min_points_kept`; `None` where the views
/// agree as it is. Verdicts of people are left as they are, and so are rings that have more points against them
/// than for them; the order stays but for what verdicts weigh.
///
/// Cost: O(rings) and some thousand logistic functions for each of seven shares tried.
pub(super) fn temper(rings: &mut Vec<Ring>, min_points_kept: f64) -> Option<Discord> {
    let expected: f64 = rings.iter().map(|ring| ring.score).sum();
    let view = |is_meant: fn(&str) -> bool| {
        let points = rings
            .par_iter()
            .map(|ring| hundredths(&ring.points, is_meant));
        View::new(&points.collect::<Vec<i32>>())
    };
    let things = view(|code| !OF_PEOPLE.contains(&code) && code != NEAR_RINGS);
    let people = view(|code| OF_PEOPLE.contains(&code));
    let discord = discord(&things, &people, expected, whole_percent(min_points_kept))?;
    rings.par_iter_mut().for_each(|ring| discord.lower(ring));
    best_first(rings);
    Some(discord)
}

/// The largest share of the points, of `least` percent and more, with which the views agree as well as points of
/// that size promise, give or take two standard errors; `None` where they agree with all.
fn discord(things: &View, people: &View, expected: f64, least: i32) -> Option<Discord> {
    let agree = |percent: i32| agreement(things, people, f64::from(percent) / 100.0, expected);
    let is_enough = |percent: i32| {
        agree(percent).is_none_or(|(agreement, error)| agreement + BENEFIT * error >= 1.0)
    };
    if least >= 100 || is_enough(100) {
        return None;
    }
    let (agreement, standard_error) = agree(100)?;
    let (mut percent_kept, mut too_much) = (least, 100);
    while too_much - percent_kept > 1 {
        let middle = i32::midpoint(percent_kept, too_much);
        if is_enough(middle) {
            percent_kept = middle;
        } else {
            too_much = middle;
        }
    }
    Some(Discord {
        agreement,
        standard_error,
        percent_kept,
    })
}

impl Discord {
    /// How often the views meet, against what `promising` promise; no more often than by chance is no multiple.
    pub fn in_words(self, promising: &str) -> String {
        let times = (self.agreement * 100.0).round() / 100.0;
        if times < 0.0 {
            return format!("less often than by chance, where the {promising} promise more");
        }
        if times <= 0.0 {
            return format!("no more often than by chance, where the {promising} promise more");
        }
        format!("{times:.2} times as often beyond chance as the {promising} promise")
    }

    fn lower(self, ring: &mut Ring) {
        let doubted = doubted(&ring.points);
        // Half-up, so that a ring loses the same however its points are split.
        let lost = |hundredths: i32| (hundredths.max(0) * (100 - self.percent_kept) + 50) / 100;
        if lost(doubted) == 0 {
            return;
        }
        let left = ring.remnant().map_or(0, |remnant| lost(remnant.doubted));
        ring.add(
            DISCORDANT_MARKET,
            -lost(doubted),
            -left,
            format_args!(
                "every cluster keeps {} % of its points: what members share and who they are point to the same clusters {}",
                self.percent_kept,
                self.in_words("points")
            ),
        );
    }
}

#[expect(clippy::cast_possible_truncation, reason = "a share of 0..=1")]
fn whole_percent(share: f64) -> i32 {
    (share * 100.0).round() as i32
}

/// All points that are no verdicts of people, in hundredths.
pub(super) fn doubted(points: &Points) -> i32 {
    hundredths(points, |_| true)
}

/// The points of some reasons that are not verdicts of people.
fn hundredths(points: &Points, is_meant: fn(&str) -> bool) -> i32 {
    let points = points.iter();
    let meant = points.filter(|point| !BESIDE.contains(&point.code) && is_meant(point.code));
    meant.map(|point| point.hundredths).sum()
}

/// What one view says of every ring.
struct View {
    /// Points that occur, in hundredths, ascending.
    values: Vec<i32>,
    /// Rings with each.
    counts: Vec<f64>,
    /// Which of the values each ring has.
    of_ring: Vec<usize>,
}

impl View {
    /// From the points of every ring, in hundredths.
    fn new(points: &[i32]) -> Self {
        let mut values = points.to_vec();
        values.sort_unstable();
        values.dedup();
        let place = |hundredths: &i32| values.partition_point(|value| value < hundredths);
        let of_ring: Vec<usize> = points.iter().map(place).collect();
        let mut counts = vec![0.0; values.len()];
        for &at in &of_ring {
            counts[at] += 1.0;
        }
        Self {
            values,
            counts,
            of_ring,
        }
    }

    /// The probability of a ring for each of the values, by this view alone with a share of its points, and with
    /// the constant with which the rings add up to what is expected.
    fn probabilities(&self, share: f64, expected: f64) -> Vec<f64> {
        let at = |constant: f64| {
            let values = self.values.iter();
            values.map(move |&value| logistic(constant + share * f64::from(value) / 100.0))
        };
        let (mut low, mut high) = (-MOST_LOG_ODDS, MOST_LOG_ODDS);
        for _ in 0..HALVINGS {
            let middle = f64::midpoint(low, high);
            let sum: f64 = at(middle)
                .zip(&self.counts)
                .map(|(p, count)| p * count)
                .sum();
            if sum > expected {
                high = middle;
            } else {
                low = middle;
            }
        }
        at(low).collect()
    }

    /// Mean square distance of the probabilities from their mean among what is a ring, and among what is none, if
    /// they are right.
    fn spread(&self, probabilities: &[f64], mean: f64) -> (f64, f64) {
        let (mut of_rings, mut rings, mut of_others, mut others) = (0.0, 0.0, 0.0, 0.0);
        for (p, count) in probabilities.iter().zip(&self.counts) {
            let square = (p - mean) * (p - mean);
            of_rings += count * p * square;
            rings += count * p;
            of_others += count * (1.0 - p) * square;
            others += count * (1.0 - p);
        }
        (of_rings / rings, of_others / others)
    }
}

/// How often two views meet, as a multiple of what they promise, and the standard error that has where they hold
/// it; `None` where they promise nothing.
///
/// With probabilities `a` and `b` of the same mean m, each right by itself and independent given the truth y:
/// `cov(a, b) = var(a) var(b) / (m (1 - m))`, for the mean of `a` is `var(a) / (m (1 - m))` higher where y is true.
#[expect(clippy::cast_precision_loss, reason = "ring counts are far below 2^53")]
fn agreement(things: &View, people: &View, share: f64, expected: f64) -> Option<(f64, f64)> {
    let n_rings = things.of_ring.len() as f64;
    let mean = expected / n_rings;
    let a = things.probabilities(share, expected);
    let b = people.probabilities(share, expected);
    let ((a_true, a_false), (b_true, b_false)) = (things.spread(&a, mean), people.spread(&b, mean));
    let variance = |of_true: f64, of_false: f64| mean * of_true + (1.0 - mean) * of_false;
    let promised = variance(a_true, a_false) * variance(b_true, b_false) / (mean * (1.0 - mean));
    // Nothing is promised where every ring has the same points in a view, rounding aside.
    if promised.is_nan() || promised < 1e-12 {
        return None;
    }
    let pairs = things.of_ring.iter().zip(&people.of_ring);
    let met: f64 = pairs
        .map(|(&of_a, &of_b)| (a[of_a] - mean) * (b[of_b] - mean))
        .sum();
    let square = variance(a_true * b_true, a_false * b_false);
    let error = ((square - promised * promised) / n_rings).max(0.0).sqrt();
    Some((met / n_rings / promised, error / promised))
}

#[cfg(test)]
mod tests {
    use super::super::drawn::draw;
    use super::super::reasons::REASON_CODES;
    use super::super::{Refutations, WeightsFrom, score_refuted};
    use super::*;
    use crate::detect::detect;
    use crate::graph::{project, weigh};
    use crate::ingest::Label;
    use crate::model::Timestamp;
    use crate::strategy::{DEVICE, PAYOUT, Strategy};

    /// A counter through a 64-bit mixer, as a number in 0..1.
    fn dice(counter: u64) -> f64 {
        let mixed = counter.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let mixed = (mixed ^ (mixed >> 31)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        f64::from(u32::try_from((mixed ^ (mixed >> 29)) >> 32).expect("32 bits")) / 4_294_967_296.0
    }

    /// Twenty thousand groups, one in twenty a ring; a view of them whose points are `size` times the log-odds
    /// they should be worth: four signs, each three times as frequent among rings, if it `tells` at all.
    fn view(seed: u64, size: f64, tells: bool) -> View {
        let points = (0..20_000_u64).map(|at| {
            let is_ring = at % 20 == 0 && tells;
            let signs = (0..4).map(|sign| dice(16 * at + 4 * seed + sign));
            let log_odds = signs.map(|dice| {
                let is_seen = dice < if is_ring { 0.75 } else { 0.25 };
                if is_seen { 3_f64.ln() } else { -3_f64.ln() }
            });
            #[expect(clippy::cast_possible_truncation, reason = "a few log-odds")]
            let hundredths = (size * log_odds.sum::<f64>() * 100.0).round() as i32;
            hundredths
        });
        View::new(&points.collect::<Vec<i32>>())
    }

    #[test]
    fn views_that_are_worth_their_points_agree_as_promised() {
        let (a, b) = (view(0, 1.0, true), view(1, 1.0, true));
        let (agreement, error) = agreement(&a, &b, 1.0, 1000.0).expect("they promise something");
        assert!((agreement - 1.0).abs() < 3.0 * error, "{agreement} {error}");
        assert!(error < 0.1, "{error}");
        assert_eq!(discord(&a, &b, 1000.0, 0), None);
    }

    #[test]
    fn points_twice_too_large_are_halved() {
        let (a, b) = (view(0, 2.0, true), view(1, 2.0, true));
        let found = discord(&a, &b, 1000.0, 0).expect("they promise too much");
        assert!((45..=60).contains(&found.percent_kept), "{found:?}");
        assert!(found.agreement < 0.7, "{found:?}");
        assert_eq!(
            discord(&a, &b, 1000.0, 80).map(|found| found.percent_kept),
            Some(80)
        );
        assert_eq!(discord(&a, &b, 1000.0, 100), None);
    }

    #[test]
    fn a_view_that_tells_nothing_takes_the_points_of_the_other_too() {
        let (a, b) = (view(0, 1.0, true), view(1, 1.0, false));
        let found = discord(&a, &b, 1000.0, 10).expect("they promise too much");
        assert!(
            found.agreement.abs() < 3.0 * found.standard_error,
            "{found:?}"
        );
        assert!(found.percent_kept < 50, "{found:?}");
    }

    #[test]
    fn a_few_groups_prove_nothing() {
        let small = |seed| {
            View::new(
                &(0..12)
                    .map(|at| 100 * ((at * seed) % 7))
                    .collect::<Vec<i32>>(),
            )
        };
        assert_eq!(discord(&small(3), &small(5), 6.0, 0), None);
        let same = View::new(&[100; 12]);
        assert_eq!(discord(&same, &small(5), 6.0, 0), None);
        let (a, b) = (view(0, 1.0, true), view(1, 1.0, false));
        assert!(discord(&a, &b, 1000.0, 0).is_some());
        assert_eq!(discord(&a, &b, 2.0, 0), None);
        let none = View::new(&[]);
        assert_eq!(discord(&none, &none, 0.0, 0), None);
    }

    #[test]
    fn verdicts_are_not_doubted_and_the_points_add_up() {
        let mut links = draw(
            60,
            &[
                (DEVICE, None, (0..6).collect()),
                (PAYOUT, None, (0..6).collect()),
                (PAYOUT, None, (0..6).collect()),
            ],
        );
        links.merchants.label[0] = Some(Label::Fraud);
        let mut strategy = Strategy::default();
        strategy.score.points.payout_funnel = 5.0;
        let graph = weigh(&links, &strategy);
        let network = project(&graph);
        let found = detect(&network, &strategy.detect, None);
        let (as_of, none) = (Timestamp::from_seconds(0), Refutations::default());
        let (mut rings, _) = score_refuted(
            &graph,
            &network,
            &found,
            as_of,
            WeightsFrom::Strategy,
            &none,
        );
        let ring = &mut rings[0];
        let before = ring.log_odds();
        let label = ring.points.iter().find(|point| point.code == "fraud_label");
        let label = f64::from(label.expect("a label").hundredths) / 100.0;
        let points = before - ring.prior - label;
        assert!(points > 0.5 && label > 0.0, "{points} {label}");
        let discord = Discord {
            agreement: 0.5,
            standard_error: 0.1,
            percent_kept: 60,
        };
        discord.lower(ring);
        assert!((ring.log_odds() - (ring.prior + label + 0.6 * points)).abs() < 0.006);
        assert!((ring.score - logistic(ring.log_odds())).abs() < 1e-12);
    }

    #[test]
    fn what_chance_does_as_often_is_told_as_no_multiple() {
        let words = |agreement| {
            let discord = Discord {
                agreement,
                standard_error: 0.1,
                percent_kept: 10,
            };
            discord.in_words("points")
        };
        assert_eq!(
            words(0.5),
            "0.50 times as often beyond chance as the points promise"
        );
        assert_eq!(
            words(-0.001),
            "no more often than by chance, where the points promise more"
        );
        assert_eq!(
            words(-35.96),
            "less often than by chance, where the points promise more"
        );
    }

    #[test]
    fn the_reasons_named_are_there() {
        for code in OF_PEOPLE.iter().chain(&BESIDE) {
            assert!(REASON_CODES.contains(code), "{code}");
        }
    }
}
