//! Paragraphs that fit the screen.

use std::io::{self, Write};

use crate::cli::screen::{Screen, Tone, visible, wrapped};

/// Writes a wrapped text whose first line starts with a mark and whose others are indented as far.
pub(super) fn write_text(
    out: &mut dyn Write,
    screen: &Screen,
    mark: &str,
    text: &str,
) -> io::Result<()> {
    let indent = mark.chars().count();
    for (at, line) in wrapped(&visible(text), screen.width - indent)
        .iter()
        .enumerate()
    {
        let lead = if at == 0 { mark } else { &"  "[..indent] };
        writeln!(out, "{lead}{line}")?;
    }
    Ok(())
}

/// Writes `Name: text`, wrapped, with the name in bold.
pub(super) fn write_item(
    out: &mut dyn Write,
    screen: &Screen,
    name: &str,
    text: &str,
) -> io::Result<()> {
    write_led(out, screen, &format!("{name}:"), text)
}

/// Writes a lead in bold and a text behind it, wrapped; further lines are indented.
pub(super) fn write_led(
    out: &mut dyn Write,
    screen: &Screen,
    lead: &str,
    text: &str,
) -> io::Result<()> {
    let lead = visible(lead);
    let whole = format!("{lead} {}", visible(text));
    for (at, line) in wrapped(&whole, screen.width - 2).iter().enumerate() {
        match line.strip_prefix(lead.as_ref()).filter(|_| at == 0) {
            Some(rest) => writeln!(out, "{}{rest}", screen.paint(Tone::Strong, &lead))?,
            None if at == 0 => writeln!(out, "{line}")?,
            None => writeln!(out, "  {line}")?,
        }
    }
    Ok(())
}
