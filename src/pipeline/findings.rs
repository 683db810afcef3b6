//! What a run found amiss with its input and its weights, in sentences for people.

use super::Context;
use super::facts::{self, linked_merchants};
use super::vanished;
use crate::ingest::Tables;
use crate::learn::MIN_CASES;
use crate::model::MerchantIdx;
use crate::resolve::Links;
use crate::run::{Finding, FindingSeverity};
use crate::score::{Discord, Doubts, Learning, Lesson};
use crate::strategy::Strategy;

/// A sentence for a person, unless there is nothing to tell.
pub(super) fn finding(
    code: &str,
    severity: FindingSeverity,
    count: u64,
    sentence: String,
) -> Option<Finding> {
    (count > 0).then(|| Finding {
        code: code.to_owned(),
        severity,
        sentence,
        count,
    })
}

/// Tells the one who watches the log alone of what a person should look at.
pub(super) fn log_warnings(findings: &[Finding]) {
    let warnings = findings.iter();
    for warning in warnings.filter(|finding| finding.severity == FindingSeverity::Warn) {
        tracing::warn!(
            finding.code = warning.code,
            finding.count = warning.count,
            "{}",
            warning.sentence
        );
    }
}

/// What the tables say about themselves.
pub(super) fn of_input(context: &Context<'_>, tables: &Tables) -> Vec<Finding> {
    use FindingSeverity::{Info, Warn};
    let rejected = tables.rejects.len() as u64;
    let backwards = context
        .previous
        .is_some_and(|previous| previous.manifest().as_of > context.as_of);
    let undated = u64::from(tables.newest.is_none() && context.job.as_of.is_none());
    let found = [
        finding(
            "rejected_rows",
            Warn,
            rejected,
            format!("{rejected} input rows were rejected; rejects.csv says which and why"),
        ),
        finding(
            "not_yet_known_rows",
            Info,
            tables.not_yet_known,
            format!(
                "{} input rows were not known yet on {} and were left out",
                tables.not_yet_known,
                context.as_of.date_text()
            ),
        ),
        finding(
            "unknown_status",
            Warn,
            tables.unknown_status,
            format!(
                "{} merchants have a status other than active, suspended or closed and count as active",
                tables.unknown_status
            ),
        ),
        finding(
            "as_of_before_previous",
            Warn,
            u64::from(backwards),
            "the run speaks about an earlier day than the run it was compared with: lineage reads backwards".to_owned(),
        ),
        finding(
            "no_times",
            Warn,
            undated,
            "no input row has a time: the run is dated 1970-01-01, give --as-of; tenure, bursts and second-hand use can't be seen".to_owned(),
        ),
        absent_tables(tables, context.job.strategy),
        valueless_links(tables, context.job.strategy),
    ];
    let before = context.previous.map(|previous| &previous.manifest().inputs);
    let vanished = before
        .map(|before| vanished::findings(before, &facts::inputs(tables), context.job.strategy));
    let found = found.into_iter().flatten();
    found.chain(vanished.into_iter().flatten()).collect()
}

/// Link types of the strategy file of which no table says anything.
fn absent_tables(tables: &Tables, strategy: &Strategy) -> Option<Finding> {
    let links = strategy.declared_links().iter();
    let absent: Vec<String> = links
        .filter(|link| !tables.inputs.iter().any(|input| input.table == link.table))
        .map(|link| format!("{} (table {})", link.name, link.table))
        .collect();
    finding(
        "absent_link_tables",
        FindingSeverity::Warn,
        absent.len() as u64,
        format!(
            "{} link types of the strategy have no table in the data directory and take no part: {}",
            absent.len(),
            absent.join(", ")
        ),
    )
}

