//! What becomes of rings from day to day: born, growing, merging, splitting, vanishing.

use std::collections::BTreeMap;

use crate::simulate::scene::Scene;
use crate::simulate::shop::{Shop, Snapshots, Standing, Use, Value};

/// Gives a fresh ring (or the two of a bridge) its fate in a series.
pub(super) fn live(scene: &mut Scene, shops: &mut [Shop]) {
    let last = scene.market.snapshots - 1;
    let first_ring = shops[0].truth.ring;
    let two = shops
        .iter()
        .any(|s| s.truth.ring.is_some() && s.truth.ring != first_ring);
    let born = if scene.random.chance(0.35) {
        scene.random.between(1, last)
    } else {
        0
    };
    if born > 0 {
        bear(scene, shops, born);
    }
    if scene.random.chance(0.4) {
        grow(scene, shops, born);
    }
    if born + 1 > last {
        return;
    }
    let day = scene.random.between(born + 1, last);
    match scene.random.below(10) {
        0..=5 if two => merge(scene, shops, day),
        0..=1 if shops.len() >= 8 => split(scene, shops, day),
        2..=3 => vanish(shops, day),
        _ => {}
    }
}

/// The date of a snapshot.
fn date(scene: &Scene, snapshot: u32) -> i32 {
    let before = scene.market.snapshots - 1 - snapshot;
    scene.market.last_day - i32::try_from(before).expect("few snapshots")
}

/// Moves the ring in time so that its first merchant registers on the day, and half of it by then.
fn bear(scene: &mut Scene, shops: &mut [Shop], snapshot: u32) {
    let day = date(scene, snapshot);
    for shop in shops.iter_mut().filter(|shop| shop.truth.ring.is_some()) {
        let registered = day - scene.random.day_between(0, 3);
        shift(shop, registered, scene.market.last_day);
        shop.snapshots.from = snapshot;
    }
}

/// A third of the merchants come later.
fn grow(scene: &mut Scene, shops: &mut [Shop], born: u32) {
    let last = scene.market.snapshots - 1;
    for shop in shops.iter_mut().filter(|shop| shop.truth.ring.is_some()) {
        if scene.random.chance(0.33) {
            let joins = scene.random.between(born, last);
            shift(shop, date(scene, joins), scene.market.last_day);
        }
    }
}

/// Moves all that a shop does so that it registers on a day.
fn shift(shop: &mut Shop, registered: i32, last_day: i32) {
    let days = registered - shop.registered;
    let moved = |day: i32| (day + days).min(last_day);
    shop.registered = registered;
    shop.standing = match shop.standing {
        Standing::Active => Standing::Active,
        Standing::Suspended(day) => Standing::Suspended(day + days),
        Standing::Closed(day) => Standing::Closed(day + days),
    };
    for used in shop.devices.iter_mut().chain(&mut shop.payouts) {
        // A merchant signs up from a device and names an account: both are known from its first day on, or
        // nobody could tell on that day that the ring has grown.
        used.first = registered;
        used.last = moved(used.last).max(used.first);
    }
    for stay in &mut shop.addresses {
        stay.first = moved(stay.first);
        stay.last = moved(stay.last);
    }
}

/// The second ring of a bridge takes up a phone of the first and is one with it.
fn merge(scene: &mut Scene, shops: &mut [Shop], day: u32) {
    let Some((first, _)) = shops[0].truth.ring else {
        return;
    };
    let phone = scene.fresh();
    for shop in shops.iter_mut().filter(|shop| shop.truth.ring.is_some()) {
        take_up(scene, shop, phone, day);
        if shop.truth.ring.is_some_and(|(ring, _)| ring != first) {
            shop.truth.later_ring = Some((day, first));
        }
    }
}

/// The second half gives up what it shares and goes on with a phone of its own.
fn split(scene: &mut Scene, shops: &mut [Shop], day: u32) {
    let mut users: BTreeMap<u64, u32> = BTreeMap::new();
    for used in shops
        .iter()
        .flat_map(|shop| shop.devices.iter().chain(&shop.payouts))
    {
        if let Value::Key(key) = used.value {
            *users.entry(key).or_default() += 1;
        }
    }
    let (phone, ring) = (scene.fresh(), scene.fresh());
    let half = shops.len() / 2;
    let leavers = shops[half..]
        .iter_mut()
        .filter(|shop| shop.truth.ring.is_some());
    for shop in leavers {
        for used in shop.devices.iter_mut().chain(&mut shop.payouts) {
            if matches!(used.value, Value::Key(key) if users[&key] > 1) {
                used.snapshots.to = day - 1;
            }
        }
        take_up(scene, shop, phone, day);
        shop.truth.later_ring = Some((day, ring));
    }
}

fn take_up(scene: &Scene, shop: &mut Shop, phone: u64, day: u32) {
    shop.devices.push(Use {
        value: Value::Key(phone),
        first: date(scene, day).max(shop.registered),
        last: scene.market.last_day,
        events: 12,
        snapshots: Snapshots {
            from: day,
            to: u32::MAX,
        },
    });
}

/// All are gone from the tables from the day on.
fn vanish(shops: &mut [Shop], day: u32) {
    for shop in shops.iter_mut().filter(|shop| shop.truth.ring.is_some()) {
        shop.snapshots.to = day - 1;
    }
}
