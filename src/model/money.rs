//! Money in hundredths, so that exposure sums are exact whatever their order.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign};

/// An amount in the account currency, in hundredths. Sums saturate at about ±9e16.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Money(i64);

impl Money {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// Rounds to the nearest hundredth; `None` for NaN or an infinite amount.
    #[expect(clippy::cast_possible_truncation, reason = "the cast saturates")]
    pub fn from_f64(amount: f64) -> Option<Self> {
        amount
            .is_finite()
            .then(|| Self((amount * 100.0).round() as i64))
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
        Self(self.0.saturating_add(other.0))
    }
}

impl AddAssign for Money {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sum for Money {
    fn sum<I: Iterator<Item = Self>>(iter: I) -> Self {
        iter.fold(Self::ZERO, Add::add)
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
}
