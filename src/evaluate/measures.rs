//! The figures, each with the units it is resampled by.

use std::collections::{BTreeMap, BTreeSet};

use super::bootstrap::{Bootstrap, Measured};
use super::calibration::{brier, expected_calibration_error};
use super::case::{Case, Cluster, Merchant, Ring};
use super::outcome::Action;
use super::ranking::{best_f1, weighted_average_precision};
use super::{Figure, Typology, real, real_count, share};

type Named = (&'static str, &'static str);

const MERCHANT_FIGURES: [Named; 11] = [
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
        "enforce_review_precision",
        "of the merchants in enforce or review, the share that is fraud",
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
        "mean squared error of the clustered merchants' probabilities; the others have none",
    ),
    (
        "merchant_ece",
        "mean gap of forecast and observed over ten bins, clustered merchants only",
    ),
    (
        "ceiling_average_precision",
        "merchant average precision if the clusters were ranked by their true share of fraud",
    ),
];

const CLUSTER_FIGURES: [Named; 7] = [
    (
        "precision_at_r",
        "of the first R clusters (R true rings), the share with at least half fraud",
    ),
    ("precision_at_20", "the same of the first 20"),
    ("precision_at_50", "the same of the first 50"),
    ("precision_at_100", "the same of the first 100"),
    (
        "queue_per_ring",
        "clusters in enforce or review for each true ring",
    ),
    ("cluster_brier", "mean squared error of the cluster scores"),
    (
        "cluster_ece",
        "mean gap of forecast and observed over ten bins, clusters",
    ),
];

const RING_FIGURES: [Named; 2] = [
    (
        "ring_recovery",
        "share of true rings that a cluster overlaps by a Jaccard index of at least 1/2",
    ),
    (
        "ring_found",
        "share of true rings of which a cluster holds at least half and is itself at least half",
    ),
];

/// All figures in their fixed order.
pub(super) fn figures(case: &Case, bootstrap: &Bootstrap) -> Vec<Figure> {
    let ranking = case.ranking();
    let order = case.ceiling();
    let merchants = bootstrap.intervals(case.units, |weights| {
        let mut figures = merchant_figures(case, &ranking, weights);
        figures.push(ceiling(case, &order, weights));
        figures
    });
    let clusters = bootstrap.intervals(case.clusters.len(), |w| cluster_figures(case, w));
    let rings: Vec<&Ring> = case.rings.iter().collect();
    named(&MERCHANT_FIGURES, merchants, &merchant_units(case))
        .chain(named(&CLUSTER_FIGURES, clusters, &cluster_units(case)))
        .chain(recovery(&rings, bootstrap))
        .collect()
}

/// On how many units each merchant figure rests that is a share; the others are more than one count.
fn merchant_units(case: &Case) -> [Option<usize>; 11] {
    let units = |belongs: fn(&Merchant) -> bool| {
        let merchants = case.merchants.iter().filter(|m| belongs(m));
        Some(merchants.map(|m| m.unit).collect::<BTreeSet<_>>().len())
    };
    let (fraud, honest) = (units(|m| m.fraud), units(|m| !m.fraud));
    let enforced = units(|m| m.action >= Some(Action::Enforce));
    let reviewed = units(|m| m.action >= Some(Action::Review));
    let clustered = units(|m| m.action.is_some());
    [
        None, None, enforced, fraud, fraud, reviewed, honest, clustered, None, None, None,
    ]
}

fn cluster_units(case: &Case) -> [Option<usize>; 7] {
    let first = |top: usize| Some(top.min(case.clusters.len()));
    let at_r = first(case.rings.len());
    [at_r, first(20), first(50), first(100), None, None, None]
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
            recovered: recovery(&rings, bootstrap).swap_remove(0),
        })
        .collect()
}

fn recovery(rings: &[&Ring], bootstrap: &Bootstrap) -> Vec<Figure> {
    let measured = bootstrap.intervals(rings.len(), |weights| {
        let all = f64::from(weights.iter().sum::<u32>());
        let of = |test: fn(&Ring) -> bool| {
            let found = rings.iter().zip(weights).filter(|(ring, _)| test(ring));
            share(f64::from(found.map(|(_, weight)| weight).sum::<u32>()), all)
        };
        vec![of(|ring| ring.overlap >= 0.5), of(|ring| ring.found)]
    });
    named(&RING_FIGURES, measured, &[Some(rings.len()); 2]).collect()
}

/// Figures with their names, those that are shares with the number of units they rest on.
fn named(
    names: &[Named],
    found: Vec<Measured>,
    units: &[Option<usize>],
) -> impl Iterator<Item = Figure> {
    names
        .iter()
        .zip(found)
        .zip(units)
        .map(|((&(name, about), measured), units)| Figure::new(name, about, measured, *units))
}

fn merchant_figures(case: &Case, ranking: &[(f64, bool)], weights: &[u32]) -> Vec<Option<f64>> {
    let weight = |row: usize| weights[case.merchants[row].unit];
    // Weight of the merchants with this truth whose action is at least so severe.
    let count = |fraud: bool, at_least: Option<Action>| -> f64 {
        let rows = case.merchants.iter();
        let rows = rows.filter(|m| m.fraud == fraud && m.action >= at_least);
        f64::from(rows.map(|m| weights[m.unit]).sum::<u32>())
    };
    let (fraud, honest) = (count(true, None), count(false, None));
    let enforced = (
        count(true, Some(Action::Enforce)),
        count(false, Some(Action::Enforce)),
    );
    let reviewed = (
        count(true, Some(Action::Review)),
        count(false, Some(Action::Review)),
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
        share(reviewed.0, fraud),
        share(reviewed.0, reviewed.0 + reviewed.1),
        share(enforced.1, honest),
        share(clustered.0, clustered.0 + clustered.1),
        brier(forecasts()),
        expected_calibration_error(forecasts()),
    ]
}

/// Average precision in the order of [`Case::ceiling`].
fn ceiling(case: &Case, order: &[usize], weights: &[u32]) -> Option<f64> {
    let merchants: Vec<&Merchant> = order.iter().map(|at| &case.merchants[*at]).collect();
    let ranking: Vec<(f64, bool)> = merchants
        .iter()
        .map(|m| (m.purity.unwrap_or(-1.0), m.fraud))
        .collect();
    weighted_average_precision(&ranking, |row| weights[merchants[row].unit])
}

fn cluster_figures(case: &Case, weights: &[u32]) -> Vec<Option<f64>> {
    let right = |top: usize| {
        let rows = || case.clusters.iter().zip(weights).take(top);
        share(sum(rows().filter(|(c, _)| c.right())), sum(rows()))
    };
    let queue = sum(case.clusters.iter().zip(weights).filter(|(c, _)| c.queued));
    let forecasts = || {
        let rows = case.clusters.iter().zip(weights);
        rows.map(|(c, weight)| (c.score, c.right(), *weight))
    };
    vec![
        right(case.rings.len()),
        right(20),
        right(50),
        right(100),
        share(queue, real(case.rings.len())),
        brier(forecasts()),
        expected_calibration_error(forecasts()),
    ]
}

fn sum<'a>(rows: impl Iterator<Item = (&'a Cluster, &'a u32)>) -> f64 {
    f64::from(rows.map(|(_, weight)| weight).sum::<u32>())
}
