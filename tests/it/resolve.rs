//! Resolve on small inputs: what becomes one thing, what is dropped, and that order is nothing.

use proptest::prelude::*;
use ringfence::ingest::{
    AllowlistKind, AllowlistRow, Label, LabelRow, LinkTable, PlaceColumns, Tables,
};
use ringfence::model::{EntityIdx, EntityTypeIdx, MerchantIdx, Money, TextColumn, Timestamp};
use ringfence::resolve::normalize::{
    MAX_VALUE_CHARS, Place, normalize, normalize_account, normalize_address, normalize_device,
    normalize_email, normalize_phone,
};
use ringfence::resolve::{Links, idle_exceptions, resolve};
use ringfence::strategy::{ADDRESS, BUILDING, DEVICE, Normalizer, Strategy as Decisions};

const PHONE: EntityTypeIdx = EntityTypeIdx(4);

const NORMALIZERS: [Normalizer; 6] = [
    Normalizer::Exact,
    Normalizer::Device,
    Normalizer::Account,
    Normalizer::Phone,
    Normalizer::Email,
    Normalizer::Address,
];

fn decisions() -> Decisions {
    Decisions::parse(
        r#"
        [placeholders]
        values = ["Front Desk"]
        min_merchants = 4

        [[link]]
        name = "phone"
        table = "phones"
        column = "phone"
        normalizer = "phone"
        "#,
    )
    .expect("a valid strategy")
}

type Row<'a> = (&'a str, &'a str);

