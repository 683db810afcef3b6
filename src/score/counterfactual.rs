//! What would it take? The fewest shared values without which a ring falls apart, and what the ring
//! loses with each member.

use std::cmp::Reverse;

use petgraph::unionfind::UnionFind;

use super::agreement;
use super::anatomy::{Anatomy, Refuted};
use super::market::Market;
use super::reasons::{self, Detail};
use super::ring::{Dissolution, Remnant};
use crate::graph::{EvidenceGraph, PairEvidence, Share};
use crate::model::{Bits, EntityIdx, MerchantIdx, narrow_u32};
use crate::resolve::Link;

/// Larger rings are not taken apart: no few values dissolve them, and the search is quadratic.
const MAX_MEMBERS: usize = 150;
/// Only the strongest entities are tried, and as many direct ties.
const MAX_ENTITIES: usize = 32;
/// More than this many things to refute are no counterfactual anybody can check.
const MAX_REFUTED: usize = 12;
/// A tie holds as long as this share of its evidence is left.
const MIN_HOLD: f64 = 0.25;

/// The fewest entities and direct ties found without which no more than half of the members hang
/// together, and the surest of the pieces that would be left; `None` when a dozen don't do, or the ring is large.
///
/// Greedy: each step refutes what leaves the smallest largest piece, then the fewest ties, then the
/// least evidence; in the end, what turned out not to be needed is put back. So a single thing that
/// suffices is always found, and a set of several has nothing superfluous in it, but may not be the smallest. Cost:
/// O(steps * candidates * edges).
pub(super) fn dissolution(
    graph: &EvidenceGraph<'_>,
    market: &Market,
    anatomy: &Anatomy,
) -> Option<Dissolution> {
    if anatomy.size() > MAX_MEMBERS {
        return None;
    }
    let mut ties = Ties::new(graph, anatomy);
    let mut untried = ties.candidates(anatomy);
    while !ties.is_dissolved(anatomy) {
        let best = ties.best(&untried, anatomy)?;
        if ties.refuted.len() == MAX_REFUTED {
            return None;
        }
        untried.retain(|thing| *thing != best);
        ties.refute(best, anatomy);
    }
    for at in (0..ties.refuted.len().saturating_sub(1)).rev() {
        let thing = ties.put_back(at, anatomy);
        if !ties.is_dissolved(anatomy) {
            ties.refute_at(at, thing, anatomy);
        }
    }
    let refuted = ties.refuted(anatomy);
    let left: Vec<Bits> = ties.left.iter().map(|(bits, _)| *bits).collect();
    let pieces = ties.pieces(anatomy).into_iter();
    let pieces = pieces.map(|members| anatomy.piece(graph, &members, &left, &refuted));
    Some(Dissolution {
        surest: surest(pieces, graph, market),
        bits: anatomy.bits - left.into_iter().sum(),
        entities: refuted.entities,
        ties: refuted.ties,
    })
}

/// The piece with the most points, of equal ones the one with the smallest merchant, among those that are clusters.
fn surest(
    pieces: impl Iterator<Item = Anatomy>,
    graph: &EvidenceGraph<'_>,
    market: &Market,
) -> Option<Remnant> {
    let min_bits = graph.strategy().score.min_bits;
    // Who shares next to nothing is no cluster, whoever they are.
    let clusters = pieces.filter(|piece| piece.bits.to_f64() >= min_bits);
    let remnants = clusters.map(|piece| {
        let points = reasons::points(graph, market, &piece, None, Detail::Silent);
        Remnant {
            hundredths: points.hundredths(),
            doubted: agreement::doubted(&points),
            members: piece.merchants,
        }
    });
    remnants.max_by_key(|remnant| (remnant.hundredths, Reverse(remnant.members[0])))
}

/// Evidence the ring loses with each member: all of it but that of the piece with the most, when the
/// member goes. Cost: O(edges), and as much again for each cut vertex.
pub(super) fn bits_lost(anatomy: &Anatomy, cut_vertices: &[u32]) -> Vec<Bits> {
    let n = anatomy.size();
    if n > 2 * MAX_MEMBERS {
        return anatomy.inside.clone();
    }
    // Without a member that is no cut vertex the others stay one piece: it takes its own ties along.
    let mut lost = anatomy.inside.clone();
    for &cut in cut_vertices {
        lost[cut as usize] = bits_lost_with(anatomy, cut);
    }
    lost
}

fn bits_lost_with(anatomy: &Anatomy, gone: u32) -> Bits {
    let edges = || {
        let edges = anatomy.edges.iter();
        edges.filter(|(a, b, _)| *a != gone && *b != gone)
    };
    let mut pieces: UnionFind<u32> = UnionFind::new(anatomy.size());
    for &(a, b, _) in edges() {
        pieces.union(a, b);
    }
    let mut bits = vec![Bits::ZERO; anatomy.size()];
    for &(a, _, edge) in edges() {
        bits[pieces.find_mut(a) as usize] += edge;
    }
    anatomy.bits - bits.into_iter().max().unwrap_or_default()
}

