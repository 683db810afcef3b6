//! Log lines on standard error.

use std::io;

use tracing::Level;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, fmt};

use crate::cli::{GlobalArgs, LogFormat};

/// Sends log lines to standard error for the rest of the process. Other crates' lines come out only
/// when everything is asked for.
pub(super) fn install(global: &GlobalArgs, default: Level, color: bool) {
    install_at(level(global, default), global.log_format, color);
}

/// The same, as far as it goes before the command line is understood.
pub(super) fn install_at(level: LevelFilter, format: LogFormat, color: bool) {
    let others = if level == LevelFilter::TRACE {
        LevelFilter::DEBUG
    } else {
        LevelFilter::ERROR
    };
    let filter = Targets::new()
        .with_default(others)
        .with_target("ringfence", level);
    let layer = fmt::layer().with_writer(io::stderr);
    let layer = match format {
        LogFormat::Json => layer.json().flatten_event(true).boxed(),
        LogFormat::Text => layer.compact().with_ansi(color).with_target(false).boxed(),
    };
    // A second command line in one process, as in tests, keeps the first one's log.
    let _ = tracing_subscriber::registry()
        .with(layer.with_filter(filter))
        .try_init();
}

fn level(global: &GlobalArgs, default: Level) -> LevelFilter {
    let steps = [Level::WARN, Level::INFO, Level::DEBUG, Level::TRACE];
    if global.quiet {
        return LevelFilter::ERROR;
    }
    let start = steps
        .iter()
        .position(|level| *level == default)
        .unwrap_or(0);
    let at = (start + usize::from(global.verbose)).min(steps.len() - 1);
    LevelFilter::from_level(steps[at])
}
