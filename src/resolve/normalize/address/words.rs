//! The vocabulary of addresses in Singapore, Thailand, Indonesia, Vietnam, Malaysia, Japan (romanised),
//! the United States and Great Britain: many spellings, one word.

use std::sync::LazyLock;

use rustc_hash::FxHashMap;

/// The one spelling of an address word; the word itself when it has only one.
pub(super) fn canonical_word<'a>(word: &'a str, country: &str) -> &'a str {
    spelling(word, country).unwrap_or(word)
}

/// The one spelling of an address word; `None` when it has only one, or starts with a digit.
pub(super) fn spelling(word: &str, country: &str) -> Option<&'static str> {
    if word.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let vocabulary = &*VOCABULARY;
    let local = match country {
        "sg" | "my" | "id" => &vocabulary.malay,
        "vn" => &vocabulary.vietnamese,
        "th" => &vocabulary.thai,
        _ => return vocabulary.common.get(word).copied(),
    };
    match local.get(word) {
        Some(&spelling) if spelling != word => Some(spelling),
        _ => vocabulary.common.get(word).copied(),
    }
}

/// Spellings by word.
struct Vocabulary {
    common: FxHashMap<&'static str, &'static str>,
    malay: FxHashMap<&'static str, &'static str>,
    vietnamese: FxHashMap<&'static str, &'static str>,
    thai: FxHashMap<&'static str, &'static str>,
}

static VOCABULARY: LazyLock<Vocabulary> = LazyLock::new(|| Vocabulary {
    common: by_spelling(COMMON),
    malay: by_spelling(MALAY),
    vietnamese: by_spelling(VIETNAMESE),
    thai: by_spelling(THAI),
});

fn by_spelling(
    table: &'static [(&'static str, &'static [&'static str])],
) -> FxHashMap<&'static str, &'static str> {
    let spellings = table
        .iter()
        .flat_map(|(word, spellings)| spellings.iter().map(move |spelling| (*spelling, *word)));
    spellings.collect()
}

/// Canonical words and their other spellings.
const COMMON: &[(&str, &[&str])] = &[
    ("st", &["street", "str", "saint", "strt"]),
    ("ave", &["avenue", "av", "aven", "avenu", "avn"]),
    ("blvd", &["boulevard", "boul", "boulv", "bl", "bvd", "blv"]),
    ("rd", &["road"]),
    ("dr", &["drive", "driv", "drv", "doctor"]),
    ("ln", &["lane"]),
    ("ct", &["court", "crt"]),
    ("pl", &["place"]),
    ("sq", &["square", "sqr"]),
    ("pkwy", &["parkway", "pky", "pkway", "pwy", "parkwy"]),
    ("hwy", &["highway", "hiway", "hway", "highwy"]),
    ("cir", &["circle", "circ", "crcl"]),
    ("ter", &["terrace", "terr"]),
    ("trl", &["trail", "tr", "trails"]),
    ("plz", &["plaza", "plza"]),
    ("ctr", &["center", "centre", "cntr", "cen"]),
    ("cres", &["crescent", "cresc", "crsnt"]),
    ("expy", &["expressway", "expwy"]),
    ("fwy", &["freeway"]),
    ("tpke", &["turnpike", "tpk"]),
    ("aly", &["alley"]),
    ("cv", &["cove"]),
    ("pt", &["point"]),
    ("mt", &["mount"]),
    ("ft", &["fort"]),
    ("hts", &["heights", "height"]),
    ("gdns", &["gardens"]),
    ("gdn", &["garden"]),
    ("grv", &["grove"]),
    ("cl", &["close"]),
    ("jr", &["junior"]),
    ("i", &["interstate", "ih"]),
    ("n", &["north"]),
    ("s", &["south"]),
    ("e", &["east"]),
    ("w", &["west"]),
    ("ne", &["northeast"]),
    ("nw", &["northwest"]),
    ("se", &["southeast"]),
    ("sw", &["southwest"]),
    ("bldg", &["building", "bld"]),
    ("upper", &["upp"]),
    ("industrial", &["ind", "indl"]),
    ("jalan", &["jl", "jln"]),
    ("lorong", &["lrg"]),
    ("thanon", &["thnn", "ถนน"]),
    ("soi", &["ซอย"]),
    ("blk", &["block", "blok"]),
    ("1st", &["first"]),
    ("2nd", &["second"]),
    ("3rd", &["third"]),
    ("4th", &["fourth"]),
    ("5th", &["fifth"]),
    ("6th", &["sixth"]),
    ("7th", &["seventh"]),
    ("8th", &["eighth"]),
    ("9th", &["ninth"]),
    ("10th", &["tenth"]),
];

