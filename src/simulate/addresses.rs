//! Addresses, and how the people of eight countries write them.

use super::places::{COUNTRIES, City};
use super::random::{Random, hash, slot};

/// Where somebody is: a building, and perhaps a unit in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Address {
    pub(super) city: City,
    pub(super) street: u32,
    pub(super) number: u32,
    /// Floor and door.
    pub(super) unit: Option<(u32, u32)>,
}

/// How an address is written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Spelling {
    /// Chooses among the usual forms.
    pub(super) style: u64,
    /// Whether a letter is wrong.
    pub(super) typo: bool,
    /// Whether postal code and coordinates are missing.
    pub(super) bare: bool,
}

impl Address {
    /// Degrees north and east, within some kilometres of the city's middle.
    pub(super) fn coordinates(&self) -> (f64, f64) {
        let (_, north, east) = COUNTRIES[self.city.country].cities[self.city.city];
        let mut random = Random::new(&[
            11,
            self.city.key(),
            u64::from(self.street),
            u64::from(self.number),
        ]);
        (
            north + (random.unit() - 0.5) * 0.16,
            east + (random.unit() - 0.5) * 0.16,
        )
    }

    /// The postal code: one a building in Singapore, one a street elsewhere.
    pub(super) fn postal_code(&self) -> String {
        let street = hash(&[12, self.city.key(), u64::from(self.street)]);
        let building = hash(&[street, u64::from(self.number)]);
        match COUNTRIES[self.city.country].code {
            "SG" => format!("{:06}", 10_000 + building % 810_000),
            "TH" | "ID" | "MY" | "US" => format!("{:05}", 10_000 + street % 89_000),
            "VN" => format!("{:06}", 100_000 + street % 890_000),
            "JP" => format!("{:03}-{:04}", 100 + street % 890, street / 1000 % 10_000),
            _ => {
                let letters = ["M", "L", "B", "E", "N", "S"];
                let inward = ["AB", "DE", "FG", "HJ", "LN", "PQ", "RS", "TU"];
                format!(
                    "{}{} {}{}",
                    letters[slot(street, 6)],
                    1 + street / 8 % 28,
                    building % 10,
                    inward[slot(building / 16, 8)]
                )
            }
        }
    }

    /// The address as somebody writes it.
    pub(super) fn written(&self, spelling: Spelling) -> String {
        let style = |n: u64, of: u64| hash(&[spelling.style, n]) % of;
        let street = self.street_name(style(1, 2) == 0);
        let number = self.number;
        let tidy = match COUNTRIES[self.city.country].code {
            "SG" => match style(2, 4) {
                0 => format!("Blk {number} {street}{}", self.unit_text(style(3, 3), " ")),
                1 => format!("{number} {street}{}", self.unit_text(style(3, 3), ", ")),
                2 => format!("{number} {street}, {}", self.unit_text(style(3, 3), "")),
                _ => format!(
                    "BLOCK {number} {street}{}",
                    self.unit_text(style(3, 3), " ")
                ),
            },
            "TH" => match style(2, 2) {
                0 => format!("{number} {street}{}", self.unit_text(style(3, 3), ", ")),
                _ => format!("{number}{} {street}", self.unit_text(style(3, 3), " ")),
            },
            "ID" | "MY" => match style(2, 3) {
                0 => format!("{street} No. {number}{}", self.unit_text(style(3, 3), ", ")),
                1 => format!("{street} No {number}{}", self.unit_text(style(3, 3), " ")),
                _ => format!("{number}, {street}{}", self.unit_text(style(3, 3), ", ")),
            },
            "VN" => match style(2, 2) {
                0 => format!("{number} {street}{}", self.unit_text(style(3, 3), ", ")),
                _ => format!("Số {number} {street}{}", self.unit_text(style(3, 3), ", ")),
            },
            "JP" => self.japanese(style(2, 3)),
            _ => format!("{number} {street}{}", self.unit_text(style(3, 3), " ")),
        };
        let tidy = tidy.trim_end_matches([' ', ',']).to_owned();
        let cased = match style(4, 5) {
            0 => tidy.to_uppercase(),
            _ => tidy,
        };
        if spelling.typo {
            mistype(&cased, spelling.style)
        } else {
            cased
        }
    }