/// Something that can turn out to be innocent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Thing {
    Entity(EntityIdx),
    /// The direct tie of an edge, by the edge's position.
    Tie(usize),
}

/// The edges of a ring with all that each is made of.
struct Ties<'g> {
    pair: PairEvidence<'g>,
    /// The shares of every edge of the anatomy, edge by edge.
    shares: Vec<(usize, Thing, Share)>,
    /// Where those of each edge start, and where the last one's end.
    starts: Vec<usize>,
    same_owner: Vec<bool>,
    /// Each thing with the edges it is a part of, sorted.
    edges_of: Vec<(Thing, usize)>,
    refuted: Vec<Thing>,
    /// What is left of each edge without what is refuted, and whether that holds.
    left: Vec<(Bits, bool)>,
}

/// How far the ring is from dissolved; less is nearer.
type State = (u32, usize, Bits);

impl<'g> Ties<'g> {
    fn new(graph: &'g EvidenceGraph<'_>, anatomy: &Anatomy) -> Self {
        let merchant = |at: u32| anatomy.merchants[at as usize];
        let edges = anatomy
            .edges
            .iter()
            .map(|&(a, b, _)| (merchant(a), merchant(b)));
        let mut ties = Self {
            pair: PairEvidence::new(&graph.strategy().evidence),
            shares: Vec::with_capacity(anatomy.edges.len()),
            starts: Vec::with_capacity(anatomy.edges.len() + 1),
            same_owner: edges.map(|(a, b)| graph.same_owner(a, b)).collect(),
            edges_of: Vec::new(),
            refuted: Vec::new(),
            left: anatomy.edges.iter().map(|edge| (edge.2, true)).collect(),
        };
        for (evidence, uses) in anatomy.shared() {
            ties.add_entity(graph, anatomy, evidence.entity, uses);
        }
        if anatomy.relations > 0 {
            ties.add_relations(graph, anatomy);
        }
        // Stable: the strongest stay first. The edges of one entity ascend as it is.
        ties.shares.sort_by_key(|(edge, ..)| *edge);
        let mut rest = ties.shares.iter().peekable();
        for edge in 0..anatomy.edges.len() {
            ties.starts.push(ties.shares.len() - rest.len());
            while rest.next_if(|share| share.0 == edge).is_some() {}
        }
        ties.starts.push(ties.shares.len());
        ties.edges_of
            .extend(ties.shares.iter().map(|(edge, thing, _)| (*thing, *edge)));
        ties.edges_of.sort_unstable();
        ties
    }

    /// The edges that a thing is a part of.
    fn edges_of(&self, thing: Thing) -> &[(Thing, usize)] {
        let start = self.edges_of.partition_point(|other| other.0 < thing);
        let rest = &self.edges_of[start..];
        &rest[..rest.partition_point(|other| other.0 == thing)]
    }

    fn refute(&mut self, thing: Thing, anatomy: &Anatomy) {
        self.refute_at(self.refuted.len(), thing, anatomy);
    }

    fn refute_at(&mut self, at: usize, thing: Thing, anatomy: &Anatomy) {
        self.refuted.insert(at, thing);
        self.left = self.left_after(thing, anatomy);
    }

    fn put_back(&mut self, at: usize, anatomy: &Anatomy) -> Thing {
        let thing = self.refuted.remove(at);
        self.left = self.left_after(thing, anatomy);
        thing
    }

    /// What is left of each edge, now that this thing was refuted or put back.
    fn left_after(&self, thing: Thing, anatomy: &Anatomy) -> Vec<(Bits, bool)> {
        let mut left = self.left.clone();
        let mut shares = Vec::new();
        for &(_, edge) in self.edges_of(thing) {
            let whole = anatomy.edges[edge].2;
            let bits = self.left(edge, whole, &mut shares);
            left[edge] = (bits, bits.to_f64() >= MIN_HOLD * whole.to_f64());
        }
        left
    }

    fn shares(&self, edge: usize) -> &[(usize, Thing, Share)] {
        &self.shares[self.starts[edge]..self.starts[edge + 1]]
    }

    fn add_entity(
        &mut self,
        graph: &EvidenceGraph<'_>,
        anatomy: &Anatomy,
        entity: EntityIdx,
        uses: &[Link],
    ) {
        let positions: Vec<u32> = (uses.iter())
            .map(|link| narrow_u32(anatomy.position(link.merchant)))
            .collect();
        for (nth, (&a, mine)) in positions.iter().zip(uses).enumerate() {
            for (&b, theirs) in positions.iter().zip(uses).skip(nth + 1) {
                if let Some(edge) = edge_of(anatomy, a, b) {
                    let share = graph.share(mine, theirs);
                    self.shares.push((edge, Thing::Entity(entity), share));
                }
            }
        }
    }

