//! The devices that the members use.

use super::wording::{NotCounted, Rank};
use super::{Case, Detail, Finding, full_at, median, ratio};
use crate::strategy::Normalizer;

/// A household has a phone or two; who runs many fronts logs in from several, each for some of them. Devices
/// with many merchants outside are an agency's or a kiosk's and don't count.
pub(super) fn several_devices(case: &Case<'_, '_, '_>) -> Finding {
    let (devices, services) = case.shared_and_services(Normalizer::Device);
    (devices > 1).then(|| {
        let detail = case.say(format_args!(
            "{devices} devices are each shared by two or more of the {} members{}",
            case.size(),
            NotCounted(services)
        ));
        (full_at(ratio(devices, case.size()), 1.0), detail)
    })
}

/// Shared devices with fewer events than shared devices of this market have: a front is opened and looked
/// after, a shop is run.
pub(super) fn seldom_used(case: &Case<'_, '_, '_>) -> Finding {
    let usual = &case.market.usual_device_events;
    let devices = case
        .anatomy
        .shared()
        .filter(|(shared, _)| case.normalizer(shared.entity) == Normalizer::Device);
    let (mut uses, mut deviations) = (0, 0.0);
    let mut events = Vec::new();
    for link in devices.flat_map(|(_, links)| links) {
        uses += 1;
        deviations += usual.deviation(link.events);
        if case.detail == Detail::Worded {
            events.push(f64::from(link.events));
        }
    }
    (uses > 0).then(|| {
        let deviation = deviations * ratio(1, uses);
        let detail = case.say(format_args!(
            "a use of a shared device has {:.0} events, on this market {} (medians); by rank {}",
            median(events).unwrap_or_default(),
            usual.median,
            Rank::of(deviation)
        ));
        ((-deviation).clamp(-1.0, 1.0), detail)
    })
}

/// Members with more devices that nobody else uses than is usual: they have a life of their own.
pub(super) fn own_devices(case: &Case<'_, '_, '_>) -> Finding {
    let usual = &case.market.usual_own_devices;
    let own = &case.graph.links.merchants.private_devices;
    let (mut members, mut devices, mut deviations) = (0, 0.0, 0.0);
    for merchant in case.merchants().filter(|&m| case.market.devices_of(m) > 0) {
        members += 1;
        devices += f64::from(own[merchant]);
        deviations += usual.deviation(own[merchant]);
    }
    (members > 0).then(|| {
        let per_member = ratio(1, members);
        let deviation = deviations * per_member;
        let detail = case.say(format_args!(
            "{:.1} devices a member that nobody else uses, on this market {:.1} (means); by rank {}",
            devices * per_member,
            usual.mean,
            Rank::of(deviation)
        ));
        (deviation.clamp(-1.0, 1.0), detail)
    })
}

#[cfg(test)]
mod tests {
    use super::super::told::told;
    use super::{seldom_used, several_devices};
    use crate::detect::detect;
    use crate::graph::{project, weigh};
    use crate::model::Timestamp;
    use crate::resolve::Links;
    use crate::score::drawn::draw;
    use crate::score::score;
    use crate::strategy::{DEVICE, PAYOUT, Strategy};

    /// Merchants 0 to 3 on two devices, 4 to 19 in pairs on a device each, some on an account with twenty others.
    fn market(on_account: &[u32]) -> Links {
        let mut values = vec![
            (DEVICE, None, vec![0, 1, 2, 3]),
            (DEVICE, None, vec![0, 1, 2]),
        ];
        values.extend((2..10).map(|pair| (DEVICE, None, vec![2 * pair, 2 * pair + 1])));
        let others = 20..40;
        values.push((
            PAYOUT,
            None,
            on_account.iter().copied().chain(others).collect(),
        ));
        draw(40, &values)
    }

    /// The points of the cluster of merchant 0 for a reason that weighs one.
    fn points(links: &Links, code: &str) -> f64 {
        let mut strategy = Strategy::default();
        strategy.score.points.several_devices = 1.0;
        strategy.score.points.seldom_used = 1.0;
        strategy.score.points.own_devices = -1.0;
        strategy.score.points.outside_accounts = -1.0;
        let graph = weigh(links, &strategy);
        let network = project(&graph);
        let found = detect(&network, &strategy.detect, None);
        let rings = score(&graph, &network, &found, Timestamp::from_seconds(0));
        let ring = rings
            .iter()
            .find(|ring| ring.members.iter().any(|member| member.merchant.0 == 0))
            .expect("merchant 0 shares devices");
        assert_eq!(ring.members.len(), 4);
        let point = ring.points.iter().find(|point| point.code == code);
        point.map_or(0.0, |point| f64::from(point.hundredths) / 100.0)
    }

    #[test]
    fn devices_count_by_the_member() {
        assert!((points(&market(&[]), "several_devices") - 0.5).abs() < 1e-9);
    }

    #[test]
    fn use_is_held_against_other_uses_on_the_market() {
        let mut links = market(&[]);
        assert!(points(&links, "seldom_used").abs() < 1e-9);
        let is_ours = |merchant: u32| merchant < 4;
        for link in &mut links.links {
            link.events = if is_ours(link.merchant.0) { 1 } else { 50 };
        }
        assert!(points(&links, "seldom_used") > 0.5);
        for link in &mut links.links {
            link.events = if is_ours(link.merchant.0) { 50 } else { 1 };
        }
        assert!(points(&links, "seldom_used") < -0.5);
    }

    #[test]
    fn devices_of_their_own_speak_for_the_members_and_their_lack_against() {
        let mut links = market(&[]);
        assert!(points(&links, "own_devices").abs() < 1e-9);
        links.merchants.private_devices[..4].fill(2);
        assert!(points(&links, "own_devices") < -0.5);
        links.merchants.private_devices.fill(2);
        links.merchants.private_devices[..4].fill(0);
        assert!(points(&links, "own_devices") > 0.5);
    }

    #[test]
    fn an_account_shared_with_outsiders_alone_speaks_for_its_member() {
        assert!((points(&market(&[2]), "outside_accounts") + 0.25).abs() < 1e-9);
        assert!(points(&market(&[2, 3]), "outside_accounts").abs() < 1e-9);
    }

    #[test]
    fn how_much_devices_are_used_is_told_by_medians_and_ranks() {
        let mut links = market(&[]);
        for link in &mut links.links {
            link.events = if link.merchant.0 < 4 { 3 } else { 5 };
        }
        // One busy use moves a mean and no rank.
        links.links[0].events = 900;
        let (applies, words) = told(&links, 4, seldom_used).expect("they share devices");
        assert!(applies > 0.0);
        assert_eq!(
            words,
            "a use of a shared device has 3 events, on this market 5 (medians); by rank 25 %, where 50 % says nothing"
        );
        let (_, words) = told(&links, 4, several_devices).expect("they share two");
        assert_eq!(
            words,
            "2 devices are each shared by two or more of the 4 members"
        );
    }
}
