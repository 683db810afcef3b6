//! What a row becomes: values, rejects, duplicates, and what was not known yet.

use std::sync::Arc;

use arrow_array::{ArrayRef, StringArray};
use ringfence::ingest::{AllowlistKind, Label, ReadOptions, Status, read_tables};
use ringfence::model::{EntityTypeIdx, Money, Timestamp};

use super::{DEVICES, MERCHANTS, directory, link_type, read, strategy, text_parquet};

#[test]
fn values_arrive_as_the_contract_says() {
    let tables = read(&directory(&[
        ("merchants.csv", MERCHANTS),
        ("devices.csv", DEVICES),
    ]));
    let merchants = &tables.merchants;
    assert_eq!(merchants.name.get(2), "The \"Best\" Shop");
    assert_eq!(
        merchants.status,
        [Status::Active, Status::Suspended, Status::Active]
    );
    assert_eq!(merchants.gmv_30d[0], Money::from_f64(1200.5));
    assert_eq!(merchants.gmv_30d[1], None);
    let registered = merchants.registered_at[1].unwrap();
    assert_eq!(
        registered,
        Timestamp::parse("2024-05-05T23:08:09Z").unwrap()
    );
    assert_eq!(
        merchants.owner_id.len(),
        0,
        "a column that is not there stays empty"
    );
    assert_eq!(merchants.signals.len(), 1, "complaint_rate is not there");
    assert_eq!(merchants.signals[0].values[2].to_string(), "0.001");
    let devices = &tables.links[0];
    assert_eq!(
        devices.value.iter().collect::<Vec<_>>(),
        ["d1", "d1", "d\n2"]
    );
    assert_eq!(devices.events, [3, 3, u32::MAX]);
    assert!(devices.amount.is_empty() && devices.place.is_none());
    assert_eq!(tables.newest, merchants.registered_at[1]);
    let blank = &tables.rejects[0];
    assert_eq!((blank.line, blank.raw.as_str()), (4, ",M3,,,"));
    let reject = &tables.rejects[1];
    assert_eq!((reject.file.as_str(), reject.line), ("devices.csv", 7));
    assert_eq!(reject.raw, "d3,M1,03/02/2024,,");
    let inputs: Vec<_> = tables
        .inputs
        .iter()
        .map(|file| (file.path.as_str(), file.rows, file.accepted, file.rejected))
        .collect();
    assert_eq!(
        inputs,
        [("devices.csv", 5, 3, 2), ("merchants.csv", 3, 3, 0)]
    );
    assert_eq!(
        tables.inputs[0].blake3,
        blake3::hash(DEVICES.as_bytes()).to_hex().as_str()
    );
    assert_eq!(tables.inputs[0].bytes, DEVICES.len() as u64);
}

#[test]
fn a_bad_row_is_kept_with_its_reason() {
    let header = "merchant_id,device_id,first_seen,last_seen,events,amount\n";
    let long = "x".repeat(513);
    let cases = [
        ("M1,d,,,", "field_count: expected 6 fields, found 5"),
        ("M1,d,,,,,", "field_count: expected 6 fields, found 7"),
        (",d,,,,", "empty_id: merchant_id: expected an id"),
        (
            "M\t1,d,,,,",
            "bad_id: merchant_id: expected at most 512 bytes, no control characters",
        ),
        (
            &format!("{long},d,,,,"),
            "bad_id: merchant_id: expected at most 512 bytes, no control characters",
        ),
        (
            "M1,d,yesterday,,,",
            "bad_time: first_seen: expected YYYY-MM-DD or an RFC 3339 timestamp",
        ),
        (
            "M1,d,,2024-02-30,,",
            "bad_time: last_seen: expected YYYY-MM-DD or an RFC 3339 timestamp",
        ),
        (
            "M1,d,2024-02-02,2024-02-01,,",
            "time_order: expected first_seen not after last_seen",
        ),
        (
            "M1,d,,,-1,",
            "bad_number: events: expected a whole number of 0 or more",
        ),
        (
            "M1,d,,,,NaN",
            "bad_number: amount: expected a finite decimal number",
        ),
        (
            "M1,d,,,,1e300",
            "bad_number: amount: expected an amount from -9e16 to 9e16",
        ),
    ];
    for (row, reason) in cases {
        let devices = format!("{header}M0,d,2024-01-01,2024-01-01,1,1\n{row}\nM2,e,,,,\n");
        let tables = read(&directory(&[
            ("merchants.csv", "merchant_id\nM0\n"),
            ("devices.csv", &devices),
        ]));
        let devices = &tables.links[0];
        assert_eq!(
            devices.merchant_id.iter().collect::<Vec<_>>(),
            ["M0", "M2"],
            "{row}"
        );
        let lengths = [
            devices.value.len(),
            devices.first_seen.len(),
            devices.last_seen.len(),
            devices.events.len(),
            devices.amount.len(),
        ];
        assert_eq!(lengths, [2; 5], "{row}");
        assert_eq!(tables.rejects.len(), 1);
        let reject = &tables.rejects[0];
        assert_eq!(
            (reject.line, reject.reason.as_str(), reject.raw.as_str()),
            (3, reason, row)
        );
    }
}

