//! Second-hand phones and point-of-sale tablets: one device, two strangers, one after the other.

use crate::simulate::places::City;
use crate::simulate::scene::Scene;
use crate::simulate::shop::{Shop, Snapshots, Use, Value};

/// Two or three strangers who had the same device at different times.
pub(super) fn second_hand(scene: &mut Scene) -> Vec<Shop> {
    let size = scene.size(2, 3);
    let city = City::draw(&mut scene.random);
    let phone = scene.fresh();
    let mut free_since = scene.market.last_day - scene.random.day_between(300, 1400);
    (0..size)
        .map(|_| {
            let latest = (free_since + 60).min(scene.market.last_day - 2);
            let day = scene
                .random
                .day_between((free_since - 200).min(latest), latest);
            let mut shop = scene.shop(city, day);
            let first = free_since.max(shop.registered).min(scene.market.last_day);
            let last = (first + scene.random.day_between(20, 300)).min(scene.market.last_day);
            shop.devices.truncate(1);
            shop.devices.push(Use {
                value: Value::Key(phone),
                first,
                last,
                events: 1 + scene.random.below(60),
                snapshots: Snapshots::ALL,
            });
            free_since = last + scene.random.day_between(2, 90);
            shop.belongs_to(scene.key, "second_hand");
            shop
        })
        .collect()
}
