//! What strangers share without knowing each other: malls, offices, agencies, aggregators, couriers,
//! placeholders and slips of the pen. It falls on honest merchants and on rings alike.

use crate::simulate::addresses::Address;
use crate::simulate::places::City;
use crate::simulate::random::{Random, floor, hash};
use crate::simulate::scene::Scene;
use crate::simulate::shop::{Shop, Use, Value};

/// Values lately used by others, which a slip of the pen may repeat.
#[derive(Debug, Default)]
pub(crate) struct Recent {
    devices: Vec<u64>,
    accounts: Vec<u64>,
    ids: Vec<String>,
    seen: usize,
}

const REMEMBERED: usize = 512;

impl Recent {
    /// Remembers a shop's values in place of the oldest.
    pub(crate) fn remember(&mut self, shop: &Shop, id: &str) {
        let (Some(device), Some(account)) = (key_of(&shop.devices), key_of(&shop.payouts)) else {
            return;
        };
        if self.devices.len() < REMEMBERED {
            self.devices.push(device);
            self.accounts.push(account);
            self.ids.push(id.to_owned());
        } else {
            self.devices[self.seen % REMEMBERED] = device;
            self.accounts[self.seen % REMEMBERED] = account;
            id.clone_into(&mut self.ids[self.seen % REMEMBERED]);
        }
        self.seen += 1;
    }

    /// Some merchant made lately.
    pub(crate) fn stranger(&self, random: &mut Random) -> Option<&str> {
        (!self.ids.is_empty()).then(|| random.pick(&self.ids).as_str())
    }
}

fn key_of(uses: &[Use]) -> Option<u64> {
    uses.iter().find_map(|used| match used.value {
        Value::Key(key) => Some(key),
        Value::Text(_) => None,
    })
}

/// Hangs a shop on the hubs of its city and country, by chance.
pub(crate) fn hang_on_hubs(scene: &mut Scene, shop: &mut Shop, recent: &Recent) {
    let character = scene.market.character;
    let mut factor = character.honest_sharing;
    if shop.truth.ring.is_some() {
        factor *= character.ring_hub_use;
    }
    // A ring whose business is its address stays there.
    let settled = matches!(shop.truth.ring, Some((_, "address_mill" | "spelling")));
    if !settled && scene.random.chance(0.075 * factor) {
        big_building(scene, shop);
    } else if !settled && scene.random.chance(0.02 * factor) {
        virtual_office(scene, shop);
    }
    if scene.random.chance(0.035 * factor) {
        agency(scene, shop);
    }
    if scene.random.chance(0.07 * factor) {
        aggregator(scene, shop);
    }
    if scene.random.chance(0.03 * factor) {
        courier_or_kiosk(scene, shop);
    }
    if scene.random.chance(0.004 + character.dirt * 0.2) {
        slip(scene, shop, recent);
    }
    placeholders(scene, shop);
}

/// How many hubs serve a share of the market when each serves `per_hub` and `use_share` use one.
fn hubs(scene: &Scene, market_share: f64, use_share: f64, per_hub: f64) -> u32 {
    floor(f64::from(scene.market.merchants) * market_share * use_share / per_hub).max(1)
}

fn hub_key(scene: &Scene, kind: u64, place: u64, number: u32) -> u64 {
    hash(&[scene.market.seed, 3, kind, place, u64::from(number)])
}

fn building(key: u64, city: City, unit: Option<(u32, u32)>) -> Address {
    // House numbers beyond those of ordinary shops, so that a mall is a place of its own.
    let street = 8 + u32::try_from(key % 16).expect("small");
    let number = 300 + u32::try_from(key / 16 % 4000).expect("small");
    Address {
        city,
        street,
        number,
        unit,
    }
}

fn big_building(scene: &mut Scene, shop: &mut Shop) {
    let count = hubs(scene, shop.city.share(), 0.075, 45.0);
    let number = scene.random.skewed_below(count);
    let key = hub_key(scene, 0, shop.city.key(), number);
    let kind = ["mall", "mall", "food_court", "tower"][usize::try_from(key % 4).expect("four")];
    let floors = if kind == "food_court" { 1 } else { 12 };
    let unit = (scene.random.between(1, floors), scene.random.between(1, 60));
    shop.addresses.clear();
    // Half of those in a food court give only the building.
    let unit = (kind != "food_court" || scene.random.chance(0.5)).then_some(unit);
    scene.move_to(shop, building(key >> 8, shop.city, unit));
    shop.belongs_to(key, kind);
}

