//! Figures of `evaluate` against ones worked out by hand.

use std::fmt::Write as _;
use std::fs;
use std::io::Write;
use std::path::Path;

use ringfence::evaluate::{
    Evaluation, Interval, Method, Options, Unlisted, evaluate, evaluate_series, html, json,
    series_html, series_table, table,
};

const CLUSTERS: &str = "rank,cluster_id,score,action,size\n\
    2,c2,0.6,review,2\n\
    1,c1,0.9,enforce,3\n\
    3,c3,0.2,monitor,2\n";

// c1 holds the ring but for one and an honest owner; c2 is a mall; c3 is half of a second ring.
const MEMBERS: &str = "extra,merchant_id,cluster_id,membership,role,action\n\
    x,a1,c1,1,core,enforce\n\
    x,a2,c1,1,core,enforce\n\
    x,h1,c1,0.5,fringe,review\n\
    x,h2,c2,1,core,review\n\
    x,h3,c2,1,core,enforce\n\
    x,b1,c3,1,core,monitor\n\
    x,h4,c3,1,core,monitor\n";

const TRUTH: &str = "merchant_id,ring_id,typology,benign_group,benign_kind\n\
    a1,A,farm,,\na2,A,farm,,\na3,A,farm,,\n\
    b1,B,relay,,\nb2,B,relay,,\nb3,B,relay,,\n\
    h1,,,g1,owner\nh2,,,g2,mall\nh3,,,g2,mall\nh4,,,,\nh5,,,,\n";

fn run_on(truth: &str, options: &Options) -> Evaluation {
    let folder = tempfile::tempdir().expect("the test's own files");
    let run = folder.path();
    fs::write(run.join("clusters.csv"), CLUSTERS).expect("the test's own files");
    fs::write(run.join("members.csv"), MEMBERS).expect("the test's own files");
    fs::write(run.join("truth.csv"), truth).expect("the test's own files");
    evaluate(run, &run.join("truth.csv"), options).expect("the test's own files")
}

fn value(evaluation: &Evaluation, name: &str) -> Option<f64> {
    let figure = evaluation.figures.iter().find(|figure| figure.name == name);
    figure.unwrap_or_else(|| panic!("no figure {name}")).value
}

#[track_caller]
fn check(evaluation: &Evaluation, name: &str, expected: f64) {
    let found = value(evaluation, name).unwrap_or(f64::NAN);
    assert!(
        (found - expected).abs() < 1e-9,
        "{name}: {found}, not {expected}"
    );
}

#[test]
fn figures_agree_with_the_hand_computed() {
    let found = run_on(TRUTH, &Options::default());
    assert_eq!(
        (found.merchants, found.fraud_merchants, found.rings),
        (11, 6, 2)
    );
    // Ranks: a1 a2 (0.9) | h2 h3 (0.6) | h1 (0.45) | b1 h4 (0.2) | a3 b2 b3 h5 unclustered.
    let tail: f64 = (0..4)
        .map(|i| 0.75 * (4.0 + f64::from(i) * 2.0 / 3.0) / (8.0 + f64::from(i)))
        .sum();
    let precision = (2.0 + 0.5 * (3.0 / 6.0 + 3.0 / 7.0) + tail) / 6.0;
    check(&found, "merchant_average_precision", precision);
    // The best cut is everything: 6 of 11, recall 1.
    check(&found, "best_f1", 12.0 / 17.0);
    check(&found, "enforce_precision", 2.0 / 3.0);
    check(&found, "enforce_recall", 2.0 / 6.0);
    check(&found, "enforce_review_recall", 2.0 / 6.0);
    check(&found, "honest_in_enforce", 1.0 / 5.0);
    check(&found, "clustered_precision", 3.0 / 7.0);
    // c1 is right, c2 is not; c3 is, by half.
    check(&found, "precision_at_r", 0.5);
    check(&found, "precision_at_20", 2.0 / 3.0);
    check(&found, "cluster_brier", (0.01 + 0.36 + 0.64) / 3.0);
    check(&found, "cluster_ece", (0.1 + 0.6 + 0.8) / 3.0);
    // A: 2 of 4 in either; B: 1 of 4.
    check(&found, "ring_recovery", 0.5);
    // A: c1 holds 2 of its 3 and is 2 of 3 the ring; B: c3 is half the ring but holds 1 of 3.
    check(&found, "ring_found", 0.5);
    check(&found, "enforce_review_precision", 2.0 / 5.0);
    check(&found, "queue_per_ring", 1.0);
    let by_name: Vec<(&str, Option<f64>)> = found
        .typologies
        .iter()
        .map(|t| (t.typology.as_str(), t.recovered.value))
        .collect();
    assert_eq!(by_name, [("farm", Some(1.0)), ("relay", Some(0.0))]);
}

