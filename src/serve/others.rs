//! Runs beside the one that is served: opened for comparisons, and a few kept.

use std::sync::{Arc, Mutex, PoisonError};

use super::error::ApiError;
use super::state::App;
use crate::explore::{Diff, Moves, OpenRun};

/// What was opened and compared lately. Locks are held while it is read or computed, so that many who
/// ask the same at once cost as much as one.
#[derive(Debug, Default)]
pub(super) struct Others {
    /// The run that was compared with last: of a large market each takes a hundred megabytes.
    opened: Mutex<Option<Arc<OpenRun>>>,
    moves: Mutex<Option<(Pair, Arc<Moves>)>>,
    diff: Mutex<Option<(Pair, Arc<Diff>)>>,
}

/// Two runs, by their ids.
type Pair = (String, String);

impl App {
    /// A published run by its id.
    ///
    /// # Errors
    /// 404 when it is not among the runs any more.
    pub(super) fn run_by_id(
        &self,
        run_id: &str,
        pinned: &Arc<OpenRun>,
    ) -> Result<Arc<OpenRun>, ApiError> {
        if pinned.run_id() == run_id {
            return Ok(Arc::clone(pinned));
        }
        // Before what is remembered: a run that was removed is gone for everybody at once.
        let missing = || ApiError::not_found("no such run among those kept in the RUNS directory");
        let path = self.store.find(run_id).ok_or_else(missing)?;
        let mut opened = lock(&self.others.opened);
        if let Some(run) = opened.as_ref().filter(|run| run.run_id() == run_id) {
            return Ok(Arc::clone(run));
        }
        let run = Arc::new(OpenRun::open(&path)?);
        *opened = Some(Arc::clone(&run));
        Ok(run)
    }

    /// The merchants that moved between two runs.
    pub(super) fn moves(&self, before: &OpenRun, after: &OpenRun) -> Arc<Moves> {
        remembered(&self.others.moves, before, after, Moves::between)
    }

    /// What changed between two runs.
    pub(super) fn diff(&self, before: &OpenRun, after: &OpenRun) -> Arc<Diff> {
        remembered(&self.others.diff, before, after, |before, after| {
            after.diff_from(before)
        })
    }
}

fn remembered<T>(
    slot: &Mutex<Option<(Pair, Arc<T>)>>,
    before: &OpenRun,
    after: &OpenRun,
    compute: impl FnOnce(&OpenRun, &OpenRun) -> T,
) -> Arc<T> {
    let pair = (before.run_id().to_owned(), after.run_id().to_owned());
    let mut slot = lock(slot);
    if let Some((known, value)) = slot.as_ref()
        && *known == pair
    {
        return Arc::clone(value);
    }
    let value = Arc::new(compute(before, after));
    *slot = Some((pair, Arc::clone(&value)));
    value
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
