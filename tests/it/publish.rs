//! From rings to rows: a market small enough to draw.
//!
//! Merchants a, b, c, d, e. Device x: a, b, c. Payout y: a, b. Address z: d, e. c and d pay each other.
//! Ring 1 is {a, b, c}, ring 2 is {d, e}.

use ringfence::ingest::{Label, Status};
use ringfence::model::{
    Bits, EntityIdx, EntityTypeIdx, MerchantIdx, Money, OwnerIdx, TextColumn, Timestamp,
};
use ringfence::publish::{Assembly, LinkTable, assemble};
use ringfence::resolve::{Entities, Link, Links, Merchants, Relation};
use ringfence::run::{Action, LinkRow, Role};
use ringfence::score::{
    Depth, Dissolution, Points, Ring, RingEvidence, RingMember, Severity, WeakestLink, WeakestPart,
};
use ringfence::strategy::{LinkType, Normalizer};

fn column(texts: &[&str]) -> TextColumn {
    texts.iter().collect()
}

fn day(text: &str) -> Option<Timestamp> {
    Timestamp::parse(text).ok()
}

fn merchants() -> Merchants {
    Merchants {
        id: column(&["a", "b", "c", "d", "e"]),
        name: column(&["Anna's", "", "", "", ""]),
        category: column(&["food", "", "", "", ""]),
        city: column(&["Jakarta", "", "", "", ""]),
        country: column(&["ID", "", "", "", ""]),
        registered_at: vec![day("2023-01-01"), None, None, None, None],
        status: vec![
            Status::Suspended,
            Status::Closed,
            Status::Active,
            Status::Active,
            Status::Active,
        ],
        owner: vec![Some(OwnerIdx(0)), None, None, None, None],
        owner_id: column(&["owner-1"]),
        gmv_30d: vec![Money::from_hundredths(1050); 5],
        signals: Vec::new(),
        label: vec![Some(Label::Fraud), Some(Label::Legit), None, None, None],
        listed: vec![true, true, true, true, false],
        allowed: vec![false; 5],
        private_values: vec![0; 5],
        private_accounts: vec![0; 5],
        private_devices: vec![0; 5],
    }
}

fn link(entity: u32, merchant: u32, first: Option<Timestamp>, last: Option<Timestamp>) -> Link {
    Link {
        entity: EntityIdx(entity),
        merchant: MerchantIdx(merchant),
        first_seen: first,
        last_seen: last,
        events: entity + merchant,
        amount: Money::ZERO,
    }
}

fn links() -> Links {
    Links {
        merchants: merchants(),
        entities: Entities {
            entity_type: vec![EntityTypeIdx(0), EntityTypeIdx(1), EntityTypeIdx(2)],
            key: column(&["x", "y", "z"]),
            shown: column(&["X", "Y", "Z"]),
            building: vec![None; 3],
            allowed: vec![false; 3],
        },
        links: vec![
            link(0, 0, day("2024-02-01"), None),
            link(0, 1, None, day("2024-03-01")),
            link(0, 2, day("2024-01-15"), day("2024-01-20")),
            link(1, 0, None, None),
            link(1, 1, None, None),
            link(2, 3, None, None),
            link(2, 4, None, None),
        ],
        relations: vec![Relation {
            a: MerchantIdx(2),
            b: MerchantIdx(3),
            first_seen: day("2024-04-01"),
            last_seen: None,
            events: 9,
            amount: Money::ZERO,
        }],
        dropped: Vec::new(),
    }
}

fn member(merchant: u32, depth: Depth, action: Severity) -> RingMember {
    RingMember {
        merchant: MerchantIdx(merchant),
        membership: 0.5,
        depth,
        action,
        held_by: vec!["fringe"],
        links: 2,
        bits: Bits::from_f64(7.5),
        bits_lost: Bits::from_f64(9.5),
    }
}

fn share(entity: u32, members: u32) -> RingEvidence {
    RingEvidence {
        entity: EntityIdx(entity),
        members,
        merchants: members,
        bits: Bits::from_f64(3.0),
        first_seen: None,
        last_seen: None,
    }
}

