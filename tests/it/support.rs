//! Small markets built by hand, for tests that need no files.

use ringfence::ingest::Status;
use ringfence::model::{EntityIdx, EntityTypeIdx, MerchantIdx, Money, TextColumn, Timestamp};
use ringfence::resolve::{Entities, Link, Links, Merchants, Relation};

/// One use: entity type, entity number, merchant, day of first and last use.
pub(crate) type Use = (u8, u32, u32, i64, i64);

/// Links of `n` merchants from uses in any order; entities that one merchant uses are dropped, as
/// resolve drops them.
pub(crate) fn links(n: u32, uses: &[Use], ties: &[(u32, u32)]) -> Links {
    let day = |day: i64| Some(Timestamp::from_seconds(day * 86_400));
    let mut uses: Vec<Use> = uses.to_vec();
    uses.sort_unstable();
    uses.dedup_by_key(|u| (u.0, u.1, u.2));
    let (mut entities, mut all) = (Entities::default(), Vec::new());
    for group in uses.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)) {
        if group.len() < 2 {
            continue;
        }
        let entity = EntityIdx::new(entities.len());
        entities.entity_type.push(EntityTypeIdx(group[0].0));
        let key = format!("{:06}", group[0].1);
        entities.key.push(&key);
        entities.shown.push(&key);
        entities.building.push(None);
        entities.allowed.push(false);
        all.extend(group.iter().map(|u| Link {
            entity,
            merchant: MerchantIdx(u.2),
            first_seen: day(u.3),
            last_seen: day(u.4),
            events: 1,
            amount: Money::ZERO,
        }));
    }
    let mut relations: Vec<Relation> = ties
        .iter()
        .filter(|(a, b)| a != b)
        .map(|&(a, b)| Relation {
            a: MerchantIdx(a.min(b)),
            b: MerchantIdx(a.max(b)),
            first_seen: None,
            last_seen: None,
            events: 1,
            amount: Money::ZERO,
        })
        .collect();
    relations.sort_unstable_by_key(|tie| (tie.a, tie.b));
    relations.dedup_by_key(|tie| (tie.a, tie.b));
    Links {
        merchants: merchants(n),
        entities,
        links: all,
        relations,
        dropped: Vec::new(),
    }
}

fn merchants(n: u32) -> Merchants {
    let rows = n as usize;
    let numbered = |prefix: &str| {
        (0..n)
            .map(|at| format!("{prefix}{at:06}"))
            .collect::<TextColumn>()
    };
    let empty: TextColumn = (0..n).map(|_| "").collect();
    Merchants {
        id: numbered("M"),
        name: (0..n).map(name).collect(),
        category: empty.clone(),
        city: empty.clone(),
        country: empty,
        registered_at: vec![None; rows],
        status: (0..rows).map(status).collect(),
        owner: vec![None; rows],
        owner_id: TextColumn::default(),
        gmv_30d: vec![Money::ZERO; rows],
        signals: Vec::new(),
        label: vec![None; rows],
        listed: vec![true; rows],
        allowed: vec![false; rows],
        private_values: vec![0; rows],
        private_accounts: vec![0; rows],
        private_devices: vec![0; rows],
    }
}

/// Every third merchant is suspended, so that handovers happen.
fn status(merchant: usize) -> Status {
    if merchant.is_multiple_of(3) {
        Status::Suspended
    } else {
        Status::Active
    }
}

/// Letters only, so that no two merchants share a brand.
fn name(at: u32) -> String {
    let letter = |n: u32| char::from(b'a' + u8::try_from(n % 26).expect("a letter"));
    let word: String = [at / 676, at / 26, at].map(letter).iter().collect();
    format!("shop{word} kitchen{word}")
}