#[test]
fn harm_is_told_by_kind() {
    let harm = run_on(TRUTH, &Options::default()).harm;
    let kinds: Vec<&str> = harm.iter().map(|kind| kind.kind.as_str()).collect();
    assert_eq!(kinds, ["mall", "owner"]);
    assert_eq!(
        (harm[0].groups, harm[0].merchants, harm[0].groups_in_top),
        (1, 2, 1)
    );
    assert!((harm[0].enforce - 0.5).abs() < 1e-9 && (harm[0].review - 0.5).abs() < 1e-9);
    assert_eq!((harm[1].merchants, harm[1].groups_in_top), (1, 0));
}

#[test]
fn simple_truth_takes_the_unlisted_as_it_is_told() {
    let truth = "merchant_id,ring_id\na1,A\na2,A\na3,A\nb1,B\n";
    let honest = run_on(truth, &Options::default());
    assert_eq!(honest.merchants, 8);
    check(&honest, "clustered_precision", 3.0 / 7.0);
    let options = Options {
        unlisted: Unlisted::Unknown,
        ..Options::default()
    };
    let unknown = run_on(truth, &options);
    assert_eq!((unknown.merchants, unknown.clusters), (4, 2));
    check(&unknown, "clustered_precision", 1.0);
}

#[test]
fn weak_label_measures_precision_without_rings() {
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path();
    fs::write(run.join("clusters.csv"), CLUSTERS).unwrap();
    fs::write(run.join("members.csv"), MEMBERS).unwrap();
    let packed = fs::File::create(run.join("weak.csv.gz")).unwrap();
    let mut packed = flate2::write::GzEncoder::new(packed, flate2::Compression::default());
    packed
        .write_all(b"merchant_id,eliminated\na1,1\na2,0\nh1,1\nh2,0\nh3,0\nb1,0\nh4,0\nz,1\n")
        .unwrap();
    packed.finish().unwrap();
    let found = evaluate(run, &run.join("weak.csv.gz"), &Options::default()).unwrap();
    assert_eq!((found.rings, found.fraud_merchants), (0, 3));
    check(&found, "clustered_precision", 2.0 / 7.0);
    assert_eq!(value(&found, "precision_at_r"), None);
    assert_eq!(value(&found, "ring_recovery"), None);
}

#[test]
fn intervals_hold_their_figure_and_never_change() {
    let found = run_on(TRUTH, &Options::default());
    for figure in &found.figures {
        if let (Some(value), Some(low), Some(high)) = (figure.value, figure.low, figure.high) {
            assert!(low <= value && value <= high, "{}", figure.name);
        }
    }
    assert_eq!(found, run_on(TRUTH, &Options::default()));
}

#[track_caller]
fn check_inside(interval: Option<Interval>, value: f64, method: Method) {
    let interval = interval.expect("an interval");
    assert!(
        interval.low <= value && value <= interval.high && interval.low < interval.high,
        "{value}: {interval:?}"
    );
    assert_eq!(interval.method, method, "{value}: {interval:?}");
}

