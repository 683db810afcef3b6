//! Histograms as inline SVG, with the same numbers in a table for those who cannot see them.

use super::html::{Html, compact, coordinate, count, number_cell, row_header, table, wide};
use crate::run::Action;

/// The actions as they are stacked, from the axis up, with the class that colours them.
pub(super) const ACTIONS: [(Action, &str); 3] = [
    (Action::Enforce, "enforce"),
    (Action::Review, "review"),
    (Action::Monitor, "monitor"),
];

/// The name of an action, which is its class as well.
pub(super) fn action_name(action: Action) -> &'static str {
    match action {
        Action::Enforce => "enforce",
        Action::Review => "review",
        Action::Monitor => "monitor",
    }
}

/// A bar of a histogram.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Bucket {
    /// What is in it, in words.
    pub(super) range: String,
    /// What stands under its left edge.
    pub(super) edge: String,
    /// Clusters by action, in the order of [`ACTIONS`].
    pub(super) counts: [u64; 3],
}

impl Bucket {
    /// Counts one cluster.
    pub(super) fn add(&mut self, action: Action) {
        let position = ACTIONS.iter().position(|(known, _)| *known == action);
        self.counts[position.expect("every action is stacked")] += 1;
    }

    fn total(&self) -> u64 {
        self.counts.iter().sum()
    }
}

/// What a histogram is called and shows.
#[derive(Clone, Copy, Debug)]
pub(super) struct Histogram<'a> {
    /// Its heading.
    pub(super) title: &'a str,
    /// One sentence on what can be seen, for those who cannot.
    pub(super) summary: &'a str,
    /// The horizontal axis.
    pub(super) axis: &'a str,
    /// What stands under the right edge of the last bar.
    pub(super) last_edge: &'a str,
    /// Its bars, from left to right.
    pub(super) buckets: &'a [Bucket],
}

const WIDTH: f64 = 400.0;
const HEIGHT: f64 = 220.0;
const LEFT: f64 = 44.0;
const RIGHT: f64 = 16.0;
const TOP: f64 = 18.0;
const BOTTOM: f64 = 40.0;

/// Draws a histogram: linear from zero, every bar with its count.
pub(super) fn histogram(page: &mut Html, chart: &Histogram) {
    page.element("figure", &[("class", "panel chart")], |page| {
        page.leaf("h3", &[], chart.title);
        let view = format!("0 0 {} {}", coordinate(WIDTH), coordinate(HEIGHT));
        let attributes = [
            ("viewBox", view.as_str()),
            ("role", "img"),
            ("class", "histogram"),
        ];
        page.element("svg", &attributes, |page| {
            page.leaf("title", &[], chart.title);
            page.leaf("desc", &[], chart.summary);
            let highest = chart.buckets.iter().map(Bucket::total).max().unwrap_or(0);
            let step = tick_step(highest);
            let top = highest.div_ceil(step).max(1) * step;
            value_axis(page, top, step);
            bars(page, chart.buckets, top);
            range_axis(page, chart);
        });
        page.leaf("figcaption", &[], chart.summary);
        numbers(page, chart);
    });
}

/// The smallest of 1, 2, 5, 10, 20, ... that needs at most four steps to the highest bar.
fn tick_step(highest: u64) -> u64 {
    let mut power = 1;
    loop {
        for factor in [1, 2, 5] {
            let step = factor * power;
            if highest <= 4 * step {
                return step;
            }
        }
        power *= 10;
    }
}

fn value_axis(page: &mut Html, top: u64, step: u64) {
    let mut value = 0;
    while value <= top {
        let y = height_of(value, top);
        let (at, right) = (coordinate(y), coordinate(WIDTH - RIGHT));
        let line = [
            ("class", if value == 0 { "axis" } else { "grid" }),
            ("x1", &coordinate(LEFT)),
            ("x2", &right),
            ("y1", &at),
            ("y2", &at),
        ];
        page.element("line", &line, |_| ());
        text(page, "tick end", LEFT - 6.0, y + 3.5, &compact(value));
        value += step;
    }
    let middle = f64::midpoint(TOP, HEIGHT - BOTTOM);
    let turned = format!("rotate(-90 10 {})", coordinate(middle));
    let place = [
        ("class", "name"),
        ("x", "10"),
        ("y", &coordinate(middle)),
        ("transform", &turned),
    ];
    page.leaf("text", &place, "clusters");
}

fn height_of(value: u64, top: u64) -> f64 {
    HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * ratio(value, top)
}

fn bars(page: &mut Html, buckets: &[Bucket], top: u64) {
    let width = bar_width(buckets.len());
    let mut x = LEFT;
    for bucket in buckets {
        let mut below = 0;
        for ((_, class), part) in ACTIONS.iter().zip(bucket.counts) {
            if part > 0 {
                let (y, foot) = (height_of(below + part, top), height_of(below, top));
                let place = [
                    ("class", *class),
                    ("x", &coordinate(x + 2.0)),
                    ("y", &coordinate(y)),
                    ("width", &coordinate(width - 4.0)),
                    ("height", &coordinate(foot - y)),
                ];
                page.element("rect", &place, |_| ());
            }
            below += part;
        }
        if below > 0 {
            let y = height_of(below, top) - 4.0;
            text(page, "value", x + width / 2.0, y, &compact(below));
        }
        x += width;
    }
}