/// The same in Singapore, Malaysia and Indonesia.
const MALAY: &[(&str, &[&str])] = &[
    ("lorong", &["lor"]),
    ("bukit", &["bt", "bkt"]),
    ("kampung", &["kg", "kpg", "kampong"]),
    ("taman", &["tmn"]),
    ("bandar", &["bdr"]),
    ("persiaran", &["pers", "psn"]),
    ("lebuh", &["lbh"]),
    ("tanjong", &["tg", "tj", "tanjung"]),
    ("sungai", &["sg"]),
    ("n", &["nth", "utara"]),
    ("s", &["sth", "selatan"]),
    ("central", &["ctrl"]),
    ("gang", &["gg"]),
    ("park", &["pk"]),
    ("e", &["timur"]),
    ("w", &["barat"]),
];

/// The same in Vietnam.
const VIETNAMESE: &[(&str, &[&str])] = &[
    ("quan", &["q", "quan", "district", "dist"]),
    ("phuong", &["p", "f", "ward"]),
    ("duong", &["d", "street", "st"]),
];

/// The same in Thailand.
const THAI: &[(&str, &[&str])] = &[
    (
        "khwaeng",
        &["แขวง", "ตำบล", "tambon", "tambol", "kwaeng", "subdistrict"],
    ),
    (
        "khet",
        &["เขต", "อำเภอ", "amphoe", "amphur", "amphur.", "district"],
    ),
    ("thanon", &["road", "rd", "thanon", "ถนน"]),
    ("soi", &["ซ", "lane"]),
];

/// Words that add nothing where everybody leaves them out: the word for "street" before its name.
pub(super) fn is_silent(word: &str, country: &str) -> bool {
    matches!((word, country), ("duong", "vn") | ("thanon", "th"))
}

/// Canonical words that end a street's name.
pub(in crate::resolve) fn is_street_type(word: &str) -> bool {
    matches!(
        word,
        "st" | "ave"
            | "blvd"
            | "rd"
            | "dr"
            | "ln"
            | "ct"
            | "pl"
            | "sq"
            | "pkwy"
            | "hwy"
            | "cir"
            | "ter"
            | "trl"
            | "plz"
            | "cres"
            | "expy"
            | "aly"
            | "cv"
            | "way"
            | "broadway"
            | "cl"
            | "tpke"
            | "pike"
            | "loop"
            | "row"
    )
}

/// Compass directions, abbreviated.
pub(in crate::resolve) fn is_direction(word: &str) -> bool {
    matches!(word, "n" | "s" | "e" | "w" | "ne" | "nw" | "se" | "sw")
}

/// Words of numbered roads: the number after them is the road's.
pub(super) fn is_numbered_road(word: &str) -> bool {
    matches!(
        word,
        "hwy" | "i" | "us" | "sr" | "cr" | "route" | "rte" | "fm" | "co" | "county" | "state"
    )
}

/// Words before a house number.
pub(super) fn is_number_sign(word: &str) -> bool {
    matches!(
        word,
        "no" | "nr" | "num" | "number" | "nomor" | "so" | "เลขที่"
    )
}

/// Words that name a part of a building, the value after them.
pub(super) fn is_unit_sign(word: &str) -> bool {
    matches!(
        word,
        "#" | "unit"
            | "units"
            | "ste"
            | "suite"
            | "suites"
            | "apt"
            | "apartment"
            | "apts"
            | "rm"
            | "room"
            | "flat"
            | "shop"
            | "kios"
            | "stall"
            | "spc"
            | "trlr"
            | "phong"
            | "ห้อง"
    )
}

/// Words for a floor, its number beside them.
pub(super) fn is_floor_sign(word: &str) -> bool {
    matches!(
        word,
        "fl" | "flr"
            | "floor"
            | "floors"
            | "level"
            | "lvl"
            | "lantai"
            | "lt"
            | "tang"
            | "chan"
            | "ชั้น"
            | "tingkat"
    )
}

/// Words that are a unit by themselves.
pub(super) fn is_unit_word(word: &str) -> bool {
    matches!(
        word,
        "bsmt"
            | "basement"
            | "ll"
            | "lowerlevel"
            | "penthouse"
            | "ph"
            | "concourse"
            | "mezz"
            | "mezzanine"
            | "lobby"
            | "lbby"
    )
}

/// Words that begin the name of a ward, village or neighbourhood, which people leave out.
pub(super) fn is_ward_sign(word: &str) -> bool {
    matches!(
        word,
        "phuong"
            | "xa"
            | "khwaeng"
            | "kel"
            | "kelurahan"
            | "desa"
            | "kec"
            | "kecamatan"
            | "rt"
            | "rw"
    )
}
