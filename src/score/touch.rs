//! Waiting for memory, for everything at once.

use std::hint::black_box;

use super::market::Market;
use crate::graph::EvidenceGraph;
use crate::ingest::Status;
use crate::model::MerchantIdx;

/// Looks at what the reasons will ask of these merchants. It lies all over memory: each reason would wait
/// for it member by member, while here nothing depends on what is read, so that the waits overlap.
pub(super) fn touch(
    graph: &EvidenceGraph<'_>,
    market: &Market,
    merchants: impl Iterator<Item = MerchantIdx>,
) {
    let columns = &graph.links.merchants;
    let first = |text: &str| usize::from(text.as_bytes().first().is_some_and(u8::is_ascii_digit));
    let mut all = 0;
    for merchant in merchants {
        let at = merchant.index();
        all += usize::from(columns.registered_at[at].is_some())
            + usize::from(columns.status[at] == Status::Active)
            + usize::from(columns.owner[at].is_some())
            + usize::from(columns.label[at].is_some())
            + usize::from(columns.allowed[at])
            + usize::from(columns.gmv_30d[at].hundredths() > 0)
            + usize::from(graph.brand[at].is_some())
            + usize::from(market.accounts_of(at) > 0)
            + usize::from(market.risk.of(at).any(|rank| rank > 0.5))
            + first(columns.category.get(at))
            + first(columns.city.get(at))
            + graph.bipartite.n_relations(merchant)
            + graph
                .bipartite
                .links_of_merchant(merchant)
                .filter(|link| link.events > 1)
                .count();
    }
    black_box(all);
}
