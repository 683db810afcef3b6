//! Rings: merchants of one hand, each typology with its own way of sharing.

mod address_mill;
mod bridge;
mod camouflage;
mod corrupt_agency;
mod device_farm;
mod life;
mod payout_funnel;
mod relay_chain;
mod reuse;
mod rotation;
mod sleepers;
mod spelling;

use super::places::City;
use super::random::slot;
use super::scene::Scene;
use super::shop::{Shop, Standing, Use};

type Typology = fn(&mut Scene) -> Vec<Shop>;

const TYPOLOGIES: [Typology; 11] = [
    device_farm::ring,
    payout_funnel::ring,
    address_mill::ring,
    relay_chain::ring,
    rotation::ring,
    camouflage::ring,
    corrupt_agency::ring,
    sleepers::ring,
    spelling::ring,
    bridge::rings,
    reuse::ring,
];

/// The fewest merchants any typology needs.
pub(super) const SMALLEST: u32 = 4;

/// One ring (two and their bridge for `bridge`). Typologies take turns, from one given by the seed.
pub(super) fn ring(scene: &mut Scene, turn: u64) -> Vec<Shop> {
    let typology = TYPOLOGIES[slot(scene.market.seed.wrapping_add(turn), TYPOLOGIES.len())];
    let mut shops = typology(scene);
    if scene.market.snapshots > 1 {
        life::live(scene, &mut shops);
    }
    shops
}

/// When and where a ring works.
#[derive(Clone, Copy, Debug)]
struct Plan {
    home: City,
    /// The day it starts and for how many days it takes on merchants.
    start: i32,
    days: i32,
    /// Which ring, for the truth.
    ring: u64,
    typology: &'static str,
}

impl Plan {
    fn new(scene: &mut Scene, typology: &'static str) -> Self {
        let random = &mut scene.random;
        let home = City::draw(random);
        let days = random.day_between(10, 260);
        let age = random.day_between(days + 5, days + 700);
        Self {
            home,
            start: scene.market.last_day - age,
            days,
            ring: scene.fresh(),
            typology,
        }
    }

    /// A merchant of the ring, with what it would have if it were honest.
    fn member(&self, scene: &mut Scene) -> Shop {
        let away = scene.random.chance(0.35);
        let city = if away {
            City::draw_in(&mut scene.random, self.home.country)
        } else {
            self.home
        };
        // Half of them in the ring's first fortnight.
        let days = if scene.random.chance(0.5) {
            self.days.min(14)
        } else {
            self.days
        };
        let day = scene.random.day_between(self.start, self.start + days);
        let mut shop = scene.shop(city, day);
        shop.truth.ring = Some((self.ring, self.typology));
        shop.refund_rate = scene.rate(0.36);
        shop.complaint_rate = scene.rate(0.36);
        if scene.random.chance(0.06) && shop.standing == Standing::Active {
            let caught = scene.random.day_between(day + 1, scene.market.last_day);
            shop.standing = Standing::Suspended(caught);
            end_by(&mut shop, caught);
        }
        shop
    }

    fn members(&self, scene: &mut Scene, size: u32) -> Vec<Shop> {
        (0..size).map(|_| self.member(scene)).collect()
    }
}

/// Cuts what a shop does off at a day.
fn end_by(shop: &mut Shop, day: i32) {
    let cut = |used: &mut Use| {
        used.first = used.first.min(day);
        used.last = used.last.min(day);
    };
    shop.devices.iter_mut().for_each(cut);
    shop.payouts.iter_mut().for_each(cut);
    for stay in &mut shop.addresses {
        stay.last = stay.last.min(day).max(stay.first);
    }
}

/// Whether a ring's link is there to be seen.
fn kept(scene: &mut Scene) -> bool {
    let kept = scene.market.character.ring_link_kept;
    scene.random.chance(kept)
}

/// A member uses the ring's device, mostly beside its own.
fn share_device(scene: &mut Scene, shop: &mut Shop, device: u64) {
    if kept(scene) {
        if scene.random.chance(0.4) {
            shop.devices.clear();
        }
        scene.log_in(shop, device);
    }
}

/// A member is paid to the ring's account, mostly instead of its own.
fn share_account(scene: &mut Scene, shop: &mut Shop, account: u64) {
    if kept(scene) {
        if scene.random.chance(0.6) {
            shop.payouts.clear();
        }
        scene.pay_to(shop, account);
    }
}

/// Several devices or accounts of a ring, each for some of its members.
fn pool(scene: &mut Scene, size: u32, each: u32, home: City) -> Vec<u64> {
    (0..size.div_ceil(each).max(1))
        .map(|_| scene.fresh_account(home))
        .collect()
}

/// By chance a second kind of thing ties some members together: nobody keeps everything apart.
fn second_kind(scene: &mut Scene, shops: &mut [Shop], home: City, devices: bool) {
    let chance = scene.market.character.ring_second_kind;
    let size = u32::try_from(shops.len()).expect("a ring is small");
    let things = pool(scene, size, 4, home);
    for shop in shops {
        if scene.random.chance(chance) {
            let thing = *scene.random.pick(&things);
            if devices {
                share_device(scene, shop, thing);
            } else {
                share_account(scene, shop, thing);
            }
        }
    }
}
