//! Writing answers: which run is asked, and in which form it answers.

use std::io::{self, BufWriter, StdoutLock, Write};
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use serde::Serialize;

use crate::cli::exit::BadUsage;
use crate::cli::screen::{Screen, visible};
use crate::explore::{About, Snapshot, Table, is_unsafe, load, load_about};

/// Which run is asked.
#[derive(Clone, Debug, Args)]
pub(super) struct RunChoice {
    /// A run directory, or a RUNS directory for its newest run
    #[arg(long, value_name = "RUN", default_value = DEFAULT_RUN)]
    run: PathBuf,
}

/// Which run is asked and how the answer is written.
#[derive(Clone, Debug, Args)]
pub(super) struct AnswerArgs {
    #[command(flatten)]
    pub(super) run: RunChoice,
    /// How the answer is written
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub(super) format: Format,
}

/// How an answer is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// For people.
    Table,
    /// One JSON document.
    Json,
    /// Comma-separated values with a header, as they are: not meant for a spreadsheet to evaluate.
    Csv,
}

const DEFAULT_RUN: &str = "runs/latest";

impl RunChoice {
    /// Reads the tables that a question needs.
    pub(super) fn load(&self, tables: &[Table]) -> anyhow::Result<Snapshot> {
        self.check()?;
        load_run(&self.run, tables)
    }

    /// Reads the tables that a question about one cluster or merchant needs, links no more than that.
    pub(super) fn load_about(
        &self,
        tables: &[Table],
        about: About<'_>,
    ) -> anyhow::Result<Snapshot> {
        self.check()?;
        Ok(load_about(&self.run, tables, about)?)
    }

    fn check(&self) -> anyhow::Result<()> {
        if self.run == Path::new(DEFAULT_RUN) && !self.run.exists() {
            return Err(BadUsage::new(
                format!("no run at {DEFAULT_RUN}"),
                "name one with --run RUN, or make one with `ringfence run --data DIR --out runs`",
            )
            .into());
        }
        Ok(())
    }
}

/// Reads the tables that a question needs of a run.
pub(super) fn load_run(path: &Path, tables: &[Table]) -> anyhow::Result<Snapshot> {
    let snapshot = load(path, tables)?;
    tracing::debug!(run.id = snapshot.facts.run_id, "read the run");
    Ok(snapshot)
}

/// Buffered standard output.
pub(super) fn stdout() -> BufWriter<StdoutLock<'static>> {
    BufWriter::new(io::stdout().lock())
}

#[derive(Serialize)]
struct Envelope<'a, T> {
    run_id: &'a str,
    #[serde(flatten)]
    answer: &'a T,
}

/// Writes `{"run_id": ..., ...}` with the fields of an answer.
pub(super) fn write_json<T: Serialize>(snapshot: &Snapshot, answer: &T) -> anyhow::Result<()> {
    let run_id = &snapshot.facts.run_id;
    write_document(&Envelope { run_id, answer })
}

/// Writes one JSON document. Characters that could disturb a terminal only ever stand inside strings,
/// where `\uXXXX` means the same.
pub(super) fn write_document<T: Serialize>(document: &T) -> anyhow::Result<()> {
    let text = serde_json::to_string_pretty(document)?;
    let mut out = stdout();
    out.write_all(json_safe(&text).as_bytes())?;
    writeln!(out)?;
    Ok(out.flush()?)
}

/// JSON with everything unsafe but its own line ends written as escapes.
pub(super) fn json_safe(text: &str) -> String {
    use std::fmt::Write as _;

    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        if c == '\n' || !is_unsafe(c) {
            safe.push(c);
            continue;
        }
        for unit in c.encode_utf16(&mut [0; 2]) {
            write!(safe, "\\u{unit:04x}").expect("a String takes everything");
        }
    }
    safe
}

/// Writes a header and records; a terminal sees unsafe characters spelled out, a file or a pipe gets
/// the values as they are.
pub(super) fn write_csv(
    screen: &Screen,
    header: &[&str],
    records: impl IntoIterator<Item = Vec<String>>,
) -> anyhow::Result<()> {
    let mut writer = csv::Writer::from_writer(stdout());
    let written = (|| {
        writer.write_record(header)?;
        for record in records {
            if screen.is_terminal {
                writer.write_record(record.iter().map(|field| visible(field).into_owned()))?;
            } else {
                writer.write_record(&record)?;
            }
        }
        Ok(writer.flush()?)
    })();
    written.map_err(|error: csv::Error| match error.into_kind() {
        csv::ErrorKind::Io(error) => error.into(),
        other => anyhow::anyhow!("cannot write CSV: {other:?}"),
    })
}

/// The text of a time, empty for none.
pub(super) fn time_text(time: Option<crate::model::Timestamp>) -> String {
    time.map(|at| at.to_string()).unwrap_or_default()
}

/// The day of a time, a dash for none.
pub(super) fn day_text(time: Option<crate::model::Timestamp>) -> String {
    time.map_or_else(|| "-".into(), crate::model::Timestamp::date_text)
}

/// A score with two decimals, never rounded up to certainty.
pub(super) fn score_text(score: f64) -> String {
    if score < 1.0 && score > 0.99 {
        return "0.99".into();
    }
    format!("{score:.2}")
}

#[cfg(test)]
mod tests {
    use super::{json_safe, score_text};

    #[test]
    fn json_keeps_its_meaning() {
        let text = serde_json::to_string_pretty(&["a\u{202e}b\u{7f}\u{e0001}\n"]).unwrap();
        let safe = json_safe(&text);
        assert!(safe.is_ascii());
        let back: Vec<String> = serde_json::from_str(&safe).unwrap();
        assert_eq!(back, ["a\u{202e}b\u{7f}\u{e0001}\n"]);
    }

    #[test]
    fn a_score_below_one_never_reads_as_certain() {
        assert_eq!(score_text(0.9999), "0.99");
        assert_eq!(score_text(0.9234), "0.92");
        assert_eq!(score_text(1.0), "1.00");
    }
}
