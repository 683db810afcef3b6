//! What would chance alone bring about? Rings held against those of decoy markets.
//!
//! A decoy market is the real one with the uses of every value dealt anew (see [`super::rewire`]). It
//! goes through the same evidence, community detection and score, so whatever that machinery makes of
//! pure chance it makes of the decoys too. `docs/algorithms/chance.md` has the method and its limits.

use rayon::prelude::*;

use super::company::look_around;
use super::market::Market;
use super::reasons::Detail;
use super::rewire::Deck;
use super::ring::Ring;
use super::surprise::Sharing;
use super::{Background, Refutations, communities, judge_all};
use crate::detect::detect;
use crate::graph::{EvidenceGraph, project, weigh};
use crate::model::{Bits, Timestamp, narrow_u32};
use crate::resolve::Links;

/// A small market is dealt so often at most.
const MAX_DECOYS: usize = 20;
/// A market is dealt several times as long as all deals together have no more merchants: one deal of a larger one
/// tells enough, and decoys must not cost more than the run.
const SMALL_MARKET_MERCHANTS: usize = 4000;

/// What decoy markets brought about.
#[derive(Clone, Debug, PartialEq)]
pub struct Chance {
    /// Decoy markets dealt.
    pub decoys: u32,
    /// The share of the market that each of them is a sample of, above 0 and at most 1.
    pub share: f64,
    /// Scores of their rings, ascending.
    scores: Vec<f64>,
    /// How improbable their coincidences are, ascending.
    surprises: Vec<Bits>,
}

impl Chance {
    /// How many of the rings with at least this score may be accidents: the lesser of two estimates
    /// that both err on the high side.
    ///
    /// One is how many such rings a market has whose links are all dealt at random; but in the real one
    /// most are not. The other is how many of the rings have no more coincidences than 99 of 100
    /// chance rings have, over 0.99 (Storey 2002, with the surprise as test statistic).
    pub fn expected(&self, rings: &[Ring], score: f64) -> f64 {
        let by_score = self.scores.len() - self.scores.partition_point(|known| *known < score);
        let usual = self.usual_surprise();
        let reach_it = rings.iter().filter(|ring| ring.score >= score);
        let unremarkable = reach_it.filter(|ring| ring.surprise <= usual).count();
        self.per_market(by_score).min(real(unremarkable) / 0.99)
    }

    /// Sets [`Ring::q`].
    ///
    /// Of the rings with at least a surprise `s`, `q` is the share that chance accounts for: the decoy rings
    /// of at least `s`, one added, scaled to one market, over the rings of at least `s`; made monotone by
    /// taking the least over all lesser `s`; at most 1 (target and decoy as in Elias and Gygi 2007, the null
    /// share taken for 1, the added one as in Barber and Candès 2015).
    pub fn set_q(&self, rings: &mut [Ring]) {
        let mut order: Vec<(Bits, usize)> =
            rings.iter().map(|ring| ring.surprise).zip(0..).collect();
        order.sort_unstable();
        let decoys = &self.surprises;
        let (mut least, mut seen) = (1.0_f64, 0);
        for same in order.chunk_by(|a, b| a.0 == b.0) {
            let lesser = decoys.partition_point(|known| *known < same[0].0);
            let by_chance = self.per_market(decoys.len() - lesser + 1);
            least = least.min(by_chance / real(order.len() - seen));
            seen += same.len();
            for &(_, at) in same {
                rings[at].q = Some(least);
            }
        }
    }

    /// The surprise that one chance ring in a hundred exceeds.
    pub fn usual_surprise(&self) -> Bits {
        let at = self.surprises.len() * 99 / 100;
        self.surprises.get(at).copied().unwrap_or_default()
    }

    fn per_market(&self, rings: usize) -> f64 {
        real(rings) / (f64::from(self.decoys) * self.share)
    }
}

