//! Every form of input that the contract allows.

use std::fmt::Write as _;
use std::fs;

use super::{Home, tables};
use crate::command::{data, output, ringfence, succeed};

const MERCHANTS: &str = "merchant_id\nA\nB\nC\nD\n";

#[test]
fn relations_alone_are_enough() {
    let home = Home::with(&[
        ("merchants.csv", MERCHANTS),
        (
            "relations.csv",
            "merchant_id,other_merchant_id,kind,events,amount,first_seen,last_seen\n\
             A,B,transfer,3,10.50,2024-01-01,2024-02-01\nB,A,referral,,,,\nC,C,transfer,,,,\n",
        ),
    ]);
    succeed(&mut home.run(&[]));
    assert_eq!(home.cluster_of("A"), ["A", "B"]);
    assert_eq!(home.cluster_of("C"), [""; 0]);
    let links = home.rows("links");
    let ties = links.iter().filter(|row| row["entity_type"] == "relation");
    let ties: Vec<_> = ties
        .map(|row| (row["merchant_id"].as_str(), row["entity"].as_str()))
        .collect();
    assert_eq!(
        ties,
        [("B", "A"), ("A", "B")],
        "both ways, and none to oneself"
    );
    assert_eq!(home.manifest()["as_of"], "2024-02-01");
}

#[test]
fn one_link_table_is_enough() {
    for (file, text) in [
        ("devices.csv", "merchant_id,device_id\nA,x1y2\nB,x1y2\n"),
        ("payouts.csv", "account,merchant_id\nX1Y2,B\nX1Y2,A\n"),
        (
            "addresses.csv",
            "merchant_id,address\nA,12 High Street\nB,12 High St\n",
        ),
    ] {
        let home = Home::with(&[("merchants.csv", MERCHANTS), (file, text)]);
        succeed(&mut home.run(&[]));
        assert_eq!(home.cluster_of("A"), ["A", "B"], "{file}");
        let manifest = home.manifest();
        assert_eq!(manifest["inputs"].as_array().unwrap().len(), 2);
        // No row has a time.
        assert_eq!(manifest["as_of"], "1970-01-01");
        let findings = manifest["findings"].as_array().unwrap().iter();
        assert!(
            findings
                .map(|finding| &finding["code"])
                .any(|code| code == "no_times")
        );
    }
}

#[test]
fn a_column_of_values_that_came_out_empty_stops_the_run() {
    let home = Home::tiny();
    succeed(&mut home.run(&[]));
    let before = home.published();
    let devices = fs::read_to_string(home.input("devices.csv")).unwrap();
    let emptied = devices.lines().skip(1).map(|line| {
        let mut fields: Vec<&str> = line.split(',').collect();
        fields[1] = "";
        fields.join(",") + "\n"
    });
    assert!(devices.starts_with("merchant_id,device_id,"));
    let header = devices.lines().next().unwrap().to_owned() + "\n";
    home.write(
        "devices.csv",
        emptied.fold(header, |text, line| text + &line),
    );
    let (code, _, stderr) = output(&mut home.run(&[]));
    assert_eq!(code, Some(2), "{stderr}");
    let told = "devices.csv: 22 of 22 rows";
    assert!(stderr.contains(told), "{stderr}");
    let reason = "21 times, first on line 2: empty_value: device_id: expected a value";
    assert!(stderr.contains(reason), "{stderr}");
    assert_eq!(home.published(), before);
}

#[test]
fn a_link_type_without_any_value_is_told() {
    let home = Home::with(&[
        ("merchants.csv", "merchant_id\nA\nB\n"),
        ("devices.csv", "merchant_id,device_id\nA,x1y2\nB,x1y2\n"),
        ("payouts.csv", "merchant_id,account\nA,\nB, \n"),
        ("addresses.csv", "merchant_id,address\n"),
    ]);
    // So few rows that the limit does not tell.
    home.strategy("[input]\nmax_reject_share = 0.5\n");
    succeed(&mut home.run(&["--strategy", "strategy.toml"]));
    let manifest = home.manifest();
    let mut findings = manifest["findings"].as_array().unwrap().iter();
    let told = findings.find(|finding| finding["code"] == "valueless_link_types");
    assert_eq!(
        told.unwrap()["sentence"],
        "1 link types have no value in any row and take no part, mend the export: payout (column account of payouts)"
    );
    assert_eq!(home.rows("rejects").len(), 2);
}

