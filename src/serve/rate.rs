//! Rate limits: a bucket of requests for each caller, refilled steadily.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

/// What is limited, each by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    /// Questions of people.
    Read,
    /// Decisions and the like.
    Write,
    /// Attempts to get in that failed, of everybody together: nobody who gets in is slowed by them.
    Failure,
}

impl Kind {
    /// Requests at once, and requests a second after that.
    fn limits(self) -> (f64, f64) {
        match self {
            Self::Read => (1_000.0, 200.0),
            Self::Write => (200.0, 50.0),
            Self::Failure => (50.0, 5.0),
        }
    }
}

/// Buckets kept; full ones are forgotten beyond that, which changes nothing.
const MAX_BUCKETS: usize = 4_096;

/// A bucket for each caller and kind.
#[derive(Debug, Default)]
pub(super) struct Rates {
    buckets: Mutex<HashMap<(Kind, String), Bucket>>,
}

#[derive(Clone, Copy, Debug)]
struct Bucket {
    left: f64,
    at: Instant,
}

impl Bucket {
    fn refilled(self, kind: Kind, now: Instant) -> f64 {
        let (most, a_second) = kind.limits();
        let seconds = now.saturating_duration_since(self.at).as_secs_f64();
        most.min(self.left + seconds * a_second)
    }
}

impl Rates {
    /// Takes one request out of a caller's bucket. `false`: there is none left.
    pub(super) fn allow(&self, kind: Kind, caller: &str, now: Instant) -> bool {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= MAX_BUCKETS {
            buckets.retain(|(kind, _), bucket| bucket.refilled(*kind, now) < kind.limits().0);
        }
        let bucket = buckets.entry((kind, caller.to_owned())).or_insert(Bucket {
            left: kind.limits().0,
            at: now,
        });
        bucket.left = bucket.refilled(kind, now);
        bucket.at = now;
        if bucket.left < 1.0 {
            return false;
        }
        bucket.left -= 1.0;
        true
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::{Kind, Rates};

    #[test]
    fn a_bucket_empties_refills_and_is_one_callers_own() {
        let rates = Rates::default();
        let start = Instant::now();
        let allowed = (0..300)
            .filter(|_| rates.allow(Kind::Write, "ana", start))
            .count();
        assert_eq!(allowed, 200);
        assert!(rates.allow(Kind::Write, "bo", start));
        assert!(rates.allow(Kind::Read, "ana", start));
        let later = start + Duration::from_secs(1);
        let allowed = (0..300)
            .filter(|_| rates.allow(Kind::Write, "ana", later))
            .count();
        assert_eq!(allowed, 50);
    }
}