    fn add_relations(&mut self, graph: &EvidenceGraph<'_>, anatomy: &Anatomy) {
        let position = |merchant: MerchantIdx| anatomy.merchants.binary_search(&merchant);
        for (a, &merchant) in (0_u32..).zip(&anatomy.merchants) {
            for (other, relation) in graph.bipartite.relations_of_merchant(merchant) {
                let Ok(b) = position(other) else { continue };
                let edge = edge_of(anatomy, a, narrow_u32(b));
                if let Some(edge) = edge.filter(|_| merchant < other) {
                    let share = graph.relation_share(relation);
                    self.shares.push((edge, Thing::Tie(edge), share));
                }
            }
        }
    }

    /// What is worth refuting: the strongest entities, and direct ties.
    fn candidates(&self, anatomy: &Anatomy) -> Vec<Thing> {
        let strongest = anatomy.evidence.iter().take(MAX_ENTITIES);
        let things = self.shares.iter().map(|(_, thing, _)| *thing);
        let ties = things.filter(|thing| matches!(thing, Thing::Tie(_)));
        strongest
            .map(|evidence| Thing::Entity(evidence.entity))
            .chain(ties.take(MAX_ENTITIES))
            .collect()
    }

    /// What leaves the nearest state when it is refuted too.
    fn best(&mut self, untried: &[Thing], anatomy: &Anatomy) -> Option<Thing> {
        // Most communities share one thing, and there is nothing to weigh.
        if let [only] = untried {
            return Some(*only);
        }
        let things = untried.iter().copied();
        things.min_by_key(|&thing| {
            self.refuted.push(thing);
            let state = state(anatomy, &self.left_after(thing, anatomy));
            self.refuted.pop();
            (state, thing)
        })
    }

    /// What is left of an edge; `shares` is room for what it is made of.
    fn left(&self, edge: usize, whole: Bits, shares: &mut Vec<Share>) -> Bits {
        let all = self.shares(edge);
        let untouched = all.iter().filter(|share| !self.refuted.contains(&share.1));
        shares.clear();
        shares.extend(untouched.map(|share| share.2));
        if shares.len() == all.len() {
            return whole;
        }
        self.pair.total(shares, self.same_owner[edge])
    }

    fn is_dissolved(&self, anatomy: &Anatomy) -> bool {
        // A community hangs together.
        !self.refuted.is_empty() && 2 * state(anatomy, &self.left).0 as usize <= anatomy.size()
    }

    fn refuted(&self, anatomy: &Anatomy) -> Refuted {
        let mut refuted = Refuted::default();
        for thing in &self.refuted {
            match *thing {
                Thing::Entity(entity) => refuted.entities.push(entity),
                Thing::Tie(edge) => {
                    let (a, b, _) = anatomy.edges[edge];
                    let merchant = |at: u32| anatomy.merchants[at as usize];
                    refuted.ties.push((merchant(a), merchant(b)));
                }
            }
        }
        refuted
    }

    /// The members that still hang together, as positions: those of each piece of two or more, ascending.
    fn pieces(&self, anatomy: &Anatomy) -> Vec<Vec<u32>> {
        let mut pieces = joined(anatomy, &self.left);
        let mut members: Vec<Vec<u32>> = vec![Vec::new(); anatomy.size()];
        for at in 0..narrow_u32(anatomy.size()) {
            members[pieces.find_mut(at) as usize].push(at);
        }
        members.retain(|piece| piece.len() > 1);
        members
    }
}

/// The members as they hang together with so much left of each edge.
fn joined(anatomy: &Anatomy, left: &[(Bits, bool)]) -> UnionFind<u32> {
    let mut pieces: UnionFind<u32> = UnionFind::new(anatomy.size());
    for (&(a, b, _), _) in anatomy.edges.iter().zip(left).filter(|(_, left)| left.1) {
        pieces.union(a, b);
    }
    pieces
}

/// How far a ring is from dissolved with so much left of each edge.
fn state(anatomy: &Anatomy, left: &[(Bits, bool)]) -> State {
    let mut pieces = joined(anatomy, left);
    let holding = left.iter().filter(|(_, holds)| *holds).count();
    let all = left.iter().map(|(bits, _)| *bits).sum();
    let mut sizes = vec![0_u32; anatomy.size()];
    for at in 0..narrow_u32(anatomy.size()) {
        sizes[pieces.find_mut(at) as usize] += 1;
    }
    (sizes.into_iter().max().unwrap_or(0), holding, all)
}