fn table(entity_type: EntityTypeIdx, rows: &[Row<'_>]) -> LinkTable {
    LinkTable {
        entity_type,
        merchant_id: rows.iter().map(|row| row.0).collect(),
        value: rows.iter().map(|row| row.1).collect(),
        events: vec![1; rows.len()],
        ..LinkTable::default()
    }
}

fn addresses(rows: &[Row<'_>], city: &str, postal_code: &str, country: &str) -> LinkTable {
    let column = |text: &str| -> TextColumn { rows.iter().map(|_| text).collect() };
    LinkTable {
        place: Some(PlaceColumns {
            city: column(city),
            postal_code: column(postal_code),
            country: column(country),
            lat: Vec::new(),
            lon: Vec::new(),
        }),
        ..table(ADDRESS, rows)
    }
}

fn tables(links: Vec<LinkTable>) -> Tables {
    let mut tables = Tables {
        links,
        ..Tables::default()
    };
    for id in ["m1", "m2", "m3"] {
        tables.merchants.merchant_id.push(id);
        tables.merchants.country.push("US");
    }
    tables
}

/// Every link as `type key: merchants`.
fn shares(links: &Links) -> Vec<String> {
    (0..links.entities.len())
        .map(|at| {
            let users: Vec<&str> = links
                .links
                .iter()
                .filter(|link| link.entity.index() == at)
                .map(|link| links.merchants.id.get(link.merchant.index()))
                .collect();
            let entity_type = links.entities.entity_type[at].0;
            format!(
                "{entity_type} {}: {}",
                links.entities.key.get(at),
                users.join(" ")
            )
        })
        .collect()
}

fn time(text: &str) -> Option<Timestamp> {
    Timestamp::parse(text).ok()
}

#[test]
fn rows_of_one_merchant_and_one_thing_are_merged() {
    let mut devices = table(
        DEVICE,
        &[
            ("m2", "AA:BB:CC:DD:EE:FF"),
            ("m1", "aabb.ccdd.eeff"),
            ("m2", "aa-bb-cc-dd-ee-ff"),
            ("m3", "lonely-1"),
        ],
    );
    devices.events = vec![u32::MAX, 1, 2, 1];
    devices.amount = vec![Money::from_f64(1.5), None, Money::from_f64(2.0), None];
    devices.first_seen = vec![None, None, time("2024-02-01"), None];
    devices.last_seen = vec![time("2024-01-01"), None, time("2024-03-01"), None];
    let links = resolve(&tables(vec![devices]), &decisions(), None);
    assert_eq!(shares(&links), ["0 aabbccddeeff: m1 m2"]);
    let merged = links.links[1];
    assert_eq!(merged.merchant, MerchantIdx(1));
    assert_eq!(merged.events, u32::MAX);
    assert_eq!(merged.amount, Money::from_f64(3.5).unwrap());
    assert_eq!(
        (merged.first_seen, merged.last_seen),
        (time("2024-01-01"), time("2024-03-01")),
        "who was last seen was seen"
    );
    assert_eq!(links.merchants.private_values, [0, 0, 1]);
    assert_eq!(links.entities.shown.get(0), "AA:BB:CC:DD:EE:FF");
}

#[test]
fn a_merchant_that_only_a_link_names_is_unlisted() {
    let links = resolve(
        &tables(vec![table(DEVICE, &[("m0", ""), ("m1", "d-1")])]),
        &decisions(),
        None,
    );
    assert_eq!(
        links.merchants.id.iter().collect::<Vec<_>>(),
        ["m0", "m1", "m2", "m3"]
    );
    assert_eq!(links.merchants.listed, [false, true, true, true]);
}

#[test]
fn units_share_their_building_and_nothing_more() {
    let rows = [
        ("m1", "853-855 W Randolph St Ste 200"),
        ("m2", "853 West Randolph Street #200"),
        ("m3", "853 W RANDOLPH ST STE 210, CHICAGO, IL 60607"),
    ];
    let links = resolve(
        &tables(vec![addresses(&rows, "Chicago", "60607", "US")]),
        &decisions(),
        None,
    );
    assert_eq!(
        shares(&links),
        [
            "2 us|60607|853 w randolph st|200: m1 m2",
            "3 us|60607|853 w randolph st: m1 m2 m3"
        ]
    );
    assert_eq!(links.entities.building[0].map(EntityIdx::index), Some(1));
    assert_eq!(links.entities.entity_type[1], BUILDING);
    assert_eq!(links.entities.shown.get(1), "853 w randolph st, 60607");
    assert_eq!(links.merchants.private_values, [0, 0, 1]);
}

#[test]
fn a_typo_in_a_long_word_is_one_building_and_another_number_is_not() {
    let rows = [
        ("m1", "55 W Cermak Rd"),
        ("m2", "55 W. Cermack Rd"),
        ("m3", "57 W Cermak Rd"),
    ];
    let links = resolve(
        &tables(vec![addresses(&rows, "Chicago", "60616", "US")]),
        &decisions(),
        None,
    );
    assert_eq!(
        shares(&links),
        [
            "2 us|60616|55 w cermack rd|: m1 m2",
            "3 us|60616|55 w cermack rd: m1 m2"
        ]
    );
}

#[test]
fn what_stands_for_nothing_is_dropped_and_reported() {
    let devices = table(
        DEVICE,
        &[
            ("m1", "00000000-0000-0000-0000-000000000000"),
            ("m2", "{00000000000000000000000000000000}"),
            ("m1", "N/A"),
            ("m2", "n.a."),
            ("m1", "front-desk"),
            ("m2", "FRONT DESK"),
        ],
    );
    let phones = table(
        PHONE,
        &[
            ("m1", "999-9999"),
            ("m2", "999 9999"),
            ("m1", "STILL TO COME"),
        ],
    );
    let places = addresses(
        &[("m1", "OUT OF TOWN"), ("m2", "out of town")],
        "",
        "",
        "US",
    );
    let links = resolve(&tables(vec![devices, phones, places]), &decisions(), None);
    assert_eq!(shares(&links), Vec::<String>::new());
    let dropped: Vec<(&str, u32)> = links
        .dropped
        .iter()
        .map(|value| (value.key.as_str(), value.merchants))
        .collect();
    assert!(
        dropped.contains(&("00000000000000000000000000000000", 2)),
        "{dropped:?}"
    );
    assert!(dropped.contains(&("9999999", 2)), "{dropped:?}");
    assert!(links.merchants.private_values.iter().all(|n| *n == 0));
}

#[test]
fn an_empty_looking_value_across_the_market_is_tested_against_what_else_is_shared() {
    let ids: Vec<String> = (0..8).map(|n| format!("s{n}")).collect();
    let check = |extra: &[Row<'_>], expected: usize| {
        let mut rows: Vec<Row<'_>> = ids.iter().map(|id| (id.as_str(), "webclient")).collect();
        rows.extend_from_slice(extra);
        let mut input = tables(vec![table(DEVICE, &rows)]);
        for (n, id) in ids.iter().enumerate() {
            input.merchants.merchant_id.push(id);
            while input.merchants.city.len() < input.merchants.merchant_id.len() - 1 {
                input.merchants.city.push("");
                input.merchants.category.push("");
            }
            input.merchants.city.push(&format!("city {}", n % 6));
            input
                .merchants
                .category
                .push(&format!("category {}", n % 5));
        }
        let links = resolve(&input, &decisions(), None);
        let tested = links
            .dropped
            .iter()
            .filter(|value| value.found_by == "tested")
            .count();
        assert_eq!(tested, expected, "{extra:?}");
    };
    check(&[("s1", "own-1"), ("s2", "own-2")], 1);
    check(&[("s1", "both-1"), ("s2", "both-1")], 0);
}

#[test]
fn the_newest_verdict_wins_and_fraud_wins_a_tie() {
    let mut input = tables(Vec::new());
    let row = |id: &str, label, decided_at| LabelRow {
        merchant_id: id.to_owned(),
        label,
        decided_at,
    };
    input.labels = vec![
        row("m1", Label::Legit, time("2024-02-01")),
        row("m1", Label::Fraud, time("2024-01-01")),
        row("m2", Label::Fraud, time("2024-01-01")),
        row("m2", Label::Legit, time("2024-01-01")),
        row("nobody", Label::Fraud, None),
    ];
    let links = resolve(&input, &decisions(), None);
    assert_eq!(
        links.merchants.label,
        [Some(Label::Legit), Some(Label::Fraud), None]
    );
}

#[test]
fn exceptions_are_compared_like_values_until_they_expire() {
    let device = AllowlistKind::Entity(DEVICE);
    let address = AllowlistKind::Entity(ADDRESS);
    let check = |kind, value: &str, expires_at, expected: &[bool]| {
        let devices = table(
            DEVICE,
            &[("m1", "AA:BB:CC:DD:EE:FF"), ("m2", "aabbccddeeff")],
        );
        let places = [
            ("m1", "1 Main St"),
            ("m2", "1 Main St"),
            ("m3", "1 Main St #5"),
        ];
        let mut input = tables(vec![devices, addresses(&places, "Niles", "49120", "US")]);
        input.allowlist.push(AllowlistRow {
            kind,
            value: value.to_owned(),
            reason: String::new(),
            expires_at,
        });
        let links = resolve(&input, &decisions(), time("2024-06-01"));
        assert_eq!(links.entities.allowed, expected, "{value}");
    };
    check(device, "aa bb cc dd ee ff", None, &[true, false, false]);
    check(
        device,
        "aa bb cc dd ee ff",
        time("2024-05-31"),
        &[false, false, false],
    );
    check(address, "1 MAIN STREET", None, &[false, true, true]);
    check(address, "us|49120|1 main st|", None, &[false, true, true]);
    check(address, "1 Main St #5", None, &[false, false, false]);
    check(AllowlistKind::Merchant, "m1", None, &[false, false, false]);
}

#[test]
fn a_building_is_vouched_for_by_what_people_see_of_it() {
    // Seen with units only, it is shown by its street and place, which no address is read from.
    let places = [("m1", "1 Main St #5"), ("m2", "1 Main St #6")];
    let mut input = tables(vec![addresses(&places, "Niles", "49120", "US")]);
    let shown = resolve(&input, &decisions(), None).entities.shown;
    assert_eq!(shown.get(0), "1 main st, 49120");
    let mut allow = |kind, value: &str| {
        input.allowlist.push(AllowlistRow {
            kind,
            value: value.to_owned(),
            reason: String::new(),
            expires_at: time("2024-06-30"),
        });
        let links = resolve(&input, &decisions(), time("2024-06-01"));
        let idle = idle_exceptions(&input, &links, &decisions(), time("2024-06-01"));
        let idle: Vec<_> = idle.into_iter().collect();
        (links.entities.allowed, idle)
    };
    let none = |kind: &str, count| (kind.to_owned(), count);
    let building = AllowlistKind::Entity(BUILDING);
    let (allowed, idle) = allow(building, "2 main st, 49120");
    assert_eq!((allowed, idle), (vec![false], vec![none("building", 1)]));
    let (allowed, idle) = allow(AllowlistKind::Entity(DEVICE), "nobody's");
    let two = vec![none("building", 1), none("device", 1)];
    assert_eq!((allowed, idle), (vec![false], two.clone()));
    let (allowed, idle) = allow(building, " 1 main st, 49120");
    assert_eq!((allowed, idle), (vec![true], two.clone()));
    for (kind, value) in [(AllowlistKind::Merchant, "m1"), (building, "1 Main Street")] {
        assert_eq!(allow(kind, value).1, two, "{value} has an effect");
    }
    let links = resolve(&input, &decisions(), time("2024-07-01"));
    assert!(idle_exceptions(&input, &links, &decisions(), time("2024-07-01")).is_empty());
}

#[test]
fn ties_are_undirected_and_merged() {
    let mut input = tables(Vec::new());
    let ties = &mut input.relations;
    for (one, other) in [("m2", "m1"), ("m1", "m2"), ("m1", "m1"), ("m1", "x9")] {
        ties.merchant_id.push(one);
        ties.other_merchant_id.push(other);
        ties.events.push(2);
    }
    let links = resolve(&input, &decisions(), None);
    let pairs: Vec<(u32, u32, u32)> = links
        .relations
        .iter()
        .map(|tie| (tie.a.0, tie.b.0, tie.events))
        .collect();
    assert_eq!(pairs, [(0, 1, 4), (0, 3, 2)]);
}

/// Words and marks that addresses, accounts and hostile rows are made of.
fn hostile_text() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        Just("12".to_owned()),
        Just("3-15".to_owned()),
        Just("#03-15".to_owned()),
        Just("Unit".to_owned()),
        Just("Blk".to_owned()),
        Just("St".to_owned()),
        Just("Jalan".to_owned()),
        Just("N".to_owned()),
        Just("No.".to_owned()),
        Just("1ST".to_owned()),
        Just("FLOOR".to_owned()),
        Just("２丁目".to_owned()),
        Just("二十番地".to_owned()),
        Just("高槻市奈佐原".to_owned()),
        Just("字".to_owned()),
        Just("ー".to_owned()),
        Just("号室".to_owned()),
        Just("Đường".to_owned()),
        Just("P.5".to_owned()),
        Just("US-31".to_owned()),
        Just("County Road".to_owned()),
        Just("HWY".to_owned()),
        Just("PO BOX".to_owned()),
        Just("IN 46628".to_owned()),
        Just("SW1A 1AA".to_owned()),
        Just("Singapore 560123".to_owned()),
        Just("|".to_owned()),
        Just("1/2".to_owned()),
        Just("853 - 855".to_owned()),
        Just("007".to_owned()),
        Just("ถนน".to_owned()),
        Just("\u{202e}".to_owned()),
        Just(",".to_owned()),
        Just("@".to_owned()),
        Just("+".to_owned()),
        Just("a.b+c@gmail.com".to_owned()),
        "\\PC{0,6}",
        any::<String>(),
    ];
    let space = prop_oneof![Just(" "), Just(""), Just(", "), Just("　")];
    proptest::collection::vec((word, space), 0..9).prop_map(|words| {
        words
            .into_iter()
            .map(|(word, space)| word + space)
            .collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_key_is_its_own_key(
        raw in hostile_text(),
        country in prop_oneof![Just(""), Just("US"), Just("SG"), Just("MY"), Just("ID"), Just("VN"), Just("TH"), Just("JP"), Just("GB")],
        city in prop_oneof![Just(""), Just("South Bend"), Just("高槻市"), Just("HCMC")],
    ) {
        let place = Place { city, postal_code: "", country, point: None };
        for normalizer in NORMALIZERS {
            let once = normalize(normalizer, &raw, &place);
            let twice = once.as_ref().and_then(|key| normalize(normalizer, key, &place));
            prop_assert_eq!(&once, &twice, "{:?}", normalizer);
        }
        let keys = normalize_address(&raw, &place);
        if let Some(building) = &keys.building {
            let again = normalize_address(building, &place);
            prop_assert_eq!(Some(building), again.building.as_ref());
            prop_assert!(keys.unit.is_some_and(|unit| unit.starts_with(building)));
        }
    }

    #[test]
    fn the_order_of_rows_is_nothing(
        rows in proptest::collection::vec((0usize..6, 0usize..7, 0u32..4), 0..40).prop_shuffle(),
        seed in any::<u64>(),
    ) {
        let merchants = ["m1", "m2", "m3", "m4", "m5", "m6"];
        let places = ["1 Main St", "1 MAIN STREET", "1 Main", "2 Lincolnway W", "2 Lincoln Way W #5", "N/A", "2 Lincon Way W"];
        let build = |rows: &[(usize, usize, u32)]| {
            let pairs: Vec<Row<'_>> = rows.iter().map(|row| (merchants[row.0], places[row.1])).collect();
            let mut places = addresses(&pairs, "Niles", "49120", "US");
            places.events = rows.iter().map(|row| row.2).collect();
            let mut devices = table(DEVICE, &pairs);
            devices.events.clone_from(&places.events);
            let links = resolve(&tables(vec![devices, places]), &decisions(), None);
            format!("{links:?}")
        };
        let mut shuffled = rows.clone();
        shuffled.sort_by_key(|row| (u64::from(row.2) ^ seed).wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(row.0 as u64 * row.1 as u64));
        prop_assert_eq!(build(&rows), build(&shuffled));
    }
}

#[test]
fn the_number_of_threads_is_nothing() {
    let ids: Vec<String> = (0..3000).map(|n| format!("t{n:05}")).collect();
    let values: Vec<String> = (0..3000)
        .map(|n| format!("{} Main St #{}", n % 97, n % 11))
        .collect();
    let rows: Vec<Row<'_>> = ids
        .iter()
        .zip(&values)
        .map(|(id, value)| (id.as_str(), value.as_str()))
        .collect();
    let input = tables(vec![table(DEVICE, &rows), addresses(&rows, "", "", "US")]);
    let with_threads = |n_threads| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(n_threads)
            .build()
            .unwrap();
        pool.install(|| format!("{:?}", resolve(&input, &decisions(), None)))
    };
    assert_eq!(with_threads(1), with_threads(8));
}

#[test]
fn a_megabyte_costs_little_and_long_values_stay_apart() {
    let long = "a1 ".repeat(400_000);
    let longer = format!("{long}b2");
    for normalizer in NORMALIZERS {
        let key = |raw| normalize(normalizer, raw, &Place::default()).unwrap();
        assert_ne!(key(&long), key(&longer), "{normalizer:?}");
        assert!(
            key(&long).chars().count() <= MAX_VALUE_CHARS + 4,
            "{normalizer:?}"
        );
    }
}

#[test]
fn files_that_once_looked_dangerous_have_keys_of_their_own() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/corpus/normalize");
    let mut n_files = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        n_files += 1;
        for normalizer in NORMALIZERS {
            for country in ["", "US", "JP", "SG", "VN"] {
                let place = Place {
                    country,
                    ..Place::default()
                };
                let once = normalize(normalizer, &text, &place);
                let twice = once
                    .as_ref()
                    .and_then(|key| normalize(normalizer, key, &place));
                assert_eq!(once, twice, "{normalizer:?} {country}");
            }
        }
    }
    assert!(n_files > 0, "the corpus is there");
}

