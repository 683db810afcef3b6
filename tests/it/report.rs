//! The report page: self-contained, safe against hostile names, bounded, and always the same.

mod market;

use market::{Market, market, merchant_id};
use ringfence::model::Bits;
use ringfence::report::{Counts, render};
use ringfence::run::{EvidenceRow, LineageEvent, LineageRow, LinkRow};

/// Leaves a page in cargo's folder for test output, for whoever wants to see it in a browser.
fn leave(name: &str, page: &str) {
    let path = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(path, page).expect("cargo's folder can be written to");
}

#[test]
fn a_page_tells_the_run_at_a_glance() {
    let page = market().page();
    leave("report.html", &page);
    for expected in [
        "Look at first",
        "2026-03-31",
        "48,213",
        "730 of them (1.5\u{a0}%) in clusters",
        "4 enforce, 17 review, 19 monitor",
        "Held at review",
        "merged into",
        "Shown: 15 of 22 hubs.",
        "433 of 309,583",
    ] {
        assert!(page.contains(expected), "{expected}");
    }
    assert_eq!(page.matches("<article").count(), 12);
}

#[test]
fn the_same_run_gives_the_same_bytes_whatever_the_order_of_its_rows() {
    let market = market();
    let mut turned = market.clone();
    turned.findings.reverse();
    turned.inputs.reverse();
    turned.clusters.reverse();
    turned.members.reverse();
    turned.evidence.reverse();
    turned.reasons.reverse();
    turned.links.reverse();
    turned.hubs.reverse();
    turned.lineage.reverse();
    turned.rejects.reverse();
    turned.previous_clusters.reverse();
    assert_eq!(market.page(), market.page());
    assert_eq!(market.page(), turned.page());
}

#[test]
fn an_empty_run_has_a_page() {
    let market = Market::default();
    let mut input = market.input();
    input.counts = Counts::default();
    let page = render(&input);
    leave("report-empty.html", &page);
    check_page(&page);
    assert!(page.contains("No cluster was found"));
    assert!(page.contains("There is no previous run to compare with"));
}

#[test]
fn an_unreadable_previous_run_is_not_taken_for_an_unchanged_one() {
    let mut market = market();
    assert!(!market.page().contains("Not known: the clusters"));
    market.previous_clusters.clear();
    let page = market.page();
    check_page(&page);
    assert!(page.contains("Not known: the clusters of the previous run"));
}

#[test]
fn a_held_run_says_so_before_anything_else() {
    let mut market = market();
    assert!(!market.page().contains("Held back"));
    market
        .held_by
        .push("The number of merchants fell by 41 %, more than the 20 % allowed.".into());
    let page = market.page();
    leave("report-held.html", &page);
    check_page(&page);
    let banner = page.find("Held back").expect("a banner");
    assert!(banner < page.find("In figures").unwrap());
    assert!(page.contains("fell by 41 %"));
}

#[test]
fn hostile_names_stay_text() {
    let mut market = market();
    let long = "<&\"'>".repeat(20_000);
    let hostile: [&'static str; 5] = [
        "<script>alert(1)</script>",
        "\"><img src=x onerror=alert(1)>",
        "\u{202E}drawkcab\u{2066}",
        "</title></svg><style>*{display:none}",
        "https://evil.example/",
    ];
    for (number, row) in market.members.iter_mut().enumerate() {
        row.name = hostile[number % hostile.len()].to_owned().into();
        row.city = row.name.clone();
        row.status = row.name.clone();
    }
    market.members[0].name = long.repeat(10).into();
    for row in &mut market.reasons {
        row.detail = hostile[0].into();
        row.code = hostile[1].into();
    }
    for row in &mut market.hubs {
        row.hub_class = hostile[0].into();
        row.shown = long.clone().into();
    }
    for row in &mut market.rejects {
        row.file = long.clone().into();
        row.reason = long.clone().into();
    }
    for row in &mut market.evidence {
        row.hub_class = hostile[3].into();
    }
    market.held_by.push(long.clone());
    let page = market.page();
    leave("report-hostile.html", &page);
    check_page(&page);
    assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;"));
    assert!(!page.contains("<img") && !page.contains('\u{202E}') && !page.contains('\u{2066}'));
}

#[test]
fn values_are_masked() {
    let page = market().page();
    assert!(!page.contains("SECRET"), "a value is shown in full");
    assert!(
        !page.contains("88120048"),
        "the weakest link is shown in full"
    );
    assert!(page.contains("••••0048"));
}

