//! Where one group of merchants is made: its random stream, its fresh values, its plain shops.

use super::addresses::{Address, Spelling};
use super::names::{CATEGORIES, shop_name};
use super::places::City;
use super::random::{Random, exp, floor, hash};
use super::shop::{Shop, Snapshots, Standing, Stay, Truth, Use, Value};
use super::world::Character;

/// What holds for the whole market.
#[derive(Clone, Copy, Debug)]
pub(super) struct Market {
    pub(super) seed: u64,
    pub(super) merchants: u32,
    pub(super) character: Character,
    /// The newest day of the market.
    pub(super) last_day: i32,
    /// Daily snapshots; 1 but for a series.
    pub(super) snapshots: u32,
}

/// How long the market has been open.
pub(super) const MARKET_DAYS: i32 = 1500;

/// One group in the making.
#[derive(Debug)]
pub(super) struct Scene {
    pub(super) market: Market,
    pub(super) random: Random,
    /// A number that stands for the group.
    pub(super) key: u64,
    /// At most this many merchants are left to be made.
    pub(super) room: u32,
    fresh: u64,
}

impl Scene {
    pub(super) fn new(market: Market, group: u64, room: u32) -> Self {
        Self {
            market,
            random: Random::new(&[market.seed, 1, group]),
            key: hash(&[market.seed, 2, group]),
            room,
            fresh: 0,
        }
    }

    /// A size in `low..=high`, small ones likelier, that fits the room left.
    pub(super) fn size(&mut self, low: u32, high: u32) -> u32 {
        (low + self.random.skewed_below(high - low + 1)).min(self.room)
    }

    /// A number no one else uses.
    pub(super) fn fresh(&mut self) -> u64 {
        self.fresh += 1;
        hash(&[self.key, self.fresh])
    }

    /// An account no one else uses, in a bank of the city's country.
    pub(super) fn fresh_account(&mut self, city: City) -> u64 {
        let country = u64::try_from(city.country).expect("eight countries");
        self.fresh() & !7 | country
    }

    /// An address somewhere in a city: streets enough that strangers rarely meet.
    pub(super) fn fresh_address(&mut self, city: City) -> Address {
        let streets = 24 + floor(f64::from(self.market.merchants) * city.share() / 25.0);
        let number = 1 + self.random.below(240);
        let inside = self.random.chance(0.35);
        let unit = inside.then(|| (1 + self.random.below(12), 1 + self.random.below(30)));
        Address {
            city,
            street: self.random.below(streets),
            number,
            unit,
        }
    }

    /// How somebody writes an address; half of all follow the form's template.
    pub(super) fn spelling(&mut self) -> Spelling {
        let dirt = self.market.character.dirt;
        let template = self.random.chance(0.5);
        Spelling {
            style: if template { 6 } else { self.random.bits() },
            typo: self.random.chance(dirt * 1.5),
            bare: self.random.chance(0.1 + dirt),
        }
    }

    /// A day on which a shop may have opened.
    pub(super) fn opening_day(&mut self) -> i32 {
        let oldest = self.market.last_day - MARKET_DAYS;
        self.random.day_between(oldest, self.market.last_day - 3)
    }

    /// A shop of its own, with its own device, account and address.
    pub(super) fn shop(&mut self, city: City, registered: i32) -> Shop {
        let category = usize::try_from(self.random.skewed_below(14)).expect("fourteen categories");
        self.shop_of(city, registered, category)
    }

    /// The same in a given category.
    pub(super) fn shop_of(&mut self, city: City, registered: i32, category: usize) -> Shop {
        assert!(category < CATEGORIES.len(), "a category by its position");
        let name = shop_name(&mut self.random, category);
        let standing = self.standing(registered);
        let gmv = exp(7.6 + 1.35 * self.random.normal());
        let mut shop = Shop {
            name,
            category,
            city,
            registered,
            standing,
            owner: None,
            gmv,
            refund_rate: self.rate(0.0),
            complaint_rate: self.rate(0.0),
            devices: Vec::new(),
            payouts: Vec::new(),
            addresses: Vec::new(),
            truth: Truth::default(),
            snapshots: Snapshots::ALL,
        };
        if self.random.chance(0.12) {
            shop.owner = Some(self.fresh());
        }
        for _ in 0..=self.random.skewed_below(3) {
            let device = self.fresh();
            self.log_in(&mut shop, device);
        }
        let account = self.fresh_account(city);
        self.pay_to(&mut shop, account);
        let address = self.fresh_address(city);
        self.move_to(&mut shop, address);
        if self.random.chance(0.04) {
            let before = self.fresh_address(city);
            self.move_to(&mut shop, before);
        }
        shop
    }

    fn standing(&mut self, registered: i32) -> Standing {
        let end = self
            .random
            .day_between(registered + 1, self.market.last_day);
        match self.random.below(1000) {
            0..=19 => Standing::Suspended(end),
            20..=99 => Standing::Closed(end),
            _ => Standing::Active,
        }
    }

    /// A noisy rate; `shift` is in deviations (0.36 makes an AUC of about 0.6).
    pub(super) fn rate(&mut self, shift: f64) -> f64 {
        let odds = exp(-3.2 + 0.8 * (self.random.normal() + shift));
        odds / (1.0 + odds)
    }

    fn usage(&mut self, shop: &Shop, key: u64) -> Use {
        let end = shop.ends(self.market.last_day);
        let first = self
            .random
            .day_between(shop.registered, (shop.registered + 20).min(end));
        let last = if self.random.chance(0.75) {
            self.random.day_between((end - 10).max(first), end)
        } else {
            self.random.day_between(first, end)
        };
        Use {
            value: Value::Key(key),
            first,
            last,
            events: 1 + floor(exp(2.5 + 1.2 * self.random.normal())),
            snapshots: Snapshots::ALL,
        }
    }

    /// The shop uses a device; nothing is added when it does already.
    pub(super) fn log_in(&mut self, shop: &mut Shop, device: u64) {
        if shop
            .devices
            .iter()
            .all(|used| used.value != Value::Key(device))
        {
            let usage = self.usage(shop, device);
            shop.devices.push(usage);
        }
    }

    /// The shop is paid to an account; nothing is added when it is already.
    pub(super) fn pay_to(&mut self, shop: &mut Shop, account: u64) {
        if shop
            .payouts
            .iter()
            .all(|used| used.value != Value::Key(account))
        {
            let usage = self.usage(shop, account);
            shop.payouts.push(usage);
        }
    }

    /// The shop says it is at an address, in its own spelling.
    pub(super) fn move_to(&mut self, shop: &mut Shop, address: Address) {
        let end = shop.ends(self.market.last_day);
        let stay = Stay {
            address,
            spelling: self.spelling(),
            placeholder: None,
            first: shop.registered,
            last: self
                .random
                .day_between(shop.registered, end)
                .max(end - 30)
                .max(shop.registered),
        };
        shop.addresses.push(stay);
    }
}
