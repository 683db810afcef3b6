//! Two rings and an honest merchant between them, who bought a phone of one and owed money to the other.

use super::{Plan, kept, pool, second_kind, share_account, share_device};
use crate::simulate::scene::Scene;
use crate::simulate::shop::Shop;

pub(super) fn rings(scene: &mut Scene) -> Vec<Shop> {
    if scene.room < 9 {
        return super::relay_chain::ring(scene);
    }
    let first = Plan::new(scene, "bridge");
    let second = Plan {
        ring: scene.fresh(),
        ..Plan::new(scene, "bridge")
    };
    let most = ((scene.room - 1) / 2).clamp(4, 12);
    let sizes = (scene.random.between(4, most), scene.random.between(4, most));
    let phones = pool(scene, sizes.0, 4, first.home);
    let mules = pool(scene, sizes.1, 4, second.home);
    let mut shops = first.members(scene, sizes.0);
    for shop in &mut shops {
        let phone = *scene.random.pick(&phones);
        share_device(scene, shop, phone);
    }
    second_kind(scene, &mut shops, first.home, false);
    let mut others = second.members(scene, sizes.1);
    for shop in &mut others {
        let mule = *scene.random.pick(&mules);
        share_account(scene, shop, mule);
    }
    second_kind(scene, &mut others, second.home, true);
    shops.append(&mut others);
    let day = scene.opening_day();
    let mut honest = scene.shop(first.home, day);
    if kept(scene) {
        scene.log_in(&mut honest, phones[0]);
        scene.pay_to(&mut honest, mules[0]);
    }
    honest.belongs_to(scene.key, "bridge");
    shops.push(honest);
    shops
}
