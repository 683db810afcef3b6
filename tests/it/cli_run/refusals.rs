//! What stops a run before anything is published: exit code 2, a message that helps, RUNS as it was.

use std::fs;

use super::Home;
use crate::command::{data, output, ringfence, succeed};

/// Publishes a run, spoils something, and runs again: refused, with nothing changed.
fn check(spoil: impl Fn(&Home) -> Vec<&'static str>, expected: &[&str]) {
    let home = Home::tiny();
    succeed(&mut home.run(&[]));
    let before = home.published();
    let arguments = spoil(&home);
    let (code, stdout, stderr) = output(&mut home.run(&arguments));
    assert_eq!(code, Some(2), "{stderr}");
    assert!(stdout.is_empty(), "{stdout}");
    for part in expected {
        assert!(stderr.contains(part), "{part:?} is not in: {stderr}");
    }
    assert!(!stderr.contains("panicked"), "{stderr}");
    assert_eq!(home.published(), before, "{stderr}");
}

#[test]
fn a_data_directory_that_is_not_there() {
    check(
        |home| {
            fs::rename(home.path().join("data"), home.path().join("moved")).unwrap();
            vec![]
        },
        &["error: data is no directory", "hint:", "merchants.csv"],
    );
}

#[test]
fn a_required_table_that_is_not_there() {
    let remove = |names: &'static [&'static str]| {
        move |home: &Home| {
            for name in names {
                fs::remove_file(home.input(name)).unwrap();
            }
            vec![]
        }
    };
    check(
        remove(&["merchants.csv"]),
        &["no table `merchants`", "merchants.csv.gz"],
    );
    check(
        remove(&[
            "devices.csv",
            "payouts.csv",
            "addresses.csv",
            "relations.csv",
        ]),
        &["no links in data", "devices", "relations"],
    );
}

#[test]
fn a_required_column_that_is_not_there() {
    for (table, header, column) in [
        ("merchants", "id,name\nM1,x\n", "merchant_id"),
        ("devices", "merchant_id,device\nM1,x\n", "device_id"),
        ("payouts", "merchant_id,iban\nM1,x\n", "account"),
        ("addresses", "merchant_id,street\nM1,x\n", "address"),
        (
            "relations",
            "merchant_id,other\nM1,x\n",
            "other_merchant_id",
        ),
        ("labels", "merchant_id,verdict\nM1,x\n", "label"),
        ("allowlist", "kind,reason\nmerchant,x\n", "value"),
    ] {
        let file = format!("{table}.csv");
        check(
            |home| {
                home.write(&file, header);
                vec![]
            },
            &[&file, &format!("expected a column `{column}`")],
        );
    }
}

#[test]
fn a_strategy_with_a_mistake() {
    for (text, expected) in [
        (
            "[action]\nenforec = 0.9\n",
            &["strategy.toml:2:1", "enforec", "`enforce`"][..],
        ),
        ("[acton]\n", &["strategy.toml:1", "acton", "`action`"]),
        (
            "[action]\nenforce = 2.0\n",
            &["strategy.toml:2", "action.enforce", "0 to 1"],
        ),
        (
            "[action]\nenforce = \"high\"\n",
            &["action.enforce", "number"],
        ),
        ("[action\n", &["strategy.toml:1", "not valid TOML"]),
        ("[[link]]\nname = \"phone\"\n", &["table"]),
    ] {
        check(
            |home| {
                home.strategy(text);
                vec!["--strategy", "strategy.toml"]
            },
            expected,
        );
    }
    check(
        |_| vec!["--strategy", "nowhere.toml"],
        &["nowhere.toml", "cannot read"],
    );
}

#[test]
fn more_bad_rows_than_the_strategy_allows() {
    let bad = |home: &Home| {
        home.append("devices.csv", &"M001,x,not a day,,\n".repeat(9));
        vec![]
    };
    check(
        bad,
        &[
            "max_reject_share",
            "devices.csv: 10 of 31 rows",
            "bad_time",
            "line 22",
        ],
    );
    let home = Home::tiny();
    bad(&home);
    home.strategy("[input]\nmax_reject_share = 0.2\n");
    succeed(&mut home.run(&["--strategy", "strategy.toml"]));
    assert_eq!(home.rows("rejects").len(), 10);
}

