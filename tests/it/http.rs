//! The service, asked without a network: what it answers, what it refuses, and how runs are swapped.

#![expect(
    clippy::unwrap_used,
    clippy::format_push_string,
    clippy::format_collect,
    reason = "the helpers here are parts of tests, which fail by panicking, and make a few lines of data"
)]

mod generated;
mod guards;
mod openapi;
mod process;
mod questions;
mod swap;

use std::path::Path;
use std::process::Command;

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, Request, StatusCode};
use ringfence::serve::{App, Settings};
use serde_json::Value;
use tempfile::TempDir;

use crate::command::{data, ringfence, succeed};

/// A RUNS directory with a service over it.
struct Service {
    dir: TempDir,
    app: App,
    answers: ringfence::serve::Service,
    runtime: tokio::runtime::Runtime,
}

/// An answer.
struct Reply {
    status: StatusCode,
    headers: HeaderMap,
    bytes: Bytes,
}

impl Reply {
    fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes)
            .unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name);
        value.map_or("", |value| value.to_str().unwrap())
    }
}

impl Service {
    /// A service over a run of the data that ships.
    fn tiny() -> Self {
        Self::over(&data("tiny"))
    }

    /// A service over a run of some data.
    fn over(input: &Path) -> Self {
        let dir = tempfile::tempdir().unwrap();
        run(dir.path(), input, &[]);
        Self::open(dir)
    }

    /// A service over a run of the data that ships, with a record of decisions.
    fn with_record() -> Self {
        let dir = tempfile::tempdir().unwrap();
        run(dir.path(), &data("tiny"), &[]);
        let db = dir.path().join("decisions.db");
        Self::opened(dir, Some(db))
    }

    fn open(dir: TempDir) -> Self {
        Self::opened(dir, None)
    }

    fn opened(dir: TempDir, db: Option<std::path::PathBuf>) -> Self {
        let app = App::open(Settings {
            runs: dir.path().join("runs"),
            listen: "127.0.0.1:8080".parse().unwrap(),
            db,
        })
        .unwrap();
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        Self {
            dir,
            answers: ringfence::serve::Service::new(app.clone()),
            app,
            runtime,
        }
    }

    fn runs(&self) -> std::path::PathBuf {
        self.dir.path().join("runs")
    }

    fn send(&self, request: Request<Body>) -> Reply {
        self.runtime.block_on(send(&self.answers, request))
    }

    fn get(&self, path: &str) -> Reply {
        self.send(request("GET", path).body(Body::empty()).unwrap())
    }

    /// The JSON of a successful answer.
    fn ok(&self, path: &str) -> Value {
        let reply = self.get(path);
        assert_eq!(reply.status, StatusCode::OK, "{path}: {}", reply.text());
        reply.json()
    }

    /// The status and code of an error.
    fn refused(&self, path: &str) -> (u16, String) {
        let reply = self.get(path);
        let code = reply.json()["error"]["code"].as_str().unwrap().to_owned();
        (reply.status.as_u16(), code)
    }

    fn post(&self, path: &str, body: impl Into<Body>) -> Reply {
        let request = request("POST", path).header("content-type", "application/json");
        self.send(request.body(body.into()).unwrap())
    }

    /// What the terminal answers, as JSON.
    fn terminal(&self, args: &[&str]) -> Value {
        let mut command = ringfence(self.dir.path());
        command.args(args).args(["--format", "json"]);
        serde_json::from_str(&succeed(&mut command)).unwrap()
    }
}

async fn send(service: &ringfence::serve::Service, request: Request<Body>) -> Reply {
    let response = service.answer(request).await;
    let (head, body) = response.into_parts();
    Reply {
        status: head.status,
        headers: head.headers,
        bytes: axum::body::to_bytes(body, usize::MAX).await.unwrap(),
    }
}

/// A request as a browser on this machine sends it.
fn request(method: &str, path: &str) -> axum::http::request::Builder {
    Request::builder()
        .method(method)
        .uri(path)
        .header("host", "localhost:8080")
}

/// A batch run into `dir/runs`.
fn run(dir: &Path, input: &Path, more: &[&str]) {
    let mut command: Command = ringfence(dir);
    command
        .args(["run", "--out", "runs", "--top", "0", "--quiet", "--data"])
        .arg(input)
        .args(more);
    succeed(&mut command);
}

/// Writes a data directory: file names with their text.
fn write_data(dir: &Path, files: &[(&str, &str)]) {
    std::fs::create_dir_all(dir).unwrap();
    for (name, text) in files {
        std::fs::write(dir.join(name), text).unwrap();
    }
}
