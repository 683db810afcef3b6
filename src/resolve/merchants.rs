//! All merchants, listed or only linked to, in the order of their ids.

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use super::allowlist::Allowlist;
use super::links::Merchants;
use crate::ingest::{Label, Signal, Tables};
use crate::model::{MerchantIdx, OwnerIdx, TextColumn, Timestamp, narrow_u32};

/// From merchant ids to dense ids.
#[derive(Debug)]
pub(super) struct MerchantIndex<'a> {
    sorted: Vec<&'a str>,
    dense: FxHashMap<&'a str, MerchantIdx>,
}

impl<'a> MerchantIndex<'a> {
    pub(super) fn new(tables: &'a Tables) -> Self {
        let mut sorted: Vec<&str> = tables.merchants.merchant_id.iter().collect();
        let listed: FxHashSet<&str> = sorted.iter().copied().collect();
        let linked = tables.links.iter().map(|table| &table.merchant_id);
        let related = [
            &tables.relations.merchant_id,
            &tables.relations.other_merchant_id,
        ];
        for column in linked.chain(related) {
            sorted.par_extend(
                (0..column.len())
                    .into_par_iter()
                    .map(|row| column.get(row))
                    .filter(|id| !listed.contains(id)),
            );
        }
        sorted.par_sort_unstable();
        sorted.dedup();
        sorted.retain(|id| !id.is_empty());
        let dense = sorted
            .iter()
            .enumerate()
            .map(|(index, id)| (*id, MerchantIdx::new(index)))
            .collect();
        Self { sorted, dense }
    }

    /// The dense id of a merchant; `None` for the empty id only, where it comes from a table.
    pub(super) fn get(&self, id: &str) -> Option<MerchantIdx> {
        self.dense.get(id).copied()
    }
}

/// The merchants' own columns; `private_values` are all zero.
pub(super) fn merchants(
    tables: &Tables,
    index: &MerchantIndex<'_>,
    allowlist: &Allowlist,
) -> Merchants {
    let given = &tables.merchants;
    let n_merchants = index.sorted.len();
    let mut row_of: Vec<Option<usize>> = vec![None; n_merchants];
    for (row, id) in given.merchant_id.iter().enumerate() {
        if let Some(merchant) = index.get(id) {
            row_of[merchant.index()] = Some(row);
        }
    }
    let text = |column: &TextColumn| -> TextColumn {
        row_of
            .iter()
            .map(|row| row.map_or("", |row| column.get(row)))
            .collect()
    };
    let (owner_id, owner) = owners(&given.owner_id, &row_of);
    let allowed = (0..n_merchants)
        .map(|merchant| {
            let owner = owner[merchant].map(|owner| owner_id.get(owner.index()));
            allowlist.allows_merchant(index.sorted[merchant], owner)
        })
        .collect();
    Merchants {
        id: index.sorted.iter().collect(),
        name: text(&given.name),
        category: text(&given.category),
        city: text(&given.city),
        country: text(&given.country),
        registered_at: column(&row_of, &given.registered_at, None),
        status: column(&row_of, &given.status, crate::ingest::Status::default()),
        owner,
        owner_id,
        gmv_30d: column(&row_of, &given.gmv_30d, None)
            .into_iter()
            .map(Option::unwrap_or_default)
            .collect(),
        signals: given
            .signals
            .iter()
            .map(|signal| Signal {
                name: signal.name.clone(),
                values: column(&row_of, &signal.values, f64::NAN),
            })
            .collect(),
        label: labels(tables, index),
        listed: row_of.iter().map(Option::is_some).collect(),
        allowed,
        private_values: vec![0; n_merchants],
    }
}

fn column<T: Copy>(row_of: &[Option<usize>], given: &[T], null: T) -> Vec<T> {
    row_of
        .iter()
        .map(|row| row.and_then(|row| given.get(row).copied()).unwrap_or(null))
        .collect()
}

fn owners(given: &TextColumn, row_of: &[Option<usize>]) -> (TextColumn, Vec<Option<OwnerIdx>>) {
    let owner_of = |row: &Option<usize>| {
        let owner = row.map_or("", |row| given.get(row).trim());
        (!owner.is_empty()).then_some(owner)
    };
    let mut sorted: Vec<&str> = row_of.iter().filter_map(owner_of).collect();
    sorted.sort_unstable();
    sorted.dedup();
    let dense: FxHashMap<&str, OwnerIdx> = sorted
        .iter()
        .enumerate()
        .map(|(index, owner)| (*owner, OwnerIdx(narrow_u32(index))))
        .collect();
    let owner = row_of
        .iter()
        .map(|row| owner_of(row).map(|owner| dense[owner]))
        .collect();
    (sorted.into_iter().collect(), owner)
}

/// The newest verdict of each merchant; a dated one beats an undated one, fraud wins a tie.
fn labels(tables: &Tables, index: &MerchantIndex<'_>) -> Vec<Option<Label>> {
    let mut newest: Vec<Option<(Option<Timestamp>, bool)>> = vec![None; index.sorted.len()];
    for row in &tables.labels {
        if let Some(merchant) = index.get(&row.merchant_id) {
            let verdict = (row.decided_at, row.label == Label::Fraud);
            let known = &mut newest[merchant.index()];
            *known = (*known).max(Some(verdict));
        }
    }
    newest
        .into_iter()
        .map(|verdict| {
            verdict.map(|(_, is_fraud)| if is_fraud { Label::Fraud } else { Label::Legit })
        })
        .collect()
}