#[test]
fn what_the_tables_say_has_intervals_too() {
    // Six malls, of which h1's and the one of h2 and h3 suffer.
    let truth = TRUTH.replace("g1,owner", "g1,mall").replace(
        "h4,,,,\n",
        "h4,,,g3,mall\ni1,,,g4,mall\ni2,,,g5,mall\ni3,,,g6,mall\n",
    );
    let found = run_on(&truth, &Options::default());
    let mall = &found.harm[0];
    assert_eq!((mall.groups, mall.merchants), (6, 7));
    check_inside(mall.enforce_interval, 1.0 / 7.0, Method::Bootstrap);
    check_inside(mall.review_interval, 2.0 / 7.0, Method::Bootstrap);
    check_inside(mall.groups_in_top_interval, 1.0, Method::Bootstrap);
    // An owner of whom nothing happened: of one group little can be said.
    let owner = &run_on(TRUTH, &Options::default()).harm[1];
    check_inside(owner.enforce_interval, 0.0, Method::Wilson);
    assert!(owner.enforce_interval.expect("an interval").high > 0.7);
    for bin in (found.merchant_reliability.iter()).chain(&found.cluster_reliability) {
        assert_eq!(bin.interval.is_some(), bin.count > 0);
        if let Some(interval) = bin.interval {
            check_inside(bin.interval, bin.observed, interval.method);
        }
    }
    // No share is told without a width, 0 and 1 included.
    for name in ["clustered_precision", "precision_at_20", "ring_recovery"] {
        let figure = found.figures.iter().find(|figure| figure.name == name);
        let figure = figure.expect("a figure");
        assert!(figure.low < figure.high, "{figure:?}");
    }
    let relay = &found.typologies[1].recovered;
    assert_eq!(
        (relay.value, relay.method),
        (Some(0.0), Some(Method::Wilson))
    );
    for text in [table(&found), html(&found)] {
        assert!(text.contains("(Wilson)") && text.contains("stands in and is marked"));
        assert!(text.contains("(clustered merchants)"), "{text}");
    }
    let parsed: serde_json::Value = serde_json::from_str(&json(&found)).unwrap();
    assert_eq!(parsed["harm"][0]["enforce_interval"]["method"], "bootstrap");
    assert_eq!(
        parsed["cluster_reliability"][2]["interval"]["method"],
        "wilson"
    );
    let none = Options {
        replicates: 0,
        ..Options::default()
    };
    assert_eq!(run_on(TRUTH, &none).harm[0].enforce_interval, None);
}

#[test]
fn a_printed_figure_lies_in_its_printed_interval() {
    let mut truth = TRUTH.to_owned();
    for merchant in 0..12_000 {
        writeln!(truth, "z{merchant},,,,").expect("a string takes all");
    }
    let options = Options {
        replicates: 40,
        ..Options::default()
    };
    let table = table(&run_on(&truth, &options));
    let row = table
        .lines()
        .find(|line| line.contains("honest_in_enforce"));
    let words: Vec<&str> = row.expect("a row").split_whitespace().collect();
    let [value, low, high] =
        [words[1], words[2], words[4]].map(|word| word.parse::<f64>().unwrap());
    assert!(value > 0.0 && low <= value && value <= high, "{words:?}");
}

#[test]
fn errors_name_file_line_and_column() {
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path();
    let message = |truth: &Path| {
        let error = evaluate(run, truth, &Options::default()).unwrap_err();
        error.to_string()
    };
    let truth = run.join("truth.csv");
    fs::write(&truth, "merchant,ring\n").unwrap();
    assert!(message(&truth).contains("`merchant_id`"));
    fs::write(&truth, TRUTH).unwrap();
    assert!(message(&truth).contains("clusters.csv"));
    fs::write(run.join("clusters.csv"), CLUSTERS).unwrap();
    fs::write(
        run.join("members.csv"),
        MEMBERS.replace("0.5,fringe", "half,fringe"),
    )
    .unwrap();
    let bad = message(&truth);
    assert!(
        bad.contains("line 4") && bad.contains("`membership`") && !bad.contains("half"),
        "{bad}"
    );
}

#[test]
fn every_format_tells_every_figure() {
    let found = run_on(TRUTH, &Options::default());
    for text in [json(&found), table(&found), html(&found)] {
        for figure in &found.figures {
            assert!(text.contains(figure.name), "{}", figure.name);
        }
    }
    let parsed: serde_json::Value = serde_json::from_str(&json(&found)).unwrap();
    assert_eq!(parsed["figures"][0]["name"], "merchant_average_precision");
    assert!(!html(&found).contains("http"));
}

/// A day of a series: clusters as (id, members), lineage rows, rings as (id, members).
type SeriesDay<'a> = (&'a [(&'a str, &'a str)], &'a str, &'a [(&'a str, &'a str)]);

