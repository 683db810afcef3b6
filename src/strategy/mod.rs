//! The user's decisions: one TOML file, valid once loaded.
//!
//! `default.toml` is the only place where a default, its unit, its range and its meaning are
//! written; [`Strategy`] is its typed form. A user's file is read in four steps: the schema is read
//! from `default.toml`, the file is checked against it key by key, then against the rules between
//! keys, and what holds in the end is hashed and typed.

mod constraint;
mod error;
mod load;
mod reference;
mod rules;
mod schema;
mod settings;
mod suggest;
mod text_kind;

pub use error::{Problem, StrategyError};
pub use reference::reference_markdown;

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::model::EntityTypeIdx;

/// The commented default strategy, as `ringfence init` writes it.
pub const DEFAULT_TOML: &str = include_str!("default.toml");

/// The built-in link type of devices.
pub const DEVICE: EntityTypeIdx = EntityTypeIdx(0);
/// The built-in link type of payout accounts.
pub const PAYOUT: EntityTypeIdx = EntityTypeIdx(1);
/// The built-in link type of units in buildings.
pub const ADDRESS: EntityTypeIdx = EntityTypeIdx(2);
/// The built-in link type of buildings.
pub const BUILDING: EntityTypeIdx = EntityTypeIdx(3);

/// Name, table and column of the built-in link types, by [`EntityTypeIdx`].
const BUILT_IN_LINKS: [(&str, &str, &str); 4] = [
    ("device", "devices", "device_id"),
    ("payout", "payouts", "account"),
    ("address", "addresses", "address"),
    ("building", "addresses", "address"),
];

/// Every decision a strategy manager may change. Field meanings, units and ranges stand in
/// `default.toml`, from which `docs/strategy.md` is generated.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(
    missing_docs,
    reason = "each field is documented in default.toml, the single source"
)]
pub struct Strategy {
    pub input: Input,
    pub placeholders: Placeholders,
    pub addresses: Addresses,
    /// Device, payout, address, building, then the `[[link]]` blocks in file order: the position is
    /// the [`crate::model::EntityTypeIdx`].
    pub links: Vec<LinkType>,
    pub relations: Relations,
    pub evidence: Evidence,
    pub hubs: Hubs,
    pub detect: Detect,
    pub score: Score,
    pub action: Action,
    pub decisions: Decisions,
    pub lineage: Lineage,
    pub guardrails: Guardrails,
    /// BLAKE3 of the effective strategy in canonical form, 64 hex digits.
    #[serde(skip)]
    pub hash: String,
}

impl Strategy {
    /// A link type.
    ///
    /// # Panics
    /// When the index is of another strategy with more link types.
    pub fn link(&self, entity_type: EntityTypeIdx) -> &LinkType {
        &self.links[entity_type.index()]
    }

    /// The link types that the strategy file declares itself, in `[[link]]` blocks.
    pub fn declared_links(&self) -> &[LinkType] {
        &self.links[BUILT_IN_LINKS.len()..]
    }

    /// The same with other weights of the reasons, by code, and another prior.
    ///
    /// # Panics
    /// When a reason is missing or unknown.
    #[must_use]
    pub fn with_weights(&self, prior: f64, points: &BTreeMap<String, f64>) -> Self {
        let mut strategy = self.clone();
        strategy.score.prior = prior;
        strategy.score.points = Points::from_codes(points);
        strategy
    }

    /// The link type of a name, as `allowlist` gives it.
    pub fn entity_type(&self, name: &str) -> Option<EntityTypeIdx> {
        let position = self.links.iter().position(|link| link.name == name);
        position.map(EntityTypeIdx::new)
    }
}

/// A kind of entity that merchants can share.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LinkType {
    /// What the entity is called in every output: `device`, `payout`, `address`, `building`, `phone`, ...
    pub name: String,
    /// The input table it is read from; `building` has none of its own and reads `addresses`.
    pub table: String,
    /// The column that holds the value.
    pub column: String,
    /// How values are compared.
    pub normalizer: Normalizer,
    /// Evidence of a value that exactly two merchants share at the same time, in bits.
    pub bits: f64,
    /// How fast evidence falls with the number of merchants.
    pub rarity: f64,
    /// The fact this kind states; kinds of one group are not independent.
    pub group: String,
}

/// How values of a link type are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Normalizer {
    /// As written, but for surrounding space.
    Exact,
    /// Case and separators folded, GUID braces dropped.
    Device,
    /// Case, spaces and separators folded (IBAN-like).
    Account,
    /// E.164 by country.
    Phone,
    /// Case, dots and tags folded.
    Email,
    /// Building and unit keys.
    Address,
}

