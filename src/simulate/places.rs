//! Eight countries and their cities.

use super::random::{Random, slot};

/// A country and how it is written about.
#[derive(Debug)]
pub(super) struct Country {
    pub(super) code: &'static str,
    /// Name, degrees north, degrees east; the largest city first.
    pub(super) cities: [(&'static str, f64, f64); 4],
    /// What streets are named after.
    pub(super) words: [&'static str; 16],
}

/// Every country; its position is part of account numbers.
pub(super) const COUNTRIES: [Country; 8] = [
    Country {
        code: "SG",
        cities: [
            ("Singapore", 1.3000, 103.8500),
            ("Jurong", 1.3400, 103.7100),
            ("Tampines", 1.3500, 103.9400),
            ("Woodlands", 1.4400, 103.7900),
        ],
        words: [
            "Orchard",
            "Serangoon",
            "Geylang",
            "Bedok",
            "Clementi",
            "Hougang",
            "Pasir Ris",
            "Yishun",
            "Bukit Timah",
            "Toa Payoh",
            "Joo Chiat",
            "Sembawang",
            "Telok Blangah",
            "Kallang",
            "Simei",
            "Marine",
        ],
    },
    Country {
        code: "TH",
        cities: [
            ("Bangkok", 13.7500, 100.5000),
            ("Chiang Mai", 18.7900, 98.9800),
            ("Phuket", 7.8800, 98.3900),
            ("Khon Kaen", 16.4300, 102.8300),
        ],
        words: [
            "Sukhumvit",
            "Silom",
            "Rama IV",
            "Ratchada",
            "Phahonyothin",
            "Charoen Krung",
            "Lat Phrao",
            "Ekkamai",
            "Thong Lo",
            "Asok",
            "Sathon",
            "Nimman",
            "Phetchaburi",
            "Ari",
            "On Nut",
            "Bang Na",
        ],
    },
    Country {
        code: "ID",
        cities: [
            ("Jakarta", -6.2000, 106.8200),
            ("Surabaya", -7.2500, 112.7500),
            ("Bandung", -6.9100, 107.6100),
            ("Medan", 3.5900, 98.6700),
        ],
        words: [
            "Sudirman",
            "Thamrin",
            "Merdeka",
            "Diponegoro",
            "Gajah Mada",
            "Ahmad Yani",
            "Pahlawan",
            "Melati",
            "Mawar",
            "Kenanga",
            "Gatot Subroto",
            "Veteran",
            "Pemuda",
            "Kartini",
            "Asia Afrika",
            "Cendana",
        ],
    },
    Country {
        code: "VN",
        cities: [
            ("Hồ Chí Minh", 10.7800, 106.7000),
            ("Hà Nội", 21.0300, 105.8500),
            ("Đà Nẵng", 16.0700, 108.2200),
            ("Cần Thơ", 10.0300, 105.7800),
        ],
        words: [
            "Nguyễn Huệ",
            "Lê Lợi",
            "Trần Hưng Đạo",
            "Hai Bà Trưng",
            "Điện Biên Phủ",
            "Võ Văn Tần",
            "Lý Thường Kiệt",
            "Phan Đình Phùng",
            "Nguyễn Trãi",
            "Cách Mạng Tháng Tám",
            "Hoàng Diệu",
            "Bà Triệu",
            "Lê Duẩn",
            "Pasteur",
            "Đồng Khởi",
            "Quang Trung",
        ],
    },
    Country {
        code: "MY",
        cities: [
            ("Kuala Lumpur", 3.1500, 101.6900),
            ("George Town", 5.4100, 100.3300),
            ("Johor Bahru", 1.4900, 103.7400),
            ("Ipoh", 4.6000, 101.0800),
        ],
        words: [
            "Bukit Bintang",
            "Ampang",
            "Tun Razak",
            "Sultan Ismail",
            "Raja Chulan",
            "Petaling",
            "Kenari",
            "Cempaka",
            "Damai",
            "Setia",
            "Utama",
            "Bahagia",
            "Masjid India",
            "Pudu",
            "Imbi",
            "Tebrau",
        ],
    },
    Country {
        code: "JP",
        cities: [
            ("東京都新宿区", 35.6900, 139.7000),
            ("大阪市北区", 34.7000, 135.5000),
            ("名古屋市中区", 35.1700, 136.9000),
            ("福岡市博多区", 33.5900, 130.4100),
        ],
        words: [
            "西新宿",
            "高田馬場",
            "本町",
            "栄",
            "中央",
            "南町",
            "桜丘",
            "緑ヶ丘",
            "大手町",
            "梅田",
            "天神",
            "若葉",
            "旭町",
            "東町",
            "富士見",
            "美園",
        ],
    },
    Country {
        code: "US",
        cities: [
            ("Chicago", 41.8800, -87.6300),
            ("Houston", 29.7600, -95.3700),
            ("Phoenix", 33.4500, -112.0700),
            ("Columbus", 39.9600, -83.0000),
        ],
        words: [
            "Main",
            "Oak",
            "Washington",
            "Lincoln",
            "Halsted",
            "Madison",
            "Jackson",
            "Lake",
            "Park",
            "Cedar",
            "Elm",
            "Grand",
            "Division",
            "Franklin",
            "Maple",
            "Sunset",
        ],
    },
    Country {
        code: "GB",
        cities: [
            ("London", 51.5100, -0.1300),
            ("Manchester", 53.4800, -2.2400),
            ("Leeds", 53.8000, -1.5500),
            ("Bristol", 51.4500, -2.5900),
        ],
        words: [
            "High", "Station", "Church", "Victoria", "Green", "Mill", "King", "Queen", "Albert",
            "Market", "Bridge", "York", "Park", "Chapel", "Windsor", "Clarence",
        ],
    },
];

/// A city: positions of its country and of the city in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct City {
    pub(super) country: usize,
    pub(super) city: usize,
}

/// Share of a country's merchants in its cities.
const CITY_SHARES: [f64; 4] = [0.55, 0.22, 0.14, 0.09];

impl City {
    /// A city, the large ones likelier.
    pub(super) fn draw(random: &mut Random) -> Self {
        let country = slot(random.bits() >> 9, COUNTRIES.len());
        Self::draw_in(random, country)
    }

    /// A city of one country.
    pub(super) fn draw_in(random: &mut Random, country: usize) -> Self {
        let mut left = random.unit();
        for (city, share) in CITY_SHARES.iter().enumerate() {
            left -= share;
            if left < 0.0 {
                return Self { country, city };
            }
        }
        Self { country, city: 0 }
    }

    /// The share of all merchants that are here.
    pub(super) fn share(self) -> f64 {
        CITY_SHARES[self.city] / 8.0
    }

    /// A number that stands for the city in hashes.
    pub(super) fn key(self) -> u64 {
        u64::try_from(self.country * 4 + self.city).expect("32 cities")
    }

    pub(super) fn name(self) -> &'static str {
        COUNTRIES[self.country].cities[self.city].0
    }

    pub(super) fn country_code(self) -> &'static str {
        COUNTRIES[self.country].code
    }
}

#[cfg(test)]
mod tests {
    use super::City;

    #[test]
    fn city_shares_make_a_whole() {
        let total: f64 = (0..8)
            .flat_map(|country| (0..4).map(move |city| City { country, city }.share()))
            .sum();
        assert!((total - 1.0).abs() < 1e-9);
    }
}
