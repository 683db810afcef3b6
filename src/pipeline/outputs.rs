//! From what was computed to the run in its place.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::path::PathBuf;

use rayon::prelude::*;

use super::watch::Watch;
use super::{Computed, Context, PipelineError};
use crate::graph::{EvidenceGraph, HubClass, HubFacts, count_cities};
use crate::model::{Bits, EntityIdx, narrow_u32};
use crate::publish::{LinkTable, RingTables};
use crate::report::{self, Counts, ReportInput};
use crate::run::{
    ClusterRow, HubRow, Manifest, PendingRun, RejectRow, RunError, RunLock, RunReader,
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
    let hub_class = |entity: EntityIdx| graph.class[entity.index()].name();
    let rows = watch.stage("assemble", || {
        let tables = RingTables::new(
            run.rings,
            ids,
            graph.links,
            types,
            hub_class,
            &context.run_id,
        );
        let ((clusters, rejects), (links, hubs)) = rayon::join(
            || {
                let rejects = run.rejects.iter().map(reject_row).collect();
                (tables.clusters(), rejects)
            },
            || {
                let links = LinkTable::new(graph.links, types, run.rings, ids);
                (links, hub_rows(graph))
            },
        );
        Rows {
            clusters,
            tables,
            links,
            hubs,
            rejects,
        }
    })?;
    let pending = lock.begin(&context.run_id)?;
    watch.try_stage("write", || write_tables(context, &run, &rows, &pending))?;
    let page = watch.try_stage("report", || report(context, &run, &rows))?;
    pending.write_bytes("report.html", page.as_bytes())?;
    watch.check()?;
    let mut manifest = run.manifest;
    manifest.tables = pending.tables();
    manifest.stages = std::mem::take(&mut watch.stages);
    manifest.peak_memory_bytes = watch.peak_memory_bytes();
    let path = pending.finish(&manifest)?;
    Ok((path, manifest))
}

/// The rows of every table but those that `Identities` holds.
struct Rows<'a, H> {
    clusters: Vec<ClusterRow<'a>>,
    tables: RingTables<'a, H>,
    links: LinkTable<'a>,
    hubs: Vec<HubRow<'a>>,
    rejects: Vec<RejectRow<'a>>,
}

fn write_tables<'a, H: Fn(EntityIdx) -> &'a str + Sync>(
    context: &Context<'_>,
    run: &Computed<'_>,
    rows: &Rows<'a, H>,
    pending: &PendingRun<'_>,
) -> Result<(), PipelineError> {
    let (tables, links) = (&rows.tables, &rows.links);
    let n_pieces = tables.n_pieces();
    // The longest first: while one waits for the disk, the others keep the threads busy.
    let writes: [&(dyn Fn() -> Result<u64, RunError> + Sync); 10] = [
        &|| pending.write_table_in_pieces(links.n_pieces(), |piece| links.piece(piece)),
        &|| pending.write_table_in_pieces(n_pieces, |piece| tables.members(piece)),
        &|| pending.write_table_in_pieces(tables.n_feed_pieces(), |piece| tables.feed(piece)),
        &|| pending.write_table_in_pieces(n_pieces, |piece| tables.evidence(piece)),
        &|| pending.write_table_in_pieces(n_pieces, |piece| tables.reasons(piece)),
        &|| pending.write_table(&rows.clusters),
        &|| pending.write_table(&run.identities.lineage),
        &|| pending.write_table(&run.identities.ids),
        &|| pending.write_table(&rows.hubs),
        &|| pending.write_table(&rows.rejects),
    ];
    let written: Vec<Result<u64, RunError>> = writes.par_iter().map(|write| write()).collect();
    // The error that is told does not depend on which came first.
    for result in written {
        result?;
    }
    if context.job.parquet {
        // Columns need all rows of a table at once.
        let all = tables.all();
        pending.write_parquet(&all.clusters)?;
        pending.write_parquet(&all.members)?;
        pending.write_parquet(&all.evidence)?;
        pending.write_parquet(&all.feed)?;
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
/// were dropped are among them, as `placeholder`. And every value that an exception names, for the next run
/// has to know what this one looked away from.
fn hub_rows<'a>(graph: &EvidenceGraph<'a>) -> Vec<HubRow<'a>> {
    let (links, strategy) = (graph.links, graph.strategy());
    let mut hubs: Vec<EntityIdx> = (0..links.entities.len())
        .into_par_iter()
        .map(EntityIdx::new)
        .filter(|&entity| {
            graph.bipartite.degree(entity) >= strategy.hubs.min_merchants
                || graph.class[entity.index()] == HubClass::Allowed
        })
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
        .into_par_iter()
        .map(|entity| hub_row(graph, entity))
        .collect();
    rows.extend(wide);
    // Stable: values in use keep their order, before dropped ones of as many merchants.
    rows.sort_by_key(|row| Reverse(row.merchants));
    rows
}

fn hub_row<'a>(graph: &EvidenceGraph<'a>, entity: EntityIdx) -> HubRow<'a> {
    let (links, strategy) = (graph.links, graph.strategy());
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
        cities: count_cities(entity, &graph.bipartite, &links.merchants.city),
        owners: facts.owners,
    }
}

/// The page, with the links of the clusters it may draw.
fn report<'a, H: Fn(EntityIdx) -> &'a str + Sync>(
    context: &Context<'_>,
    run: &Computed<'_>,
    rows: &Rows<'a, H>,
) -> Result<String, PipelineError> {
    let drawn: BTreeSet<&str> = run
        .identities
        .cluster_ids
        .iter()
        .take(REPORTED_CLUSTERS)
        .map(String::as_str)
        .collect();
    let links = rows.links.of_best(REPORTED_CLUSTERS);
    let previous: Vec<ClusterRow<'_>> = match context.previous {
        Some(reader) => RunReader::clusters(reader)?,
        None => Vec::new(),
    };
    let tables = &rows.tables;
    let is_drawn = |id: &str| drawn.contains(id);
    // The best clusters are all in the first piece.
    let (mut members, mut evidence, mut reasons) = (Vec::new(), Vec::new(), Vec::new());
    if tables.n_pieces() > 0 {
        members = tables.members(0);
        evidence = tables.evidence(0);
        reasons = tables.reasons(0);
    }
    members.retain(|row| is_drawn(&row.cluster_id));
    evidence.retain(|row| is_drawn(&row.cluster_id));
    reasons.retain(|row| is_drawn(&row.cluster_id));
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
            shared_entities: manifest.count("shared_entities"),
            dropped_placeholders: manifest.count("dropped_placeholders"),
            not_yet_known_rows: manifest.count("not_yet_known_rows"),
            clustered_merchants: manifest.count("clustered_merchants"),
            merchants_enforce: manifest.count("merchants_enforce"),
            merchants_review: manifest.count("merchants_review"),
        },
        findings: &manifest.findings,
        chance: manifest.chance.as_ref(),
        inputs: &manifest.inputs,
        clusters: &rows.clusters,
        members: &members,
        evidence: &evidence,
        reasons: &reasons,
        links: &links,
        hubs: &rows.hubs,
        lineage: &run.identities.lineage,
        rejects: &rows.rejects,
        previous_clusters: &previous,
    }))
}
