//! `links.csv`: the whole graph, made piece by piece, for it is the one table as large as the input.

use std::borrow::Cow;
use std::ops::Range;

use rayon::prelude::*;

use super::assemble::ring_of_merchants;
use super::overlap::NONE;
use crate::model::MerchantIdx;
use crate::resolve::Links;
use crate::run::LinkRow;
use crate::score::Ring;
use crate::strategy::LinkType;

/// Rows in a piece; has no bearing on the bytes.
const PIECE_ROWS: usize = 8192;
/// What `entity_type` says of a direct tie.
const RELATION: &str = "relation";

/// The rows of `links.csv` on demand: links by (entity type in the strategy's order, entity,
/// merchant), then direct ties by (other merchant, merchant), each in both directions.
#[derive(Debug)]
pub struct LinkTable<'a> {
    links: &'a Links,
    link_types: &'a [LinkType],
    cluster_ids: &'a [String],
    ring_of: Vec<u32>,
    /// (other merchant, merchant, position of the relation), sorted.
    ties: Vec<(MerchantIdx, MerchantIdx, u32)>,
}

impl<'a> LinkTable<'a> {
    /// The table for `rings`, which are called `cluster_ids`.
    pub fn new(
        links: &'a Links,
        link_types: &'a [LinkType],
        rings: &[Ring],
        cluster_ids: &'a [String],
    ) -> Self {
        let mut ties: Vec<(MerchantIdx, MerchantIdx, u32)> = links
            .relations
            .iter()
            .zip(0..)
            .flat_map(|(tie, at)| [(tie.a, tie.b, at), (tie.b, tie.a, at)])
            .collect();
        ties.sort_unstable();
        Self {
            links,
            link_types,
            cluster_ids,
            ring_of: ring_of_merchants(rings, links.merchants.len()),
            ties,
        }
    }

    /// The rows of merchants in the first `n_rings` rings, in the table's order.
    pub fn of_best(&self, n_rings: usize) -> Vec<LinkRow<'a>> {
        let n_links = self.links.links.len();
        let is_best = |merchant: MerchantIdx| (self.ring_of[merchant.index()] as usize) < n_rings;
        let of_links = (0..n_links)
            .into_par_iter()
            .filter(|&at| is_best(self.links.links[at].merchant))
            .map(|at| self.link_row(at));
        let of_ties = (0..self.ties.len())
            .into_par_iter()
            .filter(|&at| is_best(self.ties[at].1))
            .map(|at| self.tie_row(at));
        of_links.chain(of_ties).collect()
    }

    /// Rows in all.
    pub fn n_rows(&self) -> usize {
        self.links.links.len() + self.ties.len()
    }

    /// Pieces in all.
    pub fn n_pieces(&self) -> usize {
        self.n_rows().div_ceil(PIECE_ROWS)
    }

    /// The rows of a piece, `0..n_pieces`.
    pub fn piece(&self, piece: usize) -> Vec<LinkRow<'a>> {
        let n_links = self.links.links.len();
        let rows: Range<usize> = piece * PIECE_ROWS..self.n_rows().min((piece + 1) * PIECE_ROWS);
        rows.map(|row| {
            if row < n_links {
                self.link_row(row)
            } else {
                self.tie_row(row - n_links)
            }
        })
        .collect()
    }

    fn link_row(&self, at: usize) -> LinkRow<'a> {
        let link = &self.links.links[at];
        let entity = link.entity.index();
        let entity_type = self.links.entities.entity_type[entity];
        LinkRow {
            entity_type: Cow::Borrowed(&self.link_types[entity_type.index()].name),
            entity: Cow::Borrowed(self.links.entities.key.get(entity)),
            merchant_id: Cow::Borrowed(self.links.merchants.id.get(link.merchant.index())),
            first_seen: link.first_seen,
            last_seen: link.last_seen,
            events: link.events,
            cluster_id: Cow::Borrowed(self.cluster_id(link.merchant)),
        }
    }

    fn tie_row(&self, at: usize) -> LinkRow<'a> {
        let (other, merchant, relation) = self.ties[at];
        let tie = &self.links.relations[relation as usize];
        LinkRow {
            entity_type: Cow::Borrowed(RELATION),
            entity: Cow::Borrowed(self.links.merchants.id.get(other.index())),
            merchant_id: Cow::Borrowed(self.links.merchants.id.get(merchant.index())),
            first_seen: tie.first_seen,
            last_seen: tie.last_seen,
            events: tie.events,
            cluster_id: Cow::Borrowed(self.cluster_id(merchant)),
        }
    }

    fn cluster_id(&self, merchant: MerchantIdx) -> &'a str {
        match self.ring_of[merchant.index()] {
            NONE => "",
            ring => &self.cluster_ids[ring as usize],
        }
    }
}
