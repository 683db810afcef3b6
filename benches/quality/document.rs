//! The Markdown page, section by section.

use std::fmt::Write;

/// A level-two section of the page.
#[derive(Debug)]
pub(crate) struct Section {
    /// The heading without its hashes; what a section is known by in an older page.
    pub(crate) title: &'static str,
    /// Markdown below the heading; `None` where this call did not measure it.
    pub(crate) body: Option<String>,
}

/// Joins the sections. One that was not measured is taken from the older page, or says how it is made.
pub(crate) fn page(introduction: &str, sections: &[Section], older: &str) -> String {
    let mut page = introduction.trim().to_owned() + "\n";
    for section in sections {
        let body = match &section.body {
            Some(body) => body.clone(),
            None => carried_over(section.title, older).unwrap_or_else(|| {
                "Not measured yet. This section is made by:\n\n    \
                 cargo bench --bench quality -- --realdata DIR"
                    .to_owned()
            }),
        };
        let _ = write!(page, "\n## {}\n\n{}\n", section.title, body.trim());
    }
    page
}

/// The body of a section of the older page.
fn carried_over(title: &str, older: &str) -> Option<String> {
    let heading = format!("\n## {title}\n");
    let from = older.find(&heading)? + heading.len();
    let rest = &older[from..];
    let to = rest.find("\n## ").unwrap_or(rest.len());
    Some(rest[..to].to_owned())
}

/// A Markdown table.
#[derive(Debug)]
pub(crate) struct Table {
    text: String,
    columns: usize,
}

impl Table {
    /// The first column is text, all others are numbers.
    pub(crate) fn new(header: &[&str]) -> Self {
        let mut text = format!("| {} |\n| --- |", header.join(" | "));
        for _ in 1..header.len() {
            text += " ---: |";
        }
        text += "\n";
        Self {
            text,
            columns: header.len(),
        }
    }

    /// Adds a row of as many cells as there are columns.
    pub(crate) fn row(&mut self, cells: &[String]) {
        assert_eq!(cells.len(), self.columns, "a cell for each column");
        let _ = writeln!(self.text, "| {} |", cells.join(" | "));
    }

    /// The table as Markdown, an empty line behind it.
    pub(crate) fn finish(self) -> String {
        self.text + "\n"
    }
}

/// `0.912`, or a dash where it is not defined.
pub(crate) fn number(value: Option<f64>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| format!("{value:.3}"))
}

/// `0.04 %`.
pub(crate) fn percent(value: Option<f64>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| format!("{:.2} %", value * 100.0))
}

/// Measurements of one thing over seeds.
#[derive(Clone, Debug, Default)]
pub(crate) struct Spread {
    values: Vec<f64>,
}

impl Spread {
    /// Adds a seed's measurement, where it is defined.
    pub(crate) fn add(&mut self, value: Option<f64>) {
        self.values.extend(value);
    }

    /// The mean.
    pub(crate) fn mean(&self) -> Option<f64> {
        let count = f64::from(u32::try_from(self.values.len()).expect("few seeds"));
        (count > 0.0).then(|| self.values.iter().sum::<f64>() / count)
    }

    /// `0.912 (0.901..0.930)`; only the mean where there is one value.
    pub(crate) fn cell(&self, show: impl Fn(Option<f64>) -> String) -> String {
        let mean = show(self.mean());
        if self.values.len() < 2 {
            return mean;
        }
        let low = self.values.iter().copied().reduce(f64::min);
        let high = self.values.iter().copied().reduce(f64::max);
        format!("{mean} ({}..{})", show(low), show(high))
    }
}
