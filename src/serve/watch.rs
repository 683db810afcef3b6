//! Notices a newly published run and swaps it in.

use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, PoisonError};
use std::time::Instant;

use super::limits::{RETRY_PERIOD, WATCH_PERIOD};
use super::state::App;
use crate::explore::OpenRun;

/// Why the newest run is not served.
#[derive(Clone, Debug)]
pub(super) struct Failure {
    /// The run that could not be loaded; none when it is not known which is the newest.
    path: Option<PathBuf>,
    tried: Instant,
    /// In words.
    pub(super) why: String,
}

/// Looks at `latest` for ever: every second, and at once when the process is told to (SIGHUP).
pub(super) async fn watch(app: App) {
    use tokio::signal::unix::{SignalKind, signal};
    let mut ticks = tokio::time::interval(WATCH_PERIOD);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut hang_up = signal(SignalKind::hangup()).ok();
    loop {
        let is_told = tokio::select! {
            _ = ticks.tick() => false,
            () = next(&mut hang_up) => true,
        };
        let app = app.clone();
        let look = move || {
            if is_told {
                app.refresh()
            } else {
                app.refresh_if_moved()
            }
        };
        // A panic inside was logged; the run that is served stays.
        let _ = tokio::task::spawn_blocking(look).await;
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
    /// can't be loaded leaves the old one in place.
    pub fn refresh(&self) -> bool {
        self.newest().is_some_and(|path| self.load(path))
    }

    /// As [`Self::refresh`], but a run that could not be loaded is left alone until `latest` moves or a
    /// minute has passed: to read a large one every second, in vain, takes from those who ask.
    pub fn refresh_if_moved(&self) -> bool {
        let newest = self.newest();
        newest.is_some_and(|path| !self.has_just_failed(&path) && self.load(path))
    }

    /// The newest run, if `latest` names one.
    fn newest(&self) -> Option<PathBuf> {
        let found = self.store.latest();
        let why = match found {
            Ok(Some(path)) => return Some(path),
            Ok(None) => format!("there is no `latest` in {}", self.store.root().display()),
            Err(error) => error.to_string(),
        };
        self.fail(None, why);
        None
    }

    fn has_just_failed(&self, path: &Path) -> bool {
        let slot = self.failure.read().unwrap_or_else(PoisonError::into_inner);
        slot.as_ref().is_some_and(|failure| {
            failure.path.as_deref() == Some(path) && failure.tried.elapsed() < RETRY_PERIOD
        })
    }

    fn load(&self, path: PathBuf) -> bool {
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
                self.fail(Some(path), error.to_string());
                false
            }
        }
    }

    /// Keeps why the newest run is not served; told once as long as it is the same.
    fn fail(&self, path: Option<PathBuf>, why: String) {
        let tried = Instant::now();
        let message = "the newest run can't be loaded; serving the one before";
        let error = why.clone();
        if !self.set_failure(Some(Failure { path, tried, why })) {
            self.metrics.failed_loads.fetch_add(1, Relaxed);
            tracing::error!(%error, "{message}");
        }
    }

    /// Keeps why the newest run is not served. Returns whether that was known.
    fn set_failure(&self, failure: Option<Failure>) -> bool {
        let mut slot = self.failure.write().unwrap_or_else(PoisonError::into_inner);
        let said = |failure: &Option<Failure>| failure.as_ref().map(|failure| failure.why.clone());
        let known = said(&slot) == said(&failure);
        *slot = failure;
        known
    }
}
