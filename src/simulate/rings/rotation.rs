//! Rotation: devices and accounts are changed so often that no value serves more than three shops.

use super::{Plan, kept};
use crate::simulate::scene::Scene;
use crate::simulate::shop::Shop;

/// No value is used by more shops than this.
const MOST_PER_VALUE: usize = 3;

pub(super) fn ring(scene: &mut Scene) -> Vec<Shop> {
    let plan = Plan::new(scene, "rotation");
    let size = scene.size(6, 24);
    let mut shops = plan.members(scene, size);
    for device in [true, false] {
        let mut order: Vec<usize> = (0..shops.len()).collect();
        for i in (1..order.len()).rev() {
            let j = scene
                .random
                .below(u32::try_from(i + 1).expect("a ring is small"));
            order.swap(i, usize::try_from(j).expect("a ring is small"));
        }
        for few in order.chunks(MOST_PER_VALUE) {
            let thing = scene.fresh_account(plan.home);
            for &shop in few {
                if !kept(scene) {
                    continue;
                }
                if device {
                    scene.log_in(&mut shops[shop], thing);
                } else {
                    scene.pay_to(&mut shops[shop], thing);
                }
            }
        }
    }
    shops
}
