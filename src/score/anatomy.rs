//! The anatomy of a community: what it shares, how strongly each member hangs in it.

mod piece;

use std::cmp::Reverse;

pub(super) use piece::Refuted;

use super::belonging::Usual;
use super::market::Market;
use super::ring::{Depth, RingEvidence, RingMember, Severity};
use crate::graph::{EvidenceGraph, Network, RELATION_GROUP};
use crate::ingest::Label;
use crate::model::{Bits, EntityIdx, MerchantIdx, Money, Timestamp, narrow_u32};
use crate::resolve::Link;

/// Of more members on one entity this many are looked at pair by pair, and their sum stands for all pairs: the
/// square would cost more than the rest of the run.
const MAX_PAIRWISE: usize = 300;
/// Less evidence than this reads `0.0` and does not date a community.
const MIN_DATING_BITS: f64 = 0.05;
/// A kind of evidence counts as independent support from this share of all evidence on.
const MIN_GROUP_SHARE: f64 = 0.05;

/// A community under the microscope. `inside`, `outside`, `strongest`, `links` have one entry a member.
#[derive(Clone, Debug)]
pub(super) struct Anatomy {
    /// Ascending.
    pub(super) merchants: Vec<MerchantIdx>,
    /// Evidence to other members.
    pub(super) inside: Vec<Bits>,
    /// Evidence to merchants outside.
    pub(super) outside: Vec<Bits>,
    /// The strongest tie to another member.
    pub(super) strongest: Vec<Bits>,
    /// Evidence links: shared entities and direct ties inside.
    pub(super) links: Vec<u32>,
    /// Pairs of members with an edge, as positions in `merchants`, with their evidence.
    pub(super) edges: Vec<(u32, u32, Bits)>,
    /// Total evidence inside.
    pub(super) bits: Bits,
    /// Entities that two or more members use, strongest first.
    pub(super) evidence: Vec<RingEvidence>,
    /// The members' own uses of them: for each of `evidence`, as many as it has members, by merchant.
    uses: Vec<Link>,
    /// Direct ties inside.
    pub(super) relations: u32,
    /// Evidence by group, in the graph's group order.
    pub(super) group_bits: Vec<Bits>,
    /// The earliest time at which two members shared something that counts as evidence, or were tied directly.
    pub(super) first_formed: Option<Timestamp>,
}

/// What a task keeps from community to community.
pub(super) struct Scratch {
    /// Position among the members plus one, by node; zero for nodes outside.
    position: Vec<u32>,
    /// What the members use, with the positions of their links, to be grouped by entity.
    links: Vec<(EntityIdx, u32)>,
    /// Each shared entity with where its uses begin.
    shared: Vec<(RingEvidence, usize)>,
    /// Uses of shared entities.
    uses: Vec<Link>,
}

impl Scratch {
    pub(super) fn new(network: &Network) -> Self {
        Self {
            position: vec![0; network.n_nodes()],
            links: Vec::new(),
            shared: Vec::new(),
            uses: Vec::new(),
        }
    }
}

impl Anatomy {
    pub(super) fn new(
        graph: &EvidenceGraph<'_>,
        network: &Network,
        nodes: &[u32],
        scratch: &mut Scratch,
    ) -> Self {
        let merchants: Vec<MerchantIdx> = nodes
            .iter()
            .map(|&node| network.merchants()[node as usize])
            .collect();
        let mut anatomy = Self::unweighed(merchants, graph.groups.len());
        anatomy.weigh_edges(network, nodes, scratch);
        anatomy.weigh_entities(graph, scratch);
        anatomy.weigh_relations(graph, |_, _| true);
        anatomy
    }

    /// Merchants, ascending, of whom nothing is known yet.
    fn unweighed(merchants: Vec<MerchantIdx>, n_groups: usize) -> Self {
        let n = merchants.len();
        Self {
            merchants,
            inside: vec![Bits::ZERO; n],
            outside: vec![Bits::ZERO; n],
            strongest: vec![Bits::ZERO; n],
            links: vec![0; n],
            edges: Vec::new(),
            bits: Bits::ZERO,
            evidence: Vec::new(),
            uses: Vec::new(),
            relations: 0,
            group_bits: vec![Bits::ZERO; n_groups],
            first_formed: None,
        }
    }

