//! Random numbers that stay the same for ever: `SplitMix64` keyed by what is drawn, not by when.
//!
//! No library function whose last bit depends on the platform is used, so that a market has the same
//! bytes everywhere.

use crate::model::{GAMMA, mix as finalize};

/// A stream of draws.
#[derive(Clone, Debug)]
pub(super) struct Random {
    state: u64,
}

/// One well-mixed number from several.
pub(super) fn hash(parts: &[u64]) -> u64 {
    parts
        .iter()
        .fold(GAMMA, |state, part| mix(state.rotate_left(23) ^ mix(*part)))
}

/// The first number of the stream with this seed: a bijection.
fn mix(value: u64) -> u64 {
    finalize(value.wrapping_add(GAMMA))
}

/// A bijection on 40 bits: positions become ids that tell nothing and never collide.
pub(super) fn scatter(seed: u64, position: u64) -> u64 {
    const MASK: u64 = (1 << 40) - 1;
    let mut x = position & MASK;
    for round in 0..3 {
        let key = hash(&[seed, round]);
        x = x.wrapping_mul(key | 1) & MASK;
        x ^= x >> 19;
        x = x.wrapping_add(key >> 20) & MASK;
    }
    x
}

/// `value` modulo `n`, as a position.
pub(super) fn slot(value: u64, n: usize) -> usize {
    let n = u64::try_from(n).expect("a length fits 64 bits");
    usize::try_from(value % n).expect("less than a length")
}

impl Random {
    /// The stream that belongs to these parts.
    pub(super) fn new(parts: &[u64]) -> Self {
        Self { state: hash(parts) }
    }

    /// The next 64 bits.
    pub(super) fn bits(&mut self) -> u64 {
        self.state = self.state.wrapping_add(GAMMA);
        mix(self.state)
    }

    fn word(&mut self) -> u32 {
        u32::try_from(self.bits() >> 32).expect("32 bits are left")
    }

    /// A number below `n`; 0 for `n` = 0.
    pub(super) fn below(&mut self, n: u32) -> u32 {
        u32::try_from((u64::from(self.word()) * u64::from(n)) >> 32).expect("less than n")
    }

    /// A number in `low..=high`.
    pub(super) fn between(&mut self, low: u32, high: u32) -> u32 {
        low + self.below(high.saturating_sub(low) + 1)
    }

    /// A day in `low..=high`.
    pub(super) fn day_between(&mut self, low: i32, high: i32) -> i32 {
        let span = u32::try_from(high.saturating_sub(low)).unwrap_or(0);
        low + i32::try_from(self.below(span + 1)).expect("within the span")
    }

    /// A number in 0..1.
    pub(super) fn unit(&mut self) -> f64 {
        f64::from(self.word()) / 4_294_967_296.0
    }

    /// True with this probability.
    pub(super) fn chance(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    /// One of several.
    pub(super) fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[slot(self.bits() >> 11, items.len())]
    }

    /// A number below `n`, small ones likelier: the popularity of places and services.
    pub(super) fn skewed_below(&mut self, n: u32) -> u32 {
        let u = self.unit();
        floor(u * u * f64::from(n)).min(n.saturating_sub(1))
    }

    /// About normal with mean 0 and deviation 1 (sum of twelve uniforms: plain arithmetic only).
    pub(super) fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.unit()).sum::<f64>() - 6.0
    }
}

/// The whole part of a number that is not negative; 0 below.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the cast saturates, which is what is wanted"
)]
pub(super) fn floor(value: f64) -> u32 {
    value as u32
}

/// e to the `x` by halving and a series, in plain arithmetic, good to ten digits for |x| < 30.
pub(super) fn exp(x: f64) -> f64 {
    let reduced = x / 1024.0;
    let mut term = 1.0;
    let mut sum = 1.0;
    for n in 1..10 {
        term *= reduced / f64::from(n);
        sum += term;
    }
    (0..10).fold(sum, |value, _| value * value)
}

#[cfg(test)]
mod tests {
    use super::{Random, exp, scatter};

    #[test]
    fn first_draws_never_change() {
        let mut random = Random::new(&[1, 2, 3]);
        let drawn: Vec<u32> = (0..4).map(|_| random.below(1000)).collect();
        let mut again = Random::new(&[1, 2, 3]);
        assert_eq!(drawn, (0..4).map(|_| again.below(1000)).collect::<Vec<_>>());
        assert_ne!(
            Random::new(&[1, 3, 2]).bits(),
            Random::new(&[1, 2, 3]).bits()
        );
    }

    #[test]
    fn ids_never_collide() {
        let ids: std::collections::BTreeSet<u64> = (0..20_000).map(|i| scatter(7, i)).collect();
        assert_eq!(ids.len(), 20_000);
    }

    #[test]
    fn exponential_agrees_with_the_library() {
        for x in [-9.0_f64, -0.5, 0.0, 1.0, 12.5] {
            assert!((exp(x) / x.exp() - 1.0).abs() < 1e-9, "{x}");
        }
    }

    #[test]
    fn normal_has_mean_zero_and_deviation_one() {
        let mut random = Random::new(&[5]);
        let draws: Vec<f64> = (0..20_000).map(|_| random.normal()).collect();
        let mean = draws.iter().sum::<f64>() / 20_000.0;
        let variance = draws.iter().map(|x| x * x).sum::<f64>() / 20_000.0;
        assert!(
            mean.abs() < 0.03 && (variance - 1.0).abs() < 0.05,
            "{mean} {variance}"
        );
    }
}
