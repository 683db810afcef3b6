//! How often reviewers agreed with the machine, and how sure that is.

use std::collections::BTreeMap;

use serde::Serialize;

use super::record::{Decision, Verdict};

/// A share with its 95 % interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Interval {
    /// The share itself.
    pub share: f64,
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

/// Reviewed clusters of a kind.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ReviewedGroup {
    /// `all`, `action` or `score`.
    pub by: &'static str,
    /// The action that was proposed, or the band of scores such as `0.9-1.0`.
    pub group: String,
    /// Clusters confirmed or found honest as a whole.
    pub reviewed: u64,
    /// Those confirmed.
    pub confirmed: u64,
    /// Confirmed among reviewed.
    pub precision: Interval,
}

/// Precision over the clusters that people have found a ring or honest, by what the machine said of
/// them when they did. Of each cluster the newest finding counts; decisions come oldest first. What
/// was never reviewed is not in it, so it tells of what people chose to look at.
pub fn reviewed(history: &[Decision]) -> Vec<ReviewedGroup> {
    let mut newest: BTreeMap<&str, &Decision> = BTreeMap::new();
    for decision in history.iter().filter(|decision| decision.undone.is_none()) {
        // Single members found honest leave a ring a ring.
        if decision.verdict == Verdict::Honest && !decision.whole {
            continue;
        }
        newest.insert(&decision.cluster_id, decision);
    }
    let mut counts: BTreeMap<(&'static str, String), (u64, u64)> = BTreeMap::new();
    for decision in newest.into_values() {
        let is_confirmed = match decision.verdict {
            Verdict::Confirm => true,
            Verdict::Honest => false,
            Verdict::Unsure | Verdict::Escalate => continue,
        };
        let (action, band) = (decision.screen.action.clone(), band(decision.screen.score));
        for key in [("all", String::new()), ("action", action), ("score", band)] {
            let (reviewed, confirmed) = counts.entry(key).or_default();
            *reviewed += 1;
            *confirmed += u64::from(is_confirmed);
        }
    }
    counts
        .into_iter()
        .map(|((by, group), (reviewed, confirmed))| ReviewedGroup {
            by,
            group,
            reviewed,
            confirmed,
            precision: wilson(confirmed, reviewed),
        })
        .collect()
}

/// Ten bands of scores.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a score lies in 0..=1"
)]
fn band(score: f64) -> String {
    let tenth = ((score * 10.0).floor() as u32).min(9);
    let text = |tenth: u32| format!("{}.{}", tenth / 10, tenth % 10);
    format!("{}-{}", text(tenth), text(tenth + 1))
}

/// The score interval of Wilson (1927, "Probable inference, the law of succession, and statistical
/// inference", doi:10.1080/01621459.1927.10502953) for a share of `part` in `whole`, at 95 %. Without
/// observations anything is possible: 0 to 1, and the share is taken for 0.
///
/// ```
/// let interval = ringfence::decisions::wilson(9, 10);
/// assert_eq!((interval.share, (interval.low * 1e3).round()), (0.9, 596.0));
/// ```
#[expect(
    clippy::cast_precision_loss,
    reason = "counts of reviews are far below 2^53"
)]
pub fn wilson(part: u64, whole: u64) -> Interval {
    const Z: f64 = 1.959_963_984_540_054;
    if whole == 0 {
        return Interval {
            share: 0.0,
            low: 0.0,
            high: 1.0,
        };
    }
    let (n, share) = (whole as f64, part as f64 / whole as f64);
    let center = share + Z * Z / (2.0 * n);
    let half = Z * (share * (1.0 - share) / n + Z * Z / (4.0 * n * n)).sqrt();
    let scale = 1.0 + Z * Z / n;
    Interval {
        share,
        low: ((center - half) / scale).max(0.0),
        high: ((center + half) / scale).min(1.0),
    }
}

#[cfg(test)]
mod tests {
    use super::super::record::Verdict;
    use super::super::store::tests::{fresh, time};
    use super::super::verdicts::tests::new;
    use super::{band, reviewed, wilson};

    #[test]
    fn the_interval_agrees_with_published_values() {
        let check = |part, whole, low: f64, high: f64| {
            let found = wilson(part, whole);
            assert!((found.low - low).abs() < 5e-4, "{found:?}");
            assert!((found.high - high).abs() < 5e-4, "{found:?}");
        };
        // Newcombe 1998, doi:10.1002/(SICI)1097-0258(19980430)17:8<857::AID-SIM777>3.0.CO;2-E, table I.
        check(81, 263, 0.2553, 0.3662);
        check(15, 148, 0.0624, 0.1605);
        check(0, 20, 0.0, 0.1611);
        check(1, 29, 0.0061, 0.1718);
        check(0, 0, 0.0, 1.0);
    }

    #[test]
    fn the_newest_finding_about_each_cluster_counts() {
        let (store, _folder) = fresh();
        let decide = |cluster: &str, chosen: Option<&[&str]>, verdict, score: f64| {
            let mut decision = new(cluster, &["A", "B"], chosen, verdict);
            decision.screen.score = score;
            "review".clone_into(&mut decision.screen.action);
            store.decide(&decision, time("2025-07-01")).unwrap().id
        };
        decide("R1", None, Verdict::Honest, 0.95);
        decide("R1", None, Verdict::Confirm, 0.95);
        decide("R1", Some(&["A"]), Verdict::Honest, 0.95);
        decide("R2", None, Verdict::Honest, 0.93);
        decide("R3", None, Verdict::Unsure, 0.93);
        let undone = decide("R4", None, Verdict::Confirm, 0.2);
        store.undo(undone, "ana", time("2025-07-01")).unwrap();
        let groups = reviewed(&store.history(None).unwrap());
        let found: Vec<_> = groups
            .iter()
            .map(|group| {
                (
                    group.by,
                    group.group.as_str(),
                    group.reviewed,
                    group.confirmed,
                )
            })
            .collect();
        assert_eq!(
            found,
            [
                ("action", "review", 2, 1),
                ("all", "", 2, 1),
                ("score", "0.9-1.0", 2, 1)
            ]
        );
    }

    #[test]
    fn bands_cover_both_ends() {
        assert_eq!(
            [band(0.0), band(0.55), band(1.0)],
            ["0.0-0.1", "0.5-0.6", "0.9-1.0"]
        );
    }
}
