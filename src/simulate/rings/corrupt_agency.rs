//! A corrupt group inside an honest agency: its clients, but paid to two or three accounts of one hand.

use super::{Plan, pool, second_kind, share_account};
use crate::simulate::honest::client_of_agency;
use crate::simulate::scene::Scene;
use crate::simulate::shop::Shop;

pub(super) fn ring(scene: &mut Scene) -> Vec<Shop> {
    let plan = Plan::new(scene, "corrupt_agency");
    let size = scene.size(4, 15);
    let mules = pool(scene, size, 5, plan.home);
    let mut shops = plan.members(scene, size);
    for shop in &mut shops {
        if scene.random.chance(0.3) {
            shop.devices.clear();
        }
        client_of_agency(scene, shop, 0);
        let mule = *scene.random.pick(&mules);
        share_account(scene, shop, mule);
    }
    second_kind(scene, &mut shops, plan.home, true);
    shops
}
