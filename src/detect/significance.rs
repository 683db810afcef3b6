//! Is a group better told as one community, or as the parts found in it?
//!
//! Description length of a stochastic block model: how many bits shorter the edges get when dense
//! parts are told apart, against the bits it takes to say who belongs to which part.

use super::level::Level;

/// An edge of typical weight counts as this many observations. Below 1.4 a pair of five-cliques that share
/// a node is told as one, as rings that meet in many merchants should be; above 1.5 a chain of fifteen equal edges falls apart.
const OBSERVATIONS_PER_EDGE: f64 = 1.3;

/// A community links at least this share of its pairs: a chain of up to twenty, a sparse mesh of up to
/// some thirty. Thin meshes have no significant parts at any size, so nothing else would bound them.
const MIN_LINKED_PAIRS: f64 = 0.1;

/// Nodes and inner weight of a group.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Mass {
    /// Nodes.
    pub(crate) nodes: f64,
    /// Weight of inner edges.
    pub(crate) weight: f64,
    /// Sum of squared weights of inner edges.
    pub(crate) squares: f64,
    /// Inner edges.
    pub(crate) edges: f64,
}

impl Mass {
    /// Takes in another group; edges between the two are not known here.
    pub(crate) fn add(&mut self, other: Self) {
        self.nodes += other.nodes;
        self.weight += other.weight;
        self.squares += other.squares;
        self.edges += other.edges;
    }

    /// Leaves out a part and its edges to the others, which another such part may have left out too.
    pub(crate) fn remove(&mut self, part: Self, ties: Self) {
        self.nodes -= part.nodes;
        self.weight = (self.weight - part.weight - ties.weight).max(0.0);
        self.squares = (self.squares - part.squares - ties.squares).max(0.0);
        self.edges = (self.edges - part.edges - ties.edges).max(0.0);
    }

    /// Takes in an inner edge.
    pub(crate) fn add_edge(&mut self, weight: f64) {
        self.weight += weight;
        self.squares += weight * weight;
        self.edges += 1.0;
    }

    /// Pairs of its nodes.
    pub(crate) fn pairs(self) -> f64 {
        self.nodes * (self.nodes - 1.0) / 2.0
    }

    /// Whether the group is too thin to be one community.
    pub(crate) fn is_thin(self) -> bool {
        self.edges < MIN_LINKED_PAIRS * self.pairs()
    }

    /// The weight that a random unit of weight finds on its edge: what is typical here, with many weak
    /// edges counting for little. Zero without edges.
    pub(crate) fn typical_weight(self) -> f64 {
        if self.weight > 0.0 {
            self.squares / self.weight
        } else {
            0.0
        }
    }
}

/// The masses of labels below `n_labels`.
pub(crate) fn masses(level: &Level, labels: &[u32], n_labels: usize) -> Vec<Mass> {
    let mut masses = vec![Mass::default(); n_labels];
    for &label in labels {
        masses[label as usize].nodes += 1.0;
    }
    for (a, b, units) in level.edges() {
        if labels[a] == labels[b] {
            masses[labels[a] as usize].add_edge(to_f64(units));
        }
    }
    masses
}

/// A weight for the description length, which compares and never adds up to a published figure.
#[expect(
    clippy::cast_precision_loss,
    reason = "weights of communities stay far below 2^53 units"
)]
pub(crate) fn to_f64(units: u64) -> f64 {
    units as f64
}

/// How many bits shorter it is to tell the parts of a group apart than to tell the group as one;
/// negative when it is longer.
///
/// Saved is what the edges get shorter; spent is what it takes to say who belongs to which part, and
/// one more density. Parts that do not pay for naming their members are left in an unnamed rest. Edges
/// are counted by weight and one by one, and the clearer count decides: strong rings in a weak mesh
/// show by weight, rings of many weak ties in a mesh of few strong ones by count.
pub(crate) fn bits_saved(whole: Mass, parts: &[Mass]) -> f64 {
    // One part that is all of it is nothing to tell apart.
    if whole.weight <= 0.0 || parts.iter().all(|part| part.nodes >= whole.nodes) {
        return 0.0;
    }
    let unit = OBSERVATIONS_PER_EDGE / whole.typical_weight();
    let by_weight = bits_saved_by(whole, parts, |mass| unit * mass.weight);
    let by_count = bits_saved_by(whole, parts, |mass| OBSERVATIONS_PER_EDGE * mass.edges);
    by_weight.max(by_count)
}

