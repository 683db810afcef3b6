//! What a merchant's name says of its brand.

/// Whether a word says what a shop is or how it is incorporated, not whose it is.
fn is_common(word: &str) -> bool {
    matches!(
        word,
        "the"
            | "a"
            | "an"
            | "and"
            | "of"
            | "at"
            | "de"
            | "la"
            | "el"
            | "le"
            | "inc"
            | "llc"
            | "ltd"
            | "pte"
            | "sdn"
            | "bhd"
            | "co"
            | "corp"
            | "company"
            | "limited"
            | "plc"
            | "gmbh"
            | "kk"
            | "pt"
            | "cv"
            | "tbk"
            | "jsc"
            | "enterprise"
            | "enterprises"
            | "holdings"
            | "ventures"
            | "group"
    )
}

/// They stand inside a word: `McDonald's` is one.
const APOSTROPHES: [char; 2] = ['\'', '’'];

/// Names whose brand is fewer letters than this say too little to be compared.
const MIN_BRAND_LETTERS: usize = 4;

/// Words of a brand.
const MAX_BRAND_WORDS: usize = 2;

/// Spells brands, keeping its buffers.
#[derive(Debug, Default)]
pub struct BrandSpeller {
    lower: String,
    word: String,
    key: String,
}

impl BrandSpeller {
    /// The first two telling words of a name, lower case; empty when they say too little.
    pub fn spell(&mut self, name: &str) -> &str {
        self.lower.clear();
        if name.is_ascii() {
            self.lower.push_str(name);
            self.lower.make_ascii_lowercase();
        } else {
            self.lower.push_str(&name.to_lowercase());
        }
        self.key.clear();
        let mut n_words = 0;
        let words = self
            .lower
            .split(|c: char| !c.is_alphanumeric() && !APOSTROPHES.contains(&c));
        for word in words {
            let word = if word.contains(APOSTROPHES) {
                self.word.clear();
                self.word.extend(word.split(APOSTROPHES));
                &self.word
            } else {
                word
            };
            if word.is_empty() || word.contains(char::is_numeric) || is_common(word) {
                continue;
            }
            if n_words > 0 {
                self.key.push(' ');
            }
            self.key.push_str(word);
            n_words += 1;
            if n_words == MAX_BRAND_WORDS {
                break;
            }
        }
        if self.key.chars().count() < MIN_BRAND_LETTERS {
            self.key.clear();
        }
        &self.key
    }
}

#[cfg(test)]
mod tests {
    use super::BrandSpeller;

    #[test]
    fn keys_drop_numbers_and_legal_forms() {
        assert_eq!(
            BrandSpeller::default().spell("The McDonald's Corp. #12"),
            "mcdonalds"
        );
        assert_eq!(
            BrandSpeller::default().spell("PT. Kopi Kenangan Tbk"),
            "kopi kenangan"
        );
        assert_eq!(BrandSpeller::default().spell("A & B"), "");
    }
}
