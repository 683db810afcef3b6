//! Laws of evidence and projection, and a plain version of the projection as oracle.

use proptest::prelude::*;
use proptest::strategy::Strategy as _;
use ringfence::graph::{HubClass, project, weigh};
use ringfence::model::{Bits, EntityIdx, MerchantIdx};
use ringfence::strategy::Strategy;

use crate::support::{Use, links};

fn uses(n: u32) -> impl proptest::strategy::Strategy<Value = Vec<Use>> {
    let one = (0..4u8, 0..12u32, 0..n, 0..200i64, 0..40i64);
    proptest::collection::vec(one, 0..60).prop_map(|uses| {
        uses.into_iter()
            .map(|(t, e, m, from, days)| (t, e, m, from, from + days))
            .collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// The row-by-row projection holds exactly the pairs that share an expanding entity or a tie, each
    /// with all the evidence between them.
    #[test]
    fn projection_agrees_with_the_plain_version(
        uses in uses(14),
        ties in proptest::collection::vec((0..14u32, 0..14u32), 0..6),
    ) {
        let strategy = Strategy::default();
        let links = links(14, &uses, &ties);
        let graph = weigh(&links, &strategy);
        let network = project(&graph);
        prop_assert_eq!(network.validate(), Ok(()));
        for a in 0..14 {
            for b in 0..14 {
                let (a, b) = (MerchantIdx(a), MerchantIdx(b));
                let linked = a != b && (
                    (0..links.entities.len()).map(EntityIdx::new).any(|entity| {
                        graph.expands(entity)
                            && graph.bipartite.link(entity, a).is_some()
                            && graph.bipartite.link(entity, b).is_some()
                    }) || graph.bipartite.relations_of_merchant(a).any(|(other, _)| other == b)
                );
                let expected = if linked { graph.between(a, b) } else { Bits::ZERO };
                let found = match (network.node_of(a), network.node_of(b)) {
                    (Some(a), Some(b)) => network.weight(a.index(), b.index()),
                    _ => Bits::ZERO,
                };
                prop_assert_eq!(found, expected);
            }
        }
    }

    /// The order in which links are handed over changes nothing.
    #[test]
    fn evidence_does_not_depend_on_order(uses in uses(10)) {
        let strategy = Strategy::default();
        let (forward, mut reversed) = (links(10, &uses, &[]), uses.clone());
        reversed.sort_unstable_by_key(|u| std::cmp::Reverse(*u));
        let backward = links(10, &reversed, &[]);
        let (a, b) = (weigh(&forward, &strategy), weigh(&backward, &strategy));
        prop_assert_eq!(&a.pair_bits, &b.pair_bits);
        prop_assert_eq!(project(&a), project(&b));
    }
}

/// `d` merchants on one account and nothing else.
fn one_account(d: u32) -> Vec<Use> {
    (0..d).map(|merchant| (1, 0, merchant, 0, 100)).collect()
}

#[test]
fn a_rarer_entity_never_weighs_less() {
    let strategy = Strategy::default();
    let bits = |d| weigh(&links(d, &one_account(d), &[]), &strategy).pair_bits[0];
    for d in 2..400 {
        assert!(bits(d + 1) <= bits(d), "{d}");
    }
}

#[test]
fn a_hub_makes_no_edges_but_adds_to_edges() {
    let mut strategy = Strategy::default();
    // By default an account of four hundred is worth less than the smallest weight there is.
    for link in &mut strategy.links {
        link.rarity = 0.5;
    }
    let hub = one_account(400);
    assert_eq!(
        project(&weigh(&links(400, &hub, &[]), &strategy)).n_edges(),
        0
    );
    let pair = [(0, 7, 1, 0, 100), (0, 7, 2, 0, 100)];
    let alone = links(400, &pair, &[]);
    let with_hub = links(400, &[hub.as_slice(), &pair].concat(), &[]);
    let alone = project(&weigh(&alone, &strategy));
    let with_hub = project(&weigh(&with_hub, &strategy));
    assert_eq!((alone.n_edges(), with_hub.n_edges()), (1, 1));
    assert!(with_hub.weight(0, 1) > alone.weight(0, 1));
}

#[test]
fn what_the_same_merchants_share_twice_stays_telling_at_size() {
    let strategy = Strategy::default();
    let account = one_account(40);
    let devices: Vec<Use> = (0..40).map(|merchant| (0, 5, merchant, 0, 100)).collect();
    let alone = links(40, &account, &[]);
    let both = links(40, &[account, devices].concat(), &[]);
    let (alone, both) = (weigh(&alone, &strategy), weigh(&both, &strategy));
    // Entity 0 of `both` is the device, entity 1 the account.
    assert!(both.pair_bits[1] > 4.0 * alone.pair_bits[0]);
    assert_eq!(alone.class[0], HubClass::Aggregator);
    assert_eq!(both.class[1], HubClass::Shared);
}

#[test]
fn an_account_is_seen_behind_hundreds_of_devices() {
    let strategy = Strategy::default();
    let devices = (0..300).flat_map(|device| [0, 1].map(|merchant| (0, device, merchant, 0, 100)));
    let uses: Vec<Use> = devices.chain(one_account(2)).collect();
    let links = links(2, &uses, &[]);
    let graph = weigh(&links, &strategy);
    assert!(graph.corroboration.iter().all(|&share| share >= 1.0));
}

#[test]
fn a_declared_owner_explains_sharing_away() {
    let strategy = Strategy::default();
    let mut market = links(2, &one_account(2), &[]);
    let before = weigh(&market, &strategy).between(MerchantIdx(0), MerchantIdx(1));
    market.merchants.owner_id.push("brand");
    market.merchants.owner = vec![Some(ringfence::model::OwnerIdx(0)); 2];
    let graph = weigh(&market, &strategy);
    assert!(graph.between(MerchantIdx(0), MerchantIdx(1)) < before);
    assert_eq!(graph.class[0], HubClass::Owner);
}

#[test]
fn every_reason_has_a_title() {
    for code in ringfence::score::REASON_CODES {
        let unknown = ringfence::run::reason_title("of a later version");
        assert_ne!(ringfence::run::reason_title(code), unknown, "{code}");
    }
}