#[test]
fn a_link_to_an_unlisted_merchant_is_kept() {
    let home = Home::with(&[
        ("merchants.csv", MERCHANTS),
        ("devices.csv", "merchant_id,device_id\nA,x1y2\nGHOST,x1y2\n"),
        ("relations.csv", "merchant_id,other_merchant_id\nC,SHADOW\n"),
    ]);
    succeed(&mut home.run(&[]));
    let members = home.rows("members");
    let status = |id: &str| {
        let row = members.iter().find(|row| row["merchant_id"] == id).unwrap();
        row["status"].clone()
    };
    assert_eq!(
        ["A", "GHOST", "C", "SHADOW"].map(status),
        ["active", "unlisted", "active", "unlisted"]
    );
    let manifest = home.manifest();
    assert_eq!(manifest["counts"]["unlisted_merchants"], 2);
    assert_eq!(manifest["counts"]["merchants"], 6);
    let told = succeed(ringfence(home.path()).args(["merchant", "GHOST"]));
    assert!(told.contains("unlisted"), "{told}");
}

#[test]
fn a_further_link_type_is_a_block_in_the_strategy() {
    let home = Home::with(&[
        ("merchants.csv", "merchant_id,country\nA,SG\nB,SG\nC,SG\n"),
        (
            "mails.csv",
            "merchant_id,e_mail\nA,jo@x.example\nC,JO@x.example\n",
        ),
        (
            "phones.csv",
            "phone,merchant_id,first_seen\n6123 4567,A,2024-01-01\n+65 61234567,B,2024-01-02\n",
        ),
        ("allowlist.csv", "kind,value\nphone,+65 9999 9999\n"),
    ]);
    let (code, _, stderr) = output(&mut home.run(&[]));
    assert_eq!(
        code,
        Some(2),
        "without the block nothing says who shares what"
    );
    assert!(stderr.contains("no links"), "{stderr}");
    home.strategy(
        "[[link]]\nname = \"phone\"\ntable = \"phones\"\ncolumn = \"phone\"\nnormalizer = \"phone\"\n\
         [[link]]\nname = \"mail\"\ntable = \"mails\"\ncolumn = \"e_mail\"\nnormalizer = \"email\"\n\
         [[link]]\nname = \"card\"\ntable = \"cards\"\ncolumn = \"card\"\n",
    );
    let (code, _, stderr) = output(&mut home.run(&["--strategy", "strategy.toml"]));
    assert_eq!(code, Some(0), "{stderr}");
    let warning = "no table `cards`: nothing is known of the link type card of the strategy";
    assert!(stderr.contains(warning), "{stderr}");
    assert!(!stderr.contains("no table `devices`"), "{stderr}");
    let manifest = home.manifest();
    let mut findings = manifest["findings"].as_array().unwrap().iter();
    let absent = findings.find(|finding| finding["code"] == "absent_link_tables");
    assert_eq!(
        absent.unwrap()["sentence"],
        "1 link types of the strategy have no table in the data directory and take no part: card (table cards)"
    );
    let evidence = home.rows("evidence");
    let mut found: Vec<_> = evidence
        .iter()
        .map(|row| (row["entity_type"].as_str(), row["entity"].as_str()))
        .collect();
    found.sort_unstable();
    assert_eq!(found, [("mail", "jo@x.example"), ("phone", "+6561234567")]);
    assert_eq!(home.cluster_of("A"), ["A", "B", "C"]);
    assert_eq!(home.rows("rejects").len(), 0);
}

#[test]
fn columns_come_in_any_order_with_any_others_between() {
    let home = Home::tiny();
    succeed(&mut home.run(&[]));
    let mut expected = tables(&home.latest());
    let turned = Home::tiny();
    for name in ["merchants", "devices", "payouts", "addresses", "relations"] {
        let path = home.input(&format!("{name}.csv"));
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .from_path(path)
            .unwrap();
        let mut text = String::from("\u{feff}");
        for record in reader.records().map(Result::unwrap) {
            let cells: Vec<_> = record
                .iter()
                .rev()
                .map(|cell| format!("\"{cell}\""))
                .collect();
            writeln!(text, "extra,{},\"an, \"\"other\"\"\n\"\r", cells.join(",")).unwrap();
        }
        let text =
            text.replacen("extra,", "added,", 1)
                .replacen(",\"an, \"\"other\"\"\n\"", ",more", 1);
        turned.write(&format!("{name}.csv"), text);
    }
    succeed(&mut turned.run(&[]));
    let mut found = tables(&turned.latest());
    for tables in [&mut expected, &mut found] {
        tables.remove("rejects.csv");
        let feed = String::from_utf8(tables["feed.csv"].clone()).unwrap();
        let lines = feed
            .lines()
            .map(|line| line.rsplit_once(',').unwrap().0.to_owned());
        tables.insert(
            "feed.csv".to_owned(),
            lines.collect::<String>().into_bytes(),
        );
    }
    assert_eq!(found, expected);
    assert_eq!(turned.rows("rejects").len(), 1);
}