#[test]
fn invalid_utf8_is_rejected_only_where_it_is_read() {
    let devices = b"merchant_id,device_id,memo\nM1,d\xFF,x\nM2,e,\xC3\nM3,f,ok\n".to_vec();
    let merchants = b"merchant_id\nM1\n".to_vec();
    let tables = read(&directory(&[
        ("merchants.csv", merchants),
        ("devices.csv", devices),
    ]));
    assert_eq!(
        tables.links[0].merchant_id.iter().collect::<Vec<_>>(),
        ["M2", "M3"]
    );
    let reject = &tables.rejects[0];
    assert_eq!(
        reject.reason,
        "invalid_utf8: device_id: expected UTF-8 text"
    );
    assert_eq!((reject.line, reject.raw.as_str()), (2, "M1,d\\xFF,x"));
}

#[test]
fn one_row_of_a_merchant_is_kept_whatever_their_order() {
    let rows = [
        "M1,Beta,2024-01-01",
        "M1,Alpha,2024-03-01",
        "M2,Only,",
        "M1,Alpha,2024-02-01",
    ];
    let kept = |order: [usize; 4]| {
        let lines: Vec<_> = order.iter().map(|&row| rows[row]).collect();
        let merchants = format!("merchant_id,name,registered_at\n{}\n", lines.join("\n"));
        let tables = read(&directory(&[
            ("merchants.csv", merchants.as_str()),
            ("devices.csv", "merchant_id,device_id\n"),
        ]));
        let mut raws: Vec<_> = tables
            .rejects
            .iter()
            .map(|reject| {
                assert!(reject.reason.starts_with("duplicate_merchant: "));
                assert_eq!(lines[usize::try_from(reject.line).unwrap() - 2], reject.raw);
                reject.raw.clone()
            })
            .collect();
        raws.sort();
        let inputs = &tables.inputs[1];
        assert_eq!((inputs.rows, inputs.accepted, inputs.rejected), (4, 2, 2));
        let table = tables.merchants;
        let mut merchants: Vec<_> = (0..2)
            .map(|row| {
                let registered = table.registered_at[row].map(Timestamp::date_text);
                (
                    table.merchant_id.get(row).to_owned(),
                    table.name.get(row).to_owned(),
                    registered,
                )
            })
            .collect();
        merchants.sort();
        (merchants, raws)
    };
    let expected = kept([0, 1, 2, 3]);
    assert_eq!(
        expected.0[0],
        ("M1".into(), "Alpha".into(), Some("2024-02-01".into()))
    );
    for order in [[3, 2, 1, 0], [1, 3, 0, 2], [2, 0, 3, 1]] {
        assert_eq!(kept(order), expected);
    }
}

