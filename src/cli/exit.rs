//! How the process ends: the one place where errors become words on standard error and exit codes.

mod hint;

use std::io::{self, Write};
use std::process::ExitCode;

use crate::cli::LogFormat;
use crate::cli::screen::{Screen, Tone, visible};
use crate::decisions::DecisionsError;
use crate::evaluate::EvaluateError;
use crate::explore::ExploreError;
use crate::fit::FitError;
use crate::ingest::IngestError;
use crate::pipeline::PipelineError;
use crate::run::RunError;
use crate::serve::ServeError;
use crate::simulate::SimulateError;
use crate::strategy::StrategyError;
use hint::hint_of;

/// An exit code of the contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Done.
    Done = 0,
    /// Our fault.
    Internal = 1,
    /// Bad input, strategy or usage.
    BadInput = 2,
    /// A guardrail tripped.
    Guardrail = 3,
    /// Stopped by a signal.
    Interrupted = 130,
}

/// Something that the user has to put right.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct BadUsage {
    message: String,
    hint: String,
}

impl BadUsage {
    /// What is wrong, and what to do next.
    pub fn new(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            hint: hint.into(),
        }
    }
}

/// The run was kept but not published.
#[derive(Debug, thiserror::Error)]
#[error("a guardrail tripped: {sentence}")]
pub struct GuardrailTripped {
    /// What was found and what is allowed.
    pub sentence: String,
    /// Where the run that was kept lies.
    pub run: std::path::PathBuf,
}

/// Reports how a command went; an error is told once, with what to do next, as a log line where those
/// are read by a machine.
pub fn report(result: anyhow::Result<()>, screen: &Screen, log_format: LogFormat) -> ExitCode {
    let Err(error) = result else {
        return ExitCode::from(Exit::Done as u8);
    };
    let exit = exit_of(&error);
    if exit != Exit::Done {
        match log_format {
            LogFormat::Text => tell(&error, screen),
            LogFormat::Json => log(&error, exit),
        }
    }
    ExitCode::from(exit as u8)
}

/// The end after clap could not make a command of the arguments: asking for help is no error.
pub fn usage(error: &clap::Error, log_format: LogFormat) -> ExitCode {
    if !error.use_stderr() {
        // Nobody is left to be told that telling failed.
        let _ = error.print();
        return ExitCode::from(Exit::Done as u8);
    }
    match log_format {
        LogFormat::Text => {
            let _ = error.print();
        }
        LogFormat::Json => {
            let text = error.to_string();
            let text = text.strip_prefix("error: ").unwrap_or(&text);
            let (message, hint) = text.split_once("\n\n").unwrap_or((text, ""));
            log_line(&on_one_line(message), &on_one_line(hint), Exit::BadInput);
        }
    }
    ExitCode::from(Exit::BadInput as u8)
}

/// Tells of a broken invariant: where, and what did not hold as far as that is written in the code.
/// A message that was put together at the time may hold values of the input and is left out.
pub fn tell_panic(panic: &std::panic::PanicHookInfo<'_>) {
    let place = panic.location().map_or_else(String::new, |place| {
        format!(" at {}:{}", place.file(), place.line())
    });
    let invariant = panic.payload().downcast_ref::<&str>();
    let what = invariant.map_or_else(String::new, |what| format!(": {what}"));
    let text = format!(
        "error: ringfence broke a rule of its own{place}{what}\n\
         hint: that is our fault, not yours; please report this line and the version\n"
    );
    // Nobody is left to be told that telling failed.
    let _ = io::stderr().lock().write_all(text.as_bytes());
}

fn tell(error: &anyhow::Error, screen: &Screen) {
    let word = screen.paint_error(Tone::Bad, "error:");
    let mut lines = format!("{word} {}\n", visible_lines(&format!("{error:#}")));
    if let Some(hint) = hint_of(error) {
        let word = screen.paint_error(Tone::Strong, "hint:");
        lines = format!("{lines}{word} {}\n", visible_lines(&hint));
    }
    // Nobody is left to be told that telling failed.
    let _ = io::stderr().lock().write_all(lines.as_bytes());
}

/// Our own line ends stay, everything else unsafe is escaped.
fn visible_lines(text: &str) -> String {
    let lines: Vec<_> = text.split('\n').map(visible).collect();
    lines.join("\n")
}

fn log(error: &anyhow::Error, exit: Exit) {
    let (message, hint) = (format!("{error:#}"), hint_of(error).unwrap_or_default());
    log_line(&message, &hint, exit);
}

