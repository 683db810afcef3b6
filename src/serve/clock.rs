//! The service's clock: whoever writes down a time is handed this.

use crate::model::Timestamp;

/// Now, to the second.
#[expect(
    clippy::disallowed_methods,
    reason = "this is where the clock that others are handed is read"
)]
pub fn now() -> Timestamp {
    let since_1970 = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let seconds = since_1970.map_or(0, |time| time.as_secs());
    Timestamp::from_seconds(i64::try_from(seconds).unwrap_or(i64::MAX))
}