#[test]
fn a_rejected_duplicate_does_not_date_the_run() {
    let tables = read(&directory(&[
        (
            "merchants.csv",
            "merchant_id,registered_at\nM1,2024-01-01\nM2,2024-02-01\nM1,2026-01-01\n",
        ),
        ("devices.csv", "merchant_id,device_id\nM1,d\n"),
    ]));
    assert_eq!(tables.rejects.len(), 1);
    assert_eq!(tables.newest, Timestamp::parse("2024-02-01").ok());
}

#[test]
fn duplicate_merchants_are_found_across_parts() {
    let tables = read(&directory(&[
        ("merchants/b.csv", "merchant_id,name\nM1,Z\nM2,\n"),
        ("merchants/a.csv", "merchant_id,city\nM1,X\n"),
        ("merchants/_SUCCESS", ""),
        ("relations.csv", "merchant_id,other_merchant_id\nM1,M2\n"),
    ]));
    // An empty name sorts before any other.
    assert_eq!(tables.merchants.city.iter().collect::<Vec<_>>(), ["X", ""]);
    assert_eq!(tables.merchants.name.iter().collect::<Vec<_>>(), ["", ""]);
    let reject = &tables.rejects[0];
    assert_eq!(
        (reject.file.as_str(), reject.line, reject.raw.as_str()),
        ("merchants/b.csv", 2, "M1,Z")
    );
    assert_eq!(tables.relations.other_merchant_id.get(0), "M2");
    let paths: Vec<_> = tables
        .inputs
        .iter()
        .map(|file| file.path.as_str())
        .collect();
    assert_eq!(
        paths,
        ["merchants/a.csv", "merchants/b.csv", "relations.csv"]
    );
}

#[test]
fn a_date_of_last_use_means_its_whole_day() {
    let devices = "merchant_id,device_id,first_seen,last_seen\n\
        M1,a,2025-02-01T10:00:00Z,2025-02-01\nM1,b,2025-02-01T10:00:00Z,2025-02-02\n\
        M1,c,2025-02-01T01:00:00+08:00,2025-01-31\n";
    let reversed =
        "M1,d,2025-02-01T10:00:00Z,2025-02-01T09:00:00Z\nM1,e,2025-02-02T00:00:01Z,2025-02-01\n";
    let as_of = Timestamp::parse("2025-02-01").unwrap();
    let texts = |texts: Vec<Option<&str>>| -> ArrayRef { Arc::new(StringArray::from(texts)) };
    // Alone they are read together, beside bad ones each by itself.
    for text in [devices.to_owned(), [devices, reversed].concat()] {
        for (name, bytes) in [
            ("devices.csv", text.clone().into_bytes()),
            ("devices.parquet", text_parquet(&text, texts)),
        ] {
            let directory = directory(&[
                ("merchants.csv", b"merchant_id\nM1\n".to_vec()),
                (name, bytes),
            ]);
            let check = |as_of: Option<Timestamp>, last_uses: [&str; 3]| {
                let options = ReadOptions {
                    as_of,
                    ..ReadOptions::default()
                };
                let mut strategy = strategy();
                strategy.input.max_reject_share = 1.0;
                let tables = read_tables(directory.path(), &strategy, &options).unwrap();
                let expected = last_uses.map(|text| Timestamp::parse(text).ok());
                assert_eq!(tables.links[0].last_seen, expected, "{name}");
                let reasons = tables.rejects.iter().map(|reject| reject.reason.as_str());
                let reasons: Vec<_> = reasons.collect();
                assert!(
                    reasons
                        .iter()
                        .all(|reason| reason.starts_with("time_order"))
                );
                reasons.len()
            };
            let first = ["2025-02-01T10:00:00Z", "2025-02-02", "2025-01-31T17:00:00Z"];
            let n_reversed = usize::from(text != devices) * 2;
            assert_eq!(check(None, first), n_reversed);
            let clipped = [first[0], "2025-02-01T23:59:59Z", first[2]];
            assert_eq!(check(Some(as_of), clipped), n_reversed);
        }
    }
}

