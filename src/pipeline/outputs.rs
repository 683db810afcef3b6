//! From what was computed to the run in its place.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::path::PathBuf;

use super::watch::Watch;
use super::{Computed, Context, PipelineError};
use crate::graph::{EvidenceGraph, HubFacts};
use crate::model::{Bits, EntityIdx, narrow_u32};
use crate::publish::{Assembly, LinkTable, assemble};
use crate::report::{self, Counts, ReportInput};
use crate::run::{
    ClusterRow, HubRow, LinkRow, Manifest, PendingRun, RejectRow, RunLock, RunReader,
};

/// Clusters whose links the report may draw.
const REPORTED_CLUSTERS: usize = 16;

/// Writes every file of the run under a temporary name, and gives it its own at the end.
pub(super) fn write(
    context: &Context<'_>,
    run: Computed<'_>,
    lock: &RunLock,
    watch: &mut Watch<'_>,
) -> Result<(PathBuf, Manifest), PipelineError> {
    let graph = run.graph;
    let types = &graph.strategy().links;
    let ids = &run.identities.cluster_ids;
    let rows = watch.stage("assemble", || Rows {
        clusters: assemble(
            run.rings,
            ids,
            graph.links,
            types,
            |entity| graph.class[entity.index()].name(),
            &context.run_id,
        ),
        links: LinkTable::new(graph.links, types, run.rings, ids),
        hubs: hub_rows(graph),
        rejects: run.rejects.iter().map(reject_row).collect(),
    })?;
    let pending = lock.begin(&context.run_id)?;
    watch.try_stage("write", || write_tables(context, &run, &rows, &pending))?;
    let page = watch.try_stage("report", || report(context, &run, &rows))?;
    pending.write_bytes("report.html", page.as_bytes())?;
    watch.check()?;
    let mut manifest = run.manifest;
    manifest.stages = std::mem::take(&mut watch.stages);
    manifest.peak_memory_bytes = watch.peak_memory_bytes();
    let path = pending.finish(&manifest)?;
    Ok((path, manifest))
}

/// The rows of every table but those that `Identities` holds.
struct Rows<'a> {
    clusters: Assembly<'a>,
    links: LinkTable<'a>,
    hubs: Vec<HubRow<'a>>,
    rejects: Vec<RejectRow<'a>>,
}

fn write_tables(
    context: &Context<'_>,
    run: &Computed<'_>,
    rows: &Rows<'_>,
    pending: &PendingRun<'_>,
) -> Result<(), PipelineError> {
    let clusters = &rows.clusters;
    pending.write_table(&clusters.clusters)?;
    pending.write_table(&clusters.members)?;
    pending.write_table(&clusters.evidence)?;
    pending.write_table(&clusters.feed)?;
    pending.write_table(&clusters.reasons)?;
    pending.write_table(&run.identities.lineage)?;
    pending.write_table(&run.identities.ids)?;
    pending.write_table(&rows.hubs)?;
    pending.write_table(&rows.rejects)?;
    pending.write_table_in_pieces(rows.links.n_pieces(), |piece| rows.links.piece(piece))?;
    if context.job.parquet {
        pending.write_parquet(&clusters.clusters)?;
        pending.write_parquet(&clusters.members)?;
        pending.write_parquet(&clusters.evidence)?;
        pending.write_parquet(&clusters.feed)?;
    }
    Ok(())
}

fn reject_row(reject: &crate::ingest::Reject) -> RejectRow<'_> {
    RejectRow {
        file: Cow::Borrowed(&reject.file),
        line: reject.line,
        reason: Cow::Borrowed(&reject.reason),
        raw: Cow::Borrowed(&reject.raw),
    }
}

