//! How telling is each kind of share on this market? Fellegi and Sunter's m and u, by EM, without labels.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::Serialize;

use super::FitError;
use crate::model::{GAMMA, mix, narrow_u32};
use crate::run::RunReader;
use crate::strategy::{LinkType, Strategy};

/// Values with more merchants make no pairs: hubs say nothing of who is one hand.
const MAX_MERCHANTS: usize = 50;
/// Pairs looked at for each kind; more would not change the second digit.
const MAX_PAIRS: usize = 200_000;
/// EM ends after so many rounds; each takes microseconds.
const ROUNDS: usize = 2000;
/// No probability is 0 or 1.
const EDGE: f64 = 1e-9;

/// What EM found. Nothing is fitted into a strategy: see `docs/algorithms/fit.md` for why.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct EvidenceEstimate {
    /// The run.
    pub run_id: String,
    /// Merchants in it.
    pub merchants: u64,
    /// One a kind, in the order of the strategy.
    pub kinds: Vec<KindEstimate>,
}

/// How telling a share of one kind is.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct KindEstimate {
    /// The kind: of each group the one with the most bits.
    pub entity_type: String,
    /// The chance that two merchants picked at random share one.
    pub u: f64,
    /// The chance that two merchants of one hand share one, by EM; the mean over the other kinds that
    /// pairs were found by, none when there are not two of those.
    pub m: Option<f64>,
    /// log2(m / u).
    pub bits: Option<f64>,
    /// What the strategy gives to a pair that alone shares a value.
    pub setting_bits: f64,
    /// Pairs that share a value of this kind and were looked at.
    pub pairs: usize,
    /// The share of them that are of one hand, by EM.
    pub one_hand: Option<f64>,
}

/// Estimates m and u for the strongest kind of each group of `strategy`.
///
/// `u` is counted over all pairs of merchants. Then, for each kind, the pairs that share a value of it
/// are taken for a mixture of one hand and of strangers; `u` of the other kinds held, EM
/// finds their `m` and the mixture, which takes two other kinds at least. Cost: O(links + pairs).
///
/// # Errors
/// When the run can't be read.
pub fn estimate_evidence(run: &Path, strategy: &Strategy) -> Result<EvidenceEstimate, FitError> {
    let reader = RunReader::open(run)?;
    let kinds = kinds(strategy);
    let position: BTreeMap<&str, usize> = kinds
        .iter()
        .map(|kind| kind.name.as_str())
        .zip(0..)
        .collect();
    let mut users: BTreeMap<(usize, String), Vec<u32>> = BTreeMap::new();
    let mut number: BTreeMap<String, u32> = BTreeMap::new();
    for row in reader.links()? {
        if let Some(&kind) = position.get(row.entity_type.as_ref()) {
            let next = narrow_u32(number.len());
            let merchant = *number.entry(row.merchant_id.into_owned()).or_insert(next);
            let value = (kind, row.entity.into_owned());
            users.entry(value).or_default().push(merchant);
        }
    }
    let mut shares = vec![Vec::new(); kinds.len()];
    for ((kind, _), merchants) in users {
        shares[kind].push(merchants);
    }
    let merchants = reader.manifest().count("merchants");
    Ok(EvidenceEstimate {
        run_id: reader.manifest().run_id.clone(),
        merchants,
        kinds: estimate(&kinds, &shares, merchants),
    })
}

/// The strongest kind of each group, in the order of the strategy.
fn kinds(strategy: &Strategy) -> Vec<&LinkType> {
    let mut kinds: Vec<&LinkType> = Vec::new();
    for link in strategy.links.iter().filter(|link| link.bits > 0.0) {
        match kinds.iter_mut().find(|kind| kind.group == link.group) {
            Some(kind) if link.bits > kind.bits => *kind = link,
            Some(_) => {}
            None => kinds.push(link),
        }
    }
    kinds
}

