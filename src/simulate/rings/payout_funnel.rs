//! Payout funnel: the money of all shops runs to a few mule accounts, changed now and then.

use super::{Plan, pool, second_kind, share_account};
use crate::simulate::scene::Scene;
use crate::simulate::shop::Shop;

pub(super) fn ring(scene: &mut Scene) -> Vec<Shop> {
    let plan = Plan::new(scene, "payout_funnel");
    let size = scene.size(5, 30);
    let mules = pool(scene, size, 6, plan.home);
    let mut shops = plan.members(scene, size);
    for shop in &mut shops {
        for _ in 0..scene.random.between(1, 2) {
            let mule = *scene.random.pick(&mules);
            share_account(scene, shop, mule);
        }
    }
    second_kind(scene, &mut shops, plan.home, true);
    shops
}
