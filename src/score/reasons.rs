//! Reasons for and against: each a code, a weight from the strategy, and how far it applies.
//!
//! Adding a reason is one row in [`REASONS`], one weight in the strategy, one title in the run format.

mod honest;

use honest::{
    agency_or_aggregator, allowlisted, common_brand, declared_owner, legit_label, long_tenure,
    mall_or_tower, one_place, refuted, small_family, sparse_tie,
};

use super::anatomy::Anatomy;
use super::market::Market;
use super::refuted::Standing;
use super::ring::Point;
use crate::graph::{EvidenceGraph, HubClass};
use crate::ingest::{Label, Status};
use crate::model::{Bits, EntityIdx, MerchantIdx, Timestamp};
use crate::strategy::{BUILDING, Normalizer, Points};

/// What a reason looks at.
struct Case<'c, 'g, 'a> {
    graph: &'c EvidenceGraph<'a>,
    market: &'c Market,
    anatomy: &'g Anatomy,
    standing: Option<&'g Standing>,
}

/// How far a reason applies (its weight is multiplied by it), and what was found, in words.
type Finding = Option<(f64, String)>;

struct Reason {
    code: &'static str,
    weight: fn(&Points) -> f64,
    find: fn(&Case<'_, '_, '_>) -> Finding,
}

macro_rules! reasons {
    ($($code:ident),* $(,)?) => {
        const REASONS: &[Reason] = &[$(Reason {
            code: stringify!($code),
            weight: |points| points.$code,
            find: $code,
        }),*];

        /// The code of every reason, in the order in which they are looked for.
        pub const REASON_CODES: &[&str] = &[$(stringify!($code)),*];
    };
}

reasons!(
    shared_value_bits,
    independent_kinds,
    exclusivity,
    patchwork,
    payout_funnel,
    device_rotation,
    mixed_trades,
    many_cities,
    registration_burst,
    banned_reuse,
    cash_out,
    fraud_label,
    risk_signals,
    direct_transfers,
    dense_core,
    declared_owner,
    common_brand,
    one_place,
    mall_or_tower,
    agency_or_aggregator,
    small_family,
    long_tenure,
    legit_label,
    refuted,
    allowlisted,
    sparse_tie,
);

/// The points of a community, largest magnitude first; reasons worth less than a hundredth are left out.
#[expect(
    clippy::cast_possible_truncation,
    reason = "weights are at most 20, hundredths fit"
)]
pub(super) fn points(
    graph: &EvidenceGraph<'_>,
    market: &Market,
    anatomy: &Anatomy,
    standing: Option<&Standing>,
) -> Vec<Point> {
    let weights = &graph.strategy().score.points;
    let case = Case {
        graph,
        market,
        anatomy,
        standing,
    };
    let mut points: Vec<Point> = REASONS
        .iter()
        .filter_map(|reason| {
            let (applies, detail) = (reason.find)(&case)?;
            let hundredths = ((reason.weight)(weights) * applies * 100.0).round() as i32;
            (hundredths != 0).then_some(Point {
                code: reason.code,
                hundredths,
                detail,
            })
        })
        .collect();
    points.sort_by_key(|point| std::cmp::Reverse(point.hundredths.abs()));
    points
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

impl Case<'_, '_, '_> {
    fn size(&self) -> usize {
        self.anatomy.size()
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

    fn registrations(&self) -> Vec<Timestamp> {
        let registered_at = &self.graph.links.merchants.registered_at;
        let mut times: Vec<Timestamp> = self.merchants().filter_map(|m| registered_at[m]).collect();
        times.sort_unstable();
        times
    }
}

fn shared_value_bits(case: &Case<'_, '_, '_>) -> Finding {
    let bits = case.mean_strongest();
    let detail = format!("the strongest tie of a member is worth {bits:.1} bits on average");
    (bits > 0.0).then(|| (full_at(bits, 20.0), detail))
}

fn independent_kinds(case: &Case<'_, '_, '_>) -> Finding {
    let names = case.anatomy.group_names(case.graph);
    let kinds = names.len();
    (kinds > 1).then(|| {
        let detail = format!(
            "{kinds} independent kinds of evidence: {}",
            names.join(", ")
        );
        (full_at(ratio(kinds - 1, 1), 2.0), detail)
    })
}

/// How far the use of the shared values is the members' own, weighed by evidence; half is neutral.
fn exclusivity(case: &Case<'_, '_, '_>) -> Finding {
    let (mut own, mut all) = (0.0, 0.0);
    for evidence in &case.anatomy.evidence {
        let bits = evidence.bits.to_f64();
        own += bits
            * ratio(
                evidence.members as usize,
                case.graph.bipartite.degree(evidence.entity),
            );
        all += bits;
    }
    (all > 0.0).then(|| {
        let share = own / all;
        let detail = format!(
            "{:.0} % of the use of what they share is their own",
            share * 100.0
        );
        (2.0 * share - 1.0, detail)
    })
}

fn payout_funnel(case: &Case<'_, '_, '_>) -> Finding {
    let accounts = case.anatomy.evidence.iter();
    let most = accounts
        .filter(|evidence| case.normalizer(evidence.entity) == Normalizer::Account)
        .map(|evidence| evidence.members)
        .max()?;
    (most >= 3)
        .then(|| {
            let detail = format!("{most} of {} members use one payout account", case.size());
            ((f64::from(most) / 2.0).log2() / 2.0, detail)
        })
        .map(|(applies, detail)| (applies.min(1.0), detail))
}

/// How far the members do *not* meet on one value: an honest owner has one account and one phone for
/// all the shops, a ring spreads its use over several.
fn patchwork(case: &Case<'_, '_, '_>) -> Finding {
    let shares = case
        .anatomy
        .evidence
        .iter()
        .filter(|evidence| !case.is_place(evidence.entity));
    let most = shares.map(|evidence| evidence.members).max()?;
    let left = 1.0 - ratio(most as usize, case.size());
    (left > 0.0).then(|| {
        let detail = format!(
            "no device, account or the like is used by more than {most} of {} members",
            case.size()
        );
        (left, detail)
    })
}

/// Different trades among the members, against how mixed the whole market is.
fn mixed_trades(case: &Case<'_, '_, '_>) -> Finding {
    let categories = &case.graph.links.merchants.category;
    let mut found: Vec<&str> = case.merchants().map(|m| categories.get(m)).collect();
    found.retain(|category| !category.is_empty());
    if found.len() < 2 || case.market.mixed_trades <= 0.0 {
        return None;
    }
    found.sort_unstable();
    let kinds = found.chunk_by(|a, b| a == b).count();
    let pairs = ratio(found.len() * (found.len() - 1), 2);
    let same: usize = found
        .chunk_by(|a, b| a == b)
        .map(|same| same.len() * (same.len() - 1) / 2)
        .sum();
    let mixed = (1.0 - ratio(same, 1) / pairs) / case.market.mixed_trades;
    let detail = format!("{kinds} trades among {} members", case.size());
    Some((2.0 * mixed.min(1.0) - 1.0, detail))
}

/// Members away from the city where most of them are.
fn many_cities(case: &Case<'_, '_, '_>) -> Finding {
    let cities = &case.graph.links.merchants.city;
    let home =
        case.largest_common(|merchant| Some(cities.get(merchant)).filter(|city| !city.is_empty()));
    let away = case.count(|merchant| !cities.get(merchant).is_empty()) - home;
    (away > 0).then(|| {
        let detail = format!(
            "{away} of {} members are not in the city of the others",
            case.size()
        );
        (full_at(ratio(away, case.size()), 0.5), detail)
    })
}

/// Five or more members held together by values of which none has more than three of them.
fn device_rotation(case: &Case<'_, '_, '_>) -> Finding {
    let size = case.size();
    let evidence = &case.anatomy.evidence;
    let most = evidence.iter().map(|evidence| evidence.members).max()?;
    (size >= 5 && most <= 3 && evidence.len() + 1 >= size).then(|| {
        let values = evidence.len();
        let detail =
            format!("{values} values are passed around, none used by more than {most} members");
        (1.0, detail)
    })
}

/// The densest span of `burst_days`: how many members it holds against how many of the whole market.
fn registration_burst(case: &Case<'_, '_, '_>) -> Finding {
    let times = case.registrations();
    let span_days = case.graph.strategy().score.burst_days;
    let (mut best, mut detail) = (0.0, String::new());
    for (at, &from) in times.iter().enumerate() {
        let until = times.partition_point(|time| time.days_since(from) <= span_days);
        let members = until - at;
        if members < 3 {
            continue;
        }
        let share = ratio(members, case.size());
        let usual = case
            .market
            .registered_share(from, times[until - 1])
            .clamp(1e-9, 1.0);
        // Bits of surprise by the binomial tail's exponent, 20 counting in full.
        let surprise = if share > usual {
            ratio(case.size(), 1) * divergence_bits(share, usual)
        } else {
            0.0
        };
        let applies = share * full_at(surprise, 20.0);
        if applies > best {
            best = applies;
            let days = times[until - 1].day() - from.day() + 1;
            detail = format!(
                "{members} of {} members registered within {days} days from {}",
                case.size(),
                from.date_text()
            );
        }
    }
    (best > 0.0).then_some((best, detail))
}

/// Kullback-Leibler divergence of two coins, in bits.
fn divergence_bits(p: f64, q: f64) -> f64 {
    let term = |p: f64, q: f64| if p > 0.0 { p * (p / q).log2() } else { 0.0 };
    term(p, q) + term(1.0 - p, (1.0 - q).max(1e-12))
}

/// Active members that took up what a suspended member had used before; where no date tells who came
/// first, half as much.
fn banned_reuse(case: &Case<'_, '_, '_>) -> Finding {
    let status = |merchant: MerchantIdx| case.graph.links.merchants.status[merchant.index()];
    let suspended = case.count(|m| status(MerchantIdx::new(m)) == Status::Suspended);
    if suspended == 0 || suspended == case.size() {
        return None;
    }
    let (mut heirs, mut sharers) = (Vec::new(), Vec::new());
    for evidence in &case.anatomy.evidence {
        let links = case.graph.bipartite.links_of_entity(evidence.entity);
        let ours = || {
            let members = &case.anatomy.merchants;
            links
                .iter()
                .filter(|link| members.binary_search(&link.merchant).is_ok())
        };
        let banned = || ours().filter(|link| status(link.merchant) == Status::Suspended);
        if banned().next().is_none() {
            continue;
        }
        let banned_first = banned().filter_map(|link| link.first_seen).min();
        for link in ours().filter(|link| status(link.merchant) == Status::Active) {
            match banned_first.zip(link.first_seen) {
                Some((before, after)) if after > before => heirs.push(link.merchant),
                Some(_) => {}
                None => sharers.push(link.merchant),
            }
        }
    }
    let active = case.count(|m| status(MerchantIdx::new(m)) == Status::Active);
    let distinct = |mut merchants: Vec<MerchantIdx>| {
        merchants.sort_unstable();
        merchants.dedup();
        merchants.len()
    };
    let (heirs, sharers) = (distinct(heirs), distinct(sharers));
    if heirs > 0 {
        let detail = format!(
            "{} took up what a suspended member had used before",
            active_members(heirs)
        );
        return Some((0.5 + 0.5 * ratio(heirs, active), detail));
    }
    (sharers > 0).then(|| {
        let detail = format!(
            "{} on what a suspended member uses too; no date tells who came first",
            active_members(sharers)
        );
        (0.25 + 0.25 * ratio(sharers, active), detail)
    })
}

fn active_members(count: usize) -> String {
    let noun = if count == 1 { "member" } else { "members" };
    format!("{count} active {noun}")
}

/// Of the money that leaves through accounts which several merchants share, the part that goes to
/// accounts the members share with each other. Accounts of one merchant alone are no entities.
fn cash_out(case: &Case<'_, '_, '_>) -> Finding {
    let mut ours: Vec<EntityIdx> = case.anatomy.evidence.iter().map(|e| e.entity).collect();
    ours.sort_unstable();
    let (mut inside, mut all) = (0.0, 0.0);
    for &merchant in &case.anatomy.merchants {
        for link in case.graph.bipartite.links_of_merchant(merchant) {
            if case.normalizer(link.entity) != Normalizer::Account {
                continue;
            }
            let amount = link.amount.to_f64().max(0.0);
            all += amount;
            if ours.binary_search(&link.entity).is_ok() {
                inside += amount;
            }
        }
    }
    (inside > 0.0).then(|| {
        let share = inside / all;
        let detail = format!(
            "{:.0} % of what is paid out through shared accounts goes to accounts the members share",
            share * 100.0
        );
        (share, detail)
    })
}

fn fraud_label(case: &Case<'_, '_, '_>) -> Finding {
    let labels = &case.graph.links.merchants.label;
    let found = case.count(|merchant| labels[merchant] == Some(Label::Fraud));
    labelled(case, found, "found to be fraud")
}

fn labelled(case: &Case<'_, '_, '_>, found: usize, what: &str) -> Finding {
    (found > 0).then(|| {
        let detail = format!("{found} of {} members were {what} before", case.size());
        (full_at(ratio(found, case.size()), 0.5), detail)
    })
}

/// Mean percentile rank of the members' risk signals, as a t-statistic: chance alone stays within ±2.
fn risk_signals(case: &Case<'_, '_, '_>) -> Finding {
    let ranks: Vec<f64> = case
        .merchants()
        .flat_map(|merchant| case.market.risk_of(merchant))
        .collect();
    if ranks.is_empty() {
        return None;
    }
    let mean = ranks.iter().sum::<f64>() * ratio(1, ranks.len());
    // A uniform rank has a standard deviation of 1/sqrt(12).
    let t = (mean - 0.5) * (12.0 * ratio(ranks.len(), 1)).sqrt();
    let detail = format!(
        "risk signals of the members rank above {:.0} % of all merchants on average",
        mean * 100.0
    );
    Some(((t / 4.0).clamp(-1.0, 1.0), detail))
}

fn direct_transfers(case: &Case<'_, '_, '_>) -> Finding {
    let ties = case.anatomy.relations;
    (ties > 0).then(|| {
        let detail = format!("{ties} direct ties between members");
        (full_at(f64::from(ties), ratio(case.size(), 1)), detail)
    })
}

fn dense_core(case: &Case<'_, '_, '_>) -> Finding {
    let size = case.size();
    (size >= 5).then(|| {
        let density = ratio(case.anatomy.edges.len(), size * (size - 1) / 2);
        (
            density,
            format!("{:.0} % of all pairs of members are tied", density * 100.0),
        )
    })
}