/// Link types whose table has rows, none of which holds a value: an export that lost a column. Where the rows
/// are rejected for it, there may be too few of them to stop the run.
fn valueless_links(tables: &Tables, strategy: &Strategy) -> Option<Finding> {
    let is_read = |table: &str| {
        let mut inputs = tables.inputs.iter();
        inputs.any(|input| input.table == table && input.accepted + input.rejected > 0)
    };
    let empty = tables.links.iter().filter(|table| {
        let mut values = table.value.iter();
        values.all(|value| value.trim().is_empty())
    });
    let named: Vec<String> = empty
        .map(|table| strategy.link(table.entity_type))
        .filter(|link| is_read(&link.table))
        .map(|link| format!("{} (column {} of {})", link.name, link.column, link.table))
        .collect();
    finding(
        "valueless_link_types",
        FindingSeverity::Warn,
        named.len() as u64,
        format!(
            "{} link types have no value in any row and take no part, mend the export: {}",
            named.len(),
            named.join(", ")
        ),
    )
}

/// Verdicts on merchants that nothing else mentions.
pub(super) fn unknown_labels(
    tables: &Tables,
    merchant_of: impl Fn(&str) -> Option<MerchantIdx>,
) -> Option<Finding> {
    let labels = tables.labels.iter();
    let unknown = labels
        .filter(|row| merchant_of(&row.merchant_id).is_none())
        .count() as u64;
    finding(
        "unknown_label_merchants",
        FindingSeverity::Warn,
        unknown,
        format!(
            "{unknown} labels are about merchants that no other table mentions, and have no effect"
        ),
    )
}

/// Kinds of exceptions named in a sentence.
const SHOWN_KINDS: usize = 3;

/// Exceptions that nothing answers to, by kind.
pub(super) fn idle_exceptions(
    context: &Context<'_>,
    tables: &Tables,
    links: &Links,
) -> Option<Finding> {
    let idle =
        crate::resolve::idle_exceptions(tables, links, context.job.strategy, Some(context.as_of));
    let count = idle.values().sum();
    let mut kinds: Vec<(&String, &u64)> = idle.iter().collect();
    kinds.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
    let kinds: Vec<String> = (kinds.iter().take(SHOWN_KINDS))
        .map(|(kind, count)| format!("{count} of the kind {kind}"))
        .collect();
    let more = if idle.len() > SHOWN_KINDS {
        ", ..."
    } else {
        ""
    };
    let sentence = format!(
        "{count} exceptions name no merchant, no owner and nothing that two merchants share, and have no effect ({}{more})",
        kinds.join(", ")
    );
    finding("idle_exceptions", FindingSeverity::Info, count, sentence)
}

/// When hardly any time is near the newest, which dates the run: a slip such as 9999-12-31 makes
/// everything else look old.
pub(super) fn lonely_newest(context: &Context<'_>, links: &Links) -> Option<Finding> {
    const YEAR_DAYS: f64 = 365.0;
    const MIN_TIMES: u64 = 10;
    if context.job.as_of.is_some() {
        return None;
    }
    let used = links
        .links
        .iter()
        .flat_map(|link| [link.first_seen, link.last_seen]);
    let registered = links.merchants.registered_at.iter().copied();
    let (mut all, mut near) = (0_u64, 0_u64);
    for time in used.chain(registered).flatten() {
        all += 1;
        near += u64::from(context.as_of.days_since(time) < YEAR_DAYS);
    }
    let lonely = all >= MIN_TIMES && near * 100 < all;
    finding(
        "lonely_newest_time",
        FindingSeverity::Warn,
        if lonely { near.max(1) } else { 0 },
        format!(
            "the run is dated {}, the newest time in the input, but only {near} of {all} times lie in the year before it: mend them, or give --as-of",
            context.as_of.date_text()
        ),
    )
}

/// What became of the weights and of the prior in the strategy file.
pub(super) fn of_weights(learning: &Learning, doubts: Doubts) -> Vec<Finding> {
    let found = [
        of_labels(learning),
        discordant_market(doubts.discord),
        crowded_market(doubts),
    ];
    found.into_iter().flatten().collect()
}

