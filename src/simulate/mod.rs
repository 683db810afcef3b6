//! Markets made up, with planted rings and honest sharing, and the truth about them.
//!
//! A market is a sequence of groups (a single shop, an owner's shops, a chain, a ring), each made from
//! its own random stream and forgotten once written: memory does not grow with the market. What many
//! groups share (malls, agencies, aggregators) is named by a hash of its place, so that it needs no
//! memory either. The same settings give the same bytes on every machine.

mod addresses;
mod honest;
mod labelled;
mod names;
mod places;
mod random;
mod rings;
mod scene;
mod shop;
mod spoil;
mod text;
mod world;
mod writer;

use std::path::{Path, PathBuf};

use honest::Recent;
use random::{Random, scatter, slot};
use scene::{Market, Scene};
use shop::Shop;
use world::Character;
use writer::Writer;

pub use world::{UnknownWorld, World};

/// What market to make.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// How many merchants it has.
    pub merchants: u32,
    /// Another seed, another market of the same character.
    pub seed: u64,
    /// Its character.
    pub world: World,
    /// Share of merchants in rings, 0..=0.5; the world's own where `None`.
    pub fraud_share: Option<f64>,
    /// Daily snapshots of a series, 2 to 60; other worlds have one.
    pub snapshots: u32,
}

/// What was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Merchants in all.
    pub merchants: u32,
    /// Merchants in rings.
    pub fraud_merchants: u32,
    /// Rings.
    pub rings: u32,
    /// Groups that were asked for as rings: two rings on one bridge are one.
    pub ring_groups: u32,
}

/// Why no market was made.
#[derive(Debug, thiserror::Error)]
pub enum SimulateError {
    /// A file or folder could not be written.
    #[error("cannot write {}; check that the folder exists and has room", path.display())]
    Write {
        /// Where.
        path: PathBuf,
        /// Why.
        #[source]
        source: csv::Error,
    },
    /// A table of another market, which this one would not replace.
    #[error("{} belongs to another market; choose an empty folder", path.display())]
    Leftover {
        /// Where.
        path: PathBuf,
    },
    /// A setting out of range.
    #[error("{setting} must lie in {range}; choose another value")]
    Setting {
        /// Which.
        setting: &'static str,
        /// What was expected.
        range: &'static str,
    },
}

/// 2025-06-30, the newest day of every market.
const LAST_DAY: i32 = 20_269;

/// Shops that wait to be written in another order than they were made.
const WAITING: usize = 4096;

/// A shop with its id.
#[derive(Debug)]
struct Finished {
    id: String,
    shop: Shop,
}

/// Makes a market and writes its tables and `truth.csv` into a folder, which is created. A series goes
/// into one folder a day, `day-01` and so on.
///
/// # Errors
/// [`SimulateError`] for a setting out of range or a folder that cannot be written.
pub fn simulate(settings: &Settings, out: &Path) -> Result<Summary, SimulateError> {
    let market = market(settings)?;
    let mut writer = Writer::create(out, market)?;
    let mut summary = Summary::default();
    let mut recent = Recent::default();
    let mut waiting: Vec<Finished> = Vec::with_capacity(WAITING + 1);
    let mut order = Random::new(&[market.seed, 4]);
    let mut group = 0;
    while summary.merchants < market.merchants {
        let mut scene = Scene::new(market, group, market.merchants - summary.merchants);
        group += 1;
        let shops = next_group(&mut scene, &mut summary);
        let ids = ids_for(&market, &mut summary, shops.len());
        labelled::tie(&mut scene, &shops, &ids, &recent, &mut writer)?;
        for (mut shop, id) in shops.into_iter().zip(ids) {
            honest::hang_on_hubs(&mut scene, &mut shop, &recent);
            spoil::spoil(&mut scene, &mut shop);
            recent.remember(&shop, &id);
            waiting.push(Finished { id, shop });
            if waiting.len() > WAITING {
                let next = slot(order.bits(), waiting.len());
                writer.shop(&waiting.swap_remove(next))?;
            }
        }
    }
    waiting.sort_by(|a, b| a.id.cmp(&b.id));
    for finished in &waiting {
        writer.shop(finished)?;
    }
    writer.finish()?;
    Ok(summary)
}

fn market(settings: &Settings) -> Result<Market, SimulateError> {
    if settings.merchants == 0 {
        return Err(SimulateError::Setting {
            setting: "the number of merchants",
            range: "1 to 4294967295",
        });
    }
    let mut character = Character::of(settings.world);
    if let Some(share) = settings.fraud_share {
        if !(0.0..=0.5).contains(&share) {
            return Err(SimulateError::Setting {
                setting: "the share of fraud",
                range: "0 to 0.5",
            });
        }
        character.fraud_share = share;
    }
    let snapshots = match settings.world {
        World::Series => settings.snapshots,
        _ => 1,
    };
    if settings.world == World::Series && !(2..=60).contains(&snapshots) {
        return Err(SimulateError::Setting {
            setting: "the number of days",
            range: "2 to 60",
        });
    }
    Ok(Market {
        seed: settings.seed,
        merchants: settings.merchants,
        character,
        last_day: LAST_DAY,
        snapshots,
    })
}

/// A ring when rings have fallen behind their share, an honest group otherwise.
fn next_group(scene: &mut Scene, summary: &mut Summary) -> Vec<Shop> {
    let share = scene.market.character.fraud_share;
    let due = f64::from(summary.fraud_merchants) < share * f64::from(summary.merchants);
    if !due || scene.room < rings::SMALLEST {
        return honest::group(scene);
    }
    let shops = rings::ring(scene, u64::from(summary.ring_groups));
    summary.ring_groups += 1;
    let fraud = shops.iter().filter_map(|shop| shop.truth.ring.as_ref());
    let mut fraud: Vec<_> = fraud.map(|(ring, _)| *ring).collect();
    summary.fraud_merchants += u32::try_from(fraud.len()).expect("a ring is small");
    fraud.sort_unstable();
    fraud.dedup();
    summary.rings += u32::try_from(fraud.len()).expect("a group has few rings");
    shops
}

/// Ids that say nothing about where a merchant stands or with whom it was made.
fn ids_for(market: &Market, summary: &mut Summary, count: usize) -> Vec<String> {
    let first = summary.merchants;
    summary.merchants += u32::try_from(count).expect("a group is small");
    (first..summary.merchants)
        .map(|position| format!("M{:013}", scatter(market.seed, u64::from(position))))
        .collect()
}
