//! A small drawing of a cluster's graph: merchants as circles, what they share as squares.

use std::collections::{BTreeMap, BTreeSet};

use super::cases::Case;
use super::html::{Html, coordinate, counted, mask, shorten, wide};
use super::layout::{Point, length, place};
use crate::run::{EvidenceRow, MemberRow, Role};

/// Merchants drawn at most, from the core outwards.
const MAX_MERCHANTS: usize = 36;
/// Shared entities drawn at most, strongest first.
const MAX_ENTITIES: usize = 20;
/// Characters of an id or a name in a tooltip.
const MAX_TOOLTIP_CHARS: usize = 28;

const WIDTH: f64 = 340.0;
const MAX_HEIGHT: f64 = 250.0;
const PADDING: f64 = 14.0;
/// An edge is never drawn longer than this, or a ring of two would fill its card.
const MAX_EDGE: f64 = 56.0;
const MAX_RADIUS: f64 = 10.0;
/// Circles smaller than this carry no number and squares no letter: nobody could read them.
const MIN_LETTERED_RADIUS: f64 = 6.5;
/// As a share of the smallest distance: two squares meet corner to corner at 0.42.
const RADIUS_SHARE: f64 = 0.4;

/// The letter and colour of each entity type, the same on the whole page.
#[derive(Debug, Default)]
pub(super) struct EntityTypes {
    letters: BTreeMap<String, (char, usize)>,
}

/// Entity types that always look the same; others take what is left of eight colours.
const FIXED_COLORS: [&str; 4] = ["device", "payout", "address", "building"];
const N_COLORS: usize = 8;

impl EntityTypes {
    /// Types in alphabetical order, each with the first letter of its name that is still free.
    pub(super) fn of(cases: &[Case]) -> Self {
        let names: BTreeSet<&str> = cases
            .iter()
            .flat_map(|case| case.evidence.iter().map(|row| &*row.entity_type))
            .filter(|name| *name != "relation")
            .collect();
        let mut taken = BTreeSet::new();
        let mut next_color = FIXED_COLORS.len();
        let mut letters = BTreeMap::new();
        for name in names {
            let wanted = name.chars().filter(char::is_ascii_alphabetic);
            let letter = wanted
                .map(|letter| letter.to_ascii_uppercase())
                .find(|letter| !taken.contains(letter))
                .unwrap_or('*');
            taken.insert(letter);
            let fixed = FIXED_COLORS.iter().position(|known| *known == name);
            let color = fixed.unwrap_or_else(|| {
                next_color += 1;
                (next_color - 1).min(N_COLORS - 1)
            });
            letters.insert(name.to_owned(), (letter, color));
        }
        Self { letters }
    }

    fn get(&self, name: &str) -> (char, usize) {
        let unknown = ('*', N_COLORS - 1);
        self.letters.get(name).copied().unwrap_or(unknown)
    }
}

/// What is drawn of a cluster.
struct Graph<'a> {
    merchants: Vec<&'a MemberRow<'a>>,
    entities: Vec<&'a EvidenceRow<'a>>,
    /// Between merchants (first) and entities (after them).
    uses: Vec<(usize, usize)>,
    /// Between two merchants.
    ties: Vec<(usize, usize)>,
}

/// Draws a cluster with a caption that says how much of it is shown.
pub(super) fn drawing(page: &mut Html, case: &Case, types: &EntityTypes) {
    let graph = select(case);
    page.element("figure", &[("class", "graph")], |page| {
        picture(page, case, &graph, types);
        page.leaf("figcaption", &[("class", "note")], &caption(case, &graph));
    });
}

fn select<'a>(case: &Case<'a>) -> Graph<'a> {
    let merchants: Vec<_> = case.members.iter().take(MAX_MERCHANTS).copied().collect();
    let merchant_node: BTreeMap<&str, usize> = merchants
        .iter()
        .enumerate()
        .map(|(node, row)| (&*row.merchant_id, node))
        .collect();
    let mut users: BTreeMap<(&str, &str), BTreeSet<usize>> = BTreeMap::new();
    let mut ties = BTreeSet::new();
    for link in &case.links {
        let Some(&node) = merchant_node.get(&*link.merchant_id) else {
            continue;
        };
        if link.entity_type != "relation" {
            let key = (&*link.entity_type, &*link.entity);
            users.entry(key).or_default().insert(node);
        } else if let Some(&other) = merchant_node.get(&*link.entity)
            && other != node
        {
            ties.insert((node.min(other), node.max(other)));
        }
    }
    let shared = |row: &&EvidenceRow| {
        let drawn = users.get(&(&*row.entity_type, &*row.entity));
        drawn.is_some_and(|users| users.len() > 1)
    };
    let entities: Vec<_> = case
        .evidence
        .iter()
        .copied()
        .filter(shared)
        .take(MAX_ENTITIES)
        .collect();
    let uses = entities
        .iter()
        .enumerate()
        .flat_map(|(position, row)| {
            let node = merchants.len() + position;
            let users = &users[&(&*row.entity_type, &*row.entity)];
            users.iter().map(move |&user| (user, node))
        })
        .collect();
    Graph {
        merchants,
        entities,
        uses,
        ties: ties.into_iter().collect(),
    }
}