fn write_day(folder: &Path, (clusters, lineage, rings): &SeriesDay) {
    let mut cluster_rows = String::from("cluster_id,rank,score,action\n");
    let mut member_rows = String::from("cluster_id,merchant_id,membership,action\n");
    for (rank, (cluster, members)) in (1..).zip(clusters.iter()) {
        writeln!(cluster_rows, "{cluster},{rank},0.5,review").expect("a string takes all");
        for member in members.split(' ') {
            writeln!(member_rows, "{cluster},{member},1,review").expect("a string takes all");
        }
    }
    let mut truth_rows = String::from("merchant_id,ring_id\n");
    for (ring, members) in *rings {
        for member in members.split(' ') {
            writeln!(truth_rows, "{member},{ring}").expect("a string takes all");
        }
    }
    fs::create_dir(folder).expect("the test's own files");
    let lineage = format!("cluster_id,previous_cluster_id,event,overlap\n{lineage}");
    for (file, text) in [
        ("clusters.csv", cluster_rows),
        ("members.csv", member_rows),
        ("lineage.csv", lineage),
        ("truth.csv", truth_rows),
    ] {
        fs::write(folder.join(file), text).expect("the test's own files");
    }
}

const DAYS: [SeriesDay; 3] = [
    (
        &[
            ("x1", "a1 a2 a3 a4"),
            ("x2", "b1 b2"),
            ("x3", "c1 c2 c3 c4"),
            ("x4", "m1 m2"),
            ("x6", "n1 n2 n3"),
        ],
        "x1,,born,0\n",
        &[
            ("A", "a1 a2 a3 a4"),
            ("B", "b1 b2"),
            ("C", "c1 c2 c3 c4"),
            ("M", "m1 m2"),
            ("N", "n1 n2 n3"),
        ],
    ),
    (
        &[
            ("x1", "a1 a2 a3 a4 a5"),
            ("x3", "c1 c2"),
            ("x5", "c3 c4"),
            ("x6", "n1 n2 n3 m1 m2"),
            ("x7", "e1 e2"),
        ],
        "x1,x1,grown,0.8\n,x2,dissolved,0\nx3,x3,shrunk,0.5\nx5,x3,split,0.5\nx6,x6,grown,0.6\nx6,x4,merged,0.4\nx7,,born,0\n",
        &[
            ("A", "a1 a2 a3 a4 a5"),
            ("C", "c1 c2"),
            ("D", "c3 c4"),
            ("N", "n1 n2 n3 m1 m2"),
            ("E", "e1 e2"),
        ],
    ),
    // A is given another id, and E the one that B had.
    (
        &[
            ("x8", "a1 a2 a3 a4 a5"),
            ("x3", "c1 c2"),
            ("x5", "c3 c4"),
            ("x6", "n1 n2 n3 m1 m2"),
            ("x2", "e1 e2"),
        ],
        "x8,,born,0\nx3,x3,continued,1\nx5,x5,continued,1\nx6,x6,continued,1\nx2,x7,merged,1\n,x1,dissolved,0\n",
        &[
            ("A", "a1 a2 a3 a4 a5"),
            ("C", "c1 c2"),
            ("D", "c3 c4"),
            ("N", "n1 n2 n3 m1 m2"),
            ("E", "e1 e2"),
        ],
    ),
];

