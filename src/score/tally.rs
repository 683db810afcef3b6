//! Numbers against those of the whole market: how far is three accounts more than is usual here?

use super::reasons::deviation;

/// More than this counts as this much.
const MOST: usize = 4096;

/// How usual each number is on this market.
#[derive(Debug)]
pub(super) struct Usual {
    /// By number: the normal deviate of the mid-rank among all numbers.
    deviations: Vec<f64>,
    /// The mean.
    pub(super) mean: f64,
    /// The upper median.
    pub(super) median: usize,
}

impl Usual {
    #[expect(
        clippy::cast_precision_loss,
        reason = "merchant counts are far below 2^53"
    )]
    pub(super) fn new(numbers: impl Iterator<Item = u32>) -> Self {
        let (mut having, mut all, mut sum) = (Vec::<u64>::new(), 0_u64, 0_u64);
        for number in numbers {
            let at = (number as usize).min(MOST);
            if at >= having.len() {
                having.resize(at + 1, 0);
            }
            having[at] += 1;
            all += 1;
            sum += u64::from(number);
        }
        let mut up_to = 0;
        let is_middle = |having: &u64| {
            up_to += having;
            up_to > all / 2
        };
        let median = having.iter().position(is_middle).unwrap_or(0);
        let all = all.max(1) as f64;
        let mut below = 0.0;
        let deviations = having.into_iter().map(|having| {
            let rank = (below + having as f64 / 2.0) / all;
            below += having as f64;
            deviation(rank)
        });
        Self {
            deviations: deviations.collect(),
            mean: sum as f64 / all,
            median,
        }
    }

    /// How far a number lies above what is usual, in deviations, -3..=3; zero where there are no numbers.
    pub(super) fn deviation(&self, number: u32) -> f64 {
        let last = self.deviations.len().saturating_sub(1);
        let at = (number as usize).min(last);
        self.deviations.get(at).copied().unwrap_or(0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::Usual;

    #[test]
    fn what_everybody_has_says_nothing() {
        let same = Usual::new([1, 1, 1].into_iter());
        assert!(same.deviation(1).abs() < 1e-9);
        let rare = Usual::new([1; 98].into_iter().chain([2, 2]));
        assert!(rare.deviation(1).abs() < 0.1 && rare.deviation(2) > 2.0);
        let common = Usual::new([1; 50].into_iter().chain([2; 50]));
        assert!(common.deviation(2) < 0.7 && common.deviation(1) > -0.7);
        assert!((Usual::new([1, 2].into_iter()).mean - 1.5).abs() < 1e-12);
        assert_eq!(Usual::new([9, 0, 9, 1].into_iter()).median, 9);
        assert_eq!(Usual::new([9, 0, 1].into_iter()).median, 1);
    }

    #[test]
    fn numbers_beyond_all_others_count_as_the_highest() {
        let usual = Usual::new([0, 3, 9000].into_iter());
        assert!((usual.deviation(u32::MAX) - usual.deviation(9000)).abs() < 1e-12);
        assert!(Usual::new(std::iter::empty()).deviation(7).abs() < 1e-12);
    }
}
