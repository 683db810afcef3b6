//! Camouflage: a small hidden core, and every member hangs on honest hubs as well.

use super::{Plan, pool, second_kind, share_device};
use crate::simulate::honest::client_of_agency;
use crate::simulate::scene::Scene;
use crate::simulate::shop::Shop;

pub(super) fn ring(scene: &mut Scene) -> Vec<Shop> {
    let plan = Plan::new(scene, "camouflage");
    let size = scene.size(5, 20);
    let phones = pool(scene, size, 4, plan.home);
    let mut shops = plan.members(scene, size);
    for shop in &mut shops {
        let phone = *scene.random.pick(&phones);
        share_device(scene, shop, phone);
        if scene.random.chance(0.5) {
            client_of_agency(scene, shop, 0);
        }
    }
    second_kind(scene, &mut shops, plan.home, false);
    shops
}
