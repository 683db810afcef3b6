//! Writing a file that the user named, without running over one that is there.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::path::Path;

use anyhow::Context;

use crate::cli::exit::BadUsage;

/// Writes a file, which may be there already only with `force`.
///
/// # Errors
/// Bad usage when the file is there; otherwise what the system says.
pub(super) fn write_new_file(path: &Path, force: bool, text: &str) -> anyhow::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true);
    if force {
        options.create(true).truncate(true);
    } else {
        options.create_new(true);
    }
    let shown = path.display();
    let opened = options.open(path);
    if matches!(&opened, Err(error) if error.kind() == ErrorKind::AlreadyExists) {
        return Err(BadUsage::new(
            format!("{shown} is there already"),
            "give another name, or --force to replace it",
        )
        .into());
    }
    opened
        .and_then(|mut file| file.write_all(text.as_bytes()))
        .with_context(|| format!("cannot write {shown}"))
}
