//! `ringfence init`

use std::io::Write;
use std::path::PathBuf;

use clap::Args;

use crate::cli::new_file::write_new_file;
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
    write_new_file(&args.file, args.force, DEFAULT_TOML)?;
    let path = args.file.display();
    writeln!(
        out,
        "Wrote {path}. Use it with `ringfence run --strategy {path} ...`."
    )?;
    Ok(out.flush()?)
}
