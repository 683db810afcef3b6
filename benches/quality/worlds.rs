//! Every simulated world, on seeds that no constant was tuned on.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;

use anyhow::Result;
use ringfence::evaluate::{Evaluation, Unlisted};
use ringfence::resolve::Links;
use ringfence::simulate::World;
use ringfence::strategy::Strategy;

use crate::baselines;
use crate::document::{Spread, Table, number, percent};
use crate::engine::{figure, links, make_market, measure, run_once};
use crate::say;
use crate::truth::{Truth, read_rings};

/// The worlds of one snapshot.
const WORLDS: [World; 7] = [
    World::Plain,
    World::Camouflage,
    World::BenignHeavy,
    World::Dirty,
    World::Labelled,
    World::Sparse,
    World::NoTime,
];

/// What was measured on one market.
struct Measured {
    product: Evaluation,
    baselines: Vec<Evaluation>,
    /// Of the fraud merchants, those that share a value with another of their ring.
    linked: Option<f64>,
}

/// Measures all worlds.
pub(crate) fn section(seeds: Range<u64>, merchants: u32, work: &Path) -> Result<String> {
    let mut worlds = Vec::new();
    for world in WORLDS {
        let mut measured = Vec::new();
        for seed in seeds.clone() {
            say(&format!("world {world}, seed {seed}"));
            measured.push(market(world, seed, merchants, work)?);
        }
        worlds.push((world.name(), measured));
    }
    let about = format!(
        "{merchants} merchants, seeds {} to {}, which no constant was tuned on; default strategy, no \
         allowlist. Each cell is the mean over the seeds with the lowest and highest.",
        seeds.start,
        seeds.end - 1
    );
    Ok([
        &about,
        baselines::ABOUT,
        AVERAGE_PRECISION,
        &compared(&worlds, "merchant_average_precision", true),
        PRECISION_AT_R,
        &compared(&worlds, "precision_at_r", false),
        RING_RECOVERY,
        &compared(&worlds, "ring_recovery", false),
        DECIDED,
        &decisions(&worlds),
        BY_TYPOLOGY,
        &typologies(&worlds),
        HARM,
        &harm(&worlds),
    ]
    .map(str::trim)
    .join("\n\n"))
}

const AVERAGE_PRECISION: &str = "\
### Merchant average precision, and where the rest is lost

*Linked*: the share of fraud merchants that share any value with another of their ring after values are normalized; the \
others can't be found by what is shared. *Ceiling*: what a perfect ranker of ringfence's clusters would get. From *linked* to \
*ceiling* is lost in finding groups, from *ceiling* to *ringfence* in ranking them.";

const PRECISION_AT_R: &str = "\
### Precision at R

Of the first R clusters (R true rings), the share with at least half fraud.";

const RING_RECOVERY: &str = "\
### Ring recovery

The share of true rings that a cluster overlaps by a Jaccard index of at least one half.";

const DECIDED: &str = "### Decisions and probabilities";

const BY_TYPOLOGY: &str = "\
### Ring recovery by typology

Over all seeds; the number of rings in brackets.";

const HARM: &str = "\
### What honest groups suffer

Over all seeds: of the merchants in honest groups of a kind, the share in `enforce` / in `review` / how many of the groups \
make up at least half of one of the first R clusters.";

