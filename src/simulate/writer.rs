//! The tables of a market as CSV, row by row.
//!
//! Tables are written under hidden names and get their own when all of them are whole: half a market must
//! not pass for one. What a killed command leaves is overwritten by the next.

use std::fs::{self, File, create_dir_all};
use std::io;
use std::path::{Path, PathBuf};

use tempfile::TempPath;

use super::labelled::verdict;
use super::names::CATEGORIES;
use super::random::Random;
use super::scene::Market;
use super::shop::{Shop, Standing, Use};
use super::text::{account_text, address_row, day_text, device_text, text_hash};
use super::{Finished, SimulateError};
use crate::model::{Money, Timestamp};

/// A direct tie between two merchants.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tie<'a> {
    pub(super) id: &'a str,
    pub(super) other: &'a str,
    pub(super) kind: &'a str,
    pub(super) day: i32,
    pub(super) events: u32,
}

/// Writes one folder, or one for each day of a series.
pub(super) struct Writer {
    days: Vec<Folder>,
}

impl Writer {
    pub(super) fn create(out: &Path, market: Market) -> Result<Self, SimulateError> {
        if market.snapshots == 1 {
            let folder = Folder::create(out, market, 0)?;
            return Ok(Self { days: vec![folder] });
        }
        refuse_leftovers(out, &[MERCHANTS_FILE])?;
        let days = (0..market.snapshots)
            .map(|day| Folder::create(&out.join(format!("day-{:02}", day + 1)), market, day))
            .collect::<Result<_, _>>()?;
        Ok(Self { days })
    }

    /// Writes a shop and all it uses into every day that it is seen on.
    pub(super) fn shop(&mut self, finished: &Finished) -> Result<(), SimulateError> {
        for day in &mut self.days {
            if finished.shop.registered <= day.today && finished.shop.snapshots.holds(day.day) {
                day.shop(&finished.id, &finished.shop)?;
            }
        }
        Ok(())
    }

    pub(super) fn tie(&mut self, tie: &Tie) -> Result<(), SimulateError> {
        self.days.iter_mut().try_for_each(|day| day.tie(tie))
    }

    /// Puts every table in its place, or none.
    pub(super) fn finish(self) -> Result<(), SimulateError> {
        let tables = self.days.into_iter().flat_map(Folder::into_tables);
        let mut tables: Vec<Table> = tables.collect();
        tables.iter_mut().try_for_each(Table::flush)?;
        let mut placed = Vec::new();
        let moved = place(tables, &mut placed);
        if moved.is_err() {
            for path in placed {
                // The first error is the one to tell.
                let _ = fs::remove_file(path);
            }
        }
        moved
    }
}

/// Moves tables to their places, `merchants.csv` last: without it no run reads the others, so one that is
/// there already goes first.
fn place(mut tables: Vec<Table>, placed: &mut Vec<PathBuf>) -> Result<(), SimulateError> {
    tables.sort_by_key(|table| table.path.ends_with(MERCHANTS_FILE));
    for table in &tables {
        if table.path.ends_with(MERCHANTS_FILE) {
            match fs::remove_file(&table.path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(table.failed(error.into()));
                }
                _ => {}
            }
        }
    }
    for table in tables {
        let Table { path, beside, rows } = table;
        drop(rows);
        beside
            .persist(&path)
            .map_err(|refused| failed(&path, refused.error.into()))?;
        placed.push(path);
    }
    Ok(())
}

fn failed(path: &Path, source: csv::Error) -> SimulateError {
    SimulateError::Write {
        path: path.to_owned(),
        source,
    }
}

const MERCHANTS_FILE: &str = "merchants.csv";

/// Two markets in one folder would be read as one.
fn refuse_leftovers(folder: &Path, names: &[&str]) -> Result<(), SimulateError> {
    let mut paths = names.iter().map(|name| folder.join(name));
    match paths.find(|path| path.exists()) {
        Some(path) => Err(SimulateError::Leftover { path }),
        None => Ok(()),
    }
}

/// One table.
struct Table {
    /// Where it will stand.
    path: PathBuf,
    /// Where it is written; goes with the table when that is not placed.
    beside: TempPath,
    rows: csv::Writer<File>,
}

