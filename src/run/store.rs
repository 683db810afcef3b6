//! RUNS: where runs are kept, and how one becomes visible whole or not at all.
//!
//! A run is written under `.tmp-<run_id>-<pid>`, flushed to disk, and given its name by one rename.
//! `latest` is a relative symbolic link that is replaced by one rename too. Whatever happens in
//! between, nothing but `.tmp-*` is left over, and the next run clears that.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;

use super::columns::Row;
use super::error::RunError;
use super::manifest::{Manifest, RunStatus, TableSize};
use super::reader::{MANIFEST_FILE, RunReader};
use super::{csv_file, parquet_file};

const LATEST: &str = "latest";
const LOCK_FILE: &str = ".lock";
const TEMPORARY_PREFIX: &str = ".tmp-";
const HELD_PREFIX: &str = "held-";

/// A RUNS directory.
#[derive(Clone, Debug)]
pub struct RunStore {
    root: PathBuf,
}

impl RunStore {
    /// Opens a RUNS directory, made when it is not there.
    ///
    /// # Errors
    /// When it can't be made.
    pub fn open(root: impl Into<PathBuf>) -> Result<Self, RunError> {
        let root = root.into();
        fs::create_dir_all(&root).map_err(RunError::io("create", &root))?;
        Ok(Self { root })
    }

    /// The RUNS directory.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The directory of the newest published run, if there is one.
    ///
    /// # Errors
    /// When `latest` is there and is no link to a directory: going on without it would begin a new
    /// history and compare with nothing.
    pub fn latest(&self) -> Result<Option<PathBuf>, RunError> {
        let path = self.root.join(LATEST);
        match resolve_latest(&self.root) {
            None if path.symlink_metadata().is_ok() => Err(RunError::BrokenLatest { path }),
            found => Ok(found),
        }
    }

    /// The manifest of the newest published run, if there is one.
    ///
    /// # Errors
    /// When `latest` points at something that is no run.
    pub fn latest_manifest(&self) -> Result<Option<Manifest>, RunError> {
        self.latest()?
            .map(|path| RunReader::open(&path).map(|reader| reader.manifest().clone()))
            .transpose()
    }

    /// The directory of a published run by its id, if it is still there.
    pub fn find(&self, run_id: &str) -> Option<PathBuf> {
        names_a_directory(run_id)
            .then(|| self.root.join(run_id))
            .filter(|path| path.join(MANIFEST_FILE).is_file())
    }

    /// The ids of the published runs that are kept, newest first: by the as-of date they begin with; of
    /// one date `latest` comes first, and a run before the one that it was compared with.
    ///
    /// # Errors
    /// When the directory can't be listed.
    pub fn published(&self) -> Result<Vec<String>, RunError> {
        let entries = fs::read_dir(&self.root).map_err(RunError::io("list", &self.root))?;
        let mut ids: Vec<String> = entries
            .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
            .filter(|name| self.find(name).is_some())
            .collect();
        ids.sort_unstable_by(|a, b| b.cmp(a));
        let days = ids.chunk_by(|one, other| day_of(one) == day_of(other));
        Ok(days.flat_map(|day| self.newest_first(day)).collect())
    }

    /// Runs of one date: their ids end in a hash, which tells nothing of their order, but each names the
    /// run that it followed.
    fn newest_first(&self, day: &[String]) -> Vec<String> {
        if day.len() < 2 {
            return day.to_vec();
        }
        let previous_of = |id: &String| {
            let run = RunReader::open(&self.root.join(id)).ok()?;
            let previous = run.manifest().previous_run_id.as_deref()?;
            day.iter().position(|other| other == previous)
        };
        let previous: Vec<Option<usize>> = day.iter().map(previous_of).collect();
        let mut followers = vec![0_usize; day.len()];
        for &run in previous.iter().flatten() {
            followers[run] += 1;
        }
        let latest = resolve_latest(&self.root);
        let is_latest = |id: &String| latest.as_ref().is_some_and(|path| path.ends_with(id));
        let mut left: Vec<usize> = (0..day.len()).collect();
        left.sort_by_key(|&run| !is_latest(&day[run]));
        let mut ordered = Vec::with_capacity(day.len());
        while !left.is_empty() {
            // Runs that follow each other in a ring can only be forged; any order is as good.
            let next = left.iter().position(|&run| followers[run] == 0);
            let run = left.remove(next.unwrap_or(0));
            if let Some(previous) = previous[run] {
                followers[previous] = followers[previous].saturating_sub(1);
            }
            ordered.push(day[run].clone());
        }
        ordered
    }