type Worlds = [(&'static str, Vec<Measured>)];

fn market(world: World, seed: u64, merchants: u32, work: &Path) -> Result<Measured> {
    let folder = tempfile::tempdir_in(work)?;
    let data = folder.path().join("data");
    make_market(world, merchants, seed, &data)?;
    let truth = data.join("truth.csv");
    let strategy = Strategy::default();
    let finished = run_once(&data, &strategy, folder.path())?;
    let product = measure(&finished.path, &truth, Unlisted::Honest)?;
    let links = links(&data, &strategy)?;
    let mut plain = Vec::new();
    for groups in baselines::all(&links) {
        let out = tempfile::tempdir_in(folder.path())?;
        baselines::write(&groups, &links, out.path())?;
        plain.push(measure(out.path(), &truth, Unlisted::Honest)?);
    }
    Ok(Measured {
        product,
        baselines: plain,
        linked: linked(&links, &read_rings(&truth)?),
    })
}

/// Of the merchants in rings, the share that has a value or a tie in common with another of its ring.
fn linked(links: &Links, rings: &Truth) -> Option<f64> {
    let ids = &links.merchants.id;
    let ring_of: Vec<Option<&str>> = ids
        .iter()
        .map(|id| rings.get(id).map(String::as_str))
        .collect();
    let mut found = vec![false; ring_of.len()];
    let mut meet = |a: usize, b: usize| {
        if a != b && ring_of[a].is_some() && ring_of[a] == ring_of[b] {
            found[a] = true;
            found[b] = true;
        }
    };
    for users in links.links.chunk_by(|a, b| a.entity == b.entity) {
        let mut first: BTreeMap<&str, usize> = BTreeMap::new();
        for merchant in users.iter().map(|link| link.merchant.index()) {
            if let Some(ring) = ring_of[merchant] {
                meet(*first.entry(ring).or_insert(merchant), merchant);
            }
        }
    }
    for tie in &links.relations {
        meet(tie.a.index(), tie.b.index());
    }
    let all = rings.len();
    let met = found.iter().filter(|found| **found).count();
    (all > 0).then(|| real(met) / real(all))
}

fn real(count: usize) -> f64 {
    f64::from(u32::try_from(count).expect("fewer than 2^32"))
}

/// A figure of ringfence next to the baselines'.
fn compared(worlds: &Worlds, name: &'static str, with_limits: bool) -> String {
    let mut header = vec!["world", "ringfence"];
    if with_limits {
        header.extend(["ceiling", "linked"]);
    }
    header.extend(baselines::NAMES);
    let mut table = Table::new(&header);
    for (world, seeds) in worlds {
        let mut cells = vec![
            (*world).to_owned(),
            spread(seeds, |seed| figure(&seed.product, name)).cell(number),
        ];
        if with_limits {
            let ceiling = |seed: &Measured| figure(&seed.product, "ceiling_average_precision");
            cells.push(spread(seeds, ceiling).cell(number));
            cells.push(spread(seeds, |seed| seed.linked).cell(number));
        }
        for at in 0..baselines::NAMES.len() {
            let of = |seed: &Measured| figure(&seed.baselines[at], name);
            cells.push(number(spread(seeds, of).mean()));
        }
        table.row(&cells);
    }
    table.finish()
}

fn spread(seeds: &[Measured], of: impl Fn(&Measured) -> Option<f64>) -> Spread {
    let mut spread = Spread::default();
    for seed in seeds {
        spread.add(of(seed));
    }
    spread
}

/// The columns of the table of decisions: heading, figure, whether it is a share to show in percent.
const DECISIONS: [(&str, &str, bool); 8] = [
    ("fraud in enforce", "enforce_precision", true),
    ("honest merchants in enforce", "honest_in_enforce", true),
    ("fraud that is in enforce", "enforce_recall", true),
    ("... enforce or review", "enforce_review_recall", true),
    ("queue per ring", "queue_per_ring", false),
    ("ECE, clustered merchants", "merchant_ece", false),
    ("ECE, clusters", "cluster_ece", false),
    ("Brier, clusters", "cluster_brier", false),
];

fn decisions(worlds: &Worlds) -> String {
    let mut header = vec!["world"];
    header.extend(DECISIONS.map(|(heading, _, _)| heading));
    let mut table = Table::new(&header);
    for (world, seeds) in worlds {
        let mut cells = vec![(*world).to_owned()];
        for (_, name, in_percent) in DECISIONS {
            let spread = spread(seeds, |seed| figure(&seed.product, name));
            cells.push(spread.cell(if in_percent { percent } else { number }));
        }
        table.row(&cells);
    }
    table.finish()
}

fn typologies(worlds: &Worlds) -> String {
    // Typology to (recovered, rings) in each world.
    let mut rows: BTreeMap<&str, Vec<(f64, u32)>> = BTreeMap::new();
    for (at, (_, seeds)) in worlds.iter().enumerate() {
        for typology in seeds.iter().flat_map(|seed| &seed.product.typologies) {
            let row = rows.entry(&typology.typology);
            let cell = &mut row.or_insert_with(|| vec![(0.0, 0); worlds.len()])[at];
            cell.0 += typology.recovered.value.unwrap_or(0.0) * f64::from(typology.rings);
            cell.1 += typology.rings;
        }
    }
    let mut table = Table::new(&heading("typology", worlds));
    for (typology, cells) in rows {
        let cell = |(recovered, rings): &(f64, u32)| match rings {
            0 => "-".to_owned(),
            rings => format!("{:.2} ({rings})", recovered / f64::from(*rings)),
        };
        let mut row = vec![typology.to_owned()];
        row.extend(cells.iter().map(cell));
        table.row(&row);
    }
    table.finish()
}

fn harm(worlds: &Worlds) -> String {
    // Kind to (merchants, enforced, reviewed, groups on top) in each world.
    let mut rows: BTreeMap<&str, Vec<(f64, f64, f64, u32)>> = BTreeMap::new();
    for (at, (_, seeds)) in worlds.iter().enumerate() {
        for harm in seeds.iter().flat_map(|seed| &seed.product.harm) {
            let row = rows.entry(&harm.kind);
            let cell = &mut row.or_insert_with(|| vec![(0.0, 0.0, 0.0, 0); worlds.len()])[at];
            let merchants = f64::from(harm.merchants);
            cell.0 += merchants;
            cell.1 += harm.enforce * merchants;
            cell.2 += harm.review * merchants;
            cell.3 += harm.groups_in_top;
        }
    }
    let mut table = Table::new(&heading("kind", worlds));
    for (kind, cells) in rows {
        let mut row = vec![kind.to_owned()];
        row.extend(cells.iter().map(|(merchants, enforced, reviewed, top)| {
            if *merchants == 0.0 {
                return "-".to_owned();
            }
            let share = |part: &f64| percent(Some(part / merchants));
            format!("{} / {} / {top}", share(enforced), share(reviewed))
        }));
        table.row(&row);
    }
    table.finish()
}

fn heading(first: &'static str, worlds: &Worlds) -> Vec<&'static str> {
    let names = worlds.iter().map(|(name, _)| *name);
    std::iter::once(first).chain(names).collect()
}
