//! What a client may ask for at most. The body of a request is held to 2 MiB by axum: a batch look-up of long ids
//! fits many times.

use std::time::Duration;

/// Items of a page when nothing is said.
pub(super) const DEFAULT_PAGE: usize = 50;
/// Items of a page at most.
pub(super) const MAX_PAGE: usize = 500;
/// Merchants of one batch look-up.
pub(super) const MAX_BATCH: usize = 10_000;
/// Merchants of one page of changes.
pub(super) const MAX_CHANGES: usize = 10_000;
/// Clusters, and merchants, of one comparison of runs.
pub(super) const MAX_DIFF_ROWS: usize = 1_000;
/// Runs whose figures are kept in memory.
pub(super) const MAX_FIGURES: usize = 1_000;
/// Users of an entity that are listed.
pub(super) const MAX_ENTITY_USERS: usize = 1_000;
/// Bytes of an id or a search text in a URL.
pub(super) const MAX_TEXT_BYTES: usize = 512;
/// Time for a request to be answered.
pub(super) const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);
/// Time for a client to send a request's head, and to stay idle between two requests.
pub(super) const HEAD_TIMEOUT: Duration = Duration::from_secs(20);
/// Time for requests under way once the process was asked to end.
pub(super) const SHUTDOWN_GRACE: Duration = Duration::from_secs(10);
/// Pause after the system refused a connection.
pub(super) const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
/// Open connections: each costs some memory and a file descriptor.
pub(super) const MAX_CONNECTIONS: usize = 1_024;
/// Questions that read files at one time; more wait for their turn.
pub(super) const MAX_READING: usize = 8;
/// After how long a newest run that could not be loaded is tried again, though `latest` has not moved.
pub(super) const RETRY_PERIOD: Duration = Duration::from_mins(1);
/// How often `latest` is looked at.
pub(super) const WATCH_PERIOD: Duration = Duration::from_secs(1);
/// Answers smaller than this are not worth packing.
pub(super) const MIN_PACKED_BYTES: u64 = 1_024;
/// Answers longer than this are packed away from the threads that serve.
pub(super) const PACKED_AT_ONCE_BYTES: usize = 16 << 10;
/// Largest answer that is packed: more than any of ours.
pub(super) const MAX_PACKED_BYTES: usize = 256 << 20;
