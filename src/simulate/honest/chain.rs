//! Chains and franchises: one brand, up to hundreds of branches, some onboarded in one day.

use crate::simulate::names::brand;
use crate::simulate::places::City;
use crate::simulate::scene::Scene;
use crate::simulate::shop::Shop;

/// Five to some hundreds of branches; in a small market at most a fortieth of it.
pub(super) fn chain(scene: &mut Scene) -> Vec<Shop> {
    let most = (scene.market.merchants / 40).clamp(8, 400);
    let small = scene.random.chance(0.75);
    let size = scene.size(5, if small { most.min(30) } else { most });
    let home = City::draw(&mut scene.random);
    let name = brand(&mut scene.random);
    let trade = usize::try_from(scene.random.skewed_below(14)).expect("fourteen categories");
    let franchise = scene.random.chance(0.4);
    let owner = scene.random.chance(0.75).then(|| scene.fresh());
    let mut account = scene.fresh_account(home);
    let mut manager = scene.fresh();
    let start = scene.opening_day();
    let at_once = scene.random.chance(0.33);
    let mut left_in_region = 0;
    (0..size)
        .map(|branch| {
            if left_in_region == 0 {
                left_in_region = scene.random.between(2, 9);
                manager = scene.fresh();
                if franchise {
                    account = scene.fresh_account(home);
                }
            }
            left_in_region -= 1;
            let city = City::draw_in(&mut scene.random, home.country);
            let last = if at_once {
                start
            } else {
                scene.market.last_day - 1
            };
            let day = scene.random.day_between(start.min(last), last);
            let mut shop = scene.shop_of(city, day, trade);
            shop.name = match branch % 3 {
                0 => format!("{name} {}", city.name()),
                1 => format!("{name} #{}", branch + 1),
                _ => format!("{name} {:03}", branch + 1),
            };
            shop.owner = owner;
            shop.payouts.clear();
            scene.pay_to(&mut shop, account);
            if scene.random.chance(0.7) {
                scene.log_in(&mut shop, manager);
            }
            shop.belongs_to(scene.key, "chain");
            shop
        })
        .collect()
}
