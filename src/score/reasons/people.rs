//! Who the members are, against the whole market.

use super::{Case, Finding, full_at, ratio};

/// Different trades among the members, against how mixed the whole market is; as telling as declared owners
/// of this market keep to one trade.
pub(super) fn mixed_trades(case: &Case<'_, '_, '_>) -> Finding {
    let categories = &case.graph.links.merchants.category;
    let mut found: Vec<&str> = case.merchants().map(|m| categories.get(m)).collect();
    found.retain(|category| !category.is_empty());
    if found.len() < 2 || case.market.mixed_trades <= 0.0 {
        return None;
    }
    found.sort_unstable();
    let kinds = found.chunk_by(|a, b| a == b).count();
    let pairs = ratio(found.len() * (found.len() - 1), 2);
    let same: usize = found
        .chunk_by(|a, b| a == b)
        .map(|same| same.len() * (same.len() - 1) / 2)
        .sum();
    let mixed = (1.0 - ratio(same, 1) / pairs) / case.market.mixed_trades;
    let detail = case.say(format_args!("{kinds} trades among {} members", case.size()));
    let applies = (2.0 * mixed.min(1.0) - 1.0) * case.market.owners_keep_to_trades;
    Some((applies, detail))
}

/// Members away from the city where most of them are; as telling as declared owners of this market keep to
/// one city.
pub(super) fn many_cities(case: &Case<'_, '_, '_>) -> Finding {
    let cities = &case.graph.links.merchants.city;
    let home =
        case.largest_common(|merchant| Some(cities.get(merchant)).filter(|city| !city.is_empty()));
    let away = case.count(|merchant| !cities.get(merchant).is_empty()) - home;
    (away > 0).then(|| {
        let detail = case.say(format_args!(
            "{away} of {} members are not in the city of the others",
            case.size()
        ));
        let applies = full_at(ratio(away, case.size()), 0.5);
        (applies * case.market.owners_keep_to_cities, detail)
    })
}
