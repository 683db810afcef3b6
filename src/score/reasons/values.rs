//! What the members share, and how.

use super::{Case, Finding, full_at, ratio};

pub(super) fn shared_value_bits(case: &Case<'_, '_, '_>) -> Finding {
    let bits = case.mean_strongest();
    let detail = case.say(format_args!(
        "the strongest tie of a member is worth {bits:.1} bits on average"
    ));
    (bits > 0.0).then(|| (full_at(bits, 20.0), detail))
}

pub(super) fn independent_kinds(case: &Case<'_, '_, '_>) -> Finding {
    let kinds = case.anatomy.groups().len();
    (kinds > 1).then(|| {
        let names = case.anatomy.group_names(case.graph);
        let detail = case.say(format_args!(
            "{kinds} independent kinds of evidence: {}",
            names.join(", ")
        ));
        (full_at(ratio(kinds - 1, 1), 2.0), detail)
    })
}

/// How far the use of the shared values is the members' own, weighed by evidence; half is neutral.
pub(super) fn exclusivity(case: &Case<'_, '_, '_>) -> Finding {
    let (mut own, mut all) = (0.0, 0.0);
    for evidence in &case.anatomy.evidence {
        let bits = evidence.bits.to_f64();
        own += bits * ratio(evidence.members as usize, evidence.merchants as usize);
        all += bits;
    }
    (all > 0.0).then(|| {
        let share = own / all;
        let detail = case.say(format_args!(
            "{:.0} % of the use of what they share is their own",
            share * 100.0
        ));
        (2.0 * share - 1.0, detail)
    })
}

/// How far the members do *not* meet on one value: an honest owner has one account and one phone for
/// all the shops, a ring spreads its use over several.
pub(super) fn patchwork(case: &Case<'_, '_, '_>) -> Finding {
    let shares = case
        .anatomy
        .evidence
        .iter()
        .filter(|evidence| !case.is_place(evidence.entity));
    let most = shares.map(|evidence| evidence.members).max()?;
    let left = 1.0 - ratio(most as usize, case.size());
    (left > 0.0).then(|| {
        let detail = case.say(format_args!(
            "no device, account or the like is used by more than {most} of {} members",
            case.size()
        ));
        (left, detail)
    })
}

/// Five or more members held together by values of which none has more than three of them.
pub(super) fn device_rotation(case: &Case<'_, '_, '_>) -> Finding {
    let size = case.size();
    let evidence = &case.anatomy.evidence;
    let most = evidence.iter().map(|evidence| evidence.members).max()?;
    (size >= 5 && most <= 3 && evidence.len() + 1 >= size).then(|| {
        let values = evidence.len();
        let detail = case.say(format_args!(
            "{values} values are passed around, none used by more than {most} members"
        ));
        (1.0, detail)
    })
}

pub(super) fn dense_core(case: &Case<'_, '_, '_>) -> Finding {
    let size = case.size();
    (size >= 5).then(|| {
        let density = ratio(case.anatomy.edges.len(), size * (size - 1) / 2);
        (
            density,
            case.say(format_args!(
                "{:.0} % of all pairs of members are tied",
                density * 100.0
            )),
        )
    })
}

pub(super) fn direct_transfers(case: &Case<'_, '_, '_>) -> Finding {
    let ties = case.anatomy.relations;
    (ties > 0).then(|| {
        let detail = case.say(format_args!("direct ties between members: {ties}"));
        (full_at(f64::from(ties), ratio(case.size(), 1)), detail)
    })
}