#[test]
fn repeated_rows_are_merged_and_times_have_offsets() {
    let home = Home::with(&[
        ("merchants.csv", MERCHANTS),
        (
            "devices.csv",
            "merchant_id,device_id,first_seen,last_seen,events\n\
             A,x1y2,2024-03-01,2024-03-02,2\nA,X1Y2,2024-02-01T07:00:00+08:00,2024-04-01T12:00:00,5\n\
             B,x1y2,,,\nB,x1y2,,,\n",
        ),
    ]);
    succeed(&mut home.run(&[]));
    let links = home.rows("links");
    let cells = |at: usize| {
        let row = &links[at];
        [
            &row["merchant_id"],
            &row["first_seen"],
            &row["last_seen"],
            &row["events"],
        ]
        .map(String::as_str)
    };
    assert_eq!(links.len(), 2);
    assert_eq!(
        cells(0),
        ["A", "2024-01-31T23:00:00Z", "2024-04-01T12:00:00Z", "7"]
    );
    assert_eq!(cells(1)[..3], ["B", "", ""]);
}

#[test]
fn rejected_rows_are_kept_as_they_were() {
    let home = Home::tiny();
    home.write(
        "devices.csv",
        b"merchant_id,device_id,first_seen,last_seen,events\r\n\
          M001,\"a,\"\"b\"\"\r\nc\",2024-01-01,2024-01-01,x\r\n\
          M002,d\xff\xfe,2024-01-01,2024-01-01,1\r\n\
          M002\r\n\
          ,d,,,\r\n\
          M003,d,2024-02-01,2024-01-01,1\r\n\
          M003,e,2024-02-30,,1\r\n\
          M001,good1,,,\r\nM002,good1,,,\r\n\
          \"M004,open,2024-01-01,,1\r\n",
    );
    home.append(
        "merchants.csv",
        "M020,Twice,x,x,SG,2017-09-09,closed,,0,0,0\n",
    );
    home.strategy("[input]\nmax_reject_share = 0.5\n");
    succeed(&mut home.run(&["--strategy", "strategy.toml"]));
    let rejects = home.rows("rejects");
    let of = |file: &str| -> Vec<(String, String, String)> {
        let rows = rejects.iter().filter(|row| row["file"] == file);
        rows.map(|row| {
            let code = row["reason"].split(':').next().unwrap().to_owned();
            (row["line"].clone(), code, row["raw"].clone())
        })
        .collect()
    };
    let expected = [
        (
            "2",
            "bad_number",
            "M001,\"a,\"\"b\"\"\r\nc\",2024-01-01,2024-01-01,x",
        ),
        (
            "4",
            "invalid_utf8",
            "M002,d\\xFF\\xFE,2024-01-01,2024-01-01,1",
        ),
        ("5", "field_count", "M002"),
        ("6", "empty_id", ",d,,,"),
        ("7", "time_order", "M003,d,2024-02-01,2024-01-01,1"),
        ("8", "bad_time", "M003,e,2024-02-30,,1"),
        ("11", "unclosed_quote", "\"M004,open,2024-01-01,,1"),
    ];
    let expected =
        expected.map(|(line, code, raw)| (line.to_owned(), code.to_owned(), raw.to_owned()));
    assert_eq!(of("devices.csv"), expected);
    let duplicates = of("merchants.csv");
    assert_eq!(duplicates.len(), 1, "{duplicates:?}");
    assert!(duplicates[0].1.contains("duplicate"), "{duplicates:?}");
    let manifest = home.manifest();
    let inputs = manifest["inputs"].as_array().unwrap();
    let devices = inputs
        .iter()
        .find(|input| input["path"] == "devices.csv")
        .unwrap();
    assert_eq!(
        [&devices["rows"], &devices["accepted"], &devices["rejected"]],
        [9, 2, 7]
    );
    // It said none were rejected, whatever the tables held.
    assert_eq!(manifest["counts"]["rejected_rows"], 8);
}

#[test]
fn the_manifest_counts_rejected_rows() {
    let home = Home::tiny();
    let told = succeed(&mut home.run(&[]));
    assert_eq!(home.manifest()["counts"]["rejected_rows"], 1);
    assert!(
        told.lines().last().unwrap().contains(" rejected=1 "),
        "{told}"
    );
}