fn virtual_office(scene: &mut Scene, shop: &mut Shop) {
    let count = hubs(scene, shop.city.share(), 0.02, 50.0);
    let number = scene.random.skewed_below(count);
    let key = hub_key(scene, 1, shop.city.key(), number);
    let floor = u32::try_from(key % 20).expect("small");
    shop.addresses.clear();
    scene.move_to(shop, building(key >> 8, shop.city, Some((floor + 1, 1))));
    shop.belongs_to(key, "virtual_office");
}

fn agency(scene: &mut Scene, shop: &mut Shop) {
    let count = hubs(scene, 0.125, 0.035, 110.0);
    let country = u64::try_from(shop.city.country).expect("eight");
    let number = scene.random.skewed_below(count);
    join_agency(scene, shop, country, number);
}

/// Makes a shop a client of its country's agency of this number: one or two of its staff log in.
fn join_agency(scene: &mut Scene, shop: &mut Shop, country: u64, number: u32) {
    let key = hub_key(scene, 2, country, number);
    for device in agency_staff(scene, key) {
        scene.log_in(shop, device);
    }
    shop.belongs_to(key, "agency");
}

/// One or two devices of an agency's staff of five.
fn agency_staff(scene: &mut Scene, agency: u64) -> Vec<u64> {
    (0..scene.random.between(1, 2))
        .map(|_| hash(&[agency, u64::from(scene.random.below(5))]))
        .collect()
}

fn aggregator(scene: &mut Scene, shop: &mut Shop) {
    let country = u64::try_from(shop.city.country).expect("eight");
    // Half use the one that serves every country, the others one of their own.
    let key = if scene.random.chance(0.5) {
        hub_key(scene, 3, 99, 0)
    } else {
        let count = hubs(scene, 0.125, 0.035, 2500.0);
        let number = scene.random.below(count);
        hub_key(scene, 3, country, number)
    };
    // A ring rarely gives up its own account for an aggregator's.
    let only = if shop.truth.ring.is_some() { 0.2 } else { 0.7 };
    if scene.random.chance(only) {
        shop.payouts.clear();
    }
    scene.pay_to(shop, key & !7 | country_of(key));
    shop.belongs_to(key, "aggregator");
}

/// An aggregator's bank is where the aggregator is, not where its merchants are.
fn country_of(key: u64) -> u64 {
    key >> 61
}

fn courier_or_kiosk(scene: &mut Scene, shop: &mut Shop) {
    let count = hubs(scene, shop.city.share(), 0.03, 7.0);
    let number = scene.random.below(count);
    let key = hub_key(scene, 4, shop.city.key(), number);
    scene.log_in(shop, key);
    shop.belongs_to(
        key,
        if key.is_multiple_of(2) {
            "courier"
        } else {
            "kiosk"
        },
    );
}

/// Somebody else's value by mistake.
fn slip(scene: &mut Scene, shop: &mut Shop, recent: &Recent) {
    if recent.devices.is_empty() {
        return;
    }
    if scene.random.chance(0.5) {
        let device = *scene.random.pick(&recent.devices);
        scene.log_in(shop, device);
    } else {
        let account = *scene.random.pick(&recent.accounts);
        scene.pay_to(shop, account);
    }
}

const NO_DEVICE: [&str; 6] = [
    "unknown",
    "00000000-0000-0000-0000-000000000000",
    "N/A",
    "0",
    "000000000000000",
    "none",
];
const NO_ACCOUNT: [&str; 5] = ["N/A", "0000000000", "pending", "-", "TBC"];
const NO_ADDRESS: [&str; 5] = ["N/A", "unknown", "-", "to be confirmed", "."];

fn placeholders(scene: &mut Scene, shop: &mut Shop) {
    let rate = scene.market.character.dirt;
    if scene.random.chance(rate) {
        let text = *scene.random.pick(&NO_DEVICE);
        if let Some(used) = shop.devices.last_mut() {
            used.value = Value::Text(text);
        }
    }
    if scene.random.chance(rate * 0.6) {
        let text = *scene.random.pick(&NO_ACCOUNT);
        if let Some(used) = shop.payouts.last_mut() {
            used.value = Value::Text(text);
        }
    }
    if scene.random.chance(rate * 0.8) {
        let text = *scene.random.pick(&NO_ADDRESS);
        if let Some(stay) = shop.addresses.last_mut() {
            stay.placeholder = Some(text);
        }
    }
}

/// The busiest agency device of a country, for a corrupt group inside an honest agency.
pub(crate) fn client_of_agency(scene: &mut Scene, shop: &mut Shop, number: u32) {
    let country = u64::try_from(shop.city.country).expect("eight");
    join_agency(scene, shop, country, number);
}
