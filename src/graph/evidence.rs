//! How telling each entity is: bits for a pair of merchants that share it.

use rayon::prelude::*;

use super::bipartite::Bipartite;
use super::brand::brands;
use super::corroboration::{Context, corroboration};
use super::hub::{HubClass, HubFacts};
use super::pair::{PairEvidence, Share};
use crate::model::{Bits, EntityIdx, EntityTypeIdx, MerchantIdx, narrow_u8, narrow_u32};
use crate::resolve::{Link, Links, Relation};
use crate::strategy::{BUILDING, Strategy};

/// The group of direct ties: a fact of its own.
pub const RELATION_GROUP: &str = "relation";

/// The bipartite graph with the evidence of every entity.
///
/// Evidence is log2 of how much likelier a share is under one hand than by accident (Fellegi and
/// Sunter 1969, "A theory for record linkage"). For an entity that `d` merchants use it is
/// `bits * (2 / d_eff)^rarity`, where `d_eff = 2 + (d - 2) * (1 - discount * corroboration)`: merchants that meet
/// elsewhere too do not make the entity common. Hub classes with an honest explanation are damped.
#[derive(Debug)]
pub struct EvidenceGraph<'a> {
    /// What the evidence is about.
    pub links: &'a Links,
    /// Who uses what.
    pub bipartite: Bipartite<'a>,
    /// Evidence of one pair that shares the entity at the same time, in bits; one entry an entity.
    pub pair_bits: Vec<f32>,
    /// How well the presence of an entity's merchants is corroborated, 0..=1.
    pub corroboration: Vec<f32>,
    /// What each entity was taken for.
    pub class: Vec<HubClass>,
    /// The brand of each merchant, if others have it.
    pub brand: Vec<Option<u32>>,
    /// Names of the independent facts; the last is [`RELATION_GROUP`].
    pub groups: Vec<String>,
    /// The group of each entity type.
    pub group_of_type: Vec<u8>,
    strategy: &'a Strategy,
}

/// Weighs every entity. Cost: O(sum over merchants of links²), in parallel; the result does not depend
/// on the number of threads.
pub fn weigh<'a>(links: &'a Links, strategy: &'a Strategy) -> EvidenceGraph<'a> {
    let bipartite = Bipartite::new(links);
    let (groups, group_of_type) = groups(strategy);
    let corroboration = corroboration(&Context {
        graph: &bipartite,
        entities: &links.entities,
        group_of_type: &group_of_type,
        evidence: &strategy.evidence,
    });
    let brand = brands(&links.merchants.name);
    let class: Vec<HubClass> = (0..narrow_u32(links.entities.len()))
        .into_par_iter()
        .map(|at| {
            let entity = EntityIdx(at);
            let entity_type = links.entities.entity_type[entity.index()];
            let facts = HubFacts::of(entity, &bipartite, links, &brand, strategy);
            facts.class(
                strategy.link(entity_type).normalizer,
                entity_type == BUILDING,
                links.entities.allowed[entity.index()],
                f64::from(corroboration[entity.index()]),
                strategy,
            )
        })
        .collect();
    let pair_bits = (0..links.entities.len())
        .into_par_iter()
        .map(|at| {
            let entity = EntityIdx::new(at);
            let entity_type = links.entities.entity_type[at];
            let degree = bipartite.degree(entity);
            pair_bits(degree, corroboration[at], entity_type, class[at], strategy)
        })
        .collect();
    EvidenceGraph {
        links,
        bipartite,
        pair_bits,
        corroboration,
        class,
        brand,
        groups,
        group_of_type,
        strategy,
    }
}

/// The names of the groups, and the group of each entity type; relations form the last group.
fn groups(strategy: &Strategy) -> (Vec<String>, Vec<u8>) {
    let mut groups: Vec<String> = Vec::new();
    let mut group_of_type = Vec::new();
    for link in &strategy.links {
        let found = groups.iter().position(|group| *group == link.group);
        group_of_type.push(narrow_u8(found.unwrap_or(groups.len())));
        if found.is_none() {
            groups.push(link.group.clone());
        }
    }
    groups.push(RELATION_GROUP.to_owned());
    (groups, group_of_type)
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "evidence needs no more than an f32"
)]
#[expect(
    clippy::cast_precision_loss,
    reason = "merchant counts are far below 2^53"
)]
fn pair_bits(
    degree: usize,
    corroboration: f32,
    entity_type: EntityTypeIdx,
    class: HubClass,
    strategy: &Strategy,
) -> f32 {
    let link = strategy.link(entity_type);
    let discount = strategy.evidence.corroborated_discount * f64::from(corroboration);
    let uncorroborated = (degree as f64 - 2.0) * (1.0 - discount);
    let rarity = (2.0 / (2.0 + uncorroborated)).powf(link.rarity);
    let factor = class_factor(class, degree, corroboration, strategy);
    (link.bits * rarity * factor) as f32
}

