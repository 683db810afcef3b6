//! The series world: a run a day, each compared with the day before.

use std::ops::Range;
use std::path::{Path, PathBuf};

use anyhow::Result;
use ringfence::evaluate::{Options, SeriesEvaluation, evaluate_series};
use ringfence::simulate::World;
use ringfence::strategy::Strategy;

use crate::document::{Spread, Table, percent};
use crate::engine::{make_market, run};
use crate::say;

/// Measures id stability and lineage.
pub(crate) fn section(seeds: Range<u64>, merchants: u32, work: &Path) -> Result<String> {
    let mut table = Table::new(&[
        "seed",
        "ids kept",
        "of rings found before and after",
        "of rings that go on",
        "lineage events right",
        "of events judged",
        "right, rings found closely",
        "ids reused",
        "runs held",
    ]);
    let mut means = [(); 3].map(|()| Spread::default());
    let mut all = Vec::new();
    for seed in seeds {
        say(&format!("series, seed {seed}"));
        let (found, held) = series(seed, merchants, work)?;
        let judged: u32 = found.events.iter().map(|event| event.judged).sum();
        for (mean, figure) in means.iter_mut().zip(&found.figures) {
            mean.add(figure.value);
        }
        table.row(&[
            seed.to_string(),
            percent(found.figures[0].value),
            found.survivals_found.to_string(),
            found.survivals.to_string(),
            percent(found.figures[1].value),
            judged.to_string(),
            percent(found.figures[2].value),
            found.reused_ids.to_string(),
            held.to_string(),
        ]);
        all.push(found);
    }
    let [kept, right, right_close] = means.map(|mean| percent(mean.mean()));
    Ok(format!(
        "{merchants} merchants, ten days. {ABOUT} Mean over the seeds: {kept} of ids kept, {right} of events right, \
         {right_close} where the rings are found closely.\n\n{}### By event, over all seeds\n\n{}",
        table.finish(),
        by_event(&all),
    ))
}

const ABOUT: &str = "\
Rings are born, grow, merge, split and vanish; each day's run is compared with the day before. A ring is found by the cluster that \
overlaps it by a Jaccard index of at least one half; only what is found can be followed. *Ids kept*: of the rings that go on (more \
than half of them, by Jaccard index) and are found before and after. *Lineage right*: `lineage.csv` says of the ring's cluster what \
truly became of the ring; where the cluster holds others beside the ring, what becomes of it is rightly another story, so the \
share is given for rings found closely (0.8) too.";

fn series(seed: u64, merchants: u32, work: &Path) -> Result<(SeriesEvaluation, usize)> {
    let folder = tempfile::tempdir_in(work)?;
    let data = folder.path().join("data");
    make_market(World::Series, merchants, seed, &data)?;
    let mut days: Vec<PathBuf> = std::fs::read_dir(&data)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()?;
    days.sort();
    let strategy = Strategy::default();
    let runs = folder.path().join("runs");
    let mut chain: Vec<(PathBuf, PathBuf)> = Vec::new();
    let mut held = 0;
    for day in days {
        let previous = chain.last().map(|(run, _)| run.as_path());
        let finished = run(&day, &runs, &strategy, previous, None)?;
        held += usize::from(!finished.manifest.held_by.is_empty());
        chain.push((finished.path, day.join("truth.csv")));
    }
    let options = Options {
        replicates: 0,
        ..Options::default()
    };
    Ok((evaluate_series(&chain, &options)?, held))
}

fn by_event(all: &[SeriesEvaluation]) -> String {
    let mut table = Table::new(&["event", "happened", "judged", "right", "share"]);
    let names = [
        "born",
        "continued",
        "grown",
        "shrunk",
        "merged",
        "split",
        "dissolved",
    ];
    for name in names {
        let (mut happened, mut judged, mut right) = (0, 0, 0);
        let events = all.iter().flat_map(|one| &one.events);
        for event in events.filter(|event| event.event == name) {
            happened += event.happened;
            judged += event.judged;
            right += event.right;
        }
        let share = (judged > 0).then(|| f64::from(right) / f64::from(judged));
        table.row(&[
            name.to_owned(),
            happened.to_string(),
            judged.to_string(),
            right.to_string(),
            percent(share),
        ]);
    }
    table.finish()
}