    /// Takes the lock that lets one run at a time write here. The system releases it when the
    /// process ends, however it ends.
    ///
    /// # Errors
    /// [`RunError::Busy`] when another run holds it.
    pub fn lock(&self) -> Result<RunLock, RunError> {
        let path = self.root.join(LOCK_FILE);
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(RunError::io("open", &path))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(RunError::Busy {
                    path: self.root.clone(),
                    pid: read_pid(&mut file),
                });
            }
            Err(TryLockError::Error(source)) => return Err(RunError::io("lock", &path)(source)),
        }
        write_pid(&mut file).map_err(RunError::io("write", &path))?;
        Ok(RunLock {
            root: self.root.clone(),
            _file: file,
        })
    }
}

/// The run that `root/latest` names. The link is read once, so that a reader stays on one run while
/// `latest` moves on.
pub(super) fn resolve_latest(root: &Path) -> Option<PathBuf> {
    let target = fs::read_link(root.join(LATEST)).ok()?;
    Some(root.join(target)).filter(|path| path.is_dir())
}

/// The date that a run id begins with.
fn day_of(run_id: &str) -> &str {
    run_id.get(.."YYYY-MM-DD".len()).unwrap_or(run_id)
}

fn read_pid(file: &mut File) -> Option<u32> {
    let mut text = String::new();
    file.take(32).read_to_string(&mut text).ok()?;
    text.trim().parse().ok()
}

fn write_pid(file: &mut File) -> io::Result<()> {
    file.set_len(0)?;
    file.rewind()?;
    writeln!(file, "{}", std::process::id())
}

/// The right to write into a RUNS directory, until dropped.
#[derive(Debug)]
pub struct RunLock {
    root: PathBuf,
    _file: File,
}

impl RunLock {
    /// Clears what killed runs left and starts a run.
    ///
    /// # Errors
    /// When the run id can't name a directory or the disk refuses.
    pub fn begin(&self, run_id: &str) -> Result<PendingRun<'_>, RunError> {
        if !names_a_directory(run_id) {
            return Err(RunError::BadRunId);
        }
        self.clear_leftovers()?;
        let name = format!("{TEMPORARY_PREFIX}{run_id}-{}", std::process::id());
        let dir = self.root.join(name);
        fs::create_dir(&dir).map_err(RunError::io("create", &dir))?;
        Ok(PendingRun {
            lock: self,
            run_id: run_id.to_owned(),
            dir,
            tables: Mutex::default(),
        })
    }

    /// Removes every `.tmp-*`; whoever wrote them is dead, for we hold the lock. A published run
    /// that a kill caught between two renames (see [`put_in_place`]) gets its name back first.
    fn clear_leftovers(&self) -> Result<(), RunError> {
        let entries = fs::read_dir(&self.root).map_err(RunError::io("list", &self.root))?;
        for entry in entries {
            let entry = entry.map_err(RunError::io("list", &self.root))?;
            let name = entry.file_name();
            let Some(name) = name.to_str() else { continue };
            if let Some(replaced) = name.strip_prefix(REPLACED_PREFIX) {
                let home = self.root.join(replaced);
                if !home.exists() {
                    fs::rename(entry.path(), &home).map_err(RunError::io("rename", &home))?;
                    continue;
                }
            }
            if name.starts_with(TEMPORARY_PREFIX) {
                remove(&entry.path())?;
            }
        }
        Ok(())
    }
}

/// Lower-case `latest` and `held-` are taken, and a leading dot hides or climbs.
fn names_a_directory(run_id: &str) -> bool {
    let safe = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    !run_id.is_empty()
        && run_id.len() <= 128
        && run_id.bytes().all(safe)
        && !run_id.starts_with('.')
        && !run_id.starts_with(HELD_PREFIX)
        && run_id != LATEST
}

/// Removes a file, a link (not what it points at) or a directory.
fn remove(path: &Path) -> Result<(), RunError> {
    let metadata = fs::symlink_metadata(path).map_err(RunError::io("remove", path))?;
    if metadata.is_dir() {
        fs::remove_dir_all(path).map_err(RunError::io("remove", path))
    } else {
        fs::remove_file(path).map_err(RunError::io("remove", path))
    }
}

