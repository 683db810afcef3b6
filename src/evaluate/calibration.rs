//! Whether 0.9 means nine of ten.

use std::collections::BTreeSet;

use serde::Serialize;

use super::Interval;
use super::bootstrap::Bootstrap;

/// One tenth of the probability scale.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct ReliabilityBin {
    /// Lower end; the upper end is a tenth higher (the last bin holds 1 too).
    pub from: f64,
    /// How many forecasts fall in.
    pub count: u32,
    /// Mean probability; 0 for an empty bin.
    pub forecast: f64,
    /// Share that came true; 0 for an empty bin.
    pub observed: f64,
    /// Of that share; none for an empty bin.
    pub interval: Option<Interval>,
}

const BINS: u32 = 10;

/// One probability that was given.
#[derive(Clone, Copy, Debug)]
pub(super) struct Forecast {
    pub(super) probability: f64,
    pub(super) came_true: bool,
    /// What it is resampled with.
    pub(super) unit: usize,
}

/// The reliability table of forecasts about so many units.
pub(super) fn reliability(
    forecasts: &[Forecast],
    units: usize,
    bootstrap: &Bootstrap,
) -> Vec<ReliabilityBin> {
    let weighed = |weight: &dyn Fn(&Forecast) -> u32| {
        weighed_bins(
            forecasts
                .iter()
                .map(|f| (f.probability, f.came_true, weight(f))),
        )
    };
    let observed = bootstrap.intervals(units, |weights| {
        let bins = weighed(&|f| weights[f.unit]).into_iter();
        bins.map(|(n, _, hits)| super::share(hits, f64::from(n)))
            .collect()
    });
    let mut units_in = vec![BTreeSet::new(); BINS as usize];
    for forecast in forecasts {
        units_in[bin_of(forecast.probability)].insert(forecast.unit);
    }
    let row = |(bin, (n, p, hits)): (u32, (u32, f64, f64))| ReliabilityBin {
        from: f64::from(bin) / f64::from(BINS),
        count: n,
        forecast: super::share(p, f64::from(n)).unwrap_or(0.0),
        observed: super::share(hits, f64::from(n)).unwrap_or(0.0),
        interval: Interval::of_share(observed[bin as usize], units_in[bin as usize].len()),
    };
    (0..BINS).zip(weighed(&|_| 1)).map(row).collect()
}

/// Expected calibration error: the mean distance of forecast and observed, over the bins.
pub(super) fn expected_calibration_error(
    forecasts: impl Iterator<Item = (f64, bool, u32)>,
) -> Option<f64> {
    let bins = weighed_bins(forecasts);
    let total: f64 = bins.iter().map(|(n, _, _)| f64::from(*n)).sum();
    super::share(
        bins.iter().map(|(_, p, hits)| (p - hits).abs()).sum(),
        total,
    )
}

/// Mean squared distance of probability and truth.
pub(super) fn brier(forecasts: impl Iterator<Item = (f64, bool, u32)>) -> Option<f64> {
    let (mut sum, mut total) = (0.0, 0.0);
    for (p, hit, weight) in forecasts {
        let miss = p - f64::from(u8::from(hit));
        sum += miss * miss * f64::from(weight);
        total += f64::from(weight);
    }
    super::share(sum, total)
}

/// (count, sum of probabilities, hits) of each bin.
fn weighed_bins(forecasts: impl Iterator<Item = (f64, bool, u32)>) -> Vec<(u32, f64, f64)> {
    let mut bins = vec![(0, 0.0, 0.0); 10];
    for (p, hit, weight) in forecasts {
        let bin = &mut bins[bin_of(p)];
        bin.0 += weight;
        bin.1 += p * f64::from(weight);
        bin.2 += if hit { f64::from(weight) } else { 0.0 };
    }
    bins
}

/// A bin for each whole tenth that the probability reaches, 1 in the last.
fn bin_of(probability: f64) -> usize {
    (1..BINS)
        .filter(|tenth| probability * f64::from(BINS) >= f64::from(*tenth))
        .count()
}

#[cfg(test)]
mod tests {
    use super::{Bootstrap, Forecast, brier, expected_calibration_error, reliability};
    use crate::evaluate::Method;

    const FORECASTS: [(f64, bool); 4] = [(0.95, true), (1.0, true), (0.2, false), (0.2, true)];

    #[test]
    fn bins_hold_their_forecasts() {
        let forecasts = FORECASTS.iter().zip(0..);
        let forecasts = forecasts.map(|(&(probability, came_true), unit)| Forecast {
            probability,
            came_true,
            unit,
        });
        let forecasts: Vec<Forecast> = forecasts.collect();
        let bootstrap = |replicates| Bootstrap {
            replicates,
            seed: 1,
        };
        let table = reliability(&forecasts, 4, &bootstrap(200));
        assert_eq!(table.len(), 10);
        assert_eq!((table[9].count, table[9].observed), (2, 1.0));
        assert_eq!((table[2].count, table[2].observed), (2, 0.5));
        assert_eq!(table.iter().map(|bin| bin.count).sum::<u32>(), 4);
        // One of two varies, two of two do not, and nothing has no interval.
        let method = |bin: usize| table[bin].interval.map(|interval| interval.method);
        assert_eq!(method(2), Some(Method::Bootstrap));
        assert_eq!(method(9), Some(Method::Wilson));
        assert_eq!(method(5), None);
        assert_eq!(reliability(&forecasts, 4, &bootstrap(0))[9].interval, None);
    }

    #[test]
    fn errors_agree_with_the_hand_computed() {
        let weighed = || FORECASTS.iter().map(|(p, hit)| (*p, *hit, 1));
        // Bins: |1.95 - 2| and |0.4 - 1| over 4.
        let error = expected_calibration_error(weighed()).unwrap();
        assert!((error - 0.65 / 4.0).abs() < 1e-12);
        let squares = (0.0025 + 0.0 + 0.04 + 0.64) / 4.0;
        assert!((brier(weighed()).unwrap() - squares).abs() < 1e-12);
    }
}
