//! Where the money goes.

use super::wording::{NotCounted, Percent, Rank};
use super::{Case, Detail, Finding, full_at, ratio};
use crate::model::EntityIdx;
use crate::score::points::Words;
use crate::strategy::Normalizer;

pub(super) fn payout_funnel(case: &Case<'_, '_, '_>) -> Finding {
    let accounts = case.anatomy.evidence.iter();
    let most = accounts
        .filter(|evidence| case.normalizer(evidence.entity) == Normalizer::Account)
        .map(|evidence| evidence.members)
        .max()?;
    (most >= 3)
        .then(|| {
            let detail = case.say(format_args!(
                "{most} of {} members use one payout account",
                case.size()
            ));
            ((f64::from(most) / 2.0).log2() / 2.0, detail)
        })
        .map(|(applies, detail)| (applies.min(1.0), detail))
}

/// Of the money that leaves through accounts which several merchants share, the part that goes to
/// accounts the members share with each other. Accounts of one merchant alone are no entities.
pub(super) fn cash_out(case: &Case<'_, '_, '_>) -> Finding {
    let mut ours: Vec<EntityIdx> = case.anatomy.evidence.iter().map(|e| e.entity).collect();
    ours.sort_unstable();
    let (mut inside, mut all) = (0.0, 0.0);
    for &merchant in &case.anatomy.merchants {
        for (entity, at) in case.graph.bipartite.uses_of_merchant(merchant) {
            if case.normalizer(entity) != Normalizer::Account {
                continue;
            }
            let link = &case.graph.bipartite.links()[at as usize];
            let amount = link.amount.to_f64().max(0.0);
            all += amount;
            if ours.binary_search(&entity).is_ok() {
                inside += amount;
            }
        }
    }
    (inside > 0.0).then(|| {
        let share = inside / all;
        let detail = match case.detail {
            Detail::Worded => case.say(format_args!("{}", cash_out_in_words(case, inside, all))),
            Detail::Silent => Words::default(),
        };
        (share, detail)
    })
}

/// Of what, through how many accounts, and whose the one that takes most is: an aggregator's account that two
/// members have is shared too.
fn cash_out_in_words(case: &Case<'_, '_, '_>, inside: f64, all: f64) -> String {
    let shared = case.anatomy.shared();
    let accounts =
        shared.filter(|(shared, _)| case.normalizer(shared.entity) == Normalizer::Account);
    let paid = accounts.map(|(shared, uses)| {
        let amounts = uses.iter().map(|link| link.amount.to_f64().max(0.0));
        (amounts.sum::<f64>(), shared)
    });
    let mut paid: Vec<_> = paid.filter(|(amount, _)| *amount > 0.0).collect();
    // Stable: of two that take the same the more telling one.
    paid.sort_by(|a, b| b.0.total_cmp(&a.0));
    let (most, widest) = paid[0];
    let users = match widest.merchants - widest.members {
        0 => format!("one that {} members and nobody else use", widest.members),
        1 => format!("one that {} members and one other use", widest.members),
        others => format!(
            "one that {} members and {others} others use",
            widest.members
        ),
    };
    let through = match paid.len() {
        1 => format!("run through {users}"),
        n => format!(
            "run through {n} that members share, {} through {users}",
            Percent(most / all)
        ),
    };
    format!(
        "of the members' payouts through accounts of several merchants, {} {through}",
        Percent(inside / all)
    )
}

/// An owner has one account, perhaps two; a ring cuts its takings over several, each shared by some.
/// Accounts with many merchants outside are an aggregator's and don't count.
pub(super) fn several_accounts(case: &Case<'_, '_, '_>) -> Finding {
    let (accounts, services) = case.shared_and_services(Normalizer::Account);
    (accounts > 1).then(|| {
        let detail = case.say(format_args!(
            "{accounts} payout accounts are each shared by two or more of the {} members{}",
            case.size(),
            NotCounted(services)
        ));
        (full_at(ratio(accounts - 1, 1), 3.0), detail)
    })
}