#[test]
fn one_account_device_phone_or_mailbox_has_one_key() {
    let check = |key: Option<String>, expected: &str| assert_eq!(key.as_deref(), Some(expected));
    check(normalize_account("GB29 NWBK-6016.1331"), "gb29nwbk60161331");
    check(normalize_account("ＧＢ２９"), "gb29");
    check(normalize_account("0012"), "0012");
    check(
        normalize_device("{6F9619FF-8B86-D011-B42D-00C04FC964FF}"),
        "6f9619ff8b86d011b42d00c04fc964ff",
    );
    check(normalize_device("store-1-23"), "store-1-23");
    check(normalize_phone("574-232-4138", "US"), "+15742324138");
    check(
        normalize_phone("(574) 232-4138 ext. 5", "us"),
        "+15742324138",
    );
    check(normalize_phone("+65 6123 4567", "US"), "+6561234567");
    check(normalize_phone("0065 6123 4567", "TH"), "+6561234567");
    check(normalize_phone("03-1234-5678", "JP"), "+81312345678");
    check(normalize_phone("3862057", ""), "3862057");
    check(
        normalize_email("Jo.Hn+shop@Googlemail.com "),
        "john@gmail.com",
    );
    check(
        normalize_email("Jo.Hn+shop@example.com"),
        "jo.hn@example.com",
    );
    check(normalize_email(".,<j.o@gmail.com,.>"), "jo@gmail.com");
    assert_eq!(normalize_phone("still to come", "US"), None);
    assert_eq!(normalize_account(" - "), None);
}

