//! What the codes in a run mean, in words an investigator can read aloud.

use crate::model::Bits;

/// A reason code explained.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reason {
    /// The stable code in `reasons`, `held_by` and the manifest.
    pub code: &'static str,
    /// A few words.
    pub title: &'static str,
    /// One plain sentence.
    pub sentence: &'static str,
    /// Which way it usually speaks; the sign of its points has the last word.
    pub speaks: Speaks,
}

/// Which way a reason speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Speaks {
    /// For one hand behind the merchants.
    For,
    /// For honest merchants that have something in common.
    Against,
    /// A guardrail: makes an action milder or keeps a run back, whatever the score.
    Holds,
}

/// A reason by its code.
pub fn reason(code: &str) -> Option<&'static Reason> {
    REASONS.iter().find(|reason| reason.code == code)
}

/// The title of a reason; codes of later versions get a title that says as much.
pub fn reason_title(code: &str) -> &'static str {
    reason(code).map_or("Reason this version does not know", |reason| reason.title)
}

/// Whether a cluster could be an accident, in one plain sentence.
pub fn chance_sentence(q: f64, surprise: Bits) -> String {
    // From the hundredths that files hold, so that a report says what a screen says.
    let bits = ((surprise.to_f64() * 100.0).round() / 10.0).round() / 10.0;
    if bits < 0.05 {
        return "single shares in a chain: the sharing alone does not rule out an accident"
            .to_owned();
    }
    let share = match q * 100.0 {
        percent if percent < 0.1 => "under 0.1 %".to_owned(),
        percent if percent < 9.95 => format!("at most {percent:.1} %"),
        percent => format!("up to {percent:.0} %"),
    };
    format!("{share} of the clusters as improbable as this one ({bits:.1} bits) are accidents")
}

const fn explained(
    speaks: Speaks,
    code: &'static str,
    title: &'static str,
    sentence: &'static str,
) -> Reason {
    Reason {
        code,
        title,
        sentence,
        speaks,
    }
}

