//! The walls of the house: which room may import which, and who may touch the outside world.

use std::fs;
use std::path::{Path, PathBuf};

/// Each room and the rooms it may import, beside itself.
const MAY_IMPORT: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("strategy", &["model"]),
    ("ingest", &["model", "strategy"]),
    ("resolve", &["model", "strategy", "ingest"]),
    ("graph", &["model", "strategy", "ingest", "resolve"]),
    ("detect", &["model", "strategy", "graph"]),
    ("learn", &["model", "strategy"]),
    (
        "score",
        &[
            "model", "strategy", "ingest", "resolve", "graph", "detect", "learn",
        ],
    ),
    ("run", &["model"]),
    ("decisions", &["model", "run"]),
    (
        "publish",
        &[
            "model", "strategy", "ingest", "resolve", "graph", "detect", "score", "run",
        ],
    ),
    ("explore", &["model", "run"]),
    ("report", &["model", "run"]),
    ("serve", &["model", "run", "explore", "decisions"]),
    ("simulate", &["model", "strategy"]),
    ("evaluate", &["model", "strategy"]),
    ("fit", &["model", "strategy", "learn", "run", "evaluate"]),
];

/// Rooms that may touch files, clock or environment.
const MAY_TOUCH_THE_WORLD: &[&str] = &[
    "ingest",
    "run",
    "decisions",
    "strategy",
    "simulate",
    "evaluate",
    "fit",
    "serve",
    "cli",
];

const WORLD: &[&str] = &[
    "std::fs",
    "std::env",
    "std::net",
    "std::process",
    "SystemTime",
    "Instant::now",
    "File::open",
];

fn sources(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).expect("the source folder is there") {
        let path = entry.expect("a readable entry").path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn source_root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// The code of a file: comments and the tests at its foot may name anything.
fn code(path: &Path) -> String {
    let text = fs::read_to_string(path).expect("source is UTF-8");
    let text = text
        .split("#[cfg(test)]\nmod tests")
        .next()
        .unwrap_or_default();
    let lines = text
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"));
    lines.collect::<Vec<_>>().join("\n")
}

/// Rooms named behind `crate::`, grouped imports included.
fn imports(code: &str) -> Vec<String> {
    let name = |text: &str| -> String {
        text.trim_start()
            .chars()
            .take_while(|c| c.is_alphanumeric() || *c == '_')
            .collect()
    };
    let mut rooms = Vec::new();
    for after in code.split("crate::").skip(1) {
        match after.strip_prefix('{') {
            Some(group) => {
                let group = group.split(';').next().unwrap_or_default();
                rooms.extend(group.split(',').map(name));
            }
            None => rooms.push(name(after)),
        }
    }
    rooms
}

#[test]
fn imports_run_one_way() {
    for (room, allowed) in MAY_IMPORT {
        let dir = source_root().join(room);
        for path in sources(&dir) {
            for import in imports(&code(&path)) {
                let is_room = MAY_IMPORT.iter().any(|(name, _)| *name == import)
                    || ["cli", "pipeline", "serve"].contains(&import.as_str());
                assert!(
                    !is_room || import == *room || allowed.contains(&import.as_str()),
                    "{} imports {import}, which {room} must not know",
                    path.display()
                );
            }
        }
    }
}

#[test]
fn every_room_has_its_walls() {
    for entry in fs::read_dir(source_root()).expect("the source folder is there") {
        let path = entry.expect("a readable entry").path();
        let name = path
            .file_name()
            .and_then(|name| name.to_str())
            .expect("a plain name");
        let known = MAY_IMPORT.iter().any(|(room, _)| *room == name);
        let order = ["cli", "pipeline"].contains(&name);
        assert!(
            !path.is_dir() || known || order,
            "{name} is on no floor plan"
        );
    }
}

#[test]
fn only_some_rooms_touch_the_outside_world() {
    for (room, _) in MAY_IMPORT
        .iter()
        .filter(|(room, _)| !MAY_TOUCH_THE_WORLD.contains(room))
    {
        for path in sources(&source_root().join(room)) {
            let code = code(&path);
            for word in WORLD {
                assert!(!code.contains(word), "{} uses {word}", path.display());
            }
        }
    }
}

#[test]
fn the_walls_are_tested_against_a_breach() {
    assert_eq!(
        imports("use crate::{graph::Network, serve};\ncrate::cli::run()"),
        ["graph", "serve", "cli"]
    );
}