/// What a class leaves of the evidence. Where a class is a matter of degree, so is its factor: it sets in
/// over a doubling of the merchants and gives way to corroboration, without a cliff on either side.
#[expect(
    clippy::cast_precision_loss,
    reason = "merchant counts are far below 2^53"
)]
fn class_factor(class: HubClass, degree: usize, corroboration: f32, strategy: &Strategy) -> f64 {
    let hubs = &strategy.hubs;
    match class {
        HubClass::Allowed => 0.0,
        HubClass::Chain => hubs.chain_factor,
        // Below `min_merchants` this leaves a second-hand thing whole: its gaps in time weigh it.
        HubClass::Mall
        | HubClass::FormationAgent
        | HubClass::Agency
        | HubClass::Aggregator
        | HubClass::SecondHand => {
            let size = degree as f64 / hubs.min_merchants as f64;
            let one_hand = f64::from(corroboration) / hubs.min_corroboration.max(1e-9);
            let damped = (size - 1.0).clamp(0.0, 1.0) * (1.0 - one_hand).clamp(0.0, 1.0);
            1.0 - damped * (1.0 - hubs.uncorroborated_factor)
        }
        // A declared owner is weighed pair by pair.
        HubClass::Private | HubClass::Owner | HubClass::Mule | HubClass::Shared => 1.0,
    }
}

impl<'a> EvidenceGraph<'a> {
    /// The same evidence under a strategy that differs in nothing the evidence depends on.
    #[must_use]
    pub fn under(self, strategy: &'a Strategy) -> Self {
        Self { strategy, ..self }
    }
}

impl EvidenceGraph<'_> {
    /// Whether an entity makes edges of its own: few enough merchants and enough evidence.
    pub fn expands(&self, entity: EntityIdx) -> bool {
        let evidence = &self.strategy.evidence;
        f64::from(self.pair_bits[entity.index()]) >= evidence.floor_bits
            && self.bipartite.degree(entity) <= evidence.max_expanded_merchants
    }

    /// What a pair shares through one entity that both use.
    pub fn share(&self, a: &Link, b: &Link) -> Share {
        let entity_type = self.links.entities.entity_type[a.entity.index()];
        let status = &self.links.merchants.status;
        let time = PairEvidence::new(&self.strategy.evidence).time_factor(
            (a, status[a.merchant.index()]),
            (b, status[b.merchant.index()]),
        );
        Share {
            group: self.group_of_type[entity_type.index()],
            entity_type: entity_type.0,
            bits: f64::from(self.pair_bits[a.entity.index()]) * time,
        }
    }

    /// Whether a value passed from the one merchant, suspended, to the other within `handover_days`.
    pub fn is_handover(&self, a: &Link, b: &Link) -> bool {
        let status = &self.links.merchants.status;
        PairEvidence::new(&self.strategy.evidence).is_handover(
            (a, status[a.merchant.index()]),
            (b, status[b.merchant.index()]),
        )
    }

    /// What a pair shares by a direct tie: less when they have many ties, by the geometric mean of the two,
    /// so that one who deals with a single other is tied to a busy one more closely than two busy ones are.
    #[expect(clippy::cast_precision_loss, reason = "tie counts are far below 2^53")]
    pub fn relation_share(&self, relation: &Relation) -> Share {
        let ties = |merchant| self.bipartite.n_relations(merchant) as f64;
        let typical = (ties(relation.a) * ties(relation.b)).sqrt();
        let relations = &self.strategy.relations;
        Share {
            group: narrow_u8(self.groups.len() - 1),
            entity_type: u8::MAX,
            bits: relations.bits * typical.powf(-relations.rarity),
        }
    }

    /// Whether two merchants have one declared owner.
    pub fn same_owner(&self, a: MerchantIdx, b: MerchantIdx) -> bool {
        let owner = &self.links.merchants.owner;
        owner[a.index()].is_some() && owner[a.index()] == owner[b.index()]
    }

    /// All the evidence between two merchants. Cost: links of `a` times log of their degrees.
    pub fn between(&self, a: MerchantIdx, b: MerchantIdx) -> Bits {
        let mut shares: Vec<Share> = self
            .bipartite
            .links_of_merchant(a)
            .filter_map(|link| Some(self.share(link, self.bipartite.link(link.entity, b)?)))
            .collect();
        let ties = self.bipartite.relations_of_merchant(a);
        shares.extend(
            ties.filter(|(other, _)| *other == b)
                .map(|(_, relation)| self.relation_share(relation)),
        );
        PairEvidence::new(&self.strategy.evidence).total(&mut shares, self.same_owner(a, b))
    }

    /// The strategy the evidence was weighed by.
    pub fn strategy(&self) -> &Strategy {
        self.strategy
    }
}
