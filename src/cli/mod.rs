//! The terminal: what is asked on the command line, and how answers are shown.
//!
//! Results go to standard output, progress, logs and errors to standard error. Each command is a
//! module with its arguments and a function `execute`, which returns `anyhow::Result<()>`; a new one
//! takes a variant of `Command` and a line in `execute`. Exit codes are mapped in [`exit`] alone.

pub mod exit;
mod log;
mod output;
mod page;
mod screen;

mod decisions;
mod diff;
pub mod evaluate;
mod export;
pub mod fit;
mod grid;
mod init;
mod merchant;
mod neighbors;
mod new_file;
pub mod normalize;
mod path;
mod progress;
mod run;
mod serve;
mod shell;
mod show;
mod show_csv;
pub mod simulate;
mod token;
mod top;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{ArgAction, Args, CommandFactory, Parser, Subcommand, ValueEnum};

use tracing::level_filters::LevelFilter;

use crate::cli::exit::BadUsage;
use crate::cli::screen::{ColorChoice, Screen};

/// Finds rings of merchants run by one hand, with evidence that can be defended.
#[derive(Debug, Parser)]
#[command(
    name = "ringfence",
    version,
    propagate_version = true,
    disable_help_subcommand = true,
    after_help = "Exit codes: 0 done, 1 internal error, 2 bad input or usage, 3 guardrail tripped, 130 interrupted."
)]
struct CommandLine {
    #[command(flatten)]
    global: GlobalArgs,
    #[command(subcommand)]
    command: Command,
}

/// Options of every command.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Global options")]
pub struct GlobalArgs {
    /// How log lines are written to standard error
    #[arg(long, global = true, value_enum, default_value_t = LogFormat::Text)]
    pub log_format: LogFormat,
    /// Log more; twice for debugging, three times for everything
    #[arg(short, long, global = true, action = ArgAction::Count, conflicts_with = "quiet")]
    pub verbose: u8,
    /// Log errors only
    #[arg(short, long, global = true)]
    pub quiet: bool,
    /// When to use colours; `auto`: on a terminal, unless `NO_COLOR` is set in the environment
    #[arg(long, global = true, value_enum, default_value_t = ColorChoice::Auto, value_name = "WHEN")]
    pub color: ColorChoice,
    /// Threads to use; all cores by default
    #[arg(long, global = true, value_name = "N")]
    pub threads: Option<std::num::NonZeroUsize>,
    /// Lay tables out for a screen so many columns wide
    #[arg(long, global = true, hide = true, value_name = "COLUMNS")]
    pub width: Option<usize>,
}

/// How log lines are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// What can be asked for.
#[derive(Debug, Subcommand)]
enum Command {
    /// Run the batch job: from tables to a published run of ranked clusters
    Run(run::RunArgs),
    /// List the clusters of a run, best first
    Top(top::TopArgs),
    /// Tell the case of a cluster in one screen
    Show(show::ShowArgs),
    /// Tell what a run knows about a merchant
    Merchant(merchant::MerchantArgs),
    /// Tell how two merchants hang together
    Path(path::PathArgs),
    /// List the merchants closest to one
    Neighbors(neighbors::NeighborsArgs),
    /// Tell what changed between two runs
    Diff(diff::DiffArgs),
    /// Write the graph of a cluster for another tool
    Export(export::ExportArgs),
    /// Serve the investigators' page and the scoring service's API
    Serve(serve::ServeArgs),
    /// Write a synthetic marketplace with planted rings, and its truth
    Simulate(simulate::Args),
    /// Measure a run against a truth
    Evaluate(evaluate::Args),
    /// Fit the weights of the reasons to verdicts
    Fit(fit::Args),
    /// Show what values become before they are compared, or how well that agrees with a truth
    Normalize(normalize::NormalizeArgs),
    /// Write out what people have decided
    Decisions(decisions::DecisionsArgs),
    /// Make, list and revoke the tokens that let people in
    Token(token::TokenArgs),
    /// Write the commented default strategy
    Init(init::InitArgs),
    /// Print a completion script for a shell
    Completions(shell::CompletionsArgs),
    /// Print the manual page, or write one for each command
    Man(shell::ManArgs),
}

