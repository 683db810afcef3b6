//! Decoy markets: every merchant and every value keeps how often it is used, and nothing else.

use crate::graph::EvidenceGraph;
use crate::ingest::Signal;
use crate::model::{EntityIdx, MerchantIdx, SplitMix, mix, narrow_u32};
use crate::resolve::{Entities, Link, Links, Merchants, Relation};

/// No merchant.
const NOBODY: u32 = u32::MAX;
/// Exchanges tried for a link that a draw gave to a merchant who has it already.
const MAX_EXCHANGES: u64 = 32;

/// A market from which decoys are dealt: the real one, or a sample of it.
pub(super) struct Deck<'g, 'a> {
    graph: &'g EvidenceGraph<'a>,
    /// The decoy's number of each merchant, [`NOBODY`] for one left out.
    number: Vec<u32>,
    /// The share of the market that is in the sample, 0..=1.
    share: f64,
    seed: u64,
}

impl<'g, 'a> Deck<'g, 'a> {
    /// A sample of about `max_merchants` merchants, picked by a hash of their ids; all of them when
    /// there are no more.
    pub(super) fn new(graph: &'g EvidenceGraph<'a>, max_merchants: usize) -> Self {
        let ids = &graph.links.merchants.id;
        let seed = graph.strategy().detect.seed;
        let share = share_of(max_merchants, ids.len());
        let mut next = 0;
        let number = ids
            .iter()
            .map(|id| {
                if !is_picked(text_hash(seed, id), share) {
                    return NOBODY;
                }
                next += 1;
                next - 1
            })
            .collect();
        Self {
            graph,
            number,
            share,
            seed,
        }
    }

    /// The share of the market in the sample, above 0 and at most 1.
    pub(super) fn share(&self) -> f64 {
        self.share
    }

    /// The merchants of every decoy, with all that is not a link.
    pub(super) fn merchants(&self) -> Merchants {
        let all = &self.graph.links.merchants;
        let mut some = Merchants::default();
        let kept = (0..all.len()).filter(|&at| self.number[at] != NOBODY);
        let rows: Vec<usize> = kept.collect();
        for &row in &rows {
            some.id.push(all.id.get(row));
            some.name.push(all.name.get(row));
            some.category.push(all.category.get(row));
            some.city.push(all.city.get(row));
            some.country.push(all.country.get(row));
        }
        some.registered_at = pick(&all.registered_at, &rows);
        some.status = pick(&all.status, &rows);
        some.owner = pick(&all.owner, &rows);
        some.gmv_30d = pick(&all.gmv_30d, &rows);
        some.label = pick(&all.label, &rows);
        some.listed = pick(&all.listed, &rows);
        some.allowed = pick(&all.allowed, &rows);
        some.private_values = pick(&all.private_values, &rows);
        some.private_accounts = pick(&all.private_accounts, &rows);
        some.private_devices = pick(&all.private_devices, &rows);
        some.signals = all
            .signals
            .iter()
            .map(|signal| Signal {
                name: signal.name.clone(),
                values: pick(&signal.values, &rows),
            })
            .collect();
        some
    }

    /// A market in which every value has the times of its uses, but chance says whose they are.
    ///
    /// For each kind of value, the merchants that use one are put in a row, each as often as it uses
    /// one, shuffled, and dealt to the uses (the configuration model of a bipartite graph). A merchant
    /// who would get one value twice exchanges the use with another at random. Units go with the
    /// building they are in. Direct ties are cut in two and joined anew. Cost: O(links).
    pub(super) fn deal(&self, round: u64, merchants: Merchants) -> Links {
        let links = &self.graph.links.links;
        let mut owner = vec![NOBODY; links.len()];
        let kind_of = |link: &Link| self.graph.links.entities.entity_type[link.entity.index()];
        let mut start = 0;
        for (kind, uses) in (0..).zip(links.chunk_by(|a, b| kind_of(a) == kind_of(b))) {
            let mut chance = Chance::new(&[self.seed, round, kind]);
            self.deal_kind(uses, start, &mut owner, &mut chance);
            start += uses.len();
        }
        self.follow_buildings(&mut owner);
        let mut chance = Chance::new(&[self.seed, round, u64::MAX]);
        let relations = self.deal_relations(&mut chance);
        self.collect(&owner, relations, merchants)
    }