#[test]
fn as_of_leaves_out_what_was_not_known() {
    let directory = directory(&[
        (
            "merchants.csv",
            "merchant_id,registered_at\nM1,2024-06-01\nM2,2024-06-02T00:00:00Z\nM3,\n",
        ),
        (
            "devices.csv",
            "merchant_id,device_id,first_seen,last_seen\n\
            M1,a,2024-05-01,2024-07-01\nM1,b,2024-06-01T23:59:59Z,\nM1,c,2024-06-02,2024-06-03\nM1,d,,2024-05-05\n",
        ),
        (
            "labels.csv",
            "merchant_id,label,decided_at\nM1,Fraud,2024-06-01\nM3,legit,2024-08-01\n",
        ),
        (
            "allowlist.csv",
            "kind,value,expires_at\nmerchant,M3,2030-01-01\n",
        ),
    ]);
    let as_of = Timestamp::parse("2024-06-01").unwrap();
    let options = ReadOptions {
        as_of: Some(as_of),
        ..ReadOptions::default()
    };
    let tables = read_tables(directory.path(), &strategy(), &options).unwrap();
    assert_eq!(
        tables.merchants.merchant_id.iter().collect::<Vec<_>>(),
        ["M1", "M3"]
    );
    assert_eq!(
        tables.links[0].value.iter().collect::<Vec<_>>(),
        ["a", "b", "d"]
    );
    assert_eq!(tables.links[0].last_seen[0], Some(as_of.day_end()));
    assert_eq!(tables.labels.len(), 1);
    assert_eq!(tables.labels[0].label, Label::Fraud);
    assert_eq!(tables.not_yet_known, 3);
    assert_eq!(tables.newest, Some(as_of.day_end()));
    assert_eq!(tables.allowlist.len(), 1);
    let whole = read(&directory);
    assert_eq!(whole.not_yet_known, 0);
    assert_eq!(
        whole.newest,
        Timestamp::parse("2024-07-01").ok(),
        "a verdict and an expiry are no news"
    );
}

#[test]
fn labels_and_exceptions_say_only_what_is_known() {
    let mut strategy = strategy();
    strategy.links.push(link_type("phone", "phones", "number"));
    let directory = directory(&[
        ("merchants.csv", "merchant_id\nM1\n"),
        ("phones.csv", "number,merchant_id\n123,M1\n"),
        ("labels.csv", "merchant_id,label\nM1,legit\nM1,maybe\n"),
        (
            "allowlist.csv",
            "kind,value,reason\nOwner,O1,known\nphone,123,\nshop,M1,\ndevice, ,\nbuilding,b,\n",
        ),
    ]);
    let tables = read_tables(directory.path(), &strategy, &ReadOptions::default()).unwrap();
    let kinds: Vec<_> = tables.allowlist.iter().map(|row| row.kind).collect();
    let entity = |index| AllowlistKind::Entity(EntityTypeIdx(index));
    assert_eq!(kinds, [AllowlistKind::Owner, entity(4), entity(3)]);
    assert_eq!(tables.allowlist[0].reason, "known");
    assert_eq!(tables.links[0].entity_type, EntityTypeIdx(4));
    let reasons: Vec<_> = tables
        .rejects
        .iter()
        .map(|reject| reject.reason.as_str())
        .collect();
    let expected = [
        "bad_kind: kind: expected one of merchant, owner, device, payout, address, building, phone",
        "empty_value: value: expected a value",
        "bad_label: label: expected fraud or legit",
    ];
    assert_eq!(reasons, expected);
}