    fn japanese(&self, style: u64) -> String {
        let words = &COUNTRIES[self.city.country].words;
        let town = words[slot(u64::from(self.street), 16)];
        let (chome, ban, go) = (
            1 + self.street / 16,
            1 + self.number / 20,
            1 + self.number % 20,
        );
        let unit = self.unit.map_or(String::new(), |(floor, door)| {
            format!(" {floor}{door:02}号室")
        });
        match style {
            0 => format!("{town}{chome}丁目{ban}番{go}号{unit}"),
            1 => format!("{town}{chome}-{ban}-{go}{unit}"),
            _ => {
                let wide = |n: u32| -> String {
                    n.to_string()
                        .chars()
                        .map(|c| char::from_u32(u32::from(c) - 0x30 + 0xff10).unwrap_or(c))
                        .collect()
                };
                format!("{town}{}－{}－{}{unit}", wide(chome), wide(ban), wide(go))
            }
        }
    }

    fn street_name(&self, short: bool) -> String {
        let country = &COUNTRIES[self.city.country];
        let word = country.words[slot(u64::from(self.street), 16)];
        let district = self.street / 16;
        let either = |a: &'static str, b: &'static str| if short { a } else { b };
        match country.code {
            "SG" => format!("{word} {} {}", either("Ave", "Avenue"), district + 1),
            "TH" => format!("{} {word} {}", either("Soi", "Thanon"), district + 1),
            "ID" => format!("{} {word} {}", either("Jl.", "Jalan"), roman(district)),
            "MY" => format!(
                "{} {word} {}/{}",
                either("Jln", "Jalan"),
                district / 9 + 1,
                district % 9 + 1
            ),
            "VN" => format!(
                "{} {word}, {} {}",
                either("Đ.", "Đường"),
                either("P.", "Phường"),
                district + 1
            ),
            "US" if district == 0 => format!("{word} {}", either("St", "Street")),
            "US" => format!(
                "{} {} {word} {}",
                ["N", "S", "E", "W"][slot(u64::from(district), 4)],
                district,
                either("Ave", "Avenue")
            ),
            _ => format!(
                "{word} {}{}",
                either("Rd", "Road"),
                if district == 0 {
                    String::new()
                } else {
                    format!(" {district}")
                }
            ),
        }
    }

    fn unit_text(&self, style: u64, separator: &str) -> String {
        let Some((floor, door)) = self.unit else {
            return String::new();
        };
        let text = match (COUNTRIES[self.city.country].code, style) {
            ("SG" | "MY", 0) => format!("#{floor:02}-{door:02}"),
            ("SG" | "MY", 1) => format!("Unit {floor}-{door}"),
            ("SG" | "MY", _) => format!("{floor:02}-{door:02}"),
            ("US", 0) => format!("Ste {floor}{door:02}"),
            ("US", 1) => format!("Suite {floor}{door:02}"),
            ("US", _) => format!("#{floor}{door:02}"),
            ("GB", 0) => format!("Flat {floor}{door:02}"),
            ("GB", _) => format!("Unit {floor}{door:02}"),
            ("ID", _) => format!("Lt. {floor} No. {door}"),
            ("VN", _) => format!("Tầng {floor} Phòng {door}"),
            _ => format!("Unit {floor}/{door}"),
        };
        format!("{separator}{text}")
    }
}

fn roman(n: u32) -> String {
    let ones = ["", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX"];
    let tens = "X".repeat(usize::try_from(n / 10 % 10).expect("one digit"));
    let block = if n < 100 {
        String::new()
    } else {
        format!("{} ", n / 100)
    };
    format!("{block}{tens}{}", ones[slot(u64::from(n % 10), 10)])
}

/// Doubles, drops or swaps one letter; digits stay, since a wrong number is another house.
fn mistype(text: &str, style: u64) -> String {
    let mut letters: Vec<char> = text.chars().collect();
    let places: Vec<usize> = (1..letters.len().saturating_sub(1))
        .filter(|&i| letters[i].is_alphabetic() && letters[i + 1].is_alphabetic())
        .collect();
    if places.is_empty() {
        return text.to_owned();
    }
    let at = places[slot(hash(&[style, 9]), places.len())];
    match hash(&[style, 10]) % 3 {
        0 => letters.insert(at, letters[at]),
        1 => {
            letters.remove(at);
        }
        _ => letters.swap(at, at + 1),
    }
    letters.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::{Address, COUNTRIES, City, Spelling};

    #[test]
    fn every_country_writes_its_addresses_in_several_ways() {
        for country in 0..COUNTRIES.len() {
            let address = Address {
                city: City { country, city: 0 },
                street: 21,
                number: 57,
                unit: Some((3, 15)),
            };
            let spellings: std::collections::BTreeSet<String> = (0..40)
                .map(|style| {
                    address.written(Spelling {
                        style,
                        typo: false,
                        bare: false,
                    })
                })
                .collect();
            assert!(spellings.len() >= 3, "{spellings:?}");
            assert!(!address.postal_code().is_empty());
        }
    }
}