/// `shares` holds the users of every value, by kind.
fn estimate(kinds: &[&LinkType], shares: &[Vec<Vec<u32>>], merchants: u64) -> Vec<KindEstimate> {
    let all_pairs = pairs_of(real(merchants)).max(1.0);
    let u: Vec<f64> = shares
        .iter()
        .map(|values| {
            let pairs: f64 = values
                .iter()
                .map(|users| pairs_of(real(users.len() as u64)))
                .sum();
            (pairs / all_pairs).clamp(EDGE, 1.0 - EDGE)
        })
        .collect();
    let values_of: Vec<Vec<BTreeSet<usize>>> =
        shares.iter().map(|values| by_user(values)).collect();
    let mut found: Vec<Vec<f64>> = vec![Vec::new(); kinds.len()];
    let mut pairs = vec![0; kinds.len()];
    let mut one_hand = vec![None; kinds.len()];
    for block in 0..kinds.len() {
        let others: Vec<usize> = (0..kinds.len())
            .filter(|&kind| kind != block && !shares[kind].is_empty())
            .collect();
        let shared = pairs_sharing(&shares[block]);
        pairs[block] = shared.len();
        if others.len() < 2 || shared.is_empty() {
            continue;
        }
        let agrees = |kind: usize, pair: &(u32, u32)| {
            let of = |user: u32| values_of[kind].get(user as usize);
            of(pair.0)
                .zip(of(pair.1))
                .is_some_and(|(a, b)| !a.is_disjoint(b))
        };
        let mut patterns: BTreeMap<Vec<bool>, f64> = BTreeMap::new();
        for pair in &shared {
            let pattern = others.iter().map(|&kind| agrees(kind, pair)).collect();
            *patterns.entry(pattern).or_default() += 1.0;
        }
        let others_u: Vec<f64> = others.iter().map(|&kind| u[kind]).collect();
        let mixture = mixture(&patterns, &others_u);
        one_hand[block] = Some(mixture.one_hand);
        for (&kind, m) in others.iter().zip(mixture.m) {
            found[kind].push(m);
        }
    }
    (0..kinds.len())
        .map(|kind| {
            let times = real(found[kind].len() as u64);
            let m = (times > 0.0).then(|| found[kind].iter().sum::<f64>() / times);
            KindEstimate {
                entity_type: kinds[kind].name.clone(),
                u: u[kind],
                m,
                bits: m.map(|m| (m / u[kind]).log2()),
                setting_bits: kinds[kind].bits,
                pairs: pairs[kind],
                one_hand: one_hand[kind],
            }
        })
        .collect()
}

/// The values of each user, by the values' positions.
fn by_user(values: &[Vec<u32>]) -> Vec<BTreeSet<usize>> {
    let n_users = values
        .iter()
        .flatten()
        .max()
        .map_or(0, |most| *most as usize + 1);
    let mut of_user = vec![BTreeSet::new(); n_users];
    for (value, users) in values.iter().enumerate() {
        for &user in users {
            of_user[user as usize].insert(value);
        }
    }
    of_user
}

/// Distinct pairs of merchants that share a value that is no hub. Values come in the order of their keys, and
/// the keys of addresses begin with country and postal code: where there are too many pairs, the first ones
/// would come from one place, so values are taken in an order that is scattered and always the same.
fn pairs_sharing(values: &[Vec<u32>]) -> BTreeSet<(u32, u32)> {
    let mut order: Vec<usize> = (0..values.len())
        .filter(|&value| values[value].len() <= MAX_MERCHANTS)
        .collect();
    order.sort_by_cached_key(|&value| (scattered(value), value));
    let mut pairs = BTreeSet::new();
    for value in order {
        let users = &values[value];
        for (at, &a) in users.iter().enumerate() {
            pairs.extend(users[at + 1..].iter().map(|&b| (a.min(b), a.max(b))));
        }
        if pairs.len() >= MAX_PAIRS {
            break;
        }
    }
    pairs
}

/// A number that says nothing of where a value stands.
fn scattered(value: usize) -> u64 {
    mix((value as u64).wrapping_mul(GAMMA))
}

/// One hand and strangers.
struct Mixture {
    one_hand: f64,
    m: Vec<f64>,
}