fn check(country: &str, city: &str, spellings: &[&str], expected: &str) {
    for spelling in spellings {
        let place = Place {
            city,
            postal_code: "",
            country,
            point: None,
        };
        let keys = normalize_address(spelling, &place);
        assert_eq!(keys.unit.as_deref(), Some(expected), "{spelling}");
    }
}

#[test]
fn one_american_place_has_one_key() {
    check(
        "US",
        "South Bend",
        &[
            "3301 Portage Ave",
            "3301  PORTAGE AV. SOUTH BEND",
            "3301 Portage Avenue, South Bend, USA",
        ],
        "us|s bend|3301 portage ave|",
    );
    check(
        "US",
        "Chicago",
        &[
            "1010 W ARGYLE ST 1ST",
            "1010 West Argyle St. 1st Floor",
            "1010 W Argyle St FL 1",
            "1010 W ARGYLE ST 1 1ST",
        ],
        "us|chicago|1010 w argyle st|f1",
    );
    check(
        "US",
        "Chicago",
        &[
            "853-855 W RANDOLPH ST # 200",
            "853 - 855 W Randolph St Ste #200",
            "853 W Randolph Street Suite 200",
        ],
        "us|chicago|853 w randolph st|200",
    );
    check(
        "US",
        "Chicago",
        &["420 1/2 W DIVERSEY PKWY"],
        "us|chicago|420 1/2 w diversey pkwy|",
    );
    check(
        "US",
        "Niles",
        &["2605 LINCOLN WAY W", "2605 Lincoln Way West"],
        "us|niles|2605 lincoln way w|",
    );
    check(
        "US",
        "Niles",
        &["69295 County Road 23", "69295 CR 23", "69295 CR-23"],
        "us|niles|69295 cr 23|",
    );
    check(
        "US",
        "Niles",
        &["P.O. BOX 1332", "PO Box 1332"],
        "us|niles|po box 1332|",
    );
}

