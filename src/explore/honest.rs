//! The honest explanations of a cluster: which were counted, and why the others do not apply.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::explore::case::{CaseEvidence, CaseMember, Reason};
use crate::explore::words::counted;
use crate::model::{BrandSpeller, Timestamp};
use crate::run::Yardsticks;

/// What every cluster of a run loses explains none of them.
const OF_THE_MARKET: [&str; 2] = ["discordant_market", "crowded_market"];

/// An honest explanation of the sharing, weighed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct HonestExplanation {
    /// What it would be: `one declared owner`, `one brand`, ...
    pub explanation: String,
    /// What came of it.
    pub verdict: Verdict,
    /// Points it took off; 0 unless it counted.
    pub points: f64,
    /// What was found.
    pub detail: String,
}

/// What came of an honest explanation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It took points off the score.
    Counted,
    /// Something of it is there, but the score gave it no points.
    Seen,
    /// Nothing of it is there.
    DoesNotApply,
}

/// What the explanations are checked against.
pub(super) struct Facts<'a> {
    pub members: &'a [CaseMember],
    pub evidence: &'a [CaseEvidence],
    pub reasons: &'a [Reason],
    pub as_of: Option<Timestamp>,
    /// What the reasons were measured against: the same case is not to be called long-standing here and new there.
    pub yardsticks: Yardsticks,
}

/// An explanation: its name, the reason codes that mean it, and its check on the facts.
struct Candidate {
    name: &'static str,
    codes: &'static [&'static str],
    check: fn(&Facts<'_>) -> (Verdict, String),
}

const CANDIDATES: [Candidate; 7] = [
    Candidate {
        name: "one declared owner",
        codes: &["declared_owner"],
        check: declared_owner,
    },
    Candidate {
        name: "one brand or chain",
        codes: &["common_brand"],
        check: brand,
    },
    Candidate {
        name: "a mall or tower",
        codes: &["mall_or_tower"],
        check: |facts| hubs(facts, &["mall", "formation_agent"]),
    },
    Candidate {
        name: "an agency or aggregator",
        codes: &["agency_or_aggregator"],
        check: |facts| hubs(facts, &["agency", "aggregator"]),
    },
    Candidate {
        name: "a family's few shops",
        codes: &["small_family"],
        check: family,
    },
    Candidate {
        name: "long tenure",
        codes: &["long_tenure"],
        check: tenure,
    },
    Candidate {
        name: "found honest before",
        codes: &["legit_label", "refuted"],
        check: cleared,
    },
];

/// Every honest explanation, those that counted first, the most telling of them first.
pub(super) fn explanations(facts: &Facts<'_>) -> Vec<HonestExplanation> {
    let against = facts.reasons.iter().filter(|reason| reason.points < 0.0);
    let mut against: Vec<&Reason> = against
        .filter(|r| !OF_THE_MARKET.contains(&r.code.as_str()))
        .collect();
    let mut found = Vec::new();
    for candidate in &CANDIDATES {
        let meant = |reason: &&Reason| candidate.codes.contains(&reason.code.as_str());
        let (own, others): (Vec<_>, Vec<_>) = against.into_iter().partition(meant);
        against = others;
        if own.is_empty() {
            let (verdict, detail) = (candidate.check)(facts);
            found.push(HonestExplanation {
                explanation: candidate.name.into(),
                verdict,
                points: 0.0,
                detail,
            });
        }
        found.extend(
            own.into_iter()
                .map(|reason| counted_reason(candidate.name, reason)),
        );
    }
    found.extend(
        against
            .into_iter()
            .map(|reason| counted_reason(&within_a_sentence(&reason.title), reason)),
    );
    found.sort_by(|a, b| {
        (a.verdict, a.points)
            .partial_cmp(&(b.verdict, b.points))
            .expect("points are finite")
    });
    found
}

fn counted_reason(name: &str, reason: &Reason) -> HonestExplanation {
    HonestExplanation {
        explanation: name.into(),
        verdict: Verdict::Counted,
        points: reason.points,
        detail: reason.detail.clone(),
    }
}

/// A title as it is written where no sentence begins, like the candidates' names.
fn within_a_sentence(title: &str) -> String {
    let mut letters = title.chars();
    let first = letters.next();
    first.map_or_else(String::new, |first| {
        first.to_lowercase().chain(letters).collect()
    })
}

