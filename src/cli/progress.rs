//! Progress on a terminal; nothing anywhere else.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::cli::screen::shows_progress;

/// Long enough not to flicker, short enough to look alive.
const TICK: Duration = Duration::from_millis(120);

/// What the run is doing right now, on standard error.
pub(super) struct Progress {
    bar: ProgressBar,
}

impl Progress {
    /// A bar for so many bytes of input; hidden when standard error is no terminal.
    pub(super) fn new(input_bytes: u64) -> Self {
        let bar = ProgressBar::new(input_bytes);
        if !shows_progress() {
            bar.set_draw_target(ProgressDrawTarget::hidden());
        }
        Self { bar }
    }

    /// A stage begins. Reading shows how far it is; the others only that they are at work.
    pub(super) fn stage(&self, name: &'static str) {
        let template = if name == "ingest" {
            "{spinner} {msg:10} [{bar:30}] {bytes}/{total_bytes} {eta}"
        } else {
            "{spinner} {msg:10} {elapsed}"
        };
        let style = ProgressStyle::with_template(template);
        self.bar.set_style(style.expect("the templates are valid"));
        self.bar.set_message(name);
        self.bar.enable_steady_tick(TICK);
    }

    /// So many more bytes were read.
    pub(super) fn advance(&self, bytes: u64) {
        self.bar.inc(bytes);
    }

    /// Nothing is left to wait for.
    pub(super) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}
