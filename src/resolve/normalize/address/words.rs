//! The vocabulary of addresses in Singapore, Thailand, Indonesia, Vietnam, Malaysia, Japan (romanised),
//! the United States and Great Britain: many spellings, one word.

/// The one spelling of an address word; the word itself when it has only one.
pub(super) fn canonical_word<'a>(word: &'a str, country: &str) -> &'a str {
    let local = match country {
        "sg" | "my" | "id" => malay_word(word),
        "vn" => vietnamese_word(word),
        "th" => thai_word(word),
        _ => word,
    };
    if local != word {
        return local;
    }
    common_word(word)
}

fn common_word(word: &str) -> &str {
    match word {
        "street" | "str" | "saint" | "strt" => "st",
        "avenue" | "av" | "aven" | "avenu" | "avn" => "ave",
        "boulevard" | "boul" | "boulv" | "bl" | "bvd" | "blv" => "blvd",
        "road" => "rd",
        "drive" | "driv" | "drv" | "doctor" => "dr",
        "lane" => "ln",
        "court" | "crt" => "ct",
        "place" => "pl",
        "square" | "sqr" => "sq",
        "parkway" | "pky" | "pkway" | "pwy" | "parkwy" => "pkwy",
        "highway" | "hiway" | "hway" | "highwy" => "hwy",
        "circle" | "circ" | "crcl" => "cir",
        "terrace" | "terr" => "ter",
        "trail" | "tr" | "trails" => "trl",
        "plaza" | "plza" => "plz",
        "center" | "centre" | "cntr" | "cen" => "ctr",
        "crescent" | "cresc" | "crsnt" => "cres",
        "expressway" | "expwy" => "expy",
        "freeway" => "fwy",
        "turnpike" | "tpk" => "tpke",
        "alley" => "aly",
        "cove" => "cv",
        "point" => "pt",
        "mount" => "mt",
        "fort" => "ft",
        "heights" | "height" => "hts",
        "gardens" => "gdns",
        "garden" => "gdn",
        "grove" => "grv",
        "close" => "cl",
        "junior" => "jr",
        "interstate" | "ih" => "i",
        "north" => "n",
        "south" => "s",
        "east" => "e",
        "west" => "w",
        "northeast" => "ne",
        "northwest" => "nw",
        "southeast" => "se",
        "southwest" => "sw",
        "building" | "bld" => "bldg",
        "upp" => "upper",
        "ind" | "indl" => "industrial",
        "jl" | "jln" => "jalan",
        "lrg" => "lorong",
        "thnn" | "ถนน" => "thanon",
        "ซอย" => "soi",
        "block" | "blok" => "blk",
        "first" => "1st",
        "second" => "2nd",
        "third" => "3rd",
        "fourth" => "4th",
        "fifth" => "5th",
        "sixth" => "6th",
        "seventh" => "7th",
        "eighth" => "8th",
        "ninth" => "9th",
        "tenth" => "10th",
        _ => word,
    }
}

fn malay_word(word: &str) -> &str {
    match word {
        "lor" => "lorong",
        "bt" | "bkt" => "bukit",
        "kg" | "kpg" | "kampong" => "kampung",
        "tmn" => "taman",
        "bdr" => "bandar",
        "pers" | "psn" => "persiaran",
        "lbh" => "lebuh",
        "tg" | "tj" | "tanjung" => "tanjong",
        "sg" => "sungai",
        "nth" | "utara" => "n",
        "sth" | "selatan" => "s",
        "ctrl" => "central",
        "gg" => "gang",
        "pk" => "park",
        "timur" => "e",
        "barat" => "w",
        _ => word,
    }
}

fn vietnamese_word(word: &str) -> &str {
    match word {
        "q" | "quan" | "district" | "dist" => "quan",
        "p" | "f" | "ward" => "phuong",
        "d" | "street" | "st" => "duong",
        _ => word,
    }
}

fn thai_word(word: &str) -> &str {
    match word {
        "แขวง" | "ตำบล" | "tambon" | "tambol" | "kwaeng" | "subdistrict" => {
            "khwaeng"
        }
        "เขต" | "อำเภอ" | "amphoe" | "amphur" | "amphur." | "district" => "khet",
        "road" | "rd" | "thanon" | "ถนน" => "thanon",
        "ซ" | "lane" => "soi",
        _ => word,
    }
}

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
