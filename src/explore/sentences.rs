//! A case in three sentences: what they share, what else is odd, what speaks for honesty.

use crate::explore::case::{CaseEvidence, CaseMember, Reason};
use crate::explore::honest::{HonestExplanation, Verdict};
use crate::explore::usage::RELATION;
use crate::explore::words::{counted, kind_noun, listed};

/// Kinds of shared entities named in the first sentence.
const MAX_KINDS: usize = 3;

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
    let kinds = widest_of_each_kind(evidence);
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

/// For each kind the entity that most members share, in the order of the evidence.
fn widest_of_each_kind(evidence: &[CaseEvidence]) -> Vec<&CaseEvidence> {
    let mut widest: Vec<&CaseEvidence> = Vec::new();
    for row in evidence.iter().filter(|row| row.entity_type != RELATION) {
        match widest
            .iter_mut()
            .find(|known| known.entity_type == row.entity_type)
        {
            Some(known) if row.members > known.members => *known = row,
            Some(_) => {}
            None => widest.push(row),
        }
    }
    widest.truncate(MAX_KINDS);
    widest
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
    if !counted_ones.is_empty() {
        return Some(format!("For honesty speaks {}.", said(&counted_ones)));
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
