//! Where in a file the columns of a table stand.

use super::IngestError;
use super::schema::TableSchema;

/// Where each column of a schema stands in a file; `None` for an optional one that is not there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Header {
    /// Fields in every row of the file.
    pub(super) fields: usize,
    /// One entry for each column of the schema.
    pub(super) positions: Vec<Option<usize>>,
}

/// Finds the columns by name.
pub(super) fn find_columns(
    names: &[String],
    file: &str,
    schema: &TableSchema,
) -> Result<Header, IngestError> {
    let mut positions = Vec::with_capacity(schema.columns.len());
    for column in &schema.columns {
        let mut found = (0..names.len()).filter(|&index| names[index].trim() == column.name);
        let position = found.next();
        if found.next().is_some() {
            return Err(IngestError::DuplicateColumn {
                file: file.to_owned(),
                column: column.name.clone(),
            });
        }
        if position.is_none() && column.required {
            return Err(IngestError::MissingColumn {
                file: file.to_owned(),
                column: column.name.clone(),
                found: presentable(names),
                hint: hint(names, &column.name),
            });
        }
        positions.push(position);
    }
    Ok(Header {
        fields: names.len(),
        positions,
    })
}

/// The names found. In a file without a header they are the values of its first row, so whatever
/// does not look like the name of a column is counted and not shown.
fn presentable(names: &[String]) -> String {
    let mut shown: Vec<_> = names.iter().map(|name| name.trim()).collect();
    shown.retain(|name| looks_like_a_column(name));
    let hidden = names.len() - shown.len();
    match (shown.is_empty(), hidden) {
        (false, 0) => shown.join(", "),
        (true, _) => format!("{hidden} fields that look like no column names"),
        (false, _) => format!(
            "{} and {hidden} fields that look like no column names",
            shown.join(", ")
        ),
    }
}

fn looks_like_a_column(name: &str) -> bool {
    let digits = name.bytes().filter(u8::is_ascii_digit).count();
    let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    name.len() <= 40
        && digits <= 2
        && name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name.bytes().all(word)
}

fn hint(names: &[String], wanted: &str) -> String {
    if let [only] = names
        && let Some(separator) = [';', '\t', '|']
            .into_iter()
            .find(|&mark| only.contains(mark))
    {
        return format!("separate the columns by commas, not by {separator:?}");
    }
    let folded = wanted.to_lowercase();
    let similarity = |name: &str| strsim::jaro_winkler(&name.to_lowercase(), &folded);
    let near = names.iter().map(|name| name.trim());
    let near = near.filter(|name| looks_like_a_column(name) && similarity(name) >= 0.85);
    // Ties go to the first in the file.
    let nearest = near.reduce(|best, name| {
        if similarity(name) > similarity(best) {
            name
        } else {
            best
        }
    });
    match nearest {
        Some(name) => format!("is `{name}` meant? Then rename it to `{wanted}`"),
        None => format!("add `{wanted}`, and check that the first line is the header"),
    }
}

#[cfg(test)]
mod tests {
    use super::find_columns;
    use crate::ingest::schema::test_schema;

    fn check(names: &[&str]) -> Result<Vec<Option<usize>>, String> {
        let names: Vec<_> = names.iter().map(ToString::to_string).collect();
        find_columns(&names, "devices.csv", &test_schema())
            .map(|header| header.positions)
            .map_err(|error| error.to_string())
    }

    #[test]
    fn columns_are_found_by_name_in_any_order() {
        let found = check(&["x", " device_id ", "events", "merchant_id", "x"]).unwrap();
        assert_eq!(found, [Some(3), None, None, Some(2), None, Some(1)]);
    }

    #[test]
    fn a_missing_column_names_file_columns_and_the_nearest() {
        let cases = [
            (
                &["Merchant_ID", "device_id"][..],
                "devices.csv: expected a column `merchant_id`, found Merchant_ID, device_id; \
                 is `Merchant_ID` meant? Then rename it to `merchant_id`",
            ),
            (
                &["merchant_id;device_id"],
                "devices.csv: expected a column `merchant_id`, found 1 fields that look like no \
                 column names; separate the columns by commas, not by ';'",
            ),
            (
                &["M0012345", "Jane Doe"],
                "devices.csv: expected a column `merchant_id`, found 2 fields that look like no \
                 column names; add `merchant_id`, and check that the first line is the header",
            ),
            (
                &["merchant_id", "device_id", "device_id"],
                "devices.csv: the column `device_id` stands there twice: rename or remove one",
            ),
        ];
        for (names, message) in cases {
            assert_eq!(check(names), Err(message.to_owned()));
        }
    }
}