    /// Deals the uses of one kind, which stand at `start` among all links.
    fn deal_kind(&self, uses: &[Link], start: usize, owner: &mut [u32], chance: &mut Chance) {
        let entities = &self.graph.links.entities;
        let is_free = |link: &Link| entities.building[link.entity.index()].is_none();
        let mut slots: Vec<usize> = Vec::new();
        let mut start_of_entity = 0;
        for same in uses.chunk_by(|a, b| a.entity == b.entity) {
            if is_free(&same[0]) && self.is_entity_picked(same[0].entity) {
                slots.extend(start_of_entity..start_of_entity + same.len());
            }
            start_of_entity += same.len();
        }
        let mut hands: Vec<u32> = uses
            .iter()
            .filter(|link| is_free(link))
            .map(|link| self.number[link.merchant.index()])
            .filter(|&number| number != NOBODY)
            .collect();
        chance.shuffle(&mut hands);
        if hands.len() < slots.len() {
            chance.shuffle(&mut slots);
            slots.truncate(hands.len());
            slots.sort_unstable();
        }
        hands.truncate(slots.len());
        let entity_of: Vec<EntityIdx> = slots.iter().map(|&at| uses[at].entity).collect();
        exchange_doubles(&entity_of, &mut hands, chance);
        for (&at, &hand) in slots.iter().zip(&hands) {
            owner[start + at] = hand;
        }
    }

    /// Gives each unit to whoever got the use of its building.
    fn follow_buildings(&self, owner: &mut [u32]) {
        let (links, entities) = (&self.graph.links.links, &self.graph.links.entities);
        for (at, link) in links.iter().enumerate() {
            let Some(building) = entities.building[link.entity.index()] else {
                continue;
            };
            let uses = self.graph.bipartite.positions_of_entity(building);
            let start = uses.start;
            let found = links[uses].binary_search_by_key(&link.merchant, |link| link.merchant);
            if let Ok(found) = found {
                owner[at] = owner[start + found];
            }
        }
    }

    fn deal_relations(&self, chance: &mut Chance) -> Vec<Relation> {
        let relations = &self.graph.links.relations;
        let mut ends: Vec<(u32, usize)> = Vec::new();
        for (at, tie) in relations.iter().enumerate() {
            let numbers = [tie.a, tie.b].map(|merchant| self.number[merchant.index()]);
            ends.extend(numbers.iter().filter(|n| **n != NOBODY).map(|&n| (n, at)));
        }
        chance.shuffle(&mut ends);
        let joined = ends.chunks_exact(2).filter(|pair| pair[0].0 != pair[1].0);
        let mut dealt: Vec<Relation> = joined
            .map(|pair| Relation {
                a: MerchantIdx(pair[0].0.min(pair[1].0)),
                b: MerchantIdx(pair[0].0.max(pair[1].0)),
                ..relations[pair[0].1]
            })
            .collect();
        dealt.sort_by_key(|tie| (tie.a, tie.b));
        dealt.dedup_by_key(|tie| (tie.a, tie.b));
        dealt
    }

    /// Links with dense ids of their own; values left with one merchant are shared no more.
    fn collect(&self, owner: &[u32], relations: Vec<Relation>, merchants: Merchants) -> Links {
        let all = &self.graph.links.entities;
        let mut entities = Entities::default();
        let mut number = vec![None; all.len()];
        let mut links: Vec<Link> = Vec::new();
        let mut at = 0;
        for uses in self.graph.links.links.chunk_by(|a, b| a.entity == b.entity) {
            let entity = EntityIdx::new(entities.len());
            let begin = links.len();
            let dealt = uses.iter().zip(&owner[at..]);
            links.extend(
                dealt
                    .filter(|(_, hand)| **hand != NOBODY)
                    .map(|(link, &hand)| Link {
                        entity,
                        merchant: MerchantIdx(hand),
                        ..*link
                    }),
            );
            at += uses.len();
            links[begin..].sort_by_key(|link| link.merchant);
            let mut own = links.split_off(begin);
            own.dedup_by_key(|link| link.merchant);
            if own.len() < 2 {
                continue;
            }
            links.append(&mut own);
            let old = uses[0].entity.index();
            number[old] = Some(entity);
            entities.entity_type.push(all.entity_type[old]);
            entities.key.push("");
            entities.shown.push("");
            entities.building.push(all.building[old]);
            entities.allowed.push(all.allowed[old]);
        }
        for building in &mut entities.building {
            *building = building.and_then(|old: EntityIdx| number[old.index()]);
        }
        Links {
            merchants,
            entities,
            links,
            relations,
            dropped: Vec::new(),
        }
    }