fn ring(members: Vec<RingMember>, evidence: Vec<RingEvidence>) -> Ring {
    let mut points = Points::default();
    points.add("payout_funnel", 125, format_args!("2 of 3 members"));
    points.add("small_family", -50, format_args!("3 members"));
    let tie = (members[0].merchant, members[1].merchant);
    Ring {
        members,
        evidence,
        prior: -4.0,
        points,
        score: 0.75,
        action: Severity::Enforce,
        held_by: Vec::new(),
        bits: Bits::from_f64(20.0),
        exposure: Money::from_hundredths(3150),
        fraud_labels: 1,
        legit_labels: 1,
        is_refuted: false,
        first_formed: day("2024-02-01"),
        groups: vec!["payout".to_owned(), "device".to_owned()],
        conductance: 0.25,
        resolution: 1.5,
        weakest_link: None,
        dissolution: Some(Dissolution {
            entities: vec![EntityIdx(0)],
            ties: vec![tie],
            bits: Bits::from_f64(6.0),
            surest: None,
        }),
        surprise: Bits::from_f64(11.0),
        q: None,
    }
}

fn rings() -> Vec<Ring> {
    let device = RingEvidence {
        first_seen: day("2024-01-15"),
        last_seen: day("2024-03-01"),
        ..share(0, 3)
    };
    let large = ring(
        vec![
            member(1, Depth::Core, Severity::Enforce),
            member(0, Depth::Core, Severity::Review),
            member(2, Depth::Fringe, Severity::Monitor),
        ],
        vec![share(1, 2), device],
    );
    let small = ring(
        vec![
            member(4, Depth::Member, Severity::Monitor),
            member(3, Depth::Member, Severity::Monitor),
        ],
        vec![share(2, 2)],
    );
    let weakest = |what| WeakestLink {
        what,
        bits: Bits::from_f64(2.0),
        left: 2,
    };
    vec![
        Ring {
            weakest_link: Some(weakest(WeakestPart::Entity(EntityIdx(0)))),
            ..large
        },
        Ring {
            weakest_link: Some(weakest(WeakestPart::Merchant(MerchantIdx(3)))),
            score: 0.25,
            ..small
        },
    ]
}

fn link_types() -> Vec<LinkType> {
    ["device", "payout", "address"]
        .map(|name| LinkType {
            name: name.to_owned(),
            table: format!("{name}s"),
            column: name.to_owned(),
            normalizer: Normalizer::Exact,
            bits: 8.0,
            rarity: 2.0,
            group: name.to_owned(),
        })
        .into()
}

fn with_rows(check: impl FnOnce(&Assembly<'_>, &[LinkRow<'_>])) {
    let (rings, links, link_types) = (rings(), links(), link_types());
    let ids = ["R1".to_owned(), "R2".to_owned()];
    let hub_class = |entity: EntityIdx| ["private", "private", "mall"][entity.index()];
    let rows = assemble(&rings, &ids, &links, &link_types, hub_class, "run-1");
    let table = LinkTable::new(&links, &link_types, &rings, &ids);
    let link_rows: Vec<_> = (0..table.n_pieces())
        .flat_map(|piece| table.piece(piece))
        .collect();
    assert_eq!(link_rows.len(), table.n_rows());
    check(&rows, &link_rows);
}

#[test]
fn ties_to_refute_are_told_by_the_members_places() {
    with_rows(|rows, _| {
        for row in &rows.clusters {
            assert_eq!((row.dissolve_values, &*row.dissolve_ties), (2, "1-2"));
            assert_eq!(
                (row.dissolve_left, row.dissolve_score),
                (0, 0.0),
                "no cluster is left"
            );
        }
    });
}

#[test]
fn clusters_are_ranked_and_tell_their_reasons() {
    with_rows(|rows, _| {
        let found: Vec<_> = rows
            .clusters
            .iter()
            .map(|row| {
                (
                    row.rank,
                    &*row.cluster_id,
                    row.size,
                    row.entities,
                    row.core,
                    &*row.weakest_type,
                    &*row.weakest,
                )
            })
            .collect();
        assert_eq!(
            found,
            [
                (1, "R1", 3, 2, 2, "device", "x"),
                (2, "R2", 2, 1, 0, "merchant", "d")
            ]
        );
        let first = &rows.clusters[0];
        assert_eq!(first.reasons, "payout_funnel:+1.25;small_family:-0.50");
        assert_eq!(
            (&*first.groups, first.action, first.weakest_left),
            ("payout;device", Action::Enforce, 2)
        );
        let codes: Vec<_> = rows
            .reasons
            .iter()
            .map(|r| (&*r.cluster_id, &*r.code, r.points))
            .collect();
        assert_eq!(
            codes[..2],
            [("R1", "payout_funnel", 1.25), ("R1", "small_family", -0.5)]
        );
        assert_eq!(codes.len(), 4);
    });
}

