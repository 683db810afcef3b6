//! Do the merchants that meet on one value meet elsewhere too?
//!
//! The tenants of a mall share its address and nothing else; the fronts of a ring share whatever they
//! share with the same others. That difference, not the number of merchants, tells an honest hub from
//! a ring's, and it needs no list and no cap.

use rayon::prelude::*;

use super::bipartite::Bipartite;
use crate::model::{EntityIdx, EntityTypeIdx, MerchantIdx, narrow_u32};
use crate::resolve::Entities;
use crate::strategy::Evidence;

/// Entities handed to one task; independent of the thread count.
const ENTITIES_PER_TASK: usize = 2048;
/// Of a merchant with more entities the first so many of each type are looked at: two merchants that share a
/// hundred thousand session ids would take an hour, and a dozen tell as much.
const MAX_OF_TYPE: usize = 256;

/// For each entity, the mean over its merchants of how well their presence is corroborated: 0..=1,
/// where 1 says that every merchant on it meets the others on an independent value as well.
///
/// For entity `e` and merchant `m` on it, corroboration is the largest, over the other entities `f`
/// of `m`, of `min(1, J(e, f) / full_overlap)` times 1 for an `f` of another group,
/// less for the same, where `J` is the Jaccard overlap of the merchants on `e` and on `f`. Of a merchant with
/// more than 256 entities the first 256 of each type are looked at. Cost: O(sum over merchants of links²), linear beyond that.
pub(super) fn corroboration(context: &Context<'_>) -> Vec<f32> {
    let graph = context.graph;
    let entities: Vec<u32> = (0..narrow_u32(graph.n_entities())).collect();
    entities
        .par_chunks(ENTITIES_PER_TASK)
        .map_init(
            || Scratch::new(graph),
            |scratch, chunk| {
                chunk
                    .iter()
                    .map(|&entity| scratch.of_entity(EntityIdx(entity), context))
                    .collect::<Vec<f32>>()
            },
        )
        .flatten_iter()
        .collect()
}

/// What corroboration looks at.
pub(super) struct Context<'a> {
    pub(super) graph: &'a Bipartite<'a>,
    pub(super) entities: &'a Entities,
    /// The group of each entity type.
    pub(super) group_of_type: &'a [u8],
    pub(super) evidence: &'a Evidence,
}

impl Context<'_> {
    fn group(&self, entity: EntityIdx) -> u8 {
        let entity_type: EntityTypeIdx = self.entities.entity_type[entity.index()];
        self.group_of_type[entity_type.index()]
    }

    /// The entities of a merchant; where they are very many, the first of each type, for they lie by type.
    fn entities_of(&self, merchant: MerchantIdx) -> impl Iterator<Item = EntityIdx> + '_ {
        let mut rest = self.graph.entities_of_merchant(merchant);
        let are_few = rest.len() <= MAX_OF_TYPE;
        let kinds = &self.entities.entity_type;
        let types = std::iter::from_fn(move || {
            let kind = kinds[rest.first()?.index()];
            let is_same = |entity: &EntityIdx| are_few || kinds[entity.index()] == kind;
            let (same, others) = rest.split_at(rest.partition_point(is_same));
            rest = others;
            Some(same)
        });
        types
            .flat_map(|same| same.iter().take(MAX_OF_TYPE))
            .copied()
    }

    /// A unit and its building are one place, not two that agree.
    fn nested(&self, a: EntityIdx, b: EntityIdx) -> bool {
        let building = &self.entities.building;
        building[a.index()] == Some(b) || building[b.index()] == Some(a)
    }
}

/// Counters a task keeps from entity to entity, all zero in between.
struct Scratch {
    /// Merchants that an entity has in common with the one under view.
    common: Vec<u32>,
    /// Entities whose `common` is not zero.
    touched: Vec<u32>,
}

impl Scratch {
    fn new(graph: &Bipartite<'_>) -> Self {
        Self {
            common: vec![0; graph.n_entities()],
            touched: Vec::new(),
        }
    }

    #[expect(
        clippy::cast_possible_truncation,
        reason = "a share needs no more than an f32"
    )]
    #[expect(
        clippy::cast_precision_loss,
        reason = "merchant counts are far below 2^53"
    )]
    fn of_entity(&mut self, entity: EntityIdx, context: &Context<'_>) -> f32 {
        let graph = context.graph;
        let links = graph.links_of_entity(entity);
        for link in links {
            for other in context.entities_of(link.merchant) {
                let common = &mut self.common[other.index()];
                if *common == 0 {
                    self.touched.push(other.0);
                }
                *common += 1;
            }
        }
        let mut sum = 0.0;
        for link in links {
            sum += context
                .entities_of(link.merchant)
                .filter(|other| *other != entity)
                .map(|other| self.overlap(entity, other, context))
                .fold(0.0, f64::max);
        }
        for at in self.touched.drain(..) {
            self.common[at as usize] = 0;
        }
        (sum / links.len().max(1) as f64) as f32
    }

    /// How far `other` corroborates `entity`, 0..=1, less when it states the same fact.
    #[expect(
        clippy::cast_precision_loss,
        reason = "merchant counts are far below 2^53"
    )]
    fn overlap(&self, entity: EntityIdx, other: EntityIdx, context: &Context<'_>) -> f64 {
        let common = self.common[other.index()] as usize;
        if common < 2 || context.nested(entity, other) {
            return 0.0;
        }
        let (graph, evidence) = (context.graph, context.evidence);
        let union = graph.degree(entity) + graph.degree(other) - common;
        let jaccard = common as f64 / union as f64;
        let independence = if context.group(entity) == context.group(other) {
            evidence.same_group_corroboration
        } else {
            1.0
        };
        (jaccard / evidence.full_overlap).min(1.0) * independence
    }
}