const REASONS: &[Reason] = &[
    explained(
        Speaks::For,
        "shared_value_bits",
        "Rare values shared",
        "The merchants share accounts, devices or addresses that hardly anyone else uses; by accident that is very unlikely.",
    ),
    explained(
        Speaks::For,
        "independent_kinds",
        "Several independent kinds of evidence",
        "They share more than one kind of thing, so that a single innocent explanation does not cover it all.",
    ),
    explained(
        Speaks::For,
        "exclusivity",
        "How far what they share is theirs",
        "Of all who use what they share, how many are these merchants: a value counts by its evidence, so that a building with many tenants counts for little; less than half speaks for honesty.",
    ),
    explained(
        Speaks::For,
        "patchwork",
        "Spread over several values",
        "No one device or account serves all of the merchants: an honest owner has no reason to spread them.",
    ),
    explained(
        Speaks::For,
        "interlocked_values",
        "Values cut across each other",
        "A device serves some of the merchants on an account and others besides, again and again: somebody keeps the fronts apart, and not quite.",
    ),
    explained(
        Speaks::For,
        "mixed_trades",
        "Trades that don't go together",
        "The merchants are in different trades, as shop fronts are and the shops of one owner mostly aren't.",
    ),
    explained(
        Speaks::For,
        "many_cities",
        "Spread over cities",
        "Merchants far apart use the same things.",
    ),
    explained(
        Speaks::For,
        "payout_funnel",
        "Money runs into few accounts",
        "Many of the merchants are paid out to the same few accounts.",
    ),
    explained(
        Speaks::For,
        "several_accounts",
        "Several accounts",
        "The merchants are paid out to several accounts, each shared by two or more of them; an owner of shops has one or two.",
    ),
    explained(
        Speaks::For,
        "accounts_apiece",
        "Many accounts each",
        "The merchants have more payout accounts each than others on this market, as a front has that keeps its own and pays out through the ring's.",
    ),
    explained(
        Speaks::For,
        "several_devices",
        "Several devices",
        "The merchants are run from several devices, each shared by two or more of them; a household has one or two.",
    ),
    explained(
        Speaks::For,
        "seldom_used",
        "How much shared devices are used",
        "Shared devices that see less use than others on this market are a sign of fronts, which are opened and looked after rather than run; more use is a sign of real shops.",
    ),
    explained(
        Speaks::For,
        "device_rotation",
        "Tied in twos and threes",
        "Nothing they share serves more than three of them, and yet they hang together, as the shop fronts of one operator do that takes turns with what it uses.",
    ),
    explained(
        Speaks::For,
        "registration_burst",
        "Registered in a burst",
        "Most of the merchants were registered within a few days of each other.",
    ),
    explained(
        Speaks::For,
        "registration_wave",
        "Registered in one season",
        "Most of the merchants were registered within a few months, and none since.",
    ),
    explained(
        Speaks::For,
        "short_lived_use",
        "Short-lived devices and accounts",
        "A merchant of the group uses what they share for a shorter time than is usual on this market.",
    ),
    explained(
        Speaks::For,
        "given_up_values",
        "Devices and accounts left",
        "The merchants stopped using what they share some time ago; others of the group may go on.",
    ),
    explained(
        Speaks::For,
        "banned_reuse",
        "Came after a suspended merchant",
        "An active merchant of the group uses an account, device or address that a suspended one used before or uses too; it takes over from it only where the suspended one had stopped.",
    ),
    explained(
        Speaks::For,
        "suspended_members",
        "Suspensions against all merchants",
        "More of the merchants have been suspended than of all merchants on this market.",
    ),
    explained(
        Speaks::For,
        "near_rings",
        "Tied to suspicious groups",
        "Members use the same devices, accounts or addresses as merchants of other groups that look like rings by themselves.",
    ),
    explained(
        Speaks::For,
        "cash_out",
        "Paid out through shared accounts",
        "Of what the merchants are paid out through accounts of several merchants, some or all goes through accounts that two or more of them use.",
    ),
    explained(
        Speaks::For,
        "fraud_label",
        "Confirmed fraud inside",
        "One or more of the merchants have already been found to be run by a ring.",
    ),
    explained(
        Speaks::For,
        "risk_signals",
        "Risk signals against all merchants",
        "Refunds, complaints or other risk signals of these merchants against those of all: a ring's stand a little higher, so that what is no more than usual speaks for honesty.",
    ),
    explained(
        Speaks::For,
        "direct_transfers",
        "Direct ties between the merchants",
        "The merchants send each other money or are otherwise tied directly.",
    ),
    explained(
        Speaks::For,
        "dense_core",
        "Everyone is tied to everyone",
        "Nearly every pair in the core of the group shares something, not just a chain of single shares.",
    ),
    explained(
        Speaks::Against,
        "declared_owner",
        "Same declared owner",
        "The merchants name the same verified owner, who may well share accounts and devices between shops.",
    ),
    explained(
        Speaks::Against,
        "common_brand",
        "Same brand or chain",
        "The merchants' names say that they belong to one brand, as branches of a chain do.",
    ),
    explained(
        Speaks::Against,
        "one_place",
        "Behind one door",
        "The merchants are at one address, as the brands of a shared kitchen or the shops of a family are.",
    ),
    explained(
        Speaks::Against,
        "nested_values",
        "Values that go together",
        "Who uses the one shared value uses the other too, as in a household or a business with one set of books.",
    ),
    explained(
        Speaks::Against,
        "mall_or_tower",
        "Mall or office tower",
        "What they share is a building with many unrelated merchants.",
    ),
    explained(
        Speaks::Against,
        "agency_or_aggregator",
        "Agency or aggregator",
        "What they share looks like a service provider's device or account that works for many unrelated merchants.",
    ),
    explained(
        Speaks::Against,
        "outside_accounts",
        "Accounts shared with others",
        "The merchants are also paid out through accounts that they share with merchants outside alone, as clients of an aggregator or a bookkeeper are.",
    ),
    explained(
        Speaks::Against,
        "own_devices",
        "Devices of their own",
        "Devices that nobody else uses are a sign of a business that stands on its own feet, if it has more of them than others on this market; fewer are a sign of a front.",
    ),
    explained(
        Speaks::Against,
        "small_family",
        "A few shops of one family",
        "Only a handful of merchants: most that share things in twos and threes are families and small owners.",
    ),
    explained(
        Speaks::Against,
        "long_tenure",
        "Long-standing merchants",
        "Many of the merchants have been trading for years; rings rarely last that long.",
    ),
    explained(
        Speaks::Against,
        "legit_label",
        "Found honest before",
        "One or more of the merchants have been looked at and found honest.",
    ),
    explained(
        Speaks::Against,
        "refuted",
        "Found honest as a group",
        "People have looked at this very group and found it honest, and nothing materially new has come to light since.",
    ),
    explained(
        Speaks::Against,
        "allowlisted",
        "On the allowlist",
        "The allowlist names a merchant, an owner or a shared value of the group.",
    ),
    explained(
        Speaks::Against,
        "sparse_tie",
        "Loosely tied",
        "The merchants hang together by single shares in a chain; most pairs have nothing in common.",
    ),
    explained(
        Speaks::Against,
        "discordant_market",
        "The weights promise too much here",
        "On this market what merchants share and who they are point to the same clusters less often than the weights assume, so each tells less; every cluster loses the same share of its points.",
    ),
    explained(
        Speaks::Against,
        "crowded_market",
        "More of this than is plausible here",
        "By the evidence alone this market would hold more fraud than is plausible, so evidence of this kind is commoner here than the weights assume; every cluster loses the same.",
    ),
    explained(
        Speaks::Holds,
        "few_groups",
        "Too few independent kinds of evidence",
        "Enforcing asks for more independent kinds of evidence than there are.",
    ),
    explained(
        Speaks::Holds,
        "by_association",
        "Sure only by association",
        "What the group itself does is not sure enough to act on; only together with the suspicious groups it is tied to does it reach that, so a person has to decide.",
    ),
    explained(
        Speaks::Holds,
        "fringe",
        "On the fringe",
        "The merchant hangs on to the group by too little to be enforced with it.",
    ),
    explained(
        Speaks::Holds,
        "tenure",
        "Protected by tenure",
        "The merchant has been registered for so long that a person has to decide.",
    ),
    explained(
        Speaks::Holds,
        "apart",
        "Came at another time",
        "The merchant was registered long before or after most of the group, so a person has to decide whether it belongs.",
    ),
    explained(
        Speaks::Holds,
        "loose_tie",
        "Loosely tied",
        "The merchant is tied to the group far more weakly than most of its members are, so a person has to decide.",
    ),
    explained(
        Speaks::Holds,
        "few_links",
        "Shares few values",
        "The merchant shares far fewer values with the group than most of its members do, so a person has to decide.",
    ),
    explained(
        Speaks::Holds,
        "undated",
        "Nothing says when it came",
        "The merchant's registration date is not known and it has no more accounts than others, so it may only have met the group; a person has to decide.",
    ),
    explained(
        Speaks::Holds,
        "run_cap_merchants",
        "Cap on enforced merchants reached",
        "Better-scored groups already use up the number of merchants that one run may enforce.",
    ),
    explained(
        Speaks::Holds,
        "run_cap_gmv",
        "Cap on enforced money reached",
        "Better-scored groups already use up the money that one run may enforce.",
    ),
    explained(
        Speaks::Holds,
        "row_change",
        "Row counts changed too much",
        "A table has far more or far fewer rows than in the previous run; the input may be incomplete.",
    ),
    explained(
        Speaks::Holds,
        "cluster_change",
        "Number of clusters changed too much",
        "There are far more or far fewer clusters than in the previous run.",
    ),
    explained(
        Speaks::Holds,
        "id_churn",
        "Too many merchants changed cluster",
        "Too many merchants of the previous run's clusters are now in another cluster or in none.",
    ),
    explained(
        Speaks::Holds,
        "cluster_share",
        "One cluster is too large",
        "One cluster holds too large a share of all merchants; a shared placeholder may have slipped through.",
    ),
    explained(
        Speaks::Holds,
        "link_coverage",
        "Too few merchants have links",
        "Too small a share of the merchants has any link; a link table may be missing.",
    ),
];