fn caption(case: &Case, graph: &Graph) -> String {
    let entities = case
        .evidence
        .iter()
        .filter(|row| row.entity_type != "relation")
        .count();
    let more: Vec<String> = [
        (
            case.members.len() - graph.merchants.len(),
            "merchant",
            "merchants",
        ),
        (
            entities - graph.entities.len(),
            "shared value",
            "shared values",
        ),
    ]
    .into_iter()
    .filter(|(left_out, _, _)| *left_out > 0)
    .map(|(left_out, one, many)| counted(wide(left_out), one, many))
    .collect();
    if more.is_empty() {
        "All merchants and shared values.".to_owned()
    } else {
        format!(
            "Drawn from the core outwards; +{} more.",
            more.join(" and ")
        )
    }
}

fn picture(page: &mut Html, case: &Case, graph: &Graph, types: &EntityTypes) {
    let edges: Vec<_> = graph.uses.iter().chain(&graph.ties).copied().collect();
    let n_nodes = graph.merchants.len() + graph.entities.len();
    let (points, height, radius) = fit(&place(n_nodes, &edges));
    let view = format!("0 0 {} {}", coordinate(WIDTH), coordinate(height));
    let title = format!(
        "Graph of cluster {}",
        shorten(&case.cluster.cluster_id, MAX_TOOLTIP_CHARS)
    );
    let description = format!(
        "{} and {} they share, joined by {} and {}.",
        counted(wide(graph.merchants.len()), "merchant", "merchants"),
        counted(wide(graph.entities.len()), "value", "values"),
        counted(wide(graph.uses.len()), "use", "uses"),
        counted(wide(graph.ties.len()), "direct tie", "direct ties"),
    );
    page.element("svg", &[("viewBox", &view), ("role", "img")], |page| {
        page.leaf("title", &[], &title);
        page.leaf("desc", &[], &description);
        lines(page, "use", &graph.uses, &points);
        lines(page, "tie", &graph.ties, &points);
        for (node, row) in graph.merchants.iter().enumerate() {
            merchant(page, row, node + 1, points[node], radius);
        }
        for (row, point) in graph.entities.iter().zip(&points[graph.merchants.len()..]) {
            entity(page, row, *point, radius, types.get(&row.entity_type));
        }
    });
}

/// Scales a layout to the drawing: positions, height and the radius at which no two nodes touch.
fn fit(layout: &[Point]) -> (Vec<Point>, f64, f64) {
    let bounds = |axis: fn(&Point) -> f64| {
        let low = layout.iter().map(axis).fold(f64::INFINITY, f64::min);
        let high = layout.iter().map(axis).fold(f64::NEG_INFINITY, f64::max);
        if low <= high { (low, high) } else { (0.0, 0.0) }
    };
    let ((left, right), (top, bottom)) = (bounds(|p| p.x), bounds(|p| p.y));
    let inner = WIDTH - 2.0 * PADDING;
    let scale = MAX_EDGE
        .min(inner / (right - left).max(1e-9))
        .min((MAX_HEIGHT - 2.0 * PADDING) / (bottom - top).max(1e-9));
    let height = (bottom - top) * scale + 2.0 * PADDING;
    let margin = (WIDTH - (right - left) * scale) / 2.0;
    let points: Vec<Point> = layout
        .iter()
        .map(|p| Point {
            x: margin + (p.x - left) * scale,
            y: PADDING + (p.y - top) * scale,
        })
        .collect();
    let mut nearest = f64::INFINITY;
    for (node, a) in points.iter().enumerate() {
        for b in &points[..node] {
            nearest = nearest.min(length(a.x - b.x, a.y - b.y));
        }
    }
    (points, height, MAX_RADIUS.min(nearest * RADIUS_SHARE))
}

/// All lines of a kind in one path: a ring of fifty has hundreds.
fn lines(page: &mut Html, class: &str, edges: &[(usize, usize)], points: &[Point]) {
    if edges.is_empty() {
        return;
    }
    let mut path = String::new();
    for &(a, b) in edges {
        for (letter, point) in [('M', points[a]), ('L', points[b])] {
            path.push(letter);
            path.push_str(&coordinate(point.x));
            path.push(' ');
            path.push_str(&coordinate(point.y));
        }
    }
    page.element("path", &[("class", class), ("d", &path)], |_| ());
}

