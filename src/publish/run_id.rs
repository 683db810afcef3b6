//! The name of a run: what went into it, and nothing else.

use crate::model::Timestamp;
use crate::run::{Manifest, ManifestInput};

/// The run id: the as-of date, a hyphen, and 48 bits of a hash over as-of time, inputs (paths and
/// content, in any order; of one that rows were left out of, as not known yet, also how many were taken),
/// strategy, version and previous run, in hexadecimal.
///
/// ```
/// use ringfence::{model::Timestamp, publish::run_id};
/// let as_of = Timestamp::parse("2026-11-22")?;
/// let id = run_id(as_of, &[], "strategy hash", "0.1.0", None);
/// assert!(id.starts_with("2026-11-22-") && id.len() == 23);
/// # Ok::<(), ringfence::model::ParseTimeError>(())
/// ```
pub fn run_id(
    as_of: Timestamp,
    inputs: &[ManifestInput],
    strategy_hash: &str,
    version: &str,
    previous_run_id: Option<&str>,
) -> String {
    let mut files: Vec<(&str, &str, Option<u64>)> = inputs
        .iter()
        .map(|input| (input.path.as_str(), input.blake3.as_str(), taken(input)))
        .collect();
    files.sort_unstable();
    let mut hasher = blake3::Hasher::new_derive_key("ringfence 2026 run id");
    // Each part is preceded by its length, so that no two lists of parts spell the same bytes.
    let mut add = |part: &str| {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part.as_bytes());
    };
    add(&as_of.to_string());
    add(strategy_hash);
    add(version);
    add(previous_run_id.unwrap_or(""));
    for (path, blake3, taken) in files {
        add(path);
        add(blake3);
        if let Some(taken) = taken {
            add(&taken.to_string());
        }
    }
    let hash = hasher.finalize().to_hex();
    format!("{}-{}", as_of.date_text(), &hash[..12])
}

/// The rows taken of an input that not all were taken of: a verdict of after the as-of day counts unless the
/// day was named, so that the day alone does not tell what went into the run.
fn taken(input: &ManifestInput) -> Option<u64> {
    (input.accepted + input.rejected < input.rows).then_some(input.accepted)
}

/// Whether a run over these ingredients would be `latest` all over again: its own previous run is
/// taken for the previous one, for with `latest` itself as the previous run no two runs are the same.
pub fn is_same_run(
    latest: &Manifest,
    as_of: Timestamp,
    inputs: &[ManifestInput],
    strategy_hash: &str,
    version: &str,
) -> bool {
    let previous = latest.previous_run_id.as_deref();
    latest.run_id == run_id(as_of, inputs, strategy_hash, version, previous)
}

#[cfg(test)]
mod tests {
    use super::{is_same_run, run_id};
    use crate::model::Timestamp;
    use crate::run::{Manifest, ManifestInput};

    fn input(path: &str, blake3: &str) -> ManifestInput {
        ManifestInput {
            path: path.to_owned(),
            table: "devices".to_owned(),
            bytes: 1,
            blake3: blake3.to_owned(),
            rows: 1,
            accepted: 1,
            rejected: 0,
            columns: Vec::new(),
        }
    }

    #[test]
    fn a_run_is_the_same_over_the_same_ingredients_and_its_own_previous_run() {
        let day = Timestamp::parse("2026-11-22").unwrap();
        let inputs = [input("a", "1")];
        let mut latest = manifest(&run_id(day, &inputs, "s", "1", Some("before")));
        latest.previous_run_id = Some("before".to_owned());
        assert!(is_same_run(&latest, day, &inputs, "s", "1"));
        assert!(!is_same_run(&latest, day, &inputs, "t", "1"));
        latest.previous_run_id = None;
        assert!(!is_same_run(&latest, day, &inputs, "s", "1"));
    }

    #[test]
    fn rows_left_out_make_another_run_of_the_same_day() {
        let day = Timestamp::parse("2026-11-22").unwrap();
        let whole = input("labels.csv", "1");
        let mut part = whole.clone();
        part.accepted = 0;
        let id = |input: &ManifestInput| run_id(day, std::slice::from_ref(input), "s", "1", None);
        assert_ne!(id(&whole), id(&part));
        part.rejected = 1;
        assert_eq!(id(&whole), id(&part), "bad rows are bad on every day");
    }

    fn manifest(run_id: &str) -> Manifest {
        let json = format!(
            r#"{{"format_version": 1, "run_id": "{run_id}", "status": "published",
                "tool_version": "1", "strategy_hash": "s", "as_of": "2026-11-22"}}"#
        );
        serde_json::from_str(&json).unwrap()
    }

    #[test]
    fn every_ingredient_counts_and_the_order_of_files_does_not() {
        let day = Timestamp::parse("2026-11-22").unwrap();
        let (a, b) = (input("a", "1"), input("b", "2"));
        let base = run_id(day, &[a.clone(), b.clone()], "s", "1", None);
        assert_eq!(run_id(day, &[b.clone(), a.clone()], "s", "1", None), base);
        let others = [
            run_id(
                Timestamp::parse("2026-11-23").unwrap(),
                &[a.clone(), b.clone()],
                "s",
                "1",
                None,
            ),
            run_id(day, std::slice::from_ref(&a), "s", "1", None),
            run_id(day, &[a.clone(), input("b", "3")], "s", "1", None),
            run_id(day, &[a.clone(), input("c", "2")], "s", "1", None),
            run_id(day, &[a.clone(), b.clone()], "t", "1", None),
            run_id(day, &[a.clone(), b.clone()], "s", "2", None),
            run_id(day, &[a, b], "s", "1", Some("2026-11-21-000000000000")),
        ];
        for other in others {
            assert_ne!(other, base);
        }
    }
}
