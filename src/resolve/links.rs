//! What resolve hands on: merchants, entities and who uses what, in dense ids that follow sorted keys.

use crate::ingest::{Label, Signal, Status};
use crate::model::{EntityIdx, EntityTypeIdx, MerchantIdx, Money, OwnerIdx, TextColumn, Timestamp};

/// Everything the input says, with values resolved. Independent of row order and thread count.
#[derive(Clone, Debug, Default)]
pub struct Links {
    /// All merchants, listed or not, sorted by id.
    pub merchants: Merchants,
    /// Entities that two or more merchants use, sorted by (type, key). Values that only one merchant
    /// uses are counted in [`Merchants::private_values`] and dropped.
    pub entities: Entities,
    /// One row for each (entity, merchant) pair, sorted by it.
    pub links: Vec<Link>,
    /// One row for each pair `a < b` with a direct tie, sorted by it; ties of a merchant with itself dropped.
    pub relations: Vec<Relation>,
    /// Values that were judged to be no values, largest first, ties by type and key.
    pub dropped: Vec<DroppedValue>,
}

/// All merchants; every column has one row a merchant.
#[derive(Clone, Debug, Default)]
pub struct Merchants {
    /// Sorted, unique.
    pub id: TextColumn,
    /// As given.
    pub name: TextColumn,
    /// As given.
    pub category: TextColumn,
    /// As given.
    pub city: TextColumn,
    /// As given.
    pub country: TextColumn,
    /// When it joined.
    pub registered_at: Vec<Option<Timestamp>>,
    /// What the marketplace says.
    pub status: Vec<Status>,
    /// The declared owner.
    pub owner: Vec<Option<OwnerIdx>>,
    /// Declared owners by [`OwnerIdx`], sorted.
    pub owner_id: TextColumn,
    /// Money at risk.
    pub gmv_30d: Vec<Money>,
    /// Risk signals; NaN is a null.
    pub signals: Vec<Signal>,
    /// The newest verdict; fraud wins a tie.
    pub label: Vec<Option<Label>>,
    /// Whether `merchants` lists it.
    pub listed: Vec<bool>,
    /// Whether the allowlist names the merchant or its owner.
    pub allowed: Vec<bool>,
    /// Distinct values that no other merchant uses.
    pub private_values: Vec<u32>,
    /// Those of them that are payout accounts.
    pub private_accounts: Vec<u32>,
    /// Those of them that are devices.
    pub private_devices: Vec<u32>,
}

/// Shared entities; every column has one row an entity.
#[derive(Clone, Debug, Default)]
pub struct Entities {
    /// The link type.
    pub entity_type: Vec<EntityTypeIdx>,
    /// The normalized key, unique within its type.
    pub key: TextColumn,
    /// A raw spelling for people: the most frequent, ties by text.
    pub shown: TextColumn,
    /// For a unit (`address`): its building, when that is shared too.
    pub building: Vec<Option<EntityIdx>>,
    /// Whether the allowlist names it.
    pub allowed: Vec<bool>,
}

/// A merchant uses an entity: all its rows merged, counts summed, times widened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(
    missing_docs,
    reason = "the columns of the input contract, by their names"
)]
pub struct Link {
    pub entity: EntityIdx,
    pub merchant: MerchantIdx,
    pub first_seen: Option<Timestamp>,
    pub last_seen: Option<Timestamp>,
    pub events: u32,
    pub amount: Money,
}

/// A direct tie between two merchants: all its rows merged, both directions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(
    missing_docs,
    reason = "the columns of the input contract, by their names"
)]
pub struct Relation {
    pub a: MerchantIdx,
    pub b: MerchantIdx,
    pub first_seen: Option<Timestamp>,
    pub last_seen: Option<Timestamp>,
    pub events: u32,
    pub amount: Money,
}

/// A value that stands for nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DroppedValue {
    /// The link type.
    pub entity_type: EntityTypeIdx,
    /// The normalized key. Personal: for the run directory only, never for a log.
    pub key: String,
    /// Merchants that used it.
    pub merchants: u32,
    /// `listed` or `tested`: found by the list, or by the test on the data.
    pub found_by: &'static str,
}

impl Merchants {
    /// How many merchants there are.
    pub fn len(&self) -> usize {
        self.id.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.id.is_empty()
    }
}

impl Entities {
    /// How many entities there are.
    pub fn len(&self) -> usize {
        self.entity_type.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.entity_type.is_empty()
    }
}
