//! A guardrail trips: exit code 3, the run kept for inspection, `latest` where it was.

use std::fmt::Write as _;
use std::fs;

use super::{Home, manifest, rows};
use crate::command::{output, succeed};

/// The only held run.
fn held(home: &Home) -> std::path::PathBuf {
    let (names, _) = home.published();
    let mut held = names.iter().filter(|name| name.starts_with("held-"));
    let path = home.runs().join(held.next().expect("a run is held"));
    assert_eq!(held.next(), None);
    path
}

#[test]
fn the_first_run_can_be_held() {
    let home = Home::tiny();
    home.strategy("[guardrails]\nmin_merchants = 0\nmax_cluster_share = 0.2\n");
    let (code, stdout, stderr) = output(&mut home.run(&["--strategy", "strategy.toml"]));
    assert_eq!(code, Some(3), "{stderr}");
    let line = stdout.lines().last().unwrap();
    assert!(
        line.starts_with("held run=") && line.contains("/held-"),
        "{line}"
    );
    assert!(
        stderr.contains("max_cluster_share allows 20.0 %"),
        "{stderr}"
    );
    let run = held(&home);
    let manifest = manifest(&run);
    assert_eq!(manifest["status"], "held");
    assert_eq!(manifest["held_by"][0]["code"], "cluster_share");
    assert_eq!(rows(&run, "clusters").len(), 4);
    assert!(
        fs::read_to_string(run.join("report.html"))
            .unwrap()
            .contains("max_cluster_share")
    );
    assert_eq!(home.published().1, None, "nothing was published");
}

#[test]
fn latest_stays_and_the_next_run_is_compared_with_it() {
    let home = Home::tiny();
    home.strategy("[guardrails]\nmin_merchants = 0\nmax_cluster_share = 1.0\n");
    let strategy = ["--strategy", "strategy.toml"];
    succeed(&mut home.run(&strategy));
    let published = fs::read_link(home.latest()).unwrap();
    let devices = fs::read_to_string(home.input("devices.csv")).unwrap();
    let few: String = devices
        .lines()
        .take(8)
        .fold(String::new(), |mut text, line| {
            writeln!(text, "{line}").unwrap();
            text
        });
    home.write("devices.csv", &few);
    for _ in 0..2 {
        let (code, _, stderr) = output(&mut home.run(&strategy));
        assert_eq!(code, Some(3), "{stderr}");
        assert!(stderr.contains("7 rows of devices against 21"), "{stderr}");
        assert_eq!(fs::read_link(home.latest()).unwrap(), published);
        assert_eq!(
            manifest(&held(&home))["previous_run_id"],
            published.to_str().unwrap()
        );
    }
    home.write(
        "devices.csv",
        devices + "M019,ab34cd56ef780912,2024-03-01,2025-06-30,1\n",
    );
    succeed(&mut home.run(&strategy));
    assert_eq!(
        home.manifest()["previous_run_id"],
        published.to_str().unwrap()
    );
}

#[test]
fn each_run_level_guardrail_trips() {
    for (rule, code, spoil) in [
        ("max_cluster_change = 0.1", "cluster_change", "cluster"),
        ("max_id_churn = 0.1", "id_churn", "churn"),
        ("min_link_coverage = 0.99", "link_coverage", "stranger"),
    ] {
        let home = Home::tiny();
        home.strategy(&format!(
            "[guardrails]\nmin_merchants = 0\nmax_cluster_share = 1.0\n{rule}\n"
        ));
        let strategy = ["--strategy", "strategy.toml"];
        succeed(&mut home.run(&strategy));
        match spoil {
            // Two strangers now share a device: one more cluster, or two.
            "cluster" => home.append(
                "devices.csv",
                "M018,aaaa5b6d1144aa9c,2024-03-01,2025-06-30,1\nM019,aaaa5b6d1144aa9c,2024-03-01,2025-06-30,1\n",
            ),
            // The family of M015 and M016 shares nothing any more.
            "churn" => {
                for table in ["devices", "addresses", "payouts"] {
                    let path = format!("{table}.csv");
                    let text = fs::read_to_string(home.input(&path)).unwrap();
                    let kept = text.lines().filter(|line| {
                        !(line.starts_with("M015") || line.starts_with("M00") && table == "payouts")
                    });
                    home.write(&path, kept.collect::<Vec<_>>().join("\n") + "\n");
                }
            }
            _ => home.append("merchants.csv", "M999,Stranger,x,x,SG,2025-01-01,active,,0,0,0\n"),
        }
        let (exit, _, stderr) = output(&mut home.run(&strategy));
        assert_eq!(exit, Some(3), "{rule}: {stderr}");
        let manifest = manifest(&held(&home));
        let codes = manifest["held_by"].as_array().unwrap().iter();
        assert!(
            codes.map(|held| &held["code"]).any(|found| found == code),
            "{code}"
        );
    }
}

/// A reader that has seen enough must not hide that the run was held.
#[test]
fn a_held_run_exits_with_3_though_nobody_listens() {
    use std::process::Stdio;
    let home = Home::tiny();
    home.strategy("[guardrails]\nmin_merchants = 0\nmax_cluster_share = 0.2\n");
    let mut child = home
        .run(&["--strategy", "strategy.toml"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(3), "{stderr}");
    assert!(stderr.contains("max_cluster_share"), "{stderr}");
}
