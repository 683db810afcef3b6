//! Evidence in fixed point, so that a sum does not depend on the order of its terms.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Neg, Sub, SubAssign};

/// An amount of evidence: log2 of how much likelier a fact is under one hand than by accident.
///
/// Stored in units of 1/1024 bit; addition is exact and associative. Range about ±9e15 bits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Bits(i64);

impl Bits {
    /// No evidence either way.
    pub const ZERO: Self = Self(0);
    /// Units in one bit.
    pub const UNITS_PER_BIT: i64 = 1024;

    /// Rounds a number of bits to the nearest 1/1024; NaN is no evidence.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a float-to-int cast saturates, which is what an absurd weight deserves"
    )]
    pub fn from_f64(bits: f64) -> Self {
        Self((bits * 1024.0).round() as i64)
    }

    /// From raw units of 1/1024 bit.
    #[inline]
    pub const fn from_units(units: i64) -> Self {
        Self(units)
    }

    /// Raw units of 1/1024 bit.
    #[inline]
    pub const fn units(self) -> i64 {
        self.0
    }

    /// The value in bits; exact for magnitudes below 2^43 bits.
    #[expect(
        clippy::cast_precision_loss,
        reason = "sums stay far below 2^53 units; used for display and for scoring features"
    )]
    pub fn to_f64(self) -> f64 {
        self.0 as f64 / 1024.0
    }
}

impl Add for Bits {
    type Output = Self;
    #[inline]
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl AddAssign for Bits {
    #[inline]
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sub for Bits {
    type Output = Self;
    #[inline]
    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl SubAssign for Bits {
    #[inline]
    fn sub_assign(&mut self, other: Self) {
        *self = *self - other;
    }
}

impl Neg for Bits {
    type Output = Self;
    fn neg(self) -> Self {
        Self(-self.0)
    }
}

impl Sum for Bits {
    fn sum<I: Iterator<Item = Self>>(iter: I) -> Self {
        iter.fold(Self::ZERO, Add::add)
    }
}

impl fmt::Display for Bits {
    /// Two decimals: finer than anyone can argue about.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.2}", self.to_f64())
    }
}

impl fmt::Debug for Bits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self} bits")
    }
}

#[cfg(test)]
mod tests {
    use super::Bits;

    #[test]
    fn rounds_to_the_nearest_unit_and_sums_exactly() {
        assert_eq!(Bits::from_f64(1.0).units(), 1024);
        assert_eq!(Bits::from_f64(-0.5).units(), -512);
        assert_eq!(Bits::from_f64(f64::NAN), Bits::ZERO);
        let parts = [0.1, 0.2, 0.3, 7.7].map(Bits::from_f64);
        let forward: Bits = parts.iter().copied().sum();
        let backward: Bits = parts.iter().rev().copied().sum();
        assert_eq!(forward, backward);
        assert_eq!(Bits::from_f64(2.5).to_string(), "2.50");
    }
}
