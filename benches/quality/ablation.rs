//! What each idea of the method is worth: the same markets with one idea taken away at a time.

use std::ops::Range;
use std::path::Path;

use anyhow::Result;
use ringfence::evaluate::Unlisted;
use ringfence::simulate::World;

use crate::engine::{make_market, measure, run_once, strategy};
use crate::figures::{Variant, table};
use crate::say;

/// The worlds it is measured on: the usual one, the one where honest sharing is the trouble, and the one with
/// labels to learn from.
const WORLDS: [World; 3] = [World::Plain, World::BenignHeavy, World::Labelled];

/// What is taken away, and the strategy that does so.
const VARIANTS: [(&str, &str); 18] = [
    ("everything on", ""),
    (
        "corroboration of values",
        "[evidence]\ncorroborated_discount = 0\n",
    ),
    (
        "steep rarity (1/d instead of 1/d²)",
        "[links.device]\nrarity = 1\n[links.payout]\nrarity = 1\n[links.address]\nrarity = 1\n[links.building]\nrarity = 1\n",
    ),
    (
        "time",
        "[evidence]\nmin_time_factor = 1\nhandover_factor = 1\n",
    ),
    (
        "hub classes",
        "[hubs]\nchain_factor = 1\nuncorroborated_factor = 1\n",
    ),
    (
        "hub classes, in the points too",
        "[hubs]\nchain_factor = 1\nuncorroborated_factor = 1\n[score.points]\nmall_or_tower = 0\nagency_or_aggregator = 0\n",
    ),
    (
        "declared owner",
        "[evidence]\ndeclared_owner_factor = 1\n[score.points]\ndeclared_owner = 0\n",
    ),
    (
        "common brand in the points",
        "[score.points]\ncommon_brand = 0\n",
    ),
    (
        "self-chosen resolution (pinned at 0.5 bits)",
        "[detect]\nresolution = 0.5\n",
    ),
    (
        "CPM (modularity instead)",
        "[detect]\nobjective = \"modularity\"\nresolution = 1.0\n",
    ),
    (
        "independence of kinds (one group)",
        "[links.device]\ngroup = \"one\"\n[links.payout]\ngroup = \"one\"\n[links.address]\ngroup = \"one\"\n[links.building]\ngroup = \"one\"\n",
    ),
    (
        "discount on dependent values",
        "[evidence]\nsame_kind_discount = 1\nsame_group_discount = 1\n",
    ),
    (
        "registration bursts",
        "[score.points]\nregistration_burst = 0\n",
    ),
    (
        "bans and handovers",
        "[evidence]\nhandover_factor = 1\n[score.points]\nbanned_reuse = 0\n",
    ),
    (
        "the company a group keeps",
        "[score.points]\nnear_rings = 0\n",
    ),
    (
        "weights learned from labels",
        "[score]\nlearn_from_labels = false\n",
    ),
    (
        "doubt where reasons disagree",
        "[score]\nmin_points_kept = 1\n",
    ),
    ("risk signals", "[score.points]\nrisk_signals = 0\n"),
];

/// Measures every variant on every world.
pub(crate) fn section(seeds: Range<u64>, merchants: u32, work: &Path) -> Result<String> {
    let mut parts = vec![format!(
        "One idea taken away at a time, all else as it is: what the figures fall by is what the idea is worth \
         (constants were tuned with all ideas on, so a little of it is theirs). Means over the seeds {} to {}, \
         {merchants} merchants.\n\n",
        seeds.start,
        seeds.end - 1
    )];
    for world in WORLDS {
        let measured = measured(world, seeds.clone(), merchants, work)?;
        parts.push(format!("### {world}\n\n{measured}"));
    }
    Ok(parts.join(""))
}

fn measured(world: World, seeds: Range<u64>, merchants: u32, work: &Path) -> Result<String> {
    let mut variants = VARIANTS.map(|(name, _)| Variant::new(name));
    for seed in seeds {
        say(&format!("ablation, world {world}, seed {seed}"));
        let folder = tempfile::tempdir_in(work)?;
        let data = folder.path().join("data");
        make_market(world, merchants, seed, &data)?;
        for ((_, text), variant) in VARIANTS.iter().zip(&mut variants) {
            let run = run_once(&data, &strategy(text)?, folder.path())?;
            let truth = data.join("truth.csv");
            variant.add(&measure(&run.path, &truth, Unlisted::Honest)?);
        }
    }
    Ok(table("without", &variants))
}