    /// A unit is in the sample when its building is.
    fn is_entity_picked(&self, entity: EntityIdx) -> bool {
        let key = self.graph.links.entities.key.get(entity.index());
        is_picked(text_hash(!self.seed, key), self.share)
    }
}

fn pick<T: Clone>(column: &[T], rows: &[usize]) -> Vec<T> {
    rows.iter().map(|&row| column[row].clone()).collect()
}

#[expect(
    clippy::cast_precision_loss,
    reason = "merchant counts are far below 2^53"
)]
fn share_of(wanted: usize, all: usize) -> f64 {
    (wanted as f64 / all.max(1) as f64).min(1.0)
}

/// Whether a hash falls into the first `share` of all hashes.
#[expect(clippy::cast_precision_loss, reason = "53 bits of a hash are enough")]
fn is_picked(hash: u64, share: f64) -> bool {
    share >= 1.0 || ((hash >> 11) as f64) < share * (1_u64 << 53) as f64
}

/// Where an entity has a merchant twice, the second use is exchanged with a random other use that
/// neither side minds. `entity_of` is ascending. What can't be exchanged stays double.
fn exchange_doubles(entity_of: &[EntityIdx], hands: &mut [u32], chance: &mut Chance) {
    let range = |at: usize| {
        let start = entity_of.partition_point(|entity| *entity < entity_of[at]);
        start..entity_of.partition_point(|entity| *entity <= entity_of[at])
    };
    for at in doubles(entity_of, hands) {
        for _ in 0..MAX_EXCHANGES {
            let other = chance.below(hands.len());
            let fits = !hands[range(at)].contains(&hands[other])
                && !hands[range(other)].contains(&hands[at]);
            if fits {
                hands.swap(at, other);
                break;
            }
        }
    }
}

/// Positions at which an entity has a merchant that it has at another position before.
fn doubles(entity_of: &[EntityIdx], hands: &[u32]) -> Vec<usize> {
    let mut found = Vec::new();
    let mut start = 0;
    for uses in entity_of.chunk_by(|a, b| a == b) {
        let mut dealt: Vec<usize> = (start..start + uses.len()).collect();
        dealt.sort_unstable_by_key(|&at| (hands[at], at));
        let repeated = dealt
            .windows(2)
            .filter(|two| hands[two[0]] == hands[two[1]]);
        found.extend(repeated.map(|two| two[1]));
        start += uses.len();
    }
    found
}

/// Draws that depend on their seeds alone.
struct Chance {
    stream: SplitMix,
}

impl Chance {
    fn new(seeds: &[u64]) -> Self {
        Self {
            stream: SplitMix::new(seeds.iter().fold(0, |state, &seed| mix(state ^ seed))),
        }
    }

    /// A number below `end`, which is at least 1 and below 2^32.
    fn below(&mut self, end: usize) -> usize {
        let scaled = (self.stream.next() >> 32) * u64::from(narrow_u32(end));
        usize::try_from(scaled >> 32).expect("a number below a length is a length")
    }

    /// Fisher and Yates.
    fn shuffle<T>(&mut self, row: &mut [T]) {
        for at in (1..row.len()).rev() {
            row.swap(at, self.below(at + 1));
        }
    }
}

/// FNV-1a, mixed: the same on every machine and in every version.
fn text_hash(seed: u64, text: &str) -> u64 {
    let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    mix(hash ^ mix(seed))
}

#[cfg(test)]
mod tests {
    use super::super::drawn::{draw, tie};
    use super::*;
    use crate::graph::weigh;
    use crate::model::EntityTypeIdx;
    use crate::strategy::{ADDRESS, BUILDING, DEVICE, PAYOUT, Strategy};

