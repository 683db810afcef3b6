//! What the members share, and how.

use super::wording::Percent;
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
    let (mut members, mut uses) = (0, 0);
    for evidence in &case.anatomy.evidence {
        let bits = evidence.bits.to_f64();
        members += evidence.members;
        uses += evidence.merchants;
        own += bits * ratio(evidence.members as usize, evidence.merchants as usize);
        all += bits;
    }
    (all > 0.0).then(|| {
        let share = own / all;
        let detail = case.say(format_args!(
            "members have {members} of the {uses} uses of what they share; weighed by evidence {}, where 50 % says nothing",
            Percent(share)
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
        let places = evidence
            .iter()
            .filter(|shared| case.is_place(shared.entity));
        let places = match places.count() {
            0 => String::new(),
            1 => ", one of them a place,".to_owned(),
            places => format!(", {places} of them places,"),
        };
        let detail = case.say(format_args!(
            "none of the {values} values they share{places} is used by more than {most} members"
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

#[cfg(test)]
mod tests {
    use super::super::told::told;
    use super::{device_rotation, exclusivity};
    use crate::score::drawn::draw;
    use crate::strategy::{ADDRESS, BUILDING, DEVICE};

    #[test]
    fn what_weighs_much_does_not_hide_who_else_uses_what_weighs_little() {
        let crowd = (0..2).chain(10..110).collect();
        let links = draw(110, &[(DEVICE, None, vec![0, 1]), (BUILDING, None, crowd)]);
        let (applies, words) = told(&links, 2, exclusivity).expect("they share a device");
        assert!(applies > 0.9, "{applies}");
        assert_eq!(
            words,
            "members have 4 of the 104 uses of what they share; weighed by evidence 100 %, where 50 % says nothing"
        );
    }

    #[test]
    fn places_are_not_told_as_things_that_are_passed_round() {
        let pair = |at| (DEVICE, None, vec![at, at + 1]);
        let chain: Vec<_> = (0..4).map(pair).collect();
        let words = |values: &[_]| told(&draw(5, values), 5, device_rotation).map(|told| told.1);
        assert_eq!(
            words(&chain).as_deref(),
            Some("none of the 4 values they share is used by more than 2 members")
        );
        let door = [(ADDRESS, None, vec![0, 1, 2])];
        assert_eq!(
            words(&[&chain[..], &door].concat()).as_deref(),
            Some(
                "none of the 5 values they share, one of them a place, is used by more than 3 members"
            )
        );
    }
}
