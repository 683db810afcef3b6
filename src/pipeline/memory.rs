//! Memory is estimated before it is spent.

use super::Job;
use crate::graph::{EvidenceGraph, max_projection_bytes};
use crate::ingest::{IngestError, estimate};
use crate::run::{Finding, FindingSeverity, Manifest};
use crate::strategy::Strategy;

/// Fewer merchants on a value than this are always expanded: below it, hubs are not the problem.
const MIN_EXPANDED_MERCHANTS: usize = 8;

/// The code of the finding that says that hubs were left out.
const DEGRADED: &str = "degraded_for_memory";

/// What the manifest calls the limit.
pub(super) const LIMIT: &str = "memory_limit_bytes";

/// More memory than `--memory-limit` allows.
#[derive(Debug, thiserror::Error)]
pub enum MemoryError {
    /// The input alone is too large.
    #[error(
        "reading the input takes about {estimate} MiB, more than the memory limit of {limit} MiB; raise --memory-limit or split the market by country"
    )]
    Input {
        /// Mebibytes.
        estimate: u64,
        /// Mebibytes.
        limit: u64,
    },
    /// The merchant graph is too large even with hubs left out.
    #[error(
        "the merchant graph takes up to {estimate} MiB even without hubs, more than the memory limit of {limit} MiB leaves; raise --memory-limit or [evidence] floor_bits"
    )]
    Graph {
        /// Mebibytes.
        estimate: u64,
        /// Mebibytes.
        limit: u64,
    },
    /// The files could not even be looked at.
    #[error(transparent)]
    Ingest(#[from] IngestError),
}

const MEBIBYTE: u64 = 1 << 20;
/// What the process takes with hardly any input: the program, its threads, and the strategy.
const FIXED_BYTES: u64 = 16 * MEBIBYTE;

/// Refuses an input that can't fit before a byte of it is read.
pub(super) fn check_input(job: &Job<'_>) -> Result<(), MemoryError> {
    let Some(limit) = job.memory_limit_bytes else {
        return Ok(());
    };
    let estimate = FIXED_BYTES.saturating_add(estimate(job.data, job.strategy)?.memory_bytes());
    if estimate <= limit {
        return Ok(());
    }
    Err(MemoryError::Input {
        estimate: estimate.div_ceil(MEBIBYTE),
        limit: limit.div_ceil(MEBIBYTE),
    })
}

/// The text that may be read under the limit, whatever the files seemed to hold.
pub(super) fn max_text_bytes(job: &Job<'_>) -> Option<u64> {
    let limit = job.memory_limit_bytes?;
    Some(limit.saturating_sub(FIXED_BYTES))
}

/// Whether the projection fits in what the limit leaves; if not, a strategy that expands fewer hubs,
/// with the finding that says so.
pub(super) fn degrade(
    job: &Job<'_>,
    graph: &EvidenceGraph<'_>,
) -> Result<Option<(Strategy, Finding)>, MemoryError> {
    let Some(limit) = job.memory_limit_bytes else {
        return Ok(None);
    };
    let spent = estimate(job.data, job.strategy)?.memory_bytes();
    let left = limit.saturating_sub(FIXED_BYTES + spent / 2);
    let needed = max_projection_bytes(graph, usize::MAX) as u64;
    if needed <= left {
        return Ok(None);
    }
    let mut merchants = job.strategy.evidence.max_expanded_merchants;
    while merchants > MIN_EXPANDED_MERCHANTS {
        merchants = (merchants * 3 / 4).max(MIN_EXPANDED_MERCHANTS);
        if max_projection_bytes(graph, merchants) as u64 <= left {
            let mut strategy = job.strategy.clone();
            strategy.evidence.max_expanded_merchants = merchants;
            strategy.hash = format!("{}+max_expanded_merchants={merchants}", strategy.hash);
            return Ok(Some((strategy, finding(merchants, needed, left))));
        }
    }
    Err(MemoryError::Graph {
        estimate: max_projection_bytes(graph, merchants) as u64 / MEBIBYTE,
        limit: limit.div_ceil(MEBIBYTE),
    })
}

/// The hash of the strategy under which `latest` would come out again. A run that had to leave hubs out is
/// not all there is to say: it comes out again under the same limit alone.
pub(super) fn hash_again<'a>(job: &'a Job<'_>, latest: &'a Manifest) -> Option<&'a str> {
    let (asked, used) = (&job.strategy.hash, &latest.strategy_hash);
    if !was_degraded(latest) {
        return Some(asked);
    }
    let limit = job.memory_limit_bytes?.to_string();
    let is_same_limit = latest.parameters.get(LIMIT) == Some(&limit);
    let is_of_strategy = used.split('+').next() == Some(asked);
    (is_same_limit && is_of_strategy).then_some(used)
}

fn was_degraded(manifest: &Manifest) -> bool {
    manifest
        .findings
        .iter()
        .any(|finding| finding.code == DEGRADED)
}

fn finding(merchants: usize, needed: u64, left: u64) -> Finding {
    Finding {
        code: DEGRADED.to_owned(),
        severity: FindingSeverity::Warn,
        sentence: format!(
            "the merchant graph could take {} MiB and the memory limit leaves {} MiB: values with more than {merchants} merchants made no edges of their own",
            needed / MEBIBYTE,
            left / MEBIBYTE
        ),
        count: merchants as u64,
    }
}
