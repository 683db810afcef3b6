//! Relay chain: each shop shares one thing with the next and nothing with the others.

use super::{Plan, kept};
use crate::simulate::scene::Scene;
use crate::simulate::shop::Shop;

pub(super) fn ring(scene: &mut Scene) -> Vec<Shop> {
    let plan = Plan::new(scene, "relay_chain");
    let size = scene.size(4, 16);
    let mut shops = plan.members(scene, size);
    for next in 1..shops.len() {
        if !kept(scene) {
            continue;
        }
        let device = scene.random.chance(0.5);
        let thing = scene.fresh_account(plan.home);
        for shop in &mut shops[next - 1..=next] {
            if device {
                scene.log_in(shop, thing);
            } else {
                scene.pay_to(shop, thing);
            }
        }
    }
    shops
}
