//! Address mill: many shops "trade" from a few doors of one building.

use super::{Plan, kept, second_kind};
use crate::simulate::scene::Scene;
use crate::simulate::shop::Shop;

pub(super) fn ring(scene: &mut Scene) -> Vec<Shop> {
    let plan = Plan::new(scene, "address_mill");
    let size = scene.size(5, 24);
    let building = scene.fresh_address(plan.home);
    let doors: Vec<(u32, u32)> = (0..size.div_ceil(4))
        .map(|_| (scene.random.between(1, 12), scene.random.between(1, 30)))
        .collect();
    let mut shops = plan.members(scene, size);
    for shop in &mut shops {
        if kept(scene) {
            let mut address = building;
            address.unit = Some(*scene.random.pick(&doors));
            shop.city = plan.home;
            shop.addresses.clear();
            scene.move_to(shop, address);
        }
    }
    second_kind(scene, &mut shops, plan.home, true);
    second_kind(scene, &mut shops, plan.home, false);
    shops
}