#[test]
fn link_types_may_share_a_table() {
    let mut strategy = strategy();
    strategy.links.push(link_type("ip", "devices", "ip"));
    strategy
        .links
        .push(link_type("phone", "merchants", "phone"));
    let directory = directory(&[
        ("merchants.csv", "merchant_id,phone\nM1,123\nM2,\n"),
        (
            "devices.csv",
            "merchant_id,device_id,ip,events\nM1,d1,10.0.0.1,4\n",
        ),
        (
            "addresses.csv",
            "merchant_id,address,city,lat,lon\nM1,1 Main St,Town,1.5,\n",
        ),
    ]);
    let tables = read_tables(directory.path(), &strategy, &ReadOptions::default()).unwrap();
    let found: Vec<_> = tables
        .links
        .iter()
        .map(|table| {
            (
                table.entity_type.0,
                table.value.get(0),
                table.events.clone(),
            )
        })
        .collect();
    assert_eq!(
        found,
        [
            (5, "123", vec![]),
            (0, "d1", vec![4]),
            (4, "10.0.0.1", vec![4]),
            (2, "1 Main St", vec![])
        ]
    );
    let place = tables.links[3].place.as_ref().unwrap();
    assert_eq!((place.city.get(0), place.lat[0]), ("Town", 1.5));
    assert!(place.lon[0].is_nan() && place.postal_code.is_empty());
    assert_eq!(tables.merchants.merchant_id.len(), 2);
    strategy.links.push(link_type("x", "labels", "x"));
    let refused = read_tables(directory.path(), &strategy, &ReadOptions::default());
    assert!(
        refused
            .unwrap_err()
            .to_string()
            .contains("the link type `x` reads the table `labels`")
    );
}

#[test]
fn a_row_of_links_without_its_value_is_a_bad_row_in_every_form() {
    let devices = "merchant_id,device_id\nM1,d1\nM2,\nM3, \nM1,d2\n";
    let nulls = text_parquet(devices, |texts| Arc::new(StringArray::from(texts)));
    for (name, bytes) in [
        ("devices.csv", devices.as_bytes().to_vec()),
        ("devices.parquet", nulls),
    ] {
        let merchants = ("merchants.csv", b"merchant_id\nM1\n".to_vec());
        let tables = read(&directory(&[merchants, (name, bytes)]));
        let values: Vec<_> = tables.links[0].value.iter().collect();
        assert_eq!(values, ["d1", "d2"], "{name}");
        let reasons: Vec<_> = tables.rejects.iter().map(|row| &row.reason).collect();
        assert_eq!(reasons, ["empty_value: device_id: expected a value"; 2]);
    }
}

#[test]
fn a_table_of_two_link_types_needs_one_value_a_row_and_merchants_none() {
    let mut strategy = strategy();
    strategy.links.push(link_type("ip", "devices", "ip"));
    strategy
        .links
        .push(link_type("phone", "merchants", "phone"));
    let directory = directory(&[
        ("merchants.csv", "merchant_id,phone\nM1,123\nM2,\nM3,\n"),
        (
            "devices.csv",
            "merchant_id,device_id,ip\nM1,d1,\nM2,,10.0.0.1\nM3,, \n",
        ),
    ]);
    let tables = read_tables(directory.path(), &strategy, &ReadOptions::default()).unwrap();
    assert_eq!(tables.merchants.merchant_id.len(), 3);
    let reasons: Vec<_> = tables
        .rejects
        .iter()
        .map(|row| (row.line, row.reason.as_str()))
        .collect();
    let expected = "empty_value: expected a value in device_id or ip";
    assert_eq!(reasons, [(4, expected)]);
}

#[test]
fn a_risk_signal_may_be_a_column_that_is_read_anyway() {
    let mut strategy = strategy();
    strategy.input.risk_signals = vec!["gmv_30d".into(), "complaint_rate".into()];
    let directory = directory(&[
        ("merchants.csv", "merchant_id,gmv_30d\nM1,12.5\nM2,\n"),
        ("devices.csv", DEVICES),
    ]);
    let tables = read_tables(directory.path(), &strategy, &ReadOptions::default()).unwrap();
    assert_eq!(tables.merchants.gmv_30d, [Money::from_f64(12.5), None]);
    let signals = &tables.merchants.signals;
    assert_eq!((signals.len(), signals[0].name.as_str()), (1, "gmv_30d"));
    assert_eq!(signals[0].values[0].to_string(), "12.5");
    assert!(signals[0].values[1].is_nan());
}
