//! Writing a file that the user named: whole or not at all.

use std::fs;
use std::io::{BufWriter, Write};
use std::path::Path;

use anyhow::Context;

use crate::cli::exit::BadUsage;

/// Writes a file, which may be there already only with `force`.
///
/// # Errors
/// Bad usage when the file is there; otherwise as [`write_file`].
pub(super) fn write_new_file(path: &Path, force: bool, text: &str) -> anyhow::Result<()> {
    if !force && path.symlink_metadata().is_ok() {
        return Err(BadUsage::new(
            format!("{} is there already", path.display()),
            "give another name, or --force to replace it",
        )
        .into());
    }
    write_file(path, |to| Ok(to.write_all(text.as_bytes())?))
}

/// Writes a file beside its place and puts it there by one rename: on a full disk what was there before
/// stays.
///
/// # Errors
/// What the system or `fill` says.
pub(super) fn write_file(
    path: &Path,
    fill: impl FnOnce(&mut dyn Write) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    // A link stays a link to what is written.
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let written = match fs::metadata(&target) {
        Ok(there) if there.is_file() => write_beside(&target, Some(there.permissions()), fill),
        // A pipe or a terminal can't be replaced, and holds nothing to lose.
        Ok(there) if !there.is_dir() => write_to(fs::File::create(&target), fill).map(drop),
        _ => write_beside(&target, None, fill),
    };
    written.with_context(|| format!("cannot write {}", path.display()))
}

fn write_beside(
    target: &Path,
    permissions: Option<fs::Permissions>,
    fill: impl FnOnce(&mut dyn Write) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let folder = target
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    let mut name = tempfile::Builder::new();
    // Made as any new file is, with what the user's mask leaves of its permissions.
    let beside = name
        .prefix(".tmp-")
        .make_in(folder, |path| fs::File::create_new(path))?;
    let file = write_to(beside.as_file().try_clone(), fill)?;
    if let Some(permissions) = permissions {
        file.set_permissions(permissions)?;
    }
    file.sync_all()?;
    beside.persist(target).map_err(|refused| refused.error)?;
    Ok(())
}

fn write_to(
    file: std::io::Result<fs::File>,
    fill: impl FnOnce(&mut dyn Write) -> anyhow::Result<()>,
) -> anyhow::Result<fs::File> {
    let mut to = BufWriter::new(file?);
    fill(&mut to)?;
    Ok(to
        .into_inner()
        .map_err(std::io::IntoInnerError::into_error)?)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::{write_file, write_new_file};

    fn names(folder: &std::path::Path) -> Vec<String> {
        let names = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name());
        names.map(|name| name.into_string().unwrap()).collect()
    }

    #[test]
    fn what_could_not_be_written_leaves_what_was_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        fs::write(&path, "good").unwrap();
        let full = write_file(&path, |to| {
            to.write_all(b"half")?;
            Err(std::io::Error::from(std::io::ErrorKind::StorageFull).into())
        });
        assert!(format!("{:#}", full.unwrap_err()).contains("cannot write"));
        assert_eq!(fs::read_to_string(&path).unwrap(), "good");
        assert_eq!(names(folder.path()), ["a"]);
        write_file(&path, |to| Ok(to.write_all(b"better")?)).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "better");
        assert_eq!(names(folder.path()), ["a"]);
    }

    #[test]
    fn a_file_that_is_there_is_replaced_only_by_force() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        write_new_file(&path, false, "one").unwrap();
        assert!(write_new_file(&path, false, "two").is_err());
        assert_eq!(fs::read_to_string(&path).unwrap(), "one");
        write_new_file(&path, true, "two").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "two");
    }

    #[cfg(unix)]
    #[test]
    fn a_file_keeps_its_permissions_and_a_link_stays_one() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let (path, link) = (folder.path().join("a"), folder.path().join("b"));
        fs::write(&path, "old").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        std::os::unix::fs::symlink("a", &link).unwrap();
        write_file(&link, |to| Ok(to.write_all(b"new")?)).unwrap();
        assert!(link.symlink_metadata().unwrap().is_symlink());
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o640);
        let plain = folder.path().join("c");
        fs::write(&plain, "").unwrap();
        let fresh = folder.path().join("d");
        write_file(&fresh, |_| Ok(())).unwrap();
        let mode = |path: &std::path::Path| path.metadata().unwrap().permissions().mode();
        assert_eq!(mode(&fresh), mode(&plain), "as any new file");
    }
}
