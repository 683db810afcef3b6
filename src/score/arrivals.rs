//! When merchants came: how many of them in a span of time.

use rayon::prelude::*;

use crate::model::{Timestamp, narrow_u32};

/// Registrations, to be counted by span without a search through all of them.
#[derive(Debug)]
pub(super) struct Arrivals {
    /// Ascending, in seconds.
    times: Vec<i64>,
    /// The day of the first, counted from 1970-01-01.
    first_day: i64,
    /// For each day from then on, how many came before it; one entry more than days.
    before_day: Vec<u32>,
}

impl Arrivals {
    /// Of all times that are known, in any order.
    pub(super) fn new(times: impl Iterator<Item = Timestamp>) -> Self {
        let mut times: Vec<i64> = times.map(Timestamp::seconds).collect();
        times.par_sort_unstable();
        let day = |seconds: i64| Timestamp::from_seconds(seconds).day();
        let first_day = times.first().copied().map_or(0, day);
        let mut before_day = vec![0];
        for (at, &time) in times.iter().enumerate() {
            let days = usize::try_from(day(time) - first_day).expect("times ascend");
            before_day.resize(days.max(before_day.len() - 1) + 1, narrow_u32(at));
        }
        before_day.push(narrow_u32(times.len()));
        Self {
            times,
            first_day,
            before_day,
        }
    }

    /// The share of them in a span of time, ends included; 0..=1.
    #[expect(
        clippy::cast_precision_loss,
        reason = "merchant counts are far below 2^53"
    )]
    pub(super) fn share(&self, from: Timestamp, to: Timestamp) -> f64 {
        let came = self.before(to.seconds() + 1) - self.before(from.seconds());
        came as f64 / self.times.len().max(1) as f64
    }

    /// How many came before a second.
    fn before(&self, second: i64) -> usize {
        let days = Timestamp::from_seconds(second).day() - self.first_day;
        let Ok(day) = usize::try_from(days) else {
            return 0;
        };
        let Some(&[start, end]) = self
            .before_day
            .get(day..day + 2)
            .and_then(|ends| ends.as_array())
        else {
            return self.times.len();
        };
        let that_day = &self.times[start as usize..end as usize];
        // Where only days are known, a search would find nothing that its ends don't tell.
        match that_day {
            [first, ..] if second <= *first => return start as usize,
            [.., last] if second > *last => return end as usize,
            _ => {}
        }
        start as usize + that_day.partition_point(|&time| time < second)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Arrivals;
    use crate::model::{Timestamp, narrow_u32};

    proptest! {
        #[test]
        fn spans_hold_whom_a_count_finds_in_them(
            times in prop::collection::vec(-900_000_i64..900_000, 0..40),
            from in -1_000_000_i64..1_000_000,
            length in 0_i64..500_000,
        ) {
            let time = Timestamp::from_seconds;
            let arrivals = Arrivals::new(times.iter().copied().map(time));
            let inside = times.iter().filter(|t| (from..=from + length).contains(*t)).count();
            let share = arrivals.share(time(from), time(from + length));
            let expected = f64::from(narrow_u32(inside)) / f64::from(narrow_u32(times.len().max(1)));
            prop_assert!((share - expected).abs() < 1e-12);
        }
    }
}