#[test]
fn a_file_that_is_damaged() {
    let gzip = |text: &str| {
        use std::io::Write;
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(text.as_bytes()).unwrap();
        encoder.finish().unwrap()
    };
    let devices = fs::read_to_string(data("tiny").join("devices.csv")).unwrap();
    let replace = |name: &'static str, bytes: Vec<u8>| {
        move |home: &Home| {
            fs::remove_file(home.input("devices.csv")).unwrap();
            home.write(name, &bytes);
            vec![]
        }
    };
    let whole = gzip(&devices);
    let cut = whole[..whole.len() / 2].to_vec();
    check(
        replace("devices.csv.gz", cut),
        &["devices.csv.gz", "undamaged"],
    );
    let mut wrong_sum = whole.clone();
    let last = wrong_sum.len() - 8;
    wrong_sum[last] ^= 1;
    check(
        replace("devices.csv.gz", wrong_sum),
        &["devices.csv.gz", "undamaged"],
    );
    let zstandard = zstd::encode_all(devices.as_bytes(), 1).unwrap();
    let cut = zstandard[..zstandard.len() - 5].to_vec();
    check(
        replace("devices.csv.zst", cut),
        &["devices.csv.zst", "undamaged"],
    );
    check(
        replace("devices.parquet", devices.clone().into_bytes()),
        &["devices.parquet", "no readable Parquet"],
    );
    check(
        replace("devices.csv", Vec::new()),
        &["devices.csv is empty"],
    );
    check(
        |home| {
            home.write("devices.csv.gz", &whole);
            vec![]
        },
        &["two forms", "devices.csv", "devices.csv.gz"],
    );
}

#[test]
fn a_previous_run_that_is_none() {
    check(|_| vec!["--previous", "nowhere"], &["no run at nowhere"]);
    check(|_| vec!["--previous", "data"], &["no run at data"]);
}

#[test]
fn a_latest_that_is_damaged() {
    for (file, bytes, expected) in [
        ("manifest.json", "{}", "manifest.json"),
        ("members.csv", "cluster_id\n", "members.csv"),
        (
            "ids.csv",
            "cluster_id,born,last,successors\nx,y\n",
            "ids.csv",
        ),
        ("clusters.csv", "", "clusters.csv"),
    ] {
        check(
            |home| {
                fs::write(home.latest().join(file), bytes).unwrap();
                vec!["--as-of", "2025-07-01"]
            },
            &[expected],
        );
    }
}

#[test]
fn arguments_that_make_no_sense() {
    check(|_| vec!["--as-of", "yesterday"], &["--as-of", "YYYY-MM-DD"]);
    check(
        |_| vec!["--memory-limit", "lots"],
        &["--memory-limit", "4GiB"],
    );
    check(|_| vec!["--threads", "0"], &["--threads"]);
    check(|_| vec!["--threads", "100000"], &["--threads", "at most"]);
    check(|_| vec!["--nosuch"], &["--nosuch"]);
}

#[test]
fn a_day_before_all_data() {
    let expected = ["no merchant was known on 2001-02-03", "--as-of"];
    check(|_| vec!["--as-of", "2001-02-03"], &expected);
    let home = Home::with(&[
        ("merchants.csv", "merchant_id,registered_at\nA,2024-01-02\n"),
        (
            "devices.csv",
            "merchant_id,device_id,first_seen\nA,x1y2,2024-01-03\n",
        ),
    ]);
    let (code, _, stderr) = output(&mut home.run(&["--as-of", "2024-01-01"]));
    assert_eq!(code, Some(2), "{stderr}");
    assert!(!home.runs().join("latest").exists());
    succeed(&mut home.run(&["--as-of", "2024-01-02"]));
}

#[test]
fn less_memory_than_the_input_takes() {
    check(
        |_| vec!["--memory-limit", "1kB"],
        &["reading the input", "--memory-limit"],
    );
}

#[test]
fn an_out_that_can_not_be_written() {
    let home = Home::tiny();
    fs::write(home.runs(), "a file").unwrap();
    for out in ["runs", "runs/below"] {
        let mut command = ringfence(home.path());
        let (code, stdout, stderr) = output(command.args(["run", "--data", "data", "--out", out]));
        assert_eq!(code, Some(2), "{stderr}");
        assert!(stdout.is_empty(), "{stdout}");
        assert!(stderr.contains(out) && stderr.contains("--out"), "{stderr}");
    }
    assert_eq!(fs::read_to_string(home.runs()).unwrap(), "a file");
}