/// Deals decoy markets; `None` when the strategy asks for none.
///
/// Cost: that of weighing, detecting and scoring `score.decoy_merchants` merchants, whatever the size of the
/// market.
pub fn deal_decoys(graph: &EvidenceGraph<'_>, as_of: Timestamp) -> Option<Chance> {
    let wanted = graph.strategy().score.decoy_merchants;
    if wanted == 0 {
        return None;
    }
    let n_merchants = graph.links.merchants.len().max(1);
    let decoys = (wanted.min(SMALL_MARKET_MERCHANTS) / n_merchants).clamp(1, MAX_DECOYS);
    let deck = Deck::new(graph, wanted);
    let merchants = deck.merchants();
    let found: Vec<(f64, Bits)> = (0..decoys)
        .into_par_iter()
        .flat_map_iter(|round| {
            let links = deck.deal(round as u64, merchants.clone());
            rings_of(&links, graph, as_of, deck.share())
        })
        .collect();
    let mut scores: Vec<f64> = found.iter().map(|(score, _)| *score).collect();
    scores.sort_unstable_by(f64::total_cmp);
    let mut surprises: Vec<Bits> = found.iter().map(|(_, surprise)| *surprise).collect();
    surprises.sort_unstable();
    Some(Chance {
        decoys: narrow_u32(decoys),
        share: deck.share(),
        scores,
        surprises,
    })
}

/// Score and surprise of every ring in a decoy market.
fn rings_of(
    links: &Links,
    real: &EvidenceGraph<'_>,
    as_of: Timestamp,
    share: f64,
) -> Vec<(f64, Bits)> {
    let strategy = real.strategy();
    let graph = weigh(links, strategy);
    let network = project(&graph);
    let found = detect(&network, &strategy.detect, None);
    let all = communities(&found);
    let market = Market::new(&graph, &network, &all, as_of);
    let background = Background {
        market: &market,
        sharing: &Sharing::new(&graph, share),
        refutations: &Refutations::default(),
        detail: Detail::Silent,
    };
    let mut rings = judge_all(&graph, &network, &found, &all, background, |_, _| {});
    look_around(&mut rings, &graph);
    rings
        .iter()
        .map(|ring| (ring.score, ring.surprise))
        .collect()
}

fn real(count: usize) -> f64 {
    f64::from(narrow_u32(count))
}

#[cfg(test)]
mod tests {
    use super::super::drawn::draw;
    use super::*;
    use crate::strategy::{DEVICE, PAYOUT, Strategy};

    /// Forty pairs on a device each, some of them with an account on another pair too, and one group of
    /// five who share a device and two accounts.
    fn market() -> Links {
        let pairs = (0..40).map(|at| (DEVICE, None, vec![2 * at, 2 * at + 1]));
        let accounts = (0..18).map(|at| (PAYOUT, None, vec![4 * at, 4 * at + 3]));
        let group: Vec<u32> = (80..85).collect();
        let device = (DEVICE, None, group.clone());
        let twice = [(PAYOUT, None, group.clone()), (PAYOUT, None, group)];
        let values: Vec<_> = pairs.chain([device]).chain(accounts).chain(twice).collect();
        draw(85, &values)
    }

    #[test]
    fn what_coincides_is_told_from_what_merely_hangs_together() {
        let (links, strategy) = (market(), Strategy::default());
        let as_of = Timestamp::from_seconds(0);
        let graph = weigh(&links, &strategy);
        let network = project(&graph);
        let found = detect(&network, &strategy.detect, None);
        let mut rings = super::super::score(&graph, &network, &found, as_of);
        let chance = deal_decoys(&graph, as_of).expect("decoys are dealt");
        chance.set_q(&mut rings);
        assert_eq!((chance.decoys, chance.share), (20, 1.0));
        let (group, others): (Vec<&Ring>, Vec<&Ring>) =
            rings.iter().partition(|ring| ring.members.len() == 5);
        assert_eq!(group.len(), 1);
        // Ten uses beyond a tree, each improbable.
        assert!(group[0].surprise > chance.usual_surprise());
        assert!(group[0].q.is_some_and(|q| q <= 0.1), "{:?}", group[0].q);
        assert!(others.iter().all(|ring| ring.q.is_some_and(|q| q > 0.5)));
        assert!(others.iter().all(|ring| ring.surprise == Bits::ZERO));
        // Everything that may be an accident, and nothing that can't be.
        assert!(chance.expected(&rings, 0.0) <= real(others.len()) / 0.99 + 1e-9);
        assert_eq!(deal_decoys(&graph, as_of), Some(chance));
    }

    #[test]
    fn no_decoys_no_claim() {
        let mut strategy = Strategy::default();
        strategy.score.decoy_merchants = 0;
        let links = market();
        let graph = weigh(&links, &strategy);
        assert_eq!(deal_decoys(&graph, Timestamp::from_seconds(0)), None);
    }
}