/// EM (Dempster, Laird and Rubin 1977) for two classes with independent agreements, of which the
/// second's probabilities `u` are known. `patterns` counts which kinds a pair agrees on.
fn mixture(patterns: &BTreeMap<Vec<bool>, f64>, u: &[f64]) -> Mixture {
    let all: f64 = patterns.values().sum();
    let mut now = Mixture {
        one_hand: 0.5,
        m: vec![0.5; u.len()],
    };
    let likelihood = |pattern: &[bool], chance: &[f64]| -> f64 {
        let terms = pattern.iter().zip(chance);
        terms
            .map(|(agrees, p)| if *agrees { *p } else { 1.0 - p })
            .product()
    };
    for _ in 0..ROUNDS {
        let (mut hands, mut agree) = (0.0, vec![0.0; u.len()]);
        for (pattern, count) in patterns {
            let one = now.one_hand * likelihood(pattern, &now.m);
            let strangers = (1.0 - now.one_hand) * likelihood(pattern, u);
            let expected = count * one / (one + strangers).max(f64::MIN_POSITIVE);
            hands += expected;
            for (sum, agrees) in agree.iter_mut().zip(pattern) {
                *sum += if *agrees { expected } else { 0.0 };
            }
        }
        now.one_hand = (hands / all).clamp(EDGE, 1.0 - EDGE);
        now.m = agree
            .into_iter()
            .map(|sum| (sum / hands.max(EDGE)).clamp(EDGE, 1.0 - EDGE))
            .collect();
    }
    now
}

fn pairs_of(n: f64) -> f64 {
    n * (n - 1.0) / 2.0
}

#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
fn real(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Patterns of a mixture in exact proportions come back as its parameters.
    #[test]
    fn a_known_mixture_is_found_again() {
        let (one_hand, m, u) = (0.3, [0.8, 0.6], [0.01, 0.02]);
        let mut patterns = BTreeMap::new();
        for pattern in [[false, false], [false, true], [true, false], [true, true]] {
            let chance = |p: [f64; 2]| -> f64 {
                (0..2)
                    .map(|at| if pattern[at] { p[at] } else { 1.0 - p[at] })
                    .product()
            };
            let share = one_hand * chance(m) + (1.0 - one_hand) * chance(u);
            patterns.insert(pattern.to_vec(), share * 1e5);
        }
        let found = mixture(&patterns, &u);
        assert!(
            (found.one_hand - one_hand).abs() < 1e-3,
            "{}",
            found.one_hand
        );
        assert!((found.m[0] - m[0]).abs() < 1e-3 && (found.m[1] - m[1]).abs() < 1e-3);
    }

    #[test]
    fn hubs_make_no_pairs_and_pairs_count_once() {
        let hub: Vec<u32> = (0..60).collect();
        let values = vec![vec![1, 2, 3], vec![2, 1], hub];
        let pairs = pairs_sharing(&values);
        assert_eq!(
            pairs.into_iter().collect::<Vec<_>>(),
            [(1, 2), (1, 3), (2, 3)]
        );
    }

    /// Half as many pairs again as are looked at: of each third of the keys, a third is taken.
    #[test]
    fn too_many_pairs_are_taken_from_all_keys_alike() {
        let all = narrow_u32(MAX_PAIRS) * 3 / 2;
        let values: Vec<Vec<u32>> = (0..all).map(|pair| vec![2 * pair, 2 * pair + 1]).collect();
        let pairs = pairs_sharing(&values);
        assert_eq!(pairs.len(), MAX_PAIRS);
        for third in 0..3 {
            let keys = 2 * all / 3 * third..2 * all / 3 * (third + 1);
            let taken = pairs.iter().filter(|pair| keys.contains(&pair.0)).count();
            assert!(taken.abs_diff(MAX_PAIRS / 3) < MAX_PAIRS / 100, "{taken}");
        }
        assert_eq!(pairs, pairs_sharing(&values));
    }

    #[test]
    fn one_kind_of_each_group_is_looked_at() {
        let strategy = Strategy::default();
        let kinds = kinds(&strategy);
        let names: Vec<&str> = kinds.iter().map(|kind| kind.name.as_str()).collect();
        assert_eq!(names, ["device", "payout", "address"]);
    }
}