/// A run that is being written. Dropped without [`PendingRun::finish`], it vanishes.
#[derive(Debug)]
pub struct PendingRun<'a> {
    lock: &'a RunLock,
    run_id: String,
    dir: PathBuf,
    /// What was written so far.
    tables: Mutex<BTreeMap<String, TableSize>>,
}

impl PendingRun<'_> {
    /// Where the run is written for now.
    pub fn path(&self) -> &Path {
        &self.dir
    }

    /// Writes a table as CSV. Returns the number of rows.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn write_table<R: Row>(&self, rows: &[R]) -> Result<u64, RunError> {
        let name = format!("{}.csv", R::TABLE);
        let rows = self.write_file(&name, |file| csv_file::write_rows(file, rows))?;
        self.note(name, rows)
    }

    /// Writes a table as CSV without ever holding all its rows: `rows_of` makes those of each piece
    /// `0..n_pieces`, on any thread; they are written in the order of the pieces. Returns the number
    /// of rows.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn write_table_in_pieces<R: Row>(
        &self,
        n_pieces: usize,
        rows_of: impl Fn(usize) -> Vec<R> + Sync,
    ) -> Result<u64, RunError> {
        let name = format!("{}.csv", R::TABLE);
        let rows = self.write_file(&name, |file| {
            csv_file::write_pieces(file, n_pieces, rows_of)
        })?;
        self.note(name, rows)
    }

    /// Writes a table as Parquet.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn write_parquet<R: Row>(&self, rows: &[R]) -> Result<(), RunError> {
        let name = format!("{}.parquet", R::TABLE);
        parquet_file::write_rows(&self.dir.join(&name), rows)?;
        self.note(name, rows.len() as u64).map(|_| ())
    }

    /// What was written to each file of a table: for [`Manifest::tables`].
    pub fn tables(&self) -> BTreeMap<String, TableSize> {
        let tables = self.tables.lock();
        tables.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Remembers how long a table became. Returns its rows.
    fn note(&self, name: String, rows: u64) -> Result<u64, RunError> {
        let path = self.dir.join(&name);
        let metadata = fs::metadata(&path).map_err(RunError::io("write", &path))?;
        let bytes = metadata.len();
        let mut tables = self.tables.lock().unwrap_or_else(PoisonError::into_inner);
        tables.insert(name, TableSize { rows, bytes });
        Ok(rows)
    }

    /// Writes any other file, such as `report.html`.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn write_bytes(&self, file_name: &str, bytes: &[u8]) -> Result<(), RunError> {
        self.write_file(file_name, |file| file.write_all(bytes))
    }

    fn write_file<T>(
        &self,
        file_name: &str,
        write: impl FnOnce(&mut File) -> io::Result<T>,
    ) -> Result<T, RunError> {
        let path = self.dir.join(file_name);
        File::create(&path)
            .and_then(|mut file| write(&mut file))
            .map_err(RunError::io("write", &path))
    }

    /// Writes the manifest, flushes everything to disk and gives the run its name: a published one
    /// `RUNS/<run_id>`, to which `latest` then moves; a held one `RUNS/held-<run_id>`. A run that
    /// bears the name already is exchanged in one step. Returns where the run lies.
    ///
    /// # Errors
    /// When the disk refuses; the run then vanishes, unless it already had its name.
    ///
    /// # Panics
    /// When the manifest is another run's.
    pub fn finish(self, manifest: &Manifest) -> Result<PathBuf, RunError> {
        assert_eq!(self.run_id, manifest.run_id, "a run has its own manifest");
        let path = self.dir.join(MANIFEST_FILE);
        let json = manifest
            .to_json()
            .map_err(|source| RunError::Manifest { path, source })?;
        self.write_bytes(MANIFEST_FILE, json.as_bytes())?;
        flush_directory(&self.dir)?;
        let root = &self.lock.root;
        match manifest.status {
            RunStatus::Held => {
                put_in_place(root, &self.dir, &format!("{HELD_PREFIX}{}", self.run_id))
            }
            RunStatus::Published => {
                let home = put_in_place(root, &self.dir, &self.run_id)?;
                point_latest_at(root, &self.run_id)?;
                Ok(home)
            }
        }
    }
}

impl Drop for PendingRun<'_> {
    fn drop(&mut self) {
        // After a finish there is nothing here, or the run that was replaced. Whatever can't be
        // removed now is cleared by the next run.
        drop(fs::remove_dir_all(&self.dir));
    }
}

