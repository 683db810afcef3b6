//! Who the members are, against the whole market.

use super::wording::verb;
use super::{Case, Finding, full_at, ratio};

/// Different trades among the members, against how mixed the whole market is; as telling as declared owners
/// of this market keep to one trade. Who took over from somebody gone is no company: a successor keeps to the
/// trade as an owner does, and another shop behind the same door need not.
pub(super) fn mixed_trades(case: &Case<'_, '_, '_>) -> Finding {
    if case.n_active() < 2 {
        return None;
    }
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
    let trades = verb(kinds, "trade", "trades");
    let detail = case.say(format_args!(
        "{kinds} {trades} among {} members",
        case.size()
    ));
    let applies = (2.0 * mixed.min(1.0) - 1.0) * case.market.owners_keep_to_trades;
    Some((applies, detail))
}

/// Members away from the city where most of them are; as telling as declared owners of this market keep to
/// one city.
pub(super) fn many_cities(case: &Case<'_, '_, '_>) -> Finding {
    let cities = case.merchants().filter_map(|m| case.market.city_of(m));
    let mut found: Vec<u32> = cities.collect();
    found.sort_unstable();
    let kinds = found.chunk_by(|a, b| a == b);
    let home = kinds.clone().map(<[u32]>::len).max()?;
    let (known, away) = (found.len(), found.len() - home);
    (away > 0).then(|| {
        let detail = if 2 * home > known {
            let are = verb(away, "is", "are");
            case.say(format_args!(
                "{away} of {known} members {are} not in the city of the others"
            ))
        } else {
            let kinds = kinds.count();
            case.say(format_args!("{known} members are in {kinds} cities"))
        };
        let applies = full_at(ratio(away, case.size()), 0.5);
        (applies * case.market.owners_keep_to_cities, detail)
    })
}

#[cfg(test)]
mod tests {
    use super::super::told::told;
    use super::many_cities;
    use crate::detect::detect;
    use crate::graph::{project, weigh};
    use crate::ingest::Status;
    use crate::model::Timestamp;
    use crate::score::drawn::draw;
    use crate::score::score;
    use crate::strategy::{DEVICE, Strategy};

    /// The points for trades of the pair 0 and 1, of one trade or of two, 1 being of this status; ten more
    /// pairs of two trades.
    fn points(is_mixed: bool, status: Status) -> Option<i32> {
        let pairs = (0..11).map(|pair| (DEVICE, None, vec![2 * pair, 2 * pair + 1]));
        let mut links = draw(40, &pairs.collect::<Vec<_>>());
        for at in 0..40 {
            let other = if at == 1 { is_mixed } else { at % 2 == 1 };
            let trade = if other { "salon" } else { "bakery" };
            links.merchants.category.push(trade);
        }
        links.merchants.status[1] = status;
        let strategy = Strategy::default();
        let graph = weigh(&links, &strategy);
        let network = project(&graph);
        let found = detect(&network, &strategy.detect, None);
        let rings = score(&graph, &network, &found, Timestamp::from_seconds(0));
        let ring = (rings.iter())
            .find(|ring| ring.members.iter().any(|member| member.merchant.0 == 0))
            .expect("merchants 0 and 1 share a device");
        let point = ring
            .points
            .iter()
            .find(|point| point.code == "mixed_trades");
        point.map(|point| point.hundredths)
    }

    #[test]
    fn trades_are_held_against_company_and_a_successor_is_none() {
        assert!(points(true, Status::Active) > Some(0));
        assert!(points(false, Status::Active) < Some(0));
        assert!(points(false, Status::Active).is_some());
        for status in [Status::Closed, Status::Suspended] {
            assert_eq!(points(true, status), None);
            assert_eq!(points(false, status), None);
        }
    }

    #[test]
    fn a_city_is_one_however_it_is_spelled_and_without_a_majority_nobody_is_away() {
        let check = |cities: &[&str], expected: Option<&str>| {
            let n = u32::try_from(cities.len()).expect("a few");
            let mut links = draw(n, &[(DEVICE, None, (0..n).collect())]);
            for city in cities {
                links.merchants.city.push(city);
            }
            let found = told(&links, n, many_cities).map(|told| told.1);
            assert_eq!(found.as_deref(), expected, "{cities:?}");
        };
        check(&["LITTLE ROCK", "Little  Rock"], None);
        check(&["Leeds", ""], None);
        check(&["Leeds", "York"], Some("2 members are in 2 cities"));
        check(
            &["Leeds", "York", "leeds"],
            Some("1 of 3 members is not in the city of the others"),
        );
        check(
            &["Leeds", "York", "leeds", "Bath", ""],
            Some("4 members are in 3 cities"),
        );
    }
}