impl Command {
    /// The mildest level worth logging when nobody asks for more or less. A batch run tells its
    /// stages; an answer on a terminal is not to be interrupted.
    fn default_level(&self) -> tracing::Level {
        match self {
            // On a terminal the progress bar tells the stages.
            Self::Run(_) if !screen::shows_progress() => tracing::Level::INFO,
            // A service that runs for weeks says when it takes up a run, and when it ends.
            Self::Serve(_) => tracing::Level::INFO,
            _ => tracing::Level::WARN,
        }
    }
}

/// Runs a command line and says how the process is to end, a broken invariant included: that is an
/// internal error like any other to whoever called.
pub fn run(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    std::panic::set_hook(Box::new(exit::tell_panic));
    guarded(|| run_line(args))
}

/// A panic is an internal error.
fn guarded(command: impl FnOnce() -> ExitCode) -> ExitCode {
    let ended = std::panic::catch_unwind(std::panic::AssertUnwindSafe(command));
    ended.unwrap_or_else(|_| ExitCode::from(exit::Exit::Internal as u8))
}

fn run_line(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let args: Vec<OsString> = args.into_iter().collect();
    let line = match CommandLine::try_parse_from(&args) {
        Ok(line) => line,
        Err(error) => {
            let format = log_format_in(&args);
            log::install_at(LevelFilter::ERROR, format, false);
            return exit::usage(&error, format);
        }
    };
    let screen = Screen::detect(line.global.color, line.global.width);
    log::install(&line.global, line.command.default_level(), screen.log_color);
    let log_format = line.global.log_format;
    exit::report(execute(line, &screen), &screen, log_format)
}

/// The form of log lines that arguments ask for which are no command line.
fn log_format_in(args: &[OsString]) -> LogFormat {
    let is_pair = |pair: &[OsString]| pair[0] == "--log-format" && pair[1] == "json";
    if args.windows(2).any(is_pair) || args.iter().any(|arg| arg == "--log-format=json") {
        LogFormat::Json
    } else {
        LogFormat::Text
    }
}

fn execute(line: CommandLine, screen: &Screen) -> anyhow::Result<()> {
    if let Some(threads) = line.global.threads {
        set_threads(threads.get())?;
    }
    match line.command {
        Command::Run(args) => run::execute(&args, screen),
        Command::Simulate(args) => simulate::run(&args, &mut output::stdout()),
        Command::Evaluate(args) => evaluate::run(&args, &mut output::stdout()),
        Command::Fit(args) => fit::run(&args, &mut output::stdout()),
        Command::Normalize(args) => normalize::run(&args, &mut output::stdout()),
        Command::Top(args) => top::execute(args, screen),
        Command::Show(args) => show::execute(&args, screen),
        Command::Merchant(args) => merchant::execute(&args, screen),
        Command::Path(args) => path::execute(&args, screen),
        Command::Neighbors(args) => neighbors::execute(&args, screen),
        Command::Diff(args) => diff::execute(&args, screen),
        Command::Export(args) => export::execute(&args),
        Command::Decisions(args) => decisions::execute(&args),
        Command::Token(args) => token::execute(&args, screen),
        Command::Serve(args) => serve::execute(args),
        Command::Init(args) => init::execute(&args),
        Command::Completions(args) => shell::completions(&args, CommandLine::command()),
        Command::Man(args) => shell::man(&args, CommandLine::command()),
    }
}

/// More threads than this are a slip of the finger.
const MAX_THREADS: usize = 1024;

fn set_threads(threads: usize) -> anyhow::Result<()> {
    if threads > MAX_THREADS {
        return Err(BadUsage::new(
            format!("--threads: expected at most {MAX_THREADS}"),
            "leave it out to use all cores",
        )
        .into());
    }
    rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build_global()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn a_broken_invariant_is_an_internal_error() {
        let ended = super::guarded(|| panic!("a rule of the code"));
        let internal = std::process::ExitCode::from(super::exit::Exit::Internal as u8);
        assert_eq!(format!("{ended:?}"), format!("{internal:?}"));
    }

    #[test]
    fn the_command_line_is_consistent() {
        super::CommandLine::command().debug_assert();
    }
}
