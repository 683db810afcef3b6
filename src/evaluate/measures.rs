//! The figures, each with the units it is resampled by.

use std::collections::BTreeMap;

use super::bootstrap::{Bootstrap, Interval};
use super::calibration::{brier, expected_calibration_error};
use super::case::{Case, Cluster, Ring};
use super::outcome::Action;
use super::ranking::{best_f1, weighted_average_precision};
use super::{Figure, Typology, real_count, share};

type Named = (&'static str, &'static str);

const MERCHANT_FIGURES: [Named; 9] = [
    (
        "merchant_average_precision",
        "merchants ranked by score times membership, ties in expectation",
    ),
    (
        "best_f1",
        "the best balance of precision and recall over all thresholds",
    ),
    (
        "enforce_precision",
        "of the merchants in enforce, the share that is fraud",
    ),
    (
        "enforce_recall",
        "of the fraud merchants, the share in enforce",
    ),
    (
        "enforce_review_recall",
        "of the fraud merchants, the share in enforce or review",
    ),
    (
        "honest_in_enforce",
        "of the honest merchants, the share in enforce",
    ),
    (
        "clustered_precision",
        "of the clustered merchants, the share that is fraud",
    ),
    (
        "merchant_brier",
        "mean squared error of the merchants' probabilities",
    ),
    (
        "merchant_ece",
        "mean gap of forecast and observed over ten bins, merchants",
    ),
];

const CLUSTER_FIGURES: [Named; 6] = [
    (
        "precision_at_r",
        "of the first R clusters (R true rings), the share with at least half fraud",
    ),
    ("precision_at_20", "the same of the first 20"),
    ("precision_at_50", "the same of the first 50"),
    ("precision_at_100", "the same of the first 100"),
    ("cluster_brier", "mean squared error of the cluster scores"),
    (
        "cluster_ece",
        "mean gap of forecast and observed over ten bins, clusters",
    ),
];

const RECOVERY: Named = (
    "ring_recovery",
    "share of true rings that a cluster overlaps by a Jaccard index of at least 1/2",
);

/// All figures in their fixed order.
pub(super) fn figures(case: &Case, bootstrap: &Bootstrap) -> Vec<Figure> {
    let ranking = case.ranking();
    let merchants = bootstrap.intervals(case.units, |w| merchant_figures(case, &ranking, w));
    let clusters = bootstrap.intervals(case.clusters.len(), |w| cluster_figures(case, w));
    let rings: Vec<&Ring> = case.rings.iter().collect();
    named(&MERCHANT_FIGURES, merchants)
        .chain(named(&CLUSTER_FIGURES, clusters))
        .chain([recovery(&rings, bootstrap)])
        .collect()
}

/// Ring recovery by typology.
pub(super) fn typologies(case: &Case, bootstrap: &Bootstrap) -> Vec<Typology> {
    let mut kinds: BTreeMap<&str, Vec<&Ring>> = BTreeMap::new();
    for ring in case.rings.iter().filter(|ring| !ring.typology.is_empty()) {
        kinds.entry(&ring.typology).or_default().push(ring);
    }
    kinds
        .into_iter()
        .map(|(typology, rings)| Typology {
            typology: typology.to_owned(),
            rings: real_count(rings.len()),
            recovered: recovery(&rings, bootstrap),
        })
        .collect()
}

fn recovery(rings: &[&Ring], bootstrap: &Bootstrap) -> Figure {
    let measured = bootstrap.intervals(rings.len(), |weights| {
        let found = rings
            .iter()
            .zip(weights)
            .filter(|(ring, _)| ring.overlap >= 0.5);
        let found: u32 = found.map(|(_, weight)| weight).sum();
        vec![share(
            f64::from(found),
            f64::from(weights.iter().sum::<u32>()),
        )]
    });
    named(&[RECOVERY], measured)
        .next()
        .expect("one name, one figure")
}

fn named(names: &[Named], found: Vec<Interval>) -> impl Iterator<Item = Figure> {
    names
        .iter()
        .zip(found)
        .map(|(&(name, about), (value, low, high))| Figure {
            name,
            about,
            value,
            low,
            high,
        })
}

fn merchant_figures(case: &Case, ranking: &[(f64, bool)], weights: &[u32]) -> Vec<Option<f64>> {
    let weight = |row: usize| weights[case.merchants[row].unit];
    // Weight of the merchants with this truth whose action is at least so severe.
    let count = |fraud: bool, at_least: Option<Action>| -> f64 {
        let rows = case
            .merchants
            .iter()
            .filter(|m| m.fraud == fraud && m.action >= at_least);
        rows.map(|m| f64::from(weights[m.unit])).sum()
    };
    let (fraud, honest) = (count(true, None), count(false, None));
    let enforced = (
        count(true, Some(Action::Enforce)),
        count(false, Some(Action::Enforce)),
    );
    let clustered = (
        count(true, Some(Action::Monitor)),
        count(false, Some(Action::Monitor)),
    );
    let forecasts = || {
        let rows = case.merchants.iter();
        rows.filter_map(|m| Some((m.score?, m.fraud, weights[m.unit])))
    };
    vec![
        weighted_average_precision(ranking, weight),
        best_f1(ranking, weight),
        share(enforced.0, enforced.0 + enforced.1),
        share(enforced.0, fraud),
        share(count(true, Some(Action::Review)), fraud),
        share(enforced.1, honest),
        share(clustered.0, clustered.0 + clustered.1),
        brier(forecasts()),
        expected_calibration_error(forecasts()),
    ]
}

fn cluster_figures(case: &Case, weights: &[u32]) -> Vec<Option<f64>> {
    let right = |top: usize| {
        let rows = || case.clusters.iter().zip(weights).take(top);
        let sum = |rows: &mut dyn Iterator<Item = (&Cluster, &u32)>| -> f64 {
            rows.map(|(_, weight)| f64::from(*weight)).sum()
        };
        share(
            sum(&mut rows().filter(|(c, _)| c.right())),
            sum(&mut rows()),
        )
    };
    let forecasts = || {
        let rows = case.clusters.iter().zip(weights);
        rows.map(|(c, weight)| (c.score, c.right(), *weight))
    };
    vec![
        right(case.rings.len()),
        right(20),
        right(50),
        right(100),
        brier(forecasts()),
        expected_calibration_error(forecasts()),
    ]
}
