//! A case in three sentences: what they share, what else is odd, what speaks for honesty.

use crate::explore::case::{CaseEvidence, CaseMember, Reason};
use crate::explore::honest::{HonestExplanation, Verdict};
use crate::explore::usage::RELATION;
use crate::explore::words::{counted, kind_noun, listed};
use crate::model::Bits;

/// Kinds of shared entities named in the first sentence.
const MAX_KINDS: usize = 3;
/// What speaks for honesty with fewer points than this leads no sentence.
const LEAST_POINTS: f64 = 0.1;
/// Entity type of a whole building.
const BUILDING: &str = "building";

/// Up to three sentences why a cluster is, or is not, a ring.
pub(super) fn why(
    members: &[CaseMember],
    evidence: &[CaseEvidence],
    reasons: &[Reason],
    honest: &[HonestExplanation],
) -> Vec<String> {
    [
        sharing(members, evidence),
        oddities(reasons),
        honesty(honest),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// `7 of the 9 merchants use one payout account, 5 one device and 4 one address, which nobody else uses.`
fn sharing(members: &[CaseMember], evidence: &[CaseEvidence]) -> Option<String> {
    let kinds = most_telling_of_each_kind(evidence);
    let Some((first, rest)) = kinds.split_first() else {
        let tied = evidence.iter().any(|row| row.entity_type == RELATION);
        return tied.then(|| "They are tied to each other directly.".into());
    };
    let private = kinds.iter().all(|row| row.merchants <= row.members);
    let what = |row: &CaseEvidence| {
        let noun = kind_noun(&row.entity_type);
        let outside = if private { String::new() } else { outside(row) };
        format!("one {noun}{outside}")
    };
    let opening = format!(
        "{} use {}",
        of_all(first.members, members.len()),
        what(first)
    );
    let rest = rest
        .iter()
        .map(|row| format!("{} {}", row.members, what(row)));
    let all: Vec<String> = std::iter::once(opening).chain(rest).collect();
    let ending = if private {
        ", which nobody else uses"
    } else {
        ""
    };
    Some(format!("{}{ending}.", listed(&all)))
}

/// For each kind the most telling entity, in the order of the evidence; what reads `0.0 bits` only where there is
/// nothing else. A building in which the same members are behind one door is told by that door.
fn most_telling_of_each_kind(evidence: &[CaseEvidence]) -> Vec<&CaseEvidence> {
    let shared = || evidence.iter().filter(|row| row.entity_type != RELATION);
    let is_any_telling = shared().any(|row| tells(row.bits));
    let mut kinds: Vec<&CaseEvidence> = Vec::new();
    for row in shared().filter(|row| !is_any_telling || tells(row.bits)) {
        if kinds
            .iter()
            .all(|known| known.entity_type != row.entity_type)
        {
            kinds.push(row);
        }
    }
    let doors = kinds.clone();
    kinds.retain(|row| doors.iter().all(|door| !tells_again(door, row)));
    kinds.truncate(MAX_KINDS);
    kinds
}

/// Whether evidence reads more than `0.0`.
pub(super) fn tells(bits: Bits) -> bool {
    bits.to_f64() >= 0.05
}

/// Whether an entity is the building of a door that as many members are behind: its key is how the door's begins.
fn tells_again(door: &CaseEvidence, building: &CaseEvidence) -> bool {
    building.entity_type == BUILDING
        && door.entity_type != BUILDING
        && door.members == building.members
        && door.entity.starts_with(&building.entity)
}

fn of_all(count: u32, size: usize) -> String {
    match (usize::try_from(count), size) {
        (Ok(2), 2) => "Both merchants".into(),
        (Ok(count), size) if count == size => format!("All {size} merchants"),
        _ => format!("{count} of the {size} merchants"),
    }
}

fn outside(row: &CaseEvidence) -> String {
    match row.merchants.saturating_sub(row.members) {
        0 => " that nobody else uses".into(),
        1 => " that one other merchant uses".into(),
        others => format!(" that {others} others use"),
    }
}

/// The two loudest reasons that the first sentence does not already tell.
fn oddities(reasons: &[Reason]) -> Option<String> {
    let told = ["shared_value_bits", "independent_kinds", "exclusivity"];
    let mut for_ring: Vec<&Reason> = reasons
        .iter()
        .filter(|reason| reason.points > 0.0 && !reason.detail.is_empty())
        .collect();
    // A stable sort: what the first sentence told comes last, else loudest first.
    for_ring.sort_by_key(|reason| told.contains(&reason.code.as_str()));
    let details: Vec<String> = for_ring
        .iter()
        .take(2)
        .map(|reason| reason.detail.trim_end_matches('.').to_owned())
        .collect();
    match details.as_slice() {
        [] => None,
        parts => Some(format!("{}.", capitalized(&parts.join("; ")))),
    }
}

/// What speaks for honesty, or that nothing does.
fn honesty(honest: &[HonestExplanation]) -> Option<String> {
    let by = |verdict| -> Vec<&HonestExplanation> {
        honest.iter().filter(|e| e.verdict == verdict).collect()
    };
    let said = |explanations: &[&HonestExplanation]| -> String {
        let parts: Vec<String> = explanations
            .iter()
            .take(2)
            .map(|e| format!("{} ({})", e.explanation, e.detail))
            .collect();
        listed(&parts)
    };
    let (counted_ones, seen) = (by(Verdict::Counted), by(Verdict::Seen));
    let telling = (counted_ones.iter()).filter(|e| e.points.abs() >= LEAST_POINTS);
    let telling: Vec<&HonestExplanation> = telling.copied().collect();
    if !telling.is_empty() {
        let speaks = if telling.len() == 1 {
            "speaks"
        } else {
            "speak"
        };
        return Some(format!("For honesty {speaks} {}.", said(&telling)));
    }
    if !counted_ones.is_empty() {
        return Some(format!(
            "Little speaks for honesty: {}.",
            said(&counted_ones)
        ));
    }
    if !seen.is_empty() {
        return Some(format!("For honesty could speak {}.", said(&seen)));
    }
    let considered = counted(honest.len(), "honest explanation");
    (!honest.is_empty()).then(|| format!("None of the {considered} considered applies."))
}

pub(super) fn capitalized(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(chars).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::{honesty, sharing};
    use crate::explore::case::{CaseEvidence, CaseMember};
    use crate::explore::honest::{HonestExplanation, Verdict};
    use crate::model::{Bits, Money};
    use crate::run::{Action, Role};

    fn members(n: usize) -> Vec<CaseMember> {
        let member = CaseMember {
            merchant_id: "m1".into(),
            role: Role::Core,
            membership: 1.0,
            action: Action::Review,
            links: 1,
            bits: Bits::ZERO,
            name: String::new(),
            category: String::new(),
            city: String::new(),
            country: String::new(),
            registered_at: None,
            status: String::new(),
            owner_id: String::new(),
            gmv_30d: Money::ZERO,
            label: String::new(),
            held_by: Vec::new(),
            bits_lost: Bits::ZERO,
        };
        vec![member; n]
    }

    fn shared(kind: &str, entity: &str, users: (u32, u32), bits: f64) -> CaseEvidence {
        CaseEvidence {
            entity_type: kind.into(),
            entity: entity.into(),
            shown: entity.into(),
            dissolves: 0,
            hub_class: String::new(),
            members: users.0,
            merchants: users.1,
            bits: Bits::from_f64(bits),
            first_seen: None,
            last_seen: None,
        }
    }

    #[test]
    fn the_first_sentence_names_what_tells_most_and_no_place_twice() {
        let check = |evidence: &[CaseEvidence], expected: &str| {
            assert_eq!(sharing(&members(7), evidence).as_deref(), Some(expected));
        };
        let account = || shared("payout", "a", (3, 3), 30.0);
        let wide = || shared("payout", "b", (7, 90), 0.01);
        check(
            &[account(), wide()],
            "3 of the 7 merchants use one payout account, which nobody else uses.",
        );
        check(
            &[wide()],
            "All 7 merchants use one payout account that 83 others use.",
        );
        let door = || shared("address", "sg|1 main st|2", (7, 7), 9.0);
        let building = |members| shared("building", "sg|1 main st", (members, members), 5.0);
        check(
            &[door(), building(7)],
            "All 7 merchants use one address, which nobody else uses.",
        );
        let mut elsewhere = building(7);
        elsewhere.entity = "sg|9 high st".into();
        check(
            &[door(), elsewhere],
            "All 7 merchants use one address and 7 one building, which nobody else uses.",
        );
    }

    #[test]
    fn next_to_nothing_leads_no_sentence() {
        let counted = |explanation: &str, points| HonestExplanation {
            explanation: explanation.into(),
            verdict: Verdict::Counted,
            points,
            detail: "x".into(),
        };
        let (brand, owner) = (counted("one brand", -2.0), counted("one owner", -1.0));
        let tenure = counted("long tenure", -0.01);
        let check = |honest: &[&HonestExplanation], expected: &str| {
            let honest: Vec<_> = honest.iter().copied().cloned().collect();
            assert_eq!(honesty(&honest).as_deref(), Some(expected));
        };
        check(
            &[&brand, &owner, &tenure],
            "For honesty speak one brand (x) and one owner (x).",
        );
        check(&[&brand, &tenure], "For honesty speaks one brand (x).");
        check(&[&tenure], "Little speaks for honesty: long tenure (x).");
    }
}
