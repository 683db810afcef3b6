//! `ringfence init`

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::path::PathBuf;

use anyhow::Context;
use clap::Args;

use crate::cli::exit::BadUsage;
use crate::cli::output::stdout;
use crate::strategy::DEFAULT_TOML;

/// Arguments of `init`.
#[derive(Debug, Args)]
pub(super) struct InitArgs {
    /// Where to write the strategy; `-` for standard output
    #[arg(value_name = "FILE", default_value = "ringfence.toml")]
    file: PathBuf,
    /// Replace the file if there is one
    #[arg(long)]
    force: bool,
}

pub(super) fn execute(args: &InitArgs) -> anyhow::Result<()> {
    let mut out = stdout();
    if args.file.as_os_str() == "-" {
        out.write_all(DEFAULT_TOML.as_bytes())?;
        return Ok(out.flush()?);
    }
    let mut options = OpenOptions::new();
    options.write(true);
    if args.force {
        options.create(true).truncate(true);
    } else {
        options.create_new(true);
    }
    let path = args.file.display();
    let opened = options.open(&args.file);
    if matches!(&opened, Err(error) if error.kind() == ErrorKind::AlreadyExists) {
        return Err(BadUsage::new(
            format!("{path} is there already"),
            "give another name, or --force to replace it",
        )
        .into());
    }
    let failed = || format!("cannot write {path}");
    opened
        .and_then(|mut file| file.write_all(DEFAULT_TOML.as_bytes()))
        .with_context(failed)?;
    writeln!(
        out,
        "Wrote {path}. Use it with `ringfence run --strategy {path} ...`."
    )?;
    Ok(out.flush()?)
}