/// Every value with at least `hubs.min_merchants` merchants, most first; those that stand for nothing and
/// were dropped are among them, as `placeholder`.
fn hub_rows<'a>(graph: &EvidenceGraph<'a>) -> Vec<HubRow<'a>> {
    let (links, strategy) = (graph.links, graph.strategy());
    let mut hubs: Vec<EntityIdx> = (0..links.entities.len())
        .map(EntityIdx::new)
        .filter(|&entity| graph.bipartite.degree(entity) >= strategy.hubs.min_merchants)
        .collect();
    hubs.sort_by_key(|&entity| (Reverse(graph.bipartite.degree(entity)), entity));
    let dropped = links.dropped.iter().map(|value| HubRow {
        entity_type: Cow::Owned(strategy.link(value.entity_type).name.clone()),
        entity: Cow::Borrowed(value.key.as_str()),
        shown: Cow::Borrowed(value.key.as_str()),
        merchants: value.merchants,
        hub_class: Cow::Borrowed("placeholder"),
        pair_bits: Bits::ZERO,
        cities: 0,
        owners: 0,
    });
    let wide = dropped.filter(|row| row.merchants as usize >= strategy.hubs.min_merchants);
    let mut rows: Vec<HubRow<'a>> = hubs
        .into_iter()
        .map(|entity| {
            let at = entity.index();
            let facts = HubFacts::of(entity, &graph.bipartite, links, &graph.brand, strategy);
            let link_type = strategy.link(links.entities.entity_type[at]);
            HubRow {
                entity_type: Cow::Owned(link_type.name.clone()),
                entity: Cow::Borrowed(links.entities.key.get(at)),
                shown: Cow::Borrowed(links.entities.shown.get(at)),
                merchants: narrow_u32(graph.bipartite.degree(entity)),
                hub_class: Cow::Borrowed(graph.class[at].name()),
                pair_bits: Bits::from_f64(f64::from(graph.pair_bits[at])),
                cities: facts.cities,
                owners: facts.owners,
            }
        })
        .chain(wide)
        .collect();
    // Stable: values in use keep their order, before dropped ones of as many merchants.
    rows.sort_by_key(|row| Reverse(row.merchants));
    rows
}

/// The page, with the links of the clusters it may draw.
fn report(
    context: &Context<'_>,
    run: &Computed<'_>,
    rows: &Rows<'_>,
) -> Result<String, PipelineError> {
    let drawn: BTreeSet<&str> = run
        .identities
        .cluster_ids
        .iter()
        .take(REPORTED_CLUSTERS)
        .map(String::as_str)
        .collect();
    let links: Vec<LinkRow<'_>> = (0..rows.links.n_pieces())
        .flat_map(|piece| rows.links.piece(piece))
        .filter(|row| drawn.contains(row.cluster_id.as_ref()))
        .collect();
    let previous: Vec<ClusterRow<'_>> = match context.previous {
        Some(reader) => RunReader::clusters(reader)?,
        None => Vec::new(),
    };
    let assembly = &rows.clusters;
    let manifest = &run.manifest;
    let held_by: Vec<String> = manifest
        .held_by
        .iter()
        .map(|held| held.sentence.clone())
        .collect();
    Ok(report::render(&ReportInput {
        run_id: &manifest.run_id,
        as_of: &manifest.as_of.date_text(),
        previous_run_id: manifest.previous_run_id.as_deref(),
        tool_version: &manifest.tool_version,
        strategy_hash: &manifest.strategy_hash,
        held_by: &held_by,
        counts: Counts {
            merchants: manifest.count("merchants"),
            links: manifest.count("links"),
            entities: manifest.count("shared_entities") + manifest.count("private_values"),
            dropped_placeholders: manifest.count("dropped_placeholders"),
            not_yet_known_rows: manifest.count("not_yet_known_rows"),
        },
        findings: &manifest.findings,
        chance: manifest.chance.as_ref(),
        inputs: &manifest.inputs,
        clusters: &assembly.clusters,
        members: &assembly.members,
        evidence: &assembly.evidence,
        reasons: &assembly.reasons,
        links: &links,
        hubs: &rows.hubs,
        lineage: &run.identities.lineage,
        rejects: &rows.rejects,
        previous_clusters: &previous,
    }))
}