/// Without the breaks that lay a text out for a terminal.
fn on_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn log_line(message: &str, hint: &str, exit: Exit) {
    let (message, hint) = (visible(message), visible(hint));
    tracing::error!(exit.code = exit as u8, hint = %hint, "{message}");
}

/// The exit code that the innermost known cause asks for.
fn exit_of(error: &anyhow::Error) -> Exit {
    for cause in error.chain() {
        if let Some(cause) = io_cause(cause) {
            // Whoever read our output has seen enough.
            if cause.kind() == io::ErrorKind::BrokenPipe {
                return Exit::Done;
            }
            if is_refused(cause) || cause.kind() == io::ErrorKind::NotFound {
                return Exit::BadInput;
            }
        }
        if cause.is::<BadUsage>() {
            return Exit::BadInput;
        }
        if cause.is::<StrategyError>() || cause.is::<IngestError>() || cause.is::<EvaluateError>() {
            return Exit::BadInput;
        }
        if let Some(cause) = cause.downcast_ref::<FitError>() {
            return match cause {
                FitError::Run(cause) => exit_of_run(cause),
                _ => Exit::BadInput,
            };
        }
        if let Some(cause) = cause.downcast_ref::<SimulateError>() {
            return exit_of_simulate(cause);
        }
        if let Some(cause) = cause.downcast_ref::<PipelineError>() {
            return exit_of_pipeline(cause);
        }
        if let Some(cause) = cause.downcast_ref::<DecisionsError>() {
            return exit_of_decisions(cause);
        }
        if cause.is::<GuardrailTripped>() {
            return Exit::Guardrail;
        }
        if let Some(cause) = cause.downcast_ref::<RunError>() {
            return exit_of_run(cause);
        }
        if let Some(ServeError::Listen { .. }) = cause.downcast_ref::<ServeError>() {
            return Exit::BadInput;
        }
        if let Some(cause) = cause.downcast_ref::<ExploreError>() {
            return match cause {
                ExploreError::Run(cause) => exit_of_run(cause),
                _ => Exit::BadInput,
            };
        }
    }
    Exit::Internal
}

fn exit_of_pipeline(error: &PipelineError) -> Exit {
    match error {
        PipelineError::Run(cause) => exit_of_run(cause),
        PipelineError::Decisions(cause) => exit_of_decisions(cause),
        PipelineError::Interrupted => Exit::Interrupted,
        PipelineError::Ingest(_)
        | PipelineError::Memory(_)
        | PipelineError::PreviousGone { .. } => Exit::BadInput,
    }
}

fn exit_of_decisions(error: &DecisionsError) -> Exit {
    if error.is_bad_request() || error.is_busy() || is_unusable(error) {
        Exit::BadInput
    } else {
        Exit::Internal
    }
}

/// Whether the path named for the record of decisions can hold none.
fn is_unusable(error: &DecisionsError) -> bool {
    use rusqlite::ErrorCode::{CannotOpen, PermissionDenied, ReadOnly};
    match error {
        DecisionsError::Io { source, .. } => {
            is_refused(source) || source.kind() == io::ErrorKind::NotFound
        }
        DecisionsError::Sqlite(source) => source
            .sqlite_error_code()
            .is_some_and(|code| [CannotOpen, PermissionDenied, ReadOnly].contains(&code)),
        _ => false,
    }
}

fn exit_of_simulate(error: &SimulateError) -> Exit {
    match error {
        SimulateError::Setting { .. } | SimulateError::Leftover { .. } => Exit::BadInput,
        SimulateError::Write { source, .. } => match source.kind() {
            csv::ErrorKind::Io(source) if is_refused(source) => Exit::BadInput,
            _ => Exit::Internal,
        },
    }
}

fn exit_of_run(error: &RunError) -> Exit {
    match error {
        RunError::Parquet { .. } => Exit::Internal,
        RunError::Io { .. } if is_refusal(error) => Exit::BadInput,
        RunError::Io { action, .. } if !matches!(*action, "read" | "open" | "list") => {
            Exit::Internal
        }
        _ => Exit::BadInput,
    }
}

/// Whether a file was to be written where nothing can be.
fn is_refusal(error: &RunError) -> bool {
    match error {
        RunError::Io { action, source, .. } => {
            let is_homeless = *action == "create" && source.kind() == io::ErrorKind::NotFound;
            is_homeless || (!matches!(*action, "read" | "list") && is_refused(source))
        }
        _ => false,
    }
}

