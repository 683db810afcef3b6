//! Japanese addresses in Japanese script: prefecture, city, town, chome, block, number.
//!
//! The building is the town with its first three numbers (`高槻市奈佐原2-1-2`), the unit whatever follows.

use super::Parts;

/// A third number with this many digits is a room: house numbers in a block have one or two.
const ROOM_DIGITS: usize = 3;

/// Numbers that make a building.
const BUILDING_NUMBERS: usize = 3;

/// Whether the text is in Japanese script, in Japan or in no stated country.
pub(super) fn is_japanese(text: &str, country: &str) -> bool {
    matches!(country, "jp" | "") && text.chars().any(|c| is_kanji(c) || is_kana(c))
}

/// The text without postal code and prefecture, with the column's city before it when it names none.
///
/// Cities of one name in two prefectures are few; town and number tell them apart.
pub(super) fn without_prefecture(text: &str, city: &str) -> String {
    let bare = strip_prefecture(strip_postal(text));
    let city = strip_prefecture(city.trim());
    if city.chars().any(is_kanji) && !bare.contains(city) && !names_city(bare) {
        return format!("{city}{bare}");
    }
    bare.to_owned()
}

/// Town, numbers and tail in one spelling.
pub(super) fn canonical(parts: &Parts) -> Parts {
    let chars: Vec<char> = arabic_numerals(&parts.street);
    let Some(start) = numbers_start(&chars) else {
        return Parts::default();
    };
    let town = canonical_town(&chars[..start]);
    let read = read_numbers(&chars[start..]);
    // `元麻布3丁目` alone is a quarter, not a building.
    if town.is_empty() || (read.has_chome && read.found.len() < 2) {
        return Parts::default();
    }
    let is_room = |at: usize, number: &str| {
        at >= BUILDING_NUMBERS || (at + 1 == BUILDING_NUMBERS && number.len() >= ROOM_DIGITS)
    };
    let n_building = read
        .found
        .iter()
        .enumerate()
        .take_while(|(at, number)| !is_room(*at, number))
        .count();
    let (building, room) = read.found.split_at(n_building);
    let tail: String = chars[start + read.length..].iter().collect();
    let unit = [
        room.join("-"),
        canonical_tail(&tail),
        canonical_tail(&parts.unit),
    ]
    .concat();
    Parts {
        street: format!("{town}{}", building.join("-")),
        unit: canonical_tail(&unit),
    }
}

fn is_kanji(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '々' | '〇')
}

fn is_kana(c: char) -> bool {
    matches!(c, '\u{3041}'..='\u{30ff}')
}

fn strip_postal(text: &str) -> &str {
    let bare = text.trim_start_matches(['〒', ' ']);
    let digits: Vec<(usize, char)> = bare
        .char_indices()
        .take_while(|(_, c)| c.is_ascii_digit() || *c == '-')
        .collect();
    let n_digits = digits.iter().filter(|(_, c)| c.is_ascii_digit()).count();
    match digits.last() {
        Some((end, _)) if n_digits == 7 => bare[end + 1..].trim_start(),
        _ => bare,
    }
}

fn strip_prefecture(text: &str) -> &str {
    let text = text.trim_start();
    PREFECTURES
        .split(' ')
        .find_map(|prefecture| text.strip_prefix(prefecture))
        .unwrap_or(text)
        .trim_start()
}

fn names_city(text: &str) -> bool {
    text.chars()
        .take_while(|c| !c.is_ascii_digit())
        .skip(1)
        .any(|c| matches!(c, '市' | '区' | '郡'))
}

/// Kanji numerals as digits where they count something; in names (`三条`, `東三分一`) they stay.
fn arabic_numerals(text: &str) -> Vec<char> {
    let chars: Vec<char> = text.chars().collect();
    let mut out: Vec<char> = Vec::with_capacity(chars.len());
    let mut at = 0;
    while at < chars.len() {
        let end = at
            + chars[at..]
                .iter()
                .take_while(|c| numeral(**c).is_some())
                .count();
        if end == at {
            out.push(chars[at]);
            at += 1;
            continue;
        }
        let follows_number = matches!(out.last(), Some('-' | '番' | '号' | '目'))
            || (matches!(out.last(), Some('の' | 'ノ'))
                && out.len() > 1
                && is_digit(out[out.len() - 2]));
        let is_grid = matches!(out.last(), Some('北' | '南' | '東' | '西'))
            && matches!(chars.get(end), Some('条' | '線'));
        match value(&chars[at..end]) {
            Some(number) if is_counted(&chars[end..]) || follows_number || is_grid => {
                out.extend(number.to_string().chars());
            }
            _ => out.extend(&chars[at..end]),
        }
        at = end;
    }
    out
}

/// Whether what follows a numeral shows that it counts.
fn is_counted(rest: &[char]) -> bool {
    match rest {
        [] | [' ' | '-' | '番' | '号', ..] | ['丁', '目', ..] => true,
        ['丁' | 'の' | 'ノ' | '之', next, ..] => is_digit(*next) || numeral(*next).is_some(),
        _ => false,
    }
}

fn is_digit(c: char) -> bool {
    c.is_ascii_digit()
}

/// A kanji digit, or a power of ten as a negative exponent.
fn numeral(c: char) -> Option<i8> {
    "〇一二三四五六七八九"
        .chars()
        .position(|digit| digit == c)
        .and_then(|digit| i8::try_from(digit).ok())
        .or(match c {
            '零' => Some(0),
            '十' => Some(-1),
            '百' => Some(-2),
            '千' => Some(-3),
            _ => None,
        })
}

