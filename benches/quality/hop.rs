//! A real case of abuse: rings that outside investigators reported.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result};
use ringfence::evaluate::{Evaluation, Unlisted};
use ringfence::resolve::Links;
use ringfence::strategy::Strategy;

use crate::baselines;
use crate::document::{Table, number, percent};
use crate::engine::{figure, links, measure, run_once};
use crate::truth::read_columns;

/// The tables of the case.
const TABLES: [&str; 3] = ["merchants.csv.gz", "payouts.csv.gz", "relations.csv.gz"];

/// Measures the case without and with the human-kept allowlist.
pub(crate) fn section(realdata: &Path, work: &Path) -> Result<String> {
    let source = realdata.join("hop");
    let mut table = Table::new(&[
        "method",
        "reported rings found",
        "of",
        "precision, clustered",
        "... in clusters of three and more",
        "precision, enforce + review",
        "precision, enforce",
        "clustered",
    ]);
    for allowlist in [false, true] {
        let data = tempfile::tempdir_in(work)?;
        lay_out(&source, data.path(), allowlist)?;
        let strategy = Strategy::default();
        let run = run_once(data.path(), &strategy, work)?;
        let suffix = if allowlist { ", allowlist" } else { "" };
        table.row(&row(&format!("**ringfence**{suffix}"), &run.path, &source)?);
        let links = links(data.path(), &strategy)?;
        add_baselines(&mut table, &links, suffix, &source, work)?;
    }
    Ok(format!("{ABOUT}\n\n{}", table.finish()))
}

const ABOUT: &str = "\
43,052 participants of a reward programme, from a public ledger. *Reported* rings are what outside investigators \
reported, not what a court found: 68 of them are used here. A ring counts as found when a cluster holds at least half \
of it and is at least half that ring; the rest of the rings are hardly connected in these tables (about 46 to 50 can be found). \
*Precision* is the share that the programme itself eliminated, a weak label: its own rule over this same graph eliminated \
33 % of all. The allowlist names exchanges, contracts and grants, kept by people; without it the engine must find by itself \
that these are hubs. The baselines are the ones above.";

fn lay_out(source: &Path, data: &Path, allowlist: bool) -> Result<()> {
    let copy = |from: &str, to: &str| {
        std::fs::copy(source.join(from), data.join(to)).with_context(|| format!("copying {from}"))
    };
    for table in TABLES {
        copy(table, table)?;
    }
    if allowlist {
        copy("known_services.csv.gz", "allowlist.csv.gz")?;
    }
    Ok(())
}

fn add_baselines(
    table: &mut Table,
    links: &Links,
    suffix: &str,
    source: &Path,
    work: &Path,
) -> Result<()> {
    for (name, groups) in baselines::NAMES.iter().zip(baselines::all(links)) {
        let out = tempfile::tempdir_in(work)?;
        baselines::write(&groups, links, out.path())?;
        table.row(&row(&format!("{name}{suffix}"), out.path(), source)?);
    }
    Ok(())
}

fn row(method: &str, run: &Path, source: &Path) -> Result<Vec<String>> {
    let reported = measure(run, &source.join("rings_open.csv"), Unlisted::Honest)?;
    let verdict = measure(run, &source.join("eliminated.csv.gz"), Unlisted::Unknown)?;
    let found = figure(&reported, "ring_found").map(|share| share * f64::from(reported.rings));
    let precision = |name: &str| number(figure(&verdict, name));
    Ok(vec![
        method.to_owned(),
        found.map_or_else(|| "-".to_owned(), |found| format!("{found:.0}")),
        reported.rings.to_string(),
        precision("clustered_precision"),
        number(precision_of_three(run, &source.join("eliminated.csv.gz"))?),
        precision("enforce_review_precision"),
        precision("enforce_precision"),
        percent(clustered(&verdict)),
    ])
}

/// Precision over the clusters of three and more, which reference figures are given for.
fn precision_of_three(run: &Path, verdict: &Path) -> Result<Option<f64>> {
    let verdict = read_columns(verdict, ["merchant_id", "eliminated"])?;
    let verdict: BTreeMap<String, bool> = verdict
        .into_iter()
        .map(|[merchant, eliminated]| (merchant, eliminated == "1"))
        .collect();
    let mut clusters: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let members = read_columns(&run.join("members.csv"), ["cluster_id", "merchant_id"])?;
    for [cluster, merchant] in members {
        clusters.entry(cluster).or_default().push(merchant);
    }
    let large = clusters.values().filter(|members| members.len() > 2);
    let known: Vec<bool> = large
        .flatten()
        .filter_map(|merchant| verdict.get(merchant).copied())
        .collect();
    let real = |count: usize| f64::from(u32::try_from(count).expect("fewer than 2^32"));
    let right = known.iter().filter(|eliminated| **eliminated).count();
    Ok((!known.is_empty()).then(|| real(right) / real(known.len())))
}

/// The share of merchants with a verdict that are in any cluster.
fn clustered(verdict: &Evaluation) -> Option<f64> {
    let counts = verdict.merchant_reliability.iter().map(|bin| bin.count);
    let clustered = f64::from(counts.sum::<u32>());
    (verdict.merchants > 0).then(|| clustered / f64::from(verdict.merchants))
}