/// Flushes every file of a directory and the directory itself.
fn flush_directory(dir: &Path) -> Result<(), RunError> {
    let entries = fs::read_dir(dir).and_then(Iterator::collect::<io::Result<Vec<_>>>);
    let entries = entries.map_err(RunError::io("list", dir))?;
    // Side by side: the disk orders them better than we do.
    let flushed: Vec<Result<(), RunError>> = entries
        .par_iter()
        .map(|entry| flush(&entry.path()))
        .collect();
    flushed.into_iter().collect::<Result<(), RunError>>()?;
    flush(dir)
}

fn flush(path: &Path) -> Result<(), RunError> {
    File::open(path)
        .and_then(|file| file.sync_all())
        .map_err(RunError::io("flush", path))
}

/// Where [`put_in_place`] keeps a run that is about to be replaced, without exchange.
const REPLACED_PREFIX: &str = ".tmp-old-";

/// Gives `dir` its name in `root`. A directory that bears it already takes the place of `dir`, to be
/// removed by whoever owns that.
///
/// Where the file system can exchange two names, readers see the old run or the new one at any
/// moment. Where it can't (some network file systems), there is a moment with neither; a kill in it
/// is repaired by the next run, which finds the old one under `.tmp-old-<name>`.
fn put_in_place(root: &Path, dir: &Path, name: &str) -> Result<PathBuf, RunError> {
    let home = root.join(name);
    if home.symlink_metadata().is_err() {
        fs::rename(dir, &home).map_err(RunError::io("rename", &home))?;
    } else if exchange(dir, &home).is_err() {
        replace_in_two_steps(root, dir, name)?;
    }
    flush(root)?;
    Ok(home)
}

#[cfg(target_os = "linux")]
fn exchange(a: &Path, b: &Path) -> io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    Ok(renameat_with(CWD, a, CWD, b, RenameFlags::EXCHANGE)?)
}

#[cfg(not(target_os = "linux"))]
fn exchange(_: &Path, _: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

fn replace_in_two_steps(root: &Path, dir: &Path, name: &str) -> Result<(), RunError> {
    let home = root.join(name);
    let old = root.join(format!("{REPLACED_PREFIX}{name}"));
    fs::rename(&home, &old).map_err(RunError::io("rename", &home))?;
    fs::rename(dir, &home).map_err(RunError::io("rename", &home))?;
    remove(&old)
}

/// Moves `latest` by one rename; the link is relative, so that RUNS can be moved or mounted elsewhere.
fn point_latest_at(root: &Path, run_id: &str) -> Result<(), RunError> {
    let link = root.join(LATEST);
    let next = root.join(format!("{TEMPORARY_PREFIX}{LATEST}-{}", std::process::id()));
    std::os::unix::fs::symlink(run_id, &next).map_err(RunError::io("link", &next))?;
    fs::rename(&next, &link).map_err(RunError::io("rename", &link))?;
    flush(root)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::{RunStore, names_a_directory, replace_in_two_steps};

    #[test]
    fn a_run_id_must_name_a_directory_of_its_own() {
        for id in ["2026-11-22-1a2b3c4d5e6f", "a", "a_b.c"] {
            assert!(names_a_directory(id), "{id}");
        }
        let long = "x".repeat(200);
        for id in [
            "", ".", "..", "a/b", "../a", "latest", "held-a", ".tmp-a", "a b", "é", &long,
        ] {
            assert!(!names_a_directory(id), "{id}");
        }
    }

    #[test]
    fn replacing_in_two_steps_leaves_the_new_one_and_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        for (name, text) in [("r", "old"), (".tmp-r-1", "new")] {
            fs::create_dir(dir.path().join(name)).unwrap();
            fs::write(dir.path().join(name).join("f"), text).unwrap();
        }
        replace_in_two_steps(dir.path(), &dir.path().join(".tmp-r-1"), "r").unwrap();
        assert_eq!(fs::read_to_string(dir.path().join("r/f")).unwrap(), "new");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_run_caught_between_two_renames_gets_its_name_back() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join(".tmp-old-r")).unwrap();
        fs::write(dir.path().join(".tmp-old-r/f"), "old").unwrap();
        fs::create_dir(dir.path().join(".tmp-r-1")).unwrap();
        let store = RunStore::open(dir.path()).unwrap();
        let lock = store.lock().unwrap();
        drop(lock.begin("s").unwrap());
        assert_eq!(fs::read_to_string(dir.path().join("r/f")).unwrap(), "old");
        assert!(!dir.path().join(".tmp-r-1").exists());
    }
}
