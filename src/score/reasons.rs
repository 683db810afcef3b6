//! Reasons for and against: each a code, a weight from the strategy, and how far it applies.
//!
//! Adding a reason is one row in [`REASONS`], one weight in the strategy, one title in the run format.

mod devices;
mod history;
mod honest;
mod money;
mod overlap;
mod people;
mod timing;
mod values;
mod wording;

use devices::{own_devices, seldom_used, several_devices};
pub(super) use history::deviation;
use history::{
    banned_reuse, fraud_label, legit_label, rank, refuted, risk_signals, suspended_members,
};
use honest::{
    agency_or_aggregator, allowlisted, common_brand, declared_owner, long_tenure, mall_or_tower,
    one_place, small_family, sparse_tie,
};
use money::{accounts_apiece, cash_out, outside_accounts, payout_funnel, several_accounts};
use overlap::{interlocked_values, nested_values};
use people::{many_cities, mixed_trades};
pub(super) use timing::{days_of_use, median};
use timing::{given_up_values, registration_burst, registration_wave, short_lived_use};
use values::{
    dense_core, device_rotation, direct_transfers, exclusivity, independent_kinds, patchwork,
    shared_value_bits,
};

use std::cell::RefCell;
use std::fmt::Arguments;

use super::anatomy::Anatomy;
use super::market::Market;
use super::points::{Points, Scored, Words};
use super::refuted::Standing;
use crate::graph::{EvidenceGraph, HubClass};
use crate::ingest::Status;
use crate::model::{Bits, EntityIdx, Timestamp};
use crate::resolve::Link;
use crate::strategy::{BUILDING, Normalizer, Points as Weights};

/// What a reason looks at.
struct Case<'c, 'g, 'a> {
    graph: &'c EvidenceGraph<'a>,
    market: &'c Market,
    anatomy: &'g Anatomy,
    standing: Option<&'g Standing>,
    /// When the members came, as far as known, ascending.
    registrations: Vec<Timestamp>,
    detail: Detail,
    /// All that was said so far.
    words: RefCell<String>,
}

/// Whether anybody will read what is found; wording it costs more than finding it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Detail {
    Worded,
    Silent,
}

/// How far a reason applies (its weight is multiplied by it), and what was found, in words.
type Finding = Option<(f64, Words)>;

struct Reason {
    code: &'static str,
    weight: fn(&Weights) -> f64,
    find: fn(&Case<'_, '_, '_>) -> Finding,
}

macro_rules! reasons {
    ($($code:ident),* $(,)?) => {
        const REASONS: &[Reason] = &[$(Reason {
            code: stringify!($code),
            weight: |points| points.$code,
            find: $code,
        }),*];

        /// The code of every reason, in the order in which they are looked for; those that look beyond the
        /// community come last.
        pub const REASON_CODES: &[&str] = &[
            $(stringify!($code),)*
            super::company::NEAR_RINGS,
            super::agreement::DISCORDANT_MARKET,
            super::anchor::CROWDED_MARKET,
        ];
    };
}

reasons!(
    shared_value_bits,
    independent_kinds,
    exclusivity,
    patchwork,
    payout_funnel,
    several_accounts,
    accounts_apiece,
    several_devices,
    seldom_used,
    device_rotation,
    interlocked_values,
    mixed_trades,
    many_cities,
    registration_burst,
    registration_wave,
    short_lived_use,
    given_up_values,
    banned_reuse,
    suspended_members,
    cash_out,
    fraud_label,
    risk_signals,
    direct_transfers,
    dense_core,
    declared_owner,
    common_brand,
    one_place,
    nested_values,
    mall_or_tower,
    agency_or_aggregator,
    outside_accounts,
    own_devices,
    small_family,
    long_tenure,
    legit_label,
    refuted,
    allowlisted,
    sparse_tie,
);

/// The points of a community, largest magnitude first; reasons worth less than a hundredth are left out.
pub(super) fn points(
    graph: &EvidenceGraph<'_>,
    market: &Market,
    anatomy: &Anatomy,
    standing: Option<&Standing>,
    detail: Detail,
) -> Points {
    let case = Case {
        graph,
        market,
        anatomy,
        standing,
        registrations: registrations(graph, anatomy),
        detail,
        words: RefCell::default(),
    };
    let scored = REASONS.iter().filter_map(|reason| {
        let said = case.words.borrow().len();
        let scored = point(&case, reason);
        if scored.is_none() {
            case.words.borrow_mut().truncate(said);
        }
        scored
    });
    Points::new(scored.collect(), case.words.into_inner())
}

/// What a reason is worth, if it is worth a hundredth.
#[expect(
    clippy::cast_possible_truncation,
    reason = "weights are at most 20, hundredths fit"
)]
fn point(case: &Case<'_, '_, '_>, reason: &Reason) -> Option<Scored> {
    let (applies, words) = (reason.find)(case)?;
    let weight = (reason.weight)(&case.graph.strategy().score.points);
    let hundredths = (weight * applies * 100.0).round() as i32;
    (hundredths != 0).then_some(Scored {
        code: reason.code,
        hundredths,
        words,
    })
}

fn registrations(graph: &EvidenceGraph<'_>, anatomy: &Anatomy) -> Vec<Timestamp> {
    let registered_at = &graph.links.merchants.registered_at;
    let members = anatomy.merchants.iter();
    let mut times: Vec<Timestamp> = members.filter_map(|m| registered_at[m.index()]).collect();
    times.sort_unstable();
    times
}

