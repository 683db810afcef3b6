//! Honest merchants, alone and in groups that share things for good reasons.

mod ambient;
mod chain;
mod family;
mod kitchen;
mod owner;
mod second_hand;

use super::scene::Scene;
use super::shop::Shop;

pub(super) use ambient::{Recent, client_of_agency, hang_on_hubs};

type Pattern = fn(&mut Scene) -> Vec<Shop>;

/// How often each group occurs among 1,000 groups of a plain market; the rest are single shops.
const PATTERNS: [(f64, Pattern); 6] = [
    (66.0, owner::small),
    (8.0, owner::large),
    (22.0, family::family),
    (4.5, kitchen::kitchen),
    (4.0, chain::chain),
    (17.0, second_hand::second_hand),
];

/// One honest group of at least one shop.
pub(super) fn group(scene: &mut Scene) -> Vec<Shop> {
    let mut left = scene.random.unit() * 1000.0;
    let factor = scene.market.character.honest_sharing;
    for (share, pattern) in PATTERNS {
        left -= share * factor;
        if left < 0.0 && scene.room >= 2 {
            return pattern(scene);
        }
    }
    let city = super::places::City::draw(&mut scene.random);
    let day = scene.opening_day();
    vec![scene.shop(city, day)]
}