macro_rules! section {
    ($(#[$doc:meta])* $name:ident { $($field:ident : $type:ty),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Deserialize)]
        #[serde(deny_unknown_fields)]
        #[expect(missing_docs, reason = "each field is documented in default.toml, the single source")]
        pub struct $name { $(pub $field: $type),* }
    };
}

section!(
    /// `[input]`
    Input { max_reject_share: f64, max_record_bytes: usize, risk_signals: Vec<String> }
);
section!(
    /// `[placeholders]`
    Placeholders { values: Vec<String>, min_merchants: usize, max_corroborated_share: f64 }
);
section!(
    /// `[addresses]`
    Addresses { min_similarity: f64, max_block: usize }
);
section!(
    /// `[relations]`
    Relations { bits: f64, rarity: f64 }
);
section!(
    /// `[evidence]`
    Evidence {
        half_life_days: f64,
        min_time_factor: f64,
        handover_factor: f64,
        handover_days: f64,
        same_kind_discount: f64,
        same_group_discount: f64,
        declared_owner_factor: f64,
        floor_bits: f64,
        corroborated_discount: f64,
        same_group_corroboration: f64,
        full_overlap: f64,
        max_expanded_merchants: usize,
    }
);
section!(
    /// `[hubs]`
    Hubs {
        min_merchants: usize,
        min_common_share: f64,
        min_corroboration: f64,
        chain_factor: f64,
        uncorroborated_factor: f64,
    }
);
section!(
    /// `[detect]`
    Detect {
        objective: Objective,
        resolution: Resolution,
        max_iterations: usize,
        seed: u64,
        warm_start: bool,
    }
);
section!(
    /// `[score]`
    Score {
        prior: f64,
        learn_from_labels: bool,
        min_points_kept: f64,
        max_fraud_share: f64,
        min_fraud_merchants: usize,
        membership_bits: f64,
        membership_days: f64,
        membership_accounts: f64,
        min_bits: f64,
        burst_days: f64,
        wave_days: f64,
        family_size: usize,
        long_tenure_days: f64,
        decoy_merchants: usize,
        points: Points,
    }
);
section!(
    /// `[score.points]`
    #[derive(serde::Serialize)]
    Points {
        shared_value_bits: f64,
        independent_kinds: f64,
        exclusivity: f64,
        patchwork: f64,
        payout_funnel: f64,
        several_accounts: f64,
        accounts_apiece: f64,
        several_devices: f64,
        seldom_used: f64,
        device_rotation: f64,
        interlocked_values: f64,
        mixed_trades: f64,
        many_cities: f64,
        registration_burst: f64,
        registration_wave: f64,
        short_lived_use: f64,
        given_up_values: f64,
        banned_reuse: f64,
        suspended_members: f64,
        near_rings: f64,
        cash_out: f64,
        fraud_label: f64,
        risk_signals: f64,
        direct_transfers: f64,
        dense_core: f64,
        declared_owner: f64,
        common_brand: f64,
        one_place: f64,
        nested_values: f64,
        mall_or_tower: f64,
        agency_or_aggregator: f64,
        outside_accounts: f64,
        own_devices: f64,
        small_family: f64,
        long_tenure: f64,
        legit_label: f64,
        refuted: f64,
        allowlisted: f64,
        sparse_tie: f64,
    }
);

impl Points {
    /// The weight of every reason by its code.
    ///
    /// # Panics
    /// Never: weights are finite numbers.
    pub fn by_code(&self) -> BTreeMap<String, f64> {
        let object = serde_json::to_value(self).expect("weights are finite numbers");
        serde_json::from_value(object).expect("every key is a weight")
    }

    fn from_codes(weights: &BTreeMap<String, f64>) -> Self {
        let object = serde_json::to_value(weights).expect("weights are finite numbers");
        serde_json::from_value(object).expect("every reason has a weight")
    }
}
section!(
    /// `[action]`
    Action {
        enforce: f64,
        review: f64,
        min_groups: usize,
        fringe_membership: f64,
        core_membership: f64,
        max_enforced_merchants: usize,
        max_enforced_gmv: f64,
        protected_tenure_days: f64,
        max_apart_days: f64,
        min_tie_share: f64,
        min_link_share: f64,
        min_undated_deviation: f64,
    }
);
section!(
    /// `[decisions]`
    Decisions { min_refuted_share: f64, new_evidence_share: f64 }
);
section!(
    /// `[lineage]`
    Lineage { min_overlap: f64 }
);
section!(
    /// `[guardrails]`
    Guardrails {
        max_row_change: f64,
        max_cluster_change: f64,
        max_id_churn: f64,
        max_cluster_share: f64,
        min_link_coverage: f64,
        min_merchants: usize,
    }
);

/// What community detection optimises.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Objective {
    /// Constant Potts model (Traag, Van Dooren and Nesterov 2011).
    Cpm,
    /// Modularity with a resolution parameter (Reichardt and Bornholdt 2006).
    Modularity,
}

/// The resolution of community detection.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(from = "ResolutionText")]
pub enum Resolution {
    /// Chosen by the engine for each component.
    Auto,
    /// Pinned: bits per pair with CPM, a factor with modularity.
    Pinned(f64),
}

#[derive(Deserialize)]
#[serde(untagged)]
enum ResolutionText {
    Number(f64),
    // The loader has refused every word but "auto".
    Word(serde::de::IgnoredAny),
}

impl From<ResolutionText> for Resolution {
    fn from(text: ResolutionText) -> Self {
        match text {
            ResolutionText::Number(value) => Self::Pinned(value),
            ResolutionText::Word(_) => Self::Auto,
        }
    }
}
