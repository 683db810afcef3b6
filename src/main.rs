//! The `ringfence` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    ringfence::cli::run(std::env::args_os())
}
