//! The merchant graph that community detection works on: weighted, undirected, in CSR form.

use std::collections::BTreeMap;

use crate::model::{Bits, MerchantIdx, NodeIdx};

/// A weighted undirected graph in compressed sparse row form.
///
/// `offsets` has n + 1 entries; the neighbours of node `v` are `neighbors[offsets[v]..offsets[v + 1]]`,
/// sorted, without `v` itself; every edge stands in both rows with one weight, which is positive.
/// Memory: 4 bytes a node, 16 bytes an edge and 8 bytes a node for offsets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Network {
    offsets: Vec<usize>,
    neighbors: Vec<u32>,
    weights: Vec<u32>,
    merchants: Vec<MerchantIdx>,
}

impl Network {
    /// A network from its CSR parts; weights in units of 1/1024 bit.
    ///
    /// # Panics
    /// In debug builds, when the parts break an invariant of the type.
    pub fn from_parts(
        offsets: Vec<usize>,
        neighbors: Vec<u32>,
        weights: Vec<u32>,
        merchants: Vec<MerchantIdx>,
    ) -> Self {
        let network = Self {
            offsets,
            neighbors,
            weights,
            merchants,
        };
        debug_assert_eq!(network.validate(), Ok(()));
        network
    }

    /// A network of `n_nodes` nodes from edges in any order; repeated edges add up, loops and
    /// weights below one unit are dropped. Node `v` stands for merchant `v`.
    ///
    /// For tests, doctests and tools; the projection builds its parts directly.
    ///
    /// ```
    /// use ringfence::graph::Network;
    /// use ringfence::model::Bits;
    /// let path = Network::from_edges(3, &[(0, 1, Bits::from_f64(2.0)), (1, 2, Bits::from_f64(1.0))]);
    /// assert_eq!(path.n_edges(), 2);
    /// assert_eq!(path.neighbors(1).map(|(v, _)| v).collect::<Vec<_>>(), [0, 2]);
    /// ```
    pub fn from_edges(n_nodes: usize, edges: &[(u32, u32, Bits)]) -> Self {
        let mut rows: Vec<BTreeMap<u32, i64>> = vec![BTreeMap::new(); n_nodes];
        for &(a, b, weight) in edges.iter().filter(|(a, b, _)| a != b) {
            *rows[a as usize].entry(b).or_default() += weight.units();
            *rows[b as usize].entry(a).or_default() += weight.units();
        }
        let mut offsets = vec![0];
        let (mut neighbors, mut weights) = (Vec::new(), Vec::new());
        for row in rows {
            for (neighbor, units) in row.into_iter().filter(|&(_, units)| units > 0) {
                neighbors.push(neighbor);
                weights.push(u32::try_from(units).unwrap_or(u32::MAX));
            }
            offsets.push(neighbors.len());
        }
        let merchants = (0..n_nodes).map(MerchantIdx::new).collect();
        Self::from_parts(offsets, neighbors, weights, merchants)
    }

    /// Nodes.
    pub fn n_nodes(&self) -> usize {
        self.merchants.len()
    }

    /// Undirected edges.
    pub fn n_edges(&self) -> usize {
        self.neighbors.len() / 2
    }

    /// The neighbours of a node and the weights of the edges to them, in units of 1/1024 bit.
    #[inline]
    pub fn neighbors(&self, node: usize) -> impl Iterator<Item = (u32, u32)> + '_ {
        let row = self.offsets[node]..self.offsets[node + 1];
        self.neighbors[row.clone()]
            .iter()
            .copied()
            .zip(self.weights[row].iter().copied())
    }

    /// How many neighbours a node has.
    #[inline]
    pub fn degree(&self, node: usize) -> usize {
        self.offsets[node + 1] - self.offsets[node]
    }

    /// CSR offsets, n + 1 entries.
    pub fn offsets(&self) -> &[usize] {
        &self.offsets
    }

    /// CSR neighbours, two entries an edge.
    pub fn neighbor_ids(&self) -> &[u32] {
        &self.neighbors
    }

    /// CSR weights in units of 1/1024 bit, two entries an edge.
    pub fn weight_units(&self) -> &[u32] {
        &self.weights
    }

    /// The merchant each node stands for, ascending.
    pub fn merchants(&self) -> &[MerchantIdx] {
        &self.merchants
    }

    /// The node of a merchant, if it has an edge. Cost: log n.
    pub fn node_of(&self, merchant: MerchantIdx) -> Option<NodeIdx> {
        self.merchants
            .binary_search(&merchant)
            .ok()
            .map(NodeIdx::new)
    }

    /// The weight of an edge, zero when there is none. Cost: log of the degree of `a`.
    pub fn weight(&self, a: usize, b: usize) -> Bits {
        let row = self.offsets[a]..self.offsets[a + 1];
        let b = crate::model::narrow_u32(b);
        match self.neighbors[row.clone()].binary_search(&b) {
            Ok(at) => Bits::from_units(i64::from(self.weights[row.start + at])),
            Err(_) => Bits::ZERO,
        }
    }

    /// Checks every invariant of the type; the error names the first that is broken.
    ///
    /// # Errors
    /// The sentence that does not hold.
    pub fn validate(&self) -> Result<(), &'static str> {
        if self.offsets.len() != self.merchants.len() + 1 || self.offsets.first() != Some(&0) {
            return Err("offsets has n + 1 entries and starts at 0");
        }
        if self.offsets.last() != Some(&self.neighbors.len())
            || self.neighbors.len() != self.weights.len()
            || self.offsets.windows(2).any(|pair| pair[0] > pair[1])
        {
            return Err("rows cover neighbors and weights in order");
        }
        if self.merchants.windows(2).any(|pair| pair[0] >= pair[1]) {
            return Err("merchants are ascending and unique");
        }
        for node in 0..self.n_nodes() {
            let row = &self.neighbors[self.offsets[node]..self.offsets[node + 1]];
            if row.windows(2).any(|pair| pair[0] >= pair[1]) {
                return Err("a row is sorted and unique");
            }
            for (neighbor, weight) in self.neighbors(node) {
                if neighbor as usize >= self.n_nodes() || neighbor as usize == node || weight == 0 {
                    return Err("a neighbour is another node and its weight is positive");
                }
                if self.weight(neighbor as usize, node).units() != i64::from(weight) {
                    return Err("an edge stands in both rows with one weight");
                }
            }
        }
        Ok(())
    }
}
