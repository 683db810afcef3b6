//! Device farm: a few phones run all the shops.

use super::{Plan, pool, second_kind, share_device};
use crate::simulate::scene::Scene;
use crate::simulate::shop::Shop;

pub(super) fn ring(scene: &mut Scene) -> Vec<Shop> {
    let plan = Plan::new(scene, "device_farm");
    let size = scene.size(5, 30);
    let phones = pool(scene, size, 5, plan.home);
    let mut shops = plan.members(scene, size);
    for shop in &mut shops {
        for _ in 0..scene.random.between(1, 2) {
            let phone = *scene.random.pick(&phones);
            share_device(scene, shop, phone);
        }
    }
    second_kind(scene, &mut shops, plan.home, false);
    shops
}