    /// Sixty merchants: thirty devices of two, a hub device of forty, ten accounts of three, twelve
    /// buildings of five with a unit of three in each, ten ties.
    fn market() -> Links {
        let devices = (0..30).map(|at| (DEVICE, None, vec![2 * at, 2 * at + 1]));
        let hub = (DEVICE, None, (0..40).collect());
        let accounts = (0..10).map(|at| (PAYOUT, None, (3 * at..3 * at + 3).collect()));
        let units = (0..12_u32).map(|at| {
            let building = 53 + at as usize;
            (ADDRESS, Some(building), (5 * at..5 * at + 3).collect())
        });
        let buildings = (0..12).map(|at| (BUILDING, None, (5 * at..5 * at + 5).collect()));
        let values: Vec<_> = (devices.chain([hub]).chain(accounts))
            .chain(units)
            .chain(buildings)
            .collect();
        let mut links = draw(60, &values);
        links.relations = (0..10).map(|at| tie(at, at + 20)).collect();
        links
    }

    fn degrees(links: &Links, kind: EntityTypeIdx) -> (Vec<usize>, Vec<usize>) {
        let of_kind = links
            .links
            .iter()
            .filter(|link| links.entities.entity_type[link.entity.index()] == kind);
        let mut of_merchant = vec![0; links.merchants.len()];
        let mut of_entity = vec![0; links.entities.len()];
        for link in of_kind {
            of_merchant[link.merchant.index()] += 1;
            of_entity[link.entity.index()] += 1;
        }
        of_entity.retain(|degree| *degree > 0);
        (of_merchant, of_entity)
    }

    #[test]
    fn every_degree_is_kept_and_the_rest_is_not() {
        let (links, strategy) = (market(), Strategy::default());
        let graph = weigh(&links, &strategy);
        let deck = Deck::new(&graph, 1000);
        let decoy = deck.deal(0, deck.merchants());
        assert_eq!(decoy.merchants.len(), 60);
        for kind in [DEVICE, PAYOUT, BUILDING] {
            assert_eq!(degrees(&decoy, kind), degrees(&links, kind), "{kind:?}");
        }
        assert_eq!(degrees(&decoy, ADDRESS).1, degrees(&links, ADDRESS).1);
        let pairs = |links: &Links| -> Vec<(u32, u32)> {
            let all = links.links.iter();
            all.map(|link| (link.entity.0, link.merchant.0)).collect()
        };
        let same = pairs(&decoy)
            .iter()
            .filter(|pair| pairs(&links).contains(pair))
            .count();
        assert!(
            same * 3 < decoy.links.len() * 2,
            "{same} uses stayed where they were"
        );
        assert!(
            decoy
                .links
                .is_sorted_by_key(|link| (link.entity, link.merchant))
        );
    }

    #[test]
    fn units_stay_in_their_buildings_and_rounds_differ() {
        let (links, strategy) = (market(), Strategy::default());
        let graph = weigh(&links, &strategy);
        let deck = Deck::new(&graph, 1000);
        let decoy = deck.deal(1, deck.merchants());
        for link in &decoy.links {
            if let Some(building) = decoy.entities.building[link.entity.index()] {
                let key = (building, link.merchant);
                let found = decoy
                    .links
                    .binary_search_by_key(&key, |l| (l.entity, l.merchant));
                assert!(found.is_ok(), "a unit's merchant is in its building");
            }
        }
        assert_eq!(deck.deal(1, deck.merchants()).links, decoy.links);
        assert_ne!(deck.deal(2, deck.merchants()).links, decoy.links);
    }

    #[test]
    fn a_sample_is_smaller_in_proportion_and_never_names_a_stranger() {
        let (links, strategy) = (market(), Strategy::default());
        let graph = weigh(&links, &strategy);
        let deck = Deck::new(&graph, 30);
        let decoy = deck.deal(0, deck.merchants());
        let n = decoy.merchants.len();
        assert!((15..=45).contains(&n), "{n} of 60 picked for 30");
        assert!(decoy.links.iter().all(|link| link.merchant.index() < n));
        assert!(decoy.links.len() < links.links.len());
        assert!(
            decoy
                .relations
                .iter()
                .all(|tie| tie.a < tie.b && tie.b.index() < n)
        );
    }
}
