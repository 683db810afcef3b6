//! `ringfence token`

use std::io::Write;
use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use crate::cli::grid::{self, Overflow, plain, write_grid};
use crate::cli::output::{Format, stdout, time_text, write_csv, write_document};
use crate::cli::screen::Screen;
use crate::decisions::{DecisionStore, Role, Token};
use crate::model::Timestamp;
use crate::serve::now;

/// Arguments of `token`.
#[derive(Debug, Args)]
pub(super) struct TokenArgs {
    #[command(subcommand)]
    command: TokenCommand,
}

#[derive(Debug, Subcommand)]
enum TokenCommand {
    /// Make a token and print it: it is told this once and kept nowhere
    Add(AddArgs),
    /// List the tokens ever made, without the tokens themselves
    List(ListArgs),
    /// Make a token useless from now on
    Revoke(RevokeArgs),
}

#[derive(Debug, Args)]
struct AddArgs {
    /// The record of decisions; made when it is not there
    #[arg(long, value_name = "DB")]
    db: PathBuf,
    /// What the token opens
    #[arg(long, value_enum)]
    role: RoleChoice,
    /// Whose it is: the name that stands beside decisions
    #[arg(long, value_name = "NAME")]
    user: String,
    /// The last day on which it is good
    #[arg(long, value_name = "DATE", value_parser = Timestamp::parse)]
    expires: Option<Timestamp>,
}

#[derive(Debug, Args)]
struct ListArgs {
    /// The record of decisions
    #[arg(long, value_name = "DB")]
    db: PathBuf,
    /// How the answer is written
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
}

#[derive(Debug, Args)]
struct RevokeArgs {
    /// The record of decisions
    #[arg(long, value_name = "DB")]
    db: PathBuf,
    /// The token's number in `token list`
    #[arg(value_name = "ID")]
    id: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum RoleChoice {
    /// Looks at cases, personal fields masked
    Viewer,
    /// Looks at everything and decides
    Investigator,
    /// Looks up ids and reads what changed
    Service,
    /// Whatever an investigator may, and the audit
    Admin,
}

impl From<RoleChoice> for Role {
    fn from(choice: RoleChoice) -> Self {
        match choice {
            RoleChoice::Viewer => Self::Viewer,
            RoleChoice::Investigator => Self::Investigator,
            RoleChoice::Service => Self::Service,
            RoleChoice::Admin => Self::Admin,
        }
    }
}

pub(super) fn execute(args: &TokenArgs, screen: &Screen) -> anyhow::Result<()> {
    match &args.command {
        TokenCommand::Add(args) => add(args),
        TokenCommand::List(args) => list(args, screen),
        TokenCommand::Revoke(args) => revoke(args),
    }
}

/// The token alone on standard output, so that it can go into a file or a secret store.
fn add(args: &AddArgs) -> anyhow::Result<()> {
    let store = DecisionStore::create_or_open(&args.db)?;
    let (text, token) = store.add_token(&args.user, args.role.into(), args.expires, now())?;
    tracing::info!(token.id = token.id, "made a token");
    let mut out = stdout();
    writeln!(out, "{text}")?;
    Ok(out.flush()?)
}

fn revoke(args: &RevokeArgs) -> anyhow::Result<()> {
    DecisionStore::open(&args.db)?.revoke_token(args.id, now())?;
    let mut out = stdout();
    writeln!(out, "revoked {}", args.id)?;
    Ok(out.flush()?)
}

const HEADER: [&str; 6] = [
    "id",
    "user",
    "role",
    "created_at",
    "expires_at",
    "revoked_at",
];

fn list(args: &ListArgs, screen: &Screen) -> anyhow::Result<()> {
    let tokens = DecisionStore::open(&args.db)?.tokens()?;
    match args.format {
        Format::Json => return write_document(&tokens),
        Format::Csv => return write_csv(screen, &HEADER, tokens.iter().map(fields)),
        Format::Table => {}
    }
    let columns = [
        grid::number("id"),
        grid::id("user"),
        grid::id("role"),
        grid::id("created at"),
        grid::id("expires at"),
        grid::id("revoked at"),
    ];
    let rows = tokens
        .iter()
        .map(|token| fields(token).into_iter().map(plain).collect())
        .collect();
    let mut out = stdout();
    write_grid(&mut out, screen, &columns, rows, Overflow::Wrap)?;
    Ok(out.flush()?)
}

fn fields(token: &Token) -> Vec<String> {
    vec![
        token.id.to_string(),
        token.user.clone(),
        token.role.name().to_owned(),
        token.created_at.to_string(),
        time_text(token.expires_at),
        time_text(token.revoked_at),
    ]
}