/// What became of the labels.
fn of_labels(learning: &Learning) -> Option<Finding> {
    let (code, clusters, sentence) = match learning {
        Learning::NotAsked => return None,
        Learning::Learned(lesson) => return learned_weights(lesson),
        Learning::TooFew {
            fraud_clusters: fraud,
            legit_clusters: legit,
        } => (
            "too_few_labels",
            fraud + legit,
            format!(
                "{fraud} fraudulent and {legit} honest labelled clusters are too few to learn the weights of the reasons from: it takes {MIN_CASES} of each; the strategy's stay"
            ),
        ),
        Learning::Doubtful { clusters, log_loss } => (
            "labels_not_learned",
            *clusters,
            format!(
                "weights learned from {clusters} labelled clusters forecast such clusters no better beyond doubt (log loss {:+.4} a cluster, 95 % between {:+.4} and {:+.4}): the strategy's stay",
                log_loss.difference, log_loss.low, log_loss.high
            ),
        ),
    };
    finding(code, FindingSeverity::Info, clusters as u64, sentence)
}

/// Two views of the clusters agree too little for what the weights promise.
fn discordant_market(discord: Option<Discord>) -> Option<Finding> {
    let discord = discord?;
    finding(
        "discordant_market",
        FindingSeverity::Warn,
        u64::from((100 - discord.percent_kept).unsigned_abs()),
        format!(
            "what members share and who they are point to the same clusters {} (standard error {:.2}): every cluster kept {} % of its points; label some clusters and fit the weights to this market",
            discord.in_words("weights"),
            discord.standard_error,
            discord.percent_kept
        ),
    )
}

/// The scores as the weights have them were too much to believe.
fn crowded_market(doubts: Doubts) -> Option<Finding> {
    let anchor = doubts.anchor?;
    let hundredths = u64::from(anchor.hundredths.unsigned_abs());
    finding(
        "crowded_market",
        FindingSeverity::Warn,
        hundredths,
        format!(
            "the scores added up to {:.0} fraudulent merchants where {:.0} are plausible (`score.max_fraud_share`): every cluster lost {:.2} of its log-odds{}; label some clusters and fit the weights to this market",
            anchor.expected,
            anchor.plausible,
            f64::from(anchor.hundredths) / 100.0,
            if doubts.forbid_enforcing {
                ", and nobody is enforced"
            } else {
                ""
            }
        ),
    )
}

/// The weights are not those in the strategy file.
fn learned_weights(lesson: &Lesson) -> Option<Finding> {
    let (fraud, legit) = (lesson.fraud_clusters, lesson.legit_clusters);
    let clusters = (fraud + legit) as u64;
    finding(
        "learned_weights",
        FindingSeverity::Info,
        clusters,
        format!(
            "the weights of the reasons were learned from {fraud} fraudulent and {legit} honest labelled clusters, for they forecast such clusters better than the strategy's (log loss {:+.4} a cluster); `learned` in manifest.json has them",
            lesson.log_loss.difference
        ),
    )
}

/// What resolving them brought to light.
pub(super) fn of_links(links: &Links, strategy: &Strategy) -> Vec<Finding> {
    use FindingSeverity::{Info, Warn};
    let mut findings = Vec::new();
    let unlisted = links
        .merchants
        .listed
        .iter()
        .filter(|listed| !**listed)
        .count() as u64;
    findings.extend(finding(
        "unlisted_merchants",
        Warn,
        unlisted,
        format!("{unlisted} merchants have links but no row in `merchants`"),
    ));
    let unlinked = links.merchants.len() as u64 - linked_merchants(links);
    findings.extend(finding(
        "unlinked_merchants",
        Info,
        unlinked,
        format!("{unlinked} merchants have no link of any kind and can be in no cluster"),
    ));
    for (at, link_type) in strategy.links.iter().enumerate() {
        let dropped = || {
            links
                .dropped
                .iter()
                .filter(|value| value.entity_type.index() == at)
        };
        let values = dropped().count() as u64;
        let merchants: u64 = dropped().map(|value| u64::from(value.merchants)).sum();
        findings.extend(finding(
            &format!("placeholder_{}", link_type.name),
            Info,
            values,
            format!(
                "{values} values of the type {} stand for nothing (used by {merchants} merchants) and were dropped",
                link_type.name
            ),
        ));
    }
    findings
}
