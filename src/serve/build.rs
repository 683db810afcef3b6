//! Builds the investigators' desk where Node.js is, and writes the table of files that the service embeds.
//!
//! Nothing is written but in `OUT_DIR`, and nothing here can fail a build: without Node.js, without a network or
//! without the feature `ui` a plain page says what is missing, and the API works as ever.

use std::env;
use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

const SOURCES: &str = "src/serve/ui";
/// Files beside the folder `src`; what else may lie there (`node_modules`, `dist`) is nobody's source.
const FILES: &[&str] = &[
    "package.json",
    "package-lock.json",
    "tsconfig.json",
    "build.mjs",
    "index.html",
];
const MISSING_PAGE: &str = "missing.html";
const STEP_LIMIT: Duration = Duration::from_mins(4);

fn main() {
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo names OUT_DIR"));
    println!("cargo::rerun-if-changed=src/serve/build.rs");
    println!("cargo::rerun-if-changed={SOURCES}/src");
    for file in FILES.iter().chain([&MISSING_PAGE]) {
        println!("cargo::rerun-if-changed={SOURCES}/{file}");
    }
    let dist = out.join("desk/dist");
    if env::var_os("CARGO_FEATURE_UI").is_none() {
        plain_page(&dist, "This ringfence was built without the feature `ui`.");
    } else if let Err(why) = build_desk(&out.join("desk"), &dist) {
        println!("cargo::warning=the desk is not built in: {why}");
        plain_page(&dist, &format!("When this ringfence was built, {why}."));
    }
    fs::write(out.join("desk_assets.rs"), table(&dist)).expect("OUT_DIR can be written to");
}

/// Copies the sources, installs what they need, bundles them into `dist`.
fn build_desk(workshop: &Path, dist: &Path) -> Result<(), String> {
    copy_sources(workshop)
        .map_err(|error| format!("its sources could not be copied ({})", error.kind()))?;
    install(workshop)?;
    step(
        Command::new("node").arg("build.mjs").arg(dist),
        workshop,
        "node build.mjs",
    )?;
    if dist.join("index.html").is_file() {
        Ok(())
    } else {
        Err("the bundler made no page".to_owned())
    }
}

fn copy_sources(workshop: &Path) -> io::Result<()> {
    let from = Path::new(SOURCES);
    fs::create_dir_all(workshop)?;
    for file in FILES {
        fs::copy(from.join(file), workshop.join(file))?;
    }
    let sources = workshop.join("src");
    if sources.exists() {
        fs::remove_dir_all(&sources)?;
    }
    copy_folder(&from.join("src"), &sources)
}

fn copy_folder(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

/// `npm ci`, unless what the lock file names is there already.
fn install(workshop: &Path) -> Result<(), String> {
    let lock = fs::read(workshop.join("package-lock.json")).unwrap_or_default();
    let stamp = workshop.join("installed-lock.json");
    if workshop.join("node_modules/esbuild").is_dir()
        && fs::read(&stamp).is_ok_and(|installed| installed == lock)
    {
        return Ok(());
    }
    let _ = fs::remove_file(&stamp);
    let npm = if cfg!(windows) { "npm.cmd" } else { "npm" };
    let arguments = [
        "ci",
        "--omit=dev",
        "--ignore-scripts",
        "--no-audit",
        "--no-fund",
        "--prefer-offline",
        "--fetch-retries=1",
        "--fetch-timeout=30000",
        "--loglevel=error",
    ];
    step(Command::new(npm).args(arguments), workshop, "npm ci")?;
    fs::write(stamp, lock).map_err(|error| format!("OUT_DIR refused a file ({})", error.kind()))
}

/// Runs one command to its end, for as long as `STEP_LIMIT`.
fn step(command: &mut Command, folder: &Path, name: &str) -> Result<(), String> {
    let log = fs::File::create(folder.join("step.log"))
        .map_err(|error| format!("OUT_DIR refused a file ({})", error.kind()))?;
    let started = Instant::now();
    let mut child = command
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(log)
        .spawn()
        .map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => "Node.js with npm was not found".to_owned(),
            kind => format!("`{name}` could not be started ({kind})"),
        })?;
    loop {
        match child.try_wait() {
            Ok(Some(status)) if status.success() => return Ok(()),
            Ok(Some(_)) => return Err(format!("`{name}` failed: {}", first_line(folder))),
            Ok(None) if started.elapsed() > STEP_LIMIT => {
                let _ = child.kill();
                let _ = child.wait();
                return Err(format!(
                    "`{name}` took longer than {} s",
                    STEP_LIMIT.as_secs()
                ));
            }
            Ok(None) => thread::sleep(Duration::from_millis(50)),
            Err(error) => return Err(format!("`{name}` got lost ({})", error.kind())),
        }
    }
}

/// The first line of a failed step's complaint, short enough for a warning and a page.
fn first_line(folder: &Path) -> String {
    let log = fs::read_to_string(folder.join("step.log")).unwrap_or_default();
    let line = log.lines().find(|line| !line.trim().is_empty());
    line.unwrap_or("it said nothing")
        .chars()
        .filter(|character| !character.is_control())
        .take(160)
        .collect()
}

fn plain_page(dist: &Path, why: &str) {
    let escaped = why
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;");
    let page = include_str!("ui/missing.html").replace("%WHY%", &escaped);
    let _ = fs::remove_dir_all(dist);
    fs::create_dir_all(dist).expect("OUT_DIR can be written to");
    fs::write(dist.join("index.html"), page).expect("OUT_DIR can be written to");
}

/// Rust source: an array of (path below `/`, tag of the content, bytes), sorted by path.
fn table(dist: &Path) -> String {
    let mut files: Vec<(String, PathBuf)> = Vec::new();
    for (prefix, folder) in [("", dist.to_path_buf()), ("assets/", dist.join("assets"))] {
        let Ok(entries) = fs::read_dir(folder) else {
            continue;
        };
        for path in entries.flatten().map(|entry| entry.path()) {
            if let (true, Some(name)) = (path.is_file(), path.file_name().and_then(OsStr::to_str)) {
                files.push((format!("{prefix}{name}"), path));
            }
        }
    }
    files.sort();
    let rows = files.iter().map(|(name, path)| {
        let bytes = fs::read(path).expect("a file just written can be read");
        let place = path.to_str().expect("cargo itself needs OUT_DIR in UTF-8");
        let tag = format!("\"{:016x}\"", fnv1a(&bytes));
        format!("    ({name:?}, {tag:?}, include_bytes!({place:?})),\n")
    });
    format!("&[\n{}]", rows.collect::<String>())
}

/// FNV-1a, 64 bits: enough to tell two builds of a page apart, and no dependency of the build.
fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}
