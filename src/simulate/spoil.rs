//! What goes missing on the way into the tables.

use super::scene::Scene;
use super::shop::Shop;

/// Empties fields at the market's rate of dirt.
pub(super) fn spoil(scene: &mut Scene, shop: &mut Shop) {
    let dirt = scene.market.character.dirt;
    if scene.random.chance(dirt * 0.5) {
        shop.name.clear();
    }
    if scene.random.chance(dirt * 0.4) {
        shop.payouts.clear();
    }
    if scene.random.chance(dirt * 0.4) {
        shop.devices.clear();
    }
    if scene.random.chance(dirt * 0.4) {
        shop.addresses.clear();
    }
}
