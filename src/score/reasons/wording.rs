//! How figures are worded so that they say no more than they do.

use std::fmt::{Display, Formatter, Result};

use super::rank;

/// A share of 0..=1 in whole percent; nothing that is not all is `100 %`, and nothing that is something `0 %`.
pub(super) struct Percent(pub(super) f64);

impl Display for Percent {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let percent = (self.0 * 100.0).round();
        if percent >= 100.0 && self.0 < 1.0 {
            return f.write_str("over 99 %");
        }
        if percent < 1.0 && self.0 > 0.0 {
            return f.write_str("under 1 %");
        }
        write!(f, "{percent:.0} %")
    }
}

/// A mean of deviations told as the rank it stands for, beside the rank at which a reason has no points.
pub(super) struct Rank {
    /// What was found, in deviations.
    pub(super) mean: f64,
    /// What says nothing, in deviations.
    pub(super) silent: f64,
}

impl Rank {
    /// Against the middle of the market.
    pub(super) fn of(mean: f64) -> Self {
        Self { mean, silent: 0.0 }
    }
}

impl Display for Rank {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let (found, silent) = (100.0 * rank(self.mean), 100.0 * rank(self.silent));
        // Decimals where they are needed to tell the two apart.
        if (found.round() - silent.round()).abs() >= 1.0 {
            return write!(f, "{found:.0} %, where {silent:.0} % says nothing");
        }
        write!(f, "{found:.1} %, where {silent:.1} % says nothing")
    }
}

/// A time in a unit in which it is more than a trifle, rounded down: it has lasted that long.
pub(super) struct Duration {
    /// Not negative.
    pub(super) days: f64,
}

impl Display for Duration {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let days = self.days.floor();
        let months = (self.days / (DAYS_OF_A_YEAR / 12.0)).floor();
        if self.days >= DAYS_OF_A_YEAR {
            let years = (self.days / DAYS_OF_A_YEAR * 10.0).floor() / 10.0;
            return write!(f, "{years:.1} years");
        }
        if months >= 2.0 {
            return write!(f, "{months:.0} months");
        }
        write!(
            f,
            "{days:.0} {}",
            if days < 1.5 && days > 0.5 {
                "day"
            } else {
                "days"
            }
        )
    }
}

const DAYS_OF_A_YEAR: f64 = 365.25;

/// Values that were left out because they serve mostly others; nothing where there is none.
pub(super) struct NotCounted(pub(super) usize);

impl Display for NotCounted {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self.0 {
            0 => Ok(()),
            1 => f.write_str("; one more serves mostly others and does not count"),
            more => write!(f, "; {more} more serve mostly others and do not count"),
        }
    }
}

/// The verb that goes with a count.
pub(super) fn verb(count: usize, one: &'static str, many: &'static str) -> &'static str {
    if count == 1 { one } else { many }
}

#[cfg(test)]
mod tests {
    use super::{Duration, NotCounted, Percent, Rank};

    #[test]
    fn only_all_is_a_hundred_percent() {
        let check = |share, expected: &str| assert_eq!(Percent(share).to_string(), expected);
        check(1.0, "100 %");
        check(0.9999, "over 99 %");
        check(0.994, "99 %");
        check(0.0001, "under 1 %");
        check(0.0, "0 %");
    }

    #[test]
    fn a_rank_stands_on_the_side_of_its_points() {
        let check = |mean, silent, expected: &str| {
            assert_eq!(Rank { mean, silent }.to_string(), expected);
        };
        check(0.05, 0.18, "52 %, where 58 % says nothing");
        check(-0.3, 0.0, "38 %, where 50 % says nothing");
        check(0.005, 0.0, "50.2 %, where 50.0 % says nothing");
        check(0.175, 0.177, "57.4 %, where 57.5 % says nothing");
    }

    #[test]
    fn no_time_is_told_longer_than_it_is() {
        let check = |days, expected: &str| assert_eq!(Duration { days }.to_string(), expected);
        check(0.4, "0 days");
        check(1.9, "1 day");
        check(16.0, "16 days");
        check(364.0, "11 months");
        check(365.25, "1.0 years");
        check(1090.0, "2.9 years");
    }

    #[test]
    fn services_left_out_are_told() {
        assert_eq!(NotCounted(0).to_string(), "");
        assert_eq!(
            NotCounted(1).to_string(),
            "; one more serves mostly others and does not count"
        );
    }
}