/// The position of the edge between two members; `anatomy.edges` is sorted.
fn edge_of(anatomy: &Anatomy, a: u32, b: u32) -> Option<usize> {
    let key = (a.min(b), a.max(b));
    let found = anatomy
        .edges
        .binary_search_by_key(&key, |&(a, b, _)| (a, b));
    found.ok()
}

#[cfg(test)]
mod tests {
    use super::super::drawn::{draw, tie};
    use crate::detect::detect;
    use crate::graph::{project, weigh};
    use crate::model::{EntityIdx, MerchantIdx, OwnerIdx, Timestamp};
    use crate::resolve::Links;
    use crate::score::{Ring, score};
    use crate::strategy::{DEVICE, PAYOUT, Strategy};

    fn only_ring(links: &Links) -> Ring {
        let strategy = Strategy::default();
        let graph = weigh(links, &strategy);
        let network = project(&graph);
        let found = detect(&network, &strategy.detect, None);
        let mut rings = score(&graph, &network, &found, Timestamp::from_seconds(0));
        assert_eq!(rings.len(), 1, "drawn as one ring");
        rings.remove(0)
    }

    #[test]
    fn one_value_is_found_where_one_suffices_and_all_where_all_are_needed() {
        let all: Vec<u32> = (0..4).collect();
        let one = only_ring(&draw(4, &[(DEVICE, None, all.clone())]));
        let needed = one.dissolution.expect("a device holds it");
        assert_eq!(needed.entities, [EntityIdx(0)]);
        assert!(needed.ties.is_empty());
        assert_eq!(needed.bits, one.bits);
        assert_eq!(needed.surest, None, "who shares nothing is no cluster");
        let both = draw(4, &[(DEVICE, None, all.clone()), (PAYOUT, None, all)]);
        let needed = only_ring(&both).dissolution.expect("two values hold it");
        assert_eq!(needed.entities.len(), 2);
    }

    #[test]
    fn one_owners_shops_hang_on_two_values_and_not_on_one() {
        let all: Vec<u32> = (0..4).collect();
        let mut links = draw(4, &[(DEVICE, None, all.clone()), (PAYOUT, None, all)]);
        links.merchants.owner = vec![Some(OwnerIdx(0)); 4];
        let ring = only_ring(&links);
        assert_eq!(ring.weakest_link, None, "each value holds them by itself");
        let needed = ring.dissolution.expect("two values hold them");
        assert_eq!(needed.entities.len(), 2);
    }

    #[test]
    fn a_chain_falls_apart_in_its_middle() {
        let links = (0..3).map(|at| (DEVICE, None, vec![at, at + 1]));
        let chain = only_ring(&draw(4, &links.collect::<Vec<_>>()));
        let needed = chain.dissolution.as_ref().expect("a link holds it");
        assert_eq!(needed.entities, [EntityIdx(1)]);
        // An end takes its own tie along, an inner member the end behind it too.
        for member in &chain.members {
            let falls_off = if [0, 3].contains(&member.merchant.0) {
                1.0
            } else {
                2.0
            };
            let lost = member.bits_lost.to_f64() / 9.0;
            assert!((lost - falls_off).abs() < 0.01, "{member:?}");
        }
    }

    #[test]
    fn what_is_left_is_judged_as_the_cluster_it_would_be() {
        // A device joins two groups of three, of which one has an account and an address of its own.
        let hard = || vec![0, 1, 2];
        let mut shared = vec![(DEVICE, None, (0..6).collect()), (PAYOUT, None, hard())];
        let joined = only_ring(&draw(6, &shared));
        shared.remove(0);
        let alone = only_ring(&draw(6, &shared));
        let needed = joined.dissolution.as_ref().expect("a device holds it");
        assert_eq!(needed.entities, [EntityIdx(0)]);
        let left = joined.remnant().expect("one account is left");
        assert_eq!(left.members, [0, 1, 2].map(MerchantIdx));
        // What is usual on the two markets differs by a little.
        let apart = left.hundredths - alone.points.hundredths();
        assert!(apart.abs() < 5, "{apart}");
        assert!((joined.score_dissolved() - alone.score).abs() < 0.001);
    }

    #[test]
    fn a_direct_tie_can_be_what_has_to_go() {
        let mut links = draw(2, &[]);
        links.relations = vec![tie(0, 1)];
        let ring = only_ring(&links);
        let needed = ring.dissolution.expect("a tie holds it");
        assert!(needed.entities.is_empty());
        assert_eq!(needed.ties, [(MerchantIdx(0), MerchantIdx(1))]);
        assert_eq!(ring.members[0].merchant, MerchantIdx(0));
    }
}
