//! What a text in a strategy may name, and so what it may look like.

/// What a text names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TextKind {
    /// A name of ours: it stands in outputs, so it is a lower-case identifier.
    Name,
    /// An input table: it is a file name, so it can't lead out of the data directory.
    Table,
    /// A column of an input table.
    Column,
    /// Any text.
    Text,
}

/// Longest name, table or column, in bytes.
const MAX_NAME_BYTES: usize = 64;
/// Longest text in a list, in bytes.
const MAX_TEXT_BYTES: usize = 1024;
impl TextKind {
    /// Checks a text; the error says what was found, without the text.
    pub(super) fn check(self, text: &str) -> Result<(), String> {
        let max_bytes = if self == Self::Text {
            MAX_TEXT_BYTES
        } else {
            MAX_NAME_BYTES
        };
        if text.trim().is_empty() {
            return Err("an empty text".to_owned());
        }
        if text.len() > max_bytes {
            return Err(format!("a text of more than {max_bytes} bytes"));
        }
        let fits = match self {
            Self::Name => {
                text.starts_with(|c: char| c.is_ascii_lowercase())
                    && text
                        .bytes()
                        .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
            }
            Self::Table => {
                text.starts_with(|c: char| c.is_ascii_alphanumeric())
                    && text
                        .bytes()
                        .all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
            }
            Self::Column => !text.contains(char::is_control) && text.trim() == text,
            Self::Text => !text.contains(char::is_control),
        };
        if fits {
            Ok(())
        } else {
            Err("a text of another form".to_owned())
        }
    }

    /// What is accepted, in words.
    pub(super) fn expected(self) -> &'static str {
        match self {
            Self::Name => {
                "a name of lower-case letters, digits and `_` that begins with a letter (at most 64 bytes)"
            }
            Self::Table => {
                "a table's name of letters, digits, `_` and `-`, without folder or extension (at most 64 bytes)"
            }
            Self::Column => "a column's name without space around it (at most 64 bytes)",
            Self::Text => "one line and not empty (at most 1024 bytes)",
        }
    }
}
