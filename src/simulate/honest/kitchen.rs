//! Cloud kitchens: many food brands behind one door, opened together.

use crate::simulate::names::FOOD_CATEGORIES;
use crate::simulate::places::City;
use crate::simulate::scene::Scene;
use crate::simulate::shop::Shop;

/// Six to fourteen brands in one kitchen, of one operator or of several cooks.
pub(super) fn kitchen(scene: &mut Scene) -> Vec<Shop> {
    let size = scene.size(6, 14);
    let city = City::draw(&mut scene.random);
    let door = scene.fresh_address(city);
    let tablets = [scene.fresh(), scene.fresh()];
    let one_operator = scene.random.chance(0.55);
    let declared = (one_operator && scene.random.chance(0.4)).then(|| scene.fresh());
    let account = scene.fresh_account(city);
    let start = scene.opening_day();
    let at_once = scene.random.chance(0.5);
    (0..size)
        .map(|_| {
            let last = (start + if at_once { 3 } else { 400 }).min(scene.market.last_day - 1);
            let day = scene.random.day_between(start.min(last), last);
            let food = usize::try_from(scene.random.below(4)).expect("four") % FOOD_CATEGORIES;
            let mut shop = scene.shop_of(city, day, food);
            shop.addresses.clear();
            scene.move_to(&mut shop, door);
            let tablet = *scene.random.pick(&tablets);
            if scene.random.chance(0.4) {
                shop.devices.clear();
            }
            scene.log_in(&mut shop, tablet);
            if one_operator {
                shop.owner = declared;
                shop.payouts.clear();
                scene.pay_to(&mut shop, account);
            }
            shop.belongs_to(scene.key, "kitchen");
            shop
        })
        .collect()
}
