//! Whether 0.9 means nine of ten.

use serde::Serialize;

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
}

const BINS: u32 = 10;

/// The reliability table of (probability, came true).
pub(super) fn reliability(forecasts: &[(f64, bool)]) -> Vec<ReliabilityBin> {
    let weighed = weighed_bins(forecasts.iter().map(|(p, hit)| (*p, *hit, 1)));
    let row = |(bin, (n, p, hits)): (u32, (u32, f64, f64))| ReliabilityBin {
        from: f64::from(bin) / f64::from(BINS),
        count: n,
        forecast: super::share(p, f64::from(n)).unwrap_or(0.0),
        observed: super::share(hits, f64::from(n)).unwrap_or(0.0),
    };
    (0..BINS).zip(weighed).map(row).collect()
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
        // A bin for each whole tenth that the probability reaches, 1 in the last.
        let bin = (1..BINS)
            .filter(|tenth| p * f64::from(BINS) >= f64::from(*tenth))
            .count();
        let bin = &mut bins[bin];
        bin.0 += weight;
        bin.1 += p * f64::from(weight);
        bin.2 += if hit { f64::from(weight) } else { 0.0 };
    }
    bins
}

#[cfg(test)]
mod tests {
    use super::{brier, expected_calibration_error, reliability};

    const FORECASTS: [(f64, bool); 4] = [(0.95, true), (1.0, true), (0.2, false), (0.2, true)];

    #[test]
    fn bins_hold_their_forecasts() {
        let table = reliability(&FORECASTS);
        assert_eq!(table.len(), 10);
        assert_eq!((table[9].count, table[9].observed), (2, 1.0));
        assert_eq!((table[2].count, table[2].observed), (2, 0.5));
        assert_eq!(table.iter().map(|bin| bin.count).sum::<u32>(), 4);
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
