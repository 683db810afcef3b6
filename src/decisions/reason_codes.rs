//! Why somebody decided as they did, in a word that can be counted.

use serde::Serialize;

use super::record::Verdict;

/// A reason that an investigator can give.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct ReasonCode {
    /// Stable.
    pub code: &'static str,
    /// A few words.
    pub title: &'static str,
    /// The verdicts that it goes with.
    pub verdicts: &'static [Verdict],
}

const fn reason(
    code: &'static str,
    title: &'static str,
    verdicts: &'static [Verdict],
) -> ReasonCode {
    ReasonCode {
        code,
        title,
        verdicts,
    }
}

const CONFIRM: &[Verdict] = &[Verdict::Confirm];
const HONEST: &[Verdict] = &[Verdict::Honest];
const OPEN: &[Verdict] = &[Verdict::Unsure, Verdict::Escalate];

/// Every reason, in the order in which it is offered.
pub const REASON_CODES: &[ReasonCode] = &[
    reason("one_hand", "Run by one hand", CONFIRM),
    reason("hidden_owner", "Real owner hidden", CONFIRM),
    reason("false_identity", "False or borrowed identities", CONFIRM),
    reason("banned_return", "Banned merchant under a new name", CONFIRM),
    reason(
        "false_orders",
        "False orders or refunds among them",
        CONFIRM,
    ),
    reason("mule_account", "Money collected for somebody else", CONFIRM),
    reason("one_owner", "One owner who hides nothing", HONEST),
    reason("family", "Family or friends", HONEST),
    reason("chain", "Chain, franchise or brand", HONEST),
    reason(
        "shared_building",
        "Mall, tower, market hall or shared kitchen",
        HONEST,
    ),
    reason(
        "service_provider",
        "Agency, accountant or payment service",
        HONEST,
    ),
    reason("second_hand", "Second-hand device or former tenant", HONEST),
    reason("wrong_data", "The data is wrong", HONEST),
    reason("not_connected", "Does not belong to the others", HONEST),
    reason("thin_evidence", "Too little to go by", OPEN),
    reason("waiting", "Waiting for an answer or a document", OPEN),
    reason(
        "high_exposure",
        "Too much at stake for one person",
        &[Verdict::Escalate],
    ),
    reason(
        "legal",
        "For legal or the authorities",
        &[Verdict::Escalate],
    ),
    reason("other", "Other: see the note", &Verdict::ALL),
];