impl Table {
    fn create(
        folder: &Path,
        name: &str,
        header: &[&str],
        timed: bool,
    ) -> Result<Self, SimulateError> {
        let path = folder.join(name);
        let fail = |error: io::Error| failed(&path, error.into());
        // Better told now than when all rows are made.
        if path.is_dir() {
            return Err(fail(io::ErrorKind::IsADirectory.into()));
        }
        let hidden = folder.join(format!(".tmp-{name}"));
        let file = File::create(&hidden).map_err(fail)?;
        let mut table = Self {
            rows: csv::Writer::from_writer(file),
            beside: TempPath::try_from_path(hidden).map_err(fail)?,
            path,
        };
        let is_time = |name: &str| name.ends_with("_seen") || name.ends_with("_at");
        let kept: Vec<&str> = header
            .iter()
            .copied()
            .filter(|name| timed || !is_time(name))
            .collect();
        table.write(&kept)?;
        Ok(table)
    }

    fn write<T: AsRef<[u8]>>(&mut self, fields: &[T]) -> Result<(), SimulateError> {
        let written = self.rows.write_record(fields);
        written.map_err(|error| self.failed(error))
    }

    fn flush(&mut self) -> Result<(), SimulateError> {
        let flushed = self.rows.flush();
        flushed.map_err(|error| self.failed(error.into()))
    }

    fn failed(&self, error: csv::Error) -> SimulateError {
        failed(&self.path, error)
    }
}

/// The tables of one day.
struct Folder {
    market: Market,
    day: u32,
    /// The newest day that is known, in days since 1970-01-01.
    today: i32,
    merchants: Table,
    devices: Table,
    payouts: Table,
    addresses: Table,
    truth: Table,
    /// `relations` and `labels`.
    labelled: Option<(Table, Table)>,
}

const MERCHANTS: [&str; 11] = [
    "merchant_id",
    "name",
    "category",
    "city",
    "country",
    "status",
    "owner_id",
    "gmv_30d",
    "refund_rate",
    "complaint_rate",
    "registered_at",
];
const DEVICES: [&str; 5] = [
    "merchant_id",
    "device_id",
    "events",
    "first_seen",
    "last_seen",
];
const PAYOUTS: [&str; 5] = [
    "merchant_id",
    "account",
    "amount",
    "first_seen",
    "last_seen",
];
const ADDRESSES: [&str; 9] = [
    "merchant_id",
    "address",
    "city",
    "postal_code",
    "country",
    "lat",
    "lon",
    "first_seen",
    "last_seen",
];
const TRUTH: [&str; 5] = [
    "merchant_id",
    "ring_id",
    "typology",
    "benign_group",
    "benign_kind",
];
const RELATIONS: [&str; 6] = [
    "merchant_id",
    "other_merchant_id",
    "kind",
    "events",
    "first_seen",
    "last_seen",
];
const LABELS: [&str; 4] = ["merchant_id", "label", "decided_at", "source"];

impl Folder {
    fn create(path: &Path, market: Market, day: u32) -> Result<Self, SimulateError> {
        create_dir_all(path).map_err(|error| SimulateError::Write {
            path: path.to_owned(),
            source: error.into(),
        })?;
        if !market.character.labelled {
            refuse_leftovers(path, &["relations.csv", "labels.csv"])?;
        }
        let timed = market.character.timed;
        let table = |name: &str, header: &[&str]| Table::create(path, name, header, timed);
        let before = i32::try_from(market.snapshots - 1 - day).expect("few days");
        let labelled = if market.character.labelled {
            Some((
                table("relations.csv", &RELATIONS)?,
                table("labels.csv", &LABELS)?,
            ))
        } else {
            None
        };
        Ok(Self {
            market,
            day,
            today: market.last_day - before,
            merchants: table(MERCHANTS_FILE, &MERCHANTS)?,
            devices: table("devices.csv", &DEVICES)?,
            payouts: table("payouts.csv", &PAYOUTS)?,
            addresses: table("addresses.csv", &ADDRESSES)?,
            truth: table("truth.csv", &TRUTH)?,
            labelled,
        })
    }

    fn into_tables(self) -> impl Iterator<Item = Table> {
        let tables = [
            self.merchants,
            self.devices,
            self.payouts,
            self.addresses,
            self.truth,
        ];
        let more = self.labelled.map(|(relations, labels)| [relations, labels]);
        tables.into_iter().chain(more.into_iter().flatten())
    }