/// Members with more payout accounts each than merchants of this market have: one of their own for show,
/// one for the takings, a new one when the last is stopped.
pub(super) fn accounts_apiece(case: &Case<'_, '_, '_>) -> Finding {
    let paid: Vec<usize> = case
        .merchants()
        .filter(|&merchant| case.market.accounts_of(merchant) > 0)
        .collect();
    if paid.is_empty() {
        return None;
    }
    let per_member = ratio(1, paid.len());
    let accounts = paid.iter().map(|&m| f64::from(case.market.accounts_of(m)));
    let deviations = paid.iter().map(|&m| case.market.account_deviation(m));
    let usual = &case.market.usual_accounts;
    let ranks = paid
        .iter()
        .map(|&m| usual.deviation(case.market.accounts_of(m)));
    let detail = case.say(format_args!(
        "{:.1} payout accounts a member, on this market {:.1} (means); by rank {}",
        accounts.sum::<f64>() * per_member,
        usual.mean,
        Rank::of(ranks.sum::<f64>() * per_member)
    ));
    let applies = deviations.sum::<f64>() * per_member / 1.5;
    Some((applies.clamp(-1.0, 1.0), detail))
}

/// Members paid out through accounts that only merchants outside share with them: clients of an aggregator
/// or a bookkeeper, who have business of their own.
pub(super) fn outside_accounts(case: &Case<'_, '_, '_>) -> Finding {
    let members = case.anatomy.merchants.iter();
    let mut accounts: Vec<EntityIdx> = members
        .flat_map(|&merchant| case.graph.bipartite.uses_of_merchant(merchant))
        .map(|(entity, _)| entity)
        .filter(|&entity| case.normalizer(entity) == Normalizer::Account)
        .collect();
    accounts.sort_unstable();
    let outside = accounts.chunk_by(|a, b| a == b);
    let outside = outside.filter(|members| members.len() == 1).count();
    (outside > 0).then(|| {
        let noun = if outside == 1 { "account" } else { "accounts" };
        let detail = case.say(format_args!(
            "{outside} payout {noun} that one member shares with merchants outside alone"
        ));
        (full_at(ratio(outside, case.size()), 1.0), detail)
    })
}

#[cfg(test)]
mod tests {
    use super::super::told::told;
    use super::{cash_out, outside_accounts, several_accounts};
    use crate::model::Money;
    use crate::resolve::Links;
    use crate::score::drawn::draw;
    use crate::strategy::{DEVICE, PAYOUT};

    /// Merchants 0 to 3 with one device and these accounts, each use taking as many units of money as is said of the account.
    fn paid(accounts: &[(Vec<u32>, i64)]) -> Links {
        let accounts = accounts.iter();
        let mut values = vec![(DEVICE, None, vec![0, 1, 2, 3])];
        values.extend(
            accounts
                .clone()
                .map(|(users, _)| (PAYOUT, None, users.clone())),
        );
        let units: Vec<i64> = std::iter::once(0)
            .chain(accounts.map(|(_, units)| *units))
            .collect();
        let mut links = draw(60, &values);
        for link in &mut links.links {
            link.amount = Money::from_hundredths(units[link.entity.index()] * 100);
        }
        links
    }

    #[test]
    fn where_the_money_goes_is_told_with_its_base_and_whose_the_account_is() {
        let words = |accounts: &[_]| told(&paid(accounts), 4, cash_out).map(|told| told.1);
        let crowd = || (0..3).chain(10..30).collect::<Vec<u32>>();
        assert_eq!(
            words(&[(crowd(), 7)]).as_deref(),
            Some(
                "of the members' payouts through accounts of several merchants, 100 % run through one that 3 members and 20 others use"
            )
        );
        let several = [(vec![0, 1], 30), (vec![2, 3], 20), (vec![3, 40], 100)];
        assert_eq!(
            words(&several).as_deref(),
            Some(
                "of the members' payouts through accounts of several merchants, 50 % run through 2 that members share, 30 % through one that 2 members and nobody else use"
            )
        );
    }

    #[test]
    fn accounts_that_all_share_are_told_so_and_services_are_not_hidden() {
        let crowd = (0..2).chain(10..50).collect::<Vec<u32>>();
        let accounts = [
            (vec![0, 1, 2, 3], 1),
            (vec![0, 1, 2, 3], 1),
            (crowd, 1),
            (vec![3, 55], 1),
        ];
        let words = |find| told(&paid(&accounts), 4, find).map(|told| told.1);
        assert_eq!(
            words(several_accounts).as_deref(),
            Some(
                "2 payout accounts are each shared by two or more of the 4 members; one more serves mostly others and does not count"
            )
        );
        assert_eq!(
            words(outside_accounts).as_deref(),
            Some("1 payout account that one member shares with merchants outside alone")
        );
    }
}
