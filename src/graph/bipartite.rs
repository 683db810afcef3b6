//! Who uses what, in both directions, without a hash map.

use std::ops::Range;

use rayon::prelude::*;

use crate::model::{EntityIdx, MerchantIdx, narrow_u32};
use crate::resolve::{Link, Links, Relation};

/// The bipartite graph of merchants and entities in compressed sparse row form, both ways.
///
/// `entity_offsets` has one entry more than there are entities: the links of entity `e` are
/// `links[entity_offsets[e]..entity_offsets[e + 1]]`, sorted by merchant. `merchant_links` holds
/// positions in `links`, grouped by merchant and sorted by entity; `merchant_entities` their entities.
#[derive(Clone, Debug)]
pub struct Bipartite<'a> {
    links: &'a [Link],
    relations: &'a [Relation],
    entity_offsets: Vec<u32>,
    merchant_offsets: Vec<u32>,
    merchant_links: Vec<u32>,
    merchant_entities: Vec<EntityIdx>,
    relation_offsets: Vec<u32>,
    merchant_relations: Vec<u32>,
}

impl<'a> Bipartite<'a> {
    /// Indexes resolved links. Cost: O(merchants + entities + links).
    pub fn new(links: &'a Links) -> Self {
        let n_merchants = links.merchants.len();
        let entity_of = links.links.iter().map(|link| link.entity.index());
        let merchant_of = links.links.iter().map(|link| link.merchant.index());
        let (entity_offsets, (merchant_offsets, merchant_links)) = rayon::join(
            || offsets(links.entities.len(), entity_of),
            || group(n_merchants, merchant_of.zip(0..)),
        );
        let merchant_entities = merchant_links
            .par_iter()
            .map(|&at| links.links[at as usize].entity)
            .collect();
        let ends = links.relations.iter().enumerate();
        let (relation_offsets, merchant_relations) = group(
            n_merchants,
            ends.flat_map(|(at, tie)| [(tie.a.index(), at), (tie.b.index(), at)]),
        );
        Self {
            links: &links.links,
            relations: &links.relations,
            entity_offsets,
            merchant_offsets,
            merchant_links,
            merchant_entities,
            relation_offsets,
            merchant_relations,
        }
    }

    /// How many entities there are.
    pub fn n_entities(&self) -> usize {
        self.entity_offsets.len() - 1
    }

    /// How many merchants there are, linked or not.
    pub fn n_merchants(&self) -> usize {
        self.merchant_offsets.len() - 1
    }

    /// The links of an entity, sorted by merchant.
    #[inline]
    pub fn links_of_entity(&self, entity: EntityIdx) -> &'a [Link] {
        &self.links[rows(&self.entity_offsets, entity.index())]
    }

    /// Where an entity's links stand in [`Bipartite::links`].
    #[inline]
    pub fn positions_of_entity(&self, entity: EntityIdx) -> Range<usize> {
        rows(&self.entity_offsets, entity.index())
    }

    /// How many merchants use an entity.
    #[inline]
    pub fn degree(&self, entity: EntityIdx) -> usize {
        rows(&self.entity_offsets, entity.index()).len()
    }

    /// The links of a merchant, sorted by entity.
    #[inline]
    pub fn links_of_merchant(&self, merchant: MerchantIdx) -> impl Iterator<Item = &'a Link> + '_ {
        let positions = self.positions_of_merchant(merchant).iter();
        positions.map(|&at| &self.links[at as usize])
    }

    /// Positions of a merchant's links in [`Bipartite::links`], ascending.
    #[inline]
    pub fn positions_of_merchant(&self, merchant: MerchantIdx) -> &[u32] {
        &self.merchant_links[rows(&self.merchant_offsets, merchant.index())]
    }

    /// All links, by entity, then merchant.
    #[inline]
    pub fn links(&self) -> &'a [Link] {
        self.links
    }

    /// The entities of a merchant, sorted.
    #[inline]
    pub fn entities_of_merchant(&self, merchant: MerchantIdx) -> &[EntityIdx] {
        &self.merchant_entities[rows(&self.merchant_offsets, merchant.index())]
    }

    /// The entities of a merchant, sorted, each with the position of its link in [`Bipartite::links`].
    #[inline]
    pub fn uses_of_merchant(
        &self,
        merchant: MerchantIdx,
    ) -> impl Iterator<Item = (EntityIdx, u32)> + '_ {
        let entities = self.entities_of_merchant(merchant).iter().copied();
        entities.zip(self.positions_of_merchant(merchant).iter().copied())
    }

    /// The direct ties of a merchant, with the merchant at the other end.
    #[inline]
    pub fn relations_of_merchant(
        &self,
        merchant: MerchantIdx,
    ) -> impl Iterator<Item = (MerchantIdx, &'a Relation)> + '_ {
        self.merchant_relations[rows(&self.relation_offsets, merchant.index())]
            .iter()
            .map(move |&tie| {
                let relation = &self.relations[tie as usize];
                let other = if relation.a == merchant {
                    relation.b
                } else {
                    relation.a
                };
                (other, relation)
            })
    }

    /// How many direct ties a merchant has.
    #[inline]
    pub fn n_relations(&self, merchant: MerchantIdx) -> usize {
        rows(&self.relation_offsets, merchant.index()).len()
    }

    /// The merchant's link to an entity, if it uses it. Cost: log of the entity's degree.
    pub fn link(&self, entity: EntityIdx, merchant: MerchantIdx) -> Option<&'a Link> {
        let links = self.links_of_entity(entity);
        let at = links.binary_search_by_key(&merchant, |link| link.merchant);
        at.ok().map(|at| &links[at])
    }
}

/// CSR offsets from keys in any order.
fn offsets(n_keys: usize, keys: impl Iterator<Item = usize>) -> Vec<u32> {
    let mut offsets = vec![0; n_keys + 1];
    let mut n_rows = 0_usize;
    for key in keys {
        offsets[key + 1] += 1;
        n_rows += 1;
    }
    // No partial sum exceeds what fits here.
    narrow_u32(n_rows);
    for at in 0..n_keys {
        offsets[at + 1] += offsets[at];
    }
    offsets
}

/// The rows of a key.
#[inline]
fn rows(offsets: &[u32], key: usize) -> Range<usize> {
    offsets[key] as usize..offsets[key + 1] as usize
}

/// Groups values by key with a counting sort; values of one key keep their order.
fn group(
    n_keys: usize,
    pairs: impl Iterator<Item = (usize, usize)> + Clone,
) -> (Vec<u32>, Vec<u32>) {
    let offsets = offsets(n_keys, pairs.clone().map(|(key, _)| key));
    let mut next = offsets.clone();
    let mut values = vec![0; offsets[n_keys] as usize];
    for (key, value) in pairs {
        values[next[key] as usize] = narrow_u32(value);
        next[key] += 1;
    }
    (offsets, values)
}
