//! What people have decided, on its way into a run.

use std::collections::BTreeMap;

use super::{Job, PipelineError, merchant_of};
use crate::decisions::{DecisionStore, Refuted, RuledException, Rulings};
use crate::detect::Apart;
use crate::graph::Network;
use crate::ingest::{AllowlistKind, AllowlistRow, InputFile, Label, LabelRow, Tables};
use crate::model::{Bits, EntityIdx, NodeIdx, TextColumn, Timestamp, narrow_u32};
use crate::resolve::Links;
use crate::run::{Finding, FindingSeverity};
use crate::score::{Refutation, Refutations};
use crate::strategy::Strategy;

/// What the decisions are called among the inputs.
pub(super) const INPUT: &str = "decisions";

/// Reads what holds, and puts it into the tables as if the data directory had said it: findings as
/// labels, exceptions as rows of the allowlist, and one input whose hash stands for all of it. Without
/// `--decisions` nothing happens.
pub(super) fn take(
    job: &Job<'_>,
    tables: &mut Tables,
    as_of: Timestamp,
) -> Result<Rulings, PipelineError> {
    let Some(path) = job.decisions else {
        return Ok(Rulings::default());
    };
    // As with the rows of the tables: what was not known at the end of the `--as-of` day is left out.
    let until = job.as_of.map(Timestamp::day_end);
    let rulings = DecisionStore::open(path)?.rulings(until, as_of)?;
    tables
        .labels
        .extend(rulings.labels.iter().map(|label| LabelRow {
            merchant_id: label.merchant_id.clone(),
            label: if label.is_fraud {
                Label::Fraud
            } else {
                Label::Legit
            },
            decided_at: Some(label.decided_at),
        }));
    let allowed = rulings.exceptions.iter();
    let allowed = allowed.filter_map(|exception| allowlist_row(exception, job.strategy));
    tables.allowlist.extend(allowed);
    let text = rulings.canonical_text();
    tables.inputs.push(InputFile {
        path: INPUT.to_owned(),
        table: INPUT.to_owned(),
        bytes: text.len() as u64,
        blake3: blake3::hash(text.as_bytes()).to_hex().to_string(),
        rows: rulings.n_records() as u64,
        accepted: rulings.n_records() as u64,
        rejected: 0,
        columns: Vec::new(),
    });
    tables.inputs.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(rulings)
}

/// `None` for a kind that the strategy does not know.
fn allowlist_row(exception: &RuledException, strategy: &Strategy) -> Option<AllowlistRow> {
    let kind = match exception.kind.as_str() {
        "merchant" => AllowlistKind::Merchant,
        "owner" => AllowlistKind::Owner,
        name => AllowlistKind::Entity(strategy.entity_type(name)?),
    };
    Some(AllowlistRow {
        kind,
        value: exception.value.clone(),
        reason: exception.reason.clone(),
        expires_at: Some(exception.expires_at),
    })
}

/// What was taken from the record, counted.
pub(super) fn counts(rulings: &Rulings, job: &Job<'_>) -> BTreeMap<String, u64> {
    if job.decisions.is_none() {
        return BTreeMap::new();
    }
    let counts = [
        ("decided_labels", rulings.labels.len()),
        ("decided_exceptions", rulings.exceptions.len()),
        ("refuted_clusters", rulings.refuted.len()),
        ("told_apart", rulings.apart.len()),
    ];
    counts
        .into_iter()
        .map(|(name, count)| (name.to_owned(), count as u64))
        .collect()
}

/// Exceptions of a kind that the strategy does not know.
pub(super) fn finding(rulings: &Rulings, strategy: &Strategy) -> Option<Finding> {
    let unknown = rulings
        .exceptions
        .iter()
        .filter(|exception| allowlist_row(exception, strategy).is_none())
        .count();
    (unknown > 0).then(|| Finding {
        code: "unknown_exception_kinds".to_owned(),
        severity: FindingSeverity::Warn,
        sentence: format!(
            "{unknown} exceptions among the decisions are of a kind that the strategy does not know, and have no effect"
        ),
        count: unknown as u64,
    })
}

/// Clusters found honest, in the ids of this run.
pub(super) fn refutations(rulings: &Rulings, links: &Links, strategy: &Strategy) -> Refutations {
    let all = rulings.refuted.iter();
    Refutations::new(
        all.map(|refuted| refutation(refuted, links, strategy))
            .collect(),
    )
}

fn refutation(refuted: &Refuted, links: &Links, strategy: &Strategy) -> Refutation {
    let ids = &links.merchants.id;
    let evidence = refuted.evidence.iter();
    let mut known: Vec<EntityIdx> = evidence
        .filter_map(|seen| entity_of(links, strategy, &seen.entity_type, &seen.entity))
        .collect();
    known.sort_unstable();
    let members = refuted.members.iter();
    Refutation {
        // Sorted ids have ascending positions.
        members: members.filter_map(|id| merchant_of(ids, id)).collect(),
        n_members: narrow_u32(refuted.size),
        known,
        bits: Bits::from_f64(refuted.bits),
        words: format!(
            "{} merchants were found honest as a group on {} by {}",
            refuted.members.len(),
            refuted.decided_at.date_text(),
            refuted.decided_by
        ),
    }
}

/// A value by its type and key. Binary search: entities are sorted by type, then key.
pub(super) fn entity_of(
    links: &Links,
    strategy: &Strategy,
    name: &str,
    key: &str,
) -> Option<EntityIdx> {
    let wanted = (strategy.entity_type(name)?, key);
    let entities = &links.entities;
    let at = |entity: usize| (entities.entity_type[entity], entities.key.get(entity));
    let (mut low, mut high) = (0, entities.len());
    while low < high {
        let middle = low.midpoint(high);
        if at(middle) < wanted {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    (low < entities.len() && at(low) == wanted).then(|| EntityIdx::new(low))
}

/// Merchants told apart, as nodes; those without an edge are apart as it is.
pub(super) fn told_apart(rulings: &Rulings, ids: &TextColumn, network: &Network) -> Vec<Apart> {
    let nodes = |merchants: &[String]| -> Vec<NodeIdx> {
        let nodes = merchants.iter().filter_map(|id| merchant_of(ids, id));
        nodes
            .filter_map(|merchant| network.node_of(merchant))
            .collect()
    };
    let told = rulings.apart.iter().map(|apart| Apart {
        left: nodes(&apart.honest),
        right: nodes(&apart.confirmed),
    });
    told.filter(|apart| !apart.left.is_empty() && !apart.right.is_empty())
        .collect()
}
