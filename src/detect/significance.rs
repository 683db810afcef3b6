//! Is a group better told as one community, or as the parts found in it?
//!
//! Description length of a stochastic block model: how many bits shorter the edges get when dense
//! parts are told apart, against the bits it takes to say who belongs to which part.

/// An edge of typical weight counts as this many observations. At 1 a pair of five-cliques that share a
/// node is told as one; above 1.5 a chain of fifteen equal edges falls apart.
const OBSERVATIONS_PER_EDGE: f64 = 1.4;

/// Nodes and inner weight of a group.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Mass {
    /// Nodes.
    pub(crate) nodes: f64,
    /// Weight of inner edges.
    pub(crate) weight: f64,
    /// Sum of squared weights of inner edges.
    pub(crate) squares: f64,
}

impl Mass {
    fn pairs(self) -> f64 {
        self.nodes * (self.nodes - 1.0) / 2.0
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

/// Bits saved, and bits spent, by telling the parts of a group apart.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Split {
    /// Shorter description of the edges.
    pub(crate) saved: f64,
    /// Description of the membership and of one more density.
    pub(crate) spent: f64,
}

/// Weighs telling the parts of a group apart. Parts that are no denser than the group, or do not pay for
/// naming their members, are left in an unnamed rest; `None` when no part is worth a name.
pub(crate) fn split(whole: Mass, parts: &[Mass]) -> Option<Split> {
    let unit = OBSERVATIONS_PER_EDGE / whole.typical_weight();
    let density = whole.weight / whole.pairs();
    let mut rest = whole;
    let (mut rest_pairs, mut saved) = (whole.pairs(), 0.0);
    let mut spent = log2_factorial(whole.nodes) + 0.5 * whole.pairs().log2();
    let mut any = false;
    for part in parts.iter().filter(|part| part.weight > 0.0) {
        let contribution = unit * part.weight * (part.weight / part.pairs() / density).log2();
        let naming = log2_factorial(whole.nodes)
            - log2_factorial(part.nodes)
            - log2_factorial(whole.nodes - part.nodes);
        if contribution <= naming {
            continue;
        }
        any = true;
        saved += contribution;
        spent -= log2_factorial(part.nodes);
        rest.nodes -= part.nodes;
        rest.weight -= part.weight;
        rest_pairs -= part.pairs();
    }
    spent -= log2_factorial(rest.nodes.max(0.0));
    if rest.weight > 0.0 && rest_pairs > 0.0 {
        saved += unit * rest.weight * (rest.weight / rest_pairs / density).log2();
    }
    any.then_some(Split { saved, spent })
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
        }
    }

    #[test]
    fn cliques_are_told_apart_and_pieces_of_a_chain_are_not() {
        let pays = |whole, parts: &[Mass]| split(whole, parts).is_some_and(|s| s.saved > s.spent);
        // Two five-cliques on a bridge, and sharing a node.
        assert!(pays(mass(10.0, 21.0), &[mass(5.0, 10.0), mass(5.0, 10.0)]));
        assert!(pays(mass(9.0, 20.0), &[mass(5.0, 10.0), mass(4.0, 6.0)]));
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
