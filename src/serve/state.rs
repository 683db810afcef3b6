//! What every request can reach: the current run, the settings, the counters.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use tokio::sync::Semaphore;

use super::api::Figures;
use super::desk::Desk;
use super::error::ApiError;
use super::limits::MAX_READING;
use super::metrics::Metrics;
use super::others::Others;
use super::watch::Failure;
use crate::decisions::DecisionsError;
use crate::explore::{ExploreError, OpenRun};
use crate::run::RunStore;

/// What `serve` is told on the command line.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The RUNS directory.
    pub runs: PathBuf,
    /// Where to listen.
    pub listen: SocketAddr,
    /// The database of decisions and tokens; without one nothing can be decided.
    pub db: Option<PathBuf>,
}

/// The service: cheap to clone, shared by all requests.
#[derive(Clone, Debug)]
pub struct App(Arc<Shared>);

/// What all requests share.
#[derive(Debug)]
pub struct Shared {
    pub(super) settings: Settings,
    pub(super) store: RunStore,
    pub(super) metrics: Metrics,
    /// Turns for questions that read files.
    pub(super) reading: Semaphore,
    /// Why the newest run is not served, while an older one is.
    pub(super) failure: RwLock<Option<Failure>>,
    pub(super) others: Others,
    pub(super) figures: Figures,
    current: RwLock<Arc<OpenRun>>,
    /// Decisions, tokens, sessions.
    pub(super) desk: Desk,
}

/// Why the service can't be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// There is no run, or it can't be read.
    #[error("no run can be served")]
    Run(#[from] ExploreError),
    /// The record of decisions can't be used.
    #[error("decisions can't be kept")]
    Decisions(#[from] DecisionsError),
}

impl std::ops::Deref for App {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}

impl App {
    /// Opens the newest run of RUNS, and the record of decisions.
    ///
    /// # Errors
    /// When there is no run, or one of the two can't be read.
    pub fn open(settings: Settings) -> Result<Self, OpenError> {
        let desk = Desk::open(settings.db.as_deref())?;
        let store = RunStore::open(&settings.runs).map_err(ExploreError::from)?;
        let run = OpenRun::open(store.root())?;
        Ok(Self(Arc::new(Shared {
            settings,
            store,
            metrics: Metrics::default(),
            reading: Semaphore::new(MAX_READING),
            failure: RwLock::new(None),
            others: Others::default(),
            figures: Figures::default(),
            current: RwLock::new(Arc::new(run)),
            desk,
        })))
    }

    /// The run that is served now.
    pub(super) fn current(&self) -> Arc<OpenRun> {
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&current)
    }

    /// Serves another run from now on; requests under way end on theirs.
    pub(super) fn swap(&self, run: Arc<OpenRun>) {
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = run;
    }

    /// Runs a question that reads files, away from the threads that serve, when it is its turn.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        question: impl FnOnce() -> Result<T, ApiError> + Send + 'static,
    ) -> Result<T, ApiError> {
        let turn = self.reading.acquire().await;
        let _turn = turn.expect("the semaphore is never closed");
        tokio::task::spawn_blocking(question)
            .await
            .map_err(|error| ApiError::internal(&error))?
    }
}

/// The run that a request is answered from, pinned when it came in.
#[derive(Clone, Debug)]
pub(super) struct Pinned(pub(super) Arc<OpenRun>);

impl FromRequestParts<App> for Pinned {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let pinned = parts.extensions.get::<Self>().cloned();
        Ok(pinned.unwrap_or_else(|| Self(app.current())))
    }
}