#[test]
fn a_large_run_has_a_small_page() {
    let mut market = market();
    let (cluster, member) = (market.clusters[0].clone(), market.members[0].clone());
    for rank in 41..100_000_u32 {
        let mut more = cluster.clone();
        more.rank = rank;
        more.cluster_id = format!("X{rank}").into();
        market.lineage.push(LineageRow {
            cluster_id: more.cluster_id.clone(),
            previous_cluster_id: "".into(),
            event: LineageEvent::Born,
            overlap: 0.0,
        });
        market.clusters.push(more);
        let mut more = member.clone();
        more.merchant_id = format!("N{rank}").into();
        market.members.push(more);
    }
    // Every card as full as a card can be.
    for cluster in &market.clusters[..12] {
        for entity in 0..60 {
            let name = format!("dense-{entity}");
            market.evidence.push(EvidenceRow {
                cluster_id: cluster.cluster_id.clone(),
                entity: name.clone().into(),
                bits: Bits::from_f64(99.0),
                ..market.evidence[0].clone()
            });
            for merchant in 0..60 {
                market.links.push(LinkRow {
                    cluster_id: cluster.cluster_id.clone(),
                    entity_type: "device".into(),
                    entity: name.clone().into(),
                    merchant_id: merchant_id(cluster.rank, merchant).into(),
                    first_seen: None,
                    last_seen: None,
                    events: 1,
                });
            }
        }
    }
    let page = market.page();
    check_page(&page);
    assert!(page.contains("Drawn from the core outwards; +"));
    assert!(page.contains("Shown: 8 of"));
}

/// What holds for every page.
fn check_page(page: &str) {
    assert!(page.len() < 400_000, "{} bytes", page.len());
    let lower = page.to_lowercase();
    for forbidden in [
        "<script", "<link", "<iframe", "<object", "@import", "url(", "src=", "nan", "inf,",
        "onload=",
    ] {
        let found = lower
            .match_indices(forbidden)
            .find(|(at, _)| !is_text(&lower, *at));
        assert!(found.is_none(), "{forbidden}: {found:?}");
    }
    for scheme in ["http://", "https://"] {
        assert!(
            !lower.contains(&format!("=\"{scheme}")),
            "{scheme} in an attribute"
        );
    }
    check_balanced(page);
    check_headings(page);
    check_anchors(page);
}

/// Whether a position is in text between tags rather than in a tag; a tag's own start is in the tag.
fn is_text(page: &str, at: usize) -> bool {
    if page[at..].starts_with('<') {
        return false;
    }
    let opened = page[..at].rfind('<').unwrap_or(0);
    page[opened..at].contains('>') && !page[opened..].starts_with("<style")
}

/// Every element is closed in the order it was opened.
fn check_balanced(page: &str) {
    let mut open = Vec::new();
    for tag in page.split('<').skip(2) {
        let (tag, _) = tag.split_once('>').expect("a tag ends");
        let name = tag.split(' ').next().unwrap_or(tag);
        match name.strip_prefix('/') {
            Some(name) => assert_eq!(open.pop(), Some(name)),
            None if name != "meta" => open.push(name),
            None => {}
        }
    }
    assert!(open.is_empty(), "{open:?}");
}

/// One `h1`, and no level is skipped on the way down.
fn check_headings(page: &str) {
    let levels: Vec<u32> = page
        .match_indices("<h")
        .filter_map(|(at, _)| page[at + 2..].chars().next()?.to_digit(10))
        .collect();
    assert_eq!(levels.iter().filter(|&&level| level == 1).count(), 1);
    assert_eq!(levels[0], 1);
    for pair in levels.windows(2) {
        assert!(pair[1] <= pair[0] + 1, "h{} follows h{}", pair[1], pair[0]);
    }
}

/// Every link and every label within the page leads somewhere, and ids are unique.
fn check_anchors(page: &str) {
    let values = |name: &str| -> Vec<&str> {
        let start = format!(" {name}=\"");
        page.split(start.as_str())
            .skip(1)
            .filter_map(|rest| rest.split('"').next())
            .collect()
    };
    let ids = values("id");
    let mut unique = ids.clone();
    unique.sort_unstable();
    unique.dedup();
    assert_eq!(unique.len(), ids.len());
    for target in values("href") {
        let target = target
            .strip_prefix('#')
            .expect("only links within the page");
        assert!(ids.contains(&target), "{target}");
    }
    for target in values("aria-labelledby") {
        assert!(ids.contains(&target), "{target}");
    }
}

#[test]
fn the_page_passes_its_own_checks() {
    check_page(&market().page());
    for broken in [
        "<!doctype html><html><h1></h1><h3></h3></html>",
        "<!doctype html><html><h1></h1><p></html>",
        "<!doctype html><html><h1></h1><script></script></html>",
        "<!doctype html><html><h1></h1><svg x=\"NaN\"></svg></html>",
        "<!doctype html><html><h1></h1><a href=\"#nowhere\"></a></html>",
    ] {
        assert!(
            std::panic::catch_unwind(|| check_page(broken)).is_err(),
            "{broken}"
        );
    }
}
