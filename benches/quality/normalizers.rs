//! Normalizers against tables that know what is truly the same.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use ringfence::cli::normalize::{KeyKind, NormalizeArgs, run};

use crate::document::Table;

/// Measures addresses in Japan, and addresses and phones of childcare sites.
pub(crate) fn section(realdata: &Path, work: &Path) -> Result<String> {
    let japan = doubled_japan(&realdata.join("japanese-addresses/addresses.csv"), work)?;
    let sites = realdata.join("early-childhood/sites.csv");
    let address = |postal_code: bool, min_similarity: f64| NormalizeArgs {
        column: "address".to_owned(),
        postal_code_column: postal_code.then(|| "zip".to_owned()),
        city: "Chicago".to_owned(),
        country: "US".to_owned(),
        min_similarity,
        truth: vec!["true_id".to_owned()],
        ..arguments(&sites, KeyKind::Building)
    };
    let cases = [
        (
            "addresses in Japan, as written and from their parts",
            NormalizeArgs {
                column: "raw".to_owned(),
                country: "JP".to_owned(),
                truth: ["prefecture", "city", "town", "block", "rest"]
                    .map(str::to_owned)
                    .into(),
                ..arguments(&japan, KeyKind::Address)
            },
        ),
        ("childcare sites by building", address(false, 1.0)),
        ("... with the postal code", address(true, 1.0)),
        ("... with typos joined, as a run does", address(true, 0.92)),
        (
            "childcare sites by phone",
            NormalizeArgs {
                column: "phone".to_owned(),
                country: "US".to_owned(),
                truth: vec!["true_id".to_owned()],
                ..arguments(&sites, KeyKind::Phone)
            },
        ),
    ];
    let mut table = Table::new(&[
        "values",
        "rows",
        "true pairs",
        "found pairs",
        "precision",
        "recall",
    ]);
    for (name, args) in cases {
        let mut out = Vec::new();
        run(&args, &mut out)?;
        let text = String::from_utf8(out).context("figures are text")?;
        let value = |label: &str| {
            let line = text.lines().find_map(|line| line.strip_prefix(label));
            line.map_or_else(|| "-".to_owned(), |value| value.trim().to_owned())
        };
        table.row(&[
            name.to_owned(),
            value("rows "),
            value("true pairs"),
            value("found pairs"),
            value("precision"),
            value("recall"),
        ]);
    }
    Ok(format!("{ABOUT}\n\n{}", table.finish()))
}

const ABOUT: &str = "\
Pairs of rows with the same key, against pairs that are truly the same. Childcare sites of one agency share a phone (up to 24 on \
one line): that column measures agencies more than the normalizer. Many of the wrong pairs by building are one site with two true \
ids. The same figures for any table: `ringfence normalize --truth`.";

fn arguments(file: &Path, kind: KeyKind) -> NormalizeArgs {
    NormalizeArgs {
        file: file.to_owned(),
        kind,
        column: String::new(),
        city_column: None,
        postal_code_column: None,
        country_column: None,
        city: String::new(),
        country: String::new(),
        min_similarity: 1.0,
        truth: Vec::new(),
    }
}

/// Each address twice: as written, and joined again from its parts.
fn doubled_japan(source: &Path, work: &Path) -> Result<PathBuf> {
    let columns = ["raw", "prefecture", "city", "town", "block", "rest"];
    let path = work.join("japan.csv");
    let mut writer = csv::Writer::from_path(&path)?;
    writer.write_record(columns)?;
    for row in crate::truth::read_columns(source, columns)? {
        writer.write_record(&row)?;
        let [_, prefecture, city, town, block, rest] = &row;
        let starts_with_digit = |text: &str| text.starts_with(|c: char| c.is_ascii_digit());
        let ends_with_digit = |text: &str| text.ends_with(|c: char| c.is_ascii_digit());
        let dash = if ends_with_digit(block) && starts_with_digit(rest) {
            "-"
        } else {
            ""
        };
        let joined = format!("{prefecture}{city}{town}{block}{dash}{rest}");
        writer.write_record([&joined, prefecture, city, town, block, rest])?;
    }
    writer.flush()?;
    Ok(path)
}