    fn weigh_edges(&mut self, network: &Network, nodes: &[u32], scratch: &mut Scratch) {
        for (at, &node) in nodes.iter().enumerate() {
            scratch.position[node as usize] = narrow_u32(at + 1);
        }
        for (at, &node) in nodes.iter().enumerate() {
            for (neighbor, units) in network.neighbors(node as usize) {
                let bits = Bits::from_units(i64::from(units));
                let position = scratch.position[neighbor as usize];
                if position == 0 {
                    self.outside[at] += bits;
                    continue;
                }
                self.inside[at] += bits;
                self.strongest[at] = self.strongest[at].max(bits);
                if neighbor > node {
                    self.edges.push((narrow_u32(at), position - 1, bits));
                    self.bits += bits;
                }
            }
        }
        for &node in nodes {
            scratch.position[node as usize] = 0;
        }
    }

    fn weigh_entities(&mut self, graph: &EvidenceGraph<'_>, scratch: &mut Scratch) {
        let Scratch {
            links,
            shared,
            uses,
            ..
        } = scratch;
        links.clear();
        shared.clear();
        uses.clear();
        for &merchant in &self.merchants {
            links.extend(graph.bipartite.uses_of_merchant(merchant));
        }
        // Links lie by entity and merchant.
        links.sort_unstable_by_key(|(_, at)| *at);
        let all = graph.bipartite.links();
        for same in links.chunk_by(|(a, _), (b, _)| a == b) {
            let entity = same[0].0;
            if same.len() < 2 || graph.pair_bits[entity.index()] <= 0.0 {
                continue;
            }
            let from = uses.len();
            uses.extend(same.iter().map(|&(_, at)| all[at as usize]));
            shared.push((self.note_shared(graph, entity, &uses[from..]), from));
        }
        shared.sort_by_key(|(evidence, _)| (Reverse(evidence.bits), evidence.entity));
        self.uses.reserve_exact(uses.len());
        for (evidence, from) in shared.drain(..) {
            let until = from + evidence.members as usize;
            self.uses.extend_from_slice(&uses[from..until]);
            self.evidence.push(evidence);
        }
    }

    /// Takes the members' uses of an entity into account.
    fn note_shared(
        &mut self,
        graph: &EvidenceGraph<'_>,
        entity: EntityIdx,
        uses: &[Link],
    ) -> RingEvidence {
        let bits = entity_bits(graph, entity, uses);
        let kind = graph.links.entities.entity_type[entity.index()];
        self.group_bits[usize::from(graph.group_of_type[kind.index()])] += bits;
        if bits.to_f64() >= MIN_DATING_BITS {
            self.note_first_shared(uses);
        }
        for link in uses {
            let position = self.position(link.merchant);
            self.links[position] += 1;
        }
        let (first_seen, last_seen) = span(uses);
        RingEvidence {
            entity,
            members: narrow_u32(uses.len()),
            merchants: narrow_u32(graph.bipartite.degree(entity)),
            bits,
            first_seen,
            last_seen,
        }
    }

