//! The ends of a figure, and what stands in for them where resampling shows none.

use serde::Serialize;

use super::bootstrap::Measured;

/// A 95 % interval and how it was come by.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Interval {
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// Where it comes from.
    pub method: Method,
}

/// How an interval was come by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Method {
    /// By resampling what stands or falls together.
    Bootstrap,
    /// Wilson's binomial interval, where every sample comes to the same share: a bootstrap does not see what
    /// never happened. It counts what would have been resampled, not merchants.
    Wilson,
}

/// The 97.5 % quantile of the normal distribution.
const Z: f64 = 1.959_964;

/// Widths below this are rounding.
const NO_WIDTH: f64 = 1e-12;

impl Interval {
    /// The interval of any figure.
    pub(super) fn of(measured: Measured) -> Option<Self> {
        let (_, low, high) = measured;
        Some(Self {
            low: low?,
            high: high?,
            method: Method::Bootstrap,
        })
    }

    /// The interval of a share that rests on so many units.
    pub(super) fn of_share(measured: Measured, units: usize) -> Option<Self> {
        let found = Self::of(measured)?;
        match measured.0 {
            Some(share) if units > 0 && found.high - found.low < NO_WIDTH => {
                Some(Self::wilson(share, super::real(units)))
            }
            _ => Some(found),
        }
    }

    /// Wilson's score interval (JASA 22, 1927) of a share of `n`.
    fn wilson(share: f64, n: f64) -> Self {
        let scale = 1.0 + Z * Z / n;
        let middle = (share + Z * Z / (2.0 * n)) / scale;
        let half = Z / scale * (share * (1.0 - share) / n + Z * Z / (4.0 * n * n)).sqrt();
        Self {
            // The share itself lies inside, whatever the rounding.
            low: (middle - half).clamp(0.0, share),
            high: (middle + half).clamp(share, 1.0),
            method: Method::Wilson,
        }
    }

    /// The interval of a count, from the one of its share.
    pub(super) fn times(self, count: f64) -> Self {
        Self {
            low: self.low * count,
            high: self.high * count,
            ..self
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Interval, Method};

    fn check(measured: (f64, f64, f64), units: usize, expected: (f64, f64, Method)) {
        let (share, low, high) = measured;
        let found = Interval::of_share((Some(share), Some(low), Some(high)), units).unwrap();
        assert_eq!(found.method, expected.2, "{found:?}");
        assert!((found.low - expected.0).abs() < 1e-4, "{found:?}");
        assert!((found.high - expected.1).abs() < 1e-4, "{found:?}");
    }

    #[test]
    fn a_share_that_never_varied_gets_the_binomial_interval() {
        // Of ten: z² / (n + z²).
        check((0.0, 0.0, 0.0), 10, (0.0, 0.2775, Method::Wilson));
        check((1.0, 1.0, 1.0), 10, (0.7225, 1.0, Method::Wilson));
        check((0.5, 0.5, 0.5), 1, (0.0546, 0.9454, Method::Wilson));
        check((0.5, 0.4, 0.6), 10, (0.4, 0.6, Method::Bootstrap));
        assert_eq!(Interval::of_share((None, None, None), 10), None);
        assert_eq!(Interval::of_share((Some(0.0), None, None), 10), None);
    }
}
