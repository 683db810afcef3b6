//! Between stages: the time each took, and whether a signal asked to stop.

use std::sync::atomic::Ordering;

use super::{PipelineError, World};
use crate::run::StageSeconds;

/// Tells the world what stage it is, and keeps what each took.
pub(super) struct Watch<'a> {
    world: &'a World<'a>,
    /// Finished stages in order.
    pub(super) stages: Vec<StageSeconds>,
}

impl<'a> Watch<'a> {
    pub(super) fn new(world: &'a World<'a>) -> Self {
        Self {
            world,
            stages: Vec::new(),
        }
    }

    /// Most memory the process ever held.
    pub(super) fn peak_memory_bytes(&self) -> Option<u64> {
        (self.world.peak_memory_bytes)()
    }

    /// A stage that can't fail.
    pub(super) fn stage<T>(
        &mut self,
        name: &'static str,
        work: impl FnOnce() -> T,
    ) -> Result<T, PipelineError> {
        self.try_stage(name, || Ok::<T, PipelineError>(work()))
    }

    /// A stage that can.
    pub(super) fn try_stage<T, E: Into<PipelineError>>(
        &mut self,
        name: &'static str,
        work: impl FnOnce() -> Result<T, E>,
    ) -> Result<T, PipelineError> {
        self.check()?;
        (self.world.stage)(name);
        let began = (self.world.seconds)();
        let result = tracing::info_span!("stage", stage.name = name).in_scope(work);
        let seconds = (self.world.seconds)() - began;
        tracing::info!(
            stage.name = name,
            duration_ms = (seconds * 1000.0).round(),
            "{name} done"
        );
        self.stages.push(StageSeconds {
            stage: name.to_owned(),
            seconds,
        });
        self.check()?;
        result.map_err(Into::into)
    }

    /// Stops here when a signal asked for it.
    pub(super) fn check(&self) -> Result<(), PipelineError> {
        if self.world.interrupted.load(Ordering::Relaxed) {
            return Err(PipelineError::Interrupted);
        }
        Ok(())
    }
}