    /// Each shared entity with the members' own uses of it, by merchant; strongest first.
    pub(super) fn shared(&self) -> impl Iterator<Item = (&RingEvidence, &[Link])> + '_ {
        let mut rest = self.uses.as_slice();
        self.evidence.iter().map(move |evidence| {
            let (uses, after) = rest.split_at(evidence.members as usize);
            rest = after;
            (evidence, uses)
        })
    }

    /// Takes the direct ties that are kept into account; each is asked for by its merchants, ascending.
    fn weigh_relations(
        &mut self,
        graph: &EvidenceGraph<'_>,
        keep: impl Fn(MerchantIdx, MerchantIdx) -> bool,
    ) {
        for at in 0..self.merchants.len() {
            let merchant = self.merchants[at];
            for (other, relation) in graph.bipartite.relations_of_merchant(merchant) {
                let is_kept = || keep(merchant.min(other), merchant.max(other));
                if self.merchants.binary_search(&other).is_err() || !is_kept() {
                    continue;
                }
                self.links[at] += 1;
                if merchant < other {
                    self.relations += 1;
                    let bits = Bits::from_f64(graph.relation_share(relation).bits);
                    *self.group_bits.last_mut().expect("relations are a group") += bits;
                    if bits.to_f64() >= MIN_DATING_BITS {
                        self.note_formed(relation.first_seen.or(relation.last_seen));
                    }
                }
            }
        }
    }

    /// The second first use of an entity is when it became shared.
    fn note_first_shared(&mut self, uses: &[Link]) {
        let known = |link: &Link| link.first_seen.or(link.last_seen);
        let mut times: Vec<Timestamp> = uses.iter().filter_map(known).collect();
        times.sort_unstable();
        self.note_formed(times.get(1).copied());
    }

    fn note_formed(&mut self, time: Option<Timestamp>) {
        if let Some(time) = time {
            self.first_formed = Some(self.first_formed.map_or(time, |first| first.min(time)));
        }
    }

    pub(super) fn position(&self, merchant: MerchantIdx) -> usize {
        self.merchants
            .binary_search(&merchant)
            .expect("a link gathered from the members is a member's")
    }

    /// Members.
    pub(super) fn size(&self) -> usize {
        self.merchants.len()
    }

    /// Verdicts among the members: fraud, legit.
    pub(super) fn labels(&self, graph: &EvidenceGraph<'_>) -> (u32, u32) {
        let count = |wanted| {
            let labels = &graph.links.merchants.label;
            let found = self
                .merchants
                .iter()
                .filter(|m| labels[m.index()] == Some(wanted));
            narrow_u32(found.count())
        };
        (count(Label::Fraud), count(Label::Legit))
    }

    /// The sum of what the members turned over, refunds above sales taken off.
    pub(super) fn exposure(&self, graph: &EvidenceGraph<'_>) -> Money {
        let gmv = &graph.links.merchants.gmv_30d;
        self.merchants
            .iter()
            .map(|merchant| gmv[merchant.index()])
            .sum()
    }

    /// Share of the members' evidence that leaves the community.
    pub(super) fn conductance(&self) -> f64 {
        let outside: Bits = self.outside.iter().copied().sum();
        let all = outside + self.inside.iter().copied().sum();
        if all == Bits::ZERO {
            0.0
        } else {
            outside.to_f64() / all.to_f64()
        }
    }

    /// Groups that carry a telling share of the evidence, strongest first.
    pub(super) fn groups(&self) -> Vec<usize> {
        let total: Bits = self.group_bits.iter().copied().sum();
        let min_bits = total.to_f64() * MIN_GROUP_SHARE;
        let mut groups: Vec<usize> = (0..self.group_bits.len())
            .filter(|&group| {
                let bits = self.group_bits[group];
                bits > Bits::ZERO && bits.to_f64() >= min_bits
            })
            .collect();
        groups.sort_by_key(|&group| (Reverse(self.group_bits[group]), group));
        groups
    }

    /// Their names.
    pub(super) fn group_names(&self, graph: &EvidenceGraph<'_>) -> Vec<String> {
        debug_assert_eq!(
            graph.groups.last().map(String::as_str),
            Some(RELATION_GROUP)
        );
        self.groups()
            .into_iter()
            .map(|group| graph.groups[group].clone())
            .collect()
    }

    /// How sure it is that a member belongs, 0..=1: at least half of its evidence stays inside, it came when
    /// the others came, it is tied about as strongly as they are, and it has no fewer accounts than is usual.
    fn membership(
        &self,
        at: usize,
        usual: &Usual,
        graph: &EvidenceGraph<'_>,
        market: &Market,
    ) -> f64 {
        let score = &graph.strategy().score;
        let (inside, outside) = (self.inside[at].to_f64(), self.outside[at].to_f64());
        if inside <= 0.0 {
            return 0.0;
        }
        let stays = inside / (inside + outside) * (1.0 - (-inside / score.membership_bits).exp2());
        let apart = usual.apart_days(self.merchants[at], graph) / score.membership_days;
        let tie = (0.5 + usual.tie_share(self.inside[at])).min(1.0);
        let belongs = (2.0 * stays).min(1.0) * tie / (1.0 + apart * apart);
        let deviation = market.account_deviation(self.merchants[at].index());
        let times = (score.membership_accounts * deviation).exp();
        belongs * times / (1.0 - belongs + belongs * times)
    }

    /// Members with membership and depth; their actions are decided with the ring's.
    pub(super) fn members(&self, graph: &EvidenceGraph<'_>, market: &Market) -> Vec<RingMember> {
        let action = &graph.strategy().action;
        let evidence = self
            .merchants
            .iter()
            .copied()
            .zip(self.inside.iter().copied());
        let usual = Usual::of(evidence, graph);
        (0..self.size())
            .map(|at| {
                let membership = self.membership(at, &usual, graph, market);
                let depth = if membership >= action.core_membership {
                    Depth::Core
                } else if membership < action.fringe_membership {
                    Depth::Fringe
                } else {
                    Depth::Member
                };
                RingMember {
                    merchant: self.merchants[at],
                    membership,
                    depth,
                    action: Severity::Monitor,
                    held_by: Vec::new(),
                    links: self.links[at],
                    bits: self.inside[at],
                    bits_lost: self.inside[at],
                }
            })
            .collect()
    }
}

/// First and last use. One with one time known was at least seen then.
fn span(uses: &[Link]) -> (Option<Timestamp>, Option<Timestamp>) {
    let times = || {
        uses.iter()
            .flat_map(|link| [link.first_seen, link.last_seen])
    };
    (times().flatten().min(), times().flatten().max())
}

