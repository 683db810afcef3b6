//! The tables that tell of clusters, piece by piece: all at once their rows would take more memory
//! than all that they are made from.

use rayon::prelude::*;

use super::assemble::{Assembly, Book, reason_rows};
use crate::model::{EntityIdx, MerchantIdx, narrow_u32};
use crate::resolve::Links;
use crate::run::{ClusterRow, EvidenceRow, FeedRow, MemberRow, ReasonRow};
use crate::score::Ring;
use crate::strategy::LinkType;

/// Rings whose rows are made together; has no bearing on them.
const PIECE_RINGS: usize = 1024;
/// Rows of the feed made together.
const PIECE_ROWS: usize = 8192;

/// The rows of `clusters`, `members`, `evidence`, `feed` and `reasons` on demand; those of one ring
/// are always in one piece, and the best rings are in the first.
pub struct RingTables<'a, H> {
    rings: &'a [Ring],
    cluster_ids: &'a [String],
    book: Book<'a>,
    hub_class: H,
    run_id: &'a str,
    /// Every member, sorted by merchant: with its ring, and its position in it.
    feed: Vec<(MerchantIdx, u32, u32)>,
}

impl<H> std::fmt::Debug for RingTables<'_, H> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RingTables").finish_non_exhaustive()
    }
}

impl<'a, H: Fn(EntityIdx) -> &'a str + Sync> RingTables<'a, H> {
    /// The tables for `rings`, best first, which are called `cluster_ids`.
    ///
    /// `hub_class` says what an entity was taken for; it is asked once for each row of evidence.
    ///
    /// # Panics
    /// When there are not as many ids as rings.
    pub fn new(
        rings: &'a [Ring],
        cluster_ids: &'a [String],
        links: &'a Links,
        link_types: &'a [LinkType],
        hub_class: H,
        run_id: &'a str,
    ) -> Self {
        assert_eq!(rings.len(), cluster_ids.len(), "every ring has an id");
        let mut feed: Vec<(MerchantIdx, u32, u32)> = rings
            .par_iter()
            .enumerate()
            .flat_map_iter(|(ring, of_ring)| {
                let members = of_ring.members.iter().zip(0..);
                members.map(move |(member, at)| (member.merchant, narrow_u32(ring), at))
            })
            .collect();
        feed.par_sort_unstable();
        Self {
            book: Book::new(links, link_types),
            rings,
            cluster_ids,
            hub_class,
            run_id,
            feed,
        }
    }

    /// Everything at once.
    pub fn all(&self) -> Assembly<'a> {
        let pieces = || (0..self.n_pieces()).into_par_iter();
        Assembly {
            clusters: self.clusters(),
            members: pieces()
                .flat_map_iter(|piece| self.members(piece))
                .collect(),
            evidence: pieces()
                .flat_map_iter(|piece| self.evidence(piece))
                .collect(),
            feed: (0..self.n_feed_pieces())
                .into_par_iter()
                .flat_map_iter(|piece| self.feed(piece))
                .collect(),
            reasons: pieces()
                .flat_map_iter(|piece| self.reasons(piece))
                .collect(),
        }
    }

    /// `clusters.csv`.
    pub fn clusters(&self) -> Vec<ClusterRow<'a>> {
        let ranked = self.rings.par_iter().zip(self.cluster_ids).enumerate();
        ranked
            .map(|(at, (ring, id))| self.book.cluster_row(ring, id, narrow_u32(at + 1)))
            .collect()
    }

    /// Pieces of `members.csv`, `evidence.csv` and `reasons.csv`.
    pub fn n_pieces(&self) -> usize {
        self.rings.len().div_ceil(PIECE_RINGS)
    }

    /// Pieces of `feed.csv`.
    pub fn n_feed_pieces(&self) -> usize {
        self.feed.len().div_ceil(PIECE_ROWS)
    }

    /// The rings of a piece with their ids.
    fn piece(&self, piece: usize) -> impl Iterator<Item = (&'a Ring, &'a str)> + use<'a, H> {
        let rings = self.rings.iter().zip(self.cluster_ids);
        rings
            .skip(piece * PIECE_RINGS)
            .take(PIECE_RINGS)
            .map(|(ring, id)| (ring, id.as_str()))
    }

    /// A piece of `members.csv`.
    pub fn members(&self, piece: usize) -> Vec<MemberRow<'a>> {
        self.piece(piece)
            .flat_map(|(ring, id)| {
                let members = ring.members.iter();
                members.map(move |member| self.book.member_row(id, member))
            })
            .collect()
    }

    /// A piece of `evidence.csv`.
    pub fn evidence(&self, piece: usize) -> Vec<EvidenceRow<'a>> {
        self.piece(piece)
            .flat_map(|(ring, id)| {
                ring.evidence.iter().map(move |share| {
                    let class = (self.hub_class)(share.entity);
                    self.book.evidence_row(ring, id, share, class)
                })
            })
            .collect()
    }

    /// A piece of `reasons.csv`.
    pub fn reasons(&self, piece: usize) -> Vec<ReasonRow<'a>> {
        self.piece(piece)
            .flat_map(|(ring, id)| reason_rows(ring, id))
            .collect()
    }

    /// A piece of `feed.csv`.
    pub fn feed(&self, piece: usize) -> Vec<FeedRow<'a>> {
        let start = piece * PIECE_ROWS;
        let rows = &self.feed[start..self.feed.len().min(start + PIECE_ROWS)];
        rows.iter()
            .map(|&(_, at, member)| {
                let ring = &self.rings[at as usize];
                let id = &self.cluster_ids[at as usize];
                let member = &ring.members[member as usize];
                self.book.feed_row(ring, id, at + 1, member, self.run_id)
            })
            .collect()
    }
}