#[test]
fn series_tells_kept_ids_and_right_lineage() {
    let folder = tempfile::tempdir().expect("the test's own files");
    let mut chain = Vec::new();
    for (number, day) in DAYS.iter().enumerate() {
        let path = folder.path().join(number.to_string());
        write_day(&path, day);
        chain.push((path.clone(), path.join("truth.csv")));
    }
    let found = evaluate_series(&chain, &Options::default()).expect("the test's own files");
    assert_eq!((found.days, found.rings, found.reused_ids), (3, 7, 1));
    // A and N the first night; A, C, D, N, E the second. C is halved: no id is more right than the other.
    assert_eq!((found.survivals, found.survivals_found), (7, 7));
    let figures: Vec<f64> = found.figures.iter().filter_map(|f| f.value).collect();
    assert!((figures[0] - 5.0 / 7.0).abs() < 1e-9, "{figures:?}");
    // All five the first night; three of five the second.
    assert!((figures[1] - 8.0 / 10.0).abs() < 1e-9, "{figures:?}");
    let events: Vec<(&str, u32, u32)> = found
        .events
        .iter()
        .map(|event| (event.event, event.happened, event.right))
        .collect();
    assert_eq!(
        events,
        [
            ("born", 1, 1),
            ("continued", 5, 3),
            ("dissolved", 1, 1),
            ("grown", 1, 1),
            ("merged", 1, 1),
            ("split", 1, 1)
        ]
    );
    assert!(series_table(&found).contains("1 ids reused"));
    for event in &found.events {
        let share = f64::from(event.right) / f64::from(event.judged);
        assert_eq!(event.right_share, Some(share));
        let method = if event.right == event.judged {
            Method::Wilson
        } else {
            Method::Bootstrap
        };
        check_inside(event.interval, share, method);
    }
    let page = series_html(&found);
    assert!(page.contains("<th scope=\"col\">Share</th>") && page.contains("(Wilson)"));
}

#[test]
fn ceiling_ranks_clusters_by_their_true_share_of_fraud() {
    let found = run_on(TRUTH, &Options::default());
    // c1: 2 of 3, c3: 1 of 2, c2: none, then a3 b2 b3 h5 unclustered.
    let first = 2.0 / 3.0 * (1.0 + 3.0 / 4.0 + 2.0 / 3.0);
    let second = 0.5 * (3.0 / 4.0 + 3.0 / 5.0);
    let tail: f64 = (0..4)
        .map(|i| 0.75 * (4.0 + f64::from(i) * 2.0 / 3.0) / (8.0 + f64::from(i)))
        .sum();
    check(
        &found,
        "ceiling_average_precision",
        (first + second + tail) / 6.0,
    );
}

/// The error of a truth in a file of this name.
fn refusal(name: &str, truth: &[u8]) -> String {
    let folder = tempfile::tempdir().expect("the test's own files");
    let run = folder.path();
    fs::write(run.join("clusters.csv"), CLUSTERS).expect("the test's own files");
    fs::write(run.join("members.csv"), MEMBERS).expect("the test's own files");
    fs::write(run.join(name), truth).expect("the test's own files");
    let refused = evaluate(run, &run.join(name), &Options::default());
    let error = anyhow::Error::from(refused.expect_err(name));
    format!("{error:#}")
}

#[test]
fn a_truth_is_read_as_zstandard_too_and_not_as_parquet() {
    let folder = tempfile::tempdir().expect("the test's own files");
    let run = folder.path();
    fs::write(run.join("clusters.csv"), CLUSTERS).expect("the test's own files");
    fs::write(run.join("members.csv"), MEMBERS).expect("the test's own files");
    let packed = zstd::encode_all(TRUTH.as_bytes(), 1).expect("it packs");
    fs::write(run.join("truth.csv.zst"), &packed).expect("the test's own files");
    let found = evaluate(run, &run.join("truth.csv.zst"), &Options::default());
    let plain = run_on(TRUTH, &Options::default());
    assert_eq!(found.expect("it is read"), plain);
    let error = refusal("truth.parquet", b"PAR1");
    assert!(
        error.contains("expected .csv, .csv.gz or .csv.zst"),
        "{error}"
    );
    let error = refusal("truth.csv.zst", &packed[..packed.len() - 3]);
    assert!(error.contains("truth.csv.zst"), "{error}");
}

#[test]
fn a_truth_that_says_two_things_of_a_merchant_is_refused() {
    let check = |rows: &str, expected: &str| {
        let error = refusal("truth.csv", format!("{TRUTH}{rows}").as_bytes());
        assert!(
            error.contains("truth.csv line 13: ") && error.contains(expected),
            "{error}"
        );
    };
    check(",A,,,\n", "`merchant_id` is empty");
    check("  ,,,,\n", "`merchant_id` is empty");
    check("h1,A,,,\n", "merchant `h1` stands in an earlier row");
    check("a1,,,,\n", "merchant `a1` stands in an earlier row");
    // The same once more is no other truth.
    let again = format!("{TRUTH}a1,A,farm,,\n");
    assert_eq!(
        run_on(&again, &Options::default()),
        run_on(TRUTH, &Options::default())
    );
}

