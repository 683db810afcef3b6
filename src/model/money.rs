//! Money in hundredths, so that exposure sums are exact whatever their order.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign};

/// The largest amount, in hundredths: 9e16 units, which floating point holds without rounding.
const MAX_HUNDREDTHS: i64 = 9_000_000_000_000_000_000;

/// An amount in the account currency, in hundredths, of 9e16 units at most either way; sums stop there.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Money(i64);

impl Money {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// Rounds to the nearest hundredth; `None` for NaN or an amount beyond the largest.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        reason = "the bound is exact in both types, and what it lets through fits"
    )]
    pub fn from_f64(amount: f64) -> Option<Self> {
        let hundredths = (amount * 100.0).round();
        (hundredths.abs() <= MAX_HUNDREDTHS as f64).then_some(Self(hundredths as i64))
    }

    /// From hundredths.
    pub const fn from_hundredths(hundredths: i64) -> Self {
        Self(hundredths)
    }

    /// In hundredths.
    pub const fn hundredths(self) -> i64 {
        self.0
    }

    /// In units of the currency.
    #[expect(clippy::cast_precision_loss, reason = "for display and features only")]
    pub fn to_f64(self) -> f64 {
        self.0 as f64 / 100.0
    }
}

impl Add for Money {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        [self, other].into_iter().sum()
    }
}

impl AddAssign for Money {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sum for Money {
    fn sum<I: Iterator<Item = Self>>(iter: I) -> Self {
        // Only the end of the sum is held to the bound, so that no order of its parts matters.
        let sum: i128 = iter.map(|amount| i128::from(amount.0)).sum();
        let max = i128::from(MAX_HUNDREDTHS);
        let held = i64::try_from(sum.clamp(-max, max));
        Self(held.expect("the bound fits"))
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let magnitude = self.0.unsigned_abs();
        write!(f, "{sign}{}.{:02}", magnitude / 100, magnitude % 100)
    }
}

impl fmt::Debug for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Money({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::Money;

    #[test]
    fn prints_hundredths_with_sign() {
        assert_eq!(
            Money::from_f64(12.345).map(|m| m.to_string()),
            Some("12.35".into())
        );
        assert_eq!(
            Money::from_f64(-0.05).map(|m| m.to_string()),
            Some("-0.05".into())
        );
        assert_eq!(Money::from_f64(f64::NAN), None);
    }

    #[test]
    fn an_amount_beyond_the_largest_is_none() {
        for amount in [1e300, -1e300, 9.000_000_000_000_02e16, f64::INFINITY] {
            assert_eq!(Money::from_f64(amount), None, "{amount}");
        }
        let largest = Money::from_f64(-9e16).unwrap();
        assert_eq!(Money::from_f64(largest.to_f64()), Some(largest));
    }

    #[test]
    fn sums_stop_at_the_largest_in_any_order() {
        let money = |amounts: &[f64]| -> Money {
            let amounts = amounts.iter().filter_map(|&amount| Money::from_f64(amount));
            amounts.sum()
        };
        assert_eq!(money(&[12.5, -100.0]), Money::from_hundredths(-8750));
        assert_eq!(money(&[9e16, 9e16, -9e16]), money(&[9e16, -9e16, 9e16]));
        assert_eq!(Money::from_f64(9e16), Some(money(&[9e16, 9e16, -1.0])));
    }
}
