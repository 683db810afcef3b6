//! Families: separate businesses that live or trade at one address.

use crate::simulate::places::City;
use crate::simulate::scene::Scene;
use crate::simulate::shop::Shop;

/// Two or three businesses of one household.
pub(super) fn family(scene: &mut Scene) -> Vec<Shop> {
    let size = scene.size(2, 3);
    let city = City::draw(&mut scene.random);
    let home = scene.fresh_address(city);
    let tablet = scene.fresh();
    let account = scene.fresh_account(city);
    let shares_tablet = scene.random.chance(0.4);
    let shares_account = scene.random.chance(0.25);
    (0..size)
        .map(|_| {
            let day = scene.opening_day();
            let mut shop = scene.shop(city, day);
            shop.addresses.clear();
            scene.move_to(&mut shop, home);
            if shares_tablet {
                scene.log_in(&mut shop, tablet);
            }
            if shares_account {
                scene.pay_to(&mut shop, account);
            }
            shop.belongs_to(scene.key, "family");
            shop
        })
        .collect()
}