#[test]
fn a_flag_is_read_as_people_and_programs_write_it() {
    let of = |yes: &str, no: &str| {
        let truth = format!("merchant_id,eliminated\na1,{yes}\na2,{no}\nb1,{yes}\nh1,{no}\n");
        run_on(&truth, &Options::default()).fraud_merchants
    };
    for (yes, no) in [
        ("True", "False"),
        ("TRUE", "FALSE"),
        ("1.0", "0.0"),
        ("yes", "No"),
        ("t", "f"),
        ("Y", "n"),
        ("1", "0"),
    ] {
        assert_eq!(of(yes, no), 2, "{yes} {no}");
    }
    let error = refusal(
        "truth.csv",
        b"merchant_id,eliminated\na1,True\na2,maybe\nb1,\n",
    );
    assert!(
        error.contains("truth.csv line 3: expected true or false")
            && error.contains("`eliminated`, found `maybe`"),
        "{error}"
    );
    let error = refusal("truth.csv", b"merchant_id,eliminated\na1,True\nb1,\n");
    assert!(
        error.contains("line 3") && error.contains("found nothing"),
        "{error}"
    );
    // Beside rings a flag may say nothing.
    let truth = "merchant_id,ring_id,eliminated\na1,A,\na2,A,False\nh1,,True\nh2,,\n";
    assert_eq!(run_on(truth, &Options::default()).fraud_merchants, 3);
}

#[test]
fn a_truth_without_its_rings_is_refused_and_what_is_likely_meant_is_named() {
    let check = |header: &str, expected: &str| {
        let truth = format!("{header}\na1,A,g\na2,A,g\nh1,,g\n");
        let error = refusal("truth.csv", truth.as_bytes());
        assert!(error.contains(expected), "{header}: {error}");
    };
    check(
        "merchant_id,Ring_ID,benign_group",
        "truth.csv has no column `ring_id`; is `Ring_ID` meant?",
    );
    check(
        "merchant_id,ring,typology",
        "truth.csv has no column `ring_id`; is `ring` meant?",
    );
    check(
        "Merchant_ID,ring_id,typology",
        "truth.csv has no column `merchant_id`; is `Merchant_ID` meant?",
    );
    check(
        "merchant_id,x,benign_group",
        "truth.csv has no column `ring_id`; a truth table has `merchant_id` and `ring_id`",
    );
    check(
        "merchant_id,ring_id,ring_id",
        "truth.csv has the column `ring_id` twice",
    );
    check(
        "merchant_id,ring_id,merchant_id",
        "truth.csv has the column `merchant_id` twice",
    );
}

#[test]
fn a_truth_of_other_merchants_is_refused() {
    let error = refusal("truth.csv", b"merchant_id,ring_id\nM1,A\nM2,\n");
    assert!(
        error.contains("truth.csv lists 2 merchants, and none of the 7 clustered ones")
            && error.contains("give the truth of the market"),
        "{error}"
    );
    let error = refusal("truth.csv", b"merchant_id,ring_id\n");
    assert!(error.contains("truth.csv lists no merchant"), "{error}");
    // A series is no looser.
    let folder = tempfile::tempdir().expect("the test's own files");
    let path = folder.path().join("day");
    write_day(&path, &DAYS[0]);
    let truth = path.join("truth.csv");
    fs::write(&truth, "merchant_id,ring_id\nM1,A\n").expect("the test's own files");
    let refused = evaluate_series(&[(path, truth)], &Options::default());
    let error = refused.expect_err("other merchants").to_string();
    assert!(error.contains("none of the 15 clustered ones"), "{error}");
}

#[test]
fn a_truth_that_lists_few_of_the_clustered_says_how_many() {
    let said = "the truth lists 2 of the 7 clustered merchants";
    let few = run_on("merchant_id,ring_id\na1,A\nb1,B\nz,\n", &Options::default());
    assert_eq!((few.clustered_in_truth, few.clustered_merchants), (2, 7));
    assert!(table(&few).contains(said) && html(&few).contains(said));
    let all = run_on(TRUTH, &Options::default());
    assert!(!table(&all).contains("the truth lists"));
}