fn merchant(page: &mut Html, row: &MemberRow, number: usize, at: Point, radius: f64) {
    let class = role_name(row.role);
    page.element("g", &[("class", class)], |page| {
        let name = shorten(&row.name, MAX_TOOLTIP_CHARS);
        let id = shorten(&row.merchant_id, MAX_TOOLTIP_CHARS);
        page.leaf("title", &[], &format!("{number}. {id} {name} ({class})"));
        let place = [
            ("cx", coordinate(at.x)),
            ("cy", coordinate(at.y)),
            ("r", coordinate(radius)),
        ];
        shape(page, "circle", &place);
        if radius >= MIN_LETTERED_RADIUS {
            letter(page, at, radius, &number.to_string());
        }
    });
}

fn entity(page: &mut Html, row: &EvidenceRow, at: Point, radius: f64, look: (char, usize)) {
    let (initial, color) = look;
    page.element("g", &[("class", &format!("t{color}"))], |page| {
        let kind = shorten(&row.entity_type, MAX_TOOLTIP_CHARS);
        page.leaf("title", &[], &format!("{kind} {}", masked(row)));
        let half = radius * 0.9;
        let place = [
            ("x", coordinate(at.x - half)),
            ("y", coordinate(at.y - half)),
            ("width", coordinate(half * 2.0)),
            ("height", coordinate(half * 2.0)),
            ("rx", "1.5".to_owned()),
        ];
        shape(page, "rect", &place);
        if radius >= MIN_LETTERED_RADIUS {
            letter(page, at, radius, &initial.to_string());
        }
    });
}

fn shape(page: &mut Html, tag: &str, place: &[(&str, String)]) {
    let attributes: Vec<_> = place
        .iter()
        .map(|(name, at)| (*name, at.as_str()))
        .collect();
    page.element(tag, &attributes, |_| ());
}

fn letter(page: &mut Html, at: Point, radius: f64, text: &str) {
    // Centred by hand: browsers differ in `dominant-baseline`.
    let place = [
        ("x", &*coordinate(at.x)),
        ("y", &*coordinate(at.y + radius * 0.36)),
        ("font-size", &*coordinate(radius)),
    ];
    page.leaf("text", &place, text);
}

/// What the shapes of every drawing mean.
pub(super) fn legend(page: &mut Html, types: &EntityTypes) {
    page.element("ul", &[("class", "legend graph")], |page| {
        for (role, meaning) in [
            (Role::Core, "core merchant"),
            (Role::Member, "member"),
            (Role::Fringe, "fringe"),
        ] {
            legend_item(page, role_name(role), meaning, |page| {
                page.element("circle", &[("cx", "8"), ("cy", "8"), ("r", "6.5")], |_| ());
            });
        }
        for (name, (initial, color)) in &types.letters {
            let name = shorten(name, MAX_TOOLTIP_CHARS);
            legend_item(page, &format!("t{color}"), &name, |page| {
                let place = [
                    ("x", "1.5"),
                    ("y", "1.5"),
                    ("width", "13"),
                    ("height", "13"),
                    ("rx", "1.5"),
                ];
                page.element("rect", &place, |_| ());
                letter(page, Point { x: 8.0, y: 8.0 }, 9.0, &initial.to_string());
            });
        }
        legend_item(page, "", "direct tie", |page| {
            page.element("path", &[("class", "tie"), ("d", "M1 8L15 8")], |_| ());
        });
    });
}

fn legend_item(page: &mut Html, class: &str, meaning: &str, picture: impl FnOnce(&mut Html)) {
    page.element("li", &[], |page| {
        let attributes = [
            ("viewBox", "0 0 16 16"),
            ("class", "key"),
            ("aria-hidden", "true"),
        ];
        page.element("svg", &attributes, |page| {
            page.element("g", &[("class", class)], picture);
        });
        page.text(meaning);
    });
}

/// The name of a role, which is its class as well.
pub(super) fn role_name(role: Role) -> &'static str {
    match role {
        Role::Core => "core",
        Role::Member => "member",
        Role::Fringe => "fringe",
    }
}

/// The end of an entity's spelling for people.
pub(super) fn masked(row: &EvidenceRow) -> String {
    mask(if row.shown.is_empty() {
        &row.entity
    } else {
        &row.shown
    })
}

#[cfg(test)]
mod tests {
    use super::{MAX_HEIGHT, WIDTH, fit};
    use crate::report::layout::{Point, length, place};

    #[test]
    fn a_drawing_fits_its_frame_and_its_nodes_do_not_touch() {
        for n_nodes in [0, 1, 2, 7, 56] {
            let edges: Vec<_> = (1..n_nodes).map(|node| (node / 3, node)).collect();
            let (points, height, radius) = fit(&place(n_nodes, &edges));
            assert!(
                height <= MAX_HEIGHT + 1e-6 && radius > 1.0,
                "{n_nodes}: {height} {radius}"
            );
            for (node, Point { x, y }) in points.iter().enumerate() {
                assert!(*x >= radius && *x <= WIDTH - radius);
                assert!(*y >= radius && *y <= height - radius);
                for other in &points[..node] {
                    assert!(length(x - other.x, y - other.y) > 2.0 * radius);
                }
            }
        }
    }
}