/// Evidence an entity adds over all pairs of the members that use it; where they are many, estimated from an even
/// sample of them.
pub(super) fn entity_bits(graph: &EvidenceGraph<'_>, entity: EntityIdx, uses: &[Link]) -> Bits {
    let n = uses.len();
    debug_assert!(uses.iter().all(|link| link.entity == entity));
    if n <= MAX_PAIRWISE {
        return pairwise_bits(graph, uses);
    }
    let sample = (0..MAX_PAIRWISE).map(|at| uses[at * n / MAX_PAIRWISE]);
    let share = pairs(n) / pairs(MAX_PAIRWISE);
    Bits::from_f64(pairwise_bits(graph, &sample.collect::<Vec<Link>>()).to_f64() * share)
}

#[expect(clippy::cast_precision_loss, reason = "pair counts are far below 2^53")]
fn pairs(n: usize) -> f64 {
    (n * (n - 1) / 2) as f64
}

fn pairwise_bits(graph: &EvidenceGraph<'_>, uses: &[Link]) -> Bits {
    let owner_factor = graph.strategy().evidence.declared_owner_factor;
    let mut bits = Bits::ZERO;
    for (at, a) in uses.iter().enumerate() {
        for b in &uses[at + 1..] {
            let share = graph.share(a, b).bits;
            let factor = if graph.same_owner(a.merchant, b.merchant) {
                owner_factor
            } else {
                1.0
            };
            bits += Bits::from_f64(share * factor);
        }
    }
    bits
}

#[cfg(test)]
mod tests {
    use super::{Anatomy, Scratch, entity_bits, pairs};
    use crate::graph::{project, weigh};
    use crate::model::{EntityIdx, OwnerIdx, Timestamp};
    use crate::score::drawn::draw;
    use crate::strategy::{DEVICE, PAYOUT, Strategy};

    #[test]
    fn many_users_of_a_value_are_weighed_like_few() {
        let bits = |n: u32| {
            let mut links = draw(n, &[(DEVICE, None, (0..n).collect())]);
            links.merchants.owner = (0..n).map(|at| Some(OwnerIdx(at / 2))).collect();
            let mut strategy = Strategy::default();
            strategy.evidence.max_expanded_merchants = 1000;
            strategy.links[0].rarity = 0.0;
            let graph = weigh(&links, &strategy);
            entity_bits(&graph, EntityIdx(0), &links.links).to_f64() / pairs(n as usize)
        };
        let (few, many) = (bits(300), bits(301));
        assert!(few > 0.0 && (many / few - 1.0).abs() < 0.05, "{few} {many}");
    }

    #[test]
    fn when_a_value_was_used_is_told_of_the_members_alone() {
        let at = |second| Some(Timestamp::from_seconds(second));
        let mut links = draw(
            4,
            &[(DEVICE, None, vec![0, 1, 2, 3]), (PAYOUT, None, vec![1, 2])],
        );
        let times = [(at(1), None), (at(5), None), (None, at(9)), (at(2), at(99))];
        for (link, (first, last)) in links.links.iter_mut().zip(times) {
            (link.first_seen, link.last_seen) = (first, last);
        }
        let strategy = Strategy::default();
        let graph = weigh(&links, &strategy);
        let network = project(&graph);
        let members = [1, 2];
        let anatomy = Anatomy::new(&graph, &network, &members, &mut Scratch::new(&network));
        let mut seen: Vec<_> = (anatomy.evidence.iter())
            .map(|shared| (shared.merchants, shared.first_seen, shared.last_seen))
            .collect();
        seen.sort_unstable();
        // One with one time known was at least seen then.
        assert_eq!(seen, [(2, None, None), (4, at(5), at(9))]);
    }

    #[test]
    fn what_is_no_evidence_dates_no_community() {
        let at = |second| Some(Timestamp::from_seconds(second));
        let crowd = (0..400).collect();
        let mut links = draw(400, &[(DEVICE, None, vec![0, 1]), (PAYOUT, None, crowd)]);
        for link in &mut links.links {
            link.first_seen = at(if link.entity.0 == 0 { 50 } else { 5 });
            link.last_seen = at(99);
        }
        let strategy = Strategy::default();
        let graph = weigh(&links, &strategy);
        let network = project(&graph);
        let formed = |graph: &_| {
            Anatomy::new(graph, &network, &[0, 1], &mut Scratch::new(&network)).first_formed
        };
        assert_eq!(formed(&graph), at(50));
    }
}
