//! The real binary in a fresh directory.

use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Output};
use std::time::Duration;

/// A `ringfence` command with a quiet, fixed environment.
pub(crate) fn ringfence(directory: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ringfence"));
    command
        .current_dir(directory)
        .env_remove("RUST_LOG")
        .env("NO_COLOR", "1");
    command
}

/// Runs to the end; both streams as text.
pub(crate) fn output(command: &mut Command) -> (Option<i32>, String, String) {
    let Output {
        status,
        stdout,
        stderr,
    } = command.output().expect("the binary starts");
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    (status.code(), text(stdout), text(stderr))
}

/// Runs to the end and insists on success; standard output.
pub(crate) fn succeed(command: &mut Command) -> String {
    let (code, stdout, stderr) = output(command);
    assert_eq!(code, Some(0), "{command:?}\n{stderr}");
    stdout
}

/// A folder of the data that ships.
pub(crate) fn data(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("data")
        .join(name)
}

/// A connection to a service; whoever is never answered fails instead of waiting for ever.
pub(crate) fn connect(address: &str) -> TcpStream {
    let stream = TcpStream::connect(address).expect("the service listens");
    let patience = Some(Duration::from_mins(2));
    stream.set_read_timeout(patience).expect("not zero");
    stream
}
