//! A division of a network's nodes into communities.

use super::level::renumber;
use crate::model::CommunityIdx;

/// One community a node. Communities are numbered 0.. by their smallest node, without gaps, so that
/// equal divisions are equal values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Partition {
    community: Vec<u32>,
    n_communities: usize,
}

impl Partition {
    /// A partition from any labels, renumbered by smallest node.
    pub fn from_labels(labels: &[u32]) -> Self {
        let mut number = rustc_hash::FxHashMap::default();
        let community: Vec<u32> = labels
            .iter()
            .map(|label| {
                let next = crate::model::narrow_u32(number.len());
                *number.entry(*label).or_insert(next)
            })
            .collect();
        Self {
            community,
            n_communities: number.len(),
        }
    }

    /// The same from labels below the number of nodes.
    pub(super) fn from_dense_labels(labels: &[u32]) -> Self {
        let (community, n_communities) = renumber(labels);
        Self {
            community,
            n_communities,
        }
    }

    /// The community of each node.
    pub fn communities(&self) -> &[u32] {
        &self.community
    }

    /// The community of a node.
    pub fn community(&self, node: usize) -> CommunityIdx {
        CommunityIdx(self.community[node])
    }

    /// How many communities there are.
    pub fn n_communities(&self) -> usize {
        self.n_communities
    }

    /// The nodes of each community, ascending. Cost: O(n).
    pub fn members(&self) -> Vec<Vec<u32>> {
        let mut members = vec![Vec::new(); self.n_communities];
        for (node, &community) in self.community.iter().enumerate() {
            members[community as usize].push(crate::model::narrow_u32(node));
        }
        members
    }
}
