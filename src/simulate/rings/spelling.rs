//! Spelling variants: one door, written differently by every shop.

use super::{Plan, kept, second_kind};
use crate::simulate::scene::Scene;
use crate::simulate::shop::Shop;

pub(super) fn ring(scene: &mut Scene) -> Vec<Shop> {
    let plan = Plan::new(scene, "spelling");
    let size = scene.size(4, 14);
    let mut door = scene.fresh_address(plan.home);
    door.unit = Some((scene.random.between(1, 20), scene.random.between(1, 30)));
    let mut shops = plan.members(scene, size);
    for shop in &mut shops {
        if !kept(scene) {
            continue;
        }
        shop.city = plan.home;
        shop.addresses.clear();
        scene.move_to(shop, door);
        let style = scene.random.bits();
        let typo = scene.random.chance(0.3);
        if let Some(stay) = shop.addresses.last_mut() {
            stay.spelling.style = style;
            stay.spelling.typo = typo;
        }
    }
    second_kind(scene, &mut shops, plan.home, false);
    shops
}
