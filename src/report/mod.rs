//! `report.html`: the run at a glance, one self-contained page.
//!
//! The page loads nothing, runs nothing and holds no clock, so that it can be mailed, archived and
//! compared byte by byte. Shared values are masked on it. Lists are capped and say so: the page
//! stays readable, and below about 400 KB, however large the run.

mod cards;
mod cases;
mod changes;
mod charts;
mod drawing;
mod html;
mod input;
mod layout;
mod overview;
mod tables;

pub use input::{Counts, ReportInput};

use html::Html;

const STYLE: &str = include_str!("style.css");

/// Nothing may be loaded, run or sent from the page, whatever a merchant is called.
const CONTENT_POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/// The sections after the opening: anchor and name in the page's table of contents.
const SECTIONS: [(&str, &str); 6] = [
    ("distributions", "Distributions"),
    ("clusters", "Top clusters"),
    ("changes", "What changed"),
    ("quality", "Data quality"),
    ("hubs", "Hubs"),
    ("facts", "Run facts"),
];

/// The whole page, from `<!doctype html>` to the last newline.
///
/// Same input, same bytes: rows may come in any order, nothing on the page depends on it. Cost:
/// one pass over every table, and a constant for each of the few clusters that are drawn.
pub fn render(input: &ReportInput) -> String {
    let clusters = cases::by_rank(input.clusters);
    let cases = cases::gather(input, &clusters);
    let mut page = Html::default();
    page.doctype();
    page.element("html", &[("lang", "en")], |page| {
        page.element("head", &[], |page| head(page, input));
        page.element("body", &[], |page| {
            page.leaf(
                "a",
                &[("class", "skip"), ("href", "#main")],
                "Skip to content",
            );
            page.element("header", &[], |page| overview::masthead(page, input));
            page.element("nav", &[("aria-label", "On this page")], contents);
            page.element("main", &[("id", "main")], |page| {
                overview::opening(page, input, &clusters, &cases);
                overview::distributions(page, &clusters);
                cards::section(page, &clusters, &cases);
                changes::section(page, input, &clusters, &cases);
                tables::quality(page, input);
                tables::hubs(page, input);
                tables::facts(page, input);
            });
            page.element("footer", &[], footer);
        });
    });
    page.finish()
}

fn head(page: &mut Html, input: &ReportInput) {
    page.void("meta", &[("charset", "utf-8")]);
    page.void(
        "meta",
        &[
            ("http-equiv", "Content-Security-Policy"),
            ("content", CONTENT_POLICY),
        ],
    );
    let viewport = "width=device-width, initial-scale=1";
    page.void("meta", &[("name", "viewport"), ("content", viewport)]);
    page.void(
        "meta",
        &[("name", "color-scheme"), ("content", "light dark")],
    );
    page.void("meta", &[("name", "robots"), ("content", "noindex")]);
    page.leaf("title", &[], &format!("ringfence run {}", input.run_id));
    page.style(STYLE);
}

fn contents(page: &mut Html) {
    page.element("ul", &[], |page| {
        for (anchor, name) in SECTIONS {
            page.element("li", &[], |page| {
                page.leaf("a", &[("href", &format!("#{anchor}"))], name);
            });
        }
    });
}

fn footer(page: &mut Html) {
    page.leaf(
        "p",
        &[],
        "A score is a probability, not a verdict: it proposes what a person should look at. \
         Shared values are masked on this page; evidence.csv in the run directory holds them in full.",
    );
}
