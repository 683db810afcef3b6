//! Honest owners of several shops: one account, one phone, often never declared.

use crate::simulate::names::brand;
use crate::simulate::places::City;
use crate::simulate::scene::Scene;
use crate::simulate::shop::Shop;

/// An owner of two to four shops.
pub(super) fn small(scene: &mut Scene) -> Vec<Shop> {
    let size = scene.size(2, 4);
    owned(scene, size, 0.4)
}

/// An owner of five to fourteen shops, the honest group most like a ring.
pub(super) fn large(scene: &mut Scene) -> Vec<Shop> {
    let size = scene.size(5, 14);
    owned(scene, size, 0.45)
}

fn owned(scene: &mut Scene, size: u32, declares: f64) -> Vec<Shop> {
    let home = City::draw(&mut scene.random);
    let owner = scene.random.chance(declares).then(|| scene.fresh());
    let name = scene.random.chance(0.45).then(|| brand(&mut scene.random));
    let account = scene.fresh_account(home);
    let spare_account = scene.fresh_account(home);
    let device = scene.fresh();
    let shares_account = scene.random.chance(0.85);
    let shares_device = !shares_account || scene.random.chance(0.7);
    let store = scene.random.chance(0.15).then(|| scene.fresh_address(home));
    // A third open all their shops within weeks, the others over years.
    let start = scene.opening_day();
    let span = if scene.random.chance(0.35) { 40 } else { 900 };
    let trade = usize::try_from(scene.random.below(14)).expect("fourteen categories");
    let same_trade = scene.random.chance(0.6);
    (0..size)
        .map(|branch| {
            let city = if scene.random.chance(0.8) {
                home
            } else {
                City::draw_in(&mut scene.random, home.country)
            };
            let last = (start + span).min(scene.market.last_day - 2);
            let day = scene.random.day_between(start, last);
            let mut shop = if same_trade {
                scene.shop_of(city, day, trade)
            } else {
                scene.shop(city, day)
            };
            if let Some(name) = &name {
                shop.name = if branch == 0 {
                    name.clone()
                } else {
                    format!("{name} {}", branch + 1)
                };
            }
            shop.owner = owner;
            if shares_account {
                shop.payouts.clear();
                let spare = scene.random.chance(0.12);
                scene.pay_to(&mut shop, if spare { spare_account } else { account });
            }
            if shares_device && scene.random.chance(0.9) {
                if scene.random.chance(0.35) {
                    shop.devices.clear();
                }
                scene.log_in(&mut shop, device);
            }
            if let Some(store) = store
                && scene.random.chance(0.7)
            {
                shop.addresses.clear();
                scene.move_to(&mut shop, store);
            }
            shop.belongs_to(scene.key, "owner");
            shop
        })
        .collect()
}
