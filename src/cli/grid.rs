//! Rows and columns that fit the screen.

use std::io::{self, Write};

use comfy_table::{
    Attribute, Cell, CellAlignment, Color, ColumnConstraint, ContentArrangement, Row, Table,
    presets,
};

use crate::cli::screen::{Screen, Tone, visible};

/// A column.
#[derive(Clone, Copy, Debug)]
pub(super) struct Column {
    title: &'static str,
    alignment: CellAlignment,
    keep: bool,
    /// 0 for a column that is always there; of the others the highest goes first.
    dispensable: u8,
}

impl Column {
    /// A column that a narrow screen goes without; of several the one with the highest number goes
    /// first.
    pub(super) const fn dispensable(self, order: u8) -> Self {
        Self {
            dispensable: order,
            ..self
        }
    }
}

/// A column of words, shortened where the screen is narrow.
pub(super) const fn words(title: &'static str) -> Column {
    Column {
        title,
        alignment: CellAlignment::Left,
        keep: false,
        dispensable: 0,
    }
}

/// A column of ids or short words, which are of no use when shortened.
pub(super) const fn id(title: &'static str) -> Column {
    Column {
        title,
        alignment: CellAlignment::Left,
        keep: true,
        dispensable: 0,
    }
}

/// A column of numbers.
pub(super) const fn number(title: &'static str) -> Column {
    Column {
        title,
        alignment: CellAlignment::Right,
        keep: true,
        dispensable: 0,
    }
}

/// How a value that is too long for its column is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Overflow {
    /// On one line, with an ellipsis.
    Ellipsis,
    /// On as many lines as it takes.
    Wrap,
}

/// A value in its tone.
pub(super) type Field = (Tone, String);

/// A value in no tone.
pub(super) fn plain(text: impl std::fmt::Display) -> Field {
    (Tone::Plain, text.to_string())
}

/// The margin left of a grid.
const MARGIN: &str = "  ";
/// Columns between two columns.
const GAP: usize = 2;
/// What an id column leaves at least to each column of words.
const MIN_WORDS: usize = 8;

/// Writes rows under a header. On a screen too narrow for the ids, columns that can be done without go
/// first; if that does not help, everything wraps: an id is never shortened.
pub(super) fn write_grid(
    out: &mut dyn Write,
    screen: &Screen,
    columns: &[Column],
    mut rows: Vec<Vec<Field>>,
    overflow: Overflow,
) -> io::Result<()> {
    let mut columns = columns.to_vec();
    while !leaves_room(screen, &columns, &rows) {
        let Some(at) = most_dispensable(&columns) else {
            break;
        };
        columns.remove(at);
        for row in &mut rows {
            row.remove(at);
        }
    }
    let roomy = leaves_room(screen, &columns, &rows);
    let table = laid_out(screen, &columns, rows, roomy, overflow);
    for line in table.lines() {
        writeln!(out, "{MARGIN}{}", line.trim_end())?;
    }
    Ok(())
}

fn most_dispensable(columns: &[Column]) -> Option<usize> {
    (0..columns.len())
        .filter(|&at| columns[at].dispensable > 0)
        .max_by_key(|&at| columns[at].dispensable)
}

fn laid_out(
    screen: &Screen,
    columns: &[Column],
    rows: Vec<Vec<Field>>,
    roomy: bool,
    overflow: Overflow,
) -> Table {
    let mut table = Table::new();
    table
        .load_style(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(u16::try_from(screen.width - MARGIN.len()).unwrap_or(u16::MAX))
        .set_truncation_indicator("…");
    if screen.color {
        table.enforce_styling();
    } else {
        table.force_no_tty();
    }
    table.set_header(columns.iter().map(|column| {
        Cell::new(column.title)
            .add_attribute(Attribute::Dim)
            .set_alignment(column.alignment)
    }));
    for fields in rows {
        let cells = fields.into_iter().zip(columns);
        let mut row = Row::from(cells.map(|(field, column)| cell(field, *column)));
        if roomy && overflow == Overflow::Ellipsis {
            row.max_height(1);
        }
        table.add_row(row);
    }
    for (at, column) in columns.iter().enumerate() {
        let gap = if at + 1 == columns.len() { 0 } else { GAP };
        let laid_out = table.column_mut(at).expect("the header has every column");
        laid_out.set_padding((0, u16::try_from(gap).unwrap_or(0)));
        if roomy && column.keep {
            laid_out.set_constraint(ColumnConstraint::ContentWidth);
        }
    }
    table
}

fn cell((tone, text): Field, column: Column) -> Cell {
    let cell = Cell::new_owned(visible(&text).into_owned()).set_alignment(column.alignment);
    match tone {
        Tone::Plain => cell,
        Tone::Strong => cell.add_attribute(Attribute::Bold),
        Tone::Quiet => cell.add_attribute(Attribute::Dim),
        Tone::Bad => cell.fg(Color::Red).add_attribute(Attribute::Bold),
        Tone::Warn => cell.fg(Color::Yellow),
        Tone::Good => cell.fg(Color::Green),
    }
}

/// Whether the columns that must not be shortened leave the others room to be read.
fn leaves_room(screen: &Screen, columns: &[Column], rows: &[Vec<Field>]) -> bool {
    use unicode_width::UnicodeWidthStr;
    let widest = |at: usize| {
        let values = rows.iter().map(|row| visible(&row[at].1).width());
        values.chain([columns[at].title.width()]).max().unwrap_or(0)
    };
    let needed: usize = columns
        .iter()
        .enumerate()
        .map(|(at, column)| {
            GAP + if column.keep {
                widest(at)
            } else {
                widest(at).min(MIN_WORDS)
            }
        })
        .sum();
    needed <= screen.width
}
