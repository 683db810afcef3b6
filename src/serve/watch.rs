//! Notices a newly published run and swaps it in.

use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, PoisonError};

use super::limits::WATCH_PERIOD;
use super::state::App;
use crate::explore::OpenRun;

/// Looks at `latest` for ever: every second, and at once when the process is told to (SIGHUP).
pub(super) async fn watch(app: App) {
    use tokio::signal::unix::{SignalKind, signal};
    let mut ticks = tokio::time::interval(WATCH_PERIOD);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut hang_up = signal(SignalKind::hangup()).ok();
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            () = next(&mut hang_up) => {}
        }
        let app = app.clone();
        // A panic inside was logged; the run that is served stays.
        let _ = tokio::task::spawn_blocking(move || app.refresh()).await;
    }
}

async fn next(signal: &mut Option<tokio::signal::unix::Signal>) {
    match signal {
        Some(signal) => {
            signal.recv().await;
        }
        None => std::future::pending().await,
    }
}

impl App {
    /// Serves the newest run if another one is served. Returns whether one was swapped in. A run that
    /// can't be loaded leaves the old one in place and is tried again when `latest` moves.
    pub fn refresh(&self) -> bool {
        let Some(path) = self.store.latest().ok().flatten() else {
            return false;
        };
        if path == self.current().directory() {
            // `latest` may have been put back from a run that could not be loaded.
            self.set_failure(None);
            return false;
        }
        match OpenRun::open(&path).and_then(|run| run.complete().map(|()| run)) {
            Ok(run) => {
                tracing::info!(run.id = run.run_id(), "serving a new run");
                self.swap(Arc::new(run));
                self.metrics.swaps.fetch_add(1, Relaxed);
                self.set_failure(None);
                true
            }
            Err(error) => {
                let known = self.set_failure(Some(error.to_string()));
                if !known {
                    self.metrics.failed_loads.fetch_add(1, Relaxed);
                    tracing::error!(error = %error, "the newest run can't be loaded; serving the one before");
                }
                false
            }
        }
    }

    /// Keeps why the newest run is not served. Returns whether that was known.
    fn set_failure(&self, failure: Option<String>) -> bool {
        let mut slot = self.failure.write().unwrap_or_else(PoisonError::into_inner);
        let known = *slot == failure;
        *slot = failure;
        known
    }
}