#[cfg(test)]
mod tests {
    use super::{REASONS, chance_sentence, reason, reason_title};
    use crate::model::Bits;

    #[test]
    fn codes_are_unique_and_sentences_are_sentences() {
        for (position, entry) in REASONS.iter().enumerate() {
            assert!(
                REASONS[..position]
                    .iter()
                    .all(|other| other.code != entry.code),
                "{}",
                entry.code
            );
            assert!(
                entry.sentence.ends_with('.') && !entry.title.ends_with('.'),
                "{}",
                entry.code
            );
        }
    }

    #[test]
    fn a_report_rounds_as_a_screen_does_that_reads_hundredths() {
        // 27.05 in the file, 27.0498 as the nearest 1/1024 bit.
        let exact = Bits::from_f64(27.0508);
        let read = Bits::from_f64(27.05);
        assert_eq!(chance_sentence(0.05, exact), chance_sentence(0.05, read));
        assert!(chance_sentence(0.05, read).contains("(27.1 bits)"));
    }

    #[test]
    fn unknown_codes_have_a_title_too() {
        assert_eq!(
            reason_title("payout_funnel"),
            "Money runs into few accounts"
        );
        assert_eq!(reason("of_later"), None);
        assert!(!reason_title("of_later").is_empty());
    }
}
