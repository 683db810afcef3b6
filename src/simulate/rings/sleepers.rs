//! Sleepers: registered in a burst from one device, then left alone for later.

use super::{Plan, pool, second_kind, share_device};
use crate::simulate::scene::Scene;
use crate::simulate::shop::Shop;

pub(super) fn ring(scene: &mut Scene) -> Vec<Shop> {
    let mut plan = Plan::new(scene, "sleepers");
    plan.days = 2;
    let size = scene.size(6, 30);
    let phones = pool(scene, size, 8, plan.home);
    let mut shops = plan.members(scene, size);
    for shop in &mut shops {
        let phone = *scene.random.pick(&phones);
        share_device(scene, shop, phone);
        if scene.random.chance(0.7) {
            shop.gmv *= 0.08;
        }
        for used in &mut shop.devices {
            used.events = 1 + used.events / 6;
            used.last = used.last.min(used.first + 25);
        }
    }
    second_kind(scene, &mut shops, plan.home, false);
    shops
}