/// Whether telling a part of a group by name makes it shorter, by weight or by count.
pub(crate) fn pays(whole: Mass, part: Mass) -> bool {
    let unit = OBSERVATIONS_PER_EDGE / whole.typical_weight();
    let pays_by = |observed: &dyn Fn(Mass) -> f64| {
        let density = observed(whole) / whole.pairs();
        let count = observed(part);
        count * (count / part.pairs() / density).log2() > naming_bits(whole, part)
    };
    part.weight > 0.0
        && (pays_by(&|mass| unit * mass.weight)
            || pays_by(&|mass| OBSERVATIONS_PER_EDGE * mass.edges))
}

/// Bits that it takes to say which nodes of a group a part has.
fn naming_bits(whole: Mass, part: Mass) -> f64 {
    log2_factorial(whole.nodes)
        - log2_factorial(part.nodes)
        - log2_factorial(whole.nodes - part.nodes)
}

/// The same as [`bits_saved`] for one way to count what was observed inside a group.
fn bits_saved_by(whole: Mass, parts: &[Mass], observed: impl Fn(Mass) -> f64) -> f64 {
    let density = observed(whole) / whole.pairs();
    let (mut rest_nodes, mut rest, mut rest_pairs) = (whole.nodes, observed(whole), whole.pairs());
    let mut saved = 0.0;
    let mut spent = log2_factorial(whole.nodes) + 0.5 * whole.pairs().log2();
    for part in parts.iter().filter(|part| part.weight > 0.0) {
        let count = observed(*part);
        let contribution = count * (count / part.pairs() / density).log2();
        if contribution <= naming_bits(whole, *part) {
            continue;
        }
        saved += contribution;
        spent -= log2_factorial(part.nodes);
        rest_nodes -= part.nodes;
        rest -= count;
        rest_pairs -= part.pairs();
    }
    spent -= log2_factorial(rest_nodes.max(0.0));
    // A trace left by rounding is no observation.
    if rest > 1e-6 && rest_pairs > 0.0 {
        saved += rest * (rest / rest_pairs / density).log2();
    }
    saved - spent
}

/// log2(n!) by Stirling's series, exact to 1e-4 from n = 1 on; zero for n = 0.
fn log2_factorial(n: f64) -> f64 {
    if n < 2.0 {
        return 0.0;
    }
    let nats = n * n.ln() - n + 0.5 * (std::f64::consts::TAU * n).ln() + 1.0 / (12.0 * n)
        - 1.0 / (360.0 * n * n * n);
    nats * std::f64::consts::LOG2_E
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mass(nodes: f64, edges: f64) -> Mass {
        Mass {
            nodes,
            weight: edges * 8.0,
            squares: edges * 64.0,
            edges,
        }
    }

    #[test]
    fn cliques_are_told_apart_and_pieces_of_a_chain_are_not() {
        let pays = |whole, parts: &[Mass]| bits_saved(whole, parts) > 0.0;
        // Two five-cliques on a bridge, and two six-cliques that share a node.
        assert!(pays(mass(10.0, 21.0), &[mass(5.0, 10.0), mass(5.0, 10.0)]));
        assert!(pays(mass(11.0, 30.0), &[mass(6.0, 15.0), mass(5.0, 10.0)]));
        for n in 6_u8..=16 {
            let n = f64::from(n);
            let (left, right) = ((n / 2.0).floor(), (n / 2.0).ceil());
            let halves = [mass(left, left - 1.0), mass(right, right - 1.0)];
            assert!(!pays(mass(n, n - 1.0), &halves), "chain of {n}");
        }
    }

    #[test]
    fn factorials_agree_with_products() {
        let mut exact = 0.0;
        for n in 2_u8..60 {
            exact += f64::from(n).log2();
            assert!((log2_factorial(f64::from(n)) - exact).abs() < 1e-3);
        }
    }
}
