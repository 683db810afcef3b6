//! The tables of a run directory: every column, in order, with how it is written.

use super::columns::{
    ActionWord, Amount, Cell, Codec, Column, Count, Date, Day, Decimal, EventWord, Evidence,
    Fields, LongCount, OptionalDecimal, RoleWord, Row, Text, Time,
};
use super::rows::{
    ClusterRow, EvidenceRow, FeedRow, HubRow, IdRow, LineageRow, LinkRow, MemberRow, ReasonRow,
    RejectRow,
};

/// `table!(Row, "name", contract { column: Codec, ... }, extra { ... })`: columns are named as the
/// fields of the row and stand in this order; those under `extra` are beyond the contract.
macro_rules! table {
    (
        $row:ident, $table:literal,
        contract { $($column:ident: $codec:ty),* $(,)? }
        $(, extra { $($extra:ident: $extra_codec:ty),* $(,)? })?
    ) => {
        impl Row for $row<'_> {
            type Owned = $row<'static>;
            const TABLE: &'static str = $table;
            const COLUMNS: &'static [Column] = &[
                $(Column { name: stringify!($column), kind: <$codec>::KIND, required: true },)*
                $($(Column { name: stringify!($extra), kind: <$extra_codec>::KIND, required: false },)*)?
            ];

            fn cells(&self, sink: &mut impl FnMut(Cell<'_>)) {
                $(sink(<$codec>::cell(&self.$column));)*
                $($(sink(<$extra_codec>::cell(&self.$extra));)*)?
            }

            fn from_fields(fields: &mut Fields<'_>) -> Result<$row<'static>, usize> {
                Ok($row {
                    $($column: fields.take::<$codec>()?,)*
                    $($($extra: fields.take::<$extra_codec>()?,)*)?
                })
            }
        }
    };
}

table!(
    ClusterRow, "clusters",
    contract {
        rank: Count, cluster_id: Text, score: Decimal<4>, action: ActionWord, size: Count,
        entities: Count, bits: Evidence, exposure: Amount, fraud_labels: Count,
        legit_labels: Count, first_formed: Date, reasons: Text,
    },
    extra {
        prior: Decimal<2>, groups: Text, core: Count, conductance: Decimal<4>,
        resolution: Decimal<4>, weakest_type: Text, weakest: Text, weakest_bits: Evidence,
        weakest_left: Count, held_by: Text, q: OptionalDecimal<6>, surprise: Evidence,
        dissolve_values: Count, dissolve_bits: Evidence, dissolve_score: Decimal<4>,
        dissolve_left: Count, dissolve_ties: Text,
    }
);

table!(
    MemberRow, "members",
    contract {
        cluster_id: Text, merchant_id: Text, membership: Decimal<4>, role: RoleWord,
        action: ActionWord, links: Count, bits: Evidence,
    },
    extra {
        name: Text, category: Text, city: Text, country: Text, registered_at: Time, status: Text,
        owner_id: Text, gmv_30d: Amount, label: Text, held_by: Text,
        bits_lost: Evidence,
    }
);

table!(
    EvidenceRow,
    "evidence",
    contract {
        cluster_id: Text,
        entity_type: Text,
        entity: Text,
        members: Count,
        merchants: Count,
        bits: Evidence,
        first_seen: Time,
        last_seen: Time,
    },
    extra {
        shown: Text,
        hub_class: Text,
        dissolves: Count
    }
);

table!(
    FeedRow, "feed",
    contract {
        merchant_id: Text, cluster_id: Text, cluster_score: Decimal<4>, cluster_rank: Count,
        cluster_size: Count, membership: Decimal<4>, action: ActionWord, run_id: Text,
    }
);

table!(
    LineageRow, "lineage",
    contract {
        cluster_id: Text, previous_cluster_id: Text, event: EventWord, overlap: Decimal<4>,
    }
);

table!(
    RejectRow,
    "rejects",
    contract {
        file: Text,
        line: LongCount,
        reason: Text,
        raw: Text
    }
);

table!(
    ReasonRow, "reasons",
    contract { cluster_id: Text, code: Text, points: Decimal<2>, detail: Text }
);

table!(
    LinkRow,
    "links",
    contract {
        entity_type: Text,
        entity: Text,
        merchant_id: Text,
        first_seen: Time,
        last_seen: Time,
        events: Count,
        cluster_id: Text,
    }
);

table!(
    HubRow,
    "hubs",
    contract {
        entity_type: Text,
        entity: Text,
        shown: Text,
        merchants: Count,
        hub_class: Text,
        pair_bits: Evidence,
        cities: Count,
        owners: Count,
    }
);

table!(
    IdRow,
    "ids",
    contract {
        cluster_id: Text,
        born: Day,
        last: Day,
        successors: Text
    }
);

#[cfg(test)]
mod tests {
    use super::{ClusterRow, EvidenceRow, FeedRow, LineageRow, MemberRow, RejectRow, Row};

    /// The columns the contract fixes, copied from it.
    #[test]
    fn contract_columns_come_first_and_in_order() {
        fn check<R: Row>(table: &str, expected: &[&str]) {
            assert_eq!(R::TABLE, table);
            let required: Vec<&str> = R::COLUMNS
                .iter()
                .take_while(|column| column.required)
                .map(|column| column.name)
                .collect();
            assert_eq!(required, expected, "{table}");
            assert!(R::COLUMNS[expected.len()..].iter().all(|c| !c.required));
        }
        check::<ClusterRow>(
            "clusters",
            &[
                "rank",
                "cluster_id",
                "score",
                "action",
                "size",
                "entities",
                "bits",
                "exposure",
                "fraud_labels",
                "legit_labels",
                "first_formed",
                "reasons",
            ],
        );
        check::<MemberRow>(
            "members",
            &[
                "cluster_id",
                "merchant_id",
                "membership",
                "role",
                "action",
                "links",
                "bits",
            ],
        );
        check::<EvidenceRow>(
            "evidence",
            &[
                "cluster_id",
                "entity_type",
                "entity",
                "members",
                "merchants",
                "bits",
                "first_seen",
                "last_seen",
            ],
        );
        check::<FeedRow>(
            "feed",
            &[
                "merchant_id",
                "cluster_id",
                "cluster_score",
                "cluster_rank",
                "cluster_size",
                "membership",
                "action",
                "run_id",
            ],
        );
        check::<LineageRow>(
            "lineage",
            &["cluster_id", "previous_cluster_id", "event", "overlap"],
        );
        check::<RejectRow>("rejects", &["file", "line", "reason", "raw"]);
    }
}