/// `千二百三十四` and `一二三四` are both 1234; `None` when too long to be a number.
fn value(chars: &[char]) -> Option<u64> {
    let digits: Vec<i8> = chars.iter().filter_map(|c| numeral(*c)).collect();
    if digits.len() > 12 {
        return None;
    }
    let (mut total, mut digit) = (0u64, None);
    for numeral in digits {
        if let Ok(value) = u64::try_from(numeral) {
            digit = Some(digit.unwrap_or(0) * 10 + value);
        } else {
            let power = 10u64.pow(u32::from(numeral.unsigned_abs()));
            total += digit.take().unwrap_or(1) * power;
        }
    }
    Some(total + digit.unwrap_or(0))
}

/// Where the numbers begin: the first that names no place (`7番町`, `北1条`).
fn numbers_start(chars: &[char]) -> Option<usize> {
    let mut at = 0;
    while at < chars.len() {
        if !is_digit(chars[at]) {
            at += 1;
            continue;
        }
        let end = at + chars[at..].iter().take_while(|c| is_digit(**c)).count();
        match chars.get(end..).unwrap_or_default() {
            ['番', '町' | '丁', ..] | ['条' | '線' | '区' | '町', ..] => at = end,
            _ => return Some(at),
        }
    }
    None
}

#[derive(Default)]
struct Numbers {
    found: Vec<String>,
    has_chome: bool,
    /// Characters read.
    length: usize,
}

fn read_numbers(chars: &[char]) -> Numbers {
    let mut read = Numbers::default();
    let mut at = 0;
    loop {
        let end = at + chars[at..].iter().take_while(|c| is_digit(**c)).count();
        if end == at {
            return read;
        }
        let digits: String = chars[at..end].iter().collect();
        let bare = digits.trim_start_matches('0');
        read.found
            .push(if bare.is_empty() { "0" } else { bare }.to_owned());
        let rest = &chars[end..];
        read.has_chome |= rest.starts_with(&['丁']);
        let separator = separator_length(rest);
        read.length = end + separator;
        if separator == 0 {
            return read;
        }
        at = end + separator;
    }
}

/// Characters between two numbers: `丁目`, `番地の`, `-`, `ー`, `の`, or after the last: `号`, `番地`.
fn separator_length(chars: &[char]) -> usize {
    const WORDS: [&str; 8] = ["丁目", "番地", "番", "号室", "号棟", "号", "丁", "地割"];
    let word = WORDS
        .iter()
        .find(|word| {
            word.chars().zip(chars).filter(|(a, b)| a == *b).count() == word.chars().count()
        })
        .map_or(0, |word| word.chars().count());
    let after = &chars[word..];
    let joints = after
        .iter()
        .take_while(|c| matches!(c, '-' | 'ー' | 'の' | 'ノ' | '之' | '・' | ' '))
        .count();
    if after.get(joints).is_some_and(|c| is_digit(*c)) {
        return word + joints;
    }
    word
}

/// Spellings of one place name: small and large kana, old and new kanji, `大字` and `字` in or out.
fn canonical_town(chars: &[char]) -> String {
    let mut town = String::new();
    for (at, &c) in chars.iter().enumerate() {
        let next = chars.get(at + 1).copied();
        let is_inner = at > 0 && is_kanji(chars[at - 1]) && next.is_some_and(is_kanji);
        match c {
            ' ' => {}
            '大' if next == Some('字') && at > 0 => {}
            '字' if at > 0 && chars[at - 1] != '文' => {}
            'ヶ' | 'ケ' | 'が' | 'ガ' | 'ヵ' if is_inner => town.push('ヶ'),
            'ノ' | 'の' | '之' if is_inner => town.push('の'),
            'ッ' | 'ツ' | 'っ' | 'つ' if is_inner => town.push('ツ'),
            '丁' if at > 0 && chars[at - 1] == '番' => town.push('町'),
            _ => town.push(modern(c)),
        }
    }
    town.trim_end_matches('-').to_owned()
}

fn modern(c: char) -> char {
    OLD_AND_NEW
        .chars()
        .zip(OLD_AND_NEW.chars().skip(1))
        .step_by(2)
        .find(|(old, _)| *old == c)
        .map_or(c, |(_, new)| new)
}

/// Floor and room in one spelling; "not decided" and "not public" are no unit.
fn canonical_tail(tail: &str) -> String {
    if tail.starts_with("以下") || tail.starts_with("番以下") {
        return String::new();
    }
    let bare: String = tail
        .chars()
        .filter(|c| c.is_alphanumeric() || matches!(c, '-' | 'ー' | '々'))
        .map(modern)
        .collect();
    bare.replace("号室", "")
        .replace('室', "")
        .replace('階', "f")
        .trim_matches('-')
        .to_owned()
}

const PREFECTURES: &str = "北海道 青森県 岩手県 宮城県 秋田県 山形県 福島県 茨城県 栃木県 群馬県 埼玉県 千葉県 東京都 \
    神奈川県 新潟県 富山県 石川県 福井県 山梨県 長野県 岐阜県 静岡県 愛知県 三重県 滋賀県 京都府 大阪府 兵庫県 奈良県 \
    和歌山県 鳥取県 島根県 岡山県 広島県 山口県 徳島県 香川県 愛媛県 高知県 福岡県 佐賀県 長崎県 熊本県 大分県 宮崎県 \
    鹿児島県 沖縄県";

/// Pairs of an old and a new form of one character, as place names mix them.
const OLD_AND_NEW: &str = "彌弥澤沢嶋島龍竜邊辺邉辺齋斎齊斎櫻桜國国廣広濱浜瀧滝條条澁渋惠恵壽寿藪薮祗祇籠篭曾曽螢蛍\
    萬万與与學学會会圓円關関德徳眞真鐵鉄豐豊榮栄應応藏蔵舊旧驛駅鹽塩黑黒檜桧灣湾莊荘戶戸淵渕冨富峯峰舘館巿市";
