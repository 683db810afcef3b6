//! Where the money goes.

use super::{Case, Finding, full_at, ratio};
use crate::model::EntityIdx;
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
        let detail = case.say(format_args!(
            "{:.0} % of what is paid out through shared accounts goes to accounts the members share",
            share * 100.0
        ));
        (share, detail)
    })
}

/// An owner has one account, perhaps two; a ring cuts its takings over several, each shared by some.
/// Accounts with many merchants outside are an aggregator's and don't count.
pub(super) fn several_accounts(case: &Case<'_, '_, '_>) -> Finding {
    let accounts = case.shared_but_no_services(Normalizer::Account);
    (accounts > 1).then(|| {
        let detail = case.say(format_args!(
            "{accounts} payout accounts are shared, each by some of the members"
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
    let detail = case.say(format_args!(
        "{:.1} payout accounts a member, on this market {:.1} (means)",
        accounts.sum::<f64>() * per_member,
        case.market.usual_accounts.mean
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
        let detail = case.say(format_args!(
            "members share {outside} payout accounts with merchants outside alone"
        ));
        (full_at(ratio(outside, case.size()), 1.0), detail)
    })
}