fn range_axis(page: &mut Html, chart: &Histogram) {
    let width = bar_width(chart.buckets.len());
    let edges = chart.buckets.iter().map(|bucket| bucket.edge.as_str());
    let mut x = LEFT;
    for edge in edges.chain([chart.last_edge]) {
        text(page, "tick", x, HEIGHT - BOTTOM + 15.0, edge);
        x += width;
    }
    let middle = f64::midpoint(LEFT, WIDTH - RIGHT);
    text(page, "name", middle, HEIGHT - 6.0, chart.axis);
}

fn bar_width(n_buckets: usize) -> f64 {
    (WIDTH - LEFT - RIGHT) / float(wide(n_buckets.max(1)))
}

fn text(page: &mut Html, class: &str, x: f64, y: f64, content: &str) {
    let place = [
        ("class", class),
        ("x", &coordinate(x)),
        ("y", &coordinate(y)),
    ];
    page.leaf("text", &place, content);
}

fn numbers(page: &mut Html, chart: &Histogram) {
    page.element("details", &[], |page| {
        page.leaf("summary", &[], "The numbers");
        let headers = [chart.axis, "#enforce", "#review", "#monitor", "#all"];
        table(page, chart.title, &headers, |page| {
            for bucket in chart.buckets {
                page.element("tr", &[], |page| {
                    row_header(page, |page| page.text(&bucket.range));
                    for part in bucket.counts {
                        number_cell(page, &count(part));
                    }
                    number_cell(page, &count(bucket.total()));
                });
            }
        });
    });
}

/// The colours of the actions, in words.
pub(super) fn action_legend(page: &mut Html) {
    page.element("ul", &[("class", "legend")], |page| {
        for (_, class) in ACTIONS {
            page.element("li", &[], |page| {
                page.leaf("span", &[("class", &format!("swatch {class}"))], "");
                page.text(class);
            });
        }
    });
}

/// A horizontal bar on either side of a middle line, for a number that stands beside it in words.
///
/// `share` is the length as a share of half the width, from -1 to 1.
pub(super) fn bar(page: &mut Html, share: f64) {
    let length = share.abs().min(1.0) * 50.0;
    let (class, x) = if share < 0.0 {
        ("against", 50.0 - length)
    } else {
        ("for", 50.0)
    };
    let attributes = [
        ("class", "bar"),
        ("viewBox", "0 0 100 10"),
        ("preserveAspectRatio", "none"),
        ("aria-hidden", "true"),
    ];
    page.element("svg", &attributes, |page| {
        let place = [
            ("class", class),
            ("x", &coordinate(x)),
            ("y", "1"),
            ("width", &coordinate(length)),
            ("height", "8"),
        ];
        page.element("rect", &place, |_| ());
        let middle = [
            ("class", "axis"),
            ("x1", "50"),
            ("x2", "50"),
            ("y1", "0"),
            ("y2", "10"),
        ];
        page.element("line", &middle, |_| ());
    });
}

/// `part` of `whole`, 0 when there is no whole.
pub(super) fn ratio(part: u64, whole: u64) -> f64 {
    if whole == 0 {
        return 0.0;
    }
    float(part) / float(whole)
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a drawing is not exact to 2^-53 of its height"
)]
fn float(value: u64) -> f64 {
    value as f64
}

#[cfg(test)]
mod tests {
    use super::{Bucket, Histogram, histogram, ratio, tick_step};
    use crate::report::html::Html;
    use crate::run::Action;

    #[test]
    fn the_axis_has_at_most_four_round_steps() {
        for (highest, step) in [(0, 1), (4, 1), (5, 2), (9, 5), (21, 10), (99_000, 50_000)] {
            assert_eq!(tick_step(highest), step, "{highest}");
        }
    }

    #[test]
    fn a_bar_is_as_high_as_its_count() {
        let mut buckets = vec![Bucket::default(), Bucket::default()];
        buckets[0].add(Action::Review);
        for _ in 0..4 {
            buckets[1].add(Action::Monitor);
        }
        let mut page = Html::default();
        let chart = Histogram {
            title: "t",
            summary: "s",
            axis: "a",
            last_edge: "1",
            buckets: &buckets,
        };
        histogram(&mut page, &chart);
        let page = page.finish();
        // The plot is 162 high and goes to 4.
        assert!(page.contains("height=\"40.5\""), "{page}");
        assert!(page.contains("height=\"162\""), "{page}");
    }

    #[test]
    fn nothing_is_no_part_of_nothing() {
        assert!(ratio(0, 0).abs() < 1e-12);
        assert!((ratio(1, 4) - 0.25).abs() < 1e-12);
    }
}
