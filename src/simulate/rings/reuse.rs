//! Reuse: a ring was suspended, and new shops take over the devices and accounts it left.

use super::{Plan, end_by, kept, pool};
use crate::simulate::scene::Scene;
use crate::simulate::shop::{Shop, Standing};

pub(super) fn ring(scene: &mut Scene) -> Vec<Shop> {
    let mut plan = Plan::new(scene, "reuse");
    plan.days = plan.days.min(60);
    let size = scene.size(6, 20);
    let old = size.div_ceil(3);
    let phones = pool(scene, size, 4, plan.home);
    let mules = pool(scene, size, 4, plan.home);
    let caught = plan.start + plan.days + 5;
    let mut shops = plan.members(scene, old);
    for shop in &mut shops {
        take(scene, shop, &phones, &mules);
        let day = scene.random.day_between(caught - 4, caught);
        shop.standing = Standing::Suspended(day);
        end_by(shop, day);
    }
    let pause = scene.random.day_between(2, 25);
    plan.start = (caught + pause).min(scene.market.last_day - 2);
    plan.days = plan.days.min(scene.market.last_day - 1 - plan.start).max(0);
    let mut heirs = plan.members(scene, size - old);
    for shop in &mut heirs {
        take(scene, shop, &phones, &mules);
    }
    shops.append(&mut heirs);
    shops
}

fn take(scene: &mut Scene, shop: &mut Shop, phones: &[u64], mules: &[u64]) {
    if kept(scene) {
        let phone = *scene.random.pick(phones);
        scene.log_in(shop, phone);
    }
    if kept(scene) && scene.random.chance(0.5) {
        let mule = *scene.random.pick(mules);
        scene.pay_to(shop, mule);
    }
}
