//! `ringfence normalize`: the keys of a file's values, and how well they agree with a known truth.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;

use anyhow::Result;
use clap::{Args, ValueEnum};

use crate::cli::exit::BadUsage;
use crate::model::TextColumn;
use crate::resolve::normalize::{Place, normalize, normalize_address, normalize_city};
use crate::resolve::{Building, join_buildings, measure_keys};
use crate::strategy::{Addresses, Normalizer};

/// Blocks of buildings compared pair by pair: the default of `[addresses] max_block`.
const MAX_BLOCK: usize = 400;

/// Arguments of `ringfence normalize`.
#[derive(Clone, Debug, Args)]
pub struct NormalizeArgs {
    /// CSV file with a header row.
    pub file: PathBuf,
    /// How values are compared; `building` is the address without its unit.
    #[arg(long = "as", value_enum)]
    pub kind: KeyKind,
    /// Column with the value.
    #[arg(long)]
    pub column: String,
    /// Column with the city of an address.
    #[arg(long)]
    pub city_column: Option<String>,
    /// Column with the postal code of an address.
    #[arg(long)]
    pub postal_code_column: Option<String>,
    /// Column with the country of an address or a phone.
    #[arg(long)]
    pub country_column: Option<String>,
    /// City of every row, where no column says it.
    #[arg(long, default_value = "")]
    pub city: String,
    /// Country of every row, where no column says it.
    #[arg(long, default_value = "")]
    pub country: String,
    /// Join buildings that differ by a typo, at least this alike (1 joins none), as a run does.
    #[arg(long, default_value_t = 1.0)]
    pub min_similarity: f64,
    /// Columns that together name what is truly the same: prints precision and recall instead of keys.
    #[arg(long, value_delimiter = ',')]
    pub truth: Vec<String>,
}

/// How values are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[expect(
    missing_docs,
    reason = "the normalizers of the strategy, by their names"
)]
pub enum KeyKind {
    Exact,
    Device,
    Account,
    Phone,
    Email,
    Address,
    /// An address without its unit.
    Building,
}

/// Writes one `value,key` row a row of the file, or, with `--truth`, the agreement of keys and truth.
///
/// # Errors
/// When the file can't be read, a column is missing, or the output can't be written.
pub fn run(args: &NormalizeArgs, out: &mut impl Write) -> Result<()> {
    let table = read(args)?;
    let mut keys: Vec<String> = (0..table.values.len())
        .map(|row| table.key(args.kind, row).unwrap_or_default())
        .collect();
    if matches!(args.kind, KeyKind::Address | KeyKind::Building) {
        join(&mut keys, &table, args.min_similarity);
    }
    if !args.truth.is_empty() {
        return write_measure(&keys, &table.truth, out);
    }
    let mut writer = csv::Writer::from_writer(out);
    writer.write_record([args.column.as_str(), "key"])?;
    for (row, key) in keys.iter().enumerate() {
        writer.write_record([table.values.get(row), key])?;
    }
    writer.flush()?;
    Ok(())
}

/// Replaces each building by the one that it is the same as.
fn join(keys: &mut [String], table: &Table, min_similarity: f64) {
    let mut uses: BTreeMap<String, (u32, String)> = BTreeMap::new();
    for (row, key) in keys.iter().enumerate() {
        let city = normalize_city(&table.place(row));
        let known = uses
            .entry(building(key).to_owned())
            .or_insert_with(|| (0, city.clone()));
        known.0 += 1;
        known.1 = city.min(std::mem::take(&mut known.1));
    }
    let buildings: Vec<Building<'_>> = uses
        .iter()
        .map(|(key, (uses, city))| Building {
            key,
            city,
            uses: *uses,
            point: None,
        })
        .collect();
    let settings = Addresses {
        min_similarity,
        max_block: MAX_BLOCK,
    };
    let joined = join_buildings(&buildings, &settings);
    for key in keys {
        let at = buildings
            .binary_search_by(|known| known.key.cmp(building(key)))
            .expect("every building is in the list");
        *key = format!(
            "{}{}",
            buildings[joined[at]].key,
            &key[building(key).len()..]
        );
    }
}