#[test]
fn members_keep_the_order_of_their_ring_and_the_feed_goes_by_merchant() {
    with_rows(|rows, _| {
        let members: Vec<_> = rows
            .members
            .iter()
            .map(|m| (&*m.cluster_id, &*m.merchant_id, m.role))
            .collect();
        assert_eq!(
            members,
            [
                ("R1", "b", Role::Core),
                ("R1", "a", Role::Core),
                ("R1", "c", Role::Fringe),
                ("R2", "e", Role::Member),
                ("R2", "d", Role::Member),
            ]
        );
        let a = &rows.members[1];
        assert_eq!(
            [
                &*a.name,
                &*a.category,
                &*a.city,
                &*a.country,
                &*a.status,
                &*a.owner_id,
                &*a.label,
                &*a.held_by
            ],
            [
                "Anna's",
                "food",
                "Jakarta",
                "ID",
                "suspended",
                "owner-1",
                "fraud",
                "fringe"
            ]
        );
        let statuses: Vec<_> = rows.members.iter().map(|m| &*m.status).collect();
        assert_eq!(
            statuses,
            ["closed", "suspended", "active", "unlisted", "active"]
        );
        let feed: Vec<_> = rows
            .feed
            .iter()
            .map(|f| {
                (
                    &*f.merchant_id,
                    &*f.cluster_id,
                    f.cluster_rank,
                    f.cluster_size,
                    f.action,
                )
            })
            .collect();
        assert_eq!(
            feed,
            [
                ("a", "R1", 1, 3, Action::Review),
                ("b", "R1", 1, 3, Action::Enforce),
                ("c", "R1", 1, 3, Action::Monitor),
                ("d", "R2", 2, 2, Action::Monitor),
                ("e", "R2", 2, 2, Action::Monitor),
            ]
        );
        assert!(rows.feed.iter().all(|row| row.run_id == "run-1"));
    });
}

#[test]
fn evidence_spans_its_members_uses() {
    with_rows(|rows, _| {
        let found: Vec<_> = rows
            .evidence
            .iter()
            .map(|e| {
                (
                    &*e.cluster_id,
                    &*e.entity_type,
                    &*e.entity,
                    e.members,
                    e.merchants,
                    &*e.shown,
                    &*e.hub_class,
                )
            })
            .collect();
        assert_eq!(
            found,
            [
                ("R1", "payout", "y", 2, 2, "Y", "private"),
                ("R1", "device", "x", 3, 3, "X", "private"),
                ("R2", "address", "z", 2, 2, "Z", "mall"),
            ]
        );
        let device = &rows.evidence[1];
        assert_eq!(
            (device.first_seen, device.last_seen),
            (day("2024-01-15"), day("2024-03-01"))
        );
        assert_eq!(
            (rows.evidence[0].first_seen, rows.evidence[0].last_seen),
            (None, None)
        );
    });
}

#[test]
fn links_tell_the_whole_graph_and_ties_both_ways() {
    with_rows(|_, links| {
        let found: Vec<_> = links
            .iter()
            .map(|l| {
                (
                    &*l.entity_type,
                    &*l.entity,
                    &*l.merchant_id,
                    l.events,
                    &*l.cluster_id,
                )
            })
            .collect();
        assert_eq!(
            found,
            [
                ("device", "x", "a", 0, "R1"),
                ("device", "x", "b", 1, "R1"),
                ("device", "x", "c", 2, "R1"),
                ("payout", "y", "a", 1, "R1"),
                ("payout", "y", "b", 2, "R1"),
                ("address", "z", "d", 5, "R2"),
                ("address", "z", "e", 6, "R2"),
                ("relation", "c", "d", 9, "R2"),
                ("relation", "d", "c", 9, "R1"),
            ]
        );
    });
}

#[test]
fn no_rings_make_no_rows() {
    let (links, link_types) = (links(), link_types());
    let rows = assemble(&[], &[], &links, &link_types, |_| "", "run-1");
    assert_eq!(rows, Assembly::default());
    let table = LinkTable::new(&links, &link_types, &[], &[]);
    assert!(table.piece(0).iter().all(|row| row.cluster_id.is_empty()));
}
