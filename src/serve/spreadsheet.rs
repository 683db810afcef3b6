//! CSV that people open in a spreadsheet.

use std::borrow::Cow;

/// A table as CSV with a byte order mark, so that spreadsheets read it as UTF-8, and with every cell
/// that a spreadsheet would take for a formula made a text.
pub(super) fn write(header: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> Vec<u8> {
    let mut writer = csv::Writer::from_writer("\u{feff}".as_bytes().to_vec());
    let never = "a Vec takes everything, and every row has as many cells as the header";
    writer.write_record(header).expect(never);
    for row in rows {
        let cells = row.iter().map(|cell| neutral(cell).into_owned());
        writer.write_record(cells).expect(never);
    }
    writer.into_inner().expect(never)
}

/// An apostrophe before what begins like a formula. Numbers stay numbers.
pub(super) fn neutral(cell: &str) -> Cow<'_, str> {
    let suspicious =
        cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']);
    if suspicious && cell.parse::<f64>().is_err() {
        return format!("'{cell}").into();
    }
    cell.into()
}

#[cfg(test)]
mod tests {
    use super::{neutral, write};

    #[test]
    fn formulas_become_texts_and_numbers_stay() {
        let check = |cell: &str, expected: &str| assert_eq!(neutral(cell), expected);
        check("=1+1", "'=1+1");
        check("@SUM(A1)", "'@SUM(A1)");
        check("+65 1234", "'+65 1234");
        check("-2", "-2");
        check("\t=1", "'\t=1");
        check("shop", "shop");
        check("", "");
        let bytes = write(&["a", "b"], [vec!["=x,y".to_owned(), "\"".to_owned()]]);
        assert_eq!(
            String::from_utf8(bytes).unwrap(),
            "\u{feff}a,b\n\"'=x,y\",\"\"\"\"\n"
        );
    }
}