#[test]
fn inputs_are_named_by_their_bytes() {
    let home = Home::tiny();
    succeed(&mut home.run(&[]));
    let manifest = home.manifest();
    let inputs = manifest["inputs"].as_array().unwrap();
    let paths: Vec<_> = inputs
        .iter()
        .map(|input| input["path"].as_str().unwrap())
        .collect();
    assert_eq!(
        paths,
        [
            "addresses.csv",
            "devices.csv",
            "merchants.csv",
            "payouts.csv",
            "relations.csv"
        ]
    );
    for input in inputs {
        let bytes = fs::read(data("tiny").join(input["path"].as_str().unwrap())).unwrap();
        assert_eq!(input["bytes"], bytes.len());
        assert_eq!(input["blake3"], blake3::hash(&bytes).to_hex().as_str());
        let sum = input["accepted"].as_u64().unwrap() + input["rejected"].as_u64().unwrap();
        assert_eq!(input["rows"].as_u64().unwrap(), sum);
    }
}

#[test]
fn a_newest_time_far_from_all_others_is_a_finding() {
    let finding = |home: &Home| {
        let manifest = home.manifest();
        let findings = manifest["findings"].as_array().unwrap();
        let codes = findings
            .iter()
            .map(|finding| finding["code"].as_str().unwrap());
        codes.filter(|code| *code == "lonely_newest_time").count()
    };
    let home = Home::empty();
    let mut merchants = String::from("merchant_id,registered_at\n");
    for merchant in 0..120 {
        writeln!(merchants, "M{merchant:04},2024-03-01").unwrap();
    }
    home.write("merchants.csv", &merchants);
    home.write(
        "devices.csv",
        "merchant_id,device_id\nM0001,d-one-1\nM0002,d-one-1\n",
    );
    succeed(&mut home.run(&[]));
    assert_eq!(finding(&home), 0);
    home.write("merchants.csv", merchants + "M9999,9999-12-31\n");
    succeed(&mut home.run(&[]));
    assert_eq!(finding(&home), 1);
    succeed(&mut home.run(&["--as-of", "2024-03-02"]));
    assert_eq!(finding(&home), 0, "who gave the day knows it");
}

#[test]
fn more_memory_than_allowed_makes_hubs_silent_and_says_so() {
    let home = Home::empty();
    let mut merchants = String::from("merchant_id\n");
    let mut devices = String::from("merchant_id,device_id\n");
    for merchant in 0..400 {
        writeln!(merchants, "M{merchant:04}").unwrap();
        // Everybody meets 39 others on each of twenty devices, and one on one more.
        for device in 0..20 {
            let group = (merchant * (2 * device + 1) + merchant / 10) % 10;
            writeln!(devices, "M{merchant:04},hub{device}x{group}z").unwrap();
        }
        writeln!(devices, "M{merchant:04},pair9q{}k", merchant / 2).unwrap();
    }
    home.write("merchants.csv", merchants);
    home.write("devices.csv", devices);
    home.strategy(
        "[guardrails]\nmax_cluster_share = 1.0\n[evidence]\nfloor_bits = 0.001\n\
         [links.device]\nbits = 12.0\nrarity = 1.0\n",
    );
    // Nothing where the limit refuses the run, else whether hubs were left out.
    let degraded = |limit: &str| {
        let out = format!("runs-{limit}");
        let mut command = ringfence(home.path());
        command.args(["run", "--data", "data", "--strategy", "strategy.toml"]);
        let (code, _, stderr) = output(command.args(["--memory-limit", limit, "--out", &out]));
        if code != Some(0) {
            assert_eq!(code, Some(2), "{stderr}");
            assert!(stderr.contains("--memory-limit"), "{stderr}");
            return None;
        }
        let manifest = super::manifest(&home.path().join(out).join("latest"));
        assert!(manifest["parameters"]["memory_limit_bytes"].is_string());
        let mut findings = manifest["findings"].as_array().unwrap().iter();
        Some(findings.any(|finding| finding["code"] == "degraded_for_memory"))
    };
    // Beside the 16 MiB that the process itself takes.
    let limits = [
        "1kB", "17200kB", "17600kB", "18000kB", "18400kB", "19200kB", "1GB",
    ];
    let found: Vec<_> = limits.iter().map(|limit| degraded(limit)).collect();
    assert_eq!(found.first(), Some(&None), "the input alone is too large");
    assert_eq!(found.last(), Some(&Some(false)), "there is room for all");
    assert!(found.contains(&Some(true)), "{found:?}");
    let limit = limits[found
        .iter()
        .position(|degraded| *degraded == Some(true))
        .unwrap()];
    let out = format!("runs-{limit}");
    let again = |arguments: &[&str]| {
        let mut command = ringfence(home.path());
        command.args([
            "run",
            "--data",
            "data",
            "--strategy",
            "strategy.toml",
            "--out",
            &out,
        ]);
        succeed(command.args(arguments))
    };
    let told = again(&["--memory-limit", limit]);
    assert!(told.contains("unchanged run="), "{told}");
    let told = again(&[]);
    assert!(
        told.contains("published run="),
        "the full one is another: {told}"
    );
}