#[test]
fn one_place_in_south_east_asia_has_one_key() {
    check(
        "SG",
        "Singapore",
        &[
            "Blk 123 Ang Mo Kio Ave 3 #03-15 Singapore 560123",
            "123 Ang Mo Kio Avenue 3, Unit 3-15, S560123",
            "#03-15 Block 123 Ang Mo Kio Ave 3 S(560123)",
            "123 ang mo kio ave 3 03-15 (560123)",
        ],
        "sg|560123|123 ang mo kio ave 3|3-15",
    );
    check(
        "ID",
        "Jakarta",
        &[
            "Jl. Sudirman No. 12",
            "Jalan Sudirman 12",
            "12 Jln Sudirman, Jakarta, Indonesia",
        ],
        "id|jakarta|12 jalan sudirman|",
    );
    check(
        "MY",
        "Kuala Lumpur",
        &["No. 12-3, Jln Bukit Bintang, 55100 Kuala Lumpur"],
        "my|55100|12-3 jalan bukit bintang|",
    );
    check(
        "VN",
        "HCMC",
        &[
            "12 Đường Lê Lợi, Phường Bến Nghé, Quận 1, TP.HCM",
            "12 Le Loi, P. Ben Nghe, Q1, Ho Chi Minh City",
            "Số 12 Lê Lợi, Q.1, Sài Gòn",
        ],
        "vn|ho chi minh|12 le loi quan 1|",
    );
    check(
        "TH",
        "Bangkok",
        &[
            "123/4 Thanon Sukhumvit, Bangkok 10110",
            "123/4 ถนน Sukhumvit, กรุงเทพมหานคร 10110",
            "123/4 Sukhumvit Rd., Bangkok, Thailand 10110",
        ],
        "th|10110|123/4 sukhumvit|",
    );
}

#[test]
fn one_british_place_has_one_key() {
    check(
        "GB",
        "London",
        &[
            "Flat 3, 12 High Street, London SW1A 1AA",
            "12 High St, Flat 3, London, SW1A1AA, UK",
        ],
        "gb|sw1a1aa|12 high st|3",
    );
}

#[test]
fn one_japanese_place_has_one_key() {
    check(
        "JP",
        "",
        &[
            "大阪府高槻市奈佐原２丁目１－２",
            "高槻市奈佐原二丁目1番2号",
            "〒569-1041 大阪府高槻市大字奈佐原2-1-2",
            "高槻市奈佐原２ー１の２",
        ],
        "jp||高槻市奈佐原2-1-2|",
    );
    check(
        "JP",
        "",
        &[
            "東京都港区芝２丁目２９番１号 芝ビル３階",
            "港区芝2-29-1芝ビル3F",
        ],
        "jp||港区芝2-29-1|芝ビル3f",
    );
    check(
        "JP",
        "高槻市",
        &["奈佐原2-1-2-301", "奈佐原2丁目1-2 301号室"],
        "jp||高槻市奈佐原2-1-2|301",
    );
}