    fn shop(&mut self, id: &str, shop: &Shop) -> Result<(), SimulateError> {
        self.merchant(id, shop)?;
        let seen = |used: &&Use| used.first <= self.today && used.snapshots.holds(self.day);
        for used in shop.devices.iter().filter(seen) {
            let row = vec![
                id.to_owned(),
                device_text(used.value),
                used.events.to_string(),
            ];
            let row = self.with_times(row, used.first, used.last, true);
            self.devices.write(&row)?;
        }
        for used in shop.payouts.iter().filter(|used| seen(used)) {
            let text = account_text(used.value, self.market.character.dirt, id);
            let amount =
                Money::from_f64(shop.gmv * f64::from(used.events) / 20.0).unwrap_or_default();
            let row = vec![id.to_owned(), text, amount.to_string()];
            let row = self.with_times(row, used.first, used.last, false);
            self.payouts.write(&row)?;
        }
        for stay in &shop.addresses {
            let row = self.with_times(address_row(id, stay), stay.first, stay.last, false);
            self.addresses.write(&row)?;
        }
        self.known(id, shop)
    }

    fn merchant(&mut self, id: &str, shop: &Shop) -> Result<(), SimulateError> {
        let status = match shop.standing {
            Standing::Suspended(day) if day <= self.today => "suspended",
            Standing::Closed(day) if day <= self.today => "closed",
            _ => "active",
        };
        let mut row = vec![
            id.to_owned(),
            shop.name.clone(),
            CATEGORIES[shop.category].to_owned(),
            shop.city.name().to_owned(),
            shop.city.country_code().to_owned(),
            status.to_owned(),
            shop.owner.map_or(String::new(), |owner| {
                format!("O{:010}", owner % 10_000_000_000)
            }),
            Money::from_f64(shop.gmv).unwrap_or_default().to_string(),
            format!("{:.4}", shop.refund_rate),
            format!("{:.4}", shop.complaint_rate),
        ];
        if self.market.character.timed {
            row.push(day_text(shop.registered));
        }
        self.merchants.write(&row)?;
        self.broken_rows(id, &row)
    }

    /// Rows no reader can accept, in a dirty market: a second row of the same merchant, a row without
    /// a merchant, a date that is none.
    fn broken_rows(&mut self, id: &str, row: &[String]) -> Result<(), SimulateError> {
        let dirt = self.market.character.dirt;
        let mut random = Random::new(&[self.market.seed, 6, text_hash(id)]);
        if dirt < 0.05 || !random.chance(dirt * 0.15) {
            return Ok(());
        }
        let device = format!("{:016x}", random.bits());
        match random.below(3) {
            0 => self.merchants.write(row),
            1 => self
                .devices
                .write(&["", &device, "1", "2025-01-01", "2025-01-02"]),
            _ => self.devices.write(&[id, &device, "1", "31/12/2024", ""]),
        }
    }

    fn known(&mut self, id: &str, shop: &Shop) -> Result<(), SimulateError> {
        let later = shop.truth.later_ring.filter(|(from, _)| *from <= self.day);
        let (ring, typology) = match (shop.truth.ring, later) {
            (Some((_, typology)), Some((_, ring))) | (Some((ring, typology)), None) => {
                (format!("R{:012x}", ring >> 16), typology)
            }
            (None, _) => Default::default(),
        };
        let (group, kind) = shop
            .truth
            .benign
            .map_or_else(Default::default, |(group, kind)| {
                (format!("B{:012x}", group >> 16), kind)
            });
        self.truth.write(&[id, &ring, typology, &group, kind])?;
        let fraud = shop.truth.ring.is_some();
        if let Some((_, labels)) = &mut self.labelled
            && let Some(label) = verdict(self.market.seed, id, fraud)
        {
            let decided = day_text((shop.registered + 90).min(self.today));
            labels.write(&[id, label, &decided, "casework"])?;
        }
        Ok(())
    }

    fn tie(&mut self, tie: &Tie) -> Result<(), SimulateError> {
        let Some((relations, _)) = &mut self.labelled else {
            return Ok(());
        };
        let (first, last) = (day_text(tie.day), day_text((tie.day + 30).min(self.today)));
        relations.write(&[
            tie.id,
            tie.other,
            tie.kind,
            &tie.events.to_string(),
            &first,
            &last,
        ])
    }

    fn with_times(&self, mut row: Vec<String>, first: i32, last: i32, exact: bool) -> Vec<String> {
        if self.market.character.timed {
            let last = last.min(self.today);
            if exact {
                let second = i64::try_from(text_hash(&row[1]) % 86_400).expect("within a day");
                row.push(Timestamp::from_seconds(i64::from(first) * 86_400 + second).to_string());
                row.push(Timestamp::from_seconds(i64::from(last) * 86_400 + second).to_string());
            } else {
                row.push(day_text(first));
                row.push(day_text(last));
            }
        }
        row
    }
}