/// The building of a key of either kind.
fn building(key: &str) -> &str {
    let unit = key.match_indices('|').nth(2).map(|(at, _)| at);
    &key[..unit.unwrap_or(key.len())]
}

#[derive(Default)]
struct Table {
    values: TextColumn,
    city: TextColumn,
    postal_code: TextColumn,
    country: TextColumn,
    truth: Vec<String>,
}

impl Table {
    fn place(&self, row: usize) -> Place<'_> {
        Place {
            city: self.city.get(row),
            postal_code: self.postal_code.get(row),
            country: self.country.get(row),
            point: None,
        }
    }

    fn key(&self, kind: KeyKind, row: usize) -> Option<String> {
        let place = self.place(row);
        let raw = self.values.get(row);
        let normalizer = match kind {
            KeyKind::Exact => Normalizer::Exact,
            KeyKind::Device => Normalizer::Device,
            KeyKind::Account => Normalizer::Account,
            KeyKind::Phone => Normalizer::Phone,
            KeyKind::Email => Normalizer::Email,
            KeyKind::Address => Normalizer::Address,
            KeyKind::Building => return normalize_address(raw, &place).building,
        };
        normalize(normalizer, raw, &place)
    }
}

fn read(args: &NormalizeArgs) -> Result<Table> {
    let file = args.file.display();
    let unreadable = |error: csv::Error| {
        BadUsage::new(
            format!("cannot read {file}: {error}"),
            "name a CSV file in UTF-8 with a header row",
        )
    };
    let mut reader = csv::Reader::from_path(&args.file).map_err(unreadable)?;
    let header = reader.headers().map_err(unreadable)?.clone();
    let position = |name: &str| {
        let position = header.iter().position(|column| column == name);
        position.ok_or_else(|| {
            BadUsage::new(
                format!("{file} has no column `{name}`"),
                "name one of its header row",
            )
        })
    };
    let optional = |name: &Option<String>| name.as_deref().map(position).transpose();
    let value_at = position(&args.column)?;
    let city_at = optional(&args.city_column)?;
    let postal_code_at = optional(&args.postal_code_column)?;
    let country_at = optional(&args.country_column)?;
    let truth_at: Vec<usize> = args
        .truth
        .iter()
        .map(|name| position(name))
        .collect::<Result<_, _>>()?;
    let mut table = Table::default();
    for record in reader.records() {
        let record = record.map_err(unreadable)?;
        let field = |at: Option<usize>| at.and_then(|at| record.get(at)).unwrap_or_default();
        table.values.push(field(Some(value_at)));
        table.city.push(if city_at.is_some() {
            field(city_at)
        } else {
            &args.city
        });
        table.postal_code.push(field(postal_code_at));
        table.country.push(if country_at.is_some() {
            field(country_at)
        } else {
            &args.country
        });
        // A unit separator between the parts, so that `a,bc` and `ab,c` stay two truths.
        let truth: Vec<&str> = truth_at.iter().map(|at| field(Some(*at))).collect();
        table.truth.push(truth.join("\u{1f}"));
    }
    Ok(table)
}

fn write_measure(keys: &[String], truth: &[String], out: &mut impl Write) -> Result<()> {
    let measure = measure_keys(keys, truth);
    let no_key = keys.iter().filter(|key| key.is_empty()).count();
    writeln!(out, "rows         {}", keys.len())?;
    writeln!(out, "without key  {no_key}")?;
    writeln!(out, "true pairs   {}", measure.true_pairs)?;
    writeln!(out, "found pairs  {}", measure.found_pairs)?;
    writeln!(out, "right pairs  {}", measure.right_pairs)?;
    writeln!(out, "precision    {:.4}", measure.precision)?;
    writeln!(out, "recall       {:.4}", measure.recall)?;
    Ok(out.flush()?)
}