/// What the system said, as it is or inside an error of the CSV library, which does not name it as its
/// source.
fn io_cause<'a>(cause: &'a (dyn std::error::Error + 'static)) -> Option<&'a io::Error> {
    match cause.downcast_ref::<csv::Error>().map(csv::Error::kind) {
        Some(csv::ErrorKind::Io(source)) => Some(source),
        _ => cause.downcast_ref(),
    }
}

/// Whether there was no room left to write.
fn is_full(cause: &(dyn std::error::Error + 'static)) -> bool {
    use io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
    let database = cause.downcast_ref::<rusqlite::Error>();
    let is_database_full = database.and_then(rusqlite::Error::sqlite_error_code)
        == Some(rusqlite::ErrorCode::DiskFull);
    let io = io_cause(cause).map(io::Error::kind);
    is_database_full
        || io.is_some_and(|kind| [FileTooLarge, QuotaExceeded, StorageFull].contains(&kind))
}

/// Whether the path was at fault, as opposed to a disk that failed.
fn is_refused(error: &io::Error) -> bool {
    use io::ErrorKind::{
        AlreadyExists, IsADirectory, NotADirectory, PermissionDenied, ReadOnlyFilesystem,
    };
    let kinds = [
        AlreadyExists,
        IsADirectory,
        NotADirectory,
        PermissionDenied,
        ReadOnlyFilesystem,
    ];
    kinds.contains(&error.kind())
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::{
        BadUsage, DecisionsError, Exit, GuardrailTripped, PipelineError, RunError, exit_of, hint_of,
    };
    use anyhow::Context;

    #[test]
    fn every_cause_has_its_code_however_deep() {
        let check = |error: anyhow::Error, expected: Exit| {
            assert_eq!(exit_of(&error), expected, "{error}");
            let deeper: anyhow::Error = Err::<(), _>(error).context("while at it").unwrap_err();
            assert_eq!(exit_of(&deeper), expected);
        };
        check(
            io::Error::from(io::ErrorKind::BrokenPipe).into(),
            Exit::Done,
        );
        check(
            csv::Error::from(io::Error::from(io::ErrorKind::BrokenPipe)).into(),
            Exit::Done,
        );
        check(io::Error::other("disk").into(), Exit::Internal);
        check(BadUsage::new("a", "b").into(), Exit::BadInput);
        check(PipelineError::Interrupted.into(), Exit::Interrupted);
        check(sqlite(rusqlite::ffi::SQLITE_READONLY), Exit::BadInput);
        check(sqlite(rusqlite::ffi::SQLITE_CANTOPEN), Exit::BadInput);
        check(sqlite(rusqlite::ffi::SQLITE_CORRUPT), Exit::Internal);
        for code in [rusqlite::ffi::SQLITE_BUSY, rusqlite::ffi::SQLITE_LOCKED] {
            let hint = hint_of(&sqlite(code)).unwrap_or_default();
            assert!(hint.contains("other process"), "{hint}");
            check(sqlite(code), Exit::BadInput);
        }
        let sentence = String::new();
        let run = "held-run".into();
        let held: anyhow::Error = GuardrailTripped { sentence, run }.into();
        assert!(hint_of(&held).is_some_and(|hint| hint.contains("held-run/report.html")));
        check(held, Exit::Guardrail);
        assert_eq!(hint_of(&BadUsage::new("a", "b").into()), Some("b".into()));
    }

    #[test]
    fn a_full_disk_is_nobodys_usage_and_says_what_to_do() {
        let full = || io::Error::from(io::ErrorKind::StorageFull);
        let run = RunError::Io {
            action: "write",
            path: "runs/.tmp-a/links.csv".into(),
            source: full(),
        };
        let parquet = RunError::Parquet {
            path: "runs/.tmp-a/feed.parquet".into(),
            source: full().into(),
        };
        for error in [
            anyhow::Error::from(full()),
            PipelineError::from(run).into(),
            PipelineError::from(parquet).into(),
            csv::Error::from(full()).into(),
            sqlite(rusqlite::ffi::SQLITE_FULL),
            io::Error::from(io::ErrorKind::QuotaExceeded).into(),
        ] {
            assert_eq!(exit_of(&error), Exit::Internal, "{error:?}");
            let hint = hint_of(&error).unwrap_or_default();
            assert!(hint.contains("make room"), "{error:?}: {hint}");
        }
    }

    fn sqlite(code: i32) -> anyhow::Error {
        let refused = rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(code), None);
        DecisionsError::from(refused).into()
    }
}
