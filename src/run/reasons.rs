//! What the codes in a run mean, in words an investigator can read aloud.

use crate::model::Bits;

/// The title of a reason; codes of later versions get a title that says as much.
pub fn reason_title(code: &str) -> &'static str {
    let known = TITLES.iter().find(|(known, _)| *known == code);
    known.map_or("Reason this version does not know", |(_, title)| title)
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

/// What reasons and guardrails are called, by their codes in `reasons`, `held_by` and the manifest.
const TITLES: &[(&str, &str)] = &[
    ("shared_value_bits", "Rare values shared"),
    ("independent_kinds", "Several independent kinds of evidence"),
    ("exclusivity", "How far what they share is theirs"),
    ("patchwork", "Spread over several values"),
    ("interlocked_values", "Values cut across each other"),
    ("mixed_trades", "Trades that don't go together"),
    ("many_cities", "Spread over cities"),
    ("payout_funnel", "Money runs into few accounts"),
    ("several_accounts", "Several accounts"),
    ("accounts_apiece", "Many accounts each"),
    ("several_devices", "Several devices"),
    ("seldom_used", "How much shared devices are used"),
    ("device_rotation", "Tied in twos and threes"),
    ("registration_burst", "Registered in a burst"),
    ("registration_wave", "Registered in one season"),
    ("short_lived_use", "Short-lived devices and accounts"),
    ("given_up_values", "Devices and accounts left"),
    ("banned_reuse", "Came after a suspended merchant"),
    ("suspended_members", "Suspensions against all merchants"),
    ("near_rings", "Tied to suspicious groups"),
    ("cash_out", "Paid out through shared accounts"),
    ("fraud_label", "Confirmed fraud inside"),
    ("risk_signals", "Risk signals against all merchants"),
    ("direct_transfers", "Direct ties between the merchants"),
    ("dense_core", "Everyone is tied to everyone"),
    ("declared_owner", "Same declared owner"),
    ("common_brand", "Same brand or chain"),
    ("one_place", "Behind one door"),
    ("nested_values", "Values that go together"),
    ("mall_or_tower", "Mall or office tower"),
    ("agency_or_aggregator", "Agency or aggregator"),
    ("outside_accounts", "Accounts shared with others"),
    ("own_devices", "Devices of their own"),
    ("small_family", "A few shops of one family"),
    ("long_tenure", "Long-standing merchants"),
    ("legit_label", "Found honest before"),
    ("refuted", "Found honest as a group"),
    ("allowlisted", "On the allowlist"),
    ("sparse_tie", "Weak ties throughout"),
    ("discordant_market", "The weights promise too much here"),
    ("crowded_market", "More of this than is plausible here"),
    ("few_groups", "Too few independent kinds of evidence"),
    ("by_association", "Sure only by association"),
    ("fringe", "On the fringe"),
    ("tenure", "Protected by tenure"),
    ("apart", "Came at another time"),
    ("loose_tie", "Tied less than the others"),
    ("few_links", "Shares few values"),
    ("undated", "Nothing says when it came"),
    ("run_cap_merchants", "Cap on enforced merchants reached"),
    ("run_cap_gmv", "Cap on enforced money reached"),
    ("row_change", "Row counts changed too much"),
    ("cluster_change", "Number of clusters changed too much"),
    ("id_churn", "Too many merchants changed cluster"),
    ("cluster_share", "One cluster is too large"),
    ("link_coverage", "Too few merchants have links"),
];

#[cfg(test)]
mod tests {
    use super::{TITLES, chance_sentence, reason_title};
    use crate::model::Bits;

    #[test]
    fn every_code_and_every_title_stands_once() {
        for (position, (code, title)) in TITLES.iter().enumerate() {
            let before = &TITLES[..position];
            assert!(
                before
                    .iter()
                    .all(|known| known.0 != *code && known.1 != *title),
                "{code}"
            );
            assert!(!title.ends_with('.'), "{code}");
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
        assert!(!reason_title("of_later").is_empty());
    }
}