fn declared_owner(facts: &Facts<'_>) -> (Verdict, String) {
    let owners = facts.members.iter().map(|member| member.owner_id.as_str());
    let declared = owners.clone().filter(|owner| !owner.is_empty()).count();
    match most_common(owners) {
        None => (Verdict::DoesNotApply, "no member declares an owner".into()),
        Some((_, 1)) if declared == 1 => (
            Verdict::DoesNotApply,
            format!("only 1 of {} declares an owner", facts.members.len()),
        ),
        Some((_, 1)) => (
            Verdict::DoesNotApply,
            format!("{declared} owners declared, no two the same"),
        ),
        Some((_, same)) => (
            Verdict::Seen,
            format!("{same} of {} declare the same owner", facts.members.len()),
        ),
    }
}

fn brand(facts: &Facts<'_>) -> (Verdict, String) {
    let size = facts.members.len();
    let mut speller = BrandSpeller::default();
    let names = facts.members.iter().map(|member| member.name.as_str());
    if names.clone().all(|name| name.trim().is_empty()) {
        return (Verdict::DoesNotApply, "no member has a name".into());
    }
    let brands: Vec<String> = names.map(|name| speller.spell(name).to_owned()).collect();
    match most_common(brands.iter().map(String::as_str)) {
        Some((_, same)) if same > 1 => (
            Verdict::Seen,
            format!("{same} of {size} names begin with the same brand"),
        ),
        _ => (Verdict::DoesNotApply, "no name runs through them".into()),
    }
}

fn hubs(facts: &Facts<'_>, classes: &[&str]) -> (Verdict, String) {
    let n_hubs = facts
        .evidence
        .iter()
        .filter(|row| classes.contains(&row.hub_class.as_str()))
        .count();
    if n_hubs == 0 {
        return (Verdict::DoesNotApply, "nothing shared is one".into());
    }
    let detail = match n_hubs {
        1 => "1 of what they share looks like one".to_owned(),
        _ => format!("{n_hubs} of what they share look like one"),
    };
    (Verdict::Seen, detail)
}

fn family(facts: &Facts<'_>) -> (Verdict, String) {
    let size = facts.members.len();
    if size as u64 > facts.yardsticks.family_size {
        return (
            Verdict::DoesNotApply,
            format!("{size} merchants are too many"),
        );
    }
    (Verdict::Seen, format!("only {}", counted(size, "merchant")))
}

fn tenure(facts: &Facts<'_>) -> (Verdict, String) {
    let Some(as_of) = facts.as_of else {
        return (Verdict::DoesNotApply, "the run's day is not known".into());
    };
    let long_days = facts.yardsticks.long_tenure_days;
    let registered: Vec<Timestamp> = facts
        .members
        .iter()
        .filter_map(|member| member.registered_at)
        .collect();
    let long = registered
        .iter()
        .filter(|at| as_of.days_since(**at) >= long_days)
        .count();
    let size = facts.members.len();
    match (registered.iter().min(), long) {
        (None, _) => (
            Verdict::DoesNotApply,
            "no registration date is known".into(),
        ),
        (Some(oldest), 0) => (
            Verdict::DoesNotApply,
            format!("the oldest registered {}", oldest.date_text()),
        ),
        (Some(_), long) => (
            Verdict::Seen,
            format!(
                "{long} of {size} registered {:.1} years ago or earlier",
                long_days / 365.25
            ),
        ),
    }
}

fn cleared(facts: &Facts<'_>) -> (Verdict, String) {
    let legit = facts.members.iter().filter(|m| m.label == "legit").count();
    if legit == 0 {
        return (Verdict::DoesNotApply, "no such verdict".into());
    }
    let detail = format!("{legit} of {} were cleared", facts.members.len());
    (Verdict::Seen, detail)
}

/// The most frequent non-empty value and its count, ties by value.
fn most_common<'a>(values: impl Iterator<Item = &'a str>) -> Option<(&'a str, usize)> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for value in values.filter(|value| !value.is_empty()) {
        *counts.entry(value).or_default() += 1;
    }
    counts
        .into_iter()
        .max_by(|a, b| a.1.cmp(&b.1).then(b.0.cmp(a.0)))
}