#[expect(
    clippy::cast_precision_loss,
    reason = "member counts are far below 2^53"
)]
fn ratio(part: usize, whole: usize) -> f64 {
    part as f64 / whole.max(1) as f64
}

fn full_at(value: f64, full: f64) -> f64 {
    (value / full).clamp(0.0, 1.0)
}

/// A value with more merchants than this, and than a ring has members twice over, is a service's rather than the ring's.
pub(super) const MOST_ON_A_VALUE: usize = 12;

impl Case<'_, '_, '_> {
    fn size(&self) -> usize {
        self.anatomy.size()
    }

    /// What was found, in words, if anybody wants them.
    fn say(&self, words: Arguments<'_>) -> Words {
        match self.detail {
            Detail::Worded => Words::write(&mut self.words.borrow_mut(), words),
            Detail::Silent => Words::default(),
        }
    }

    fn merchants(&self) -> impl Iterator<Item = usize> + '_ {
        self.anatomy
            .merchants
            .iter()
            .map(|merchant| merchant.index())
    }

    fn count(&self, is: impl Fn(usize) -> bool) -> usize {
        self.merchants().filter(|&merchant| is(merchant)).count()
    }

    fn n_active(&self) -> usize {
        let status = &self.graph.links.merchants.status;
        self.count(|merchant| status[merchant] == Status::Active)
    }

    /// Mean over the members of their strongest tie, in bits.
    fn mean_strongest(&self) -> f64 {
        let sum: Bits = self.anatomy.strongest.iter().copied().sum();
        sum.to_f64() * ratio(1, self.size())
    }

    /// Share of the evidence that comes from entities of certain classes.
    fn class_share(&self, is: impl Fn(HubClass) -> bool) -> f64 {
        let total: Bits = self.anatomy.group_bits.iter().copied().sum();
        let of_class: Bits = self
            .anatomy
            .evidence
            .iter()
            .filter(|evidence| is(self.graph.class[evidence.entity.index()]))
            .map(|evidence| evidence.bits)
            .sum();
        if total == Bits::ZERO {
            0.0
        } else {
            of_class.to_f64() / total.to_f64()
        }
    }

    fn normalizer(&self, entity: EntityIdx) -> Normalizer {
        let entity_type = self.graph.links.entities.entity_type[entity.index()];
        self.graph.strategy().link(entity_type).normalizer
    }

    /// How many values of a kind the members share, those that must serve mostly others aside, and how many do. Asking
    /// how many members are on each instead moves the average precision by -0.005 to 0.001 on 42 markets of three generators.
    fn shared_and_services(&self, kind: Normalizer) -> (usize, usize) {
        let most = MOST_ON_A_VALUE.max(2 * self.size());
        let shared = self.anatomy.evidence.iter();
        let (mut own, mut services) = (0, 0);
        for shared in shared.filter(|shared| self.normalizer(shared.entity) == kind) {
            if shared.merchants as usize <= most {
                own += 1;
            } else {
                services += 1;
            }
        }
        (own, services)
    }

    fn is_place(&self, entity: EntityIdx) -> bool {
        self.normalizer(entity) == Normalizer::Address
    }

    /// An address that is no whole building.
    fn is_door(&self, entity: EntityIdx) -> bool {
        self.is_place(entity) && self.graph.links.entities.entity_type[entity.index()] != BUILDING
    }

    /// The size of the largest set of members that agree on a value.
    fn largest_common<T: Ord>(&self, value: impl Fn(usize) -> Option<T>) -> usize {
        let mut values: Vec<T> = self.merchants().filter_map(value).collect();
        values.sort_unstable();
        values
            .chunk_by(|a, b| a == b)
            .map(<[T]>::len)
            .max()
            .unwrap_or(0)
    }

    /// The members' own uses of what they share, places aside: nobody logs in to an address.
    fn uses_of_things(&self) -> impl Iterator<Item = &Link> + '_ {
        let shared = self.anatomy.shared();
        shared
            .filter(|(evidence, _)| !self.is_place(evidence.entity))
            .flat_map(|(_, uses)| uses)
    }
}

#[cfg(test)]
mod told {
    //! What a reason finds in a drawn community.

    use super::super::anatomy::Scratch;
    use super::*;
    use crate::graph::{project, weigh};
    use crate::model::narrow_u32;
    use crate::resolve::Links;
    use crate::strategy::Strategy;

    /// How far it applies to the first `n_members` merchants at time zero, and its words.
    pub(super) fn told(
        links: &Links,
        n_members: u32,
        find: fn(&Case<'_, '_, '_>) -> Finding,
    ) -> Option<(f64, String)> {
        let strategy = Strategy::default();
        let graph = weigh(links, &strategy);
        let network = project(&graph);
        let nodes: Vec<u32> = (0..narrow_u32(network.n_nodes()))
            .filter(|&node| network.merchants()[node as usize].0 < n_members)
            .collect();
        let communities = [(0, nodes)];
        let as_of = Timestamp::from_seconds(0);
        let market = Market::new(&graph, &network, &communities, as_of);
        let scratch = &mut Scratch::new(&network);
        let anatomy = Anatomy::new(&graph, &network, &communities[0].1, scratch);
        let case = Case {
            graph: &graph,
            market: &market,
            anatomy: &anatomy,
            standing: None,
            registrations: registrations(&graph, &anatomy),
            detail: Detail::Worded,
            words: RefCell::default(),
        };
        let (applies, _) = find(&case)?;
        Some((applies, case.words.into_inner()))
    }
}
