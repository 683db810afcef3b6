//! `ringfence serve`

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;

use crate::cli::exit::BadUsage;
use crate::cli::output::stdout;
use crate::serve::{App, Settings, serve};

/// Arguments of `serve`.
#[derive(Debug, Args)]
pub(super) struct ServeArgs {
    /// The RUNS directory; its newest published run is served, and the next one once it is published
    #[arg(long, value_name = "RUNS", default_value = "runs")]
    runs: PathBuf,
    /// Where to listen
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// The database of decisions and tokens, made when it is not there
    #[arg(long, value_name = "FILE")]
    db: Option<PathBuf>,
}

pub(super) fn execute(args: ServeArgs) -> anyhow::Result<()> {
    if !args.runs.is_dir() {
        return Err(BadUsage::new(
            format!("no RUNS directory at {}", args.runs.display()),
            "name one with --runs RUNS, or make one with `ringfence run --data DIR --out runs`",
        )
        .into());
    }
    let listen = args.listen;
    let app = App::open(Settings {
        runs: args.runs,
        listen,
        db: args.db,
    })?;
    if !listen.ip().is_loopback() && !app.needs_token()? {
        return Err(BadUsage::new(
            format!("{listen} is reachable from elsewhere, and no token is known"),
            "listen on 127.0.0.1, or name a database with tokens: `ringfence token add --db FILE`",
        )
        .into());
    }
    serve(app, announce)?;
    Ok(())
}

/// Tells where the page is, on standard output, for whoever started the service.
fn announce(address: SocketAddr) {
    use std::io::Write;
    let mut out = stdout();
    // Nobody has to listen.
    let _ = writeln!(out, "listening on http://{address}").and_then(|()| out.flush());
}
